package collect

import (
	"context"
	"errors"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/smithy-go"
)

// OrganizationAPI is what is read of the organization that the account belongs to.
type OrganizationAPI interface {
	DescribeOrganization(context.Context, *organizations.DescribeOrganizationInput, ...func(*organizations.Options)) (*organizations.DescribeOrganizationOutput, error)
}

var _ OrganizationAPI = (*organizations.Client)(nil)

// NoOrganization says in probe.yaml that the account belongs to none.
const NoOrganization = "none"

// ownOrganization is what probe.yaml says of the organization; what it does not say is not known yet.
func (c *Collector) ownOrganization() fact.Read[string] {
	switch c.OrganizationID {
	case "":
		return fact.NotRead[string](fact.Unread{})
	case NoOrganization:
		return fact.Absent[string]()
	}
	return fact.Known(c.OrganizationID)
}

// Organization reads the id of the organization that the account belongs to; absent where it belongs to none. It is asked
// only where a decision depends on it. Every account of an organization may ask.
//
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
func (c *Collector) Organization(ctx context.Context, facts *fact.Facts) {
	get := call{Operation: "organizations:DescribeOrganization", Permission: "organizations:DescribeOrganization", Resource: "*"}
	out, err := c.Organizations.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode() == "AWSOrganizationsNotInUseException":
		facts.Organization = fact.Absent[string]()
	case err != nil:
		facts.Organization = fact.NotRead[string](get.unread(err))
	case out.Organization == nil || aws.ToString(out.Organization.Id) == "":
		facts.Organization = fact.NotRead[string](fact.Unread{Operation: get.Operation, Reason: get.Operation + " does not name the organization"})
	default:
		facts.Organization = fact.Known(aws.ToString(out.Organization.Id))
	}
}

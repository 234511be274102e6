package collect

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/smithy-go"
)

// IdentitiesAPI is what is read of the addresses and domains that SES sends mail from: their policies alone.
type IdentitiesAPI interface {
	ListIdentityPolicies(context.Context, *ses.ListIdentityPoliciesInput, ...func(*ses.Options)) (*ses.ListIdentityPoliciesOutput, error)
	GetIdentityPolicies(context.Context, *ses.GetIdentityPoliciesInput, ...func(*ses.Options)) (*ses.GetIdentityPoliciesOutput, error)
}

var _ IdentitiesAPI = (*ses.Client)(nil)

// policiesAsked is how many policies one call shows.
const policiesAsked = 20

// identity reads the policies of an identity, which count together. What SES answers for an identity that is not there is not
// documented, so that only codes that say so everywhere mean that.
//
// https://docs.aws.amazon.com/ses/latest/APIReference/API_ListIdentityPolicies.html
// https://docs.aws.amazon.com/ses/latest/APIReference/API_GetIdentityPolicies.html
// https://docs.aws.amazon.com/ses/latest/dg/identity-authorization-policies.html
func (c *Collector) identity(ctx context.Context, t fact.Target, region string) (carried, error) {
	_, name, _ := strings.Cut(t.ARN, ":identity/")
	in := func(o *ses.Options) { o.Region = region }
	listed, err := c.Identities.ListIdentityPolicies(ctx, &ses.ListIdentityPoliciesInput{Identity: aws.String(name)}, in)
	if err != nil {
		return carried{}, ofIdentity("ses:ListIdentityPolicies", t, err)
	}
	var said carried
	for names := range slices.Chunk(slices.Sorted(slices.Values(listed.PolicyNames)), policiesAsked) {
		out, err := c.Identities.GetIdentityPolicies(ctx, &ses.GetIdentityPoliciesInput{Identity: aws.String(name), PolicyNames: names}, in)
		if err != nil {
			return carried{}, ofIdentity("ses:GetIdentityPolicies", t, err)
		}
		for _, one := range names {
			text, shown := out.Policies[one]
			if !shown {
				return carried{}, ofIdentity("ses:GetIdentityPolicies", t, errors.New("a policy that was listed is not shown"))
			}
			said.parts = append(said.parts, fact.PolicyPart{Name: one, JSON: text, Statements: statementsOf(text)})
		}
	}
	return said, nil
}

// ofIdentity says of an error which call it is about. The actions know no type of resource; templates hold the identity.
func ofIdentity(operation string, t fact.Target, err error) error {
	get := call{Operation: operation, Permission: operation, Resource: "*"}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == notInTemplates {
		get.Resource = t.ARN
	}
	return &refusedRead{get, err}
}

// statementsOf is how many statements a policy has; 0 where it cannot be read, which whoever reads all of them says.
func statementsOf(text string) int {
	var policy struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		return 0
	}
	return len(statementsIn(policy.Statement))
}

func textsOf(parts []fact.PolicyPart) []string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.JSON
	}
	return texts
}

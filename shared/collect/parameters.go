package collect

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
)

// ParametersAPI is what is read of parameters: never what they hold.
type ParametersAPI interface {
	ssm.DescribeParametersAPIClient
}

var _ ParametersAPI = (*ssm.Client)(nil)

// parametersAsked is of how many parameters one call asks: a filter takes 50 names, and each may be written in two ways.
const parametersAsked = 25

// storedParameters reads which keys encrypt parameters, many with a call. Descriptions, patterns and who changed them last stay
// behind.
//
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
func (c *Collector) storedParameters(ctx context.Context, wanted []fact.Target) map[string]fact.Read[fact.Target] {
	return inBatches(ctx, c, wanted, parametersAsked, c.parametersOf)
}

// parametersOf reads parameters of one account and Region. One that Systems Manager does not take spoils the answer for the
// others, which are then asked for one by one.
func (c *Collector) parametersOf(ctx context.Context, wanted []fact.Target) map[string]fact.Read[fact.Target] {
	out := map[string]fact.Read[fact.Target]{}
	ask := call{Operation: "ssm:DescribeParameters", Permission: "ssm:DescribeParameters", Resource: "*"}
	owner, why := c.in(ctx, wanted[0].Account, ask)
	if owner == nil {
		for _, t := range wanted {
			out[t.ARN] = fact.NotRead[fact.Target](why)
		}
		return out
	}
	var names []string
	for _, t := range wanted {
		names = append(names, parameterNames(t)...)
	}
	pages := ssm.NewDescribeParametersPaginator(owner.Parameters, &ssm.DescribeParametersInput{
		MaxResults:       aws.Int32(50),
		ParameterFilters: []types.ParameterStringFilter{{Key: aws.String("Name"), Option: aws.String("Equals"), Values: names}},
	})
	found := map[string]types.ParameterMetadata{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, func(o *ssm.Options) { o.Region = regionOf(wanted[0], c.Account.Region) })
		switch {
		case err != nil && len(wanted) > 1 && spoils(ask, err):
			for i := range wanted {
				for arn, one := range c.parametersOf(ctx, wanted[i:i+1]) {
					out[arn] = one
				}
			}
			return out
		case err != nil:
			for _, t := range wanted {
				out[t.ARN] = unreadParameter(t, c.asRole(t.Account, ask.unread(err)))
			}
			return out
		}
		for _, one := range page.Parameters {
			found[aws.ToString(one.Name)] = one
		}
	}
	for _, t := range wanted {
		out[t.ARN] = fact.Absent[fact.Target]()
		for _, name := range parameterNames(t) {
			if one, is := found[name]; is {
				out[t.ARN] = fact.Known(c.parameter(t, one))
			}
		}
	}
	return out
}

// spoils tells whether an error is about one of the parameters that were asked for, and not about the call.
func spoils(ask call, err error) bool {
	var api smithy.APIError
	return ask.unread(err).Elsewhere || errors.As(err, &api) && (api.ErrorCode() == "ValidationException" || api.ErrorCode() == "InvalidFilterValue")
}

// parameter is what is kept of a parameter: the key that encrypts a secure one, and how.
func (c *Collector) parameter(t fact.Target, said types.ParameterMetadata) fact.Target {
	if said.Type == types.ParameterTypeSecureString {
		t.Key, t.Advanced = aws.ToString(said.KeyId), said.Tier == types.ParameterTierAdvanced
	}
	t.Policy = fact.Absent[fact.ResourcePolicy]()
	if t.Account != c.Account.ID {
		t.Policy = fact.NotRead[fact.ResourcePolicy](fact.Unread{Operation: "ssm:GetResourcePolicies",
			Reason: fmt.Sprintf("whether account %s shares the parameter is not read: aws ram list-resources --resource-owner OTHER-ACCOUNTS shows it", t.Account)})
	}
	return t
}

// unreadParameter is a parameter of which nothing is known but that within the account no policy of its own decides.
func unreadParameter(t fact.Target, why fact.Unread) fact.Read[fact.Target] {
	if why.Elsewhere {
		return fact.NotRead[fact.Target](why)
	}
	t.Policy, t.Keyless = fact.Absent[fact.ResourcePolicy](), why
	return fact.Known(t)
}

// parameterNames are the names that the parameter of an ARN may have: those in a hierarchy begin with a slash, which the
// ARN does not repeat.
//
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
func parameterNames(t fact.Target) []string {
	_, name, _ := strings.Cut(t.ARN, ":parameter/")
	if strings.Contains(name, "/") {
		return []string{"/" + name}
	}
	return []string{name, "/" + name}
}

package collect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
)

// ParametersAPI is what is read of parameters: never what they hold.
type ParametersAPI interface {
	ssm.DescribeParametersAPIClient
	// The read roles of other accounts call it, and the probe's own never does: within its account a parameter is not shared.
	ssm.GetResourcePoliciesAPIClient
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
				out[t.ARN] = c.unreadParameter(ctx, owner, t, c.asRole(t.Account, ask.unread(err)))
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
				out[t.ARN] = fact.Known(parameter(t, one))
			}
		}
	}
	if owner != c {
		c.shares(ctx, owner, out)
	}
	return out
}

// shares reads with whom parameters of another account are shared that can be: a call each, for there is none for several.
func (c *Collector) shares(ctx context.Context, owner *Collector, parameters map[string]fact.Read[fact.Target]) {
	arns := slices.Sorted(maps.Keys(parameters))
	read := make([]fact.Read[fact.Target], len(arns))
	forEach(ctx, len(arns), func(ctx context.Context, i int) {
		read[i] = parameters[arns[i]]
		if t, known := read[i].Value(); known && !t.Standard {
			t.Policy = c.shared(ctx, owner, t)
			read[i] = fact.Known(t)
		}
	})
	for i, arn := range arns {
		parameters[arn] = read[i]
	}
}

// spoils tells whether an error is about one of the parameters that were asked for, and not about the call.
func spoils(ask call, err error) bool {
	var api smithy.APIError
	return ask.unread(err).Elsewhere || errors.As(err, &api) && (api.ErrorCode() == "ValidationException" || api.ErrorCode() == "InvalidFilterValue")
}

// parameter is what is kept of a parameter: its tier, and the key that encrypts a secure one.
func parameter(t fact.Target, said types.ParameterMetadata) fact.Target {
	if said.Type == types.ParameterTypeSecureString {
		t.Key = aws.ToString(said.KeyId)
	}
	t.Advanced, t.Standard = said.Tier == types.ParameterTierAdvanced, said.Tier == types.ParameterTierStandard
	t.Policy = fact.Absent[fact.ResourcePolicy]()
	return t
}

// unreadParameter is a parameter of which nothing is known but that within the account no policy of its own decides, and
// with whom one of another account is shared.
func (c *Collector) unreadParameter(ctx context.Context, owner *Collector, t fact.Target, why fact.Unread) fact.Read[fact.Target] {
	if why.Elsewhere {
		return fact.NotRead[fact.Target](why)
	}
	t.Policy, t.Keyless = fact.Absent[fact.ResourcePolicy](), why
	if owner != c {
		t.Policy = c.shared(ctx, owner, t)
	}
	return fact.Known(t)
}

// shared is with whom a parameter of another account is shared: the policies on it, which AWS RAM or its owner wrote, as one.
// There are none where it is not shared.
//
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetResourcePolicies.html
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html
func (c *Collector) shared(ctx context.Context, owner *Collector, t fact.Target) fact.Read[fact.ResourcePolicy] {
	get := call{Operation: "ssm:GetResourcePolicies", Permission: "ssm:GetResourcePolicies", Resource: t.ARN}
	var texts []string
	pages := ssm.NewGetResourcePoliciesPaginator(owner.Parameters, &ssm.GetResourcePoliciesInput{ResourceArn: aws.String(t.ARN)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, func(o *ssm.Options) { o.Region = regionOf(t, c.Account.Region) })
		if err != nil {
			return fact.NotRead[fact.ResourcePolicy](c.asRole(t.Account, get.unread(err)))
		}
		for _, one := range page.Policies {
			if text := withoutEmpty(aws.ToString(one.Policy)); text != "" {
				texts = append(texts, text)
			}
		}
	}
	read := attachedAll(t, get, texts)
	policy, _ := read.Value()
	if policy.Policy != nil && slices.ContainsFunc(policy.Policy.Statements(), namesNobody) {
		return fact.NotRead[fact.ResourcePolicy](fact.Unread{Operation: get.Operation,
			Reason: fmt.Sprintf("the policy of the %s does not say whom it is shared with: `aws ram list-principals --resource-owner SELF --resource-arn %s` there shows it", t.Name(), t.ARN)})
	}
	return read
}

// namesNobody tells of an allow that it names no principal. AWS shows RAM's own policies so, and does not document whom
// they let in then.
//
// https://docs.aws.amazon.com/cli/latest/reference/ram/get-resource-policies.html
func namesNobody(s *iampolicy.Statement) bool {
	named := func(p iampolicy.PrincipalValue) bool { return p.Value != "" }
	return s.Effect() == iampolicy.Allow && !slices.ContainsFunc(s.Principals(), named) && len(s.NotPrincipals()) == 0
}

// attachedAll is what several policies on one resource say together; absent where there are none.
func attachedAll(t fact.Target, get call, texts []string) fact.Read[fact.ResourcePolicy] {
	whole, err := asOnePolicy(texts)
	if err != nil {
		return fact.NotRead[fact.ResourcePolicy](fact.Unread{Operation: get.Operation, Reason: fmt.Sprintf("the policies of the %s are not understood: %v", t.Name(), err)})
	}
	return attached(t, get, whole)
}

// asOnePolicy makes one policy of several, with their statements in order; empty where there are none.
func asOnePolicy(texts []string) (string, error) {
	if len(texts) == 0 {
		return "", nil
	}
	if len(texts) == 1 {
		return texts[0], nil
	}
	out := struct {
		Version   string `json:",omitempty"`
		Statement []json.RawMessage
	}{}
	for i, text := range texts {
		var one struct {
			Version   string
			Statement json.RawMessage
		}
		if err := json.Unmarshal([]byte(text), &one); err != nil {
			return "", fmt.Errorf("policy %d: %w", i+1, err)
		}
		// The version decides on nothing but variables.
		if i > 0 && one.Version != out.Version && strings.Contains(strings.Join(texts, ""), "${") {
			return "", errors.New("they are of different versions and hold variables")
		}
		out.Version, out.Statement = max(out.Version, one.Version), append(out.Statement, statementsIn(one.Statement)...)
	}
	whole, err := json.Marshal(out)
	if err != nil {
		return "", fmt.Errorf("join %d policies: %w", len(texts), err)
	}
	return string(whole), nil
}

// statementsIn are the statements of a policy, which may write one alone without a list.
func statementsIn(element json.RawMessage) []json.RawMessage {
	var several []json.RawMessage
	if err := json.Unmarshal(element, &several); err != nil {
		return []json.RawMessage{element}
	}
	return several
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

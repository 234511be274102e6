package localaws

import (
	"strings"

	"permprobe/shared/stack"
)

// A share is one of the policies by which a parameter is shared with other accounts.
type share struct {
	id, policy string
}

// sharedByPolicy is a policy that the owner wrote.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-resourcepolicy.html.
func (b *builder) sharedByPolicy() {
	b.then(func() {
		arn, policy := text(b.prop("ResourceArn")), documentText(b.prop("Policy"), resourcePolicy, b.maybe())
		if stack.HasUnknown(arn) { // whichever it is on, what it grants there is not known here
			marker := stack.Unknown("policy " + b.res.LogicalID)
			policy = mustJSON(document{Version: "2012-10-17", Statement: []any{statement{Effect: "Allow", Principal: map[string]string{"AWS": marker}, Action: marker, Resource: "*"}}})
		}
		b.share(arn, policy)
	})
}

// share adds a policy to a parameter that the stacks hold, and to all that it may be where that is not known. One of the
// standard tier takes none.
func (b *builder) share(arn, policy string) {
	of := []*holder{b.home().holders[arn]}
	if stack.HasUnknown(arn) {
		of = sortedValues(b.home().holders)
	}
	for _, h := range of {
		if h != nil && h.tier != "" && h.tier != "Standard" {
			h.shares = append(h.shares, share{uuidOf("share", b.res.ARN+b.res.LogicalID+h.arn), policy})
		}
	}
}

// readsOfShares are the actions on a parameter in the permissions of AWS RAM that AWS manages for it.
// See https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html#sharing-permissions.
var readsOfShares = map[string][]any{
	"AWSRAMDefaultPermissionSSMParameterReadOnly":     {"ssm:DescribeParameters", "ssm:GetParameter", "ssm:GetParameters"},
	"AWSRAMPermissionSSMParameterReadOnlyWithHistory": {"ssm:DescribeParameters", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParameterHistory"},
}

// resourceShare is what AWS RAM writes on the parameters of a share. What else it shares is not served. Of a permission that
// is not AWS's nobody knows here what it allows.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ram-resourceshare.html.
func (b *builder) resourceShare() {
	b.then(func() {
		actions := readsOfShares["AWSRAMDefaultPermissionSSMParameterReadOnly"]
		for _, permission := range texts(b.prop("PermissionArns")) {
			name := permission[strings.LastIndexByte(permission, '/')+1:]
			switch known := readsOfShares[name]; {
			case known != nil:
				actions = known
			case isUnknown(permission):
				actions = []any{permission}
			case !strings.Contains(permission, ":ram::aws:permission/"): // AWS's own for other kinds stand beside
				actions = []any{stack.Unknown("permission " + name)}
			}
		}
		for _, arn := range texts(b.prop("ResourceArns")) {
			var statements []any
			for _, principal := range texts(b.prop("Principals")) {
				s := map[string]any{"Effect": "Allow", "Action": actions, "Resource": arn}
				shareWith(s, principal)
				statements = append(statements, s)
			}
			if len(statements) > 0 {
				b.share(arn, documentText(map[string]any{"Version": "2012-10-17", "Statement": statements}, resourcePolicy, b.maybe()))
			}
		}
	})
}

// shareWith writes whom a share is with into a statement: organizations and their units by what their principals carry.
func shareWith(s map[string]any, principal string) {
	_, unit, isUnit := strings.Cut(principal, ":ou/")
	_, organization, isOrganization := strings.Cut(principal, ":organization/")
	switch {
	case isUnit:
		parent, id, _ := strings.Cut(unit, "/")
		s["Principal"] = "*"
		s["Condition"] = map[string]any{"ForAnyValue:StringLike": map[string]any{"aws:PrincipalOrgPaths": parent + "/*/" + id + "/*"}}
	case isOrganization:
		s["Principal"] = "*"
		s["Condition"] = map[string]any{"StringEquals": map[string]any{"aws:PrincipalOrgID": organization}}
	case strings.HasSuffix(principal, ".amazonaws.com"):
		s["Principal"] = map[string]any{"Service": principal}
	default:
		s["Principal"] = map[string]any{"AWS": principal}
	}
}

// ssmGetResourcePolicies lists the policies on a parameter, none where it is not shared.
// See https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetResourcePolicies.html.
var ssmGetResourcePolicies = operation{
	service: "ssm", name: "GetResourcePolicies", shows: []string{"ResourceArn", "MaxResults"},
	needs: func(c *call) []need {
		return []need{{action: "ssm:GetResourcePolicies", resource: text(c.body["ResourceArn"])}}
	},
	serve: func(c *call) (any, error) {
		h, err := c.holder("parameter", text(c.body["ResourceArn"]),
			&apiError{Status: 400, Code: "ResourceNotFoundException", Message: "The specified parameter to be shared could not be found."})
		if err != nil {
			return nil, err
		}
		limit, ok := number(text(c.body["MaxResults"]), 50)
		if !ok {
			return nil, invalid(c.svc, "MaxResults %q is none", text(c.body["MaxResults"]))
		}
		var policies []any
		for _, one := range h.shares {
			policies = append(policies, map[string]any{"PolicyId": one.id, "PolicyHash": uuidOf("hash", one.policy), "Policy": one.policy})
		}
		cut, token, err := page(c, policies, text(c.body["NextToken"]), limit, 50, 50)
		if err != nil {
			return nil, err
		}
		return withToken(map[string]any{"Policies": append([]any{}, cut...)}, token), nil
	},
}

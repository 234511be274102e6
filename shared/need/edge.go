package need

import "permprobe/shared/fact"

// atEdge is what a version of a function needs that a distribution runs at the edge: Lambda@Edge takes on its role as a
// service of its own. The function's policy has no part in it.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html#lambda-edge-permissions-function-execution
func atEdge(facts *fact.Facts, t *fact.Trigger) []Need {
	by, _ := t.Kind.Manner()
	base := Need{
		Kind: Trust, Purpose: Start, Level: Required, Row: "lambda_edge", Why: "Lambda@Edge runs the function as the role", Page: by.Page,
		Function: t.Function, Principal: by.Principal, Action: AssumeRole, Trigger: t,
	}
	if t.Function.Qualifier == "" || t.Function.Qualifier == fact.Latest {
		base.Unread = fact.Unread{Reason: "the distribution " + t.SourceName + " names " + t.Function.String() + " without a version, which CloudFront does not take"}
		return []Need{base}
	}
	roles, why := rolesOf(facts, t.Function)
	if !why.IsZero() {
		base.Unread = why
		return []Need{base}
	}
	var needs []Need
	for _, role := range roles {
		one := base.on(AssumeRole, role)
		one.Role = role
		needs = append(needs, one)
	}
	return needs
}

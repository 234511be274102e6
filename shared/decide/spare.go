package decide

import (
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// GrantedTo finds a role that Lambda may assume, that no function runs as, whose name speaks of the function or of its
// role, and that is allowed everything that the function's role is refused: the permission was probably given to the
// wrong role. The decisions are of one function. False where there is none, or several.
func GrantedTo(facts *fact.Facts, denied []*Decision) (fact.Role, bool) {
	function, own := denied[0].Need.Function, denied[0].Need.Role
	var found []fact.Role
	for _, role := range facts.Spare {
		if role.ARN == own || !kin(fact.RoleName(role.ARN), function.Name(), fact.RoleName(own)) {
			continue
		}
		policies, known := role.Policies.Value()
		trust, trusted := role.Trust.Value()
		if !known || !trusted || !assumable(facts, function, role.ARN, trust) {
			continue
		}
		if !slices.ContainsFunc(denied, func(d *Decision) bool { return !allowedTo(d, role.ARN, policies) }) {
			found = append(found, role)
		}
	}
	if len(found) != 1 {
		return fact.Role{}, false
	}
	return found[0], true
}

// GrantedNow is the role that the function itself runs as now, where that is allowed everything that an older role is
// refused with which the version was published. The decisions are of one version or alias and role; empty elsewhere.
//
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
func GrantedNow(facts *fact.Facts, denied []*Decision) string {
	first := denied[0].Need
	at := slices.IndexFunc(facts.Functions, func(f fact.Function) bool { return f.ARN == first.Function.ARN })
	if first.Function.Qualifier == "" || at < 0 || facts.Functions[at].Role == first.Role {
		return ""
	}
	role, _ := facts.Roles[facts.Functions[at].Role].Value()
	policies, known := role.Policies.Value()
	if !known || slices.ContainsFunc(denied, func(d *Decision) bool { return !allowedTo(d, role.ARN, policies) }) {
		return ""
	}
	return role.ARN
}

// leastName is how long a function's name must be to mean something in the name of a role.
const leastName = 5

// kin tells whether the name of a role speaks of the function or of its role.
func kin(role, function, own string) bool {
	role, function, own = strings.ToLower(role), strings.ToLower(function), strings.ToLower(own)
	return len(function) >= leastName && strings.Contains(role, function) || iampolicy.Misspelt(role, own)
}

func assumable(facts *fact.Facts, function fact.FunctionRef, role string, trust *iampolicy.Policy) bool {
	d := &Decision{Need: &need.Need{
		Kind: need.Trust, Function: function, Role: role, Principal: need.LambdaService, Action: "sts:AssumeRole", Resource: role,
		Context: map[string][]string{"aws:SourceArn": {function.ARN}, "aws:SourceAccount": {facts.Account.ID}},
	}}
	return TrustCase(facts, d, trust).Decide().Decision == iampolicy.Allowed
}

// allowedTo decides the need for another role, by its policies alone.
func allowedTo(d *Decision, role string, policies []*iampolicy.Policy) bool {
	c := identityCase(d, policies)
	principal, err := iampolicy.ParsePrincipal(role)
	if err != nil {
		return false
	}
	c.Principal = principal
	return c.Decide().Decision == iampolicy.Allowed
}

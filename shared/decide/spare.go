package decide

import (
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// GrantedTo finds a role that Lambda may assume, that no function runs as, and that is allowed everything that the
// function's role is refused: the permission was probably given to the wrong role. Its name must speak of the function, or
// be almost that of the function's role, or both roles must be of one stack, the first of these that one does. The
// decisions are of one function. False where there is none, or several.
func GrantedTo(facts *fact.Facts, denied []*Decision) (fact.Role, bool) {
	function, own := denied[0].Need.Function, denied[0].Need.Role
	var found []fact.Role
	nearest := stranger
	for _, role := range facts.Spare {
		near := kin(fact.RoleName(role.ARN), function.Name(), fact.RoleName(own))
		if role.ARN == own || near == stranger || near > nearest {
			continue
		}
		policies, known := role.Policies.Value()
		trust, trusted := role.Trust.Value()
		if !known || !trusted || !assumable(facts, function, role.ARN, trust) {
			continue
		}
		if slices.ContainsFunc(denied, func(d *Decision) bool { return !allowedTo(d, role.ARN, policies) }) {
			continue
		}
		if near < nearest {
			nearest, found = near, nil
		}
		found = append(found, role)
	}
	if len(found) != 1 {
		return fact.Role{}, false
	}
	return found[0], true
}

// AttachedTo finds a policy whose name speaks of the function, that allows everything that the function's role is
// refused, and that another role has: it was probably attached to the wrong one. The decisions are of one function. Empty
// where there is none, or several.
func AttachedTo(facts *fact.Facts, denied []*Decision) (policy, role string) {
	function, own := denied[0].Need.Function, denied[0].Need.Role
	others := slices.Clone(facts.Spare)
	for arn, read := range facts.Roles {
		if other, known := read.Value(); known && arn != own && !slices.ContainsFunc(facts.Spare, func(r fact.Role) bool { return r.ARN == arn }) {
			others = append(others, other)
		}
	}
	for _, other := range others {
		policies, _ := other.Policies.Value()
		for _, one := range policies {
			name := plainName(one, other.ARN)
			// A policy of AWS is nobody's, and one may be of the function that runs as the role.
			if !speaks(name, function.Name()) || strings.Contains(one.Name(), ":iam::aws:policy/") || slices.ContainsFunc(facts.Functions, func(f fact.Function) bool {
				return f.Role == other.ARN && speaks(name, f.Name)
			}) {
				continue
			}
			if slices.ContainsFunc(denied, func(d *Decision) bool { return !allowedTo(d, other.ARN, []*iampolicy.Policy{one}) }) {
				continue
			}
			if role != "" {
				return "", ""
			}
			policy, role = one.Name(), other.ARN
		}
	}
	return policy, role
}

// plainName is the name of a policy without what says where it stands.
func plainName(policy *iampolicy.Policy, role string) string {
	name := strings.TrimSuffix(policy.Name(), " of "+fact.RoleName(role))
	return fact.RoleName(strings.TrimPrefix(name, "inline policy "))
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

// leastName is how long a function's name must be to mean something in another name.
const leastName = 5

// kinship is how much the name of a role has to do with a function and its role, the nearest first.
type kinship uint8

const (
	eponym    kinship = iota // it speaks of the function
	sibling                  // it is almost the name of the function's role
	neighbour                // both roles are of one stack
	stranger
)

func kin(role, function, own string) kinship {
	stem, ofStack := generated(role)
	ownStem, ownStack := generated(own)
	switch {
	case speaks(role, function):
		return eponym
	case iampolicy.Misspelt(strings.ToLower(stem), strings.ToLower(ownStem)):
		return sibling
	case ofStack != "" && ofStack == ownStack:
		return neighbour
	}
	return stranger
}

// speaks tells whether a name holds that of a function.
func speaks(name, function string) bool {
	stem, _ := generated(function)
	return len(stem) >= leastName && strings.Contains(strings.ToLower(name), strings.ToLower(stem))
}

// madeUp is what CloudFormation puts behind the logical id in a name that it makes: STACK-LOGICALID-MADEUP.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
var madeUp = regexp.MustCompile(`^(.+)-[a-z]*[A-Z0-9][A-Za-z0-9]*$`)

// generated is a name without what CloudFormation made up, and the name of the stack; empty where it did not make it.
func generated(name string) (stem, stack string) {
	const least, most = 10, 13
	end := len(name) - strings.LastIndexByte(name, '-') - 1
	m := madeUp.FindStringSubmatch(name)
	if m == nil || end < least || end > most || !strings.Contains(m[1], "-") {
		return name, ""
	}
	return m[1], m[1][:strings.LastIndexByte(m[1], '-')]
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

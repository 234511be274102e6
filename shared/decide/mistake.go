package decide

import (
	"slices"
	"strings"

	"permprobe/shared/authref"
	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/lint"
	"permprobe/shared/need"
)

// Mistake is what a statement says and can never mean.
type Mistake struct {
	// Rule is the permanent id of the rule of package lint.
	Rule string
	// Element, Key and Value are what is wrong in the statement; Key is empty unless that is a condition.
	Element, Key, Value string
	// Do is one phrase on how to correct it, and Page the AWS documentation behind the rule.
	Do, Page string
}

// Mistakes decides what the policies of the functions' roles say and can never mean, for the purpose need.Meant: a
// denied decision for every action and resource that a statement was written for and that nothing else the role
// has may grant, and an unknown one for a role whose policies are not known. Grants of S3 that BucketMisfits tells
// are left out, and so are policies of AWS, which are not the reader's to correct.
func Mistakes(facts *fact.Facts) []Decision {
	users := map[string]int{}
	for i := range facts.Functions {
		users[facts.Functions[i].Role]++
	}
	byRole := map[string][]meant{}
	var decisions []Decision
	for i := range facts.Functions {
		function := &facts.Functions[i]
		base := need.Need{Kind: need.Identity, Purpose: need.Meant, Level: need.Required, Function: function.Ref(), Role: function.Role, Principal: function.Role}
		role, why := roleOf(facts, function.Role)
		policies, known := role.Policies.Value()
		if why.IsZero() && !known {
			why, _ = role.Policies.Unread()
		}
		if !why.IsZero() {
			decisions = append(decisions, Decision{Need: &base, Unread: why, NoRole: facts.Roles[function.Role].IsAbsent()})
			continue
		}
		found, done := byRole[function.Role]
		if !done {
			place := lint.Context{Partition: facts.Account.Partition, Region: facts.Account.Region, Account: facts.Account.ID, ExecutionRole: true}
			if users[function.Role] == 1 {
				place.Function, place.LogGroup = function.ARN, function.LogGroup
			}
			found = mistakes(role, policies, place)
			byRole[function.Role] = found
		}
		for _, m := range found {
			n := base
			n.Action, n.Resource, n.Grant = m.action, m.resource, m.grant
			p := m.problem
			d := Decision{Need: &n, Verdict: Denied, Element: p.Element, Detail: p.Why,
				Mistake: Mistake{Rule: p.ID, Element: p.Element, Key: p.Key, Value: p.Value, Do: p.Do, Page: p.Page}}
			d.cite(p.Ref)
			d.Corrected, d.Written = m.corrected, m.written
			decisions = append(decisions, d)
		}
	}
	return decisions
}

// meant is one request that a statement was written for and does not allow.
type meant struct {
	problem lint.Problem
	// action is one that the statement's text stands for, which is written.
	action, written string
	// resource is what the request is about, grant what the statement should name.
	resource, grant string
	// corrected is the statement with all its mistakes put right; empty where that does not follow from the text.
	corrected string
}

func mistakes(role fact.Role, policies []*iampolicy.Policy, place lint.Context) []meant {
	var found []meant
	for _, policy := range policies {
		for _, problem := range lint.Policy(policy, place) {
			if problem.Confidence != lint.Certain || problem.Ref.Statement == nil {
				continue
			}
			corrected := correct(problem, place)
			for _, m := range intended(problem) {
				if ofBuckets(problem, m.action) || grantedOtherwise(role, policies, m) {
					continue
				}
				// The request that proves the correction: a question mark is one character, whichever.
				m.corrected, m.resource = corrected, requested(m.action, strings.ReplaceAll(m.grant, "?", "x"))
				found = append(found, m)
			}
		}
	}
	return found
}

// mostCorrections bounds how often one statement is put right; each time takes one mistake out of it.
const mostCorrections = 8

// correct is the problem's statement with every mistake put right; empty where one of them has no correction that
// follows from the text.
func correct(problem lint.Problem, place lint.Context) string {
	for range mostCorrections {
		text, ok := problem.Corrected()
		if !ok {
			return ""
		}
		document := `{"Version":"` + problem.Ref.Policy.Version() + `","Statement":[` + string(text) + `]}`
		policy, err := iampolicy.Parse([]byte(document), iampolicy.Identity)
		if err != nil {
			return ""
		}
		rest := slices.DeleteFunc(lint.Policy(policy, place), func(p lint.Problem) bool { return p.Confidence != lint.Certain })
		if len(rest) == 0 {
			return string(text)
		}
		problem = rest[0]
	}
	return ""
}

// intended are the requests that the statement was written for: its actions on its resources, each where they fit,
// with what is wrong put right as far as that follows from the text.
func intended(p lint.Problem) []meant {
	actions, resources := p.Actions, p.Ref.Statement.Resources()
	if len(actions) == 0 {
		actions = p.Ref.Statement.Actions()
	}
	switch {
	case p.Element == "Action" && len(p.Replace) > 0:
		actions = p.Replace
	case p.Element == "Action" && len(p.Ref.Statement.Actions()) > 1:
		return nil // which action was meant is not known, and the others of the statement may be all that is used
	case p.Element == "Action":
		actions = []string{p.Value}
	case p.Element == "Resource" && len(p.Replace) > 0:
		resources = p.Replace
	case p.Element == "Resource":
		resources = []string{p.Value}
	}
	var out []meant
	for _, text := range actions {
		action := anAction(text)
		for _, resource := range resources {
			if known, ok := authref.Lookup(action); ok && len(p.Replace) > 0 && !fits(known, resource) {
				continue
			}
			out = append(out, meant{problem: p, action: action, written: text, resource: requested(action, resource), grant: resource})
		}
	}
	return out
}

// anAction is one action that a text stands for; the text itself where it stands for none that is known.
func anAction(text string) string {
	service, _, _ := strings.Cut(text, ":")
	if known, ok := authref.Lookup(strings.TrimRight(text, "*")); ok {
		return known.Service + ":" + known.Name
	}
	if !strings.ContainsAny(service, "*?") {
		for _, action := range authref.ExpandAction(text) {
			return action
		}
	}
	return text
}

// fits tells whether a request for the action may be about the resource.
func fits(action authref.Action, resource string) bool {
	if strings.Trim(resource, "*") == "" || action.WildcardOnly() {
		return true
	}
	return slices.ContainsFunc(action.Resources, func(r authref.ActionResource) bool { return r.Type.Overlaps(resource) })
}

// requested is opened for the resource of a request: the key of an object has at least one character.
func requested(action, pattern string) string {
	if inside, all := strings.CutSuffix(pattern, "/*"); all && strings.HasPrefix(action, "s3:") {
		pattern = inside + "/*x"
	}
	return opened(pattern)
}

// opened is a resource in which patterns and policy variables stand for what is not known.
func opened(resource string) string {
	if strings.Trim(resource, "*") == "" {
		return resource
	}
	for {
		before, rest, found := strings.Cut(resource, "${")
		_, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			break
		}
		resource = before + iampolicy.Unknown("variable") + after
	}
	return strings.NewReplacer("*", iampolicy.Unknown("any"), "?", iampolicy.Unknown("any")).Replace(resource)
}

// ofBuckets tells whether BucketMisfits looks at the action of the problem.
func ofBuckets(p lint.Problem, action string) bool {
	if p.ID != "resource-type" || !strings.HasPrefix(action, "s3:") || !strings.Contains(p.Value, ":s3:::") {
		return false
	}
	return strings.HasPrefix(action, "s3:ListBucket") == strings.Contains(p.Value, "/")
}

// grantedOtherwise tells whether another statement of the role may grant the request, so that the mistake does no
// harm, or refuses it on purpose.
func grantedOtherwise(role fact.Role, policies []*iampolicy.Policy, m meant) bool {
	c := MisfitCase(role.ARN, m.action, m.resource, policies)
	c.ResourcePolicy = nil // the role's statements alone are looked at
	// Put right, the request may be one that the statement allows besides. As it is written the statement covers
	// its own words.
	itself := len(m.problem.Replace) > 0 && m.problem.Element != "Condition"
	return slices.ContainsFunc(c.Explain().Statements, func(s iampolicy.StatementExplanation) bool {
		return (itself || s.Ref != m.problem.Ref) && s.Applies != iampolicy.ImplicitDeny
	})
}

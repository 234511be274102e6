package catalog

import (
	"fmt"
	"strings"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// apiInvoke is I1: an API of API Gateway may not invoke the function behind it.
func apiInvoke() check.Check {
	return check.Check{
		ID:    "I1",
		Title: "API Gateway may invoke the function behind an API",
		Text: "API Gateway calls a function as apigateway.amazonaws.com with the API's stage, method and path as aws:SourceArn. " +
			"The function's policy, of exactly the qualifier that the integration names, must allow that, or callers get a 500 " +
			"while invoking the function directly works.",
		Severity: finding.High,
		Guide:    []string{"I1"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindTriggers, fact.KindPolicies},
		Run: func(in *check.Input) check.Output {
			var out check.Output
			for _, group := range byTrigger(in.Decisions) {
				judgeAPI(&out, group)
			}
			return out
		},
	}
}

// byTrigger groups the decisions on API calls by the trigger that makes them, in order.
func byTrigger(decisions []decide.Decision) [][]*decide.Decision {
	var groups [][]*decide.Decision
	index := map[*fact.Trigger]int{}
	for i := range decisions {
		d := &decisions[i]
		if d.Need.Purpose != need.APICall {
			continue
		}
		at, seen := index[d.Need.Trigger]
		if !seen {
			at = len(groups)
			index[d.Need.Trigger] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], d)
	}
	return groups
}

// judgeAPI decides one API and the function that it calls: refused routes make one finding together.
func judgeAPI(out *check.Output, group []*decide.Decision) {
	var refused []*decide.Decision
	for _, route := range byRoute(group) {
		verdict, d := judgeRoute(route)
		switch verdict {
		case decide.Unknown:
			out.Gaps = append(out.Gaps, check.Gap(d.Need.Function.ARN, undecided(route, d)))
		case decide.Denied:
			refused = append(refused, d)
		}
	}
	if len(refused) > 0 {
		out.Found = append(out.Found, check.Found{
			Finding: apiRefused(refused), Decisions: refused, Target: refused[0].Need.Trigger.Source,
		})
	}
}

func byRoute(group []*decide.Decision) [][]*decide.Decision {
	var routes [][]*decide.Decision
	for i, d := range group {
		if i == 0 || d.Need.Route != group[i-1].Need.Route {
			routes = append(routes, nil)
		}
		last := len(routes) - 1
		routes[last] = append(routes[last], d)
	}
	return routes
}

// judgeRoute decides a route from the decisions on its requests. A route whose requests are refused, but
// which is allowed in a form that AWS's pages show without documenting it, is undecided.
func judgeRoute(route []*decide.Decision) (decide.Verdict, *decide.Decision) {
	var denied, unknown *decide.Decision
	doubt := false
	for _, d := range route {
		switch {
		case d.Need.Doubtful:
			doubt = doubt || d.Verdict == decide.Allowed
		case d.Verdict == decide.Denied && denied == nil:
			denied = d
		case d.Verdict == decide.Unknown && unknown == nil:
			unknown = d
		}
	}
	switch {
	case denied != nil && doubt && !denied.Explicit:
		return decide.Unknown, denied
	case denied != nil:
		return decide.Denied, denied
	case unknown != nil:
		return decide.Unknown, unknown
	}
	return decide.Allowed, route[0]
}

func undecided(route []*decide.Decision, d *decide.Decision) fact.Unread {
	if d.Verdict == decide.Unknown {
		return d.Unread
	}
	return fact.Unread{Reason: fmt.Sprintf(
		"the policy of %s names the route %s of %s %s literally; AWS does not document that its calls match that: use * for the method and for path parameters",
		d.Need.Function, d.Need.Route.Label, d.Need.Trigger.Kind, d.Need.Trigger.SourceName)}
}

func apiRefused(refused []*decide.Decision) finding.Finding {
	first := refused[0]
	trigger, function := first.Need.Trigger, first.Need.Function
	called := function.Name()
	if function.Qualifier != "" {
		called += ":" + function.Qualifier
	}
	source, routes := first.Need.Route.Pattern, first.Need.Route.Label
	if len(refused) > 1 {
		source, routes = covering(refused), fmt.Sprintf("%s and %d more routes", first.Need.Route.Label, len(refused)-1)
	}
	if len(refused) == 2 {
		routes = first.Need.Route.Label + " and " + refused[1].Need.Route.Label
	}
	f := finding.Finding{
		Place:     finding.PlaceInvoke,
		Function:  function.ARN,
		Qualifier: function.Qualifier,
		Principal: first.Need.Principal,
		Action:    first.Need.Action,
		Resource:  function.String(),
		SourceARN: source,
		Title:     fmt.Sprintf("%s %s may not invoke %s (%s)", trigger.Kind, trigger.SourceName, called, routes),
		Symptom: fmt.Sprintf("Callers of %s get HTTP 500 \"Internal Server Error\" while invoking the function directly works; the function's log stays empty.",
			routes),
		Evidence: evidence(first, "policy of "+called),
	}
	switch {
	case first.Explicit:
		f.Cause = fmt.Sprintf("A Deny statement in the policy of %s refuses the API's calls.", called)
	case first.Detail != "":
		f.Cause = fmt.Sprintf("No statement in the policy of %s covers the API's calls. The closest one: %s", called, sentence(first.Detail))
	default:
		f.Cause = fmt.Sprintf("The policy of %s holds no statement that lets %s invoke it.", called, first.Need.Principal)
	}
	if function.Qualifier != "" {
		f.Cause += fmt.Sprintf(" The integration calls %s: a permission on the function without that qualifier does not count, and the qualifier must exist.",
			strings.TrimPrefix(function.String(), function.ARN+":"))
	}
	return f
}

// covering is the narrowest source ARN with one wildcard at its end that covers all the refused routes.
func covering(refused []*decide.Decision) string {
	common := refused[0].Need.Route.Pattern
	for _, d := range refused[1:] {
		pattern := d.Need.Route.Pattern
		n := 0
		for n < len(common) && n < len(pattern) && common[n] == pattern[n] {
			n++
		}
		common = common[:n]
	}
	return strings.TrimRight(common, "*") + "*"
}

package catalog

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// judgeTriggers decides every trigger of a row's kinds and the function that it calls: the refused routes of a
// trigger make one finding together. Those that the policy of another qualifier would allow are left to I3.
func judgeTriggers(in *check.Input, row string) check.Output {
	var out check.Output
	for _, group := range byTrigger(in.Decisions, row) {
		refused, gaps := judgeTrigger(group)
		out.Gaps = append(out.Gaps, gaps...)
		refused, _ = byDeny(refused) // I10 tells those that a Deny refuses
		if len(refused) == 0 {
			continue
		}
		if _, elsewhere := decide.Elsewhere(in.Facts, refused); !elsewhere { // I3 tells the others
			out.Found = append(out.Found, check.Found{
				Finding: callRefused(refused), Decisions: refused, Target: targetOf(refused),
			})
		}
	}
	return out
}

// byDeny parts the refused routes that nothing allows from those that a Deny statement refuses.
func byDeny(refused []*decide.Decision) (lacking, denied []*decide.Decision) {
	for _, d := range refused {
		if d.Explicit {
			denied = append(denied, d)
		} else {
			lacking = append(lacking, d)
		}
	}
	return lacking, denied
}

// byTrigger groups the decisions on the calls of a row's triggers by the trigger that makes them, in order.
func byTrigger(decisions []decide.Decision, row string) [][]*decide.Decision {
	kinds := map[fact.TriggerKind]bool{}
	for _, w := range wordings() {
		kinds[w.kind] = w.row == row
	}
	var groups [][]*decide.Decision
	type source struct {
		trigger *fact.Trigger
		caller  string // of a URL, which may have several
	}
	index := map[source]int{}
	for i := range decisions {
		d := &decisions[i]
		if d.Need.Kind != need.Invoke || d.Need.Trigger.Credentials != "" || !kinds[d.Need.Trigger.Kind] {
			continue
		}
		by := source{trigger: d.Need.Trigger}
		if by.trigger.Kind.IsURL() {
			by.caller = d.Need.Principal
		}
		at, seen := index[by]
		if !seen {
			at = len(groups)
			index[by] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], d)
	}
	return groups
}

// judgeTrigger says which routes of one trigger are refused, a decision each, and what is undecided.
func judgeTrigger(group []*decide.Decision) (refused []*decide.Decision, gaps []finding.Gap) {
	for _, route := range byRoute(group) {
		verdict, d := judgeRoute(route)
		doubt := d.Need.Trigger.Doubt
		switch {
		case verdict == decide.Unknown:
			gaps = append(gaps, check.Gap(d.Need.Function.ARN, undecided(d)))
		case verdict == decide.Denied && doubt != "":
			gaps = append(gaps, check.Gap(d.Need.Function.ARN, fact.Unread{Reason: fmt.Sprintf(
				"the policy of %s does not let %s %s invoke it, but %s", called(d.Need.Function), d.Need.Trigger.Kind, d.Need.Trigger.SourceName, doubt)}))
		case verdict == decide.Denied:
			refused = append(refused, d)
		}
	}
	return refused, gaps
}

// byRoute divides a trigger's decisions by routes, and by actions where a call needs several.
func byRoute(group []*decide.Decision) [][]*decide.Decision {
	var routes [][]*decide.Decision
	for i, d := range group {
		if i == 0 || d.Need.Route != group[i-1].Need.Route || d.Need.Action != group[i-1].Need.Action {
			routes = append(routes, nil)
		}
		last := len(routes) - 1
		routes[last] = append(routes[last], d)
	}
	return routes
}

// judgeRoute decides a route from the decisions on its requests. Where AWS does not document which of several forms
// the requests have, all forms must come to the same.
func judgeRoute(route []*decide.Decision) (decide.Verdict, *decide.Decision) {
	var forms []string
	for _, d := range route {
		if !slices.Contains(forms, d.Need.Form) {
			forms = append(forms, d.Need.Form)
		}
	}
	first, decision := judgeForm(route, forms[0])
	for _, form := range forms[1:] {
		other, d := judgeForm(route, form)
		if other == first {
			continue
		}
		if other == decide.Denied {
			decision = d
		}
		return decide.Unknown, decision
	}
	return first, decision
}

// judgeForm decides a route whose requests have one form. A route whose requests are refused, but each of which is
// allowed in a way that AWS's pages show without documenting it, is undecided.
func judgeForm(route []*decide.Decision, form string) (decide.Verdict, *decide.Decision) {
	var allowed, denied, doubted, unknown *decide.Decision
	for _, d := range route {
		switch {
		case d.Need.Form != form, d.Need.Doubtful:
		case d.Verdict == decide.Allowed && allowed == nil:
			allowed = d
		case d.Verdict == decide.Denied && !d.Explicit && allowedOtherwise(route, d) && doubted == nil:
			doubted = d
		case d.Verdict == decide.Denied && denied == nil && (d.Explicit || !allowedOtherwise(route, d)):
			denied = d
		case d.Verdict == decide.Unknown && unknown == nil:
			unknown = d
		}
	}
	switch {
	case denied != nil:
		return decide.Denied, denied
	case doubted != nil:
		return decide.Unknown, doubted
	case unknown != nil:
		return decide.Unknown, unknown
	}
	return decide.Allowed, allowed
}

// allowedOtherwise tells whether the request of a decision is allowed in a way that AWS does not document.
func allowedOtherwise(route []*decide.Decision, refused *decide.Decision) bool {
	return slices.ContainsFunc(route, func(d *decide.Decision) bool {
		return d.Need.Doubtful && d.Verdict == decide.Allowed && d.Need.Form == refused.Need.Form &&
			fact.StandsFor(sourceOf(d), sourceOf(refused))
	})
}

// sourceOf is the source that the request of a decision carries; empty for none.
func sourceOf(d *decide.Decision) string {
	if values := d.Need.Context["aws:SourceArn"]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// undecided says why a decision on a call decides nothing.
func undecided(d *decide.Decision) fact.Unread {
	switch {
	case d.Verdict == decide.Unknown:
		return d.Unread
	case d.Need.Form != "":
		certain := "a permission without a condition on the source"
		switch manner, _ := d.Need.Trigger.Kind.Manner(); {
		case manner.SourceAccount == fact.Always:
			certain = "a permission whose condition names the source's account alone"
		case manner.SourceARN == fact.Always:
			certain = "a permission whose condition names the source's ARN alone"
		}
		return fact.Unread{Reason: fmt.Sprintf(
			"the policy of %s lets %s %s invoke it only if the calls come%s, and AWS does not document whether they do: %s counts for certain",
			called(d.Need.Function), d.Need.Trigger.Kind, d.Need.Trigger.SourceName, otherForm(d.Need.Form), certain)}
	}
	return fact.Unread{Reason: wordingOf(d.Need.Trigger.Kind).doubted(d)}
}

// otherForm is the form that the calls must have where the given one is refused.
func otherForm(refused string) string {
	keys := []string{"aws:SourceArn", "aws:SourceAccount"}
	for _, key := range keys {
		if strings.Contains(refused, " without "+key) {
			return " with " + key
		}
	}
	for _, key := range keys {
		if strings.Contains(refused, " with "+key) {
			return " without " + key
		}
	}
	return ""
}

// called names a function as its caller does.
func called(function fact.FunctionRef) string {
	if function.Qualifier == "" {
		return function.Name()
	}
	return function.Name() + ":" + function.Qualifier
}

// callRefused is the finding on the refused routes of one trigger.
func callRefused(refused []*decide.Decision) finding.Finding {
	first := refused[0]
	trigger, function := first.Need.Trigger, first.Need.Function
	if trigger.Kind.IsURL() {
		return urlRefused(refused)
	}
	name := called(function)
	words := wordingOf(trigger.Kind)
	source, routes := first.Need.Route.Pattern, routesOf(refused)
	if len(refused) > 1 {
		source = covering(refused)
	}
	f := finding.Finding{
		Place:     finding.PlaceInvoke,
		Function:  function.ARN,
		Qualifier: function.Qualifier,
		Principal: first.Need.Principal,
		Action:    first.Need.Action,
		Resource:  function.String(),
		SourceARN: source,
		Title:     fmt.Sprintf("%s may not invoke %s", capital(words.name(trigger, routes)), name),
		Symptom:   words.seen(trigger, routes),
		Evidence:  evidence(first, "policy of "+name),
	}
	switch {
	case first.Explicit:
		f.Cause = fmt.Sprintf("The statement %s denies %s, and a Deny wins over whatever else allows them.", citedStatement(first), words.calls)
	case first.Detail != "":
		f.Cause = fmt.Sprintf("No statement in the policy of %s covers %s. The closest one: %s", name, words.calls, sentence(first.Detail))
	default:
		f.Cause = fmt.Sprintf("The policy of %s holds no statement that lets %s invoke it.", name, first.Need.Principal)
	}
	switch {
	case first.Explicit || function.Qualifier == "":
	case function.Qualifier == fact.Latest:
		f.Qualifier = "" // it is the function without a qualifier, although the calls name it so
		f.Cause += fmt.Sprintf(" %s calls %s, which has no policy: a permission on the function without that qualifier does not count.",
			capital(words.caller), function.Qualifier)
	default:
		f.Cause += fmt.Sprintf(" %s calls %s: a permission on the function without that qualifier does not count, and the qualifier must exist.",
			capital(words.caller), function.Qualifier)
	}
	return f
}

// routesOf names the refused routes, at most two of them.
func routesOf(refused []*decide.Decision) string {
	first := refused[0].Need.Route.Label
	switch len(refused) {
	case 1:
		return first
	case 2:
		return first + " and " + refused[1].Need.Route.Label
	}
	return fmt.Sprintf("%s and %d more routes", first, len(refused)-1)
}

// targetOf is what a finding on refused calls is about: their source, or the caller where that is a URL.
func targetOf(refused []*decide.Decision) string {
	n := refused[0].Need
	if n.Trigger.Kind.IsURL() {
		return n.Principal + " " + n.Route.Pattern + " " + n.Resource
	}
	return n.Trigger.Source
}

// covering is the narrowest source ARN that covers all the refused routes: of routes with methods and paths the method
// where it is the same, and of the paths what they begin with.
func covering(refused []*decide.Decision) string {
	var patterns []string
	for _, d := range refused {
		if pattern := d.Need.Route.Pattern; !slices.Contains(patterns, pattern) {
			patterns = append(patterns, pattern)
		}
	}
	return coverAll(patterns)
}

func coverAll(patterns []string) string {
	if len(patterns) == 1 {
		return patterns[0]
	}
	// ARN of the API, stage, method, path
	first := strings.SplitN(patterns[0], "/", 4)
	routed := len(first) == 4
	for _, pattern := range patterns[1:] {
		parts := strings.SplitN(pattern, "/", 4)
		routed = routed && len(parts) == 4 && parts[0] == first[0] && parts[1] == first[1]
	}
	if !routed {
		return begin(patterns)
	}
	method, paths := first[2], []string(nil)
	for _, pattern := range patterns {
		parts := strings.SplitN(pattern, "/", 4)
		if parts[2] != method {
			method = "*"
		}
		if !slices.Contains(paths, parts[3]) {
			paths = append(paths, parts[3])
		}
	}
	path := paths[0]
	if len(paths) > 1 {
		path = begin(paths)
	}
	if method == "*" && path == "*" {
		return first[0] + "/" + first[1] + "/*" // one wildcard covers what is behind the stage
	}
	return strings.Join([]string{first[0], first[1], method, path}, "/")
}

// begin is what all texts begin with, and a wildcard.
func begin(texts []string) string {
	common := texts[0]
	for _, text := range texts[1:] {
		n := 0
		for n < len(common) && n < len(text) && common[n] == text[n] {
			n++
		}
		common = common[:n]
	}
	return strings.TrimRight(common, "*") + "*"
}

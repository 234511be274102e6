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

// callingRole is I5: a source calls the function as a role, and the role may not.
func callingRole() check.Check {
	return check.Check{
		ID:    "I5",
		Title: "Roles that call functions may invoke them",
		Text: "Some sources call a function as a role that they name instead of by the function's policy. " +
			"The role must be allowed lambda:InvokeFunction on exactly the ARN that is called, with its qualifier (Firehose asks for " +
			"lambda:GetFunctionConfiguration besides), and its trust policy must let the service take it on, or every call fails.",
		Severity: finding.Medium,
		Guide:    []string{"I5"},
		Also:     []string{"R2", "R19"},
		Facts:    append(factsOf("I5"), fact.KindRoles),
		Run: func(in *check.Input) check.Output {
			var out check.Output
			for _, group := range byCaller(in.Decisions) {
				judgeCaller(in.Facts, &out, group)
			}
			return out
		},
	}
}

// byCaller groups the decisions on calls by roles: one group for what a role must be allowed on a function, and one for its
// trust, whatever the number of sources that call so. One fault makes one finding.
func byCaller(decisions []decide.Decision) [][]*decide.Decision {
	type caller struct {
		function        fact.FunctionRef
		role, principal string
		noRole          bool
	}
	var groups [][]*decide.Decision
	index := map[caller]int{}
	for i := range decisions {
		d := &decisions[i]
		if d.Need.Purpose != need.Called || d.Need.Kind == need.Invoke {
			continue
		}
		key := caller{function: d.Need.Function, role: d.Need.Role, noRole: d.NoRole}
		if !d.NoRole && d.Need.Kind == need.Trust {
			key.principal = d.Need.Principal
		}
		at, seen := index[key]
		if !seen {
			at = len(groups)
			index[key] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], d)
	}
	return groups
}

// readConfiguration is what Firehose's documentation asks for besides the call.
//
// https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
const readConfiguration = "lambda:GetFunctionConfiguration"

func judgeCaller(facts *fact.Facts, out *check.Output, group []*decide.Decision) {
	var denied []*decide.Decision
	var gaps []fact.Unread
	for _, d := range group {
		doubt := d.Need.Trigger.Doubt
		switch {
		case (d.NoRole || d.Verdict == decide.Denied) && doubt != "":
			gaps = append(gaps, fact.Unread{Reason: fmt.Sprintf("the role %s may not invoke %s for the %s %s, but %s",
				d.Need.Role, called(d.Need.Function), d.Need.Trigger.Kind, d.Need.Trigger.SourceName, doubt)})
		case d.NoRole, d.Verdict == decide.Denied:
			denied = append(denied, d)
		case d.Verdict == decide.Unknown && !slices.Contains(gaps, d.Unread):
			gaps = append(gaps, d.Unread)
		}
	}
	for _, why := range gaps {
		out.Gaps = append(out.Gaps, check.Gap(group[0].Need.Function.ARN, why))
	}
	if len(denied) == 0 {
		return
	}
	found := check.Found{Finding: callerRefused(denied), Decisions: denied, Target: denied[0].Need.Role}
	if !slices.ContainsFunc(denied, func(d *decide.Decision) bool { return d.NoRole || d.Need.Action != readConfiguration }) {
		// Roles that the CDK writes for Firehose go without: that calls fail is not certain.
		found.Finding.Severity, found.Finding.Confidence = finding.Low, finding.Inferred
		found.Finding.Cause += " AWS documents it beside " + need.Invokes + " for this kind of source; whether calls fail without it is not documented."
	}
	if denied[0].Guardrail != "" {
		found.Rows = []string{"R19"}
	}
	if denied[0].Need.Kind == need.Identity {
		departed(facts, denied, &found)
	}
	out.Found = append(out.Found, found)
}

// callerRefused is the finding on a role that may not do what its sources call it for.
func callerRefused(denied []*decide.Decision) finding.Finding {
	first := denied[0]
	n, trigger := first.Need, first.Need.Trigger
	name, role := called(n.Function), fact.RoleName(n.Role)
	words := wordingOf(trigger.Kind)
	routes := ""
	if n.Route != nil {
		routes = n.Route.Label
	}
	f := finding.Finding{
		Place:     finding.PlaceInvoke,
		Function:  n.Function.ARN,
		Qualifier: n.Function.Qualifier,
		Role:      n.Role,
		Principal: n.Role,
		Action:    strings.Join(refusedActions(denied), ", "),
		Resource:  n.Function.String(),
		SourceARN: trigger.Source,
		Title:     fmt.Sprintf("%s may not invoke %s: its role %s may not %s", capital(sourcesOf(denied)), name, role, list(refusedActions(denied))),
		Symptom:   words.seen(trigger, routes),
		Evidence:  evidence(first, "policies of "+role),
	}
	if f.Qualifier == fact.Latest {
		f.Qualifier = "" // it is the function without a qualifier, although a policy must name it so
	}
	switch {
	case first.NoRole:
		f.Action = need.Invokes
		f.Title = fmt.Sprintf("%s cannot invoke %s: its role %s does not exist", capital(sourcesOf(denied)), name, role)
		f.Cause = fmt.Sprintf("The role %s, as which %s is called, does not exist.", n.Role, name)
		f.Evidence.Policy = "role " + role
	case n.Kind == need.Trust:
		f.Principal = n.Principal
		f.Title = fmt.Sprintf("%s cannot invoke %s: %s may not assume its role %s", capital(sourcesOf(denied)), name, n.Principal, role)
		f.Evidence = evidence(first, "trust policy of "+role)
		f.Cause = fmt.Sprintf("The trust policy of %s does not let %s assume the role.", role, n.Principal)
		if first.Explicit {
			f.Cause = fmt.Sprintf("A Deny statement in the trust policy of %s refuses %s.", role, n.Principal)
		}
		if first.Detail != "" {
			f.Cause += " The closest statement: " + sentence(first.Detail)
		}
	default:
		f.Cause = cause(denied, f.Evidence.Policy, []string{n.Resource})
		if n.Function.Qualifier != "" && !first.Explicit && first.Guardrail == "" {
			f.Cause += fmt.Sprintf(" %s calls %s: a grant on the function without that qualifier does not cover it.", capital(words.caller), n.Function.Qualifier)
		}
	}
	if first.Guardrail != "" {
		f.Place = finding.PlaceGuardrail
	}
	return f
}

// refusedActions are the actions that are refused, each once, that which invokes first.
func refusedActions(denied []*decide.Decision) []string {
	actions := actionsOf(denied)
	if at := slices.Index(actions, need.Invokes); at > 0 {
		actions = slices.Insert(slices.Delete(actions, at, at+1), 0, need.Invokes)
	}
	return actions
}

// sourcesOf names the sources of refused calls, at most two of them.
func sourcesOf(denied []*decide.Decision) string {
	var names []string
	for _, d := range denied {
		if name := string(d.Need.Trigger.Kind) + " " + d.Need.Trigger.SourceName; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > 2 {
		return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
	}
	return strings.Join(names, " and ")
}

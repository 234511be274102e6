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

// functionURL is I6: a function's URL refuses those whom it is meant for.
func functionURL() check.Check {
	return check.Check{
		ID:    "I6",
		Title: "Function URLs have both permissions",
		Text: "A request to a function's URL needs lambda:InvokeFunctionUrl and lambda:InvokeFunction, both in the policy of exactly the function or alias that " +
			"has the URL. A public URL needs them for everybody. Where requests are signed, whom the policy gives one of the two needs the other as well; " +
			"callers of the same account may have both from policies of their own.",
		Severity: severityOf("I6"),
		Guide:    []string{"I6"},
		Facts:    factsOf("I6"),
		Run:      func(in *check.Input) check.Output { return judgeTriggers(in, "I6") },
	}
}

// urlRefused is the finding on a URL that refuses a caller.
func urlRefused(refused []*decide.Decision) finding.Finding {
	first := refused[0]
	trigger, function := first.Need.Trigger, first.Need.Function
	name, who := called(function), callerOf(first.Need)
	var actions []string
	for _, d := range refused {
		actions = append(actions, d.Need.Action)
	}
	missing := strings.Join(actions, " and ")
	f := finding.Finding{
		Place:     finding.PlaceInvoke,
		Function:  function.ARN,
		Qualifier: function.Qualifier,
		Principal: first.Need.Principal,
		Action:    first.Need.Action,
		Resource:  function.String(),
		SourceARN: first.Need.Route.Pattern,
		Title:     fmt.Sprintf("The URL of %s refuses %s: %s is missing", name, who, missing),
		Symptom:   wordingOf(trigger.Kind).seen(trigger, ""),
		Evidence:  evidence(first, "policy of "+name),
	}
	switch {
	case first.Explicit:
		f.Title = fmt.Sprintf("The URL of %s refuses %s: %s is denied", name, who, missing)
		f.Cause = fmt.Sprintf("The statement %s denies %s to %s, and a Deny wins over whatever else allows it.", citedStatement(first), missing, who)
	case len(refused) > 1:
		f.Cause = fmt.Sprintf("A request to a function URL needs %s; the policy of %s gives %s neither.", missing, name, who)
	default:
		f.Cause = fmt.Sprintf("A request to a function URL needs two permissions; the policy of %s does not give %s %s.", name, who, missing)
	}
	if !first.Explicit && first.Detail != "" {
		f.Cause += " The closest statement: " + sentence(first.Detail)
	}
	if function.Qualifier != "" && !first.Explicit {
		f.Cause += fmt.Sprintf(" The URL is that of %s: a permission on the function without that qualifier does not count.", function.Qualifier)
	}
	return f
}

// callerOf names the caller of a URL.
func callerOf(n *need.Need) string {
	switch {
	case n.Principal == need.Anyone && n.Trigger.Kind == fact.TriggerPublicURL:
		return "everybody"
	case n.Principal == need.Anyone:
		return "those who sign their requests"
	}
	return n.Principal
}

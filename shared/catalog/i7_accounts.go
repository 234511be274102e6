package catalog

import (
	"fmt"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// otherAccount is I7: a source calls the function as a role of another account, and the function's policy does not let it.
func otherAccount() check.Check {
	return check.Check{
		ID:    "I7",
		Title: "Roles of other accounts may invoke the functions that they call",
		Text: "Across accounts both sides must allow a call: the policies of the role, and the policy of exactly the function, version or alias that is called. " +
			"The function's side is decided here. The role's side is known in its own account only.",
		Severity: finding.Medium,
		Guide:    []string{"I7"},
		// What cannot be read of the sources is a gap of the check that decides them already.
		Facts: []fact.Kind{fact.KindFunctions, fact.KindPolicies},
		Run: func(in *check.Input) check.Output {
			var out check.Output
			type call struct {
				function     fact.FunctionRef
				role, action string
			}
			index := map[call]int{}
			for i := range in.Decisions {
				d := &in.Decisions[i]
				if d.Need.Kind != need.Invoke || d.Need.Trigger == nil || d.Need.Trigger.Credentials == "" {
					continue
				}
				key := call{d.Need.Function, d.Need.Principal, d.Need.Action}
				switch at, seen := index[key]; {
				case d.Verdict == decide.Unknown:
					out.Gaps = append(out.Gaps, check.Gap(d.Need.Function.ARN, d.Unread))
				case d.Verdict != decide.Denied:
				case d.Need.Trigger.Doubt != "":
					out.Gaps = append(out.Gaps, check.Gap(d.Need.Function.ARN, fact.Unread{Reason: fmt.Sprintf("the policy of %s does not let %s invoke it, but %s",
						called(d.Need.Function), d.Need.Principal, d.Need.Trigger.Doubt)}))
				case seen:
					out.Found[at].Decisions = append(out.Found[at].Decisions, d)
				default:
					index[key] = len(out.Found)
					out.Found = append(out.Found, check.Found{Finding: foreignRefused(d), Decisions: []*decide.Decision{d}, Target: d.Need.Principal})
				}
			}
			return out
		},
	}
}

// foreignRefused is the finding on a role of another account that a function's policy does not let in.
func foreignRefused(d *decide.Decision) finding.Finding {
	n, t := d.Need, d.Need.Trigger
	name := called(n.Function)
	routes := ""
	if n.Route != nil {
		routes = n.Route.Label
	}
	f := finding.Finding{
		Place:     finding.PlaceInvoke,
		Function:  n.Function.ARN,
		Qualifier: n.Function.Qualifier,
		Principal: n.Principal,
		Action:    n.Action,
		Resource:  n.Resource,
		SourceARN: t.Source,
		Title:     fmt.Sprintf("%s %s may not invoke %s: the function's policy does not let in its role %s of another account", capital(string(t.Kind)), t.SourceName, name, fact.RoleName(n.Principal)),
		Symptom:   wordingOf(t.Kind).seen(t, routes),
		Evidence:  evidence(d, "policy of "+name),
	}
	switch {
	case d.Explicit:
		f.Cause = fmt.Sprintf("The statement %s denies calls by %s, and a Deny wins over whatever else allows them.", citedStatement(d), n.Principal)
	case d.Detail != "":
		f.Cause = fmt.Sprintf("The role belongs to another account, so the policy of %s must let it in too, and no statement does. The closest one: %s", name, sentence(d.Detail))
	default:
		f.Cause = fmt.Sprintf("The role belongs to another account, so the policy of %s must let it in too, and it holds no statement that does.", name)
	}
	return f
}

package catalog

import (
	"fmt"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// exposed is I8: a function's policy lets strangers invoke it.
func exposed() check.Check {
	return check.Check{
		ID:    "I8",
		Title: "Strangers may not invoke the function",
		Text: "A policy that lets everybody invoke a function, without a condition that bounds it to a function URL or an organization, gives " +
			"the function to every AWS account. A service principal without SourceArn and SourceAccount lets every account's bucket, topic, API or " +
			"rule call the function, and one for Alexa without a skill's id every skill.",
		Severity: finding.High,
		Guide:    []string{"I8"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindPolicies},
		Run: func(in *check.Input) check.Output {
			var out check.Output
			for i := range in.Facts.Functions {
				function := in.Facts.Functions[i].Ref()
				if why, unread := in.Facts.Policies[function].Unread(); unread {
					out.Gaps = append(out.Gaps, check.Gap(function.ARN, why))
				}
			}
			decisions := decide.Exposures(in.Facts)
			open := map[fact.FunctionRef]bool{} // to everybody, services included
			type source struct {
				function        fact.FunctionRef
				statement, word string
			}
			told := map[source]bool{} // a service may have several names
			for i := range decisions {
				d := &decisions[i]
				if d.Verdict != decide.Allowed || open[d.Need.Function] {
					continue
				}
				open[d.Need.Function] = d.Need.Principal == need.Anyone
				if deputy, service := need.DeputyOf(d.Need.Principal, in.Facts.Account.Region); service {
					key := source{d.Need.Function, d.Statement, deputy.Source}
					if told[key] {
						continue
					}
					told[key] = true
				}
				out.Found = append(out.Found, check.Found{Finding: strangersCall(d, in.Facts.Account.Region), Decisions: []*decide.Decision{d}, Target: d.Need.Principal})
			}
			return out
		},
	}
}

func strangersCall(d *decide.Decision, region string) finding.Finding {
	name := called(d.Need.Function)
	f := finding.Finding{
		Place:     finding.PlaceInvoke,
		Function:  d.Need.Function.ARN,
		Qualifier: d.Need.Function.Qualifier,
		Principal: d.Need.Principal,
		Action:    d.Need.Action,
		Resource:  d.Need.Resource,
		Evidence:  evidence(d, "policy of "+name),
	}
	deputy, service := need.DeputyOf(d.Need.Principal, region)
	switch {
	case service && deputy.Token:
		f.Severity = finding.Low
		f.Title = fmt.Sprintf("Any %s may invoke %s", deputy.Source, name)
		f.Symptom = "None until somebody finds out: whoever makes a skill and knows the function's ARN can call the function with it."
		f.Cause = fmt.Sprintf("The policy of %s lets %s invoke it whatever the skill: no condition on lambda:EventSourceToken names one.", name, deputy.Principal)
	case service:
		f.Severity = finding.Medium
		if deputy.Principal == fact.EventBridgeService {
			f.Severity = finding.Low
		}
		f.Title = fmt.Sprintf("Any account's %s may invoke %s", deputy.Source, name)
		f.Symptom = fmt.Sprintf("None until somebody finds out: whoever knows the function's ARN can let %s of their own account call it, with input of their making.", indefinite(deputy.Source))
		f.Cause = fmt.Sprintf("The policy of %s lets %s invoke it for whoever owns the %s: nothing ties the statement to this account.", name, deputy.Principal, deputy.Source)
	default:
		f.Title = fmt.Sprintf("Anyone may invoke %s", name)
		f.Symptom = "None until somebody finds out: every AWS account can run the function, with input of its choice and on your bill."
		f.Cause = fmt.Sprintf("A statement in the policy of %s has the principal \"*\" and no condition that bounds it.", name)
	}
	return f
}

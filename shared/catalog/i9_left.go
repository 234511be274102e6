package catalog

import (
	"fmt"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// leftBehind is I9: a permission for a source that no longer exists.
func leftBehind() check.Check {
	return check.Check{
		ID:    "I9",
		Title: "No permission is left behind for a source that is gone",
		Text: "A permission stays when its API, event rule, bucket, topic, user pool, target group, alarm, log group or other source is deleted. It lets nobody in today, but it hides what the function's policy " +
			"is for, counts against the policy's size, and holds again for whoever makes a source of that name.",
		Severity: finding.Low,
		Guide:    []string{"I9"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindPolicies},
		Run: func(in *check.Input) check.Output {
			var out check.Output
			for i := range in.Facts.Functions {
				if why, unread := in.Facts.Policies[in.Facts.Functions[i].Ref()].Unread(); unread {
					out.Gaps = append(out.Gaps, check.Gap(in.Facts.Functions[i].ARN, why))
				}
			}
			grants := decide.SourcePermissions(in.Facts, in.Decisions)
			for i := range grants {
				g := &grants[i]
				origin, asked := in.Facts.Origins[g.Origin.ARN]
				if !asked {
					continue
				}
				if why, unread := origin.Unread(); unread {
					why.Reason = fmt.Sprintf("whether the %s %s still exists, which a permission of %s is for, is not known: %s",
						g.Origin.Word, g.Origin.ID, called(g.Function), why.Reason)
					out.Gaps = append(out.Gaps, check.Gap(g.Function.ARN, why))
				}
				if origin.IsAbsent() {
					out.Found = append(out.Found, left(g))
				}
			}
			return out
		},
	}
}

func left(g *decide.SourcePermission) check.Found {
	d := g.Leftover()
	name := called(g.Function)
	return check.Found{Decisions: []*decide.Decision{d}, Target: g.Source, Finding: finding.Finding{
		Place: finding.PlaceInvoke, Function: g.Function.ARN, Qualifier: g.Function.Qualifier, Principal: g.Principal,
		Action: d.Need.Action, Resource: g.Function.String(), SourceARN: g.Source,
		Title:    fmt.Sprintf("A permission of %s is left behind by the %s %s", name, g.Origin.Word, g.Origin.ID),
		Symptom:  "None today: nothing calls by this permission any more.",
		Cause:    fmt.Sprintf("The statement %s is for the %s %s, which does not exist.", citedStatement(d), g.Origin.Word, g.Origin.ID),
		Evidence: evidence(d, "policy of "+name),
	}}
}

package catalog

import (
	"permprobe/shared/check"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// denied is I10: a Deny statement in a function's policy stops a trigger. It takes the finding over from I1, I2 and I4,
// whose rows of the field guide it carries too: no permission that is added would help.
func denied() check.Check {
	return check.Check{
		ID:    "I10",
		Title: "No Deny in a function's policy stops a trigger",
		Text: "A function's policy can hold any statement, a Deny too. It wins over every permission, so a trigger that has its permission " +
			"may still be refused: by a condition that was meant for others, or by a statement on the function itself that names its aliases.",
		Severity: finding.Medium,
		Guide:    []string{"I10"},
		// What cannot be read of the sources is a gap of I1, I2 and I4 already.
		Facts: []fact.Kind{fact.KindFunctions, fact.KindPolicies},
		Run: func(in *check.Input) check.Output {
			var out check.Output
			for _, decides := range invokeRows {
				for _, group := range byTrigger(in.Decisions, decides.row) {
					refused, _ := judgeTrigger(group) // what is undecided is the gap of I1, I2 or I4
					if _, stopped := byDeny(refused); len(stopped) > 0 {
						f := callRefused(stopped)
						f.Guide, f.Severity = []string{"I10", decides.row}, decides.severity
						out.Found = append(out.Found, check.Found{Finding: f, Decisions: stopped, Target: targetOf(stopped)})
					}
				}
			}
			for i := range in.Facts.Functions {
				if why, unread := in.Facts.Policies[in.Facts.Functions[i].Ref()].Unread(); unread {
					out.Gaps = append(out.Gaps, check.Gap(in.Facts.Functions[i].ARN, why))
				}
			}
			return out
		},
	}
}

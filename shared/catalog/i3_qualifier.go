package catalog

import (
	"fmt"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// otherQualifier is I3: the permission exists, but on another qualifier than the one that is called. It takes the
// finding over from I1, I2 and I4, whose rows of the field guide it carries too: one fault makes one finding.
func otherQualifier() check.Check {
	return check.Check{
		ID:    "I3",
		Title: "Permissions are on the qualifier that is called",
		Text: "The function, each of its versions and each of its aliases have a policy of their own. A trigger that calls an alias is " +
			"not helped by a permission on the bare function, nor the other way round, although the permission looks right.",
		Severity: finding.Medium,
		Guide:    []string{"I3"},
		// What cannot be read of the sources is a gap of I1, I2 and I4 already.
		Facts: []fact.Kind{fact.KindFunctions, fact.KindPolicies, fact.KindAliases},
		Run: func(in *check.Input) check.Output {
			var out check.Output
			for _, decides := range invokeRows {
				for _, group := range byTrigger(in.Decisions, decides.row) {
					refused, _ := judgeTrigger(group) // what is undecided is the gap of I1, I2 or I4
					refused, _ = byDeny(refused)
					if len(refused) == 0 {
						continue
					}
					other, found := decide.Elsewhere(in.Facts, refused)
					if found {
						out.Found = append(out.Found, misplaced(refused, other))
					} else if why, unread := decide.UnreadElsewhere(in.Facts, refused[0].Need.Function); unread {
						out.Gaps = append(out.Gaps, check.Gap(refused[0].Need.Function.ARN, why))
					}
				}
			}
			return out
		},
	}
}

// misplaced is the finding on a trigger that another qualifier's policy would let in.
func misplaced(refused []*decide.Decision, other fact.FunctionRef) check.Found {
	first := refused[0].Need
	f := callRefused(refused)
	words := wordingOf(first.Trigger.Kind)
	f.Guide, f.Severity = []string{"I3", words.row}, severityOf(words.row)
	f.Cause = fmt.Sprintf("%s calls %s, but the permission is on %s. Every qualifier has a policy of its own, so it does not count.",
		capital(words.caller), qualified(first.Function), qualified(other))
	if first.Function.Qualifier == fact.Latest {
		f.Cause = fmt.Sprintf("%s calls %s, but the permission is on %s. Lambda keeps no policy for %s, so nothing lets the call in.",
			capital(words.caller), qualified(first.Function), qualified(other), fact.Latest)
	}
	return check.Found{Finding: f, Decisions: refused, Target: targetOf(refused)}
}

// qualified names a function and says so where it has no qualifier.
func qualified(function fact.FunctionRef) string {
	if function.Qualifier == "" {
		return function.Name() + " without a qualifier"
	}
	return called(function)
}

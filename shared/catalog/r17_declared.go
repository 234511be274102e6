package catalog

import (
	"fmt"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// declaredCalls is R17: the code calls what the role may not.
func declaredCalls() check.Check {
	return check.Check{
		ID:    "R17",
		Title: "The role may make the calls that are declared",
		Text: "What the code of a function calls is not in its configuration; users declare it in probe.yaml or in the event. A declared " +
			"call that the role may not make fails inside the code, often in a branch that no test reaches. Calls that were seen to be refused, where " +
			"scans look for them, are judged alike until they are granted. Of resources that environment " +
			"variables name, what a policy grants and a Deny or a guardrail takes away is told with low severity.",
		Severity: finding.Medium,
		Guide:    []string{"R17"},
		Also:     []string{"R2", "R6", "R15", "R19", "D4", "T2", "T5"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles, fact.KindDecisions},
		Run: func(in *check.Input) check.Output {
			var out check.Output
			for _, purpose := range []need.Purpose{need.Declared, need.Optional, need.Seen, need.Refused} {
				one := declaredShortfalls(in, purpose)
				out.Found = append(out.Found, one.Found...)
				out.Gaps = append(out.Gaps, one.Gaps...)
			}
			inferred := inferredShortfalls(in)
			out.Found = append(out.Found, inferred.Found...)
			out.Gaps = append(out.Gaps, inferred.Gaps...)
			return out
		},
	}
}

// declaredShortfalls judges the declared calls of one purpose. What the role is refused makes one finding of a
// function, what the other side refuses one for each resource: another owner mends it.
func declaredShortfalls(in *check.Input, purpose need.Purpose) check.Output {
	s := shortfall{
		Purpose: purpose,
		Apart:   purpose == need.Refused,
		Matters: func(d *decide.Decision) (bool, fact.Unread) {
			open := otherSide(in.Facts, d)
			return open.IsZero() || d.Verdict != decide.Denied, open
		},
		Breaks: always("cannot make calls of its code"),
		Symptom: func(denied []*decide.Decision) string {
			if purpose == need.Seen || purpose == need.Refused {
				says := "says"
				if len(subjects(denied)) > 1 {
					says = "say"
				}
				return fmt.Sprintf("Calls of %s were refused, as %s %s.", list(actionsOf(denied)), list(subjects(denied)), says)
			}
			return fmt.Sprintf("The code's calls of %s fail with AccessDenied. Declared at %s.", list(actionsOf(denied)), list(subjects(denied)))
		},
	}
	out := shortfalls(in, s)
	for i := range out.Found {
		switch purpose {
		case need.Optional:
			out.Found[i].Finding.Severity = finding.Low
		case need.Refused:
			out.Found[i].Rows = append(out.Found[i].Rows, fact.SeenRow)
		}
	}
	return out
}

// inferredShortfalls judges the calls that environment variables and policies speak of: a policy grants them, and a Deny
// or a guardrail takes them away.
func inferredShortfalls(in *check.Input) check.Output {
	out := shortfalls(in, shortfall{
		Purpose: need.Inferred,
		Breaks:  always("may not use what its environment variables name"),
		Symptom: func(denied []*decide.Decision) string {
			return fmt.Sprintf("If the code calls %s on %s, which an environment variable names and a policy of the role grants, the call fails with AccessDenied.",
				list(actionsOf(denied)), list(subjects(denied)))
		},
	})
	for i := range out.Found {
		out.Found[i].Finding.Severity, out.Found[i].Finding.Confidence = finding.Low, finding.Inferred
	}
	return out
}

// otherSide says where an answer for the role is not all: a resource of another account must allow the call too.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
func otherSide(facts *fact.Facts, d *decide.Decision) fact.Unread {
	n := d.Need
	if _, has := n.Target(); has || n.Assumes() {
		return fact.Unread{} // its policy is part of the answer
	}
	owner := need.OwnerOf(n.Resource)
	foreign := owner != "" && owner != facts.Account.ID
	switch {
	case d.Verdict == decide.Allowed && foreign:
		return fact.Unread{Reason: fmt.Sprintf("%s may %s on %s by its own policies, and whether account %s lets it is not read",
			fact.RoleName(n.Role), n.Action, n.Granted(), owner)}
	}
	return fact.Unread{}
}

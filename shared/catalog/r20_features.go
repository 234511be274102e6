package catalog

import (
	"slices"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// featurePermissions is R20: a feature of the function calls what its role may not. The guide has it under the calls
// of the code, which these are to AWS: no declaration is needed to know them.
func featurePermissions() check.Check {
	return check.Check{
		ID:    "R20",
		Title: "The role may call what the function's features call",
		Text: "A durable function saves the state of its executions with its role, the Lambda Insights extension writes what it measures, and a sender of a Cognito user pool's codes decrypts them. " +
			"Without the permissions durable executions fail, and the extension's measurements are missing.",
		Severity: finding.Low,
		Guide:    []string{"R17"},
		Also:     []string{"R15", "R19", "D4", "T2", "T5"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles, fact.KindDecisions},
		Run: func(in *check.Input) check.Output {
			out := shortfalls(in, shortfall{
				Purpose: need.Features,
				Breaks:  always("cannot use its features"),
				Symptom: func(denied []*decide.Decision) string {
					if of(denied, "cognito_sender") {
						return "People who sign up or in get no code: the function cannot decrypt what it is to send."
					}
					if durable(denied) {
						return "Every durable execution of the function fails as soon as it saves its state."
					}
					return "The function runs, but CloudWatch shows no measurements of Lambda Insights for it."
				},
			})
			for i := range out.Found {
				if found := &out.Found[i]; durable(found.Decisions) {
					found.Finding.Severity = finding.High // no execution of the function succeeds
				} else if of(found.Decisions, "cognito_sender") {
					found.Finding.Severity = finding.Medium
				}
			}
			return out
		},
	}
}

// durable tells whether durable executions are concerned.
func durable(denied []*decide.Decision) bool { return of(denied, "durable") }

// of tells whether the feature of a row is concerned.
func of(denied []*decide.Decision, row string) bool {
	return slices.ContainsFunc(denied, func(d *decide.Decision) bool { return d.Need.Row == row })
}

package catalog

import (
	"fmt"
	"slices"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// resultPermissions is R10: what became of asynchronous invocations is not delivered.
func resultPermissions() check.Check {
	return check.Check{
		ID:    "R10",
		Title: "The role may deliver to the dead-letter queue and the destinations",
		Text: "Lambda sends events that failed, and the results of asynchronous invocations, with the function's role: to the dead-letter " +
			"queue or topic, and to the on-success and on-failure destinations. Without the permission they vanish.",
		Severity: finding.Medium,
		Guide:    []string{"R10"},
		Also:     []string{"R2", "R6", "R15", "R19", "D4", "T2", "T5"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles, fact.KindDecisions, fact.KindDestinations, fact.KindVersions},
		Run: func(in *check.Input) check.Output {
			return shortfalls(in, shortfall{
				Purpose: need.Deliver,
				Breaks:  always("loses what became of asynchronous invocations"),
				Symptom: func(denied []*decide.Decision) string {
					return fmt.Sprintf("Nothing arrives at the %s. The metrics DeadLetterErrors or DestinationDeliveryFailures count what is lost.",
						list(subjects(denied)))
				},
			})
		},
	}
}

// subjects are what the needs are about, each once.
func subjects(denied []*decide.Decision) []string {
	var names []string
	for _, d := range denied {
		if !slices.Contains(names, d.Need.Subject) {
			names = append(names, d.Need.Subject)
		}
	}
	return names
}

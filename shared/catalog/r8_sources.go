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

// sourcePermissions is R8: Lambda may not poll an event source of the function.
func sourcePermissions() check.Check {
	return check.Check{
		ID:    "R8",
		Title: "The role may read from the event sources of the function",
		Text: "Lambda polls the queues, streams, brokers and databases of event source mappings with the function's role. Without the permissions a mapping " +
			"does nothing, and the function is never called; records that it cannot process are lost where the role may not deliver them " +
			"to the mapping's on-failure destination.",
		Severity: finding.Medium,
		Guide:    []string{"R8"},
		Also:     []string{"R2", "R15", "R19", "D4", "T2", "T5"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles, fact.KindDecisions, fact.KindMappings, fact.KindVersions},
		Run: func(in *check.Input) check.Output {
			return shortfalls(in, shortfall{
				Purpose: need.Poll,
				Breaks: func(denied []*decide.Decision) string {
					if len(polled(denied)) == 0 {
						return "loses records that it cannot process"
					}
					return "gets nothing from its event source"
				},
				Symptom: func(denied []*decide.Decision) string {
					if sources := polled(denied); len(sources) > 0 {
						return fmt.Sprintf("The event source mapping reads nothing from %s, and the function is not called.", list(sources))
					}
					return fmt.Sprintf("Records that the function fails to process do not arrive at the %s.", list(subjects(denied)))
				},
			})
		},
	}
}

// polled are the sources that cannot be read, without the destinations of what failed.
func polled(denied []*decide.Decision) []string {
	return subjects(slices.DeleteFunc(slices.Clone(denied), func(d *decide.Decision) bool {
		return strings.HasPrefix(d.Need.Row, "destination_")
	}))
}

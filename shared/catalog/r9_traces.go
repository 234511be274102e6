package catalog

import (
	"permprobe/shared/check"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// tracePermissions is R9: the role may not send the traces that the function is set to record.
func tracePermissions() check.Check {
	return check.Check{
		ID:    "R9",
		Title: "The role may send traces to X-Ray",
		Text: "A function whose tracing is active needs xray:PutTraceSegments and xray:PutTelemetryRecords. Without them it runs, " +
			"but its traces are missing.",
		Severity: finding.Low,
		Guide:    []string{"R9"},
		Also:     []string{"R15", "R19"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles, fact.KindDecisions},
		Run: func(in *check.Input) check.Output {
			return shortfalls(in, shortfall{
				Purpose: need.Traces,
				Breaks:  always("sends no traces"),
				Symptom: always("The function runs with active tracing, but X-Ray shows no trace of it."),
			})
		},
	}
}

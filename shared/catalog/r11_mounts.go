package catalog

import (
	"fmt"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// mountPermissions is R11: the role may not mount a file system of the function.
func mountPermissions() check.Check {
	return check.Check{
		ID:    "R11",
		Title: "The role may mount the function's file systems",
		Text: "Lambda mounts file systems of EFS and S3 Files as the function's role. Where the role may not, every invocation fails before " +
			"the code runs. A file system of EFS without a policy lets everybody mount it.",
		Severity: finding.Medium,
		Guide:    []string{"R11"},
		Also:     []string{"R15", "R19", "D4"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles, fact.KindDecisions},
		Run: func(in *check.Input) check.Output {
			return shortfalls(in, shortfall{
				Purpose: need.Mount,
				Breaks:  always("cannot mount its file system"),
				Symptom: func(denied []*decide.Decision) string {
					return fmt.Sprintf("Invocations fail before the code runs: Lambda cannot mount the %s.", list(subjects(denied)))
				},
			})
		},
	}
}

package catalog

import (
	"permprobe/shared/check"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// networkPermissions is R7: Lambda may not make the function's network interfaces.
func networkPermissions() check.Check {
	return check.Check{
		ID:    "R7",
		Title: "The role may manage the network interfaces of a function in a VPC",
		Text: "Lambda makes, changes and deletes the network interfaces of a function in a VPC with the function's role. Without the " +
			"permissions the function is not created or updated, fails after it was idle, or leaves interfaces behind that nobody can delete.",
		Severity: finding.Medium,
		Guide:    []string{"R7"},
		Also:     []string{"R15", "R19"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles, fact.KindDecisions},
		Run: func(in *check.Input) check.Output {
			return shortfalls(in, shortfall{
				Purpose: need.Network,
				Breaks:  always("cannot reach its VPC"),
				Symptom: always("The function cannot be created or updated (\"The provided execution role does not have permissions to call " +
					"CreateNetworkInterface on EC2\"), or it does not become active again after it was idle."),
			})
		},
	}
}

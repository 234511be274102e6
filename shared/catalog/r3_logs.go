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

// logPermissions is R3: the role may not write the function's log.
func logPermissions() check.Check {
	return check.Check{
		ID:    "R3",
		Title: "The role may write the function's log",
		Text: "Without logs:CreateLogStream and logs:PutLogEvents on the function's log group, and logs:CreateLogGroup where the group " +
			"does not exist, the function runs but leaves no log: nobody can see why it fails. Where a customer's key encrypts the log group, CloudWatch " +
			"Logs uses it under its own name, logs.REGION.amazonaws.com: if the key's policy does not let it, or the key is disabled, what is in the group can no longer be read.",
		Severity: finding.Low,
		Guide:    []string{"R3"},
		Also:     []string{"R15", "R19", "T2", "T5"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles, fact.KindDecisions, fact.KindLogGroups},
		Run: func(in *check.Input) check.Output {
			return shortfalls(in, shortfall{
				Purpose: need.Logs,
				Matters: func(d *decide.Decision) (bool, fact.Unread) { return creationMatters(in.Facts, d) },
				Breaks:  always("writes no log"),
				Symptom: func(denied []*decide.Decision) string {
					_, group, _ := strings.Cut(denied[0].Need.Granted(), ":log-group:")
					return fmt.Sprintf("The function runs, but nothing (or not everything) arrives in the log group %s.",
						strings.TrimSuffix(group, ":*"))
				},
			})
		},
	}
}

// creationMatters tells whether a need counts: that to create a log group does where the group is missing.
func creationMatters(facts *fact.Facts, d *decide.Decision) (bool, fact.Unread) {
	if d.Need.Level != need.WhenGroupMissing || d.Verdict == decide.Allowed {
		return true, fact.Unread{}
	}
	at := slices.IndexFunc(facts.Functions, func(f fact.Function) bool { return f.ARN == d.Need.Function.ARN })
	if at < 0 {
		return true, fact.Unread{}
	}
	group, asked := facts.LogGroups[facts.Functions[at].LogGroup]
	_, exists := group.Value()
	switch {
	case exists:
		return false, fact.Unread{} // nobody needs to create it
	case asked && group.IsAbsent():
		return true, fact.Unread{}
	case d.Verdict == decide.Unknown:
		return false, d.Unread
	}
	why, _ := group.Unread()
	return false, why
}

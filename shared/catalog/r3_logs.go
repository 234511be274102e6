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
			"does not exist, the function runs but leaves no log: nobody can see why it fails.",
		Severity: finding.Low,
		Guide:    []string{"R3"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles, fact.KindDecisions, fact.KindLogGroups},
		Run: func(in *check.Input) check.Output {
			var out check.Output
			groups := map[fact.FunctionRef][]*decide.Decision{}
			for i := range in.Decisions {
				if d := &in.Decisions[i]; d.Need.Purpose == need.Logs {
					groups[d.Need.Function] = append(groups[d.Need.Function], d)
				}
			}
			for i := range in.Facts.Functions {
				function := &in.Facts.Functions[i]
				denied, gaps := deniedLogs(in.Facts, function, groups[function.Ref()])
				for _, why := range gaps {
					out.Gaps = append(out.Gaps, check.Gap(function.ARN, why))
				}
				if len(denied) > 0 {
					out.Found = append(out.Found, check.Found{Finding: noLogs(in.Facts.Account, function, denied), Decisions: denied})
				}
			}
			return out
		},
	}
}

// deniedLogs picks the denied needs of one function that matter, and says what could not be decided.
func deniedLogs(facts *fact.Facts, function *fact.Function, decisions []*decide.Decision) (denied []*decide.Decision, gaps []fact.Unread) {
	for _, d := range decisions {
		if d.Need.Level == need.WhenGroupMissing && d.Verdict != decide.Allowed {
			group, asked := facts.LogGroups[function.LogGroup]
			if _, exists := group.Value(); exists {
				continue // nobody needs to create it
			}
			if !asked || !group.IsAbsent() {
				why, _ := group.Unread()
				if d.Verdict == decide.Unknown {
					why = d.Unread
				}
				gaps = append(gaps, why)
				continue
			}
		}
		switch d.Verdict {
		case decide.Denied:
			denied = append(denied, d)
		case decide.Unknown:
			if !slices.Contains(gaps, d.Unread) {
				gaps = append(gaps, d.Unread)
			}
		}
	}
	return denied, gaps
}

func noLogs(account fact.Account, function *fact.Function, denied []*decide.Decision) finding.Finding {
	first := denied[0]
	actions := make([]string, 0, len(denied))
	for _, d := range denied {
		if !slices.Contains(actions, d.Need.Action) {
			actions = append(actions, d.Need.Action)
		}
	}
	slices.Sort(actions)
	group := need.LogGroupARN(account, function.LogGroup)
	role := fact.RoleName(function.Role)
	f := finding.Finding{
		Place:     finding.PlaceExecutionRole,
		Function:  function.ARN,
		Role:      function.Role,
		Principal: function.Role,
		Action:    strings.Join(actions, ","),
		Resource:  group + ":*",
		Title:     fmt.Sprintf("%s writes no log: its role %s may not %s", function.Name, role, list(actions)),
		Symptom:   fmt.Sprintf("The function runs, but nothing (or not everything) arrives in the log group %s.", function.LogGroup),
		Evidence:  evidence(first, "policies of "+role),
	}
	switch {
	case first.Guardrail != "":
		f.Place = finding.PlaceGuardrail
		f.Cause = fmt.Sprintf("The policies of %s allow it, but a %s does not.", role, first.Guardrail)
	case first.Explicit:
		f.Cause = fmt.Sprintf("A Deny statement in %s refuses %s.", f.Evidence.Policy, list(actions))
	default:
		f.Cause = fmt.Sprintf("No policy of %s allows %s on %s.", role, list(actions), group+":*")
	}
	if first.Detail != "" {
		f.Cause += fmt.Sprintf(" The closest statement, in %s: %s", first.Policy, sentence(first.Detail))
	}
	return f
}

// list joins names as people do: a, b and c.
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

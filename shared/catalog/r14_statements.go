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

// statementsApply is R14: a statement of the role's own policies can never do what it says.
func statementsApply() check.Check {
	return check.Check{
		ID:    "R14",
		Title: "The statements of the role's policies can apply",
		Text: "A statement whose action and resource do not fit, whose ARN no resource has, or whose condition no request meets grants " +
			"nothing, although it reads as if it did. It is told where nothing else the role has grants what was meant.",
		Severity: finding.Low,
		Guide:    []string{"R14"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles},
		Run: func(in *check.Input) check.Output {
			var out check.Output
			told := cited(in.Decisions)
			groups := map[mistakeKey][]*decide.Decision{}
			var order []mistakeKey
			decisions := decide.Mistakes(in.Facts)
			for i := range decisions {
				d := &decisions[i]
				key := mistakeKey{d.Need.Function.ARN, statementKey{d.Policy, d.Statement}, d.Mistake}
				switch {
				case d.NoRole:
					continue // R2's
				case d.Verdict == decide.Unknown:
					out.Gaps = append(out.Gaps, check.Gap(d.Need.Function.ARN, d.Unread))
					continue
				case told[key.function][key.statement]:
					continue
				case groups[key] == nil:
					order = append(order, key)
				}
				groups[key] = append(groups[key], d)
			}
			seen := map[string]bool{}
			for _, key := range order {
				found := inapplicable(groups[key])
				// The same mistake twice in one policy is one to correct.
				if id := key.function + found.Finding.Action + found.Target; !seen[id] {
					seen[id] = true
					out.Found = append(out.Found, found)
				}
			}
			return out
		},
	}
}

type statementKey struct{ policy, text string }

type mistakeKey struct {
	function  string
	statement statementKey
	mistake   decide.Mistake
}

// cited are the statements, by function, that the finding on a refused need shows already.
func cited(decisions []decide.Decision) map[string]map[statementKey]bool {
	told := map[string]map[statementKey]bool{}
	for i := range decisions {
		d := &decisions[i]
		if d.Verdict != decide.Denied || d.Need.Kind != need.Identity || d.Statement == "" {
			continue
		}
		function := d.Need.Function.ARN
		if told[function] == nil {
			told[function] = map[statementKey]bool{}
		}
		told[function][statementKey{d.Policy, d.Statement}] = true
	}
	return told
}

func inapplicable(denied []*decide.Decision) check.Found {
	first := denied[0]
	n := first.Need
	role := fact.RoleName(n.Role)
	var resources []string
	for _, d := range denied {
		if granted := d.Need.Granted(); !slices.Contains(resources, granted) {
			resources = append(resources, granted)
		}
	}
	slices.Sort(resources)
	actions := actionsOf(denied)
	var written []string
	for _, d := range denied {
		if !slices.Contains(written, d.Written) {
			written = append(written, d.Written)
		}
	}
	slices.Sort(written)
	f := finding.Finding{
		Place:     finding.PlaceExecutionRole,
		Function:  n.Function.ARN,
		Qualifier: n.Function.Qualifier,
		Role:      n.Role,
		Principal: n.Role,
		Action:    strings.Join(actions, ","),
		Resource:  strings.Join(resources, ","),
		Title:     fmt.Sprintf("A statement of %s, the role of %s, grants nothing: %s", role, n.Function.Name(), list(written)),
		Symptom:   fmt.Sprintf("Calls of %s are refused as if the statement were not there.", list(written)),
		Cause:     fmt.Sprintf("A statement in %s can never apply: %s No other one grants it.", first.Policy, sentence(first.Detail)),
		Evidence:  evidence(first, "policies of "+role),
	}
	target := strings.Join([]string{first.Policy, first.Mistake.Rule, first.Mistake.Key, first.Mistake.Value}, "\x00")
	return check.Found{Finding: f, Decisions: denied, Target: target}
}

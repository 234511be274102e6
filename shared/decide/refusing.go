package decide

import (
	"slices"
	"strings"

	"permprobe/shared/fact"
)

// Refusing are the called resources that refuse calls, each once, sorted.
func Refusing(decisions []Decision) []fact.Target {
	var out []fact.Target
	for i := range decisions {
		if d := &decisions[i]; d.Verdict == Denied && d.Refusal != nil &&
			!slices.ContainsFunc(out, func(t fact.Target) bool { return t.ARN == d.Refusal.Target.ARN }) {
			out = append(out, d.Refusal.Target)
		}
	}
	slices.SortFunc(out, func(a, b fact.Target) int { return strings.Compare(a.ARN, b.ARN) })
	return out
}

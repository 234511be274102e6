package render

import (
	"slices"

	"permprobe/shared/finding"
)

// gapLines tells each cause once, with what it leaves undecided: a permission that the probe lacks makes a gap
// for every function, and a thousand equal lines hide the one that differs.
func (l Language) gapLines(gaps []finding.Gap) []string {
	type cause struct{ reason, permission string }
	type group struct {
		cause
		checks, functions, resources []string
	}
	var groups []*group
	index := map[cause]*group{}
	add := func(list *[]string, name string) {
		if name != "" && !slices.Contains(*list, name) {
			*list = append(*list, name)
		}
	}
	for _, g := range gaps {
		why := cause{g.Reason, g.Permission}
		one := index[why]
		if one == nil {
			one = &group{cause: why}
			index[why], groups = one, append(groups, one)
		}
		add(&one.checks, oneLine(g.Check))
		add(&one.functions, clip(oneLine(functionName(g.Function)), 200))
		add(&one.resources, clip(oneLine(g.Resource), 400))
	}
	lines := make([]string, len(groups))
	for i, g := range groups {
		about := l.some(g.checks, 10)
		if len(g.functions) > 0 {
			if about != "" {
				about += " "
			}
			about += l.some(g.functions, 3)
		}
		if about != "" {
			about += l.say(colon)
		}
		missing := oneLine(g.permission)
		if missing != "" && len(g.resources) > 0 {
			missing = l.say(permissionOn, missing, l.some(g.resources, 2))
		}
		switch {
		case missing == "":
			lines[i] = about + l.say(gapReason, clip(l.reason(oneLine(g.reason)), 1000))
		default:
			lines[i] = about + l.say(gapMissing, clip(l.reason(oneLine(g.reason)), 1000), missing)
		}
	}
	return lines
}

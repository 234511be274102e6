package scan

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/collect"
	"permprobe/shared/decide"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// configurationEffect is what a change of a function's configuration did to a call. Tools send settings again that stay as they
// are: only one that really changed did anything, and only one that the call depends on.
func configurationEffect(out finding.Change, d *decide.Decision, changes []collect.Change, at int) (finding.Change, bool) {
	c := changes[at]
	if c.Function != "" && c.Function != d.Need.Function.Name() {
		return out, false
	}
	if role := c.Sets[collect.SetRole]; role != "" && role == d.Need.Role {
		if was, known := olderSetting(changes, at, collect.SetRole); was != role {
			out.Before, out.After = was, role
			out.Effect = "It gave the function the role that lacks the permission."
			if !known {
				out.Effect = "It set the role that lacks the permission. Which one the function had before is not in the history."
			}
			return out, true
		}
	}
	name, is := dependsOn(d.Need)
	value, set := c.Sets[name]
	if name == "" || !set || !is(value) {
		return out, false
	}
	was, known := olderSetting(changes, at, name)
	if known && is(was) {
		return out, false
	}
	out.Before, out.After, out.Certain = was, value, known
	out.Effect = fmt.Sprintf("It set the function's %s: since then the role needs the permission.", name)
	if !known {
		out.Effect = fmt.Sprintf("It set the function's %s, for which the role needs the permission. What was set before is not in the history.", name)
	}
	return out, true
}

// dependsOn is the setting that makes a call necessary, and what it is where it does; empty for calls that none does.
func dependsOn(n *need.Need) (collect.Setting, func(value string) bool) {
	same := func(value string) bool { return value != "" && value == n.Resource }
	switch {
	case n.Kind != need.Identity:
	case n.Purpose == need.Network:
		return collect.SetNetwork, func(value string) bool { return value != "" }
	case n.Purpose == need.Traces:
		return collect.SetTracing, func(value string) bool { return value == "Active" }
	case strings.HasPrefix(n.Action, "kms:"):
		return collect.SetKey, same
	case n.Purpose == need.Deliver:
		return collect.SetDeadLetter, same
	case n.Purpose == need.Mount:
		return collect.SetFileSystems, func(value string) bool { return value != "" }
	}
	return "", nil
}

// olderSetting is what a setting of the same function was before a change, as the history knows it.
func olderSetting(changes []collect.Change, at int, name collect.Setting) (value string, known bool) {
	before := slices.IndexFunc(changes[at+1:], func(one collect.Change) bool {
		_, set := one.Sets[name]
		return one.Function == changes[at].Function && (set || one.Whole)
	})
	if before < 0 {
		return "", false
	}
	return changes[at+1+before].Sets[name], true
}

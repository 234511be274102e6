package scan

import (
	"permprobe/shared/decide"
	"permprobe/shared/fact"
)

// undecided is the ARN of the first function, in the order of the run, about which something is not known for
// want of time; empty where there is none. A listing that was cut short is nobody's in particular: it counts only
// where every function was reached, because the next run would not get further by beginning elsewhere. A run that
// did not even learn which functions there are leaves the next one to begin where it was to begin itself.
func undecided(facts *fact.Facts, decisions []decide.Decision, from string) string {
	late := map[string]bool{}
	for i := range decisions {
		if decisions[i].Unread.OutOfTime {
			late[decisions[i].Need.Function.ARN] = true
		}
	}
	for ref, policy := range facts.Policies {
		if why, _ := policy.Unread(); why.OutOfTime {
			late[ref.ARN] = true
		}
	}
	listing := false
	for _, missing := range facts.Unread {
		if missing.Unread.OutOfTime {
			late[missing.Function] = true
			listing = listing || missing.Function == ""
		}
	}
	for i := range facts.Functions {
		f := &facts.Functions[i]
		role, _ := facts.Roles[f.Role].Unread()
		destinations, _ := facts.Destinations[f.ARN].Unread()
		logs, _ := facts.LogGroups[f.LogGroup].Unread()
		if late[f.ARN] || role.OutOfTime || destinations.OutOfTime || logs.OutOfTime {
			return f.ARN
		}
	}
	switch {
	case !listing:
		return ""
	case len(facts.Functions) == 0:
		return from
	}
	return facts.Functions[0].ARN
}

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
	late := lateness(facts, decisions)
	for i := range facts.Functions {
		if f := &facts.Functions[i]; late.of(f) {
			return f.ARN
		}
	}
	switch {
	case !late.listing:
		return ""
	case len(facts.Functions) == 0:
		return from
	}
	return facts.Functions[0].ARN
}

// lateThings is what is not known for want of time.
type lateThings struct {
	facts     *fact.Facts
	functions map[string]bool
	// listing is true where that is no function's in particular.
	listing bool
}

func lateness(facts *fact.Facts, decisions []decide.Decision) lateThings {
	late := lateThings{facts: facts, functions: map[string]bool{}}
	for i := range decisions {
		if decisions[i].Unread.OutOfTime {
			late.functions[decisions[i].Need.Function.ARN] = true
		}
	}
	for ref, policy := range facts.Policies {
		if why, _ := policy.Unread(); why.OutOfTime {
			late.functions[ref.ARN] = true
		}
	}
	for arn, state := range facts.States {
		if why, _ := state.Unread(); why.OutOfTime {
			late.functions[arn] = true
		}
	}
	for _, missing := range facts.Unread {
		if missing.Unread.OutOfTime {
			late.functions[missing.Function] = true
			late.listing = late.listing || missing.Function == ""
		}
	}
	return late
}

// of tells whether something about the function is not known for want of time.
func (l *lateThings) of(f *fact.Function) bool {
	role, _ := l.facts.Roles[f.Role].Unread()
	destinations, _ := l.facts.Destinations[f.ARN].Unread()
	logs, _ := l.facts.LogGroups[f.LogGroup].Unread()
	return l.functions[f.ARN] || role.OutOfTime || destinations.OutOfTime || logs.OutOfTime
}

package scan

import (
	"slices"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// coverage says what of the account the run looked at.
func coverage(facts *fact.Facts, decisions []decide.Decision, undeclared int) finding.Coverage {
	late := lateness(facts, decisions)
	c := finding.Coverage{
		Listed: facts.Listed, Selected: len(facts.Functions),
		ListedAll: !slices.ContainsFunc(facts.Unread, func(missing fact.Incomplete) bool {
			return missing.Kind == fact.KindFunctions && missing.Unread.Operation == "lambda:ListFunctions"
		}),
		WithoutDeclaredNeeds: undeclared,
	}
	for i := range facts.Functions {
		if !late.of(&facts.Functions[i]) {
			c.Checked++
		}
	}
	for i := range facts.Sources {
		source := &facts.Sources[i]
		one := finding.TriggerCoverage{Kind: source.Name, State: finding.TriggersRead}
		switch {
		case source.Never != "":
			one.State, one.Reason = finding.TriggersUnsupported, source.Never
		case source.Off != "":
			one.State, one.Reason = finding.TriggersOff, source.Off
		case !source.Unread.IsZero():
			one.State, one.Reason, one.Permission = finding.TriggersIncomplete, source.Unread.Reason, source.Unread.Permission
		}
		c.Triggers = append(c.Triggers, one)
	}
	slices.SortStableFunc(c.Triggers, func(a, b finding.TriggerCoverage) int {
		return slices.Index(triggerStates, a.State) - slices.Index(triggerStates, b.State)
	})
	if len(facts.Sources) > 0 {
		for _, kind := range fact.Unseen() {
			c.Triggers = append(c.Triggers, finding.TriggerCoverage{Kind: kind.Name, State: finding.TriggersUnsupported, Reason: kind.Never})
		}
	}
	return c
}

// triggerStates is their order in the report.
var triggerStates = []finding.TriggerState{
	finding.TriggersRead, finding.TriggersIncomplete, finding.TriggersOff, finding.TriggersUnsupported,
}

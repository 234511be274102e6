package scan

import (
	"slices"

	"permprobe/shared/catalog"
	"permprobe/shared/config"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/ledger"
	"permprobe/shared/permission"
)

// looked says of findings of earlier runs that are not among those of this one what is known of them now. gaps are the
// checks' own: what the whole run left out, a switch that is off, is no matter of a function.
func looked(
	facts *fact.Facts, decisions []decide.Decision, gaps []finding.Gap, request config.Request, advice bool, patterns []string, on permission.Switches,
) func(ledger.Known) ledger.Looked {
	late := lateness(facts, decisions)
	short := undecided(facts, decisions, "") != "" || late.listing
	selected := map[string]*fact.Function{}
	for i := range facts.Functions {
		selected[facts.Functions[i].ARN] = &facts.Functions[i]
	}
	// Nobody knows whether a function is there that could not be listed, or whose tags could not be read.
	unknown := map[string]bool{}
	for _, missing := range facts.Unread {
		if missing.Kind == fact.KindFunctions {
			unknown[missing.Function] = true
		}
	}
	type about struct{ check, function string }
	open := map[about]bool{}
	for i := range gaps {
		open[about{gaps[i].Check, gaps[i].Function}] = true
	}
	ran := map[string]bool{}
	for _, c := range catalog.All() {
		ran[c.ID] = advice || !c.Advice
	}
	return func(known ledger.Known) ledger.Looked {
		name := fact.FunctionRef{ARN: known.Function}.Name()
		if !ran[known.Check] || !slices.ContainsFunc(patterns, func(p string) bool { return config.Selects(p, name, known.Function) }) {
			if len(request.Functions) > 0 {
				return ledger.OutOfScope
			}
			return ledger.Gone
		}
		f, here := selected[known.Function]
		switch {
		case !here && (unknown[""] || unknown[known.Function]):
			if short {
				return ledger.Unreached
			}
			return ledger.Undecided
		case !here:
			return ledger.Gone
		case late.of(f):
			return ledger.Unreached
		case open[about{known.Check, known.Function}]:
			return ledger.Undecided
		case open[about{known.Check, ""}]:
			if short {
				return ledger.Unreached
			}
			return ledger.Undecided
		case slices.ContainsFunc(known.Reads, func(name string) bool { return !on.On(permission.Switch(name)) }):
			return ledger.Undecided
		case slices.Contains(known.Guide, fact.SeenRow) && !judged(decisions, known):
			// Nobody declares what was only seen to be refused: that it is not asked about any more does not mend it.
			return ledger.Undecided
		}
		return ledger.Passed
	}
}

// reads are the names of the optional reads that are on, sorted.
func reads(on permission.Switches) []string {
	var names []string
	for _, one := range permission.AllSwitches() {
		if on.On(one) && !one.Asked() {
			names = append(names, string(one))
		}
	}
	return names
}

// Package check defines what a check is and runs a catalogue of them.
package check

import (
	"cmp"
	"slices"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// Check is one rule: it looks at facts and decisions and says what is wrong. It is a value without state;
// its Run function does no input or output.
type Check struct {
	// ID is permanent; it is also the row of the field guide that the check implements.
	ID string
	// Title is a few words; Text is one or more sentences on what the check finds and why it matters.
	Title, Text string
	Severity    finding.Severity
	// Guide lists the rows of the field guide.
	Guide []string
	// Also lists rows that some findings of the check carry besides.
	Also []string
	// Facts are the kinds of facts without which the check cannot decide. Where one could not be read, the
	// engine reports a gap for the check.
	Facts []fact.Kind
	// Advice tells that the check finds no faults: it only runs where advice is asked for.
	Advice bool
	Run    func(in *Input) Output
}

// Input is what a check sees.
type Input struct {
	Facts     *fact.Facts
	Decisions []decide.Decision
	// Advice is whether advice is asked for.
	Advice bool
}

// Found is a finding with the decisions that it rests on, worst first; a fix is made from them.
type Found struct {
	Finding   finding.Finding
	Decisions []*decide.Decision
	// Target is what the finding is about for its id, where that is not its source or resource: a finding on
	// an API keeps its id when routes come and go. Empty elsewhere.
	Target string
	// Rows are rows of the field guide that describe this finding besides those of its check.
	Rows []string
}

// Output is what a check says.
type Output struct {
	Found []Found
	Gaps  []finding.Gap
}

// Run runs the checks in order over the same input. It fills what is the same for all findings of a check:
// id, check, guide and severity (unless the check set one), confidence and status.
func Run(checks []Check, in *Input) Output {
	var out Output
	for i := range checks {
		c := &checks[i]
		if c.Advice && !in.Advice {
			continue
		}
		result := c.Run(in)
		for _, found := range result.Found {
			c.complete(in.Facts.Account, &found)
			out.Found = append(out.Found, found)
		}
		for _, gap := range result.Gaps {
			gap.Check = c.ID
			out.Gaps = append(out.Gaps, gap)
		}
		out.Gaps = append(out.Gaps, c.unread(in.Facts)...)
	}
	return out
}

func (c *Check) complete(account fact.Account, found *Found) {
	f := &found.Finding
	f.Check = c.ID
	if len(f.Guide) == 0 {
		f.Guide = c.Guide
	}
	f.Guide = slices.Concat(f.Guide, found.Rows)
	if f.Severity == "" {
		f.Severity = c.Severity
	}
	if f.Confidence == "" {
		f.Confidence = finding.Certain
	}
	f.Status = finding.StatusNew
	f.ID = finding.Key{
		Account: account.ID, Region: account.Region,
		Function: f.Function, Qualifier: f.Qualifier, Check: c.ID, Action: f.Action, Target: cmp.Or(found.Target, f.SourceARN, f.Resource),
	}.ID()
}

// unread turns what could not be read into gaps of the checks that need it.
func (c *Check) unread(facts *fact.Facts) []finding.Gap {
	var gaps []finding.Gap
	for _, missing := range facts.Unread {
		for _, kind := range c.Facts {
			if kind == missing.Kind {
				gap := Gap(missing.Function, missing.Unread)
				gap.Check = c.ID
				gaps = append(gaps, gap)
			}
		}
	}
	return gaps
}

// Gap is the gap that something unread leaves.
func Gap(function string, why fact.Unread) finding.Gap {
	return finding.Gap{Function: function, Reason: why.Reason, Permission: why.Permission, Resource: why.Resource}
}

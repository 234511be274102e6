package render

import (
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// looked tells whether a run looked at anything: a report of one that did not has no coverage to tell of.
func looked(c *finding.Coverage) bool { return c.ListedAll || c.Listed > 0 }

// checked counts the functions that were checked, and those that were to be where they are more.
func checked(r *finding.Report) string {
	c := &r.Coverage
	if looked(c) && c.Checked < c.Selected {
		return fmt.Sprintf("%d of %s checked", c.Checked, count(c.Selected, "function"))
	}
	return count(r.Summary.Functions, "function") + " checked"
}

// functionsCovered is the line on functions.
func functionsCovered(c *finding.Coverage) string {
	line := fmt.Sprintf("%d of %s checked, of ", c.Checked, count(c.Selected, "selected function"))
	if !c.ListedAll {
		line += "at least "
	}
	line += fmt.Sprintf("%d in the account and Region", c.Listed)
	if c.WithoutDeclaredNeeds > 0 {
		line += fmt.Sprintf("; %d without declared needs", c.WithoutDeclaredNeeds)
	}
	return line
}

// kinds are the triggers in one of the states, each with the reason where there is one.
func kinds(c *finding.Coverage, state finding.TriggerState) []string {
	var out []string
	for _, t := range c.Triggers {
		if t.State != state {
			continue
		}
		kind := oneLine(t.Kind)
		switch {
		case t.Permission != "":
			kind += fmt.Sprintf(" (missing %s)", oneLine(t.Permission))
		case t.Reason != "":
			kind += fmt.Sprintf(" (%s)", clip(oneLine(t.Reason), 200))
		}
		out = append(out, kind)
	}
	return out
}

// coverageText is what was looked at, for the text and the e-mail.
func coverageText(r *finding.Report) string {
	c := &r.Coverage
	if !looked(c) {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nCoverage\n  functions      %s\n", functionsCovered(c))
	for _, one := range []struct {
		words string
		state finding.TriggerState
	}{
		{"triggers read", finding.TriggersRead},
		{"not all read", finding.TriggersIncomplete},
		{"switched off", finding.TriggersOff},
		{"not supported", finding.TriggersUnsupported},
	} {
		if list := kinds(c, one.state); len(list) > 0 {
			fmt.Fprintf(&b, "  %-14s %s\n", one.words, strings.Join(list, ", "))
		}
	}
	return b.String()
}

// coverageLine is the same in one line, for chat.
func coverageLine(r *finding.Report) string {
	c := &r.Coverage
	if !looked(c) {
		return ""
	}
	line := functionsCovered(c)
	var unread []string
	for _, state := range []finding.TriggerState{finding.TriggersIncomplete, finding.TriggersOff} {
		unread = append(unread, kinds(c, state)...)
	}
	if n := len(kinds(c, finding.TriggersUnsupported)); n > 0 {
		unread = append(unread, fmt.Sprintf("%d kinds that are not supported", n))
	}
	if len(unread) > 0 {
		line += "; triggers not read: " + strings.Join(unread, ", ")
	}
	return clip(line, 500)
}

// cutShort says where a run stopped that had too little time; empty for one that had enough.
func cutShort(r *finding.Report) string {
	if r.Cursor == "" {
		return ""
	}
	return fmt.Sprintf("the time was over before everything about %s, and perhaps the functions after it, was decided. "+
		"After a scheduled scan the next one begins there.", clip(oneLine(functionName(r.Cursor)), 200))
}

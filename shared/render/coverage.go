package render

import (
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// looked tells whether a run looked at anything: a report of one that did not has no coverage to tell of.
func looked(c *finding.Coverage) bool { return c.ListedAll || c.Listed > 0 }

// checked counts the functions that were checked, and those that were to be where they are more.
func (l Language) checked(r *finding.Report) string {
	c := &r.Coverage
	if looked(c) && c.Checked < c.Selected {
		return l.say(checkedOf, c.Checked, l.count(c.Selected, functionNoun))
	}
	return l.say(checkedAll, l.count(r.Summary.Functions, functionNoun))
}

// functionsCovered is the line on functions.
func (l Language) functionsCovered(c *finding.Coverage) string {
	whole := coveredAll
	if !c.ListedAll {
		whole = coveredPart
	}
	line := l.say(whole, c.Checked, l.count(c.Selected, selectedNoun), c.Listed)
	if c.WithoutDeclaredNeeds > 0 {
		line += l.say(undeclared, c.WithoutDeclaredNeeds)
	}
	return line
}

// kinds are the triggers in one of the states, each with the reason where there is one.
func (l Language) kinds(c *finding.Coverage, state finding.TriggerState) []string {
	var out []string
	for _, t := range c.Triggers {
		if t.State != state {
			continue
		}
		kind := l.kind(oneLine(t.Kind))
		switch {
		case t.Permission != "":
			kind += l.say(inBrackets, l.say(missingWord, oneLine(t.Permission)))
		case t.Reason != "":
			kind += l.say(inBrackets, l.say(coverageReason, clip(l.reason(oneLine(t.Reason)), 200)))
		}
		out = append(out, kind)
	}
	return out
}

// coverageText is what was looked at, for the text and the e-mail. In the e-mail what asks nothing of its reader is counted: the
// kinds that were read, and those that nobody can read.
func (l Language) coverageText(r *finding.Report, limited bool) string {
	c := &r.Coverage
	if !looked(c) {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n  %s %s\n", l.say(coverageTitle), pad(l.say(coverageFunctions), 14), l.functionsCovered(c))
	for _, one := range []struct {
		words phrase
		state finding.TriggerState
	}{
		{coverageRead, finding.TriggersRead},
		{coveragePart, finding.TriggersIncomplete},
		{coverageOff, finding.TriggersOff},
		{coverageUnsupported, finding.TriggersUnsupported},
	} {
		if list := l.kinds(c, one.state); len(list) > 0 {
			if limited && (one.state == finding.TriggersRead || one.state == finding.TriggersUnsupported) {
				list = []string{l.say(kindsCounted, l.count(len(list), kindNoun))}
			}
			fmt.Fprintf(&b, "  %s %s\n", pad(l.say(one.words), 14), strings.Join(list, l.say(comma)))
		}
	}
	return b.String()
}

// coverageLine is the same in one line, for chat.
func (l Language) coverageLine(r *finding.Report) string {
	c := &r.Coverage
	if !looked(c) {
		return ""
	}
	line := l.functionsCovered(c)
	var unread []string
	for _, state := range []finding.TriggerState{finding.TriggersIncomplete, finding.TriggersOff} {
		unread = append(unread, l.kinds(c, state)...)
	}
	if n := len(l.kinds(c, finding.TriggersUnsupported)); n > 0 {
		unread = append(unread, l.say(unsupportedKinds, n))
	}
	if len(unread) > 0 {
		line += l.say(triggersUnread, strings.Join(unread, l.say(comma)))
	}
	return clipRunes(line, 500)
}

// cutShort says where a run stopped that had too little time; empty for one that had enough.
func (l Language) cutShort(r *finding.Report) string {
	if r.Cursor == "" {
		return ""
	}
	return l.say(cutWhere, clip(oneLine(functionName(r.Cursor)), 200))
}

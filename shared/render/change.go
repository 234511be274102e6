package render

import (
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// changesText says what took a permission away, a few lines for each change after the indent.
func (l Language) changesText(changes []finding.Change, indent string) string {
	var b strings.Builder
	for i := range changes {
		c := &changes[i]
		word := changedWord
		if !c.Certain {
			word = perhapsWord
		}
		fmt.Fprintf(&b, "%s%s %s  %s", indent, pad(l.say(word), 9), oneLine(c.Time), oneLine(c.Event))
		if c.Policy != "" {
			b.WriteString(" " + oneLine(c.Policy))
		}
		for _, part := range []struct {
			words phrase
			text  string
		}{{changedBy, c.By}, {changedFrom, c.From}, {changedWith, c.With}} {
			if part.text != "" {
				b.WriteString(l.say(part.words, oneLine(part.text)))
			}
		}
		fmt.Fprintf(&b, "\n%s          %s\n", indent, l.answer(c.Effect, nil))
		for _, side := range []struct {
			name phrase
			text string
		}{{changedBefore, c.Before}, {changedAfter, c.After}} {
			if side.text != "" {
				fmt.Fprintf(&b, "%s          %s %s\n", indent, pad(l.say(side.name), 6), clipRunes(oneLine(side.text), 1500))
			}
		}
	}
	return b.String()
}

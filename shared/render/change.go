package render

import (
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// changesText says what took a permission away, a few lines for each change after the indent.
func changesText(changes []finding.Change, indent string) string {
	var b strings.Builder
	for i := range changes {
		c := &changes[i]
		word := "changed"
		if !c.Certain {
			word = "perhaps"
		}
		fmt.Fprintf(&b, "%s%-9s %s  %s", indent, word, oneLine(c.Time), oneLine(c.Event))
		if c.Policy != "" {
			b.WriteString(" " + oneLine(c.Policy))
		}
		if c.By != "" {
			b.WriteString(" by " + oneLine(c.By))
		}
		if c.From != "" {
			b.WriteString(" from " + oneLine(c.From))
		}
		if c.With != "" {
			b.WriteString(" with " + oneLine(c.With))
		}
		fmt.Fprintf(&b, "\n%s          %s\n", indent, oneLine(c.Effect))
		for _, side := range []struct{ name, text string }{{"before", c.Before}, {"after", c.After}} {
			if side.text != "" {
				fmt.Fprintf(&b, "%s          %-6s %s\n", indent, side.name, clipRunes(oneLine(side.text), 1500))
			}
		}
	}
	return b.String()
}

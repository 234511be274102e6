package render

import (
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// Comparison is a comparison as plain text: what differs first.
func Comparison(c *finding.Comparison) string {
	var b strings.Builder
	a, z := comparedNames(c)
	fmt.Fprintf(&b, "permprobe: %s and %s compared: %s\n", a, z, comparisonHeadline(c))
	fmt.Fprintf(&b, "account %s, region %s\n\n", oneLine(c.Account), oneLine(c.Region))
	width := max(len(a), len(z))
	for i, f := range []*finding.ComparedFunction{&c.A, &c.B} {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, []string{a, z}[i], oneLine(f.Role))
	}
	section := func(title string, want func(*finding.ComparedPermission) bool) {
		first := true
		for i := range c.Permissions {
			p := &c.Permissions[i]
			if !want(p) {
				continue
			}
			if first {
				fmt.Fprintf(&b, "\n%s\n", title)
				first = false
			}
			fmt.Fprintf(&b, "  %s, to %s\n", oneLine(p.Action), oneLine(p.Purpose))
			fmt.Fprintf(&b, "    %-*s  %s\n    %-*s  %s\n", width, a, sideText(&p.A), width, z, sideText(&p.B))
		}
	}
	undecided := func(p *finding.ComparedPermission) bool { return p.A.Reason != "" || p.B.Reason != "" }
	section("Permissions that differ", func(p *finding.ComparedPermission) bool { return !p.Same && !undecided(p) })
	section("Permissions that are not decided", undecided)
	if len(c.Grants) > 0 {
		b.WriteString("\nBesides, only one of the roles is allowed (what the code calls is not known, so any of it may matter)\n")
	}
	for _, g := range c.Grants {
		has, lacks := a, z
		if g.Has == "b" {
			has, lacks = z, a
		}
		fmt.Fprintf(&b, "  %s on %s\n    %-*s  allowed by %s of %s\n    %-*s  %s\n", oneLine(g.Action), oneLine(g.Resource),
			width, has, oneLine(g.StatementID), oneLine(g.Policy), width, lacks, grantText(&g))
	}
	if c.Truncated {
		b.WriteString("  There are more: the answer holds the first ones.\n")
	}
	if len(c.Configuration) > 0 {
		b.WriteString("\nConfiguration that differs\n")
	}
	for _, s := range c.Configuration {
		fmt.Fprintf(&b, "  %s: %s\n    %-*s  %s\n    %-*s  %s\n", oneLine(s.Name), oneLine(s.Matters), width, a, oneLine(s.A), width, z, oneLine(s.B))
	}
	section("Permissions that are the same", func(p *finding.ComparedPermission) bool { return p.Same })
	if len(c.Gaps) > 0 {
		b.WriteString("\nNot known\n")
		for _, line := range English.gapLines(c.Gaps) {
			fmt.Fprintf(&b, "  - %s\n", line)
		}
	}
	s := c.Summary
	fmt.Fprintf(&b, "\n%s compared, %s, %d ms\n", count(s.Permissions, "permission"), count(s.APICalls, "AWS call"), s.DurationMS)
	return b.String()
}

func comparisonHeadline(c *finding.Comparison) string {
	s := c.Summary
	var parts []string
	if s.Different > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s differ", s.Different, count(s.Permissions, "permission")))
	}
	if s.Grants > 0 {
		parts = append(parts, count(s.Grants, "further grant")+" of one only")
	}
	if s.Settings > 0 {
		parts = append(parts, count(s.Settings, "setting"))
	}
	if len(parts) == 0 {
		parts = append(parts, "no difference found")
	}
	if s.Undecided > 0 {
		parts = append(parts, fmt.Sprintf("%d not decided", s.Undecided))
	}
	if c.Status == finding.ReportIncomplete {
		parts = append(parts, "incomplete")
	}
	return strings.Join(parts, ", ")
}

// comparedNames are the functions' names with their qualifiers.
func comparedNames(c *finding.Comparison) (a, b string) {
	name := func(f *finding.ComparedFunction) string {
		_, short, found := strings.Cut(f.Function, ":function:")
		if !found {
			return oneLine(f.Function)
		}
		if f.Qualifier != "" {
			short += ":" + f.Qualifier
		}
		return oneLine(short)
	}
	return name(&c.A), name(&c.B)
}

func sideText(s *finding.ComparedSide) string {
	text := s.Decision
	if s.Policy != "" {
		switch s.Decision {
		case "allowed", "explicitDeny":
			text += " by "
		default:
			text += ", closest "
		}
		if s.StatementID != "" {
			text += s.StatementID + " of "
		}
		text += s.Policy
	}
	if s.Detail != "" {
		text += ": " + s.Detail
	}
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	if !s.Needed {
		text += " (its configuration does not need it)"
	}
	return oneLine(text)
}

func grantText(g *finding.ComparedGrant) string {
	text := g.Other
	if g.Other == "undetermined" {
		text = "allowed in part, or under conditions"
	}
	if g.OtherDetail != "" {
		text += ": " + g.OtherDetail
	}
	return oneLine(text)
}

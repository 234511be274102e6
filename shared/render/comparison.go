package render

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/finding"
)

// Comparison is a comparison as plain English text.
func Comparison(c *finding.Comparison) string { return English.Comparison(c) }

// Comparison is a comparison as plain text: what differs first.
func (l Language) Comparison(c *finding.Comparison) string {
	var b strings.Builder
	a, z := comparedNames(c)
	b.WriteString(l.say(comparedTitle, a, z, l.comparisonHeadline(c)) + "\n")
	b.WriteString(l.say(textAccount, oneLine(c.Account), oneLine(c.Region)) + "\n\n")
	width := max(len(a), len(z))
	for i, f := range []*finding.ComparedFunction{&c.A, &c.B} {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, []string{a, z}[i], oneLine(f.Role))
	}
	section := func(title phrase, want func(*finding.ComparedPermission) bool) {
		first := true
		for i := range c.Permissions {
			p := &c.Permissions[i]
			if !want(p) {
				continue
			}
			if first {
				fmt.Fprintf(&b, "\n%s\n", l.say(title))
				first = false
			}
			fmt.Fprintf(&b, "  %s\n", l.say(comparedPurpose, oneLine(p.Action), l.setting(p.Purpose)))
			fmt.Fprintf(&b, "    %-*s  %s\n    %-*s  %s\n", width, a, l.sideText(&p.A), width, z, l.sideText(&p.B))
		}
	}
	undecided := func(p *finding.ComparedPermission) bool { return p.A.Reason != "" || p.B.Reason != "" }
	section(comparedDiffer, func(p *finding.ComparedPermission) bool { return !p.Same && !undecided(p) })
	section(comparedUndecided, undecided)
	if len(c.Grants) > 0 {
		fmt.Fprintf(&b, "\n%s\n", l.say(comparedGrants))
	}
	for _, g := range grantsTogether(c.Grants) {
		has, lacks := a, z
		if g.Has == "b" {
			has, lacks = z, a
		}
		fmt.Fprintf(&b, "  %s\n    %-*s  %s\n    %-*s  %s\n", l.say(comparedOn, oneLine(g.Action), oneLine(g.Resource)),
			width, has, l.say(comparedAllowedBy, oneLine(g.StatementID), l.policyName(oneLine(g.Policy))), width, lacks, l.grantText(&g))
	}
	if c.Truncated {
		fmt.Fprintf(&b, "  %s\n", l.say(comparedMore))
	}
	if len(c.Configuration) > 0 {
		fmt.Fprintf(&b, "\n%s\n", l.say(comparedSettings))
	}
	for _, s := range c.Configuration {
		fmt.Fprintf(&b, "  %s%s%s\n    %-*s  %s\n    %-*s  %s\n", l.setting(s.Name), l.say(colon), l.reason(oneLine(s.Matters)),
			width, a, l.setting(s.A), width, z, l.setting(s.B))
	}
	section(comparedSame, func(p *finding.ComparedPermission) bool { return p.Same })
	if len(c.Gaps) > 0 {
		fmt.Fprintf(&b, "\n%s\n", l.say(comparedUnknown))
		for _, line := range l.gapLines(c.Gaps) {
			fmt.Fprintf(&b, "  - %s\n", line)
		}
	}
	s := c.Summary
	fmt.Fprintf(&b, "\n%s\n", l.say(comparedCounts, l.count(s.Permissions, permissionNoun), l.count(s.APICalls, callNoun), s.DurationMS))
	return b.String()
}

// grantsTogether joins the actions of one statement on one resource that the other role lacks for the same reason.
func grantsTogether(all []finding.ComparedGrant) []finding.ComparedGrant {
	var out []finding.ComparedGrant
	for _, g := range all {
		at := slices.IndexFunc(out, func(have finding.ComparedGrant) bool {
			have.Action = g.Action
			return have == g
		})
		if at < 0 {
			out = append(out, g)
			continue
		}
		out[at].Action += ", " + g.Action
	}
	return out
}

func (l Language) comparisonHeadline(c *finding.Comparison) string {
	s := c.Summary
	var parts []string
	if s.Different > 0 {
		parts = append(parts, l.say(comparedDifferCount, s.Different, l.count(s.Permissions, permissionNoun)))
	}
	if s.Grants > 0 {
		parts = append(parts, l.say(comparedGrantCount, l.count(s.Grants, grantNoun)))
	}
	if s.Settings > 0 {
		parts = append(parts, l.count(s.Settings, settingNoun))
	}
	if len(parts) == 0 {
		parts = append(parts, l.say(comparedNone))
	}
	if s.Undecided > 0 {
		parts = append(parts, l.say(comparedUndecidedCount, s.Undecided))
	}
	if c.Status == finding.ReportIncomplete {
		parts = append(parts, l.say(incomplete))
	}
	return strings.Join(parts, l.say(comma))
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

// decision is a verdict in the language.
func (l Language) decision(verdict string) string {
	if l == Japanese {
		if said := map[string]string{
			"allowed": "許可", "implicitDeny": "暗黙的な拒否", "explicitDeny": "明示的な拒否", "undetermined": "判定できません",
		}[verdict]; said != "" {
			return said
		}
	}
	return verdict
}

func (l Language) policyName(name string) string {
	if l == Japanese {
		return policyInJapanese(name)
	}
	return name
}

// setting is what a permission is for, or the name or value of a setting; what somebody named stays as it is.
func (l Language) setting(text string) string {
	text = oneLine(text)
	if l == Japanese {
		if said := settingWords()[text]; said != "" {
			return said
		}
	}
	return text
}

func (l Language) sideText(s *finding.ComparedSide) string {
	text := l.decision(s.Decision)
	if s.Policy != "" {
		policy := l.policyName(s.Policy)
		if s.StatementID != "" {
			policy = l.say(comparedStatement, s.StatementID, policy)
		}
		switch s.Decision {
		case "allowed", "explicitDeny":
			text = l.say(comparedBy, text, policy)
		default:
			text = l.say(comparedClosest, text, policy)
		}
	}
	if s.Detail != "" {
		text += l.say(colon) + l.reason(oneLine(s.Detail))
	}
	if s.Reason != "" {
		text += l.say(colon) + l.reason(oneLine(s.Reason))
	}
	if !s.Needed {
		text += l.say(comparedNotNeeded)
	}
	return oneLine(text)
}

func (l Language) grantText(g *finding.ComparedGrant) string {
	text := l.decision(g.Other)
	if g.Other == "undetermined" {
		text = l.say(comparedInPart)
	}
	if g.OtherDetail != "" {
		text += l.say(colon) + l.reason(oneLine(g.OtherDetail))
	}
	return oneLine(text)
}

package render

import (
	"cmp"
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// Support is the file for support: Markdown that is read as it is, too.
func Support(s *finding.Support) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Permission denials of %s\n\n", mono(functionName(s.Function)))
	fmt.Fprintf(&b, "| | |\n|---|---|\n| function | %s |\n| account, Region | %s, %s |\n", mono(s.Function), cell(s.Account), cell(s.Region))
	fmt.Fprintf(&b, "| made at | %s (UTC) |\n| looked at since | %s (UTC) |\n", cell(s.Time), cell(s.Since))
	cross := "no other account takes part, as far as it is configured"
	if s.CrossAccount {
		cross = "yes, with " + strings.Join(s.Accounts, ", ")
	}
	fmt.Fprintf(&b, "| cross-account | %s |\n", cell(cross))
	for _, one := range s.Configuration {
		fmt.Fprintf(&b, "| %s | %s |\n", cell(one.Name), mono(one.Value))
	}
	b.WriteString("\nNo values of environment variables, payloads or log lines are in this file. All times are UTC.\n\n## What is refused\n\n")
	switch {
	case len(s.Roles) == 0:
		b.WriteString("The function was not found or could not be read, so nothing was looked at.\n")
	case len(s.Denials) == 0:
		b.WriteString("Nothing that was looked at tells of a refusal.\n")
	default:
		b.WriteString("| # | what | by | times | first | last | seen in | place | now |\n|---|---|---|---|---|---|---|---|---|\n")
	}
	for i := range s.Denials {
		d := &s.Denials[i]
		n, first, last, where := seenAll(d.Seen)
		fmt.Fprintf(&b, "| %d | %s | %s | %d | %s | %s | %s | %s | %s |\n", i+1, mono(cmp.Or(d.Said.Action, d.Said.Service, "not said")+on(d.Said.Resource)), mono(d.Said.Principal),
			n, cell(first), cell(last), cell(where), cell(placeText(d)), cell(string(d.Outcome)+": "+d.Decision))
	}
	for i := range s.Denials {
		d := &s.Denials[i]
		fmt.Fprintf(&b, "\n%d. %s", i+1, cell(d.Answer))
		if d.Said.Reason != "" {
			fmt.Fprintf(&b, " The denial names the reason %s.", mono(d.Said.Reason))
		}
		if d.Said.AuthorizationID != "" {
			fmt.Fprintf(&b, " Authorization id: %s.", mono(d.Said.AuthorizationID))
		}
		for j := range d.Changes {
			c := &d.Changes[j]
			fmt.Fprintf(&b, "\n   - %s: %s %s by %s (event %s). %s", cell(c.Time), mono(c.Event), mono(c.Policy), mono(cmp.Or(c.By, "somebody")), mono(c.EventID), cell(c.Effect))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n## Services in the workflow\n\n")
	if len(s.Services) == 0 {
		b.WriteString("None is configured.\n")
	} else {
		b.WriteString("| service | part | resource | account |\n|---|---|---|---|\n")
	}
	for _, one := range s.Services {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", cell(one.Service), cell(one.Part), mono(one.Resource), cell(one.Account))
	}
	b.WriteString("\n## Roles\n")
	for _, one := range s.Roles {
		fmt.Fprintf(&b, "\n- %s\n", mono(one.Role))
		for _, trust := range one.Trust {
			fmt.Fprintf(&b, "  - trust: %s\n", mono(trust))
		}
		for _, policy := range one.Policies {
			fmt.Fprintf(&b, "  - policy: %s\n", mono(policy))
		}
		if one.Boundary != "" {
			fmt.Fprintf(&b, "  - boundary: %s\n", mono(one.Boundary))
		}
	}
	b.WriteString("\n## What permprobe found\n")
	if len(s.Findings) == 0 {
		b.WriteString("\nNothing that is refused now.\n")
	}
	for i := range s.Findings {
		f := &s.Findings[i]
		fmt.Fprintf(&b, "\n### %s (%s, %s)\n\n%s\n", cell(f.Title), cell(f.Check), cell(string(f.Severity)), cell(f.Cause))
		if f.Evidence.Statement != "" {
			fmt.Fprintf(&b, "\n- statement: %s\n", mono(f.Evidence.Policy+": "+f.Evidence.Statement))
		}
		fmt.Fprintf(&b, "- fix: %s\n", cell(English.fixLine(&f.Fix)))
	}
	if len(s.Gaps) > 0 {
		b.WriteString("\n## Not known\n\n")
		for _, line := range English.gapLines(s.Gaps) {
			fmt.Fprintf(&b, "- %s\n", cell(line))
		}
	}
	return b.String()
}

func on(resource string) string {
	if resource == "" {
		return ""
	}
	return " on " + resource
}

// seenAll sums up where something was seen.
func seenAll(all []finding.Seen) (n int, first, last, where string) {
	var places []string
	for _, s := range all {
		n += s.Count
		if first == "" || s.First < first {
			first = s.First
		}
		last = max(last, s.Last)
		places = append(places, s.Source)
	}
	return n, first, last, strings.Join(places, ", ")
}

// cell is text in a table or a list: on one line, and no mark-up of its own.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "[", `\[`, "*", `\*`, "`", "'").Replace(oneLine(text))
}

// code is text in a table as it is.
func mono(text string) string {
	text = strings.NewReplacer("|", `\|`, "`", "'").Replace(oneLine(text))
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

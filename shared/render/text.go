// Package render writes a report for people: as text, as a chat message and as an e-mail.
package render

import (
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// Text is the whole report as plain text: findings worst first, then gaps, then the counts.
func Text(r *finding.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "permprobe: %s\n", Headline(r))
	fmt.Fprintf(&b, "account %s, region %s\n", r.Account, r.Region)
	for i := range r.Findings {
		b.WriteString("\n")
		writeFinding(&b, &r.Findings[i])
	}
	if len(r.Gaps) > 0 {
		fmt.Fprintf(&b, "\nNot decided (%s): what could not be looked at is not known to work\n", count(len(r.Gaps), "gap"))
		for _, g := range r.Gaps {
			b.WriteString("  - " + gapLine(g) + "\n")
		}
	}
	for i := range r.Resolved {
		fmt.Fprintf(&b, "\nResolved: %s\n", r.Resolved[i].Title)
	}
	s := r.Summary
	fmt.Fprintf(&b, "\n%s checked, %d of %d needed permissions decided, %s, %d ms\n",
		count(s.Functions, "function"), s.Decided, s.Needs, count(s.APICalls, "AWS call"), s.DurationMS)
	for _, failed := range r.Notified.Failed {
		fmt.Fprintf(&b, "NOT DELIVERED: %s\n", failed)
	}
	if r.Truncated {
		b.WriteString("The report was too large for an answer: some findings are left out.\n")
	}
	return b.String()
}

// Headline is the state of the account in one line.
func Headline(r *finding.Report) string {
	var parts []string
	if n := r.Summary.Findings; n > 0 {
		bySeverity := map[finding.Severity]int{}
		for i := range r.Findings {
			bySeverity[r.Findings[i].Severity]++
		}
		var worst []string
		for _, s := range finding.Severities() {
			if bySeverity[s] > 0 {
				worst = append(worst, fmt.Sprintf("%d %s", bySeverity[s], s))
			}
		}
		parts = append(parts, fmt.Sprintf("%s (%s)", count(n, "finding"), strings.Join(worst, ", ")))
	} else {
		parts = append(parts, "no findings")
	}
	if n := r.Summary.Resolved; n > 0 {
		parts = append(parts, fmt.Sprintf("%d resolved", n))
	}
	if n := r.Summary.Gaps; n > 0 {
		parts = append(parts, count(n, "gap"))
	}
	line := strings.Join(parts, ", ")
	switch r.Status {
	case finding.ReportIncomplete:
		line += ", incomplete"
	case finding.ReportError:
		line += ", failed"
	}
	return line
}

func writeFinding(b *strings.Builder, f *finding.Finding) {
	fmt.Fprintf(b, "%s  %s  %s\n", strings.ToUpper(string(f.Severity)), f.Check, f.Title)
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "  %-9s %s\n", name, value)
		}
	}
	field("place", placeLine(f))
	field("symptom", f.Symptom)
	field("cause", f.Cause)
	if f.Evidence.Statement != "" {
		field("evidence", f.Evidence.Policy+": "+f.Evidence.Statement)
	}
	field("fix", fixLine(&f.Fix))
	field("", f.Fix.CLI)
	if !strings.Contains(f.Fix.CLI, f.Fix.Policy) {
		writeBlock(b, "policy", f.Fix.Policy)
	}
	writeBlock(b, "CloudFormation", f.Fix.CloudFormation)
}

// writeBlock writes the longer forms of a fix, indented.
func writeBlock(b *strings.Builder, name, text string) {
	if text == "" {
		return
	}
	fmt.Fprintf(b, "            or as %s:\n", name)
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		fmt.Fprintf(b, "              %s\n", line)
	}
}

func placeLine(f *finding.Finding) string {
	switch f.Place {
	case finding.PlaceExecutionRole, finding.PlaceGuardrail:
		return string(f.Place) + " " + f.Role
	case finding.PlaceInvoke:
		arn := f.Function
		if f.Qualifier != "" {
			arn += ":" + f.Qualifier
		}
		return string(f.Place) + " " + arn
	}
	return string(f.Place) + " " + f.Resource
}

func fixLine(fix *finding.Fix) string {
	if fix.Proof == finding.Proven {
		return fix.Summary + " (proven: decided again with it applied)"
	}
	return fmt.Sprintf("%s (%s: %s)", fix.Summary, fix.Proof, fix.ProofReason)
}

func gapLine(g finding.Gap) string {
	line := g.Reason
	if g.Permission != "" {
		line = fmt.Sprintf("%s; missing %s on %s", g.Reason, g.Permission, g.Resource)
	}
	var about []string
	if g.Check != "" {
		about = append(about, g.Check)
	}
	if g.Function != "" {
		about = append(about, functionName(g.Function))
	}
	if len(about) > 0 {
		line = strings.Join(about, " ") + ": " + line
	}
	return line
}

func functionName(arn string) string {
	if _, name, found := strings.Cut(arn, ":function:"); found {
		return name
	}
	return arn
}

func count(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s", noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

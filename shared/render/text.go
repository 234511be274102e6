// Package render writes a report for people: as text, as a chat message and as an e-mail.
package render

import (
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// Text is the whole report as plain text: findings worst first, then gaps, then the counts.
func Text(r *finding.Report) string { return write(r, 0, nowhere) }

// TextAt is Text for a report about templates: where says in which file and on which line the function of a
// finding stands ("app.yaml:12"), and is empty where that is not known.
func TextAt(r *finding.Report, where func(*finding.Finding) string) string { return write(r, 0, where) }

func nowhere(*finding.Finding) string { return "" }

// The most lines of a kind below the findings, where the text has a limit.
const footLines = 20

// write is the report as text of at most limit bytes; 0 is no limit. What does not fit is counted, and no
// command is ever cut.
func write(r *finding.Report, limit int, where func(*finding.Finding) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "permprobe: %s\n", Headline(r))
	fmt.Fprintf(&b, "account %s, region %s\n", oneLine(r.Account), oneLine(r.Region))
	if stopped := cutShort(r); stopped != "" {
		fmt.Fprintf(&b, "CUT SHORT: %s\n", stopped)
	}
	foot := writeFoot(r, limit > 0)
	found := active(r)
	b.WriteString(overview(found))
	for i, f := range found {
		entry := "\n" + findingText(f, where(f), true)
		if limit > 0 {
			more := fmt.Sprintf("\n%s left out here: the report of the run and its events hold them.\n", count(len(found)-i, "finding"))
			room := limit - b.Len() - len(foot) - len(more)
			if len(entry) > room {
				entry = "\n" + findingText(f, where(f), false)
			}
			if len(entry) > room {
				b.WriteString(more)
				break
			}
		}
		b.WriteString(entry)
	}
	return b.String() + foot
}

// overview lists the titles of the findings where they are so many that one does not see the last beside the first.
func overview(found []*finding.Finding) string {
	const few, most = 3, 25
	if len(found) <= few {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n")
	for i, f := range found {
		if i == most {
			fmt.Fprintf(&b, "  and %d more\n", len(found)-i)
			break
		}
		fmt.Fprintf(&b, "  %-14s %-4s %s\n", f.Severity, f.Check, clip(oneLine(f.Title), 200))
	}
	return b.String()
}

// writeFoot is what stands below the findings.
func writeFoot(r *finding.Report, limited bool) string {
	var b strings.Builder
	list := func(format string, lines []string) {
		left := 0
		if limited && len(lines) > footLines {
			lines, left = lines[:footLines], len(lines)-footLines
		}
		for _, line := range lines {
			if limited {
				line = clip(line, 1000)
			}
			fmt.Fprintf(&b, format, line)
		}
		if left > 0 {
			fmt.Fprintf(&b, format, fmt.Sprintf("and %d more", left))
		}
	}
	if len(r.Gaps) > 0 {
		fmt.Fprintf(&b, "\nNot decided (%s): what could not be looked at is not known to work\n", count(len(r.Gaps), "gap"))
		list("  - %s\n", gapLines(r.Gaps))
	}
	var resolved, gone, suppressed []string
	for i := range r.Resolved {
		resolved = append(resolved, oneLine(r.Resolved[i].Title)+since(&r.Resolved[i]))
	}
	for i := range r.Gone {
		gone = append(gone, oneLine(r.Gone[i].Title))
	}
	open := unverified(r)
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Status == finding.StatusSuppressed {
			line := oneLine(f.Check + " " + f.Title)
			if f.Muted != nil {
				line += oneLine(": " + f.Muted.Reason + " (" + f.Muted.Where + ")")
			}
			suppressed = append(suppressed, line)
		}
	}
	warnings := make([]string, len(r.Warnings))
	for i, one := range r.Warnings {
		warnings[i] = oneLine(one)
	}
	if len(resolved)+len(gone)+len(open)+len(suppressed)+len(warnings) > 0 {
		b.WriteString("\n")
	}
	list("Note: %s\n", warnings)
	list("Found before, and not looked at now: %s\n", open)
	list("Resolved: %s\n", resolved)
	list("No longer checked, because the function was deleted or it is not asked for any more: %s\n", gone)
	list("Muted: %s\n", suppressed)
	b.WriteString(coverageText(r))
	s := r.Summary
	fmt.Fprintf(&b, "\n%s, %d of %d needed permissions decided, %s, %d ms\n",
		checked(r), s.Decided, s.Needs, count(s.APICalls, "AWS call"), s.DurationMS)
	if s.Remembered > 0 {
		fmt.Fprintf(&b, "%d of them were allowed in an earlier run, at %s or later, and nothing has changed since\n", s.Remembered, s.RememberedSince)
	}
	failed := make([]string, len(r.Notified.Failed))
	for i, one := range r.Notified.Failed {
		failed[i] = oneLine(one)
	}
	list("NOT DELIVERED: %s\n", failed)
	if r.Truncated {
		b.WriteString("The report was too large for an answer: some findings are left out.\n")
	}
	return b.String()
}

// Headline is the state of the account in one line.
func Headline(r *finding.Report) string {
	var parts []string
	found := active(r)
	if len(found) > 0 || r.Summary.Findings > 0 {
		bySeverity := map[finding.Severity]int{}
		for _, f := range found {
			bySeverity[f.Severity]++
		}
		var worst []string
		for _, s := range finding.Severities() {
			if bySeverity[s] > 0 {
				worst = append(worst, fmt.Sprintf("%d %s", bySeverity[s], s))
			}
		}
		// The summary counts them all, also those that did not fit into a report.
		part := count(max(len(found), r.Summary.Findings), "finding")
		if len(worst) > 0 {
			part += " (" + strings.Join(worst, ", ") + ")"
		}
		parts = append(parts, part)
	} else if r.Summary.Persisting == 0 {
		parts = append(parts, "no findings")
	}
	if n := r.Summary.Persisting; n > 0 {
		shown := 0
		for _, f := range found {
			if f.Status == finding.StatusPersisting {
				shown++
			}
		}
		if n > shown {
			parts = append(parts, fmt.Sprintf("%d still open", n-shown))
		}
	}
	if n := r.Summary.Unverified; n > 0 {
		parts = append(parts, fmt.Sprintf("%d not looked at now", n))
	}
	if n := r.Summary.Resolved; n > 0 {
		parts = append(parts, fmt.Sprintf("%d resolved", n))
	}
	if n := r.Summary.Gone; n > 0 {
		parts = append(parts, fmt.Sprintf("%d gone", n))
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

// findingText is a finding in full, or without the longer forms of its fix.
func findingText(f *finding.Finding, at string, full bool) string {
	var b strings.Builder
	title := oneLine(f.Title)
	if f.Confidence == finding.Inferred {
		title += " (inferred)"
	}
	fmt.Fprintf(&b, "%s  %s  %s\n", strings.ToUpper(string(f.Severity)), f.Check, title)
	field := func(name, value string) {
		if value = oneLine(value); value != "" {
			fmt.Fprintf(&b, "  %-9s %s\n", name, value)
		}
	}
	field("template", at)
	field("place", placeLine(f))
	field("symptom", f.Symptom)
	field("cause", f.Cause)
	if f.Evidence.Statement != "" {
		field("evidence", f.Evidence.Policy+": "+f.Evidence.Statement)
	}
	field("fix", fixLine(&f.Fix))
	if full && f.Fix.InTemplate() {
		writeBlock(&b, "in CloudFormation", f.Fix.CloudFormation)
	}
	switch {
	case pasteable(f.Fix.CLI):
		fmt.Fprintf(&b, "            %s\n", f.Fix.CLI)
	case f.Fix.CLI != "":
		b.WriteString("            (the command holds characters that cannot be shown: take it from the JSON report)\n")
	}
	if !full {
		b.WriteString("            (its other forms are in the JSON report)\n")
		return b.String()
	}
	if !strings.Contains(f.Fix.CLI, f.Fix.Policy) {
		writeBlock(&b, "or as policy", f.Fix.Policy)
	}
	writeBlock(&b, "or as SAM", f.Fix.SAM)
	if !f.Fix.InTemplate() {
		writeBlock(&b, "or as CloudFormation", f.Fix.CloudFormation)
	}
	writeBlock(&b, "or as Terraform", f.Fix.Terraform)
	return b.String()
}

// writeBlock writes a longer form of a fix, indented.
func writeBlock(b *strings.Builder, name, text string) {
	if !pasteable(text) {
		return
	}
	fmt.Fprintf(b, "            %s:\n", name)
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
	proof := string(fix.Proof)
	switch {
	case fix.Proof == finding.Proven:
		proof = "proven: decided again with it applied"
	case fix.ProofReason != "":
		proof += ": " + fix.ProofReason
	}
	switch {
	case fix.Summary == "":
		return ""
	case proof == "":
		return fix.Summary
	}
	return fmt.Sprintf("%s (%s)", fix.Summary, proof)
}

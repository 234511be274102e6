// Package render writes a report for people: as text, as a chat message and as an e-mail.
package render

import (
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// Text is the whole report as plain text: findings worst first, then gaps, then the counts.
func (l Language) Text(r *finding.Report) string { return l.write(r, 0, nowhere) }

// TextAt is Text for a report about templates: where says in which file and on which line the function of a
// finding stands ("app.yaml:12"), and is empty where that is not known.
func (l Language) TextAt(r *finding.Report, where func(*finding.Finding) string) string {
	return l.write(r, 0, where)
}

func nowhere(*finding.Finding) string { return "" }

// The most lines of a kind below the findings, where the text has a limit.
const footLines = 20

// write is the report as text of at most limit bytes; 0 is no limit. What does not fit is counted, and no
// command is ever cut.
func (l Language) write(r *finding.Report, limit int, where func(*finding.Finding) string) string {
	r = l.translate(r)
	var b strings.Builder
	fmt.Fprintf(&b, "permprobe: %s\n", l.Headline(r))
	b.WriteString(l.say(textAccount, oneLine(r.Account), oneLine(r.Region)) + "\n")
	if stopped := l.cutShort(r); stopped != "" {
		b.WriteString(l.say(textCut, stopped) + "\n")
	}
	foot := l.writeFoot(r, limit > 0)
	found := active(r)
	b.WriteString(l.overview(found))
	for i, f := range found {
		entry := "\n" + l.findingText(f, where(f), true)
		if limit > 0 {
			more := "\n" + l.say(textLeftOut, l.count(len(found)-i, findingNoun)) + "\n"
			room := limit - b.Len() - len(foot) - len(more)
			if len(entry) > room {
				entry = "\n" + l.findingText(f, where(f), false)
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
func (l Language) overview(found []*finding.Finding) string {
	const few, most = 3, 25
	if len(found) <= few {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n")
	for i, f := range found {
		if i == most {
			fmt.Fprintf(&b, "  %s\n", l.say(andMore, len(found)-i))
			break
		}
		fmt.Fprintf(&b, "  %s %-4s %s%s\n", pad(strings.ToLower(l.severity(f.Severity)), 14), f.Check, clipRunes(oneLine(f.Title), 200), l.age(f))
	}
	return b.String()
}

// writeFoot is what stands below the findings.
func (l Language) writeFoot(r *finding.Report, limited bool) string {
	var b strings.Builder
	list := func(format phrase, lines []string) {
		left := 0
		if limited && len(lines) > footLines {
			lines, left = lines[:footLines], len(lines)-footLines
		}
		for _, line := range lines {
			if limited {
				line = clip(line, 1000)
			}
			b.WriteString(l.say(format, line) + "\n")
		}
		if left > 0 {
			b.WriteString(l.say(format, l.say(andMore, left)) + "\n")
		}
	}
	if len(r.Gaps) > 0 {
		b.WriteString("\n" + l.say(textGaps, l.count(len(r.Gaps), gapNoun)) + "\n")
		list(textItem, l.gapLines(r.Gaps))
	}
	var resolved, gone, suppressed []string
	for i := range r.Resolved {
		resolved = append(resolved, oneLine(r.Resolved[i].Title)+l.since(&r.Resolved[i]))
	}
	for i := range r.Gone {
		gone = append(gone, oneLine(r.Gone[i].Title))
	}
	open := l.unverified(r)
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
	list(textNote, warnings)
	list(textUnverified, open)
	list(textResolved, resolved)
	list(textGone, gone)
	list(textMuted, suppressed)
	b.WriteString(l.coverageText(r))
	s := r.Summary
	b.WriteString("\n" + l.say(textCounts, l.checked(r), s.Decided, s.Needs, l.count(s.APICalls, callNoun), s.DurationMS) + "\n")
	if s.Remembered > 0 {
		b.WriteString(l.say(textRemembered, s.Remembered, s.RememberedSince) + "\n")
	}
	failed := make([]string, len(r.Notified.Failed))
	for i, one := range r.Notified.Failed {
		failed[i] = oneLine(one)
	}
	list(textUndelivered, failed)
	if r.Truncated {
		b.WriteString(l.say(textTruncated) + "\n")
	}
	return b.String()
}

// Headline is the state of the account in one line.
func (l Language) Headline(r *finding.Report) string {
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
				worst = append(worst, l.say(severityCount, bySeverity[s], strings.ToLower(l.severity(s))))
			}
		}
		// The summary counts them all, also those that did not fit into a report.
		part := l.count(max(len(found), r.Summary.Findings), findingNoun)
		if len(worst) > 0 {
			part += l.say(inBrackets, strings.Join(worst, l.say(comma)))
		}
		parts = append(parts, part)
	} else if r.Summary.Persisting == 0 {
		parts = append(parts, l.say(noFindings))
	}
	if n := r.Summary.Persisting; n > 0 {
		shown := 0
		for _, f := range found {
			if f.Status == finding.StatusPersisting {
				shown++
			}
		}
		if n > shown {
			parts = append(parts, l.say(stillOpen, n-shown))
		}
	}
	if n := r.Summary.Unverified; n > 0 {
		parts = append(parts, l.say(notLooked, n))
	}
	if n := r.Summary.Resolved; n > 0 {
		parts = append(parts, l.say(resolvedCount, n))
	}
	if n := r.Summary.Gone; n > 0 {
		parts = append(parts, l.say(goneCount, n))
	}
	if n := r.Summary.Gaps; n > 0 {
		parts = append(parts, l.count(n, gapNoun))
	}
	line := strings.Join(parts, l.say(comma))
	switch r.Status {
	case finding.ReportIncomplete:
		line += l.say(comma) + l.say(incomplete)
	case finding.ReportError:
		line += l.say(comma) + l.say(failedRun)
	}
	return line
}

// findingText is a finding in full, or without the longer forms of its fix.
func (l Language) findingText(f *finding.Finding, at string, full bool) string {
	var b strings.Builder
	title := oneLine(f.Title)
	if f.Confidence == finding.Inferred {
		title += l.say(inferredMark)
	}
	fmt.Fprintf(&b, "%s  %s  %s%s\n", l.severity(f.Severity), f.Check, title, l.age(f))
	field := func(name phrase, value string) {
		if value = oneLine(value); value != "" {
			fmt.Fprintf(&b, "  %s %s\n", pad(l.say(name), 9), value)
		}
	}
	field(fieldTemplate, at)
	field(fieldPlace, l.placeLine(f))
	field(fieldSymptom, f.Symptom)
	field(fieldCause, f.Cause)
	if f.Evidence.Statement != "" {
		field(fieldEvidence, f.Evidence.Policy+": "+f.Evidence.Statement)
	}
	field(fieldFix, l.fixLine(&f.Fix))
	if full && l.inTemplate(&f.Fix) {
		l.writeBlock(&b, l.say(inForm, "CloudFormation"), f.Fix.CloudFormation)
	}
	if full && l.inTerraform(&f.Fix) {
		l.writeBlock(&b, l.say(inForm, "Terraform"), f.Fix.Terraform)
	}
	switch {
	case pasteable(f.Fix.CLI):
		fmt.Fprintf(&b, "            %s\n", f.Fix.CLI)
	case f.Fix.CLI != "":
		fmt.Fprintf(&b, "            %s\n", l.say(textNoCommand))
	}
	if !full {
		fmt.Fprintf(&b, "            %s\n", l.say(textOtherForms))
		return b.String()
	}
	if !strings.Contains(f.Fix.CLI, f.Fix.Policy) {
		l.writeBlock(&b, l.say(orAs, l.say(policyNoun)), f.Fix.Policy)
	}
	l.writeBlock(&b, l.say(orAs, "SAM"), f.Fix.SAM)
	if !l.inTemplate(&f.Fix) {
		l.writeBlock(&b, l.say(orAs, "CloudFormation"), f.Fix.CloudFormation)
	}
	if !l.inTerraform(&f.Fix) {
		l.writeBlock(&b, l.say(orAs, "Terraform"), f.Fix.Terraform)
	}
	return b.String()
}

// inTemplate tells whether the template is to be changed first.
func (l Language) inTemplate(fix *finding.Fix) bool {
	if l == Japanese {
		return strings.HasPrefix(fix.Summary, templateFirst)
	}
	return fix.InTemplate()
}

// inTerraform tells whether the configuration of Terraform is to be changed first.
func (l Language) inTerraform(fix *finding.Fix) bool {
	if l == Japanese {
		return strings.HasPrefix(fix.Summary, terraformFirst)
	}
	return fix.InTerraform()
}

// writeBlock writes a longer form of a fix, indented.
func (l Language) writeBlock(b *strings.Builder, name, text string) {
	if !pasteable(text) {
		return
	}
	fmt.Fprintf(b, "            %s:\n", name)
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		fmt.Fprintf(b, "              %s\n", line)
	}
}

func (l Language) placeLine(f *finding.Finding) string {
	switch f.Place {
	case finding.PlaceExecutionRole, finding.PlaceGuardrail:
		return l.place(f.Place) + " " + f.Role
	case finding.PlaceInvoke:
		arn := f.Function
		if f.Qualifier != "" {
			arn += ":" + f.Qualifier
		}
		return l.place(f.Place) + " " + arn
	}
	return l.place(f.Place) + " " + f.Resource
}

func (l Language) fixLine(fix *finding.Fix) string {
	proof := l.proof(fix.Proof)
	switch {
	case fix.Proof == finding.Proven:
		proof = l.say(provenWords)
	case fix.ProofReason != "":
		proof += l.say(colon) + fix.ProofReason
	}
	switch {
	case fix.Summary == "":
		return ""
	case proof == "":
		return fix.Summary
	}
	return fix.Summary + l.say(inBrackets, proof)
}

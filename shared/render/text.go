// Package render writes a report for people: as text, as a chat message and as an e-mail.
package render

import (
	"fmt"
	"slices"
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

// The most lines of a kind below the findings, and what they may weigh together, where the text has a limit.
const footLines, footBytes = 20, 5 * 1024

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
	foot, roles := l.writeFoot(r, limit > 0), l.writeRoles(r, limit > 0)
	found := active(r)
	b.WriteString(l.overview(found))
	for i, f := range found {
		shared := ""
		if one := roleFix(r, f); one != nil && roles != "" {
			shared = l.say(textFixShared, l.count(len(one.Findings), findingNoun))
		}
		entry := "\n" + l.findingText(f, where(f), shared, true)
		if limit > 0 {
			more := "\n" + l.say(textLeftOut, l.count(len(found)-i, findingNoun)) + "\n"
			room := limit - b.Len() - len(roles) - len(foot) - len(more)
			if len(entry) > room {
				entry = "\n" + l.findingText(f, where(f), shared, false)
			}
			if len(entry) > room {
				b.WriteString(more)
				break
			}
		}
		b.WriteString(entry)
	}
	return b.String() + roles + foot
}

// emailRoles is the room that one change for each role may take of an e-mail.
const emailRoles = 15 * 1024

// writeRoles tells the changes that mend several findings of a role each. In an e-mail they stand without their longer
// forms, and only as many as fit.
func (l Language) writeRoles(r *finding.Report, limited bool) string {
	var b strings.Builder
	for i := range r.RoleFixes {
		one := &r.RoleFixes[i]
		var titles []string
		for _, f := range active(r) {
			if slices.Contains(one.Findings, f.ID) {
				titles = append(titles, f.Check+" "+functionName(f.Function))
			}
		}
		if len(titles) == 0 {
			continue
		}
		text := fmt.Sprintf("  %s\n    %s %s\n    %s %s\n", oneLine(one.Role), pad(l.say(textRoleFindings), 9), oneLine(l.some(titles, 10)),
			pad(l.say(fieldFix), 9), oneLine(l.fixLine(&one.Fix)))
		var forms strings.Builder
		l.writeForms(&forms, &one.Fix, !limited)
		text += forms.String()
		if limited && b.Len()+len(text) > emailRoles {
			continue
		}
		b.WriteString(text)
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n" + l.say(textRoles) + "\n" + b.String()
}

// roleFix is the change that mends the finding together with others; nil where there is none.
func roleFix(r *finding.Report, f *finding.Finding) *finding.RoleFix {
	for i := range r.RoleFixes {
		if slices.Contains(r.RoleFixes[i].Findings, f.ID) {
			return &r.RoleFixes[i]
		}
	}
	return nil
}

// overview lists the titles of the findings where they are so many that one does not see the last beside the first.
func (l Language) overview(found []*finding.Finding) string {
	const few = 3
	if len(found) <= few {
		return ""
	}
	return "\n" + l.titles(found)
}

// titles is a line for each of the first findings, and how many more there are.
func (l Language) titles(found []*finding.Finding) string {
	const most = 25
	var b strings.Builder
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
		begun := b.Len()
		for i, line := range lines {
			if limited {
				line = clip(line, 1000)
				if b.Len()-begun+len(line) > footBytes {
					left += len(lines) - i
					break
				}
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
		warnings[i] = l.reason(oneLine(one))
	}
	if len(resolved)+len(gone)+len(open)+len(suppressed)+len(warnings) > 0 {
		b.WriteString("\n")
	}
	list(textNote, warnings)
	list(textUnverified, open)
	list(textResolved, resolved)
	list(textGone, gone)
	list(textMuted, suppressed)
	b.WriteString(l.coverageText(r, limited))
	s := r.Summary
	b.WriteString("\n" + l.say(textCounts, l.checked(r), s.Decided, s.Needs, l.count(s.APICalls, callNoun), s.DurationMS) + "\n")
	if s.Remembered > 0 {
		b.WriteString(l.say(textRemembered, s.Remembered, s.RememberedSince) + "\n")
	}
	failed := make([]string, len(r.Notified.Failed))
	for i, one := range r.Notified.Failed {
		failed[i] = l.reason(oneLine(one))
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

// findingText is a finding in full, or without the longer forms of its fix. shared says that another change mends it, too.
func (l Language) findingText(f *finding.Finding, at, shared string, full bool) string {
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
	if shared != "" {
		fmt.Fprintf(&b, "            %s\n", shared)
	}
	l.writeForms(&b, &f.Fix, full)
	return b.String()
}

// writeForms writes the command of a fix, and its longer forms where there is room.
func (l Language) writeForms(b *strings.Builder, fix *finding.Fix, full bool) {
	sam := l.inSAM(fix) && fix.SAM != ""
	switch {
	case full && sam:
		l.writeBlock(b, l.say(inForm, "SAM"), fix.SAM)
	case full && l.inTemplate(fix):
		l.writeBlock(b, l.say(inForm, "CloudFormation"), fix.CloudFormation)
	}
	if full && l.inTerraform(fix) {
		l.writeBlock(b, l.say(inForm, "Terraform"), fix.Terraform)
	}
	switch {
	case pasteable(fix.CLI):
		fmt.Fprintf(b, "            %s\n", fix.CLI)
	case fix.CLI != "":
		fmt.Fprintf(b, "            %s\n", l.say(textNoCommand))
	}
	if !full {
		fmt.Fprintf(b, "            %s\n", l.say(textOtherForms))
		return
	}
	if !strings.Contains(fix.CLI, fix.Policy) {
		l.writeBlock(b, l.say(orAs, l.say(policyNoun)), fix.Policy)
	}
	if !sam {
		l.writeBlock(b, l.say(orAs, "SAM"), fix.SAM)
	}
	if sam || !l.inTemplate(fix) {
		l.writeBlock(b, l.say(orAs, "CloudFormation"), fix.CloudFormation)
	}
	if !l.inTerraform(fix) {
		l.writeBlock(b, l.say(orAs, "Terraform"), fix.Terraform)
	}
}

// inTemplate tells whether the template is to be changed first.
func (l Language) inTemplate(fix *finding.Fix) bool {
	if l == Japanese {
		return strings.HasPrefix(fix.Summary, templateFirst) || l.inSAM(fix)
	}
	return fix.InTemplate()
}

// inSAM tells whether that template is one of SAM.
func (l Language) inSAM(fix *finding.Fix) bool {
	if l == Japanese {
		return strings.HasPrefix(fix.Summary, samFirst)
	}
	return fix.InSAM()
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
		b.WriteString(strings.TrimRight("              "+line, " ") + "\n")
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

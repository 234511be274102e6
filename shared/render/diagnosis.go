package render

import (
	"cmp"
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// Diagnosis is a diagnosis as plain text, in English: each refusal of the message with the answer, then the faults with their fixes.
func Diagnosis(d *finding.Diagnosis) string {
	var b strings.Builder
	_, name, _ := strings.Cut(d.Function, ":function:")
	fmt.Fprintf(&b, "permprobe: %s diagnosed: %s\n", oneLine(cmp.Or(name, d.Function)), diagnosisHeadline(d))
	fmt.Fprintf(&b, "account %s, region %s", oneLine(d.Account), oneLine(d.Region))
	if d.Role != "" {
		fmt.Fprintf(&b, ", runs as %s", oneLine(d.Role))
	}
	b.WriteString("\n")
	for i := range d.Denials {
		one := &d.Denials[i]
		fmt.Fprintf(&b, "\n%d. %s\n%s   place     %s\n   decision  %s\n   %s\n", i+1, saidText(&one.Said), seenText(one.Seen), placeText(one), decisionText(one), oneLine(one.Answer))
		b.WriteString(changesText(one.Changes, "   "))
	}
	for i := range d.Findings {
		b.WriteString("\n" + English.findingText(&d.Findings[i], "", "", true))
	}
	if len(d.Gaps) > 0 {
		b.WriteString("\nNot known\n")
		for _, line := range English.gapLines(d.Gaps) {
			fmt.Fprintf(&b, "  - %s\n", line)
		}
	}
	if d.Summary.Others > 0 {
		fmt.Fprintf(&b, "\n%s of the function besides, not of this message: a check tells them.\n", count(d.Summary.Others, "finding"))
	}
	fmt.Fprintf(&b, "\n%s, %d ms\n", count(d.Summary.APICalls, "AWS call"), d.Summary.DurationMS)
	return b.String()
}

func diagnosisHeadline(d *finding.Diagnosis) string {
	s := d.Summary
	switch {
	case s.Denials == 0 && d.Place == finding.PlaceConfiguration:
		return "it refuses nothing; the configuration is what is wrong"
	case s.Denials == 0 && d.Status == finding.ReportIncomplete:
		return "incomplete"
	case s.Denials == 0:
		return "it refuses nothing"
	}
	var parts []string
	for _, part := range []struct {
		n    int
		text string
	}{{s.Confirmed, "refused now as well"}, {s.Contradicted, "allowed now"}, {s.Undecided, "not decided"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.text))
		}
	}
	if d.Status == finding.ReportIncomplete {
		parts = append(parts, "incomplete")
	}
	return count(s.Denials, "refusal") + ": " + strings.Join(parts, ", ")
}

func saidText(s *finding.Said) string {
	text := cmp.Or(s.Action, s.Service, "a call that it does not name")
	if s.Resource != "" {
		text += " on " + s.Resource
	}
	if s.Principal != "" {
		text += " by " + s.Principal
	}
	return oneLine(text)
}

func seenText(all []finding.Seen) string {
	var b strings.Builder
	for _, s := range all {
		when := oneLine(s.First) + " to " + oneLine(s.Last)
		if s.First == s.Last {
			when = oneLine(s.Last)
		}
		fmt.Fprintf(&b, "   seen      %s in %s, %s\n", count(s.Count, "time"), oneLine(s.Source), when)
	}
	return b.String()
}

func placeText(d *finding.DiagnosedDenial) string {
	text := string(d.Place)
	if d.Said.Guardrail != "" && d.Place == finding.PlaceGuardrail {
		text += " (" + d.Said.Guardrail + ")"
	}
	return oneLine(text)
}

func decisionText(d *finding.DiagnosedDenial) string {
	return English.sideText(&finding.ComparedSide{
		Needed: true, Decision: d.Decision, Policy: d.Policy, StatementID: d.StatementID, Detail: d.Detail,
	})
}

package render

import (
	"cmp"
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// Diagnosis is a diagnosis as plain text in English.
func Diagnosis(d *finding.Diagnosis) string { return English.Diagnosis(d) }

// Diagnosis is a diagnosis as plain text: each refusal of the message with the answer, then the faults with their fixes.
func (l Language) Diagnosis(d *finding.Diagnosis) string {
	var b strings.Builder
	_, name, _ := strings.Cut(d.Function, ":function:")
	b.WriteString(l.say(diagnosedTitle, oneLine(cmp.Or(name, d.Function)), l.diagnosisHeadline(d)) + "\n")
	b.WriteString(l.say(textAccount, oneLine(d.Account), oneLine(d.Region)))
	if d.Role != "" {
		b.WriteString(l.say(diagnosedRole, oneLine(d.Role)))
	}
	b.WriteString("\n")
	field := func(name phrase, value string) { fmt.Fprintf(&b, "   %s %s\n", pad(l.say(name), 9), value) }
	for i := range d.Denials {
		one := &d.Denials[i]
		fmt.Fprintf(&b, "\n%d. %s\n", i+1, l.saidText(&one.Said))
		for _, seen := range one.Seen {
			field(diagnosedSeen, l.seenLine(&seen))
		}
		field(fieldPlace, l.deniedPlace(one))
		field(diagnosedDecision, l.decisionText(one))
		fmt.Fprintf(&b, "   %s\n", l.answer(one.Answer, d.Findings))
		b.WriteString(l.changesText(one.Changes, "   "))
	}
	b.WriteString(l.faults(d.Findings))
	b.WriteString(l.notKnown(d.Gaps))
	if d.Summary.Others > 0 {
		b.WriteString("\n" + l.say(diagnosedOthers, l.count(d.Summary.Others, findingNoun)) + "\n")
	}
	b.WriteString("\n" + l.say(diagnosedCounts, l.count(d.Summary.APICalls, callNoun), d.Summary.DurationMS) + "\n")
	return b.String()
}

// faults are findings with all the forms of their fixes.
func (l Language) faults(found []finding.Finding) string {
	var b strings.Builder
	for i := range found {
		f := found[i]
		if l == Japanese {
			inJapanese(&f)
		}
		b.WriteString("\n" + l.findingText(&f, "", "", true))
	}
	return b.String()
}

// notKnown lists gaps; empty where there is none.
func (l Language) notKnown(gaps []finding.Gap) string {
	if len(gaps) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n" + l.say(comparedUnknown) + "\n")
	for _, line := range l.gapLines(gaps) {
		fmt.Fprintf(&b, "  - %s\n", line)
	}
	return b.String()
}

func (l Language) diagnosisHeadline(d *finding.Diagnosis) string {
	s := d.Summary
	switch {
	case s.Denials == 0 && d.Place == finding.PlaceConfiguration:
		return l.say(diagnosedConfiguration)
	case s.Denials == 0 && d.Status == finding.ReportIncomplete:
		return l.say(incomplete)
	case s.Denials == 0:
		return l.say(diagnosedNone)
	}
	var parts []string
	for _, part := range []struct {
		n     int
		words phrase
	}{{s.Confirmed, diagnosedConfirmed}, {s.Contradicted, diagnosedContradicted}, {s.Undecided, comparedUndecidedCount}} {
		if part.n > 0 {
			parts = append(parts, l.say(part.words, part.n))
		}
	}
	if d.Status == finding.ReportIncomplete {
		parts = append(parts, l.say(incomplete))
	}
	return l.count(s.Denials, refusalNoun) + l.say(colon) + strings.Join(parts, l.say(comma))
}

func (l Language) saidText(s *finding.Said) string {
	text := cmp.Or(s.Action, s.Service, l.say(saidNothing))
	if s.Resource != "" {
		text = l.say(saidOn, text, s.Resource)
	}
	if s.Principal != "" {
		text = l.say(saidBy, text, s.Principal)
	}
	return oneLine(text)
}

func (l Language) seenLine(s *finding.Seen) string {
	when := oneLine(s.Last)
	if s.First != s.Last {
		when = l.say(seenSpan, oneLine(s.First), when)
	}
	return l.say(seenIn, l.count(s.Count, timeNoun), l.source(oneLine(s.Source)), when)
}

// source is where something was seen.
func (l Language) source(name string) string {
	if l != Japanese {
		return name
	}
	if said, ok := reason(name); ok {
		return said
	}
	return name
}

// placeText is a place as files for support name it.
func placeText(d *finding.DiagnosedDenial) string {
	text := string(d.Place)
	if d.Said.Guardrail != "" && d.Place == finding.PlaceGuardrail {
		text += " (" + d.Said.Guardrail + ")"
	}
	return oneLine(text)
}

func (l Language) deniedPlace(d *finding.DiagnosedDenial) string {
	if l != Japanese {
		return placeText(d)
	}
	text := l.answer(string(d.Place), nil)
	if d.Said.Guardrail != "" && d.Place == finding.PlaceGuardrail {
		text += l.say(inBrackets, d.Said.Guardrail)
	}
	return oneLine(text)
}

func (l Language) decisionText(d *finding.DiagnosedDenial) string {
	return l.sideText(&finding.ComparedSide{
		Needed: true, Decision: d.Decision, Policy: d.Policy, StatementID: d.StatementID, Detail: d.Detail,
	})
}

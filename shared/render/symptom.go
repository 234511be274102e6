package render

import (
	"cmp"
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// Symptom is the search for the cause of an API's status as plain text in English.
func Symptom(s *finding.Symptom) string { return English.Symptom(s) }

// Symptom is the search for the cause of an API's status as plain text: the answer, the causes with what speaks for and against
// each, the fixes.
func (l Language) Symptom(s *finding.Symptom) string {
	var b strings.Builder
	b.WriteString(l.say(symptomTitle, oneLine(cmp.Or(s.Route, s.Asked)), oneLine(cmp.Or(s.Name, s.API)), s.HTTPStatus, l.symptomHeadline(s)) + "\n")
	b.WriteString(l.say(textAccount, oneLine(s.Account), oneLine(s.Region)))
	if s.Kind != "" {
		b.WriteString(l.say(comma) + oneLine(s.Kind) + " " + oneLine(s.API))
	}
	if s.Stage != "" {
		b.WriteString(l.say(symptomStage, oneLine(s.Stage)))
	}
	if s.Function != "" {
		b.WriteString(l.say(symptomCalls, oneLine(functionName(s.Function))))
	}
	fmt.Fprintf(&b, "\n\n%s\n", l.answer(s.Answer, s.Findings))
	if s.Seen != "" {
		fmt.Fprintf(&b, "%s\n", l.answer(s.Seen, s.Findings))
	}
	marks := map[finding.Verdict]phrase{
		finding.CauseFound: markFound, finding.CausePossible: markPossible, finding.CauseUnknown: markUnknown, finding.CauseExcluded: markExcluded,
	}
	for i := range s.Causes {
		c := &s.Causes[i]
		fmt.Fprintf(&b, "\n%s  %s\n", pad(l.say(marks[c.Verdict]), 9), l.answer(c.Title, s.Findings))
		for _, one := range c.For {
			fmt.Fprintf(&b, "           + %s\n", l.answer(one, s.Findings))
		}
		for _, one := range c.Against {
			fmt.Fprintf(&b, "           - %s\n", l.answer(one, s.Findings))
		}
		if c.Tells != "" {
			fmt.Fprintf(&b, "           %s\n", l.say(causeTells, oneLine(c.Tells)))
		}
		b.WriteString(l.changesText(c.Changes, "           "))
	}
	b.WriteString(l.faults(s.Findings))
	b.WriteString(l.notKnown(s.Gaps))
	b.WriteString("\n" + l.say(symptomCounts, oneLine(s.Summary.Since), l.count(s.Summary.APICalls, callNoun), s.Summary.DurationMS) + "\n")
	return b.String()
}

func (l Language) symptomHeadline(s *finding.Symptom) string {
	n := s.Summary
	var text string
	switch {
	case n.Found > 0:
		text = l.say(causesFound, l.count(n.Found, causeNoun))
	case n.Possible+n.Unknown > 0:
		text = l.say(causesPossible, n.Possible+n.Unknown)
	default:
		text = l.say(causesNone)
	}
	if s.Status == finding.ReportIncomplete {
		text += l.say(comma) + l.say(incomplete)
	}
	return text
}

package render

import (
	"cmp"
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// Symptom is the search for the cause of an API's status as plain text, in English: the answer, the causes with what speaks
// for and against each, the fixes.
func Symptom(s *finding.Symptom) string {
	var b strings.Builder
	fmt.Fprintf(&b, "permprobe: %s of %s answers %d: %s\n", oneLine(cmp.Or(s.Route, s.Asked)), oneLine(cmp.Or(s.Name, s.API)), s.HTTPStatus, symptomHeadline(s))
	fmt.Fprintf(&b, "account %s, region %s", oneLine(s.Account), oneLine(s.Region))
	if s.Kind != "" {
		fmt.Fprintf(&b, ", %s %s", oneLine(s.Kind), oneLine(s.API))
	}
	if s.Stage != "" {
		fmt.Fprintf(&b, ", stage %s", oneLine(s.Stage))
	}
	if s.Function != "" {
		fmt.Fprintf(&b, ", calls %s", oneLine(functionName(s.Function)))
	}
	fmt.Fprintf(&b, "\n\n%s\n", oneLine(s.Answer))
	marks := map[finding.Verdict]string{
		finding.CauseFound: "FOUND", finding.CausePossible: "possible", finding.CauseUnknown: "not known", finding.CauseExcluded: "no",
	}
	for i := range s.Causes {
		c := &s.Causes[i]
		fmt.Fprintf(&b, "\n%-9s  %s\n", marks[c.Verdict], oneLine(c.Title))
		for _, one := range c.For {
			fmt.Fprintf(&b, "           + %s\n", oneLine(one))
		}
		for _, one := range c.Against {
			fmt.Fprintf(&b, "           - %s\n", oneLine(one))
		}
		b.WriteString(changesText(c.Changes, "           "))
	}
	for i := range s.Findings {
		b.WriteString("\n" + English.findingText(&s.Findings[i], "", "", true))
	}
	if len(s.Gaps) > 0 {
		b.WriteString("\nNot known\n")
		for _, line := range English.gapLines(s.Gaps) {
			fmt.Fprintf(&b, "  - %s\n", line)
		}
	}
	fmt.Fprintf(&b, "\nlooked at since %s (UTC), %s, %d ms; nothing was invoked\n", oneLine(s.Summary.Since), count(s.Summary.APICalls, "AWS call"), s.Summary.DurationMS)
	return b.String()
}

func symptomHeadline(s *finding.Symptom) string {
	n := s.Summary
	var text string
	switch {
	case n.Found > 0:
		text = count(n.Found, "cause") + " found"
	case n.Possible+n.Unknown > 0:
		text = fmt.Sprintf("no cause found for certain, %d possible", n.Possible+n.Unknown)
	default:
		text = "no cause found"
	}
	if s.Status == finding.ReportIncomplete {
		text += ", incomplete"
	}
	return text
}

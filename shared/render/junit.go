package render

import (
	"encoding/xml"
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// Case is a check that looked at a function.
type Case struct {
	// Function is the ARN of the function.
	Function string
	Rule     Rule
	// At is where the function stands.
	At Location
}

// The JUnit XML that pipelines read. There is no standard; these are the elements and attributes of the schema that
// Jenkins publishes, which GitLab, Azure Pipelines and others read, too.
//
// https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
type (
	junitReport struct {
		XMLName xml.Name `xml:"testsuites"`
		Name    string   `xml:"name,attr"`
		junitCounts
		Suites []*junitSuite `xml:"testsuite"`
	}
	junitCounts struct {
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Time     string `xml:"time,attr"`
	}
	junitSuite struct {
		Name string `xml:"name,attr"`
		junitCounts
		Cases []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string `xml:"name,attr"`
		Classname string `xml:"classname,attr"`
		// File and Line are left out where the place is not known.
		File     string         `xml:"file,attr,omitempty"`
		Line     int            `xml:"line,attr,omitempty"`
		Time     string         `xml:"time,attr"`
		Skipped  *junitSkipped  `xml:"skipped"`
		Failures []junitFailure `xml:"failure"`
		Output   string         `xml:"system-out,omitempty"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		// Text is a CDATA section, so that its lines and quotes stay readable in the file.
		Text string `xml:",cdata"`
	}
)

// JUnit is the report as JUnit XML: a suite a function with a test case a check. A case fails for every finding, and is
// skipped where something about it could not be read or decided: it passes only where nothing is left open. A muted
// finding is no failure. What is about no case, gaps of the whole run and findings of functions without cases, makes
// cases of its own.
func JUnit(r *finding.Report, cases []Case) (string, error) {
	out := junitReport{Name: "permprobe"}
	suites := map[string]*junitSuite{}
	suiteOf := func(name string) *junitSuite {
		if suites[name] == nil {
			suites[name] = &junitSuite{Name: name}
			out.Suites = append(out.Suites, suites[name])
		}
		return suites[name]
	}
	type key struct{ function, check string }
	findings, toldFinding := map[key][]*finding.Finding{}, map[key]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		at := key{f.Function, f.Check}
		findings[at] = append(findings[at], f)
	}
	toldGap := map[int]bool{}
	for i := range cases {
		c := &cases[i]
		at := key{c.Function, c.Rule.ID}
		var gaps []finding.Gap
		for j, g := range r.Gaps {
			about := key{g.Function, g.Check}
			if about != (key{}) && (g.Function == "" || g.Function == c.Function) && (g.Check == "" || g.Check == c.Rule.ID) {
				gaps, toldGap[j] = append(gaps, g), true
			}
		}
		toldFinding[at] = true
		name := oneLine(functionName(c.Function))
		suiteOf(name).add(junitCaseOf(name, c, findings[at], gaps))
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		at := key{f.Function, f.Check}
		if toldFinding[at] {
			continue
		}
		toldFinding[at] = true
		name := oneLine(functionName(f.Function))
		suiteOf(name).add(junitCaseOf(name, &Case{Function: f.Function, Rule: Rule{ID: f.Check}}, findings[at], nil))
	}
	const run = "permprobe"
	for i := range r.Gaps {
		if !toldGap[i] {
			reason := English.gapLines(r.Gaps[i : i+1])[0]
			suiteOf(run).add(junitCase{Name: fmt.Sprintf("not decided %d", i+1), Classname: run, Time: "0", Skipped: &junitSkipped{reason}})
		}
	}
	for _, suite := range out.Suites {
		suite.Time = "0"
		out.Tests, out.Failures, out.Skipped = out.Tests+suite.Tests, out.Failures+suite.Failures, out.Skipped+suite.Skipped
	}
	out.Time = fmt.Sprintf("%.3f", float64(r.Summary.DurationMS)/1000)
	text, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the JUnit report: %w", err)
	}
	return xml.Header + string(text) + "\n", nil
}

// add counts cases, also those that fail more than once.
func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case len(c.Failures) > 0:
		s.Failures++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func junitCaseOf(suite string, c *Case, found []*finding.Finding, gaps []finding.Gap) junitCase {
	one := junitCase{
		Name: strings.TrimSpace(c.Rule.ID + " " + c.Rule.Title), Classname: "permprobe." + suite, Time: "0", File: c.At.File, Line: c.At.Line,
	}
	var notes []string
	for _, f := range found {
		if f.Status == finding.StatusSuppressed {
			notes = append(notes, "muted: "+oneLine(f.Title))
			continue
		}
		one.Failures = append(one.Failures, junitFailure{Message: oneLine(f.Title), Type: string(f.Severity), Text: "\n" + xmlText(English.findingText(f, "", "", true))})
	}
	if open := English.gapLines(gaps); len(open) > 0 {
		if len(one.Failures) == 0 {
			one.Skipped = &junitSkipped{strings.Join(open, "; ")}
		} else {
			notes = append(notes, "not decided: "+strings.Join(open, "; "))
		}
	}
	one.Output = strings.Join(notes, "\n")
	return one
}

// xmlText leaves out the characters that XML has no form for; within CDATA the encoder would write them.
func xmlText(text string) string {
	return strings.Map(func(r rune) rune {
		if r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, text)
}

package render_test

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/render"
)

// someRules are the checks of the example.
func someRules() []render.Rule {
	return []render.Rule{
		{ID: "R1", Title: "Lambda may assume the execution role", Text: "Lambda assumes the role. It must be let.", Severity: finding.Critical, Guide: []string{"R1"}},
		{ID: "R3", Title: "The role may write the function's log", Text: "Actions like logs:* are needed.", Severity: finding.Low, Guide: []string{"R3"}},
		{ID: "I1", Title: "API Gateway may invoke the functions of an API", Text: "The policy must allow <that>.", Severity: finding.High, Guide: []string{"I1"}},
	}
}

func somewhere(f *finding.Finding) []render.Location {
	at := []render.Location{{File: "stacks/my app.yaml", Line: 12, Column: 3}}
	if f.Place == finding.PlaceExecutionRole {
		at = append(at, render.Location{File: "stacks/my app.yaml", Line: 40, Column: 3})
	}
	return at
}

func sarifOf(t *testing.T, r *finding.Report) string {
	t.Helper()
	text, err := render.SARIF(r, someRules(), somewhere)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// node reads members of a JSON document and fails where one is missing or of another kind.
type node struct {
	t    *testing.T
	path string
	v    any
}

func (n node) at(name string) node {
	n.t.Helper()
	object, ok := n.v.(map[string]any)
	if !ok {
		n.t.Fatalf("%s is no object: %v", n.path, n.v)
	}
	v, ok := object[name]
	if !ok || v == nil {
		n.t.Fatalf("%s has no %s", n.path, name)
	}
	return node{n.t, n.path + "." + name, v}
}

func (n node) has(name string) bool {
	_, ok := n.v.(map[string]any)[name]
	return ok
}

func (n node) list() []node {
	n.t.Helper()
	list, ok := n.v.([]any)
	if !ok {
		n.t.Fatalf("%s is no list: %v", n.path, n.v)
	}
	out := make([]node, len(list))
	for i, v := range list {
		out[i] = node{n.t, n.path + "[]", v}
	}
	return out
}

func (n node) text() string {
	n.t.Helper()
	text, ok := n.v.(string)
	if !ok || strings.TrimSpace(text) == "" {
		n.t.Fatalf("%s is no text: %v", n.path, n.v)
	}
	return text
}

func (n node) number() int {
	n.t.Helper()
	number, ok := n.v.(float64)
	if !ok || number != float64(int(number)) {
		n.t.Fatalf("%s is no whole number: %v", n.path, n.v)
	}
	return int(number)
}

func (n node) oneOf(words ...string) {
	n.t.Helper()
	if !slices.Contains(words, n.text()) {
		n.t.Errorf("%s is %q, not one of %q", n.path, n.text(), words)
	}
}

// checkSARIF demands what the specification demands of the parts that are written.
//
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
func checkSARIF(t *testing.T, text string) (results []node, notifications []node) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	log := node{t, "log", v}
	log.at("version").oneOf("2.1.0")
	log.at("$schema").text()
	runs := log.at("runs").list()
	if len(runs) != 1 {
		t.Fatalf("%d runs", len(runs))
	}
	run := runs[0]
	run.at("columnKind").oneOf("utf16CodeUnits", "unicodeCodePoints")
	driver := run.at("tool").at("driver")
	driver.at("name").text()
	rules := driver.at("rules").list()
	var ids []string
	for _, rule := range rules {
		id := rule.at("id").text()
		if slices.Contains(ids, id) {
			t.Errorf("the rule %s is there twice", id)
		}
		ids = append(ids, id)
		rule.at("shortDescription").at("text").text()
		rule.at("fullDescription").at("text").text()
		rule.at("help").at("text").text()
		rule.at("help").at("markdown").text()
		rule.at("defaultConfiguration").at("level").oneOf("none", "note", "warning", "error")
		rule.at("properties").at("problem.severity").oneOf("error", "warning", "recommendation")
		rule.at("properties").at("tags").list()
	}
	results = run.at("results").list()
	for _, result := range results {
		index := result.at("ruleIndex").number()
		if id := result.at("ruleId").text(); index < -1 || index >= len(ids) || index >= 0 && ids[index] != id {
			t.Errorf("the rule of index %d is not %s", index, id)
		}
		result.at("level").oneOf("none", "note", "warning", "error")
		result.at("message").at("text").text()
		if fingerprints, ok := result.at("partialFingerprints").v.(map[string]any); !ok || len(fingerprints) == 0 {
			t.Error("a result without fingerprint")
		}
		locations := result.at("locations").list()
		if len(locations) != 1 {
			t.Errorf("%d locations: more than one means that all of them must be mended", len(locations))
		}
		if result.has("relatedLocations") {
			locations = append(locations, result.at("relatedLocations").list()...)
		}
		for _, location := range locations {
			place := location.at("physicalLocation")
			uri := place.at("artifactLocation").at("uri").text()
			parsed, err := url.Parse(uri)
			if err != nil || strings.ContainsAny(uri, " \\") {
				t.Errorf("%q is no URI: %v", uri, err)
			} else if based := place.at("artifactLocation").has("uriBaseId"); based == parsed.IsAbs() {
				t.Errorf("%q: absolute %t and relative to a base %t", uri, parsed.IsAbs(), based)
			}
			if place.has("region") && (place.at("region").at("startLine").number() < 1 || place.at("region").at("startColumn").number() < 1) {
				t.Errorf("%s counts from 1", place.path)
			}
		}
		if result.has("suppressions") {
			for _, one := range result.at("suppressions").list() {
				one.at("kind").oneOf("inSource", "external")
				one.at("status").oneOf("accepted", "underReview", "rejected")
			}
		}
	}
	for _, invocation := range run.at("invocations").list() {
		if _, ok := invocation.at("executionSuccessful").v.(bool); !ok {
			t.Error("executionSuccessful is no boolean")
		}
		for _, one := range invocation.at("toolExecutionNotifications").list() {
			notifications = append(notifications, one)
			one.at("level").oneOf("none", "note", "warning", "error")
			one.at("message").at("text").text()
			if one.has("associatedRule") && ids[one.at("associatedRule").at("index").number()] != one.at("associatedRule").at("id").text() {
				t.Error("a notification of another rule")
			}
		}
	}
	return results, notifications
}

func TestTheSARIFLogOfAReport(t *testing.T) { golden(t, "report.sarif", sarifOf(t, example(t))) }

func TestASARIFLogHasTheStructureOfTheSpecification(t *testing.T) {
	r := example(t)
	r.Findings[2].Status = finding.StatusSuppressed
	results, gaps := checkSARIF(t, sarifOf(t, r))
	if len(results) != len(r.Findings) || len(gaps) != len(r.Gaps) || len(gaps) == 0 {
		t.Fatalf("%d results of %d findings, %d notifications of %d gaps", len(results), len(r.Findings), len(gaps), len(r.Gaps))
	}
	for i, result := range results {
		if id := result.at("partialFingerprints").at("permprobeFindingId/v1").text(); id != r.Findings[i].ID {
			t.Errorf("fingerprint %s of finding %s", id, r.Findings[i].ID)
		}
		if result.has("suppressions") != (i == 2) {
			t.Errorf("result %d: suppressed %t", i, result.has("suppressions"))
		}
		if command := result.at("properties").at("command").text(); command != r.Findings[i].Fix.CLI {
			t.Errorf("the command was altered: %s", command)
		}
	}
	checkSARIF(t, sarifOf(t, &finding.Report{}))
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) { checkSARIF(t, sarifOf(t, withName(t, text))) })
	}
}

func TestLevelsOfSARIFFollowTheSeverity(t *testing.T) {
	want := map[finding.Severity]string{
		finding.Critical: "error", finding.High: "error", finding.Medium: "warning", finding.Low: "note", finding.Informational: "note",
	}
	for _, severity := range finding.Severities() {
		r := &finding.Report{Findings: []finding.Finding{{ID: "a", Check: "R1", Severity: severity, Title: "t"}}}
		results, _ := checkSARIF(t, sarifOf(t, r))
		if got := results[0].at("level").text(); got != want[severity] {
			t.Errorf("%s: %s", severity, got)
		}
	}
}

func TestAFileOutsideTheFolderIsAnAbsoluteURI(t *testing.T) {
	text, err := render.SARIF(example(t), someRules(), func(*finding.Finding) []render.Location {
		return []render.Location{{File: "/elsewhere/a#b.yaml", Line: 1, Column: 1}}
	})
	if err != nil {
		t.Fatal(err)
	}
	results, _ := checkSARIF(t, text)
	uri := results[0].at("locations").list()[0].at("physicalLocation").at("artifactLocation").at("uri").text()
	if uri != "file:///elsewhere/a%23b.yaml" {
		t.Error(uri)
	}
}

// someCases are the functions of the example's findings and of one gap, with every check.
func someCases(r *finding.Report) []render.Case {
	var functions []string
	for _, f := range r.Findings {
		functions = append(functions, f.Function)
	}
	for _, g := range r.Gaps {
		if g.Function != "" {
			functions = append(functions, g.Function)
			break
		}
	}
	functions = append(functions, "arn:aws:lambda:us-east-1:123456789012:function:well")
	var out []render.Case
	for _, function := range functions {
		for _, rule := range someRules() {
			out = append(out, render.Case{Function: function, Rule: rule, At: render.Location{File: "app.yaml", Line: 7}})
		}
	}
	return out
}

func junitOf(t *testing.T, r *finding.Report) string {
	t.Helper()
	text, err := render.JUnit(r, someCases(r))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// junit is what a reader of JUnit XML sees.
type junit struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Skipped  int `xml:"skipped,attr"`
	Suites   []struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Cases    []struct {
			Name      string `xml:"name,attr"`
			Classname string `xml:"classname,attr"`
			Skipped   *struct {
				Message string `xml:"message,attr"`
			} `xml:"skipped"`
			Failures []struct {
				Message string `xml:"message,attr"`
				Type    string `xml:"type,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
			Output string `xml:"system-out"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

// readJUnit reads one document, and demands that its counts are those of its cases.
func readJUnit(t *testing.T, text string) junit {
	t.Helper()
	var got junit
	decoder := xml.NewDecoder(strings.NewReader(text))
	if err := decoder.Decode(&got); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if _, err := decoder.Token(); err == nil {
		_, err = decoder.Token()
		if err != io.EOF {
			t.Errorf("something stands behind the document: %v", err)
		}
	}
	var tests, failures, skipped int
	for _, suite := range got.Suites {
		var failed, left int
		for _, one := range suite.Cases {
			if one.Name == "" || one.Classname == "" {
				t.Errorf("a case without name in %s", suite.Name)
			}
			switch {
			case len(one.Failures) > 0 && one.Skipped != nil:
				t.Errorf("%s is failed and skipped", one.Name)
			case len(one.Failures) > 0:
				failed++
			case one.Skipped != nil:
				left++
			}
		}
		if suite.Tests != len(suite.Cases) || suite.Failures != failed || suite.Skipped != left {
			t.Errorf("the suite %s counts %d, %d, %d; its cases are %d, %d, %d", suite.Name,
				suite.Tests, suite.Failures, suite.Skipped, len(suite.Cases), failed, left)
		}
		tests, failures, skipped = tests+suite.Tests, failures+failed, skipped+left
	}
	if got.Tests != tests || got.Failures != failures || got.Skipped != skipped {
		t.Errorf("the report counts %d, %d, %d; its suites %d, %d, %d", got.Tests, got.Failures, got.Skipped, tests, failures, skipped)
	}
	return got
}

func TestTheJUnitReport(t *testing.T) { golden(t, "report.junit.xml", junitOf(t, example(t))) }

func TestACaseFailsForFindingsAndPassesOnlyWhereNothingIsOpen(t *testing.T) {
	r := example(t)
	twice := r.Findings[0]
	twice.ID, twice.Title = "2", "a second finding"
	muted := r.Findings[1]
	muted.ID, muted.Status, muted.Function = "3", finding.StatusSuppressed, r.Findings[2].Function
	r.Findings = append(r.Findings, twice, muted)
	r.Gaps = append(r.Gaps, finding.Gap{Reason: "two templates hold one name"})
	r.Finish()
	got := map[string]string{}
	for _, suite := range readJUnit(t, junitOf(t, r)).Suites {
		for _, one := range suite.Cases {
			id, _, _ := strings.Cut(strings.TrimPrefix(one.Name, "not decided "), " ")
			switch {
			case len(one.Failures) > 0:
				got[suite.Name+" "+id] = strings.Repeat("F", len(one.Failures))
			case one.Skipped != nil:
				got[suite.Name+" "+id] = "skipped: " + one.Skipped.Message
			case one.Output != "":
				got[suite.Name+" "+id] = one.Output
			default:
				got[suite.Name+" "+id] = "passed"
			}
		}
	}
	for name, want := range map[string]string{
		"nightly-report R1": "FF", "nightly-report R3": "passed", "notes-api I1": "F", "well R1": "passed", "well R3": "passed",
		"well I1":         "skipped: I1: the REST API k3 (orders) could not be read",
		"export-a R3":     "skipped: R3 export-a: iam:SimulatePrincipalPolicy is refused",
		"export-a R1":     "passed",
		"permprobe 1":     "skipped: two templates hold one name",
		"resize-image I1": "skipped: I1: the REST API k3",
	} {
		if !strings.HasPrefix(got[name], want) || want == "F" && got[name] != "F" {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
}

func TestNamesDoNoHarmInJUnit(t *testing.T) {
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			r := withName(t, text+" ]]> </testcase> & \"' \ufffe\uffff")
			if got := readJUnit(t, junitOf(t, r)); got.Failures < len(r.Findings) {
				t.Errorf("%d failures of %d findings", got.Failures, len(r.Findings))
			}
		})
	}
}

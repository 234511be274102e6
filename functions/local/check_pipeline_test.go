package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"permprobe/shared/catalog"
	"permprobe/shared/finding"
)

// sarif is what is read of a SARIF log.
type sarif struct {
	Version string
	Runs    []struct {
		Tool struct {
			Driver struct{ Rules []struct{ ID string } }
		}
		Results []struct {
			RuleID, Level       string
			PartialFingerprints map[string]string
			Locations           []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI string }
					Region           struct{ StartLine, StartColumn int }
				}
			}
			RelatedLocations []any
		}
	}
}

func checkSARIF(t *testing.T, wantCode int, args ...string) sarif {
	t.Helper()
	code, out, errs := local(t, append([]string{"check", "-format", "sarif"}, args...)...)
	if code != wantCode || errs != "" {
		t.Fatalf("exit code %d, want %d; stderr %q", code, wantCode, errs)
	}
	var log sarif
	decoder := json.NewDecoder(strings.NewReader(out))
	if err := decoder.Decode(&log); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if rest := strings.TrimSpace(out[decoder.InputOffset():]); rest != "" || log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("version %s, %d runs, behind the document stands %q", log.Version, len(log.Runs), rest)
	}
	return log
}

// lineOf is the line of the example on which a logical id stands.
func lineOf(t *testing.T, id string) int {
	t.Helper()
	for i, line := range strings.Split(string(exampleAccount), "\n") {
		if strings.TrimSpace(line) == id+":" {
			return i + 1
		}
	}
	t.Fatalf("the example has no %s", id)
	return 0
}

func TestSARIFNamesTheResourceToMend(t *testing.T) {
	report, _ := checkJSON(t, exitFindings, example)
	log := checkSARIF(t, exitFindings, example)
	run := log.Runs[0]
	if len(run.Tool.Driver.Rules) != len(catalog.All()) || len(run.Results) != len(report.Findings) {
		t.Fatalf("%d rules, %d results", len(run.Tool.Driver.Rules), len(run.Results))
	}
	want := map[string]string{"R1 nightly-report": "ReportRole", "I1 notes-api": "NotesApiFunction", "R3 resize-image": "ResizeRole"}
	for i, name := range faults(report) {
		result := run.Results[i]
		if result.PartialFingerprints["permprobeFindingId/v1"] != report.Findings[i].ID {
			t.Errorf("%s: the fingerprints are %v", name, result.PartialFingerprints)
		}
		at := result.Locations[0].PhysicalLocation
		if at.ArtifactLocation.URI != example || at.Region.StartLine < 1 || at.Region.StartColumn < 1 {
			t.Errorf("%s stands at %+v", name, at)
		}
		if id, known := want[name]; known {
			delete(want, name)
			if at.Region.StartLine != lineOf(t, id) {
				t.Errorf("%s stands on line %d, not where %s is", name, at.Region.StartLine, id)
			}
			if related := len(result.RelatedLocations); related != 0 == strings.HasSuffix(id, "Function") {
				t.Errorf("%s has %d related places", name, related)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not found: %v", want)
	}
}

func TestTheOnlyPermissionOfAPrincipalIsWhereItsFindingStands(t *testing.T) {
	template := `
Resources:` + role + `
  App: {Type: AWS::Lambda::Function, Properties: {FunctionName: app, Role: !GetAtt Role.Arn}}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Subscription: {Type: AWS::SNS::Subscription, Properties: {Protocol: lambda, TopicArn: !Ref Topic, Endpoint: !GetAtt App.Arn}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref App, Action: lambda:InvokeFunction, Principal: sns.amazonaws.com, SourceArn: "arn:aws:sns:us-east-1:123456789012:others"}
`
	another := strings.Replace(template, "  Permission:\n", `  Another:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref App, Action: lambda:InvokeFunction, Principal: sns.amazonaws.com, SourceArn: "arn:aws:sns:us-east-1:123456789012:more"}
  Permission:
`, 1)
	for name, c := range map[string]struct{ template, want string }{"one": {template, "  Permission:"}, "several": {another, "  App: "}} {
		log := checkSARIF(t, exitOK, "-fail-on", "none", write(t, "a.yaml", c.template))
		results := log.Runs[0].Results
		if len(results) != 1 || results[0].RuleID != "I4" {
			t.Fatalf("%s: %+v", name, results)
		}
		line := results[0].Locations[0].PhysicalLocation.Region.StartLine
		if got := strings.Split(c.template, "\n")[line-1]; !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: line %d is %q", name, line, got)
		}
	}
}

func TestJUnitHasACaseForEveryFunctionAndCheckThatWasDecided(t *testing.T) {
	code, out, errs := local(t, "check", "-format", "junit", example)
	if code != exitFindings || errs != "" {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	var got struct {
		Suites []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name     string `xml:"name,attr"`
				File     string `xml:"file,attr"`
				Line     int    `xml:"line,attr"`
				Failures []struct {
					Type string `xml:"type,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	report, _ := checkJSON(t, exitFindings, example)
	failures := 0
	suites := map[string]bool{}
	for _, suite := range got.Suites {
		suites[suite.Name] = true
		for _, one := range suite.Cases {
			failures += len(one.Failures)
			if strings.HasPrefix(one.Name, declaredRow+" ") {
				t.Errorf("%s: nothing is declared, so nothing was decided", suite.Name)
			}
		}
		if suite.Name == "notes-api" {
			want := 0
			for _, c := range catalog.All() {
				if c.ID != declaredRow && !c.Advice {
					want++
				}
			}
			if len(suite.Cases) != want || suite.Cases[0].File != example || suite.Cases[0].Line != lineOf(t, "NotesApiFunction") {
				t.Errorf("%d cases, the first at %s:%d", len(suite.Cases), suite.Cases[0].File, suite.Cases[0].Line)
			}
		}
	}
	if failures != len(report.Findings) || !suites["notes-api"] || len(suites) < report.Summary.Functions {
		t.Errorf("%d failures of %d findings, suites %v", failures, len(report.Findings), suites)
	}
	declared := write(t, "probe.yaml", "functions: [notes-api]\nneeds:\n  - functions: [notes-api]\n    actions: [dynamodb:GetItem]\n    resources: [arn:aws:dynamodb:us-east-1:123456789012:table/notes]\n")
	_, out, _ = local(t, "check", "-format", "junit", "-probe", declared, example)
	if !strings.Contains(out, fmt.Sprintf(`name="%s `, declaredRow)) || strings.Contains(out, "resize-image") {
		t.Errorf("a declaration makes no case, or what is not selected does:\n%s", out)
	}
}

func TestEveryFormatPrintsOneDocumentForTemplatesWithoutFunctions(t *testing.T) {
	none := write(t, "none.yaml", "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n")
	if log := checkSARIF(t, exitOK, none); log.Runs[0].Results == nil || len(log.Runs[0].Results) != 0 {
		t.Errorf("results: %v", log.Runs[0].Results)
	}
	code, out, _ := local(t, "check", "-format", "junit", none)
	if code != exitOK || xml.Unmarshal([]byte(out), new(struct {
		XMLName xml.Name `xml:"testsuites"`
	})) != nil {
		t.Errorf("exit code %d: %s", code, out)
	}
}

func TestALocationIsBelowTheFolderOrAbsolute(t *testing.T) {
	report := finding.Finding{Function: "none"}
	at := placesOf(nil)
	if at.line(&report) != "" {
		t.Error("an unknown function has a place")
	}
	t.Chdir(t.TempDir())
	for file, want := range map[string]string{"./a/../b.yaml": "b.yaml", "/etc/b.yaml": "/etc/b.yaml"} {
		if got := relative(file); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

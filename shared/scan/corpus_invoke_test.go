package scan_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"
)

// faulty is one way to break a permission to invoke.
type faulty struct {
	name string
	// moves is true where the permission then stands on another qualifier, which I3 tells.
	moves bool
	// change edits the template's resources; false where the permission cannot be broken so.
	change func(resources map[string]any, id string) bool
}

// sourceServices are the services in the ARNs of what calls as a principal.
var sourceServices = map[string]string{"apigateway.amazonaws.com": "execute-api", "logs.amazonaws.com": "logs", "lambda.alarms.cloudwatch.amazonaws.com": "cloudwatch"}

func faults() []faulty {
	properties := func(resources map[string]any, id string) map[string]any {
		return resources[id].(map[string]any)["Properties"].(map[string]any)
	}
	return []faulty{
		{"removed", false, func(resources map[string]any, id string) bool {
			resources[id] = map[string]any{"Type": "AWS::CloudFormation::WaitConditionHandle"}
			return true
		}},
		{"source changed", false, func(resources map[string]any, id string) bool {
			of := properties(resources, id)
			principal := of["Principal"].(string)
			service := sourceServices[principal]
			if service == "" {
				service, _, _ = strings.Cut(principal, ".")
			}
			arn := "arn:aws:" + service + ":us-east-1:123456789012:zzzzzzzzzz/of/another"
			if service == "s3" {
				arn = "arn:aws:s3:::zzzzzzzzzz"
			}
			of["SourceArn"] = arn
			return true
		}},
		{"principal changed", false, func(resources map[string]any, id string) bool {
			properties(resources, id)["Principal"] = "sqs.amazonaws.com"
			return true
		}},
		{"moved to another qualifier", true, func(resources map[string]any, id string) bool {
			of := properties(resources, id)
			function := referred(of["FunctionName"])
			target, _ := resources[function].(map[string]any)
			switch target["Type"] {
			case "AWS::Lambda::Alias":
				of["FunctionName"] = target["Properties"].(map[string]any)["FunctionName"]
				return referred(of["FunctionName"]) != ""
			case "AWS::Lambda::Function":
				resources["AddedVersion"] = map[string]any{"Type": "AWS::Lambda::Version", "Properties": map[string]any{"FunctionName": map[string]any{"Ref": function}}}
				resources["AddedAlias"] = map[string]any{"Type": "AWS::Lambda::Alias", "Properties": map[string]any{
					"FunctionName": map[string]any{"Ref": function}, "FunctionVersion": map[string]any{"Fn::GetAtt": []any{"AddedVersion", "Version"}}, "Name": "added",
				}}
				of["FunctionName"] = map[string]any{"Ref": "AddedAlias"}
				return true
			}
			return false
		}},
	}
}

// score counts what was found of one kind of change.
type score struct {
	made, found, wrong int
	quiet              map[string]int
}

// breakPermissions breaks every permission of a template in every way, each by itself, and holds what is found against
// what was broken: one finding, on that function and for that principal.
func (one template) breakPermissions(t *testing.T, scores map[string]*score) {
	for _, id := range one.resourcesOf("AWS::Lambda::Permission") {
		properties := one.doc["Resources"].(map[string]any)[id].(map[string]any)["Properties"].(map[string]any)
		check, ok := invokePermission(properties)
		if !ok {
			continue
		}
		principal := properties["Principal"].(string)
		for _, fault := range faults() {
			applies := false
			after := one.scan(t, func(resources map[string]any) { applies = fault.change(resources, id) })
			if !applies {
				continue
			}
			s := scores[fault.name]
			if s == nil {
				s = &score{quiet: map[string]int{}}
				scores[fault.name] = s
			}
			s.made++
			want := check
			if fault.moves {
				want = "I3"
			}
			what := one.name + " " + id + " " + fault.name
			switch {
			case len(after.Findings) == 1 && rightlyFound(&after.Findings[0], want, check, principal):
				s.found++
			case len(after.Findings) > 0:
				s.wrong++
				t.Errorf("%s: %v", what, facets(after.Findings))
			default:
				reason := one.whyQuiet(t, id, check, after)
				if reason == "" {
					t.Errorf("%s: nothing found and nothing explains it, gaps %+v", what, after.Gaps)
				}
				s.quiet[reason]++
			}
		}
	}
}

func rightlyFound(f *finding.Finding, want, row, principal string) bool {
	return f.Check == want && slices.Contains(f.Guide, row) && f.Principal == principal && f.SourceARN != ""
}

// tell prints how many changes were found, and fails where most were not: a gap is quiet, too.
func tell(t *testing.T, scores map[string]*score) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(scores)) {
		s := scores[name]
		hidden := 0
		for _, n := range s.quiet {
			hidden += n
		}
		t.Logf("%s: %d made, %d found, %d wrong, %d quiet with a reason %v; recall of what could be found %.1f %%, precision %.1f %%", name, s.made, s.found,
			s.wrong, hidden, s.quiet, percent(s.found, s.made-hidden), percent(s.found, s.found+s.wrong))
		if s.found*2 < s.made {
			t.Errorf("%s: only %d of %d were found", name, s.found, s.made)
		}
	}
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}

func TestAPermissionToInvokeBrokenInAnOrdinaryTemplateIsFoundInEveryWay(t *testing.T) {
	scores := map[string]*score{}
	for _, one := range ordinaryTemplates(t) {
		one.breakPermissions(t, scores)
	}
	tell(t, scores)
}

// samTemplates are templates of our own for SAM's kinds of events, NAME.yaml, as SAM's translator (aws-sam-translator
// 1.110) transforms them, NAME.json.
func samTemplates(t *testing.T) []template {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "sam", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates: %v", err)
	}
	var out []template
	for _, file := range files {
		one := template{name: filepath.Base(file)}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &one.doc); err != nil {
			t.Fatal(err)
		}
		out = append(out, one)
	}
	return out
}

func TestWhatSAMMakesOfItsEventsRaisesNoFinding(t *testing.T) {
	for _, one := range samTemplates(t) {
		report := one.scan(t, nil)
		for _, f := range report.Findings {
			t.Errorf("%s: %s %s %s", one.name, f.Check, f.Title, f.Cause)
		}
		for _, g := range report.Gaps {
			t.Logf("%s: gap of %s: %s", one.name, g.Check, g.Reason)
		}
	}
}

func TestAPermissionThatSAMMadeIsFoundWhenItIsBrokenInEveryWay(t *testing.T) {
	scores := map[string]*score{}
	for _, one := range samTemplates(t) {
		one.breakPermissions(t, scores)
	}
	tell(t, scores)
}

package catalog_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/need"
	"permprobe/shared/scan/scantest"

	"go.yaml.in/yaml/v3"
)

// rowCase is one entry of testdata/needs.yaml.
type rowCase struct {
	Row, Name, Check string
	// Function are properties of the function, Mapping those of its event source mapping, and Async where its
	// asynchronous invocations report to.
	Function map[string]any `yaml:"function"`
	Mapping  map[string]any `yaml:"mapping"`
	Async    map[string]any `yaml:"async"`
	// Resources are what else the template holds.
	Resources map[string]any `yaml:"resources"`
	// Bare leaves the role without the managed policy for logs.
	Bare       bool           `yaml:"bare"`
	Statements []rowStatement `yaml:"statements"`
	// Left are words of the gap that is left where everything is granted; empty for none.
	Left string `yaml:"left"`
	// Besides are statements that are never taken away.
	Besides []rowStatement `yaml:"besides"`
}

type rowStatement struct {
	Action   []string `yaml:"action"`
	Resource any      `yaml:"resource"`
	// Missing is what is found without the statement, where that is not its actions.
	Missing string `yaml:"missing"`
	// Gap are words of the gap that is left instead of a finding.
	Gap string `yaml:"gap"`
}

// missing is the action of the finding without the statement.
func (s rowStatement) missing() string {
	if s.Missing != "" {
		return s.Missing
	}
	return strings.Join(slices.Sorted(slices.Values(s.Action)), ",")
}

func rowCases(t *testing.T) []rowCase {
	t.Helper()
	data, err := os.ReadFile("testdata/needs.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Blocks map[string]any `yaml:"blocks"`
		Rows   []rowCase      `yaml:"rows"`
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	return file.Rows
}

// report scans the feature with all statements but one; with all of them where without is negative.
func (c rowCase) report(t *testing.T, without int) *finding.Report {
	t.Helper()
	properties := map[string]any{"FunctionName": "worker", "Role": map[string]any{"Fn::GetAtt": []any{"Role", "Arn"}}}
	for name, value := range c.Function {
		properties[name] = value
	}
	statements := []any{}
	for i, s := range c.Statements {
		if i != without {
			statements = append(statements, map[string]any{"Effect": "Allow", "Action": s.Action, "Resource": s.Resource})
		}
	}
	for _, s := range c.Besides {
		statements = append(statements, map[string]any{"Effect": "Allow", "Action": s.Action, "Resource": s.Resource})
	}
	role := map[string]any{
		"AssumeRolePolicyDocument": map[string]any{"Statement": map[string]any{
			"Effect": "Allow", "Principal": map[string]any{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}},
		"ManagedPolicyArns": []any{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"},
	}
	if c.Bare {
		delete(role, "ManagedPolicyArns")
	}
	if len(statements) > 0 {
		role["Policies"] = []any{map[string]any{"PolicyName": "own", "PolicyDocument": map[string]any{"Version": "2012-10-17", "Statement": statements}}}
	}
	resources := map[string]any{
		"Function": map[string]any{"Type": "AWS::Lambda::Function", "Properties": properties},
		"Role":     map[string]any{"Type": "AWS::IAM::Role", "Properties": role},
	}
	maps.Copy(resources, c.Resources)
	if c.Mapping != nil {
		mapping := map[string]any{"FunctionName": map[string]any{"Ref": "Function"}}
		for name, value := range c.Mapping {
			mapping[name] = value
		}
		resources["Mapping"] = map[string]any{"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}
	}
	if c.Async != nil {
		resources["Async"] = map[string]any{"Type": "AWS::Lambda::EventInvokeConfig", "Properties": map[string]any{
			"FunctionName": map[string]any{"Ref": "Function"}, "Qualifier": "$LATEST", "DestinationConfig": c.Async}}
	}
	text, err := json.Marshal(map[string]any{"Resources": resources})
	if err != nil {
		t.Fatal(err)
	}
	report := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "row.json", text, nil)).Scan(t)
	// What the rows call is in no template, of which the report tells once.
	report.Gaps = slices.DeleteFunc(report.Gaps, func(g finding.Gap) bool { return g.Check == "" && strings.HasPrefix(g.Reason, "no template holds") })
	return report
}

func TestEveryPermissionThatARowNeedsIsMissedAloneAndNothingElseIs(t *testing.T) {
	for _, c := range rowCases(t) {
		t.Run(c.Row+"/"+c.Name, func(t *testing.T) {
			without := func(i int) (*finding.Report, bool) {
				report := c.report(t, i)
				gaps := len(report.Gaps)
				report.Gaps = slices.DeleteFunc(report.Gaps, func(g finding.Gap) bool { return c.Left != "" && strings.Contains(g.Reason, c.Left) })
				return report, len(report.Gaps) < gaps
			}
			if report, left := without(-1); len(report.Findings)+len(report.Gaps) > 0 || left != (c.Left != "") {
				t.Errorf("with everything, %q left: %t:\n%s", c.Left, left, show(t, report))
			}
			for i, s := range c.Statements {
				report, _ := without(i)
				if s.Gap != "" {
					if len(report.Findings) > 0 || len(report.Gaps) == 0 {
						t.Errorf("without %s: want a gap and no finding:\n%s", s.Action, show(t, report))
						continue
					}
					for _, g := range report.Gaps {
						if g.Check != c.Check || !strings.Contains(g.Reason, s.Gap) {
							t.Errorf("without %s: gap of %s: %s", s.Action, g.Check, g.Reason)
						}
					}
					continue
				}
				if len(report.Findings) != 1 || len(report.Gaps) > 0 {
					t.Errorf("without %s: want one finding and no gap:\n%s", s.Action, show(t, report))
					continue
				}
				f := report.Findings[0]
				if f.Check != c.Check || f.Action != s.missing() || f.Fix.Proof != finding.Proven {
					t.Errorf("without %s: %s misses %s, fix %s (%s)", s.Action, f.Check, f.Action, f.Fix.Proof, f.Fix.ProofReason)
				}
			}
		})
	}
}

// TestEveryRowOfTheTableOfNeedsHasACase holds the table against the cases: every row has one, every action that a
// row asks for is taken away in one, and no case is of a row that does not exist.
func TestEveryRowOfTheTableOfNeedsHasACase(t *testing.T) {
	taken := map[string]map[string]bool{}
	for _, c := range rowCases(t) {
		if taken[c.Row] == nil {
			taken[c.Row] = map[string]bool{}
		}
		for _, s := range c.Statements {
			for _, action := range strings.Split(s.missing(), ",") {
				taken[c.Row][action] = true
			}
		}
	}
	seen := map[string]bool{}
	for _, row := range need.Rows() {
		if seen[row.ID] {
			t.Errorf("two rows are called %s", row.ID)
		}
		seen[row.ID] = true
		if taken[row.ID] == nil {
			t.Errorf("row %s has no case", row.ID)
		}
		if len(row.Rules) == 0 && (row.Note == "" || !strings.HasPrefix(row.Page, "https://docs.aws.amazon.com/")) {
			t.Errorf("row %s says neither what is needed nor, with a page, why nothing is", row.ID)
		}
		for _, rule := range row.Rules {
			if !strings.HasPrefix(rule.Page, "https://docs.aws.amazon.com/") || rule.Why == "" || rule.Resource == "" || len(rule.Actions) == 0 {
				t.Errorf("row %s: a rule without actions, resource, reason or page: %+v", row.ID, rule.Actions)
			}
			for _, action := range rule.Actions {
				if rule.Derived() && !taken[row.ID][action] {
					t.Errorf("row %s: no case is without %s", row.ID, action)
				}
			}
		}
	}
	for id := range taken {
		if !seen[id] {
			t.Errorf("cases of a row %s that there is not", id)
		}
	}
}

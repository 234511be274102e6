package catalog_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/catalog"
	"permprobe/shared/check"
	"permprobe/shared/collect"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"

	"go.yaml.in/yaml/v3"
)

const (
	worker = "arn:aws:lambda:us-east-1:123456789012:function:worker"
	live   = worker + ":live"
)

// kindOfTrigger is an entry of testdata/triggers.yaml.
type kindOfTrigger struct {
	Kind       fact.TriggerKind
	Source     string
	Permission map[string]any
	Resources  map[string]any
}

func loadKinds(t *testing.T) (base map[string]any, kinds []kindOfTrigger) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "triggers.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Blocks, Base map[string]any
		Kinds        []kindOfTrigger
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Base, file.Kinds
}

// report scans an account in which the source calls target and the function or alias on carries the permission; none
// where on is empty.
func (k *kindOfTrigger) report(t *testing.T, base map[string]any, target, on string, permission map[string]any) *finding.Report {
	t.Helper()
	resources := maps.Clone(base)
	maps.Copy(resources, k.Resources)
	if on != "" {
		properties := map[string]any{"Action": "lambda:InvokeFunction", "FunctionName": on}
		maps.Copy(properties, permission)
		if source, _ := properties["SourceArn"].(string); strings.Contains(source, ":Api/") { // as text it would be no API's id
			properties["SourceArn"] = map[string]any{"Fn::Sub": strings.Replace(source, ":Api/", ":${Api}/", 1)}
		}
		resources["Permission"] = map[string]any{"Type": "AWS::Lambda::Permission", "Properties": properties}
	}
	text, err := json.Marshal(map[string]any{"Resources": resources})
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.ReplaceAll(string(text), "TARGET", target))
	return scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "case.json", text, nil)).Scan(t)
}

// with is the permission with one property changed.
func (k *kindOfTrigger) with(property, value string) map[string]any {
	changed := maps.Clone(k.Permission)
	changed[property] = value
	return changed
}

func TestARefusalOfEveryKindOfTriggerIsFoundWhateverIsWrongWithThePermission(t *testing.T) {
	base, kinds := loadKinds(t)
	for _, k := range kinds {
		manner, _ := k.Kind.Manner()
		if manner.ByRole || k.Kind.IsURL() || manner.Facts == fact.KindDistributions { // the cases of I6 and R1 hold these
			continue
		}
		row := catalog.RowOf(k.Kind)
		changes := []struct {
			name         string
			target, on   string
			permission   map[string]any
			check, words string
		}{
			{name: "no permission", target: worker, check: row, words: "holds no statement"},
			{name: "no permission for the alias", target: live, check: row, words: "holds no statement"},
			{name: "another principal", target: worker, on: worker, permission: k.with("Principal", "sqs.amazonaws.com"), check: row, words: "sqs.amazonaws.com"},
			{name: "another action", target: worker, on: worker, permission: k.with("Action", "lambda:GetFunctionConfiguration"), check: row, words: "lambda:GetFunctionConfiguration"},
			{name: "another source", target: worker, on: worker, permission: k.with("SourceArn", k.Source+"-other"), check: row, words: "other"},
			{name: "another account", target: worker, on: worker, permission: k.with("SourceAccount", "210987654321"), check: row, words: "210987654321"},
			{name: "the alias instead of the function", target: worker, on: live, permission: k.Permission, check: "I3", words: "worker:live"},
			{name: "the function instead of the alias", target: live, on: worker, permission: k.Permission, check: "I3", words: "without a qualifier"},
			{name: "as it should be", target: worker, on: worker, permission: k.Permission},
			{name: "as it should be, on the alias", target: live, on: live, permission: k.Permission},
		}
		if manner.SourceARN == fact.Perhaps {
			t.Run(string(k.Kind)+"/a source ARN that the calls may not carry", func(t *testing.T) {
				report := k.report(t, base, worker, worker, k.with("SourceArn", k.Source))
				if len(report.Findings) > 0 || !slices.ContainsFunc(report.Gaps, func(g finding.Gap) bool {
					return g.Check == row && strings.Contains(g.Reason, "only if the calls come with aws:SourceArn")
				}) {
					t.Errorf("want a gap of %s and no finding: %s", row, show(t, report))
				}
			})
		}
		for _, c := range changes {
			if k.Kind == fact.TriggerDashboard && (c.target == live || c.name == "another source") {
				continue // tags belong to functions alone, and no source has an ARN
			}
			t.Run(string(k.Kind)+"/"+c.name, func(t *testing.T) {
				report := k.report(t, base, c.target, c.on, c.permission)
				if len(report.Gaps) > 0 {
					t.Errorf("gaps: %s", show(t, report))
				}
				if c.check == "" {
					if len(report.Findings) > 0 {
						t.Errorf("want no finding: %s", show(t, report))
					}
					return
				}
				if len(report.Findings) != 1 {
					t.Fatalf("want one finding: %s", show(t, report))
				}
				f := report.Findings[0]
				if f.Check != c.check || !slices.Contains(f.Guide, row) || f.Function != worker || f.Resource != c.target || f.Principal != manner.In(fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"}).Principal || f.SourceARN != k.Source {
					t.Errorf("want a finding of %s, row %s, of %s by %s for %s:\n%s", c.check, row, k.Source, manner.Principal, c.target, show(t, report))
				}
				if !strings.Contains(f.Cause, c.words) || f.Symptom == "" || strings.ContainsAny(f.Symptom+f.Title+f.Cause, "{}") {
					t.Errorf("the cause does not say %q, or a text is incomplete:\n%s", c.words, show(t, report))
				}
				if !strings.Contains(f.Fix.SAM, "Permission") && !strings.Contains(f.Fix.SAM, "Events") || !strings.Contains(f.Fix.Terraform, "aws_lambda_permission") {
					t.Errorf("a form of the fix is missing: %+v", f.Fix)
				}
				if !f.Fix.InTemplate() || !strings.Contains(f.Fix.Summary, "stack case,") {
					t.Errorf("the fix does not begin with the stack's template: %s", f.Fix.Summary)
				}
				if f.Fix.Proof != finding.Proven {
					t.Errorf("the fix is %s: %s", f.Fix.Proof, f.Fix.ProofReason)
				}
			})
		}
	}
}

func TestEveryKindOfTriggerHasItsRows(t *testing.T) {
	_, cases := loadKinds(t)
	read := collect.Kinds()
	seen := map[fact.TriggerKind]bool{}
	for _, m := range fact.Manners() {
		if seen[m.Kind] {
			t.Errorf("two rows say how a %s calls", m.Kind)
		}
		seen[m.Kind] = true
		if m.Principal == "" || len(m.Requests) == 0 || m.SourceARN == 0 || m.SourceAccount == 0 ||
			!strings.HasPrefix(m.Page, "https://docs.aws.amazon.com/") {
			t.Errorf("%s: the principal, the requests, what the calls carry or the page is missing", m.Kind)
		}
		if !slices.Contains(read, m.Facts) {
			t.Errorf("%s: nothing reads %q", m.Kind, m.Facts)
		}
		row := catalog.RowOf(m.Kind)
		if !slices.ContainsFunc(catalog.All(), func(c check.Check) bool { return c.ID == row }) {
			t.Errorf("%s: no check decides row %q", m.Kind, row)
		}
		if !slices.ContainsFunc(cases, func(k kindOfTrigger) bool { return k.Kind == m.Kind }) {
			t.Errorf("%s: testdata/triggers.yaml has no such source", m.Kind)
		}
	}
	for _, k := range cases {
		if !seen[k.Kind] {
			t.Errorf("testdata/triggers.yaml: nothing says how a %s calls", k.Kind)
		}
	}
}

// allow is an inline policy that grants the action on the resource.
func allow(action, resource string) []any {
	return []any{map[string]any{"PolicyName": "invoke", "PolicyDocument": map[string]any{
		"Statement": []any{map[string]any{"Effect": "Allow", "Action": action, "Resource": resource}}}}}
}

func TestARefusalOfEveryKindOfCallerThatIsARoleIsFoundWhateverIsWrongWithTheRole(t *testing.T) {
	base, kinds := loadKinds(t)
	for _, k := range kinds {
		manner, _ := k.Kind.Manner()
		if !manner.ByRole {
			continue
		}
		changes := []struct {
			name, target, service string
			policies              []any
			action, words         string
		}{
			{name: "no permission", target: worker, action: "lambda:InvokeFunction", words: "No policy of caller"},
			{name: "another action", target: worker, policies: allow("lambda:GetFunction", worker), action: "lambda:InvokeFunction", words: "lambda:GetFunction"},
			{name: "another function", target: worker, policies: allow("lambda:InvokeFunction", worker+"-other"), action: "lambda:InvokeFunction", words: "worker-other"},
			{name: "the alias instead of the function", target: worker, policies: allow("lambda:InvokeFunction", live), action: "lambda:InvokeFunction", words: "worker:live"},
			{name: "the function instead of the alias", target: live, policies: allow("lambda:InvokeFunction", worker), action: "lambda:InvokeFunction", words: "without that qualifier"},
			{name: "the function instead of $LATEST", target: worker + ":$LATEST", policies: allow("lambda:InvokeFunction", worker), action: "lambda:InvokeFunction", words: "without that qualifier"},
			{name: "another service", target: worker, service: "lambda.amazonaws.com", policies: allow("lambda:InvokeFunction", worker), action: "sts:AssumeRole", words: "lambda.amazonaws.com"},
			{name: "as it should be", target: worker, policies: allow("lambda:InvokeFunction", worker)},
			{name: "as it should be, on the alias", target: live, policies: allow("lambda:InvokeFunction", worker+":*")},
			{name: "as it should be, with the managed policy", target: worker + ":$LATEST", policies: allow("lambda:InvokeFunction", "*")},
		}
		for _, c := range changes {
			t.Run(string(k.Kind)+"/"+c.name, func(t *testing.T) {
				properties := map[string]any{"RoleName": "caller", "AssumeRolePolicyDocument": map[string]any{"Statement": []any{map[string]any{
					"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"Service": cmp.Or(c.service, manner.Principal)}}}}}
				if c.policies != nil {
					properties["Policies"] = c.policies
				}
				for _, request := range manner.Requests[1:] { // what it needs besides is there
					properties["ManagedPolicyArns"] = []any{map[string]any{"Ref": "More"}}
					k.Resources["More"] = map[string]any{"Type": "AWS::IAM::ManagedPolicy", "Properties": map[string]any{
						"PolicyDocument": map[string]any{"Statement": []any{map[string]any{"Effect": "Allow", "Action": request.Action, "Resource": "*"}}}}}
				}
				one := k
				one.Resources = maps.Clone(k.Resources)
				one.Resources["Caller"] = map[string]any{"Type": "AWS::IAM::Role", "Properties": properties}
				report := one.report(t, base, c.target, "", nil)
				if len(report.Gaps) > 0 {
					t.Errorf("gaps: %s", show(t, report))
				}
				if c.action == "" {
					if len(report.Findings) > 0 {
						t.Errorf("want no finding: %s", show(t, report))
					}
					return
				}
				if len(report.Findings) != 1 {
					t.Fatalf("want one finding: %s", show(t, report))
				}
				f := report.Findings[0]
				if f.Check != "I5" || f.Function != worker || f.Resource != c.target || f.Role != "arn:aws:iam::123456789012:role/caller" ||
					f.SourceARN != k.Source || f.Action != c.action || f.Place != finding.PlaceInvoke || f.Qualifier == "$LATEST" {
					t.Errorf("want a finding of I5 of %s for %s:\n%s", k.Source, c.target, show(t, report))
				}
				if !strings.Contains(f.Cause, c.words) || f.Symptom == "" || strings.ContainsAny(f.Symptom+f.Title+f.Cause, "{}") {
					t.Errorf("the cause does not say %q, or a text is incomplete:\n%s", c.words, show(t, report))
				}
				if f.Fix.Proof != finding.Proven {
					t.Errorf("the fix is %s: %s", f.Fix.Proof, f.Fix.ProofReason)
				}
			})
		}
	}
}

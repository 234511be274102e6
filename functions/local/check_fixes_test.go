package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// unheard is an API that may not call its function: the permission holds the API's logical id as text.
const unheard = `
  Worker: {Type: 'AWS::Lambda::Function', Properties: {Role: !GetAtt Role.Arn}}
  Api: {Type: 'AWS::ApiGatewayV2::Api', Properties: {Name: notes, ProtocolType: HTTP, Target: !GetAtt Worker.Arn}}
  Topic: {Type: 'AWS::SNS::Topic', Properties: {Subscription: [{Protocol: lambda, Endpoint: !GetAtt Worker.Arn}]}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Worker, Action: 'lambda:InvokeFunction', Principal: apigateway.amazonaws.com, SourceArn: !Sub 'arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:Api/*'}
`

func TestAFixOfWhatTheCDKWroteNamesTheConstruct(t *testing.T) {
	const function = "Worker: {Type: 'AWS::Lambda::Function', "
	template := "Resources:" + role + strings.Replace(unheard, function, function+"Metadata: {'aws:cdk:path': 'Shop/Worker/Resource'}, ", 1)
	report, _ := checkJSON(t, exitFindings, write(t, "app.yaml", template))
	for _, f := range report.Findings {
		if !f.Fix.InTemplate() || !strings.HasSuffix(f.Fix.Summary, "the construct Shop/Worker/Resource: change that, and synthesize again.") {
			t.Errorf("%s: %s", f.Check, f.Fix.Summary)
		}
	}
}

func TestAFixPastedIntoTheTemplateLeavesNothingToFindInAnyAccount(t *testing.T) {
	template := "Resources:" + role + unheard
	report, _ := checkJSON(t, exitFindings, write(t, "app.yaml", template))
	if len(report.Findings) != 2 {
		t.Fatalf("findings %v", faults(report))
	}
	for i, f := range report.Findings {
		if strings.Contains(f.Fix.CloudFormation+f.Fix.SAM, "123456789012") {
			t.Errorf("%s: the fix for the template names the account that stands for the real one:\n%s%s", f.Check, f.Fix.CloudFormation, f.Fix.SAM)
		}
		var fix map[string]any
		if err := yaml.Unmarshal([]byte(f.Fix.CloudFormation), &fix); err != nil {
			t.Fatal(err)
		}
		for id, resource := range fix {
			text, err := yaml.Marshal(map[string]any{strings.Repeat("More", i+1) + id: resource})
			if err != nil {
				t.Fatal(err)
			}
			template += "  " + strings.TrimSuffix(strings.ReplaceAll(string(text), "\n", "\n  "), "  ")
		}
	}
	mended := write(t, "app.yaml", template)
	for _, where := range [][]string{nil, {"-account", "210987654321", "-region", "cn-north-1"}} {
		if report, _ := checkJSON(t, exitOK, append(where, mended)...); len(report.Findings) > 0 {
			t.Errorf("%v: %v\n%s", where, faults(report), template)
		}
	}
}

func TestWhatOneTemplateExportsOthersImportAndThePermissionGoesToItsSource(t *testing.T) {
	const worker = "Resources:" + role + "  Worker: {Type: 'AWS::Lambda::Function', Properties: {FunctionName: worker, Role: !GetAtt Role.Arn}}\nOutputs: {Worker: {Value: !GetAtt Worker.Arn, Export: {Name: worker}}}\n"
	const api = `
Resources:
  Api: {Type: 'AWS::ApiGatewayV2::Api', Properties: {Name: notes, ProtocolType: HTTP, Target: !ImportValue worker}}
`
	folder := t.TempDir()
	put := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	// The order of the files does not matter.
	first, second := put("b-api.yaml", api), put("a-worker.yaml", worker)
	for _, files := range [][]string{{first, second}, {second, first}} {
		report, _ := checkJSON(t, exitFindings, files...)
		if len(report.Findings) != 1 || len(report.Gaps) > 0 {
			t.Fatalf("findings %v, gaps %+v", faults(report), report.Gaps)
		}
		fix := report.Findings[0].Fix
		if !strings.HasPrefix(fix.Summary, "Change the template of the stack b-api, which makes the source") {
			t.Errorf("%s", fix.Summary)
		}
		for _, want := range []string{"Fn::ImportValue: worker", ":${Api}/*/"} {
			if !strings.Contains(fix.CloudFormation, want) || !strings.Contains(fix.SAM, want) {
				t.Errorf("no %q in\n%s%s", want, fix.CloudFormation, fix.SAM)
			}
		}
		mended := put("b-api.yaml", api+"  "+strings.TrimSuffix(strings.ReplaceAll(fix.CloudFormation, "\n", "\n  "), "  "))
		if after, _ := checkJSON(t, exitOK, second, mended); len(after.Findings)+len(after.Gaps) > 0 {
			t.Errorf("mended: %v, %+v", faults(after), after.Gaps)
		}
		put("b-api.yaml", api)
	}
	// Two stacks cannot export one name: which of them is meant is not known.
	third := put("c-other.yaml", strings.ReplaceAll(worker, "FunctionName: worker", "FunctionName: other"))
	if report, _ := checkJSON(t, exitOK, first, second, third); len(report.Findings) > 0 || len(report.Gaps) == 0 {
		t.Errorf("findings %v, gaps %+v", faults(report), report.Gaps)
	}
}

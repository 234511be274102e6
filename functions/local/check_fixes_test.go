package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/stack"

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

func TestTheOneChangeOfARoleAndNamesInFixesReferToTheTemplate(t *testing.T) {
	text := `
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  BucketPolicy:
    Type: AWS::S3::BucketPolicy
    Properties: {Bucket: !Ref Bucket, PolicyDocument: {Statement: [{Effect: Deny, Principal: "*", Action: "s3:GetObject", Resource: !Sub "${Bucket.Arn}/*"}]}}
  Queue: {Type: AWS::SQS::Queue}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      Policies:
        - PolicyName: big
          PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${Bucket.Arn}/*"}, {Effect: Allow, Action: "sns:Publish", Resource: "arn:aws:sns:us-east-1:123456789012:` + strings.Repeat("x", 10000) + `"}]}
  Worker: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn, Handler: x, Runtime: python3.12, Code: {ZipFile: x}}}
  Polls: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Worker, EventSourceArn: !GetAtt Queue.Arn}}
`
	template := write(t, "app.yaml", text)
	probe := write(t, "probe.yaml", "functions: ['*']\nneeds: [{actions: ['s3:GetObject'], resources: ['arn:aws:s3:::Bucket/']}, {send: Queue}]\n")
	report, _ := checkJSON(t, 0, "-fail-on", "none", "-probe", probe, template)
	var forms []string
	for i := range report.Findings {
		forms = append(forms, report.Findings[i].Fix.CloudFormation)
	}
	if len(report.Findings) != 4 || len(report.RoleFixes) != 1 {
		t.Fatalf("%v, %d changes of roles", faults(report), len(report.RoleFixes))
	}
	one := report.RoleFixes[0].Fix
	if !strings.Contains(one.CLI, "aws iam create-policy ") {
		t.Errorf("the role is nearly full: %s", one.CLI)
	}
	for form, text := range map[string]string{"CloudFormation": one.CloudFormation, "SAM": one.SAM} {
		for _, reference := range []string{"Roles:\n", "- Ref: Role\n", "- Queue\n", "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"} {
			if !strings.Contains(text, reference) {
				t.Errorf("%s lacks %q:\n%s", form, reference, text)
			}
		}
		if strings.Contains(text, "123456789012") {
			t.Errorf("%s names the account:\n%s", form, text)
		}
	}
	// The role is the template's own: SAM leaves out the Policies of functions that name one.
	if one.SAM != one.CloudFormation || !strings.Contains(one.CloudFormation, "ManagedPolicyArns:\n") || !strings.Contains(one.Summary, "the role is the resource Role.") {
		t.Errorf("%s\n%s\n%s", one.Summary, one.SAM, one.CloudFormation)
	}
	if all := strings.Join(forms, "\n"); !strings.Contains(all, "Bucket:\n      Ref: Bucket\n") {
		t.Errorf("the bucket is named, and not referred to:\n%s", all)
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

func TestAGrantStandsWithTheFunctionWhereSAMMakesItsRoleAndWithTheRoleWhereTheTemplateDoes(t *testing.T) {
	const head = "Transform: AWS::Serverless-2016-10-31\nResources:" + role +
		"  Queue: {Type: AWS::SQS::Queue}\n  Worker:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: src/\n      Handler: a.b\n      Runtime: python3.12\n"
	probe := write(t, "probe.yaml", "functions: ['*']\nneeds: [{send: Queue}]\n")
	for given, want := range map[string]string{"": "Policies:\n  - SQSSendMessagePolicy:\n", "      Role: !GetAtt Role.Arn\n": "Policies:\n  - PolicyName: "} {
		report, _ := checkJSON(t, 0, "-fail-on", "none", "-probe", probe, write(t, "app.yaml", head+given))
		at := slices.IndexFunc(report.Findings, func(f finding.Finding) bool { return f.Check == "R17" })
		if at < 0 {
			t.Fatalf("%q: %v", given, faults(report))
		}
		if fix := report.Findings[at].Fix; !strings.HasPrefix(fix.SAM, want) || strings.Contains(fix.Summary, "the role is the resource Role.") != (given != "") {
			t.Errorf("%q: %s\n%s", given, fix.Summary, fix.SAM)
		}
	}
}

func TestAFixRefersToParametersWhoseValuesAreNotKnown(t *testing.T) {
	text := "Parameters: {Stage: {Type: String}}\nResources:" + role + `
  Worker: {Type: AWS::Lambda::Function, Properties: {FunctionName: !Sub "worker-${Stage}", Role: !GetAtt Role.Arn}}
  Rule: {Type: AWS::Events::Rule, Properties: {Name: !Sub "nightly-${Stage}-x", Targets: [{Id: a, Arn: !GetAtt Worker.Arn}]}}
`
	template := write(t, "app.yaml", text)
	for _, files := range [][]string{{template}, {template, write(t, "other.yaml", "Resources: {Queue: {Type: AWS::SQS::Queue}}\n")}} {
		report, _ := checkJSON(t, exitOK, files...)
		if len(report.Findings) != 1 {
			t.Fatalf("%v", faults(report))
		}
		fix := report.Findings[0].Fix
		command := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(fix.CLI, "aws lambda", "printf '%s\\n'", 1))
		command.Env = []string{"Stage=prod $(x)"}
		out, err := command.Output()
		for _, word := range []string{"arn:aws:lambda:us-east-1:123456789012:function:worker-prod $(x)\n", "arn:aws:events:us-east-1:123456789012:rule/nightly-prod $(x)-x\n"} {
			if err != nil || !strings.Contains(string(out), word) {
				t.Errorf("%v: no word %q: %s\n%s", err, word, out, fix.CLI)
			}
		}
		if err := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(fix.CLI, "aws lambda", "printf '%s\\n'", 1)).Run(); err == nil {
			t.Error("the command runs without the value")
		}
		if !strings.Contains(fix.Terraform, `"arn:aws:events:us-east-1:123456789012:rule/nightly-${var.Stage}-x"`) || stack.HasUnknown(fix.CloudFormation+fix.SAM+fix.CLI+fix.Terraform) {
			t.Errorf("%s\n%s\n%s", fix.Terraform, fix.CloudFormation, fix.SAM)
		}
		mended := write(t, "mended.yaml", text+"  "+strings.ReplaceAll(fix.CloudFormation, "\n", "\n  "))
		if after, _ := checkJSON(t, exitOK, mended); len(after.Findings)+len(after.Gaps) > 0 {
			t.Errorf("%v %+v", faults(after), after.Gaps)
		}
	}
}

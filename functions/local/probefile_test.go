package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"
)

// declaring is a template whose role lacks everything but its log.
const declaring = `
Resources:
  Invoices:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: invoices, Role: !GetAtt Role.Arn}
  Other:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: other, Role: !GetAtt Role.Arn}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
`

func TestCheckTakesDeclaredNeedsFromAFileAndThePoliciesBesideIt(t *testing.T) {
	probe := write(t, "needs.yaml", "needs:\n  - {functions: invoices, read: \"s3://docs/a/\"}\n  - {functions: other, policy: calls.json}\n")
	policy := `{"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:123456789012:jobs"}]}`
	if err := os.WriteFile(filepath.Join(filepath.Dir(probe), "calls.json"), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	template := write(t, "app.yaml", declaring)
	report, _ := checkJSON(t, exitOK, "-fail-on", "none", "-probe", probe, template)
	have := faults(report)
	slices.Sort(have)
	if want := []string{"R17 invoices", "R17 other"}; !slices.Equal(have, want) {
		t.Errorf("want %v, have %v", want, have)
	}
	if report, _ = checkJSON(t, exitOK, template); len(report.Findings) > 0 {
		t.Errorf("without a file nothing is declared: %v", faults(report))
	}
}

func TestAWrongFileOfDeclaredNeedsIsOneLineAndNothingIsChecked(t *testing.T) {
	probe := write(t, "needs.yaml", "needs:\n  - read: \"s3://docs/*\"\n")
	template := write(t, "app.yaml", declaring)
	for _, command := range []string{"check", "run"} {
		code, out, errs := local(t, command, "-probe", probe, template)
		if code != exitError || out != "" || !strings.Contains(errs, probe+`:2:11: needs: read: "s3://docs/*" holds a wildcard`) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q", command, code, out, errs)
		}
	}
}

func TestTheDeployedFunctionChecksWhatItsFileAndItsEventDeclare(t *testing.T) {
	probe := write(t, "probe.yaml", "needs:\n  - {functions: invoices, policy: calls.json}\n")
	policy := `{"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:123456789012:jobs"}]}`
	if err := os.WriteFile(filepath.Join(filepath.Dir(probe), "calls.json"), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	event := write(t, "event.json", `{"check": {"functions": ["invoices"], "needs": [{"read": "s3://docs/a/"}]}}`)
	code, out, errs := local(t, "run", "-format", "json", "-probe", probe, "-event", event, write(t, "app.yaml", declaring))
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	var report finding.Report
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Findings) != 1 || report.Findings[0].Check != "R17" || report.Findings[0].Action != "s3:GetObject,sqs:SendMessage" {
		t.Fatalf("%s", out)
	}
	f := report.Findings[0]
	if f.Fix.Proof != finding.Proven || !strings.Contains(f.Symptom, "probe.yaml:2") || !strings.Contains(f.Symptom, "check.needs[0]") {
		t.Errorf("%+v", f)
	}
}

func TestTheDeployedFunctionIsQuietOnGrantedCallsLeavesGapsAndInfersFromTheEnvironment(t *testing.T) {
	const template = `
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: invoices-role
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
      Policies:
        - PolicyName: queue
          PolicyDocument: {Statement: [{Effect: Allow, Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-1:123456789012:jobs"}%s]}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: invoices
      Role: !GetAtt Role.Arn
      Environment: {Variables: {QUEUE: "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"}}
`
	run := func(statement, need string) (finding.Report, string) {
		event := write(t, "event.json", `{"check": {"functions": ["invoices"]`+need+`}}`)
		app := write(t, "app.yaml", strings.Replace(template, "%s", statement, 1))
		code, out, errs := local(t, "run", "-format", "json", "-probe", write(t, "probe.yaml", "functions: [invoices]\n"), "-event", event, app)
		var report finding.Report
		if err := json.Unmarshal([]byte(out), &report); code != exitOK || err != nil {
			t.Fatalf("exit code %d: %v %s", code, err, errs)
		}
		return report, out
	}
	r17 := func(report finding.Report) (gaps []finding.Gap) {
		for _, g := range report.Gaps {
			if g.Check == "R17" {
				gaps = append(gaps, g)
			}
		}
		return gaps
	}
	if report, out := run("", `, "needs": [{"actions": "sqs:SendMessage", "resources": "arn:aws:sqs:us-east-1:123456789012:jobs"}]`); len(report.Findings)+len(r17(report)) > 0 {
		t.Errorf("what is declared is granted:\n%s", out)
	}
	if report, out := run("", `, "needs": [{"assume": "arn:aws:iam::210987654321:role/ledger"}]`); len(report.Findings) != 1 || report.Findings[0].Action != "sts:AssumeRole" {
		t.Errorf("a role of another account that the policies do not let it assume:\n%s", out)
	}
	assume := `, {Effect: Allow, Action: "sts:AssumeRole", Resource: "*"}`
	if report, out := run(assume, `, "needs": [{"assume": "arn:aws:iam::210987654321:role/ledger"}]`); len(report.Findings) > 0 || len(r17(report)) == 0 {
		t.Errorf("nobody can read the trust policy of another account's role:\n%s", out)
	}
	deny := `, {Effect: Deny, Action: "sqs:*", Resource: "*"}`
	report, out := run(deny, "")
	if len(report.Findings) != 1 || report.Findings[0].Check != "R17" || report.Findings[0].Confidence != finding.Inferred {
		t.Errorf("a Deny takes away what an environment variable and a policy speak of:\n%s", out)
	}
}

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

package catalog_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"
)

// poor is a function whose role lacks most of what it needs, in one policy that was meant well.
const poor = `{"Resources": {
  "Role": {"Type": "AWS::IAM::Role", "Properties": {
    "RoleName": "poor", "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
    "Policies": [{"PolicyName": "files", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::files"}]}}]}},
  "Lost": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "lost"}},
  "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}},
  "Poor": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "poor", "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}, "TracingConfig": {"Mode": "Active"}, "DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": ["Lost", "Arn"]}}}},
  "Poll": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": {"Ref": "Poor"}, "EventSourceArn": {"Fn::GetAtt": ["Jobs", "Arn"]}}}
}}`

func TestWhatOneRoleLacksIsMendedByOneChange(t *testing.T) {
	scan := func(text []byte, file config.File) *finding.Report {
		world := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "poor.json", text, nil))
		defer world.Close()
		world.Scanner.File = file
		return world.Scan(t)
	}
	everything := config.File{Functions: []string{"*"}}
	before := scan([]byte(poor), everything)
	var checks []string
	for i := range before.Findings {
		checks = append(checks, before.Findings[i].Check)
		if f := &before.Findings[i]; f.Fix.Proof != finding.Proven || f.Fix.CLI == "" {
			t.Errorf("%s by itself is %s: %s", f.Check, f.Fix.Proof, f.Fix.ProofReason)
		}
	}
	slices.Sort(checks)
	if got := strings.Join(checks, " "); got != "R10 R3 R4 R7 R8 R9" {
		t.Fatalf("found %s", got)
	}
	if len(before.RoleFixes) != 1 || len(before.RoleFixes[0].Findings) != len(before.Findings) || before.RoleFixes[0].Fix.Proof != finding.Proven {
		t.Fatalf("%+v", before.RoleFixes)
	}
	one := before.RoleFixes[0].Fix
	if n := strings.Count(one.CLI, "put-role-policy"); n != 1 {
		t.Errorf("%d policies of its own: %s", n, one.CLI)
	}
	policy, err := iampolicy.Parse([]byte(one.Policy), iampolicy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d findings, one policy of %d statements and %d characters", len(before.Findings), len(policy.Statements()), len(one.Policy))
	for _, form := range []string{one.SAM, one.CloudFormation, one.Terraform} {
		for _, want := range []string{"arn:aws:s3:::files/*", "AWSLambdaVPCAccessExecutionRole"} {
			if !strings.Contains(form, want) {
				t.Errorf("a form does not hold %s: %s", want, form)
			}
		}
	}

	var template map[string]any
	if err := json.Unmarshal([]byte(poor), &template); err != nil {
		t.Fatal(err)
	}
	m := newMender(t, template, ownAccount)
	for _, words := range commands(one.CLI) {
		if why := m.run(words); why != "" {
			t.Fatalf("%q: %s", words, why)
		}
	}
	mended, _ := m.mended(t)
	if after := scan(mended, everything); len(after.Findings) > 0 || len(after.Gaps) > len(before.Gaps) {
		t.Errorf("after it: %s", show(t, after))
	}

	// What is muted is not granted on the way.
	everything.Mutes = []config.Mute{{Check: "R9", Reason: "no traces on purpose", Where: "probe.yaml:1"}}
	quiet := scan([]byte(poor), everything)
	if len(quiet.RoleFixes) != 1 || strings.Contains(fmt.Sprint(quiet.RoleFixes[0].Fix), "ray") || len(quiet.RoleFixes[0].Findings) != len(before.Findings)-1 {
		t.Errorf("%+v", quiet.RoleFixes)
	}
}

func TestWhatAGuardrailTakesFromTheOneChangeIsSaid(t *testing.T) {
	bounded := strings.Replace(poor, `"RoleName": "poor",`, `"RoleName": "poor", "PermissionsBoundary": {"Ref": "Bound"},`, 1)
	bounded = strings.Replace(bounded, `"Lost":`, `"Bound": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": "bound", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "NotAction": "xray:*", "Resource": "*"}]}}}, "Lost":`, 1)
	world := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "poor.json", []byte(bounded), nil))
	report := world.Scan(t)
	for i := range report.Findings {
		f := &report.Findings[i]
		if want := f.Check != "R9"; (f.Fix.Proof == finding.Proven) != want {
			t.Errorf("%s is %s: %s", f.Check, f.Fix.Proof, f.Fix.ProofReason)
		}
	}
	if len(report.RoleFixes) != 1 || report.RoleFixes[0].Fix.Proof != finding.Proven || len(report.RoleFixes[0].Findings) != 5 {
		t.Errorf("%+v", report.RoleFixes)
	}
}

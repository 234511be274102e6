package scan_test

import (
	"context"
	"testing"
	"time"

	"permprobe/shared/collect"
	"permprobe/shared/fact"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"

	"github.com/google/go-cmp/cmp"
)

const dated = `
Resources:
  Function: {Type: AWS::Lambda::Function, Properties: {FunctionName: app, Role: !GetAtt Role.Arn}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app-role
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: [!Ref Policy]
      PermissionsBoundary: !Ref Boundary
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties: {ManagedPolicyName: logs, PolicyDocument: {Statement: [{Effect: Allow, Action: "logs:*", Resource: "*"}]}}
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties: {ManagedPolicyName: bounds, PolicyDocument: {Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}
`

func TestTheDatesOfRolesAndPoliciesAreReadInBothModes(t *testing.T) {
	const role, policy = "arn:aws:iam::123456789012:role/app-role", "arn:aws:iam::123456789012:policy/logs"
	now := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	for mode, functions := range map[string][]string{"all": nil, "named": {"arn:aws:lambda:us-east-1:123456789012:function:app"}} {
		w := scantest.New(t, localaws.Options{
			Now: func() time.Time { return now }, Changed: map[string]time.Duration{role: time.Hour, policy: time.Minute},
		}, nil, scantest.Parse(t, "app.yaml", []byte(dated), nil))
		w.Scanner.Collector.Functions = functions
		facts := w.Scanner.Collector.Collect(context.Background(), collect.Selection{Matches: func(string, string) bool { return true }}, collect.Known{})
		have, known := facts.Roles[role].Value()
		if !known {
			t.Fatalf("%s: the role is not known", mode)
		}
		want := []fact.Change{{Policy: policy, Time: now.Add(-time.Minute)}, {
			Policy: "arn:aws:iam::123456789012:policy/bounds", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		}}
		if diff := cmp.Diff(want, have.Changes); diff != "" {
			t.Errorf("%s (-want +have):\n%s", mode, diff)
		}
		if !have.Created.Equal(now.Add(-time.Hour)) {
			t.Errorf("%s: the role was made at %s", mode, have.Created)
		}
	}
}

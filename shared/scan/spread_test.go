package scan_test

import (
	"strings"
	"testing"
	"time"

	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"
	"permprobe/shared/stack"
)

// logging is a function whose role has the managed policies.
func logging(managed string) []byte {
	return []byte(`
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app-role
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: [` + managed + `]
  Function: {Type: AWS::Lambda::Function, Properties: {FunctionName: app, Role: !GetAtt Role.Arn}}
`)
}

func TestADenyThatIsGoneWhenItIsDecidedAgainIsAGapAndNoFinding(t *testing.T) {
	const basic = "'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'"
	before, after := scantest.Parse(t, "app.yaml", logging(""), nil), scantest.Parse(t, "app.yaml", logging(basic), nil)
	spread := func(reads int) localaws.Options {
		return localaws.Options{Changed: map[string]time.Duration{"arn:aws:iam::123456789012:role/app-role": time.Minute}, Spread: &localaws.Spread{Before: []*stack.Stack{before}, Reads: reads}}
	}
	w := scantest.New(t, spread(1), nil, after)
	report := w.Scan(t)
	if len(report.Findings) > 0 {
		t.Errorf("a permission that was granted this moment is reported as missing: %v", facets(report.Findings))
	}
	spreading := false
	for _, g := range report.Gaps {
		spreading = spreading || g.Check == "R3" && strings.Contains(g.Reason, "still spreading a change (the role arn:aws:iam::123456789012:role/app-role was made at 2")
	}
	if !spreading {
		t.Errorf("no gap says that IAM is still spreading the change: %+v", report.Gaps)
	}
	if again := w.Scan(t); len(again.Findings)+len(again.Gaps) > 0 {
		t.Errorf("the next scan finds %v, gaps %+v", facets(again.Findings), again.Gaps)
	}
	// An answer that stays is told: nobody can know that it is old.
	if late := scantest.New(t, spread(100), nil, after).Scan(t); len(late.Findings) != 1 || late.Findings[0].Check != "R3" {
		t.Errorf("IAM denies all the time: %v, gaps %+v", facets(late.Findings), late.Gaps)
	}
}

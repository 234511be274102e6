package scan_test

import (
	"testing"

	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"
)

func TestWhereTagsMayNotBeReadAFixSaysNothingOfStacks(t *testing.T) {
	const stack = `{"Resources":{
		"Role":{"Type":"AWS::IAM::Role","Properties":{"AssumeRolePolicyDocument":{"Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]},
			"ManagedPolicyArns":["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]}},
		"Function":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"worker","Role":{"Fn::GetAtt":["Role","Arn"]}}},
		"Permission":{"Type":"AWS::Lambda::Permission","Properties":{"FunctionName":{"Ref":"Function"},"Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com"}}}}`
	for _, c := range []struct {
		name   string
		faults []localaws.Fault
		first  bool
	}{
		{"readable", nil, true},
		{"refused", []localaws.Fault{{Service: "tagging", Operation: "GetResources", Code: "AccessDeniedException"}}, false},
	} {
		w := scantest.New(t, localaws.Options{Faults: c.faults}, nil, scantest.Parse(t, "shop.json", []byte(stack), nil))
		report := w.Scan(t)
		// Data sources of CloudWatch are known by a tag: where tags may not be read, they are a gap.
		if len(report.Findings) != 1 || (len(report.Gaps) > 0) == c.first {
			t.Fatalf("%s: %d findings, gaps %v", c.name, len(report.Findings), report.Gaps)
		}
		if got := report.Findings[0].Fix.InTemplate(); got != c.first {
			t.Errorf("%s: template first is %t: %s", c.name, got, report.Findings[0].Fix.Summary)
		}
	}
}

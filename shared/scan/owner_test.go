package scan_test

import (
	"strings"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/render"
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

func TestAFixSaysWhichTemplateOwnsWhatIsToBeChanged(t *testing.T) {
	// made is a function that its bucket may not call for want of a source, and that may write no logs, as it is in an account.
	made := func(logical, role, tags string) string {
		return `{"Resources":{
		"Role":{"Type":"AWS::IAM::Role","Properties":{"RoleName":"` + role + `","AssumeRolePolicyDocument":{"Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}}},
		"` + logical + `":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"worker","Role":{"Fn::GetAtt":["Role","Arn"]},"Tags":[` + tags + `]}},
		"Permission":{"Type":"AWS::Lambda::Permission","Properties":{"FunctionName":{"Ref":"` + logical + `"},"Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com"}}}}`
	}
	const sam = `{"Key":"lambda:createdBy","Value":"SAM"}`
	for name, c := range map[string]struct {
		template     string
		invoke, role string // how the summaries begin
		forms        []string
	}{
		"CloudFormation": {made("Worker", "worker-role", ""), "Change the template of the stack shop, which owns the function, and deploy it;", "Attach ", []string{"in CloudFormation:", "aws lambda ", "or as SAM:", "or as Terraform:"}},
		"SAM":            {made("Worker", "shop-WorkerRole-1A2B3C4D", sam), "Change the template of the stack shop (made with SAM), which owns the function, and deploy it;", "Change the template of the stack shop (made with SAM), which owns the function and, as its name says, the role, and deploy it;", []string{"in SAM:", "aws lambda ", "or as CloudFormation:", "or as Terraform:"}},
		"CDK":            {made("Worker28152B2C", "shop-WorkerRole28152B2C-aB3x", ""), "Change the template of the stack shop (by the form of its names made with the CDK: change the app), which owns the function, and", "Change the template of the stack shop (by the form of its names made with the CDK: change the app), which owns the function and, as its name says, the role, and", []string{"in CloudFormation:", "aws lambda ", "or as SAM:", "or as Terraform:"}},
		"a number":       {made("Worker20261121", "worker-role", ""), "Change the template of the stack shop, which owns the function, and deploy it;", "Attach ", []string{"in CloudFormation:", "aws lambda ", "or as SAM:", "or as Terraform:"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "shop.json", []byte(c.template), nil))
			report := w.Scan(t)
			if len(report.Findings) != 2 {
				t.Fatalf("%d findings", len(report.Findings))
			}
			for _, f := range report.Findings {
				want := c.invoke
				if f.Place == finding.PlaceExecutionRole {
					want = c.role
				}
				if !strings.HasPrefix(f.Fix.Summary, want) {
					t.Errorf("%s: %s", f.Check, f.Fix.Summary)
				}
				for _, l := range render.Languages() {
					one := *report
					one.Findings, one.RoleFixes = []finding.Finding{f}, nil
					text := l.Text(&one)
					if l == render.Japanese {
						if strings.Contains(f.Fix.Summary, finding.MadeWithSAM) != strings.Contains(text, "SAM テンプレートを先に変更") {
							t.Errorf("%s: %s", f.Check, text)
						}
						continue
					}
					for _, form := range c.forms {
						_, after, found := strings.Cut(text, form)
						if !found && f.Place == finding.PlaceInvoke {
							t.Errorf("%s: %q is not there, or not in its place:\n%s", f.Check, form, l.Text(&one))
							break
						}
						text = after
					}
				}
			}
		})
	}
}

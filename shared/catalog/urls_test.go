package catalog_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"
)

// permission is the source's permission of the name with some properties changed.
func (k *kindOfTrigger) permission(t *testing.T, name string, changes map[string]any) map[string]any {
	t.Helper()
	resource, ok := k.Resources[name].(map[string]any)
	if !ok {
		t.Fatalf("testdata/triggers.yaml: %s has no resource %s", k.Kind, name)
	}
	properties := maps.Clone(resource["Properties"].(map[string]any))
	maps.Copy(properties, changes)
	return map[string]any{"Type": resource["Type"], "Properties": properties}
}

func TestARefusalOfAFunctionURLIsFoundWhicheverPermissionIsWrong(t *testing.T) {
	const forURL, forCall = "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"
	type change map[string]any
	base, kinds := loadKinds(t)
	for _, k := range kinds {
		if !k.Kind.IsURL() {
			continue
		}
		public := k.Kind == "public function URL"
		principal := "*"
		if !public {
			principal = "arn:aws:iam::210987654321:root"
		}
		type test struct {
			name, target string
			url, call    change // nil for no permission
			check        string
			missing      []string
			words        string
		}
		as := change{}
		tests := []test{
			{name: "as it should be", target: worker, url: as, call: as},
			{name: "as it should be, on the alias", target: live, url: as, call: as},
			{name: "no permission to invoke", target: worker, url: as, check: "I6", missing: []string{forCall}, words: "does not give"},
			{name: "no permission for the URL", target: worker, call: as, check: "I6", missing: []string{forURL}, words: "does not give"},
			{name: "no permission to invoke the alias", target: live, url: as, check: "I6", missing: []string{forCall}, words: "The URL is that of live"},
			{name: "the function instead of the alias for one", target: live, url: as, call: change{"FunctionName": worker}, check: "I3", missing: []string{forCall}, words: "without a qualifier"},
			{name: "the alias instead of the function for one", target: worker, url: as, call: change{"FunctionName": live}, check: "I3", missing: []string{forCall}, words: "worker:live"},
		}
		if public {
			tests = append(tests,
				test{name: "another caller for the URL", target: worker, url: change{"Principal": "210987654321"}, call: as, check: "I6", missing: []string{forURL}, words: "210987654321"},
				test{name: "no permission", target: worker, check: "I6", missing: []string{forURL, forCall}, words: "neither"},
				test{name: "no permission on the alias", target: live, check: "I6", missing: []string{forURL, forCall}, words: "neither"},
				test{name: "the function instead of the alias for both", target: live, url: change{"FunctionName": worker}, call: change{"FunctionName": worker}, check: "I3", missing: []string{forURL, forCall}, words: "without a qualifier"},
				test{name: "another kind of URL", target: worker, url: change{"FunctionUrlAuthType": "AWS_IAM", "PrincipalOrgID": "o-1234567890"}, call: as, check: "I6", missing: []string{forURL}, words: "lambda:FunctionUrlAuthType"},
			)
		} else {
			tests = append(tests, test{name: "no permission, which callers may have themselves", target: worker})
		}
		for _, c := range tests {
			t.Run(string(k.Kind)+"/"+c.name, func(t *testing.T) {
				one := k
				one.Resources = map[string]any{"Url": k.Resources["Url"]}
				if c.target == live {
					one.Resources["Url"] = map[string]any{"Type": "AWS::Lambda::Url", "Properties": map[string]any{
						"AuthType": k.permission(t, "Url", nil)["Properties"].(map[string]any)["AuthType"], "TargetFunctionArn": worker, "Qualifier": "live"}}
				}
				if c.url != nil {
					one.Resources["ForUrl"] = k.permission(t, "ForUrl", c.url)
				}
				if c.call != nil {
					one.Resources["ForCall"] = k.permission(t, "ForCall", c.call)
				}
				report := one.report(t, base, c.target, "", nil)
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
				if f.Check != c.check || !slices.Contains(f.Guide, "I6") || f.Function != worker || f.Resource != c.target || f.Principal != principal || f.Severity != finding.Medium || f.Action != c.missing[0] {
					t.Errorf("want a finding of %s on %v for %s by %s:\n%s", c.check, c.missing, c.target, principal, show(t, report))
				}
				if !strings.Contains(f.Cause, c.words) || !strings.Contains(f.Title, strings.Join(c.missing, " and ")) || strings.ContainsAny(f.Symptom+f.Title+f.Cause, "{}") {
					t.Errorf("the cause does not say %q, or the title %v:\n%s", c.words, c.missing, show(t, report))
				}
				if f.Fix.Proof != finding.Proven {
					t.Errorf("the fix is %s: %s", f.Fix.Proof, f.Fix.ProofReason)
				}
				forms := map[string][3]string{
					forURL:  {"--function-url-auth-type", "FunctionUrlAuthType: ", "function_url_auth_type "},
					forCall: {"--invoked-via-function-url", "InvokedViaFunctionUrl: true", "invoked_via_function_url = \"true\""},
				}
				for _, action := range []string{forURL, forCall} {
					want := slices.Contains(c.missing, action)
					form := forms[action]
					if strings.Contains(f.Fix.CLI, form[0]) != want || strings.Contains(f.Fix.CloudFormation, form[1]) != want ||
						strings.Contains(f.Fix.SAM, form[1]) != want || strings.Contains(f.Fix.Terraform, form[2]) != want {
						t.Errorf("the fix for %s is in the forms: %+v, want it: %t", action, f.Fix, want)
					}
				}
			})
		}
	}
}

package remedy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// holding are facts whose role has an inline policy of so many characters as IAM counts them, and so many managed ones.
func holding(t *testing.T, inline, attached int) *fact.Facts {
	t.Helper()
	f := facts(t, otherTrust, "")
	text := func(fill int) string {
		return `{"Version": "2012-10-17",   "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:123456789012:` + strings.Repeat("q", fill) + "\"}]}"
	}
	var policies []*iampolicy.Policy
	if inline > 0 {
		policy := parse(t, text(inline-parse(t, text(0), iampolicy.Identity).Size()), iampolicy.Identity).WithName("inline policy big of notes-role")
		if policy.Size() != inline {
			t.Fatalf("the policy has %d characters", policy.Size())
		}
		policies = append(policies, policy)
	}
	for i := range attached {
		policies = append(policies, parse(t, text(1), iampolicy.Identity).WithName(fmt.Sprintf("arn:aws:iam::123456789012:policy/p%d", i)))
	}
	role, _ := f.Roles[roleARN].Value()
	role.Policies = fact.Known(policies)
	f.Roles[roleARN] = fact.Known(role)
	return f
}

func readDecision(key string) *decide.Decision {
	return &decide.Decision{Verdict: decide.Denied, Need: &need.Need{
		Kind: need.Identity, Role: roleARN, Action: "s3:GetObject", Grant: "arn:aws:s3:::b/" + key, Resource: "arn:aws:s3:::b/" + key, Function: fact.FunctionRef{ARN: functionARN},
	}, Question: decide.Question{Role: roleARN, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/" + key}}
}

func TestAPolicyThatDoesNotFitInTheRoleIsAManagedOne(t *testing.T) {
	f := &finding.Finding{ID: "1a", Role: roleARN, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Place: finding.PlaceExecutionRole}
	own := For(holding(t, 0, 0), f, []*decide.Decision{readDecision("k")}).Fix.Policy
	size := len(own)
	const inline = "Give notes-role an inline policy with the permissions that it lacks."
	long := strings.Repeat("k", 6200)
	for name, c := range map[string]struct {
		inline, attached int
		key              string
		managed          bool
		summary          string // is within
	}{
		"an empty role":                         {0, 0, "k", false, inline},
		"exactly as much as fits":               {10240 - size, 10, "k", false, inline},
		"one character too many":                {10241 - size, 9, "k", true, "Give notes-role a managed policy with the permissions that it lacks. It is a managed policy, because the inline policies of a role may have 10240 characters together, of which "},
		"no place for a managed one":            {10241 - size, 10, "k", true, "First detach one that is not needed, or have the quota raised: 10 managed policies are attached of 10 that a role may have by default."},
		"a quota that was raised":               {10241 - size, 12, "k", true, "this one would take " + fmt.Sprint(size) + "."},
		"too long for a managed one":            {5000, 0, long, true, "First make room or divide it: this policy has 6"},
		"too long for a managed one, and fits":  {1000, 0, long, false, inline},
		"nothing is known of the role's others": {-1, 0, "k", false, inline},
	} {
		known := holding(t, max(c.inline, 0), c.attached)
		if c.inline < 0 {
			known = facts(t, otherTrust, "")
		}
		f.Resource = "arn:aws:s3:::b/" + c.key
		fix := For(known, f, []*decide.Decision{readDecision(c.key)}).Fix
		if !strings.Contains(fix.Summary, c.summary) || strings.HasSuffix(c.summary, "lacks.") && fix.Summary != c.summary {
			t.Errorf("%s: %s", name, fix.Summary)
		}
		put := "aws iam put-role-policy --role-name notes-role --policy-name permprobe-1a --policy-document '" + fix.Policy + "'"
		if c.managed {
			put = "aws iam create-policy --policy-name permprobe-1a --policy-document '" + fix.Policy + "' && " +
				"aws iam attach-role-policy --role-name notes-role --policy-arn arn:aws:iam::123456789012:policy/permprobe-1a"
		}
		if diff := cmp.Diff(put, fix.CLI); diff != "" {
			t.Errorf("%s (-want +command)\n%s", name, diff)
		}
		for form, text := range map[string]string{"CloudFormation": fix.CloudFormation, "SAM": fix.SAM, "Terraform": fix.Terraform} {
			want := map[string]string{"CloudFormation": "AWS::IAM::ManagedPolicy", "SAM": "AWS::IAM::ManagedPolicy", "Terraform": `= aws_iam_policy.permprobe_1a.arn`}[form]
			if strings.Contains(text, want) != c.managed {
				t.Errorf("%s: %s is\n%s", name, form, text)
			}
		}
	}
}

func TestAManagedPolicyOfATemplateHoldsThePolicyAndNamesTheRole(t *testing.T) {
	f := &finding.Finding{ID: "1a", Role: roleARN, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Place: finding.PlaceExecutionRole}
	fix := For(holding(t, 10240, 0), f, []*decide.Decision{readDecision("k")}).Fix
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				Roles          []string
				PolicyDocument map[string]any
			}
		}
	}
	var any map[string]any
	if err := yaml.Unmarshal([]byte(fix.SAM), &any); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(any)
	if err != nil || json.Unmarshal(text, &template) != nil {
		t.Fatal(err, string(text))
	}
	one := template.Resources["RolePolicy"]
	policy, err := json.Marshal(one.Properties.PolicyDocument)
	if err != nil || one.Type != "AWS::IAM::ManagedPolicy" || !cmp.Equal(one.Properties.Roles, []string{"notes-role"}) || !sameJSON(t, string(policy), fix.Policy) {
		t.Errorf("%v %+v", err, one)
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		t.Fatalf("no JSON: %s, %s", a, b)
	}
	return cmp.Equal(x, y)
}

func TestWhereNoPlaceIsLeftForManagedPoliciesTheNarrowPolicyIsGiven(t *testing.T) {
	f, decisions := logFinding()
	for attached, want := range map[int]bool{9: true, 10: false} {
		fix := For(holding(t, 0, attached), f, decisions).Fix
		if have := strings.Contains(fix.CLI, "attach-role-policy"); have != want || strings.Contains(fix.CLI, "put-role-policy") == want {
			t.Errorf("with %d attached: %s", attached, fix.CLI)
		}
	}
}

func TestAPolicyThatTakesThePlaceOfAnEarlierOneOfItsNameNeedsNoRoomBesideIt(t *testing.T) {
	f := &finding.Finding{ID: "1a", Role: roleARN, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Place: finding.PlaceExecutionRole}
	for name, want := range map[string]string{"inline policy permprobe-1a of notes-role": "put-role-policy", "inline policy permprobe-1b of notes-role": "create-policy"} {
		known := holding(t, 10200, 0)
		role, _ := known.Roles[roleARN].Value()
		policies, _ := role.Policies.Value()
		role.Policies = fact.Known([]*iampolicy.Policy{policies[0].WithName(name)})
		known.Roles[roleARN] = fact.Known(role)
		if fix := For(known, f, []*decide.Decision{readDecision("k")}).Fix; !strings.Contains(fix.CLI, want) {
			t.Errorf("beside %s: %s", name, fix.CLI)
		}
	}
}

func TestOneChangeForARoleCountsWhatTheRoleHolds(t *testing.T) {
	made := func(inline, attached, length int) (*Together, []Plan) {
		known := holding(t, inline, attached)
		var findings []*finding.Finding
		var plans []Plan
		for i := range 3 {
			key := fmt.Sprint(i) + strings.Repeat("k", length)
			f := &finding.Finding{ID: fmt.Sprint("id", i), Role: roleARN, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/" + key, Place: finding.PlaceExecutionRole, Confidence: finding.Certain, Status: finding.StatusNew}
			findings = append(findings, f)
			plans = append(plans, For(known, f, []*decide.Decision{readDecision(key)}))
		}
		if all := Merge(known, findings, plans); len(all) == 1 {
			return all[0], plans
		}
		return nil, plans
	}
	one, _ := made(0, 10, 1)
	if one == nil || !strings.Contains(one.Fix.CLI, "put-role-policy") || !strings.Contains(one.Fix.Summary, "one inline policy") {
		t.Errorf("in an empty role: %+v", one)
	}
	one, _ = made(10100, 3, 1)
	if one == nil || !strings.Contains(one.Fix.CLI, "create-policy") || !strings.Contains(one.Fix.Summary, "a managed policy with everything") || !strings.Contains(one.Fix.Summary, "of which 10100 are taken") {
		t.Errorf("in a role that is nearly full: %+v", one)
	}
	if one, plans := made(10200, 10, 1); one != nil || !strings.Contains(plans[0].Fix.Summary, "have the quota raised") {
		t.Errorf("in a role that is full: %+v", one)
	}
	if one, _ = made(8000, 0, 2500); one != nil {
		t.Errorf("with a policy that is too long: %+v", one)
	}
}

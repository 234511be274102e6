package remedy

import (
	"fmt"
	"strings"
	"testing"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

const identityARN = "arn:aws:ses:eu-west-1:210987654321:identity/a/b@shop.example"

// heldIdentity is an identity with policies by their names and statements, one text for each statement.
func heldIdentity(t *testing.T, parts ...[]string) fact.Target {
	t.Helper()
	target := fact.Target{Kind: fact.TargetIdentity, ARN: identityARN, Account: "210987654321", Policy: fact.Absent[fact.ResourcePolicy]()}
	var all []string
	for _, p := range parts {
		target.Parts = append(target.Parts, fact.PolicyPart{Name: p[0], JSON: `{"Version":"2012-10-17","Statement":[` + strings.Join(p[1:], ",") + `]}`, Statements: len(p) - 1})
		all = append(all, p[1:]...)
	}
	if len(parts) > 0 {
		text := `{"Version":"2012-10-17","Statement":[` + strings.Join(all, ",") + `]}`
		target.Policy = fact.Known(fact.ResourcePolicy{Policy: parse(t, text, iampolicy.Resource), JSON: text})
	}
	return target
}

func identityStatement(sid, effect, who, action string) string {
	return fmt.Sprintf(`{"Sid":%q,"Effect":%q,"Principal":{"AWS":%q},"Action":%q,"Resource":%q}`, sid, effect, who, action, identityARN)
}

// openedIdentity is the fix for calls that the identity refuses; denying are the places of what denies each.
func openedIdentity(t *testing.T, target fact.Target, calls map[string][]int, order ...string) finding.Fix {
	t.Helper()
	var refused []*decide.Decision
	for _, action := range order {
		d := refusedBy(action, identityARN, fact.TargetIdentity)
		d.ByTarget, d.Refusal.Target, d.Refusal.Denying, d.Refusal.Explicit = true, target, calls[action], len(calls[action]) > 0
		refused = append(refused, d)
	}
	return openTarget(facts(t, otherTrust, ""), &finding.Finding{ID: "1a", Role: roleARN}, refused)
}

func TestWhatNoPolicyOfAnIdentityAllowsOneMoreAllowsAndTheOthersStay(t *testing.T) {
	target := heldIdentity(t, []string{"theirs", identityStatement("Theirs", "Allow", "210987654321", "ses:SendEmail")},
		[]string{"permprobe-1a", identityStatement("permprobe1a", "Allow", roleARN, "ses:SendBounce")})
	fix := openedIdentity(t, target, nil, "ses:SendEmail")
	if fix.Proof != finding.Proven || strings.Count(fix.CLI, "put-identity-policy") != 1 || strings.Contains(fix.CLI, "Theirs") || strings.Contains(fix.CLI, "SendBounce") ||
		!strings.Contains(fix.CLI, "--identity a/b@shop.example --policy-name permprobe-1a-2 ") || !strings.Contains(fix.CLI, "--region eu-west-1") {
		t.Errorf("%+v", fix)
	}
	if !strings.Contains(fix.Terraform, `resource "aws_ses_identity_policy"`) || !strings.Contains(fix.Terraform, `identity = "`+identityARN+`"`) || fix.CloudFormation != "" ||
		!strings.Contains(fix.Summary, "CloudFormation has no type for policies of identities") {
		t.Errorf("%+v", fix)
	}
}

func TestEachPolicyOfAnIdentityThatDeniesIsWrittenAgainWhole(t *testing.T) {
	target := heldIdentity(t,
		[]string{"a", identityStatement("Stays", "Allow", "210987654321", "ses:SendBounce"), identityStatement("No", "Deny", roleARN, "ses:SendEmail")},
		[]string{"b", identityStatement("Other", "Deny", "210987654321", "ses:SendEmail")},
		[]string{"c", identityStatement("Never", "Deny", roleARN, "ses:Send*")})
	fix := openedIdentity(t, target, map[string][]int{"ses:SendEmail": {1, 3}, "ses:SendRawEmail": {3}}, "ses:SendEmail", "ses:SendRawEmail")
	for _, part := range []string{"--policy-name a ", "--policy-name c ", "Stays", `"Sid":"No"`, "Never"} {
		if strings.Count(fix.CLI, part) != 1 {
			t.Errorf("%q is not there once: %s", part, fix.CLI)
		}
	}
	if strings.Contains(fix.CLI, "Other") || fix.Policy != "" || strings.Count(fix.Terraform, "aws_ses_identity_policy") != 2 {
		t.Errorf("%+v", fix)
	}
	// Nothing grants another account what was denied.
	if fix.Proof != finding.Refused || !strings.HasPrefix(fix.Summary, "Exempt ") || !strings.Contains(fix.Summary, "policy a, c of the SES identity a/b@shop.example") {
		t.Errorf("%+v", fix)
	}
}

func TestWhatOnePolicyOfAnIdentityDeniesAndNoneAllowsTakesTwo(t *testing.T) {
	target := heldIdentity(t, []string{"a", identityStatement("No", "Deny", roleARN, "ses:SendEmail"), identityStatement("Yes", "Allow", roleARN, "ses:SendEmail")})
	fix := openedIdentity(t, target, map[string][]int{"ses:SendEmail": {0}}, "ses:SendEmail", "ses:SendRawEmail")
	if fix.Proof != finding.Proven || strings.Count(fix.CLI, "put-identity-policy") != 2 || !strings.Contains(fix.CLI, "--policy-name permprobe-1a ") ||
		!strings.Contains(fix.Summary, "Add a policy for what no statement allows, too.") {
		t.Errorf("%+v", fix)
	}
}

func TestAFixThatSESWouldNotTakeIsNotProven(t *testing.T) {
	var full [][]string
	for i := range mostPolicies {
		full = append(full, []string{fmt.Sprintf("p%d", i), identityStatement("S", "Allow", "210987654321", "ses:SendBounce")})
	}
	if fix := openedIdentity(t, heldIdentity(t, full...), nil, "ses:SendEmail"); fix.Proof != finding.Unproven || fix.CLI != "" || !strings.HasPrefix(fix.ProofReason, "the identity has 20 policies") {
		t.Errorf("%+v", fix)
	}
	full[0] = append(full[0], identityStatement("No", "Deny", roleARN, "ses:SendEmail"), identityStatement("Yes", "Allow", roleARN, "ses:SendEmail"))
	if fix := openedIdentity(t, heldIdentity(t, full...), map[string][]int{"ses:SendEmail": {1}}, "ses:SendEmail"); fix.Proof != finding.Proven {
		t.Errorf("a policy that is written again takes no further place: %+v", fix)
	}
	long := []string{"long", identityStatement("No", "Deny", roleARN, "ses:SendEmail"), identityStatement(strings.Repeat("x", mostOfPolicy-500), "Allow", roleARN, "ses:SendEmail")}
	if fix := openedIdentity(t, heldIdentity(t, long), map[string][]int{"ses:SendEmail": {0}}, "ses:SendEmail"); fix.Proof != finding.Unproven || fix.CLI != "" || !strings.HasPrefix(fix.ProofReason, "policy long would be ") {
		t.Errorf("%+v", fix)
	}
}

package remedy

import (
	"fmt"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// admit adds to the trust policy of the role that is to be assumed the statement that lets the caller. IAM replaces
// trust policies as a whole, so the whole document is given.
func admit(facts *fact.Facts, f *finding.Finding, d *decide.Decision) finding.Fix {
	target, _ := facts.Roles[d.Need.Resource].Value()
	name := fact.RoleName(d.Need.Resource)
	fix := finding.Fix{Summary: fmt.Sprintf("Let %s assume %s: add a statement for it to the trust policy of %s.", fact.RoleName(f.Role), name, name)}
	doc, err := extend(target.TrustJSON, statement{
		Effect: "Allow", Principal: map[string]string{"AWS": d.Need.Role}, Action: d.Need.Action,
	})
	if err != nil {
		return unproven(fix, err)
	}
	if fix.Policy, err = compactJSON(doc); err != nil {
		return unproven(fix, err)
	}
	fix.CLI = command("aws", "iam", "update-assume-role-policy", "--role-name", name, "--policy-document", fix.Policy)
	if fix.CloudFormation, err = yamlText(map[string]any{"AssumeRolePolicyDocument": doc}); err != nil {
		return unproven(fix, err)
	}
	if fix.Terraform, err = terraformTrust(doc); err != nil {
		return unproven(fix, err)
	}
	policy, err := iampolicy.Parse([]byte(fix.Policy), iampolicy.Trust)
	if err != nil {
		return unproven(fix, err)
	}
	again, err := decide.AssumeCase(facts, d, policy)
	if err != nil {
		return unproven(fix, err)
	}
	return proved(fix, again)
}

package remedy

import (
	"fmt"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// trust keeps the role's trust policy and adds the statement that lets Lambda assume the role. IAM replaces
// trust policies as a whole, so the whole document is given.
func trust(facts *fact.Facts, d *decide.Decision) finding.Fix {
	role, _ := facts.Roles[d.Need.Role].Value()
	name := fact.RoleName(d.Need.Role)
	fix := finding.Fix{Summary: fmt.Sprintf("Let %s assume %s: add a statement for it to the role's trust policy.",
		d.Need.Principal, name)}
	doc, err := extend(role.TrustJSON, statement{
		Effect:    "Allow",
		Principal: map[string]string{"Service": d.Need.Principal},
		Action:    d.Need.Action,
	})
	if err != nil {
		return unproven(fix, err)
	}
	text, err := compactJSON(doc)
	if err != nil {
		return unproven(fix, err)
	}
	fix.Policy = text
	fix.CLI = command("aws", "iam", "update-assume-role-policy", "--role-name", name, "--policy-document", text)
	if fix.CloudFormation, err = yamlText(map[string]any{"AssumeRolePolicyDocument": doc}); err != nil {
		return unproven(fix, err)
	}
	if fix.Terraform, err = terraformTrust(doc); err != nil {
		return unproven(fix, err)
	}
	policy, err := iampolicy.Parse([]byte(text), iampolicy.Trust)
	if err != nil {
		return unproven(fix, err)
	}
	return proved(fix, decide.TrustCase(facts, d, policy))
}

func unproven(fix finding.Fix, err error) finding.Fix {
	fix.Proof, fix.ProofReason = finding.Unproven, err.Error()
	return fix
}

// proved decides the cases again with the fix applied.
func proved(fix finding.Fix, cases ...*iampolicy.Case) finding.Fix {
	fix.Proof, fix.ProofReason = finding.Proven, ""
	for _, c := range cases {
		result := c.Decide()
		switch result.Decision {
		case iampolicy.Allowed:
		case iampolicy.ExplicitDeny, iampolicy.ImplicitDeny:
			fix.Proof = finding.Refused
			fix.ProofReason = fmt.Sprintf("with the fix applied %s on %s is still refused (%s)", c.Action, c.Resource, result.Decision)
			return fix
		default:
			fix.Proof = finding.Unproven
			fix.ProofReason = "with the fix applied the decision depends on what is not known: " + result.Reason
		}
	}
	return fix
}

package remedy

import (
	"fmt"
	"slices"
	"strings"

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
		Condition: bySource(d),
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

// bySource keeps to the source of the call, or to its account, what the statement that almost lets the service in keeps to another one.
// Nil where no condition of it does.
//
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html#permissions-executionrole-api
func bySource(d *decide.Decision) map[string]any {
	if d.Element != "Condition" {
		return nil
	}
	policy, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[`+d.Statement+`]}`), iampolicy.Trust)
	if err != nil {
		return nil
	}
	keep := map[string]any{}
	for key, operator := range map[string]string{"aws:SourceArn": "ArnLike", "aws:SourceAccount": "StringEquals"} {
		kept := slices.ContainsFunc(policy.Statements()[0].Conditions(), func(c iampolicy.Condition) bool { return strings.EqualFold(c.Key, key) })
		if sent := d.Need.Context[key]; kept && len(sent) == 1 {
			keep[operator] = map[string]any{key: sent[0]}
		}
	}
	if len(keep) == 0 {
		return nil
	}
	return keep
}

func unproven(fix finding.Fix, err error) finding.Fix {
	fix.Proof, fix.ProofReason = finding.Unproven, err.Error()
	return fix
}

// proved decides the cases again with the fix applied.
func proved(fix finding.Fix, cases ...*iampolicy.Case) finding.Fix {
	fix.Proof, fix.ProofReason = finding.Proven, ""
	for _, c := range cases {
		result := decide.Settle(c)
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

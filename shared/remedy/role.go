package remedy

import (
	"fmt"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// existingRole stands in commands for what only the function's owner knows. As an argument it is refused, so
// that nothing happens to who pastes it as it is.
const existingRole = "<ARN of an existing role>"

// replaceRole points the function at a role that exists. Which one is not for us to say: a role that
// happens to fit today may grant far more than the function needs.
func replaceRole(facts *fact.Facts, d *decide.Decision) finding.Fix {
	fix := finding.Fix{
		Summary: fmt.Sprintf("Point %s at a role that exists, or make %s again: with a trust policy for %s and the permissions that it had.",
			d.Need.Function.Name(), fact.RoleName(d.Need.Role), d.Need.Principal),
		CLI: command("aws", "lambda", "update-function-configuration", "--function-name", d.Need.Function.ARN,
			"--role", existingRole, "--region", facts.Account.Region),
		Proof: finding.Unproven, ProofReason: "which role the function should run as is not known",
	}
	var err error
	if fix.Policy, err = compactJSON(newDocument(statement{
		Effect: "Allow", Principal: map[string]string{"Service": d.Need.Principal}, Action: d.Need.Action,
	})); err != nil {
		return unproven(fix, err)
	}
	if fix.CloudFormation, err = yamlText(map[string]any{"Role": existingRole}); err != nil {
		return unproven(fix, err)
	}
	return fix
}

// remakeRole makes the role again as which a source calls the function: the source keeps its name.
func remakeRole(d *decide.Decision) finding.Fix {
	role, trigger := fact.RoleName(d.Need.Role), d.Need.Trigger
	fix := finding.Fix{
		Summary: fmt.Sprintf("Make the role %s again, with a trust policy for %s and %s on %s, or let the %s %s name a role that exists.",
			role, d.Need.Principal, need.Invokes, d.Need.Function, trigger.Kind, trigger.SourceName),
		Proof: finding.Unproven, ProofReason: "a role that does not exist cannot be decided about",
	}
	trust, err := compactJSON(newDocument(statement{Effect: "Allow", Principal: map[string]string{"Service": d.Need.Principal}, Action: need.AssumeRole}))
	if err != nil {
		return unproven(fix, err)
	}
	if fix.Policy, err = compactJSON(newDocument(statement{Effect: "Allow", Action: need.Invokes, Resource: d.Need.Function.String()})); err != nil {
		return unproven(fix, err)
	}
	fix.CLI = command("aws", "iam", "create-role", "--role-name", role, "--assume-role-policy-document", trust) + " && " +
		command("aws", "iam", "put-role-policy", "--role-name", role, "--policy-name", "permprobe-invoke", "--policy-document", fix.Policy)
	return fix
}

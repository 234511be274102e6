package remedy

import (
	"fmt"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// byName tells whether the function's policy is asked about a caller that is no source in the name of its service: one of
// a URL, or a role of another account.
func byName(n *need.Need) bool {
	return n.Kind == need.Invoke && n.Trigger != nil && (n.Trigger.Kind.IsURL() || n.Trigger.Credentials != "")
}

// openTo lets a role of another account call the function. That is one of two sides: what the role itself may is for its
// own account, so the fix is not proven as a whole.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
func openTo(facts *fact.Facts, f *finding.Finding, decisions []*decide.Decision) finding.Fix {
	n := decisions[0].Need
	theirs, err := compactJSON(newDocument(statement{Effect: "Allow", Action: n.Action, Resource: n.Resource}))
	fix := finding.Fix{Summary: fmt.Sprintf("Let %s invoke %s. Then, in the account of the role, unless its policies say so already: give it %s",
		n.Principal, invoked(n.Function), theirs)}
	if err != nil {
		return unproven(fix, err)
	}
	granted := statement{
		SID: "permprobe-" + f.ID, Effect: "Allow", Principal: principalOf(n.Principal), Action: n.Action, Resource: n.Function.String(),
	}
	fix.CLI = permit(facts, n.Function, granted.SID, []string{"--action", n.Action, "--principal", n.Principal})
	if fix.Policy, err = compactJSON(newDocument(granted)); err != nil {
		return unproven(fix, err)
	}
	properties := permissionProperties{Action: n.Action, FunctionName: n.Function.String(), Principal: n.Principal}
	if err := templates(&fix, granted.SID, n.Function, properties, nil); err != nil {
		return unproven(fix, err)
	}
	fix = provePermission(facts, fix, []statement{granted}, decisions)
	if fix.Proof == finding.Proven {
		fix.Proof = finding.Unproven
		fix.ProofReason = "the function's policy then allows the call; whether the role's own policies do is known in its account only"
	}
	return fix
}

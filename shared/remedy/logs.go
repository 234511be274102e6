package remedy

import (
	"cmp"
	"fmt"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// logging attaches AWS's managed policy for logs, as Lambda's documentation and SAM do; the narrow policy
// for those who write their own stands beside it, and it is the one that is proven.
//
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
func logging(account fact.Account, f *finding.Finding, decisions []*decide.Decision) Plan {
	name := fact.RoleName(f.Role)
	managed := fmt.Sprintf("arn:%s:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", account.Partition)
	fix := finding.Fix{
		Summary: fmt.Sprintf("Attach AWSLambdaBasicExecutionRole to %s, or the narrow policy below.", name),
		CLI:     command("aws", "iam", "attach-role-policy", "--role-name", name, "--policy-arn", managed),
		Proof:   finding.Unproven, ProofReason: "not decided again yet",
	}
	var err error
	fix.Policy, err = compactJSON(newDocument(statement{
		Effect: "Allow", Action: strings.Split(f.Action, ","), Resource: f.Resource,
	}))
	if err != nil {
		return Plan{Fix: unproven(fix, err)}
	}
	if fix.CloudFormation, err = yamlText(map[string]any{"ManagedPolicyArns": []string{managed}}); err != nil {
		return Plan{Fix: unproven(fix, err)}
	}
	plan := Plan{Fix: fix}
	for _, d := range decisions {
		question := d.Question
		question.With = fix.Policy
		plan.Recheck = append(plan.Recheck, question)
	}
	return plan
}

// Prove completes a plan's fix with the simulator's answers to its questions.
func (p *Plan) Prove(answers map[decide.Question]decide.Answer) {
	if len(p.Recheck) == 0 {
		return
	}
	p.Fix.Proof, p.Fix.ProofReason = finding.Proven, ""
	for _, question := range p.Recheck {
		answer := answers[question]
		switch answer.Decision {
		case iampolicy.Allowed:
		case iampolicy.ImplicitDeny, iampolicy.ExplicitDeny:
			p.Fix.Proof = finding.Refused
			p.Fix.ProofReason = fmt.Sprintf("with the fix applied the simulator still answers %s for %s", answer.Decision, question.Action)
			return
		default:
			p.Fix.Proof, p.Fix.ProofReason = finding.Unproven, cmp.Or(answer.Unread.String(), "the simulator gave no answer with the fix applied")
		}
	}
}

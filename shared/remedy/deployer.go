package remedy

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// limits are the conditions that narrow a grant to the calls that were refused: of keys to those through a service, of
// roles that are passed to those passed to Lambda.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
func limits(refused []*decide.Decision) map[string]any {
	var services []string
	for _, d := range refused {
		to := d.Need.Context["iam:PassedToService"]
		if !strings.EqualFold(d.Need.Action, "iam:PassRole") || len(to) != 1 {
			return viaService(refused)
		}
		if !slices.Contains(services, to[0]) {
			services = append(services, to[0])
		}
	}
	if len(services) == 0 {
		return nil
	}
	slices.Sort(services)
	return map[string]any{"StringEquals": map[string]any{"iam:PassedToService": oneOrList(services)}}
}

// mostInline is how many characters all inline policies of a user may have together. White space does not count, and the
// policies here have none.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
const mostInline = 2048

// Deployer lets a user or role do what its own policies do not grant: one policy with all of it, which the simulator is
// to be asked about. id tells the policy from others.
func Deployer(principal, id string, decisions []*decide.Decision) Plan {
	fix := finding.Fix{Proof: finding.Unproven, ProofReason: "not decided again yet"}
	own := newDocument(deployerStatements(decisions)...)
	var err error
	if fix.Policy, err = compactJSON(own); err != nil {
		return Plan{Fix: unproven(fix, err)}
	}
	name, who := "permprobe-"+id, fact.RoleName(principal)
	user := strings.Contains(principal, ":user/")
	switch {
	case user && len(fix.Policy) > mostInline:
		arn, _ := fact.ParseARN(principal)
		arn.Resource = "policy/" + name
		fix.Summary = fmt.Sprintf("Give the user %s a managed policy with the permissions that it lacks: it is too long for an inline one.", who)
		fix.CLI = command("aws", "iam", "create-policy", "--policy-name", name, "--policy-document", fix.Policy) + " && " +
			command("aws", "iam", "attach-user-policy", "--user-name", who, "--policy-arn", arn.String())
	case user:
		fix.Summary = fmt.Sprintf("Give the user %s an inline policy with the permissions that it lacks.", who)
		fix.CLI = command("aws", "iam", "put-user-policy", "--user-name", who, "--policy-name", name, "--policy-document", fix.Policy)
	case permissionSet(principal) != "":
		fix.Summary = fmt.Sprintf("Give the permission set %s, in IAM Identity Center, an inline policy with the permissions that it lacks, and provision it again: its role %s cannot be changed in IAM.", permissionSet(principal), who)
		return recheck(fix, decisions)
	default:
		fix.Summary = fmt.Sprintf("Give the role %s an inline policy with the permissions that it lacks.", who)
		fix.CLI = command("aws", "iam", "put-role-policy", "--role-name", who, "--policy-name", name, "--policy-document", fix.Policy)
	}
	if fix.CloudFormation, err = yamlText(map[string]any{"Policies": []inlinePolicy{{PolicyName: name, PolicyDocument: own}}}); err != nil {
		return Plan{Fix: unproven(fix, err)}
	}
	if fix.Terraform, err = terraformDeployer(who, name, user, own); err != nil {
		return Plan{Fix: unproven(fix, err)}
	}
	return recheck(fix, decisions)
}

// recheck has the decisions made again with the policy of the fix.
func recheck(fix finding.Fix, decisions []*decide.Decision) Plan {
	plan := Plan{Fix: fix}
	for _, d := range decisions {
		question := d.Question
		question.With = fix.Policy
		if !slices.Contains(plan.Recheck, question) {
			plan.Recheck = append(plan.Recheck, question)
		}
	}
	return plan
}

// permissionSet is the name of the permission set that a role of IAM Identity Center was made from; empty for other roles.
//
// https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
func permissionSet(role string) string {
	_, name, of := strings.Cut(role, ":role/aws-reserved/sso.amazonaws.com/")
	name = strings.TrimPrefix(name[strings.LastIndexByte(name, '/')+1:], "AWSReservedSSO_")
	if at := strings.LastIndexByte(name, '_'); of && at > 0 {
		return name[:at]
	}
	return ""
}

// deployerStatements are statements, in which event source mappings are made for the functions alone that were asked about:
// the call has no resource that would say for which.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
func deployerStatements(decisions []*decide.Decision) []any {
	var functions []string
	var rest []*decide.Decision
	for _, d := range decisions {
		of := d.Need.Context["lambda:FunctionArn"]
		if !strings.EqualFold(d.Need.Action, "lambda:CreateEventSourceMapping") || len(of) != 1 {
			rest = append(rest, d)
			continue
		}
		if !slices.Contains(functions, of[0]) {
			functions = append(functions, of[0])
		}
	}
	out := statements(rest)
	if len(functions) > 0 {
		slices.Sort(functions)
		out = append(out, statement{Effect: "Allow", Action: []string{"lambda:CreateEventSourceMapping"}, Resource: "*",
			Condition: map[string]any{"ArnLike": map[string]any{"lambda:FunctionArn": oneOrList(functions)}}})
	}
	return out
}

// terraformDeployer is the same as a resource of Terraform.
//
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_user_policy
func terraformDeployer(who, name string, user bool, own document) (string, error) {
	if !user {
		return terraformRole(who, name, nil, own, carrier{})
	}
	policy, err := hclPolicy("policy", own, "  ")
	if err != nil {
		return "", err
	}
	block := hclBlock("aws_iam_user_policy", hclName(name), attribute{"name", name}, attribute{"user", who})
	return strings.TrimSuffix(block, "}\n") + "\n" + policy + "}\n", nil
}

// ForDeployer is what is to be changed outside the principal's own grants: a Deny, a guardrail, or the policy of what is
// called.
func ForDeployer(facts *fact.Facts, f *finding.Finding, decisions []*decide.Decision) Plan {
	first := decisions[0]
	switch {
	case first.Refusal != nil:
		return Plan{Fix: openTarget(facts, f, decisions)}
	case first.Guardrail != "":
		return Plan{Fix: widen(f, first)}
	}
	return Plan{Fix: finding.Fix{
		Summary: fmt.Sprintf("Change or remove the Deny statement %s in %s so that it no longer covers %s.",
			first.StatementID, f.Evidence.Policy, strings.ReplaceAll(f.Action, ",", ", ")),
		Proof: finding.Unproven, ProofReason: "a Deny wins over every statement that could be added; its owner must decide how to narrow it",
	}}
}

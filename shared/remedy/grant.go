package remedy

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// grant lets the role do what it is refused. Where AWS has managed policies for all of it, attaching them
// comes first, as Lambda's documentation and SAM do; the narrow policy for those who write their own stands
// beside them, and it is the one that is proven.
//
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
func grant(facts *fact.Facts, f *finding.Finding, decisions []*decide.Decision) Plan {
	account := facts.Account
	fix := finding.Fix{Proof: finding.Unproven, ProofReason: "not decided again yet"}
	doc := newDocument(statements(decisions)...)
	var err error
	if fix.Policy, err = compactJSON(doc); err != nil {
		return Plan{Fix: unproven(fix, err)}
	}
	role, name, left := fact.RoleName(f.Role), "permprobe-"+f.ID, roomOf(facts, f.Role)
	managed, rest := managedPolicies(account, decisions)
	if !left.attaches(len(managed)) {
		managed, rest = nil, decisions // the narrow policy takes one place at the most
	}
	attach(&fix, f, managed)
	properties := map[string]any{}
	if len(managed) > 0 {
		properties["ManagedPolicyArns"] = managed
	}
	own := newDocument(statements(rest)...)
	var by carrier
	if len(rest) > 0 {
		text, err := compactJSON(own)
		if err != nil {
			return Plan{Fix: unproven(fix, err)}
		}
		by = left.carry(account, name, text, len(managed))
		give(&fix, role, name, text, by)
		by.template(properties, role, name, own)
	}
	if fix.Terraform, err = terraformRole(role, name, managed, own, by); err != nil {
		return Plan{Fix: unproven(fix, err)}
	}
	if fix.CloudFormation, err = yamlText(properties); err != nil {
		return Plan{Fix: unproven(fix, err)}
	}
	if by.arn != "" {
		fix.SAM, err = by.sam(managed, role, own)
	} else {
		fix.SAM, err = samForm(account, f, managed, rest, own)
	}
	if err != nil {
		return Plan{Fix: unproven(fix, err)}
	}
	plan := Plan{Fix: fix, given: &given{lacking: decisions}}
	for _, d := range decisions {
		question := d.Question
		question.With = fix.Policy
		plan.Recheck = append(plan.Recheck, question)
	}
	return plan
}

// inlinePolicy is an element of a role's Policies in a template.
type inlinePolicy struct {
	PolicyName     string
	PolicyDocument document
}

// statements grant what was refused and nothing else: one for each set of actions with the resources that it
// is refused on.
func statements(decisions []*decide.Decision) []any {
	actions := map[string][]string{} // by resource
	var resources []string
	for _, d := range decisions {
		resource := d.Need.Granted()
		if _, seen := actions[resource]; !seen {
			resources = append(resources, resource)
		}
		if !slices.Contains(actions[resource], d.Need.Action) {
			actions[resource] = append(actions[resource], d.Need.Action)
		}
	}
	slices.Sort(resources)
	var out []statement
	for _, resource := range resources {
		list := slices.Sorted(slices.Values(actions[resource]))
		condition := limits(slices.DeleteFunc(slices.Clone(decisions), func(d *decide.Decision) bool { return d.Need.Granted() != resource }))
		same := slices.IndexFunc(out, func(s statement) bool {
			return slices.Equal(s.Action.([]string), list) && reflect.DeepEqual(s.Condition, condition)
		})
		if same < 0 {
			out = append(out, statement{Effect: "Allow", Action: list, Resource: resource, Condition: condition})
			continue
		}
		switch have := out[same].Resource.(type) {
		case string:
			out[same].Resource = []string{have, resource}
		case []string:
			out[same].Resource = append(have, resource)
		}
	}
	documents := make([]any, len(out))
	for i, s := range out {
		documents[i] = s
	}
	return documents
}

// managedPolicies are the ARNs of AWS's policies that grant what was refused, and what is in no such policy.
func managedPolicies(account fact.Account, decisions []*decide.Decision) (arns []string, rest []*decide.Decision) {
	for _, d := range decisions {
		if d.Need.Managed == "" {
			rest = append(rest, d)
			continue
		}
		if arn := fmt.Sprintf("arn:%s:iam::aws:policy/%s", account.Partition, d.Need.Managed); !slices.Contains(arns, arn) {
			arns = append(arns, arn)
		}
	}
	slices.Sort(arns)
	return arns, rest
}

// attach is the part of a fix that attaches AWS's policies, where there are any.
func attach(fix *finding.Fix, f *finding.Finding, managed []string) {
	if len(managed) == 0 {
		return
	}
	role := fact.RoleName(f.Role)
	var names, commands []string
	for _, arn := range managed {
		names = append(names, fact.RoleName(arn))
		commands = append(commands, command("aws", "iam", "attach-role-policy", "--role-name", role, "--policy-arn", arn))
	}
	fix.Summary = fmt.Sprintf("Attach %s to %s, or give it only the permissions that it lacks.", strings.Join(names, " and "), role)
	fix.CLI = strings.Join(commands, " && ")
}

// give is the part of a fix that gives the role a policy of its own.
func give(fix *finding.Fix, role, name, text string, by carrier) {
	commands := strings.Join(by.commands(role, name, text), " && ")
	if fix.CLI == "" {
		fix.Summary, fix.CLI = fmt.Sprintf("Give %s %s with the permissions that it lacks.", role, by.noun()), commands
	} else {
		fix.Summary = strings.Replace(fix.Summary, ", or give it only", " with "+by.noun()+" for what AWS's policies do not grant, or give it only", 1)
		fix.CLI += " && " + commands
	}
	by.explain(fix)
}

// Prove completes a plan's fix with the simulator's answers to its questions.
func (p *Plan) Prove(answers map[decide.Question]decide.Answer) {
	p.prove(answers)
	for _, fix := range p.then {
		if p.Fix.Proof == finding.Proven && fix.Proof != finding.Proven {
			p.Fix.Proof, p.Fix.ProofReason = fix.Proof, fix.ProofReason
		}
	}
	if p.Fix.Proof == finding.Proven && p.beyond != "" {
		p.Fix.Proof, p.Fix.ProofReason = finding.Unproven, p.beyond
	}
}

// beyond says that what is called belongs to another account whose side is not known, or has a policy that is not read. Both
// sides must allow such a call, or the other one must not deny it, and the simulator looks at the role's alone.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
func beyond(facts *fact.Facts, decisions []*decide.Decision) string {
	for _, d := range decisions {
		if owner := need.OwnerOf(d.Need.Resource); d.Need.Assumes() && owner != facts.Account.ID && d.Refusal == nil {
			if role, _ := facts.Roles[d.Need.Resource].Value(); !known(role.Trust) {
				return fmt.Sprintf("with the fix applied the role's own policies allow %s; whether account %s lets the role is known there only", d.Need.Action, owner)
			}
		}
		if policy, unread := fact.UnreadPolicyOf(d.Need.Action, d.Need.Resource); unread && d.Need.ByCode() {
			return fmt.Sprintf("with the fix applied the role's own policies allow %s; the policy of the %s is not read: %s shows whether it stands in the way", d.Need.Action, policy.Name(), policy.Call)
		}
		named, has := d.Need.Target()
		if !has || named.Account == "" || named.Account == facts.Account.ID || d.Refusal != nil {
			continue
		}
		target, known := facts.Targets[named.ARN].Value()
		if _, read := target.Policy.Value(); !known || !read {
			return fmt.Sprintf("with the fix applied the role's own policies allow %s; whether account %s lets the role is known there only",
				d.Need.Action, named.Account)
		}
	}
	return ""
}

func (p *Plan) prove(answers map[decide.Question]decide.Answer) {
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

func known[T any](read fact.Read[T]) bool {
	_, is := read.Value()
	return is
}

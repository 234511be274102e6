package remedy

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// trim gives the policy that holds what a role is known to need and nothing else, in place of all that it has. The first
// decision is about the role, the others are on what is needed. Commands are only given where the policy is proven to be
// enough: they take the other ones away.
func trim(facts *fact.Facts, f *finding.Finding, decisions []*decide.Decision) finding.Fix {
	first, needed := decisions[0], kept(decisions[1:])
	role := fact.RoleName(f.Role)
	fix := finding.Fix{
		Summary: fmt.Sprintf("Give %s the policy below, which holds what is known to be needed, in place of its others.", role),
		Proof:   finding.Unproven, ProofReason: first.Unread.String(),
	}
	if len(needed) == 0 {
		fix.Summary = fmt.Sprintf("Take the grants away from %s: nothing that is known needs any of its permissions.", role)
		if fix.ProofReason == "" {
			fix.ProofReason = "nothing is left to decide"
		}
		return fix
	}
	doc := newDocument(statements(needed)...)
	text, err := compactJSON(doc)
	if err != nil {
		return unproven(fix, err)
	}
	fix.Policy = text
	name := "permprobe-" + f.ID
	if fix.CloudFormation, err = yamlText(map[string]any{"Policies": []inlinePolicy{{PolicyName: name, PolicyDocument: doc}}}); err != nil {
		return unproven(fix, err)
	}
	if fix.Terraform, err = terraformRole(role, name, nil, doc, carrier{}); err != nil {
		return unproven(fix, err)
	}
	if !first.Unread.IsZero() {
		fix.Summary = fmt.Sprintf("Declare in probe.yaml what the code of every function with %s calls, and give it the policy that follows: the one below holds what is known now.", role)
		return fix
	}
	policy, err := iampolicy.Parse([]byte(text), iampolicy.Identity)
	if err != nil {
		return unproven(fix, err)
	}
	var cases []*iampolicy.Case
	for _, d := range needed {
		if d.Verdict != decide.Allowed {
			continue // it is refused before and after; another finding tells
		}
		cases = append(cases, grantedBy(d, policy))
	}
	if fix = proved(fix, cases...); fix.Proof != finding.Proven {
		return fix
	}
	known, _ := facts.Roles[f.Role].Value()
	policies, _ := known.Policies.Value()
	commands := []string{command("aws", "iam", "put-role-policy", "--role-name", role, "--policy-name", name, "--policy-document", text)}
	var byHand []string
	for _, one := range policies {
		if slices.ContainsFunc(one.Statements(), func(s *iampolicy.Statement) bool { return s.Effect() != iampolicy.Allow }) {
			byHand = append(byHand, one.Name())
			continue
		}
		inline, isInline := strings.CutPrefix(one.Name(), "inline policy ")
		if isInline {
			// An earlier policy of this name is replaced by the first command: to delete it would take the new one away.
			if old := strings.TrimSuffix(inline, " of "+role); old != name {
				commands = append(commands, command("aws", "iam", "delete-role-policy", "--role-name", role, "--policy-name", old))
			}
			continue
		}
		commands = append(commands, command("aws", "iam", "detach-role-policy", "--role-name", role, "--policy-arn", one.Name()))
	}
	if len(byHand) > 0 {
		fix.Summary += fmt.Sprintf(" Keep the Deny statements in %s and take its other ones out by hand.", strings.Join(byHand, " and "))
	}
	fix.CLI = strings.Join(commands, " && ")
	return fix
}

// kept are the needs that a policy of its own should grant: not what a sample stands for that is not known, not one of
// several that do as well when another is granted, and not what is not needed after all.
func kept(decisions []*decide.Decision) []*decide.Decision {
	var out []*decide.Decision
	for _, d := range decisions {
		if !d.Need.Unread.IsZero() || d.Verdict == decide.Unknown || d.Need.Either != "" && d.Verdict != decide.Allowed ||
			d.Need.Level == need.WhenGroupMissing && d.Verdict != decide.Allowed {
			continue
		}
		out = append(out, d)
	}
	return out
}

// grantedBy asks whether a policy grants the need as far as policies of the role can.
func grantedBy(d *decide.Decision, policy *iampolicy.Policy) *iampolicy.Case {
	return decide.MisfitCase(d.Need.Role, d.Need.Action, d.Need.Resource, []*iampolicy.Policy{policy})
}

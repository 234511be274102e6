package remedy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// correct gives the statements as they were meant. The command adds them in a policy of their own, because
// the document that holds a wrong one may be another team's; those who own it write them in its place.
func correct(facts *fact.Facts, f *finding.Finding, decisions []*decide.Decision) Plan {
	role := fact.RoleName(f.Role)
	if first := decisions[0]; first.Need.Purpose == need.Meant && first.Corrected == "" {
		// What was meant does not follow from the text, so there is no statement to give.
		return Plan{Fix: finding.Fix{
			Summary: fmt.Sprintf("In %s, %s; or remove the statement if nothing needs it.", first.Policy, first.Mistake.Do),
			Proof:   finding.Unproven, ProofReason: "what the statement was meant to name does not follow from its text",
		}}
	}
	fix := finding.Fix{Summary: fmt.Sprintf("Correct the %s of the statement in %s, or give %s the corrected statement in a policy of its own.",
		strings.ToLower(decisions[0].Element), decisions[0].Policy, role)}
	var corrected []any
	var seen []string
	for _, d := range decisions {
		if d.Corrected != "" && !slices.Contains(seen, d.Corrected) {
			seen = append(seen, d.Corrected)
			corrected = append(corrected, json.RawMessage(d.Corrected))
		}
	}
	if len(corrected) == 0 {
		corrected = statements(decisions)
	}
	doc := newDocument(corrected...)
	var err error
	if fix.Policy, err = compactJSON(doc); err != nil {
		return Plan{Fix: unproven(fix, err)}
	}
	name := "permprobe-" + f.ID
	by := roomOf(facts, f.Role).carry(facts.Account, name, fix.Policy, 0)
	by.explain(&fix)
	fix.CLI = strings.Join(by.commands(role, name, fix.Policy), " && ")
	properties := map[string]any{}
	by.template(properties, role, name, doc)
	if fix.CloudFormation, err = yamlText(properties); err != nil {
		return Plan{Fix: unproven(fix, err)}
	}
	if fix.Terraform, err = terraformRole(role, name, nil, doc, by); err != nil {
		return Plan{Fix: unproven(fix, err)}
	}
	policy, err := iampolicy.Parse([]byte(fix.Policy), iampolicy.Identity)
	if err != nil {
		return Plan{Fix: unproven(fix, err)}
	}
	known, _ := facts.Roles[f.Role].Value()
	policies, _ := known.Policies.Value()
	cases := func(with *iampolicy.Policy) (out []*iampolicy.Case) {
		for _, d := range decisions {
			out = append(out, decide.MisfitCase(f.Role, d.Need.Action, d.Need.Resource, append(slices.Clone(policies), with)))
		}
		return out
	}
	plan := Plan{Fix: proved(fix, cases(policy)...), given: &given{cases: cases}}
	for _, one := range doc.Statement {
		text, err := compactJSON(one)
		if err != nil {
			return Plan{Fix: unproven(fix, err)}
		}
		plan.given.corrected = append(plan.given.corrected, json.RawMessage(text))
	}
	return plan
}

package remedy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// Together is one change of a role that mends several findings: one set of statements instead of a policy for each.
type Together struct {
	Role string
	// Findings are the ids of the findings that it mends, worst first.
	Findings []string
	Fix      finding.Fix

	account fact.Account
	left    room
	own     func(finding.Fix) finding.Fix
	members []member
	// recheck are the questions that prove it, cases those of corrected statements.
	recheck []decide.Question
	cases   []*iampolicy.Case
}

// member is a finding that the change mends, with its own plan.
type member struct {
	finding *finding.Finding
	plan    *Plan
}

// given is what a plan adds to a role: permissions that it lacks, or statements corrected.
type given struct {
	lacking   []*decide.Decision
	corrected []json.RawMessage
	// cases are the corrected calls put to the role's policies with the one that is given.
	cases func(with *iampolicy.Policy) []*iampolicy.Case
}

// Merge makes one change for each role of which several findings say that it lacks something, and has the plans of these
// findings proven by the questions that prove the whole, where that proves them too. Findings that are muted, inferred or
// not mended in the role alone keep their own plans only.
func Merge(facts *fact.Facts, findings []*finding.Finding, plans []Plan) []*Together {
	groups := map[string][]member{}
	for i, f := range findings {
		p := &plans[i]
		if p.given == nil || len(p.then) > 0 || p.beyond != "" || f.Status == finding.StatusSuppressed ||
			f.Confidence != finding.Certain || f.Place == finding.PlaceConfiguration || f.Role == "" {
			continue
		}
		groups[f.Role] = append(groups[f.Role], member{f, p})
	}
	var out []*Together
	for role, members := range groups {
		slices.SortStableFunc(members, func(a, b member) int {
			return cmp.Or(cmp.Compare(a.finding.Severity.Rank(), b.finding.Severity.Rank()), strings.Compare(a.finding.Check, b.finding.Check), strings.Compare(a.finding.ID, b.finding.ID))
		})
		t := &Together{Role: role, account: facts.Account, left: roomOf(facts, role), own: func(fix finding.Fix) finding.Fix { return owned(facts, members[0].finding, fix) }}
		if !t.write(members) {
			continue
		}
		policy, err := iampolicy.Parse([]byte(t.Fix.Policy), iampolicy.Identity)
		if err != nil {
			continue
		}
		for _, m := range members {
			if m.plan.given.cases != nil {
				t.cases = append(t.cases, m.plan.given.cases(policy)...)
			}
			asked := make([]decide.Question, len(m.plan.Recheck))
			for i, question := range m.plan.Recheck {
				question.With = t.Fix.Policy
				asked[i] = question
			}
			t.recheck = append(t.recheck, asked...)
			if m.plan.suffices() {
				m.plan.Recheck = asked
			}
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b *Together) int { return strings.Compare(a.Role, b.Role) })
	return out
}

// suffices tells whether what the plan itself gives allows everything that it is for, as far as policies of the role
// decide. That with more statements the simulator allows it, too, then says that nothing else is in the way: both together
// are the proof that a question of its own would be, because only a statement that allows was added, and one more allows
// no less.
func (p *Plan) suffices() bool {
	policy, err := iampolicy.Parse([]byte(p.Fix.Policy), iampolicy.Identity)
	if err != nil || len(p.given.lacking) == 0 {
		return false
	}
	return !slices.ContainsFunc(p.given.lacking, func(d *decide.Decision) bool {
		return grantedBy(d, policy).Decide().Decision != iampolicy.Allowed
	})
}

// write fills in the change that mends the members; false where there is none, or the role has no room for it: its findings
// then say so themselves.
func (t *Together) write(members []member) bool {
	if len(members) < 2 {
		return false
	}
	account := t.account
	t.members, t.Findings, t.Fix = members, nil, finding.Fix{}
	var lacking []*decide.Decision
	var corrected []json.RawMessage
	for _, m := range members {
		t.Findings = append(t.Findings, m.finding.ID)
		lacking = append(lacking, m.plan.given.lacking...)
		for _, one := range m.plan.given.corrected {
			if !slices.ContainsFunc(corrected, func(have json.RawMessage) bool { return string(have) == string(one) }) {
				corrected = append(corrected, one)
			}
		}
	}
	role := fact.RoleName(t.Role)
	with := func(lacks []*decide.Decision) document {
		all := statements(lacks)
		for _, one := range corrected {
			all = append(all, one)
		}
		return newDocument(all...)
	}
	var err error
	if t.Fix.Policy, err = compactJSON(with(lacking)); err != nil {
		return false
	}
	managed, rest := managedPolicies(account, lacking)
	if !t.left.attaches(len(managed)) {
		managed, rest = nil, lacking
	}
	own := with(rest)
	text, err := compactJSON(own)
	if err != nil {
		return false
	}
	// The name follows from what is mended: another set of findings must not take the place of this one's policy.
	sum := sha256.Sum256([]byte(strings.Join(t.Findings, ",")))
	name := "permprobe-role-" + hex.EncodeToString(sum[:8])
	var by carrier
	if len(own.Statement) > 0 {
		by = t.left.carry(account, name, text, len(managed))
	}
	if size := sizeOf(text); by.arn != "" && (size > maxManaged || !t.left.attaches(len(managed)+1)) {
		return false
	}
	var commands []string
	properties := map[string]any{}
	for _, arn := range managed {
		commands = append(commands, command("aws", "iam", "attach-role-policy", "--role-name", role, "--policy-arn", arn))
	}
	if len(managed) > 0 {
		properties["ManagedPolicyArns"] = managed
	}
	t.Fix.Summary = fmt.Sprintf("Mend %d findings at once: give %s %s with everything that they say it lacks.", len(t.Findings), role, strings.Replace(by.noun(), "an ", "one ", 1))
	if len(own.Statement) > 0 {
		commands = append(commands, by.commands(role, name, text)...)
		by.template(properties, role, name, own)
	}
	if len(managed) > 0 {
		t.Fix.Summary = fmt.Sprintf("Mend %d findings at once: attach what AWS has a policy for to %s, and give it the rest as %s.", len(t.Findings), role, strings.Replace(by.noun(), "an ", "one ", 1))
	}
	by.explain(&t.Fix)
	t.Fix.CLI = strings.Join(commands, " && ")
	if t.Fix.CloudFormation, err = yamlText(properties); err != nil {
		return false
	}
	if t.Fix.Terraform, err = terraformRole(role, name, managed, own, by); err != nil {
		return false
	}
	if by.arn != "" {
		t.Fix.SAM, err = by.sam(managed, role, own)
	} else {
		t.Fix.SAM, err = samTogether(account, managed, rest, corrected)
	}
	if err != nil {
		return false
	}
	t.Fix = t.own(t.Fix)
	return true
}

// Questions are those that prove the change.
func (t *Together) Questions() []decide.Question { return t.recheck }

// Prove completes the fix with the simulator's answers, after the plans of its findings are proven. What is not proven of
// these it leaves out: for the others it is proven all the same, because statements that allow take nothing from each
// other. It is false where fewer than two are left.
func (t *Together) Prove(answers map[decide.Question]decide.Answer) bool {
	proven := slices.DeleteFunc(slices.Clone(t.members), func(m member) bool { return m.plan.Fix.Proof != finding.Proven })
	if len(proven) < len(t.members) {
		if !t.write(proven) {
			return false
		}
		t.Fix.Proof = finding.Proven
		return true
	}
	t.Fix = proved(t.Fix, t.cases...)
	if t.Fix.Proof == finding.Proven {
		p := Plan{Fix: t.Fix, Recheck: t.recheck}
		p.prove(answers)
		t.Fix = p.Fix
	}
	return true
}

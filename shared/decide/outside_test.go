package decide

import (
	"slices"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

func TestTheOrganizationIsBlamedOnlyWhereTheSimulatorAllowsWithoutIt(t *testing.T) {
	grants := `{"Effect":"Allow","Action":"logs:*","Resource":"*"}`
	for name, c := range map[string]struct {
		answer  Answer
		asks    bool
		outside iampolicy.Decision
		verdict Verdict
		rail    Guardrail
	}{
		"it says no, and without it all is well": {
			Answer{Decision: iampolicy.ExplicitDeny, Organizations: no(), InOrganization: true, Alone: true}, true, iampolicy.Allowed, Denied, GuardrailSCP},
		"it says no, and so does something else": {
			Answer{Decision: iampolicy.ExplicitDeny, Organizations: no(), InOrganization: true, Alone: true}, true, iampolicy.ImplicitDeny, Unknown, ""},
		"it and the boundary say no": {
			Answer{Decision: iampolicy.ImplicitDeny, Organizations: no(), Boundary: no(), InOrganization: true, Alone: true}, true, iampolicy.ImplicitDeny, Denied, GuardrailBoundary},
		"nobody says no, and without it all is well": {
			Answer{Decision: iampolicy.ImplicitDeny, Organizations: yes(), InOrganization: true, Alone: true}, true, iampolicy.Allowed, Denied, GuardrailSCP},
		"it says no, and the second question is not answered": {
			Answer{Decision: iampolicy.ExplicitDeny, Organizations: no(), InOrganization: true, Alone: true}, true, iampolicy.Undetermined, Denied, GuardrailSCP},
		"the boundary says no": {
			Answer{Decision: iampolicy.ImplicitDeny, Organizations: yes(), Boundary: no(), InOrganization: true, Alone: true}, false, iampolicy.Undetermined, Denied, GuardrailBoundary},
		"an account of its own": {
			Answer{Decision: iampolicy.ImplicitDeny, Alone: true}, false, iampolicy.Undetermined, Unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			boundary := fact.Absent[*iampolicy.Policy]()
			if c.answer.Boundary != nil {
				boundary = fact.Known(policy(t, iampolicy.Boundary, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`))
			}
			facts := factsWith(roleWith(boundary, policy(t, iampolicy.Identity, grants)))
			needs := []need.Need{logNeed()}
			answers := map[Question]Answer{Questions(facts, needs)[0]: c.answer}
			unproven := Unproven(All(facts, needs, answers))
			if (len(unproven) == 1) != c.asks || slices.ContainsFunc(unproven, func(q Question) bool { return q.Without != WithoutSCPs }) {
				t.Fatalf("asked %+v", unproven)
			}
			for _, q := range unproven {
				answers[q] = Answer{Decision: c.outside}
			}
			d := All(facts, needs, answers)[0]
			if d.Verdict != c.verdict || d.Guardrail != c.rail || (d.Verdict == Unknown) == d.Unread.IsZero() {
				t.Errorf("verdict %d, guardrail %q, unread %q", d.Verdict, d.Guardrail, d.Unread.Reason)
			}
		})
	}
}

package decide

import (
	"strings"
	"testing"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"

	"github.com/google/go-cmp/cmp"
)

const (
	roleARN  = "arn:aws:iam::123456789012:role/notes-role"
	function = "arn:aws:lambda:us-east-1:123456789012:function:notes"
	stream   = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/notes:log-stream:x"
)

func policy(t *testing.T, kind iampolicy.Kind, statements string) *iampolicy.Policy {
	t.Helper()
	p, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[`+statements+`]}`), kind)
	if err != nil {
		t.Fatal(err)
	}
	return p.WithName("inline test")
}

func factsWith(role fact.Read[fact.Role]) *fact.Facts {
	return &fact.Facts{
		Account:   fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"},
		Time:      time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC),
		Functions: []fact.Function{{ARN: function, Name: "notes", Role: roleARN, LogGroup: "/aws/lambda/notes"}},
		Roles:     map[string]fact.Read[fact.Role]{roleARN: role},
		LogGroups: map[string]fact.Read[fact.LogGroup]{},
	}
}

func roleWith(boundary fact.Read[*iampolicy.Policy], policies ...*iampolicy.Policy) fact.Read[fact.Role] {
	return fact.Known(fact.Role{ARN: roleARN, Policies: fact.Known(policies), Boundary: boundary})
}

func logNeed() need.Need {
	return need.Need{
		Kind: need.Identity, Purpose: need.Logs, Level: need.Required, Function: fact.FunctionRef{ARN: function},
		Role: roleARN, Action: "logs:PutLogEvents", Resource: stream, Context: map[string][]string{"lambda:SourceFunctionArn": {function}},
	}
}

func yes() *bool { v := true; return &v }
func no() *bool  { v := false; return &v }

func TestTheSimulatorsAnswerIsReadTogetherWithTheRolesOwnPolicies(t *testing.T) {
	grants := `{"Effect":"Allow","Action":"logs:*","Resource":"*"}`
	other := `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	denies := `{"Sid":"Stop","Effect":"Deny","Action":"logs:Put*","Resource":"*"}`
	tagged := `{"Effect":"Allow","Action":"logs:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}}}`
	none := fact.Absent[*iampolicy.Policy]()
	for _, c := range []struct {
		name     string
		own      []string
		boundary string
		answer   Answer
		verdict  Verdict
		rail     Guardrail
		explicit bool
		unread   string
	}{
		{name: "allowed", own: []string{grants}, answer: Answer{Decision: iampolicy.Allowed}, verdict: Allowed},
		{name: "allowed is believed even where the evaluator would not grant", own: []string{other}, answer: Answer{Decision: iampolicy.Allowed}, verdict: Allowed},
		{name: "nothing grants", own: []string{other}, answer: Answer{Decision: iampolicy.ImplicitDeny}, verdict: Denied},
		{name: "nothing grants, and keys of unrelated statements are missing", own: []string{other}, verdict: Denied,
			answer: Answer{Decision: iampolicy.ImplicitDeny, Missing: []string{"aws:PrincipalTag/team"}}},
		{name: "a statement denies", own: []string{grants, denies}, answer: Answer{Decision: iampolicy.ExplicitDeny}, verdict: Denied, explicit: true},
		{name: "nothing grants, and whether a Deny applies is not known", own: []string{other, `{"Effect":"Deny","Action":"logs:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}}}`},
			answer: Answer{Decision: iampolicy.ImplicitDeny, Missing: []string{"aws:PrincipalTag/team"}}, verdict: Denied},
		{name: "what grants depends on a key that is not known", own: []string{tagged}, verdict: Unknown, unread: "aws:PrincipalTag/team",
			answer: Answer{Decision: iampolicy.ImplicitDeny, Missing: []string{"aws:PrincipalTag/team"}}},
		{name: "the boundary does not allow", own: []string{grants}, boundary: other, verdict: Denied, rail: GuardrailBoundary,
			answer: Answer{Decision: iampolicy.ImplicitDeny, Boundary: no(), Organizations: yes(), Alone: true}},
		{name: "the boundary's no is not blamed where the role grants nothing either", own: []string{other}, boundary: other, verdict: Denied,
			answer: Answer{Decision: iampolicy.ImplicitDeny, Boundary: no()}},
		{name: "the organization does not allow", own: []string{grants}, verdict: Denied, rail: GuardrailSCP, explicit: true,
			answer: Answer{Decision: iampolicy.ExplicitDeny, Organizations: no(), Alone: true}},
		{name: "an unexplained deny of many cells is asked alone", own: []string{grants}, verdict: Unknown, unread: "alone",
			answer: Answer{Decision: iampolicy.ImplicitDeny}},
		{name: "an unexplained deny asked alone is not told as a fault", own: []string{grants}, verdict: Unknown, unread: "although",
			answer: Answer{Decision: iampolicy.ImplicitDeny, Alone: true}},
		{name: "no answer", own: []string{other}, answer: Answer{Unread: fact.Unread{Reason: "throttled"}}, verdict: Unknown, unread: "throttled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			boundary := none
			if c.boundary != "" {
				boundary = fact.Known(policy(t, iampolicy.Boundary, c.boundary))
			}
			facts := factsWith(roleWith(boundary, policy(t, iampolicy.Identity, strings.Join(c.own, ","))))
			needs := []need.Need{logNeed()}
			d := All(facts, needs, map[Question]Answer{Questions(facts, needs)[0]: c.answer})[0]
			if d.Verdict != c.verdict || d.Guardrail != c.rail || d.Explicit != c.explicit || !strings.Contains(d.Unread.Reason, c.unread) {
				t.Errorf("verdict %d, guardrail %q, explicit %t, unread %q", d.Verdict, d.Guardrail, d.Explicit, d.Unread.Reason)
			}
			if d.Verdict == Unknown && d.Unread.IsZero() {
				t.Error("unknown without a reason")
			}
		})
	}
}

func TestAnExplicitDenyNamesItsStatement(t *testing.T) {
	facts := factsWith(roleWith(fact.Absent[*iampolicy.Policy](), policy(t, iampolicy.Identity, `{"Sid":"Stop","Effect":"Deny","Action":"logs:*","Resource":"*"}`)))
	needs := []need.Need{logNeed()}
	d := All(facts, needs, map[Question]Answer{Questions(facts, needs)[0]: {Decision: iampolicy.ExplicitDeny}})[0]
	if d.Policy != "inline test" || !strings.Contains(d.Statement, `"Sid":"Stop"`) || d.Word() != "explicitDeny" {
		t.Errorf("policy %q, statement %s, %s", d.Policy, d.Statement, d.Word())
	}
}

func TestWhatIsNotKnownOfARoleIsUnknownAndNeverAsked(t *testing.T) {
	facts := factsWith(fact.NotRead[fact.Role](fact.Unread{Reason: "refused"}))
	needs := []need.Need{logNeed(), trustNeed()}
	if questions := Questions(facts, needs); len(questions) > 0 {
		t.Errorf("asked %v", questions)
	}
	for _, d := range All(facts, needs, nil) {
		if d.Verdict != Unknown || d.Unread.IsZero() || d.NoRole {
			t.Errorf("%+v", d)
		}
	}
}

func trustNeed() need.Need {
	return need.Need{Kind: need.Trust, Role: roleARN, Principal: need.LambdaService, Action: "sts:AssumeRole", Resource: roleARN}
}

func TestARoleThatDoesNotExistCannotBeAssumedAndIsNeverAskedAbout(t *testing.T) {
	facts := factsWith(fact.Absent[fact.Role]())
	needs := []need.Need{logNeed(), trustNeed()}
	if questions := Questions(facts, needs); len(questions) > 0 {
		t.Errorf("asked %v", questions)
	}
	decisions := All(facts, needs, nil)
	if d := decisions[0]; d.Verdict != Unknown || d.Unread.IsZero() || !d.NoRole {
		t.Errorf("what the role may do: %+v", d)
	}
	if d := decisions[1]; d.Verdict != Denied || !d.NoRole {
		t.Errorf("whether it is assumed: %+v", d)
	}
}

func TestADenyOfANeedThatMayNotAriseIsUndecidedAndAnAllowIsAPass(t *testing.T) {
	facts := factsWith(roleWith(fact.Absent[*iampolicy.Policy](), policy(t, iampolicy.Identity, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)))
	presumed := logNeed()
	presumed.Presumed = fact.Unread{Reason: "who knows"}
	needs := []need.Need{presumed}
	q := Questions(facts, needs)[0]
	if d := All(facts, needs, map[Question]Answer{q: {Decision: iampolicy.ImplicitDeny}})[0]; d.Verdict != Unknown || d.Unread != presumed.Presumed {
		t.Errorf("denied: %+v", d)
	}
	if d := All(facts, needs, map[Question]Answer{q: {Decision: iampolicy.Allowed}})[0]; d.Verdict != Allowed {
		t.Errorf("allowed: %+v", d)
	}
}

func TestEqualQuestionsOfSeveralFunctionsAreAskedOnce(t *testing.T) {
	facts := factsWith(roleWith(fact.Absent[*iampolicy.Policy]()))
	same := logNeed()
	other := logNeed()
	other.Context = map[string][]string{"lambda:SourceFunctionArn": {function + "2"}}
	if have := Questions(facts, []need.Need{same, same, other}); len(have) != 2 {
		t.Errorf("%d questions", len(have))
	}
}

func TestQuestionsCarryTheKeysThatEveryCallCarriesAndNoSource(t *testing.T) {
	facts := factsWith(roleWith(fact.Absent[*iampolicy.Policy]()))
	want := map[string][]string{
		"aws:CurrentTime": {"2026-11-21T03:00:00Z"}, "aws:PrincipalArn": {roleARN}, "aws:RequestedRegion": {"us-east-1"},
		"aws:ResourceAccount": {"123456789012"}, "aws:SecureTransport": {"true"}, "lambda:SourceFunctionArn": {function},
	}
	if diff := cmp.Diff(want, Questions(facts, []need.Need{logNeed()})[0].Context.Keys()); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
}

func TestADenyThatTurnsIntoAnAllowIsNoAnswer(t *testing.T) {
	facts := factsWith(roleWith(fact.Absent[*iampolicy.Policy]()))
	needs := []need.Need{logNeed()}
	q := Questions(facts, needs)[0]
	answers := map[Question]Answer{q: {Decision: iampolicy.ImplicitDeny}}
	if have := Suspects(facts, All(facts, needs, answers)); len(have) != 1 || have[0] != q {
		t.Fatalf("suspects: %v", have)
	}
	Confirm(facts, answers, map[Question]Answer{q: {Decision: iampolicy.Allowed}})
	d := All(facts, needs, answers)[0]
	if d.Verdict != Unknown || !strings.Contains(d.Unread.Reason, "spreading a change") {
		t.Errorf("verdict %d: %s", d.Verdict, d.Unread.Reason)
	}
	Confirm(facts, answers, map[Question]Answer{q: {Decision: iampolicy.ImplicitDeny}})
	if d := All(facts, needs, answers)[0]; d.Verdict != Denied {
		t.Errorf("a confirmed deny: verdict %d", d.Verdict)
	}
}

func TestTheCreationOfALogGroupThatExistsIsNoSuspect(t *testing.T) {
	facts := factsWith(roleWith(fact.Absent[*iampolicy.Policy]()))
	n := logNeed()
	n.Level, n.Action = need.WhenGroupMissing, "logs:CreateLogGroup"
	needs := []need.Need{n}
	decisions := All(facts, needs, map[Question]Answer{Questions(facts, needs)[0]: {Decision: iampolicy.ImplicitDeny}})
	if diff := cmp.Diff([]string{"/aws/lambda/notes"}, GroupsInDoubt(facts, decisions)); diff != "" {
		t.Errorf("groups in doubt (-want +have):\n%s", diff)
	}
	if len(Suspects(facts, decisions)) != 1 {
		t.Error("nobody knows whether the group exists, and it is no suspect")
	}
	facts.LogGroups["/aws/lambda/notes"] = fact.Known(fact.LogGroup{Name: "/aws/lambda/notes"})
	if len(Suspects(facts, decisions)) != 0 {
		t.Error("the group exists")
	}
}

func TestAServicesCallCarriesNoKeysOfPrincipalsAndLeavesOthersOpen(t *testing.T) {
	for name, c := range map[string]struct {
		condition string
		want      iampolicy.Decision
	}{
		"external id":                {`{"StringEquals":{"sts:ExternalId":"x"}}`, iampolicy.ImplicitDeny},
		"organization of the caller": {`{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, iampolicy.ImplicitDeny},
		"organization of the source": {`{"StringEquals":{"aws:SourceOrgID":"o-1"}}`, iampolicy.Undetermined},
		"an expired date":            {`{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`, iampolicy.ImplicitDeny},
		"the own account":            {`{"StringEquals":{"aws:SourceAccount":"123456789012"}}`, iampolicy.Allowed},
	} {
		trust := policy(t, iampolicy.Trust, `{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole","Condition":`+c.condition+`}`)
		d := &Decision{Need: &need.Need{Principal: need.LambdaService, Action: "sts:AssumeRole", Resource: roleARN,
			Context: map[string][]string{"aws:SourceAccount": {"123456789012"}, "aws:SourceArn": {function}}}}
		if have := TrustCase(factsWith(roleWith(fact.Absent[*iampolicy.Policy]())), d, trust).Decide(); have.Decision != c.want {
			t.Errorf("%s: want %s, have %s (%s)", name, c.want, have.Decision, have.Reason)
		}
	}
}

func TestRequestContextsAreCanonical(t *testing.T) {
	a := NewRequestContext(map[string][]string{"b": {"2", "3"}, "a": {"1"}})
	if b := NewRequestContext(map[string][]string{"a": {"1"}, "b": {"2", "3"}}); a != b {
		t.Errorf("%q and %q", a, b)
	}
	if diff := cmp.Diff(map[string][]string{"a": {"1"}, "b": {"2", "3"}}, a.Keys()); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
	if len(NewRequestContext(nil).Keys()) != 0 {
		t.Error("an empty context has keys")
	}
}

package decide

import (
	"slices"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"

	"github.com/google/go-cmp/cmp"
)

// notesOf is the ARN of the function notes-NAME.
func notesOf(name string) string { return function + "-" + name }

// family are facts of a role with these functions, and the log need of each.
func family(role fact.Read[fact.Role], names ...string) (*fact.Facts, []need.Need) {
	facts := factsWith(role)
	facts.Functions = nil
	var needs []need.Need
	for _, name := range names {
		group := "/aws/lambda/notes-" + name
		facts.Functions = append(facts.Functions, fact.Function{ARN: notesOf(name), Role: roleARN, LogGroup: group})
		n := logNeed()
		n.Function.ARN = notesOf(name)
		n.Resource = "arn:aws:logs:us-east-1:123456789012:log-group:" + group + ":log-stream:x"
		n.Context = map[string][]string{"lambda:SourceFunctionArn": {notesOf(name)}}
		needs = append(needs, n)
	}
	return facts, needs
}

// keysOf are the values of the key that names the function, of every question.
func keysOf(questions []Question) []string {
	var out []string
	for _, q := range questions {
		out = append(out, q.Context.Keys()["lambda:SourceFunctionArn"]...)
	}
	return out
}

func never(string) bool  { return false }
func always(string) bool { return true }

func TestFunctionsOfARoleAreAskedAboutWithOneKeyWhereNothingKnownMentionsIt(t *testing.T) {
	none := fact.Absent[*iampolicy.Policy]()
	grant := func(more string) string { return `{"Effect":"Allow","Action":"logs:*","Resource":"*"` + more + `}` }
	plain := policy(t, iampolicy.Identity, grant(""))
	for name, c := range map[string]struct {
		role   fact.Read[fact.Role]
		shared bool
	}{
		"nothing mentions it":       {roleWith(none, plain), true},
		"a condition in lower case": {roleWith(none, plain, policy(t, iampolicy.Identity, grant(`,"Condition":{"ArnLike":{"lambda:sourcefunctionarn":"arn:*"}}`))), false},
		"a condition that asks whether it is there": {
			roleWith(none, policy(t, iampolicy.Identity, grant(`,"Condition":{"Null":{"lambda:SourceFunctionArn":"false"}}`))), false},
		"a policy variable": {
			roleWith(none, plain, policy(t, iampolicy.Identity, `{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::b/${lambda:SourceFunctionArn}/*"}`)), false},
		"the boundary":                 {roleWith(fact.Known(policy(t, iampolicy.Boundary, grant(`,"Condition":{"ArnEquals":{"lambda:SourceFunctionArn":"arn:aws:lambda:::x"}}`))), plain), false},
		"a boundary without it":        {roleWith(fact.Known(policy(t, iampolicy.Boundary, grant(""))), plain), true},
		"a boundary nobody could read": {roleWith(fact.NotRead[*iampolicy.Policy](fact.Unread{Reason: "refused"}), plain), false},
		"policies nobody could read": {
			fact.Known(fact.Role{ARN: roleARN, Policies: fact.NotRead[[]*iampolicy.Policy](fact.Unread{Reason: "refused"}), Boundary: none}), false},
		"a policy with a value that is not known": {
			roleWith(none, policy(t, iampolicy.Identity, `{"Effect":"Allow","Action":"logs:*","Resource":"`+iampolicy.Unknown("Parameter P")+`"}`)), false},
	} {
		t.Run(name, func(t *testing.T) {
			facts, needs := family(c.role, "b", "a", "c")
			want := []string{notesOf("b"), notesOf("a"), notesOf("c")}
			if c.shared {
				want = []string{notesOf("a"), notesOf("a"), notesOf("a")}
			}
			if diff := cmp.Diff(want, keysOf(Questions(facts, needs))); diff != "" {
				t.Errorf("(-want +have):\n%s", diff)
			}
		})
	}
}

func TestOtherRequestKeysAreNeverShared(t *testing.T) {
	facts, needs := family(roleWith(fact.Absent[*iampolicy.Policy]()), "a", "b")
	needs[1].Context["aws:ResourceAccount"] = []string{"210987654321"}
	questions := Questions(facts, needs)
	if have := questions[1].Context.Keys()["aws:ResourceAccount"]; !slices.Equal(have, []string{"210987654321"}) {
		t.Errorf("%v", have)
	}
	if have := questions[0].Context.Keys()["aws:ResourceAccount"]; !slices.Equal(have, []string{"123456789012"}) {
		t.Errorf("%v", have)
	}
}

func TestAnAllowOfACommonQuestionCountsAndADenyIsAskedAgainOfEachFunction(t *testing.T) {
	facts, needs := family(roleWith(fact.Absent[*iampolicy.Policy](), policy(t, iampolicy.Identity, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)), "a", "b", "c")
	questions := Questions(facts, needs)
	answers := map[Question]Answer{questions[0]: {Decision: iampolicy.ImplicitDeny}, questions[1]: {Decision: iampolicy.ImplicitDeny}, questions[2]: {Decision: iampolicy.Allowed}}
	decisions := All(facts, needs, answers)
	if decisions[0].Verdict != Denied || decisions[1].Verdict != Unknown || decisions[1].Unread.IsZero() || decisions[2].Verdict != Allowed {
		t.Fatalf("verdicts %d %d %d", decisions[0].Verdict, decisions[1].Verdict, decisions[2].Verdict)
	}
	if suspects := Suspects(facts, decisions); len(suspects) != 1 {
		t.Errorf("a deny that another function's key brought is confirmed: %v", suspects)
	}
	apart := Apart(facts, decisions, always)
	if diff := cmp.Diff([]string{notesOf("b")}, keysOf(apart)); diff != "" {
		t.Fatalf("asked again (-want +have):\n%s", diff)
	}
	for decision, want := range map[iampolicy.Decision]Verdict{iampolicy.ImplicitDeny: Denied, iampolicy.Allowed: Allowed} {
		answers[apart[0]] = Answer{Decision: decision}
		decisions = All(facts, needs, answers)
		if decisions[1].Verdict != want || decisions[1].Question != apart[0] {
			t.Errorf("%s: verdict %d of %v", decision, decisions[1].Verdict, decisions[1].Question)
		}
		if again := Apart(facts, decisions, always); len(again) > 0 {
			t.Errorf("asked once more: %v", again)
		}
	}
}

func TestADenyOfACommonQuestionThatDoesNotMatterIsNotAskedAgain(t *testing.T) {
	facts, needs := family(roleWith(fact.Absent[*iampolicy.Policy]()), "a", "b")
	answers := map[Question]Answer{}
	for i := range needs {
		needs[i].Level, needs[i].Action = need.WhenGroupMissing, "logs:CreateLogGroup"
		facts.LogGroups[facts.Functions[i].LogGroup] = fact.Known(fact.LogGroup{})
	}
	for _, q := range Questions(facts, needs) {
		answers[q] = Answer{Decision: iampolicy.ImplicitDeny}
	}
	decisions := All(facts, needs, answers)
	if apart := Apart(facts, decisions, always); len(apart) > 0 || decisions[1].Verdict != Denied {
		t.Errorf("asked %v, verdict %d", apart, decisions[1].Verdict)
	}
	facts.LogGroups["/aws/lambda/notes-b"] = fact.Absent[fact.LogGroup]()
	decisions = All(facts, needs, answers)
	if apart := Apart(facts, decisions, never); len(apart) != 1 || decisions[1].Verdict != Unknown {
		t.Errorf("the group is missing: asked %v, verdict %d", apart, decisions[1].Verdict)
	}
}

func TestWhereNobodySeesAllPoliciesTheFunctionsThatAreDueAreAskedAboutThemselves(t *testing.T) {
	facts, needs := family(roleWith(fact.Absent[*iampolicy.Policy]()), "a", "b", "c")
	for _, organization := range []bool{false, true} {
		answers := map[Question]Answer{}
		for _, q := range Questions(facts, needs) {
			answers[q] = Answer{Decision: iampolicy.Allowed, InOrganization: organization}
		}
		decisions := All(facts, needs, answers)
		var want []string
		if organization {
			want = []string{notesOf("c")}
		}
		if diff := cmp.Diff(want, keysOf(Apart(facts, decisions, func(f string) bool { return f == notesOf("c") }))); diff != "" {
			t.Errorf("organization %t (-want +have):\n%s", organization, diff)
		}
		if apart := Apart(facts, decisions, never); len(apart) > 0 {
			t.Errorf("organization %t, none is due: %v", organization, apart)
		}
	}
}

func TestWhatWasNotAnsweredForAllIsNotAskedOfEach(t *testing.T) {
	facts, needs := family(roleWith(fact.Absent[*iampolicy.Policy]()), "a", "b")
	answers := map[Question]Answer{}
	for _, q := range Questions(facts, needs) {
		answers[q] = Answer{Unread: fact.Unread{Reason: "throttled"}}
	}
	decisions := All(facts, needs, answers)
	if apart := Apart(facts, decisions, always); len(apart) > 0 || decisions[1].Unread.Reason != "throttled" {
		t.Errorf("asked %v, unread %q", apart, decisions[1].Unread.Reason)
	}
}

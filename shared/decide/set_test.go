package decide

import (
	"slices"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

func TestASumChangesWithEverythingThatCanBeSeenAndWithNothingElse(t *testing.T) {
	statement := `{"Effect":"Allow","Action":"logs:*","Resource":"*"}`
	none := fact.Absent[*iampolicy.Policy]()
	one, two := policy(t, iampolicy.Identity, statement), policy(t, iampolicy.Identity, `{"Effect":"Deny","Action":"s3:*","Resource":"*"}`).WithName("inline two")
	base := fact.Role{ARN: roleARN, ID: "AROA1", Policies: fact.Known([]*iampolicy.Policy{one, two}), Boundary: none}
	question := Question{Role: roleARN, Action: "logs:PutLogEvents", Resource: stream,
		Context: NewRequestContext(map[string][]string{"aws:CurrentTime": {"2026-11-21T03:00:00Z"}, "aws:RequestedRegion": {"us-east-1"}})}
	other := question
	other.Action = "logs:CreateLogStream"
	of := func(role fact.Role, questions ...Question) string {
		t.Helper()
		sets := Sets(factsWith(fact.Known(role)), questions)
		if len(sets) != 1 || !slices.Equal(sets[0].Questions, questions) || len(sets[0].Sum) != 32 {
			t.Fatalf("sets %+v", sets)
		}
		return sets[0].Sum
	}
	want := of(base, question, other)

	later, turned := question, base
	later.Context = NewRequestContext(map[string][]string{"aws:CurrentTime": {"2026-11-21T04:00:00Z"}, "aws:RequestedRegion": {"us-east-1"}})
	turned.Policies = fact.Known([]*iampolicy.Policy{two, one})
	if of(base, other, question) != want || of(base, later, other) != want || of(turned, question, other) != want {
		t.Error("the order of questions or policies, or the time, changes the sum")
	}

	recreated, less, renamed, bounded := base, base, base, base
	recreated.ID = "AROA2"
	less.Policies = fact.Known([]*iampolicy.Policy{one})
	renamed.Policies = fact.Known([]*iampolicy.Policy{one, two.WithName("inline three")})
	bounded.Boundary = fact.Known(policy(t, iampolicy.Boundary, statement))
	resource, key, supposed := question, question, question
	resource.Resource += "2"
	key.Context = NewRequestContext(map[string][]string{"aws:RequestedRegion": {"eu-west-1"}})
	supposed.With = "{}"
	seen := map[string]string{want: "nothing"}
	for name, sum := range map[string]string{
		"the role": of(recreated, question, other), "a policy that is gone": of(less, question, other), "a policy's name": of(renamed, question, other),
		"a boundary": of(bounded, question, other), "a question that is gone": of(base, question), "a resource": of(base, resource, other),
		"a request key": of(base, key, other), "a supposed policy": of(base, supposed, other),
	} {
		if same, twice := seen[sum]; twice {
			t.Errorf("%s gives the sum of %s", name, same)
		}
		seen[sum] = name
	}
}

func TestAnswersThatMayChangeByThemselvesAreInNoSet(t *testing.T) {
	timed := func(condition string) *iampolicy.Policy {
		return policy(t, iampolicy.Identity, `{"Effect":"Allow","Action":"logs:*","Resource":"*","Condition":`+condition+`}`)
	}
	none := fact.Absent[*iampolicy.Policy]()
	question := Question{Role: roleARN, Action: "logs:PutLogEvents", Resource: stream}
	for name, role := range map[string]fact.Read[fact.Role]{
		"a date":                       roleWith(none, timed(`{"DateLessThan":{"AWS:currentTime":"2027-01-01T00:00:00Z"}}`)),
		"seconds":                      roleWith(none, timed(`{"NumericLessThan":{"aws:EpochTime":"1900000000"}}`)),
		"a date in the boundary":       roleWith(fact.Known(timed(`{"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}}`))),
		"policies nobody could read":   fact.Known(fact.Role{ARN: roleARN, Policies: fact.NotRead[[]*iampolicy.Policy](fact.Unread{Reason: "refused"}), Boundary: none}),
		"a boundary nobody could read": roleWith(fact.NotRead[*iampolicy.Policy](fact.Unread{Reason: "refused"})),
		"a role nobody could read":     fact.NotRead[fact.Role](fact.Unread{Reason: "refused"}),
		"a role that does not exist":   fact.Absent[fact.Role](),
	} {
		if sets := Sets(factsWith(role), []Question{question}); len(sets) > 0 {
			t.Errorf("%s: %+v", name, sets)
		}
	}
}

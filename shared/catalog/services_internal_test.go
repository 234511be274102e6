package catalog

import (
	"testing"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// TestAKeyThatAServiceMayNotUseIsToldOnceWhateverRolesAFunctionHas has an alias that runs as two roles.
func TestAKeyThatAServiceMayNotUseIsToldOnceWhateverRolesAFunctionHas(t *testing.T) {
	const group, key = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/notes", "arn:aws:kms:us-east-1:123456789012:key/1a"
	document := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"kms:*","Resource":"*"}}`
	policy, err := iampolicy.Parse([]byte(document), iampolicy.Resource)
	if err != nil {
		t.Fatal(err)
	}
	held, _ := fact.TargetOf(group)
	held.Key = key
	lock, _ := fact.TargetOf(key)
	lock.Lock, lock.Policy = &fact.Lock{State: "Enabled"}, fact.Known(fact.ResourcePolicy{Policy: policy, JSON: document})
	facts := &fact.Facts{
		Account: fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"},
		Roles:   map[string]fact.Read[fact.Role]{}, Targets: map[string]fact.Read[fact.Target]{group: fact.Known(held), key: fact.Known(lock)},
	}
	var writes []need.Need
	for _, role := range []string{"arn:aws:iam::123456789012:role/now", "arn:aws:iam::123456789012:role/before"} {
		facts.Roles[role] = fact.Known(fact.Role{ARN: role})
		writes = append(writes, need.Need{
			Kind: need.Identity, Purpose: need.Logs, Level: need.Required, Role: role, Action: "logs:PutLogEvents", Resource: group + ":log-stream:today",
			Function: fact.FunctionRef{ARN: "arn:aws:lambda:us-east-1:123456789012:function:notes", Qualifier: "live"},
		})
	}
	decisions := decide.All(facts, need.Behind(facts, writes), nil)
	if len(decisions) != 4 {
		t.Fatalf("want two decisions of each role, have %d", len(decisions))
	}
	if found := logPermissions().Run(&check.Input{Facts: facts, Decisions: decisions}).Found; len(found) != 1 {
		t.Errorf("want one finding, have %d", len(found))
	}
}

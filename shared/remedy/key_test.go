package remedy

import (
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

func TestAKeyPolicyThatLeavesNobodyToChangeItIsNotAdministered(t *testing.T) {
	const key = "arn:aws:kms:us-east-1:123456789012:key/0a1b"
	facts := &fact.Facts{Account: fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"}}
	statement := func(principal, action, more string) string {
		return `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"` + action + `","Resource":"*"` + more + `}]}`
	}
	for name, c := range map[string]struct {
		policy string
		want   bool
	}{
		"the account":             {statement("arn:aws:iam::123456789012:root", "kms:*", ""), true},
		"the account by its id":   {statement("123456789012", "kms:Put*", ""), true},
		"a role":                  {statement("arn:aws:iam::123456789012:role/admin", "kms:PutKeyPolicy", ""), true},
		"use alone":               {statement("arn:aws:iam::123456789012:root", "kms:Decrypt", ""), false},
		"another account":         {statement("arn:aws:iam::210987654321:root", "kms:*", ""), false},
		"a role that was deleted": {statement("AROAABCDEFGHIJKLMNOPQ", "kms:*", ""), false},
		"through a service, which changes no policy": {statement("arn:aws:iam::123456789012:root", "kms:*", `,"Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}`), false},
		"an administrator, and a Deny for all": {`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"kms:*","Resource":"*"},` +
			`{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*"}]}`, false},
	} {
		policy, err := iampolicy.Parse([]byte(c.policy), iampolicy.Resource)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := administered(facts, fact.Target{Kind: fact.TargetKey, ARN: key, Account: "123456789012"}, policy); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

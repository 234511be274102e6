package remedy

import (
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

const adminKey = "arn:aws:kms:us-east-1:123456789012:key/0a1b"

func administeredBy(t *testing.T, document string) hold {
	t.Helper()
	policy, err := iampolicy.Parse([]byte(document), iampolicy.Resource)
	if err != nil {
		t.Fatal(err)
	}
	facts := &fact.Facts{Account: fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"}}
	return administered(facts, fact.Target{Kind: fact.TargetKey, ARN: adminKey, Account: "123456789012"}, policy)
}

func TestWhetherSomebodyMayStillChangeAKeysPolicy(t *testing.T) {
	allow := func(principal, action, more string) string {
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":"` + action + `","Resource":"*"` + more + `}`
	}
	aws := func(who string) string { return `{"AWS":"` + who + `"}` }
	const (
		root  = "arn:aws:iam::123456789012:root"
		admin = "arn:aws:iam::123456789012:role/admin"
		deny  = `{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*"`
	)
	for name, c := range map[string]struct {
		statements string
		want       hold
	}{
		"the account":             {allow(aws(root), "kms:*", ""), somebody},
		"the account by its id":   {allow(aws("123456789012"), "kms:Put*", ""), somebody},
		"a role":                  {allow(aws(admin), "kms:PutKeyPolicy", ""), somebody},
		"use alone":               {allow(aws(root), "kms:Decrypt", ""), nobody},
		"all but administration":  {`{"Effect":"Allow","Principal":"*","NotAction":"kms:Put*","Resource":"*"}`, nobody},
		"another account":         {allow(aws("arn:aws:iam::210987654321:root"), "kms:*", ""), nobody},
		"a service":               {allow(`{"Service":"logs.us-east-1.amazonaws.com"}`, "kms:*", ""), nobody},
		"a role that was deleted": {allow(aws("AROAABCDEFGHIJKLMNOPQ"), "kms:*", ""), nobody},
		"nobody at all":           {allow(aws("arn:aws:iam::123456789012:role/app"), "kms:Decrypt", ""), nobody},
		"through a service, which changes no policy": {allow(aws(root), "kms:*", `,"Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}`), nobody},
		"of the account's callers":                   {allow(`"*"`, "kms:*", `,"Condition":{"StringEquals":{"kms:CallerAccount":"123456789012"}}`), somebody},
		"of another account's callers":               {allow(`"*"`, "kms:*", `,"Condition":{"StringEquals":{"kms:CallerAccount":"210987654321"}}`), nobody},

		"a role by a condition alone":             {allow(`"*"`, "kms:*", `,"Condition":{"ArnEquals":{"aws:PrincipalArn":"`+admin+`"}}`), somebody},
		"roles by a pattern in a condition":       {allow(aws(root), "kms:*", `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/admin-*"}}`), somebody},
		"a role of another account by conditions": {allow(`"*"`, "kms:*", `,"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::210987654321:role/admin"}}`), nobody},
		"with a second factor":                    {allow(aws(root), "kms:*", `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`), perhaps},
		"with a tag":                              {allow(aws(root), "kms:*", `,"Condition":{"StringEquals":{"aws:PrincipalTag/team":"keys"}}`), perhaps},
		"of the organization":                     {allow(`"*"`, "kms:*", `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`), perhaps},

		"the account, and a Deny for all":               {allow(aws(root), "kms:*", "") + "," + deny + `}`, nobody},
		"the account, and a Deny for all but one role":  {allow(aws(root), "kms:*", "") + "," + deny + `,"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"` + admin + `"}}}`, somebody},
		"a role, and a Deny for all but another one":    {allow(aws(admin), "kms:*", "") + "," + deny + `,"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/gone"}}}`, nobody},
		"the account, and a Deny without second factor": {allow(aws(root), "kms:*", "") + "," + deny + `,"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`, perhaps},
		"the account, and a Deny that spares a user": {allow(aws(root), "kms:*", "") +
			`,{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::123456789012:user/ann","` + root + `"]},"Action":"kms:*","Resource":"*"}`, somebody},
		"a role, and a Deny that spares another account": {allow(aws(admin), "kms:*", "") +
			`,{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":"kms:*","Resource":"*"}`, nobody},
		"everybody but by NotPrincipal in an Allow": {`{"Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:role/app"},"Action":"kms:*","Resource":"*"}`, somebody},
	} {
		if got := administeredBy(t, `{"Version":"2012-10-17","Statement":[`+c.statements+`]}`); got != c.want {
			t.Errorf("%s: want %d, have %d", name, c.want, got)
		}
	}
}

func TestAKeyPolicyThatTakesTheLastAdministratorAwayIsNotProposed(t *testing.T) {
	facts := &fact.Facts{Account: fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"}}
	key := fact.Target{Kind: fact.TargetKey, ARN: adminKey, Account: "123456789012"}
	const (
		open   = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"kms:*","Resource":"*"}]}`
		factor = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"kms:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}`
		closed = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"kms:Decrypt","Resource":"*"}]}`
	)
	for _, c := range []struct {
		name, now, then string
		want            bool
	}{
		{"it stays", open, open, false},
		{"it goes", open, closed, true},
		{"it becomes doubtful", open, factor, true},
		{"it is as doubtful as before", factor, factor, false},
		{"there was none before", closed, closed, true},
	} {
		parse := func(text string) *iampolicy.Policy {
			policy, err := iampolicy.Parse([]byte(text), iampolicy.Resource)
			if err != nil {
				t.Fatal(err)
			}
			return policy
		}
		if got := endangers(facts, key, fact.ResourcePolicy{Policy: parse(c.now), JSON: c.now}, parse(c.then)); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

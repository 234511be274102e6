package iampolicy

import "testing"

const roleARN = "arn:aws:iam::111122223333:role/berth-planner"

func mustParse(t testing.TB, kind Kind, doc string) *Policy {
	t.Helper()
	p, err := Parse([]byte(doc), kind)
	if err != nil {
		t.Fatalf("parse %s policy: %v\n%s", kind, err, doc)
	}
	return p
}

func principal(t testing.TB, s string) Principal {
	t.Helper()
	p, err := ParsePrincipal(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestIdentityAllowsSameAccount(t *testing.T) {
	c := Case{
		Principal: principal(t, roleARN), Action: "s3:GetObject", Resource: "arn:aws:s3:::tides/2026.csv",
		Identity: []*Policy{mustParse(t, Identity, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::tides/*"}]}`)},
	}
	r := c.Decide()
	if r.Decision != Allowed || r.By != Identity || len(r.Matched) != 1 {
		t.Errorf("got %+v", r)
	}
	c.Action = "s3:PutObject"
	if r := c.Decide(); r.Decision != ImplicitDeny {
		t.Errorf("got %+v", r)
	}
}

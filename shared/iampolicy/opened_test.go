package iampolicy

import "testing"

func TestOfAnOpenedPolicyOnlyWhatItDeniesRemains(t *testing.T) {
	policy, err := Parse([]byte(`{"Statement":[
		{"Sid":"Some","Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"ecr:ReplicateImage","Resource":"*"},
		{"Sid":"Stop","Effect":"Deny","Principal":"*","Action":"ecr:BatchGetImage","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}}},
		{"Sid":"Never","Effect":"Deny","Principal":"*","Action":"ecr:PutImage","Resource":"*"}]}`), Resource)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := ParsePrincipal("arn:aws:iam::123456789012:role/app")
	if err != nil {
		t.Fatal(err)
	}
	identity, err := Parse([]byte(`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`), Identity)
	if err != nil {
		t.Fatal(err)
	}
	opened := policy.Opened()
	for action, want := range map[string]Decision{"ecr:DescribeImages": Allowed, "ecr:PutImage": ExplicitDeny, "ecr:BatchGetImage": Undetermined, "s3:GetObject": Allowed} {
		c := Case{
			Principal: caller, Action: action, Resource: "arn:aws:ecr:us-east-1:210987654321:repository/a", ResourceAccount: "210987654321",
			Identity: []*Policy{identity}, ResourcePolicy: opened, Context: NewContext(nil).WithUnknown("*"),
		}
		result := c.Decide()
		if result.Decision != want {
			t.Errorf("%s: want %s, have %s", action, want, result.Decision)
		}
		if want == ExplicitDeny && (len(result.Matched) != 1 || result.Matched[0].Statement.SID() != "Never" || result.Matched[0].Statement.Index() != 2) {
			t.Errorf("%s: %+v", action, result.Matched)
		}
		c.ResourcePolicy = policy
		if left := c.Decide(); left.Decision == Allowed {
			t.Errorf("%s: the policy itself changed", action)
		}
	}
	if len(policy.Statements()) != 3 || opened.Statements()[3].Index() != 3 {
		t.Errorf("%d statements, and the last is number %d", len(policy.Statements()), opened.Statements()[3].Index())
	}
}

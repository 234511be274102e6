package need

import "testing"

func TestOnlyTheOwnersAccountChangesAParameter(t *testing.T) {
	const role, here, there = "arn:aws:iam::123456789012:role/app", "arn:aws:ssm:us-east-1:123456789012:parameter/shop", "arn:aws:ssm:us-east-1:210987654321:parameter/shop"
	for _, c := range []struct {
		role, action, resource string
		want                   bool
	}{
		{role, "ssm:PutParameter", there, true}, {role, "SSM:deleteparameter", there, true}, {"arn:aws:iam::123456789012:user/ada", "ssm:PutParameter", there, true},
		{role, "ssm:PutParameter", here, false}, {role, "ssm:GetParameter", there, false}, {role, "ssm:PutParameter", "arn:aws:ssm:us-east-1::parameter/aws/service/x", false},
		{role, "sqs:SendMessage", "arn:aws:sqs:us-east-1:210987654321:jobs", false}, {"", "ssm:PutParameter", there, false},
	} {
		n := Need{Kind: Identity, Purpose: Declared, Role: c.role, Action: c.action, Resource: c.resource}
		if got := n.OwnersOnly(); got != c.want {
			t.Errorf("%s by %q on %s: %v", c.action, c.role, c.resource, got)
		}
		if asked := len(Targets([]Need{n})) > 0; asked == c.want {
			t.Errorf("%s by %q on %s: what decides nothing is read, or what decides is not", c.action, c.role, c.resource)
		}
	}
}

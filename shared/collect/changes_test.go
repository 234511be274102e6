package collect

import "testing"

func TestOfWhereAChangeWasMadeFromTheKindAloneIsKept(t *testing.T) {
	for _, c := range []struct{ source, agent, from, with string }{
		{"192.0.2.1", "aws-cli/2.30.1 md/awscrt", "192.0.2.1", "the AWS CLI"},
		{"2001:db8::1", "APN/1.0 HashiCorp/1.0 Terraform/1.9", "2001:db8::1", "Terraform"},
		{"cloudformation.amazonaws.com", "cloudformation.amazonaws.com", "cloudformation.amazonaws.com", "CloudFormation"},
		{"192.0.2.1", "Mozilla/5.0 (secret)", "192.0.2.1", "the console"},
		{"AWS Internal", "AWS Internal", "AWS Internal", "a service of AWS"},
		{"secret text", "secret/1.0", "", "another client"},
		{"lambda.amazonaws.com", "x", "lambda.amazonaws.com", "a service of AWS"},
	} {
		if from, with := place(c.source), client(c.source, c.agent); from != c.from || with != c.with {
			t.Errorf("%s, %s: from %q with %q", c.source, c.agent, from, with)
		}
	}
}

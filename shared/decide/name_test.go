package decide

import (
	"strings"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/need"
)

func TestANameIsWrongOnlyWhereSomethingShowsIt(t *testing.T) {
	facts := &fact.Facts{Account: fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"}, Existing: map[string][]string{
		"lambda": {"arn:aws:lambda:us-east-1:123456789012:function:payments", "arn:aws:lambda:us-east-1:123456789012:function:shop-10",
			"arn:aws:lambda:us-east-1:123456789012:function:mailer-ab", "arn:aws:lambda:us-east-1:123456789012:function:mailer-ac"},
		"iam": {"arn:aws:iam::123456789012:role/team/ledger"},
	}}
	for _, c := range []struct{ name, resource, slip, want string }{
		{"a value that is not set", "arn:aws:sqs:us-east-1:123456789012:orders-undefined", "", "undefined"},
		{"nothing", "arn:aws:dynamodb:us-east-1:123456789012:table/null", "", "null"},
		{"a word that only holds it", "arn:aws:sqs:us-east-1:123456789012:nullify-orders", "", ""},
		{"no account", "arn:aws:sqs:us-east-1::orders", "", "no account"},
		{"a service without accounts in ARNs", "arn:aws:s3:::orders", "", ""},
		{"a slip", "arn:aws:sqs:us-east-1:123456789012:ordres", "arn:aws:sqs:us-east-1:123456789012:orders", "spelt almost the same"},
		{"a function that is not there beside one that is", "arn:aws:lambda:us-east-1:123456789012:function:paymnets", "", "function:payments, which is spelt almost the same, exists"},
		{"an alias of it", "arn:aws:lambda:us-east-1:123456789012:function:paymnets:live", "", "function:payments"},
		{"a function that is there", "arn:aws:lambda:us-east-1:123456789012:function:payments:live", "", ""},
		{"another one of a series", "arn:aws:lambda:us-east-1:123456789012:function:shop-11", "", ""},
		{"two that it may be", "arn:aws:lambda:us-east-1:123456789012:function:mailer-ad", "", ""},
		{"a function elsewhere", "arn:aws:lambda:eu-west-1:123456789012:function:paymnets", "", ""},
		{"a function of another account", "arn:aws:lambda:us-east-1:210987654321:function:paymnets", "", ""},
		{"a pattern", "arn:aws:lambda:us-east-1:123456789012:function:payment*", "", ""},
		{"a role", "arn:aws:iam::123456789012:role/team/ledgre", "", "role/team/ledger"},
		{"a queue, which nobody lists", "arn:aws:sqs:us-east-1:123456789012:paymnets", "", ""},
		{"nothing wrong", "arn:aws:sqs:us-east-1:123456789012:orders", "", ""},
		{"no ARN", "*", "", ""},
	} {
		got := WrongName(facts, &Decision{Need: &need.Need{Resource: c.resource}, Slip: c.slip})
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

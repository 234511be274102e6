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
	}, Seen: []string{
		"arn:aws:s3:::invoices", "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/token-Ab12Cd", "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
		"arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000", "arn:aws:sqs:us-east-1:123456789012:payments",
	}, Targets: map[string]fact.Read[fact.Target]{
		"arn:aws:s3:::invocies": fact.Absent[fact.Target](), "arn:aws:sqs:us-east-1:123456789012:paymens": fact.Absent[fact.Target](),
		"arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/tokne": fact.Absent[fact.Target](),
		"arn:aws:dynamodb:us-east-1:123456789012:table/ordres":            fact.Absent[fact.Target](),
		"arn:aws:s3:::invoicse": fact.NotRead[fact.Target](fact.Unread{Reason: "refused"}),
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
		{"a queue that its service does not know", "arn:aws:sqs:us-east-1:123456789012:paymens", "", "arn:aws:sqs:us-east-1:123456789012:payments"},
		{"an object of a bucket that is not there", "arn:aws:s3:::invocies/2026/*", "", "arn:aws:s3:::invoices, which"},
		{"a bucket that may not be read", "arn:aws:s3:::invoicse/2026/*", "", ""},
		{"a secret without the end of its ARN", "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/tokne-??????", "", "secret:shop/token-Ab12Cd"},
		{"an index of a table that is not there", "arn:aws:dynamodb:us-east-1:123456789012:table/ordres/index/by-day", "", "table/orders, which"},
		{"Python's word for nothing", "arn:aws:sqs:us-east-1:123456789012:orders_None", "", "None"},
		{"a name that is that word in small letters", "arn:aws:sqs:us-east-1:123456789012:none-orders", "", ""},
		{"JavaScript's word for a thing", "arn:aws:s3:::invoices/[object Object]", "", "[object Object]"},
		{"an account of zeros", "arn:aws:sqs:us-east-1:000000000000:orders", "", "nobody's"},
		{"nothing wrong", "arn:aws:sqs:us-east-1:123456789012:orders", "", ""},
		{"no ARN", "*", "", ""},
	} {
		got := WrongName(facts, &Decision{Need: &need.Need{Resource: c.resource}, Slip: c.slip})
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

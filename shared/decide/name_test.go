package decide

import (
	"strings"
	"testing"

	"permprobe/shared/need"
)

func TestANameIsWrongOnlyWhereSomethingShowsIt(t *testing.T) {
	for _, c := range []struct{ name, resource, slip, want string }{
		{"a value that is not set", "arn:aws:sqs:us-east-1:123456789012:orders-undefined", "", "undefined"},
		{"nothing", "arn:aws:dynamodb:us-east-1:123456789012:table/null", "", "null"},
		{"a word that only holds it", "arn:aws:sqs:us-east-1:123456789012:nullify-orders", "", ""},
		{"no account", "arn:aws:sqs:us-east-1::orders", "", "no account"},
		{"a service without accounts in ARNs", "arn:aws:s3:::orders", "", ""},
		{"a slip", "arn:aws:sqs:us-east-1:123456789012:ordres", "arn:aws:sqs:us-east-1:123456789012:orders", "spelt almost the same"},
		{"nothing wrong", "arn:aws:sqs:us-east-1:123456789012:orders", "", ""},
		{"no ARN", "*", "", ""},
	} {
		got := WrongName(&Decision{Need: &need.Need{Resource: c.resource}, Slip: c.slip})
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

package iampolicy

import (
	"strings"
	"testing"
)

func TestTheNearMissSaysWhatIsDifferent(t *testing.T) {
	at := "us-east-1:123456789012:"
	for _, c := range []struct{ name, action, have, want, says string }{
		{"another region", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:123456789012:orders", "arn:aws:sqs:" + at + "orders", `the Region is "eu-west-1" and not "us-east-1"`},
		{"another account", "sqs:SendMessage", "arn:aws:sqs:us-east-1:210987654321:orders", "arn:aws:sqs:" + at + "orders", `the account is "210987654321" and not "123456789012"`},
		{"another partition", "sqs:SendMessage", "arn:aws-cn:sqs:" + at + "orders", "arn:aws:sqs:" + at + "orders", `the partition is "aws-cn" and not "aws"`},
		{"region and name", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:123456789012:invoices", "arn:aws:sqs:" + at + "orders", `the Region is "eu-west-1" and not "us-east-1", the name is "invoices" and not "orders"`},
		{"a log group without its star", "logs:PutLogEvents", "arn:aws:logs:" + at + "log-group:/aws/lambda/a", "arn:aws:logs:" + at + "log-group:/aws/lambda/a:log-stream:x", `its end lacks ":*"`},
		{"a function without its qualifier", "lambda:InvokeFunction", "arn:aws:lambda:" + at + "function:a", "arn:aws:lambda:" + at + "function:a:live", `without the qualifier "live"`},
		{"qualifiers only", "lambda:InvokeFunction", "arn:aws:lambda:" + at + "function:a:*", "arn:aws:lambda:" + at + "function:a", `it covers the qualifier "*" only`},
		{"a bucket for its objects", "s3:GetObject", "arn:aws:s3:::files", "arn:aws:s3:::files/a.txt", "it names the bucket and not its objects"},
		{"objects for their bucket", "s3:ListBucket", "arn:aws:s3:::files/*", "arn:aws:s3:::files", "it names objects and not their bucket"},
		{"a table for its index", "dynamodb:Query", "arn:aws:dynamodb:" + at + "table/orders", "arn:aws:dynamodb:" + at + "table/orders/index/day", "it names what"},
		{"another kind", "dynamodb:GetItem", "arn:aws:dynamodb:" + at + "global-table/orders", "arn:aws:dynamodb:" + at + "table/orders", "it is a global-table and not a table"},
		{"a slip in the name", "sqs:SendMessage", "arn:aws:sqs:" + at + "ordres", "arn:aws:sqs:" + at + "orders", "the names differ in 2 characters"},
		{"another number is another name", "sqs:SendMessage", "arn:aws:sqs:" + at + "orders-1", "arn:aws:sqs:" + at + "orders-2", `the name is "orders-1" and not "orders-2"`},
		{"an action without a resource", "xray:PutTraceSegments", "arn:aws:xray:" + at + "group/x", "*", `only "*" allows it`},
	} {
		t.Run(c.name, func(t *testing.T) {
			near := missOf(t, `{"Effect":"Allow","Action":"`+c.action+`","Resource":"`+c.have+`"}`, c.action, c.want)
			if !strings.Contains(near.Detail, c.says) {
				t.Errorf("want %q, have %q", c.says, near.Detail)
			}
		})
	}
}

func TestTheNearMissNamesAMisspeltAction(t *testing.T) {
	near := missOf(t, `{"Effect":"Allow","Action":["sqs:ReceiveMessage","sqs:SendMesage"],"Resource":"*"}`, "sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:orders")
	if want := `"sqs:SendMesage" differs in one character`; !strings.Contains(near.Detail, want) {
		t.Errorf("want %q, have %q", want, near.Detail)
	}
	near = missOf(t, `{"Effect":"Allow","Action":"sqs:ReceiveMessage","Resource":"*"}`, "sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:orders")
	if strings.Contains(near.Detail, "differs") {
		t.Errorf("another action is no slip: %q", near.Detail)
	}
}

func missOf(t *testing.T, statement, action, resource string) NearMiss {
	t.Helper()
	policy, err := Parse([]byte(`{"Version":"2012-10-17","Statement":[`+statement+`]}`), Identity)
	if err != nil {
		t.Fatal(err)
	}
	principal, err := ParsePrincipal("arn:aws:iam::123456789012:role/worker")
	if err != nil {
		t.Fatal(err)
	}
	c := &Case{Principal: principal, Action: action, Resource: resource, Context: NewContext(nil), Identity: []*Policy{policy}}
	near, ok := c.NearMiss()
	if !ok {
		t.Fatal("no near miss")
	}
	return near
}

func TestNamesAreTakenForMisspeltOnlyWhereASlipIsLikely(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"orders", "ordres", true}, {"orders", "order", true}, {"orders", "oders", true},
		{"queue-1", "queue-2", false}, {"queue-1", "queue-12", false}, {"orders", "orders", false},
		{"orders", "invoices", false}, {"logs", "jobs", false}, {"dev", "prd", false},
	} {
		if got := Misspelt(c.a, c.b); got != c.want {
			t.Errorf("Misspelt(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

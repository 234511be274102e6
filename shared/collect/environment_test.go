package collect

import (
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"
)

func TestOfEnvironmentVariablesOnlyTheResourcesThatTheyNameAreKept(t *testing.T) {
	const function, role = "arn:aws:lambda:us-east-1:123456789012:function:f", "arn:aws:iam::123456789012:role/r"
	policy, err := iampolicy.Parse([]byte(`{"Statement": [
		{"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::docs/a/*", "arn:aws:s3:::canary-*/*", "*"]},
		{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/orders/index/*"},
		{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:us-east-1:123456789012:parameter/shop/url"},
		{"Effect": "Deny", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:123456789012:canary-denied"}]}`), iampolicy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	facts := &fact.Facts{
		Functions: []fact.Function{{ARN: function, Role: role}}, Named: map[string][]string{},
		Roles: map[string]fact.Read[fact.Role]{role: fact.Known(fact.Role{ARN: role, Policies: fact.Known([]*iampolicy.Policy{policy})})},
	}
	values := newEnvironment()
	values.keep(&types.FunctionConfiguration{FunctionArn: aws.String(function), Environment: &types.EnvironmentResponse{Variables: map[string]string{
		"A": "docs", "B": "orders", "C": "https://sqs.eu-west-1.amazonaws.com/210987654321/jobs", "D": "/shop/url", "E": "arn:aws:sns:us-east-1:123456789012:news",
		"secret": "canary-secret", "number": "1", "pattern": "canary-x", "denied": "canary-denied", "hook": "https://example.com/canary", "user": "arn:aws:iam::123456789012:user/canary",
		"json": `{"password": "canary"}`, "open": "arn:aws:s3:::canary-*", "unknown": iampolicy.Unknown("canary"), "queue": "https://sqs.us-east-1.amazonaws.com/123456789012/canary?token=1",
		"long": "arn:aws:s3:::" + string(make([]byte, 2000)),
	}}})
	values.named(fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"}, facts)
	want := map[string][]string{function: {
		"arn:aws:dynamodb:us-east-1:123456789012:table/orders", "arn:aws:s3:::docs", "arn:aws:sns:us-east-1:123456789012:news",
		"arn:aws:sqs:eu-west-1:210987654321:jobs", "arn:aws:ssm:us-east-1:123456789012:parameter/shop/url",
	}}
	if diff := cmp.Diff(want, facts.Named); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
}

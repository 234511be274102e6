package iampolicy

import (
	"strings"
	"testing"
)

func TestTheNearMissNamesTheFirstPartInWhichASourceDiffers(t *testing.T) {
	api := "arn:aws:execute-api:us-east-1:123456789012:"
	rule := "arn:aws:events:us-east-1:123456789012:rule/"
	for _, c := range []struct{ name, have, want, says string }{
		{"partition", "arn:aws-cn:execute-api:us-east-1:123456789012:a1b2c3d4e5/*", api + "a1b2c3d4e5/prod/GET/x", `the partition is "aws-cn" and not "aws"`},
		{"service", "arn:aws:apigateway:us-east-1:123456789012:a1b2c3d4e5/*", api + "a1b2c3d4e5/prod/GET/x", `the service is "apigateway" and not "execute-api"`},
		{"Region", "arn:aws:execute-api:eu-west-1:210987654321:a1b2c3d4e5/*", api + "a1b2c3d4e5/prod/GET/x", `the Region is "eu-west-1" and not "us-east-1"`},
		{"account", "arn:aws:execute-api:us-east-1:210987654321:a1b2c3d4e5/*", api + "a1b2c3d4e5/prod/GET/x", `the account is "210987654321" and not "123456789012"`},
		{"API", api + "z9y8x7w6v5/*", api + "a1b2c3d4e5/prod/GET/x", `the API id is "z9y8x7w6v5" and not "a1b2c3d4e5"`},
		{"logical id", api + "NotesApi/*", api + "a1b2c3d4e5/prod/GET/x", `the id in a template`},
		{"stage", api + "a1b2c3d4e5/dev/GET/x", api + "a1b2c3d4e5/prod/GET/x", `the stage is "dev" and not "prod"`},
		{"method", api + "a1b2c3d4e5/*/POST/x", api + "a1b2c3d4e5/prod/GET/x", `the method is "POST" and not "GET"`},
		{"path", api + "a1b2c3d4e5/*/GET/y", api + "a1b2c3d4e5/prod/GET/x/1", `the path is "/y" and not "/x/1"`},
		{"a path too short", api + "a1b2c3d4e5/*/GET", api + "a1b2c3d4e5/prod/GET/x", `it ends before the path "x"`},
		{"a path too long", api + "a1b2c3d4e5/*/*/$default", api + "a1b2c3d4e5/prod/$default", `it goes on with "/$default"`},
		{"route", api + "a1b2c3d4e5/*/$connect", api + "a1b2c3d4e5/prod/$default", `the route is "$connect" and not "$default"`},
		{"routes for an authorizer", api + "a1b2c3d4e5/prod/GET/x", api + "a1b2c3d4e5/authorizers/abc123", `not the authorizer`},
		{"authorizer", api + "a1b2c3d4e5/authorizers/def456", api + "a1b2c3d4e5/authorizers/abc123", `the authorizer's id is "def456" and not "abc123"`},
		{"authorizers for a route", api + "a1b2c3d4e5/authorizers/*", api + "a1b2c3d4e5/prod/GET/x", `it names authorizers and not the route`},
		{"variable", "arn:aws:execute-api:us-east-1:${AWS::AccountId}:a1b2c3d4e5/*", api + "a1b2c3d4e5/prod/GET/x", `"${AWS::AccountId}" stands in the ARN as text`},
		{"attribute", "arn:aws:events:us-east-1:123456789012:rule/${Nightly.Name}", rule + "nightly", `"${Nightly.Name}" stands in the ARN as text`},
		{"name", rule + "hourly", rule + "nightly", `the name is "rule/hourly" and not "rule/nightly"`},
		{"pattern of names", rule + "hour*", rule + "nightly", `the name is "rule/hour*" and not "rule/nightly"`},
		{"a rule of a bus", rule + "nightly", rule + "orders/nightly", `the name is "rule/nightly" and not "rule/orders/nightly"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			near := refusedSource(t, `"ArnLike":{"AWS:SourceArn":"`+c.have+`"}`, c.want)
			if near.Element != "Condition" || !strings.Contains(near.Detail, c.says) {
				t.Errorf("want %q, have %s: %q", c.says, near.Element, near.Detail)
			}
		})
	}
}

func TestSeveralConditionsThatFailAreOneNearMiss(t *testing.T) {
	near := refusedSource(t, `"ArnLike":{"AWS:SourceArn":"arn:aws:sns:us-east-1:210987654321:orders"},"StringEquals":{"AWS:SourceAccount":"210987654321"}`,
		"arn:aws:sns:us-east-1:123456789012:orders")
	for _, want := range []string{"AWS:SourceAccount is \"123456789012\"", "AWS:SourceArn is", "the account is"} {
		if !strings.Contains(near.Detail, want) {
			t.Errorf("want %q in %q", want, near.Detail)
		}
	}
}

// refusedSource is the near miss of a call by the source where the only statement has the condition.
func refusedSource(t *testing.T, condition, source string) NearMiss {
	t.Helper()
	const function = "arn:aws:lambda:us-east-1:123456789012:function:f"
	policy, err := Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},
		"Action":"lambda:InvokeFunction","Resource":"`+function+`","Condition":{`+condition+`}}]}`), Resource)
	if err != nil {
		t.Fatal(err)
	}
	c := &Case{
		Principal: Service("apigateway.amazonaws.com"), Action: "lambda:InvokeFunction", Resource: function, ResourceAccount: "123456789012",
		ResourcePolicy: policy, Context: NewContext(map[string][]string{"aws:SourceArn": {source}, "aws:SourceAccount": {"123456789012"}}),
	}
	near, ok := c.NearMiss()
	if !ok {
		t.Fatal("no near miss")
	}
	return near
}

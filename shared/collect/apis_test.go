package collect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

var account = fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"}

const notes = "arn:aws:lambda:us-east-1:123456789012:function:notes"

func newAPI(stages ...stage) *api {
	return &api{kind: fact.TriggerRESTAPI, id: "abc123", name: "notes", stages: stages, hits: map[target]*fact.Trigger{}}
}

func TestTheFunctionIsTakenOutOfEveryFormOfAnIntegrationsURI(t *testing.T) {
	for _, c := range []struct {
		name, uri, function, unread string
	}{
		{"API Gateway's path", "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + notes + "/invocations", notes, ""},
		{"the path of a streamed answer", "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/" + notes + "/response-streaming-invocations", notes, ""},
		{"the path with an alias", "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + notes + ":live/invocations", notes + ":live", ""},
		{"the function's ARN", notes, notes, ""},
		{"the function's ARN with a version", notes + ":7", notes + ":7", ""},
		{"a name of which a parameter is open", "arn:aws:lambda:us-east-1:123456789012:function:notes-⟦Parameter Stage⟧", "arn:aws:lambda:us-east-1:123456789012:function:notes-⟦Parameter Stage⟧", ""},
		{"an unresolved name", "arn:aws:lambda:us-east-1:123456789012:function:⟦Select 0 of Names⟧", "", "Select 0 of Names"},
		{"a qualifier that is open", notes + ":⟦Parameter Alias⟧", notes + ":⟦Parameter Alias⟧", ""},
		{"an unresolved qualifier", notes + ":⟦Select 0 of Aliases⟧", "", "Select 0 of Aliases"},
		{"a path without a function", "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions//invocations", "", "no function's ARN"},
		{"another resource of Lambda", "arn:aws:lambda:us-east-1:123456789012:layer:x", "", "no function's ARN"},
		{"an empty qualifier", notes + ":", "", "empty qualifier"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !isLambda(c.uri) {
				t.Fatal("not seen as a call of Lambda")
			}
			ref, why := calledFunction(c.uri, "the REST API notes")
			if c.unread == "" && (ref.String() != c.function || !why.IsZero()) {
				t.Errorf("want %s, have %s (%v)", c.function, ref, why)
			}
			if c.unread != "" && !strings.Contains(why.Reason, c.unread) {
				t.Errorf("want a reason with %q, have %q", c.unread, why.Reason)
			}
		})
	}
}

func TestIntegrationsWithOthersThanLambdaAreLeftAlone(t *testing.T) {
	for _, uri := range []string{
		"", "https://example.com/notes", "arn:aws:apigateway:us-east-1:sqs:path/123456789012/queue",
		"arn:aws:apigateway:us-east-1:states:action/StartExecution", "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/x",
	} {
		if isLambda(uri) {
			t.Errorf("%q is seen as a call of Lambda", uri)
		}
	}
}

func TestRoutesCarryTheRequestsThatTheirCallsMake(t *testing.T) {
	const at = "arn:aws:execute-api:us-east-1:123456789012:abc123/"
	any7 := func(stage, path string) []string {
		var out []string
		for _, m := range []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"} {
			out = append(out, at+stage+"/"+m+path)
		}
		return out
	}
	for _, c := range []struct {
		name  string
		route fact.Route
		want  fact.Route
	}{
		{"method and path", methodRoute(account, "abc123", "GET", "/notes")("prod"),
			fact.Route{Label: "GET /notes", Pattern: at + "*/GET/notes", Requests: []string{at + "prod/GET/notes"}}},
		{"the root", methodRoute(account, "abc123", "GET", "/")("prod"),
			fact.Route{Label: "GET /", Pattern: at + "*/GET/", Requests: []string{at + "prod/GET/"}}},
		{"path parameters", methodRoute(account, "abc123", "PUT", "/a/{id}/b/{proxy+}")("prod"),
			fact.Route{Label: "PUT /a/{id}/b/{proxy+}", Pattern: at + "*/PUT/a/*/b/*", Requests: []string{at + "prod/PUT/a/*/b/*"},
				Doubtful: []string{at + "prod/PUT/a/{id}/b/{proxy+}"}}},
		{"any method", methodRoute(account, "abc123", "ANY", "/x")("prod"),
			fact.Route{Label: "ANY /x", Pattern: at + "*/*/x", Requests: any7("prod", "/x"), Doubtful: []string{at + "prod/ANY/x"}}},
		{"the default route", keyRoute(account, "abc123", "$default")("$default"),
			fact.Route{Label: "$default", Pattern: at + "*/$default", Requests: []string{at + "$default/$default"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.route); diff != "" {
				t.Errorf("(-want +have):\n%s", diff)
			}
		})
	}
}

func TestAStageVariableMayNameAnotherFunctionOnEachStage(t *testing.T) {
	a := newAPI(stage{name: "prod", variables: map[string]string{"fn": "notes"}}, stage{name: "beta", variables: map[string]string{"fn": "notes-beta"}}, stage{name: "dev"})
	a.add(account, "arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.fn}", "", methodRoute(account, "abc123", "GET", "/"))
	var have []string
	for _, trigger := range a.result() {
		line := trigger.Function.Name() + trigger.Unread.Reason + ":"
		for _, route := range trigger.Routes {
			line += " " + strings.Join(route.Requests, " ")
		}
		have = append(have, line)
	}
	const at = "arn:aws:execute-api:us-east-1:123456789012:abc123/"
	want := []string{
		"which function the REST API notes (abc123) calls depends on stage variable fn of stage dev, which is not known: " + at + "dev/GET/",
		"notes: " + at + "prod/GET/",
		"notes-beta: " + at + "beta/GET/",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
}

func TestAnAPIWithoutAStageIsDecidedForAStageOfUnknownName(t *testing.T) {
	a := newAPI()
	a.add(account, notes, "", methodRoute(account, "abc123", "GET", "/x"))
	routes := a.result()[0].Routes
	if len(routes) != 1 || len(routes[0].Requests) != 1 || !strings.Contains(routes[0].Requests[0], "⟦stage of abc123⟧/GET/x") {
		t.Errorf("%+v", routes)
	}
}

func TestErrorsSayWhatIsMissingAndNeverRepeatTheServicesText(t *testing.T) {
	c := call{Operation: "lambda:GetPolicy", Permission: "lambda:GetPolicy", Resource: notes}
	wrap := func(err error) error { return fmt.Errorf("operation error Lambda: GetPolicy: %w", err) }
	for _, one := range []struct {
		name string
		err  error
		want fact.Unread
	}{
		{"refused", wrap(&smithy.GenericAPIError{Code: "AccessDeniedException", Message: "secret"}), fact.Unread{
			Operation: c.Operation, Permission: c.Permission, Resource: notes,
			Reason: "lambda:GetPolicy is refused (AccessDeniedException)"}},
		{"broken", wrap(&smithy.GenericAPIError{Code: "ServiceException", Message: "secret"}), fact.Unread{
			Operation: c.Operation, Reason: "lambda:GetPolicy failed with ServiceException"}},
		{"out of time", wrap(context.DeadlineExceeded), fact.Unread{
			Operation: c.Operation, Reason: "the time of the run was over before lambda:GetPolicy answered", OutOfTime: true}},
		{"no answer", wrap(errors.New("connection refused")), fact.Unread{
			Operation: c.Operation, Reason: "lambda:GetPolicy did not answer: connection refused"}},
	} {
		t.Run(one.name, func(t *testing.T) {
			if diff := cmp.Diff(one.want, c.unread(one.err)); diff != "" {
				t.Errorf("(-want +have):\n%s", diff)
			}
			if isNotFound(one.err) {
				t.Error("taken for absent")
			}
		})
	}
	if !isNotFound(wrap(&smithy.GenericAPIError{Code: "ResourceNotFoundException"})) || isNotFound(nil) {
		t.Error("not found is told by its code")
	}
}

func TestAnIntegrationWhoseURIIsLeftOpenMayCallAFunction(t *testing.T) {
	open := iampolicy.Unknown("Parameter Uri")
	for _, c := range []struct {
		kind, uri string
		want      bool
	}{
		{"AWS_PROXY", open, true},
		{open, open, true},
		{"AWS", "arn:" + open, true},
		{"AWS_PROXY", "arn:aws:apigateway:us-east-1:" + open + ":path/x", true},
		{"AWS_PROXY", "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + open + "/invocations", true},
		{"AWS", "arn:aws:apigateway:us-east-1:sqs:path/" + open, false},
		{"AWS", "arn:aws:apigateway:us-east-1:" + "dynamodb" + ":action/" + open, false},
		{"HTTP_PROXY", open, false},
		{"HTTP", "https://" + open, false},
		{"", "https://" + open, false},
		{"MOCK", open, false},
		{"AWS_PROXY", "", false},
	} {
		if got := mayInvoke(c.kind, c.uri); got != c.want {
			t.Errorf("%s %s: %t", c.kind, c.uri, got)
		}
	}
}

package decide

import (
	"strings"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/need"
)

func TestTheAuthorizationOfACallIsThatOfTheMethodThatTakesIt(t *testing.T) {
	const arn = "arn:aws:execute-api:us-east-1:123456789012:a1"
	rest := &fact.API{Kind: fact.TriggerRESTAPI, ID: "a1", Routes: []fact.APIRoute{
		{Label: "ANY /open/{proxy+}", Authorization: "NONE"}, {Label: "GET /", Authorization: "AWS_IAM"}, {Label: "GET /notes", Authorization: "AWS_IAM"},
		{Label: "GET /notes/{id}", Authorization: "COGNITO_USER_POOLS"}, {Label: "POST /notes", Authorization: "CUSTOM"},
	}}
	http := &fact.API{Kind: fact.TriggerHTTPAPI, ID: "a1", Routes: []fact.APIRoute{{Label: "$default", Authorization: "JWT"}, {Label: "GET /notes", Authorization: "AWS_IAM"}}}
	chat := &fact.API{Kind: fact.TriggerWebSocketAPI, ID: "a1", Routes: []fact.APIRoute{{Label: "$connect"}, {Label: "send"}}}
	empty := &fact.API{Kind: fact.TriggerRESTAPI, ID: "a1"}
	for _, test := range []struct {
		api              *fact.API
		action, resource string
		want             string // empty where it is not known
	}{
		{rest, "execute-api:Invoke", "/live/GET/notes", "AWS_IAM"},
		{rest, "execute-api:invoke", "/live/GET/", "AWS_IAM"},
		{rest, "execute-api:Invoke", "/live/GET", "AWS_IAM"},
		{rest, "execute-api:Invoke", "/live/GET/notes/7", "COGNITO_USER_POOLS"},
		{rest, "execute-api:Invoke", "/live/POST/notes", "CUSTOM"},
		{rest, "execute-api:Invoke", "/live/DELETE/open/a/b", "NONE"},
		{rest, "execute-api:Invoke", "/live/DELETE/notes", ""},
		{rest, "execute-api:Invoke", "/live/*/open/*", "NONE"},
		{rest, "execute-api:Invoke", "/live/GET/open/a*", "NONE"},
		{rest, "execute-api:Invoke", "/live/GET/notes/*", "COGNITO_USER_POOLS"},
		{rest, "execute-api:Invoke", "/live/GET/notes*", "AWS_IAM"},
		{rest, "execute-api:Invoke", "/live/PUT/other/*", ""},
		{rest, "execute-api:Invoke", "/live/PUT/*", "NONE"},
		{rest, "execute-api:Invoke", "/*", "AWS_IAM"},
		{rest, "execute-api:Invoke", "", ""},
		{rest, "execute-api:InvalidateCache", "/live/GET/open/a", "AWS_IAM"},
		{http, "execute-api:Invoke", "/$default/GET/notes", "AWS_IAM"},
		{http, "execute-api:Invoke", "/$default/PUT/others", "JWT"},
		{chat, "execute-api:Invoke", "/live/$connect", "NONE"},
		{chat, "execute-api:ManageConnections", "/live/POST/@connections/x", "AWS_IAM"},
		{empty, "execute-api:Invoke", "/live/GET/notes", "AWS_IAM"},
	} {
		have, why := authorizationOf(test.api, &need.Need{Action: test.action, Resource: arn + test.resource}, arn)
		if have != test.want || why.IsZero() != (test.want != "") || !why.IsZero() && !strings.Contains(why.Reason, "is not known") {
			t.Errorf("%s %s: want %q, have %q, %v", test.action, test.resource, test.want, have, why)
		}
	}
}

package remedy

import (
	"strings"
	"testing"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/need"

	"github.com/google/go-cmp/cmp"
)

func TestAPermissionIsWrittenForTerraform(t *testing.T) {
	function := fact.FunctionRef{ARN: "arn:aws:lambda:us-east-1:123456789012:function:notes", Qualifier: "live"}
	got := terraformPermission("permprobe-1", function, permissionProperties{
		Action: "lambda:InvokeFunction", Principal: "apigateway.amazonaws.com", SourceARN: `arn:aws:execute-api:us-east-1:123456789012:a1/*/GET/"${x}`,
	})
	want := `resource "aws_lambda_permission" "invoke" {
  statement_id  = "permprobe-1"
  action        = "lambda:InvokeFunction"
  function_name = "arn:aws:lambda:us-east-1:123456789012:function:notes"
  qualifier     = "live"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "arn:aws:execute-api:us-east-1:123456789012:a1/*/GET/\"$${x}"
}
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSAMWritesEventsWhereTheSourceIsKnownAndAResourceElsewhere(t *testing.T) {
	call := func(kind fact.TriggerKind, label, qualifier string) *decide.Decision {
		return &decide.Decision{Need: &need.Need{
			Function: fact.FunctionRef{ARN: "arn:aws:lambda:us-east-1:123456789012:function:notes", Qualifier: qualifier},
			Trigger:  &fact.Trigger{Kind: kind, SourceID: "a1b2c3", Source: "arn:aws:sns:us-east-1:123456789012:orders"}, Route: &fact.Route{Label: label},
		}}
	}
	for _, c := range []struct {
		name      string
		decisions []*decide.Decision
		want      string
	}{
		{"a REST API", []*decide.Decision{call(fact.TriggerRESTAPI, "GET /notes/{id}", "")},
			"Events:\n  ApiGetNotesId:\n    Type: Api\n    Properties:\n      Method: get\n      Path: /notes/{id}\n      RestApiId: a1b2c3\n"},
		{"two routes of an HTTP API", []*decide.Decision{call(fact.TriggerHTTPAPI, "ANY /a", ""), call(fact.TriggerHTTPAPI, "$default", "")},
			"Events:\n  HttpApiAnyA:\n    Type: HttpApi\n    Properties:\n      ApiId: a1b2c3\n      Method: any\n      Path: /a\n" +
				"  HttpApiDefault:\n    Type: HttpApi\n    Properties:\n      ApiId: a1b2c3\n"},
		{"a topic", []*decide.Decision{call(fact.TriggerTopic, "orders", "")}, "Topic: arn:aws:sns:us-east-1:123456789012:orders\n"},
		{"an alias", []*decide.Decision{call(fact.TriggerRESTAPI, "GET /notes", "live")}, "Resources:\n  InvokePermission:\n    Type: AWS::Lambda::Permission\n"},
		{"a rule", []*decide.Decision{call(fact.TriggerRule, "nightly", "")}, "Resources:\n  InvokePermission:\n    Type: AWS::Lambda::Permission\n"},
	} {
		got, err := samPermission(permissionProperties{Action: "lambda:InvokeFunction"}, samEvents(c.decisions))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: want %s in\n%s", c.name, c.want, got)
		}
	}
}

package scan_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/render"
	"permprobe/shared/scan/scantest"
)

// supportTemplate is the diagnosed function with everything that a file for support tells of, and canaries where it must not.
const supportTemplate = diagnosedTemplate + `
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt Queue.Arn}}
  Results: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref Function, Qualifier: $LATEST, DestinationConfig: {OnFailure: {Destination: "arn:aws:sqs:us-east-1:210987654321:theirs"}}}}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Subscription: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Topic, Protocol: lambda, Endpoint: !GetAtt Function.Arn}}
`

func support(t *testing.T, o localaws.Options, template string) *finding.Support {
	t.Helper()
	w := scantest.New(t, o, nil, scantest.Parse(t, "support.yaml", []byte(template), nil))
	defer w.Close()
	s := w.Scanner.Support(context.Background(), config.Request{Mode: config.OnDemand, Support: &config.Support{Function: "orders", Since: 24 * time.Hour}})
	s.Markdown = render.Support(s)
	return s
}

func TestTheFileForSupportHoldsWhatIsAskedAndNoSecret(t *testing.T) {
	template := strings.Replace(supportTemplate, "Role: !GetAtt Role.Arn}", `Role: !GetAtt Role.Arn, Description: canary-description, Environment: {Variables: {TOKEN: canary-environment, TABLE: "arn:aws:dynamodb:us-east-1:123456789012:table/canary-table"}}, Tags: [{Key: k, Value: canary-tag}]}`, 1)
	line := `{"event":"canary-payload"} ` + denied("dynamodb:PutItem", table, "because no identity-based policy allows the dynamodb:PutItem action") + " canary-line"
	at := time.Now().UTC().Truncate(time.Second)
	o := localaws.Options{Logs: []localaws.LogLine{
		{Group: "/aws/lambda/orders", Time: at.Add(-3 * time.Hour), Message: line}, {Group: "/aws/lambda/orders", Time: at.Add(-time.Hour), Message: line},
	}, Trail: []localaws.TrailEvent{did(5, "iam", "DeleteRolePolicy", map[string]any{"roleName": "orders-role", "policyName": "write", "note": "canary-request"}, nil)}}
	s := support(t, o, template)
	data, err := json.Marshal(s)
	if err != nil || strings.Contains(string(data), "canary") {
		t.Errorf("something secret is in the file: %v\n%s", err, s.Markdown)
	}
	if !s.CrossAccount || len(s.Accounts) != 1 || s.Accounts[0] != "210987654321" || s.Summary.Denials != 1 || s.Summary.Times != 2 || s.Summary.Findings < 2 {
		t.Errorf("cross-account %v %v, %+v", s.CrossAccount, s.Accounts, s.Summary)
	}
	for _, want := range []string{
		"`arn:aws:lambda:us-east-1:123456789012:function:orders`", "All times are UTC", "| cross-account | yes, with 210987654321 |",
		"dynamodb:PutItem on " + table, "| 2 | " + at.Add(-3*time.Hour).Format(time.RFC3339) + " | " + at.Add(-time.Hour).Format(time.RFC3339) + " |", "implicit\\_deny",
		"is polled | `arn:aws:sqs:us-east-1:123456789012:jobs`", "gets its results | `arn:aws:sqs:us-east-1:210987654321:theirs` | 210987654321", "calls the function | `arn:aws:sns:us-east-1:123456789012:news`",
		"`arn:aws:iam::123456789012:role/orders-role`", "inline policy table of orders-role", "AWSLambdaBasicExecutionRole", "trust: `Allow lambda.amazonaws.com`",
		"`DeleteRolePolicy`", "## What permprobe found",
	} {
		if !strings.Contains(s.Markdown, strings.ReplaceAll(want, `\_`, "_")) {
			t.Errorf("the file does not say %q:\n%s", want, s.Markdown)
		}
	}
}

func TestAFileForSupportOfAHealthyFunctionSaysSo(t *testing.T) {
	s := support(t, localaws.Options{}, diagnosedTemplate)
	if s.Status != finding.ReportOK || s.CrossAccount || len(s.Denials)+len(s.Findings) > 0 || !strings.Contains(s.Markdown, "Nothing that was looked at tells of a refusal.") {
		t.Errorf("%s %+v\n%s", s.Status, s.Gaps, s.Markdown)
	}
}

func TestAFileForSupportThatIsNotWholeSaysWhatIsMissing(t *testing.T) {
	for _, fault := range []localaws.Fault{
		{Service: "logs", Operation: "FilterLogEvents", Code: "AccessDeniedException"}, {Service: "cloudtrail", Operation: "LookupEvents", Code: "AccessDeniedException"},
		{Service: "lambda", Operation: "ListFunctions", Code: "AccessDeniedException"}, {Service: "iam", Operation: "GetAccountAuthorizationDetails", Code: "AccessDenied"},
	} {
		s := support(t, localaws.Options{Faults: []localaws.Fault{fault}}, diagnosedTemplate)
		if s.Status != finding.ReportIncomplete || len(s.Gaps) == 0 || !strings.Contains(s.Markdown, "## Not known") {
			t.Errorf("%s: %s %+v", fault.Operation, s.Status, s.Gaps)
		}
	}
}

func TestAFileAboutAFunctionThatIsNotThereSaysSo(t *testing.T) {
	w := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "support.yaml", []byte(supportTemplate), nil))
	defer w.Close()
	s := w.Scanner.Support(context.Background(), config.Request{Mode: config.OnDemand, Support: &config.Support{Function: "nothing", Since: time.Hour}})
	text := render.Support(s)
	if s.Status != finding.ReportIncomplete || !strings.Contains(text, "The function was not found or could not be read, so nothing was looked at.") || strings.Contains(text, "Nothing that was looked at tells") {
		t.Errorf("%s\n%s", s.Status, text)
	}
}

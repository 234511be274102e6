package scan_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/permission"
	"permprobe/shared/render"
	"permprobe/shared/scan/scantest"
)

// roleOf is a role that Lambda may assume and that may write its log.
func roleOf(name string) string {
	return fmt.Sprintf(`
  %[1]sRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: %[1]s-role
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
  %[1]s: {Type: AWS::Lambda::Function, Properties: {FunctionName: %[1]s, Role: !GetAtt %[1]sRole.Arn, Timeout: 10, Environment: {Variables: {TOKEN: canary-environment}}}}
`, name)
}

func permit(function, source string) string {
	return fmt.Sprintf(`
  %[1]sPermission: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref %[1]s, Action: "lambda:InvokeFunction", Principal: apigateway.amazonaws.com, SourceArn: !Sub "arn:aws:execute-api:us-east-1:123456789012:%[2]s"}}
`, function, source)
}

// httpNotes is an HTTP API with a route to the function notes; route and integration hold further properties.
func httpNotes(route, integration string) string {
	return "Resources:" + roleOf("notes") + fmt.Sprintf(`
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: shop, ProtocolType: HTTP}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default, AccessLogSettings: {DestinationArn: "arn:aws:logs:us-east-1:123456789012:log-group:/access", Format: "$context.integrationErrorMessage"}}}
  Integration: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt notes.Arn %s}}
  Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: "GET /notes/{id}", Target: !Sub "integrations/${Integration}" %s}}
`, integration, route)
}

const notesMay = "${Api}/*/GET/notes/*"

// restNotes is the same as a REST API with a stage; method and api hold further properties.
func restNotes(method, api string) string {
	return "Resources:" + roleOf("notes") + fmt.Sprintf(`
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: shop %s}}
  Resource: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: notes}}
  Method:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !Ref Resource, HttpMethod: GET %s, Integration: {Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${notes.Arn}/invocations"}}
  Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}
  Stage: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: prod}}
`, api, method)
}

const restMay = "${Api}/*/GET/notes"

// socketNotes is a WebSocket API.
func socketNotes() string {
	return "Resources:" + roleOf("notes") + `
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: shop, ProtocolType: WEBSOCKET}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: live}}
  Integration: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${notes.Arn}/invocations"}}
  Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: sendmessage, Target: !Sub "integrations/${Integration}"}}
`
}

func guarded(kind string) string {
	if kind == "REST" {
		return roleOf("guard") + `
  Authorizer: {Type: AWS::ApiGateway::Authorizer, Properties: {RestApiId: !Ref Api, Name: gate, Type: TOKEN, AuthorizerUri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${guard.Arn}/invocations"}}
`
	}
	return roleOf("guard") + `
  Authorizer: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref Api, Name: gate, AuthorizerType: REQUEST, AuthorizerPayloadFormatVersion: "2.0", AuthorizerUri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${guard.Arn}/invocations"}}
`
}

// happened makes metrics of functions and of the API.
func happened(function string, values map[string]float64) (out []localaws.DataPoint) {
	for name, value := range values {
		out = append(out, localaws.DataPoint{Namespace: "AWS/Lambda", Name: name, Dimensions: map[string]string{"FunctionName": function}, Time: time.Now().Add(-10 * time.Minute), Value: value})
	}
	return out
}

func answered(dimension, name string, value float64) []localaws.DataPoint {
	key, of, _ := strings.Cut(dimension, "=")
	return []localaws.DataPoint{{Namespace: "AWS/ApiGateway", Name: name, Dimensions: map[string]string{key: of}, Time: time.Now().Add(-10 * time.Minute), Value: value}}
}

func loggedIn(group, message string) []localaws.LogLine {
	return []localaws.LogLine{{Group: group, Time: time.Now().Add(-5 * time.Minute), Message: message + " canary-log"}}
}

func symptom(t *testing.T, o localaws.Options, template string, asked config.Symptom) *finding.Symptom {
	t.Helper()
	w := scantest.New(t, o, nil, scantest.Parse(t, "app.yaml", []byte(template), nil))
	defer w.Close()
	if asked.API == "" {
		asked.API = "shop"
	}
	if asked.Since == 0 {
		asked.Since = time.Hour
	}
	return w.Scanner.Symptom(context.Background(), config.Request{Mode: config.OnDemand, Symptom: &asked})
}

// verdicts are the causes by their verdict, in order.
func verdicts(s *finding.Symptom, want finding.Verdict) (out []string) {
	for _, c := range s.Causes {
		if c.Verdict == want {
			out = append(out, c.ID)
		}
	}
	return out
}

func evidenceOf(s *finding.Symptom, id string) string {
	for _, c := range s.Causes {
		if c.ID == id {
			return strings.Join(c.For, " ") + " | " + strings.Join(c.Against, " ")
		}
	}
	return ""
}

func TestEveryBranchOfTheTreeIsFoundWhereItIsAndNotWhereItIsNot(t *testing.T) {
	get := config.Symptom{Route: "GET /notes/42", Status: 500}
	rest := config.Symptom{Route: "GET /notes", Status: 500}
	at := func(asked config.Symptom, status int) config.Symptom { asked.Status = status; return asked }
	quiet := localaws.Options{Metrics: happened("notes", map[string]float64{"Invocations": 5, "Duration": 120})}
	ran := func(values map[string]float64) localaws.Options {
		return localaws.Options{Metrics: happened("notes", values)}
	}
	healthy := httpNotes("", "") + permit("notes", notesMay)
	healthyREST := restNotes("", "") + permit("notes", restMay)
	for name, c := range map[string]struct {
		o        localaws.Options
		template string
		asked    config.Symptom
		found    string // the causes that are found
		says     string // evidence of the first
		check    string // of the findings
	}{
		"HTTP: nothing is wrong": {quiet, healthy, get, "", "", ""},
		"HTTP: no permission":    {localaws.Options{}, httpNotes("", ""), get, "invoke-permission", "does not let apigateway.amazonaws.com invoke it", "I1"},
		"HTTP: no permission, and the function is never invoked": {
			localaws.Options{Metrics: append(answered("ApiId=Api", "5xx", 7), happened("notes", map[string]float64{"Invocations": 0})...)}, httpNotes("", ""), get,
			"invoke-permission", "answered 7 times 5xx and the function was not invoked once", "I1"},
		"HTTP: the permission of another route": {localaws.Options{}, httpNotes("", "") + permit("notes", "${Api}/*/POST/notes"), get, "invoke-permission", "apigateway", "I1"},
		"HTTP: the code fails":                  {ran(map[string]float64{"Invocations": 5, "Errors": 3, "Duration": 100}), healthy, get, "function-error", "notes failed 3 times", ""},
		"HTTP: the log tells of errors":         {localaws.Options{Logs: loggedIn("/aws/lambda/notes", "[ERROR] KeyError")}, healthy, get, "function-error", `1 line of the kind "error"`, ""},
		"HTTP: the runtime exits":               {localaws.Options{Logs: loggedIn("/aws/lambda/notes", "Runtime.ExitError")}, healthy, get, "function-error", `of the kind "crash"`, ""},
		"HTTP: throttled":                       {ran(map[string]float64{"Throttles": 2}), healthy, get, "throttling", "throttled notes 2 times", ""},
		"HTTP: the access log tells of the permission": {
			localaws.Options{Logs: loggedIn("/access", "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration.")}, httpNotes("", ""), get,
			"invoke-permission", "The API's log says so once", "I1"},
		"HTTP: the function runs out of time":      {localaws.Options{Logs: loggedIn("/aws/lambda/notes", "Task timed out after 10.00 seconds")}, healthy, get, "timeout", "ran out of its time", ""},
		"HTTP: the function takes all of its time": {ran(map[string]float64{"Invocations": 1, "Duration": 9900}), healthy, get, "timeout", "all of its time", ""},
		"HTTP: 504 and slow":                       {ran(map[string]float64{"Invocations": 1, "Duration": 31000}), strings.Replace(healthy, "Timeout: 10", "Timeout: 60", 1), at(get, 504), "timeout", "took 31s", ""},
		"HTTP: no such route":                      {quiet, healthy, config.Symptom{Route: "POST /notes/1", Status: 404}, "route", "GET /notes/{id}", ""},
		"HTTP: no integration":                     {quiet, strings.Replace(healthy, `Target: !Sub "integrations/${Integration}"`, "OperationName: x", 1), get, "integration", "has no integration", ""},
		"HTTP: a function of another account":      {quiet, strings.Replace(healthy, "IntegrationUri: !GetAtt notes.Arn", `IntegrationUri: "arn:aws:lambda:us-east-1:210987654321:function:theirs"`, 1), get, "", "", ""},
		"HTTP: a function that is not there":       {localaws.Options{Gone: []string{"arn:aws:lambda:us-east-1:123456789012:function:gone"}}, strings.Replace(healthy, "IntegrationUri: !GetAtt notes.Arn", `IntegrationUri: "arn:aws:lambda:us-east-1:123456789012:function:gone"`, 1), get, "integration", "there is no such function", ""},
		"HTTP: the role of the integration": {localaws.Options{}, httpNotes("", ", CredentialsArn: !GetAtt callerRole.Arn") + strings.ReplaceAll(roleOf("caller"), "lambda.amazonaws.com", "apigateway.amazonaws.com"), get,
			"integration-role", "role/caller-role, which is refused lambda:InvokeFunction", "I5"},
		"HTTP: the authorizer's permission": {localaws.Options{}, httpNotes(", AuthorizationType: CUSTOM, AuthorizerId: !Ref Authorizer", "") + guarded("HTTP") + permit("notes", notesMay), get,
			"authorizer-permission", "The authorizer gate is refused", "I1"},
		"HTTP: the authorizer fails": {localaws.Options{Metrics: happened("guard", map[string]float64{"Errors": 4})}, httpNotes(", AuthorizationType: CUSTOM, AuthorizerId: !Ref Authorizer", "") + guarded("HTTP") + permit("notes", notesMay) + permit("guard", "${Api}/authorizers/*"), get,
			"authorizer-permission", "guard failed 4 times", ""},
		"HTTP: the function cannot start":   {localaws.Options{}, strings.Replace(healthy, "Service: lambda.amazonaws.com", "Service: ec2.amazonaws.com", 1), get, "start", "cannot start", "R1"},
		"HTTP: no such stage":               {quiet, healthy, config.Symptom{Route: "GET /notes/1", Status: 404, Stage: "beta"}, "route", "$default", ""},
		"HTTP: the function answers 404":    {quiet, healthy, at(get, 404), "", "", ""},
		"HTTP: the address is switched off": {quiet, strings.Replace(healthy, "Name: shop,", "Name: shop, DisableExecuteApiEndpoint: true,", 1), at(get, 403), "endpoint", "custom domain", ""},

		"REST: nothing is wrong":           {quiet, healthyREST, rest, "", "", ""},
		"REST: no permission":              {localaws.Options{}, restNotes("", ""), rest, "invoke-permission", "does not let apigateway.amazonaws.com", "I1"},
		"REST: the execution log":          {localaws.Options{Logs: loggedIn("API-Gateway-Execution-Logs_Api/prod", "Execution failed due to configuration error: Malformed Lambda proxy response")}, healthyREST, at(rest, 502), "function-error", "malformed", ""},
		"REST: a method that is not there": {quiet, healthyREST, config.Symptom{Route: "DELETE /notes", Status: 403}, "route", "Missing Authentication Token", ""},
		"REST: the authorizer refuses": {localaws.Options{Logs: loggedIn("API-Gateway-Execution-Logs_Api/prod", "User is not authorized to access this resource with an explicit deny")},
			restNotes(", AuthorizationType: CUSTOM, AuthorizerId: !Ref Authorizer", "") + guarded("REST") + permit("notes", restMay) + permit("guard", "${Api}/authorizers/*"), at(rest, 403), "authorizer", "The API's log says so", ""},

		"WebSocket: nothing is wrong": {quiet, socketNotes() + permit("notes", "${Api}/*/sendmessage"), config.Symptom{Route: "sendmessage", Status: 500}, "", "", ""},
		"WebSocket: no permission":    {localaws.Options{}, socketNotes(), config.Symptom{Route: "sendmessage", Status: 500}, "invoke-permission", "for sendmessage", "I1"},
		"no such API":                 {quiet, healthy, config.Symptom{API: "other", Route: "GET /", Status: 500}, "route", "has the id or name", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := symptom(t, c.o, c.template, c.asked)
			if got := strings.Join(verdicts(s, finding.CauseFound), ","); got != c.found {
				t.Fatalf("found %q, want %q: %s\n%s", got, c.found, s.Answer, render.Symptom(s))
			}
			if c.found != "" && (!strings.Contains(evidenceOf(s, c.found), c.says) || s.Status != finding.ReportFindings && s.Status != finding.ReportIncomplete) {
				t.Errorf("%s: %s does not say %q", s.Status, evidenceOf(s, c.found), c.says)
			}
			checks := ""
			for _, f := range s.Findings {
				checks += f.Check
				if f.Fix.Summary == "" {
					t.Errorf("%s has no fix", f.Check)
				}
			}
			if checks != c.check {
				t.Errorf("findings %q, want %q", checks, c.check)
			}
			text, err := json.Marshal(s)
			if err != nil || strings.Contains(string(text)+render.Symptom(s), "canary") {
				t.Errorf("a line or a value is in the answer: %v\n%s", err, text)
			}
		})
	}
}

func TestWhatA403MayBeIsNamedWithWhatCanBeSeen(t *testing.T) {
	asked := config.Symptom{Route: "GET /notes", Status: 403}
	api := `, Policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "*", Condition: {IpAddress: {"aws:SourceIp": "192.0.2.0/24"}}}]}`
	template := restNotes(", ApiKeyRequired: true, AuthorizationType: AWS_IAM", api) + permit("notes", restMay) + `
  Firewall: {Type: AWS::WAFv2::WebACLAssociation, Properties: {ResourceArn: !Sub "arn:aws:apigateway:us-east-1::/restapis/${Api}/stages/prod", WebACLArn: "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/x/1"}}
`
	s := symptom(t, localaws.Options{}, template, asked)
	for _, want := range []string{"api-key", "iam", "resource-policy", "firewall"} {
		if !slices.Contains(verdicts(s, finding.CausePossible), want) {
			t.Errorf("%s is not possible: %v", want, verdicts(s, finding.CausePossible))
		}
	}
	if !strings.Contains(evidenceOf(s, "resource-policy"), "192.0.2.0/24") || s.Status != finding.ReportIncomplete {
		t.Errorf("%s: %s", s.Status, evidenceOf(s, "resource-policy"))
	}
	plain := symptom(t, localaws.Options{Metrics: happened("notes", map[string]float64{"Invocations": 0})}, restNotes("", "")+permit("notes", restMay), asked)
	for _, want := range []string{"api-key", "authorizer", "resource-policy", "firewall", "function-answer"} {
		if !slices.Contains(verdicts(plain, finding.CauseExcluded), want) {
			t.Errorf("%s is not excluded: %v", want, verdicts(plain, finding.CauseExcluded))
		}
	}
	open := restNotes("", `, Policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "*"}]}`)
	if s := symptom(t, localaws.Options{}, open, asked); !slices.Contains(verdicts(s, finding.CauseExcluded), "resource-policy") {
		t.Errorf("a policy that lets everybody in refuses nobody: %s", evidenceOf(s, "resource-policy"))
	}
	token := symptom(t, localaws.Options{}, httpNotes(", AuthorizationType: JWT", "")+permit("notes", notesMay), config.Symptom{Route: "GET /notes/1", Status: 401})
	if !slices.Contains(verdicts(token, finding.CausePossible), "token") {
		t.Errorf("%+v", token.Causes)
	}
}

// TestTheStoryOfTheArticles replays it: an HTTP API answers 500 while a direct invoke works. One event names the missing
// permission and prints the command; after the command the same event and the next scan say that it is over.
func TestTheStoryOfTheArticles(t *testing.T) {
	asked := config.Symptom{Route: "GET /notes/42", Status: 500}
	o := localaws.Options{Metrics: append(answered("ApiId=Api", "5xx", 3), happened("notes", map[string]float64{"Invocations": 0})...)}
	template := httpNotes("", "")
	before := symptom(t, o, template, asked)
	if len(before.Findings) != 1 || before.Answer != "It is this: API Gateway may not invoke the function. The fix stands below." {
		t.Fatalf("%s %+v", before.Answer, before.Findings)
	}
	command := before.Findings[0].Fix.CLI
	if !strings.HasPrefix(command, "aws lambda add-permission ") || before.Findings[0].Fix.Proof != finding.Proven || !strings.Contains(render.Symptom(before), command) {
		t.Fatalf("%s: %s", before.Findings[0].Fix.Proof, command)
	}
	after := template + apply(t, command)
	s := symptom(t, o, after, asked)
	if len(verdicts(s, finding.CauseFound)) > 0 || !slices.Contains(verdicts(s, finding.CauseExcluded), "invoke-permission") {
		t.Errorf("after the command: %s\n%s", s.Answer, render.Symptom(s))
	}
	// The scans around it: the finding, and that it is resolved.
	const bucket = "\n  State: {Type: AWS::S3::Bucket, Properties: {BucketName: state}}\n"
	first := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "app.yaml", []byte(template+bucket), nil))
	first.Remember("state")
	if report := first.Scan(t); len(report.Findings) != 1 || report.Findings[0].Check != "I1" {
		t.Fatalf("%+v", report.Findings)
	}
	second := scantest.New(t, localaws.Options{Keep: first.AWS}, nil, scantest.Parse(t, "app.yaml", []byte(after+bucket), nil))
	second.Remember("state")
	if report := second.Scan(t); len(report.Findings) != 0 || len(report.Resolved) != 1 || report.Resolved[0].Check != "I1" {
		t.Errorf("findings %+v, resolved %+v", report.Findings, report.Resolved)
	}
}

// apply makes of the command what the embedded account is made of.
func apply(t *testing.T, command string) string {
	t.Helper()
	given := map[string]string{}
	words := strings.Fields(strings.ReplaceAll(command, "'", ""))
	for i := 3; i+1 < len(words); i += 2 {
		given[words[i]] = words[i+1]
	}
	for _, want := range []string{"--function-name", "--action", "--principal", "--source-arn"} {
		if given[want] == "" {
			t.Fatalf("the command does not say %s: %s", want, command)
		}
	}
	// The API has its id from its name in the template, which a template writes as a reference.
	source := strings.Replace(given["--source-arn"], ":Api/", ":${Api}/", 1)
	return fmt.Sprintf("\n  Applied: {Type: AWS::Lambda::Permission, Properties: {FunctionName: %q, Action: %q, Principal: %q, SourceArn: !Sub %q}}\n",
		given["--function-name"], given["--action"], given["--principal"], source)
}

func TestWhatASymptomCannotReadIsAGap(t *testing.T) {
	template := httpNotes("", "") + permit("notes", notesMay)
	asked := config.Symptom{Route: "GET /notes/1", Status: 500}
	for _, fault := range []localaws.Fault{
		{Service: "apigateway", Operation: "GetRestApis", Code: "AccessDeniedException"}, {Service: "apigatewayv2", Operation: "GetApis", Code: "AccessDeniedException"},
		{Service: "apigatewayv2", Operation: "GetRoutes", Code: "AccessDeniedException"}, {Service: "apigatewayv2", Operation: "GetIntegrations", Code: "AccessDeniedException"},
		{Service: "apigatewayv2", Operation: "GetStages", Code: "AccessDeniedException"}, {Service: "apigatewayv2", Operation: "GetAuthorizers", Code: "AccessDeniedException"},
		{Service: "lambda", Operation: "ListFunctions", Code: "AccessDeniedException"}, {Service: "lambda", Operation: "GetPolicy", Code: "AccessDeniedException"},
		{Service: "lambda", Operation: "GetFunctionConfiguration", Code: "AccessDeniedException"},
		{Service: "monitoring", Operation: "GetMetricData", Code: "AccessDenied"}, {Service: "logs", Operation: "FilterLogEvents", Code: "AccessDeniedException"},
	} {
		s := symptom(t, localaws.Options{Faults: []localaws.Fault{fault}}, template, asked)
		if s.Status != finding.ReportIncomplete || len(s.Gaps) == 0 || len(verdicts(s, finding.CauseFound)) > 0 {
			t.Errorf("%s: %s, found %v, gaps %+v", fault.Operation, s.Status, verdicts(s, finding.CauseFound), s.Gaps)
		}
	}
	throttled := localaws.Fault{Service: "monitoring", Operation: "GetMetricData", Code: "throttle", Times: 1}
	if s := symptom(t, localaws.Options{Faults: []localaws.Fault{throttled}, Metrics: happened("notes", map[string]float64{"Errors": 1})}, template, asked); !slices.Contains(verdicts(s, finding.CauseFound), "function-error") {
		t.Errorf("throttled once: %+v", s.Gaps)
	}
}

func TestLogsAndMetricsAreReadOnlyWhereTheyAreSwitchedOn(t *testing.T) {
	w := scantest.New(t, localaws.Options{Metrics: happened("notes", map[string]float64{"Errors": 1})}, nil, scantest.Parse(t, "app.yaml", []byte(httpNotes("", "")+permit("notes", notesMay)), nil))
	w.Scanner.Collector.On = permission.Switches{}
	s := w.Scanner.Symptom(context.Background(), config.Request{Mode: config.OnDemand, Symptom: &config.Symptom{API: "shop", Route: "GET /notes/1", Status: 500, Since: time.Hour}})
	for _, call := range w.AWS.Calls() {
		if call.Operation == "GetMetricData" || call.Operation == "FilterLogEvents" {
			t.Errorf("%s was called", call.Operation)
		}
		if strings.HasPrefix(call.Operation, "Invoke") {
			t.Errorf("a function was invoked: %s", call.Operation)
		}
	}
	text := render.Symptom(s)
	if s.Status != finding.ReportIncomplete || !strings.Contains(text, "ReadMetrics") || !strings.Contains(text, "ReadFunctionLogs") || len(verdicts(s, finding.CauseFound)) > 0 {
		t.Errorf("%s:\n%s", s.Status, text)
	}
}

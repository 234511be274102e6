package scan_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"

	"go.yaml.in/yaml/v3"
)

// permissionCase is a function with a source that calls it and what its policy says.
type permissionCase struct {
	Name   string
	Source struct {
		// Of these at most one is set: the route of an API, or a key for what has no routes.
		Rest, HTTP, WS                 *string
		RestAuthorizer                 *string `yaml:"restAuthorizer"`
		HTTPAuthorizer                 *string `yaml:"httpAuthorizer"`
		Rule, Bucket, Topic, Logs, URL *string
		BusRule                        *string `yaml:"busRule"`
		OffRule                        *string `yaml:"offRule"`
		// Target is what the source calls; the function itself where it is empty.
		Target string
		// Stages are the API's; one where there is none.
		Stages    *[]string
		Variables map[string]string
	}
	// Grant are properties of a permission, Policy statements of the whole policy.
	Grant  map[string]any
	Policy []any
	// Want is the check that tells, "gap" for what is undecided, empty for nothing.
	Want      string
	Qualifier string
	// Severity is that of the finding; empty for whatever it is.
	Severity finding.Severity
	// Gone are sources that were there once.
	Gone []string
}

func (c *permissionCase) stages() []string {
	if c.Source.Stages != nil {
		return *c.Source.Stages
	}
	if c.Source.HTTP != nil {
		return []string{"$default"}
	}
	return []string{"prod"}
}

var (
	reference = regexp.MustCompile(`\$\{(!?)([A-Z][A-Za-z]*)(\.[A-Za-z]+)?\}`)
	literalID = regexp.MustCompile(`(^|[^$])\{(Api)\}`)
)

// under is a value of the case in a template that holds all of them: logical ids begin with the case's own letters, and
// texts that refer to resources are Fn::Sub's.
func under(prefix string, v any) any {
	switch v := v.(type) {
	case string:
		if !strings.Contains(v, "{") {
			return v
		}
		text := literalID.ReplaceAllString(v, "${1}"+prefix+"${2}")
		text = reference.ReplaceAllString(text, "$${${1}"+prefix+"${2}${3}}")
		return map[string]any{"Fn::Sub": strings.ReplaceAll(text, "${!"+prefix+"stageVariables", "${!stageVariables")}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = under(prefix, v[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			out[key] = under(prefix, value)
		}
		return out
	}
	return v
}

// resources are those of the case, before they get their letters.
func (c *permissionCase) resources() map[string]any {
	resource := func(kind string, properties map[string]any) map[string]any {
		return map[string]any{"Type": kind, "Properties": properties}
	}
	target := cmp.Or(c.Source.Target, "${Worker.Arn}")
	uri := "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + target + "/invocations"
	out := map[string]any{
		"Worker":  resource("AWS::Lambda::Function", map[string]any{"Role": "arn:aws:iam::123456789012:role/app"}),
		"Version": resource("AWS::Lambda::Version", map[string]any{"FunctionName": "${Worker}"}),
		"Live":    resource("AWS::Lambda::Alias", map[string]any{"FunctionName": "${Worker}", "FunctionVersion": "${Version.Version}", "Name": "live"}),
	}
	variables := map[string]any{}
	for name, value := range c.Source.Variables {
		variables[name] = value
	}
	switch s := &c.Source; {
	case s.Rest != nil:
		method, path, _ := strings.Cut(*s.Rest, " ")
		method = strings.ToLower(method)
		if method == "any" {
			method = "x-amazon-apigateway-any-method"
		}
		out["Api"] = resource("AWS::ApiGateway::RestApi", map[string]any{"Body": map[string]any{"swagger": "2.0", "paths": map[string]any{path: map[string]any{
			method: map[string]any{"x-amazon-apigateway-integration": map[string]any{"type": "aws_proxy", "httpMethod": "POST", "uri": uri}},
		}}}})
		for _, name := range c.stages() {
			out["Stage"+name] = resource("AWS::ApiGateway::Stage", map[string]any{"RestApiId": "${Api}", "StageName": name, "Variables": variables})
		}
	case s.RestAuthorizer != nil:
		out["Api"] = resource("AWS::ApiGateway::RestApi", map[string]any{"Name": "api"})
		out["Guard"] = resource("AWS::ApiGateway::Authorizer", map[string]any{"RestApiId": "${Api}", "Name": "guard", "Type": "TOKEN", "AuthorizerUri": uri})
		out["Method"] = resource("AWS::ApiGateway::Method", map[string]any{"RestApiId": "${Api}", "ResourceId": "${Api.RootResourceId}", "HttpMethod": "GET",
			"AuthorizationType": "CUSTOM", "AuthorizerId": "${Guard}", "Integration": map[string]any{"Type": "MOCK"}})
		out["Stage"] = resource("AWS::ApiGateway::Stage", map[string]any{"RestApiId": "${Api}", "StageName": "prod"})
	case s.HTTP != nil, s.WS != nil, s.HTTPAuthorizer != nil:
		api := map[string]any{"Name": "api", "ProtocolType": "HTTP"}
		route := map[string]any{"ApiId": "${Api}", "RouteKey": "GET /notes", "Target": "integrations/${Integration}"}
		integration := map[string]any{"ApiId": "${Api}", "IntegrationType": "AWS_PROXY", "IntegrationUri": uri}
		switch {
		case s.HTTP != nil:
			route["RouteKey"] = *s.HTTP
		case s.WS != nil:
			api["ProtocolType"], api["RouteSelectionExpression"], route["RouteKey"] = "WEBSOCKET", "$request.body.action", *s.WS
		default:
			integration = map[string]any{"ApiId": "${Api}", "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET", "IntegrationUri": "https://example.org"}
			route["AuthorizationType"], route["AuthorizerId"] = "CUSTOM", "${Guard}"
			out["Guard"] = resource("AWS::ApiGatewayV2::Authorizer", map[string]any{"ApiId": "${Api}", "Name": "guard", "AuthorizerType": "REQUEST", "AuthorizerUri": uri})
		}
		out["Api"], out["Route"] = resource("AWS::ApiGatewayV2::Api", api), resource("AWS::ApiGatewayV2::Route", route)
		out["Integration"] = resource("AWS::ApiGatewayV2::Integration", integration)
		out["Stage"] = resource("AWS::ApiGatewayV2::Stage", map[string]any{"ApiId": "${Api}", "StageName": c.stages()[0]})
	case s.Rule != nil, s.BusRule != nil, s.OffRule != nil:
		rule := map[string]any{"EventPattern": map[string]any{"source": []any{"shop"}}, "Targets": []any{map[string]any{"Id": "worker", "Arn": target}}}
		if s.OffRule != nil {
			rule["State"] = "DISABLED"
		}
		if s.BusRule != nil {
			out["Bus"] = resource("AWS::Events::EventBus", map[string]any{"Name": "${AWS::StackName}-${Worker}"})
			rule["EventBusName"], rule["Name"] = "${Bus}", "shop"
		}
		out["Rule"] = resource("AWS::Events::Rule", rule)
	case s.Bucket != nil:
		out["Bucket"] = resource("AWS::S3::Bucket", map[string]any{"NotificationConfiguration": map[string]any{
			"LambdaConfigurations": []any{map[string]any{"Event": "s3:ObjectCreated:*", "Function": target}}}})
	case s.Topic != nil:
		out["Topic"] = resource("AWS::SNS::Topic", map[string]any{"Subscription": []any{map[string]any{"Protocol": "lambda", "Endpoint": target}}})
	case s.Logs != nil:
		out["Group"] = resource("AWS::Logs::LogGroup", map[string]any{})
		out["Filter"] = resource("AWS::Logs::SubscriptionFilter", map[string]any{"LogGroupName": "${Group}", "FilterPattern": "", "DestinationArn": target})
	case s.URL != nil:
		out["Url"] = resource("AWS::Lambda::Url", map[string]any{"AuthType": *s.URL, "TargetFunctionArn": target})
	}
	if c.Grant != nil {
		of := map[string]any{"FunctionName": "${Worker}", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
		maps.Copy(of, c.Grant)
		out["Permission"] = resource("AWS::Lambda::Permission", of)
	}
	if c.Policy != nil {
		out["Policy"] = resource("AWS::Lambda::ResourcePolicy", map[string]any{"ResourceArn": "${Worker.Arn}",
			"PolicyDocument": map[string]any{"Version": "2012-10-17", "Statement": c.Policy}})
	}
	return out
}

func TestPermissionsToInvokeAreDecidedAsAWSDocumentsThem(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "permissions.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []permissionCase
	if err := yaml.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	resources := map[string]any{"Role": map[string]any{"Type": "AWS::IAM::Role", "Properties": map[string]any{
		"RoleName":                 "app",
		"AssumeRolePolicyDocument": map[string]any{"Statement": []any{map[string]any{"Effect": "Allow", "Principal": map[string]any{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}},
		"ManagedPolicyArns":        []any{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"},
	}}}
	for i := range cases {
		prefix := fmt.Sprintf("C%03d", i)
		for id, resource := range cases[i].resources() {
			resources[prefix+strings.ReplaceAll(id, "$", "")] = under(prefix, resource)
		}
	}
	text, err := json.Marshal(map[string]any{"Resources": resources})
	if err != nil {
		t.Fatal(err)
	}
	var gone []string
	for i := range cases {
		gone = append(gone, cases[i].Gone...)
	}
	w := scantest.New(t, localaws.Options{Gone: gone}, nil, scantest.Parse(t, "cases.json", text, nil))
	report := w.Scan(t)
	for i := range cases {
		c := &cases[i]
		function := fmt.Sprintf("arn:aws:lambda:us-east-1:123456789012:function:C%03dWorker", i)
		var found, gaps []string
		for _, f := range report.Findings {
			if f.Function == function {
				found = append(found, f.Check+" "+f.Qualifier)
				if c.Severity != "" && f.Severity != c.Severity {
					t.Errorf("C%03d %s: severity %s and not %s", i, c.Name, f.Severity, c.Severity)
				}
			}
		}
		for _, g := range report.Gaps {
			if g.Function == function || strings.Contains(g.Reason, fmt.Sprintf("C%03d", i)) {
				gaps = append(gaps, g.Check+": "+g.Reason)
			}
		}
		var want []string
		if c.Want != "" && c.Want != "gap" {
			want = []string{c.Want + " " + c.Qualifier}
		}
		switch {
		case !slices.Equal(found, want):
			t.Errorf("C%03d %s: want %q, found %q, gaps %q", i, c.Name, c.Want, found, gaps)
			tellWhy(t, report, function)
		case (c.Want == "gap") != (len(gaps) > 0):
			t.Errorf("C%03d %s: want %q, gaps %q", i, c.Name, c.Want, gaps)
		}
	}
	t.Logf("%d cases", len(cases))
}

func tellWhy(t *testing.T, report *finding.Report, function string) {
	t.Helper()
	for _, f := range report.Findings {
		if f.Function == function {
			t.Logf("%s: %s", f.Title, f.Cause)
		}
	}
}

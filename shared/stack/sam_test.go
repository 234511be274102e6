package stack_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"permprobe/shared/stack"
)

// samPairs are templates of our own before the SAM transform, NAME.yaml, with what SAM's translator makes of them, NAME.json.
func samPairs(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, dir := range []string{filepath.Join("testdata", "sam"), filepath.Join("..", "scan", "testdata", "sam")} {
		files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no templates in %s: %v", dir, err)
		}
		out = append(out, files...)
	}
	return out
}

func loadFile(t testing.TB, file string, o stack.Options) *stack.Stack {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := stack.Load(file, data, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSAMTemplatesBecomeWhatTheTranslatorMakesOfThem(t *testing.T) {
	for _, file := range samPairs(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			for _, parameters := range []map[string]string{nil, {"Own": "yes"}} {
				o := stack.Options{StackName: "shop", Parameters: parameters}
				got, want := plainStack(loadFile(t, file, o)), plainStack(loadFile(t, strings.TrimSuffix(file, ".yaml")+".json", o))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("with %v (-translator +here):\n%s", parameters, diff)
				}
			}
		})
	}
}

func TestWhatSAMMakesStandsWhereItIsWritten(t *testing.T) {
	s := loadFile(t, filepath.Join("testdata", "sam", "sources.yaml"), stack.Options{})
	data, err := os.ReadFile(s.File)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	for id, want := range map[string]string{
		"Polls": "Polls:", "PollsRole": "Polls:", "PollsStream": "Stream:", "Called": "Called:", "CalledLatePermission": "", "CalledNeverPermission": "Never:",
		"CalledLateRole": "Late:", "CalledBucketPermission": "Bucket:", "Bucket": "Bucket:", "BrokersAliaslive": "AutoPublishAlias:", "NeverDead": "DeadLetterConfig: { Type: SQS, QueueLogicalId",
	} {
		r := s.Find(id)
		if (r == nil) != (want == "") {
			t.Errorf("%s: %v", id, r)
		}
		if r != nil && !strings.HasPrefix(lines[r.Line-1][r.Column-1:], want) {
			t.Errorf("%s stands at %d:%d: %s", id, r.Line, r.Column, lines[r.Line-1])
		}
	}
	line, column := s.Find("CalledRole").Position("ManagedPolicyArns", 1)
	if !strings.HasPrefix(lines[line-1][column-1:], "Other:") {
		t.Errorf("the policy for the queue of a topic stands at %d:%d: %s", line, column, lines[line-1])
	}
}

func TestDefinitionsInFilesBesideASAMTemplateAreRead(t *testing.T) {
	const text = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: src/}}
  Flow: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: flow.asl.yaml, DefinitionSubstitutions: {Worker: !GetAtt Worker.Arn}}}
  Plain: {Type: AWS::Serverless::Api, Properties: {StageName: prod, DefinitionUri: api/plain.json}}
  Whole: {Type: AWS::Serverless::Api, Properties: {StageName: prod, DefinitionBody: {"Fn::Transform": {Name: AWS::Include, Parameters: {Location: api/whole.yaml}}}}}
  Calls: {Type: AWS::Serverless::HttpApi, Properties: {DefinitionUri: api/whole.yaml}}
  Gone: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: gone.json}}
  Outside: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: ../outside.json}}
  Broken: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: broken.json}}
`
	files := map[string]string{
		"flow.asl.yaml":   "StartAt: A\nStates: {A: {Type: Task, Resource: '${Worker}', End: true}}\n",
		"api/plain.json":  `{"swagger": "2.0", "paths": {"/a": {}}}`,
		"api/whole.yaml":  "openapi: 3.0.1\npaths: {/b: {get: {x-amazon-apigateway-integration: {uri: {Fn::Sub: '${Worker.Arn}'}}}}}\n",
		"broken.json":     "{",
		"../outside.json": "{}",
	}
	s, err := stack.Load("t.yaml", []byte(text), stack.Options{ReadFile: func(path string) ([]byte, error) {
		if strings.HasPrefix(path, "..") {
			t.Errorf("reads %q", path)
		}
		if files[path] == "" {
			return nil, os.ErrNotExist
		}
		return []byte(files[path]), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	for _, id := range []string{"Flow", "Plain", "Whole", "Calls", "Gone", "Outside", "Broken"} {
		p := s.Find(id).Properties
		for _, key := range []string{"DefinitionString", "DefinitionS3Location", "Body", "BodyS3Location"} {
			if p[key] != nil {
				got[id+" "+key] = p[key]
			}
		}
	}
	elsewhere := func(key string) any { return map[string]any{"Key": key} }
	want := map[string]any{
		"Flow DefinitionString": `{"StartAt":"A","States":{"A":{"End":true,"Resource":"${Worker}","Type":"Task"}}}`,
		"Plain Body":            map[string]any{"swagger": "2.0", "paths": map[string]any{"/a": map[string]any{}}},
		"Whole Body": map[string]any{"openapi": "3.0.1", "paths": map[string]any{"/b": map[string]any{"get": map[string]any{"x-amazon-apigateway-integration": map[string]any{
			"uri": s.Find("Worker").ARN}}}}},
		"Calls BodyS3Location": elsewhere("api/whole.yaml"), "Gone DefinitionS3Location": elsewhere("gone.json"),
		"Outside DefinitionS3Location": elsewhere("../outside.json"), "Broken DefinitionS3Location": elsewhere("broken.json"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(s.Warnings) != 6 {
		t.Errorf("%+v", s.Warnings)
	}
}

// generatedID is a logical id to which SAM adds a hash.
var generatedID = regexp.MustCompile(`(Version|Deployment|Common|ApiGatewayDomainName)[0-9a-f]{10}\b`)

// plainStack is what a stack holds that permissions depend on, written in one way.
func plainStack(s *stack.Stack) map[string]any {
	out := map[string]any{"Outputs": plainValue(s.Outputs)}
	for _, r := range s.Resources {
		p, _ := plainValue(r.Properties).(map[string]any)
		for _, key := range leftOut[r.Type] {
			delete(p, key)
		}
		for _, key := range []string{"Tags", "Description", "FailOnWarnings"} {
			delete(p, key)
		}
		if body, ok := p["Body"].(map[string]any); ok {
			p["Body"] = plainBody(body)
		}
		if r.Type == "AWS::IAM::Role" {
			p["Policies"] = granted(p["Policies"])
			p["ManagedPolicyArns"] = sortedValues(p["ManagedPolicyArns"])
		}
		for _, target := range anyList(p["Targets"]) {
			delete(target.(map[string]any), "Id")
		}
		maps.DeleteFunc(p, func(_ string, v any) bool { return fmt.Sprint(v) == "[]" || fmt.Sprint(v) == "map[]" })
		out[generatedID.ReplaceAllString(r.LogicalID, "$1")] = map[string]any{"Type": r.Type, "Properties": p, "Conditional": r.Conditional}
	}
	return out
}

// leftOut are properties on which no permission depends, or that say the same in another way.
var leftOut = map[string][]string{
	"AWS::Lambda::Function":                   {"Code"},
	"AWS::Lambda::LayerVersion":               {"Content"},
	"AWS::StepFunctions::StateMachine":        {"Definition", "DefinitionString", "DefinitionSubstitutions"},
	"AWS::StepFunctions::StateMachineVersion": {"StateMachineRevisionId"},
	"AWS::CodeDeploy::DeploymentGroup":        {"AutoRollbackConfiguration", "DeploymentStyle", "DeploymentConfigName"},
	"AWS::ApiGateway::Stage":                  {"DeploymentId"},
	"AWS::ApiGatewayV2::Stage":                {"AutoDeploy"},
	"AWS::ApiGateway::RestApi":                {"EndpointConfiguration", "Parameters"},
	"AWS::Lambda::CapacityProvider":           {"CapacityProviderScalingConfig"},
	"AWS::CloudFormation::Stack":              {"TemplateURL"},
}

func anyList(v any) []any { list, _ := v.([]any); return list }

// plainValue writes lists of one as the one, statements without what only names them, and ids without their hashes.
func plainValue(v any) any {
	switch v := v.(type) {
	case string:
		return generatedID.ReplaceAllString(v, "$1")
	case int64, float64, bool:
		return fmt.Sprint(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plainValue(v[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			out[key] = plainValue(value)
			if list := anyList(out[key]); len(list) == 1 && slices.Contains([]string{"Action", "Resource", "Service", "Statement"}, key) {
				out[key] = list[0]
			}
		}
		if out["Statement"] != nil {
			delete(out, "Version")
			out["Statement"] = sortedValues(out["Statement"])
		}
		return out
	}
	return v
}

// sortedValues are the values of a list, each once, in an order of their own.
func sortedValues(v any) []any {
	list := anyList(v)
	if list == nil && v != nil {
		list = []any{v}
	}
	seen := map[string]any{}
	for _, one := range list {
		text, _ := json.Marshal(one)
		seen[string(text)] = one
	}
	var out []any
	for _, key := range slices.Sorted(maps.Keys(seen)) {
		out = append(out, seen[key])
	}
	return out
}

// granted are the statements of inline policies: in which policy one stands changes nothing.
func granted(v any) []any {
	var all []any
	for _, one := range anyList(v) {
		policy, _ := one.(map[string]any)
		document, _ := policy["PolicyDocument"].(map[string]any)
		all = append(all, anyList(document["Statement"])...)
	}
	return sortedValues(all)
}

// plainBody is what the definition of an API calls, and who authorizes it.
func plainBody(body map[string]any) any {
	object := func(v any) map[string]any { m, _ := v.(map[string]any); return m }
	out := map[string]any{}
	for path, item := range object(body["paths"]) {
		for method, operation := range object(item) {
			o := object(operation)
			call := object(o["x-amazon-apigateway-integration"])
			if call == nil || call["type"] == "mock" {
				continue
			}
			one := map[string]any{"uri": call["uri"], "credentials": call["credentials"], "type": call["type"]}
			for _, security := range anyList(o["security"]) {
				for name := range object(security) {
					if name != "NONE" {
						one["authorizer "+name] = true
					}
				}
			}
			out[strings.TrimSuffix(path, "/")+" "+method] = one
		}
	}
	schemes := object(body["securityDefinitions"])
	if s := object(object(body["components"])["securitySchemes"]); s != nil {
		schemes = s
	}
	for name, scheme := range schemes {
		a := object(object(scheme)["x-amazon-apigateway-authorizer"])
		out["authorizer "+name] = []any{a["type"], a["authorizerUri"], a["authorizerCredentials"], a["providerARNs"]}
	}
	return out
}

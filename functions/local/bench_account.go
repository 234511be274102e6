package main

import (
	"encoding/json"
	"fmt"

	"permprobe/shared/stack"
)

// Of every four functions of the generated account, which share a role, two stand behind HTTP APIs, one behind a REST API,
// and one polls a queue. Every permission is there, so that a run has nothing to ask twice.
const (
	functionsPerRole = 4
	functionsPerHTTP = 20 // ten routes an API
	functionsPerREST = 40 // ten methods an API
	functionsPerFile = 80 // a stack holds at most 500 resources
)

// benchAccount is a generated account with the counts that its floor of calls depends on.
type benchAccount struct {
	stacks                     []*stack.Stack
	functions, roles, mappings int
	policies                   int // functions that a trigger calls, whose policy must be read
}

// generateAccount makes an account of n functions.
func generateAccount(n int) (*benchAccount, error) {
	account := &benchAccount{functions: n}
	for first := 0; first < n; first += functionsPerFile {
		resources := map[string]any{}
		for i := first; i < min(first+functionsPerFile, n); i++ {
			account.add(resources, i)
		}
		name := fmt.Sprintf("bench-%05d", first)
		text, err := json.Marshal(map[string]any{"Resources": resources})
		if err != nil {
			return nil, fmt.Errorf("generate an account: %w", err)
		}
		one, err := stack.Load(name+".json", text, stack.Options{})
		if err != nil {
			return nil, err
		}
		account.stacks = append(account.stacks, one)
	}
	return account, nil
}

// add makes function i with what belongs to it. Functions that share a role or an API stand in one stack, because
// the sizes divide each other.
func (a *benchAccount) add(resources map[string]any, i int) {
	id := func(kind string, i int) string { return fmt.Sprintf("%s%05d", kind, i) }
	put := func(id, kind string, properties map[string]any) {
		resources[id] = map[string]any{"Type": kind, "Properties": properties}
	}
	arnOf := func(id string) any { return map[string]any{"Fn::GetAtt": []string{id, "Arn"}} }
	ref := func(id string) any { return map[string]any{"Ref": id} }

	role := id("Role", i/functionsPerRole)
	if resources[role] == nil {
		a.roles++
		put(role, "AWS::IAM::Role", map[string]any{
			"RoleName": role,
			"AssumeRolePolicyDocument": statement(map[string]any{
				"Effect": "Allow", "Principal": map[string]any{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
			}),
			"ManagedPolicyArns": []string{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"},
			"Policies": []any{map[string]any{"PolicyName": "work", "PolicyDocument": statement(map[string]any{
				"Effect": "Allow", "Action": []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
				"Resource": "arn:aws:sqs:us-east-1:123456789012:" + role + "-*",
			})}},
		})
	}
	function := id("Function", i)
	put(function, "AWS::Lambda::Function", map[string]any{
		"FunctionName": function, "Role": arnOf(role), "Runtime": "provided.al2023", "Handler": "bootstrap",
		"Code": map[string]any{"S3Bucket": "code", "S3Key": function},
	})
	var api string
	switch i % 4 {
	case 0, 1:
		api = id("Http", i/functionsPerHTTP)
		integration := id("Integration", i)
		if resources[api] == nil {
			put(api, "AWS::ApiGatewayV2::Api", map[string]any{"Name": api, "ProtocolType": "HTTP"})
			put(api+"Stage", "AWS::ApiGatewayV2::Stage", map[string]any{"ApiId": ref(api), "StageName": "$default", "AutoDeploy": true})
		}
		put(integration, "AWS::ApiGatewayV2::Integration", map[string]any{
			"ApiId": ref(api), "IntegrationType": "AWS_PROXY", "IntegrationUri": arnOf(function), "PayloadFormatVersion": "2.0",
		})
		put(id("Route", i), "AWS::ApiGatewayV2::Route", map[string]any{
			"ApiId": ref(api), "RouteKey": "GET /" + function, "Target": map[string]any{"Fn::Sub": "integrations/${" + integration + "}"},
		})
	case 2:
		api = id("Rest", i/functionsPerREST)
		if resources[api] == nil {
			put(api, "AWS::ApiGateway::RestApi", map[string]any{"Name": api})
			put(api+"Deployment", "AWS::ApiGateway::Deployment", map[string]any{"RestApiId": ref(api), "StageName": "prod"})
		}
		put(id("Path", i), "AWS::ApiGateway::Resource", map[string]any{
			"RestApiId": ref(api), "ParentId": map[string]any{"Fn::GetAtt": []string{api, "RootResourceId"}}, "PathPart": function,
		})
		put(id("Method", i), "AWS::ApiGateway::Method", map[string]any{
			"RestApiId": ref(api), "ResourceId": ref(id("Path", i)), "HttpMethod": "GET", "AuthorizationType": "NONE",
			"Integration": map[string]any{"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": map[string]any{
				"Fn::Sub": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${" + function + ".Arn}/invocations",
			}},
		})
	case 3:
		queue := id("Queue", i)
		put(queue, "AWS::SQS::Queue", map[string]any{"QueueName": role + "-" + queue})
		put(id("Mapping", i), "AWS::Lambda::EventSourceMapping", map[string]any{"EventSourceArn": arnOf(queue), "FunctionName": arnOf(function)})
		a.mappings++
		return
	}
	a.policies++
	put(id("Permission", i), "AWS::Lambda::Permission", map[string]any{
		"Action": "lambda:InvokeFunction", "FunctionName": arnOf(function), "Principal": "apigateway.amazonaws.com",
		"SourceArn": map[string]any{"Fn::Sub": "arn:aws:execute-api:us-east-1:123456789012:${" + api + "}/*/GET/" + function},
	})
}

func statement(one map[string]any) map[string]any {
	return map[string]any{"Version": "2012-10-17", "Statement": []any{one}}
}

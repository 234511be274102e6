package main

import (
	"slices"
	"strings"
	"testing"
)

// What a template leaves open, or says twice, is decided either way only where both ways come to the same.
func TestWhatTheTemplateLeavesOpenOfACalledResourceIsAGap(t *testing.T) {
	const api = `
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: api%API%}}
  Orders: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: orders}}
  Get: {Type: AWS::ApiGateway::Method, %IF%Properties: {RestApiId: !Ref Api, ResourceId: !Ref Orders, HttpMethod: GET, AuthorizationType: %AUTH%, Integration: {Type: MOCK}}}
`
	const second = `  Other: {Type: AWS::ApiGateway::Method, Condition: No, Properties: {RestApiId: !Ref Api, ResourceId: !Ref Orders, HttpMethod: GET, AuthorizationType: NONE, Integration: {Type: MOCK}}}
`
	const calls = "needs: [{invoke: \"arn:aws:execute-api:us-east-1:123456789012:Api/prod/GET/orders\"}]\n"
	asks := func(properties, auth string) string {
		return filled(api, "%API%", properties, "%AUTH%", auth, "%IF%", "")
	}
	const bus = `
  Held: {Type: AWS::Events::EventBus, Properties: {Name: held, Policy: {Statement: [{Effect: %OWN%, Principal: {AWS: "arn:aws:iam::123456789012:role/shop"}, Action: "events:PutEvents", Resource: "*"}]}}}
  More: {Type: AWS::Events::EventBusPolicy, Properties: {EventBusName: held, StatementId: more, Statement: {Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:role/other"}, Action: "events:PutEvents", Resource: "*"}}}
`
	const table = `
  Held:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      TableName: held
      KeySchema: [{AttributeName: a, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: a, AttributeType: S}]
      Replicas: [{Region: us-east-1, ResourcePolicy: {PolicyDocument: {Statement: [{Effect: %EFFECT%, Principal: {AWS: "arn:aws:iam::123456789012:role/shop"}, Action: "dynamodb:*", Resource: "*"}]}}}]
`
	const queues = `
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  First: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Jobs], PolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: "123456789012"}, Action: "sqs:*", Resource: "*"}]}}}
  Second: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Jobs], PolicyDocument: {Statement: [{Effect: Deny, Principal: "*", Action: "sqs:SendMessage", Resource: "*"}]}}}
`
	const putsEvents, getsItems, sends = "needs: [{put: events:held}]\n", "needs: [{read: dynamodb:held}]\n", "needs: [{send: sqs:jobs}]\n"
	for name, c := range map[string]struct {
		resources, probe, role string
		want                   []string
		gap                    string
	}{
		"a method that asks nobody":                  {asks("", "NONE"), calls, "", nil, ""},
		"a method that asks IAM":                     {asks("", "AWS_IAM"), calls, "", []string{"R17 order"}, ""},
		"a method that asks whom a parameter says":   {asks("", "!Ref Auth"), calls, "", nil, "which authorization"},
		"an API that a parameter may make private":   {asks(", EndpointConfiguration: {Types: [!Ref Kind]}", "NONE"), calls, "", nil, "is private"},
		"an API that is private":                     {asks(", EndpointConfiguration: {Types: [PRIVATE]}", "NONE"), calls, "", []string{"R17 order"}, ""},
		"a method twice, by conditions":              {filled(api, "%API%", "", "%AUTH%", "AWS_IAM", "%IF%", "Condition: Yes, ") + second, calls, "", nil, "two methods"},
		"a bus with a policy of its own besides":     {filled(bus, "%OWN%", "Allow"), putsEvents, "", nil, ""},
		"a bus that denies by its own policy":        {filled(bus, "%OWN%", "Deny"), putsEvents, "events:PutEvents", []string{"R17 order"}, ""},
		"a replica that lets the role in":            {filled(table, "%EFFECT%", "Allow"), getsItems, "", nil, ""},
		"a replica that denies":                      {filled(table, "%EFFECT%", "Deny"), getsItems, "dynamodb:*", []string{"R17 order"}, ""},
		"a queue with two policies, of which one is": {queues, sends, "sqs:SendMessage", nil, "which of two policies stays"},
	} {
		t.Run(name, func(t *testing.T) {
			policies := ""
			if c.role != "" {
				policies = `{PolicyName: calls, PolicyDocument: {Statement: [{Effect: Allow, Action: "` + c.role + `", Resource: "*"}]}}`
			}
			template := "Parameters: {Auth: {Type: String}, Kind: {Type: String}, Stage: {Type: String}}\nConditions: {Yes: !Equals [!Ref Stage, prod], No: !Not [!Equals [!Ref Stage, prod]]}\n" +
				filled(shop, "%POLICIES%", policies) + strings.TrimPrefix(c.resources, "\n")
			report, errs := checkJSON(t, exitOK, "-fail-on", "none", "-probe", write(t, "probe.yaml", c.probe), write(t, "shop.yaml", template))
			if have := faults(report); !slices.Equal(have, c.want) || len(report.Gaps) > 0 != (c.gap != "") || c.gap != "" && !strings.Contains(report.Gaps[0].Reason, c.gap) {
				t.Errorf("want %v and a gap with %q, have %v and %+v; %s", c.want, c.gap, have, report.Gaps, errs)
			}
		})
	}
}

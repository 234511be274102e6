package scan_test

import (
	"slices"
	"testing"
	"time"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"
)

// healthy has two functions of one role, a queue that one polls and an API in front of the other.
const healthy = `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"]
  Worker: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  Queue: {Type: AWS::SQS::Queue}
  Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Queue.Arn, FunctionName: !Ref Worker}}
  Front: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: front, ProtocolType: HTTP}}
  Integration: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Front.Arn}}
  Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: GET /, Target: !Sub "integrations/${Integration}"}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      {Action: "lambda:InvokeFunction", FunctionName: !Ref Front, Principal: apigateway.amazonaws.com, SourceArn: !Sub "arn:aws:execute-api:us-east-1:123456789012:${Api}/*/*"}
`

func TestAHealthyRoleIsSimulatedOnceForItsFunctionsAndOnceForItsPollers(t *testing.T) {
	w := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "healthy.yaml", []byte(healthy), nil))
	if report := w.Scan(t); report.Status != finding.ReportOK {
		t.Fatalf("%s: %+v %+v", report.Status, report.Findings, report.Gaps)
	}
	var asked []string
	for _, c := range w.AWS.Calls() {
		if c.Operation == "SimulatePrincipalPolicy" {
			asked = append(asked, c.Params)
		}
	}
	slices.Sort(asked)
	if distinct := slices.Compact(slices.Clone(asked)); len(asked) != 2 || len(distinct) != 2 {
		t.Errorf("%d calls, %d distinct: %q", len(asked), len(distinct), asked)
	}
}

func TestTheSimulatorWorksWhileTheRestIsRead(t *testing.T) {
	w := scantest.New(t, localaws.Options{Latency: 50 * time.Millisecond}, nil, scantest.Parse(t, "healthy.yaml", []byte(healthy), nil))
	w.Scan(t)
	var simulated, source time.Time
	for _, c := range w.AWS.Calls() {
		if c.Operation == "SimulatePrincipalPolicy" && (simulated.IsZero() || c.Time.Before(simulated)) {
			simulated = c.Time
		}
		if c.Service == "apigatewayv2" {
			source = c.Time
		}
	}
	if simulated.IsZero() || source.IsZero() || !simulated.Before(source) {
		t.Errorf("first simulated at %s, the last source of calls read at %s", simulated, source)
	}
}

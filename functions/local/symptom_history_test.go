package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMetricsOfAHistoryAreCounted runs a template with a history of metrics, of a stage that tells its routes apart.
func TestMetricsOfAHistoryAreCounted(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	template := write("shop.yaml", `Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: cart-role
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
  Cart: {Type: AWS::Lambda::Function, Properties: {FunctionName: cart, Role: !GetAtt Role.Arn}}
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: shop, ProtocolType: HTTP}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default, DefaultRouteSettings: {DetailedMetricsEnabled: true}}}
  Integration: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Cart.Arn}}
  Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: "POST /cart", Target: !Sub "integrations/${Integration}"}}
`)
	history := write("history.yaml", `metrics:
  - {namespace: AWS/ApiGateway, name: 5xx, dimensions: {ApiId: Api, Stage: $default, Method: POST, Resource: /cart}, ago: 20m, value: 3}
  - {namespace: AWS/ApiGateway, name: Count, dimensions: {ApiId: Api, Stage: $default, Method: POST, Resource: /cart}, ago: 20m, value: 4}
  - {namespace: AWS/ApiGateway, name: 5xx, dimensions: {ApiId: Api}, ago: 20m, value: 90}
`)
	event := write("event.json", `{"diagnose":{"api":"shop","route":"POST /cart","status":500},"format":"text"}`)
	code, out, errs := local(t, "run", "-event", event, "-history", history, template)
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	for _, want := range []string{"It is this: API Gateway may not invoke the function.", "The route POST /cart answered 3 times 5xx since ", ", of 4 requests.", "aws lambda add-permission "} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

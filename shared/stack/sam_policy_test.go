package stack

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheResourcePolicyOfAnAPIOfSAMIsItsStatementsOrLeftOpen(t *testing.T) {
	const template = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      Auth: {ResourcePolicy: %s}
      DefinitionBody: {openapi: 3.0.1, info: {title: x, version: "1"}, paths: {/notes: {get: {x-amazon-apigateway-integration: {type: MOCK}}}}}
`
	allow := map[string]any{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
	for policy, want := range map[string]any{
		`{CustomStatements: [{Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*"}]}`: map[string]any{"Version": "2012-10-17", "Statement": []any{allow}},
		`{CustomStatements: {Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*"}}`:   map[string]any{"Version": "2012-10-17", "Statement": []any{allow}},
		`{IpRangeWhitelist: ["192.0.2.0/24"]}`: Unknown("ResourcePolicy of Api"),
		`{}`:                                   nil,
	} {
		s, err := Load("t.yaml", []byte(fmt.Sprintf(template, policy)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, s.OfType("AWS::ApiGateway::RestApi")[0].Properties["Policy"]); diff != "" {
			t.Errorf("%s (-want +have):\n%s", policy, diff)
		}
	}
}

package collect_test

import (
	"context"
	"strings"
	"testing"

	"permprobe/shared/collect"
	"permprobe/shared/fact"
	"permprobe/shared/localaws"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const frontARN, sideARN = "arn:aws:execute-api:us-east-1:123456789012:Front", "arn:aws:execute-api:us-east-1:123456789012:Side"

func TestWhatAnAPIAsksOfCallersIsRead(t *testing.T) {
	c, server := collector(t, localaws.Options{}, targetsTemplate)
	facts := read(t, c, frontARN+"/live/GET/", sideARN+"/live/GET/notes")
	for arn, want := range map[string]fact.API{
		frontARN: {Kind: fact.TriggerRESTAPI, ID: "Front", Name: "front", Routes: []fact.APIRoute{{Label: "GET /", Authorization: "AWS_IAM"}}},
		sideARN:  {Kind: fact.TriggerHTTPAPI, ID: "Side", Routes: []fact.APIRoute{{Label: "GET /notes", Authorization: "AWS_IAM"}}},
	} {
		target, _ := facts.Targets[arn].Value()
		if target.API == nil {
			t.Fatalf("%s is not known", arn)
		}
		have := fact.API{Kind: target.API.Kind, ID: target.API.ID, Name: target.API.Name, Routes: target.API.Routes}
		if diff := cmp.Diff(want, have, cmpopts.IgnoreFields(fact.API{}, "Policy")); diff != "" {
			t.Errorf("%s (-want +have):\n%s", arn, diff)
		}
	}
	asked := map[string]int{}
	for _, call := range server.Calls() {
		asked[call.Service+":"+call.Operation]++
	}
	if diff := cmp.Diff(map[string]int{"apigateway:GetResources": 2, "apigateway:GetRestApis": 1, "apigatewayv2:GetRoutes": 1}, asked); diff != "" {
		t.Errorf("calls (-want +have):\n%s", diff)
	}
	target, _ := facts.Targets[frontARN].Value()
	if policy, _ := target.Policy.Value(); !strings.Contains(policy.JSON, `"`+frontARN+`/live/*"`) {
		t.Errorf("its shorthand is not completed: %s", policy.JSON)
	}
}

func TestAnAPIThatWasListedIsNotReadAgain(t *testing.T) {
	c, server := collector(t, localaws.Options{}, targetsTemplate)
	facts := c.Collect(context.Background(), collect.Selection{Matches: func(string, string) bool { return true }}, collect.Known{})
	before := len(server.Calls())
	c.Targets(context.Background(), facts, targets(t, frontARN, sideARN))
	if calls := server.Calls()[before:]; len(calls) > 0 {
		t.Errorf("calls: %v", calls)
	}
	front, _ := facts.Targets[frontARN].Value()
	side, _ := facts.Targets[sideARN].Value()
	if policy, has := front.Policy.Value(); !has || !strings.Contains(policy.JSON, "Guests") || front.API == nil || side.API == nil || !side.Policy.IsAbsent() {
		t.Errorf("%+v %+v", front, side)
	}
}

func TestThePolicyOfAnAPIIsReadAsItIsHandedOut(t *testing.T) {
	const escaped = `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\",\"Resource\":\"` +
		`arn:aws:execute-api:us-east-1:123456789012:Front\/live\/*\"}]}`
	c, _ := collector(t, localaws.Options{}, targetsTemplate)
	facts := &fact.Facts{Account: c.Account, APIs: map[string]fact.Read[fact.API]{"Front": fact.Known(fact.API{Kind: fact.TriggerRESTAPI, ID: "Front", Document: escaped})}}
	c.Targets(context.Background(), facts, targets(t, frontARN))
	target, _ := facts.Targets[frontARN].Value()
	policy, has := target.Policy.Value()
	if !has || policy.Policy.Statements()[0].Resources()[0] != frontARN+"/live/*" {
		t.Errorf("%+v", target.Policy)
	}
}

func TestAnAPIOfWhichAReadIsRefusedIsNotKnown(t *testing.T) {
	for _, test := range []struct{ service, operation, arn, path string }{
		{"apigateway", "GetResources", frontARN, "/restapis/Front/resources"},
		{"apigateway", "GetRestApis", frontARN, "/restapis"},
		{"apigatewayv2", "GetRoutes", sideARN, "/apis/Side/routes"},
	} {
		c, _ := collector(t, localaws.Options{Faults: []localaws.Fault{{Service: test.service, Operation: test.operation, Code: "AccessDeniedException"}}}, targetsTemplate)
		why, unread := read(t, c, test.arn).Targets[test.arn].Unread()
		if !unread || why.Permission != "apigateway:GET" || why.Resource != "arn:aws:apigateway:us-east-1::"+test.path {
			t.Errorf("%s: %+v", test.operation, why)
		}
	}
}

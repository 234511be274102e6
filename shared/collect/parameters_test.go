package collect_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/localaws"
)

const parameterARN = "arn:aws:ssm:us-east-1:123456789012:parameter/"

func TestParametersAreReadManyAtATime(t *testing.T) {
	var template strings.Builder
	template.WriteString("Resources:\n")
	var arns []string
	for i := range 60 {
		fmt.Fprintf(&template, "  P%d: {Type: AWS::SSM::Parameter, Properties: {Name: /shop/p%d, Type: String, Value: v}}\n", i, i)
		arns = append(arns, fmt.Sprintf("%sshop/p%d", parameterARN, i))
	}
	c, server := collector(t, localaws.Options{}, template.String())
	facts := read(t, c, arns...)
	for _, arn := range arns {
		if _, known := facts.Targets[arn].Value(); !known {
			t.Errorf("%s was not read", arn)
		}
	}
	if calls := server.Calls(); len(calls) != 3 {
		t.Errorf("want three calls for 60 parameters, have %d", len(calls))
	}
}

func TestAParameterThatSpoilsTheAnswerLeavesTheOthersKnown(t *testing.T) {
	c, _ := collector(t, localaws.Options{Overlay: secured}, targetsTemplate)
	facts := read(t, c, parameterARN+"shop/token", parameterARN+"of/no/template", parameterARN+"stage")
	for _, arn := range []string{parameterARN + "shop/token", parameterARN + "stage"} {
		if _, known := facts.Targets[arn].Value(); !known {
			t.Errorf("%s was not read", arn)
		}
	}
	if why, unread := facts.Targets[parameterARN+"of/no/template"].Unread(); !unread || !why.Elsewhere {
		t.Errorf("%+v", why)
	}
}

func TestOfAParameterOnlyTheKeyAndTheTierAreKept(t *testing.T) {
	c, _ := collector(t, localaws.Options{Overlay: secured}, targetsTemplate)
	facts := read(t, c, parameterARN+"shop/token")
	target, _ := facts.Targets[parameterARN+"shop/token"].Value()
	if !target.Advanced || target.Kind != fact.TargetParameter {
		t.Errorf("%+v", target)
	}
	if text := fmt.Sprintf("%+v", facts); strings.Contains(text, "canary") {
		t.Errorf("a text was kept: %s", text)
	}
}

func TestAParameterOfAnotherAccountIsAGapWhateverIsReadOfIt(t *testing.T) {
	const arn = "arn:aws:ssm:us-east-1:210987654321:parameter/stage"
	c, _ := collector(t, localaws.Options{}, targetsTemplate)
	why, unread := read(t, c, arn).Targets[arn].Unread()
	if !unread || why.Permission != "ssm:DescribeParameters" || !strings.Contains(why.Reason, "account 210987654321") {
		t.Errorf("%+v", why)
	}
	c.Targets(context.Background(), &fact.Facts{}, nil) // nothing is asked for nothing
}

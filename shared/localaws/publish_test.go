package localaws_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"permprobe/shared/localaws"
)

const publishTemplate = `
Resources:
  Topic: {Type: 'AWS::SNS::Topic', Properties: {TopicName: alerts}}
  Fifo: {Type: 'AWS::SNS::Topic', Properties: {TopicName: alerts.fifo, FifoTopic: true}}
  Bus: {Type: 'AWS::Events::EventBus', Properties: {Name: mine}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [x]}
      Targets: [{Id: a, Arn: 'arn:aws:lambda:us-east-1:123456789012:function:f', Input: '{}'}, {Id: b, Arn: 'arn:aws:sqs:us-east-1:123456789012:q', RoleArn: 'arn:aws:iam::123456789012:role/r', DeadLetterConfig: {Arn: 'arn:aws:sqs:us-east-1:123456789012:d'}}]
  Hourly: {Type: 'AWS::Events::Rule', Properties: {Name: hourly, ScheduleExpression: 'rate(1 hour)', State: DISABLED}}
  Logs: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: /aws/lambda/f, RetentionInDays: 7}}
  Other: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: other}}
`

const alerts = "arn:aws:sns:us-east-1:123456789012:alerts"

func TestPublishKeepsTheMessageWithAVariantForEachProtocol(t *testing.T) {
	s, cfg := start(t, localaws.Options{}, admin, publishTemplate)
	out, err := sns.NewFromConfig(cfg).Publish(context.Background(), &sns.PublishInput{
		TopicArn: aws.String(alerts), Subject: aws.String("three faults"), MessageStructure: aws.String("json"), Message: aws.String(`{"default":"chat","email":"plain","number":3}`),
		MessageAttributes: map[string]snstypes.MessageAttributeValue{"severity": {DataType: aws.String("String"), StringValue: aws.String("high")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := s.Published()
	if len(got) != 1 {
		t.Fatalf("got %d messages, want 1", len(got))
	}
	m := got[0]
	if m.ID != *out.MessageId || m.TopicARN != alerts || m.Subject != "three faults" || m.For("email") != "plain" || m.For("https") != "chat" || m.For("number") != "chat" || m.Attributes["severity"] != "high" {
		t.Errorf("got %+v", m)
	}
}

func TestPublishRefusesWhatSNSRefuses(t *testing.T) {
	s, cfg := start(t, localaws.Options{}, admin, publishTemplate)
	c := sns.NewFromConfig(cfg)
	text := func(in sns.PublishInput) sns.PublishInput {
		if in.TopicArn == nil {
			in.TopicArn = aws.String(alerts)
		}
		if in.Message == nil {
			in.Message = aws.String("hello")
		}
		return in
	}
	for name, x := range map[string]struct {
		in            sns.PublishInput
		code, message string
	}{
		"no default":    {sns.PublishInput{MessageStructure: aws.String("json"), Message: aws.String(`{"email":"x"}`)}, "InvalidParameter", "Invalid parameter: Message Structure - No default entry in JSON message body"},
		"not JSON":      {sns.PublishInput{MessageStructure: aws.String("json"), Message: aws.String(`hello`)}, "InvalidParameter", "Invalid parameter: Message Structure - JSON message body failed to parse"},
		"structure":     {sns.PublishInput{MessageStructure: aws.String("xml")}, "InvalidParameter", "Invalid parameter: MessageStructure"},
		"long subject":  {sns.PublishInput{Subject: aws.String(strings.Repeat("x", 101))}, "InvalidParameter", "Invalid parameter: Subject"},
		"line break":    {sns.PublishInput{Subject: aws.String("a\nb")}, "InvalidParameter", "Invalid parameter: Subject"},
		"not ASCII":     {sns.PublishInput{Subject: aws.String("größer")}, "InvalidParameter", "Invalid parameter: Subject"},
		"too long":      {sns.PublishInput{Message: aws.String(strings.Repeat("x", 256<<10+1))}, "InvalidParameter", "Invalid parameter: Message too long"},
		"no such topic": {sns.PublishInput{TopicArn: aws.String("arn:aws:sns:us-east-1:123456789012:nosuch")}, "NotFound", "Topic does not exist"},
		"other region":  {sns.PublishInput{TopicArn: aws.String("arn:aws:sns:eu-west-1:123456789012:alerts")}, "InvalidParameter", "Invalid parameter: TopicArn"},
		"no group":      {sns.PublishInput{TopicArn: aws.String(alerts + ".fifo")}, "InvalidParameter", "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"},
		"attribute":     {sns.PublishInput{MessageAttributes: map[string]snstypes.MessageAttributeValue{"a": {DataType: aws.String("String")}}}, "ParameterValueInvalid", "The message attribute 'a' must contain non-empty message attribute value for message attribute type 'String'."},
	} {
		in := text(x.in)
		_, err := c.Publish(context.Background(), &in)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if code, _, message := apiErr(t, err); code != x.code || message != x.message {
			t.Errorf("%s: got %s, %q; want %s, %q", name, code, message, x.code, x.message)
		}
	}
	var none *snstypes.NotFoundException
	in := text(sns.PublishInput{TopicArn: aws.String("arn:aws:sns:us-east-1:123456789012:nosuch")})
	if _, err := c.Publish(context.Background(), &in); !errors.As(err, &none) {
		t.Errorf("got %v, want the typed NotFoundException", err)
	}
	if n := len(s.Published()); n != 0 {
		t.Errorf("%d refused messages were kept", n)
	}
}

func TestPutEventsFailsTheEntriesThatAreWrongAndKeepsTheOthers(t *testing.T) {
	s, cfg := start(t, localaws.Options{Faults: []localaws.Fault{{Operation: "PutEvents", Entries: []int{6}, Code: "ThrottlingException"}}}, admin, publishTemplate)
	entry := func(source, kind, detail, bus string) types.PutEventsRequestEntry {
		e := types.PutEventsRequestEntry{Source: &source, DetailType: &kind, Detail: &detail, Resources: []string{"arn:aws:lambda:us-east-1:123456789012:function:f"}}
		if bus != "" {
			e.EventBusName = &bus
		}
		return e
	}
	out, err := eventbridge.NewFromConfig(cfg).PutEvents(context.Background(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		entry("permprobe", "Finding", `{"a":1}`, ""), entry("permprobe", "Finding", `{"a":1}`, "mine"), entry("permprobe", "Finding", `{}`, "nosuch"),
		entry("permprobe", "Finding", `[1]`, ""), entry("aws.lambda", "Finding", `{}`, ""), {DetailType: aws.String("x"), Detail: aws.String("{}")}, entry("permprobe", "Finding", `{}`, ""),
	}})
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, e := range out.Entries {
		if (e.EventId == nil) != (e.ErrorCode != nil) {
			t.Errorf("entry has id %v and error %v", e.EventId, e.ErrorCode)
		}
		codes = append(codes, aws.ToString(e.ErrorCode))
	}
	if d := cmp.Diff([]string{"", "", "", "MalformedDetail", "NotAuthorizedForSourceException", "InvalidArgument", "ThrottlingException"}, codes); d != "" || out.FailedEntryCount != 4 {
		t.Errorf("failed %d: %s", out.FailedEntryCount, d)
	}
	var kept []string
	for _, e := range s.Events() {
		if e.Delivered {
			kept = append(kept, e.Bus+" "+e.Source+" "+e.DetailType+" "+e.Detail+" "+e.Resources[0])
		} else {
			kept = append(kept, e.Bus+" is lost")
		}
	}
	fn := " arn:aws:lambda:us-east-1:123456789012:function:f"
	if d := cmp.Diff([]string{"default permprobe Finding {\"a\":1}" + fn, "mine permprobe Finding {\"a\":1}" + fn, "nosuch is lost"}, kept); d != "" {
		t.Error(d)
	}
}

func TestPutEventsRefusesTooManyEntriesAndTooMuch(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, publishTemplate)
	c := eventbridge.NewFromConfig(cfg)
	e := types.PutEventsRequestEntry{Source: aws.String("s"), DetailType: aws.String("d"), Detail: aws.String("{}")}
	big := e
	big.Detail = aws.String(`{"a":"` + strings.Repeat("x", 600<<10) + `"}`)
	eleven := make([]types.PutEventsRequestEntry, 11)
	for i := range eleven {
		eleven[i] = e
	}
	for name, entries := range map[string][]types.PutEventsRequestEntry{"eleven": eleven, "large": {big, big}} {
		_, err := c.PutEvents(context.Background(), &eventbridge.PutEventsInput{Entries: entries})
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if code, status, _ := apiErr(t, err); code != "ValidationException" || status != 400 {
			t.Errorf("%s: got %s, %d", name, code, status)
		}
	}
	if _, err := c.PutEvents(context.Background(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{big}}); err != nil {
		t.Errorf("600 KB, which is below 1 MB: %v", err)
	}
}

func TestRulesAndTargetsAreListedByBus(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, publishTemplate)
	c, ctx := eventbridge.NewFromConfig(cfg), context.Background()
	buses, err := c.ListEventBuses(ctx, &eventbridge.ListEventBusesInput{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range buses.EventBuses {
		rules, err := c.ListRules(ctx, &eventbridge.ListRulesInput{EventBusName: b.Name})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rules.Rules {
			targets, err := c.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: r.Name, EventBusName: b.Name})
			if err != nil {
				t.Fatal(err)
			}
			line := *r.Arn + " " + string(r.State) + " " + aws.ToString(r.ScheduleExpression) + aws.ToString(r.EventPattern)
			for _, x := range targets.Targets {
				line += " " + *x.Id + "=" + *x.Arn + "+" + aws.ToString(x.RoleArn)
			}
			got = append(got, line)
		}
	}
	want := []string{
		"arn:aws:events:us-east-1:123456789012:rule/hourly DISABLED rate(1 hour)",
		`arn:aws:events:us-east-1:123456789012:rule/mine/Rule ENABLED {"source":["x"]} a=arn:aws:lambda:us-east-1:123456789012:function:f+ b=arn:aws:sqs:us-east-1:123456789012:q+arn:aws:iam::123456789012:role/r`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	_, err = c.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: aws.String("nosuch")})
	if code, _, _ := apiErr(t, err); code != localaws.NotInTemplates {
		t.Errorf("got %v, want %s", err, localaws.NotInTemplates)
	}
}

func TestLogGroupsAreListedByPrefix(t *testing.T) {
	_, cfg := start(t, localaws.Options{PageSize: 1}, admin, publishTemplate)
	c := cloudwatchlogs.NewFromConfig(cfg)
	var got []string
	for p := cloudwatchlogs.NewDescribeLogGroupsPaginator(c, &cloudwatchlogs.DescribeLogGroupsInput{}); p.HasMorePages(); {
		out, err := p.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range out.LogGroups {
			got = append(got, *g.LogGroupName+" "+itoa(int(aws.ToInt32(g.RetentionInDays)))+" "+*g.Arn)
		}
	}
	at := "arn:aws:logs:us-east-1:123456789012:log-group:"
	if d := cmp.Diff([]string{"/aws/lambda/f 7 " + at + "/aws/lambda/f:*", "other 0 " + at + "other:*"}, got); d != "" {
		t.Error(d)
	}
	out, err := c.DescribeLogGroups(context.Background(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/aws/")})
	if err != nil || len(out.LogGroups) != 1 {
		t.Errorf("with a prefix: %v, %v", out, err)
	}
}

func TestLogGroupsAreShownByNameOrARNWithTheirKeys(t *testing.T) {
	_, cfg := start(t, localaws.Options{PageSize: 1}, admin, publishTemplate+`
  Key: {Type: AWS::KMS::Key}
  Sealed: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /shop/sealed, KmsKeyId: !GetAtt Key.Arn}}
`)
	c := cloudwatchlogs.NewFromConfig(cfg)
	ask := func(in cloudwatchlogs.DescribeLogGroupsInput) (map[string]string, error) {
		got := map[string]string{}
		for p := cloudwatchlogs.NewDescribeLogGroupsPaginator(c, &in); p.HasMorePages(); {
			out, err := p.NextPage(context.Background())
			if err != nil {
				return nil, err
			}
			for _, g := range out.LogGroups {
				got[*g.LogGroupName] = aws.ToString(g.KmsKeyId)
			}
		}
		return got, nil
	}
	const key = "arn:aws:kms:us-east-1:123456789012:key/Key"
	got, err := ask(cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: []string{"arn:aws:logs:us-east-1:123456789012:log-group:/shop/sealed", "other", "/aws/lambda-insights"}})
	if d := cmp.Diff(map[string]string{"/shop/sealed": key, "other": ""}, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
	for code, in := range map[string]cloudwatchlogs.DescribeLogGroupsInput{
		localaws.NotInTemplates:     {LogGroupIdentifiers: []string{"other", "nosuch"}},
		"InvalidParameterException": {LogGroupIdentifiers: []string{"other"}, LogGroupNamePrefix: aws.String("o")},
	} {
		if _, err := ask(in); err == nil {
			t.Errorf("%s: no error", code)
		} else if got, _, _ := apiErr(t, err); got != code {
			t.Errorf("want %s, have %v", code, err)
		}
	}
	for _, names := range [][]string{slices.Repeat([]string{"other"}, 51), {"what?"}} {
		if _, err := ask(cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: names}); err == nil {
			t.Errorf("%q: no error", names)
		} else if got, _, _ := apiErr(t, err); got != "InvalidParameterException" {
			t.Errorf("%v", err)
		}
	}
}

func TestGetCallerIdentityNamesTheCaller(t *testing.T) {
	role := "arn:aws:iam::123456789012:role/x/probe"
	s, cfg := start(t, localaws.Options{Callers: map[string]string{"AKIAROLE": role}}, "AKIAROLE", publishTemplate)
	out, err := sts.NewFromConfig(cfg).GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *out.Arn != "arn:aws:sts::123456789012:assumed-role/probe/permprobe" || *out.Account != "123456789012" || !strings.HasSuffix(*out.UserId, ":permprobe") {
		t.Errorf("got %s, %s, %s", *out.Arn, *out.Account, *out.UserId)
	}
	if c := s.Calls(); len(c) != 1 || c[0].Caller != *out.Arn || c[0].Operation != "GetCallerIdentity" {
		t.Errorf("recorded %+v", c)
	}
}

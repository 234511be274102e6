package localaws_test

import (
	"context"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/google/go-cmp/cmp"

	"permprobe/shared/localaws"
)

const servicesTemplate = `
Resources:
  Web: {Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: {Name: web, TargetType: lambda, Targets: [{Id: 'arn:aws:lambda:us-east-1:123456789012:function:f'}]}}
  Fleet: {Type: 'AWS::AutoScaling::AutoScalingGroup', Properties: {AutoScalingGroupName: fleet, TerminationPolicies: ['arn:aws:lambda:us-east-1:123456789012:function:f', OldestInstance]}}
  Plain: {Type: 'AWS::AutoScaling::AutoScalingGroup', Properties: {AutoScalingGroupName: plain, ServiceLinkedRoleARN: 'arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_own'}}
  Api: {Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: {Name: api, Port: 80, Targets: [{Id: i-1}, {Id: i-2}]}}
  People: {Type: 'AWS::Cognito::UserPool', Properties: {UserPoolName: people, LambdaConfig: {PreSignUp: f, CustomSMSSender: {LambdaArn: g, LambdaVersion: V1_0}, KMSKeyID: k}}}
  Staff: {Type: 'AWS::Cognito::UserPool'}
  Db: {Type: 'AWS::SecretsManager::Secret', Properties: {Name: db}}
  Rotation: {Type: 'AWS::SecretsManager::RotationSchedule', Properties: {SecretId: !Ref Db, RotationLambdaARN: f}}
  Still: {Type: 'AWS::SecretsManager::Secret', Properties: {Name: still}}
  Elsewhere: {Type: 'AWS::SecretsManager::RotationSchedule', Properties: {SecretId: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:far-abc123', RotationLambdaARN: g}}
  Tagged: {Type: 'AWS::Config::ConfigRule', Properties: {ConfigRuleName: tagged, Source: {Owner: CUSTOM_LAMBDA, SourceIdentifier: f}}}
  Managed: {Type: 'AWS::Config::ConfigRule', Properties: {ConfigRuleName: managed, Source: {Owner: AWS, SourceIdentifier: S3_BUCKET_VERSIONING_ENABLED}}}
  Doors: {Type: 'AWS::IoT::TopicRule', Properties: {RuleName: doors, TopicRulePayload: {Sql: s, Actions: [{Lambda: {FunctionArn: f}}, {Republish: {Topic: t}}], ErrorAction: {Lambda: {FunctionArn: g}}}}}
  Off: {Type: 'AWS::IoT::TopicRule', Properties: {RuleName: off, TopicRulePayload: {Sql: s, RuleDisabled: true, Actions: []}}}
  Mail: {Type: 'AWS::SES::ReceiptRuleSet', Properties: {RuleSetName: mail}}
  Busy: {Type: 'AWS::CloudWatch::Alarm', Properties: {AlarmName: busy, AlarmDescription: d, AlarmActions: ['arn:aws:lambda:us-east-1:123456789012:function:f']}}
  Quiet: {Type: 'AWS::CloudWatch::Alarm', Properties: {AlarmName: quiet, AlarmActions: ['arn:aws:sns:us-east-1:123456789012:t']}}
  Worst: {Type: 'AWS::CloudWatch::CompositeAlarm', Properties: {AlarmName: worst, ActionsEnabled: false, OKActions: ['arn:aws:lambda:us-east-1:123456789012:function:f:live']}}
  Errors: {Type: 'AWS::CloudWatch::LogAlarm', Properties: {AlarmName: errors, InsufficientDataActions: ['arn:aws:lambda:us-east-1:123456789012:function:g']}}
  All: {Type: 'AWS::SES::ReceiptRule', Properties: {RuleSetName: !Ref Mail, Rule: {Name: all, Enabled: true, Actions: [{LambdaAction: {FunctionArn: f}}]}}}
`

func TestTheServicesThatCallFunctionsListWhatCallsThem(t *testing.T) {
	_, cfg := start(t, localaws.Options{PageSize: 1}, admin, servicesTemplate)
	ctx := context.Background()
	var got []string
	note := func(words ...string) {
		line := ""
		for _, w := range words {
			line += w + " "
		}
		got = append(got, line)
	}
	elb := elasticloadbalancingv2.NewFromConfig(cfg)
	for p := elasticloadbalancingv2.NewDescribeTargetGroupsPaginator(elb, &elasticloadbalancingv2.DescribeTargetGroupsInput{}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range out.TargetGroups {
			health, err := elb.DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: g.TargetGroupArn})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range health.TargetHealthDescriptions {
				note(*g.TargetGroupName, string(g.TargetType), *h.Target.Id)
			}
		}
	}
	for p := autoscaling.NewDescribeAutoScalingGroupsPaginator(autoscaling.NewFromConfig(cfg), &autoscaling.DescribeAutoScalingGroupsInput{}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range out.AutoScalingGroups {
			note(*g.AutoScalingGroupName, path.Base(*g.AutoScalingGroupARN), path.Base(*g.ServiceLinkedRoleARN), strings.Join(g.TerminationPolicies, "+"))
		}
	}
	pools := cognitoidentityprovider.NewFromConfig(cfg)
	for p := cognitoidentityprovider.NewListUserPoolsPaginator(pools, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(60)}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range out.UserPools {
			pool, err := pools.DescribeUserPool(ctx, &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: one.Id})
			if err != nil {
				t.Fatal(err)
			}
			if c := pool.UserPool.LambdaConfig; c != nil {
				note(*one.Name, *pool.UserPool.Arn, *c.PreSignUp, *c.CustomSMSSender.LambdaArn, *c.KMSKeyID)
			} else {
				note(*one.Name, "calls nothing")
			}
		}
	}
	for p := secretsmanager.NewListSecretsPaginator(secretsmanager.NewFromConfig(cfg), &secretsmanager.ListSecretsInput{}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range out.SecretList {
			note("secret", *s.Name, aws.ToString(s.RotationLambdaARN))
		}
	}
	for p := configservice.NewDescribeConfigRulesPaginator(configservice.NewFromConfig(cfg), &configservice.DescribeConfigRulesInput{}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.ConfigRules {
			note(*r.ConfigRuleName, string(r.Source.Owner), *r.Source.SourceIdentifier)
		}
	}
	things := iot.NewFromConfig(cfg)
	for p := iot.NewListTopicRulesPaginator(things, &iot.ListTopicRulesInput{RuleDisabled: aws.Bool(false)}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.Rules {
			rule, err := things.GetTopicRule(ctx, &iot.GetTopicRuleInput{RuleName: r.RuleName})
			if err != nil {
				t.Fatal(err)
			}
			note(*r.RuleArn, *rule.Rule.Actions[0].Lambda.FunctionArn, *rule.Rule.ErrorAction.Lambda.FunctionArn)
			if rule.Rule.Actions[1].Lambda != nil {
				t.Error("the second action calls a function")
			}
		}
	}
	metrics := cloudwatch.NewFromConfig(cfg)
	alarms := &cloudwatch.DescribeAlarmsInput{
		ActionPrefix: aws.String("arn:aws:lambda:"), MaxRecords: aws.Int32(100),
		AlarmTypes: []cwtypes.AlarmType{cwtypes.AlarmTypeMetricAlarm, cwtypes.AlarmTypeCompositeAlarm, cwtypes.AlarmTypeLogAlarm},
	}
	for p := cloudwatch.NewDescribeAlarmsPaginator(metrics, alarms); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range out.MetricAlarms {
			note("metric", *a.AlarmArn, a.AlarmActions[0], strconv.FormatBool(*a.ActionsEnabled))
		}
		for _, a := range out.CompositeAlarms {
			note("composite", *a.AlarmArn, a.OKActions[0], strconv.FormatBool(*a.ActionsEnabled))
		}
		for _, a := range out.LogAlarms {
			note("log", *a.AlarmArn, a.InsufficientDataActions[0], strconv.FormatBool(*a.ActionsEnabled))
		}
	}
	if plain, err := metrics.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{MaxRecords: aws.Int32(1)}); err != nil || len(plain.MetricAlarms) != 1 || plain.NextToken == nil || *plain.MetricAlarms[0].AlarmDescription != "d" {
		t.Errorf("%v, %v", plain, err)
	}
	_, err := metrics.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{MaxRecords: aws.Int32(101)})
	if code, _, _ := apiErr(t, err); code != "ValidationError" {
		t.Errorf("a page of 101: %v", err)
	}
	_, err = metrics.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{NextToken: aws.String("x")})
	if code, _, _ := apiErr(t, err); code != "ValidationError" {
		t.Errorf("a token of nobody: %v", err)
	}
	_, err = metrics.ListDashboards(ctx, &cloudwatch.ListDashboardsInput{})
	if code, _, _ := apiErr(t, err); code != "NotImplemented" {
		t.Errorf("an operation that is not served: %v", err)
	}
	mail := ses.NewFromConfig(cfg)
	sets, err := mail.ListReceiptRuleSets(ctx, &ses.ListReceiptRuleSetsInput{})
	if err != nil || len(sets.RuleSets) != 1 {
		t.Fatalf("%v, %v", sets, err)
	}
	set, err := mail.DescribeReceiptRuleSet(ctx, &ses.DescribeReceiptRuleSetInput{RuleSetName: sets.RuleSets[0].Name})
	if err != nil {
		t.Fatal(err)
	}
	active, err := mail.DescribeActiveReceiptRuleSet(ctx, &ses.DescribeActiveReceiptRuleSetInput{})
	if err != nil {
		t.Fatal(err)
	}
	note(*active.Metadata.Name, *set.Rules[0].Name, *set.Rules[0].Actions[0].LambdaAction.FunctionArn)
	want := []string{
		"api instance i-1 ", "api instance i-2 ", "web lambda arn:aws:lambda:us-east-1:123456789012:function:f ",
		"fleet fleet AWSServiceRoleForAutoScaling arn:aws:lambda:us-east-1:123456789012:function:f+OldestInstance ",
		"plain plain AWSServiceRoleForAutoScaling_own Default ",
		"people arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_People f g k ", "Staff calls nothing ",
		"secret db f ", "secret far-abc123 g ", "secret still  ",
		"managed AWS S3_BUCKET_VERSIONING_ENABLED ", "tagged CUSTOM_LAMBDA f ",
		"arn:aws:iot:us-east-1:123456789012:rule/doors f g ",
		"metric arn:aws:cloudwatch:us-east-1:123456789012:alarm:busy arn:aws:lambda:us-east-1:123456789012:function:f true ",
		"log arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors arn:aws:lambda:us-east-1:123456789012:function:g true ",
		"composite arn:aws:cloudwatch:us-east-1:123456789012:alarm:worst arn:aws:lambda:us-east-1:123456789012:function:f:live false ",
		"mail all f ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
}

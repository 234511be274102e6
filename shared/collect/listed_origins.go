package collect

import (
	"context"
	"slices"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/ses"
)

// among tells whether a source is in a listing of all of its kind in the account and Region, which is read after the
// functions' policies: what was made meanwhile is in it. A listing that ended early tells nothing.
func among(o fact.Origin, all []string, of call, err error) fact.Read[fact.Origin] {
	switch {
	case err != nil:
		return fact.NotRead[fact.Origin](of.unread(err))
	case slices.Contains(all, o.ARN):
		return fact.Known(o)
	}
	return fact.Absent[fact.Origin]()
}

// allConfigRules are the ARNs of all rules of AWS Config, whoever owns them. They are listed, because an ARN holds the
// rule's id and a rule is asked for by its name.
//
// https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeConfigRules.html
func (c *Collector) allConfigRules(ctx context.Context) ([]string, error) {
	var all []string
	pages := configservice.NewDescribeConfigRulesPaginator(c.ConfigRules, &configservice.DescribeConfigRulesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, rule := range page.ConfigRules {
			all = append(all, aws.ToString(rule.ConfigRuleArn))
		}
	}
	return all, nil
}

// allTopicRules are the ARNs of all rules of AWS IoT, those that are off included. They are listed, because AWS IoT answers
// the same to who asks for a rule that is gone as to who may not.
//
// https://docs.aws.amazon.com/iot/latest/apireference/API_GetTopicRule.html#API_GetTopicRule_Errors
func (c *Collector) allTopicRules(ctx context.Context) ([]string, error) {
	var all []string
	pages := iot.NewListTopicRulesPaginator(c.TopicRules, &iot.ListTopicRulesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, rule := range page.Rules {
			all = append(all, aws.ToString(rule.RuleArn))
		}
	}
	return all, nil
}

// existingLogGroup asks for the groups whose names begin like the one. The group of a function that exists counts as one:
// Lambda makes it when the function first writes.
//
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
func (c *Collector) existingLogGroup(ctx context.Context, facts *fact.Facts, o fact.Origin) fact.Read[fact.Origin] {
	if slices.ContainsFunc(facts.Functions, func(f fact.Function) bool { return f.LogGroup == o.ID }) {
		return fact.Known(o)
	}
	if name, ofFunction := strings.CutPrefix(o.ID, "/aws/lambda/"); ofFunction {
		all, complete := facts.Existing["lambda"]
		if !complete || slices.Contains(all, c.inRegion("lambda", "function:"+name)) {
			return fact.Known(o)
		}
	}
	read := c.logGroup(ctx, o.ID)
	if why, unread := read.Unread(); unread {
		return fact.NotRead[fact.Origin](why)
	}
	if read.IsAbsent() {
		return fact.Absent[fact.Origin]()
	}
	return fact.Known(o)
}

// existingAlarm asks for the alarms of the name, of every type.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
func (c *Collector) existingAlarm(ctx context.Context, o fact.Origin) fact.Read[fact.Origin] {
	describe := call{Operation: "cloudwatch:DescribeAlarms of " + o.ID, Permission: "cloudwatch:DescribeAlarms", Resource: "*"}
	out, err := c.Alarms.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
		AlarmNames: []string{o.ID}, AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm, types.AlarmTypeLogAlarm},
	})
	switch {
	case err != nil:
		return fact.NotRead[fact.Origin](describe.unread(err))
	case len(out.MetricAlarms)+len(out.CompositeAlarms)+len(out.LogAlarms) > 0:
		return fact.Known(o)
	}
	return fact.Absent[fact.Origin]()
}

// existingReceiptRule reads the set of the rule.
//
// https://docs.aws.amazon.com/ses/latest/APIReference/API_DescribeReceiptRuleSet.html
func (c *Collector) existingReceiptRule(ctx context.Context, o fact.Origin) fact.Read[fact.Origin] {
	set, rule, _ := strings.Cut(o.ID, "/")
	describe := call{Operation: "ses:DescribeReceiptRuleSet of " + set, Permission: "ses:DescribeReceiptRuleSet", Resource: "*"}
	out, err := c.ReceiptRules.DescribeReceiptRuleSet(ctx, &ses.DescribeReceiptRuleSetInput{RuleSetName: aws.String(set)})
	if err != nil {
		return existing(o, describe, err)
	}
	for _, one := range out.Rules {
		if aws.ToString(one.Name) == rule {
			return fact.Known(o)
		}
	}
	return fact.Absent[fact.Origin]()
}

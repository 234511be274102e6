package collect

import (
	"context"
	"fmt"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
)

// TopicRulesAPI is what is read of AWS IoT.
type TopicRulesAPI interface {
	iot.ListTopicRulesAPIClient
	GetTopicRule(context.Context, *iot.GetTopicRuleInput, ...func(*iot.Options)) (*iot.GetTopicRuleOutput, error)
}

var _ TopicRulesAPI = (*iot.Client)(nil)

// topicRules reads which functions the rules of AWS IoT call, those that are called when another action fails included.
// A rule that is off calls nothing.
func (c *Collector) topicRules(ctx context.Context) sources {
	found := sources{facts: fact.KindTopicRules}
	list := call{Operation: "iot:ListTopicRules", Permission: "iot:ListTopicRules", Resource: "*"}
	var rules []types.TopicRuleListItem
	pages := iot.NewListTopicRulesPaginator(c.TopicRules, &iot.ListTopicRulesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			break
		}
		for _, rule := range page.Rules {
			if !aws.ToBool(rule.RuleDisabled) {
				rules = append(rules, rule)
			}
		}
	}
	each := make([]sources, len(rules))
	forEach(ctx, len(rules), func(ctx context.Context, i int) { each[i] = c.topicRule(ctx, &rules[i]) })
	found.join(each)
	return found
}

func (c *Collector) topicRule(ctx context.Context, rule *types.TopicRuleListItem) sources {
	found := sources{facts: fact.KindTopicRules}
	name, arn := aws.ToString(rule.RuleName), aws.ToString(rule.RuleArn)
	get := call{Operation: "iot:GetTopicRule of " + name, Permission: "iot:GetTopicRule", Resource: arn}
	out, err := c.TopicRules.GetTopicRule(ctx, &iot.GetTopicRuleInput{RuleName: rule.RuleName})
	switch {
	case isNotFound(err):
		return found // deleted after it was listed
	case err != nil:
		found.missing(get.unread(err))
		return found
	case out.Rule == nil:
		return found
	}
	actions := out.Rule.Actions
	if out.Rule.ErrorAction != nil {
		actions = append(actions, *out.Rule.ErrorAction)
	}
	for _, action := range actions {
		if action.Lambda == nil {
			continue
		}
		function := aws.ToString(action.Lambda.FunctionArn)
		// https://docs.aws.amazon.com/iot/latest/developerguide/iot-substitution-templates.html
		if strings.Contains(function, "${") {
			found.missing(fact.Unread{Reason: fmt.Sprintf("which function the %s %s calls depends on the message", fact.TriggerTopicRule, name)})
			continue
		}
		found.add(fact.Trigger{Kind: fact.TriggerTopicRule, Source: arn, SourceID: name, SourceName: name, Account: c.Account.ID}, function)
	}
	return found
}

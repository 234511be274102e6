package collect

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// RulesAPI is what is read from EventBridge.
type RulesAPI interface {
	DescribeEventBus(context.Context, *eventbridge.DescribeEventBusInput, ...func(*eventbridge.Options)) (*eventbridge.DescribeEventBusOutput, error)
	ListEventBuses(context.Context, *eventbridge.ListEventBusesInput, ...func(*eventbridge.Options)) (*eventbridge.ListEventBusesOutput, error)
	ListRules(context.Context, *eventbridge.ListRulesInput, ...func(*eventbridge.Options)) (*eventbridge.ListRulesOutput, error)
	ListTargetsByRule(context.Context, *eventbridge.ListTargetsByRuleInput, ...func(*eventbridge.Options)) (*eventbridge.ListTargetsByRuleOutput, error)
}

var _ RulesAPI = (*eventbridge.Client)(nil)

// busRule is a rule and the bus that it is on.
type busRule struct {
	bus  string
	rule types.Rule
}

// eventRules reads the targets of every rule that is on, on every bus, those that AWS manages included: a
// function's policy must allow their calls too.
func (c *Collector) eventRules(ctx context.Context) sources {
	found := sources{facts: fact.KindRules}
	list := call{Operation: "events:ListEventBuses", Permission: "events:ListEventBuses", Resource: "*"}
	buses, err := pageThrough(func(token *string) ([]types.EventBus, *string, error) {
		out, err := c.Rules.ListEventBuses(ctx, &eventbridge.ListEventBusesInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.EventBuses, out.NextToken, nil
	})
	if err != nil {
		found.missing(list.unread(err))
	}
	onBus, unread := make([][]busRule, len(buses)), make([]sources, len(buses))
	forEach(ctx, len(buses), func(ctx context.Context, i int) {
		unread[i] = sources{facts: fact.KindRules}
		onBus[i] = c.rulesOf(ctx, aws.ToString(buses[i].Name), &unread[i])
	})
	found.join(unread)
	rules := slices.Concat(onBus...)
	each := make([]sources, len(rules))
	forEach(ctx, len(rules), func(ctx context.Context, i int) { each[i] = c.ruleTargets(ctx, &rules[i]) })
	found.join(each)
	return found
}

// rulesOf lists the rules of a bus that are on. A rule that is off calls nothing, so its targets are not asked for.
func (c *Collector) rulesOf(ctx context.Context, bus string, found *sources) []busRule {
	list := call{Operation: "events:ListRules of the bus " + bus, Permission: "events:ListRules", Resource: "*"}
	rules, err := pageThrough(func(token *string) ([]types.Rule, *string, error) {
		out, err := c.Rules.ListRules(ctx, &eventbridge.ListRulesInput{EventBusName: aws.String(bus), NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Rules, out.NextToken, nil
	})
	if err != nil {
		found.missing(encryptedBus(list.unread(err)))
	}
	var on []busRule
	for _, rule := range rules {
		if !strings.EqualFold(string(rule.State), string(types.RuleStateDisabled)) {
			on = append(on, busRule{bus, rule})
		}
	}
	return on
}

func (c *Collector) ruleTargets(ctx context.Context, on *busRule) sources {
	found := sources{facts: fact.KindRules}
	arn := aws.ToString(on.rule.Arn)
	list := call{Operation: "events:ListTargetsByRule of " + aws.ToString(on.rule.Name), Permission: "events:ListTargetsByRule", Resource: arn}
	targets, err := pageThrough(func(token *string) ([]types.Target, *string, error) {
		out, err := c.Rules.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{
			Rule: on.rule.Name, EventBusName: aws.String(on.bus), NextToken: token,
		})
		if err != nil {
			return nil, nil, err
		}
		return out.Targets, out.NextToken, nil
	})
	switch {
	case isNotFound(err):
		return found // it was deleted after it was listed
	case err != nil:
		found.missing(encryptedBus(list.unread(err)))
		return found
	}
	source := fact.Trigger{
		Kind: fact.TriggerRule, Source: arn, SourceID: aws.ToString(on.rule.Name), SourceName: aws.ToString(on.rule.Name),
		Account: c.Account.ID, Doubt: ruleDoubt(&on.rule),
	}
	if on.bus != "default" {
		source.SourceName = on.bus + "/" + source.SourceName
	}
	for _, target := range targets {
		one := source
		if one.Credentials = aws.ToString(target.RoleArn); one.Credentials != "" {
			one.AssumedFor = arn
		}
		found.add(one, aws.ToString(target.Arn))
	}
	return found
}

// ruleDoubt says why a rule might not call its functions by their policies.
func ruleDoubt(rule *types.Rule) string {
	state := string(rule.State)
	switch {
	case len(iampolicy.UnknownNames(state)) > 0:
		return fmt.Sprintf("whether the rule is on depends on %s, which is not known", strings.Join(iampolicy.UnknownNames(state), ", "))
	case aws.ToString(rule.RoleArn) != "":
		// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html says only that the role is
		// "associated with the rule".
		return "the rule itself names the role " + aws.ToString(rule.RoleArn) + ", and AWS does not document whether its targets are called as that role"
	}
	return ""
}

// encryptedBus adds what else a refusal to list rules may mean.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html
func encryptedBus(why fact.Unread) fact.Unread {
	if why.Permission != "" {
		why.Reason += "; on a bus that is encrypted with a customer's key it needs kms:Decrypt on the key too"
	}
	return why
}

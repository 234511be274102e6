package collect

import (
	"context"
	"errors"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/smithy-go"
)

// ReceiptRulesAPI is what is read of how SES handles mail that comes in.
type ReceiptRulesAPI interface {
	ListReceiptRuleSets(context.Context, *ses.ListReceiptRuleSetsInput, ...func(*ses.Options)) (*ses.ListReceiptRuleSetsOutput, error)
	DescribeReceiptRuleSet(context.Context, *ses.DescribeReceiptRuleSetInput, ...func(*ses.Options)) (*ses.DescribeReceiptRuleSetOutput, error)
	DescribeActiveReceiptRuleSet(context.Context, *ses.DescribeActiveReceiptRuleSetInput, ...func(*ses.Options)) (*ses.DescribeActiveReceiptRuleSetOutput, error)
}

var _ ReceiptRulesAPI = (*ses.Client)(nil)

// receiptRules reads which functions the receipt rules of SES call. Only the rules of one set, the active one, are in
// effect.
func (c *Collector) receiptRules(ctx context.Context) sources {
	found := sources{facts: fact.KindReceiptRules}
	list := call{Operation: "ses:ListReceiptRuleSets", Permission: "ses:ListReceiptRuleSets", Resource: "*"}
	sets, err := pageThrough(func(token *string) ([]types.ReceiptRuleSetMetadata, *string, error) {
		out, err := c.ReceiptRules.ListReceiptRuleSets(ctx, &ses.ListReceiptRuleSetsInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.RuleSets, out.NextToken, nil
	})
	if err != nil && !noMailHere(err) {
		found.missing(list.unread(err))
	}
	if len(sets) == 0 {
		return found
	}
	active, known := c.activeRuleSet(ctx, &found)
	each := make([]sources, len(sets))
	forEach(ctx, len(sets), func(ctx context.Context, i int) {
		name, doubt := aws.ToString(sets[i].Name), ""
		switch {
		case !known:
			doubt = "which receipt rule set is the active one is not known"
		case name != active:
			doubt = "its receipt rule set is not the active one: nothing is received by it until it is"
		}
		each[i] = c.rulesOfSet(ctx, name, doubt)
	})
	found.join(each)
	return found
}

// noMailHere tells whether SES receives no mail in the Region: it does not know the operations there.
//
// https://docs.aws.amazon.com/ses/latest/dg/regions.html#region-receive-email
func noMailHere(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "InvalidAction"
}

// activeRuleSet is the name of the set that is in effect, empty where none is; false where it is not known.
func (c *Collector) activeRuleSet(ctx context.Context, found *sources) (string, bool) {
	describe := call{Operation: "ses:DescribeActiveReceiptRuleSet", Permission: "ses:DescribeActiveReceiptRuleSet", Resource: "*"}
	out, err := c.ReceiptRules.DescribeActiveReceiptRuleSet(ctx, &ses.DescribeActiveReceiptRuleSetInput{})
	switch {
	case err != nil:
		found.missing(describe.unread(err))
		return "", false
	case out.Metadata == nil:
		return "", true
	}
	return aws.ToString(out.Metadata.Name), true
}

func (c *Collector) rulesOfSet(ctx context.Context, set, doubt string) sources {
	found := sources{facts: fact.KindReceiptRules}
	describe := call{Operation: "ses:DescribeReceiptRuleSet of " + set, Permission: "ses:DescribeReceiptRuleSet", Resource: "*"}
	out, err := c.ReceiptRules.DescribeReceiptRuleSet(ctx, &ses.DescribeReceiptRuleSetInput{RuleSetName: aws.String(set)})
	switch {
	case isNotFound(err):
		return found // deleted after it was listed
	case err != nil:
		found.missing(describe.unread(err))
		return found
	}
	for _, rule := range out.Rules {
		name := aws.ToString(rule.Name)
		source := fact.ARN{
			Partition: c.Account.Partition, Service: "ses", Region: c.Account.Region, Account: c.Account.ID,
			Resource: "receipt-rule-set/" + set + ":receipt-rule/" + name,
		}.String()
		for _, action := range rule.Actions {
			if rule.Enabled && action.LambdaAction != nil {
				found.add(fact.Trigger{
					Kind: fact.TriggerReceiptRule, Source: source, SourceID: set + "/" + name, SourceName: set + "/" + name, Account: c.Account.ID, Doubt: doubt,
				}, aws.ToString(action.LambdaAction.FunctionArn))
			}
		}
	}
	return found
}

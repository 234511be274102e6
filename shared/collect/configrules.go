package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
)

// ConfigRulesAPI is what is read of AWS Config.
type ConfigRulesAPI interface {
	configservice.DescribeConfigRulesAPIClient
}

var _ ConfigRulesAPI = (*configservice.Client)(nil)

// configRules reads which functions the custom rules of AWS Config call. Rules of other owners name no function.
func (c *Collector) configRules(ctx context.Context) sources {
	found := sources{facts: fact.KindConfigRules}
	list := call{Operation: "config:DescribeConfigRules", Permission: "config:DescribeConfigRules", Resource: "*"}
	pages := configservice.NewDescribeConfigRulesPaginator(c.ConfigRules, &configservice.DescribeConfigRulesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			return found
		}
		for _, rule := range page.ConfigRules {
			if rule.Source == nil || rule.Source.Owner == types.OwnerAws || rule.Source.Owner == types.OwnerCustomPolicy {
				continue
			}
			name := aws.ToString(rule.ConfigRuleName)
			found.add(fact.Trigger{
				Kind: fact.TriggerConfigRule, Source: aws.ToString(rule.ConfigRuleArn), SourceID: name, SourceName: name, Account: c.Account.ID,
			}, aws.ToString(rule.Source.SourceIdentifier))
		}
	}
	return found
}

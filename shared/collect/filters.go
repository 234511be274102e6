package collect

import (
	"context"
	"encoding/json"
	"fmt"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// subscriptionFilters reads which functions the log groups of the region call. It takes a call for every log
// group, and the quota is small.
func (c *Collector) subscriptionFilters(ctx context.Context) sources {
	found := sources{facts: fact.KindFilters}
	list := call{Operation: "logs:DescribeLogGroups", Permission: "logs:DescribeLogGroups", Resource: "*"}
	var groups []string
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(c.Logs, &cloudwatchlogs.DescribeLogGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			break
		}
		for _, g := range page.LogGroups {
			groups = append(groups, aws.ToString(g.LogGroupName))
		}
	}
	each := make([]sources, len(groups))
	forEach(ctx, len(groups), func(ctx context.Context, i int) { each[i] = c.filtersOf(ctx, groups[i]) })
	found.join(each)
	c.accountFilters(ctx, &found)
	return found
}

// accountFilters adds the functions that the account's own subscription filters call, with the events of every log group
// that the filter does not leave out. Of the filter nothing but the function is kept.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters-AccountLevel.html
func (c *Collector) accountFilters(ctx context.Context, found *sources) {
	describe := call{Operation: "logs:DescribeAccountPolicies", Permission: "logs:DescribeAccountPolicies", Resource: "*"}
	policies, err := pageThrough(func(token *string) ([]types.AccountPolicy, *string, error) {
		out, err := c.Logs.DescribeAccountPolicies(ctx, &cloudwatchlogs.DescribeAccountPoliciesInput{PolicyType: types.PolicyTypeSubscriptionFilterPolicy, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.AccountPolicies, out.NextToken, nil
	})
	if err != nil {
		found.missing(describe.unread(err))
		return
	}
	for _, policy := range policies {
		name := aws.ToString(policy.PolicyName)
		var document struct{ DestinationArn string }
		if json.Unmarshal([]byte(aws.ToString(policy.PolicyDocument)), &document) != nil {
			found.missing(fact.Unread{Reason: fmt.Sprintf("which function the %s %s calls is not understood", fact.TriggerLogPolicy, name)})
			continue
		}
		source := fact.Trigger{
			Kind: fact.TriggerLogPolicy, Source: c.inRegion("logs", "log-group:*"), SourceID: name, SourceName: name, Account: c.Account.ID,
		}
		before := len(found.triggers)
		found.add(source, document.DestinationArn)
		for i := range found.triggers[before:] {
			// Each call carries the group that it is for.
			found.triggers[before+i].Routes[0].Requests = []string{c.inRegion("logs", "log-group:"+iampolicy.Unknown("any log group")+":*")}
		}
	}
}

func (c *Collector) filtersOf(ctx context.Context, group string) sources {
	found := sources{facts: fact.KindFilters}
	arn := fact.ARN{
		Partition: c.Account.Partition, Service: "logs", Region: c.Account.Region, Account: c.Account.ID,
		Resource: "log-group:" + group + ":*", // the calls carry the star too
	}.String()
	describe := call{Operation: "logs:DescribeSubscriptionFilters of " + group, Permission: "logs:DescribeSubscriptionFilters", Resource: arn}
	pages := cloudwatchlogs.NewDescribeSubscriptionFiltersPaginator(c.Logs, &cloudwatchlogs.DescribeSubscriptionFiltersInput{
		LogGroupName: aws.String(group),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		switch {
		case isNotFound(err):
			return found // deleted after it was listed
		case err != nil:
			found.missing(describe.unread(err))
			return found
		}
		for _, filter := range page.SubscriptionFilters {
			found.add(fact.Trigger{
				Kind: fact.TriggerLogGroup, Source: arn, SourceID: group, SourceName: group, Account: c.Account.ID,
			}, aws.ToString(filter.DestinationArn))
		}
	}
	return found
}

package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
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
	return found
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

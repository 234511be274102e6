package collect

import (
	"context"
	"slices"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// LogsAPI is what is read from CloudWatch Logs.
type LogsAPI interface {
	cloudwatchlogs.DescribeLogGroupsAPIClient
	cloudwatchlogs.DescribeSubscriptionFiltersAPIClient
	cloudwatchlogs.FilterLogEventsAPIClient
	DescribeAccountPolicies(context.Context, *cloudwatchlogs.DescribeAccountPoliciesInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeAccountPoliciesOutput, error)
}

var _ LogsAPI = (*cloudwatchlogs.Client)(nil)

// LogGroups reads whether the named groups exist. It is asked only for groups that a role may not create,
// because everywhere else it does not matter.
func (c *Collector) LogGroups(ctx context.Context, facts *fact.Facts, names []string) {
	read := make([]fact.Read[fact.LogGroup], len(names))
	forEach(ctx, len(names), func(ctx context.Context, i int) { read[i] = c.logGroup(ctx, names[i]) })
	for i, name := range names {
		facts.LogGroups[name] = read[i]
	}
}

func (c *Collector) logGroup(ctx context.Context, name string) fact.Read[fact.LogGroup] {
	describe := call{Operation: "logs:DescribeLogGroups", Permission: "logs:DescribeLogGroups", Resource: "*"}
	// Names sort before longer ones with the same beginning, but the order of the answer is not promised.
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(c.Logs, &cloudwatchlogs.DescribeLogGroupsInput{
		LogGroupNamePrefix: aws.String(name),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fact.NotRead[fact.LogGroup](describe.unread(err))
		}
		if slices.ContainsFunc(page.LogGroups, func(g types.LogGroup) bool { return aws.ToString(g.LogGroupName) == name }) {
			return fact.Known(fact.LogGroup{Name: name})
		}
	}
	return fact.Absent[fact.LogGroup]()
}

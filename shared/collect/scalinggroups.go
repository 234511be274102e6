package collect

import (
	"cmp"
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
)

// ScalingAPI is what is read of Auto Scaling.
type ScalingAPI interface {
	autoscaling.DescribeAutoScalingGroupsAPIClient
}

var _ ScalingAPI = (*autoscaling.Client)(nil)

// scalingGroups reads which functions Auto Scaling groups ask which instances to end. The names of AWS's own policies stand
// in the same list. A group calls as its service-linked role, the account's usual one unless it names another.
//
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/lambda-custom-termination-policy.html
func (c *Collector) scalingGroups(ctx context.Context) sources {
	found := sources{facts: fact.KindScalingGroups}
	manner, _ := fact.TriggerScalingGroup.Manner()
	usual := manner.In(c.Account).Principal
	list := call{Operation: "autoscaling:DescribeAutoScalingGroups", Permission: "autoscaling:DescribeAutoScalingGroups", Resource: "*"}
	pages := autoscaling.NewDescribeAutoScalingGroupsPaginator(c.Scaling, &autoscaling.DescribeAutoScalingGroupsInput{MaxRecords: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			break
		}
		for i := range page.AutoScalingGroups {
			group := &page.AutoScalingGroups[i]
			name := aws.ToString(group.AutoScalingGroupName)
			for _, policy := range group.TerminationPolicies {
				found.add(fact.Trigger{
					Kind: fact.TriggerScalingGroup, Source: aws.ToString(group.AutoScalingGroupARN), SourceID: name, SourceName: name, Account: c.Account.ID,
					Caller: cmp.Or(aws.ToString(group.ServiceLinkedRoleARN), usual),
				}, policy)
			}
		}
	}
	return found
}

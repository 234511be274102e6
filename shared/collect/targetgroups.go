package collect

import (
	"context"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// BalancersAPI is what is read of load balancers.
type BalancersAPI interface {
	elasticloadbalancingv2.DescribeTargetGroupsAPIClient
	DescribeTargetHealth(context.Context, *elasticloadbalancingv2.DescribeTargetHealthInput, ...func(*elasticloadbalancingv2.Options)) (*elasticloadbalancingv2.DescribeTargetHealthOutput, error)
}

var _ BalancersAPI = (*elasticloadbalancingv2.Client)(nil)

// targetGroups reads which functions the target groups of the region call. Only groups of functions are asked for their
// targets.
func (c *Collector) targetGroups(ctx context.Context) sources {
	found := sources{facts: fact.KindTargetGroups}
	list := call{Operation: "elasticloadbalancing:DescribeTargetGroups", Permission: "elasticloadbalancing:DescribeTargetGroups", Resource: "*"}
	var groups []types.TargetGroup
	pages := elasticloadbalancingv2.NewDescribeTargetGroupsPaginator(c.Balancers, &elasticloadbalancingv2.DescribeTargetGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			break
		}
		for _, g := range page.TargetGroups {
			if g.TargetType == types.TargetTypeEnumLambda || len(iampolicy.UnknownNames(string(g.TargetType))) > 0 {
				groups = append(groups, g)
			}
		}
	}
	each := make([]sources, len(groups))
	forEach(ctx, len(groups), func(ctx context.Context, i int) { each[i] = c.targetsOf(ctx, &groups[i]) })
	found.join(each)
	return found
}

func (c *Collector) targetsOf(ctx context.Context, group *types.TargetGroup) sources {
	found := sources{facts: fact.KindTargetGroups}
	arn, name := aws.ToString(group.TargetGroupArn), aws.ToString(group.TargetGroupName)
	describe := call{Operation: "elasticloadbalancing:DescribeTargetHealth of " + name, Permission: "elasticloadbalancing:DescribeTargetHealth", Resource: "*"}
	out, err := c.Balancers.DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: group.TargetGroupArn})
	switch {
	case isNotFound(err):
		return found // deleted after it was listed
	case err != nil:
		found.missing(describe.unread(err))
		return found
	}
	for _, one := range out.TargetHealthDescriptions {
		if one.Target != nil {
			found.add(fact.Trigger{
				Kind: fact.TriggerTargetGroup, Source: arn, SourceID: name, SourceName: name, Account: c.Account.ID,
			}, aws.ToString(one.Target.Id))
		}
	}
	return found
}

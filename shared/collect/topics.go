package collect

import (
	"cmp"
	"context"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// TopicsAPI is what is read from SNS.
type TopicsAPI interface {
	sns.ListSubscriptionsAPIClient
	GetTopicAttributes(context.Context, *sns.GetTopicAttributesInput, ...func(*sns.Options)) (*sns.GetTopicAttributesOutput, error)
}

var _ TopicsAPI = (*sns.Client)(nil)

// subscriptions reads which functions the topics of the region call: one listing holds every subscription.
func (c *Collector) subscriptions(ctx context.Context) sources {
	found := sources{facts: fact.KindTopics}
	list := call{Operation: "sns:ListSubscriptions", Permission: "sns:ListSubscriptions", Resource: "*"}
	pages := sns.NewListSubscriptionsPaginator(c.Topics, &sns.ListSubscriptionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			return found
		}
		for _, s := range page.Subscriptions {
			found.seen = append(found.seen, aws.ToString(s.TopicArn))
			if !strings.EqualFold(aws.ToString(s.Protocol), "lambda") {
				continue
			}
			topic := aws.ToString(s.TopicArn)
			arn, _ := fact.ParseARN(topic) // what is no ARN has unknown parts: the trigger is then undecided
			source := fact.Trigger{
				Kind: fact.TriggerTopic, Source: topic,
				SourceID: cmp.Or(arn.Resource, topic), SourceName: cmp.Or(arn.Resource, topic),
				// The topic may be another account's: its messages come from there.
				Account: cmp.Or(arn.Account, iampolicy.Unknown("account of "+topic)),
			}
			if aws.ToString(s.SubscriptionArn) == "PendingConfirmation" {
				source.Doubt = "the subscription is not confirmed yet: nothing is delivered until it is"
			}
			found.add(source, aws.ToString(s.Endpoint))
		}
	}
	return found
}

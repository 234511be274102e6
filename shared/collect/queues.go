package collect

import (
	"context"
	"fmt"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// QueuesAPI is what is read from SQS.
type QueuesAPI interface {
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
}

var _ QueuesAPI = (*sqs.Client)(nil)

// queue reads a queue's policy and key.
//
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
func (c *Collector) queue(ctx context.Context, t fact.Target, region string) (carried, error) {
	out, err := c.Queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl:       aws.String(c.queueURL(t, region)),
		AttributeNames: []types.QueueAttributeName{types.QueueAttributeNamePolicy, types.QueueAttributeNameKmsMasterKeyId},
	}, func(o *sqs.Options) { o.Region = region })
	if err != nil {
		return carried{}, err
	}
	return carried{policy: out.Attributes[string(types.QueueAttributeNamePolicy)], key: out.Attributes[string(types.QueueAttributeNameKmsMasterKeyId)]}, nil
}

// queueURL is the URL of a queue. SQS would say it too, for one more call.
//
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
func (c *Collector) queueURL(t fact.Target, region string) string {
	domain := "amazonaws.com"
	if c.Account.Partition == "aws-cn" {
		domain += ".cn"
	}
	return fmt.Sprintf("https://sqs.%s.%s/%s/%s", region, domain, t.Account, t.ARN[strings.LastIndexByte(t.ARN, ':')+1:])
}

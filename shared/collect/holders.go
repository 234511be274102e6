package collect

import (
	"context"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// TablesAPI is what is read from DynamoDB.
type TablesAPI interface {
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
	GetResourcePolicy(context.Context, *dynamodb.GetResourcePolicyInput, ...func(*dynamodb.Options)) (*dynamodb.GetResourcePolicyOutput, error)
}

// KinesisAPI is what is read from Kinesis.
type KinesisAPI interface {
	DescribeStreamSummary(context.Context, *kinesis.DescribeStreamSummaryInput, ...func(*kinesis.Options)) (*kinesis.DescribeStreamSummaryOutput, error)
	GetResourcePolicy(context.Context, *kinesis.GetResourcePolicyInput, ...func(*kinesis.Options)) (*kinesis.GetResourcePolicyOutput, error)
}

var (
	_ TablesAPI  = (*dynamodb.Client)(nil)
	_ KinesisAPI = (*kinesis.Client)(nil)
)

// topic reads a topic's policy and key.
//
// https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
func (c *Collector) topic(ctx context.Context, t fact.Target, region string) (carried, error) {
	out, err := c.Topics.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(t.ARN)}, func(o *sns.Options) { o.Region = region })
	if err != nil {
		return carried{}, err
	}
	return carried{policy: out.Attributes["Policy"], key: out.Attributes["KmsMasterKeyId"]}, nil
}

// bucket reads a bucket's policy and key. Only the owner's account may, so that a policy that is read is one of this account; Block
// Public Access changes nothing for its own roles.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
func (c *Collector) bucket(ctx context.Context, t fact.Target, _ string) (carried, error) {
	name := t.ARN[strings.LastIndexByte(t.ARN, ':')+1:]
	out, err := c.Buckets.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(name)})
	if err != nil && !hasNone(err) {
		return carried{}, err
	}
	said := c.encryption(ctx, t, name)
	if err == nil {
		said.policy = aws.ToString(out.Policy)
	}
	return said, err
}

// table reads the policy of a table, which is its indexes' too, or that of a table's stream.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html
func (c *Collector) table(ctx context.Context, t fact.Target, region string) (carried, error) {
	out, err := c.Tables.GetResourcePolicy(ctx, &dynamodb.GetResourcePolicyInput{ResourceArn: aws.String(t.ARN)}, func(o *dynamodb.Options) { o.Region = region })
	if err != nil {
		return carried{}, err
	}
	return carried{policy: aws.ToString(out.Policy)}, nil
}

// stream reads the policy of a stream, or that of a stream's consumer.
//
// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetResourcePolicy.html
func (c *Collector) stream(ctx context.Context, t fact.Target, region string) (carried, error) {
	out, err := c.Kinesis.GetResourcePolicy(ctx, &kinesis.GetResourcePolicyInput{ResourceARN: aws.String(t.ARN)}, func(o *kinesis.Options) { o.Region = region })
	if err != nil {
		return carried{}, err
	}
	return carried{policy: withoutEmpty(aws.ToString(out.Policy))}, nil
}

// withoutEmpty takes an object without members for no policy.
func withoutEmpty(policy string) string {
	if strings.TrimSpace(policy) == "{}" {
		return ""
	}
	return policy
}

// secret reads a secret's policy and key, and nothing of what it holds.
//
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html
func (c *Collector) secret(ctx context.Context, t fact.Target, region string) (carried, error) {
	in := func(o *secretsmanager.Options) { o.Region = region }
	out, err := c.Secrets.GetResourcePolicy(ctx, &secretsmanager.GetResourcePolicyInput{SecretId: aws.String(t.ARN)}, in)
	if err != nil {
		return carried{}, err
	}
	said := carried{policy: aws.ToString(out.ResourcePolicy)}
	described, err := c.Secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(t.ARN)}, in)
	if err != nil {
		said.keyless = call{Operation: "secretsmanager:DescribeSecret", Permission: "secretsmanager:DescribeSecret", Resource: t.ARN}.unread(err)
		return said, nil
	}
	said.whole, said.key = aws.ToString(described.ARN), aws.ToString(described.KmsKeyId)
	if said.key == "" {
		said.key = "alias/aws/secretsmanager"
	}
	return said, nil
}

// bus reads an event bus's policy and key.
//
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html
func (c *Collector) bus(ctx context.Context, t fact.Target, region string) (carried, error) {
	out, err := c.Rules.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: aws.String(t.ARN)}, func(o *eventbridge.Options) { o.Region = region })
	if err != nil {
		return carried{}, err
	}
	return carried{policy: aws.ToString(out.Policy), key: aws.ToString(out.KmsKeyIdentifier)}, nil
}

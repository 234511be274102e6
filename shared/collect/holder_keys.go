package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// holderReader says how the key is read of what holds a target's data, where several targets share one holder.
type holderReader struct {
	call call
	read func(c *Collector, ctx context.Context, holder, region string) (string, error)
}

// holderReaders are by the kind of the target.
func holderReaders() map[fact.TargetKind]holderReader {
	table := holderReader{call{Operation: "dynamodb:DescribeTable", Permission: "dynamodb:DescribeTable"}, (*Collector).tableKey}
	stream := holderReader{call{Operation: "kinesis:DescribeStreamSummary", Permission: "kinesis:DescribeStreamSummary"}, (*Collector).streamKey}
	return map[fact.TargetKind]holderReader{
		fact.TargetTable: table, fact.TargetTableStream: table,
		fact.TargetStream: stream, fact.TargetConsumer: stream,
	}
}

// holderKeys reads which keys encrypt the tables and streams of the targets, each once: a table's stream and a stream's
// consumers have the same key.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
func (c *Collector) holderKeys(ctx context.Context, facts *fact.Facts, targets []fact.Target) {
	var wanted []fact.Target
	seen := map[string]bool{}
	for _, t := range targets {
		holder := t.Holder()
		if _, reads := holderReaders()[t.Kind]; !reads || seen[holder] {
			continue
		}
		if _, known := facts.HolderKeys[holder]; known {
			continue
		}
		seen[holder], t.ARN = true, holder
		wanted = append(wanted, t)
	}
	read := make([]fact.Read[string], len(wanted))
	forEach(ctx, len(wanted), func(ctx context.Context, i int) { read[i] = c.holderKey(ctx, wanted[i]) })
	if facts.HolderKeys == nil {
		facts.HolderKeys = map[string]fact.Read[string]{}
	}
	for i := range wanted {
		facts.HolderKeys[wanted[i].ARN] = read[i]
	}
}

func (c *Collector) holderKey(ctx context.Context, holder fact.Target) fact.Read[string] {
	reader := holderReaders()[holder.Kind]
	reader.call.Resource = holder.ARN
	owner, why := c.in(ctx, holder.Account, reader.call)
	if owner == nil {
		return fact.NotRead[string](why)
	}
	key, err := reader.read(owner, ctx, holder.ARN, regionOf(holder, c.Account.Region))
	if err != nil {
		return fact.NotRead[string](c.asRole(holder.Account, reader.call.unread(err)))
	}
	return fact.Known(key)
}

// tableKey reads the key of a table. One that DynamoDB owns is not told.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html
func (c *Collector) tableKey(ctx context.Context, table, region string) (string, error) {
	out, err := c.Tables.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(table)}, func(o *dynamodb.Options) { o.Region = region })
	if err != nil || out.Table == nil || out.Table.SSEDescription == nil {
		return "", err
	}
	return aws.ToString(out.Table.SSEDescription.KMSMasterKeyArn), nil
}

// streamKey reads the key of a stream of Kinesis.
//
// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamSummary.html
func (c *Collector) streamKey(ctx context.Context, stream, region string) (string, error) {
	out, err := c.Kinesis.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamARN: aws.String(stream)}, func(o *kinesis.Options) { o.Region = region })
	if err != nil || out.StreamDescriptionSummary == nil || out.StreamDescriptionSummary.EncryptionType != types.EncryptionTypeKms {
		return "", err
	}
	return aws.ToString(out.StreamDescriptionSummary.KeyId), nil
}

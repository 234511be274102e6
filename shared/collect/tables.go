package collect

import (
	"context"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// tableOf is the ARN of the table that a target is or whose changes it streams; empty for other kinds.
func tableOf(t fact.Target) string {
	switch t.Kind {
	case fact.TargetTable:
		return t.ARN
	case fact.TargetTableStream:
		table, _, _ := strings.Cut(t.ARN, "/stream/")
		return table
	}
	return ""
}

// tableKeys reads which keys encrypt the tables of the targets, each table once: its stream has the same key.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
func (c *Collector) tableKeys(ctx context.Context, facts *fact.Facts, targets []fact.Target) {
	var wanted []fact.Target
	seen := map[string]bool{}
	for _, t := range targets {
		table := tableOf(t)
		if _, known := facts.TableKeys[table]; table == "" || known || seen[table] {
			continue
		}
		seen[table], t.ARN = true, table
		wanted = append(wanted, t)
	}
	read := make([]fact.Read[string], len(wanted))
	forEach(ctx, len(wanted), func(ctx context.Context, i int) { read[i] = c.tableKey(ctx, wanted[i]) })
	if facts.TableKeys == nil {
		facts.TableKeys = map[string]fact.Read[string]{}
	}
	for i := range wanted {
		facts.TableKeys[wanted[i].ARN] = read[i]
	}
}

// tableKey reads the key of a table. One that DynamoDB owns is not told.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html
func (c *Collector) tableKey(ctx context.Context, table fact.Target) fact.Read[string] {
	ask := call{Operation: "dynamodb:DescribeTable", Permission: "dynamodb:DescribeTable", Resource: table.ARN}
	owner, why := c.in(ctx, table.Account, ask)
	if owner == nil {
		return fact.NotRead[string](why)
	}
	region := regionOf(table, c.Account.Region)
	out, err := owner.Tables.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(table.ARN)}, func(o *dynamodb.Options) { o.Region = region })
	switch {
	case err != nil:
		return fact.NotRead[string](c.asRole(table.Account, ask.unread(err)))
	case out.Table == nil || out.Table.SSEDescription == nil:
		return fact.Known("")
	}
	return fact.Known(aws.ToString(out.Table.SSEDescription.KMSMasterKeyArn))
}

package need

import (
	"fmt"
	"strings"

	"permprobe/shared/fact"
)

// polls are the permissions with which Lambda polls the function's event sources, and delivers records that
// could not be processed.
//
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
func polls(facts *fact.Facts, function *fact.Function) []Need {
	var needs []Need
	for i := range facts.Mappings {
		mapping := &facts.Mappings[i]
		if mapping.Function.ARN != function.ARN {
			continue
		}
		base := Need{
			Kind: Identity, Purpose: Poll, Level: Required,
			Function: mapping.Function,
			Role:     function.Role,
			Presumed: mapping.Open,
		}
		needs = append(needs, poll(facts.Account, base, mapping)...)
		if mapping.OnFailure.Target != "" {
			needs = append(needs, deliver(facts.Account, base, mapping.OnFailure)...)
		}
	}
	return asVersions(facts, needs)
}

// poll is what one source needs. The calls of Lambda's pollers carry no lambda:SourceFunctionArn.
//
// https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
func poll(account fact.Account, base Need, mapping *fact.Mapping) []Need {
	base.Subject = mapping.Source
	source, err := fact.ParseARN(mapping.Source)
	if err != nil {
		base.Unread = fact.Unresolved(fmt.Sprintf("what the event source mapping %s needs", mapping.ID), mapping.Source)
		if base.Unread.IsZero() {
			base.Unread = fact.Unread{Reason: fmt.Sprintf("what the event source mapping %s needs for its self-managed source is not decided", mapping.ID)}
		}
		return []Need{base}
	}
	base.Context = map[string][]string{sourceFunction: nil} // absent for certain
	if source.Account != account.ID {
		base.Context["aws:ResourceAccount"] = []string{source.Account}
	}
	each := func(resource string, actions ...string) []Need {
		var needs []Need
		for _, action := range actions {
			needs = append(needs, base.on(action, resource))
		}
		return needs
	}
	switch source.Service {
	case "sqs":
		// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
		base.Managed = "service-role/AWSLambdaSQSQueueExecutionRole"
		return each(mapping.Source, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
	case "kinesis":
		// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html
		base.Managed = "service-role/AWSLambdaKinesisExecutionRole"
		stream, _, fanOut := strings.Cut(mapping.Source, "/consumer/")
		needs := each(stream, "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords",
			"kinesis:GetShardIterator", "kinesis:ListShards")
		if fanOut {
			needs = append(needs, each(mapping.Source, "kinesis:SubscribeToShard")...)
		}
		return needs
	case "dynamodb":
		// dynamodb:ListStreams, which the managed policy holds too, is not needed to poll a known stream.
		//
		// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
		base.Managed = "service-role/AWSLambdaDynamoDBExecutionRole"
		return each(mapping.Source, "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
	}
	base.Unread = fact.Unread{Reason: fmt.Sprintf("what the role needs to read from %s is not decided", mapping.Source)}
	return []Need{base}
}

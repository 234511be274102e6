package need

import (
	"slices"
	"strings"

	"permprobe/shared/fact"
)

// docs is where the pages of the Lambda developer guide are.
const docs = "https://docs.aws.amazon.com/lambda/latest/dg/"

// sources are the kinds of event sources. Lambda writes what goes wrong with a mapping to the function's log, which
// is the function's need and not the source's.
func sources() []Row {
	return []Row{queueSource(), streamSource(), tableSource(), clusterSource(), brokersSource(),
		messageSource("mq_activemq", "Amazon MQ for ActiveMQ"), messageSource("mq_rabbitmq", "Amazon MQ for RabbitMQ"), documentSource()}
}

func queueSource() Row {
	const page = docs + "services-sqs-configure.html"
	return Row{ID: "sqs", Name: "Amazon SQS queue", Purpose: Poll, Signal: "`EventSourceArn` of the service `sqs`", Rules: []Rule{{
		Level: Required, Actions: []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}, Resource: "the queue",
		Why: "Lambda takes messages from the queue, and deletes those that were processed", Page: page,
		Managed: "service-role/AWSLambdaSQSQueueExecutionRole", on: atSource,
	}}}
}

func streamSource() Row {
	const page, managed = docs + "services-kinesis-create.html", "service-role/AWSLambdaKinesisExecutionRole"
	return Row{ID: "kinesis", Name: "Amazon Kinesis data stream", Purpose: Poll, Signal: "`EventSourceArn` of the service `kinesis`", Rules: []Rule{{
		Level:    Required,
		Actions:  []string{"kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"},
		Resource: "the stream", Why: "Lambda finds the shards and reads their records, of a consumer too when it tries again", Page: page, Managed: managed,
		on: func(s *subject) []target {
			stream, _, _ := strings.Cut(s.mapping.Source, "/consumer/")
			return []target{{resource: stream}}
		},
	}, {
		Level: Required, Actions: []string{"kinesis:SubscribeToShard"}, Resource: "the consumer", When: "the source is an enhanced fan-out consumer",
		Why: "Lambda has the records pushed to the consumer; a grant on the stream does not cover its consumers", Page: page, Managed: managed,
		on: func(s *subject) []target {
			if !strings.Contains(s.mapping.Source, "/consumer/") {
				return nil
			}
			return atSource(s)
		},
	}}}
}

func tableSource() Row {
	const page, managed = docs + "services-dynamodb-eventsourcemapping.html", "service-role/AWSLambdaDynamoDBExecutionRole"
	return Row{ID: "dynamodb", Name: "Amazon DynamoDB stream", Purpose: Poll, Signal: "`EventSourceArn` of the service `dynamodb`", Rules: []Rule{{
		Level: Required, Actions: []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}, Resource: "the stream",
		Why: "Lambda finds the shards and reads their records; a grant on the table does not cover its streams", Page: page, Managed: managed, on: atSource,
	}, {
		Level: Recommended, Actions: []string{"dynamodb:ListStreams"}, Resource: "`*`",
		Why: "AWS's managed policy holds it; a stream that is known is polled without it", Page: page, Managed: managed, on: everywhere,
	}}}
}

// interfaces are what Lambda needs to reach a source inside a VPC.
func interfaces(page, managed, when string, applies func(*subject) bool) Rule {
	return Rule{
		Level: Required, Actions: []string{"ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs", "ec2:DeleteNetworkInterface",
			"ec2:DescribeSubnets", "ec2:DescribeSecurityGroups"}, Resource: "`*`", When: when,
		Why: "Lambda makes network interfaces in the subnets of the source", Page: page, Managed: managed,
		Scoped: "AWS grants these on every resource",
		on: func(s *subject) []target {
			if applies != nil && !applies(s) {
				return nil
			}
			return everywhere(s)
		},
	}
}

// secrets are the secrets that a mapping names with one of the ways to authenticate.
func secrets(page string, kinds ...string) Rule {
	return Rule{
		Level: Required, Actions: []string{"secretsmanager:GetSecretValue"}, Resource: "each secret of `SourceAccessConfigurations`",
		When: "the mapping authenticates with `" + strings.Join(kinds, "`, `") + "`",
		Why:  "Lambda reads the credentials from the secret", Page: page,
		on: func(s *subject) []target { return secretsOf(s, s.mapping.Access, kinds) },
	}
}

func secretsOf(s *subject, access []fact.Access, kinds []string) []target {
	var out []target
	for _, one := range access {
		if !slices.Contains(kinds, one.Type) {
			continue
		}
		out = append(out, arnTarget(s, one.Secret, "the secret of "+one.Type, "secretsmanager"))
	}
	return out
}

// arnTarget is a resource that the configuration names by its ARN, or why it is not known.
func arnTarget(s *subject, text, what, service string) target {
	arn, err := fact.ParseARN(text)
	if why := fact.Unresolved("which is "+what, text); !why.IsZero() {
		return target{unread: why}
	}
	if err != nil || arn.Service != service {
		return target{unread: fact.Unread{Reason: what + " is not named by its ARN"}}
	}
	to := target{resource: text}
	if arn.Account != s.account.ID {
		to.keys = map[string][]string{"aws:ResourceAccount": {arn.Account}}
	}
	return to
}

func messageSource(id, name string) Row {
	const page = docs + "process-mq-messages-with-lambda.html"
	return Row{ID: id, Name: name, Purpose: Poll, Signal: "`EventSourceArn` of the service `mq`", Rules: []Rule{{
		Level: Required, Actions: []string{"mq:DescribeBroker"}, Resource: "the broker", Why: "Lambda looks up where the broker is", Page: page, on: atSource,
	}, secrets(page, "BASIC_AUTH"), interfaces(page, "", "", nil)}}
}

func documentSource() Row {
	const page = docs + "with-documentdb.html"
	part := func(kind, name, what string) func(*subject) []target {
		return func(s *subject) []target {
			return []target{sample(func(part string) string {
				arn := s.source
				arn.Resource = kind + ":" + part
				return arn.String()
			}, name, what+" of "+s.mapping.Source, "*")}
		}
	}
	return Row{ID: "documentdb", Name: "Amazon DocumentDB change stream", Purpose: Poll, Signal: "`EventSourceArn` of the service `rds`", Rules: []Rule{{
		Level: Required, Actions: []string{"rds:DescribeDBClusters"}, Resource: "the cluster", Why: "Lambda looks up where the cluster is", Page: page, on: atSource,
	}, {
		Level: Required, Actions: []string{"rds:DescribeDBClusterParameters"}, Resource: "the cluster's parameter group",
		Why: "Lambda looks up how the cluster is set up", Page: page, on: part("cluster-pg", "default.docdb5.0", "parameter group"),
	}, {
		Level: Required, Actions: []string{"rds:DescribeDBSubnetGroups"}, Resource: "the cluster's subnet group",
		Why: "Lambda looks up in which subnets the cluster is", Page: page, on: part("subgrp", "default", "subnet group"),
	}, secrets(page, "BASIC_AUTH"), interfaces(page, "", "", nil)}}
}

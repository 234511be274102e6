package need

import "strings"

// destinations are where Lambda delivers: the dead-letter queue, the destinations of asynchronous invocations, and
// those of records that an event source mapping could not process.
func destinations() []Row {
	const async, stream, kafka = docs + "invocation-async-retain-records.html", docs + "kinesis-on-failure-destination.html", docs + "kafka-on-failure-destination.html"
	signal := func(service string) string {
		return "`DeadLetterConfig` or `DestinationConfig` with an ARN of the service `" + service + "`"
	}
	one := func(id, name, service, action, what string) Row {
		return Row{ID: "destination_" + id, Name: name, Purpose: Deliver, Signal: signal(service), Rules: []Rule{{
			Level: Required, Actions: []string{action}, Resource: what, Why: "Lambda sends with the role what became of an invocation", Page: async, on: atDestination,
		}}}
	}
	return []Row{
		one("sqs", "queue as dead-letter queue or destination", "sqs", "sqs:SendMessage", "the queue"),
		one("sns", "topic as dead-letter queue or destination", "sns", "sns:Publish", "the topic"),
		one("lambda", "function as destination", "lambda", "lambda:InvokeFunction", "the function, with the qualifier that the destination names"),
		one("events", "event bus as destination", "events", "events:PutEvents", "the event bus"),
		{ID: "destination_s3", Name: "bucket as on-failure destination", Purpose: Deliver, Signal: signal("s3"), Rules: []Rule{{
			Level: Required, Actions: []string{"s3:PutObject"}, Resource: "the bucket's objects",
			Why: "Lambda writes what failed to objects; it tries the whole bucket when the destination is set", Page: stream,
			on: func(s *subject) []target {
				return []target{{resource: s.destination.Target + "/aws/lambda/" + s.destination.Function.Name() +
					"/2026/01/01/2026-01-01T00.00.00-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9", grant: s.destination.Target + "/*", keys: ownBucket(s)}}
			},
		}, {
			Level: Required, Actions: []string{"s3:ListBucket"}, Resource: "the bucket", Why: "Lambda looks at the bucket before it writes", Page: stream,
			on: func(s *subject) []target { return []target{{resource: s.destination.Target, keys: ownBucket(s)}} },
		}}},
		{ID: "destination_kafka", Name: "topic of the source's own Kafka cluster as on-failure destination", Purpose: Poll,
			Signal: "`DestinationConfig` of an event source mapping with `kafka://TOPIC`", Rules: []Rule{{
				Level: Required, Actions: []string{"kafka-cluster:Connect"}, Resource: "the cluster", When: "the brokers authenticate with IAM",
				Why: "Lambda connects to the brokers", Page: kafka, on: func(s *subject) []target { return atBrokers(s, "cluster", "") },
			}, {
				Level: Required, Actions: []string{"kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"}, Resource: "the topic", When: "the brokers authenticate with IAM",
				Why: "Lambda writes what failed to the topic", Page: kafka,
				on: func(s *subject) []target {
					return atBrokers(s, "topic", strings.TrimPrefix(s.destination.Target, "kafka://"))
				},
			}}},
	}
}

// ownBucket is what bounds a bucket's owner. AWS recommends to bound the grant by it, so the request says it: a
// bucket's ARN does not, and the function's own account is the one that works.
func ownBucket(s *subject) map[string][]string {
	return map[string][]string{"s3:ResourceAccount": {s.account.ID}}
}

// atBrokers is for actions that brokers of Amazon MSK decide by IAM, where they do.
func atBrokers(s *subject, kind, name string) []target {
	open, applies := s.authenticates()
	if !applies {
		return nil
	}
	to := kafkaTarget(s, kind, name)
	to.presumed = open
	return []target{to}
}

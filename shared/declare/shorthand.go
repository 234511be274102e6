package declare

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/authref"
)

// verb is one shorthand: what it means for every kind of resource that it takes.
type verb struct {
	name string
	// only is the kind that a name alone means; zero where the value must say it.
	only    kind
	actions map[kind][]string
}

// The calls of the usual clients. Scans and batches of a table are actions of their own, which not every role should
// have: who calls them declares them by name.
var (
	reads = map[kind][]string{
		bucket:    {"s3:GetObject"},
		table:     {"dynamodb:GetItem", "dynamodb:Query"},
		secret:    {"secretsmanager:GetSecretValue"},
		parameter: {"ssm:GetParameter"},
	}
	writes = map[kind][]string{
		bucket:    {"s3:PutObject"},
		table:     {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"},
		secret:    {"secretsmanager:PutSecretValue"},
		parameter: {"ssm:PutParameter"},
		stream:    {"kinesis:PutRecord", "kinesis:PutRecords"},
		delivery:  {"firehose:PutRecord", "firehose:PutRecordBatch"},
	}
	verbs = []verb{
		{"read", 0, reads},
		{"write", 0, writes},
		{"list", bucket, map[kind][]string{bucket: {"s3:ListBucket"}}},
		{"delete", 0, map[kind][]string{bucket: {"s3:DeleteObject"}, table: {"dynamodb:DeleteItem"}}},
		{"table", table, map[kind][]string{table: slices.Concat(reads[table], writes[table])}},
		{"consume", 0, map[kind][]string{
			queue:  {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
			stream: {"kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"},
			table:  {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"},
		}},
		{"send", queue, map[kind][]string{queue: {"sqs:SendMessage"}}},
		{"publish", topic, map[kind][]string{topic: {"sns:Publish"}}},
		{"put", 0, map[kind][]string{
			bus: {"events:PutEvents"}, bucket: writes[bucket], stream: writes[stream], delivery: writes[delivery],
		}},
		{"secret", secret, map[kind][]string{secret: reads[secret]}},
		{"parameter", parameter, map[kind][]string{parameter: reads[parameter]}},
		{"decrypt", key, map[kind][]string{key: {"kms:Decrypt"}}},
		{"encrypt", key, map[kind][]string{key: {"kms:Encrypt"}}},
		{"invoke", function, map[kind][]string{
			function: {"lambda:InvokeFunction"}, machine: {"states:StartExecution"}, endpoint: {"execute-api:Invoke"}, model: {"bedrock:InvokeModel"},
		}},
		{"start", machine, map[kind][]string{machine: {"states:StartExecution"}}},
		{"assume", role, map[kind][]string{role: {"sts:AssumeRole"}}},
	}
)

// Shorthands are the names of the shorthands, in the order in which the documentation lists them. "key" is not among
// them: it only completes others (see Key).
func Shorthands() []string {
	names := make([]string, len(verbs))
	for i, v := range verbs {
		names[i] = v.name
	}
	return names
}

// Expand are the calls that a shorthand means for a resource.
func Expand(shorthand, resource string) ([]Call, error) {
	at := slices.IndexFunc(verbs, func(v verb) bool { return v.name == shorthand })
	if at < 0 {
		return nil, fmt.Errorf("%s is no shorthand", quote(shorthand))
	}
	v := verbs[at]
	ref, err := refer(resource, v.only)
	if err != nil {
		return nil, err
	}
	actions, takes := v.actions[ref.kind]
	if !takes {
		return nil, fmt.Errorf("%s is not what %s takes: it takes %s", quote(resource), v.name, v.takes())
	}
	var calls []Call
	for _, name := range actions {
		action, err := known(name)
		if err != nil {
			return nil, err
		}
		if call := ref.call(action); fit(action, call.Resource) {
			calls = append(calls, call)
		}
	}
	if len(calls) == 0 {
		return nil, fmt.Errorf("%s is not what %s takes: none of %s is called on it", quote(resource), v.name, strings.Join(actions, ", "))
	}
	return calls, nil
}

// call is an action on the resource.
func (r reference) call(action authref.Action) Call {
	var c Call
	switch {
	case action.String() == "s3:ListBucket":
		arn, prefix := r.bucketARN()
		c = Call{Resource: arn}
		if prefix != "" {
			// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
			c.Context = map[string][]string{"s3:prefix": {prefix}}
		}
	case r.kind == bucket:
		c = r.object()
	default:
		c = r.exact()
	}
	c.Action = action.String()
	return c
}

// takes names the services of the resources that the shorthand takes.
func (v *verb) takes() string {
	var services []string
	for _, k := range kinds {
		if _, ok := v.actions[k.kind]; ok {
			services = append(services, k.service+" ("+k.before+"…)")
		}
	}
	return strings.ReplaceAll(strings.Join(services, ", "), " (…)", "")
}

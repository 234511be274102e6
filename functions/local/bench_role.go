package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"permprobe/shared/awsclient"
	"permprobe/shared/decide"
	"permprobe/shared/iampolicy"
	"permprobe/shared/localaws"
	"permprobe/shared/simulate"
	"permprobe/shared/stack"
)

// wideRole is what a role that does much is asked about: five actions of each of twelve services, by the resource
// that they are on.
var wideRole = []struct{ resource, service, actions string }{
	{"arn:aws:s3:::data/in/1", "s3", "GetObject PutObject DeleteObject"},
	{"arn:aws:s3:::data", "s3", "ListBucket"},
	{"*", "s3", "ListAllMyBuckets"},
	{"arn:aws:sqs:us-east-1:123456789012:jobs", "sqs", "SendMessage ReceiveMessage DeleteMessage GetQueueAttributes ChangeMessageVisibility"},
	{"arn:aws:sns:us-east-1:123456789012:news", "sns", "Publish Subscribe GetTopicAttributes SetTopicAttributes ListSubscriptionsByTopic"},
	{"arn:aws:dynamodb:us-east-1:123456789012:table/notes", "dynamodb", "GetItem PutItem Query UpdateItem DeleteItem"},
	{"arn:aws:kms:us-east-1:123456789012:key/5e0b1f5a-2f0c-4f0e-8f3a-0c5f0f7d9a11", "kms", "Decrypt Encrypt GenerateDataKey DescribeKey ReEncryptFrom"},
	{"arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1b2c3", "secretsmanager", "GetSecretValue DescribeSecret PutSecretValue UpdateSecret ListSecretVersionIds"},
	{"arn:aws:ssm:us-east-1:123456789012:parameter/app/name", "ssm", "GetParameter GetParameters GetParametersByPath PutParameter DeleteParameter"},
	{"arn:aws:lambda:us-east-1:123456789012:function:next", "lambda", "InvokeFunction GetFunctionConfiguration GetPolicy ListAliases ListVersionsByFunction"},
	{"arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/wide:log-stream:one", "logs", "CreateLogStream PutLogEvents GetLogEvents"},
	{"arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/wide:log-stream:", "logs", "CreateLogGroup DescribeLogStreams"},
	{"*", "xray", "PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets GetSamplingStatisticSummaries"},
	{"arn:aws:states:us-east-1:123456789012:stateMachine:flow", "states", "StartExecution StartSyncExecution DescribeStateMachine ListExecutions UpdateStateMachine"},
	{"arn:aws:events:us-east-1:123456789012:event-bus/main", "events", "PutEvents DescribeEventBus"},
	{"arn:aws:events:us-east-1:123456789012:rule/main/nightly", "events", "PutRule PutTargets DescribeRule"},
}

// wideQuestions are the questions about the role.
func wideQuestions(role string) []decide.Question {
	keys := decide.NewRequestContext(map[string][]string{
		"aws:PrincipalArn": {role}, "aws:RequestedRegion": {"us-east-1"}, "aws:SecureTransport": {"true"},
	})
	var questions []decide.Question
	for _, on := range wideRole {
		for action := range strings.FieldsSeq(on.actions) {
			questions = append(questions, decide.Question{Role: role, Action: on.service + ":" + action, Resource: on.resource, Context: keys})
		}
	}
	return questions
}

// benchRole asks about a role that may do everything, and returns how many calls that took.
func benchRole(ctx context.Context) (needs, calls int, err error) {
	const role = "arn:aws:iam::123456789012:role/wide"
	text, err := json.Marshal(map[string]any{"Resources": map[string]any{"Role": map[string]any{
		"Type": "AWS::IAM::Role", "Properties": map[string]any{
			"RoleName": "wide",
			"AssumeRolePolicyDocument": statement(map[string]any{
				"Effect": "Allow", "Principal": map[string]any{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
			}),
			"Policies": []any{map[string]any{"PolicyName": "all", "PolicyDocument": statement(map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"})}},
		},
	}}})
	if err != nil {
		return 0, 0, fmt.Errorf("generate a role: %w", err)
	}
	one, err := stack.Load("wide.json", text, stack.Options{})
	if err != nil {
		return 0, 0, err
	}
	server, err := localaws.New(localaws.Options{}, one)
	if err != nil {
		return 0, 0, fmt.Errorf("start the embedded AWS: %w", err)
	}
	url, closeServer, err := server.Listen("127.0.0.1:0")
	if err != nil {
		return 0, 0, fmt.Errorf("start the embedded AWS: %w", err)
	}
	defer func() { _ = closeServer() }() // the process ends with it
	questions := wideQuestions(role)
	answers := simulate.New(awsclient.Embedded(url, "us-east-1", "admin").Config).Ask(ctx, questions)
	for _, q := range questions {
		if answer := answers[q]; answer.Decision != iampolicy.Allowed {
			return 0, 0, fmt.Errorf("%s on %s: %s %s", q.Action, q.Resource, answer.Decision, answer.Unread.Reason)
		}
	}
	return len(questions), len(server.Calls()), nil
}

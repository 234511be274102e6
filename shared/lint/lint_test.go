package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"permprobe/shared/iampolicy"
)

// parse reads statements, written without the document around them.
func parse(t *testing.T, kind iampolicy.Kind, statements string) *iampolicy.Policy {
	t.Helper()
	doc := statements
	if !strings.Contains(doc, `"Statement"`) {
		doc = `{"Version":"2012-10-17","Statement":[` + statements + `]}`
	}
	p, err := iampolicy.Parse([]byte(doc), kind)
	if err != nil {
		t.Fatalf("parse %s: %v", doc, err)
	}
	return p
}

// allow is an Allow statement; lists are written with commas between values.
func allow(actions, resources string, more ...string) string {
	return fmt.Sprintf(`{"Effect":"Allow","Action":%s,"Resource":%s%s}`, list(actions), list(resources), strings.Join(more, ""))
}

func list(values string) string {
	if !strings.Contains(values, ",") {
		return fmt.Sprintf("%q", values)
	}
	var out []string
	for _, v := range strings.Split(values, ",") {
		out = append(out, fmt.Sprintf("%q", v))
	}
	return "[" + strings.Join(out, ",") + "]"
}

func when(operator, key, values string) string {
	return fmt.Sprintf(`,"Condition":{%q:{%q:%s}}`, operator, key, list(values))
}

// invoke is a statement of a function's policy.
func invoke(principal string, more ...string) string {
	return fmt.Sprintf(`{"Effect":"Allow","Principal":%s,"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:eu-west-1:210987654321:function:lid"%s}`, principal, strings.Join(more, ""))
}

func service(name string) string { return fmt.Sprintf(`{"Service":%q}`, name) }

func trust(principal, action string, more ...string) string {
	return fmt.Sprintf(`{"Effect":"Allow","Principal":%s,"Action":%q%s}`, principal, action, strings.Join(more, ""))
}

var (
	here = Context{Partition: "aws", Region: "eu-west-1", Account: "210987654321"}
	role = Context{Partition: "aws", Region: "eu-west-1", Account: "210987654321", ExecutionRole: true, Function: "arn:aws:lambda:eu-west-1:210987654321:function:lid"}
	edge = Context{ExecutionRole: true, Edge: true}
)

const at = ":eu-west-1:210987654321:"

type mistake struct {
	name       string
	kind       iampolicy.Kind // Identity unless told
	ctx        Context
	bad, good  string
	id         string
	confidence Confidence
	value      string   // of the problem, not compared if empty
	replace    []string // not compared if nil
}

func mistakes() []mistake {
	table := "arn:aws:dynamodb" + at + "table/Crates"
	fn := "arn:aws:lambda" + at + "function:lid"
	return []mistake{
		// Actions and resource types.
		{name: "listing a bucket on its objects", bad: allow("s3:ListBucket", "arn:aws:s3:::crates/*"), good: allow("s3:ListBucket", "arn:aws:s3:::crates"),
			id: "resource-type", confidence: Certain, value: "arn:aws:s3:::crates/*", replace: []string{"arn:aws:s3:::crates"}},
		{name: "reading objects on the bucket", bad: allow("s3:GetObject,s3:PutObject,s3:DeleteObject", "arn:aws:s3:::crates"), good: allow("s3:GetObject", "arn:aws:s3:::crates/in/*"),
			id: "resource-type", confidence: Certain, replace: []string{"arn:aws:s3:::crates/*"}},
		{name: "objects and bucket mixed on the bucket", bad: allow("s3:GetObject,s3:ListBucket", "arn:aws:s3:::crates"), good: allow("s3:GetObject,s3:ListBucket", "arn:aws:s3:::crates,arn:aws:s3:::crates/*"),
			id: "resource-type", confidence: Certain, replace: []string{"arn:aws:s3:::crates", "arn:aws:s3:::crates/*"}},
		{name: "an access point without its objects", bad: allow("s3:GetObject", "arn:aws:s3"+at+"accesspoint/dock"), good: allow("s3:GetObject", "arn:aws:s3"+at+"accesspoint/dock/object/*"),
			id: "resource-type", confidence: Certain, replace: []string{"arn:aws:s3" + at + "accesspoint/dock/object/*"}},
		{name: "a stream's records on the table", bad: allow("dynamodb:GetRecords,dynamodb:GetShardIterator", table), good: allow("dynamodb:GetRecords,dynamodb:GetShardIterator", table+"/stream/*"),
			id: "resource-type", confidence: Certain, replace: []string{table + "/stream/*"}},
		{name: "log events on the bare log group", bad: allow("logs:PutLogEvents,logs:CreateLogStream", "arn:aws:logs"+at+"log-group:/aws/lambda/lid"), good: allow("logs:PutLogEvents,logs:CreateLogStream", "arn:aws:logs"+at+"log-group:/aws/lambda/lid:*"),
			id: "resource-type", confidence: Certain, replace: []string{"arn:aws:logs" + at + "log-group:/aws/lambda/lid:*"}},
		{name: "enhanced fan-out on the stream", bad: allow("kinesis:SubscribeToShard", "arn:aws:kinesis"+at+"stream/weights"), good: allow("kinesis:SubscribeToShard", "arn:aws:kinesis"+at+"stream/weights/consumer/*"),
			id: "resource-type", confidence: Certain, replace: []string{"arn:aws:kinesis" + at + "stream/weights/consumer/*"}},
		{name: "topic data on the cluster", bad: allow("kafka-cluster:ReadData", "arn:aws:kafka"+at+"cluster/dock/7a1e"), good: allow("kafka-cluster:ReadData", "arn:aws:kafka"+at+"topic/dock/7a1e/weights"),
			id: "resource-type", confidence: Certain, replace: []string{"arn:aws:kafka" + at + "topic/dock/7a1e/*"}},
		{name: "connecting on a topic", bad: allow("kafka-cluster:Connect", "arn:aws:kafka"+at+"topic/dock/7a1e/weights"), good: allow("kafka-cluster:Connect", "arn:aws:kafka"+at+"cluster/dock/7a1e"),
			id: "resource-type", confidence: Certain, replace: []string{"arn:aws:kafka" + at + "cluster/dock/7a1e"}},
		{name: "putting events on a rule", bad: allow("events:PutEvents", "arn:aws:events"+at+"rule/lids"), good: allow("events:PutEvents", "arn:aws:events"+at+"event-bus/default"),
			id: "resource-type", confidence: Certain},
		{name: "an execution on its state machine", bad: allow("states:DescribeExecution,states:StopExecution", "arn:aws:states"+at+"stateMachine:pack"), good: allow("states:DescribeExecution,states:StopExecution", "arn:aws:states"+at+"execution:pack:*"),
			id: "resource-type", confidence: Certain, replace: []string{"arn:aws:states" + at + "execution:pack:*"}},
		{name: "assuming a session", bad: allow("sts:AssumeRole", "arn:aws:sts::210987654321:assumed-role/packer/s"), good: allow("sts:AssumeRole", "arn:aws:iam::210987654321:role/packer"),
			id: "resource-type", confidence: Certain, replace: []string{"arn:aws:iam::210987654321:role/packer"}},
		{name: "connections on the API as a resource", bad: allow("execute-api:ManageConnections", "arn:aws:apigateway:eu-west-1::/restapis/x1y2"), good: allow("execute-api:ManageConnections", "arn:aws:execute-api"+at+"x1y2/live/POST/@connections/*"),
			id: "resource-type", confidence: Certain},
		{name: "connections on the API's id alone", bad: allow("execute-api:ManageConnections", "arn:aws:execute-api"+at+"x1y2"), good: allow("execute-api:ManageConnections", "arn:aws:execute-api"+at+"x1y2/*"),
			id: "resource-type", confidence: Certain, replace: []string{"arn:aws:execute-api" + at + "x1y2/*/*/*"}},
		{name: "a database login on the instance", bad: allow("rds-db:connect", "arn:aws:rds"+at+"db:ledger"), good: allow("rds-db:connect", "arn:aws:rds-db"+at+"dbuser:db-ABCDE/lid"),
			id: "resource-type", confidence: Certain},
		{name: "subscribing to a topic instead of a filter", bad: allow("iot:Subscribe", "arn:aws:iot"+at+"topic/dock"), good: allow("iot:Subscribe", "arn:aws:iot"+at+"topicfilter/dock"),
			id: "resource-type", confidence: Certain, replace: []string{"arn:aws:iot" + at + "topicfilter/dock"}},
		{name: "a durable execution on the bare function", bad: allow("lambda:CheckpointDurableExecution", fn), good: allow("lambda:CheckpointDurableExecution", fn+":*"),
			id: "resource-type", confidence: Certain, replace: []string{fn + ":*"}},
		{name: "a queue's action on a topic", bad: allow("sqs:SendMessage", "arn:aws:sns"+at+"lids"), good: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids"),
			id: "resource-type", confidence: Certain},
		{name: "items on an index", bad: allow("dynamodb:PutItem", table+"/index/ByLid"), good: allow("dynamodb:PutItem", table),
			id: "resource-type", confidence: Certain},
		{name: "only a wildcard of object actions on the bucket", bad: allow("s3:GetObject*", "arn:aws:s3:::crates"), good: allow("s3:Get*", "arn:aws:s3:::crates"),
			id: "resource-type", confidence: Certain},
		{name: "an action of a service that is not sure", bad: allow("ecs:RunTask", "arn:aws:ecs"+at+"task-definition/pack"), good: allow("ecs:RunTask", "arn:aws:ecs"+at+"task-definition/pack:*"),
			id: "resource-type", confidence: Hint},
		{name: "a Deny that refuses nothing", bad: `{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::crates"}`, good: `{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::crates/*"}`,
			id: "resource-type", confidence: Hint},
		{name: "a key's alias as the resource", bad: allow("kms:Decrypt,kms:GenerateDataKey", "arn:aws:kms"+at+"alias/dock"), good: allow("kms:Decrypt", "arn:aws:kms"+at+"key/1234abcd-12ab-34cd-56ef-1234567890ab"),
			id: "kms-alias", confidence: Certain, value: "arn:aws:kms" + at + "alias/dock"},
		{name: "a login token of a registry on a repository", bad: allow("ecr:GetAuthorizationToken,ecr:BatchGetImage", "arn:aws:ecr"+at+"repository/pack"), good: allow("ecr:GetAuthorizationToken", "*"),
			id: "resource-star", confidence: Certain},
		{name: "brokers of a cluster", bad: allow("kafka:GetBootstrapBrokers", "arn:aws:kafka"+at+"cluster/dock/7a1e"), good: allow("kafka:GetBootstrapBrokers", "*"),
			id: "resource-star", confidence: Certain, replace: []string{"*"}},
		{name: "many secrets at once on one secret", bad: allow("secretsmanager:BatchGetSecretValue,secretsmanager:ListSecrets", "arn:aws:secretsmanager"+at+"secret:ledger-AbCdEf"), good: allow("secretsmanager:BatchGetSecretValue", "*"),
			id: "resource-star", confidence: Certain},
		{name: "listing parameters below a path", bad: allow("ssm:DescribeParameters", "arn:aws:ssm"+at+"parameter/*"), good: allow("ssm:DescribeParameters", "*"),
			id: "resource-star", confidence: Certain},
		{name: "describing network interfaces by ARN", bad: allow("ec2:DescribeNetworkInterfaces", "arn:aws:ec2"+at+"network-interface/*"), good: allow("ec2:DescribeNetworkInterfaces", "*"),
			id: "resource-star", confidence: Certain},
		{name: "traces on an ARN", bad: allow("xray:PutTraceSegments", "arn:aws:xray"+at+"group/x/y"), good: allow("xray:PutTraceSegments,xray:PutTelemetryRecords", "*"),
			id: "resource-star", confidence: Certain},
		{name: "listing streams on a table's stream", bad: allow("dynamodb:ListStreams", table+"/stream/*"), good: allow("dynamodb:ListStreams", "*"),
			id: "resource-star", confidence: Hint},
		{name: "a deployment hook on its group", bad: allow("codedeploy:PutLifecycleEventHookExecutionStatus", "arn:aws:codedeploy"+at+"deploymentgroup:App/live"), good: allow("codedeploy:PutLifecycleEventHookExecutionStatus", "*"),
			id: "resource-star", confidence: Hint},
		{name: "a resource of a service that no action has", bad: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids,arn:aws:s3:::crates"), good: allow("sqs:SendMessage,s3:ListBucket", "arn:aws:sqs"+at+"lids,arn:aws:s3:::crates"),
			id: "resource-unused", confidence: Hint},

		// Forms of ARNs.
		{name: "a bucket's ARN with Region and account", bad: allow("s3:GetObject", "arn:aws:s3"+at+"crates/*"), good: allow("s3:GetObject", "arn:aws:s3:::crates/*"),
			id: "resource-form", confidence: Certain, replace: []string{"arn:aws:s3:::crates/*"}},
		{name: "an S3 URL", bad: allow("s3:GetObject", "s3://crates/in/x"), good: allow("s3:GetObject", "arn:aws:s3:::crates/in/x"),
			id: "resource-syntax", confidence: Certain, replace: []string{"arn:aws:s3:::crates/in/x"}},
		{name: "a bucket's web address", bad: allow("s3:GetObject", "https://crates.s3.eu-west-1.amazonaws.com/x"), good: allow("s3:GetObject", "arn:aws:s3:::crates/x"),
			id: "resource-syntax", confidence: Certain, replace: []string{"arn:aws:s3:::crates/x"}},
		{name: "a table without its type", bad: allow("dynamodb:GetItem", "arn:aws:dynamodb"+at+"Crates"), good: allow("dynamodb:GetItem", table),
			id: "resource-form", confidence: Certain, replace: []string{table}},
		{name: "a queue's URL", bad: allow("sqs:SendMessage", "https://sqs.eu-west-1.amazonaws.com/210987654321/lids"), good: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids"),
			id: "resource-syntax", confidence: Certain, replace: []string{"arn:aws:sqs" + at + "lids"}},
		{name: "a queue with a type before its name", bad: allow("sqs:SendMessage", "arn:aws:sqs"+at+"queue/lids"), good: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids"),
			id: "resource-form", confidence: Certain, replace: []string{"arn:aws:sqs" + at + "lids"}},
		{name: "a topic with a type before its name", bad: allow("sns:Publish", "arn:aws:sns"+at+"topic/lids"), good: allow("sns:Publish", "arn:aws:sns"+at+"lids"),
			id: "resource-form", confidence: Certain, replace: []string{"arn:aws:sns" + at + "lids"}},
		{name: "a subscription instead of its topic", bad: allow("sns:Publish", "arn:aws:sns"+at+"lids:1f2e-3d"), good: allow("sns:Publish", "arn:aws:sns"+at+"lids"),
			id: "resource-form", confidence: Certain, replace: []string{"arn:aws:sns" + at + "lids"}},
		{name: "a key's bare id", ctx: here, bad: allow("kms:Decrypt", "1234abcd-12ab-34cd-56ef-1234567890ab"), good: allow("kms:Decrypt", "arn:aws:kms"+at+"key/1234abcd-12ab-34cd-56ef-1234567890ab"),
			id: "resource-syntax", confidence: Certain, replace: []string{"arn:aws:kms" + at + "key/1234abcd-12ab-34cd-56ef-1234567890ab"}},
		{name: "a secret's bare name", ctx: here, bad: allow("secretsmanager:GetSecretValue", "ledger"), good: allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager"+at+"secret:ledger-??????"),
			id: "resource-syntax", confidence: Certain, replace: []string{"arn:aws:secretsmanager" + at + "secret:ledger-??????"}},
		{name: "a bus's bare name", ctx: here, bad: allow("events:PutEvents", "lids"), good: allow("events:PutEvents", "arn:aws:events"+at+"event-bus/lids"),
			id: "resource-syntax", confidence: Certain, replace: []string{"arn:aws:events" + at + "event-bus/lids"}},
		{name: "a table's bare name", bad: allow("dynamodb:GetItem", "Crates"), good: allow("dynamodb:GetItem", table), id: "resource-syntax", confidence: Certain},
		{name: "an ARN that is too short", bad: allow("sqs:SendMessage", "arn:aws:sqs:lids"), good: allow("sqs:SendMessage", "arn:aws:sqs:*"), id: "resource-syntax", confidence: Certain},
		{name: "a parameter with two slashes", bad: allow("ssm:GetParameter", "arn:aws:ssm"+at+"parameter//dock/x"), good: allow("ssm:GetParameter", "arn:aws:ssm"+at+"parameter/dock/x"),
			id: "ssm-double-slash", confidence: Certain, replace: []string{"arn:aws:ssm" + at + "parameter/dock/x"}},
		{name: "a bucket with a slash and nothing behind it", bad: allow("s3:GetObject", "arn:aws:s3:::dock/"), good: allow("s3:GetObject", "arn:aws:s3:::dock/in/"),
			id: "object-without-key", confidence: Certain, replace: []string{"arn:aws:s3:::dock/*"}},
		{name: "a parameter without its slash", bad: allow("ssm:GetParameter", "arn:aws:ssm"+at+"parameterdock/x"), good: allow("ssm:GetParameter", "arn:aws:ssm:eu-west-1::parameter/aws/service/x"),
			id: "resource-form", confidence: Certain, replace: []string{"arn:aws:ssm" + at + "parameter/dock/x"}},
		{name: "a stream without its type", bad: allow("kinesis:PutRecord", "arn:aws:kinesis"+at+"Weights"), good: allow("kinesis:PutRecord", "arn:aws:kinesis"+at+"stream/Weights"),
			id: "resource-form", confidence: Certain, replace: []string{"arn:aws:kinesis" + at + "stream/Weights"}},
		{name: "a state machine with a slash", bad: allow("states:StartExecution", "arn:aws:states"+at+"stateMachine/pack"), good: allow("states:StartExecution", "arn:aws:states"+at+"stateMachine:pack"),
			id: "resource-form", confidence: Certain, replace: []string{"arn:aws:states" + at + "stateMachine:pack"}},
		{name: "a role with a Region", bad: allow("iam:PassRole", "arn:aws:iam"+at+"role/packer"), good: allow("iam:PassRole", "arn:aws:iam::210987654321:role/packer"),
			id: "resource-form", confidence: Certain, replace: []string{"arn:aws:iam::210987654321:role/packer"}},
		{name: "a foundation model with an account", bad: allow("bedrock:InvokeModel", "arn:aws:bedrock"+at+"foundation-model/titan"), good: allow("bedrock:InvokeModel", "arn:aws:bedrock:eu-west-1::foundation-model/titan"),
			id: "resource-form", confidence: Certain, replace: []string{"arn:aws:bedrock:eu-west-1::foundation-model/titan"}},
		{name: "a queue with an empty account", bad: allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1::lids"), good: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids"), id: "resource-form", confidence: Certain},
		{name: "a function with a slash", bad: allow("lambda:InvokeFunction", "arn:aws:lambda"+at+"function/lid"), good: allow("lambda:InvokeFunction", fn+"*"),
			id: "resource-form", confidence: Certain, replace: []string{fn}},
		{name: "a log group with a slash", bad: allow("logs:PutLogEvents", "arn:aws:logs"+at+"log-group/aws/lambda/lid:*"), good: allow("logs:PutLogEvents", "arn:aws:logs"+at+"*"), id: "resource-form", confidence: Certain},
		{name: "a secret without its suffix", bad: allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager"+at+"secret:ledger"), good: allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager"+at+"secret:ledger-a1B2c3"),
			id: "secret-suffix", confidence: Certain, replace: []string{"arn:aws:secretsmanager" + at + "secret:ledger-??????"}},
		{name: "a secret whose name ends in a six-letter word", bad: allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager"+at+"secret:dock-ledger"), good: allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager"+at+"secret:dock-ledger-*"),
			id: "secret-suffix", confidence: Hint},
		{name: "a regular expression", bad: allow("dynamodb:GetItem", "arn:aws:dynamodb"+at+"table/(Crates|Lids)"), good: allow("dynamodb:GetItem", table+",arn:aws:dynamodb"+at+"table/Lids"),
			id: "resource-regexp", confidence: Certain, replace: []string{table, "arn:aws:dynamodb" + at + "table/Lids"}},
		{name: "another partition", ctx: here, bad: allow("sqs:SendMessage", "arn:aws-cn:sqs:cn-north-1:210987654321:lids"), good: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids"),
			id: "resource-partition", confidence: Certain},
		{name: "a partition that does not exist", bad: allow("sqs:SendMessage", "arn:amazon:sqs"+at+"lids"), good: allow("sqs:SendMessage", "arn:aws-us-gov:sqs:us-gov-west-1:210987654321:lids"),
			id: "resource-partition", confidence: Certain},
		{name: "another Region", ctx: here, bad: allow("sqs:SendMessage", "arn:aws:sqs:us-east-1:210987654321:lids"), good: allow("sqs:SendMessage", "arn:aws:sqs:*:210987654321:lids"),
			id: "resource-region", confidence: Hint, replace: []string{"arn:aws:sqs" + at + "lids"}},
		{name: "another account", ctx: here, bad: allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:345678901234:lids"), good: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids"),
			id: "resource-account", confidence: Hint},
		{name: "an account of the examples", ctx: here, bad: allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:lids"), good: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids"),
			id: "resource-account", confidence: Hint, replace: []string{"arn:aws:sqs" + at + "lids"}},
		{name: "a template's reference left as text", bad: allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:${AWS::AccountId}:lids"), good: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids"),
			id: "resource-literal-reference", confidence: Certain},
		{name: "an undefined name", bad: allow("sqs:SendMessage", "arn:aws:sqs"+at+"undefined"), good: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids"), id: "resource-literal-reference", confidence: Hint},

		// Names of actions.
		{name: "an action without its service", bad: allow("PutItem", table), good: allow("dynamodb:PutItem", table), id: "action-syntax", confidence: Certain, replace: []string{"dynamodb:PutItem"}},
		{name: "a wildcard for the service", bad: allow("*:GetItem", table), good: allow("dynamodb:*Item", table), id: "action-syntax", confidence: Certain},
		{name: "two actions in one value", bad: `{"Effect":"Allow","Action":"s3:GetObject, s3:PutObject","Resource":"*"}`, good: allow("s3:GetObject,s3:PutObject", "*"), id: "action-syntax", confidence: Certain},
		{name: "an operation that is no action", bad: allow("s3:HeadObject", "arn:aws:s3:::crates/*"), good: allow("s3:GetObject", "arn:aws:s3:::crates/*"),
			id: "action-unknown", confidence: Certain, replace: []string{"s3:GetObject"}},
		{name: "a batch operation that is no action", bad: allow("sqs:SendMessageBatch", "arn:aws:sqs"+at+"lids"), good: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids"),
			id: "action-unknown", confidence: Certain, replace: []string{"sqs:SendMessage"}},
		{name: "the short name of a call", bad: allow("lambda:Invoke", fn), good: allow("lambda:InvokeFunction", fn), id: "action-unknown", confidence: Certain, replace: []string{"lambda:InvokeFunction"}},
		{name: "a transaction that is no action", bad: allow("dynamodb:TransactGetItems", table), good: allow("dynamodb:GetItem", table), id: "action-unknown", confidence: Certain, replace: []string{"dynamodb:GetItem"}},
		{name: "an idle batch operation beside the action", bad: allow("sqs:DeleteMessage,sqs:DeleteMessageBatch", "arn:aws:sqs"+at+"lids"), good: allow("sqs:DeleteMessage", "arn:aws:sqs"+at+"lids"), id: "action-unknown", confidence: Hint},
		{name: "a slip in an action", bad: allow("sqs:SendMesage", "arn:aws:sqs"+at+"lids"), good: allow("sqs:sendmessage", "arn:aws:sqs"+at+"lids"), id: "action-unknown", confidence: Certain, replace: []string{"sqs:SendMessage"}},
		{name: "an action that may be newer than the reference", bad: allow("lambda:PaintFunction", fn), good: allow("lambda:GetFunction", fn), id: "action-unknown", confidence: Hint},
		{name: "a plural that may be a new action", bad: allow("sns:Publishes", "arn:aws:sns"+at+"lids"), good: allow("sns:Publish", "arn:aws:sns"+at+"lids"), id: "action-unknown", confidence: Hint},
		{name: "another name of a service", bad: allow("eventbridge:PutEvents", "arn:aws:events"+at+"event-bus/default"), good: allow("events:PutEvents", "arn:aws:events"+at+"event-bus/default"),
			id: "service-unknown", confidence: Certain, replace: []string{"events:PutEvents"}},
		{name: "a prefix of streams", bad: allow("dynamodbstreams:GetRecords", table+"/stream/*"), good: allow("dynamodb:GetRecords", table+"/stream/*"), id: "service-unknown", confidence: Certain, replace: []string{"dynamodb:GetRecords"}},
		{name: "a slip in a prefix", bad: allow("secretmanager:GetSecretValue", "*"), good: allow("secretsmanager:GetSecretValue", "*"), id: "service-unknown", confidence: Certain, replace: []string{"secretsmanager:GetSecretValue"}},
		{name: "a wildcard of a service by another name", bad: allow("stepfunctions:*", "*"), good: allow("states:*", "*"), id: "service-unknown", confidence: Certain, replace: []string{"states:*"}},
		{name: "an unknown service", bad: allow("quayside:Moor", "*"), good: allow("sqs:SendMessage", "*"), id: "service-unknown", confidence: Hint},

		// Conditions.
		{name: "a list prefix on reading objects", bad: allow("s3:GetObject", "arn:aws:s3:::crates/*", when("StringLike", "s3:prefix", "in/*")), good: allow("s3:ListBucket", "arn:aws:s3:::crates", when("StringLike", "s3:prefix", "in/*")),
			id: "condition-key", confidence: Certain},
		{name: "leading keys on describing a table", bad: allow("dynamodb:GetItem,dynamodb:DescribeTable", table, when("ForAnyValue:StringEquals", "dynamodb:LeadingKeys", "a")), good: allow("dynamodb:GetItem", table, when("ForAnyValue:StringEquals", "dynamodb:LeadingKeys", "a")),
			id: "condition-key", confidence: Certain},
		{name: "an encryption context on describing a key", bad: allow("kms:Decrypt,kms:DescribeKey", "*", when("StringEquals", "kms:EncryptionContext:dock", "a")), good: allow("kms:Decrypt", "*", when("StringEquals", "kms:EncryptionContext:dock", "a")) + "," + allow("kms:DescribeKey", "*"),
			id: "condition-key", confidence: Certain},
		{name: "a function's key on invoking", bad: allow("lambda:InvokeFunction", fn, when("ArnEquals", "lambda:FunctionArn", fn)), good: allow("lambda:CreateEventSourceMapping", "*", when("ArnEquals", "lambda:FunctionArn", fn)),
			id: "condition-key", confidence: Certain},
		{name: "a key that may be absent", bad: allow("s3:GetObject", "arn:aws:s3:::crates/*", when("StringEquals", "s3:delimiter", "/")), good: allow("s3:GetObject", "arn:aws:s3:::crates/*", when("StringEqualsIfExists", "s3:delimiter", "/")),
			id: "condition-key", confidence: Certain},
		{name: "a resource tag on listing buckets", bad: allow("s3:ListAllMyBuckets", "*", when("StringEquals", "aws:ResourceTag/team", "dock")), good: allow("sqs:SendMessage", "*", when("StringEquals", "aws:ResourceTag/team", "dock")),
			id: "condition-tag", confidence: Hint},
		{name: "the source of a service's call in a role", ctx: role, bad: allow("s3:GetObject", "arn:aws:s3:::crates/*", when("ArnLike", "aws:SourceArn", fn)), good: allow("s3:GetObject", "arn:aws:s3:::crates/*", when("ArnEquals", "lambda:SourceFunctionArn", fn)),
			id: "condition-source", confidence: Certain},
		{name: "the source of a service's call in a person's policy", bad: allow("s3:GetObject", "arn:aws:s3:::crates/*", when("StringEquals", "aws:SourceAccount", "210987654321")), good: allow("s3:GetObject", "arn:aws:s3:::crates/*"),
			id: "condition-source", confidence: Hint},
		{name: "a qualified source function", bad: allow("s3:GetObject", "arn:aws:s3:::crates/*", when("ArnEquals", "lambda:SourceFunctionArn", fn+":live")), good: allow("s3:GetObject", "arn:aws:s3:::crates/*", when("ArnEquals", "lambda:SourceFunctionArn", fn)),
			id: "condition-source-function", confidence: Certain, replace: []string{fn}},
		{name: "a source function compared as text", bad: allow("s3:GetObject", "arn:aws:s3:::crates/*", when("StringEquals", "lambda:SourceFunctionArn", fn)), good: allow("s3:GetObject", "arn:aws:s3:::crates/*", when("ArnEquals", "lambda:SourceFunctionArn", fn)),
			id: "condition-source-function", confidence: Hint},
		{name: "a source function in a bucket's policy", kind: iampolicy.Resource, id: "condition-source-function", confidence: Certain,
			bad:  `{"Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::crates/*","Condition":{"ArnEquals":{"lambda:SourceFunctionArn":"` + fn + `"}}}`,
			good: `{"Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::crates/*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::210987654321:role/packer"}}}`},
		{name: "a source function on what Lambda itself calls", bad: allow("sqs:ReceiveMessage", "arn:aws:sqs"+at+"lids", when("ArnEquals", "lambda:SourceFunctionArn", fn)), good: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids", when("ArnEquals", "lambda:SourceFunctionArn", fn)),
			id: "condition-source-function", confidence: Hint},
		{name: "a wildcard in an ARN compared as text", bad: allow("s3:GetObject", "*", when("StringEquals", "aws:PrincipalArn", "arn:aws:iam::210987654321:role/pack*")), good: allow("s3:GetObject", "*", when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::210987654321:role/pack*")),
			id: "condition-wildcard", confidence: Certain},
		{name: "a Boolean compared as text", bad: allow("s3:GetObject", "*", when("StringEquals", "aws:SecureTransport", "true")), good: allow("s3:GetObject", "*", when("Bool", "aws:SecureTransport", "true")), id: "condition-type", confidence: Hint},
		{name: "a function URL's Boolean compared as text", kind: iampolicy.Resource, bad: invoke(`"*"`, when("StringEquals", "lambda:InvokedViaFunctionUrl", "true")), good: invoke(`"*"`, when("Bool", "lambda:InvokedViaFunctionUrl", "true")), id: "condition-type", confidence: Hint},
		{name: "all values of a set that may be empty", bad: allow("sqs:TagQueue", "*", when("ForAllValues:StringEquals", "aws:TagKeys", "team")), good: allow("sqs:TagQueue", "*", `,"Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"team"},"Null":{"aws:TagKeys":"false"}}`),
			id: "condition-for-all", confidence: Advice},
		{name: "a second factor in a function's role", ctx: role, bad: allow("s3:GetObject", "*", when("Bool", "aws:MultiFactorAuthPresent", "true")), good: allow("s3:GetObject", "*", when("StringEquals", "aws:SourceVpc", "vpc-1")), id: "condition-person", confidence: Hint},
		{name: "an office's addresses in a function's role", ctx: role, bad: allow("s3:GetObject", "*", when("IpAddress", "aws:SourceIp", "192.0.2.0/24")), good: allow("s3:GetObject", "*", when("NotIpAddress", "aws:SourceIp", "192.0.2.0/24")), id: "condition-person", confidence: Hint},
		{name: "an ARN as an alias's name", bad: allow("kms:Decrypt", "*", when("ForAnyValue:StringEquals", "kms:ResourceAliases", "arn:aws:kms"+at+"alias/dock")), good: allow("kms:Decrypt", "*", when("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/dock")),
			id: "kms-alias-value", confidence: Certain, replace: []string{"alias/dock"}},
		{name: "the request's alias for calls of services", bad: allow("kms:Decrypt", "*", when("StringEquals", "kms:RequestAlias", "alias/dock")), good: allow("kms:Decrypt", "*", when("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/dock")), id: "kms-request-alias", confidence: Hint},
		{name: "a service without its Region", ctx: here, bad: allow("kms:Decrypt", "*", when("StringEquals", "kms:ViaService", "s3.amazonaws.com")), good: allow("kms:Decrypt", "*", when("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com")),
			id: "kms-via-service", confidence: Certain, replace: []string{"s3.eu-west-1.amazonaws.com"}},
		{name: "an object in an encryption context", bad: allow("kms:Decrypt", "*", when("StringLike", "kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::crates/in/*")), good: allow("kms:Decrypt", "*", when("StringLike", "kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::crates,arn:aws:s3:::crates/in/*")),
			id: "kms-context-object", confidence: Hint},
		{name: "a passed service without its domain", bad: allow("iam:PassRole", "arn:aws:iam::210987654321:role/packer", when("StringEquals", "iam:PassedToService", "lambda")), good: allow("iam:PassRole", "arn:aws:iam::210987654321:role/packer", when("StringEquals", "iam:PassedToService", "lambda.amazonaws.com")),
			id: "passrole-service", confidence: Certain, replace: []string{"lambda.amazonaws.com"}},

		// What goes together.
		{name: "a query without the indexes", bad: allow("dynamodb:Query", table), good: allow("dynamodb:Query", table+","+table+"/index/*"), id: "dynamodb-index", confidence: Hint, replace: []string{table, table + "/index/*"}},
		{name: "parameters below a path without the path", bad: allow("ssm:GetParametersByPath", "arn:aws:ssm"+at+"parameter/dock/*"), good: allow("ssm:GetParametersByPath", "arn:aws:ssm"+at+"parameter/dock,arn:aws:ssm"+at+"parameter/dock/*"), id: "ssm-path", confidence: Hint},
		{name: "a search domain without its paths", bad: allow("es:ESHttpGet", "arn:aws:es"+at+"domain/dock"), good: allow("es:ESHttpGet", "arn:aws:es"+at+"domain/dock/*"), id: "es-domain-path", confidence: Hint},
		{name: "calls with a qualifier only", bad: allow("lambda:InvokeFunction", fn+":*"), good: allow("lambda:InvokeFunction", fn+","+fn+":*"), id: "lambda-qualifier", confidence: Hint},
		{name: "the latest version by name", bad: allow("lambda:InvokeFunction", fn+":$LATEST"), good: allow("lambda:InvokeFunction", fn), id: "lambda-qualifier", confidence: Hint},
		{name: "a wildcard for a function's account", ctx: here, bad: allow("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:*:function:lid"), good: allow("lambda:InvokeFunction", fn), id: "lambda-qualifier", confidence: Hint, replace: []string{fn}},
		{name: "a durable execution below an alias", bad: allow("lambda:GetDurableExecution", fn+":live/durable-execution/*"), good: allow("lambda:GetDurableExecution", fn+":1/durable-execution/*"), id: "lambda-durable-version", confidence: Certain},
		{name: "an API without its fields", bad: allow("appsync:GraphQL", "arn:aws:appsync"+at+"apis/x1y2"), good: allow("appsync:GraphQL", "arn:aws:appsync"+at+"apis/x1y2/*"), id: "appsync-fields", confidence: Hint},
		{name: "a network interface without its subnet", bad: allow("ec2:CreateNetworkInterface", "arn:aws:ec2"+at+"network-interface/*"), good: allow("ec2:CreateNetworkInterface", "arn:aws:ec2"+at+"network-interface/*") + "," + allow("ec2:CreateNetworkInterface", "arn:aws:ec2"+at+"subnet/subnet-1"),
			id: "ec2-interface-subnet", confidence: Hint},
		{name: "a catalogued table alone", bad: allow("glue:GetTable", "arn:aws:glue"+at+"table/dock/crates"), good: allow("glue:GetTable", "arn:aws:glue"+at+"catalog,arn:aws:glue"+at+"database/dock,arn:aws:glue"+at+"table/dock/crates"), id: "glue-catalog", confidence: Hint},
		{name: "an inference profile without its models", bad: allow("bedrock:InvokeModel", "arn:aws:bedrock"+at+"inference-profile/eu.x"), good: allow("bedrock:InvokeModel", "arn:aws:bedrock"+at+"inference-profile/eu.x,arn:aws:bedrock:*::foundation-model/x"), id: "bedrock-profile-models", confidence: Hint},
		{name: "the data API without its secret", bad: allow("rds-data:ExecuteStatement", "arn:aws:rds"+at+"cluster:ledger"), good: allow("rds-data:ExecuteStatement", "arn:aws:rds"+at+"cluster:ledger") + "," + allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager"+at+"secret:ledger-??????"), id: "rds-data-secret", confidence: Hint},
		{name: "a function URL with one permission", bad: allow("lambda:InvokeFunctionUrl", fn), good: allow("lambda:InvokeFunctionUrl,lambda:InvokeFunction", fn), id: "lambda-url-invoke", confidence: Hint},
		{name: "writing under a key that may only decrypt", bad: allow("s3:PutObject", "arn:aws:s3:::crates/*") + "," + allow("kms:Decrypt", "*"), good: allow("s3:PutObject", "arn:aws:s3:::crates/*") + "," + allow("kms:Decrypt,kms:GenerateDataKey", "*"), id: "kms-pair", confidence: Advice},
		{name: "sending under a key that may only generate", bad: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids") + "," + allow("kms:GenerateDataKey", "*"), good: allow("sqs:SendMessage", "arn:aws:sqs"+at+"lids") + "," + allow("kms:Decrypt,kms:GenerateDataKey", "*"), id: "kms-pair", confidence: Advice},
		{name: "calls without a qualifier only", bad: allow("lambda:InvokeFunction", fn), good: allow("lambda:InvokeFunction", fn+","+fn+":*"), id: "lambda-unqualified", confidence: Advice, replace: []string{fn, fn + ":*"}},
		{name: "objects without their list", bad: allow("s3:GetObject", "arn:aws:s3:::crates/*"), good: allow("s3:GetObject,s3:ListBucket", "arn:aws:s3:::crates,arn:aws:s3:::crates/*"), id: "s3-list-missing", confidence: Advice},
		{name: "a stream's reader by hand", ctx: role, bad: allow("kinesis:GetRecords,kinesis:GetShardIterator,kinesis:DescribeStream", "arn:aws:kinesis"+at+"stream/weights"), good: allow("kinesis:*", "*"), id: "managed-gap", confidence: Advice},
		{name: "a network interface by hand", ctx: role, bad: allow("ec2:CreateNetworkInterface,ec2:DeleteNetworkInterface,ec2:DescribeNetworkInterfaces", "*"), good: allow("ec2:*", "*"), id: "managed-gap", confidence: Advice},
		{name: "another function's log group", ctx: Context{Partition: "aws", Region: "eu-west-1", Account: "210987654321", ExecutionRole: true, LogGroup: "/dock/lid"},
			bad: allow("logs:PutLogEvents", "arn:aws:logs"+at+"log-group:/aws/lambda/lid:*"), good: allow("logs:PutLogEvents", "arn:aws:logs"+at+"log-group:/dock/*"),
			id: "logs-other-group", confidence: Hint, replace: []string{"arn:aws:logs" + at + "log-group:/dock/lid:*"}},
		{name: "logs of one Region at the edge", ctx: edge, bad: allow("logs:PutLogEvents", "arn:aws:logs:us-east-1:210987654321:*"), good: allow("logs:PutLogEvents", "arn:aws:logs:*:210987654321:log-group:/aws/lambda/us-east-1.lid:*"), id: "edge-logs-region", confidence: Hint},

		// The document.
		{name: "no version", bad: `{"Statement":[` + allow("s3:GetObject", "arn:aws:s3:::crates/*") + `]}`, good: allow("s3:GetObject", "arn:aws:s3:::crates/*"), id: "policy-version", confidence: Advice},
		{name: "a variable in the old version", bad: `{"Version":"2008-10-17","Statement":[` + allow("s3:GetObject", "arn:aws:s3:::crates/${aws:userid}/*") + `]}`, good: allow("s3:GetObject", "arn:aws:s3:::crates/${aws:userid}/*"), id: "policy-variable", confidence: Certain},
		{name: "a user's name in a role", ctx: role, bad: allow("dynamodb:GetItem", "arn:aws:dynamodb"+at+"table/${aws:username}"), good: allow("dynamodb:GetItem", "arn:aws:dynamodb"+at+"table/${aws:PrincipalAccount}"), id: "policy-variable", confidence: Hint},
		{name: "an Allow by exception", bad: `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`, good: `{"Effect":"Deny","NotAction":"iam:*","Resource":"*"}`, id: "not-element-allow", confidence: Advice},
		{name: "a policy that is too long", bad: allow("s3:GetObject", strings.TrimSuffix(strings.Repeat("arn:aws:s3:::a-rather-long-name-of-a-bucket-for-crates-and-lids/*,", 120), ",")), good: allow("s3:GetObject", "*"), id: "policy-size", confidence: Hint},

		// Principals and trust.
		{name: "the id of a deleted role", kind: iampolicy.Resource, bad: invoke(`{"AWS":"AROAEXAMPLEPACKERID12"}`), good: invoke(`{"AWS":"arn:aws:iam::210987654321:role/packer"}`), id: "principal-deleted", confidence: Certain},
		{name: "everybody", kind: iampolicy.Resource, bad: invoke(`"*"`), good: invoke(`"*"`, when("StringEquals", "aws:PrincipalOrgID", "o-1")), id: "lambda-open", confidence: Hint},
		{name: "a service for any account", kind: iampolicy.Resource, bad: invoke(service("sns.amazonaws.com")), good: invoke(service("sns.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:sns"+at+"lids")), id: "lambda-no-source", confidence: Hint},
		{name: "a bucket without its account", kind: iampolicy.Resource, bad: invoke(service("s3.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:s3:::crates")), good: invoke(service("s3.amazonaws.com"), `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::crates"},"StringEquals":{"aws:SourceAccount":"210987654321"}}`),
			id: "lambda-no-source", confidence: Hint},
		{name: "an alarm as CloudWatch", kind: iampolicy.Resource, bad: invoke(service("cloudwatch.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:cloudwatch"+at+"alarm:late")), good: invoke(service("lambda.alarms.cloudwatch.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:cloudwatch"+at+"alarm:late")),
			id: "lambda-alarm-principal", confidence: Certain, replace: []string{"lambda.alarms.cloudwatch.amazonaws.com"}},
		{name: "a topic of an opt-in Region", kind: iampolicy.Resource, ctx: here, bad: invoke(service("sns.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:sns:ap-east-1:210987654321:lids")), good: invoke(service("sns.ap-east-1.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:sns:ap-east-1:210987654321:lids")),
			id: "lambda-sns-opt-in", confidence: Hint},
		{name: "objects as a source", kind: iampolicy.Resource, bad: invoke(service("s3.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:s3:::crates/*")), good: invoke(service("s3.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:s3:::crates")),
			id: "lambda-source-form", confidence: Certain, replace: []string{"arn:aws:s3:::crates"}},
		{name: "a log group as a source without its end", kind: iampolicy.Resource, bad: invoke(service("logs.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:logs"+at+"log-group:/dock")), good: invoke(service("logs.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:logs"+at+"log-group:/dock:*")),
			id: "lambda-source-form", confidence: Certain, replace: []string{"arn:aws:logs" + at + "log-group:/dock:*"}},
		{name: "the API as a resource", kind: iampolicy.Resource, bad: invoke(service("apigateway.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:apigateway:eu-west-1::/restapis/x1y2")), good: invoke(service("apigateway.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:execute-api"+at+"x1y2/*/*/*")),
			id: "lambda-source-form", confidence: Certain},
		{name: "a method ANY", kind: iampolicy.Resource, bad: invoke(service("apigateway.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:execute-api"+at+"x1y2/live/ANY/crates")), good: invoke(service("apigateway.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:execute-api"+at+"x1y2/live/*/crates")),
			id: "lambda-source-form", confidence: Hint, replace: []string{"arn:aws:execute-api" + at + "x1y2/live/*/crates"}},
		{name: "a source that ends in a slash", kind: iampolicy.Resource, bad: invoke(service("apigateway.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:execute-api"+at+"x1y2/live/GET/crates/")), good: invoke(service("apigateway.amazonaws.com"), when("ArnLike", "aws:SourceArn", "arn:aws:execute-api"+at+"x1y2/live/GET/")),
			id: "lambda-source-form", confidence: Hint},
		{name: "a source and another account", kind: iampolicy.Resource, bad: invoke(service("sns.amazonaws.com"), `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:eu-west-1:345678901234:lids"},"StringEquals":{"aws:SourceAccount":"210987654321"}}`),
			good: invoke(service("sns.amazonaws.com"), `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:eu-west-1:345678901234:lids"},"StringEquals":{"aws:SourceAccount":"345678901234"}}`), id: "source-accounts", confidence: Certain, replace: []string{"345678901234"}},
		{name: "a trust in another service", kind: iampolicy.Trust, ctx: role, bad: trust(service("ec2.amazonaws.com"), "sts:AssumeRole"), good: trust(service("lambda.amazonaws.com"), "sts:AssumeRole"), id: "trust-principal", confidence: Certain},
		{name: "a trust in a regional principal", kind: iampolicy.Trust, ctx: role, bad: trust(service("lambda.eu-west-1.amazonaws.com"), "sts:AssumeRole"), good: trust(service("lambda.amazonaws.com"), "sts:AssumeRole"), id: "trust-principal", confidence: Certain, replace: []string{"lambda.amazonaws.com"}},
		{name: "a trust without the edge", kind: iampolicy.Trust, ctx: edge, bad: trust(service("lambda.amazonaws.com"), "sts:AssumeRole"), good: trust(`{"Service":["lambda.amazonaws.com","edgelambda.amazonaws.com"]}`, "sts:AssumeRole"), id: "trust-principal", confidence: Certain},
		{name: "a trust for another action", kind: iampolicy.Trust, ctx: role, bad: trust(service("lambda.amazonaws.com"), "sts:AssumeRoleWithWebIdentity"), good: trust(service("lambda.amazonaws.com"), "sts:AssumeRole"), id: "trust-action", confidence: Certain, replace: []string{"sts:AssumeRole"}},
		{name: "a trust for another function", kind: iampolicy.Trust, ctx: role, bad: trust(service("lambda.amazonaws.com"), "sts:AssumeRole", when("ArnLike", "aws:SourceArn", "arn:aws:lambda"+at+"function:old")), good: trust(service("lambda.amazonaws.com"), "sts:AssumeRole", when("ArnLike", "aws:SourceArn", "arn:aws:lambda"+at+"function:l*")),
			id: "trust-source", confidence: Certain, replace: []string{fn}},
	}
}

func TestMistakesAreFoundAndTheirCorrectionsAreQuiet(t *testing.T) {
	names := map[string]bool{}
	for _, m := range mistakes() {
		if names[m.name] {
			t.Errorf("two cases are named %q", m.name)
		}
		names[m.name] = true
		t.Run(m.name, func(t *testing.T) {
			kind := m.kind
			if kind == iampolicy.KindNone {
				kind = iampolicy.Identity
			}
			found := of(Policy(parse(t, kind, m.bad), m.ctx), m.id)
			if len(found) == 0 {
				t.Fatalf("%s finds nothing in %s", m.id, m.bad)
			}
			p := found[0]
			if p.Confidence != m.confidence {
				t.Errorf("confidence %s, want %s: %s", p.Confidence, m.confidence, p.Why)
			}
			if m.value != "" && p.Value != m.value {
				t.Errorf("value %q, want %q", p.Value, m.value)
			}
			if m.replace != nil {
				if diff := cmp.Diff(m.replace, p.Replace); diff != "" {
					t.Errorf("replacement (-want +got):\n%s", diff)
				}
			}
			if p.Why == "" || p.Do == "" || !strings.HasPrefix(p.Page, "https://docs.aws.amazon.com/") || p.Ref.Policy == nil {
				t.Errorf("incomplete problem %+v", p)
			}
			quiet := Policy(parse(t, kind, m.good), m.ctx)
			if still := of(quiet, m.id); len(still) > 0 {
				t.Errorf("%s finds %q in the corrected %s", m.id, still[0].Why, m.good)
			}
			for _, q := range quiet {
				if q.Confidence == Certain {
					t.Errorf("%s is certain of %q in the corrected %s", q.ID, q.Why, m.good)
				}
			}
		})
	}
}

func of(problems []Problem, id string) []Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p Problem) bool { return p.ID != id })
}

// A replacement must be a correction: the rule is silent after it.
func TestReplacementsSilenceTheirRule(t *testing.T) {
	tried := 0
	for _, m := range mistakes() {
		kind := m.kind
		if kind == iampolicy.KindNone {
			kind = iampolicy.Identity
		}
		for _, p := range of(Policy(parse(t, kind, m.bad), m.ctx), m.id) {
			statement, ok := p.Corrected()
			if !ok {
				if len(p.Replace) > 0 && p.Element != "Version" {
					t.Errorf("%s: replacement %q of %q gives no statement", m.name, p.Replace, p.Value)
				}
				continue
			}
			tried++
			corrected, err := iampolicy.Parse(fmt.Appendf(nil, `{"Version":"2012-10-17","Statement":%s}`, statement), kind)
			if err != nil {
				t.Errorf("%s: corrected statement %s: %v", m.name, statement, err)
				continue
			}
			for _, still := range of(Policy(corrected, m.ctx), m.id) {
				if still.Value == p.Value && still.Confidence == Certain {
					t.Errorf("%s: after the correction to %s: %s", m.name, statement, still.Why)
				}
			}
		}
	}
	if tried < 50 {
		t.Errorf("%d corrections were tried, want at least 50", tried)
	}
}

func TestEveryRuleHasACaseAndIsDescribed(t *testing.T) {
	fired := map[string]bool{}
	for _, m := range mistakes() {
		fired[m.id] = true
	}
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] {
			t.Errorf("two rules have the id %s", r.ID)
		}
		seen[r.ID] = true
		if !fired[r.ID] {
			t.Errorf("rule %s has no case", r.ID)
		}
		if !strings.HasSuffix(r.Title, ".") || !strings.HasPrefix(r.Page, "https://docs.aws.amazon.com/") || strings.ToLower(r.ID) != r.ID {
			t.Errorf("rule %+v is not well described", r)
		}
	}
	for id := range fired {
		if !seen[id] {
			t.Errorf("%s is reported and not listed", id)
		}
	}
}

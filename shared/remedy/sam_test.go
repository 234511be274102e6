package remedy

import (
	"strings"
	"testing"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"

	"github.com/google/go-cmp/cmp"
)

func refused(action, resource string) *decide.Decision {
	return &decide.Decision{Verdict: decide.Denied, Need: &need.Need{
		Kind: need.Identity, Purpose: need.Declared, Function: fact.FunctionRef{ARN: functionARN}, Role: roleARN, Action: action,
		Resource: strings.NewReplacer("*", "sample", "?", "x").Replace(resource), Grant: resource,
	}}
}

func TestSAMUsersGetThePolicyTemplateThatIsMadeForWhatIsRefused(t *testing.T) {
	const at = ":us-east-1:123456789012:"
	for name, c := range map[string]struct {
		refused [][2]string
		want    string
	}{
		"objects":              {[][2]string{{"s3:GetObject", "arn:aws:s3:::archive/*"}}, "- S3ReadPolicy: BucketName: archive"},
		"objects and bucket":   {[][2]string{{"s3:GetObject", "arn:aws:s3:::archive/*"}, {"s3:ListBucket", "arn:aws:s3:::archive"}}, "- S3ReadPolicy: BucketName: archive"},
		"a prefix":             {[][2]string{{"s3:GetObject", "arn:aws:s3:::archive/paid/*"}}, `- Version: "2012-10-17" Statement: - Effect: Allow Action: - s3:GetObject Resource: arn:aws:s3:::archive/paid/*`},
		"writing objects":      {[][2]string{{"s3:PutObject", "arn:aws:s3:::archive/*"}}, `- Version: "2012-10-17" Statement: - Effect: Allow Action: - s3:PutObject Resource: arn:aws:s3:::archive/*`},
		"a queue":              {[][2]string{{"sqs:SendMessage", "arn:aws:sqs" + at + "orders"}}, "- SQSSendMessagePolicy: QueueName: orders"},
		"a queue that is read": {[][2]string{{"sqs:ReceiveMessage", "arn:aws:sqs" + at + "orders"}, {"sqs:DeleteMessage", "arn:aws:sqs" + at + "orders"}}, "- SQSPollerPolicy: QueueName: orders"},
		"a queue elsewhere":    {[][2]string{{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:123456789012:orders"}}, `- Version: "2012-10-17" Statement: - Effect: Allow Action: - sqs:SendMessage Resource: arn:aws:sqs:eu-west-1:123456789012:orders`},
		"reading a table":      {[][2]string{{"dynamodb:GetItem", "arn:aws:dynamodb" + at + "table/orders"}, {"dynamodb:Query", "arn:aws:dynamodb" + at + "table/orders/index/*"}}, "- DynamoDBReadPolicy: TableName: orders"},
		"writing a table":      {[][2]string{{"dynamodb:PutItem", "arn:aws:dynamodb" + at + "table/orders"}}, "- DynamoDBWritePolicy: TableName: orders"},
		"all of a table":       {[][2]string{{"dynamodb:GetItem", "arn:aws:dynamodb" + at + "table/orders"}, {"dynamodb:DeleteItem", "arn:aws:dynamodb" + at + "table/orders"}}, "- DynamoDBCrudPolicy: TableName: orders"},
		"a topic":              {[][2]string{{"sns:Publish", "arn:aws:sns" + at + "orders"}}, "- SNSPublishMessagePolicy: TopicName: orders"},
		"a function":           {[][2]string{{"lambda:InvokeFunction", "arn:aws:lambda" + at + "function:pay:live"}}, "- LambdaInvokePolicy: FunctionName: pay"},
		"a secret":             {[][2]string{{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager" + at + "secret:shop/token-??????"}}, "- AWSSecretsManagerGetSecretValuePolicy: SecretArn: arn:aws:secretsmanager" + at + "secret:shop/token-??????"},
		"a parameter":          {[][2]string{{"ssm:GetParameter", "arn:aws:ssm" + at + "parameter/shop/url"}}, "- SSMParameterReadPolicy: ParameterName: shop/url"},
		"a key":                {[][2]string{{"kms:Decrypt", "arn:aws:kms" + at + "key/1a2b"}}, "- KMSDecryptPolicy: KeyId: 1a2b"},
		"a state machine":      {[][2]string{{"states:StartExecution", "arn:aws:states" + at + "stateMachine:orders"}}, "- StepFunctionsExecutionPolicy: StateMachineName: orders"},
		"an event bus":         {[][2]string{{"events:PutEvents", "arn:aws:events" + at + "event-bus/default"}}, "- EventBridgePutEventsPolicy: EventBusName: default"},
		"a delivery stream":    {[][2]string{{"firehose:PutRecord", "arn:aws:firehose" + at + "deliverystream/audit"}}, "- FirehoseWritePolicy: DeliveryStreamName: audit"},
		"a stream":             {[][2]string{{"kinesis:GetRecords", "arn:aws:kinesis" + at + "stream/audit"}}, "- KinesisStreamReadPolicy: StreamName: audit"},
		"two queues":           {[][2]string{{"sqs:SendMessage", "arn:aws:sqs" + at + "b"}, {"sqs:SendMessage", "arn:aws:sqs" + at + "a"}}, "- SQSSendMessagePolicy: QueueName: a - SQSSendMessagePolicy: QueueName: b"},
		"one with and one without": {
			[][2]string{{"sqs:PurgeQueue", "arn:aws:sqs" + at + "a"}, {"sns:Publish", "arn:aws:sns" + at + "a"}},
			`- SNSPublishMessagePolicy: TopicName: a - Version: "2012-10-17" Statement: - Effect: Allow Action: - sqs:PurgeQueue Resource: arn:aws:sqs` + at + "a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var decisions []*decide.Decision
			for _, one := range c.refused {
				decisions = append(decisions, refused(one[0], one[1]))
			}
			plan := For(facts(t, otherTrust, ""), &finding.Finding{Role: roleARN}, decisions)
			have := strings.TrimPrefix(strings.Join(strings.Fields(plan.Fix.SAM), " "), "Policies: ")
			if diff := cmp.Diff(c.want, have); diff != "" {
				t.Errorf("(-want +have):\n%s", diff)
			}
		})
	}
}

func TestEveryPolicyTemplateIsAPolicyThatGrantsWhatItNames(t *testing.T) {
	account := fact.Account{Partition: "aws-cn", ID: "123456789012", Region: "cn-north-1"}
	for _, one := range samTemplates() {
		text, err := compactJSON(one.document(account, "orders"))
		if err != nil {
			t.Fatal(err)
		}
		policy, err := iampolicy.Parse([]byte(text), iampolicy.Identity)
		if err != nil {
			t.Errorf("%s: %v", one.name, err)
			continue
		}
		for _, grant := range one.grants {
			resource := one.about(account, grant.resources[0], "orders")
			if resource != "*" {
				resource = strings.ReplaceAll(resource, "*", "x")
			}
			d := refused(strings.TrimSuffix(grant.actions[0], "*"), resource)
			d.Need.Resource = resource
			if grantedBy(d, policy).Decide().Decision != iampolicy.Allowed {
				t.Errorf("%s does not grant %s on %s: %s", one.name, grant.actions[0], resource, text)
			}
			if !strings.Contains(text, "arn:aws-cn:") {
				t.Errorf("%s grants nothing of its partition: %s", one.name, text)
			}
		}
	}
}

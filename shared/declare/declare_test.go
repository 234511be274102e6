package declare_test

import (
	"fmt"
	"strings"
	"testing"

	"permprobe/shared/declare"

	"github.com/google/go-cmp/cmp"
)

// lines shows calls as a reader sees them: action, resource in the tests' account, what grants it, and request keys.
func lines(calls []declare.Call) []string {
	var out []string
	for _, c := range calls {
		c = c.In("aws", "123456789012", "us-east-1")
		line := c.Action + " " + strings.TrimPrefix(c.Resource, "arn:aws:")
		if c.Grant != "" {
			line += " by " + strings.TrimPrefix(c.Grant, "arn:aws:")
		}
		for name, values := range c.Context {
			line += fmt.Sprintf(" %s=%s", name, strings.Join(values, ","))
		}
		if c.Unread != "" {
			line = "unread: " + c.Unread
		}
		out = append(out, line)
	}
	return out
}

func TestAShorthandMeansTheCallsOfItsResource(t *testing.T) {
	const here = ":us-east-1:123456789012:"
	for _, c := range []struct {
		verb, resource string
		want           []string
	}{
		{"read", "s3://docs/a/", []string{"s3:GetObject s3:::docs/a/permprobe-sample by s3:::docs/a/*"}},
		{"read", "s3://docs", []string{"s3:GetObject s3:::docs/permprobe-sample by s3:::docs/*"}},
		{"read", "s3://docs/", []string{"s3:GetObject s3:::docs/permprobe-sample by s3:::docs/*"}},
		{"read", "s3://docs/a/b c.pdf", []string{"s3:GetObject s3:::docs/a/b c.pdf"}},
		{"read", "arn:aws:s3:::docs/a", []string{"s3:GetObject s3:::docs/a"}},
		{"write", "arn:aws:s3:::docs", []string{"s3:PutObject s3:::docs/permprobe-sample by s3:::docs/*"}},
		{"list", "s3://docs/a/", []string{"s3:ListBucket s3:::docs s3:prefix=a/"}},
		{"list", "docs", []string{"s3:ListBucket s3:::docs"}},
		{"delete", "s3://docs/a", []string{"s3:DeleteObject s3:::docs/a"}},
		{"table", "orders", []string{
			"dynamodb:GetItem dynamodb" + here + "table/orders", "dynamodb:Query dynamodb" + here + "table/orders", "dynamodb:PutItem dynamodb" + here + "table/orders",
			"dynamodb:UpdateItem dynamodb" + here + "table/orders", "dynamodb:DeleteItem dynamodb" + here + "table/orders",
		}},
		{"read", "dynamodb:orders/index/by-day", []string{"dynamodb:Query dynamodb" + here + "table/orders/index/by-day"}},
		{"consume", "sqs:jobs.fifo", []string{
			"sqs:ReceiveMessage sqs" + here + "jobs.fifo", "sqs:DeleteMessage sqs" + here + "jobs.fifo", "sqs:GetQueueAttributes sqs" + here + "jobs.fifo",
		}},
		{"send", "https://sqs.eu-west-1.amazonaws.com/210987654321/jobs", []string{"sqs:SendMessage sqs:eu-west-1:210987654321:jobs"}},
		{"send", "https://eu-west-1.queue.amazonaws.com/210987654321/jobs", []string{"sqs:SendMessage sqs:eu-west-1:210987654321:jobs"}},
		{"send", "jobs", []string{"sqs:SendMessage sqs" + here + "jobs"}},
		{"publish", "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:news", []string{"sns:Publish sns" + here + "news"}},
		{"put", "events:default", []string{"events:PutEvents events" + here + "event-bus/default"}},
		{"put", "kinesis:clicks", []string{"kinesis:PutRecord kinesis" + here + "stream/clicks", "kinesis:PutRecords kinesis" + here + "stream/clicks"}},
		{"secret", "shop/token", []string{"secretsmanager:GetSecretValue secretsmanager" + here + "secret:shop/token-a1B2c3 by secretsmanager" + here + "secret:shop/token-??????"}},
		{"secret", "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/token-Xy12Zz", []string{"secretsmanager:GetSecretValue secretsmanager" + here + "secret:shop/token-Xy12Zz"}},
		{"parameter", "/shop/url", []string{"ssm:GetParameter ssm" + here + "parameter/shop/url"}},
		{"parameter", "/shop/", []string{"ssm:GetParameter ssm" + here + "parameter/shop/permprobe-sample by ssm" + here + "parameter/shop/*"}},
		{"decrypt", "mrk-0a", []string{"kms:Decrypt kms" + here + "key/mrk-0a"}},
		{"invoke", "mailer:live", []string{"lambda:InvokeFunction lambda" + here + "function:mailer:live"}},
		{"invoke", "lambda:mailer", []string{"lambda:InvokeFunction lambda" + here + "function:mailer"}},
		{"invoke", "arn:aws:states:us-east-1:123456789012:stateMachine:m", []string{"states:StartExecution states" + here + "stateMachine:m"}},
		{"assume", "ops/deploy", []string{"sts:AssumeRole iam::123456789012:role/ops/deploy"}},
	} {
		calls, err := declare.Expand(c.verb, c.resource)
		if err != nil {
			t.Errorf("%s: %s: %v", c.verb, c.resource, err)
			continue
		}
		if diff := cmp.Diff(c.want, lines(calls)); diff != "" {
			t.Errorf("%s: %s (-want +have):\n%s", c.verb, c.resource, diff)
		}
	}
}

func TestEveryShorthandIsOfActionsThatExistAndFitWhatItTakes(t *testing.T) {
	examples := map[string]string{
		"list": "docs", "table": "orders", "send": "jobs", "publish": "news", "secret": "a", "parameter": "a", "decrypt": "1", "encrypt": "1",
		"invoke": "f", "start": "m", "assume": "r", "read": "s3://docs", "write": "s3://docs", "delete": "s3://docs", "consume": "sqs:jobs", "put": "events:default",
	}
	for _, name := range declare.Shorthands() {
		if calls, err := declare.Expand(name, examples[name]); err != nil || len(calls) == 0 {
			t.Errorf("%s: %v, %v", name, calls, err)
		}
	}
}

func TestWhatAShorthandCannotMeanIsSaidInOneLine(t *testing.T) {
	for _, c := range []struct{ verb, resource, want string }{
		{"read", "docs", `"docs" does not say of which service it is: give the ARN, an s3:// URL, a queue's URL, or service:name as in sqs:orders`},
		{"read", "s3://docs/a/*", `"s3://docs/a/*" holds a wildcard: name one resource that the code calls, or all under a prefix by "s3://docs/a/"`},
		{"read", "s3://docs-*/a", `"s3://docs-*/a" holds a wildcard: name one resource that the code calls`},
		{"read", "s3://", `"s3://" is no name of a resource of s3`},
		{"read", "sqs:jobs", `"sqs:jobs" is not what read takes: it takes s3, dynamodb (table/…), secretsmanager (secret:…), ssm (parameter/…)`},
		{"send", "arn:aws:sqs:us-east-1:12345:jobs", `"arn:aws:sqs:us-east-1:12345:jobs" is no ARN: "12345" is no account of 12 digits`},
		{"send", "arn:aws:sqs:us-east-1::jobs", `"arn:aws:sqs:us-east-1::jobs" is not what send takes: none of sqs:SendMessage is called on it`},
		{"send", "arn:aws:sqs:jobs", `"arn:aws:sqs:jobs" is no ARN: it has six parts, arn:partition:service:region:account:resource`},
		{"send", "arn:aws:sqs:useast1:123456789012:jobs", `"arn:aws:sqs:useast1:123456789012:jobs" is no ARN: "useast1" is no region`},
		{"decrypt", "alias/my shop", `"alias/my shop" is no name of a resource of kms`},
		{"decrypt", "arn:aws:kms:us-east-1:123456789012:alias/", `"arn:aws:kms:us-east-1:123456789012:alias/" is of no kind that a shorthand knows: declare it with actions and resources`},
		{"consume", "dynamodb:orders", `"dynamodb:orders" is not what consume takes: none of dynamodb:DescribeStream, dynamodb:GetRecords, dynamodb:GetShardIterator is called on it`},
		{"invoke", "arn:aws:ec2:us-east-1:123456789012:instance/i-1", `"arn:aws:ec2:us-east-1:123456789012:instance/i-1" is of no kind that a shorthand knows: declare it with actions and resources`},
		{"table", " orders", `" orders" is no resource: white space around it or nothing in it`},
		{"table", "", `"" is no resource: white space around it or nothing in it`},
	} {
		calls, err := declare.Expand(c.verb, c.resource)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %s: want %s\nhave %v, %v", c.verb, c.resource, c.want, err, lines(calls))
		}
	}
}

func TestActionsAreDeclaredOnTheResourcesThatTheyFit(t *testing.T) {
	calls, err := declare.Explicit([]string{"s3:getobject", "s3:ListBucket", "ec2:DescribeInstances"}, []string{"s3://docs/a/", "arn:aws:s3:::docs"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"s3:GetObject s3:::docs/a/permprobe-sample by s3:::docs/a/*", "s3:ListBucket s3:::docs", "ec2:DescribeInstances *"}
	if diff := cmp.Diff(want, lines(calls)); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
}

func TestAWrongActionOrResourceIsNamedWithWhatIsProbablyMeant(t *testing.T) {
	for _, c := range []struct {
		actions, resources []string
		want               string
	}{
		{[]string{"s3:GetObjet"}, nil, `"s3:GetObjet" is no known action: is s3:GetObject meant?`},
		{[]string{"dynamobd:GetItem"}, nil, `"dynamobd:GetItem" is of no known service: is dynamodb:GetItem meant?`},
		{[]string{"s3:FetchTheObject"}, nil, `"s3:FetchTheObject" is no known action of s3`},
		{[]string{"nosuchservice:Get"}, nil, `"nosuchservice:Get" is of no known service`},
		{[]string{"GetObject"}, nil, `"GetObject" is no action: it is written service:Action, as in s3:GetObject`},
		{[]string{"s3:Get*"}, nil, `"s3:Get*" holds a wildcard: name the actions that the code calls`},
		{[]string{"s3:GetObject"}, nil, `s3:GetObject needs a resource of the form arn:${Partition}:s3:${Region}:${Account}:accesspoint/`},
		{[]string{"sqs:SendMessage"}, []string{"*"}, `sqs:SendMessage is called on one resource, not on *: name one of the form arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`},
		{[]string{"sqs:SendMessage"}, []string{"arn:aws:s3:::docs"}, `sqs:SendMessage fits none of the resources: it is called on arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`},
		{[]string{"sqs:SendMessage"}, []string{"sqs:jobs", "s3://docs/a"}, `none of the actions is called on "s3://docs/a"`},
		{[]string{"s3:GetObject"}, []string{"arn:aws:s3:::docs/*"}, `"arn:aws:s3:::docs/*" holds a wildcard: name one resource that the code calls, or all under a prefix by "arn:aws:s3:::docs/"`},
	} {
		calls, err := declare.Explicit(c.actions, c.resources)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v %v: want %s\nhave %v, %v", c.actions, c.resources, c.want, err, lines(calls))
		}
	}
}

func TestTheKeyBehindAResourceIsNeededThroughItsService(t *testing.T) {
	calls, err := declare.Expand("write", "s3://docs/")
	if err != nil {
		t.Fatal(err)
	}
	have, err := declare.Key("1a2b", calls)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"kms:GenerateDataKey kms:us-east-1:123456789012:key/1a2b kms:ViaService=s3.us-east-1.amazonaws.com"}, lines(have)); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
	if _, err := declare.Key("1a2b", nil); err == nil {
		t.Error("a key behind nothing is taken")
	}
	if _, err := declare.Key("s3://docs", calls); err == nil {
		t.Error("a bucket is taken for a key")
	}
}

func TestTheServiceBehindAKeyIsOnlyNamedWhereItsNameIsDocumented(t *testing.T) {
	calls, err := declare.Expand("write", "s3://docs/")
	if err != nil {
		t.Fatal(err)
	}
	have, err := declare.Key("1a2b", calls)
	if err != nil {
		t.Fatal(err)
	}
	for partition, want := range map[string][]string{"aws": {"s3.eu-west-1.amazonaws.com"}, "aws-us-gov": {"s3.eu-west-1.amazonaws.com"}, "aws-cn": nil} {
		if diff := cmp.Diff(want, have[0].In(partition, "123456789012", "eu-west-1").Context["kms:ViaService"]); diff != "" {
			t.Errorf("%s (-want +have):\n%s", partition, diff)
		}
	}
}

func TestAPolicyDocumentDeclaresWhatItAllows(t *testing.T) {
	const generator = `{"Policies": [
  {"Policy": {"Id": "x", "Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:*:s3:*:*:accesspoint/*/object/*", "arn:*:s3:::*/*"]}]}, "PolicyType": "Identity"}
], "Explanations": {}}`
	for name, c := range map[string]struct {
		doc  string
		want []string
	}{
		"one statement": {`{"Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:*:*:jobs"}}`,
			[]string{"sqs:SendMessage sqs:us-east-1:123456789012:jobs"}},
		"patterns of actions and keys": {`{"Statement": [{"Effect": "Allow", "Action": "s3:*ObjectTagging", "Resource": ["arn:aws:s3:::docs/a/*", "arn:aws:s3:::docs"]}]}`,
			[]string{
				"s3:DeleteObjectTagging s3:::docs/a/permprobe-sample by s3:::docs/a/*", "s3:GetObjectTagging s3:::docs/a/permprobe-sample by s3:::docs/a/*",
				"s3:PutObjectTagging s3:::docs/a/permprobe-sample by s3:::docs/a/*",
			}},
		"all under a path": {`{"Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:us-east-1:123456789012:parameter/shop/*"}]}`,
			[]string{"ssm:GetParameter ssm:us-east-1:123456789012:parameter/shop/permprobe-sample by ssm:us-east-1:123456789012:parameter/shop/*"}},
		"a secret's suffix": {`{"Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-??????"}]}`,
			[]string{"secretsmanager:GetSecretValue secretsmanager:us-east-1:123456789012:secret:a-a1B2c3 by secretsmanager:us-east-1:123456789012:secret:a-??????"}},
		"an action without a resource type": {`{"Statement": [{"Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"}]}`, []string{"ec2:DescribeInstances *"}},
		"a table whose name is open": {`{"Statement": [{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:*:table/*"}]}`,
			[]string{`unread: need.json:1:16: the statement does not say on which resource the code calls: "arn:aws:dynamodb:*:*:table/*" stands for resources of any name`}},
		"a generator's answer": {generator, []string{
			`unread: need.json:3:5: the statement does not say on which resource the code calls: "arn:*:s3:*:*:accesspoint/*/object/*" stands for resources of any name`,
			`unread: need.json:3:5: the statement does not say on which resource the code calls: "arn:*:s3:::*/*" stands for resources of any name`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			calls, err := declare.Document("need.json", []byte(c.doc))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, lines(calls)); diff != "" {
				t.Errorf("(-want +have):\n%s", diff)
			}
		})
	}
}

func TestAPolicyDocumentThatDeclaresNoCallsIsRefusedWithItsLine(t *testing.T) {
	for name, c := range map[string]struct{ doc, want string }{
		"no JSON":          {"{\n  x", "need.json:2:3: "},
		"no policy":        {`{"a": 1}`, "need.json:1:"},
		"a Deny":           {"{\"Statement\": [\n {\"Effect\": \"Deny\", \"Action\": \"s3:GetObject\", \"Resource\": \"*\"}]}", "need.json:2:2: a Deny says nothing"},
		"a condition":      {`{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}`, "need.json:1:16: a declared call has no conditions"},
		"NotAction":        {`{"Statement": [{"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"}]}`, "need.json:1:16: NotAction and NotResource"},
		"a misspelt one":   {`{"Statement": [{"Effect": "Allow", "Action": "s3:GetObjet", "Resource": "*"}]}`, `need.json:1:16: "s3:GetObjet" is no known action: is s3:GetObject meant?`},
		"a misfit":         {`{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::docs"}]}`, "need.json:1:16: s3:GetObject fits none of the statement's resources"},
		"too much":         {`{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`, "need.json:1:16: the statement stands for more than 2000 calls"},
		"a generator's":    {"{\"Policies\": [\n {\"Policy\":\n  {\"Statement\": [\n   {\"Effect\": \"Deny\", \"Action\": \"s3:GetObject\", \"Resource\": \"*\"}]}}]}", "need.json:4:4: a Deny"},
		"a resource's own": {`{"Policies": [{"PolicyType": "Resource", "Policy": {"Statement": []}}]}`, `need.json:1:52: a policy of the type "Resource"`},
	} {
		t.Run(name, func(t *testing.T) {
			calls, err := declare.Document("need.json", []byte(c.doc))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("want %s\nhave %v, %v", c.want, err, lines(calls))
			}
		})
	}
}

func FuzzADocumentIsReadOrRefusedInOneLine(f *testing.F) {
	f.Add([]byte(`{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::a/*"}}`))
	f.Add([]byte(`{"Policies": [{"Policy": {"Statement": []}, "PolicyType": "Identity"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		calls, err := declare.Document("need.json", data)
		if err == nil && len(calls) == 0 || err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%d calls, %q", len(calls), err)
		}
	})
}

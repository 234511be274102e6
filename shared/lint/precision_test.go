package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"permprobe/shared/iampolicy"
)

// What is ordinary, or what AWS accepts though the reference reads otherwise,
// must not be called a certain mistake.
func TestOrdinaryPoliciesHaveNoCertainProblem(t *testing.T) {
	fn := "arn:aws:lambda" + at + "function:lid"
	for _, c := range []struct {
		name string
		kind iampolicy.Kind
		doc  string
	}{
		{"everything", iampolicy.Identity, allow("*", "*")},
		{"a service on everything", iampolicy.Identity, allow("ec2:*,s3:*,logs:*", "*")},
		{"wildcards that partly apply", iampolicy.Identity, allow("s3:*", "arn:aws:s3:::crates")},
		{"wildcards of reading on objects only", iampolicy.Identity, allow("s3:Get*,s3:List*", "arn:aws:s3:::crates/*")},
		{"bucket and objects together", iampolicy.Identity, allow("s3:GetObject,s3:ListBucket,s3:GetBucketLocation", "arn:aws:s3:::crates,arn:aws:s3:::crates/*")},
		{"a bucket name that ends in a wildcard", iampolicy.Identity, allow("s3:GetObject,s3:ListBucket", "arn:aws:s3:::crates*")},
		{"an object of a multi-Region access point", iampolicy.Identity, allow("s3:GetObject", "arn:aws:s3::210987654321:accesspoint/x.mrap/object/*")},
		{"all buckets by ARN", iampolicy.Identity, allow("s3:ListAllMyBuckets", "arn:aws:s3:::*")},
		{"a basic execution role by hand", iampolicy.Identity, allow("logs:CreateLogGroup", "arn:aws:logs"+at+"*") + "," + allow("logs:CreateLogStream,logs:PutLogEvents", "arn:aws:logs"+at+"log-group:/aws/lambda/lid:*")},
		{"every log group", iampolicy.Identity, allow("logs:CreateLogGroup,logs:CreateLogStream,logs:PutLogEvents", "arn:aws:logs:*:*:*")},
		{"log groups by ARN for describing", iampolicy.Identity, allow("logs:DescribeLogGroups", "arn:aws:logs"+at+"log-group:*")},
		{"a table with its indexes and streams", iampolicy.Identity, allow("dynamodb:GetItem,dynamodb:Query,dynamodb:DescribeStream,dynamodb:GetRecords", "arn:aws:dynamodb"+at+"table/Crates,arn:aws:dynamodb"+at+"table/Crates/*")},
		{"the reads of a table as a tool writes them", iampolicy.Identity, allow("dynamodb:BatchGetItem,dynamodb:GetRecords,dynamodb:GetShardIterator,dynamodb:Query,dynamodb:GetItem,dynamodb:Scan", "arn:aws:dynamodb"+at+"table/Crates")},
		{"the reads of a stream as a tool writes them", iampolicy.Identity, allow("kinesis:DescribeStreamSummary,kinesis:GetRecords,kinesis:GetShardIterator,kinesis:ListShards,kinesis:SubscribeToShard", "arn:aws:kinesis"+at+"stream/weights")},
		{"the reads of a parameter as a tool writes them", iampolicy.Identity, allow("ssm:DescribeParameters,ssm:GetParameters,ssm:GetParameter,ssm:GetParameterHistory", "arn:aws:ssm"+at+"parameter/dock")},
		{"an alias of a function", iampolicy.Identity, allow("lambda:InvokeFunction", fn+":live")},
		{"an alias of a state machine", iampolicy.Identity, allow("states:StartExecution", "arn:aws:states"+at+"stateMachine:pack:live")},
		{"a role with a path", iampolicy.Identity, allow("iam:PassRole,sts:AssumeRole", "arn:aws:iam::210987654321:role/service-role/packer")},
		{"a public parameter", iampolicy.Identity, allow("ssm:GetParameter", "arn:aws:ssm:eu-west-1::parameter/aws/service/x")},
		{"a mobile endpoint", iampolicy.Identity, allow("sns:Publish", "arn:aws:sns"+at+"endpoint/GCM/app/1")},
		{"a route of a WebSocket API", iampolicy.Identity, allow("execute-api:Invoke", "arn:aws:execute-api"+at+"x1y2/live/$connect")},
		{"the root of an API", iampolicy.Identity, allow("execute-api:Invoke", "arn:aws:execute-api"+at+"x1y2/live/GET/")},
		{"a key by alias through a condition", iampolicy.Identity, allow("kms:Decrypt", "arn:aws:kms"+at+"key/*", when("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/dock"))},
		{"managing an alias", iampolicy.Identity, allow("kms:CreateAlias", "arn:aws:kms"+at+"alias/dock,arn:aws:kms"+at+"key/*")},
		{"a secret by prefix", iampolicy.Identity, allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager"+at+"secret:dock/*")},
		{"a secret's random suffix", iampolicy.Identity, allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager"+at+"secret:dock-ab12CD")},
		{"a policy variable in a resource", iampolicy.Identity, allow("s3:GetObject", "arn:aws:s3:::crates/${aws:PrincipalTag/team}/*")},
		{"a policy variable that is the bucket", iampolicy.Identity, allow("s3:ListBucket", "arn:aws:s3:::${aws:PrincipalTag/bucket}")},
		{"a value that a template did not resolve", iampolicy.Identity, allow("s3:GetObject", "⟦ImportValue Crates⟧")},
		{"a bucket's name that a template did not resolve", iampolicy.Identity, allow("s3:GetObject,s3:ListBucket", "arn:aws:s3:::⟦Parameter Bucket⟧,arn:aws:s3:::⟦Parameter Bucket⟧/*")},
		{"an action that a template did not resolve", iampolicy.Identity, allow("⟦Parameter Action⟧", "arn:aws:s3:::crates")},
		{"the policy of a queue", iampolicy.Resource, `{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"SQS:SendMessage","Resource":"arn:aws:sqs` + at + `lids","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns` + at + `lids"}}}`},
		{"the default policy of a topic", iampolicy.Resource, `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:Publish","SNS:Receive","SNS:Subscribe"],"Resource":"arn:aws:sns` + at + `lids","Condition":{"StringEquals":{"AWS:SourceOwner":"210987654321"}}}`},
		{"the policy of a key", iampolicy.Resource, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":"kms:*","Resource":"*"}`},
		{"a bucket that refuses plain HTTP", iampolicy.Resource, `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::crates","arn:aws:s3:::crates/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`},
		{"the policy of an API", iampolicy.Resource, `{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/live/GET/crates"}`},
		{"a permission written by the API of Lambda", iampolicy.Resource, invoke(service("apigateway.amazonaws.com"), when("ArnLike", "AWS:SourceArn", "arn:aws:execute-api"+at+"x1y2/*/GET/crates/*"))},
		{"an account-wide subscription of logs", iampolicy.Resource, invoke(service("logs.amazonaws.com"), when("ArnLike", "AWS:SourceArn", "arn:aws:logs"+at+"log-group:*"))},
		{"a federated trust", iampolicy.Trust, trust(`{"Federated":"cognito-identity.amazonaws.com"}`, "sts:AssumeRoleWithWebIdentity", when("StringEquals", "cognito-identity.amazonaws.com:aud", "eu-west-1:x"))},
		{"a key of another service on its own action", iampolicy.Identity, allow("iam:PassRole", "*", when("StringEquals", "iam:PassedToService", "lambda.amazonaws.com"))},
		{"a list of partitions", iampolicy.Identity, allow("s3:GetObject", "arn:aws:s3:::crates/*,arn:aws-cn:s3:::crates/*")},
	} {
		ctx := role
		for _, p := range Policy(parse(t, c.kind, c.doc), ctx) {
			if p.Confidence == Certain && !strings.HasPrefix(p.ID, "trust-") {
				t.Errorf("%s: %s is certain of %q: %s", c.name, p.ID, p.Value, p.Why)
			}
		}
	}
}

func TestAProblemNamesItsPlaceAndActions(t *testing.T) {
	doc := `{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:210987654321:lids"},
    {
      "Sid": "Read", "Effect": "Allow",
      "Action": ["s3:PutObject", "s3:ListBucket", "s3:GetObject"],
      "Resource": "arn:aws:s3:::crates"
    }
  ]
}`
	p := parse(t, iampolicy.Identity, doc).WithName("inline packer")
	problems := Policy(p, Context{})
	if len(problems) != 1 {
		t.Fatalf("%d problems, want 1: %v", len(problems), problems)
	}
	got := problems[0]
	if got.Ref.Policy.Name() != "inline packer" || got.Ref.Statement.SID() != "Read" || got.Line != 5 || got.Column != 5 {
		t.Errorf("place %q %q %d:%d", got.Ref.Policy.Name(), got.Ref.Statement.SID(), got.Line, got.Column)
	}
	if diff := cmp.Diff([]string{"s3:GetObject", "s3:PutObject"}, got.Actions); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	statement, ok := got.Corrected()
	want := `{"Sid":"Read","Effect":"Allow","Action":["s3:PutObject","s3:ListBucket","s3:GetObject"],"Resource":["arn:aws:s3:::crates","arn:aws:s3:::crates/*"]}`
	if !ok || string(statement) != want {
		t.Errorf("corrected statement\n%s, want\n%s", statement, want)
	}
	if got.Confidence.String() != "certain" || Hint.String() != "hint" || Advice.String() != "advice" {
		t.Error("confidences do not print as words")
	}
}

func TestPoliciesOfAWSGiveHintsOnly(t *testing.T) {
	p := parse(t, iampolicy.Identity, allow("s3:GetObject", "arn:aws:s3:::crates"))
	if got := Policy(p, Context{}); len(got) == 0 || got[0].Confidence != Certain {
		t.Fatalf("a customer's policy: %v", got)
	}
	if got := Policy(p.WithName("arn:aws-cn:iam::aws:policy/service-role/Packer"), Context{}); len(got) == 0 || got[0].Confidence != Hint {
		t.Errorf("AWS's policy: %v", got)
	}
}

func TestTheQuotaOfSizeDependsOnWhereThePolicyIs(t *testing.T) {
	long := allow("s3:GetObject", strings.TrimSuffix(strings.Repeat("arn:aws:s3:::a-rather-long-name-of-a-bucket-for-crates-and-lids/*,", 100), ","))
	p := parse(t, iampolicy.Identity, long)
	for name, want := range map[string]int{"arn:aws:iam::210987654321:policy/long": 1, "inline long": 0, "arn:aws:iam::aws:policy/Long": 0} {
		if got := of(Policy(p.WithName(name), Context{}), "policy-size"); len(got) != want {
			t.Errorf("%q of %d characters: %d problems, want %d", name, p.Size(), len(got), want)
		}
	}
	resource := parse(t, iampolicy.Resource, strings.Replace(strings.Repeat(long+",", 3)+long, `"Effect"`, `"Principal":"*","Effect"`, -1))
	if got := of(Policy(resource, Context{Function: role.Function}), "policy-size"); len(got) != 1 {
		t.Errorf("function policy of %d characters: %d problems, want 1", resource.Size(), len(got))
	}
}

func TestNoPolicyHasNoProblem(t *testing.T) {
	if got := Policy(nil, Context{}); got != nil {
		t.Errorf("problems of no policy: %v", got)
	}
}

func TestTheSamePolicyGivesTheSameProblems(t *testing.T) {
	var statements []string
	for _, m := range mistakes() {
		if m.kind == iampolicy.KindNone && !strings.Contains(m.bad, `"Version"`) && !strings.Contains(m.bad, `"Statement"`) {
			statements = append(statements, m.bad)
		}
	}
	p := parse(t, iampolicy.Identity, strings.Join(statements, ","))
	first := fmt.Sprint(Policy(p, role))
	for range 5 {
		if again := fmt.Sprint(Policy(p, role)); again != first {
			t.Fatal("two runs differ")
		}
	}
}

func TestSlipsAreMeasuredWithSwaps(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		limit int
		want  int
	}{
		{"getobject", "getobject", 3, 0}, {"getobject", "gteobject", 3, 1}, {"getobject", "getobjec", 3, 1}, {"getobject", "setobjects", 3, 2},
		{"getobject", "listbucket", 3, 3}, {"", "ab", 9, 2}, {"ab", "", 9, 2},
	} {
		if got := distance(c.a, c.b, c.limit); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func FuzzLintNeverPanics(f *testing.F) {
	for _, m := range mistakes() {
		if !strings.Contains(m.bad, `"Statement"`) {
			f.Add(`{"Version":"2012-10-17","Statement":[`+m.bad+`]}`, uint8(m.kind))
		}
	}
	f.Fuzz(func(t *testing.T, doc string, kind uint8) {
		p, err := iampolicy.Parse([]byte(doc), iampolicy.Kind(kind%9))
		if err != nil {
			return
		}
		for _, problem := range Policy(p, role) {
			if problem.ID == "" || problem.Why == "" {
				t.Errorf("incomplete problem %+v", problem)
			}
			problem.Corrected()
		}
	})
}

func BenchmarkPolicyOfATypicalRole(b *testing.B) {
	doc := `{"Version":"2012-10-17","Statement":[` + strings.Join([]string{
		allow("logs:CreateLogGroup,logs:CreateLogStream,logs:PutLogEvents", "arn:aws:logs"+at+"log-group:/aws/lambda/lid:*"),
		allow("dynamodb:GetItem,dynamodb:Query,dynamodb:PutItem", "arn:aws:dynamodb"+at+"table/Crates,arn:aws:dynamodb"+at+"table/Crates/index/*"),
		allow("s3:GetObject,s3:PutObject", "arn:aws:s3:::crates/*"),
		allow("s3:ListBucket", "arn:aws:s3:::crates", when("StringLike", "s3:prefix", "in/*")),
		allow("kms:Decrypt", "arn:aws:kms"+at+"key/*", when("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com")),
	}, ",") + `]}`
	p, err := iampolicy.Parse([]byte(doc), iampolicy.Identity)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		Policy(p, role)
	}
}

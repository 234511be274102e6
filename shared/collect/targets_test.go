package collect_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/awsclient"
	"permprobe/shared/collect"
	"permprobe/shared/fact"
	"permprobe/shared/localaws"
	"permprobe/shared/stack"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/google/go-cmp/cmp"
)

// collector reads the account that a template makes.
func collector(t *testing.T, o localaws.Options, template string) (*collect.Collector, *localaws.Server) {
	t.Helper()
	loaded, err := stack.Load("targets.yaml", []byte(template), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server, err := localaws.New(o, loaded)
	if err != nil {
		t.Fatal(err)
	}
	url, closeServer, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closeServer() })
	account := fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"}
	return collect.New(awsclient.Embedded(url, "us-east-1", "probe").Config, account), server
}

// read reads targets by their ARNs.
func read(t *testing.T, c *collect.Collector, arns ...string) *fact.Facts {
	t.Helper()
	facts := &fact.Facts{Account: c.Account, Targets: map[string]fact.Read[fact.Target]{}}
	c.Targets(context.Background(), facts, targets(t, arns...))
	return facts
}

func targets(t *testing.T, arns ...string) []fact.Target {
	t.Helper()
	var out []fact.Target
	for _, arn := range arns {
		target, ok := fact.TargetOf(arn)
		if !ok {
			t.Fatalf("%s is no target", arn)
		}
		out = append(out, target)
	}
	return out
}

const targetsTemplate = `
Resources:
  Open: {Type: AWS::SQS::Queue, Properties: {QueueName: open}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs, KmsMasterKeyId: alias/jobs}}
  JobsPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument: {Version: "2012-10-17", Statement: [{Sid: Shop, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "sqs:SendMessage", Resource: !GetAtt Jobs.Arn}]}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: news, KmsMasterKeyId: alias/news}}
  TopicPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties: {Topics: [!Ref Topic], PolicyDocument: {Statement: [{Sid: Readers, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "sns:Publish", Resource: !Ref Topic}]}}
  Bare: {Type: AWS::S3::Bucket, Properties: {BucketName: bare, BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms:dsse", KMSMasterKeyID: !Ref JobsKey}}]}}}
  Archive: {Type: AWS::S3::Bucket, Properties: {BucketName: archive, BucketEncryption: {ServerSideEncryptionConfiguration: [{BucketKeyEnabled: true, ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: alias/jobs}}]}}}
  ArchivePolicy:
    Type: AWS::S3::BucketPolicy
    Properties: {Bucket: !Ref Archive, PolicyDocument: {Statement: [{Sid: Reports, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "s3:GetObject", Resource: "arn:aws:s3:::archive/*"}]}}
  Desk: {Type: AWS::S3::AccessPoint, Properties: {Name: desk, Bucket: !Ref Archive, Policy: {Statement: [{Sid: Desks, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "s3:GetObject", Resource: "*"}]}}}
  Door: {Type: AWS::S3::AccessPoint, Properties: {Name: door, Bucket: lent, BucketAccountId: "210987654321", VpcConfiguration: {VpcId: vpc-1}}}
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      SSESpecification: {SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: alias/jobs}
      StreamSpecification: {StreamViewType: NEW_IMAGE, ResourcePolicy: {PolicyDocument: {Statement: [{Sid: Watch, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "dynamodb:GetRecords", Resource: "*"}]}}}
      ResourcePolicy: {PolicyDocument: {Statement: [{Sid: Look, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "dynamodb:GetItem", Resource: "*"}]}}
  Plain: {Type: AWS::DynamoDB::Table, Properties: {TableName: plain}}
  Managed: {Type: AWS::DynamoDB::Table, Properties: {TableName: managed, SSESpecification: {SSEEnabled: true}}}
  World: {Type: AWS::DynamoDB::GlobalTable, Properties: {TableName: world, SSESpecification: {SSEEnabled: true}, Replicas: [{Region: eu-west-1, SSESpecification: {KMSMasterKeyId: other}}, {Region: us-east-1, SSESpecification: {KMSMasterKeyId: !Ref JobsKey}}]}}
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {Name: clicks, StreamEncryption: {EncryptionType: KMS, KeyId: alias/jobs}}}
  Own: {Type: AWS::Kinesis::Stream, Properties: {Name: own, StreamEncryption: {EncryptionType: KMS, KeyId: alias/aws/kinesis}}}
  Views: {Type: AWS::Kinesis::Stream, Properties: {Name: views}}
  ViewsPolicy:
    Type: AWS::Kinesis::ResourcePolicy
    Properties: {ResourceArn: !GetAtt Views.Arn, ResourcePolicy: {Statement: [{Sid: Count, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "kinesis:GetRecords", Resource: !GetAtt Views.Arn}]}}
  Fan: {Type: AWS::Kinesis::StreamConsumer, Properties: {StreamARN: !GetAtt Clicks.Arn, ConsumerName: fan}}
  FanPolicy:
    Type: AWS::Kinesis::ResourcePolicy
    Properties: {ResourceArn: !GetAtt Fan.ConsumerARN, ResourcePolicy: {Statement: [{Sid: Pushed, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "kinesis:SubscribeToShard", Resource: !Ref Fan}]}}
  Bystander: {Type: AWS::Kinesis::StreamConsumer, Properties: {StreamARN: !GetAtt Own.Arn, ConsumerName: bystander}}
  Hidden: {Type: AWS::SecretsManager::Secret, Properties: {Name: hidden}}
  Token: {Type: AWS::SecretsManager::Secret, Properties: {Name: shop/token, KmsKeyId: alias/jobs}}
  TokenPolicy:
    Type: AWS::SecretsManager::ResourcePolicy
    Properties: {SecretId: !Ref Token, ResourcePolicy: {Statement: [{Sid: Till, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "secretsmanager:GetSecretValue", Resource: "*"}]}}
  Lock: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Statement: [{Sid: Vault, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "kms:Decrypt", Resource: "*"}]}}}
  JobsKey: {Type: AWS::KMS::Key, Properties: {}}
  JobsAlias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/jobs, TargetKeyId: !Ref JobsKey}}
  Free: {Type: AWS::EFS::FileSystem}
  Plates: {Type: AWS::ECR::Repository, Properties: {RepositoryName: shop/plates}}
  Prints: {Type: AWS::ECR::Repository, Properties: {RepositoryName: prints, RepositoryPolicyText: {Statement: [{Sid: Pulls, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "ecr:BatchGetImage"}]}}}
  Shared: {Type: AWS::EFS::FileSystem, Properties: {FileSystemPolicy: {Statement: [{Sid: Mounts, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "elasticfilesystem:ClientMount"}]}}}
  Point: {Type: AWS::EFS::AccessPoint, Properties: {FileSystemId: !Ref Shared}}
  Deep: {Type: AWS::SSM::Parameter, Properties: {Name: /shop/token, Type: String, Value: canary-of-the-parameter}}
  Flat: {Type: AWS::SSM::Parameter, Properties: {Name: stage, Type: String, Value: prod}}
  Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /aws/lambda/callee, KmsKeyId: !GetAtt JobsKey.Arn}}
  PlainLog: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: audit}}
  Quiet: {Type: AWS::Events::EventBus, Properties: {Name: quiet, KmsKeyIdentifier: alias/jobs}}
  Callee: {Type: AWS::Lambda::Function, Properties: {FunctionName: callee, Role: "arn:aws:iam::123456789012:role/r"}}
  Welcome: {Type: AWS::Lambda::Function, Properties: {FunctionName: welcome, Role: "arn:aws:iam::123456789012:role/r"}}
  WelcomePolicy: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref Welcome, Action: "lambda:InvokeFunction", Principal: "210987654321"}}
  Front: {Type: AWS::ApiGateway::RestApi, Properties: {Name: front, Policy: {Statement: [{Sid: Guests, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "execute-api:Invoke", Resource: "execute-api:/live/*"}]}}}
  FrontRoot: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Front, ResourceId: !GetAtt Front.RootResourceId, HttpMethod: GET, AuthorizationType: AWS_IAM, Integration: {Type: MOCK}}}
  Side: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: side, ProtocolType: HTTP}}
  SideRoute: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Side, RouteKey: "GET /notes", AuthorizationType: AWS_IAM}}
  Vault: {Type: AWS::S3Files::FileSystem, Properties: {Bucket: archive}}
  VaultPolicy: {Type: AWS::S3Files::FileSystemPolicy, Properties: {FileSystemId: !GetAtt Vault.FileSystemId, Policy: {Statement: [{Sid: Mounters, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "s3files:ClientMount", Resource: "*"}]}}}
  Loose: {Type: AWS::S3Files::FileSystem, Properties: {Bucket: bare}}
  Held: {Type: AWS::MSK::Cluster, Properties: {ClusterName: held}}
  HeldPolicy: {Type: AWS::MSK::ClusterPolicy, Properties: {ClusterArn: !Ref Held, Policy: {Statement: [{Sid: Partners, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "kafka-cluster:*", Resource: "*"}]}}}
  Taps: {Type: AWS::MSK::ServerlessCluster, Properties: {ClusterName: taps}}
  Books: {Type: AWS::OpenSearchService::Domain, Properties: {DomainName: books, AccessPolicies: {Statement: [{Sid: Readers, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "es:ESHttpGet", Resource: "arn:aws:es:us-east-1:123456789012:domain/books/*"}]}}}
  Old: {Type: AWS::Elasticsearch::Domain, Properties: {DomainName: old}}
  Sender: {Type: AWS::SES::EmailIdentity, Properties: {EmailIdentity: shop.example}}
  Clerk: {Type: AWS::SES::EmailIdentity, Properties: {EmailIdentity: clerk@shop.example}}
  Shop: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  ShopPolicy: {Type: AWS::Events::EventBusPolicy, Properties: {EventBusName: !Ref Shop, StatementId: Partner, Action: "events:PutEvents", Principal: "210987654321"}}
`

// heldTargets are the targets of the template: each with the words of its policy's statement, empty where it has none,
// and its key.
var heldTargets = []struct{ arn, policy, key string }{
	{"arn:aws:sqs:us-east-1:123456789012:open", "", ""},
	{"arn:aws:sqs:us-east-1:123456789012:jobs", "Shop", "arn:aws:kms:us-east-1:123456789012:key/JobsKey"},
	{"arn:aws:sns:us-east-1:123456789012:news", "Readers", "arn:aws:kms:us-east-1:123456789012:alias/news"},
	{"arn:aws:s3:::bare", "", "arn:aws:kms:us-east-1:123456789012:key/JobsKey"},
	{"arn:aws:s3:::archive", "Reports", "arn:aws:kms:us-east-1:123456789012:key/JobsKey"},
	{"arn:aws:s3:us-east-1:123456789012:accesspoint/desk", "Desks", ""},
	{"arn:aws:s3:us-east-1:123456789012:accesspoint/door", "", ""},
	{"arn:aws:dynamodb:us-east-1:123456789012:table/orders", "Look", "arn:aws:kms:us-east-1:123456789012:key/JobsKey"},
	{"arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2024-01-01T00:00:00.000", "Watch", "arn:aws:kms:us-east-1:123456789012:key/JobsKey"},
	{"arn:aws:dynamodb:us-east-1:123456789012:table/plain", "", ""},
	{"arn:aws:dynamodb:us-east-1:123456789012:table/managed", "", ""},
	{"arn:aws:dynamodb:us-east-1:123456789012:table/world", "", "arn:aws:kms:us-east-1:123456789012:key/JobsKey"},
	{"arn:aws:kinesis:us-east-1:123456789012:stream/clicks", "", "arn:aws:kms:us-east-1:123456789012:key/JobsKey"},
	{"arn:aws:kinesis:us-east-1:123456789012:stream/own", "", ""},
	{"arn:aws:kinesis:us-east-1:123456789012:stream/views", "Count", ""},
	{"arn:aws:kinesis:us-east-1:123456789012:stream/clicks/consumer/fan:1704067200", "Pushed", "arn:aws:kms:us-east-1:123456789012:key/JobsKey"},
	{"arn:aws:kinesis:us-east-1:123456789012:stream/own/consumer/bystander:1704067200", "", ""},
	{"arn:aws:secretsmanager:us-east-1:123456789012:secret:hidden", "", ""},
	{"arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/token", "Till", "arn:aws:kms:us-east-1:123456789012:key/JobsKey"},
	{"arn:aws:kms:us-east-1:123456789012:key/Lock", "Vault", ""},
	{"arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-Free", "", ""},
	{"arn:aws:lambda:us-east-1:123456789012:function:callee", "", ""},
	{"arn:aws:lambda:us-east-1:123456789012:function:welcome", "210987654321", ""},
	{"arn:aws:ecr:us-east-1:123456789012:repository/shop/plates", "", ""},
	{"arn:aws:ecr:us-east-1:123456789012:repository/prints", "Pulls", ""},
	{"arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-Shared", "Mounts", ""},
	{"arn:aws:ssm:us-east-1:123456789012:parameter/shop/token", "", "arn:aws:kms:us-east-1:123456789012:key/JobsKey"},
	{"arn:aws:ssm:us-east-1:123456789012:parameter/stage", "", ""},
	{"arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/callee", "", "arn:aws:kms:us-east-1:123456789012:key/JobsKey"},
	{"arn:aws:logs:us-east-1:123456789012:log-group:audit", "", ""},
	{"arn:aws:s3files:us-east-1:123456789012:file-system/fs-Vault", "Mounters", ""},
	{"arn:aws:s3files:us-east-1:123456789012:file-system/fs-Loose", "", ""},
	{"arn:aws:kafka:us-east-1:123456789012:cluster/held/f531efb1-6287-cb85-6e43-1d600877cdd1-1", "Partners", ""},
	{"arn:aws:kafka:us-east-1:123456789012:cluster/taps/0721de96-d496-fd65-53c7-32e7883454e3-s1", "", ""},
	{"arn:aws:es:us-east-1:123456789012:domain/books", "Readers", ""},
	{"arn:aws:es:us-east-1:123456789012:domain/old", "", ""},
	{"arn:aws:ses:us-east-1:123456789012:identity/shop.example", "Sellers", ""},
	{"arn:aws:ses:us-east-1:123456789012:identity/clerk@shop.example", "", ""},
	{"arn:aws:execute-api:us-east-1:123456789012:Front", "Guests", ""},
	{"arn:aws:execute-api:us-east-1:123456789012:Side", "", ""},
	{"arn:aws:events:us-east-1:123456789012:event-bus/quiet", "", "arn:aws:kms:us-east-1:123456789012:key/JobsKey"},
	{"arn:aws:events:us-east-1:123456789012:event-bus/shop", "Partner", ""},
}

// secured is a parameter of the template as no template can make it, and a domain with policies, of which none can be made.
var secured = map[string]map[string]any{"arn:aws:ses:us-east-1:123456789012:identity/shop.example": {"Policies": map[string]any{
	"sell": `{"Statement":[{"Sid":"Sellers","Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"ses:SendEmail","Resource":"*"}]}`,
}}, "arn:aws:ssm:us-east-1:123456789012:parameter/shop/token": {
	"Type": "SecureString", "KeyId": "alias/jobs", "Tier": "Advanced",
	"Description": "canary-of-the-description", "AllowedPattern": "canary-of-the-pattern", "LastModifiedUser": "canary-of-the-user",
}}

func TestThePolicyAndTheKeyOfEveryKindOfTargetAreRead(t *testing.T) {
	c, _ := collector(t, localaws.Options{Overlay: secured}, targetsTemplate)
	seen := map[fact.TargetKind]bool{}
	for _, held := range heldTargets {
		target, known := read(t, c, held.arn).Targets[held.arn].Value()
		if !known {
			why, _ := read(t, c, held.arn).Targets[held.arn].Unread()
			t.Errorf("%s was not read: %v", held.arn, why)
			continue
		}
		seen[target.Kind] = true
		policy, has := target.Policy.Value()
		switch {
		case target.Key != held.key:
			t.Errorf("%s: want the key %q, have %q", held.arn, held.key, target.Key)
		case held.policy == "" && !target.Policy.IsAbsent():
			t.Errorf("%s has a policy: %s", held.arn, policy.JSON)
		case held.policy != "" && (!has || !strings.Contains(policy.JSON, held.policy)):
			t.Errorf("%s: want a policy with %q, have %q", held.arn, held.policy, policy.JSON)
		}
	}
	var want, have []fact.TargetKind
	for _, kind := range fact.TargetKinds() {
		want = append(want, kind)
		if seen[kind] {
			have = append(have, kind)
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("kinds that are read (-all +seen):\n%s", diff)
	}
}

func TestWhatIsGoneIsAbsentAndWhatIsRefusedIsNot(t *testing.T) {
	for _, held := range heldTargets {
		gone, _ := collector(t, localaws.Options{Gone: []string{held.arn}}, targetsTemplate)
		got := read(t, gone, held.arn).Targets[held.arn]
		silent := []fact.TargetKind{fact.TargetFunction, fact.TargetS3Files, fact.TargetCluster} // of which the services say the same without a policy
		if target, _ := got.Value(); slices.Contains(silent, target.Kind) {
			if !target.Policy.IsAbsent() {
				t.Errorf("%s is gone and has a policy", held.arn)
			}
		} else if strings.Contains(held.arn, ":ses:") { // SES does not document what it answers then
			if why, unread := got.Unread(); !unread || why.Reason != "ses:ListIdentityPolicies failed with InvalidParameterValue" {
				t.Errorf("%s is gone: %+v", held.arn, why)
			}
		} else if !got.IsAbsent() {
			t.Errorf("%s is gone and not absent", held.arn)
		}
		// The role of no template may do nothing.
		refused, _ := collector(t, localaws.Options{Callers: map[string]string{"probe": "arn:aws:iam::123456789012:role/nobody"}}, targetsTemplate)
		known, _ := read(t, refused, held.arn).Targets[held.arn].Value()
		// Of these no policy decides anything in their account, so that only the key is not known.
		if permission := map[fact.TargetKind]string{fact.TargetParameter: "ssm:DescribeParameters", fact.TargetLogGroup: "logs:DescribeLogGroups"}[known.Kind]; permission != "" {
			if known.Keyless.Permission != permission {
				t.Errorf("%s: want the missing permission, have %+v", held.arn, known)
			}
			continue
		}
		why, unread := read(t, refused, held.arn).Targets[held.arn].Unread()
		on := held.arn
		switch {
		case strings.Contains(held.arn, ":ses:"): // of which the actions know no type of resource
			on = "*"
		case why.Permission == "s3:GetAccessPoint": // which knows no type of resource
			on = "*"
		case strings.Contains(held.arn, ":execute-api:"): // which are managed under other ARNs, without an account
			on = "arn:aws:apigateway:us-east-1::/restapis/" + held.arn[strings.LastIndexByte(held.arn, ':')+1:] + "/resources"
		}
		if !unread || why.Permission == "" || why.Resource != on {
			t.Errorf("%s: want the missing permission, have %+v", held.arn, why)
		}
	}
}

func TestATargetIsReadOnceAndAnotherAccountsIsNotAskedFor(t *testing.T) {
	c, server := collector(t, localaws.Options{}, targetsTemplate)
	facts := read(t, c, "arn:aws:sqs:us-east-1:123456789012:open")
	c.Targets(context.Background(), facts, targets(t, "arn:aws:sqs:us-east-1:123456789012:open", "arn:aws:sqs:us-east-1:210987654321:jobs"))
	if calls := server.Calls(); len(calls) != 1 {
		t.Errorf("want one call, have %v", calls)
	}
	why, _ := facts.Targets["arn:aws:sqs:us-east-1:210987654321:jobs"].Unread()
	if !strings.Contains(why.Reason, "account 210987654321") || why.Permission != "sqs:GetQueueAttributes" {
		t.Errorf("%+v", why)
	}
}

func TestATargetOfNoTemplateMayBeThere(t *testing.T) {
	c, _ := collector(t, localaws.Options{}, targetsTemplate)
	const arn = "arn:aws:sqs:us-east-1:123456789012:others"
	if why, unread := read(t, c, arn).Targets[arn].Unread(); !unread || !why.Elsewhere {
		t.Errorf("%+v", why)
	}
}

func TestAnAliasOfSeveralResourcesIsAskedForOnceAndAKeyIsReadInThreeCalls(t *testing.T) {
	c, server := collector(t, localaws.Options{}, strings.Replace(targetsTemplate, "QueueName: open", "QueueName: open, KmsMasterKeyId: alias/jobs", 1))
	facts := read(t, c, "arn:aws:sqs:us-east-1:123456789012:jobs", "arn:aws:sqs:us-east-1:123456789012:open")
	if calls := server.Calls(); len(calls) != 3 {
		t.Errorf("two queues and an alias: %v", calls)
	}
	const key = "arn:aws:kms:us-east-1:123456789012:key/JobsKey"
	c.Targets(context.Background(), facts, targets(t, key, key))
	c.Targets(context.Background(), facts, targets(t, key))
	if calls := server.Calls(); len(calls) != 6 {
		t.Errorf("a key: %v", calls[3:])
	}
	target, _ := facts.Targets[key].Value()
	if target.Lock == nil || target.Lock.State != "Enabled" || target.Lock.AWSManaged || len(target.Lock.Grants) != 0 {
		t.Errorf("lock: %+v", target.Lock)
	}
}

func TestWhatHoldsTheDataOfSeveralTargetsIsAskedForItsKeyOnce(t *testing.T) {
	const table, stream = "arn:aws:dynamodb:us-east-1:123456789012:table/orders", "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
	for _, one := range []struct {
		holder, part string
		want         []string
	}{
		{table, table + "/stream/2024-01-01T00:00:00.000", []string{"DescribeTable", "GetResourcePolicy", "GetResourcePolicy"}},
		// The key is named by an alias, which is asked for once, too.
		{stream, stream + "/consumer/fan:1704067200", []string{"DescribeKey", "DescribeStreamSummary", "GetResourcePolicy", "GetResourcePolicy"}},
	} {
		for _, first := range [][]string{{one.holder, one.part}, {one.part}} {
			c, server := collector(t, localaws.Options{}, targetsTemplate)
			facts := read(t, c, first...)
			c.Targets(context.Background(), facts, targets(t, one.holder))
			var asked []string
			for _, call := range server.Calls() {
				asked = append(asked, call.Operation)
			}
			slices.Sort(asked)
			if diff := cmp.Diff(one.want, asked); diff != "" {
				t.Errorf("%v first, calls (-want +have):\n%s", first, diff)
			}
		}
	}
}

func TestEveryStateOfAKeyIsKnownToLetItBeUsedOrNot(t *testing.T) {
	for _, state := range types.KeyState("").Values() {
		lock := fact.Lock{State: string(state)}
		usable, known := lock.Usable()
		if want := state == types.KeyStateEnabled || state == types.KeyStateUpdating; !known || usable != want {
			t.Errorf("%s: usable %v, known %v", state, usable, known)
		}
	}
}

func TestWhetherTheWholeBucketHasOneKeyIsRead(t *testing.T) {
	c, _ := collector(t, localaws.Options{}, targetsTemplate)
	facts := read(t, c, "arn:aws:s3:::archive", "arn:aws:s3:::bare")
	for arn, want := range map[string]bool{"arn:aws:s3:::archive": true, "arn:aws:s3:::bare": false} {
		if target, _ := facts.Targets[arn].Value(); target.BucketKey != want {
			t.Errorf("%s: want %v, have %v", arn, want, target.BucketKey)
		}
	}
}

func TestAPolicyIsKnownWhereTheKeyMayNotBeRead(t *testing.T) {
	for _, one := range []struct{ operation, arn, permission string }{
		{"s3 GetBucketEncryption", "arn:aws:s3:::archive", "s3:GetEncryptionConfiguration"},
		{"dynamodb DescribeTable", "arn:aws:dynamodb:us-east-1:123456789012:table/orders", "dynamodb:DescribeTable"},
		{"kinesis DescribeStreamSummary", "arn:aws:kinesis:us-east-1:123456789012:stream/views", "kinesis:DescribeStreamSummary"},
		{"secretsmanager DescribeSecret", "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/token", "secretsmanager:DescribeSecret"},
	} {
		service, operation, _ := strings.Cut(one.operation, " ")
		c, _ := collector(t, localaws.Options{Faults: []localaws.Fault{{Service: service, Operation: operation, Code: "AccessDeniedException"}}}, targetsTemplate)
		target, known := read(t, c, one.arn).Targets[one.arn].Value()
		if _, has := target.Policy.Value(); !known || !has {
			t.Errorf("%s: its policy is not known", one.arn)
		}
		if why := target.Keyless; why.Permission != one.permission || why.Resource != one.arn || target.Key != "" {
			t.Errorf("%s: want the missing permission %s, have %+v and the key %q", one.arn, one.permission, why, target.Key)
		}
	}
}

package stack_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"permprobe/shared/stack"
)

// named is what one resource is called.
type named struct {
	ID, ARN, Ref string
	Atts         map[string]string
}

// names loads a template with the given resources and returns what the one
// called X is called.
func names(t *testing.T, resources string, atts ...string) named {
	t.Helper()
	text := "Conditions: {Later: !Equals [a, b]}\nResources:\n" + resources + "\n  Reader:\n    Type: Custom::Reader\n    Properties:\n      R: !Ref X\n"
	for _, a := range atts {
		text += "      '" + a + "': !GetAtt X." + a + "\n"
	}
	s := load(t, text)
	x, reader := s.Find("X"), s.Find("Reader")
	got := named{ID: x.PhysicalID, ARN: x.ARN, Ref: x.Ref, Atts: map[string]string{}}
	if reader.Properties["R"] != x.Ref {
		t.Errorf("Ref of another resource gives %v, Resource.Ref is %s", reader.Properties["R"], x.Ref)
	}
	for _, a := range atts {
		got.Atts[a], _ = reader.Properties[a].(string)
	}
	return got
}

// The return values are those that AWS documents for each type; ids that AWS
// makes up are checked by form elsewhere.
func TestResourcesAreNamedAsAWSDocuments(t *testing.T) {
	const (
		lambda = "arn:aws:lambda:us-east-1:123456789012:"
		iam    = "arn:aws:iam::123456789012:"
	)
	for name, c := range map[string]struct {
		text string
		want named
	}{
		"function":            {"  X: {Type: AWS::Lambda::Function}", named{"X", lambda + "function:X", "X", map[string]string{"Arn": lambda + "function:X"}}},
		"named function":      {"  X: {Type: AWS::Lambda::Function, Properties: {FunctionName: !Sub '${AWS::StackName}-f'}}", named{"app-f", lambda + "function:app-f", "app-f", nil}},
		"function version":    {"  F: {Type: AWS::Lambda::Function}\n  X: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}", named{"1", lambda + "function:F:1", lambda + "function:F:1", map[string]string{"Version": "1", "FunctionArn": lambda + "function:F:1"}}},
		"second version":      {"  F: {Type: AWS::Lambda::Function}\n  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !GetAtt F.Arn}}\n  W: {Type: AWS::Lambda::Version, Properties: {FunctionName: other}}\n  Z: {Type: AWS::Lambda::Version, Condition: Later, Properties: {FunctionName: F}}\n  X: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}", named{"2", lambda + "function:F:2", lambda + "function:F:2", nil}},
		"version in other":    {"  X: {Type: AWS::Lambda::Version, Properties: {FunctionName: 'arn:aws:lambda:eu-west-1:999999999999:function:f:live'}}", named{"1", "arn:aws:lambda:eu-west-1:999999999999:function:f:1", "arn:aws:lambda:eu-west-1:999999999999:function:f:1", nil}},
		"alias":               {"  F: {Type: AWS::Lambda::Function}\n  X: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, Name: live}}", named{"live", lambda + "function:F:live", lambda + "function:F:live", map[string]string{"AliasArn": lambda + "function:F:live"}}},
		"function URL":        {"  F: {Type: AWS::Lambda::Function}\n  X: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref F}}", named{"X", "", lambda + "function:F", map[string]string{"FunctionArn": lambda + "function:F"}}},
		"layer version":       {"  L: {Type: AWS::Lambda::LayerVersion, Properties: {LayerName: l}}\n  X: {Type: AWS::Lambda::LayerVersion, Properties: {LayerName: l}}", named{"l", lambda + "layer:l:2", lambda + "layer:l:2", map[string]string{"LayerVersionArn": lambda + "layer:l:2"}}},
		"unnamed layer":       {"  X: {Type: AWS::Lambda::LayerVersion}", named{"X", lambda + "layer:X:1", lambda + "layer:X:1", nil}},
		"role":                {"  X: {Type: AWS::IAM::Role}", named{"X", iam + "role/X", "X", map[string]string{"Arn": iam + "role/X"}}},
		"role with path":      {"  X: {Type: AWS::IAM::Role, Properties: {Path: /a/b/, RoleName: r}}", named{"r", iam + "role/a/b/r", "r", nil}},
		"managed policy":      {"  X: {Type: AWS::IAM::ManagedPolicy, Properties: {Path: /p/}}", named{"X", iam + "policy/p/X", iam + "policy/p/X", map[string]string{"PolicyArn": iam + "policy/p/X"}}},
		"inline policy":       {"  X: {Type: AWS::IAM::Policy, Properties: {PolicyName: p}}", named{"p", "", "p", nil}},
		"user":                {"  X: {Type: AWS::IAM::User}", named{"X", iam + "user/X", "X", nil}},
		"group":               {"  X: {Type: AWS::IAM::Group}", named{"X", iam + "group/X", "X", nil}},
		"instance profile":    {"  X: {Type: AWS::IAM::InstanceProfile}", named{"X", iam + "instance-profile/X", "X", nil}},
		"OIDC provider":       {"  X: {Type: AWS::IAM::OIDCProvider, Properties: {Url: 'https://id.example.com/x'}}", named{"id.example.com/x", iam + "oidc-provider/id.example.com/x", iam + "oidc-provider/id.example.com/x", nil}},
		"REST API":            {"  X: {Type: AWS::ApiGateway::RestApi, Properties: {Name: n}}", named{"X", "arn:aws:apigateway:us-east-1::/restapis/X", "X", map[string]string{"RestApiId": "X"}}},
		"REST stage":          {"  A: {Type: AWS::ApiGateway::RestApi}\n  X: {Type: AWS::ApiGateway::Stage, Properties: {StageName: prod, RestApiId: !Ref A}}", named{"prod", "arn:aws:apigateway:us-east-1::/restapis/A/stages/prod", "prod", nil}},
		"HTTP API":            {"  X: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP}}", named{"X", "arn:aws:apigateway:us-east-1::/apis/X", "X", map[string]string{"ApiEndpoint": "https://X.execute-api.us-east-1.amazonaws.com"}}},
		"WebSocket API":       {"  X: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: WEBSOCKET}}", named{"X", "arn:aws:apigateway:us-east-1::/apis/X", "X", map[string]string{"ApiEndpoint": "wss://X.execute-api.us-east-1.amazonaws.com"}}},
		"domain name":         {"  X: {Type: AWS::ApiGateway::DomainName, Properties: {DomainName: a.example.com}}", named{"a.example.com", "arn:aws:apigateway:us-east-1::/domainnames/a.example.com", "a.example.com", map[string]string{"RegionalDomainName": "⟦GetAtt X.RegionalDomainName⟧"}}},
		"rule":                {"  X: {Type: AWS::Events::Rule}", named{"X", "arn:aws:events:us-east-1:123456789012:rule/X", "X", nil}},
		"rule on a bus":       {"  B: {Type: AWS::Events::EventBus, Properties: {Name: b}}\n  X: {Type: AWS::Events::Rule, Properties: {Name: r, EventBusName: !GetAtt B.Arn}}", named{"r", "arn:aws:events:us-east-1:123456789012:rule/b/r", "b|r", nil}},
		"rule on default":     {"  X: {Type: AWS::Events::Rule, Properties: {EventBusName: default}}", named{"X", "arn:aws:events:us-east-1:123456789012:rule/X", "X", nil}},
		"bus":                 {"  X: {Type: AWS::Events::EventBus, Properties: {Name: b}}", named{"b", "arn:aws:events:us-east-1:123456789012:event-bus/b", "b", map[string]string{"Name": "b"}}},
		"archive":             {"  X: {Type: AWS::Events::Archive}", named{"X", "arn:aws:events:us-east-1:123456789012:archive/X", "X", nil}},
		"schedule":            {"  X: {Type: AWS::Scheduler::Schedule, Properties: {GroupName: g}}", named{"X", "arn:aws:scheduler:us-east-1:123456789012:schedule/g/X", "X", nil}},
		"schedule in default": {"  X: {Type: AWS::Scheduler::Schedule}", named{"X", "arn:aws:scheduler:us-east-1:123456789012:schedule/default/X", "X", nil}},
		"pipe":                {"  X: {Type: AWS::Pipes::Pipe}", named{"X", "arn:aws:pipes:us-east-1:123456789012:pipe/X", "X", nil}},
		"bucket":              {"  X: {Type: AWS::S3::Bucket, Properties: {BucketName: b}}", named{"b", "arn:aws:s3:::b", "b", map[string]string{"DomainName": "b.s3.amazonaws.com", "RegionalDomainName": "b.s3.us-east-1.amazonaws.com"}}},
		"bucket policy":       {"  B: {Type: AWS::S3::Bucket}\n  X: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref B}}", named{"X", "", "B", nil}},
		"queue":               {"  X: {Type: AWS::SQS::Queue}", named{"X", "arn:aws:sqs:us-east-1:123456789012:X", "https://sqs.us-east-1.amazonaws.com/123456789012/X", map[string]string{"QueueName": "X", "QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/X"}}},
		"topic":               {"  X: {Type: AWS::SNS::Topic}", named{"X", "arn:aws:sns:us-east-1:123456789012:X", "arn:aws:sns:us-east-1:123456789012:X", map[string]string{"TopicName": "X", "TopicArn": "arn:aws:sns:us-east-1:123456789012:X"}}},
		"table":               {"  X: {Type: AWS::DynamoDB::Table}", named{"X", "arn:aws:dynamodb:us-east-1:123456789012:table/X", "X", map[string]string{"StreamArn": "arn:aws:dynamodb:us-east-1:123456789012:table/X/stream/2024-01-01T00:00:00.000"}}},
		"global table":        {"  X: {Type: AWS::DynamoDB::GlobalTable, Properties: {TableName: t}}", named{"t", "arn:aws:dynamodb:us-east-1:123456789012:table/t", "t", nil}},
		"stream":              {"  X: {Type: AWS::Kinesis::Stream}", named{"X", "arn:aws:kinesis:us-east-1:123456789012:stream/X", "X", nil}},
		"stream consumer":     {"  S: {Type: AWS::Kinesis::Stream}\n  X: {Type: AWS::Kinesis::StreamConsumer, Properties: {StreamARN: !GetAtt S.Arn, ConsumerName: c}}", named{"c", "arn:aws:kinesis:us-east-1:123456789012:stream/S/consumer/c:1704067200", "arn:aws:kinesis:us-east-1:123456789012:stream/S/consumer/c:1704067200", nil}},
		"delivery stream":     {"  X: {Type: AWS::KinesisFirehose::DeliveryStream}", named{"X", "arn:aws:firehose:us-east-1:123456789012:deliverystream/X", "X", nil}},
		"key":                 {"  X: {Type: AWS::KMS::Key}", named{"X", "arn:aws:kms:us-east-1:123456789012:key/X", "X", map[string]string{"KeyId": "X"}}},
		"key alias":           {"  X: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/a}}", named{"alias/a", "arn:aws:kms:us-east-1:123456789012:alias/a", "alias/a", nil}},
		"parameter":           {"  X: {Type: AWS::SSM::Parameter, Properties: {Name: /a/b, Type: String, Value: v}}", named{"/a/b", "arn:aws:ssm:us-east-1:123456789012:parameter/a/b", "/a/b", map[string]string{"Type": "String", "Value": "v"}}},
		"flat parameter":      {"  X: {Type: AWS::SSM::Parameter, Properties: {Name: a}}", named{"a", "arn:aws:ssm:us-east-1:123456789012:parameter/a", "a", nil}},
		"log group":           {"  X: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /g}}", named{"/g", "arn:aws:logs:us-east-1:123456789012:log-group:/g:*", "/g", map[string]string{"Arn": "arn:aws:logs:us-east-1:123456789012:log-group:/g:*"}}},
		"state machine":       {"  X: {Type: AWS::StepFunctions::StateMachine}", named{"X", "arn:aws:states:us-east-1:123456789012:stateMachine:X", "arn:aws:states:us-east-1:123456789012:stateMachine:X", map[string]string{"Name": "X"}}},
		"user pool":           {"  X: {Type: AWS::Cognito::UserPool}", named{"us-east-1_X", "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_X", "us-east-1_X", map[string]string{"ProviderName": "cognito-idp.us-east-1.amazonaws.com/us-east-1_X"}}},
		"IoT rule":            {"  X: {Type: AWS::IoT::TopicRule}", named{"X", "arn:aws:iot:us-east-1:123456789012:rule/X", "X", nil}},
		"receipt rule":        {"  X: {Type: AWS::SES::ReceiptRule, Properties: {RuleSetName: s, Rule: {Name: r}}}", named{"r", "arn:aws:ses:us-east-1:123456789012:receipt-rule-set/s:receipt-rule/r", "r", nil}},
		"GraphQL API":         {"  X: {Type: AWS::AppSync::GraphQLApi}", named{"X", "arn:aws:appsync:us-east-1:123456789012:apis/X", "arn:aws:appsync:us-east-1:123456789012:apis/X", map[string]string{"ApiId": "X"}}},
		"file system":         {"  X: {Type: AWS::EFS::FileSystem}", named{"fs-X", "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-X", "fs-X", nil}},
		"S3 Files":            {"  X: {Type: AWS::S3Files::FileSystem}", named{"fs-X", "arn:aws:s3files:us-east-1:123456789012:file-system/fs-X", "arn:aws:s3files:us-east-1:123456789012:file-system/fs-X", map[string]string{"FileSystemId": "fs-X"}}},
		"access point":        {"  X: {Type: AWS::EFS::AccessPoint}", named{"fsap-X", "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-X", "fsap-X", nil}},
		"repository":          {"  X: {Type: AWS::ECR::Repository, Properties: {RepositoryName: a/b}}", named{"a/b", "arn:aws:ecr:us-east-1:123456789012:repository/a/b", "a/b", map[string]string{"RepositoryUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/a/b"}}},
		"document database":   {"  X: {Type: AWS::DocDB::DBCluster}", named{"X", "arn:aws:rds:us-east-1:123456789012:cluster:X", "X", map[string]string{"Endpoint": "⟦GetAtt X.Endpoint⟧"}}},
		"VPC":                 {"  X: {Type: AWS::EC2::VPC}", named{"vpc-X", "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-X", "vpc-X", map[string]string{"VpcId": "vpc-X"}}},
		"security group":      {"  X: {Type: AWS::EC2::SecurityGroup}", named{"sg-X", "arn:aws:ec2:us-east-1:123456789012:security-group/sg-X", "sg-X", map[string]string{"GroupId": "sg-X"}}},
		"elastic IP":          {"  X: {Type: AWS::EC2::EIP}", named{"eipalloc-X", "", "⟦Ref X⟧", map[string]string{"AllocationId": "eipalloc-X"}}},
		"distribution":        {"  X: {Type: AWS::CloudFront::Distribution}", named{"X", "arn:aws:cloudfront::123456789012:distribution/X", "X", map[string]string{"DomainName": "⟦GetAtt X.DomainName⟧"}}},
		"alarm":               {"  X: {Type: AWS::CloudWatch::Alarm}", named{"X", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:X", "X", nil}},
		"deployment group":    {"  X: {Type: AWS::CodeDeploy::DeploymentGroup, Properties: {ApplicationName: a}}", named{"X", "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:a/X", "X", nil}},
		"custom resource":     {"  X: {Type: Custom::Thing}", named{"X", "", "⟦Ref X⟧", map[string]string{"Arn": "⟦GetAtt X.Arn⟧"}}},
		"unknown type":        {"  X: {Type: AWS::Nothing::Known}", named{"X", "", "X", map[string]string{"Arn": "⟦GetAtt X.Arn⟧"}}},
		"name of a parameter": {"  P: {Type: Custom::P}\n  X: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'q-${P.Suffix}'}}", named{"q-⟦GetAtt P.Suffix⟧", "arn:aws:sqs:us-east-1:123456789012:q-⟦GetAtt P.Suffix⟧", "https://sqs.us-east-1.amazonaws.com/123456789012/q-⟦GetAtt P.Suffix⟧", nil}},
		"empty name":          {"  X: {Type: AWS::SQS::Queue, Properties: {QueueName: ''}}", named{"X", "arn:aws:sqs:us-east-1:123456789012:X", "https://sqs.us-east-1.amazonaws.com/123456789012/X", nil}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.want.Atts == nil {
				c.want.Atts = map[string]string{}
			}
			var atts []string
			for a := range c.want.Atts {
				atts = append(atts, a)
			}
			if diff := cmp.Diff(c.want, names(t, c.text, atts...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// What AWS makes up has AWS's form and depends on the logical id alone.
func TestMadeUpIdsHaveTheServicesForm(t *testing.T) {
	const uuid = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`
	for name, c := range map[string]struct{ text, id, arn, ref string }{
		"secret":              {"{Type: AWS::SecretsManager::Secret, Properties: {Name: a/b}}", `a/b`, `arn:aws:secretsmanager:us-east-1:123456789012:secret:a/b-[a-z0-9]{6}`, ""},
		"event source":        {"{Type: AWS::Lambda::EventSourceMapping}", uuid, `arn:aws:lambda:us-east-1:123456789012:event-source-mapping:` + uuid, uuid},
		"code signing":        {"{Type: AWS::Lambda::CodeSigningConfig}", `csc-[0-9a-f]{17}`, `arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-[0-9a-f]{17}`, ""},
		"connection":          {"{Type: AWS::Events::Connection}", `X`, `arn:aws:events:us-east-1:123456789012:connection/X/` + uuid, `X`},
		"API destination":     {"{Type: AWS::Events::ApiDestination}", `X`, `arn:aws:events:us-east-1:123456789012:api-destination/X/` + uuid, `X`},
		"subscription":        {"{Type: AWS::SNS::Subscription, Properties: {TopicArn: 'arn:aws:sns:us-east-1:123456789012:t'}}", uuid, `arn:aws:sns:us-east-1:123456789012:t:` + uuid, ""},
		"load balancer":       {"{Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Type: network}}", `X`, `arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/X/[0-9a-f]{16}`, ""},
		"target group":        {"{Type: AWS::ElasticLoadBalancingV2::TargetGroup}", `X`, `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/X/[0-9a-f]{16}`, ""},
		"listener":            {"{Type: AWS::ElasticLoadBalancingV2::Listener, Properties: {LoadBalancerArn: 'arn:aws:elasticloadbalancing:r:1:loadbalancer/app/l/1'}}", `X`, `arn:aws:elasticloadbalancing:r:1:listener/app/l/1/[0-9a-f]{16}`, ""},
		"listener rule":       {"{Type: AWS::ElasticLoadBalancingV2::ListenerRule, Properties: {ListenerArn: 'arn:aws:elasticloadbalancing:r:1:listener/app/l/1/2'}}", `X`, `arn:aws:elasticloadbalancing:r:1:listener-rule/app/l/1/2/[0-9a-f]{16}`, ""},
		"cluster":             {"{Type: AWS::MSK::Cluster, Properties: {ClusterName: c}}", `c`, `arn:aws:kafka:us-east-1:123456789012:cluster/c/` + uuid + `-1`, ""},
		"broker":              {"{Type: AWS::AmazonMQ::Broker, Properties: {BrokerName: b}}", `b-` + uuid, `arn:aws:mq:us-east-1:123456789012:broker:b:b-` + uuid, `b-` + uuid},
		"config rule":         {"{Type: AWS::Config::ConfigRule}", `X`, `arn:aws:config:us-east-1:123456789012:config-rule/config-rule-[a-z0-9]{6}`, `X`},
		"identity pool":       {"{Type: AWS::Cognito::IdentityPool}", `us-east-1:` + uuid, `arn:aws:cognito-identity:us-east-1:123456789012:identitypool/us-east-1:` + uuid, `us-east-1:` + uuid},
		"nested stack":        {"{Type: AWS::CloudFormation::Stack}", `X`, `arn:aws:cloudformation:us-east-1:123456789012:stack/X/` + uuid, ""},
		"web ACL":             {"{Type: AWS::WAFv2::WebACL, Properties: {Scope: REGIONAL}}", `X`, `arn:aws:wafv2:us-east-1:123456789012:regional/webacl/X/` + uuid, `X\|` + uuid + `\|REGIONAL`},
		"API resource":        {"{Type: AWS::ApiGateway::Resource, Properties: {RestApiId: a}}", `[a-z0-9]{6}`, `arn:aws:apigateway:us-east-1::/restapis/a/resources/[a-z0-9]{6}`, `[a-z0-9]{6}`},
		"API integration":     {"{Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: a}}", `[a-z0-9]{7}`, `arn:aws:apigateway:us-east-1::/apis/a/integrations/[a-z0-9]{7}`, `[a-z0-9]{7}`},
		"transfer server":     {"{Type: AWS::Transfer::Server}", `s-[0-9a-f]{17}`, `arn:aws:transfer:us-east-1:123456789012:server/s-[0-9a-f]{17}`, ""},
		"secret's policy":     {"{Type: AWS::SecretsManager::ResourcePolicy, Properties: {SecretId: s}}", `X`, ``, `s`},
		"rotation of unknown": {"{Type: AWS::SecretsManager::RotationSchedule}", `X`, ``, `⟦X.SecretId⟧`},
	} {
		t.Run(name, func(t *testing.T) {
			got, again := names(t, "  X: "+c.text), names(t, "  Y: "+c.text+"\n  X: "+c.text)
			if diff := cmp.Diff(got, again); diff != "" {
				t.Errorf("another resource changes it:\n%s", diff)
			}
			if c.ref == "" {
				c.ref = c.arn
			}
			for what, pair := range map[string][2]string{"id": {c.id, got.ID}, "ARN": {c.arn, got.ARN}, "Ref": {c.ref, got.Ref}} {
				if !regexp.MustCompile(`^(?:` + pair[0] + `)$`).MatchString(pair[1]) {
					t.Errorf("%s %q, want %q", what, pair[1], pair[0])
				}
			}
			s := load(t, "Resources:\n  Y: "+c.text+"\n  X: "+c.text)
			if strings.Contains(c.arn, "[") && s.Find("X").ARN == s.Find("Y").ARN {
				t.Errorf("two resources have the ARN %s", got.ARN)
			}
		})
	}
}

func TestTwoStacksWithTheSameLogicalIdsHaveTheSameNames(t *testing.T) {
	const text = "Resources: {F: {Type: AWS::Lambda::Function}}"
	a, err := stack.Load("a.yaml", []byte(text), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := stack.Load("b.yaml", []byte(text), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if a.Name == b.Name || a.Find("F").ARN != b.Find("F").ARN {
		t.Errorf("%s %s, %s %s", a.Name, b.Name, a.Find("F").ARN, b.Find("F").ARN)
	}
}

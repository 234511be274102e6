package localaws_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"permprobe/shared/iampolicy"
	"permprobe/shared/localaws"
)

const triggersTemplate = `
Parameters: {Which: {Type: String}}
Resources:
  F: {Type: 'AWS::Lambda::Function', Properties: {Code: {ZipFile: x}, Role: 'arn:aws:iam::123456789012:role/r', FunctionName: f}}
  G: {Type: 'AWS::Lambda::Function', Properties: {Code: {ZipFile: x}, Role: 'arn:aws:iam::123456789012:role/r', FunctionName: g}}
  Async:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: {FunctionName: !Ref F, Qualifier: $LATEST, MaximumRetryAttempts: 0, DestinationConfig: {OnFailure: {Destination: 'arn:aws:sqs:us-east-1:123456789012:failed'}}}
  Url: {Type: 'AWS::Lambda::Url', Properties: {TargetFunctionArn: !Ref F, AuthType: AWS_IAM}}
  Topic: {Type: 'AWS::SNS::Topic', Properties: {TopicName: alerts, KmsMasterKeyId: alias/mine, Subscription: [{Protocol: lambda, Endpoint: !GetAtt F.Arn}]}}
  Mail: {Type: 'AWS::SNS::Subscription', Properties: {TopicArn: !Ref Topic, Protocol: email, Endpoint: a@example.org}}
  Group: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: /app}}
  Filter: {Type: 'AWS::Logs::SubscriptionFilter', Properties: {LogGroupName: !Ref Group, DestinationArn: !GetAtt F.Arn, FilterPattern: ERROR}}
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: uploads
      NotificationConfiguration:
        EventBridgeConfiguration: {}
        LambdaConfigurations: [{Event: 's3:ObjectCreated:*', Function: !GetAtt F.Arn, Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}}]
  Whole:
    Type: AWS::Lambda::ResourcePolicy
    Properties: {ResourceArn: !GetAtt G.Arn, Policy: {Version: '2012-10-17', Statement: [{Effect: Deny, Principal: '*', Action: 'lambda:InvokeFunction', Resource: !GetAtt G.Arn, Condition: {StringNotEquals: {'aws:PrincipalOrgID': o-1}}}]}}
  Vague: {Type: 'AWS::Lambda::Permission', Properties: {FunctionName: !Ref Which, Action: 'lambda:InvokeFunction', Principal: sns.amazonaws.com}}
`

func TestDestinationsAndURLsOfAFunctionAreListed(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, triggersTemplate)
	c, ctx := lambda.NewFromConfig(cfg), context.Background()
	configs, err := c.ListFunctionEventInvokeConfigs(ctx, &lambda.ListFunctionEventInvokeConfigsInput{FunctionName: aws.String("f")})
	if err != nil {
		t.Fatal(err)
	}
	if len(configs.FunctionEventInvokeConfigs) != 1 {
		t.Fatalf("got %v", configs.FunctionEventInvokeConfigs)
	}
	e := configs.FunctionEventInvokeConfigs[0]
	if *e.DestinationConfig.OnFailure.Destination != "arn:aws:sqs:us-east-1:123456789012:failed" || *e.MaximumRetryAttempts != 0 || !strings.HasSuffix(*e.FunctionArn, ":f:$LATEST") || e.LastModified.IsZero() {
		t.Errorf("got %+v", e)
	}
	urls, err := c.ListFunctionUrlConfigs(ctx, &lambda.ListFunctionUrlConfigsInput{FunctionName: aws.String("f")})
	if err != nil {
		t.Fatal(err)
	}
	if len(urls.FunctionUrlConfigs) != 1 || urls.FunctionUrlConfigs[0].AuthType != "AWS_IAM" || !strings.HasPrefix(*urls.FunctionUrlConfigs[0].FunctionUrl, "https://") {
		t.Errorf("got %+v", urls.FunctionUrlConfigs)
	}
}

func TestSubscriptionsOfTopicsAndLogGroupsAreListed(t *testing.T) {
	_, cfg := start(t, localaws.Options{PageSize: 1}, admin, triggersTemplate)
	ctx := context.Background()
	var got []string
	c := sns.NewFromConfig(cfg)
	for p := sns.NewListSubscriptionsPaginator(c, &sns.ListSubscriptionsInput{}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range out.Subscriptions {
			got = append(got, *s.Protocol+" "+*s.Endpoint+" "+*s.TopicArn)
		}
	}
	if d := cmp.Diff([]string{"email a@example.org " + alerts, "lambda arn:aws:lambda:us-east-1:123456789012:function:f " + alerts}, got); d != "" {
		t.Error(d)
	}
	a, err := c.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(alerts)})
	if err != nil {
		t.Fatal(err)
	}
	if a.Attributes["KmsMasterKeyId"] != "alias/mine" || !strings.Contains(a.Attributes["Policy"], "AWS:SourceOwner") {
		t.Errorf("got %v", a.Attributes)
	}
	logs := cloudwatchlogs.NewFromConfig(cfg)
	f, err := logs.DescribeSubscriptionFilters(ctx, &cloudwatchlogs.DescribeSubscriptionFiltersInput{LogGroupName: aws.String("/app")})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.SubscriptionFilters) != 1 || !strings.HasSuffix(*f.SubscriptionFilters[0].DestinationArn, ":function:f") {
		t.Errorf("got %+v", f.SubscriptionFilters)
	}
	_, err = logs.DescribeSubscriptionFilters(ctx, &cloudwatchlogs.DescribeSubscriptionFiltersInput{LogGroupName: aws.String("/elsewhere")})
	if code, status, _ := apiErr(t, err); code != localaws.NotInTemplates || status != 400 {
		t.Errorf("a log group of no template: %s, %d", code, status)
	}
}

func TestABucketsNotificationsAreRead(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, triggersTemplate)
	out, err := s3.NewFromConfig(cfg).GetBucketNotificationConfiguration(context.Background(), &s3.GetBucketNotificationConfigurationInput{Bucket: aws.String("uploads")})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.LambdaFunctionConfigurations) != 1 || out.EventBridgeConfiguration == nil {
		t.Fatalf("got %+v", out)
	}
	l := out.LambdaFunctionConfigurations[0]
	if !strings.HasSuffix(*l.LambdaFunctionArn, ":function:f") || l.Events[0] != "s3:ObjectCreated:*" || *l.Filter.Key.FilterRules[0].Value != "in/" {
		t.Errorf("got %+v", l)
	}
}

func TestBucketsAreListedPageByPageAndByRegion(t *testing.T) {
	_, cfg := start(t, localaws.Options{PageSize: 1}, admin, `
Resources:
  A: {Type: 'AWS::S3::Bucket', Properties: {BucketName: a}}
  B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: b}}
`)
	list := func(region string) (got []string) {
		for p := s3.NewListBucketsPaginator(s3.NewFromConfig(cfg), &s3.ListBucketsInput{BucketRegion: aws.String(region)}); p.HasMorePages(); {
			out, err := p.NextPage(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range out.Buckets {
				got = append(got, *b.Name+" "+*b.BucketRegion)
			}
		}
		return got
	}
	if d := cmp.Diff([]string{"a us-east-1", "b us-east-1"}, list("us-east-1")); d != "" {
		t.Error(d)
	}
	if got := list("eu-west-1"); len(got) > 0 {
		t.Errorf("another region has %v", got)
	}
}

func TestAWholeResourcePolicyIsTheFunctionsPolicy(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, triggersTemplate)
	c := lambda.NewFromConfig(cfg)
	g := policyOf(t, c, "g", "")
	if len(g) != 2 || g[0]["Effect"] != "Deny" {
		t.Errorf("got %v", g)
	}
	// A permission for a function that is not known may be for either.
	f := policyOf(t, c, "f", "")
	if len(f) != 1 || f[0]["Action"] != "⟦Parameter Which⟧" {
		t.Errorf("got %v", f)
	}
}

func TestPoliciesThatAreUnknownInPartStillParse(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, `
Parameters: {A: {Type: String}, B: {Type: String}}
Conditions: {C: !Equals [!Ref A, x]}
Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: r
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: !Ref B, Action: 'sts:AssumeRole'}]}
      Policies:
        - {PolicyName: action, PolicyDocument: {Statement: [{Effect: Allow, Action: !Ref A, Resource: '*'}]}}
        - {PolicyName: statement, PolicyDocument: {Statement: [!Ref A, {Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}}
        - {PolicyName: statements, PolicyDocument: {Statement: !Ref A}}
        - {PolicyName: document, PolicyDocument: !Ref A}
        - {PolicyName: effect, PolicyDocument: {Version: !Ref A, Statement: [{Effect: !Ref A, Action: 's3:GetObject', Resource: '*'}]}}
        - {PolicyName: condition, PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*', Condition: !Ref A}]}}
        - {PolicyName: operator, PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*', Condition: {StringEquals: !Ref A}}]}}
        - {PolicyName: value, PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*', Condition: {StringEquals: {'aws:RequestedRegion': !Ref A}}}]}}
        - {PolicyName: negated, PolicyDocument: {Statement: [{Effect: Deny, NotAction: !Ref A, NotResource: !Ref A}]}}
  P:
    Type: AWS::IAM::Policy
    Condition: C
    Properties: {PolicyName: conditional, Roles: [!Ref R], PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}}
`)
	out, err := iam.NewFromConfig(cfg).GetAccountAuthorizationDetails(context.Background(), &iam.GetAccountAuthorizationDetailsInput{})
	if err != nil {
		t.Fatal(err)
	}
	r := out.RoleDetailList[0]
	if _, err := iampolicy.Parse([]byte(plainDocument(t, r.AssumeRolePolicyDocument)), iampolicy.Trust); err != nil {
		t.Errorf("trust: %v", err)
	}
	who, err := iampolicy.ParsePrincipal(*r.Arn)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.RolePolicyList) != 10 {
		t.Errorf("got %d policies, want 10", len(r.RolePolicyList))
	}
	for _, p := range r.RolePolicyList {
		doc := plainDocument(t, p.PolicyDocument)
		parsed, err := iampolicy.Parse([]byte(doc), iampolicy.Identity)
		if err != nil {
			t.Errorf("%s: %v in %s", *p.PolicyName, err, doc)
			continue
		}
		c := iampolicy.Case{Principal: who, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: "123456789012", Identity: []*iampolicy.Policy{parsed},
			Context: iampolicy.NewContext(map[string][]string{"aws:RequestedRegion": {"us-east-1"}})}
		if got := c.Decide().Decision; got != iampolicy.Undetermined {
			t.Errorf("%s: the decision is %s, want undetermined: %s", *p.PolicyName, got, doc)
		}
	}
}

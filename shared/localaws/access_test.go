package localaws_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"permprobe/shared/localaws"
)

// probe is a template with a role that holds the statements, and something to read.
func probe(statements ...string) string {
	t := `
Resources:
  Probe:
    Type: AWS::IAM::Role
    Properties:
      RoleName: probe
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies: [{PolicyName: p, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'none:None', Resource: '*'}`
	for _, s := range statements {
		t += ", " + s
	}
	return t + `]}}]
  F: {Type: 'AWS::Lambda::Function', Properties: {Code: {ZipFile: x}, Role: !GetAtt Probe.Arn, FunctionName: f, Tags: [{Key: team, Value: blue}]}}
  P: {Type: 'AWS::Lambda::Permission', Properties: {FunctionName: f, Action: 'lambda:InvokeFunction', Principal: sns.amazonaws.com}}
  A: {Type: 'AWS::Lambda::Alias', Properties: {FunctionName: !Ref F, FunctionVersion: $LATEST, Name: live}}
  Rest: {Type: 'AWS::ApiGateway::RestApi', Properties: {Name: rest}}
  Http: {Type: 'AWS::ApiGatewayV2::Api', Properties: {Name: http, ProtocolType: HTTP}}
  Topic: {Type: 'AWS::SNS::Topic', Properties: {TopicName: alerts}}
  Bucket: {Type: 'AWS::S3::Bucket', Properties: {BucketName: state}}
  Group: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: /aws/lambda/f}}
`
}

var asProbe = map[string]string{"AKIAPROBE": "arn:aws:iam::123456789012:role/probe"}

// An operation, the one statement that lets a role call it, and what AWS says without it.
var guarded = []struct {
	name, statement, denial string
	call                    func(context.Context, aws.Config) error
}{
	{"ListFunctions", `{Effect: Allow, Action: 'lambda:ListFunctions', Resource: '*'}`, "AccessDeniedException 403 lambda:ListFunctions on resource: *", func(ctx context.Context, cfg aws.Config) error {
		_, err := lambda.NewFromConfig(cfg).ListFunctions(ctx, &lambda.ListFunctionsInput{})
		return err
	}},
	{"GetPolicy", `{Effect: Allow, Action: 'lambda:GetPolicy', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:f'}`, "AccessDeniedException 403 lambda:GetPolicy on resource: arn:aws:lambda:us-east-1:123456789012:function:f", func(ctx context.Context, cfg aws.Config) error {
		_, err := lambda.NewFromConfig(cfg).GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String("f")})
		return err
	}},
	{"ListAliases", `{Effect: Allow, Action: 'lambda:ListAliases', Resource: 'arn:aws:lambda:*:*:function:*', Condition: {StringEquals: {'aws:ResourceTag/team': blue}}}`, "AccessDeniedException 403 lambda:ListAliases on resource: arn:aws:lambda:us-east-1:123456789012:function:f", func(ctx context.Context, cfg aws.Config) error {
		_, err := lambda.NewFromConfig(cfg).ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: aws.String("f")})
		return err
	}},
	{"ListEventSourceMappings", `{Effect: Allow, Action: 'lambda:ListEventSourceMappings', Resource: '*', Condition: {StringEquals: {'aws:RequestedRegion': us-east-1}}}`, "AccessDeniedException 403 lambda:ListEventSourceMappings on resource: *", func(ctx context.Context, cfg aws.Config) error {
		_, err := lambda.NewFromConfig(cfg).ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{})
		return err
	}},
	{"GetAccountAuthorizationDetails", `{Effect: Allow, Action: 'iam:GetAccountAuthorizationDetails', Resource: '*'}`, "AccessDenied 403 iam:GetAccountAuthorizationDetails on resource: *", func(ctx context.Context, cfg aws.Config) error {
		_, err := iam.NewFromConfig(cfg).GetAccountAuthorizationDetails(ctx, &iam.GetAccountAuthorizationDetailsInput{})
		return err
	}},
	{"GetRole", `{Effect: Allow, Action: 'iam:GetRole', Resource: 'arn:aws:iam::123456789012:role/probe'}`, "AccessDenied 403 iam:GetRole on resource: role probe", func(ctx context.Context, cfg aws.Config) error {
		_, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("probe")})
		return err
	}},
	{"GetPolicyOfIAM", `{Effect: Allow, Action: 'iam:GetPolicy', Resource: 'arn:aws:iam::aws:policy/*'}`, "AccessDenied 403 iam:GetPolicy on resource: policy arn:aws:iam::aws:policy/AdministratorAccess", func(ctx context.Context, cfg aws.Config) error {
		_, err := iam.NewFromConfig(cfg).GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")})
		return err
	}},
	{"SimulatePrincipalPolicy", `{Effect: Allow, Action: 'iam:SimulatePrincipalPolicy', Resource: 'arn:aws:iam::123456789012:role/*'}`, "AccessDenied 403 iam:SimulatePrincipalPolicy on resource: role probe", func(ctx context.Context, cfg aws.Config) error {
		_, err := iam.NewFromConfig(cfg).SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String("arn:aws:iam::123456789012:role/probe"), ActionNames: []string{"s3:GetObject"}})
		return err
	}},
	{"GetRestApis", `{Effect: Allow, Action: 'apigateway:GET', Resource: 'arn:aws:apigateway:us-east-1::/restapis'}`, "AccessDeniedException 403 apigateway:GET on resource: arn:aws:apigateway:us-east-1::/restapis", func(ctx context.Context, cfg aws.Config) error {
		_, err := apigateway.NewFromConfig(cfg).GetRestApis(ctx, &apigateway.GetRestApisInput{})
		return err
	}},
	{"GetResources", `{Effect: Allow, Action: 'apigateway:GET', Resource: 'arn:aws:apigateway:us-east-1::/restapis/*'}`, "AccessDeniedException 403 apigateway:GET on resource: arn:aws:apigateway:us-east-1::/restapis/Rest/resources", func(ctx context.Context, cfg aws.Config) error {
		_, err := apigateway.NewFromConfig(cfg).GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: aws.String("Rest")})
		return err
	}},
	{"GetRoutes", `{Effect: Allow, Action: 'apigateway:GET', Resource: 'arn:aws:apigateway:us-east-1::/apis/*/routes'}`, "AccessDeniedException 403 apigateway:GET on resource: arn:aws:apigateway:us-east-1::/apis/Http/routes", func(ctx context.Context, cfg aws.Config) error {
		_, err := apigatewayv2.NewFromConfig(cfg).GetRoutes(ctx, &apigatewayv2.GetRoutesInput{ApiId: aws.String("Http")})
		return err
	}},
	{"DescribeLogGroups", `{Effect: Allow, Action: 'logs:DescribeLogGroups', Resource: 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/*'}`, "AccessDeniedException 400 logs:DescribeLogGroups on resource: arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/:log-stream:", func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/aws/lambda/")})
		return err
	}},
	{"Publish", `{Effect: Allow, Action: 'sns:Publish', Resource: !Ref Topic}`, "AuthorizationError 403 SNS:Publish on resource: arn:aws:sns:us-east-1:123456789012:alerts", func(ctx context.Context, cfg aws.Config) error {
		_, err := sns.NewFromConfig(cfg).Publish(ctx, &sns.PublishInput{TopicArn: aws.String(alerts), Message: aws.String("m")})
		return err
	}},
	{"PutEvents", `{Effect: Allow, Action: 'events:PutEvents', Resource: 'arn:aws:events:us-east-1:123456789012:event-bus/default', Condition: {StringEquals: {'events:source': permprobe}}}`, "AccessDeniedException 400 events:PutEvents on resource: arn:aws:events:us-east-1:123456789012:event-bus/default", func(ctx context.Context, cfg aws.Config) error {
		_, err := eventbridge.NewFromConfig(cfg).PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{Source: aws.String("permprobe"), DetailType: aws.String("d"), Detail: aws.String("{}")}}})
		return err
	}},
	{"ListFunctionEventInvokeConfigs", `{Effect: Allow, Action: 'lambda:ListFunctionEventInvokeConfigs', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:f'}`, "AccessDeniedException 403 lambda:ListFunctionEventInvokeConfigs on resource: arn:aws:lambda:us-east-1:123456789012:function:f", func(ctx context.Context, cfg aws.Config) error {
		_, err := lambda.NewFromConfig(cfg).ListFunctionEventInvokeConfigs(ctx, &lambda.ListFunctionEventInvokeConfigsInput{FunctionName: aws.String("f")})
		return err
	}},
	{"ListTags", `{Effect: Allow, Action: 'lambda:ListTags', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:f'}`, "AccessDeniedException 403 lambda:ListTags on resource: arn:aws:lambda:us-east-1:123456789012:function:f", func(ctx context.Context, cfg aws.Config) error {
		out, err := lambda.NewFromConfig(cfg).ListTags(ctx, &lambda.ListTagsInput{Resource: aws.String("arn:aws:lambda:us-east-1:123456789012:function:f")})
		if err == nil && out.Tags["team"] != "blue" {
			return fmt.Errorf("got tags %v", out.Tags)
		}
		return err
	}},
	{"ListSubscriptions", `{Effect: Allow, Action: 'sns:ListSubscriptions', Resource: '*'}`, "AuthorizationError 403 SNS:ListSubscriptions on resource: *", func(ctx context.Context, cfg aws.Config) error {
		_, err := sns.NewFromConfig(cfg).ListSubscriptions(ctx, &sns.ListSubscriptionsInput{})
		return err
	}},
	{"GetBucketNotificationConfiguration", `{Effect: Allow, Action: 's3:GetBucketNotification', Resource: 'arn:aws:s3:::state'}`, `AccessDenied 403 s3:GetBucketNotification on resource: "arn:aws:s3:::state"`, func(ctx context.Context, cfg aws.Config) error {
		_, err := s3.NewFromConfig(cfg).GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: aws.String("state")})
		return err
	}},
	{"PutObject", `{Effect: Allow, Action: 's3:PutObject', Resource: 'arn:aws:s3:::state/*'}`, `AccessDenied 403 s3:PutObject on resource: "arn:aws:s3:::state/a/b"`, func(ctx context.Context, cfg aws.Config) error {
		_, err := s3.NewFromConfig(cfg).PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("state"), Key: aws.String("a/b"), Body: strings.NewReader("x")})
		return err
	}},
}

func TestEachCallIsAllowedByItsOneStatementAndRefusedWithoutInAWSsWords(t *testing.T) {
	for _, g := range guarded {
		t.Run(g.name, func(t *testing.T) {
			s, cfg := start(t, localaws.Options{Callers: asProbe}, "AKIAPROBE", probe(g.statement))
			if err := g.call(context.Background(), cfg); err != nil {
				t.Errorf("with the statement: %v", err)
			}
			if c := s.Calls()[0]; c.Status != 200 || c.ErrorCode != "" || c.Caller != "arn:aws:sts::123456789012:assumed-role/probe/permprobe" {
				t.Errorf("recorded %+v", c)
			}
			s, cfg = start(t, localaws.Options{Callers: asProbe}, "AKIAPROBE", probe())
			err := g.call(context.Background(), cfg)
			if err == nil {
				t.Fatal("allowed without the statement")
			}
			code, status, message := apiErr(t, err)
			action := strings.Fields(g.denial)[2]
			want := g.denial + " because no identity-based policy allows the " + action + " action"
			got := fmt.Sprintf("%s %d %s", code, status, strings.TrimPrefix(message, "User: arn:aws:sts::123456789012:assumed-role/probe/permprobe is not authorized to perform: "))
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if c := s.Calls()[0]; c.Status != status || c.ErrorCode != code {
				t.Errorf("recorded %+v", c)
			}
		})
	}
}

func TestAQualifierIsPartOfTheResource(t *testing.T) {
	for resource, want := range map[string]string{"function:f": "unqualified", "function:f:*": "live", "function:f*": "unqualified live"} {
		_, cfg := start(t, localaws.Options{Callers: asProbe}, "AKIAPROBE", probe(`{Effect: Allow, Action: 'lambda:GetFunctionConfiguration', Resource: 'arn:aws:lambda:us-east-1:123456789012:`+resource+`'}`))
		c := lambda.NewFromConfig(cfg)
		var got []string
		if _, err := c.GetFunctionConfiguration(context.Background(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("f")}); err == nil {
			got = append(got, "unqualified")
		}
		if _, err := c.GetFunctionConfiguration(context.Background(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("f"), Qualifier: aws.String("live")}); err == nil {
			got = append(got, "live")
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s allows %v, want %s", resource, got, want)
		}
	}
}

func TestARefusalNamesTheKindOfPolicyThatRefuses(t *testing.T) {
	allow := `{Effect: Allow, Action: 'lambda:ListFunctions', Resource: '*'}`
	deny := `{Effect: Deny, Action: 'lambda:*', Resource: '*'}`
	nothing := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	for name, c := range map[string]struct {
		template string
		scps     [][]string
		want     string
	}{
		"explicit deny": {probe(allow, deny), nil, "lambda:ListFunctions on resource: * with an explicit deny in an identity-based policy"},
		"SCP":           {probe(allow), [][]string{{nothing}}, "lambda:ListFunctions on resource: * because no service control policy allows the lambda:ListFunctions action"},
		"boundary": {strings.Replace(probe(allow), "RoleName: probe", "RoleName: probe\n      PermissionsBoundary: arn:aws:iam::aws:policy/AmazonS3FullAccess", 1), nil,
			"lambda:ListFunctions on resource: * because no permissions boundary allows the lambda:ListFunctions action"},
		"unknown policy": {strings.Replace(probe(allow), "RoleName: probe", "RoleName: probe\n      ManagedPolicyArns: ['arn:aws:iam::aws:policy/NoSuchPolicyOfThisTable']", 1), nil, "the embedded AWS cannot decide it"},
	} {
		_, cfg := start(t, localaws.Options{Callers: asProbe, SCPs: c.scps}, "AKIAPROBE", c.template)
		_, err := lambda.NewFromConfig(cfg).ListFunctions(context.Background(), &lambda.ListFunctionsInput{})
		if err == nil {
			t.Errorf("%s: allowed", name)
		} else if _, _, message := apiErr(t, err); !strings.Contains(message, c.want) {
			t.Errorf("%s: got %q, want %q", name, message, c.want)
		}
	}
}

func TestARequestWithoutCredentialsIsRefused(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, probe())
	cfg.Credentials = aws.AnonymousCredentials{}
	_, err := iam.NewFromConfig(cfg).GetRole(context.Background(), &iam.GetRoleInput{RoleName: aws.String("probe")})
	if code, status, _ := apiErr(t, err); code != "MissingAuthenticationToken" || status != 403 {
		t.Errorf("got %s, %d", code, status)
	}
}

func TestAnOperationThatIsNotServedSaysSo(t *testing.T) {
	s, cfg := start(t, localaws.Options{}, admin, probe())
	_, err := iam.NewFromConfig(cfg).ListUsers(context.Background(), &iam.ListUsersInput{})
	if code, status, message := apiErr(t, err); code != "NotImplemented" || status != 501 || !strings.Contains(message, "iam:ListUsers") {
		t.Errorf("got %s, %d, %q", code, status, message)
	}
	if c := s.Calls(); len(c) != 1 || c[0].Operation != "ListUsers" || c[0].ErrorCode != "NotImplemented" {
		t.Errorf("recorded %+v", c)
	}
}

func TestCallsAreRecordedWithoutWhatTheyCarry(t *testing.T) {
	s, cfg := start(t, localaws.Options{}, admin, probe())
	ctx := context.Background()
	if _, err := sns.NewFromConfig(cfg).Publish(ctx, &sns.PublishInput{TopicArn: aws.String(alerts), Message: aws.String("canary"), Subject: aws.String("canary")}); err != nil {
		t.Fatal(err)
	}
	if _, err := eventbridge.NewFromConfig(cfg).PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{Source: aws.String("s"), DetailType: aws.String("d"), Detail: aws.String(`{"a":"canary"}`)}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := lambda.NewFromConfig(cfg).GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String("f")}); err != nil {
		t.Fatal(err)
	}
	calls := s.Calls()
	if len(calls) != 3 || strings.Contains(fmt.Sprintf("%+v", calls), "canary") {
		t.Errorf("recorded %+v", calls)
	}
	if c := calls[2]; c.Params != "FunctionName=f" || c.Region != "us-east-1" || c.AccessKey != admin || c.Time.IsZero() || c.Duration < 0 {
		t.Errorf("recorded %+v", c)
	}
}

func TestQuotasThrottleAndRefill(t *testing.T) {
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	clock := &now
	_, cfg := start(t, localaws.Options{Quotas: localaws.AWSQuotas(), Now: func() time.Time { return *clock }}, admin, probe())
	c, ctx := lambda.NewFromConfig(cfg), context.Background()
	get := func() error {
		_, err := c.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String("f")})
		return err
	}
	for i := range 15 {
		if err := get(); err != nil {
			t.Fatalf("call %d: %v", i+1, err)
		}
	}
	if code, status, _ := apiErr(t, get()); code != "TooManyRequestsException" || status != 429 {
		t.Errorf("the 16th call at once: got %s, %d", code, status)
	}
	if _, err := c.ListFunctions(ctx, &lambda.ListFunctionsInput{}); err != nil {
		t.Errorf("another bucket: %v", err)
	}
	now = now.Add(time.Second / 10)
	if err := get(); err != nil {
		t.Errorf("a tenth of a second later: %v", err)
	}
}

func TestFaultsSpoilTheCallsTheyAreFor(t *testing.T) {
	o := localaws.Options{Faults: []localaws.Fault{
		{Service: "lambda", Operation: "GetPolicy", From: 2, Times: 1, Code: "throttle"},
		{Service: "iam", Code: "AccessDenied", Message: "no"},
		{Service: "apigateway"},
		{Service: "sns", Drop: true},
	}}
	s, cfg := start(t, o, admin, probe())
	c, ctx := lambda.NewFromConfig(cfg), context.Background()
	var got []string
	for range 3 {
		_, err := c.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String("f")})
		if err == nil {
			got = append(got, "ok")
		} else {
			code, _, _ := apiErr(t, err)
			got = append(got, code)
		}
	}
	if s := strings.Join(got, " "); s != "ok TooManyRequestsException ok" {
		t.Errorf("got %s", s)
	}
	_, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("probe")})
	if code, status, message := apiErr(t, err); code != "AccessDenied" || status != 403 || message != "no" {
		t.Errorf("got %s, %d, %q", code, status, message)
	}
	_, err = apigateway.NewFromConfig(cfg).GetRestApis(ctx, &apigateway.GetRestApisInput{})
	if _, status, _ := apiErr(t, err); status != 500 {
		t.Errorf("got %v", err)
	}
	if _, err := sns.NewFromConfig(cfg).Publish(ctx, &sns.PublishInput{TopicArn: aws.String(alerts), Message: aws.String("m")}); err == nil || len(s.Published()) != 0 {
		t.Errorf("dropped: %v, %d messages", err, len(s.Published()))
	}
}

func TestListenServesOnLoopbackUntilItIsClosed(t *testing.T) {
	s, err := localaws.New(localaws.Options{Latency: time.Millisecond}, load(t, probe()))
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := s.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Errorf("serves on %s", url)
	}
	call := func() error {
		_, err := lambda.NewFromConfig(client(url, admin)).ListFunctions(context.Background(), &lambda.ListFunctionsInput{})
		return err
	}
	if err := call(); err != nil {
		t.Error(err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := call(); err == nil {
		t.Error("still served after close")
	}
}

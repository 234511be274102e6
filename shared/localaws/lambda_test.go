package localaws_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"

	"permprobe/shared/localaws"
)

const lambdaTemplate = `
Parameters:
  Subnets: {Type: 'List<AWS::EC2::Subnet::Id>'}
  Alarm: {Type: String}
Conditions:
  Later: !Equals [!Ref Alarm, 'yes']
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: worker
      Code: {ZipFile: 'x'}
      Handler: index.handler
      Runtime: nodejs22.x
      Role: !GetAtt Role.Arn
      Timeout: '30'
      Environment: {Variables: {QUEUE: 'q', COUNT: 3}}
      VpcConfig: {SubnetIds: !Ref Subnets, SecurityGroupIds: [sg-1]}
      DeadLetterConfig: {TargetArn: 'arn:aws:sqs:us-east-1:123456789012:dlq'}
      KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/k'
      TracingConfig: {Mode: Active}
  Plain:
    Type: AWS::Lambda::Function
    Properties: {Code: {ZipFile: 'x'}, Handler: h, Runtime: python3.13, Role: 'arn:aws:iam::123456789012:role/elsewhere', FunctionName: plain}
  V1:
    Type: AWS::Lambda::Version
    Properties: {FunctionName: !Ref Worker}
  Live:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Worker, FunctionVersion: !GetAtt V1.Version, Name: live}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Live, EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:q', BatchSize: 5, Enabled: false}
  FromTopic:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Worker, Action: 'lambda:InvokeFunction', Principal: sns.amazonaws.com, SourceArn: 'arn:aws:sns:us-east-1:123456789012:t', SourceAccount: '123456789012'}
  FromAccount:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !GetAtt Worker.Arn, Action: 'lambda:InvokeFunction', Principal: '210987654321', PrincipalOrgID: o-abc}
  Url:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Live, Action: 'lambda:InvokeFunctionUrl', Principal: '*', FunctionUrlAuthType: NONE, InvokedViaFunctionUrl: true}
  Skill:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Live, Action: 'lambda:InvokeFunction', Principal: alexa-appkit.amazon.com, EventSourceToken: skill}
  Sometimes:
    Type: AWS::Lambda::Permission
    Condition: Later
    Properties: {FunctionName: !Ref Plain, Action: 'lambda:InvokeFunction', Principal: sns.amazonaws.com}
`

func TestAPermissionOnLatestIsSaidToBeRefused(t *testing.T) {
	s, _ := start(t, localaws.Options{}, admin, `
Resources:
  F: {Type: 'AWS::Lambda::Function', Properties: {FunctionName: f, Role: 'arn:aws:iam::123456789012:role/r', Code: {ZipFile: x}}}
  P: {Type: 'AWS::Lambda::Permission', Properties: {FunctionName: !Sub '${F.Arn}:$LATEST', Action: 'lambda:InvokeFunction', Principal: sns.amazonaws.com}}
`)
	if all := s.Warnings(); len(all) != 1 || !strings.Contains(all[0].Msg, "$LATEST") {
		t.Errorf("%v", all)
	}
}

func TestListFunctionsAnswersTheConfigurationOfEachFunction(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, lambdaTemplate)
	out, err := lambda.NewFromConfig(cfg).ListFunctions(context.Background(), &lambda.ListFunctionsInput{})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Functions) != 2 {
		t.Fatalf("got %d functions, want 2", len(out.Functions))
	}
	plain, worker := out.Functions[0], out.Functions[1]
	got := map[string]any{
		"arn": *worker.FunctionArn, "version": *worker.Version, "role": *worker.Role, "timeout": *worker.Timeout, "memory": *worker.MemorySize,
		"environment": worker.Environment.Variables, "dlq": *worker.DeadLetterConfig.TargetArn, "key": *worker.KMSKeyArn, "tracing": string(worker.TracingConfig.Mode),
		"groups": worker.VpcConfig.SecurityGroupIds, "log group": *worker.LoggingConfig.LogGroup, "state": string(worker.State), "runtime": string(worker.Runtime),
	}
	want := map[string]any{
		"arn": "arn:aws:lambda:us-east-1:123456789012:function:worker", "version": "$LATEST", "role": "arn:aws:iam::123456789012:role/Role", "timeout": int32(30), "memory": int32(128),
		"environment": map[string]string{"QUEUE": "q", "COUNT": "3"}, "dlq": "arn:aws:sqs:us-east-1:123456789012:dlq", "key": "arn:aws:kms:us-east-1:123456789012:key/k", "tracing": "Active",
		"groups": []string{"sg-1"}, "log group": "/aws/lambda/worker", "state": "", "runtime": "nodejs22.x",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if ids := worker.VpcConfig.SubnetIds; len(ids) != 1 || !strings.Contains(ids[0], "⟦Parameter Subnets⟧") {
		t.Errorf("subnets %q do not say that they are unknown", ids)
	}
	if plain.VpcConfig != nil || plain.DeadLetterConfig != nil {
		t.Errorf("the plain function has a VPC %v or a dead-letter queue %v", plain.VpcConfig, plain.DeadLetterConfig)
	}
}

func TestListFunctionsGivesAllVersionsWhenAsked(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, lambdaTemplate)
	out, err := lambda.NewFromConfig(cfg).ListFunctions(context.Background(), &lambda.ListFunctionsInput{FunctionVersion: types.FunctionVersionAll})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range out.Functions {
		got = append(got, strings.TrimPrefix(*f.FunctionArn, "arn:aws:lambda:us-east-1:123456789012:function:"))
	}
	if d := cmp.Diff([]string{"plain:$LATEST", "worker:$LATEST", "worker:1"}, got); d != "" {
		t.Error(d)
	}
}

func TestListFunctionsNeverGivesMoreThanFiftyAPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("Resources:\n")
	for i := range 120 {
		fmt.Fprintf(&b, "  F%03d: {Type: 'AWS::Lambda::Function', Properties: {Code: {ZipFile: x}, Role: r}}\n", i)
	}
	for _, c := range []struct {
		size, max int
		want      []int
	}{{0, 0, []int{50, 50, 20}}, {0, 1000, []int{50, 50, 20}}, {0, 45, []int{45, 45, 30}}, {40, 0, []int{40, 40, 40}}} {
		_, cfg := start(t, localaws.Options{PageSize: c.size}, admin, b.String())
		in := &lambda.ListFunctionsInput{}
		if c.max > 0 {
			in.MaxItems = aws.Int32(int32(c.max))
		}
		p := lambda.NewListFunctionsPaginator(lambda.NewFromConfig(cfg), in)
		var got []int
		seen := map[string]bool{}
		for p.HasMorePages() {
			out, err := p.NextPage(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, len(out.Functions))
			for _, f := range out.Functions {
				seen[*f.FunctionName] = true
			}
		}
		if d := cmp.Diff(c.want, got); d != "" || len(seen) != 120 {
			t.Errorf("page size %d, MaxItems %d: pages %v of %d functions, want %v of 120", c.size, c.max, got, len(seen), c.want)
		}
	}
}

func policyOf(t *testing.T, c *lambda.Client, name, qualifier string) (statements []map[string]any) {
	t.Helper()
	in := &lambda.GetPolicyInput{FunctionName: &name}
	if qualifier != "" {
		in.Qualifier = &qualifier
	}
	out, err := c.GetPolicy(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Version, Id string
		Statement   []map[string]any
	}
	if err := json.Unmarshal([]byte(*out.Policy), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Version != "2012-10-17" || doc.Id != "default" || *out.RevisionId == "" {
		t.Errorf("version %q, id %q, revision %q", doc.Version, doc.Id, *out.RevisionId)
	}
	for _, s := range doc.Statement {
		delete(s, "Sid")
	}
	return doc.Statement
}

func TestGetPolicyHoldsWhatAddPermissionWritesForTheQualifier(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, lambdaTemplate)
	c := lambda.NewFromConfig(cfg)
	arn := "arn:aws:lambda:us-east-1:123456789012:function:worker"
	want := []map[string]any{
		{"Effect": "Allow", "Principal": map[string]any{"Service": "sns.amazonaws.com"}, "Action": "lambda:InvokeFunction", "Resource": arn, "Condition": map[string]any{
			"StringEquals": map[string]any{"AWS:SourceAccount": "123456789012"}, "ArnLike": map[string]any{"AWS:SourceArn": "arn:aws:sns:us-east-1:123456789012:t"}}},
		{"Effect": "Allow", "Principal": map[string]any{"AWS": "arn:aws:iam::210987654321:root"}, "Action": "lambda:InvokeFunction", "Resource": arn, "Condition": map[string]any{
			"StringEquals": map[string]any{"aws:PrincipalOrgID": "o-abc"}}},
	}
	if d := cmp.Diff(want, policyOf(t, c, "worker", "")); d != "" {
		t.Error(d)
	}
	live := []map[string]any{
		{"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "Resource": arn + ":live", "Condition": map[string]any{
			"StringEquals": map[string]any{"lambda:FunctionUrlAuthType": "NONE"}, "Bool": map[string]any{"lambda:InvokedViaFunctionUrl": "true"}}},
		{"Effect": "Allow", "Principal": map[string]any{"Service": "alexa-appkit.amazon.com"}, "Action": "lambda:InvokeFunction", "Resource": arn + ":live", "Condition": map[string]any{
			"StringEquals": map[string]any{"lambda:EventSourceToken": "skill"}}},
	}
	if d := cmp.Diff(live, policyOf(t, c, "worker", "live")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(live, policyOf(t, c, arn+":live", "")); d != "" {
		t.Error("by qualified ARN: " + d)
	}
}

func TestAPermissionThatMayNotBeThereAllowsNothingForSure(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, lambdaTemplate)
	s := policyOf(t, lambda.NewFromConfig(cfg), "plain", "")
	if len(s) != 1 || !strings.Contains(fmt.Sprint(s[0]["Action"]), "⟦") {
		t.Errorf("got %v, want one statement whose action is unknown", s)
	}
}

func TestGetPolicyTellsAbsentFromUnknown(t *testing.T) {
	gone := "arn:aws:lambda:us-east-1:123456789012:function:gone"
	_, cfg := start(t, localaws.Options{Gone: []string{gone}}, admin, lambdaTemplate)
	c := lambda.NewFromConfig(cfg)
	for name, want := range map[string]string{"worker:1": "ResourceNotFoundException", gone: "ResourceNotFoundException", "stranger": localaws.NotInTemplates, "worker:9": localaws.NotInTemplates} {
		_, err := c.GetPolicy(context.Background(), &lambda.GetPolicyInput{FunctionName: &name})
		code, status, _ := apiErr(t, err)
		if code != want {
			t.Errorf("%s: got %s, want %s", name, code, want)
		}
		var typed *types.ResourceNotFoundException
		if want == "ResourceNotFoundException" && (status != 404 || !errors.As(err, &typed) || *typed.Type != "User") {
			t.Errorf("%s: got status %d and %v, want the typed exception with 404", name, status, err)
		}
	}
}

func TestAFunctionsVersionsAliasesAndMappingsAreListed(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, lambdaTemplate)
	c, ctx := lambda.NewFromConfig(cfg), context.Background()
	conf, err := c.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("worker"), Qualifier: aws.String("live")})
	if err != nil {
		t.Fatal(err)
	}
	if *conf.Version != "1" || !strings.HasSuffix(*conf.FunctionArn, ":worker:live") || !strings.Contains(string(conf.State), "of no template") {
		t.Errorf("configuration: version %s, ARN %s, state %s", *conf.Version, *conf.FunctionArn, conf.State)
	}
	versions, err := c.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: aws.String("worker")})
	if err != nil {
		t.Fatal(err)
	}
	if len(versions.Versions) != 2 {
		t.Errorf("got %d versions, want $LATEST and 1", len(versions.Versions))
	}
	aliases, err := c.ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: aws.String("worker")})
	if err != nil {
		t.Fatal(err)
	}
	if len(aliases.Aliases) != 1 || *aliases.Aliases[0].Name != "live" || *aliases.Aliases[0].FunctionVersion != "1" {
		t.Errorf("got aliases %v", aliases.Aliases)
	}
	maps, err := c.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{})
	if err != nil {
		t.Fatal(err)
	}
	if len(maps.EventSourceMappings) != 1 {
		t.Fatalf("got %d mappings, want 1", len(maps.EventSourceMappings))
	}
	m := maps.EventSourceMappings[0]
	if !strings.HasSuffix(*m.FunctionArn, ":worker:live") || *m.State != "Disabled" || *m.BatchSize != 5 || m.LastModified.IsZero() {
		t.Errorf("got mapping of %s in state %s, batch size %d", *m.FunctionArn, *m.State, *m.BatchSize)
	}
}

func TestCodeIsNeitherHandedOutNorRun(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, lambdaTemplate)
	c := lambda.NewFromConfig(cfg)
	_, get := c.GetFunction(context.Background(), &lambda.GetFunctionInput{FunctionName: aws.String("worker")})
	_, invoke := c.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("worker")})
	for name, err := range map[string]error{"GetFunction": get, "Invoke": invoke} {
		code, status, message := apiErr(t, err)
		if code != "NotImplemented" || status != 501 || !strings.Contains(message, "lambda:"+name) {
			t.Errorf("%s: got %s, %d, %q", name, code, status, message)
		}
	}
}

func TestAnOverlaySaysWhatNoTemplateCan(t *testing.T) {
	_, cfg := start(t, localaws.Options{Overlay: map[string]map[string]any{
		"arn:aws:lambda:us-east-1:123456789012:function:worker": {"State": "Failed", "StateReasonCode": "ImageAccessDenied", "StateReason": "no"},
	}}, admin, lambdaTemplate)
	c := lambda.NewFromConfig(cfg)
	out, err := c.GetFunctionConfiguration(context.Background(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("worker")})
	if err != nil {
		t.Fatal(err)
	}
	if out.State != types.StateFailed || out.StateReasonCode != types.StateReasonCodeImageAccessDenied {
		t.Errorf("got %s, %s", out.State, out.StateReasonCode)
	}
}

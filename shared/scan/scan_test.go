package scan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
)

const example = "../../functions/local/example/account.yaml"

// facets are what identifies a finding for people.
func facets(fs []finding.Finding) []string {
	var out []string
	for _, f := range fs {
		_, name, _ := strings.Cut(f.Function, ":function:")
		out = append(out, f.Check+" "+name+" "+string(f.Severity))
	}
	return out
}

func TestTheExampleAccountShowsItsFaultsWithProvenFixesAndItsTwinsAreSilent(t *testing.T) {
	w := scantest.New(t, localaws.Options{}, nil, scantest.Load(t, example, nil))
	report := w.Scan(t)
	want := []string{
		"R1 nightly-report critical", "I1 notes-api high", "I8 partner-hook high", "I3 close-day medium",
		"R8 send-email medium", "R7 write-ledger medium", "R4 import-orders low", "R3 resize-image low",
	}
	if diff := cmp.Diff(want, facets(report.Findings)); diff != "" {
		t.Errorf("findings (-want +have):\n%s", diff)
	}
	for i := range report.Findings {
		if f := &report.Findings[i]; f.Fix.Proof != finding.Proven {
			t.Errorf("the fix of %s is %s: %s", f.Check, f.Fix.Proof, f.Fix.ProofReason)
		}
	}
	if len(report.Gaps) > 0 {
		t.Errorf("gaps: %+v", report.Gaps)
	}
	if report.Status != finding.ReportFindings || report.Summary.Decided != report.Summary.Needs || report.Summary.Functions != 16 {
		t.Errorf("status %s, summary %+v", report.Status, report.Summary)
	}
	if len(w.AWS.Published()) != 1 || len(w.AWS.Events()) != len(want)+1 {
		t.Errorf("%d messages and %d events were published", len(w.AWS.Published()), len(w.AWS.Events()))
	}
	if report.Notified.SNS != 1 || report.Notified.Events != len(want)+1 || len(report.Notified.Failed) > 0 {
		t.Errorf("notified: %+v", report.Notified)
	}
	if have := len(w.AWS.Calls()); report.Summary.APICalls != have {
		t.Errorf("the report counts %d AWS calls, AWS counts %d", report.Summary.APICalls, have)
	}
}

func TestTheEvidenceThatAnyoneMayInvokeIsTheFunctionsOwnStatement(t *testing.T) {
	report := scantest.New(t, localaws.Options{}, nil, scantest.Load(t, example, nil)).Scan(t)
	for i := range report.Findings {
		if f := &report.Findings[i]; f.Check == "I8" {
			if !strings.Contains(f.Evidence.Statement, `"Sid":"account-PartnerPermission"`) || f.Evidence.Policy != "policy of partner-hook" {
				t.Errorf("%s: %s", f.Evidence.Policy, f.Evidence.Statement)
			}
			return
		}
	}
	t.Error("I8 is not found")
}

func TestPagesOfOneItemAndThrottlingLoseNothing(t *testing.T) {
	load := func() *finding.Report {
		return scantest.New(t, localaws.Options{}, nil, scantest.Load(t, example, nil)).Scan(t)
	}
	plain := load()
	w := scantest.New(t, localaws.Options{PageSize: 1, Faults: []localaws.Fault{
		{Service: "lambda", Operation: "ListFunctions", From: 2, Times: 2, Code: "throttle"},
		{Service: "iam", Operation: "SimulatePrincipalPolicy", From: 1, Times: 2, Code: "throttle"},
		{Service: "apigatewayv2", Operation: "GetRoutes", From: 1, Times: 1, Code: "throttle"},
	}}, nil, scantest.Load(t, example, nil))
	hard := w.Scan(t)
	if diff := cmp.Diff(ids(plain.Findings), ids(hard.Findings)); diff != "" {
		t.Errorf("findings (-plain +pages of one):\n%s", diff)
	}
	if len(hard.Gaps) > 0 {
		t.Errorf("gaps: %+v", hard.Gaps)
	}
	if hard.Summary.APICalls <= plain.Summary.APICalls {
		t.Errorf("pages of one cost %d calls, whole pages %d: the embedded AWS did not page", hard.Summary.APICalls, plain.Summary.APICalls)
	}
}

func ids(fs []finding.Finding) []string {
	var out []string
	for _, f := range fs {
		out = append(out, f.ID)
	}
	return out
}

func TestAFailureOnPageTwoIsAGapAndNotAShortList(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault localaws.Fault
		gap   string
	}{
		{"functions", localaws.Fault{Service: "lambda", Operation: "ListFunctions", From: 2, Code: "AccessDeniedException"}, "lambda:ListFunctions"},
		{"roles", localaws.Fault{Service: "iam", Operation: "GetAccountAuthorizationDetails", From: 2, Code: "AccessDenied"}, "iam:GetAccountAuthorizationDetails"},
		{"HTTP APIs", localaws.Fault{Service: "apigatewayv2", Operation: "GetApis", From: 2, Code: "AccessDeniedException"}, "apigateway:GET"},
		{"routes", localaws.Fault{Service: "apigatewayv2", Operation: "GetRoutes", From: 2, Code: "AccessDeniedException"}, "apigateway:GET"},
		{"integrations", localaws.Fault{Service: "apigatewayv2", Operation: "GetIntegrations", From: 2, Code: "AccessDeniedException"}, "apigateway:GET"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := scantest.New(t, localaws.Options{PageSize: 1, Faults: []localaws.Fault{c.fault}}, nil, scantest.Load(t, example, nil))
			report := w.Scan(t)
			for _, g := range report.Gaps {
				if g.Permission == c.gap {
					return
				}
			}
			t.Errorf("no gap names %s: %+v", c.gap, report.Gaps)
		})
	}
}

func TestTheSameAccountGivesTheSameBytes(t *testing.T) {
	var first []byte
	for range 3 {
		report := scantest.New(t, localaws.Options{}, nil, scantest.Load(t, example, nil)).Scan(t)
		for i := range report.Findings {
			report.Findings[i].FirstSeen, report.Findings[i].LastSeen, report.Findings[i].Since = "", "", ""
		}
		report.Summary.DurationMS = 0
		text, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if diff := cmp.Diff(string(first), string(text)); diff != "" {
			t.Fatalf("(-first +later):\n%s", diff)
		}
	}
}

// canaries are secrets planted in every field of the account that holds free text.
const canaries = `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: leaky
      Description: canary-role-description
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: leaky
      Description: canary-function-description
      Role: !GetAtt Role.Arn
      Environment: {Variables: {DB_PASSWORD: canary-environment-value, canary_environment_name: "1", HOOK: "https://example.com/canary-hook", KEY: "arn:canary:1"}}
      Tags: [{Key: note, Value: canary-tag}, {Key: team, Value: shop}]
      Code: {ZipFile: "canary-code"}
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Function, Description: canary-version-description}}
  Failed: {Type: AWS::SQS::Queue, Properties: {QueueName: failed}}
  Results:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: {FunctionName: !Ref Function, Qualifier: "1", DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}}
  Brokers:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Function
      SelfManagedEventSource: {Endpoints: {KafkaBootstrapServers: ["canary-broker:9092"]}}
      SourceAccessConfigurations:
        - {Type: BASIC_AUTH, URI: canary-no-arn}
        - {Type: IAM_OAUTHBEARER_AUTH, URI: canary-unused}
        - {Type: OAUTHBEARER_SCOPE, URI: canary-scope}
        - {Type: OAUTHBEARER_AUDIENCE, URI: canary-audience}
      SelfManagedKafkaEventSourceConfig: {SchemaRegistryConfig: {SchemaRegistryURI: "https://canary-registry"}}
  Rest:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: leaky, Description: canary-api-description}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Rest
      ResourceId: !GetAtt Rest.RootResourceId
      HttpMethod: GET
      AuthorizationType: NONE
      RequestParameters: {"method.request.header.canary-parameter": true}
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: POST
        Uri: !Sub arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Function.Arn}/invocations
        RequestTemplates: {application/json: canary-request-template}
  Deployment: {Type: AWS::ApiGateway::Deployment, DependsOn: Method, Properties: {RestApiId: !Ref Rest}}
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Rest, DeploymentId: !Ref Deployment, StageName: prod, Variables: {token: canary-stage-variable}, Description: canary-stage-description}
  Pool: {Type: AWS::Cognito::UserPool, Properties: {EmailVerificationMessage: "canary-mail {####}", LambdaConfig: {PreSignUp: !GetAtt Function.Arn}}}
  Secret: {Type: AWS::SecretsManager::Secret, Properties: {Name: db, Description: canary-secret-description, SecretString: canary-secret}}
  Rotation: {Type: AWS::SecretsManager::RotationSchedule, Properties: {SecretId: !Ref Secret, RotationLambdaARN: !GetAtt Function.Arn}}
  Config:
    Type: AWS::Config::ConfigRule
    Properties: {Description: canary-rule-description, InputParameters: {key: canary-parameter}, Source: {Owner: CUSTOM_LAMBDA, SourceIdentifier: !GetAtt Function.Arn}}
  Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmDescription: canary-alarm, AlarmActions: [!GetAtt Function.Arn]}}
  Agent:
    Type: AWS::Bedrock::Agent
    Properties:
      AgentName: leaky
      Instruction: canary-instruction
      ActionGroups: [{ActionGroupName: ask, Description: canary-action-group, ActionGroupExecutor: {Lambda: !GetAtt Function.Arn}, ApiSchema: {Payload: canary-schema}}]
  Topic:
    Type: AWS::IoT::TopicRule
    Properties:
      TopicRulePayload: {Sql: "SELECT * FROM 'canary-topic'", Description: canary-topic-rule, Actions: [{Lambda: {FunctionArn: !GetAtt Function.Arn}}]}
  Caller:
    Type: AWS::IAM::Role
    Properties:
      RoleName: caller
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: [states.amazonaws.com, scheduler.amazonaws.com, pipes.amazonaws.com]}, Action: "sts:AssumeRole"}]}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineName: leaky
      RoleArn: !GetAtt Caller.Arn
      Definition:
        Comment: canary-definition-comment
        StartAt: canary-state
        States:
          canary-state:
            Type: Task
            Comment: canary-state-comment
            Resource: arn:aws:states:::lambda:invoke
            Parameters: {FunctionName: !GetAtt Function.Arn, Payload: {password: canary-payload}}
            End: true
  Schedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: leaky
      Description: canary-schedule-description
      ScheduleExpression: rate(1 day)
      FlexibleTimeWindow: {Mode: "OFF"}
      Target: {Arn: "arn:aws:scheduler:::aws-sdk:lambda:invoke", RoleArn: !GetAtt Caller.Arn, Input: '{"FunctionName": "leaky", "Payload": "canary-input"}'}
  Vague:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: vague
      ScheduleExpression: rate(1 day)
      FlexibleTimeWindow: {Mode: "OFF"}
      Target: {Arn: "arn:aws:scheduler:::aws-sdk:lambda:invoke", RoleArn: !GetAtt Caller.Arn, Input: 'canary-no-json'}
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties: {Name: leaky, Description: canary-pipe-description, RoleArn: !GetAtt Caller.Arn, Source: !GetAtt Failed.Arn, Target: !GetAtt Function.Arn}
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: leaky
      RoleArn: !GetAtt Caller.Arn
      Stages:
        - {Name: Source, Actions: [{Name: pull, ActionTypeId: {Provider: GitHub}, Configuration: {OAuthToken: canary-token}}]}
        - {Name: Check, Actions: [{Name: ask, ActionTypeId: {Provider: Lambda}, Configuration: {FunctionName: !Ref Function, UserParameters: canary-user-parameters}}]}
  Site:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Comment: canary-comment
        Origins: [{Id: app, DomainName: abcdef.lambda-url.us-east-1.on.aws, OriginAccessControlId: E0, CustomOriginConfig: {}, OriginCustomHeaders: [{HeaderName: x, HeaderValue: canary-header}]}]
        DefaultCacheBehavior: {LambdaFunctionAssociations: [{EventType: viewer-request, LambdaFunctionARN: !Ref Version}]}
  Bot: {Type: AWS::Lex::Bot, Properties: {Name: leaky, Description: canary-bot, TestBotAliasSettings: {Description: canary-alias, BotAliasLocaleSettings: [{LocaleId: en_US, BotAliasLocaleSetting: {Enabled: true, CodeHookSpecification: {LambdaCodeHook: {LambdaArn: !GetAtt Function.Arn}}}}]}}}
  Repository: {Type: AWS::CodeCommit::Repository, Properties: {RepositoryName: leaky, RepositoryDescription: canary-repository, Triggers: [{Name: told, CustomData: canary-custom-data, DestinationArn: !GetAtt Function.Arn}]}}
  Gateway: {Type: AWS::BedrockAgentCore::Gateway, Properties: {Name: leaky, Description: canary-gateway, RoleArn: !GetAtt Caller.Arn, ProtocolConfiguration: {Mcp: {Instructions: canary-instructions}}}}
  Tool:
    Type: AWS::BedrockAgentCore::GatewayTarget
    Properties: {Name: leaky, Description: canary-tool, GatewayIdentifier: !Ref Gateway, TargetConfiguration: {Mcp: {Lambda: {LambdaArn: !GetAtt Function.Arn, ToolSchema: {InlinePayload: [{Name: a, Description: canary-tool-schema}]}}}}}
  AllLogs: {Type: AWS::Logs::AccountPolicy, Properties: {PolicyName: leaky, PolicyType: SUBSCRIPTION_FILTER_POLICY, PolicyDocument: !Sub '{"DestinationArn":"${Function.Arn}","FilterPattern":"canary-filter"}', SelectionCriteria: canary-criteria}}
  Fleet: {Type: AWS::AutoScaling::AutoScalingGroup, Properties: {AutoScalingGroupName: leaky, Context: canary-context, MinSize: "0", MaxSize: "1", Tags: [{Key: a, Value: canary-fleet-tag, PropagateAtLaunch: true}], TerminationPolicies: [!GetAtt Function.Arn]}}
  Flow: {Type: AWS::Transfer::Workflow, Properties: {Description: canary-workflow, Steps: [{Type: CUSTOM, CustomStepDetails: {Name: scan, Target: !GetAtt Function.Arn}}]}}
  Server: {Type: AWS::Transfer::Server, Properties: {PreAuthenticationLoginBanner: canary-banner, HostKey: canary-host-key, WorkflowDetails: {OnUpload: [{WorkflowId: !Ref Flow, ExecutionRole: !GetAtt Caller.Arn}]}}}
  Web: {Type: AWS::ECS::Service, Properties: {ServiceName: leaky, DeploymentConfiguration: {LifecycleHooks: [{HookTargetArn: !GetAtt Function.Arn, RoleArn: !GetAtt Caller.Arn, HookDetails: canary-hook-details}]}}}
`

// state is the probe's memory.
func state(t *testing.T, w *scantest.World) string {
	t.Helper()
	out, err := s3.NewFromConfig(w.Config).GetObject(context.Background(), &s3.GetObjectInput{
		Bucket: aws.String("state"), Key: aws.String("state/123456789012/us-east-1.json"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Body.Close() }()
	text, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestNoFreeTextOfTheAccountReachesAnyOutput(t *testing.T) {
	var log bytes.Buffer
	w := scantest.New(t, localaws.Options{}, &log, scantest.Parse(t, "canaries.yaml", []byte(canaries), nil), scantest.Parse(t, "state.json", []byte(stateBucket), nil))
	w.Remember("state")
	w.Scanner.File.OwnerTag = "team"
	report := w.Scan(t)
	if len(report.Findings) != 18 {
		t.Fatalf("want findings R3, R8, R10, I1, two of R1, ten of I4 and two of I5, so that there is something to look at: %v", facets(report.Findings))
	}
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	outputs := map[string]string{"report": string(text), "log": log.String(), "state": state(t, w)}
	for _, m := range w.AWS.Published() {
		outputs["message"] += m.Body + m.Subject
	}
	for _, e := range w.AWS.Events() {
		outputs["events"] += e.Detail
	}
	for name, output := range outputs {
		if output == "" {
			t.Errorf("there is no %s to search", name)
		}
		if at := strings.Index(strings.ToLower(output), "canary"); at >= 0 {
			t.Errorf("the %s holds a canary: …%s…", name, output[max(0, at-80):min(len(output), at+60)])
		}
	}
}

func TestNoFreeTextOfTheAccountWaitsForDelivery(t *testing.T) {
	refused := localaws.Options{Faults: []localaws.Fault{{Service: "sns", Operation: "Publish", Code: "AuthorizationError", Status: 403}}}
	w := scantest.New(t, refused, nil, scantest.Parse(t, "canaries.yaml", []byte(canaries), nil), scantest.Parse(t, "state.json", []byte(stateBucket), nil))
	w.Remember("state")
	w.Scan(t)
	text := state(t, w)
	if !strings.Contains(text, `"outbox":[`) || strings.Contains(strings.ToLower(text), "canary") {
		t.Errorf("the state: %s", text)
	}
}

func TestADigestOrAnEventThatIsNotAcceptedMakesTheRunIncompleteAndIsLogged(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault localaws.Fault
		want  string
	}{
		{"the topic refuses", localaws.Fault{Service: "sns", Operation: "Publish", Code: "AuthorizationError"}, "digest"},
		{"the bus refuses the call", localaws.Fault{Service: "events", Operation: "PutEvents", Code: "AccessDeniedException"}, "event"},
		{"the bus fails one entry for good", localaws.Fault{Service: "events", Operation: "PutEvents", Entries: []int{0}, Code: "InternalFailure"}, "event"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			w := scantest.New(t, localaws.Options{Faults: []localaws.Fault{c.fault}}, &log, scantest.Load(t, example, nil))
			report := w.Scan(t)
			if report.Status != finding.ReportIncomplete || len(report.Notified.Failed) == 0 || !strings.Contains(report.Notified.Failed[0], c.want) {
				t.Errorf("status %s, notified %+v", report.Status, report.Notified)
			}
			if !strings.Contains(log.String(), `"level":"ERROR","msg":"notice.undelivered"`) {
				t.Errorf("the alarm's log line is missing:\n%s", log.String())
			}
			if len(report.Findings) != 8 {
				t.Errorf("the report lost findings: %v", facets(report.Findings))
			}
		})
	}
}

func TestEventsOfTheEventsFolderAreAnswered(t *testing.T) {
	files, err := filepath.Glob("../../events/*.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("events: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			request, err := config.ParseEvent(data)
			if err != nil {
				t.Fatal(err)
			}
			w := scantest.New(t, localaws.Options{}, nil, scantest.Load(t, example, nil))
			report := w.Scanner.Run(context.Background(), request, "test")
			if report.Status != finding.ReportFindings {
				t.Errorf("status %s: %+v", report.Status, report.Gaps)
			}
			if told := len(w.AWS.Published()) > 0; told != request.Publish {
				t.Errorf("published %t, the event asks for %t", told, request.Publish)
			}
		})
	}
}

func TestNamedFunctionsAloneAreCheckedAndAnUnknownNameIsSaid(t *testing.T) {
	w := scantest.New(t, localaws.Options{}, nil, scantest.Load(t, example, nil))
	report := w.Scanner.Run(context.Background(), config.Request{
		Mode: config.OnDemand, Functions: []string{"nightly-*", "arn:aws:lambda:us-east-1:123456789012:function:notes-api", "notes-app"},
	}, "test")
	if diff := cmp.Diff([]string{"R1 nightly-report critical", "I1 notes-api high"}, facets(report.Findings)); diff != "" {
		t.Errorf("findings (-want +have):\n%s", diff)
	}
	if len(report.Gaps) != 1 || !strings.Contains(report.Gaps[0].Reason, `"notes-app"`) {
		t.Errorf("gaps: %+v", report.Gaps)
	}
	if len(w.AWS.Published())+len(w.AWS.Events()) > 0 {
		t.Error("an on-demand check published without being asked to")
	}
}

func TestARunWhoseTimeIsOverIsIncompleteAndSaysSo(t *testing.T) {
	w := scantest.New(t, localaws.Options{Latency: 50 * time.Millisecond}, nil, scantest.Load(t, example, nil))
	// The reserve for delivering is 30 s, so the reading has 20 ms: less than one answer takes.
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second+20*time.Millisecond)
	defer cancel()
	report := w.Scanner.Run(ctx, config.Request{Mode: config.Scheduled, Publish: true}, "test")
	if report.Status != finding.ReportIncomplete || len(report.Gaps) == 0 {
		t.Errorf("status %s, gaps %+v", report.Status, report.Gaps)
	}
	if len(w.AWS.Events()) != 1 {
		t.Errorf("%d events: the scan itself is always told", len(w.AWS.Events()))
	}
}

func TestAnEmptyAccountIsQuiet(t *testing.T) {
	w := scantest.New(t, localaws.Options{}, nil)
	report := w.Scan(t)
	if report.Status != finding.ReportOK || len(report.Findings)+len(report.Gaps) > 0 {
		t.Errorf("status %s, findings %v, gaps %v", report.Status, report.Findings, report.Gaps)
	}
	if len(w.AWS.Published()) > 0 {
		t.Error("nothing was found and people were told")
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/permission"
	"permprobe/shared/publish"
	"permprobe/shared/scan/scantest"
	"permprobe/shared/stack"

	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/google/go-cmp/cmp"
)

// local runs a command as a person would and returns what it printed.
func local(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = dispatch(context.Background(), args, streams{strings.NewReader(""), &out, &errs})
	return code, out.String(), errs.String()
}

func TestRunShowsTheReportTheMessagesTheEventsAndTheCalls(t *testing.T) {
	code, out, errs := local(t, "run")
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	for _, want := range []string{
		"8 findings (1 critical, 2 high, 3 medium, 2 low)", "16 functions checked",
		"nightly-report cannot start", "may not invoke notes-api", "resize-image writes no log",
		"import-orders cannot reach the objects", "write-ledger cannot reach its VPC", "send-email gets nothing from its event source",
		"close-day may not invoke close-day:live", "Anyone may invoke partner-hook",
		"aws lambda add-permission --function-name", "(proven: decided again with it applied)",
		"== Slack message", "== E-mail (SNS)", "== EventBridge events (9)", "== AWS calls (",
		"SimulatePrincipalPolicy", "Lambda Permission Scan Completed",
		"== X-Ray trace", "collect  ", "decide  ", "publish  ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output does not hold %q", want)
		}
	}
	report, _, found := strings.Cut(out, "== Slack message")
	if !found {
		t.Fatal("the report does not stand first")
	}
	if proven := strings.Count(report, "(proven: "); proven != 8 {
		t.Errorf("%d fixes are proven, not 8:\n%s", proven, report)
	}
	_, story, _ := strings.Cut(out, "== An hour later: nothing has changed")
	for _, want := range []string{
		"8 findings (1 critical, 2 high, 3 medium, 2 low)\nSNS messages: 0, EventBridge events: 1,",
		"== Another hour later: the account was repaired", "no findings, 8 resolved\nSNS messages: 1, EventBridge events: 9,", "*Resolved, thank you:*",
	} {
		if !strings.Contains(story, want) {
			t.Errorf("the two runs after it do not say %q:\n%s", want, story)
		}
	}
	for _, healthy := range []string{"tasks-api", "nightly-invoice", "rotate-image", "import-stock", "read-ledger", "send-text", "open-day", "team-hook"} {
		if strings.Contains(report, healthy) {
			t.Errorf("a healthy twin is accused: %q", healthy)
		}
	}
}

func TestRunAsJSONIsOneDocumentThatBeginsAsTheReportDoes(t *testing.T) {
	code, out, errs := local(t, "run", "-format", "json")
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	if !strings.HasPrefix(out, "{\n  \"status\": \"findings\"") {
		t.Errorf("the document begins with %.60q", out)
	}
	var doc struct {
		finding.Report
		Messages []map[string]string `json:"snsMessages"`
		Events   []struct {
			Detail map[string]any `json:"detail"`
		} `json:"events"`
		Calls []callJSON `json:"calls"`
	}
	decoder := json.NewDecoder(strings.NewReader(out))
	if err := decoder.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if decoder.More() {
		t.Error("more than one JSON document")
	}
	if len(doc.Findings) != 8 || len(doc.Messages) != 1 || len(doc.Events) != 9 || len(doc.Calls) < 10 {
		t.Errorf("%d findings, %d messages, %d events, %d calls", len(doc.Findings), len(doc.Messages), len(doc.Events), len(doc.Calls))
	}
}

func TestRunAnswersTheEventOfAFile(t *testing.T) {
	code, out, errs := local(t, "run", "-event", "../../events/check.json")
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	if !strings.Contains(out, "may not invoke notes-api") || strings.Contains(out, "nightly-report") {
		t.Errorf("only notes-* was asked for:\n%s", out)
	}
	if strings.Contains(out, "== Slack") || !strings.Contains(out, "== EventBridge events (0)") {
		t.Errorf("the event asks for no publishing:\n%s", out)
	}
}

func TestWrongInputGivesOneClearLineAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"no such command", []string{"runn"}, []string{`unknown command "runn"`}},
		{"unknown flag", []string{"run", "-fromat", "json"}, []string{"-fromat"}},
		{"unknown format", []string{"run", "-format", "xml"}, []string{`"xml"`}},
		{"no such event", []string{"run", "-event", filepath.Join(dir, "none.json")}, []string{"none.json"}},
		{"event with an unknown field", []string{"run", "-event", file("event.json", `{"chek":{}}`)}, []string{"event.json", `"chek"`}},
		{"event that is no JSON", []string{"run", "-event", file("text.json", `hello`)}, []string{"text.json", "JSON"}},
		{"event with a wrong type", []string{"run", "-event", file("type.json", `{"check":{"functions":"a"}}`)}, []string{"check.functions"}},
		{"no such template", []string{"run", filepath.Join(dir, "none.yaml")}, []string{"none.yaml"}},
		{"template that is no YAML", []string{"run", file("bad.yaml", "Resources:\n  A: {Type: [}\n")}, []string{"bad.yaml:2"}},
		{"template with an unknown reference", []string{"run", file("ref.yaml", "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !Ref Nowhere}\n")}, []string{"ref.yaml:4", "Nowhere"}},
		{"template with a property that SAM does not have", []string{"run", file("sam.yaml", "Transform: AWS::Serverless-2016-10-31\nResources:\n  A:\n    Type: AWS::Serverless::Function\n    Properties: {Policys: x}\n")}, []string{"sam.yaml:5", "Policys"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := local(t, c.args...)
			if code != exitError || out != "" {
				t.Errorf("exit code %d, stdout %q", code, out)
			}
			if c.name != "no such command" && strings.Count(errs, "\n") != 1 {
				t.Errorf("not one line: %q", errs)
			}
			for _, want := range c.want {
				if !strings.Contains(errs, want) {
					t.Errorf("the message does not name %q: %s", want, errs)
				}
			}
		})
	}
}

// withoutResource returns the application in the mode with one resource taken from the statements that grant the action,
// or with the whole action taken where a statement has more of them or the resources are named.
func withoutResource(t *testing.T, root string, mode permission.Mode, action, resource string) *application {
	t.Helper()
	app, err := loadApplication(root, optionsOf(t, mode))
	if err != nil {
		t.Fatal(err)
	}
	taken := false
	for _, document := range rolePolicies(app) {
		for _, one := range document["Statement"].([]any) {
			statement := one.(map[string]any)
			if !slices.Contains(list(statement["Action"]), any(action)) {
				continue
			}
			if actions := list(statement["Action"]); len(actions) > 1 {
				taken = true
				statement["Action"] = slices.DeleteFunc(actions, func(have any) bool { return have == action })
				continue
			}
			if resource == permission.FunctionARNs || resource == permission.RoleARNs {
				taken = true
				statement["Effect"] = "Deny"
				continue
			}
			kept := slices.DeleteFunc(list(statement["Resource"]), func(have any) bool { return have == resource })
			taken = taken || len(kept) < len(list(statement["Resource"]))
			if len(kept) == 0 {
				statement["Effect"] = "Deny" // an empty list is no policy; a deny is as good as nothing here
			} else {
				statement["Resource"] = kept
			}
		}
	}
	if !taken {
		t.Fatalf("template.yaml grants %s on %s nowhere", action, resource)
	}
	return app
}

func list(v any) []any {
	if all, ok := v.([]any); ok {
		return slices.Clone(all)
	}
	return []any{v}
}

func TestEachPermissionTakenFromTheRoleIsNamedByAGapOrByAnUndeliveredNotice(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []permission.Mode{permission.All, permission.Named} {
		t.Run(string(mode), func(t *testing.T) { eachPermissionIsMissed(t, root, mode) })
	}
}

func eachPermissionIsMissed(t *testing.T, root string, mode permission.Mode) {
	for _, e := range permission.Table(mode, permission.Everything()) {
		if e.Caller != permission.SDK || e.Switch.Asked() || e.Action == "sts:AssumeRole" {
			// A scan makes none of the calls that events ask for, and without read roles it assumes none: the cases of
			// R17 with another account hold what is said where a read role may not be assumed.
			continue
		}
		t.Run(e.Service+" "+e.Operation, func(t *testing.T) {
			t.Parallel()
			whole, err := loadApplication(root, optionsOf(t, mode))
			if err != nil {
				t.Fatal(err)
			}
			resource := concrete(e.Resources[0], whole)
			file := config.File{Functions: []string{"*"}}
			if e.Action == "tag:GetResources" {
				file.Tags = map[string][]string{"team": nil}
			}
			report := scanAs(t, withoutResource(t, root, mode, e.Action, resource), file)
			var said []string
			for _, g := range report.Gaps {
				if g.Permission == e.Action {
					return
				}
				said = append(said, g.Reason)
			}
			if len(report.Notified.Failed) > 0 && strings.Contains(strings.Join(report.Notified.Failed, " "), "Auth") ||
				strings.Contains(strings.Join(report.Notified.Failed, " "), "AccessDenied") {
				return
			}
			t.Errorf("nobody says that %s is missing: gaps %v, undelivered %v", e.Action, said, report.Notified.Failed)
		})
	}
}

func TestTheRoleOfTheTemplateIsEnoughForAWholeRun(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	app, err := loadApplication(root, optionsOf(t, permission.All))
	if err != nil {
		t.Fatal(err)
	}
	report := scanAs(t, app, config.File{Functions: []string{"*"}})
	if len(report.Gaps) > 0 || len(report.Notified.Failed) > 0 || len(report.Findings) < 8 {
		t.Errorf("findings %d, gaps %+v, undelivered %v", len(report.Findings), report.Gaps, report.Notified.Failed)
	}
}

func TestARoleWithoutTheOptionalReadsLeavesOneGapForEach(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	app, err := loadApplication(root, stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := worldOf(t, app)
	w.Scanner.Collector.On = nil // as the template's defaults set the environment
	report := w.Scan(t)
	var have, want []string
	for _, g := range report.Gaps {
		have = append(have, g.Reason)
	}
	for _, one := range permission.Switches(nil).Off() {
		want = append(want, one.Off())
		if !strings.Contains(one.Off(), " parameter "+one.Parameter()+" ") || !slices.Contains(app.environment, one.Variable()+"=off") {
			t.Errorf("%q names no parameter, or the environment %v does not say off", one.Off(), app.environment)
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("gaps (-want +have):\n%s", diff)
	}
}

// optionsOf deploys the application in the mode with everything on; in Named with every function of the tests' account.
func optionsOf(t *testing.T, mode permission.Mode) stack.Options {
	t.Helper()
	o := everythingOn(stack.Options{Parameters: map[string]string{permission.SecurityHub.Parameter(): "on"}})
	if mode == permission.All {
		return o
	}
	var functions, roles []string
	for _, one := range accountOfTheTests(t) {
		for _, r := range one.Resources {
			if role, ok := r.Properties["Role"].(string); ok && r.Type == "AWS::Lambda::Function" {
				functions, roles = append(functions, r.ARN), append(roles, role)
			}
			if r.LogicalID == "Caller" { // the role as which some sources call
				roles = append(roles, r.ARN)
			}
		}
	}
	o.Parameters["FunctionArns"], o.Parameters["RoleArns"] = strings.Join(functions, ","), strings.Join(roles, ",")
	return o
}

func TestNamingEveryFunctionFindsWhatListingThemFinds(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	reports := map[permission.Mode]*finding.Report{}
	for _, mode := range []permission.Mode{permission.All, permission.Named} {
		app, err := loadApplication(root, optionsOf(t, mode))
		if err != nil {
			t.Fatal(err)
		}
		w := worldOf(t, app)
		reports[mode] = w.Scan(t)
		for _, call := range w.AWS.Calls() {
			listing := slices.Contains([]string{"ListFunctions", "GetAccountAuthorizationDetails"}, call.Operation)
			if listing && mode == permission.Named {
				t.Errorf("named functions, but %s is called", call.Operation)
			}
		}
		for i := range reports[mode].Findings {
			f := &reports[mode].Findings[i]
			f.FirstSeen, f.LastSeen, f.Since = "", "", ""
		}
	}
	if len(reports[permission.All].Findings) < 8 {
		t.Errorf("%d findings", len(reports[permission.All].Findings))
	}
	if diff := cmp.Diff(reports[permission.All].Findings, reports[permission.Named].Findings); diff != "" {
		t.Errorf("findings (-all +named):\n%s", diff)
	}
	if diff := cmp.Diff(reports[permission.All].Gaps, reports[permission.Named].Gaps); diff != "" {
		t.Errorf("gaps (-all +named):\n%s", diff)
	}
}

func TestOneNamedFunctionIsReadWithARoleForNothingElse(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	o := everythingOn(stack.Options{})
	o.Parameters["FunctionArns"] = "arn:aws:lambda:us-east-1:123456789012:function:notes-api"
	o.Parameters["RoleArns"] = "arn:aws:iam::123456789012:role/notes-api-role"
	app, err := loadApplication(root, o)
	if err != nil {
		t.Fatal(err)
	}
	report := scanAs(t, app, config.File{Functions: []string{"*"}})
	if len(report.Gaps) > 0 || report.Summary.Functions != 1 || len(report.Findings) == 0 {
		t.Errorf("functions %d, findings %d, gaps %+v", report.Summary.Functions, len(report.Findings), report.Gaps)
	}
	for i := range report.Findings {
		if !strings.HasSuffix(report.Findings[i].Function, ":notes-api") {
			t.Errorf("a finding on %s, which is not named", report.Findings[i].Function)
		}
	}
}

func TestNamedFunctionsThatCannotBeLookedAtAreGaps(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	app, err := loadApplication(root, optionsOf(t, permission.Named))
	if err != nil {
		t.Fatal(err)
	}
	for arn, want := range map[string]string{
		"arn:aws:lambda:us-east-1:123456789012:function:nobody":    "the function arn:aws:lambda:us-east-1:123456789012:function:nobody does not exist",
		"arn:aws:lambda:eu-west-1:123456789012:function:notes-api": "of 123456789012 in us-east-1",
	} {
		if strings.HasSuffix(arn, ":nobody") {
			o := optionsOf(t, permission.Named)
			o.Parameters["FunctionArns"] += "," + arn
			if app, err = loadApplication(root, o); err != nil {
				t.Fatal(err)
			}
		}
		w := worldWith(t, app, localaws.Options{Gone: []string{arn}})
		w.Scanner.Collector.Functions = append(w.Scanner.Collector.Functions, arn)
		report := w.Scan(t)
		if !slices.ContainsFunc(report.Gaps, func(g finding.Gap) bool { return g.Function == arn && strings.Contains(g.Reason, want) }) {
			t.Errorf("%s: gaps %+v", arn, report.Gaps)
		}
	}
}

// concrete is a resource of the permission table in the account of the tests.
func concrete(resource string, app *application) string {
	return strings.NewReplacer(
		"${AWS::Partition}", "aws", "${AWS::Region}", "us-east-1", "${AWS::AccountId}", "123456789012",
		"${StateBucket.Arn}", "arn:aws:s3:::StateBucket", "${FindingsTopic}", app.topicARN, "${EventBusName}", "default",
	).Replace(resource)
}

// restAccount has what the example account does not: a REST API, authorizers, an event rule, a bucket with a
// notification, a function whose role was deleted.
const restAccount = `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: [lambda.amazonaws.com, edgelambda.amazonaws.com]}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
      # Whether SendMessage takes it is documented either way: without it there would be a gap.
      Policies: [{PolicyName: key, PolicyDocument: {Statement: [{Effect: Allow, Action: "kms:Decrypt", Resource: !GetAtt Key.Arn}]}}]
  Function: {Type: AWS::Lambda::Function, Properties: {FunctionName: rest, Role: !GetAtt Role.Arn}}
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: rest}}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: GET
      AuthorizationType: CUSTOM
      AuthorizerId: !Ref Guard
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: POST
        Uri: &function !Sub arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Function.Arn}/invocations
  Guard: {Type: AWS::ApiGateway::Authorizer, Properties: {RestApiId: !Ref Api, Name: token, Type: TOKEN, AuthorizerUri: *function}}
  Deployment: {Type: AWS::ApiGateway::Deployment, DependsOn: Method, Properties: {RestApiId: !Ref Api, StageName: prod}}
  HttpApi: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: guarded, ProtocolType: HTTP}}
  HttpGuard: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref HttpApi, Name: token, AuthorizerType: REQUEST, AuthorizerUri: *function}}
  HttpRoute: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref HttpApi, RouteKey: $default, AuthorizationType: CUSTOM, AuthorizerId: !Ref HttpGuard}}
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Function}}
  Failed: {Type: AWS::SQS::Queue, Properties: {QueueName: failed, KmsMasterKeyId: alias/failed}}
  Key: {Type: AWS::KMS::Key, Properties: {}}
  KeyAlias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/failed, TargetKeyId: !Ref Key}}
  Results:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: {FunctionName: !Ref Function, Qualifier: "1", DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}}
  Left: {Type: AWS::Lambda::Function, Properties: {FunctionName: left, Role: "arn:aws:iam::123456789012:role/deleted"}}
  Rule: {Type: AWS::Events::Rule, Properties: {Name: hourly, ScheduleExpression: rate(1 hour), Targets: [{Id: f, Arn: !GetAtt Function.Arn}]}}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: uploads, NotificationConfiguration: {LambdaConfigurations: [{Event: 's3:ObjectCreated:*', Function: !GetAtt Function.Arn}]}}}
  Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {TargetType: lambda, Targets: [{Id: !GetAtt Function.Arn}]}}
  Pool: {Type: AWS::Cognito::UserPool, Properties: {LambdaConfig: {PreSignUp: !GetAtt Function.Arn}}}
  TopicRule: {Type: AWS::IoT::TopicRule, Properties: {TopicRulePayload: {Sql: "SELECT * FROM 't'", Actions: [{Lambda: {FunctionArn: !GetAtt Function.Arn}}]}}}
  Mail: {Type: AWS::SES::ReceiptRuleSet, Properties: {RuleSetName: mail}}
  Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmActions: [!GetAtt Function.Arn]}}
  Agent: {Type: AWS::Bedrock::Agent, Properties: {AgentName: clerk, ActionGroups: [{ActionGroupName: ask, ActionGroupExecutor: {Lambda: !GetAtt Function.Arn}}]}}
  Bot: {Type: AWS::Lex::Bot, Properties: {Name: clerk}}
  BotAlias:
    Type: AWS::Lex::BotAlias
    Properties:
      BotAliasName: live
      BotId: !Ref Bot
      BotAliasLocaleSettings: [{LocaleId: en_US, BotAliasLocaleSetting: {Enabled: true, CodeHookSpecification: {LambdaCodeHook: {CodeHookInterfaceVersion: "1.0", LambdaArn: !GetAtt Function.Arn}}}}]
  Hotline: {Type: AWS::Connect::Instance, Properties: {InstanceAlias: hotline}}
  Flow: {Type: AWS::Connect::IntegrationAssociation, Properties: {InstanceId: !GetAtt Hotline.Arn, IntegrationType: LAMBDA_FUNCTION, IntegrationArn: !GetAtt Function.Arn}}
  Scaled: {Type: AWS::AutoScaling::AutoScalingGroup, Properties: {MinSize: "0", MaxSize: "1", TerminationPolicies: [!GetAtt Function.Arn]}}
  Lattice: {Type: AWS::VpcLattice::TargetGroup, Properties: {Name: orders, Type: LAMBDA, Targets: [{Id: !GetAtt Function.Arn}]}}
  Repository: {Type: AWS::CodeCommit::Repository, Properties: {RepositoryName: shop, Triggers: [{Name: told, Events: [all], DestinationArn: !GetAtt Function.Arn}]}}
  Feed: {Type: AWS::AppSync::Api, Properties: {Name: feed, EventConfig: {AuthProviders: [{AuthType: AWS_LAMBDA, LambdaAuthorizerConfig: {AuthorizerUri: !GetAtt Function.Arn}}]}}}
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !GetAtt Caller.Arn
      Stages: [{Name: Check, Actions: [{Name: ask, ActionTypeId: {Category: Invoke, Owner: AWS, Provider: Lambda, Version: "1"}, Configuration: {FunctionName: !Ref Function}}]}]
  Cluster: {Type: AWS::ECS::Cluster, Properties: {ClusterName: shop}}
  Web: {Type: AWS::ECS::Service, Properties: {Cluster: !Ref Cluster, DeploymentConfiguration: {LifecycleHooks: [{HookTargetArn: !GetAtt Function.Arn, RoleArn: !GetAtt Caller.Arn}]}}}
  StackHook: {Type: AWS::CloudFormation::LambdaHook, Properties: {Alias: "Our::Own::Hook", LambdaFunction: !GetAtt Function.Arn, HookStatus: ENABLED, ExecutionRole: !GetAtt Caller.Arn}}
  Tools: {Type: AWS::BedrockAgentCore::Gateway, Properties: {Name: tools, RoleArn: !GetAtt Caller.Arn}}
  Tool: {Type: AWS::BedrockAgentCore::GatewayTarget, Properties: {Name: orders, GatewayIdentifier: !Ref Tools, TargetConfiguration: {Mcp: {Lambda: {LambdaArn: !GetAtt Function.Arn}}}}}
  Workflow: {Type: AWS::Transfer::Workflow, Properties: {Steps: [{Type: CUSTOM, CustomStepDetails: {Name: scan, Target: !GetAtt Function.Arn}}]}}
  Url: {Type: AWS::Lambda::Url, Properties: {AuthType: AWS_IAM, TargetFunctionArn: !Ref Function}}
  Site:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Origins: [{Id: app, DomainName: !Select [2, !Split ["/", !GetAtt Url.FunctionUrl]], OriginAccessControlId: E0, CustomOriginConfig: {OriginProtocolPolicy: https-only}}]
        DefaultCacheBehavior: {LambdaFunctionAssociations: [{EventType: viewer-request, LambdaFunctionARN: !Ref Version}]}
  Room: {Type: AWS::IVSChat::Room, Properties: {MessageReviewHandler: {Uri: !GetAtt Function.Arn}}}
  Authorizer: {Type: AWS::IoT::Authorizer, Properties: {AuthorizerFunctionArn: !GetAtt Function.Arn, Status: ACTIVE}}
  Fleet: {Type: AWS::IoT::ProvisioningTemplate, Properties: {Enabled: true, PreProvisioningHook: {TargetArn: !GetAtt Function.Arn}}}
  Server: {Type: AWS::Transfer::Server, Properties: {IdentityProviderType: AWS_LAMBDA, IdentityProviderDetails: {Function: !GetAtt Function.Arn}, WorkflowDetails: {OnUpload: [{WorkflowId: !Ref Workflow, ExecutionRole: !GetAtt Caller.Arn}]}}}
  MailRule: {Type: AWS::SES::ReceiptRule, Properties: {RuleSetName: mail, Rule: {Name: all, Enabled: true, Actions: [{LambdaAction: {FunctionArn: !GetAtt Function.Arn}}]}}}
  Caller:
    Type: AWS::IAM::Role
    Properties:
      RoleName: caller
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Action: "sts:AssumeRole", Principal: {Service: [states.amazonaws.com, scheduler.amazonaws.com, pipes.amazonaws.com, firehose.amazonaws.com, appsync.amazonaws.com, codepipeline.amazonaws.com, ecs.amazonaws.com, hooks.cloudformation.amazonaws.com, bedrock-agentcore.amazonaws.com, transfer.amazonaws.com]}}
      Policies: [{PolicyName: call, PolicyDocument: {Statement: [{Effect: Allow, Action: "lambda:InvokeFunction", Resource: !GetAtt Function.Arn}]}}]
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties: {RoleArn: !GetAtt Caller.Arn, Definition: {StartAt: Call, States: {Call: {Type: Task, End: true, Resource: !GetAtt Function.Arn}}}}
  Schedule: {Type: AWS::Scheduler::Schedule, Properties: {ScheduleExpression: rate(1 day), Target: {Arn: !GetAtt Function.Arn, RoleArn: !GetAtt Caller.Arn}}}
  Pipe: {Type: AWS::Pipes::Pipe, Properties: {Source: "arn:aws:sqs:us-east-1:123456789012:jobs", Target: !GetAtt Function.Arn, RoleArn: !GetAtt Caller.Arn}}
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        RoleARN: !GetAtt Caller.Arn
        ProcessingConfiguration: {Enabled: true, Processors: [{Type: Lambda, Parameters: [{ParameterName: LambdaArn, ParameterValue: !GetAtt Function.Arn}]}]}
  Graph: {Type: AWS::AppSync::GraphQLApi, Properties: {Name: graph, AuthenticationType: AWS_LAMBDA, LambdaAuthorizerConfig: {AuthorizerUri: !GetAtt Function.Arn}}}
  Data:
    Type: AWS::AppSync::DataSource
    Properties: {ApiId: !GetAtt Graph.ApiId, Name: data, Type: AWS_LAMBDA, ServiceRoleArn: !GetAtt Caller.Arn, LambdaConfig: {LambdaFunctionArn: !GetAtt Function.Arn}}
`

// scanAs scans the example account as the application's role.
func scanAs(t *testing.T, app *application, file config.File) *finding.Report {
	t.Helper()
	w := worldOf(t, app)
	w.Scanner.File = file
	return w.Scan(t)
}

// worldOf is the example account and more, with the probe as the application's role.
func worldOf(t *testing.T, app *application) *scantest.World {
	t.Helper()
	return worldWith(t, app, localaws.Options{})
}

func accountOfTheTests(t *testing.T) []*stack.Stack {
	t.Helper()
	return []*stack.Stack{
		scantest.Parse(t, "account.yaml", exampleAccount, nil), scantest.Parse(t, "rest.yaml", []byte(restAccount), nil),
		scantest.Parse(t, "targets.yaml", []byte(targetAccount), nil),
	}
}

// worldWith is worldOf with the difficulties of the options.
func worldWith(t *testing.T, app *application, o localaws.Options) *scantest.World {
	t.Helper()
	o.Callers, o.Gone = map[string]string{"probe": app.roleARN}, append(o.Gone, "arn:aws:iam::123456789012:role/deleted")
	o.Overlay = maps.Clone(o.Overlay)
	if o.Overlay == nil {
		o.Overlay = map[string]map[string]any{}
	}
	o.Overlay["arn:aws:iam::123456789012:root"] = map[string]any{"OrganizationId": "o-a1b2c3d4e5"} // which no template says
	o.Overlay["arn:aws:ses:us-east-1:123456789012:identity/targets.example"] = map[string]any{"Policies": map[string]any{
		"own": `{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "ses:SendEmail", "Resource": "*"}]}`,
	}}
	w := scantest.New(t, o, nil, append(accountOfTheTests(t), app.stack)...)
	for _, variable := range app.environment {
		if functions, ok := strings.CutPrefix(variable, "PERMPROBE_FUNCTIONS=arn:"); ok {
			w.Scanner.Collector.Functions = strings.Split("arn:"+functions, ",")
		}
	}
	if slices.Contains(app.environment, permission.SecurityHub.Variable()+"=on") {
		w.Scanner.Hub = &publish.Hub{
			API: securityhub.NewFromConfig(w.Config), Partition: w.Account.Partition, Account: w.Account.ID, Region: w.Account.Region, Now: time.Now,
		}
	}
	w.Scanner.Publisher.TopicARN = app.topicARN
	w.Remember("StateBucket")
	return w
}

func TestTheApplicationIsReadFromItsTemplate(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	app, err := loadApplication(root, everythingOn(stack.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"GOGC=off", "GOMEMLIMIT=435MiB", "PERMPROBE_CLOUD_TRAIL=on", "PERMPROBE_EVENT_BUS=default", "PERMPROBE_FUNCTIONS=", "PERMPROBE_FUNCTION_LOGS=on", "PERMPROBE_FUNCTION_URLS=on", "PERMPROBE_LANGUAGE=EN", "PERMPROBE_METRICS=on", "PERMPROBE_OTHER_TRIGGERS=on", "PERMPROBE_SECURITY_HUB=off", "PERMPROBE_SEEN_DENIALS=off", "PERMPROBE_STATE_BUCKET=StateBucket", "PERMPROBE_SUBSCRIPTION_FILTERS=on", "PERMPROBE_TOPIC_ARN=" + app.topicARN}
	if diff := cmp.Diff(want, app.environment); diff != "" {
		t.Errorf("environment (-want +have):\n%s", diff)
	}
	if app.memoryMB != 512 || app.timeoutS != 900 || !strings.HasSuffix(app.roleARN, ":role/ProbeRole") {
		t.Errorf("%+v", app)
	}
}

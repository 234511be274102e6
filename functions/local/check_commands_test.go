package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// sources are resources that call the function as it stands, which no permission lets them; each with what their ARN is
// where CloudFormation names them DEPLOYED-logical-id.
var sources = []struct {
	name, resources, arn string
	// waits is true where the source is refused while the permission is missing.
	waits string
}{
	{name: "a REST API's authorizer", arn: "arn:aws:execute-api:us-east-1:123456789012:deployed-Api/authorizers/deployed-Guard", resources: `
  Api: {Type: 'AWS::ApiGateway::RestApi', Properties: {Name: notes}}
  Guard: {Type: 'AWS::ApiGateway::Authorizer', Properties: {RestApiId: !Ref Api, Name: guard, Type: TOKEN, AuthorizerUri: !Sub 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Worker.Arn}/invocations'}}
  Method: {Type: 'AWS::ApiGateway::Method', Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: GET, AuthorizationType: CUSTOM, AuthorizerId: !Ref Guard, Integration: {Type: MOCK}}}
  Deployment: {Type: 'AWS::ApiGateway::Deployment', DependsOn: Method, Properties: {RestApiId: !Ref Api, StageName: prod}}`},
	{name: "an authorizer that an OpenAPI document declares", arn: "arn:aws:execute-api:us-east-1:123456789012:deployed-Api/authorizers/*", resources: `
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Body:
        openapi: 3.0.1
        info: {title: notes, version: "1"}
        paths: {/notes: {get: {security: [{guard: []}], x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "https://example.com", payloadFormatVersion: "1.0"}}}}
        components:
          securitySchemes:
            guard: {type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authorizer: {type: request, authorizerPayloadFormatVersion: "2.0", identitySource: $request.header.Authorization, authorizerUri: !Sub 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Worker.Arn}/invocations'}}`},
	{name: "an HTTP API", arn: "arn:aws:execute-api:us-east-1:123456789012:deployed-Api/*/$default", resources: `
  Api: {Type: 'AWS::ApiGatewayV2::Api', Properties: {Name: notes, ProtocolType: HTTP, Target: !GetAtt Worker.Arn}}`},
	{name: "a topic", arn: "deployed-Topic", resources: `
  Topic: {Type: 'AWS::SNS::Topic', Properties: {Subscription: [{Protocol: lambda, Endpoint: !GetAtt Worker.Arn}]}}`},
	{name: "a rule on a bus", arn: "arn:aws:events:us-east-1:123456789012:rule/shop/deployed-Rule", resources: `
  Bus: {Type: 'AWS::Events::EventBus', Properties: {Name: shop}}
  Rule: {Type: 'AWS::Events::Rule', Properties: {EventBusName: !Ref Bus, EventPattern: {source: [shop]}, Targets: [{Id: f, Arn: !GetAtt Worker.Arn}]}}`},
	{name: "a user pool", arn: "arn:aws:cognito-idp:us-east-1:123456789012:userpool/deployed-Pool", resources: `
  Pool: {Type: 'AWS::Cognito::UserPool', Properties: {LambdaConfig: {PreSignUp: !GetAtt Worker.Arn}}}`},
	{name: "a named secret", arn: "deployed-Db", resources: `
  Db: {Type: 'AWS::SecretsManager::Secret', Properties: {Name: db}}
  Rotation: {Type: 'AWS::SecretsManager::RotationSchedule', Properties: {SecretId: !Ref Db, RotationLambdaARN: !GetAtt Worker.Arn}}`},
	{name: "a distribution", arn: "arn:aws:cloudfront::123456789012:distribution/deployed-Cdn", resources: `
  Url: {Type: 'AWS::Lambda::Url', Properties: {AuthType: AWS_IAM, TargetFunctionArn: !GetAtt Worker.Arn}}
  Control: {Type: 'AWS::CloudFront::OriginAccessControl', Properties: {OriginAccessControlConfig: {Name: c, OriginAccessControlOriginType: lambda, SigningBehavior: always, SigningProtocol: sigv4}}}
  Cdn: {Type: 'AWS::CloudFront::Distribution', Properties: {DistributionConfig: {Enabled: true, Origins: [{Id: app, DomainName: !Select [2, !Split ["/", !GetAtt Url.FunctionUrl]], OriginAccessControlId: !Ref Control, CustomOriginConfig: {OriginProtocolPolicy: https-only}}], DefaultCacheBehavior: {TargetOriginId: app, ViewerProtocolPolicy: https-only}}}}`},
	{name: "a log group", arn: "arn:aws:logs:us-east-1:123456789012:log-group:deployed-Group:*", resources: `
  Group: {Type: 'AWS::Logs::LogGroup'}
  Filter: {Type: 'AWS::Logs::SubscriptionFilter', Properties: {LogGroupName: !Ref Group, FilterPattern: '', DestinationArn: !GetAtt Worker.Arn}}`},
	{name: "an alarm", arn: "arn:aws:cloudwatch:us-east-1:123456789012:alarm:deployed-Busy", resources: `
  Busy: {Type: 'AWS::CloudWatch::Alarm', Properties: {AlarmActions: [!GetAtt Worker.Arn]}}`},
	{name: "an agent", arn: "arn:aws:bedrock:us-east-1:123456789012:agent/deployed-Agent", resources: `
  Agent: {Type: 'AWS::Bedrock::Agent', Properties: {AgentName: clerk, ActionGroups: [{ActionGroupName: ask, ActionGroupExecutor: {Lambda: !GetAtt Worker.Arn}}]}}`},
	{name: "a bucket that CloudFormation names", arn: "arn:aws:s3:::deployed-Bucket", waits: "Bucket", resources: `
  Bucket: {Type: 'AWS::S3::Bucket', Properties: {NotificationConfiguration: {LambdaConfigurations: [{Event: 's3:ObjectCreated:*', Function: !GetAtt Worker.Arn}]}}}`},
	{name: "a bucket whose notification a custom resource sets", arn: "arn:aws:s3:::deployed-Bucket", resources: `
  Bucket: {Type: 'AWS::S3::Bucket'}
  Told: {Type: 'Custom::S3BucketNotifications', Properties: {ServiceToken: !GetAtt Worker.Arn, BucketName: !Ref Bucket, Managed: true, NotificationConfiguration: {LambdaFunctionConfigurations: [{Events: ['s3:ObjectCreated:*'], LambdaFunctionArn: !GetAtt Worker.Arn}]}}}`},
	{name: "a bucket with a name", arn: "arn:aws:s3:::uploads", waits: "Bucket", resources: `
  Bucket: {Type: 'AWS::S3::Bucket', Properties: {BucketName: uploads, NotificationConfiguration: {LambdaConfigurations: [{Event: 's3:ObjectCreated:*', Function: !GetAtt Worker.Arn}]}}}`},
	{name: "a target group", arn: "deployed-Web", waits: "Web", resources: `
  Web: {Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: {Name: web, TargetType: lambda, Targets: [{Id: !GetAtt Worker.Arn}]}}`},
	{name: "a receipt rule", arn: "arn:aws:ses:us-east-1:123456789012:receipt-rule-set/deployed-Set:receipt-rule/all", waits: "All", resources: `
  Set: {Type: 'AWS::SES::ReceiptRuleSet'}
  All: {Type: 'AWS::SES::ReceiptRule', Properties: {RuleSetName: !Ref Set, Rule: {Name: all, Enabled: true, Actions: [{LambdaAction: {FunctionArn: !GetAtt Worker.Arn}}]}}}`},
}

// A shell runs the command with an aws that says what CloudFormation calls the resources, and what it is then told to do.
func TestFixesHoldNoNameThatCloudFormationWillMake(t *testing.T) {
	bin := t.TempDir()
	const aws = "#!/bin/sh\nif [ \"$1\" = cloudformation ]; then\n  while [ \"$1\" != --logical-resource-id ]; do shift; done\n  case \"$2\" in Rule) echo \"shop|deployed-$2\";; *) echo \"deployed-$2\";; esac\nelse\n  printf '%s\\n' \"$@\"\nfi\n"
	if err := os.WriteFile(filepath.Join(bin, "aws"), []byte(aws), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range sources {
		t.Run(c.name, func(t *testing.T) {
			template := "Resources:" + role + "  Worker: {Type: 'AWS::Lambda::Function', Properties: {FunctionName: worker, Role: !GetAtt Role.Arn}}\n" + strings.TrimPrefix(c.resources, "\n") + "\n"
			report, _ := checkJSON(t, exitFindings, "-fail-on", "low", write(t, "app.yaml", template))
			if len(report.Findings) != 1 {
				t.Fatalf("findings %v", faults(report))
			}
			fix := report.Findings[0].Fix
			run := exec.Command("sh", "-c", fix.CLI)
			run.Env = []string{"PATH=" + bin + ":/usr/bin:/bin", "STACK=app"}
			out, err := run.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, fix.CLI)
			}
			words := strings.Split(string(out), "\n")
			if at := slices.Index(words, "--source-arn"); at < 0 || words[at+1] != c.arn {
				t.Errorf("the command asks for %q, not %q: %s", words, c.arn, fix.CLI)
			}
			if strings.Contains(c.arn, "deployed") {
				run.Env = run.Env[:1]
				again := exec.Command("sh", "-c", fix.CLI)
				again.Env = run.Env
				if said, err := again.CombinedOutput(); err == nil || !strings.Contains(string(said), "STACK") {
					t.Errorf("without the stack's name the command says %q", said)
				}
			}
			if waits := strings.Contains(fix.Summary, "Let the resource "+c.waits+" wait for it"); waits != (c.waits != "") {
				t.Errorf("the summary says that something waits: %t: %s", waits, fix.Summary)
			}
			mended := template
			var resources map[string]any
			if err := yaml.Unmarshal([]byte(fix.CloudFormation), &resources); err != nil {
				t.Fatal(err)
			}
			for id, resource := range resources {
				text, err := yaml.Marshal(map[string]any{"More" + id: resource})
				if err != nil {
					t.Fatal(err)
				}
				if c.waits != "" && (strings.Contains(string(text), "Ref: "+c.waits) || strings.Contains(string(text), "- "+c.waits) || strings.Contains(string(text), "${"+c.waits)) {
					t.Errorf("the permission refers to what must wait for it:\n%s", text)
				}
				mended += "  " + strings.TrimSuffix(strings.ReplaceAll(string(text), "\n", "\n  "), "  ")
			}
			for _, where := range [][]string{nil, {"-account", "210987654321", "-region", "cn-north-1"}, {"-region", "us-gov-west-1"}} {
				if after, _ := checkJSON(t, exitOK, append(where, "-fail-on", "low", write(t, "app.yaml", strings.ReplaceAll(mended, "arn:aws:apigateway:us-east-1:", "arn:${AWS::Partition}:apigateway:${AWS::Region}:")))...); len(after.Findings) > 0 {
					t.Errorf("%v: %v\n%s", where, faults(after), mended)
				}
			}
		})
	}
}

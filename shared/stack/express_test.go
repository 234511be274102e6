package stack_test

import (
	"strings"
	"testing"

	"permprobe/shared/stack"

	"github.com/google/go-cmp/cmp"
)

const expressed = `
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: notes, ProtocolType: HTTP}}
  Worker: {Type: AWS::Lambda::Function, Properties: {Role: "arn:aws:iam::123456789012:role/app"}}
  Named: {Type: AWS::Lambda::Function, Properties: {FunctionName: named, Role: "arn:aws:iam::123456789012:role/app"}}
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Worker}}
  Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Worker, FunctionVersion: !GetAtt Version.Version, Name: live}}
  Topic: {Type: AWS::SNS::Topic}
  Bucket: {Type: AWS::S3::Bucket}
  Guard: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref Api, Name: guard, AuthorizerType: REQUEST}}
  Site: {Type: AWS::CloudFront::Distribution}
  Agent: {Type: AWS::Bedrock::Agent, Properties: {AgentName: clerk}}
  Set: {Type: AWS::SES::ReceiptRuleSet}
  All: {Type: AWS::SES::ReceiptRule, Properties: {RuleSetName: !Ref Set, Rule: {Actions: []}}}
  Bot: {Type: AWS::Lex::Bot}
  BotAlias: {Type: AWS::Lex::BotAlias, Properties: {BotId: !Ref Bot, BotAliasName: live}}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  Nightly: {Type: AWS::Events::Rule, Properties: {EventBusName: !Ref Bus}}
  Parameter: {Type: AWS::SSM::Parameter, Properties: {Name: limit, Type: String, Value: "1"}}
`

func TestValuesAreExpressedAsTheTemplateWouldWriteThem(t *testing.T) {
	s, err := stack.Load("app.yaml", []byte(expressed), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]any{
		"arn:aws:lambda:us-east-1:123456789012:function:Worker":      map[string]any{"Fn::GetAtt": []any{"Worker", "Arn"}},
		"arn:aws:lambda:us-east-1:123456789012:function:Worker:live": map[string]any{"Ref": "Live"},
		"arn:aws:lambda:us-east-1:123456789012:function:Worker:beta": map[string]any{"Fn::Sub": "${Worker.Arn}:beta"},
		"arn:aws:lambda:us-east-1:123456789012:function:Workers":     map[string]any{"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:Workers"},
		"arn:aws:lambda:us-east-1:123456789012:function:named":       map[string]any{"Fn::GetAtt": []any{"Named", "Arn"}},
		"arn:aws:sns:us-east-1:123456789012:Topic":                   map[string]any{"Ref": "Topic"},
		"arn:aws:s3:::Bucket":                                                                          map[string]any{"Fn::GetAtt": []any{"Bucket", "Arn"}},
		"arn:aws:s3:::Bucket/in/*":                                                                     map[string]any{"Fn::Sub": "${Bucket.Arn}/in/*"},
		"arn:aws:s3:::elsewhere/${aws:PrincipalTag/team}":                                              map[string]any{"Fn::Sub": "arn:${AWS::Partition}:s3:::elsewhere/${!aws:PrincipalTag/team}"},
		"arn:aws:ssm:us-east-1:123456789012:parameter/limit":                                           map[string]any{"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${Parameter}"},
		"arn:aws:execute-api:us-east-1:123456789012:Api/*/GET/notes":                                   map[string]any{"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/GET/notes"},
		"arn:aws:execute-api:us-east-1:123456789012:Api/*/$default":                                    map[string]any{"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/$default"},
		"arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/*/GET/notes":                            map[string]any{"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:a1b2c3d4e5/*/GET/notes"},
		"arn:aws:events:eu-west-1:210987654321:rule/nightly":                                           map[string]any{"Fn::Sub": "arn:${AWS::Partition}:events:eu-west-1:210987654321:rule/nightly"},
		"arn:aws:sns:us-east-1:123456789012:" + stack.Unknown("Parameter Name"):                        "arn:aws:sns:us-east-1:123456789012:" + stack.Unknown("Parameter Name"),
		"arn:aws:execute-api:us-east-1:123456789012:Api/authorizers/" + find(t, s, "Guard").PhysicalID: map[string]any{"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/authorizers/${Guard}"},
		"arn:aws:execute-api:us-east-1:123456789012:Api/authorizers/abc123":                            map[string]any{"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/authorizers/abc123"},
		"arn:aws:cloudfront::123456789012:distribution/Site":                                           map[string]any{"Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Site}"},
		"arn:aws:bedrock:us-east-1:123456789012:agent/Agent":                                           map[string]any{"Fn::GetAtt": []any{"Agent", "AgentArn"}},
		"arn:aws:ses:us-east-1:123456789012:receipt-rule-set/Set:receipt-rule/All":                     map[string]any{"Fn::Sub": "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:receipt-rule-set/${Set}:receipt-rule/${All}"},
		"arn:aws:lex:us-east-1:123456789012:bot-alias/Bot/BotAlias":                                    map[string]any{"Fn::GetAtt": []any{"BotAlias", "Arn"}},
		"arn:aws:events:us-east-1:123456789012:rule/shop/Nightly":                                      map[string]any{"Fn::GetAtt": []any{"Nightly", "Arn"}},
		"123456789012":            map[string]any{"Ref": "AWS::AccountId"},
		"events.amazonaws.com":    "events.amazonaws.com",
		"lambda:InvokeFunction":   "lambda:InvokeFunction",
		"Api":                     "Api",
		"AWS::Lambda::Permission": "AWS::Lambda::Permission",
	} {
		if diff := cmp.Diff(want, s.Express(text)); diff != "" {
			t.Errorf("%s (-want +have):\n%s", text, diff)
		}
	}
	if diff := cmp.Diff(map[string]any{"RestApiId": map[string]any{"Ref": "Api"}, "Path": "Api"}, s.Express(map[string]any{"RestApiId": "Api", "Path": "Api"})); diff != "" {
		t.Errorf("an API's id (-want +have):\n%s", diff)
	}
}

func find(t *testing.T, s *stack.Stack, id string) *stack.Resource {
	t.Helper()
	r := s.Find(id)
	if r == nil {
		t.Fatalf("no resource %s", id)
	}
	return r
}

func TestAnAuthorizerThatOnlyADocumentDeclaresHasNoIDToReferTo(t *testing.T) {
	s, err := stack.Load("app.yaml", []byte(expressed), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const api = "arn:aws:execute-api:us-east-1:123456789012:"
	for arn, want := range map[string]string{
		api + "Api/authorizers/abc123":                            api + "Api/authorizers/*",
		api + "Api/authorizers/*":                                 api + "Api/authorizers/*",
		api + "Api/*/GET/notes":                                   api + "Api/*/GET/notes",
		api + "a1b2c3/authorizers/abc123":                         api + "a1b2c3/authorizers/abc123",
		"arn:aws:sns:us-east-1:1:t":                               "arn:aws:sns:us-east-1:1:t",
		api + "Api/authorizers/" + find(t, s, "Guard").PhysicalID: api + "Api/authorizers/" + find(t, s, "Guard").PhysicalID,
	} {
		if have := s.Referable(arn); have != want {
			t.Errorf("%s: %s", arn, have)
		}
	}
}

func TestCommandsAskForWhatCloudFormationNames(t *testing.T) {
	s, err := stack.Load("app.yaml", []byte(expressed), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{
		"arn:aws:execute-api:us-east-1:123456789012:Api/*/GET/notes":                                   {"arn:aws:execute-api:us-east-1:123456789012:", "Api", "/*/GET/notes"},
		"arn:aws:execute-api:us-east-1:123456789012:Api/authorizers/" + find(t, s, "Guard").PhysicalID: {"arn:aws:execute-api:us-east-1:123456789012:", "Api", "/authorizers/", "Guard"},
		"arn:aws:cloudfront::123456789012:distribution/Site":                                           {"arn:aws:cloudfront::123456789012:distribution/", "Site"},
		"arn:aws:sns:us-east-1:123456789012:Topic":                                                     {"Topic"},
		"arn:aws:events:us-east-1:123456789012:rule/shop/Nightly":                                      {"arn:aws:events:us-east-1:123456789012:rule/shop/", "Nightly"},
		"arn:aws:lex:us-east-1:123456789012:bot-alias/Bot/BotAlias":                                    {"arn:aws:lex:us-east-1:123456789012:bot-alias/", "Bot", "/", "BotAlias"},
		"arn:aws:s3:::Bucket": {"arn:aws:s3:::", "Bucket"},
		"arn:aws:lambda:us-east-1:123456789012:function:named":         {"arn:aws:lambda:us-east-1:123456789012:function:named"},
		"arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/*/GET/": {"arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/*/GET/"},
	} {
		var have []string
		for _, one := range s.Generated(text) {
			have = append(have, one.Text)
			if (one.Of != nil) != (s.Find(one.Text) != nil) || one.Of != nil && one.Of.LogicalID != one.Text {
				t.Errorf("%s: the part %q", text, one.Text)
			}
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s (-want +have):\n%s", text, diff)
		}
	}
}

func TestAnAPIWhoseLogicalIDAPermissionHoldsAsTextHasAnotherID(t *testing.T) {
	const template = `
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: notes, ProtocolType: HTTP}}
  Other: {Type: AWS::ApiGateway::RestApi, Properties: {Name: other}}
  Worker: {Type: AWS::Lambda::Function, Properties: {Role: "arn:aws:iam::123456789012:role/app"}}
  Permission: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref Worker, Action: "lambda:InvokeFunction", Principal: apigateway.amazonaws.com, SourceArn: SOURCE}}
`
	for source, want := range map[string]bool{
		`"arn:aws:execute-api:us-east-1:123456789012:Api/*"`:                                     true,
		`!Sub "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:Api/*"`:                      true,
		`!Join [":", [arn, aws, execute-api, !Ref "AWS::Region", !Ref "AWS::AccountId", Api/*]]`: true,
		`!Join ["", ["arn:aws:execute-api:us-east-1:123456789012:", Api, "/*/*/*"]]`:             true,
		`!Sub ["arn:aws:execute-api:us-east-1:123456789012:${Id}/*", {Id: Api}]`:                 true,
		`!Sub "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"`:                   false,
		`!Join ["", ["arn:aws:execute-api:us-east-1:123456789012:", !Ref Api, "/*/*/*"]]`:        false,
		`!Sub ["arn:aws:execute-api:us-east-1:123456789012:${Id}/*", {Id: !GetAtt Api.ApiId}]`:   false,
		`!Sub "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Other}/*/GET/api"`:         false,
		`"arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/*"`:                              false,
	} {
		s, err := stack.Load("app.yaml", []byte(strings.Replace(template, "SOURCE", source, 1)), stack.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if id := s.Find("Api").PhysicalID; (id != "Api") != want || s.Find("Other").PhysicalID != "Other" {
			t.Errorf("%s: the API's id is %q, another one is %v", source, id, want)
		}
	}
}

func TestAValueThatDependsOnAParameterRefersToIt(t *testing.T) {
	text := "Parameters: {Stage: {Type: String}}\nResources:\n  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'jobs-${Stage}'}}\n  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !ImportValue x}}\n"
	for _, several := range []bool{false, true} {
		s, err := stack.Load("app.yaml", []byte(text), stack.Options{Several: several})
		if err != nil {
			t.Fatal(err)
		}
		stage := stack.Unknown("Parameter Stage")
		if several {
			stage = stack.Unknown("Parameter Stage of app")
		}
		for given, want := range map[string]any{
			s.Find("Queue").ARN: map[string]any{"Fn::GetAtt": []any{"Queue", "Arn"}},
			"arn:aws:sqs:us-east-1:123456789012:other-" + stage + "-${x}": map[string]any{"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:other-${Stage}-${!x}"},
			"jobs-" + stage: map[string]any{"Fn::Sub": "jobs-${Stage}"},
			stage:           map[string]any{"Ref": "Stage"},
			"arn:aws:sns:us-east-1:123456789012:" + stack.Unknown("ImportValue x"): "arn:aws:sns:us-east-1:123456789012:" + stack.Unknown("ImportValue x"),
			stack.Unknown("Parameter Other"):                                       stack.Unknown("Parameter Other"),
		} {
			if diff := cmp.Diff(want, s.Express(given)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", given, diff)
			}
		}
	}
}

func TestThePrincipalOfAServiceOfTheRegionFollowsTheRegion(t *testing.T) {
	s, err := stack.Load("app.yaml", []byte(expressed), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]any{
		"logs.us-east-1.amazonaws.com": map[string]any{"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"},
		"logs.eu-west-1.amazonaws.com": "logs.eu-west-1.amazonaws.com",
		"events.amazonaws.com":         "events.amazonaws.com",
	} {
		if diff := cmp.Diff(want, s.ExpressAs("Service", text)); diff != "" {
			t.Errorf("%s (-want +have):\n%s", text, diff)
		}
	}
}

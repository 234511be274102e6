package localaws_test

import (
	"context"
	"sort"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/google/go-cmp/cmp"

	"permprobe/shared/localaws"
)

const restTemplate = `
Parameters: {Given: {Type: String}}
Resources:
  F: {Type: 'AWS::Lambda::Function', Properties: {Code: {ZipFile: x}, Role: r, FunctionName: f}}
  Tree:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: tree}
  Items:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Tree, ParentId: !GetAtt Tree.RootResourceId, PathPart: items}
  Item:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Tree, ParentId: !Ref Items, PathPart: '{id}'}
  GetItem:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Tree
      ResourceId: !Ref Item
      HttpMethod: GET
      AuthorizationType: CUSTOM
      AuthorizerId: !Ref Auth
      Integration: {Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations', Credentials: 'arn:aws:iam::123456789012:role/caller'}
  Root:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Tree, ResourceId: !GetAtt Tree.RootResourceId, HttpMethod: ANY, Integration: {Type: MOCK}}
  Auth:
    Type: AWS::ApiGateway::Authorizer
    Properties: {RestApiId: !Ref Tree, Name: auth, Type: TOKEN, AuthorizerUri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations', IdentitySource: method.request.header.Authorization}
  Deployment:
    Type: AWS::ApiGateway::Deployment
    Properties: {RestApiId: !Ref Tree, StageName: early}
  Prod:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Tree, DeploymentId: !Ref Deployment, StageName: prod, Variables: {fn: f}}
  Spec:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        swagger: '2.0'
        info: {title: spec, version: '1'}
        securityDefinitions:
          token: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: {type: token, authorizerUri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:auth/invocations'}}
          key: {type: apiKey, name: x-api-key, in: header}
          sigv4: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
        paths:
          /a/b:
            x-amazon-apigateway-any-method:
              security: [{token: []}]
              x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}:live/invocations'}
            get:
              security: [{key: []}]
              x-amazon-apigateway-integration: {type: mock}
          /iam:
            post:
              security: [{sigv4: []}]
              x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: !Ref Given}
  Elsewhere:
    Type: AWS::ApiGateway::RestApi
    Properties: {BodyS3Location: {Bucket: b, Key: k}}
`

func TestARestAPIsResourcesComeFromResourcesAndFromOpenAPI(t *testing.T) {
	_, cfg := start(t, localaws.Options{PageSize: 2}, admin, restTemplate)
	c, ctx := apigateway.NewFromConfig(cfg), context.Background()
	lines := func(id string) []string {
		var out []string
		for p := apigateway.NewGetResourcesPaginator(c, &apigateway.GetResourcesInput{RestApiId: &id, Embed: []string{"methods"}}); p.HasMorePages(); {
			page, err := p.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Items {
				line := *r.Path
				var verbs []string
				for verb := range r.ResourceMethods {
					verbs = append(verbs, verb)
				}
				sort.Strings(verbs)
				for _, verb := range verbs {
					m := r.ResourceMethods[verb]
					line += " | " + verb + " " + *m.AuthorizationType + " " + string(m.MethodIntegration.Type) + " " + aws.ToString(m.MethodIntegration.Uri) + " " + aws.ToString(m.MethodIntegration.Credentials)
				}
				out = append(out, strings.TrimSpace(line))
			}
		}
		return out
	}
	var ids []string
	for p := apigateway.NewGetRestApisPaginator(c, &apigateway.GetRestApisInput{}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Items {
			ids = append(ids, *a.Id+" "+*a.Name)
		}
	}
	if d := cmp.Diff([]string{"Elsewhere Elsewhere", "Spec spec", "Tree tree"}, ids); d != "" {
		t.Error(d)
	}
	uri := "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f"
	if d := cmp.Diff([]string{"/ | ANY NONE MOCK", "/items", "/items/{id} | GET CUSTOM AWS_PROXY " + uri + "/invocations arn:aws:iam::123456789012:role/caller"}, lines("Tree")); d != "" {
		t.Error(d)
	}
	want := []string{"/", "/a", "/a/b | ANY CUSTOM AWS_PROXY " + uri + ":live/invocations  | GET NONE MOCK", "/iam | POST AWS_IAM AWS_PROXY ⟦Parameter Given⟧"}
	if d := cmp.Diff(want, lines("Spec")); d != "" {
		t.Error(d)
	}
	_, err := c.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: aws.String("Elsewhere")})
	if code, status, message := apiErr(t, err); code != localaws.NotInTemplates || status != 403 || !strings.Contains(message, "which is in S3") {
		t.Errorf("a definition in S3: got %s, %d, %q", code, status, message)
	}
	_, err = c.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: aws.String("nosuch")})
	if code, status, _ := apiErr(t, err); code != localaws.NotInTemplates || status != 403 {
		t.Errorf("no such API: got %s, %d", code, status)
	}
}

func TestWithoutEmbedAResourceNamesItsMethodsOnly(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, restTemplate)
	out, err := apigateway.NewFromConfig(cfg).GetResources(context.Background(), &apigateway.GetResourcesInput{RestApiId: aws.String("Tree")})
	if err != nil {
		t.Fatal(err)
	}
	m, ok := out.Items[2].ResourceMethods["GET"]
	if !ok || m.MethodIntegration != nil || m.AuthorizationType != nil {
		t.Errorf("got %v, want GET without its settings", out.Items[2].ResourceMethods)
	}
}

func TestStagesAuthorizersAndOneIntegrationOfARestAPI(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, restTemplate)
	c, ctx := apigateway.NewFromConfig(cfg), context.Background()
	stages, err := c.GetStages(ctx, &apigateway.GetStagesInput{RestApiId: aws.String("Tree")})
	if err != nil {
		t.Fatal(err)
	}
	if len(stages.Item) != 2 || *stages.Item[0].StageName != "early" || stages.Item[1].Variables["fn"] != "f" || stages.Item[1].CreatedDate == nil {
		t.Errorf("got stages %v", stages.Item)
	}
	for id, name := range map[string]string{"Tree": "auth", "Spec": "token"} {
		a, err := c.GetAuthorizers(ctx, &apigateway.GetAuthorizersInput{RestApiId: &id})
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Items) != 1 || *a.Items[0].Name != name || a.Items[0].Type != "TOKEN" || !strings.Contains(*a.Items[0].AuthorizerUri, ":function:") || *a.Items[0].IdentitySource != "method.request.header.Authorization" {
			t.Errorf("%s: got authorizers %v", id, a.Items)
		}
	}
	all, err := c.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: aws.String("Tree")})
	if err != nil {
		t.Fatal(err)
	}
	i, err := c.GetIntegration(ctx, &apigateway.GetIntegrationInput{RestApiId: aws.String("Tree"), ResourceId: all.Items[2].Id, HttpMethod: aws.String("GET")})
	if err != nil {
		t.Fatal(err)
	}
	if i.Type != "AWS_PROXY" || *i.HttpMethod != "POST" || i.TimeoutInMillis != 29000 {
		t.Errorf("got %+v", i)
	}
}

const httpTemplate = `
Resources:
  F: {Type: 'AWS::Lambda::Function', Properties: {Code: {ZipFile: x}, Role: r, FunctionName: f}}
  Quick:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: quick, ProtocolType: HTTP, Target: !GetAtt F.Arn, RouteKey: 'GET /pets'}
  Long:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: long, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Long, IntegrationType: AWS_PROXY, IntegrationUri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations', CredentialsArn: 'arn:aws:iam::123456789012:role/caller'}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Long, RouteKey: $connect, Target: !Join ['/', [integrations, !Ref Integration]], AuthorizationType: CUSTOM, AuthorizerId: !Ref Auth}
  Auth:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties: {ApiId: !Ref Long, Name: auth, AuthorizerType: REQUEST, AuthorizerUri: u, IdentitySource: [route.request.header.Auth]}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Long, StageName: live, AutoDeploy: true, StageVariables: {a: b}}
  Spec:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Body:
        openapi: 3.0.1
        info: {title: spec}
        components:
          securitySchemes:
            fn: {type: http, scheme: bearer, x-amazon-apigateway-authorizer: {type: request, authorizerUri: u, identitySource: '$request.header.A, $request.header.B', authorizerPayloadFormatVersion: '2.0'}}
          x-amazon-apigateway-integrations:
            one: {type: AWS_PROXY, httpMethod: POST, uri: !GetAtt F.Arn, payloadFormatVersion: '2.0'}
        paths:
          /$default: {x-amazon-apigateway-any-method: {isDefaultRoute: true, x-amazon-apigateway-integration: {$ref: '#/components/x-amazon-apigateway-integrations/one'}}}
          /x: {get: {security: [{fn: []}], x-amazon-apigateway-integration: {$ref: '#/components/x-amazon-apigateway-integrations/one'}}, x-amazon-apigateway-any-method: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: ANY, uri: 'https://example.org', payloadFormatVersion: '1.0'}}}
`

func TestHTTPAPIsComeFromQuickCreateResourcesAndOpenAPI(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, httpTemplate)
	c, ctx := apigatewayv2.NewFromConfig(cfg), context.Background()
	apis, err := c.GetApis(ctx, &apigatewayv2.GetApisInput{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, a := range apis.Items {
		key := *a.Name + " " + string(a.ProtocolType)
		integrations, err := c.GetIntegrations(ctx, &apigatewayv2.GetIntegrationsInput{ApiId: a.ApiId})
		if err != nil {
			t.Fatal(err)
		}
		by := map[string]string{}
		for _, i := range integrations.Items {
			by["integrations/"+*i.IntegrationId] = string(i.IntegrationType) + " " + *i.IntegrationUri + " " + aws.ToString(i.PayloadFormatVersion) + " " + aws.ToString(i.CredentialsArn)
		}
		routes, err := c.GetRoutes(ctx, &apigatewayv2.GetRoutesInput{ApiId: a.ApiId})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range routes.Items {
			got[key] = append(got[key], strings.TrimSpace(*r.RouteKey+" "+string(r.AuthorizationType)+" "+by[*r.Target]))
		}
		stages, err := c.GetStages(ctx, &apigatewayv2.GetStagesInput{ApiId: a.ApiId})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stages.Items {
			got[key] = append(got[key], "stage "+*s.StageName)
		}
		auths, err := c.GetAuthorizers(ctx, &apigatewayv2.GetAuthorizersInput{ApiId: a.ApiId})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range auths.Items {
			got[key] = append(got[key], "authorizer "+*x.Name+" "+string(x.AuthorizerType)+" "+strings.Join(x.IdentitySource, ";"))
		}
		sort.Strings(got[key])
	}
	f := "arn:aws:lambda:us-east-1:123456789012:function:f"
	want := map[string][]string{
		"quick HTTP":     {"GET /pets NONE AWS_PROXY " + f + " 2.0", "stage $default"},
		"long WEBSOCKET": {"$connect CUSTOM AWS_PROXY arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + f + "/invocations 1.0 arn:aws:iam::123456789012:role/caller", "authorizer auth REQUEST route.request.header.Auth", "stage live"},
		"spec HTTP":      {"$default NONE AWS_PROXY " + f + " 2.0", "ANY /x NONE HTTP_PROXY https://example.org 1.0", "GET /x CUSTOM AWS_PROXY " + f + " 2.0", "authorizer fn REQUEST $request.header.A;$request.header.B"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestHTTPAPIListsArePaged(t *testing.T) {
	_, cfg := start(t, localaws.Options{PageSize: 1}, admin, httpTemplate)
	c, ctx := apigatewayv2.NewFromConfig(cfg), context.Background()
	names, token, pages := 0, (*string)(nil), 0
	for {
		out, err := c.GetApis(ctx, &apigatewayv2.GetApisInput{NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		names, pages, token = names+len(out.Items), pages+1, out.NextToken
		if token == nil {
			break
		}
	}
	if names != 3 || pages != 3 {
		t.Errorf("got %d APIs on %d pages, want 3 on 3", names, pages)
	}
	_, err := c.GetRoutes(ctx, &apigatewayv2.GetRoutesInput{ApiId: aws.String("Long"), NextToken: aws.String("bogus")})
	if code, _, _ := apiErr(t, err); code != "BadRequestException" {
		t.Errorf("a bad token: got %v", err)
	}
}

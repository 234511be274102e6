package collect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	resttypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// API reads one API, by its id or its name, with its routes; absent where there is none of the id or name.
func (c *Collector) API(ctx context.Context, asked string) fact.Read[fact.API] {
	var rest []resttypes.RestApi
	pages := apigateway.NewGetRestApisPaginator(c.REST, &apigateway.GetRestApisInput{Limit: aws.Int32(restPage)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fact.NotRead[fact.API](c.gateway("apigateway:GetRestApis", "/restapis").unread(err))
		}
		rest = append(rest, page.Items...)
	}
	http, err := pageThrough(func(token *string) ([]types.Api, *string, error) {
		out, err := c.HTTP.GetApis(ctx, &apigatewayv2.GetApisInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	})
	if err != nil {
		return fact.NotRead[fact.API](c.gateway("apigateway:GetApis", "/apis").unread(err))
	}
	is := func(id, name *string) bool { return aws.ToString(id) == asked || aws.ToString(name) == asked }
	rest = slices.DeleteFunc(rest, func(a resttypes.RestApi) bool { return !is(a.Id, a.Name) })
	http = slices.DeleteFunc(http, func(a types.Api) bool { return !is(a.ApiId, a.Name) })
	switch {
	case len(rest)+len(http) == 0:
		return fact.Absent[fact.API]()
	case len(rest)+len(http) > 1:
		return fact.NotRead[fact.API](fact.Unread{Reason: fmt.Sprintf("%d APIs are named %q: give the id of one of them", len(rest)+len(http), asked)})
	case len(rest) == 1:
		return c.readREST(ctx, &rest[0])
	}
	return c.readHTTP(ctx, &http[0])
}

// accessLog is the name of the log group in the ARN that a stage logs to; a delivery stream is none.
func accessLog(destination *string) string {
	_, group, _ := strings.Cut(aws.ToString(destination), ":log-group:")
	return strings.TrimSuffix(group, ":*")
}

// routed are the functions behind an integration's or authorizer's URI, with the stages.
func (a *api) routed(uri *string, caller string) []fact.APITarget {
	var out []fact.APITarget
	if !isLambda(aws.ToString(uri)) {
		return nil
	}
	for _, group := range a.stagesByURI(aws.ToString(uri)) {
		one := fact.APITarget{Stages: group.stages}
		one.Function, one.Unread = calledFunction(group.uri, caller)
		out = append(out, one)
	}
	return out
}

func (c *Collector) readREST(ctx context.Context, a *resttypes.RestApi) fact.Read[fact.API] {
	id := aws.ToString(a.Id)
	failed := func(what string, err error) fact.Read[fact.API] {
		return fact.NotRead[fact.API](c.gateway("apigateway:Get"+what+" of "+id, "/restapis/"+id+"/"+strings.ToLower(what)).unread(err))
	}
	out := fact.API{Kind: fact.TriggerRESTAPI, ID: id, Name: aws.ToString(a.Name), Closed: a.DisableExecuteApiEndpoint, Policy: c.restPolicy(a)}
	if e := a.EndpointConfiguration; e != nil {
		out.Private = slices.Contains(e.Types, resttypes.EndpointTypePrivate)
		out.Endpoints = slices.Sorted(slices.Values(e.VpcEndpointIds))
	}
	stages, err := c.REST.GetStages(ctx, &apigateway.GetStagesInput{RestApiId: a.Id})
	if err != nil {
		return failed("Stages", err)
	}
	of := apiOf(out.Kind, id, out.Name)
	for _, s := range stages.Item {
		of.stages = append(of.stages, stage{name: aws.ToString(s.StageName), variables: s.Variables})
		one := fact.APIStage{Name: aws.ToString(s.StageName), Firewall: aws.ToString(s.WebAclArn) != ""}
		if s.AccessLogSettings != nil {
			one.AccessLog = accessLog(s.AccessLogSettings.DestinationArn)
		}
		out.Stages = append(out.Stages, one)
	}
	guards, err := pageThrough(func(token *string) ([]resttypes.Authorizer, *string, error) {
		out, err := c.REST.GetAuthorizers(ctx, &apigateway.GetAuthorizersInput{RestApiId: a.Id, Position: token, Limit: aws.Int32(restPage)})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.Position, nil
	})
	if err != nil {
		return failed("Authorizers", err)
	}
	pages := apigateway.NewGetResourcesPaginator(c.REST, &apigateway.GetResourcesInput{RestApiId: a.Id, Embed: []string{"methods"}, Limit: aws.Int32(restPage)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return failed("Resources", err)
		}
		for _, resource := range page.Items {
			for method, m := range resource.ResourceMethods {
				route := methodRoute(c.Account, id, method, aws.ToString(resource.Path))("")
				one := fact.APIRoute{Label: route.Label, Authorization: aws.ToString(m.AuthorizationType), KeyRequired: aws.ToBool(m.ApiKeyRequired), GuardID: aws.ToString(m.AuthorizerId)}
				if i := m.MethodIntegration; i != nil {
					one.Integration, one.Credentials, one.Timeout = string(i.Type), aws.ToString(i.Credentials), time.Duration(i.TimeoutInMillis)*time.Millisecond
					one.Targets = of.routed(i.Uri, fmt.Sprintf("the %s %s", out.Kind, of.label()))
				}
				for _, g := range guards {
					if one.GuardID != "" && aws.ToString(g.Id) == one.GuardID {
						one.Guard = cmp.Or(aws.ToString(g.Name), one.GuardID)
						one.Guards = of.routed(g.AuthorizerUri, "the authorizer "+one.Guard)
					}
				}
				methodSettings(&one, stages.Item, method, aws.ToString(resource.Path))
				out.Routes = append(out.Routes, one)
			}
		}
	}
	return sortedAPI(out)
}

// restPolicy is the resource policy of a REST API.
func (c *Collector) restPolicy(a *resttypes.RestApi) fact.Read[*iampolicy.Policy] {
	text := wholePolicy(aws.ToString(a.Policy), fact.ARN{Partition: c.Account.Partition, Service: "execute-api", Region: c.Account.Region, Account: c.Account.ID, Resource: aws.ToString(a.Id)})
	if text == "" {
		return fact.Absent[*iampolicy.Policy]()
	}
	policy, err := iampolicy.Parse([]byte(text), iampolicy.Resource)
	if err != nil {
		return fact.NotRead[*iampolicy.Policy](fact.Unread{Reason: fmt.Sprintf("the resource policy of the API is not understood: %v", err)})
	}
	return fact.Known(policy.WithName("resource policy of the API"))
}

func (c *Collector) readHTTP(ctx context.Context, a *types.Api) fact.Read[fact.API] {
	id := aws.ToString(a.ApiId)
	failed := func(what string, err error) fact.Read[fact.API] {
		return fact.NotRead[fact.API](c.gateway("apigateway:Get"+what+" of "+id, "/apis/"+id+"/"+strings.ToLower(what)).unread(err))
	}
	out := fact.API{Kind: fact.TriggerHTTPAPI, ID: id, Name: aws.ToString(a.Name), Closed: aws.ToBool(a.DisableExecuteApiEndpoint), Policy: fact.Absent[*iampolicy.Policy]()}
	if a.ProtocolType == types.ProtocolTypeWebsocket {
		out.Kind = fact.TriggerWebSocketAPI
	}
	of := apiOf(out.Kind, id, out.Name)
	stages, err := pageThrough(func(token *string) ([]types.Stage, *string, error) {
		out, err := c.HTTP.GetStages(ctx, &apigatewayv2.GetStagesInput{ApiId: a.ApiId, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	})
	if err != nil {
		return failed("Stages", err)
	}
	for _, s := range stages {
		of.stages = append(of.stages, stage{name: aws.ToString(s.StageName), variables: s.StageVariables})
		one := fact.APIStage{Name: aws.ToString(s.StageName)}
		if s.AccessLogSettings != nil {
			one.AccessLog = accessLog(s.AccessLogSettings.DestinationArn)
		}
		out.Stages = append(out.Stages, one)
	}
	routes, err := pageThrough(func(token *string) ([]types.Route, *string, error) {
		out, err := c.HTTP.GetRoutes(ctx, &apigatewayv2.GetRoutesInput{ApiId: a.ApiId, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	})
	if err != nil {
		return failed("Routes", err)
	}
	integrations, err := pageThrough(func(token *string) ([]types.Integration, *string, error) {
		out, err := c.HTTP.GetIntegrations(ctx, &apigatewayv2.GetIntegrationsInput{ApiId: a.ApiId, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	})
	if err != nil {
		return failed("Integrations", err)
	}
	guards, err := pageThrough(func(token *string) ([]types.Authorizer, *string, error) {
		out, err := c.HTTP.GetAuthorizers(ctx, &apigatewayv2.GetAuthorizersInput{ApiId: a.ApiId, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	})
	if err != nil {
		return failed("Authorizers", err)
	}
	for _, r := range routes {
		key := aws.ToString(r.RouteKey)
		one := fact.APIRoute{Label: key, Authorization: string(r.AuthorizationType), KeyRequired: aws.ToBool(r.ApiKeyRequired), GuardID: aws.ToString(r.AuthorizerId)}
		if method, path, ok := strings.Cut(key, " "); ok && out.Kind == fact.TriggerHTTPAPI {
			one.Label = methodRoute(c.Account, id, method, path)("").Label
		}
		for _, i := range integrations {
			if aws.ToString(r.Target) == "integrations/"+aws.ToString(i.IntegrationId) {
				one.Integration, one.Credentials = string(i.IntegrationType), aws.ToString(i.CredentialsArn)
				one.Timeout = time.Duration(aws.ToInt32(i.TimeoutInMillis)) * time.Millisecond
				one.Targets = of.routed(i.IntegrationUri, fmt.Sprintf("the %s %s", out.Kind, of.label()))
			}
		}
		for _, g := range guards {
			if one.GuardID != "" && aws.ToString(g.AuthorizerId) == one.GuardID {
				one.Guard = cmp.Or(aws.ToString(g.Name), one.GuardID)
				one.Guards = of.routed(g.AuthorizerUri, "the authorizer "+one.Guard)
			}
		}
		routeSettings(&one, stages, key)
		out.Routes = append(out.Routes, one)
	}
	return sortedAPI(out)
}

func sortedAPI(a fact.API) fact.Read[fact.API] {
	slices.SortFunc(a.Stages, func(x, y fact.APIStage) int { return strings.Compare(x.Name, y.Name) })
	slices.SortFunc(a.Routes, func(x, y fact.APIRoute) int { return strings.Compare(x.Label, y.Label) })
	return fact.Known(a)
}

// State reads whether Lambda can start a function.
func (c *Collector) State(ctx context.Context, arn string) fact.Read[fact.State] {
	return c.state(ctx, arn)
}

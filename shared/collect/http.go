package collect

import (
	"context"
	"slices"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// HTTPAPI is what is read from API Gateway's HTTP and WebSocket APIs.
type HTTPAPI interface {
	GetApis(context.Context, *apigatewayv2.GetApisInput, ...func(*apigatewayv2.Options)) (*apigatewayv2.GetApisOutput, error)
	GetRoutes(context.Context, *apigatewayv2.GetRoutesInput, ...func(*apigatewayv2.Options)) (*apigatewayv2.GetRoutesOutput, error)
	GetIntegrations(context.Context, *apigatewayv2.GetIntegrationsInput, ...func(*apigatewayv2.Options)) (*apigatewayv2.GetIntegrationsOutput, error)
	GetAuthorizers(context.Context, *apigatewayv2.GetAuthorizersInput, ...func(*apigatewayv2.Options)) (*apigatewayv2.GetAuthorizersOutput, error)
	GetStages(context.Context, *apigatewayv2.GetStagesInput, ...func(*apigatewayv2.Options)) (*apigatewayv2.GetStagesOutput, error)
}

var _ HTTPAPI = (*apigatewayv2.Client)(nil)

// pageThrough asks for pages until there is no next one. The SDK has no paginators for this service.
func pageThrough[T any](get func(token *string) (items []T, next *string, err error)) ([]T, error) {
	var all []T
	for token := (*string)(nil); ; {
		items, next, err := get(token)
		if err != nil {
			return all, err
		}
		all = append(all, items...)
		if aws.ToString(next) == "" || aws.ToString(next) == aws.ToString(token) {
			return all, nil
		}
		token = next
	}
}

// httpAPIs reads the routes of every HTTP and WebSocket API that call a function.
func (c *Collector) httpAPIs(ctx context.Context) sources {
	found := sources{facts: fact.KindAPIs}
	all, err := pageThrough(func(token *string) ([]types.Api, *string, error) {
		out, err := c.HTTP.GetApis(ctx, &apigatewayv2.GetApisInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	})
	if err != nil {
		found.missing(c.gateway("apigateway:GetApis", "/apis").unread(err))
	}
	each := make([]sources, len(all))
	forEach(ctx, len(all), func(ctx context.Context, i int) { each[i] = c.httpAPI(ctx, &all[i]) })
	found.join(each)
	return found
}

func (c *Collector) httpAPI(ctx context.Context, a *types.Api) sources {
	found := sources{facts: fact.KindAPIs}
	id := aws.ToString(a.ApiId)
	routes, err := c.httpRoutes(ctx, id, c.Account.Region)
	if err != nil {
		why := c.gateway("apigateway:GetRoutes of "+id, "/apis/"+id+"/routes").unread(err)
		found.missing(why)
		found.door(id, fact.NotRead[fact.API](why))
		return found
	}
	found.door(id, fact.Known(httpDoor(id, routes)))
	functions := c.httpIntegrations(ctx, id, routes, &found)
	guards := c.httpAuthorizers(ctx, id, routes, &found)
	if len(functions)+len(guards) == 0 {
		return found
	}
	one := apiOf(fact.TriggerHTTPAPI, id, aws.ToString(a.Name))
	if a.ProtocolType == types.ProtocolTypeWebsocket {
		one.kind = fact.TriggerWebSocketAPI
	}
	if err := c.httpStages(ctx, one); err != nil {
		found.missing(c.gateway("apigateway:GetStages of "+id, "/apis/"+id+"/stages").unread(err))
		return found
	}
	for _, route := range routes {
		integration := functions[aws.ToString(route.Target)]
		if integration == nil {
			continue
		}
		describe := keyRoute(c.Account, id, aws.ToString(route.RouteKey))
		// The keys of an HTTP API are "METHOD /path" or $default; those of a WebSocket API are free.
		if method, path, ok := strings.Cut(aws.ToString(route.RouteKey), " "); ok && one.kind == fact.TriggerHTTPAPI {
			describe = httpRoute(c.Account, id, method, path)
		}
		one.add(c.Account, aws.ToString(integration.IntegrationUri), aws.ToString(integration.CredentialsArn), describe)
	}
	guard := one.authorizers()
	for _, g := range guards {
		guard.add(c.Account, aws.ToString(g.AuthorizerUri), aws.ToString(g.AuthorizerCredentialsArn),
			authorizerRoute(c.Account, id, aws.ToString(g.AuthorizerId), aws.ToString(g.Name)))
	}
	found.triggers = append(one.result(), guard.result()...)
	return found
}

// httpRoutes reads the routes of an API.
func (c *Collector) httpRoutes(ctx context.Context, id, region string) ([]types.Route, error) {
	return pageThrough(func(token *string) ([]types.Route, *string, error) {
		out, err := c.HTTP.GetRoutes(ctx, &apigatewayv2.GetRoutesInput{ApiId: aws.String(id), NextToken: token}, func(o *apigatewayv2.Options) { o.Region = region })
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	})
}

// httpIntegrations reads the integrations that call functions, by the target that routes name them by. An API
// whose routes lead nowhere is not asked.
func (c *Collector) httpIntegrations(ctx context.Context, id string, routes []types.Route, found *sources) map[string]*types.Integration {
	if !slices.ContainsFunc(routes, func(r types.Route) bool { return aws.ToString(r.Target) != "" }) {
		return nil
	}
	integrations, err := pageThrough(func(token *string) ([]types.Integration, *string, error) {
		out, err := c.HTTP.GetIntegrations(ctx, &apigatewayv2.GetIntegrationsInput{ApiId: aws.String(id), NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	})
	if err != nil {
		found.missing(c.gateway("apigateway:GetIntegrations of "+id, "/apis/"+id+"/integrations").unread(err))
		return nil
	}
	functions := map[string]*types.Integration{}
	for i := range integrations {
		if one := &integrations[i]; mayInvoke(string(one.IntegrationType), aws.ToString(one.IntegrationUri)) {
			functions["integrations/"+aws.ToString(one.IntegrationId)] = one
		}
	}
	return functions
}

// httpAuthorizers reads the functions that authorize calls of the API's routes. An authorizer that no route
// names is never called, so an API without such a route is not asked.
func (c *Collector) httpAuthorizers(ctx context.Context, id string, routes []types.Route, found *sources) []types.Authorizer {
	named := map[string]bool{}
	for _, r := range routes {
		if r.AuthorizationType == types.AuthorizationTypeCustom && aws.ToString(r.AuthorizerId) != "" {
			named[aws.ToString(r.AuthorizerId)] = true
		}
	}
	if len(named) == 0 {
		return nil
	}
	all, err := pageThrough(func(token *string) ([]types.Authorizer, *string, error) {
		out, err := c.HTTP.GetAuthorizers(ctx, &apigatewayv2.GetAuthorizersInput{ApiId: aws.String(id), NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	})
	if err != nil {
		found.missing(c.gateway("apigateway:GetAuthorizers of "+id, "/apis/"+id+"/authorizers").unread(err))
		return nil
	}
	all = slices.DeleteFunc(all, func(a types.Authorizer) bool { return !named[aws.ToString(a.AuthorizerId)] })
	for _, a := range all {
		delete(named, aws.ToString(a.AuthorizerId))
	}
	found.withoutAuthorizers(id, named)
	return all
}

func (c *Collector) httpStages(ctx context.Context, one *api) error {
	stages, err := pageThrough(func(token *string) ([]types.Stage, *string, error) {
		out, err := c.HTTP.GetStages(ctx, &apigatewayv2.GetStagesInput{ApiId: aws.String(one.id), NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	})
	for _, s := range stages {
		one.stages = append(one.stages, stage{name: aws.ToString(s.StageName), variables: s.StageVariables})
	}
	return err
}

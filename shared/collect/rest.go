package collect

import (
	"context"
	"slices"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// RESTAPI is what is read from API Gateway's REST APIs.
type RESTAPI interface {
	apigateway.GetRestApisAPIClient
	apigateway.GetResourcesAPIClient
	GetAuthorizers(context.Context, *apigateway.GetAuthorizersInput, ...func(*apigateway.Options)) (*apigateway.GetAuthorizersOutput, error)
	GetStages(context.Context, *apigateway.GetStagesInput, ...func(*apigateway.Options)) (*apigateway.GetStagesOutput, error)
}

var _ RESTAPI = (*apigateway.Client)(nil)

// restPage is the most that API Gateway returns a page.
const restPage = 500

// restAPIs reads the methods of every REST API that call a function.
func (c *Collector) restAPIs(ctx context.Context) sources {
	found := sources{facts: fact.KindAPIs}
	list := c.gateway("apigateway:GetRestApis", "/restapis")
	var all []types.RestApi
	pages := apigateway.NewGetRestApisPaginator(c.REST, &apigateway.GetRestApisInput{Limit: aws.Int32(restPage)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			break
		}
		all = append(all, page.Items...)
	}
	each := make([]sources, len(all))
	forEach(ctx, len(all), func(ctx context.Context, i int) {
		each[i] = c.restAPI(ctx, &all[i])
	})
	found.join(each)
	return found
}

func (c *Collector) restAPI(ctx context.Context, a *types.RestApi) sources {
	id, name := aws.ToString(a.Id), aws.ToString(a.Name)
	found := sources{facts: fact.KindAPIs}
	resources, err := c.restResources(ctx, id, c.Account.Region)
	if err != nil {
		why := c.gateway("apigateway:GetResources of "+id, "/restapis/"+id+"/resources").unread(err)
		found.missing(why)
		found.door(id, fact.NotRead[fact.API](why))
	} else {
		found.door(id, fact.Known(c.restDoor(a, resources)))
	}
	guards := c.restAuthorizers(ctx, id, resources, &found)
	if !callsLambda(resources) && len(guards) == 0 {
		return found
	}
	stages, err := c.REST.GetStages(ctx, &apigateway.GetStagesInput{RestApiId: aws.String(id)})
	if err != nil {
		found.missing(c.gateway("apigateway:GetStages of "+id, "/restapis/"+id+"/stages").unread(err))
		return found
	}
	one := apiOf(fact.TriggerRESTAPI, id, name)
	for _, s := range stages.Item {
		one.stages = append(one.stages, stage{name: aws.ToString(s.StageName), variables: s.Variables})
	}
	for _, resource := range resources {
		for method, m := range resource.ResourceMethods {
			if integration := m.MethodIntegration; integration != nil && mayInvoke(string(integration.Type), aws.ToString(integration.Uri)) {
				one.add(c.Account, aws.ToString(integration.Uri), aws.ToString(integration.Credentials),
					methodRoute(c.Account, id, method, aws.ToString(resource.Path)))
			}
		}
	}
	guard := one.authorizers()
	for _, g := range guards {
		guard.add(c.Account, aws.ToString(g.AuthorizerUri), aws.ToString(g.AuthorizerCredentials),
			authorizerRoute(c.Account, id, aws.ToString(g.Id), aws.ToString(g.Name)))
	}
	found.triggers = append(one.result(), guard.result()...)
	return found
}

// restResources reads the resources of an API with their methods: all that was read before an error.
func (c *Collector) restResources(ctx context.Context, id, region string) ([]types.Resource, error) {
	var resources []types.Resource
	pages := apigateway.NewGetResourcesPaginator(c.REST, &apigateway.GetResourcesInput{
		RestApiId: aws.String(id), Embed: []string{"methods"}, Limit: aws.Int32(restPage),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, func(o *apigateway.Options) { o.Region = region })
		if err != nil {
			return resources, err
		}
		resources = append(resources, page.Items...)
	}
	return resources, nil
}

func callsLambda(resources []types.Resource) bool {
	for _, resource := range resources {
		for _, m := range resource.ResourceMethods {
			if m.MethodIntegration != nil && mayInvoke(string(m.MethodIntegration.Type), aws.ToString(m.MethodIntegration.Uri)) {
				return true
			}
		}
	}
	return false
}

// restAuthorizers reads the functions that authorize calls of the API's methods. An authorizer that no method
// names is never called, so an API without such a method is not asked.
func (c *Collector) restAuthorizers(ctx context.Context, id string, resources []types.Resource, found *sources) []types.Authorizer {
	named := map[string]bool{}
	for _, resource := range resources {
		for _, m := range resource.ResourceMethods {
			// The reference calls an authorizer's function CUSTOM; the other authorizers are not functions.
			if aws.ToString(m.AuthorizationType) == "CUSTOM" && aws.ToString(m.AuthorizerId) != "" {
				named[aws.ToString(m.AuthorizerId)] = true
			}
		}
	}
	if len(named) == 0 {
		return nil
	}
	all, err := pageThrough(func(token *string) ([]types.Authorizer, *string, error) {
		out, err := c.REST.GetAuthorizers(ctx, &apigateway.GetAuthorizersInput{
			RestApiId: aws.String(id), Position: token, Limit: aws.Int32(restPage),
		})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.Position, nil
	})
	if err != nil {
		found.missing(c.gateway("apigateway:GetAuthorizers of "+id, "/restapis/"+id+"/authorizers").unread(err))
		return nil
	}
	all = slices.DeleteFunc(all, func(a types.Authorizer) bool { return !named[aws.ToString(a.Id)] })
	for _, a := range all {
		delete(named, aws.ToString(a.Id))
	}
	found.withoutAuthorizers(id, named)
	return all
}

// gateway is a read of API Gateway, whose permissions are HTTP methods on paths.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
func (c *Collector) gateway(operation, path string) call {
	return call{Operation: operation, Permission: "apigateway:GET", Resource: fact.ARN{
		Partition: c.Account.Partition, Service: "apigateway", Region: c.Account.Region, Resource: path,
	}.String()}
}

package collect

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	resttypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/smithy-go"
)

// door notes what an API asks of its callers.
func (s *sources) door(id string, api fact.Read[fact.API]) {
	if s.apis == nil {
		s.apis = map[string]fact.Read[fact.API]{}
	}
	s.apis[id] = api
}

// restDoor is what a REST API asks of callers: its policy, and which authorization its methods have.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
func (c *Collector) restDoor(a *resttypes.RestApi, resources []resttypes.Resource) fact.API {
	out := fact.API{Kind: fact.TriggerRESTAPI, ID: aws.ToString(a.Id), Name: aws.ToString(a.Name), Document: aws.ToString(a.Policy)}
	if e := a.EndpointConfiguration; e != nil {
		out.Private = slices.Contains(e.Types, resttypes.EndpointTypePrivate)
		for _, kind := range e.Types {
			out.Open = strings.Join(iampolicy.UnknownNames(string(kind)), ", ")
		}
	}
	for _, resource := range resources {
		for method, m := range resource.ResourceMethods {
			label := methodRoute(c.Account, out.ID, method, aws.ToString(resource.Path))("").Label
			out.Routes = append(out.Routes, fact.APIRoute{Label: label, Authorization: aws.ToString(m.AuthorizationType)})
		}
	}
	return sortedRoutes(out)
}

// httpDoor is the same of an HTTP or WebSocket API, which has no policy. The keys of an HTTP API's routes are a method and a
// path, or $default; those of a WebSocket API are free.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
func httpDoor(id string, routes []types.Route) fact.API {
	out := fact.API{Kind: fact.TriggerHTTPAPI, ID: id}
	for _, r := range routes {
		key := aws.ToString(r.RouteKey)
		if key != "$default" && !strings.Contains(key, " /") {
			out.Kind = fact.TriggerWebSocketAPI
		}
		out.Routes = append(out.Routes, fact.APIRoute{Label: key, Authorization: string(r.AuthorizationType)})
	}
	return sortedRoutes(out)
}

func sortedRoutes(a fact.API) fact.API {
	slices.SortFunc(a.Routes, func(x, y fact.APIRoute) int { return strings.Compare(x.Label, y.Label) })
	return a
}

// wholePolicy is the resource policy of an API as it is meant. API Gateway hands it out escaped for a text within JSON, and
// resources may be written without what is the same in all of them, "execute-api:/prod/*", which it completes.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html
func wholePolicy(text string, api fact.ARN) string {
	var plain string
	if json.Unmarshal([]byte(`"`+text+`"`), &plain) == nil {
		text = plain
	}
	return strings.ReplaceAll(text, `"execute-api:/`, `"`+api.String()+"/")
}

// targetOfAPI is a called API of the account that was read with all others; false where it was not.
func (c *Collector) targetOfAPI(facts *fact.Facts, t fact.Target) (fact.Read[fact.Target], bool) {
	arn, err := fact.ParseARN(t.ARN)
	if t.Kind != fact.TargetAPI || err != nil || arn.Account != c.Account.ID || arn.Region != c.Account.Region {
		return fact.Read[fact.Target]{}, false
	}
	read, listed := facts.APIs[arn.Resource]
	if !listed {
		return fact.Read[fact.Target]{}, false
	}
	if why, unread := read.Unread(); unread {
		return fact.NotRead[fact.Target](why), true
	}
	api, _ := read.Value()
	t.API = &api
	t.Policy = attached(t, gateCall(t), wholePolicy(api.Document, arn))
	return fact.Known(t), true
}

// gateCall is the read that shows the policies of APIs. Its permission is an HTTP method on a path without an account.
func gateCall(t fact.Target) call {
	arn, _ := fact.ParseARN(t.ARN)
	return call{Operation: "apigateway:GetRestApis", Permission: "apigateway:GET", Resource: gatePath(arn, "/restapis")}
}

func gatePath(api fact.ARN, path string) string {
	return fact.ARN{Partition: api.Partition, Service: "apigateway", Region: api.Region, Resource: path}.String()
}

// gate reads an API that is not among those that were listed: of another account or Region, or none. It asks for what is within
// it first, because who asks for what is there alone may see whether it is a REST API.
//
// https://docs.aws.amazon.com/apigateway/latest/api/API_GetResources.html
// https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html
func (c *Collector) gate(ctx context.Context, t fact.Target, region string) (carried, error) {
	arn, err := fact.ParseARN(t.ARN)
	if err != nil {
		return carried{}, err
	}
	resources, err := c.restResources(ctx, arn.Resource, region)
	switch {
	case isNotFound(err):
		return c.httpGate(ctx, arn, region)
	case err != nil:
		return carried{}, refusedGate(arn, "apigateway:GetResources", "/restapis/"+arn.Resource+"/resources", err)
	}
	pages := apigateway.NewGetRestApisPaginator(c.REST, &apigateway.GetRestApisInput{Limit: aws.Int32(restPage)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, func(o *apigateway.Options) { o.Region = region })
		if err != nil {
			return carried{}, err
		}
		for i := range page.Items {
			if aws.ToString(page.Items[i].Id) == arn.Resource {
				api := c.restDoor(&page.Items[i], resources)
				return carried{policy: wholePolicy(api.Document, arn), api: &api}, nil
			}
		}
	}
	return carried{}, &resttypes.NotFoundException{}
}

func (c *Collector) httpGate(ctx context.Context, arn fact.ARN, region string) (carried, error) {
	routes, err := c.httpRoutes(ctx, arn.Resource, region)
	switch {
	case isNotFound(err):
		return carried{}, err
	case err != nil:
		return carried{}, refusedGate(arn, "apigateway:GetRoutes", "/apis/"+arn.Resource+"/routes", err)
	}
	api := httpDoor(arn.Resource, routes)
	return carried{api: &api}, nil
}

// refusedRead is an error of another call than the one that shows a target's policy, with that call.
type refusedRead struct {
	call
	err error
}

func (r *refusedRead) Error() string { return r.Operation + ": " + r.err.Error() }
func (r *refusedRead) Unwrap() error { return r.err }

// refusedGate is the error of a read of an API's parts. What no template holds is the API, and not a part of it.
func refusedGate(arn fact.ARN, operation, path string, err error) error {
	get := call{Operation: operation, Permission: "apigateway:GET", Resource: gatePath(arn, path)}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == notInTemplates {
		get.Resource = arn.String()
	}
	return &refusedRead{get, err}
}

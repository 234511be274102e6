package localaws

import "strings"

// manage is the permission of a read of API Gateway's management API: apigateway:GET on the path as an ARN.
// See https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-create-and-manage-api.html.
func manage(c *call) []need {
	path := strings.TrimSuffix(c.req.URL.EscapedPath(), "/")
	path = strings.TrimPrefix(path, "/v2")
	return []need{{action: "apigateway:GET", resource: "arn:" + c.home().partition + ":apigateway:" + c.region + "::" + path}}
}

// restPage pages a REST API's list: 25 items unless asked, 500 at most.
func restPage(c *call, all []any) (any, error) {
	limit, ok := number(c.query.Get("limit"), 500)
	if !ok {
		return nil, invalid(c.svc, "Invalid limit parameter")
	}
	cut, position, err := page(c, all, c.query.Get("position"), limit, 25, 500)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"item": append([]any{}, cut...)}
	if position != "" {
		out["position"] = position
	}
	return out, nil
}

// httpPage pages a list of the second API: 25 items unless asked, 500 at most. Its limit is text.
func httpPage(c *call, all []any) (any, error) {
	limit, ok := number(c.query.Get("maxResults"), 500)
	if !ok {
		return nil, invalid(c.svc, "Invalid maxResults parameter")
	}
	cut, token, err := page(c, all, c.query.Get("nextToken"), limit, 25, 500)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"items": append([]any{}, cut...)}
	if token != "" {
		out["nextToken"] = token
	}
	return out, nil
}

func anys[T any](in []T) []any {
	out := make([]any, 0, len(in))
	for _, v := range in {
		out = append(out, v)
	}
	return out
}

func notFoundAPI(c *call, id string) *apiError {
	_, rest := c.home().restAPIs[id]
	_, http := c.home().httpAPIs[id]
	// An API of the other service is known not to be one of this.
	if !rest && !http && !c.srv.gone[c.home().arn("execute-api", id)] {
		return unknown(c.svc, "the API "+id)
	}
	return &apiError{Status: 404, Code: "NotFoundException", Message: "Invalid API identifier specified " + c.acct.id + ":" + id}
}

func (c *call) restAPI() (*restAPI, *apiError) {
	id := c.path["restapi_id"]
	if a := c.home().restAPIs[id]; a != nil && !c.srv.gone[c.home().arn("execute-api", id)] {
		return a, nil
	}
	return nil, notFoundAPI(c, id)
}

var restGetRestApis = operation{
	service: "apigateway", name: "GetRestApis", method: "GET", path: "/restapis", needs: manage, shows: []string{"limit"},
	serve: func(c *call) (any, error) {
		var all []any
		for _, a := range sortedValues(c.home().restAPIs) {
			if !c.srv.gone[c.home().arn("execute-api", a.id)] {
				all = append(all, a.conf)
			}
		}
		return restPage(c, all)
	},
}

// restGetResources holds a resource's methods only with embed=methods; without, their names alone.
// See https://docs.aws.amazon.com/apigateway/latest/api/API_GetResources.html.
var restGetResources = operation{
	service: "apigateway", name: "GetResources", method: "GET", path: "/restapis/{restapi_id}/resources", needs: manage, shows: []string{"embed", "limit"},
	serve: func(c *call) (any, error) {
		api, err := c.restAPI()
		if err != nil {
			return nil, err
		}
		if api.unread != "" {
			return nil, unknown(c.svc, api.unread)
		}
		embed := contains(c.query["embed"], "methods")
		var all []any
		for _, n := range sorted(sortedValues(api.resources), func(a, b *restNode) bool { return a.path < b.path }) {
			r := map[string]any{"id": n.id, "path": n.path}
			if n.id != api.root {
				r["parentId"], r["pathPart"] = n.parent, n.part
			}
			if len(n.methods) > 0 {
				ms := map[string]any{}
				for verb, m := range n.methods {
					ms[verb] = map[string]any{}
					if embed {
						ms[verb] = m
					}
				}
				r["resourceMethods"] = ms
			}
			all = append(all, r)
		}
		return restPage(c, all)
	},
}

var restGetStages = operation{
	service: "apigateway", name: "GetStages", method: "GET", path: "/restapis/{restapi_id}/stages", needs: manage, shows: []string{"deploymentId"},
	serve: func(c *call) (any, error) {
		api, err := c.restAPI()
		if err != nil {
			return nil, err
		}
		all := []any{}
		for _, s := range sortedValues(api.stages) {
			if d := c.query.Get("deploymentId"); d == "" || d == s["deploymentId"] {
				all = append(all, s)
			}
		}
		return map[string]any{"item": all}, nil
	},
}

var restGetAuthorizers = operation{
	service: "apigateway", name: "GetAuthorizers", method: "GET", path: "/restapis/{restapi_id}/authorizers", needs: manage, shows: []string{"limit"},
	serve: func(c *call) (any, error) {
		api, err := c.restAPI()
		if err != nil {
			return nil, err
		}
		if api.unread != "" {
			return nil, unknown(c.svc, api.unread)
		}
		return restPage(c, anys(sortedValues(api.authorizers)))
	},
}

var restGetIntegration = operation{
	service: "apigateway", name: "GetIntegration", method: "GET", path: "/restapis/{restapi_id}/resources/{resource_id}/methods/{http_method}/integration", needs: manage,
	serve: func(c *call) (any, error) {
		api, err := c.restAPI()
		if err != nil {
			return nil, err
		}
		if api.unread != "" {
			return nil, unknown(c.svc, api.unread)
		}
		n := api.resources[c.path["resource_id"]]
		if n == nil {
			return nil, &apiError{Status: 404, Code: "NotFoundException", Message: "Invalid Resource identifier specified"}
		}
		m := n.methods[c.path["http_method"]]
		if m == nil {
			return nil, &apiError{Status: 404, Code: "NotFoundException", Message: "Invalid Method identifier specified"}
		}
		i := object(m["methodIntegration"])
		if i == nil {
			return nil, &apiError{Status: 404, Code: "NotFoundException", Message: "Invalid Integration identifier specified"}
		}
		return i, nil
	},
}

var httpGetApis = operation{
	service: "apigatewayv2", name: "GetApis", method: "GET", path: "/v2/apis", needs: manage, shows: []string{"maxResults"},
	serve: func(c *call) (any, error) {
		var all []any
		for _, a := range sortedValues(c.home().httpAPIs) {
			if !c.srv.gone[c.home().arn("execute-api", a.id)] {
				all = append(all, a.conf)
			}
		}
		return httpPage(c, all)
	},
}

// ofAPI serves a list of one HTTP API. Where its definition is not known, neither are the lists that it makes.
func ofAPI(name, path string, of func(*httpAPI) map[string]map[string]any, fromBody bool) operation {
	return operation{
		service: "apigatewayv2", name: name, method: "GET", path: "/v2/apis/{apiId}/" + path, needs: manage, shows: []string{"maxResults"},
		serve: func(c *call) (any, error) {
			a := c.home().httpAPIs[c.path["apiId"]]
			if a == nil || c.srv.gone[c.home().arn("execute-api", a.id)] {
				return nil, notFoundAPI(c, c.path["apiId"])
			}
			if fromBody && a.unread != "" {
				return nil, unknown(c.svc, a.unread)
			}
			return httpPage(c, anys(sortedValues(of(a))))
		},
	}
}

var (
	httpGetRoutes       = ofAPI("GetRoutes", "routes", func(a *httpAPI) map[string]map[string]any { return a.routes }, true)
	httpGetIntegrations = ofAPI("GetIntegrations", "integrations", func(a *httpAPI) map[string]map[string]any { return a.integrations }, true)
	httpGetStages       = ofAPI("GetStages", "stages", func(a *httpAPI) map[string]map[string]any { return a.stages }, false)
	httpGetAuthorizers  = ofAPI("GetAuthorizers", "authorizers", func(a *httpAPI) map[string]map[string]any { return a.authorizers }, true)
)

package localaws

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"permprobe/shared/stack"
)

// A restAPI is an API of API Gateway's first generation: a tree of resources with methods.
type restAPI struct {
	id, arn     string
	conf        map[string]any // RestApi
	root        string         // id of the root resource
	resources   map[string]*restNode
	stages      map[string]map[string]any
	authorizers map[string]map[string]any
	unread      string // why its resources are not known; empty: they are
}

type restNode struct {
	id, parent, part, path string
	methods                map[string]map[string]any
}

// apiID is an id in API Gateway's form.
func apiID(n int, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return strings.ToLower(base32.HexEncoding.EncodeToString(sum[:]))[:n]
}

var integrationShape = shape{
	{from: "Type"}, {from: "IntegrationHttpMethod", to: "httpMethod"}, {from: "Uri"}, {from: "Credentials"}, {from: "ConnectionType"}, {from: "ConnectionId"},
	{from: "PassthroughBehavior"}, {from: "ContentHandling"}, {from: "TimeoutInMillis", kind: kindInt}, {from: "CacheNamespace"},
	{from: "RequestParameters", kind: kindTextMap}, {from: "RequestTemplates", kind: kindTextMap}, {from: "CacheKeyParameters", kind: kindTexts},
	{from: "ResponseTransferMode"}, {from: "IntegrationTarget"},
}

var methodShape = shape{
	{from: "HttpMethod"}, {from: "AuthorizationType"}, {from: "AuthorizerId"}, {from: "ApiKeyRequired", kind: kindBool}, {from: "OperationName"},
	{from: "RequestValidatorId"}, {from: "AuthorizationScopes", kind: kindTexts}, {from: "RequestModels", kind: kindTextMap},
	{from: "Integration", to: "methodIntegration", kind: kindObject, of: integrationShape},
}

var restAuthorizerShape = shape{
	{from: "Name"}, {from: "Type"}, {from: "AuthType"}, {from: "AuthorizerUri"}, {from: "AuthorizerCredentials"}, {from: "IdentitySource"},
	{from: "IdentityValidationExpression"}, {from: "AuthorizerResultTtlInSeconds", kind: kindInt}, {from: "ProviderARNs", to: "providerARNs", kind: kindTexts},
}

func (b *builder) restAPI() {
	home, r := b.home(), b.res
	if !once(b, home.restAPIs, r.PhysicalID, "REST API") {
		return
	}
	api := &restAPI{
		id: r.PhysicalID, arn: first(r.ARN, "arn:"+home.partition+":apigateway:"+home.name+"::/restapis/"+r.PhysicalID), resources: map[string]*restNode{},
		stages: map[string]map[string]any{}, authorizers: map[string]map[string]any{}, root: apiID(10, b.st.Name, r.LogicalID),
		conf: shape{
			{from: "Name"}, {from: "Description"}, {from: "ApiKeySourceType", to: "apiKeySource"}, {from: "BinaryMediaTypes", kind: kindTexts},
			{from: "DisableExecuteApiEndpoint", kind: kindBool}, {from: "MinimumCompressionSize", kind: kindInt},
			{from: "EndpointConfiguration", kind: kindObject, of: shape{{from: "Types", kind: kindTexts}, {from: "VpcEndpointIds", kind: kindTexts}}},
		}.project(r.Properties, lowerFirst),
	}
	home.restAPIs[r.PhysicalID] = api
	c := api.conf
	c["id"], c["createdDate"], c["rootResourceId"] = api.id, bornEpoch, api.root
	for k, v := range map[string]any{"apiKeySource": "HEADER", "endpointConfiguration": map[string]any{"types": []string{"EDGE"}}, "disableExecuteApiEndpoint": false} {
		if c[k] == nil {
			c[k] = v
		}
	}
	if tags := tagMap(b.prop("Tags")); len(tags) > 0 {
		c["tags"] = tags
	}
	if p := b.prop("Policy"); p != nil {
		c["policy"] = documentText(p, resourcePolicy, "")
	}
	// The root's own id is what the template's other resources call it by, which only they tell; see rootOf.
	api.resources[api.root] = &restNode{id: api.root, path: "/", methods: map[string]map[string]any{}}
	body := b.prop("Body")
	switch doc := body.(type) {
	case nil:
		if loc := b.prop("BodyS3Location"); loc != nil {
			api.unread = "the definition of REST API " + api.id + ", which is in S3"
		}
	case map[string]any:
		openAPI{b: b, doc: doc}.rest(api)
	default:
		api.unread = "the definition of REST API " + api.id
	}
	if c["name"] == nil {
		info := object(object(body)["info"])
		c["name"] = first(text(info["title"]), r.PhysicalID)
		if v := text(info["version"]); v != "" {
			c["version"] = v
		}
	}
	if api.unread != "" {
		b.warn("%s; its resources are unknown", api.unread)
	}
}

// node is the resource with a path, which is made with its parents if it is not there.
func (a *restAPI) node(path string) *restNode {
	if path == "" || path == "/" {
		return a.resources[a.root]
	}
	for _, n := range a.resources {
		if n.path == path {
			return n
		}
	}
	i := strings.LastIndex(path, "/")
	parent := a.node(path[:max(i, 0)])
	n := &restNode{id: apiID(6, a.id, path), parent: parent.id, part: path[i+1:], path: path, methods: map[string]map[string]any{}}
	a.resources[n.id] = n
	return n
}

// restOf is the API that a RestApiId names.
func (b *builder) restOf(v any) *restAPI {
	if b.isLost("REST API", text(v)) {
		return nil
	}
	a := b.home().restAPIs[text(v)]
	if a == nil {
		b.warn("REST API %q is in no template", text(v))
	}
	return a
}

// rootOf makes the id by which a template calls a resource that it does not define itself that of the API's root: there is no
// other such resource.
func (a *restAPI) rootOf(id string) {
	root := a.resources[a.root]
	delete(a.resources, a.root)
	for _, n := range a.resources {
		if n.parent == a.root {
			n.parent = id
		}
	}
	a.root, root.id = id, id
	a.conf["rootResourceId"] = id
	a.resources[id] = root
}

func (b *builder) restResource() {
	b.then(func() {
		api := b.restOf(b.prop("RestApiId"))
		if api == nil {
			return
		}
		parent := text(b.prop("ParentId"))
		id, part := b.res.PhysicalID, text(b.prop("PathPart"))
		api.resources[id] = &restNode{id: id, parent: parent, part: part, methods: map[string]map[string]any{}}
		b.then(func() { api.place(id) })
	})
}

// place gives a resource its path when all of them are there.
func (a *restAPI) place(id string) {
	n := a.resources[id]
	if n == nil || n.path != "" {
		return
	}
	p := a.resources[n.parent]
	if p == nil {
		if stack.HasUnknown(n.parent) || n.parent == "" {
			a.unread = "the place of a resource of REST API " + a.id
			return
		}
		a.rootOf(n.parent)
		p = a.resources[n.parent]
	}
	n.path = n.parent // against a template whose resources are each other's parents
	a.place(p.id)
	n.path = strings.TrimSuffix(p.path, "/") + "/" + n.part
}

func (b *builder) restMethod() {
	b.then(func() {
		api := b.restOf(b.prop("RestApiId"))
		if api == nil {
			return
		}
		m := methodShape.project(b.res.Properties, lowerFirst)
		verb := text(b.prop("HttpMethod"))
		id := text(b.prop("ResourceId"))
		restMethodDefaults(m, id)
		// Resources get their paths, and the root its id, in the round after this one.
		b.then(func() {
			if api.resources[id] == nil {
				if stack.HasUnknown(id) || id == "" {
					api.unread = "the resource of a method of REST API " + api.id
					return
				}
				api.rootOf(id)
			}
			if have := api.resources[id].methods[verb]; have != nil && have["authorizationType"] != m["authorizationType"] {
				m["authorizationType"] = stack.Unknown("which of two methods " + verb + " there is") // by conditions that exclude each other
			}
			api.resources[id].methods[verb] = m
		})
	})
}

func restMethodDefaults(m map[string]any, resource string) {
	if m["authorizationType"] == nil {
		m["authorizationType"] = "NONE"
	}
	if m["apiKeyRequired"] == nil {
		m["apiKeyRequired"] = false
	}
	if i := object(m["methodIntegration"]); i != nil {
		defaults := map[string]any{"passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000, "cacheNamespace": resource, "cacheKeyParameters": []string{}}
		for k, v := range defaults {
			if i[k] == nil {
				i[k] = v
			}
		}
	}
}

func (b *builder) restDeployment() {
	name := text(b.prop("StageName"))
	if name == "" {
		return
	}
	b.then(func() {
		if api := b.restOf(b.prop("RestApiId")); api != nil && api.stages[name] == nil {
			s := map[string]any{"stageName": name, "deploymentId": b.res.PhysicalID}
			if v, ok := object(b.prop("StageDescription"))["Variables"]; ok {
				s["variables"] = member{kind: kindTextMap}.value(v, asIs)
			}
			api.addStage(name, s)
		}
	})
}

func (a *restAPI) addStage(name string, s map[string]any) {
	for k, v := range map[string]any{"cacheClusterEnabled": false, "cacheClusterStatus": "NOT_AVAILABLE", "methodSettings": map[string]any{}, "tracingEnabled": false, "createdDate": bornEpoch, "lastUpdatedDate": bornEpoch} {
		if s[k] == nil {
			s[k] = v
		}
	}
	a.stages[name] = s
}

func (b *builder) restStage() {
	b.then(func() {
		if api := b.restOf(b.prop("RestApiId")); api != nil {
			s := shape{{from: "StageName"}, {from: "DeploymentId"}, {from: "Description"}, {from: "TracingEnabled", kind: kindBool}, {from: "Variables", kind: kindTextMap},
				{from: "AccessLogSetting", to: "accessLogSettings", kind: kindObject, of: shape{{from: "DestinationArn"}, {from: "Format"}}}}.project(b.res.Properties, lowerFirst)
			s["methodSettings"] = methodSettings(b.prop("MethodSettings"))
			api.addStage(text(b.prop("StageName")), s)
		}
	})
}

// methodSettings are a stage's settings by the keys that API Gateway hands them out with: RESOURCE/METHOD, the slashes of the
// resource as ~1.
// See https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html.
func methodSettings(v any) map[string]any {
	out := map[string]any{}
	list, _ := v.([]any)
	for _, one := range list {
		of := object(one)
		path, method := text(of["ResourcePath"]), text(of["HttpMethod"])
		key := strings.ReplaceAll(path, "/", "~1") + "/" + method
		if path == "/*" || path == "*" {
			key = "*/" + method
		}
		s := shape{{from: "MetricsEnabled", kind: kindBool}, {from: "DataTraceEnabled", kind: kindBool}, {from: "LoggingLevel"}, {from: "ThrottlingBurstLimit", kind: kindInt}}.project(of, lowerFirst)
		if limit, set := fraction(of["ThrottlingRateLimit"]); set {
			s["throttlingRateLimit"] = limit
		}
		out[key] = s
	}
	return out
}

func (b *builder) restAuthorizer() {
	b.then(func() {
		if api := b.restOf(b.prop("RestApiId")); api != nil {
			a := restAuthorizerShape.project(b.res.Properties, lowerFirst)
			a["id"] = b.res.PhysicalID
			api.authorizers[b.res.PhysicalID] = a
		}
	})
}

// firewall puts a web ACL before a stage.
func (b *builder) firewall() {
	b.then(func() {
		b.then(func() {
			_, path, found := strings.Cut(text(b.prop("ResourceArn")), "::/restapis/")
			id, stage, named := strings.Cut(path, "/stages/")
			if api := b.home().restAPIs[id]; found && named && api != nil && api.stages[stage] != nil {
				api.stages[stage]["webAclArn"] = text(b.prop("WebACLArn"))
			}
		})
	})
}

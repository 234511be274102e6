package stack

import (
	"slices"
	"sort"
	"strings"
)

// samAPI is what an API has gathered before it is made.
type samAPI struct {
	body *node // its definition as it is so far; nil where it lies elsewhere
	// managed is true where SAM writes the definition.
	managed    bool
	paths      *node           // of the body, once a route was added
	own        map[string]bool // paths whose operations were copied
	conditions []string        // of the resources whose events it serves
	always     bool            // one of them has no condition
}

const (
	anyMethod   = "x-amazon-apigateway-any-method"
	integration = "x-amazon-apigateway-integration"
)

// implicitAPIs gives APIs without a definition an empty one, and makes the APIs of events that name none.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-api.html
func (s *sam) implicitAPIs() {
	for _, kind := range []struct{ event, typ, property, id string }{{"Api", "Api", "RestApiId", "ServerlessRestApi"}, {"HttpApi", "HttpApi", "ApiId", "ServerlessHttpApi"}} {
		var first *node
		var found samAPI
		for _, r := range s.all {
			if r.typ != "Function" && r.typ != "StateMachine" {
				continue
			}
			for _, at := range s.asEvents(r) {
				if text, ok := at.get("Type").name(); !ok || text != kind.event {
					continue
				}
				id := at.get("Properties").get(kind.property)
				if given(id) != nil && refersTo(id) != kind.id && (id.kind != stringNode || id.text != kind.id) {
					continue
				}
				if first == nil {
					first = at
				}
				if c := r.condition(); c != "" {
					found.conditions = append(found.conditions, c)
				} else {
					found.always = true
				}
			}
		}
		if first != nil {
			s.implicitAPI(kind.id, kind.typ, first, &found)
		}
	}
	for _, r := range s.all {
		if r.typ != "Api" && r.typ != "HttpApi" {
			continue
		}
		r.api = &samAPI{}
		switch body, uri := r.props.get("DefinitionBody"), r.props.get("DefinitionUri"); {
		case holds(body):
			if whole := s.included(body); whole != nil {
				r.api.body = whole
			} else if body.kind == mapNode {
				r.api.body = body.copied()
			}
		case holds(uri):
		default:
			r.api.managed, r.api.body = true, skeleton(r)
		}
	}
}

// asEvents are the events of a resource as written, as far as they are maps: what is wrong with them is said later.
func (s *sam) asEvents(r *samResource) []*node {
	events := r.props.get("Events")
	if events == nil || events.kind != mapNode || isCall(events) {
		return nil
	}
	return events.items
}

func (s *sam) implicitAPI(id, typ string, first *node, found *samAPI) {
	n := first.ofMap("Type", serverless+typ)
	n.key, n.parent = id, s.section
	if !found.always {
		sort.Strings(found.conditions)
		n.set("Condition", first.ofText(s.either(first, id+"Condition", slices.Compact(found.conditions))))
	}
	r := &samResource{id: id, typ: typ, node: n, made: n.like(mapNode)}
	props := first.like(mapNode)
	if typ == "Api" {
		props.set("StageName", first.ofText("Prod"))
	}
	r.props = s.withGlobals(r, props)
	if old := s.byID[id]; old != nil { // what is written under this id gives way
		*old = *r
		return
	}
	s.all, s.byID[id] = append(s.all, r), r
}

func skeleton(r *samResource) *node {
	at := r.node
	body := at.ofMap("info", at.ofMap("version", "1.0", "title", at.ofRef("AWS::StackName")), "paths", at.like(mapNode))
	if version := r.props.get("OpenApiVersion"); r.typ == "HttpApi" || version != nil && strings.HasPrefix(version.text, "3") {
		body.set("openapi", at.ofText("3.0.1"))
	} else {
		body.set("swagger", at.ofText("2.0"))
	}
	return body
}

// calledAPI is the API of an event.
func (s *sam) calledAPI(e *samEvent, property, implicit, typ string) *samResource {
	id, v := implicit, given(e.props.get(property))
	if v != nil {
		if id = refersTo(v); v.kind == stringNode {
			id = v.text
		}
	}
	r := s.byID[id]
	if r == nil || r.typ != "" && r.typ != typ {
		s.fail(orElse(v, e.at), "%s wants an %s%s of the same template", property, serverless, typ)
		return nil
	}
	return r
}

// route is the path and method of an event.
func (s *sam) route(e *samEvent) (path, method string) {
	path, method = s.asText(e.props.get("Path"), "Path"), strings.ToLower(s.asText(e.props.get("Method"), "Method"))
	if path == "" || method == "" {
		s.fail(e.at, "the event %s wants Path and Method", e.kind)
	}
	return path, method
}

// wildPath is a path as a permission names it: without the slash at its end, with * for its parameters.
func wildPath(path string) string {
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(path, '{')
		end := strings.IndexByte(path, '}')
		if i < 0 || end < i {
			break
		}
		b.WriteString(path[:i])
		if isParameter(path[i+1 : end]) {
			b.WriteByte('*')
		} else {
			b.WriteString(path[i : end+1])
		}
		path = path[end+1:]
	}
	return b.String() + path
}

func isParameter(name string) bool {
	name = strings.TrimSuffix(name, "+")
	for _, c := range name {
		if c >= 0x80 || !alphanumeric(string(c)) && !strings.ContainsRune("._-", c) {
			return false
		}
	}
	return name != ""
}

// uriOf is the URI by which API Gateway calls the target.
func (t *samTarget) uriOf(at *node, streamed bool) *node {
	target := "${" + t.id + "}"
	if t.id == t.r.id {
		target = "${" + t.id + ".Arn}"
	}
	path := "2015-03-31/functions/" + target + "/invocations"
	if streamed {
		path = "2021-11-15/functions/" + target + "/response-streaming-invocations"
	}
	return at.ofSub("arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/" + path)
}

// apiEvent adds a route to a REST API, and the permission to call the function.
func (s *sam) apiEvent(e *samEvent) {
	api := s.calledAPI(e, "RestApiId", "ServerlessRestApi", "Api")
	path, method := s.route(e)
	if s.err != nil {
		return
	}
	at, verb := e.at, strings.ToUpper(method)
	if method == "any" {
		verb = "*"
	}
	suffix := "Stage"
	apiProps := api.props
	if apiProps == nil {
		apiProps = api.node.get("Properties")
	}
	if stage := apiProps.get("StageName"); stage != nil && stage.kind == stringNode {
		suffix = stage.text
	}
	id := orElse(e.props.get("RestApiId"), at.ofRef(api.id))
	s.permit(e, "apigateway.amazonaws.com", idOf(e.id+"Permission", suffix), "SourceArn", at.ofSub(
		"arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/"+subText(verb+wildPath(path)),
		"__ApiId__", id, "__Stage__", "*"))
	auth := s.asMap(e.props.get("Auth"), "Auth")
	streamed := s.asTextOr(e.props.get("ResponseTransferMode")) == "RESPONSE_STREAM"
	call := at.ofMap("type", "aws_proxy", "httpMethod", "POST", "uri", e.to.uriOf(at, streamed))
	if streamed {
		call.set("responseTransferMode", at.ofText("STREAM"))
	}
	apiAuth := s.asMap(apiProps.get("Auth"), "Auth")
	call = s.withCredentials(call, auth, apiAuth)
	s.addRoute(e, api, path, method, at.ofMap(integration, call, "responses", at.like(mapNode)), auth, apiAuth)
}

// subText is text for Fn::Sub in which nothing is replaced.
func subText(text string) string { return strings.ReplaceAll(text, "${", "${!") }

// withCredentials adds as whom API Gateway calls the function where IAM authorizes the requests.
func (s *sam) withCredentials(call, auth, apiAuth *node) *node {
	iam := s.asTextOr(auth.get("Authorizer")) == "AWS_IAM" || !holds(auth) && s.asTextOr(apiAuth.get("DefaultAuthorizer")) == "AWS_IAM"
	if !iam {
		return call
	}
	var role *node
	for _, from := range []*node{auth, apiAuth} {
		v := from.get("InvokeRole")
		if v != nil && !holds(v) {
			v = call.ofText("NONE")
		}
		if role == nil {
			role = v
		}
	}
	switch text := s.asTextOr(role); {
	case text == "NONE":
		return call
	case role == nil, text == "CALLER_CREDENTIALS":
		role = call.ofSub("arn:${AWS::Partition}:iam::*:user/*")
	}
	call.set("credentials", role)
	return call
}

// addRoute puts an operation into the definition of an API that SAM writes, or into which it merges.
func (s *sam) addRoute(e *samEvent, r *samResource, path, method string, operation, auth, apiAuth *node) {
	if r.api == nil || r.api.body == nil || !r.api.managed && !holds(r.props.get("MergeDefinitions")) && r.typ != "HttpApi" || s.err != nil {
		return
	}
	if security := s.security(auth, apiAuth); security != nil {
		operation.set("security", security)
	}
	if method == "any" {
		method = anyMethod
	}
	if r.api.paths == nil {
		if given(r.api.body.get("paths")) == nil {
			return // what a macro includes is not seen
		}
		if r.api.paths = r.api.body.mapOf("paths"); r.api.paths == nil {
			return
		}
		r.api.paths.indexed()
		r.api.own = map[string]bool{}
	}
	item := r.api.paths.get(path)
	if !r.api.own[path] {
		item, r.api.own[path] = r.api.paths.mapOf(path), true
	}
	if item == nil {
		return
	}
	if old := item.get(method); old != nil {
		switch {
		case r.api.managed:
			s.fail(e.at, "the API %s has the method %s of %s twice", r.id, strings.ToUpper(method), path)
			return
		case r.typ == "HttpApi" && hasIntegration(old):
			return
		}
		operation = s.merged(old, operation)
	}
	if c := e.to.r.condition(); c != "" {
		operation = e.at.ofIf(c, operation)
	}
	item.set(method, operation)
}

func hasIntegration(operation *node) bool {
	found := false
	throughIf(operation, func(n *node) *node {
		found = found || n.get(integration) != nil
		return n
	})
	return found
}

// throughIf changes a map, or those that the branches of Fn::If have in its place.
func throughIf(n *node, change func(*node) *node) *node {
	if isChoice(n) {
		_, arg, _ := n.single()
		items := []*node{arg.items[0], throughIf(arg.items[1], change), throughIf(arg.items[2], change)}
		return n.ofMap("Fn::If", n.ofList(items...))
	}
	if n.kind != mapNode || isCall(n) {
		return n
	}
	return change(n)
}

// operations changes every operation of a definition that has an integration.
func (s *sam) operations(body *node, change func(method string, operation *node)) {
	paths := body.mapOf("paths")
	if paths == nil {
		return
	}
	for i, item := range paths.items {
		paths.items[i] = throughIf(item, func(item *node) *node {
			item = item.copied()
			for j, method := range item.keys {
				item.items[j] = throughIf(item.items[j], func(operation *node) *node {
					if operation.get(integration) == nil {
						return operation
					}
					operation = operation.copied()
					change(method, operation)
					return operation
				})
			}
			return item
		})
	}
}

// security is what an event says of its authorization; nil where that is left to the API.
func (s *sam) security(auth, apiAuth *node) *node {
	if auth == nil {
		return nil
	}
	list := auth.ofList()
	if name := s.asText(auth.get("Authorizer"), "Authorizer"); name != "" {
		scopes := given(auth.get("AuthorizationScopes"))
		if own := s.asMap(apiAuth.get("Authorizers"), "Authorizers").get(name); scopes == nil && own != nil {
			scopes = given(own.get("AuthorizationScopes"))
		}
		list.items = append(list.items, auth.ofMap(name, orElse(scopes, auth.ofList())))
	}
	if key := given(auth.get("ApiKeyRequired")); key != nil {
		name := "api_key"
		if !holds(key) {
			name = "api_key_false"
		}
		list.items = append(list.items, auth.ofMap(name, auth.ofList()))
	}
	if len(list.items) == 0 {
		return nil
	}
	return list
}

// defaultSecurity gives operations the authorizer of the API, but those that say NONE or have one. Operations of an HTTP API
// keep any security that they have.
func (s *sam) defaultSecurity(body *node, name string, auth *node, rest, preflight bool) {
	authorizers := s.asMap(auth.get("Authorizers"), "Authorizers")
	s.operations(body, func(method string, operation *node) {
		if method == "options" && !preflight {
			return
		}
		var kept []*node
		for _, one := range s.asList(operation.get("security"), "security") {
			key, _, _ := one.single()
			switch {
			case !rest:
				return
			case key == "NONE":
				name := operation.like(listNode)
				name.items = kept
				operation.set("security", name)
				return
			case key == "AWS_IAM" || authorizers.get(key) != nil:
				return
			}
			kept = append(kept, one)
		}
		scopes := given(authorizers.get(name).get("AuthorizationScopes"))
		operation.set("security", operation.ofList(append(kept, operation.ofMap(name, orElse(scopes, operation.ofList())))...))
	})
}

// schemes is the part of a definition with the authorizers, as a copy that can be changed.
func schemes(body *node) *node {
	if holds(body.get("swagger")) {
		return body.mapOf("securityDefinitions")
	}
	components := body.mapOf("components")
	if components == nil {
		return nil
	}
	return components.mapOf("securitySchemes")
}

const invokeURI = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations"

// restAPI turns AWS::Serverless::Api into the API, its deployment and stage, and the permissions of its authorizers.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html
func (s *sam) restAPI(r *samResource) {
	p, at := r.props, r.node
	auth := s.asMap(p.get("Auth"), "Auth")
	s.restAuth(r, auth)
	s.usedSchemes(r.api.body)
	api := at.ofMap("Name", given(p.get("Name")), "Policy", given(p.get("Policy")), "FailOnWarnings", given(p.get("FailOnWarnings")),
		"DisableExecuteApiEndpoint", given(p.get("DisableExecuteApiEndpoint")), "ApiKeySourceType", given(p.get("ApiKeySourceType")))
	switch endpoint := given(p.get("EndpointConfiguration")); {
	case endpoint == nil:
	case endpoint.kind == mapNode && endpoint.get("Type") != nil:
		c := endpoint.ofMap("Types", endpoint.ofList(endpoint.get("Type")))
		for _, key := range []string{"VPCEndpointIds", "VpcEndpointIds"} {
			if v := given(endpoint.get(key)); v != nil {
				c.set("VpcEndpointIds", v)
			}
		}
		api.set("EndpointConfiguration", c)
	default:
		api.set("EndpointConfiguration", endpoint.ofMap("Types", endpoint.ofList(endpoint)))
	}
	s.definition(r, api)
	if tags := given(p.get("Tags")); tags != nil && holds(p.get("PropagateTags")) {
		api.set("Tags", s.tags(at, "", tags))
	}
	s.main(r, "AWS::ApiGateway::RestApi", api)
	deployment := r.id + "Deployment" + samHash(r.id)
	props := at.ofMap("RestApiId", at.ofRef(r.id))
	if p.get("OpenApiVersion") == nil {
		props.set("StageName", at.ofText("Stage"))
	}
	s.make(r, at, deployment, "AWS::ApiGateway::Deployment", props)
	stage, id := given(p.get("StageName")), r.id+"Stage"
	if stage == nil {
		s.fail(at, "%sApi wants StageName", serverless)
		return
	}
	if stage.kind == stringNode && stage.text != "" {
		if id = r.id + stage.text + "Stage"; !alphanumeric(stage.text) {
			id = r.id + "Stage" + samHash(stage.text)
		}
	}
	made := at.ofMap("RestApiId", at.ofRef(r.id), "DeploymentId", at.ofRef(deployment), "StageName", stage)
	for _, key := range []string{"Variables", "TracingEnabled", "CanarySetting", "AccessLogSetting", "MethodSettings"} {
		if v := given(p.get(key)); v != nil {
			made.set(key, v)
		}
	}
	if tags := given(p.get("Tags")); tags != nil {
		made.set("Tags", s.tags(at, "", tags))
	}
	s.make(r, at, id, "AWS::ApiGateway::Stage", made)
	s.refer(r, "Stage", id)
	s.refer(r, "Deployment", deployment)
	s.domain(r, "AWS::ApiGateway::DomainName")
	s.usagePlan(r, auth, id)
}

// definition is where the API's routes come from: its body, or a file that is not read.
func (s *sam) definition(r *samResource, api *node) {
	switch uri := given(r.props.get("DefinitionUri")); {
	case r.api.body != nil:
		api.set("Body", r.api.body)
	case uri != nil:
		if whole := s.local(uri); whole != nil && whole.literal() {
			api.set("Body", whole)
			return
		}
		s.e.warn(uri, "the definition of %s lies in another file, which is not read: which functions its routes call is not seen", r.id)
		if uri.kind != mapNode {
			uri = uri.ofMap("Key", uri)
		}
		api.set("BodyS3Location", uri)
	default:
		if body := given(r.props.get("DefinitionBody")); body != nil {
			api.set("Body", body)
		}
	}
}

// restAuth puts the authorizers of a REST API into its definition and lets it call their functions.
func (s *sam) restAuth(r *samResource, auth *node) {
	if auth == nil || len(auth.items) == 0 || s.err != nil {
		return
	}
	s.wanted(auth, "Auth", []string{"Authorizers", "DefaultAuthorizer", "InvokeRole", "AddDefaultAuthorizerToCorsPreflight",
		"AddApiKeyRequiredToCorsPreflight", "ApiKeyRequired", "ResourcePolicy", "UsagePlan"})
	authorizers := s.asMap(auth.get("Authorizers"), "Authorizers")
	if authorizers != nil {
		for i, name := range authorizers.keys {
			a := s.asMap(authorizers.items[i], "an authorizer")
			if a == nil {
				s.fail(authorizers.items[i], "an authorizer wants a map")
				return
			}
			if function := given(a.get("FunctionArn")); function != nil && !holds(a.get("DisableFunctionDefaultPermissions")) {
				s.authorizerPermission(r, a, r.id+name+"AuthorizerPermission", function)
			}
		}
	}
	body := r.api.body
	if body == nil || body.get("paths") == nil {
		s.fail(auth, "Auth wants the API's definition in DefinitionBody")
		return
	}
	defs := schemes(body)
	if defs == nil {
		s.fail(auth, "Auth finds security definitions in DefinitionBody that are no map")
		return
	}
	if authorizers != nil {
		for i, name := range authorizers.keys {
			defs.set(name, s.restAuthorizer(authorizers.items[i]))
		}
	}
	if name := s.asText(auth.get("DefaultAuthorizer"), "DefaultAuthorizer"); name != "" {
		if name == "AWS_IAM" {
			defs.set(name, iamScheme(auth))
		}
		if name != "AWS_IAM" && authorizers.get(name) == nil {
			s.fail(auth.get("DefaultAuthorizer"), "DefaultAuthorizer names %q, which Authorizers does not have", name)
			return
		}
		preflight := auth.get("AddDefaultAuthorizerToCorsPreflight")
		s.defaultSecurity(body, name, auth, true, preflight == nil || holds(preflight))
	}
}

// usedSchemes defines the authorizers that need no definition of their own, where operations use them.
func (s *sam) usedSchemes(body *node) {
	if body == nil || body.get("paths") == nil {
		return
	}
	used := map[string]bool{}
	s.operations(body, func(_ string, operation *node) {
		if list := operation.get("security"); list != nil && list.kind == listNode {
			for _, one := range list.items {
				if key, _, ok := one.single(); ok {
					used[key] = true
				}
			}
		}
	})
	for _, name := range [...]string{"AWS_IAM", "api_key"} {
		if !used[name] {
			continue
		}
		def := body.ofMap("type", "apiKey", "name", "x-api-key", "in", "header")
		if name == "AWS_IAM" {
			def = iamScheme(body)
		}
		if defs := schemes(body); defs != nil && defs.get(name) == nil {
			defs.set(name, def)
		}
	}
}

func iamScheme(at *node) *node {
	return at.ofMap("type", "apiKey", "name", "Authorization", "in", "header", "x-amazon-apigateway-authtype", "awsSigv4")
}

func (s *sam) restAuthorizer(a *node) *node {
	ext := a.like(mapNode)
	def := a.ofMap("type", "apiKey", "name", "Authorization", "in", "header", "x-amazon-apigateway-authorizer", ext)
	if pool := given(a.get("UserPoolArn")); pool != nil {
		if pool.kind != listNode {
			pool = pool.ofList(pool)
		}
		def.set("x-amazon-apigateway-authtype", a.ofText("cognito_user_pools"))
		ext.set("type", a.ofText("cognito_user_pools"))
		ext.set("providerARNs", pool)
		return def
	}
	def.set("x-amazon-apigateway-authtype", a.ofText("custom"))
	kind := "token"
	if s.asTextOr(a.get("FunctionPayloadType")) == "REQUEST" {
		kind = "request"
	}
	ext.set("type", a.ofText(kind))
	s.authorizerCall(a, ext)
	return def
}

// authorizerCall is how an API calls the function of an authorizer.
func (s *sam) authorizerCall(a, ext *node) {
	function := given(a.get("FunctionArn"))
	if function == nil {
		s.fail(a, "an authorizer wants FunctionArn, or what makes it another kind")
		return
	}
	ext.set("authorizerUri", a.ofSub(invokeURI, "__FunctionArn__", function))
	if role := a.get("FunctionInvokeRole"); holds(role) && role.text != "NONE" {
		ext.set("authorizerCredentials", role)
	}
}

// domain makes the custom domain name of an API.
func (s *sam) domain(r *samResource, typ string) {
	d := s.asMap(r.props.get("Domain"), "Domain")
	if d == nil {
		return
	}
	name := s.value(d.get("DomainName"))
	if given(name) == nil {
		s.fail(d, "Domain wants DomainName")
		return
	}
	prefix, property := "ApiGatewayDomainName", "DomainName"
	switch {
	case typ == "AWS::ApiGatewayV2::DomainName":
		prefix = "ApiGatewayDomainNameV2"
	case s.asTextOr(d.get("EndpointConfiguration")) == "PRIVATE":
		prefix, property, typ = "ApiGatewayDomainNameV2", "DomainNameV2", "AWS::ApiGateway::DomainNameV2"
	}
	text := name.text
	if name.kind != stringNode {
		text = jsonOf(name)
	}
	id := prefix + samHash(text)
	s.make(r, d, id, typ, d.ofMap("DomainName", name))
	s.refer(r, property, id)
}

// usagePlan makes the usage plan of a REST API and its key, as far as something can refer to them.
func (s *sam) usagePlan(r *samResource, auth *node, stage string) {
	plan := s.asMap(auth.get("UsagePlan"), "UsagePlan")
	if plan == nil {
		return
	}
	prefix := r.id
	switch s.asText(plan.get("CreateUsagePlan"), "CreateUsagePlan") {
	case "PER_API":
	case "SHARED":
		prefix = "Serverless"
	default:
		return
	}
	s.make(r, plan, prefix+"UsagePlan", "AWS::ApiGateway::UsagePlan", plan.ofMap("ApiStages", plan.ofList(plan.ofMap("ApiId", plan.ofRef(r.id), "Stage", plan.ofRef(stage)))))
	s.make(r, plan, prefix+"ApiKey", "AWS::ApiGateway::ApiKey", plan.ofMap("Enabled", plan.ofBool(true)))
	s.make(r, plan, prefix+"UsagePlanKey", "AWS::ApiGateway::UsagePlanKey", plan.ofMap("KeyId", plan.ofRef(prefix+"ApiKey"), "KeyType", "API_KEY",
		"UsagePlanId", plan.ofRef(prefix+"UsagePlan")))
	for _, name := range []string{"UsagePlan", "ApiKey", "UsagePlanKey"} {
		s.refer(r, name, prefix+name)
	}
}

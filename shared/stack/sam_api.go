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
	if policy := s.apiPolicy(r, auth); policy != nil && api.get("Policy") == nil {
		api.set("Policy", policy)
	}
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

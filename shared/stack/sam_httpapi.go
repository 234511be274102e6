package stack

import (
	"regexp"
	"strings"
)

// httpEvent adds a route to an HTTP API, and the permission to call the function.
func (s *sam) httpEvent(e *samEvent) {
	if e.everything() {
		e.props = e.props.copied()
		e.props.set("Path", e.at.ofText("$default"))
		e.props.set("Method", e.at.ofText(anyMethod))
	}
	api := s.calledAPI(e, "ApiId", "ServerlessHttpApi", "HttpApi")
	path, method := s.route(e)
	if s.err != nil {
		return
	}
	at, verb := e.at, strings.ToUpper(method)
	if method == "any" || method == anyMethod {
		verb = "*"
	}
	rest := "/" + verb + wildPath(path)
	switch {
	case path == "$default":
		rest = "/" + verb
	case method == "any" && wildPath(path) == "/$default":
		rest = "/$default"
	}
	if path == "$default" || !s.servesDefault(api, e.to.id) {
		id := orElse(e.props.get("ApiId"), at.ofRef(api.id))
		s.permit(e, "apigateway.amazonaws.com", e.id+"Permission", "SourceArn", at.ofSub(
			"arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}"+subText(rest), "__ApiId__", id, "__Stage__", "*"))
	}
	props := api.props
	if props == nil {
		props = api.node.get("Properties")
	}
	auth, apiAuth := s.asMap(e.props.get("Auth"), "Auth"), s.asMap(props.get("Auth"), "Auth")
	if auth != nil && !holds(auth.get("Authorizer")) {
		if byDefault := given(apiAuth.get("DefaultAuthorizer")); byDefault != nil {
			auth = auth.copied()
			auth.set("Authorizer", byDefault)
		}
	}
	call := at.ofMap("type", "aws_proxy", "httpMethod", "POST", "payloadFormatVersion", orElse(e.props.get("PayloadFormatVersion"), at.ofText("2.0")),
		"uri", e.to.uriOf(at, false))
	s.addRoute(e, api, path, method, at.ofMap(integration, call, "responses", at.like(mapNode)), auth, apiAuth)
}

var arnOfFunction = regexp.MustCompile(`[A-Za-z0-9]+\.Arn`)

// servesDefault tells whether the API's $default route calls the function: its permission covers every other route, and
// SAM makes no more.
func (s *sam) servesDefault(api *samResource, function string) bool {
	if api.api == nil || api.api.body == nil {
		return false
	}
	operation := api.api.body.get("paths").get("$default").get(anyMethod)
	if operation == nil || !hasIntegration(operation) {
		return false
	}
	all := true
	throughIf(operation, func(n *node) *node {
		text := n.get(integration).get("uri").get("Fn::Sub")
		all = all && text != nil && text.kind == stringNode && arnOfFunction.FindString(text.text) == function+".Arn"
		return n
	})
	return all
}

// httpAPI turns AWS::Serverless::HttpApi into the API, its stage, and the permissions of its authorizers.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html
func (s *sam) httpAPI(r *samResource) {
	p, at := r.props, r.node
	s.httpAuth(r)
	api := at.ofMap("FailOnWarnings", given(p.get("FailOnWarnings")), "DisableExecuteApiEndpoint", given(p.get("DisableExecuteApiEndpoint")))
	s.definition(r, api)
	s.main(r, "AWS::ApiGatewayV2::Api", api)
	stage, id := given(p.get("StageName")), r.id+"ApiGatewayDefaultStage"
	switch text, ok := stage.name(); {
	case stage == nil || ok && text == "":
		stage = at.ofText("$default")
	case text == "$default":
	case !ok:
		id = r.id + "Stage"
	case alphanumeric(text):
		id = r.id + text + "Stage"
	default:
		id = r.id + "Stage" + samHash(text)
	}
	s.make(r, at, id, "AWS::ApiGatewayV2::Stage", at.ofMap("ApiId", at.ofRef(r.id), "StageName", stage, "AutoDeploy", at.ofBool(true),
		"StageVariables", given(p.get("StageVariables")), "AccessLogSettings", given(p.get("AccessLogSettings"))))
	s.refer(r, "Stage", id)
	s.domain(r, "AWS::ApiGatewayV2::DomainName")
}

func (s *sam) httpAuth(r *samResource) {
	auth := s.asMap(r.props.get("Auth"), "Auth")
	if auth == nil || len(auth.items) == 0 || s.err != nil {
		return
	}
	s.wanted(auth, "Auth", []string{"Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"})
	body, defs := s.definitionsFor(r, auth)
	if defs == nil {
		return
	}
	if v := auth.get("EnableIamAuthorizer"); v != nil && v.kind == boolNode && v.text == "true" {
		defs.set("AWS_IAM", iamScheme(auth))
	}
	authorizers := s.asMap(auth.get("Authorizers"), "Authorizers")
	if authorizers != nil {
		for i, name := range authorizers.keys {
			a := s.asMap(authorizers.items[i], "an authorizer")
			if a == nil {
				s.fail(authorizers.items[i], "an authorizer wants a map")
				return
			}
			defs.set(name, s.httpAuthorizer(a))
			if function := given(a.get("FunctionArn")); function != nil && holds(a.get("EnableFunctionDefaultPermissions")) {
				s.authorizerPermission(r, a, r.id+name+"AuthorizerPermission", function)
			}
		}
	}
	if v := given(auth.get("DefaultAuthorizer")); v != nil && !isNothing(v) {
		name := s.asText(v, "DefaultAuthorizer")
		if defs.get(name) == nil {
			s.fail(v, "DefaultAuthorizer names %q, which Authorizers does not have", name)
			return
		}
		s.defaultSecurity(body, name, auth, false, false)
	}
}

func (s *sam) httpAuthorizer(a *node) *node {
	if jwt := s.asMap(a.get("JwtConfiguration"), "JwtConfiguration"); jwt != nil {
		config := jwt.like(mapNode)
		for i, key := range jwt.keys {
			config.set(strings.ToLower(key), jwt.items[i])
		}
		return a.ofMap("type", "oauth2", "x-amazon-apigateway-authorizer", a.ofMap("type", "jwt", "jwtConfiguration", config,
			"identitySource", given(a.get("IdentitySource"))))
	}
	ext := a.ofMap("type", "request", "authorizerPayloadFormatVersion", given(a.get("AuthorizerPayloadFormatVersion")),
		"enableSimpleResponses", given(a.get("EnableSimpleResponses")))
	s.authorizerCall(a, ext)
	return a.ofMap("type", "apiKey", "name", "Unused", "in", "header", "x-amazon-apigateway-authorizer", ext)
}

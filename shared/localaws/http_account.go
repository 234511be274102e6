package localaws

import (
	"strings"
)

// An httpAPI is an API of API Gateway's second generation: an HTTP or a WebSocket API.
type httpAPI struct {
	id           string
	conf         map[string]any // Api
	routes       map[string]map[string]any
	integrations map[string]map[string]any
	stages       map[string]map[string]any
	authorizers  map[string]map[string]any
	unread       string // why its routes are not known; empty: they are
}

var httpIntegrationShape = shape{
	{from: "IntegrationType"}, {from: "IntegrationUri"}, {from: "IntegrationMethod"}, {from: "CredentialsArn"}, {from: "PayloadFormatVersion"}, {from: "Description"},
	{from: "ConnectionType"}, {from: "ConnectionId"}, {from: "IntegrationSubtype"}, {from: "PassthroughBehavior"}, {from: "ContentHandlingStrategy"},
	{from: "TemplateSelectionExpression"}, {from: "TimeoutInMillis", kind: kindInt}, {from: "RequestParameters", kind: kindTextMap}, {from: "RequestTemplates", kind: kindTextMap},
}

var httpRouteShape = shape{
	{from: "RouteKey"}, {from: "Target"}, {from: "AuthorizationType"}, {from: "AuthorizerId"}, {from: "AuthorizationScopes", kind: kindTexts},
	{from: "ApiKeyRequired", kind: kindBool}, {from: "OperationName"}, {from: "ModelSelectionExpression"}, {from: "RouteResponseSelectionExpression"},
}

func httpIntegrationDefaults(i map[string]any) {
	for k, v := range map[string]any{"connectionType": "INTERNET", "payloadFormatVersion": "1.0", "timeoutInMillis": 30000} {
		if i[k] == nil {
			i[k] = v
		}
	}
	if i["integrationMethod"] == nil && i["integrationType"] == "AWS_PROXY" && i["integrationSubtype"] == nil {
		i["integrationMethod"] = "POST"
	}
}

func (b *builder) httpAPI() {
	home, r := b.home(), b.res
	if !once(b, home.httpAPIs, r.PhysicalID, "HTTP API") {
		return
	}
	api := &httpAPI{
		id: r.PhysicalID, routes: map[string]map[string]any{}, integrations: map[string]map[string]any{}, stages: map[string]map[string]any{}, authorizers: map[string]map[string]any{},
		conf: shape{
			{from: "Name"}, {from: "Description"}, {from: "ProtocolType"}, {from: "RouteSelectionExpression"}, {from: "ApiKeySelectionExpression"}, {from: "Version"}, {from: "IpAddressType"},
			{from: "DisableExecuteApiEndpoint", kind: kindBool}, {from: "DisableSchemaValidation", kind: kindBool}, {from: "Tags", kind: kindTextMap},
			{from: "CorsConfiguration", kind: kindObject, of: shape{
				{from: "AllowCredentials", kind: kindBool}, {from: "AllowHeaders", kind: kindTexts}, {from: "AllowMethods", kind: kindTexts}, {from: "AllowOrigins", kind: kindTexts},
				{from: "ExposeHeaders", kind: kindTexts}, {from: "MaxAge", kind: kindInt},
			}},
		}.project(r.Properties, lowerFirst),
	}
	home.httpAPIs[r.PhysicalID] = api
	c := api.conf
	body := b.prop("Body")
	info := object(object(body)["info"])
	c["apiId"], c["createdDate"] = api.id, bornText
	for k, v := range map[string]any{
		"name": first(text(info["title"]), r.PhysicalID), "protocolType": "HTTP", "routeSelectionExpression": "$request.method $request.path",
		"apiKeySelectionExpression": "$request.header.x-api-key", "disableExecuteApiEndpoint": false,
	} {
		if c[k] == nil {
			c[k] = v
		}
	}
	scheme := "https"
	if c["protocolType"] == "WEBSOCKET" {
		scheme = "wss"
	}
	c["apiEndpoint"] = scheme + "://" + api.id + ".execute-api." + home.name + ".amazonaws.com"
	switch doc := body.(type) {
	case nil:
		if b.prop("BodyS3Location") != nil {
			api.unread = "the definition of HTTP API " + api.id + ", which is in S3"
		}
	case map[string]any:
		openAPI{b: b, doc: doc}.http(api)
	default:
		api.unread = "the definition of HTTP API " + api.id
	}
	b.quickCreate(api)
	if api.unread != "" {
		b.warn("%s; its routes are unknown", api.unread)
	}
}

// quickCreate is what Target makes: an integration, a route for everything or for RouteKey, and a stage.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html.
func (b *builder) quickCreate(api *httpAPI) {
	target := text(b.prop("Target"))
	if target == "" {
		return
	}
	i := map[string]any{"integrationId": apiID(7, api.id, "quick"), "integrationType": "AWS_PROXY", "integrationUri": target, "payloadFormatVersion": "2.0", "apiGatewayManaged": true}
	if strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://") {
		i["integrationType"], i["payloadFormatVersion"], i["integrationMethod"] = "HTTP_PROXY", "1.0", "ANY"
	}
	if arn := text(b.prop("CredentialsArn")); arn != "" {
		i["credentialsArn"] = arn
	}
	httpIntegrationDefaults(i)
	id := text(i["integrationId"])
	api.integrations[id] = i
	route := apiID(7, api.id, "quick route")
	api.routes[route] = map[string]any{
		"routeId": route, "routeKey": first(text(b.prop("RouteKey")), "$default"), "target": "integrations/" + id, "apiKeyRequired": false, "authorizationType": "NONE", "apiGatewayManaged": true,
	}
	api.stages["$default"] = map[string]any{
		"stageName": "$default", "autoDeploy": true, "apiGatewayManaged": true, "createdDate": bornText, "lastUpdatedDate": bornText,
		"defaultRouteSettings": map[string]any{"detailedMetricsEnabled": false}, "routeSettings": map[string]any{}, "stageVariables": map[string]any{},
	}
}

func (b *builder) httpOf() *httpAPI {
	if b.isLost("HTTP API", text(b.prop("ApiId"))) {
		return nil
	}
	a := b.home().httpAPIs[text(b.prop("ApiId"))]
	if a == nil {
		b.warn("HTTP API %q is in no template", text(b.prop("ApiId")))
	}
	return a
}

func (b *builder) httpIntegration() {
	b.then(func() {
		if api := b.httpOf(); api != nil {
			i := httpIntegrationShape.project(b.res.Properties, lowerFirst)
			i["integrationId"] = b.res.PhysicalID
			httpIntegrationDefaults(i)
			api.integrations[b.res.PhysicalID] = i
		}
	})
}

func (b *builder) httpRoute() {
	b.then(func() {
		if api := b.httpOf(); api != nil {
			r := httpRouteShape.project(b.res.Properties, lowerFirst)
			r["routeId"] = b.res.PhysicalID
			if r["authorizationType"] == nil {
				r["authorizationType"] = "NONE"
			}
			if r["apiKeyRequired"] == nil {
				r["apiKeyRequired"] = false
			}
			api.routes[b.res.PhysicalID] = r
		}
	})
}

func (b *builder) httpStage() {
	b.then(func() {
		if api := b.httpOf(); api != nil {
			name := text(b.prop("StageName"))
			s := shape{
				{from: "StageName"}, {from: "Description"}, {from: "DeploymentId"}, {from: "AutoDeploy", kind: kindBool}, {from: "StageVariables", kind: kindTextMap}, {from: "Tags", kind: kindTextMap},
				{from: "AccessLogSettings", kind: kindObject, of: shape{{from: "DestinationArn"}, {from: "Format"}}},
			}.project(b.res.Properties, lowerFirst)
			s["createdDate"], s["lastUpdatedDate"] = bornText, bornText
			settings := routeSettings(b.prop("DefaultRouteSettings"))
			if settings["detailedMetricsEnabled"] == nil {
				settings["detailedMetricsEnabled"] = false
			}
			routes := map[string]any{}
			for key, of := range object(b.prop("RouteSettings")) {
				routes[key] = routeSettings(of)
			}
			s["defaultRouteSettings"], s["routeSettings"] = settings, routes
			if s["stageVariables"] == nil {
				s["stageVariables"] = map[string]string{}
			}
			api.stages[name] = s
		}
	})
}

func routeSettings(v any) map[string]any {
	of := object(v)
	s := shape{{from: "DetailedMetricsEnabled", kind: kindBool}, {from: "LoggingLevel"}, {from: "ThrottlingBurstLimit", kind: kindInt}}.project(of, lowerFirst)
	if limit, set := fraction(of["ThrottlingRateLimit"]); set {
		s["throttlingRateLimit"] = limit
	}
	return s
}

func (b *builder) httpAuthorizer() {
	b.then(func() {
		if api := b.httpOf(); api != nil {
			a := shape{
				{from: "Name"}, {from: "AuthorizerType"}, {from: "AuthorizerUri"}, {from: "AuthorizerCredentialsArn"}, {from: "AuthorizerPayloadFormatVersion"},
				{from: "AuthorizerResultTtlInSeconds", kind: kindInt}, {from: "EnableSimpleResponses", kind: kindBool}, {from: "IdentitySource", kind: kindTexts}, {from: "IdentityValidationExpression"},
				{from: "JwtConfiguration", kind: kindObject, of: shape{{from: "Audience", kind: kindTexts}, {from: "Issuer"}}},
			}.project(b.res.Properties, lowerFirst)
			a["authorizerId"] = b.res.PhysicalID
			api.authorizers[b.res.PhysicalID] = a
		}
	})
}

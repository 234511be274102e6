package localaws

import (
	"sort"
	"strings"
)

// An openAPI is an API definition in a template: OpenAPI 2 or 3 with API Gateway's extensions.
// See https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html.
type openAPI struct {
	b   *builder
	doc map[string]any
}

// verbs are the operations of a path, by their name in a definition.
var verbs = map[string]string{
	"get": "GET", "put": "PUT", "post": "POST", "delete": "DELETE", "options": "OPTIONS", "head": "HEAD", "patch": "PATCH",
	"x-amazon-apigateway-any-method": "ANY",
}

// deref follows a reference within the definition, as far as it is one.
func (o openAPI) deref(v any) any {
	for range 10 {
		m, ok := v.(map[string]any)
		ref := text(m["$ref"])
		if !ok || !strings.HasPrefix(ref, "#/") {
			return v
		}
		v = any(o.doc)
		for _, part := range strings.Split(ref[2:], "/") {
			part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
			v = object(v)[part]
		}
	}
	return nil
}

// schemes are the security schemes: securityDefinitions in OpenAPI 2, components.securitySchemes in 3.
func (o openAPI) schemes() map[string]any {
	if s := object(o.doc["securityDefinitions"]); s != nil {
		return s
	}
	return object(object(o.doc["components"])["securitySchemes"])
}

// operations calls f for every operation, by path and then by verb, and reports whether all of them are known.
func (o openAPI) operations(f func(path, verb string, op map[string]any)) bool {
	known := true
	paths, ok := o.doc["paths"].(map[string]any)
	if !ok {
		return o.doc["paths"] == nil
	}
	for _, path := range sortedKeys(paths) {
		item, ok := o.deref(paths[path]).(map[string]any)
		if isUnknown(path) || !ok {
			known = false
			continue
		}
		var names []string
		for name := range item {
			if verbs[strings.ToLower(name)] != "" {
				names = append(names, name)
			} else if isUnknown(name) {
				known = false
			}
		}
		sort.Strings(names)
		for _, name := range names {
			op, ok := o.deref(item[name]).(map[string]any)
			if !ok {
				known = false
				continue
			}
			f(path, verbs[strings.ToLower(name)], op)
		}
	}
	return known
}

// scheme is the security scheme of an operation: its own, or the definition's. An empty list is none.
func (o openAPI) scheme(op map[string]any) string {
	v, own := op["security"]
	if !own {
		v = o.doc["security"]
	}
	for _, e := range items(v) {
		for _, name := range sortedKeys(object(e)) {
			if s := object(o.deref(o.schemes()[name])); text(s["type"]) == "apiKey" && s["x-amazon-apigateway-authtype"] == nil && s["x-amazon-apigateway-authorizer"] == nil {
				continue // an API key is no authorizer
			}
			return name
		}
	}
	return ""
}

// rest fills a REST API.
func (o openAPI) rest(api *restAPI) {
	if p := o.deref(o.doc["x-amazon-apigateway-policy"]); p != nil && api.conf["policy"] == nil {
		api.conf["policy"] = documentText(p, resourcePolicy, "")
	}
	authorizers := map[string]string{} // id by scheme
	kinds := map[string]string{}
	for _, name := range sortedKeys(o.schemes()) {
		s := object(o.deref(o.schemes()[name]))
		kinds[name] = "NONE"
		if strings.EqualFold(text(s["x-amazon-apigateway-authtype"]), "awsSigv4") {
			kinds[name] = "AWS_IAM"
		}
		ext, ok := o.deref(s["x-amazon-apigateway-authorizer"]).(map[string]any)
		if !ok {
			continue
		}
		a := shape{
			{from: "authorizerUri"}, {from: "authorizerCredentials"}, {from: "identitySource"}, {from: "identityValidationExpression"},
			{from: "authorizerResultTtlInSeconds", kind: kindInt}, {from: "providerARNs", kind: kindTexts},
		}.project(ext, asIs)
		kinds[name] = "CUSTOM"
		a["type"] = strings.ToUpper(text(ext["type"]))
		if a["type"] == "COGNITO_USER_POOLS" {
			kinds[name] = "COGNITO_USER_POOLS"
		}
		id := apiID(6, api.id, "authorizer", name)
		a["id"], a["name"] = id, name
		if t := text(s["x-amazon-apigateway-authtype"]); t != "" {
			a["authType"] = t
		}
		if a["identitySource"] == nil && a["type"] == "TOKEN" {
			a["identitySource"] = "method.request.header." + first(text(s["name"]), "Authorization")
		}
		authorizers[name] = id
		api.authorizers[id] = a
	}
	known := o.operations(func(path, verb string, op map[string]any) {
		n := api.node(path)
		m := map[string]any{"httpMethod": verb, "authorizationType": "NONE"}
		if name := o.scheme(op); name != "" {
			m["authorizationType"] = first(kinds[name], "NONE")
			if id := authorizers[name]; id != "" {
				m["authorizerId"] = id
			}
		}
		if id := text(op["operationId"]); id != "" {
			m["operationName"] = id
		}
		if ext := object(o.deref(op["x-amazon-apigateway-auth"])); ext != nil {
			if t := strings.ToUpper(text(ext["type"])); t != "" {
				m["authorizationType"] = t
				if t == "NONE" {
					delete(m, "authorizerId")
				}
			}
		}
		switch ext := o.deref(op["x-amazon-apigateway-integration"]).(type) {
		case map[string]any:
			m["methodIntegration"] = o.restIntegration(ext)
		case string:
			m["methodIntegration"] = integrationShape.unknown(ext, lowerFirst)
		}
		restMethodDefaults(m, n.id)
		n.methods[verb] = m
	})
	if !known {
		api.unread = "a part of the definition of REST API " + api.id
	}
}

func (o openAPI) restIntegration(ext map[string]any) map[string]any {
	i := shape{
		{from: "type"}, {from: "httpMethod"}, {from: "uri"}, {from: "credentials"}, {from: "connectionType"}, {from: "connectionId"},
		{from: "passthroughBehavior"}, {from: "contentHandling"}, {from: "timeoutInMillis", kind: kindInt}, {from: "cacheNamespace"},
		{from: "requestParameters", kind: kindTextMap}, {from: "requestTemplates", kind: kindTextMap}, {from: "cacheKeyParameters", kind: kindTexts},
		{from: "responseTransferMode"},
	}.project(ext, asIs)
	for _, k := range []string{"type", "passthroughBehavior"} {
		if s := text(i[k]); s != "" && !isUnknown(s) {
			i[k] = strings.ToUpper(s)
		}
	}
	return i
}

// http fills an HTTP API. Each operation is a route with an integration of its own, as the import makes them; operations that
// refer to the same integration of the components share it.
// See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html.
func (o openAPI) http(api *httpAPI) {
	authorizers, kinds := map[string]string{}, map[string]string{}
	for _, name := range sortedKeys(o.schemes()) {
		s := object(o.deref(o.schemes()[name]))
		if strings.EqualFold(text(s["x-amazon-apigateway-authtype"]), "awsSigv4") {
			kinds[name] = "AWS_IAM"
		}
		ext, ok := o.deref(s["x-amazon-apigateway-authorizer"]).(map[string]any)
		if !ok {
			continue
		}
		a := shape{
			{from: "authorizerUri"}, {from: "authorizerCredentials", to: "authorizerCredentialsArn"}, {from: "authorizerPayloadFormatVersion"},
			{from: "authorizerResultTtlInSeconds", kind: kindInt}, {from: "enableSimpleResponses", kind: kindBool},
			{from: "jwtConfiguration", kind: kindObject, of: shape{{from: "audience", kind: kindTexts}, {from: "issuer"}}},
		}.project(ext, asIs)
		a["authorizerType"] = strings.ToUpper(text(ext["type"]))
		kinds[name] = "CUSTOM"
		if a["authorizerType"] == "JWT" {
			kinds[name] = "JWT"
		}
		var sources []string
		for _, s := range texts(ext["identitySource"]) {
			for _, one := range strings.Split(s, ",") {
				sources = append(sources, strings.TrimSpace(one))
			}
		}
		a["identitySource"] = append([]string{}, sources...)
		id := apiID(6, api.id, "authorizer", name)
		a["authorizerId"], a["name"] = id, name
		authorizers[name] = id
		api.authorizers[id] = a
	}
	known := o.operations(func(path, verb string, op map[string]any) {
		key := verb + " " + path
		if path == "/$default" || path == "$default" {
			key = "$default"
		}
		r := map[string]any{"routeKey": key, "routeId": apiID(7, api.id, "route", key), "apiKeyRequired": false, "authorizationType": "NONE"}
		if name := o.scheme(op); name != "" {
			r["authorizationType"] = first(kinds[name], "NONE")
			if id := authorizers[name]; id != "" {
				r["authorizerId"] = id
			}
		}
		if id := text(op["operationId"]); id != "" {
			r["operationName"] = id
		}
		raw := op["x-amazon-apigateway-integration"]
		id := apiID(7, api.id, "integration", key)
		if ref := text(object(raw)["$ref"]); ref != "" {
			id = apiID(7, api.id, "integration", ref)
		}
		var i map[string]any
		switch ext := o.deref(raw).(type) {
		case map[string]any:
			i = shape{
				{from: "type", to: "integrationType"}, {from: "httpMethod", to: "integrationMethod"}, {from: "uri", to: "integrationUri"}, {from: "credentials", to: "credentialsArn"},
				{from: "payloadFormatVersion"}, {from: "connectionType"}, {from: "connectionId"}, {from: "integrationSubtype"}, {from: "timeoutInMillis", kind: kindInt},
				{from: "requestParameters", kind: kindTextMap},
			}.project(ext, asIs)
			if s := text(i["integrationType"]); s != "" && !isUnknown(s) {
				i["integrationType"] = strings.ToUpper(s)
			}
		case string:
			i = httpIntegrationShape.unknown(ext, lowerFirst)
		}
		if i != nil {
			i["integrationId"] = id
			httpIntegrationDefaults(i)
			api.integrations[id] = i
			r["target"] = "integrations/" + id
		}
		api.routes[text(r["routeId"])] = r
	})
	if !known {
		api.unread = "a part of the definition of HTTP API " + api.id
	}
}

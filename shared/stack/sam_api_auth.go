package stack

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
	body, defs := s.definitionsFor(r, auth)
	if defs == nil {
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

// apiPolicy is the resource policy that Auth describes; nil where it describes none. Lists of accounts, addresses and networks
// are left open: what SAM makes of them is not written here.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-resourcepolicystatement.html
func (s *sam) apiPolicy(r *samResource, auth *node) *node {
	policy := s.asMap(auth.get("ResourcePolicy"), "ResourcePolicy")
	if policy == nil || len(policy.items) == 0 {
		return nil
	}
	custom := given(policy.get("CustomStatements"))
	if custom == nil || len(policy.items) > 1 {
		return policy.ofText(Unknown("ResourcePolicy of " + r.id))
	}
	if custom.kind == mapNode {
		custom = custom.ofList(custom)
	}
	return policy.ofMap("Version", policy.ofText("2012-10-17"), "Statement", custom)
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

// definitionsFor is the definition of an API with Auth and its security schemes; nil, with what is wrong said, where they cannot
// be added to.
func (s *sam) definitionsFor(r *samResource, auth *node) (body, defs *node) {
	body = r.api.body
	if body == nil || body.get("paths") == nil {
		s.fail(auth, "Auth wants the API's definition in DefinitionBody")
		return nil, nil
	}
	if defs = schemes(body); defs == nil {
		s.fail(auth, "Auth finds security schemes in DefinitionBody that are no map")
	}
	return body, defs
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

package stack

import "strings"

// simpleTable turns AWS::Serverless::SimpleTable into a table.
func (s *sam) simpleTable(r *samResource) {
	p, at := r.props, r.node
	name, kind := at.ofText("id"), "S"
	if key := s.asMap(p.get("PrimaryKey"), "PrimaryKey"); key != nil {
		name = orElse(key.get("Name"), name)
		kind = map[string]string{"String": "S", "Number": "N", "Binary": "B"}[s.asText(key.get("Type"), "Type")]
		if kind == "" {
			s.fail(key, "PrimaryKey wants Name, and Type: String, Number or Binary")
			return
		}
	}
	table := at.ofMap("AttributeDefinitions", at.ofList(at.ofMap("AttributeName", name, "AttributeType", kind)),
		"KeySchema", at.ofList(at.ofMap("AttributeName", name, "KeyType", "HASH")))
	for _, key := range []string{"TableName", "SSESpecification", "ProvisionedThroughput", "PointInTimeRecoverySpecification"} {
		if v := given(p.get(key)); v != nil {
			table.set(key, v)
		}
	}
	if table.get("ProvisionedThroughput") == nil {
		table.set("BillingMode", at.ofText("PAY_PER_REQUEST"))
	}
	if tags := given(p.get("Tags")); tags != nil {
		table.set("Tags", s.tags(at, "", tags))
	}
	s.main(r, "AWS::DynamoDB::Table", table)
}

// layer turns AWS::Serverless::LayerVersion into a layer. SAM adds a hash of its content to the logical id, which nothing
// can refer to: references use the id that is written.
func (s *sam) layer(r *samResource) {
	p, at := r.props, r.node
	name := given(p.get("LayerName"))
	if name == nil {
		name = at.ofText(r.id)
	}
	layer := at.ofMap("LayerName", name, "Content", at.like(mapNode))
	for _, key := range []string{"CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo"} {
		if v := given(p.get(key)); v != nil {
			layer.set(key, v)
		}
	}
	s.main(r, "AWS::Lambda::LayerVersion", layer)
}

// application turns AWS::Serverless::Application into a nested stack, whose template is not read.
func (s *sam) application(r *samResource) {
	p, at := r.props, r.node
	props := at.ofMap("TemplateURL", "", "Parameters", given(p.get("Parameters")), "NotificationARNs", given(p.get("NotificationARNs")))
	if location := given(p.get("Location")); location != nil && location.kind == stringNode {
		props.set("TemplateURL", location)
	}
	s.main(r, "AWS::CloudFormation::Stack", props)
}

// capacityProvider turns AWS::Serverless::CapacityProvider into the provider and the role by which Lambda runs instances.
func (s *sam) capacityProvider(r *samResource) {
	p, at := r.props, r.node
	role := given(p.get("OperatorRole"))
	if role == nil {
		id := r.id + "OperatorRole"
		s.make(r, at, id, "AWS::IAM::Role", at.ofMap("AssumeRolePolicyDocument", trustOf(at, "lambda.amazonaws.com"),
			"ManagedPolicyArns", at.ofList(managedPolicy(at, "AWSLambdaManagedEC2ResourceOperator")), "Tags", s.tags(at, "lambda:createdBy", nil)))
		role = at.ofGetAtt(id, "Arn")
	}
	s.main(r, "AWS::Lambda::CapacityProvider", at.ofMap("CapacityProviderName", given(p.get("CapacityProviderName")), "VpcConfig", given(p.get("VpcConfig")),
		"PermissionsConfig", at.ofMap("CapacityProviderOperatorRoleArn", role), "KmsKeyArn", given(p.get("KmsKeyArn")),
		"Tags", s.tags(at, "lambda:createdBy", p.get("Tags"))))
}

// webSocketAPI turns AWS::Serverless::WebSocketApi into the API, its stage, and a route, an integration and a permission
// for each of its routes.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
func (s *sam) webSocketAPI(r *samResource) {
	p, at := r.props, r.node
	name := given(p.get("Name"))
	if name == nil {
		name = at.ofText(r.id)
	}
	s.main(r, "AWS::ApiGatewayV2::Api", at.ofMap("Name", name, "ProtocolType", "WEBSOCKET", "RouteSelectionExpression", given(p.get("RouteSelectionExpression")),
		"DisableExecuteApiEndpoint", given(p.get("DisableExecuteApiEndpoint"))))
	stage, id := given(p.get("StageName")), r.id+"DefaultStage"
	if stage == nil {
		stage = at.ofText("default")
	} else if text, ok := stage.name(); ok && text != "default" {
		id = r.id + text + "Stage"
	} else if !ok {
		id = r.id + "Stage"
	}
	s.make(r, at, id, "AWS::ApiGatewayV2::Stage", at.ofMap("ApiId", at.ofRef(r.id), "StageName", stage, "StageVariables", given(p.get("StageVariables"))))
	s.refer(r, "Stage", id)
	const uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${FunctionArn}/invocations"
	auth := s.asMap(p.get("Auth"), "Auth")
	routes := s.asMap(p.get("Routes"), "Routes")
	if routes == nil {
		s.fail(at, "%sWebSocketApi wants Routes", serverless)
		return
	}
	for i, key := range routes.keys {
		route := s.asMap(routes.items[i], "a route")
		word := strings.TrimPrefix(key, "$")
		if route == nil || !alphanumeric(word) || given(route.get("FunctionArn")) == nil {
			s.fail(routes.items[i], "a route of a WebSocket API has a name of letters and digits, $connect, $disconnect or $default, and a FunctionArn")
			return
		}
		function := route.get("FunctionArn")
		base := r.id + strings.ToUpper(word[:1]) + strings.ToLower(word[1:])
		made := route.ofMap("ApiId", route.ofRef(r.id), "RouteKey", key, "Target", route.ofMap("Fn::Join", route.ofList(route.ofText("/"),
			route.ofList(route.ofText("integrations"), route.ofRef(base+"Integration")))))
		if auth != nil && key == "$connect" {
			kind := s.asText(auth.get("AuthType"), "AuthType")
			made.set("AuthorizationType", auth.ofText(strings.ToUpper(kind)))
			if strings.EqualFold(kind, "CUSTOM") {
				made.set("AuthorizerId", auth.ofRef(r.id+"ConnectAuthorizer"))
				s.socketAuthorizer(r, auth, uri)
			}
		}
		s.make(r, route, base+"Route", "AWS::ApiGatewayV2::Route", made)
		s.make(r, route, base+"Integration", "AWS::ApiGatewayV2::Integration", route.ofMap("ApiId", route.ofRef(r.id), "IntegrationType", "AWS_PROXY",
			"IntegrationUri", route.ofSub(uri, "FunctionArn", function)))
		s.make(r, route, base+"Permission", "AWS::Lambda::Permission", route.ofMap("Action", "lambda:InvokeFunction", "FunctionName", function,
			"Principal", "apigateway.amazonaws.com", "SourceArn",
			route.ofSub("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/"+strings.ReplaceAll(key, "${", "${!"),
				"__ApiId__", route.ofRef(r.id), "__Stage__", stage)))
	}
	s.domain(r, "AWS::ApiGatewayV2::DomainName")
}

func (s *sam) socketAuthorizer(r *samResource, auth *node, uri string) {
	function := given(auth.get("AuthArn"))
	if function == nil {
		s.fail(auth, "Auth of AuthType CUSTOM wants AuthArn")
		return
	}
	role := given(auth.get("InvokeRole"))
	s.make(r, auth, r.id+"ConnectAuthorizer", "AWS::ApiGatewayV2::Authorizer", auth.ofMap("ApiId", auth.ofRef(r.id), "AuthorizerType", "REQUEST",
		"Name", r.id+"ConnectAuthorizer", "AuthorizerUri", auth.ofSub(uri, "FunctionArn", function), "AuthorizerCredentialsArn", role,
		"IdentitySource", given(auth.get("IdentitySource"))))
	if role == nil {
		s.authorizerPermission(r, auth, r.id+"AuthorizerPermission", function)
	}
}

// authorizerPermission lets an API call the function that authorizes its requests.
func (s *sam) authorizerPermission(r *samResource, at *node, id string, function *node) {
	s.make(r, at, id, "AWS::Lambda::Permission", at.ofMap("Action", "lambda:InvokeFunction", "FunctionName", function, "Principal", "apigateway.amazonaws.com",
		"SourceArn", at.ofSub("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*", "__ApiId__", at.ofRef(r.id))))
}

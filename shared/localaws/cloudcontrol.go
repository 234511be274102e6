package localaws

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/stack"
)

// A controlled resource is one that is served through the Cloud Control API alone: as its template declares it.
type controlled struct {
	identifier string
	arn        string
	properties map[string]any
	// elsewhere is true of what is known only because others are in it: no template holds it.
	elsewhere bool
}

// controlledType is what the schema of such a type says.
type controlledType struct {
	// identifier are the properties of the primary identifier.
	identifier []string
	// arn and id are the properties that AWS adds: the ARN and the id; empty for none.
	arn, id string
	// list and read are what the handlers call: read ones on the resource, but for those with a * or with the resource
	// behind them, where ARN stands for a service and what is behind it in this account.
	list, read []string
	// holder is the type of what holds such resources, and in the property that names it, without which nothing is listed.
	holder, in string
}

// controlledTypes are the types whose resources are served, with what their handlers call where a resource has nothing out
// of the ordinary.
// See https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/supported-resources.html.
func controlledTypes() map[string]controlledType {
	return map[string]controlledType{
		// The attribute of templates that names the hooks of an alias' deployments, which no API of AWS shows.
		"AWS::Lambda::Alias": {identifier: []string{"AliasArn"}, arn: "AliasArn"},
		"AWS::AppSync::Api":  {identifier: []string{"ApiArn"}, arn: "ApiArn", id: "ApiId", list: []string{"appsync:ListApis"}, read: []string{"appsync:GetApi", "appsync:ListTagsForResource"}},
		"AWS::Bedrock::Agent": {identifier: []string{"AgentId"}, arn: "AgentArn", id: "AgentId", list: []string{"bedrock:ListAgents"},
			read: []string{"bedrock:GetAgent", "bedrock:ListAgentActionGroups", "bedrock:GetAgentActionGroup", "bedrock:ListAgentKnowledgeBases", "bedrock:ListAgentCollaborators", "bedrock:ListTagsForResource"}},
		"AWS::CloudFront::Distribution": {identifier: []string{"Id"}, id: "Id", list: []string{"cloudfront:ListDistributions", "cloudfront:ListTagsForResource cloudfront distribution/*"},
			read: []string{"cloudfront:GetDistribution", "cloudfront:GetDistributionConfig", "cloudfront:ListTagsForResource"}},
		"AWS::CodeCommit::Repository": {identifier: []string{"RepositoryId"}, arn: "Arn", id: "RepositoryId", list: []string{"codecommit:ListRepositories"},
			read: []string{"codecommit:ListRepositories *", "codecommit:GetRepository", "codecommit:GetRepositoryTriggers", "codecommit:ListTagsForResource"}},
		"AWS::Connect::Instance": {identifier: []string{"Arn"}, arn: "Arn", id: "Id", list: []string{"connect:ListInstances", "connect:ListInstanceAttributes connect instance/*", "ds:DescribeDirectories"}},
		"AWS::Connect::IntegrationAssociation": {identifier: []string{"InstanceId", "IntegrationType", "IntegrationArn"}, holder: "AWS::Connect::Instance", in: "InstanceId",
			list: []string{"connect:ListBots connect instance/*", "connect:ListLambdaFunctions connect instance/*", "connect:ListIntegrationAssociations connect instance/*", "connect:ListTagsForResource connect instance/*"}},
		"AWS::BedrockAgentCore::Gateway": {identifier: []string{"GatewayIdentifier"}, arn: "GatewayArn", id: "GatewayIdentifier", list: []string{"bedrock-agentcore:ListGateways"},
			read: []string{"bedrock-agentcore:GetGateway", "bedrock-agentcore:ListTagsForResource"}},
		"AWS::BedrockAgentCore::GatewayTarget": {identifier: []string{"GatewayIdentifier", "TargetId"}, arn: "GatewayArn", id: "TargetId", holder: "AWS::BedrockAgentCore::Gateway", in: "GatewayIdentifier",
			list: []string{"bedrock-agentcore:ListGatewayTargets bedrock-agentcore gateway/*"}, read: []string{"bedrock-agentcore:GetGatewayTarget"}},
		"AWS::CloudFormation::LambdaHook": {identifier: []string{"HookArn"}, arn: "HookArn",
			list: []string{"cloudformation:ListTypes", "cloudformation:BatchDescribeTypeConfigurations", "cloudformation:DescribeType"},
			read: []string{"cloudformation:BatchDescribeTypeConfigurations *", "cloudformation:DescribeType *"}},
		"AWS::CodePipeline::Pipeline": {identifier: []string{"Name"}, id: "Name", list: []string{"codepipeline:ListPipelines"},
			read: []string{"codepipeline:GetPipeline", "codepipeline:ListTagsForResource", "codepipeline:GetPipelineState"}},
		"AWS::ECS::Cluster": {identifier: []string{"ClusterName"}, id: "ClusterName", arn: "Arn", list: []string{"ecs:ListClusters", "ecs:DescribeClusters ecs cluster/*"}},
		"AWS::ECS::Service": {identifier: []string{"ServiceArn", "Cluster"}, arn: "ServiceArn", id: "ServiceName", holder: "AWS::ECS::Cluster", in: "Cluster",
			list: []string{"ecs:ListClusters", "ecs:ListServices", "ecs:DescribeServices ecs service/*"}, read: []string{"ecs:DescribeServices"}},
		"AWS::IVSChat::Room":             {identifier: []string{"Arn"}, arn: "Arn", id: "Id", list: []string{"ivschat:ListRooms ivschat room/*"}, read: []string{"ivschat:GetRoom", "ivschat:ListTagsForResource"}},
		"AWS::IoT::Authorizer":           {identifier: []string{"AuthorizerName"}, arn: "Arn", id: "AuthorizerName", list: []string{"iot:ListAuthorizers"}, read: []string{"iot:DescribeAuthorizer", "iot:ListTagsForResource"}},
		"AWS::IoT::ProvisioningTemplate": {identifier: []string{"TemplateName"}, arn: "TemplateArn", id: "TemplateName", list: []string{"iot:ListProvisioningTemplates"}, read: []string{"iot:DescribeProvisioningTemplate", "iot:ListTagsForResource"}},
		"AWS::Lex::Bot":                  {identifier: []string{"Id"}, arn: "Arn", id: "Id", list: []string{"lex:ListBots", "lex:ListBotReplicas lex bot/*"}},
		"AWS::Lex::BotAlias": {identifier: []string{"BotAliasId", "BotId"}, arn: "Arn", id: "BotAliasId", holder: "AWS::Lex::Bot", in: "BotId",
			list: []string{"lex:ListBotAliases lex bot/*"}, read: []string{"lex:DescribeBotAlias"}},
		"AWS::Transfer::Server":   {identifier: []string{"Arn"}, arn: "Arn", id: "ServerId", list: []string{"transfer:ListServers"}, read: []string{"transfer:DescribeServer", "ec2:DescribeVpcEndpoints *"}},
		"AWS::Transfer::Workflow": {identifier: []string{"WorkflowId"}, arn: "Arn", id: "WorkflowId", list: []string{"transfer:ListWorkflows"}, read: []string{"transfer:DescribeWorkflow"}},
		"AWS::VpcLattice::TargetGroup": {identifier: []string{"Arn"}, arn: "Arn", id: "Id", list: []string{"vpc-lattice:ListTargetGroups"},
			read: []string{"vpc-lattice:GetTargetGroup", "vpc-lattice:ListTargets", "vpc-lattice:ListTagsForResource *"}},
	}
}

// handled are what a handler asks for on the resource.
func (c *call) handled(actions []string, resource string) []need {
	var all []need
	for _, one := range actions {
		words := strings.Split(one, " ")
		on := resource
		switch len(words) {
		case 2:
			on = words[1]
		case 3:
			on = c.home().arn(words[1], words[2])
			if words[1] == "cloudfront" {
				on = "arn:" + c.home().partition + ":cloudfront::" + c.home().account + ":" + words[2] // it is in no Region
			}
		}
		all = append(all, need{action: words[0], resource: on})
	}
	return all
}

func controlledMakers() map[string]func(*builder) {
	all := map[string]func(*builder){}
	for name := range controlledTypes() {
		all[name] = (*builder).controlled
	}
	all["AWS::Lex::Bot"] = (*builder).bot
	all["AWS::Lambda::Alias"] = func(b *builder) { b.lambdaAlias(); b.deployment() }
	all["AWS::CodeDeploy::DeploymentGroup"] = (*builder).deploymentGroup
	return all
}

func (b *builder) controlled() {
	r, schema := b.res, controlledTypes()[b.res.Type]
	properties := maps.Clone(r.Properties)
	if properties == nil {
		properties = map[string]any{}
	}
	for name, value := range map[string]string{schema.arn: r.ARN, schema.id: nameIn(r.ARN, r.PhysicalID)} {
		if _, given := properties[name]; !given && name != "" {
			properties[name] = value
		}
	}
	if r.Type == "AWS::ECS::Service" {
		// It may be given by its ARN, and is the default one where it is not given.
		cluster := text(properties["Cluster"])
		if strings.HasPrefix(cluster, "arn:") {
			cluster = nameIn(cluster, cluster)
		}
		properties["Cluster"] = first(cluster, "default")
	}
	b.control(r.Type, controlled{arn: r.ARN, properties: properties})
}

// bot is a bot of Lex with its test alias, which has no resource of its own.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lex-bot-testbotaliassettings.html.
func (b *builder) bot() {
	b.controlled()
	id := nameIn(b.res.ARN, b.res.PhysicalID)
	b.control("AWS::Lex::BotAlias", controlled{arn: b.home().arn("lex", "bot-alias/"+id+"/TSTALIASID"), properties: map[string]any{
		"BotId": id, "BotAliasId": "TSTALIASID", "BotAliasName": "TestBotAlias", "Arn": b.home().arn("lex", "bot-alias/"+id+"/TSTALIASID"),
		"BotAliasLocaleSettings": b.at("TestBotAliasSettings", "BotAliasLocaleSettings"),
	}})
}

func (b *builder) deploymentGroup() {
	b.home().deploymentRoles[text(b.prop("ApplicationName"))+"/"+b.res.PhysicalID] = text(b.prop("ServiceRoleArn"))
}

// deployment is the alias with what its attribute says of deployments, and as which role CodeDeploy makes them.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html.
func (b *builder) deployment() {
	update := object(b.res.UpdatePolicy["CodeDeployLambdaAliasUpdate"])
	if update == nil {
		return
	}
	b.then(func() {
		name := text(update["ApplicationName"]) + "/" + text(update["DeploymentGroupName"])
		role := first(b.home().deploymentRoles[name], stack.Unknown("role of the deployment group "+name))
		b.control("AWS::Lambda::Alias", controlled{arn: b.res.ARN, properties: map[string]any{
			"AliasArn": b.res.ARN, "CodeDeployLambdaAliasUpdate": map[string]any(update), "ServiceRoleArn": role,
		}})
	})
}

// control keeps a resource of a type. What no template holds but holds others is known by its id alone.
func (b *builder) control(typeName string, one controlled) {
	home, schema := b.home(), controlledTypes()[typeName]
	var parts []string
	for _, name := range schema.identifier {
		parts = append(parts, text(one.properties[name]))
	}
	one.identifier = strings.Join(parts, "|")
	for i, other := range home.controlled[typeName] {
		switch {
		case other.identifier != one.identifier:
		case other.elsewhere:
			home.controlled[typeName][i] = one
			return
		case one.elsewhere:
			return
		default:
			b.warn("%s %q is there already; this one is left out", typeName, one.identifier)
			return
		}
	}
	home.controlled[typeName] = append(home.controlled[typeName], one)
	if schema.holder != "" {
		b.control(schema.holder, controlled{elsewhere: true, properties: map[string]any{controlledTypes()[schema.holder].identifier[0]: text(one.properties[schema.in])}})
	}
}

// at is what stands at a place of the resource's properties; nil for nothing.
func (b *builder) at(place ...string) any {
	var value any = b.res.Properties
	for _, name := range place {
		object, ok := value.(map[string]any)
		if !ok {
			return value // nothing, or a part that is not known
		}
		value = object[name]
	}
	return value
}

// nameIn is the id of a resource: what Ref gives, and where that is the ARN, the end of it.
func nameIn(arn, ref string) string {
	if ref == arn {
		return ref[strings.LastIndexAny(ref, "/:")+1:]
	}
	return ref
}

// controlType is the type that the request names.
func (c *call) controlType() (controlledType, error) {
	name := text(c.body["TypeName"])
	schema, known := controlledTypes()[name]
	if !known {
		return schema, unknown(c.svc, "resources of the type "+name)
	}
	return schema, nil
}

// controlListResources gives 20 a page unless asked, of each resource what identifies it.
// See https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_ListResources.html.
var controlListResources = operation{
	service: "cloudcontrolapi", name: "ListResources", shows: []string{"TypeName", "MaxResults"},
	needs: func(c *call) []need {
		all := []need{{action: "cloudformation:ListResources", resource: "*"}}
		return append(all, c.handled(controlledTypes()[text(c.body["TypeName"])].list, "*")...)
	},
	serve: func(c *call) (any, error) {
		schema, err := c.controlType()
		if err != nil {
			return nil, err
		}
		limit, ok := number(text(c.body["MaxResults"]), 100)
		if !ok {
			return nil, &apiError{Status: 400, Code: "InvalidRequestException", Message: "MaxResults must be between 1 and 100"}
		}
		all := c.home().controlled[text(c.body["TypeName"])]
		if schema.in != "" {
			if all, err = c.inHolder(all, schema); err != nil {
				return nil, err
			}
		}
		cut, token, failure := page(c, all, text(c.body["NextToken"]), limit, 20, 100)
		if failure != nil {
			return nil, failure
		}
		descriptions := []any{}
		for _, one := range cut {
			identity := map[string]any{}
			for _, name := range schema.identifier {
				identity[name] = one.properties[name]
			}
			description, err := one.description(identity)
			if err != nil {
				return nil, err
			}
			descriptions = append(descriptions, description)
		}
		return withToken(map[string]any{"TypeName": c.body["TypeName"], "ResourceDescriptions": descriptions}, token), nil
	},
}

// inHolder are the resources that the request's model asks for.
// See https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-list.html#resource-operations-list-containers.
func (c *call) inHolder(all []controlled, schema controlledType) ([]controlled, error) {
	var model map[string]any
	if json.Unmarshal([]byte(text(c.body["ResourceModel"])), &model) != nil || text(model[schema.in]) == "" {
		return nil, &apiError{Status: 400, Code: "InvalidRequestException", Message: "Missing or invalid ResourceModel property in " + text(c.body["TypeName"]) + " list handler request input. Required property:  (#: required key [" + schema.in + "] not found)"}
	}
	var within []controlled
	for _, one := range all {
		if text(one.properties[schema.in]) == text(model[schema.in]) {
			within = append(within, one)
		}
	}
	return within, nil
}

// description is a resource with properties as the API hands them out: in a text.
func (one controlled) description(properties map[string]any) (map[string]any, error) {
	encoded, err := json.Marshal(properties)
	if err != nil {
		return nil, fmt.Errorf("encode the properties of %q: %w", one.identifier, err)
	}
	return map[string]any{"Identifier": one.identifier, "Properties": string(encoded)}, nil
}

// controlled is the resource that the request names; nil where there is none.
func (c *call) controlled() *controlled {
	for _, one := range c.home().controlled[text(c.body["TypeName"])] {
		if one.identifier == text(c.body["Identifier"]) && !one.elsewhere {
			return &one
		}
	}
	return nil
}

// goneControlled tells whether what the request names is known not to exist: by its ARN, or by the end of one.
func (c *call) goneControlled() bool {
	id := text(c.body["Identifier"])
	parts := strings.Split(id, "|")
	slices.Reverse(parts)
	end := "/" + strings.Join(parts, "/")
	for arn := range c.srv.gone {
		if arn == id || strings.HasSuffix(arn, end) {
			return true
		}
	}
	return false
}

// See https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_GetResource.html.
var controlGetResource = operation{
	service: "cloudcontrolapi", name: "GetResource", shows: []string{"TypeName", "Identifier"},
	needs: func(c *call) []need {
		all := []need{{action: "cloudformation:GetResource", resource: "*"}}
		one := c.controlled()
		if one == nil {
			return all
		}
		return append(all, c.handled(controlledTypes()[text(c.body["TypeName"])].read, one.arn)...)
	},
	serve: func(c *call) (any, error) {
		if _, err := c.controlType(); err != nil {
			return nil, err
		}
		one := c.controlled()
		if one == nil && c.goneControlled() {
			return nil, &apiError{Status: 400, Code: "ResourceNotFoundException", Message: "Resource of type '" + text(c.body["TypeName"]) + "' with identifier '" + text(c.body["Identifier"]) + "' was not found."}
		}
		if one == nil {
			return nil, unknown(c.svc, text(c.body["TypeName"])+" "+text(c.body["Identifier"]))
		}
		description, err := one.description(one.properties)
		if err != nil {
			return nil, err
		}
		return map[string]any{"TypeName": c.body["TypeName"], "ResourceDescription": description}, nil
	},
}

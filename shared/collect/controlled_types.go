package collect

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// controlledTypes lists what is read through the Cloud Control API. A new one is a row here and in package permission,
// which says what the type's handlers call.
func controlledTypes() []controlled {
	return []controlled{
		{
			kind: fact.TriggerBotAlias, plural: "Amazon Lex bots", typeName: "AWS::Lex::BotAlias", arn: "Arn", name: "BotAliasName",
			in: holding{typeName: "AWS::Lex::Bot", property: "BotId"}, calls: codeHooks,
		},
		{
			kind: fact.TriggerContactCentre, plural: "Amazon Connect instances", typeName: "AWS::Connect::IntegrationAssociation", arn: "InstanceId", name: "InstanceId",
			in: holding{typeName: "AWS::Connect::Instance", property: "InstanceId"}, listed: true, functions: []string{"IntegrationArn"},
			uses: func(p map[string]any) bool { return p["IntegrationType"] == "LAMBDA_FUNCTION" },
		},
		{
			kind: fact.TriggerLattice, plural: "VPC Lattice target groups", typeName: "AWS::VpcLattice::TargetGroup", arn: "Arn", name: "Name",
			functions: []string{"Targets[].Id"},
			uses:      func(p map[string]any) bool { return p["Type"] == "LAMBDA" },
		},
		{
			kind: fact.TriggerRepository, plural: "CodeCommit repositories", typeName: "AWS::CodeCommit::Repository", arn: "Arn", name: "RepositoryName",
			functions: []string{"Triggers[].DestinationArn"},
		},
		{
			kind: fact.TriggerEventsAuthorizer, plural: "authorizers of AppSync events APIs", typeName: "AWS::AppSync::Api", arn: "ApiArn", name: "Name",
			functions: []string{"EventConfig.AuthProviders[].LambdaAuthorizerConfig.AuthorizerUri"},
		},
		{
			kind: fact.TriggerPipeline, plural: "CodePipeline pipelines", typeName: "AWS::CodePipeline::Pipeline", name: "Name", service: "codepipeline", calls: actions,
		},
		{
			kind: fact.TriggerContainers, plural: "hooks of ECS deployments", typeName: "AWS::ECS::Service", arn: "ServiceArn", name: "ServiceName",
			in: holding{typeName: "AWS::ECS::Cluster", property: "Cluster"}, calls: deploymentHooks,
		},
		{
			kind: fact.TriggerStackHook, plural: "CloudFormation hooks", typeName: "AWS::CloudFormation::LambdaHook", arn: "HookArn", name: "Alias", calls: stackHook,
			uses: func(p map[string]any) bool { return p["HookStatus"] != "DISABLED" },
		},
		{
			kind: fact.TriggerGateway, plural: "AgentCore gateways", typeName: "AWS::BedrockAgentCore::GatewayTarget", arn: "GatewayArn", name: "Name",
			in: holding{typeName: "AWS::BedrockAgentCore::Gateway", property: "GatewayIdentifier", read: true}, calls: gatewayTarget,
		},
		{
			kind: fact.TriggerDistribution, plural: "CloudFront distributions", typeName: "AWS::CloudFront::Distribution", then: distributions,
		},
		{
			kind: fact.TriggerAgent, plural: "Bedrock agents", typeName: "AWS::Bedrock::Agent", arn: "AgentArn", name: "AgentName",
			functions: []string{"ActionGroups[].ActionGroupExecutor.Lambda"},
		},
		{
			kind: fact.TriggerChatRoom, plural: "IVS chat rooms", typeName: "AWS::IVSChat::Room", arn: "Arn", name: "Name",
			functions: []string{"MessageReviewHandler.Uri"},
		},
		{
			kind: fact.TriggerDeviceAuthorizer, plural: "IoT authorizers", typeName: "AWS::IoT::Authorizer", arn: "Arn", name: "AuthorizerName",
			functions: []string{"AuthorizerFunctionArn"},
			uses:      func(p map[string]any) bool { return p["Status"] != "INACTIVE" },
		},
		{
			kind: fact.TriggerProvisioning, plural: "IoT provisioning templates", typeName: "AWS::IoT::ProvisioningTemplate", arn: "TemplateArn", name: "TemplateName",
			functions: []string{"PreProvisioningHook.TargetArn"},
			uses:      func(p map[string]any) bool { return fmt.Sprint(p["Enabled"]) != "false" },
		},
		{
			kind: fact.TriggerTransferServer, plural: "Transfer Family servers and workflows", typeName: "AWS::Transfer::Server", arn: "Arn", name: "ServerId",
			functions: []string{"IdentityProviderDetails.Function"}, then: workflows,
		},
	}
}

// codeHooks are the functions of a bot's alias, one for each locale in which it may call one.
//
// https://docs.aws.amazon.com/lexv2/latest/dg/lambda-attach-api.html
func codeHooks(_ *Collector, alias resource) []calling {
	settings := objectsAt(alias.properties, "BotAliasLocaleSettings[]", "BotAliasLocaleSetting")
	var all []calling
	for _, setting := range settings {
		if setting.has("Enabled", "false") {
			continue
		}
		for _, function := range textsAt(setting.value, []string{"CodeHookSpecification", "LambdaCodeHook", "LambdaArn"}) {
			all = append(all, calling{function: function})
		}
	}
	return all
}

// actions are the functions that a pipeline's actions invoke: with the action's role, which the pipeline's role takes on, or
// with the pipeline's own.
//
// https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
func actions(c *Collector, pipeline resource) []calling {
	var all []calling
	for _, action := range objectsAt(pipeline.properties, "Stages[]", "Actions[]") {
		if provider := action.text("ActionTypeId", "Provider"); provider != "Lambda" && len(iampolicy.UnknownNames(provider)) == 0 {
			continue
		}
		function, named := c.functionNamed(action.text("Configuration", "FunctionName"), "")
		if !named {
			continue // the deployment of such an action fails
		}
		if region := action.text("Region"); region != "" && region != c.Account.Region {
			continue // it calls a function of that Region
		}
		one := calling{function: function, role: pipeline.text("RoleArn")}
		if role := action.text("RoleArn"); role != "" && role != one.role {
			one.role, one.through = role, one.role
		}
		all = append(all, one)
	}
	return all
}

// deploymentHooks are the functions that Amazon ECS calls at stages of a service's deployments.
//
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-permissions.html
func deploymentHooks(_ *Collector, service resource) []calling {
	var all []calling
	for _, hook := range objectsAt(service.properties, "DeploymentConfiguration", "LifecycleHooks[]") {
		all = append(all, calling{function: hook.text("HookTargetArn"), role: hook.text("RoleArn")})
	}
	return all
}

// stackHook is the function that CloudFormation asks before it changes something. It may be given by its name.
//
// https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-prepare-to-create-hook.html
func stackHook(c *Collector, hook resource) []calling {
	function, named := c.functionNamed(hook.text("LambdaFunction"), "")
	if !named {
		return nil
	}
	return []calling{{function: function, role: hook.text("ExecutionRole")}}
}

// gatewayTarget is the function behind a tool of a gateway, which is called as the gateway's role.
//
// https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-prerequisites-permissions.html
func gatewayTarget(_ *Collector, target resource) []calling {
	return []calling{{function: target.text("TargetConfiguration", "Mcp", "Lambda", "LambdaArn"), role: target.holder.text("RoleArn")}}
}

// workflows adds the functions that workflows of servers call, as the role that the server names. A workflow that no server
// uses calls nothing.
//
// https://docs.aws.amazon.com/transfer/latest/userguide/custom-step-details.html
func workflows(c *Collector, ctx context.Context, found *sources, servers []resource) {
	const typeName = "AWS::Transfer::Workflow"
	roles := map[string][]string{}
	for _, server := range servers {
		for _, place := range []string{"OnUpload[]", "OnPartialUpload[]"} {
			for _, use := range objectsAt(server.properties, "WorkflowDetails", place) {
				id, role := use.text("WorkflowId"), use.text("ExecutionRole")
				if why := fact.Unresolved("which workflow a server runs", id); !why.IsZero() {
					found.missing(why)
				} else if id != "" && !slices.Contains(roles[id], role) {
					roles[id] = append(roles[id], role)
				}
			}
		}
	}
	var listed []resource
	for _, id := range slices.Sorted(maps.Keys(roles)) {
		listed = append(listed, resource{id: id})
	}
	for _, workflow := range c.described(ctx, found, typeName, listed) {
		var functions []string
		for _, place := range []string{"Steps[]", "OnExceptionSteps[]"} {
			for _, step := range objectsAt(workflow.properties, place, "CustomStepDetails") {
				functions = append(functions, step.text("Target"))
			}
		}
		for _, role := range roles[workflow.id] {
			for _, function := range functions {
				found.add(fact.Trigger{
					Kind: fact.TriggerWorkflow, Source: cmp.Or(workflow.text("Arn"), workflow.id), SourceID: workflow.id, SourceName: workflow.id,
					Account: c.Account.ID, Credentials: role,
				}, function)
			}
		}
	}
}

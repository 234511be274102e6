package permission

import (
	"slices"
	"strings"
)

// OtherTriggers reads, through the Cloud Control API, the sources that have no reader of their own. Cloud Control asks each
// service with the credentials of its caller, so the role needs what the handlers of the resource types call.
const OtherTriggers Switch = "OtherTriggers"

// handler is what the read and list handlers of a type of resource call, as the type's schema lists it. What only
// decrypts, with the service's own permission for it, what an account encrypts with a key of its own is left out.
//
// https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/security.html
// https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
type handler struct {
	typeName, words string
	calls           []handlerCall
}

// handlerCall is an action and what it is granted on; empty for *.
type handlerCall struct{ action, resource string }

// inRegion is an ARN of this account and Region.
func inRegion(service, resource string) string {
	return "arn:${AWS::Partition}:" + service + ":${AWS::Region}:${AWS::AccountId}:" + resource
}

// distribution is every distribution of the account: they are in no Region.
const distribution = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/*"

func handlers() []handler {
	agent := inRegion("bedrock", "agent/*")
	return []handler{
		{"AWS::Bedrock::Agent", "Bedrock agents", []handlerCall{
			{"bedrock:ListAgents", ""}, {"bedrock:GetAgent", agent},
			{"bedrock:GetAgentActionGroup", agent}, {"bedrock:ListAgentActionGroups", agent},
			{"bedrock:GetAgentKnowledgeBase", agent}, {"bedrock:ListAgentKnowledgeBases", agent},
			{"bedrock:GetAgentCollaborator", agent}, {"bedrock:ListAgentCollaborators", agent},
			{"bedrock:ListTagsForResource", agent},
			{"bedrock:GetGuardrail", inRegion("bedrock", "guardrail/*")}, {"bedrock:ListGuardrails", inRegion("bedrock", "guardrail/*")},
		}},
		{"AWS::IVSChat::Room", "IVS chat rooms", []handlerCall{
			{"ivschat:ListRooms", inRegion("ivschat", "room/*")}, {"ivschat:GetRoom", inRegion("ivschat", "room/*")}, {"ivschat:ListTagsForResource", inRegion("ivschat", "room/*")},
		}},
		{"AWS::IoT::Authorizer", "IoT authorizers", []handlerCall{
			{"iot:ListAuthorizers", ""}, {"iot:DescribeAuthorizer", inRegion("iot", "authorizer/*")}, {"iot:ListTagsForResource", inRegion("iot", "authorizer/*")},
		}},
		{"AWS::IoT::ProvisioningTemplate", "IoT provisioning templates", []handlerCall{
			{"iot:ListProvisioningTemplates", ""}, {"iot:DescribeProvisioningTemplate", inRegion("iot", "provisioningtemplate/*")},
			{"iot:ListTagsForResource", inRegion("iot", "provisioningtemplate/*")},
		}},
		{"AWS::Lex::Bot", "Amazon Lex bots", []handlerCall{{"lex:ListBots", ""}, {"lex:ListBotReplicas", inRegion("lex", "bot/*")}}},
		{"AWS::Lex::BotAlias", "Amazon Lex bots", []handlerCall{{"lex:ListBotAliases", inRegion("lex", "bot/*")}, {"lex:DescribeBotAlias", inRegion("lex", "bot-alias/*")}}},
		{"AWS::Connect::Instance", "Amazon Connect instances", []handlerCall{
			{"connect:ListInstances", ""}, {"connect:ListInstanceAttributes", inRegion("connect", "instance/*")}, {"ds:DescribeDirectories", ""},
		}},
		{"AWS::Connect::IntegrationAssociation", "Amazon Connect instances", []handlerCall{
			{"connect:ListBots", inRegion("connect", "instance/*")}, {"connect:ListLambdaFunctions", inRegion("connect", "instance/*")},
			{"connect:ListIntegrationAssociations", inRegion("connect", "instance/*")}, {"connect:ListTagsForResource", inRegion("connect", "instance/*")},
		}},
		{"AWS::VpcLattice::TargetGroup", "VPC Lattice target groups", []handlerCall{
			{"vpc-lattice:ListTargetGroups", ""}, {"vpc-lattice:GetTargetGroup", inRegion("vpc-lattice", "targetgroup/*")},
			{"vpc-lattice:ListTargets", inRegion("vpc-lattice", "targetgroup/*")}, {"vpc-lattice:ListTagsForResource", ""},
		}},
		{"AWS::CodeCommit::Repository", "CodeCommit repositories", []handlerCall{
			{"codecommit:ListRepositories", ""}, {"codecommit:GetRepository", inRegion("codecommit", "*")},
			{"codecommit:GetRepositoryTriggers", inRegion("codecommit", "*")}, {"codecommit:ListTagsForResource", inRegion("codecommit", "*")},
		}},
		{"AWS::AppSync::Api", "authorizers of AppSync events APIs", []handlerCall{
			{"appsync:ListApis", ""}, {"appsync:GetApi", inRegion("appsync", "apis/*")}, {"appsync:ListTagsForResource", inRegion("appsync", "apis/*")},
		}},
		{"AWS::Transfer::Server", "Transfer Family servers", []handlerCall{
			{"transfer:ListServers", ""}, {"transfer:DescribeServer", inRegion("transfer", "server/*")}, {"ec2:DescribeVpcEndpoints", ""},
		}},
		{"AWS::Transfer::Workflow", "Transfer Family workflows", []handlerCall{{"transfer:DescribeWorkflow", inRegion("transfer", "workflow/*")}}},
		{"AWS::CodePipeline::Pipeline", "CodePipeline pipelines", []handlerCall{
			{"codepipeline:ListPipelines", ""}, {"codepipeline:GetPipeline", inRegion("codepipeline", "*")},
			{"codepipeline:GetPipelineState", inRegion("codepipeline", "*")}, {"codepipeline:ListTagsForResource", inRegion("codepipeline", "*")},
		}},
		{"AWS::CloudFront::Distribution", "CloudFront distributions", []handlerCall{
			{"cloudfront:ListDistributions", ""}, {"cloudfront:GetDistribution", distribution}, {"cloudfront:GetDistributionConfig", distribution},
			{"cloudfront:ListTagsForResource", distribution},
		}},
		{"AWS::ECS::Cluster", "hooks of ECS deployments", []handlerCall{{"ecs:ListClusters", ""}, {"ecs:DescribeClusters", inRegion("ecs", "cluster/*")}}},
		{"AWS::ECS::Service", "hooks of ECS deployments", []handlerCall{{"ecs:ListClusters", ""}, {"ecs:ListServices", ""}, {"ecs:DescribeServices", inRegion("ecs", "service/*")}}},
		{"AWS::CloudFormation::LambdaHook", "CloudFormation hooks", []handlerCall{
			{"cloudformation:ListTypes", ""}, {"cloudformation:DescribeType", ""}, {"cloudformation:BatchDescribeTypeConfigurations", ""},
		}},
		{"AWS::BedrockAgentCore::Gateway", "AgentCore gateways", []handlerCall{
			{"bedrock-agentcore:ListGateways", ""}, {"bedrock-agentcore:GetGateway", inRegion("bedrock-agentcore", "gateway/*")},
			{"bedrock-agentcore:ListTagsForResource", inRegion("bedrock-agentcore", "gateway/*")},
		}},
		{"AWS::BedrockAgentCore::GatewayTarget", "AgentCore gateways", []handlerCall{
			{"bedrock-agentcore:ListGatewayTargets", inRegion("bedrock-agentcore", "gateway/*")}, {"bedrock-agentcore:GetGatewayTarget", inRegion("bedrock-agentcore", "gateway/*")},
		}},
	}
}

// Handled are the actions that Cloud Control calls to read the resources of a type, sorted.
func Handled(typeName string) []string {
	var actions []string
	for _, h := range handlers() {
		for _, c := range h.calls {
			if h.typeName == typeName {
				actions = append(actions, c.action)
			}
		}
	}
	slices.Sort(actions)
	return actions
}

// otherActions are the actions that the switch turns on.
func otherActions() []string {
	all := []string{"cloudformation:ListResources", "cloudformation:GetResource", "autoscaling:DescribeAutoScalingGroups"}
	for _, r := range handlerRows() {
		all = append(all, r.Action)
	}
	return all
}

// handlerRows are a row for each action that the handlers call.
func handlerRows() []row {
	var rows []row
	for _, h := range handlers() {
		for _, c := range h.calls {
			resource := c.resource
			if resource == "" {
				resource = "*"
			}
			at := slices.IndexFunc(rows, func(r row) bool { return r.Action == c.action })
			if at >= 0 {
				if !slices.Contains(rows[at].Resources, resource) {
					rows[at].Resources = append(rows[at].Resources, resource)
					slices.Sort(rows[at].Resources)
				}
				if !strings.Contains(rows[at].Why, h.words) {
					rows[at].Why += " and " + h.words
				}
				continue
			}
			rows = append(rows, row{"", "", c.action, []string{resource}, Implicit,
				"Cloud Control's read of " + h.words, "I4 has a gap for " + h.words})
		}
	}
	return rows
}

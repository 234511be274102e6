package stack

// computeKinds are Lambda and what runs or deploys code.
var computeKinds = kindTable{
	"AWS::Lambda::Function": named("FunctionName", "arn:{P}:lambda:{R}:{A}:function:{N}"),
	"AWS::Lambda::Version": {id: "{version}", arn: "{fnarn:.FunctionName}:{N}", ref: "{ARN}",
		atts: pairs([]string{"Version", "{N}", "FunctionArn", "{ARN}"})},
	"AWS::Lambda::Alias": refersByARN("Name", "{fnarn:.FunctionName}:{N}", "AliasArn", "{ARN}"),
	"AWS::Lambda::Url": {id: "{L}", ref: "{fnarn:.TargetFunctionArn}",
		atts: pairs([]string{"FunctionArn", "{fnarn:.TargetFunctionArn}", "FunctionUrl", "https://{hash:32}.lambda-url.{R}.on.aws/"})},
	"AWS::Lambda::Permission":        generated("{L}", "", "Id", "{N}"),
	"AWS::Lambda::EventInvokeConfig": generated("{L}", ""),
	"AWS::Lambda::ResourcePolicy":    generated("{L}", ""),
	"AWS::Lambda::EventSourceMapping": generated("{uuid}", "arn:{P}:lambda:{R}:{A}:event-source-mapping:{N}",
		"Id", "{N}", "EventSourceMappingArn", "{ARN}"),
	"AWS::Lambda::LayerVersion":           refersByARN("LayerName", "arn:{P}:lambda:{R}:{A}:layer:{last:.LayerName|L}:{version}", "LayerVersionArn", "{ARN}"),
	"AWS::Lambda::LayerVersionPermission": generated("{L}", "", "Id", "{N}"),
	"AWS::Lambda::CodeSigningConfig": {id: "csc-{hex:17}", arn: "arn:{P}:lambda:{R}:{A}:code-signing-config:{N}", ref: "{ARN}",
		atts: pairs([]string{"CodeSigningConfigArn", "{ARN}", "CodeSigningConfigId", "{N}"})},
	"AWS::Lambda::CapacityProvider": named("CapacityProviderName", "arn:{P}:lambda:{R}:{A}:capacity-provider:{N}"),

	"AWS::StepFunctions::StateMachine": refersByARN("StateMachineName", "arn:{P}:states:{R}:{A}:stateMachine:{N}", "Name", "{N}"),
	"AWS::StepFunctions::Activity":     refersByARN("Name", "arn:{P}:states:{R}:{A}:activity:{N}", "Name", "{N}"),

	"AWS::ECR::RegistryPolicy": generated("{A}", "", "RegistryId", "{A}"),

	"AWS::ECR::Repository": named("RepositoryName", "arn:{P}:ecr:{R}:{A}:repository/{N}", "RepositoryUri", "{A}.dkr.ecr.{R}.{S}/{N}"),

	"AWS::ECS::Cluster":        named("ClusterName", "arn:{P}:ecs:{R}:{A}:cluster/{N}"),
	"AWS::ECS::TaskDefinition": refersByARN("Family", "arn:{P}:ecs:{R}:{A}:task-definition/{N}:1", "TaskDefinitionArn", "{ARN}"),
	"AWS::ECS::Service": refersByARN("ServiceName", "arn:{P}:ecs:{R}:{A}:service/{last:.Cluster|default}/{N}", "ServiceArn", "{ARN}",
		"Name", "{N}"),

	"AWS::CodeDeploy::Application":      named("ApplicationName", "arn:{P}:codedeploy:{R}:{A}:application:{N}"),
	"AWS::CodeDeploy::DeploymentGroup":  named("DeploymentGroupName", "arn:{P}:codedeploy:{R}:{A}:deploymentgroup:{.ApplicationName}/{N}"),
	"AWS::CodeDeploy::DeploymentConfig": named("DeploymentConfigName", "arn:{P}:codedeploy:{R}:{A}:deploymentconfig:{N}"),
	"AWS::CodePipeline::Pipeline":       named("Name", "arn:{P}:codepipeline:{R}:{A}:{N}"),
	"AWS::CodeBuild::Project":           named("Name", "arn:{P}:codebuild:{R}:{A}:project/{N}", "Id", "{N}"),
	"AWS::CodeCommit::Repository": {name: "RepositoryName", ref: "{uuid}", arn: "arn:{P}:codecommit:{R}:{A}:{N}",
		atts: pairs([]string{"Name", "{N}", "Id", "{uuid}"})},

	"AWS::AutoScaling::AutoScalingGroup":    named("AutoScalingGroupName", "arn:{P}:autoscaling:{R}:{A}:autoScalingGroup:{uuid}:autoScalingGroupName/{N}", "AutoScalingGroupARN", "{ARN}"),
	"AWS::AutoScaling::LaunchConfiguration": named("LaunchConfigurationName", ""),
	"AWS::Batch::JobQueue":                  refersByARN("JobQueueName", "arn:{P}:batch:{R}:{A}:job-queue/{N}", "JobQueueArn", "{ARN}"),
	"AWS::Batch::JobDefinition":             refersByARN("JobDefinitionName", "arn:{P}:batch:{R}:{A}:job-definition/{N}:1", "JobDefinitionArn", "{ARN}"),
	"AWS::Synthetics::Canary":               named("Name", "arn:{P}:synthetics:{R}:{A}:canary:{N}"),
	"AWS::SageMaker::Endpoint":              refersByARN("EndpointName", "arn:{P}:sagemaker:{R}:{A}:endpoint/{N}", "EndpointName", "{N}", "EndpointArn", "{ARN}"),

	"AWS::Bedrock::Agent": {name: "", id: "{L}", arn: "arn:{P}:bedrock:{R}:{A}:agent/{N}",
		atts: pairs([]string{"AgentId", "{N}", "AgentArn", "{ARN}"})},
	"AWS::BedrockAgentCore::Gateway": {id: "{L}-{hash:10}", arn: "arn:{P}:bedrock-agentcore:{R}:{A}:gateway/{N}",
		atts: pairs([]string{"GatewayIdentifier", "{N}", "GatewayArn", "{ARN}"})},
	"AWS::BedrockAgentCore::GatewayTarget": {id: "{HASH:10}", arn: "arn:{P}:bedrock-agentcore:{R}:{A}:gateway/{.GatewayIdentifier}", ref: "{.GatewayIdentifier}|{N}",
		atts: pairs([]string{"TargetId", "{N}", "GatewayArn", "{ARN}"})},
	"AWS::Lex::Bot":      generated("{L}", "arn:{P}:lex:{R}:{A}:bot/{N}", "Id", "{N}"),
	"AWS::Lex::BotAlias": generated("{L}", "arn:{P}:lex:{R}:{A}:bot-alias/{.BotId}/{N}", "BotAliasId", "{N}"),
}

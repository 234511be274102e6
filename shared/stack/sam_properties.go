package stack

// samProperties are the properties that the kinds of AWS::Serverless resources take. The kinds that are not here are not understood.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html
var samProperties = map[string][]string{
	"Api": {
		"AccessLogSetting", "AlwaysDeploy", "ApiKeySourceType", "Auth", "BinaryMediaTypes", "CacheClusterEnabled",
		"CacheClusterSize", "CanarySetting", "Cors", "DefinitionBody", "DefinitionUri", "Description",
		"DisableExecuteApiEndpoint", "Domain", "EndpointAccessMode", "EndpointConfiguration", "FailOnWarnings",
		"GatewayResponses", "MergeDefinitions", "MethodSettings", "MinimumCompressionSize", "Mode", "Models", "Name",
		"OpenApiVersion", "Policy", "PropagateTags", "SecurityPolicy", "StageName", "Tags", "TracingEnabled", "Variables",
	},
	"Application": {
		"Location", "NotificationARNs", "Parameters", "Tags", "TemplateUrl", "TimeoutInMinutes",
	},
	"CapacityProvider": {
		"CapacityProviderName", "InstanceRequirements", "KmsKeyArn", "OperatorRole", "PropagateTags", "ScalingConfig",
		"Tags", "VpcConfig",
	},
	"Connector": {
		"Destination", "Permissions", "Source",
	},
	"Function": {
		"Architectures", "AssumeRolePolicyDocument", "AutoPublishAlias", "AutoPublishAliasAllProperties",
		"AutoPublishCodeSha256", "CapacityProviderConfig", "CodeSigningConfigArn", "CodeUri", "DeadLetterQueue",
		"DeploymentPreference", "Description", "DurableConfig", "Environment", "EphemeralStorage", "EventInvokeConfig",
		"Events", "FileSystemConfigs", "FunctionName", "FunctionScalingConfig", "FunctionUrlConfig", "Handler",
		"ImageConfig", "ImageUri", "InlineCode", "KmsKeyArn", "Layers", "LoggingConfig", "MemorySize", "PackageType",
		"PermissionsBoundary", "Policies", "PropagateTags", "ProvisionedConcurrencyConfig", "PublishToLatestPublished",
		"RecursiveLoop", "ReservedConcurrentExecutions", "Role", "RolePath", "Runtime", "RuntimeManagementConfig",
		"SnapStart", "SourceKMSKeyArn", "Tags", "TenancyConfig", "Timeout", "Tracing", "VersionDeletionPolicy",
		"VersionDescription", "VpcConfig",
	},
	"HttpApi": {
		"AccessLogSettings", "Auth", "CorsConfiguration", "DefaultRouteSettings", "DefinitionBody", "DefinitionUri",
		"Description", "DisableExecuteApiEndpoint", "Domain", "FailOnWarnings", "Name", "PropagateTags", "RouteSettings",
		"StageName", "StageVariables", "Tags",
	},
	"LayerVersion": {
		"CompatibleArchitectures", "CompatibleRuntimes", "ContentUri", "Description", "LayerName", "LicenseInfo",
		"PublishLambdaVersion", "RetentionPolicy",
	},
	"SimpleTable": {
		"PointInTimeRecoverySpecification", "PrimaryKey", "ProvisionedThroughput", "SSESpecification", "TableName", "Tags",
	},
	"StateMachine": {
		"AutoPublishAlias", "Definition", "DefinitionSubstitutions", "DefinitionUri", "DeploymentPreference", "Events",
		"Logging", "Name", "PermissionsBoundary", "Policies", "PropagateTags", "Role", "RolePath", "Tags", "Tracing",
		"Type", "UseAliasAsEventTarget",
	},
	"WebSocketApi": {
		"AccessLogSettings", "ApiKeySelectionExpression", "Auth", "DefaultRouteSettings", "Description",
		"DisableExecuteApiEndpoint", "DisableSchemaValidation", "Domain", "FailOnWarnings", "IpAddressType", "Name",
		"PropagateTags", "RouteSelectionExpression", "RouteSettings", "Routes", "StageName", "StageVariables", "Tags",
	},
}

// samGlobals are the properties that Globals takes for a kind of resource.
var samGlobals = map[string][]string{
	"Api": {
		"AccessLogSetting", "AlwaysDeploy", "Auth", "BinaryMediaTypes", "CacheClusterEnabled", "CacheClusterSize",
		"CanarySetting", "Cors", "DefinitionUri", "Domain", "EndpointAccessMode", "EndpointConfiguration",
		"GatewayResponses", "MergeDefinitions", "MethodSettings", "MinimumCompressionSize", "Name", "OpenApiVersion",
		"PropagateTags", "SecurityPolicy", "TracingEnabled", "Variables",
	},
	"CapacityProvider": {
		"InstanceRequirements", "KmsKeyArn", "OperatorRole", "PropagateTags", "ScalingConfig", "Tags", "VpcConfig",
	},
	"Function": {
		"Architectures", "AssumeRolePolicyDocument", "AutoPublishAlias", "AutoPublishAliasAllProperties",
		"CapacityProviderConfig", "CodeSigningConfigArn", "CodeUri", "DeadLetterQueue", "DeploymentPreference",
		"Description", "DurableConfig", "Environment", "EphemeralStorage", "EventInvokeConfig", "FileSystemConfigs",
		"FunctionScalingConfig", "FunctionUrlConfig", "Handler", "KmsKeyArn", "Layers", "LoggingConfig", "MemorySize",
		"PermissionsBoundary", "PropagateTags", "ProvisionedConcurrencyConfig", "PublishToLatestPublished",
		"RecursiveLoop", "ReservedConcurrentExecutions", "RolePath", "Runtime", "RuntimeManagementConfig", "SnapStart",
		"SourceKMSKeyArn", "Tags", "TenancyConfig", "Timeout", "Tracing", "VersionDeletionPolicy", "VpcConfig",
	},
	"HttpApi": {
		"AccessLogSettings", "Auth", "CorsConfiguration", "DefaultRouteSettings", "Domain", "FailOnWarnings",
		"PropagateTags", "RouteSettings", "StageVariables", "Tags",
	},
	"LayerVersion": {
		"PublishLambdaVersion",
	},
	"SimpleTable": {
		"SSESpecification",
	},
	"StateMachine": {
		"PropagateTags",
	},
	"WebSocketApi": {
		"AccessLogSettings", "ApiKeySelectionExpression", "DefaultRouteSettings", "DisableExecuteApiEndpoint",
		"DisableSchemaValidation", "Domain", "FailOnWarnings", "IpAddressType", "PropagateTags",
		"RouteSelectionExpression", "RouteSettings", "StageVariables", "Tags",
	},
}

// samEvents are the properties of the kinds of events of a function; those whose source Lambda polls take samPolled too.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
var samEvents = map[string][]string{
	"AlexaSkill": {
		"SkillId",
	},
	"Api": {
		"Auth", "Method", "Path", "RequestModel", "RequestParameters", "ResponseTransferMode", "RestApiId", "Stage",
		"TimeoutInMillis",
	},
	"CloudWatchEvent": {
		"DeadLetterConfig", "Enabled", "EventBusName", "Input", "InputPath", "InputTransformer", "Pattern", "RetryPolicy",
		"RuleName", "State", "Target",
	},
	"CloudWatchLogs": {
		"FilterPattern", "LogGroupName",
	},
	"Cognito": {
		"Trigger", "UserPool",
	},
	"DocumentDB": {
		"Cluster", "CollectionName", "DatabaseName", "FullDocument",
	},
	"DynamoDB": {
		"Stream",
	},
	"EventBridgeRule": {
		"DeadLetterConfig", "Enabled", "EventBusName", "Input", "InputPath", "InputTransformer", "Pattern", "RetryPolicy",
		"RuleName", "State", "Target",
	},
	"HttpApi": {
		"ApiId", "Auth", "Method", "Path", "PayloadFormatVersion", "RouteSettings", "Stage", "TimeoutInMillis",
	},
	"IoTRule": {
		"AwsIotSqlVersion", "Sql",
	},
	"Kinesis": {
		"Stream",
	},
	"MQ": {
		"Broker", "DynamicPolicyName",
	},
	"MSK": {
		"Stream",
	},
	"S3": {
		"Bucket", "Events", "Filter",
	},
	"SNS": {
		"FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "Region", "SqsSubscription", "Topic",
	},
	"SQS": {
		"Queue",
	},
	"Schedule": {
		"DeadLetterConfig", "Description", "Enabled", "Input", "Name", "RetryPolicy", "RuleName", "Schedule", "State",
	},
	"ScheduleV2": {
		"DeadLetterConfig", "Description", "EndDate", "FlexibleTimeWindow", "GroupName", "Input", "KmsKeyArn", "Name",
		"OmitName", "PermissionsBoundary", "RetryPolicy", "RoleArn", "ScheduleExpression", "ScheduleExpressionTimezone",
		"StartDate", "State",
	},
	"SelfManagedKafka": {},
}

// samPolled are the properties that all events take whose source Lambda polls.
var samPolled = []string{
	"BatchSize", "BisectBatchOnFunctionError", "ConsumerGroupId", "DestinationConfig", "Enabled", "FilterCriteria",
	"FunctionResponseTypes", "KafkaBootstrapServers", "KmsKeyArn", "LoggingConfig", "MaximumBatchingWindowInSeconds",
	"MaximumRecordAgeInSeconds", "MaximumRetryAttempts", "MetricsConfig", "ParallelizationFactor",
	"ProvisionedPollerConfig", "Queues", "ScalingConfig", "SchemaRegistryConfig", "SecretsManagerKmsKeyId",
	"SourceAccessConfigurations", "StartingPosition", "StartingPositionTimestamp", "Topics", "TumblingWindowInSeconds",
}

// samMachineEvents are the properties of the kinds of events of a state machine.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-statemachine-statemachineeventsource.html
var samMachineEvents = map[string][]string{
	"Api": {
		"Auth", "Method", "Path", "RestApiId", "Stage", "UnescapeMappingTemplate",
	},
	"CloudWatchEvent": {
		"DeadLetterConfig", "EventBusName", "Input", "InputPath", "InputTransformer", "Pattern", "RetryPolicy", "RuleName",
		"State", "Target",
	},
	"EventBridgeRule": {
		"DeadLetterConfig", "EventBusName", "Input", "InputPath", "InputTransformer", "Pattern", "RetryPolicy", "RuleName",
		"State", "Target",
	},
	"Schedule": {
		"DeadLetterConfig", "Description", "Enabled", "Input", "Name", "RetryPolicy", "RoleArn", "Schedule", "State",
		"Target",
	},
	"ScheduleV2": {
		"DeadLetterConfig", "Description", "EndDate", "FlexibleTimeWindow", "GroupName", "Input", "KmsKeyArn", "Name",
		"OmitName", "PermissionsBoundary", "RetryPolicy", "RoleArn", "ScheduleExpression", "ScheduleExpressionTimezone",
		"StartDate", "State",
	},
}

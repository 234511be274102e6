package permission

// Scope says why permissions stand on a resource and on none that is narrower.
type Scope struct{ Resource, Why string }

// Scopes lists every resource of the table.
func Scopes() []Scope {
	const open = "which of them matter is what the probe finds out, so the set stays open"
	const elsewhere = "which resources functions call is not known before, nor in which Region"
	api := func(path string) Scope {
		return Scope{apiGateway + path, "of API Gateway's tree this branch alone; its ARNs have no account"}
	}
	return []Scope{
		{"*", "the action knows no resource type, or lists all of its kind only to those who may see all"},
		{"arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*", "every function is looked at in mode `all`"},
		{FunctionARNs, "the named functions alone, in mode `named`"},
		{FunctionARNs + ":*", "their versions and aliases"},
		{"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*", "any role may be a function's in mode `all`"},
		{anyUser, "an event may ask about any user in mode `all`"},
		{RoleARNs, "the named roles alone, in mode `named`"},
		{ReadRoleARNs, "the roles of other accounts that the parameter names: where it is empty the role has no such permission"},
		{"arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/*", "a policy that is attached tomorrow is read too"},
		{"arn:${AWS::Partition}:iam::aws:policy/*", "AWS's own managed policies"},
		api("/restapis"), api("/restapis/*/resources"), api("/restapis/*/authorizers"), api("/restapis/*/stages"),
		api("/apis"), api("/apis/*/routes"), api("/apis/*/integrations"), api("/apis/*/authorizers"), api("/apis/*/stages"),
		{"arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*", open},
		{"arn:${AWS::Partition}:cognito-idp:${AWS::Region}:${AWS::AccountId}:userpool/*", open},
		{"arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:rule/*", open},
		{"arn:${AWS::Partition}:s3:::*", open},
		{"arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*", open},
		{"arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:*", open},
		{"arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/*", open},
		{"arn:${AWS::Partition}:pipes:${AWS::Region}:${AWS::AccountId}:pipe/*", open},
		{"arn:${AWS::Partition}:firehose:${AWS::Region}:${AWS::AccountId}:deliverystream/*", open},
		{"arn:${AWS::Partition}:sqs:*:${AWS::AccountId}:*", elsewhere},
		{"arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/*", elsewhere},
		{"arn:${AWS::Partition}:sns:*:${AWS::AccountId}:*", elsewhere},
		{"arn:${AWS::Partition}:dynamodb:*:${AWS::AccountId}:table/*", elsewhere},
		{"arn:${AWS::Partition}:s3:*:${AWS::AccountId}:accesspoint/*", elsewhere},
		{"arn:${AWS::Partition}:kinesis:*:${AWS::AccountId}:stream/*", elsewhere},
		{"arn:${AWS::Partition}:secretsmanager:*:${AWS::AccountId}:secret:*", elsewhere},
		{"arn:${AWS::Partition}:events:*:${AWS::AccountId}:event-bus/*", elsewhere},
		{"arn:${AWS::Partition}:s3files:*:${AWS::AccountId}:file-system/*", elsewhere},
		{"arn:${AWS::Partition}:kafka:*:${AWS::AccountId}:cluster/*", elsewhere},
		{"arn:${AWS::Partition}:es:*:${AWS::AccountId}:domain/*", elsewhere},
		{"arn:${AWS::Partition}:ecr:*:${AWS::AccountId}:repository/*", elsewhere},
		{"arn:${AWS::Partition}:elasticfilesystem:*:${AWS::AccountId}:access-point/*", elsewhere},
		{"arn:${AWS::Partition}:elasticfilesystem:*:${AWS::AccountId}:file-system/*", elsewhere},
		{inRegion("bedrock", "agent/*"), open}, {inRegion("bedrock", "guardrail/*"), open},
		{inRegion("ivschat", "room/*"), open},
		{inRegion("iot", "authorizer/*"), open}, {inRegion("iot", "provisioningtemplate/*"), open},
		{inRegion("transfer", "server/*"), open},
		{distribution, open},
		{inRegion("transfer", "workflow/*"), open},
		{inRegion("codepipeline", "*"), open},
		{inRegion("ecs", "cluster/*"), open}, {inRegion("ecs", "service/*"), open},
		{inRegion("bedrock-agentcore", "gateway/*"), open},
		{inRegion("lex", "bot/*"), open}, {inRegion("lex", "bot-alias/*"), open},
		{inRegion("connect", "instance/*"), open},
		{inRegion("vpc-lattice", "targetgroup/*"), open},
		{inRegion("codecommit", "*"), open},
		{inRegion("appsync", "apis/*"), open},
		{"${FindingsTopic}", "the application's own topic"},
		{"arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${EventBusName}", "the one bus that is named, and only under the source `permprobe`"},
		{"arn:${AWS::Partition}:securityhub:${AWS::Region}:${AWS::AccountId}:product/${AWS::AccountId}/default", "findings of the account's own, under no other product's name"},
		{"${StateBucket.Arn}/state/*", "the application's own objects"},
		{"${StateBucket.Arn}", "the application's own bucket"},
		{"${FailureQueue.Arn}", "the application's own queue"},
		{"arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${ProbeLogGroup}:*", "the application's own log group"},
	}
}

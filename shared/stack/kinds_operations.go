package stack

// operationsKinds are logs, alarms, governance and CloudFormation itself.
var operationsKinds = kindTable{
	// A log group's ARN ends in :*, as its attribute Arn does.
	"AWS::Logs::LogGroup":           named("LogGroupName", "arn:{P}:logs:{R}:{A}:log-group:{N}:*"),
	"AWS::Logs::LogStream":          named("LogStreamName", "arn:{P}:logs:{R}:{A}:log-group:{.LogGroupName}:log-stream:{N}"),
	"AWS::Logs::SubscriptionFilter": named("FilterName", ""),
	"AWS::Logs::MetricFilter":       named("FilterName", ""),
	"AWS::Logs::Destination":        named("DestinationName", "arn:{P}:logs:{R}:{A}:destination:{N}"),
	"AWS::Logs::ResourcePolicy":     named("PolicyName", ""),
	"AWS::Logs::AccountPolicy":      named("PolicyName", ""),
	"AWS::Logs::QueryDefinition":    generated("{uuid}", "", "QueryDefinitionId", "{N}"),

	"AWS::CloudWatch::Alarm":          named("AlarmName", "arn:{P}:cloudwatch:{R}:{A}:alarm:{N}"),
	"AWS::CloudWatch::CompositeAlarm": named("AlarmName", "arn:{P}:cloudwatch:{R}:{A}:alarm:{N}"),
	"AWS::CloudWatch::LogAlarm":       named("AlarmName", "arn:{P}:cloudwatch:{R}:{A}:alarm:{N}"),
	"AWS::CloudWatch::Dashboard":      named("DashboardName", "arn:{P}:cloudwatch::{A}:dashboard/{N}"),

	"AWS::Config::ConfigRule": named("ConfigRuleName", "arn:{P}:config:{R}:{A}:config-rule/config-rule-{hash:6}",
		"ConfigRuleId", "config-rule-{hash:6}"),
	"AWS::Config::OrganizationConfigRule":        named("OrganizationConfigRuleName", ""),
	"AWS::Config::ConfigurationRecorder":         named("Name", ""),
	"AWS::Config::DeliveryChannel":               named("Name", ""),
	"AWS::CloudTrail::Trail":                     named("TrailName", "arn:{P}:cloudtrail:{R}:{A}:trail/{N}"),
	"AWS::XRay::Group":                           refersByARN("GroupName", "arn:{P}:xray:{R}:{A}:group/{N}/{HASH:16}", "GroupARN", "{ARN}"),
	"AWS::ServiceDiscovery::PrivateDnsNamespace": generated("ns-{hash:16}", "arn:{P}:servicediscovery:{R}:{A}:namespace/{N}", "Id", "{N}"),
	"AWS::ServiceDiscovery::Service":             generated("srv-{hash:16}", "arn:{P}:servicediscovery:{R}:{A}:service/{N}", "Id", "{N}"),

	"AWS::CloudFormation::Stack":      {id: "{L}", arn: "arn:{P}:cloudformation:{R}:{A}:stack/{N}/{uuid}", ref: "{ARN}", atts: pairs([]string{"StackId", "{ARN}"})},
	"AWS::CloudFormation::LambdaHook": {id: "{L}", arn: "arn:{P}:cloudformation:{R}:{A}:type/hook/{N}", ref: "{ARN}", atts: pairs([]string{"HookArn", "{ARN}"})},
	"AWS::CloudFormation::Macro":      named("Name", ""),
	// What Ref gives is what the custom resource's function answers.
	"AWS::CloudFormation::CustomResource":      {ref: "{?Ref}"},
	"AWS::CloudFormation::WaitConditionHandle": {ref: "{?Ref}"},
	"AWS::CloudFormation::WaitCondition":       generated("{L}", ""),
	"AWS::CDK::Metadata":                       generated("{L}", ""),
}

package stack

// messagingKinds are events, queues, topics and streams.
var messagingKinds = kindTable{
	// The id of a rule on an event bus other than the default one begins with the bus.
	"AWS::Events::Rule":           {name: "Name", ref: "{bus|}{N}", arn: "arn:{P}:events:{R}:{A}:rule/{bus/}{N}"},
	"AWS::Events::EventBus":       named("Name", "arn:{P}:events:{R}:{A}:event-bus/{N}", "Name", "{N}"),
	"AWS::Events::EventBusPolicy": generated("{L}", ""),
	"AWS::Events::Connection":     named("Name", "arn:{P}:events:{R}:{A}:connection/{N}/{uuid}", "ArnForPolicy", "arn:{P}:events:{R}:{A}:connection/{N}"),
	"AWS::Events::ApiDestination": named("Name", "arn:{P}:events:{R}:{A}:api-destination/{N}/{uuid}", "ArnForPolicy", "arn:{P}:events:{R}:{A}:api-destination/{N}"),
	"AWS::Events::Archive":        named("ArchiveName", "arn:{P}:events:{R}:{A}:archive/{N}", "ArchiveName", "{N}"),
	"AWS::Events::Endpoint":       named("Name", "arn:{P}:events:{R}:{A}:endpoint/{N}"),
	"AWS::EventSchemas::Registry": {name: "RegistryName", arn: "arn:{P}:schemas:{R}:{A}:registry/{N}", ref: "{ARN}",
		atts: pairs([]string{"RegistryArn", "{ARN}", "RegistryName", "{N}"})},

	"AWS::Scheduler::Schedule":      named("Name", "arn:{P}:scheduler:{R}:{A}:schedule/{.GroupName|default}/{N}"),
	"AWS::Scheduler::ScheduleGroup": named("Name", "arn:{P}:scheduler:{R}:{A}:schedule-group/{N}"),
	"AWS::Pipes::Pipe":              named("Name", "arn:{P}:pipes:{R}:{A}:pipe/{N}"),

	"AWS::SQS::Queue": {name: "QueueName", ref: "https://sqs.{R}.{S}/{A}/{N}", arn: "arn:{P}:sqs:{R}:{A}:{N}",
		atts: pairs([]string{"QueueName", "{N}", "QueueUrl", "{REF}"})},
	"AWS::SQS::QueuePolicy":       generated("{L}", "", "Id", "{N}"),
	"AWS::SQS::QueueInlinePolicy": generated("{L}", ""),
	"AWS::SNS::Topic":             refersByARN("TopicName", "arn:{P}:sns:{R}:{A}:{N}", "TopicArn", "{ARN}", "TopicName", "{N}"),
	"AWS::SNS::TopicPolicy":       generated("{L}", "", "Id", "{N}"),
	"AWS::SNS::TopicInlinePolicy": generated("{L}", ""),
	"AWS::SNS::Subscription":      {id: "{uuid}", arn: "{.TopicArn}:{N}", ref: "{ARN}"},

	"AWS::Kinesis::Stream": named("Name", "arn:{P}:kinesis:{R}:{A}:stream/{N}"),
	// Ref and ConsumerARN end in the second of creation.
	"AWS::Kinesis::StreamConsumer": refersByARN("ConsumerName", "{.StreamARN}/consumer/{N}:1704067200", "ConsumerARN", "{ARN}",
		"ConsumerName", "{N}", "StreamARN", "{.StreamARN}"),
	"AWS::Kinesis::ResourcePolicy":         generated("{L}", ""),
	"AWS::KinesisFirehose::DeliveryStream": named("DeliveryStreamName", "arn:{P}:firehose:{R}:{A}:deliverystream/{N}"),
	"AWS::KinesisAnalyticsV2::Application": named("ApplicationName", "arn:{P}:kinesisanalytics:{R}:{A}:application/{N}"),
	"AWS::KinesisVideo::Stream":            named("Name", "arn:{P}:kinesisvideo:{R}:{A}:stream/{N}/1704067200000"),

	"AWS::MSK::Cluster":           refersByARN("ClusterName", "arn:{P}:kafka:{R}:{A}:cluster/{N}/{uuid}-1"),
	"AWS::MSK::ServerlessCluster": refersByARN("ClusterName", "arn:{P}:kafka:{R}:{A}:cluster/{N}/{uuid}-s1"),
	"AWS::MSK::Configuration":     refersByARN("Name", "arn:{P}:kafka:{R}:{A}:configuration/{N}/{uuid}-1"),
	"AWS::MSK::ClusterPolicy":     {ref: "{.ClusterArn}"},
	"AWS::AmazonMQ::Broker":       generated("b-{uuid}", "arn:{P}:mq:{R}:{A}:broker:{.BrokerName}:{N}", "Id", "{N}"),

	"AWS::SES::ConfigurationSet": named("Name", "arn:{P}:ses:{R}:{A}:configuration-set/{N}"),
	"AWS::SES::EmailIdentity":    named("EmailIdentity", "arn:{P}:ses:{R}:{A}:identity/{N}"),
	"AWS::SES::ReceiptRuleSet":   named("RuleSetName", "arn:{P}:ses:{R}:{A}:receipt-rule-set/{N}", "Id", "{N}"),
	"AWS::SES::ReceiptRule":      named("Rule.Name", "arn:{P}:ses:{R}:{A}:receipt-rule-set/{.RuleSetName}:receipt-rule/{N}", "Id", "{N}"),
	"AWS::SES::Template":         named("Template.TemplateName", "arn:{P}:ses:{R}:{A}:template/{N}", "Id", "{N}"),

	"AWS::IoT::TopicRule":            named("RuleName", "arn:{P}:iot:{R}:{A}:rule/{N}"),
	"AWS::IoT::Authorizer":           named("AuthorizerName", "arn:{P}:iot:{R}:{A}:authorizer/{N}"),
	"AWS::IoT::ProvisioningTemplate": named("TemplateName", "arn:{P}:iot:{R}:{A}:provisioningtemplate/{N}", "TemplateArn", "{ARN}"),
	"AWS::IoT::Policy":               named("PolicyName", "arn:{P}:iot:{R}:{A}:policy/{N}", "Id", "{N}"),
	"AWS::IoT::Thing":                named("ThingName", "arn:{P}:iot:{R}:{A}:thing/{N}"),

	"AWS::Chatbot::SlackChannelConfiguration": refersByARN("ConfigurationName", "arn:{P}:chatbot::{A}:chat-configuration/slack-channel/{N}"),
}

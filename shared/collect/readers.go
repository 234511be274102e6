package collect

import (
	"context"

	"permprobe/shared/fact"
	"permprobe/shared/permission"
)

// reader reads one kind of trigger from its source's side. What the report says it covers is derived from the readers.
type reader struct {
	// facts is the kind of facts that it reads, and name what that is for people, plural: "EventBridge rules".
	facts fact.Kind
	name  string
	// off is the switch that must be on; empty where it is always read.
	off permission.Switch
	// never is why no API of AWS tells of the kind, where templates alone do; empty where one does.
	never string
	read  func(*Collector, context.Context) sources
	// of reads what belongs to the functions that are looked at, but what is remembered of them, instead.
	of func(*Collector, context.Context, []fact.Function, Remembered) sources
}

// readers lists what triggers are read by. Two may read the same kind of facts.
func readers() []reader {
	return append([]reader{
		{facts: fact.KindAPIs, name: "REST APIs", read: (*Collector).restAPIs},
		{facts: fact.KindAPIs, name: "HTTP and WebSocket APIs", read: (*Collector).httpAPIs},
		{facts: fact.KindRules, name: "EventBridge rules", read: (*Collector).eventRules},
		{facts: fact.KindBuckets, name: "S3 bucket notifications", read: (*Collector).notifications},
		{facts: fact.KindTopics, name: "SNS subscriptions", read: (*Collector).subscriptions},
		{facts: fact.KindMachines, name: "Step Functions state machines", read: (*Collector).stateMachines},
		{facts: fact.KindSchedules, name: "EventBridge Scheduler schedules", read: (*Collector).schedules},
		{facts: fact.KindPipes, name: "EventBridge pipes", read: (*Collector).eventPipes},
		{facts: fact.KindStreams, name: "Firehose transformations", read: (*Collector).deliveryStreams},
		{facts: fact.KindDataSources, name: "AppSync data sources and authorizers", read: (*Collector).dataSources},
		{facts: fact.KindFilters, name: "subscription filters of log groups", off: permission.SubscriptionFilters, read: (*Collector).subscriptionFilters},
		{facts: fact.KindTargetGroups, name: "target groups of load balancers", read: (*Collector).targetGroups},
		{facts: fact.KindUserPools, name: "Cognito user pools", read: (*Collector).userPools},
		{facts: fact.KindRotations, name: "Secrets Manager rotations", read: (*Collector).rotations},
		{facts: fact.KindConfigRules, name: "AWS Config rules", read: (*Collector).configRules},
		{facts: fact.KindTopicRules, name: "IoT rules", read: (*Collector).topicRules},
		{facts: fact.KindAlarms, name: "CloudWatch alarms", read: (*Collector).alarms},
		{facts: fact.KindReceiptRules, name: "SES receipt rules", read: (*Collector).receiptRules},
		{
			facts: fact.KindDeployments, name: "CodeDeploy hooks", read: (*Collector).deployments,
			never: "CodeDeploy learns of hooks with each deployment, and no group of deployments names them",
		},
		{facts: fact.KindDashboards, name: "CloudWatch data sources", read: (*Collector).dashboards},
		{facts: fact.KindScalingGroups, name: "Auto Scaling termination policies", off: permission.OtherTriggers, read: (*Collector).scalingGroups},
		{facts: fact.KindURLs, name: "function URLs", off: permission.FunctionUrls, of: (*Collector).functionURLs},
	}, controlledReaders()...)
}

// Kinds lists the kinds of facts about triggers that are read, with repeats.
func Kinds() []fact.Kind {
	var kinds []fact.Kind
	for _, one := range readers() {
		kinds = append(kinds, one.facts)
	}
	return kinds
}

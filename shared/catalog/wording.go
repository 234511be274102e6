package catalog

import (
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// wording is what is said of one kind of trigger.
type wording struct {
	kind fact.TriggerKind
	// row of the field guide, which is the check that decides the kind's triggers.
	row string
	// calls names the calls of such a source: "the rule's calls".
	calls string
	// caller names the part of the source that holds the function's ARN: "the rule's target".
	caller string
	// routed is true where a source may have several ways to a function, which are then named.
	routed bool
	// symptom is what people see when calls are refused; {source} and {routes} stand for their names.
	symptom string
	// doubt is said where a policy allows only a form of the calls that AWS does not document; {function},
	// {principal}, {kind}, {source} and {route} stand for what they say. Empty where no call has such a form.
	doubt string
}

// unclearRoute is the doubt about a path or method that a policy holds literally.
const unclearRoute = "the policy of {function} names the route {route} of {kind} {source} literally; AWS does not document that its calls " +
	"match that: use * for the method and for path parameters"

const failing = "Callers of {routes} get HTTP 500 \"Internal Server Error\" while invoking the function directly works; the function's log stays empty."
const unauthorized = "Callers of every route behind {routes} get HTTP 500, whatever credentials they send; the log of the authorizer's function stays empty."

const forbidden = "Requests to the URL {source} get HTTP 403 \"Forbidden\"; the function's log stays empty."

// wordings lists what is said of each kind of trigger.
func wordings() []wording {
	api := func(kind fact.TriggerKind) wording {
		return wording{kind: kind, row: "I1", calls: "the API's calls", caller: "the integration", routed: true, symptom: failing, doubt: unclearRoute}
	}
	authorizer := func(kind fact.TriggerKind) wording {
		return wording{kind: kind, row: "I1", calls: "the API's calls", caller: "the authorizer", routed: true, symptom: unauthorized}
	}
	return []wording{
		api(fact.TriggerRESTAPI), api(fact.TriggerHTTPAPI), api(fact.TriggerWebSocketAPI),
		authorizer(fact.TriggerRESTAuthorizer), authorizer(fact.TriggerHTTPAuthorizer), authorizer(fact.TriggerWebSocketAuthorizer),
		{
			kind: fact.TriggerRule, row: "I2", calls: "the rule's calls", caller: "the rule's target",
			symptom: "When the rule {source} matches or is due, the function does not run: nothing but the rule's FailedInvocations metric tells.",
		},
		{
			kind: fact.TriggerBucket, row: "I2", calls: "the bucket's calls", caller: "the bucket's notification",
			symptom: "Objects come and go in {source} and the function does not run; the events are dropped without a word. " +
				"A deployment that sets the notification fails: \"Unable to validate the following destination configurations\".",
		},
		{
			kind: fact.TriggerTopic, row: "I4", calls: "the topic's calls", caller: "the subscription",
			symptom: "Messages of the topic {source} do not reach the function: the subscription looks well, and only the topic's metric NumberOfNotificationsFailed tells.",
			doubt: "the policy of {function} lets SNS invoke it by the name that it has in this Region; AWS documents that name only for topics of " +
				"other Regions: use {principal} for the {kind} {source}",
		},
		{
			kind: fact.TriggerLogGroup, row: "I4", calls: "the log group's calls", caller: "the subscription filter",
			symptom: "Log events of {source} do not reach the function. A deployment that sets the subscription filter fails: " +
				"\"Could not execute the lambda function.\"",
		},
		{
			kind: fact.TriggerLogPolicy, row: "I4", calls: "the calls for the account's log groups", caller: "the account's subscription filter policy",
			symptom: "Log events of the account's groups do not reach the function, as the policy {source} wants. A deployment that sets the policy fails: " +
				"\"Could not execute the lambda function.\"",
		},
		{
			kind: fact.TriggerTargetGroup, row: "I4", calls: "the load balancer's calls", caller: "the target",
			symptom: "Requests that a load balancer sends to the target group {source} get HTTP 502 or 403 and the function's log stays empty. " +
				"A deployment that registers the function fails: \"elasticloadbalancing principal does not have permission to invoke\".",
		},
		{
			kind: fact.TriggerUserPool, row: "I4", calls: "the user pool's calls", caller: "the user pool",
			symptom: "People who sign up or in through the user pool {source} get an error where it calls the function: \"invocation failed due to error AccessDeniedException\".",
		},
		{
			kind: fact.TriggerRotation, row: "I4", calls: "the rotation's calls", caller: "the secret",
			symptom: "The secret {source} is not rotated. A deployment that turns rotation on fails: \"Secrets Manager cannot invoke the specified Lambda function.\"",
		},
		{
			kind: fact.TriggerConfigRule, row: "I4", calls: "the rule's calls", caller: "the rule",
			symptom: "The AWS Config rule {source} evaluates nothing. A deployment that sets the rule fails: \"InsufficientPermissionsException\".",
		},
		{
			kind: fact.TriggerTopicRule, row: "I4", calls: "the rule's calls", caller: "the rule's action",
			symptom: "Messages that the IoT rule {source} selects do not reach the function: only the logs and metrics of AWS IoT tell.",
		},
		{
			kind: fact.TriggerAlarm, row: "I4", calls: "the alarm's calls", caller: "the alarm's action",
			symptom: "When the alarm {source} changes its state the function is not called: the alarm's history alone shows that the action failed.",
		},
		{
			kind: fact.TriggerReceiptRule, row: "I4", calls: "the receipt rule's calls", caller: "the receipt rule",
			symptom: "Mail that the receipt rule {source} is for does not reach the function. A deployment that sets the rule fails: \"Could not invoke Lambda function\".",
		},
		{
			kind: fact.TriggerAgent, row: "I4", calls: "the agent's calls", caller: "the agent's action group",
			symptom: "The Bedrock agent {source} fails where it calls the function: \"Access denied while invoking Lambda function\"; the function's log stays empty.",
		},
		{
			kind: fact.TriggerChatRoom, row: "I4", calls: "the room's calls", caller: "the room's message review handler",
			symptom: "Messages that are sent to the chat room {source} are not reviewed by the function: they pass or are dropped as the room's fallback says.",
		},
		{
			kind: fact.TriggerDeviceAuthorizer, row: "I4", calls: "the authorizer's calls", caller: "the authorizer",
			symptom: "Devices that connect through the IoT authorizer {source} are refused; the function's log stays empty.",
		},
		{
			kind: fact.TriggerProvisioning, row: "I4", calls: "the template's calls", caller: "the template's pre-provisioning hook",
			symptom: "Devices that register with the IoT provisioning template {source} are refused; the function's log stays empty.",
		},
		{
			kind: fact.TriggerTransferServer, row: "I4", calls: "the server's calls", caller: "the server's identity provider",
			symptom: "Nobody can sign in to the Transfer Family server {source}: it cannot ask the function who they are.",
		},
		{
			kind: fact.TriggerBotAlias, row: "I4", calls: "the bot's calls", caller: "the bot's alias",
			symptom: "Conversations with the Lex bot end in an error where its alias {source} calls the function: \"Access denied while invoking Lambda function\".",
		},
		{
			kind: fact.TriggerContactCentre, row: "I4", calls: "the instance's calls", caller: "the instance",
			symptom: "Flows of the Connect instance {source} take the error branch of the block that calls the function; the function's log stays empty.",
		},
		{
			kind: fact.TriggerScalingGroup, row: "I4", calls: "the group's calls", caller: "the group's termination policy",
			symptom: "When the Auto Scaling group {source} scales in it cannot ask the function which instances to end: they stay, and only the history of its activities tells why.",
		},
		{
			kind: fact.TriggerLattice, row: "I4", calls: "the target group's calls", caller: "the target",
			symptom: "Requests that VPC Lattice sends to the target group {source} fail with HTTP 403 or 500; the function's log stays empty.",
		},
		{
			kind: fact.TriggerRepository, row: "I4", calls: "the repository's calls", caller: "the repository's trigger",
			symptom: "Pushes to the CodeCommit repository {source} do not run the function. A deployment that sets the trigger fails: \"The trigger could not be configured because of an issue with the specified Lambda function\".",
		},
		{
			kind: fact.TriggerGraphAuthorizer, row: "I4", calls: "the API's calls", caller: "the API's authorizer",
			symptom: "Requests to the AppSync API {source} that the function is to authorize are refused with HTTP 401, whatever token they send.",
		},
		{
			kind: fact.TriggerEventsAuthorizer, row: "I4", calls: "the API's calls", caller: "the API's authorizer",
			symptom: "Connections, publications and subscriptions that the function is to authorize are refused by the AppSync events API {source}, whatever token they send.",
		},
		{
			kind: fact.TriggerMachine, row: "I5", calls: "the state machine's calls", caller: "the state machine's task",
			symptom: "Executions of {source} fail at the task that calls the function, with Lambda.AWSLambdaException or States.TaskFailed; the function's log stays empty.",
		},
		{
			kind: fact.TriggerSchedule, row: "I5", calls: "the schedule's calls", caller: "the schedule's target",
			symptom: "When the schedule {source} is due, the function does not run: nothing but the metric TargetErrorCount of the schedule's group tells.",
		},
		{
			kind: fact.TriggerPipe, row: "I5", calls: "the pipe's calls", caller: "the pipe",
			symptom: "Events of the pipe {source} do not get through: its executions fail where the function is called, and the source is read again and again.",
		},
		{
			kind: fact.TriggerStream, row: "I5", calls: "the delivery stream's calls", caller: "the delivery stream",
			symptom: "Records of {source} are not transformed: they are kept in the bucket for failed records, with the error Lambda.InvokeAccessDenied.",
		},
		{
			kind: fact.TriggerDataSource, row: "I5", calls: "the data source's calls", caller: "the data source",
			symptom: "Queries that the data source {source} answers fail with an error; the function's log stays empty.",
		},
		{
			kind: fact.TriggerDeployment, row: "I5", calls: "the deployment's calls", caller: "the deployment's hook",
			symptom: "Gradual deployments {source} fail at the hook and are rolled back; the hook's log stays empty.",
		},
		{
			kind: fact.TriggerDashboard, row: "I4", calls: "CloudWatch's calls", caller: "the function's tag cloudwatch:datasource",
			symptom: "Dashboards and queries that ask the function for metrics show an error; the function's log stays empty.",
		},
		{
			kind: fact.TriggerPipeline, row: "I5", calls: "the pipeline's calls", caller: "the pipeline's action",
			symptom: "Executions of the pipeline {source} fail at the action that invokes the function: \"The AWS Lambda function could not be found or the role is not authorized\".",
		},
		{
			kind: fact.TriggerContainers, row: "I5", calls: "the hook's calls", caller: "the hook of the service's deployments",
			symptom: "Deployments of the ECS service {source} fail at the stage of the hook and are rolled back; the function's log stays empty.",
		},
		{
			kind: fact.TriggerStackHook, row: "I5", calls: "the hook's calls", caller: "the hook",
			symptom: "The CloudFormation hook {source} cannot ask the function: stacks that it is for fail, or are changed unchecked where it only warns.",
		},
		{
			kind: fact.TriggerGateway, row: "I5", calls: "the gateway's calls", caller: "the gateway's target",
			symptom: "Agents that use tools of the gateway target {source} get an error; the function's log stays empty.",
		},
		{
			kind: fact.TriggerWorkflow, row: "I5", calls: "the workflow's calls", caller: "the workflow's step",
			symptom: "Executions of the workflow {source} fail at the step that calls the function, and its exception steps run.",
		},
		{
			kind: fact.TriggerDistribution, row: "I6", calls: "the distribution's calls", caller: "the distribution's origin",
			symptom: "Requests that the CloudFront distribution {source} sends to the function's URL get HTTP 403 \"Forbidden\"; the function's log stays empty.",
		},
		{
			kind: fact.TriggerEdge, row: "R1", calls: "the distribution's calls", caller: "the distribution",
			symptom: "Requests to the CloudFront distribution {source} that reach the function at the edge get HTTP 503.",
		},
		{kind: fact.TriggerPublicURL, row: "I6", calls: "requests to the URL", caller: "the URL", symptom: forbidden},
		{kind: fact.TriggerURL, row: "I6", calls: "requests to the URL", caller: "the URL", symptom: forbidden},
	}
}

// invokeRows are the rows whose checks decide the calls of triggers, with the severity of their findings.
var invokeRows = []struct {
	row      string
	severity finding.Severity
}{{"I1", finding.High}, {"I2", finding.Medium}, {"I4", finding.Medium}, {"I5", finding.Medium}, {"I6", finding.Medium}}

// severityOf is the severity of a row's findings.
func severityOf(row string) finding.Severity {
	for _, one := range invokeRows {
		if one.row == row {
			return one.severity
		}
	}
	return finding.Medium
}

// wordingOf is what is said of a kind. A kind without a wording is of no row, so that nothing is said of it.
func wordingOf(kind fact.TriggerKind) wording {
	all := wordings()
	at := slices.IndexFunc(all, func(w wording) bool { return w.kind == kind })
	if at < 0 {
		return wording{kind: kind}
	}
	return all[at]
}

// RowOf is the row of the field guide whose check decides the triggers of a kind; empty where nothing is said of them.
func RowOf(kind fact.TriggerKind) string { return wordingOf(kind).row }

// factsOf are the kinds of facts that a row's check needs.
func factsOf(row string) []fact.Kind {
	kinds := []fact.Kind{fact.KindFunctions, fact.KindPolicies}
	for _, w := range wordings() {
		if kind := w.kind.Facts(); w.row == row && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// name names the source of calls for people, with its routes where it may have several.
func (w wording) name(t *fact.Trigger, routes string) string {
	name := string(t.Kind) + " " + t.SourceName
	if w.routed {
		name += " (" + routes + ")"
	}
	return name
}

// seen is what people see when calls by the routes are refused.
func (w wording) seen(t *fact.Trigger, routes string) string {
	return strings.NewReplacer("{source}", t.SourceName, "{routes}", routes).Replace(w.symptom)
}

// doubted says why a call is undecided that a policy allows only in a form that AWS does not document.
func (w wording) doubted(d *decide.Decision) string {
	t := d.Need.Trigger
	return strings.NewReplacer("{function}", d.Need.Function.String(), "{principal}", d.Need.Principal, "{kind}", string(t.Kind),
		"{source}", t.SourceName, "{route}", d.Need.Route.Label).Replace(w.doubt)
}

package fact

import (
	"slices"
	"strings"
	"time"
)

// TriggerKind is a way to invoke a function, named for people. Manners says how each calls.
type TriggerKind string

// The kinds of triggers that are read.
const (
	TriggerRESTAPI             TriggerKind = "REST API"
	TriggerHTTPAPI             TriggerKind = "HTTP API"
	TriggerWebSocketAPI        TriggerKind = "WebSocket API"
	TriggerRESTAuthorizer      TriggerKind = "authorizer of the REST API"
	TriggerHTTPAuthorizer      TriggerKind = "authorizer of the HTTP API"
	TriggerWebSocketAuthorizer TriggerKind = "authorizer of the WebSocket API"
	TriggerRule                TriggerKind = "EventBridge rule"
	TriggerBucket              TriggerKind = "S3 bucket"
	TriggerTopic               TriggerKind = "SNS topic"
	TriggerLogGroup            TriggerKind = "log group"
	// TriggerLogPolicy is a subscription filter of all log groups of the account at once.
	TriggerLogPolicy   TriggerKind = "log policy of the account"
	TriggerTargetGroup TriggerKind = "target group"
	TriggerUserPool    TriggerKind = "Cognito user pool"
	TriggerRotation    TriggerKind = "rotation of the secret"
	TriggerConfigRule  TriggerKind = "AWS Config rule"
	TriggerTopicRule   TriggerKind = "IoT rule"
	TriggerReceiptRule TriggerKind = "SES receipt rule"
	TriggerMachine     TriggerKind = "state machine"
	TriggerSchedule    TriggerKind = "schedule"
	TriggerPipe        TriggerKind = "pipe"
	TriggerStream      TriggerKind = "delivery stream"
	TriggerDataSource  TriggerKind = "AppSync data source"
	TriggerAlarm       TriggerKind = "CloudWatch alarm"
	// TriggerPublicURL is the URL of a function that asks nobody who they are, TriggerURL one whose requests are signed.
	TriggerPublicURL        TriggerKind = "public function URL"
	TriggerURL              TriggerKind = "function URL"
	TriggerAgent            TriggerKind = "Bedrock agent"
	TriggerChatRoom         TriggerKind = "chat room"
	TriggerDeviceAuthorizer TriggerKind = "IoT authorizer"
	TriggerProvisioning     TriggerKind = "IoT provisioning template"
	TriggerTransferServer   TriggerKind = "Transfer Family server"
	// TriggerDistribution is a distribution in front of a function's URL, TriggerEdge one that runs a function at the edge.
	TriggerDistribution     TriggerKind = "CloudFront distribution"
	TriggerEdge             TriggerKind = "CloudFront distribution with the function at its edge"
	TriggerDeployment       TriggerKind = "gradual deployment"
	TriggerDashboard        TriggerKind = "CloudWatch data source"
	TriggerWorkflow         TriggerKind = "Transfer Family workflow"
	TriggerPipeline         TriggerKind = "pipeline of CodePipeline"
	TriggerContainers       TriggerKind = "ECS service"
	TriggerStackHook        TriggerKind = "CloudFormation hook"
	TriggerGateway          TriggerKind = "AgentCore gateway"
	TriggerBotAlias         TriggerKind = "alias of the Lex bot"
	TriggerContactCentre    TriggerKind = "Connect instance"
	TriggerLattice          TriggerKind = "VPC Lattice target group"
	TriggerRepository       TriggerKind = "CodeCommit repository"
	TriggerGraphAuthorizer  TriggerKind = "authorizer of the AppSync API"
	TriggerEventsAuthorizer TriggerKind = "authorizer of the AppSync events API"
	// TriggerScalingGroup is a group with a termination policy that is a function.
	TriggerScalingGroup TriggerKind = "Auto Scaling group"
)

// The kinds of facts about triggers, a kind for each service that calls functions.
const (
	KindAPIs    Kind = "APIs"
	KindRules   Kind = "event rules"
	KindBuckets Kind = "bucket notifications"
	KindTopics  Kind = "topic subscriptions"
	KindFilters Kind = "subscription filters"
	KindAliases Kind = "aliases"

	KindTargetGroups Kind = "target groups"
	KindUserPools    Kind = "user pools"
	KindRotations    Kind = "secret rotations"
	KindConfigRules  Kind = "config rules"
	KindTopicRules   Kind = "topic rules"
	KindReceiptRules Kind = "receipt rules"
	KindMachines     Kind = "state machines"
	KindSchedules    Kind = "schedules"
	KindPipes        Kind = "pipes"
	KindStreams      Kind = "delivery streams"
	KindDataSources  Kind = "AppSync data sources"
	KindAlarms       Kind = "alarms"
	KindURLs         Kind = "function URLs"

	KindAgents            Kind = "agents"
	KindChatRooms         Kind = "chat rooms"
	KindDeviceAuthorizers Kind = "device authorizers"
	KindProvisioning      Kind = "provisioning templates"
	KindTransferServers   Kind = "transfer servers"
	KindDistributions     Kind = "distributions"
	KindDeployments       Kind = "gradual deployments"
	KindDashboards        Kind = "data source tags"
	KindPipelines         Kind = "pipelines"
	KindContainers        Kind = "container services"
	KindStackHooks        Kind = "stack hooks"
	KindGateways          Kind = "gateways"
	KindBots              Kind = "bots"
	KindContactCentres    Kind = "contact centres"
	KindLattices          Kind = "lattice target groups"
	KindRepositories      Kind = "repositories"
	KindEventAPIs         Kind = "events APIs"
	KindScalingGroups     Kind = "scaling groups"
)

// Trigger is a source that calls a function.
type Trigger struct {
	Kind TriggerKind
	// Function is the exact function and qualifier that the source calls.
	Function FunctionRef
	// Source is the ARN that stands for the whole source, for example arn:…:execute-api:…:API/*.
	Source string
	// SourceID is the source's own id, for example the API's, and SourceName its name, for messages.
	SourceID, SourceName string
	// Account owns the source.
	Account string
	// Credentials is the ARN of the role that the source uses instead of the function's policy; empty
	// where the function's policy decides.
	Credentials string
	// Caller is the ARN of the service-linked role as which the source calls, where the kind calls as one: the function's policy
	// decides, because such a role has no permission for functions of its own.
	Caller string
	// Through is the role that takes on that role for the source; empty where the service does so itself.
	Through string
	// Key is the key that encrypts what the source hands to the function to send on; empty for none.
	Key string
	// Host is the host of a function's URL: the URL's own, or that of the URL behind a distribution.
	Host string
	// AssumedFor is the aws:SourceArn with which the service takes on that role; empty where AWS does not document it.
	AssumedFor string
	// Created is when the source was made; zero where that is not known or does not matter.
	Created time.Time
	// Routes are the requests that reach the function, sorted.
	Routes []Route
	// Doubt is one sentence on why the function's policy might not matter to the source although nothing says
	// so for certain; empty where it does. What the policy refuses is then undecided.
	Doubt string
	// Unread says why this trigger could not be understood; zero when it could.
	Unread Unread
}

// IsURL tells whether triggers of the kind are URLs of functions.
func (k TriggerKind) IsURL() bool { return k == TriggerPublicURL || k == TriggerURL }

// URLOf is the trigger that a function's URL is: public where it asks nobody who they are, made at the given time, zero
// where that is not known.
func URLOf(function FunctionRef, public bool, host string, made time.Time) Trigger {
	t := Trigger{Kind: TriggerURL, Function: function, SourceID: function.String(), SourceName: "of " + function.Name(), Host: host, Created: made}
	if arn, err := ParseARN(function.ARN); err == nil {
		t.Account = arn.Account
	}
	if public {
		t.Kind = TriggerPublicURL
	}
	if function.Qualifier != "" {
		t.SourceName += ":" + function.Qualifier
	}
	t.Routes = []Route{{Label: t.SourceName, Requests: []string{""}}}
	return t
}

// Route is one way of a source to the function: a method and path or a route key of an API, an authorizer, or
// the whole source where it has only one.
type Route struct {
	// Label is the route for people: "GET /notes".
	Label string
	// Pattern is the narrowest source ARN that covers the route on every stage.
	Pattern string
	// Requests are the aws:SourceArn values that calls of the route carry, one a stage and method.
	Requests []string
	// Doubtful are other forms of the same calls, which AWS's pages show in policies without saying that
	// calls match them: "ANY" for the method, the path with its {parameters}.
	Doubtful []string
}

// StandsFor tells whether a doubtful form of a route's calls is one of the given request: of the same stage, and of the
// same method or of ANY.
func StandsFor(doubtful, request string) bool {
	if doubtful == request {
		return true
	}
	other, one := strings.SplitN(doubtful, "/", 4), strings.SplitN(request, "/", 4)
	return len(other) == 4 && len(one) == 4 && slices.Equal(other[:2], one[:2]) && (other[2] == one[2] || other[2] == "ANY")
}

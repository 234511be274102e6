package fact

import "strings"

// The principals of services that call functions in their own name.
const (
	APIGatewayService  = "apigateway.amazonaws.com"
	EventBridgeService = "events.amazonaws.com"
	S3Service          = "s3.amazonaws.com"
	SNSService         = "sns.amazonaws.com"
	LogsService        = "logs.amazonaws.com"
	// EdgeService takes on the roles of functions that run at the edge.
	EdgeService = "edgelambda.amazonaws.com"
)

// Parts of principals that stand for the Region, the partition and the account.
const (
	regionPart    = "{region}"
	partitionPart = "{partition}"
	accountPart   = "{account}"
)

// A request to a function's URL needs InvokeURL and lambda:InvokeFunction. The keys tell how the URL asks who calls, and
// that an invocation comes by a URL.
//
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
const (
	InvokeURL   = "lambda:InvokeFunctionUrl"
	URLAuthType = "lambda:FunctionUrlAuthType"
	ViaURL      = "lambda:InvokedViaFunctionUrl"
)

// Manner is how the triggers of a kind call functions. The table of Manners is the one place that says so: what a
// call carries, and under which name the service makes it, are derived from it.
type Manner struct {
	Kind TriggerKind
	// Facts is the kind of facts that such triggers are.
	Facts Kind
	// Principal is the service that calls the function, or that takes on the role where the trigger names one. It is a role
	// where the service calls as its service-linked role, of which a trigger may name another.
	Principal string
	// Also is another principal that the service calls as: a policy may name either. Doubtful is one that AWS's
	// pages name for some of these calls; a policy that names it alone leaves the call undecided. Empty for none.
	Also, Doubtful string
	// AssumesAs is another principal as which the service takes on roles; empty for none.
	AssumesAs string
	// Requests are what one call asks the policy; all must be allowed.
	Requests []Request
	// SourceARN and SourceAccount say whether calls carry aws:SourceArn and aws:SourceAccount.
	SourceARN, SourceAccount Carried
	// ByRole is true where the source always calls as a role that it names: the function's policy does not name the service.
	ByRole bool
	// ExternalID is true where the service takes on the role with the account as sts:ExternalId.
	ExternalID bool
	// Nameless is true where the source's ARN carries no account: a permission must name the account besides, or
	// whoever owns a source of that name later can call.
	Nameless bool
	// Authorizers is the kind of the authorizers of such a source; empty where it has none.
	Authorizers TriggerKind
	// Page is the page of AWS's documentation that says how the calls are made.
	Page string
}

// Request is one action that a call needs, with the keys that the request carries besides the source's.
type Request struct {
	Action string
	Keys   map[string][]string
}

// Carried says whether a call carries a key.
type Carried uint8

// What is known of whether a call carries a key.
const (
	Always Carried = iota + 1
	// Perhaps: AWS does not document it. What depends on the key is undecided.
	Perhaps
	Never
)

// Manners lists how each kind of trigger calls. A new kind is a new row here, and what TestEveryKindOfTriggerHasItsRows
// demands elsewhere.
func Manners() []Manner {
	invoke := []Request{{Action: "lambda:InvokeFunction"}}
	api := Manner{
		Facts: KindAPIs, Principal: APIGatewayService, Requests: invoke, SourceARN: Always, SourceAccount: Always,
		Page: "https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html",
	}
	apis := func(kind, authorizers TriggerKind) Manner {
		one := api
		one.Kind, one.Authorizers = kind, authorizers
		return one
	}
	plain := func(kind TriggerKind, facts Kind, principal, page string) Manner {
		return Manner{
			Kind: kind, Facts: facts, Principal: principal, Requests: invoke, SourceARN: Always, SourceAccount: Always,
			Page: "https://docs.aws.amazon.com/" + page,
		}
	}
	// The ARN of a rule of AWS Config is not known before the rule is there, and AWS's pages show the account alone.
	config := plain(TriggerConfigRule, KindConfigRules, "config.amazonaws.com", "config/latest/developerguide/evaluate-config_develop-rules_lambda-functions.html")
	config.SourceARN = Perhaps
	url := func(kind TriggerKind, auth string) Manner {
		return Manner{
			Kind: kind, Facts: KindURLs, Principal: "*", SourceARN: Never, SourceAccount: Never,
			Requests: []Request{
				{Action: InvokeURL, Keys: map[string][]string{URLAuthType: {auth}}},
				{Action: "lambda:InvokeFunction", Keys: map[string][]string{ViaURL: {"true"}}},
			},
			Page: "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
		}
	}
	// AWS's page lets AWS IoT in without a word on the source.
	provisioning := plain(TriggerProvisioning, KindProvisioning, "iot.amazonaws.com", "iot/latest/developerguide/pre-provisioning-hook.html")
	provisioning.SourceARN = Perhaps
	role := func(kind TriggerKind, facts Kind, principal, page string) Manner {
		return Manner{
			Kind: kind, Facts: facts, Principal: principal, ByRole: true, Requests: invoke, SourceARN: Never, SourceAccount: Never,
			Page: "https://docs.aws.amazon.com/" + page,
		}
	}
	return []Manner{
		url(TriggerPublicURL, "NONE"), url(TriggerURL, "AWS_IAM"),
		apis(TriggerRESTAPI, TriggerRESTAuthorizer), apis(TriggerRESTAuthorizer, ""),
		apis(TriggerHTTPAPI, TriggerHTTPAuthorizer), apis(TriggerHTTPAuthorizer, ""),
		apis(TriggerWebSocketAPI, TriggerWebSocketAuthorizer), apis(TriggerWebSocketAuthorizer, ""),
		{
			Kind: TriggerRule, Facts: KindRules, Principal: EventBridgeService,
			Requests: invoke, SourceARN: Always, SourceAccount: Always,
			Page: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html",
		},
		{
			Kind: TriggerBucket, Facts: KindBuckets, Principal: S3Service, Nameless: true,
			Requests: invoke, SourceARN: Always, SourceAccount: Always,
			Page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html",
		},
		{
			Kind: TriggerTopic, Facts: KindTopics, Principal: SNSService, Doubtful: "sns." + regionPart + ".amazonaws.com",
			Requests: invoke, SourceARN: Always, SourceAccount: Always,
			Page: "https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html",
		},
		{
			Kind: TriggerLogGroup, Facts: KindFilters, Principal: LogsService, Also: "logs." + regionPart + ".amazonaws.com",
			Requests: invoke, SourceARN: Always, SourceAccount: Always,
			Page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
		},
		{
			Kind: TriggerLogPolicy, Facts: KindFilters, Principal: LogsService, Also: "logs." + regionPart + ".amazonaws.com",
			Requests: invoke, SourceARN: Always, SourceAccount: Always,
			Page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters-AccountLevel.html",
		},
		plain(TriggerTargetGroup, KindTargetGroups, "elasticloadbalancing.amazonaws.com", "elasticloadbalancing/latest/application/lambda-functions.html"),
		plain(TriggerUserPool, KindUserPools, "cognito-idp.amazonaws.com", "cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html"),
		plain(TriggerRotation, KindRotations, "secretsmanager.amazonaws.com", "secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html"),
		config,
		plain(TriggerTopicRule, KindTopicRules, "iot.amazonaws.com", "iot/latest/developerguide/lambda-rule-action.html"),
		plain(TriggerAlarm, KindAlarms, "lambda.alarms.cloudwatch.amazonaws.com", "AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html"),
		plain(TriggerReceiptRule, KindReceiptRules, "ses.amazonaws.com", "ses/latest/dg/receiving-email-permissions.html"),
		plain(TriggerAgent, KindAgents, "bedrock.amazonaws.com", "bedrock/latest/userguide/agents-permissions.html"),
		plain(TriggerChatRoom, KindChatRooms, "ivschat.amazonaws.com", "ivs/latest/ChatUserGuide/chat-message-review-handler.html"),
		plain(TriggerDeviceAuthorizer, KindDeviceAuthorizers, "iot.amazonaws.com", "iot/latest/developerguide/config-custom-auth.html"),
		provisioning,
		plain(TriggerBotAlias, KindBots, "lexv2.amazonaws.com", "lexv2/latest/dg/lambda-attach-api.html"),
		plain(TriggerContactCentre, KindContactCentres, "connect.amazonaws.com", "connect/latest/adminguide/connect-lambda-functions.html"),
		plain(TriggerLattice, KindLattices, "vpc-lattice.amazonaws.com", "vpc-lattice/latest/ug/lambda-functions.html"),
		plain(TriggerRepository, KindRepositories, "codecommit.amazonaws.com", "codecommit/latest/userguide/how-to-notify-lambda-cc.html"),
		plain(TriggerGraphAuthorizer, KindDataSources, "appsync.amazonaws.com", "appsync/latest/devguide/security-authz.html"),
		plain(TriggerEventsAuthorizer, KindEventAPIs, "appsync.amazonaws.com", "appsync/latest/eventapi/configure-event-api-auth.html"),
		plain(TriggerTransferServer, KindTransferServers, "transfer.amazonaws.com", "transfer/latest/userguide/custom-lambda-idp.html"),
		{
			Kind: TriggerMachine, Facts: KindMachines, Principal: "states.amazonaws.com", AssumesAs: "states." + regionPart + ".amazonaws.com", ByRole: true,
			Requests: invoke, SourceARN: Never, SourceAccount: Never,
			Page: "https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html",
		},
		{
			Kind: TriggerSchedule, Facts: KindSchedules, Principal: "scheduler.amazonaws.com", ByRole: true,
			Requests: invoke, SourceARN: Never, SourceAccount: Never,
			Page: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html",
		},
		{
			Kind: TriggerPipe, Facts: KindPipes, Principal: "pipes.amazonaws.com", ByRole: true,
			Requests: invoke, SourceARN: Never, SourceAccount: Never,
			Page: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html",
		},
		{
			Kind: TriggerStream, Facts: KindStreams, Principal: "firehose.amazonaws.com", ByRole: true, ExternalID: true,
			Requests:  []Request{{Action: "lambda:InvokeFunction"}, {Action: "lambda:GetFunctionConfiguration"}},
			SourceARN: Never, SourceAccount: Never,
			Page: "https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html",
		},
		{
			Kind: TriggerDistribution, Facts: KindDistributions, Principal: "cloudfront.amazonaws.com", SourceARN: Always, SourceAccount: Perhaps,
			Requests: []Request{
				{Action: InvokeURL, Keys: map[string][]string{URLAuthType: {"AWS_IAM"}}},
				{Action: "lambda:InvokeFunction", Keys: map[string][]string{ViaURL: {"true"}}},
			},
			Page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html",
		},
		{
			Kind: TriggerEdge, Facts: KindDistributions, Principal: EdgeService, SourceARN: Never, SourceAccount: Never,
			Requests: []Request{{Action: "sts:AssumeRole"}},
			Page:     "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html",
		},
		{
			// AWS's page lets the role in without a word on the source.
			Kind: TriggerScalingGroup, Facts: KindScalingGroups, Requests: invoke, SourceARN: Perhaps, SourceAccount: Perhaps,
			Principal: "arn:" + partitionPart + ":iam::" + accountPart + ":role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
			Page:      "https://docs.aws.amazon.com/autoscaling/ec2/userguide/lambda-custom-termination-policy.html",
		},
		role(TriggerDeployment, KindDeployments, "codedeploy.amazonaws.com", "codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html"),
		{
			// AWS's page names the account, and dashboards have no ARN that a call could carry.
			Kind: TriggerDashboard, Facts: KindDashboards, Principal: "lambda.datasource.cloudwatch.amazonaws.com", Requests: invoke,
			SourceARN: Never, SourceAccount: Always,
			Page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_MultiDataSources-Connect-Custom.html",
		},
		role(TriggerPipeline, KindPipelines, "codepipeline.amazonaws.com", "codepipeline/latest/userguide/actions-invoke-lambda-function.html"),
		role(TriggerContainers, KindContainers, "ecs.amazonaws.com", "AmazonECS/latest/developerguide/blue-green-permissions.html"),
		role(TriggerStackHook, KindStackHooks, "hooks.cloudformation.amazonaws.com", "cloudformation-cli/latest/hooks-userguide/lambda-hooks-prepare-to-create-hook.html"),
		role(TriggerGateway, KindGateways, "bedrock-agentcore.amazonaws.com", "bedrock-agentcore/latest/devguide/gateway-prerequisites-permissions.html"),
		role(TriggerWorkflow, KindTransferServers, "transfer.amazonaws.com", "transfer/latest/userguide/custom-step-details.html"),
		{
			Kind: TriggerDataSource, Facts: KindDataSources, Principal: "appsync.amazonaws.com", ByRole: true,
			Requests: invoke, SourceARN: Never, SourceAccount: Never,
			Page: "https://docs.aws.amazon.com/appsync/latest/devguide/tutorial-lambda-resolvers-js.html",
		},
	}
}

// Manner is how triggers of kind k call; false for a kind that nothing is known of.
func (k TriggerKind) Manner() (Manner, bool) {
	for _, one := range Manners() {
		if one.Kind == k {
			return one, true
		}
	}
	return Manner{}, false
}

// In is the manner in an account and Region: its principals carry their names where they carry any.
func (m Manner) In(account Account) Manner {
	names := strings.NewReplacer(regionPart, account.Region, partitionPart, account.Partition, accountPart, account.ID)
	for _, principal := range []*string{&m.Principal, &m.Also, &m.Doubtful, &m.AssumesAs} {
		*principal = names.Replace(*principal)
	}
	return m
}

// Authorizer is the kind of the authorizers of an API of kind k.
func (k TriggerKind) Authorizer() TriggerKind {
	if manner, known := k.Manner(); known && manner.Authorizers != "" {
		return manner.Authorizers
	}
	return k
}

// Facts is the kind of facts that triggers of kind k are.
func (k TriggerKind) Facts() Kind {
	manner, _ := k.Manner()
	return manner.Facts
}

// Package permission is the one table of what the probe asks of AWS: which operation, which IAM action on
// which resource allows it, why, and what stops working without it. The role in template.yaml, the
// interfaces that the code calls and the README are held equal to it by tests.
package permission

import "slices"

// Caller says who uses a permission.
type Caller string

// The callers.
const (
	// SDK is the probe's own code.
	SDK Caller = "sdk"
	// Lambda is the Lambda service on behalf of the function, with the function's role.
	Lambda Caller = "lambda"
	// Implicit is the tracing of the runtime and of the X-Ray daemon.
	Implicit Caller = "implicit"
)

// Entry is one operation and what allows it.
type Entry struct {
	// Service is the SDK's package for the operation; empty where the probe's code does not call it.
	Service, Operation string
	// Action is the IAM action, which may be named otherwise than the operation.
	Action string
	// Resources are the ARNs as template.yaml writes them in Fn::Sub, sorted.
	Resources []string
	Caller    Caller
	// Why is what the answer is used for, and Without is what happens when the action is not granted.
	Why, Without string
	// Switch turns the permission on; empty where it is always granted.
	Switch Switch
}

// row is an Entry without what is looked up for it.
type row struct {
	Service, Operation, Action string
	Resources                  []string
	Caller                     Caller
	Why, Without               string
}

const apiGateway = "arn:${AWS::Partition}:apigateway:${AWS::Region}::"

// Table lists the permissions of the role in the mode and where the switches in on are on, in the order of template.yaml.
func Table(mode Mode, on Switches) []Entry {
	var out []Entry
	all := rows()
	if mode == Named {
		all = slices.DeleteFunc(all, func(r row) bool { return slices.Contains(allOnly, r.Action) || slices.Contains(r.Resources, anyUser) })
		for i := range all {
			r := &all[i]
			if resources, ok := narrowed[r.Action]; ok {
				r.Resources = resources
			}
			if text, ok := reasons[r.Action]; ok {
				r.Why, r.Without = text[0], text[1]
			}
		}
		at := slices.IndexFunc(all, func(r row) bool { return r.Action == "iam:GetRole" })
		all = slices.Insert(all, at+1, namedOnly()...)
	}
	for _, r := range all {
		e := Entry{Service: r.Service, Operation: r.Operation, Action: r.Action, Resources: r.Resources,
			Caller: r.Caller, Why: r.Why, Without: r.Without, Switch: switchOf(r.Action)}
		if e.Switch == "" || on[e.Switch] {
			out = append(out, e)
		}
	}
	return out
}

// rows lists everything that may be granted, in the order of template.yaml. A new permission is a new row; where it
// belongs to an optional read, Switch tells what else it takes.
func rows() []row {
	return slices.Concat(directRows(), handlerRows())
}

// directRows are those without what Cloud Control calls.
func directRows() []row {
	ownLogs := []string{"arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${ProbeLogGroup}:*"}
	return []row{
		{"lambda", "ListFunctions", "lambda:ListFunctions", []string{"*"}, SDK,
			"which functions there are, which role each runs as, which log group it writes to",
			"nothing can be checked: every check has a gap"},
		{"lambda", "GetPolicy", "lambda:GetPolicy",
			[]string{"arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"}, SDK,
			"who may invoke a function, version or alias, and whom those let in that functions call", "every check of who may invoke has a gap for every function, R10 and R17 for every one that calls another"},
		{"lambda", "ListAliases", "lambda:ListAliases",
			[]string{"arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"}, SDK,
			"on which other qualifier the permission of a trigger may be, where the one it calls refuses, and which versions an alias runs that something calls",
			"I3 has a gap for every function that a trigger may not call, and R1, R8 and R10 for such aliases"},
		{"lambda", "ListVersionsByFunction", "lambda:ListVersionsByFunction",
			[]string{"arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"}, SDK,
			"on which version the permission of a trigger may be, where neither the qualifier that it calls nor another alias has it",
			"I3 has a gap for such functions"},
		{"lambda", "ListFunctionEventInvokeConfigs", "lambda:ListFunctionEventInvokeConfigs",
			[]string{"arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"}, SDK,
			"where a function's asynchronous invocations report to", "R10 has a gap for every function"},
		{"lambda", "ListEventSourceMappings", "lambda:ListEventSourceMappings", []string{"*"}, SDK,
			"which queues and streams are polled for which function", "R8 has a gap: event source mappings are not known"},
		{"lambda", "GetFunctionConfiguration", "lambda:GetFunctionConfiguration",
			[]string{"arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"}, SDK,
			"as which role a version or alias runs that is called, or has a mapping or destinations, and whether functions with an image, a key or a file system can start",
			"R1, R8 and R10 have a gap for such versions and aliases, and R11, R12 and R13 for such functions"},
		{"iam", "GetAccountAuthorizationDetails", "iam:GetAccountAuthorizationDetails", []string{"*"}, SDK,
			"trust and permission policies of the functions' roles, in bulk", "R1, R2 and every check of a role's permissions have a gap for every function"},
		{"iam", "GetRole", "iam:GetRole", []string{"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"}, SDK,
			"whether a function's role that the bulk listing does not hold was deleted", "R2 has a gap for functions with such a role"},
		{"iam", "SimulatePrincipalPolicy", "iam:SimulatePrincipalPolicy",
			[]string{"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"}, SDK,
			"IAM's own answer to whether a role may do what its function needs", "every check of a role's permissions has a gap for every function"},
		{"iam", "SimulatePrincipalPolicy", "iam:SimulatePrincipalPolicy", []string{anyUser}, SDK,
			"IAM's own answer to whether a user may deploy functions, where an event asks", "what users may deploy is not decided"},
		{"apigateway", "GetRestApis", "apigateway:GET", []string{apiGateway + "/restapis"}, SDK,
			"which REST APIs there are, and whom the policies of those let in that functions call", "I1 has a gap: REST APIs are not known; R17 has one for every function that calls one"},
		{"apigateway", "GetResources", "apigateway:GET", []string{apiGateway + "/restapis/*/resources"}, SDK,
			"which function each method of a REST API calls, and which authorization it asks for", "I1 has a gap for every REST API, and R17 for every function that calls one"},
		{"apigateway", "GetAuthorizers", "apigateway:GET", []string{apiGateway + "/restapis/*/authorizers"}, SDK,
			"which function authorizes the calls of methods that name an authorizer", "I1 has a gap for every REST API with such methods"},
		{"apigateway", "GetStages", "apigateway:GET", []string{apiGateway + "/restapis/*/stages"}, SDK,
			"on which stages, and with which stage variables", "I1 has a gap for every REST API"},
		{"apigatewayv2", "GetApis", "apigateway:GET", []string{apiGateway + "/apis"}, SDK,
			"which HTTP and WebSocket APIs there are", "I1 has a gap: HTTP APIs are not known"},
		{"apigatewayv2", "GetRoutes", "apigateway:GET", []string{apiGateway + "/apis/*/routes"}, SDK,
			"which route leads to which integration, and which authorization it asks for", "I1 has a gap for every HTTP API, and R17 for every function that calls one"},
		{"apigatewayv2", "GetIntegrations", "apigateway:GET", []string{apiGateway + "/apis/*/integrations"}, SDK,
			"which function an integration calls", "I1 has a gap for every HTTP API"},
		{"apigatewayv2", "GetAuthorizers", "apigateway:GET", []string{apiGateway + "/apis/*/authorizers"}, SDK,
			"which function authorizes the calls of routes that name an authorizer", "I1 has a gap for every HTTP API with such routes"},
		{"apigatewayv2", "GetStages", "apigateway:GET", []string{apiGateway + "/apis/*/stages"}, SDK,
			"on which stages, and with which stage variables", "I1 has a gap for every HTTP API"},
		{"eventbridge", "ListEventBuses", "events:ListEventBuses", []string{"*"}, SDK,
			"which event buses there are", "I2 has a gap: EventBridge rules are not known"},
		{"eventbridge", "ListRules", "events:ListRules", []string{"*"}, SDK,
			"which rules a bus has and which of them are on", "I2 has a gap for every event bus"},
		{"eventbridge", "ListTargetsByRule", "events:ListTargetsByRule",
			[]string{"arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*"}, SDK,
			"which functions a rule calls", "I2 has a gap for every rule"},
		{"s3", "ListBuckets", "s3:ListAllMyBuckets", []string{"*"}, SDK,
			"which buckets the Region has", "I2 has a gap: bucket notifications are not known"},
		{"s3", "GetBucketNotificationConfiguration", "s3:GetBucketNotification", []string{"arn:${AWS::Partition}:s3:::*"}, SDK,
			"which functions a bucket calls", "I2 has a gap for every bucket"},
		{"sns", "ListSubscriptions", "sns:ListSubscriptions", []string{"*"}, SDK,
			"which functions subscribe to which topic", "I4 has a gap: subscriptions are not known"},
		{"elasticloadbalancingv2", "DescribeTargetGroups", "elasticloadbalancing:DescribeTargetGroups", []string{"*"}, SDK,
			"which target groups of load balancers are ones of functions", "I4 has a gap: target groups are not known"},
		{"elasticloadbalancingv2", "DescribeTargetHealth", "elasticloadbalancing:DescribeTargetHealth", []string{"*"}, SDK,
			"which function a target group calls", "I4 has a gap for every target group of functions"},
		{"autoscaling", "DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingGroups", []string{"*"}, SDK,
			"which functions Auto Scaling groups ask which instances to end", "I4 has a gap for Auto Scaling termination policies"},
		{"cognitoidentityprovider", "ListUserPools", "cognito-idp:ListUserPools", []string{"*"}, SDK,
			"which user pools there are", "I4 has a gap: user pools are not known"},
		{"cognitoidentityprovider", "DescribeUserPool", "cognito-idp:DescribeUserPool",
			[]string{"arn:${AWS::Partition}:cognito-idp:${AWS::Region}:${AWS::AccountId}:userpool/*"}, SDK,
			"which functions a user pool calls", "I4 has a gap for every user pool"},
		{"secretsmanager", "ListSecrets", "secretsmanager:ListSecrets", []string{"*"}, SDK,
			"which functions rotate secrets; what secrets hold is never read", "I4 has a gap: rotations are not known"},
		{"configservice", "DescribeConfigRules", "config:DescribeConfigRules", []string{"*"}, SDK,
			"which functions the custom rules of AWS Config call", "I4 has a gap: config rules are not known"},
		{"iot", "ListTopicRules", "iot:ListTopicRules", []string{"*"}, SDK,
			"which rules of AWS IoT there are and which of them are on", "I4 has a gap: IoT rules are not known"},
		{"iot", "GetTopicRule", "iot:GetTopicRule", []string{"arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:rule/*"}, SDK,
			"which functions a rule of AWS IoT calls", "I4 has a gap for every IoT rule"},
		{"cloudwatch", "DescribeAlarms", "cloudwatch:DescribeAlarms", []string{"*"}, SDK,
			"which functions alarms call; composite alarms are listed only to those who may describe all", "I4 has a gap: alarms are not known"},
		{"ses", "ListReceiptRuleSets", "ses:ListReceiptRuleSets", []string{"*"}, SDK,
			"which sets of rules for mail that comes in there are", "I4 has a gap: receipt rules are not known"},
		{"ses", "DescribeReceiptRuleSet", "ses:DescribeReceiptRuleSet", []string{"*"}, SDK,
			"which functions the rules of a set call", "I4 has a gap for every set of receipt rules"},
		{"ses", "DescribeActiveReceiptRuleSet", "ses:DescribeActiveReceiptRuleSet", []string{"*"}, SDK,
			"which set of rules is in effect", "I4 has a gap: what receipt rules are refused is undecided"},
		{"sfn", "ListStateMachines", "states:ListStateMachines", []string{"*"}, SDK,
			"which state machines there are", "I5 has a gap: state machines are not known"},
		{"sfn", "DescribeStateMachine", "states:DescribeStateMachine",
			[]string{"arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:*"}, SDK,
			"which functions the tasks of a state machine call, and as which role", "I5 has a gap for every state machine"},
		{"scheduler", "ListSchedules", "scheduler:ListSchedules", []string{"*"}, SDK,
			"which schedules there are and what they call", "I5 has a gap: schedules are not known"},
		{"scheduler", "GetSchedule", "scheduler:GetSchedule",
			[]string{"arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/*"}, SDK,
			"as which role a schedule calls its function", "I5 has a gap for every schedule that calls a function"},
		{"pipes", "ListPipes", "pipes:ListPipes", []string{"*"}, SDK,
			"which pipes there are and what they call", "I5 has a gap: pipes are not known"},
		{"pipes", "DescribePipe", "pipes:DescribePipe",
			[]string{"arn:${AWS::Partition}:pipes:${AWS::Region}:${AWS::AccountId}:pipe/*"}, SDK,
			"as which role a pipe calls its function", "I5 has a gap for every pipe that calls a function"},
		{"firehose", "ListDeliveryStreams", "firehose:ListDeliveryStreams", []string{"*"}, SDK,
			"which delivery streams there are", "I5 has a gap: delivery streams are not known"},
		{"firehose", "DescribeDeliveryStream", "firehose:DescribeDeliveryStream",
			[]string{"arn:${AWS::Partition}:firehose:${AWS::Region}:${AWS::AccountId}:deliverystream/*"}, SDK,
			"which function transforms the records of a delivery stream, and as which role", "I5 has a gap for every delivery stream"},
		{"appsync", "ListGraphqlApis", "appsync:ListGraphqlApis", []string{"*"}, SDK,
			"which GraphQL APIs there are", "I5 has a gap: AppSync data sources are not known"},
		{"appsync", "ListDataSources", "appsync:ListDataSources", []string{"*"}, SDK,
			"which functions are data sources of a GraphQL API, and as which role they are called", "I5 has a gap for every GraphQL API"},
		{"lambda", "ListFunctionUrlConfigs", "lambda:ListFunctionUrlConfigs",
			[]string{"arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"}, SDK,
			"which functions and aliases have a URL, and whether it is public", "I6 has a gap for every function"},
		{"cloudwatchlogs", "DescribeAccountPolicies", "logs:DescribeAccountPolicies", []string{"*"}, SDK,
			"which functions subscription filters of the whole account call", "I4 has a gap: such filters are not known"},
		{"cloudwatchlogs", "DescribeSubscriptionFilters", "logs:DescribeSubscriptionFilters",
			[]string{"arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"}, SDK,
			"which functions a log group calls", "I4 has a gap for every log group"},
		{"cloudwatchlogs", "FilterLogEvents", "logs:FilterLogEvents",
			[]string{"arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"}, SDK,
			"what a function was refused, where an event or `SeenDenials=on` asks for it; nothing else of the lines is kept", "a diagnosis, and a scan that looks for denials, has a gap"},
		{"cloudtrail", "LookupEvents", "cloudtrail:LookupEvents", []string{"*"}, SDK,
			"which calls a function was refused, and who granted them since, where an event or `SeenDenials=on` asks for it; nothing else of the events is kept", "a diagnosis, and a scan that looks for denials, has a gap"},
		{"cloudwatch", "GetMetricData", "cloudwatch:GetMetricData", []string{"*"}, SDK,
			"how often an API and its function failed and how long they took, where an event asks", "what a symptom means is decided without numbers, and has a gap"},
		{"cloudcontrol", "ListResources", "cloudformation:ListResources", []string{"*"}, SDK,
			"which sources there are of the kinds that have no reader of their own", "I4 has a gap for each of those kinds"},
		{"cloudcontrol", "GetResource", "cloudformation:GetResource", []string{"*"}, SDK,
			"which functions such a source calls", "I4 has a gap for every such source"},
		{"cloudwatchlogs", "DescribeLogGroups", "logs:DescribeLogGroups", []string{"*"}, SDK,
			"which KMS keys encrypt the log groups of functions, and whether a group exists that the role may not create", "R3 has a gap for every function"},
		{"resourcegroupstaggingapi", "GetResources", "tag:GetResources", []string{"*"}, SDK,
			"which functions carry the tags of probe.yaml, who owns them as a tag says that it names, and, where a function's policy or that of a called resource is to be mended, which stacks own these; and which functions a tag makes data sources of CloudWatch",
			"I4 has a gap for data sources of CloudWatch; with tags in probe.yaml nothing can be checked: every check has a gap; fixes do not say that a template is to be changed first"},
		{"sqs", "GetQueueAttributes", "sqs:GetQueueAttributes", []string{"arn:${AWS::Partition}:sqs:*:${AWS::AccountId}:*"}, SDK,
			"what the policies of queues that functions use say", "R8, R10 and R17 have a gap for every function with a queue"},
		{"sns", "GetTopicAttributes", "sns:GetTopicAttributes", []string{"arn:${AWS::Partition}:sns:*:${AWS::AccountId}:*"}, SDK,
			"what the policies of topics that functions publish to say", "R10 and R17 have a gap for every function with a topic"},
		{"s3", "GetBucketPolicy", "s3:GetBucketPolicy", []string{"arn:${AWS::Partition}:s3:::*"}, SDK,
			"what the policies of buckets that functions use say", "R10 and R17 have a gap for every function with a bucket"},
		{"s3", "GetBucketEncryption", "s3:GetEncryptionConfiguration", []string{"arn:${AWS::Partition}:s3:::*"}, SDK,
			"which KMS key encrypts what such buckets hold", "R10 and R17 have a gap for every function that reads or writes objects"},
		{"s3", "GetBucketOwnershipControls", "s3:GetBucketOwnershipControls", []string{"arn:${AWS::Partition}:s3:::*"}, SDK,
			"whether such a bucket takes ACLs, and whose the objects are that other accounts put into it: asked where code sets ACLs, or reads what others may write",
			"R17 has a gap for such functions"},
		{"s3control", "GetAccessPoint", "s3:GetAccessPoint", []string{"*"}, SDK,
			"which bucket an access point leads to that functions use, and whether one VPC alone gets through", "R17 has a gap for every function that calls an access point"},
		{"s3control", "GetAccessPointPolicy", "s3:GetAccessPointPolicy", []string{"arn:${AWS::Partition}:s3:*:${AWS::AccountId}:accesspoint/*"}, SDK,
			"what the policies of such access points say", "as without s3:GetAccessPoint"},
		{"dynamodb", "GetResourcePolicy", "dynamodb:GetResourcePolicy", []string{"arn:${AWS::Partition}:dynamodb:*:${AWS::AccountId}:table/*"}, SDK,
			"what the policies of tables and of their streams say that functions use", "R8 and R17 have a gap for every function with a table"},
		{"dynamodb", "DescribeTable", "dynamodb:DescribeTable", []string{"arn:${AWS::Partition}:dynamodb:*:${AWS::AccountId}:table/*"}, SDK,
			"which KMS key encrypts such tables; it shows settings and no items", "R8 and R17 have a gap for every function that reads or writes a table"},
		{"kinesis", "GetResourcePolicy", "kinesis:GetResourcePolicy", []string{"arn:${AWS::Partition}:kinesis:*:${AWS::AccountId}:stream/*"}, SDK,
			"what the policies of streams and of their consumers say that functions use", "R8 and R17 have a gap for every function with a stream"},
		{"kinesis", "DescribeStreamSummary", "kinesis:DescribeStreamSummary", []string{"arn:${AWS::Partition}:kinesis:*:${AWS::AccountId}:stream/*"}, SDK,
			"which KMS key encrypts such streams; it shows settings and no records", "R8 and R17 have a gap for every function that reads or writes a stream"},
		{"ssm", "DescribeParameters", "ssm:DescribeParameters", []string{"*"}, SDK,
			"which KMS key encrypts the parameters that functions use; it shows settings and no value", "R17 has a gap for every function that reads or writes a parameter"},
		{"secretsmanager", "GetResourcePolicy", "secretsmanager:GetResourcePolicy", []string{"arn:${AWS::Partition}:secretsmanager:*:${AWS::AccountId}:secret:*"}, SDK,
			"what the policies of secrets that functions use say; what secrets hold is never read", "R17 has a gap for every function with a secret"},
		{"secretsmanager", "DescribeSecret", "secretsmanager:DescribeSecret", []string{"arn:${AWS::Partition}:secretsmanager:*:${AWS::AccountId}:secret:*"}, SDK,
			"which KMS key encrypts such secrets; it shows settings and no value", "R8 and R17 have a gap for every function that reads or writes a secret"},
		{"eventbridge", "DescribeEventBus", "events:DescribeEventBus", []string{"arn:${AWS::Partition}:events:*:${AWS::AccountId}:event-bus/*"}, SDK,
			"what the policies of event buses that functions send to say, and which KMS keys encrypt them", "R10 and R17 have a gap for every function with an event bus"},
		{"s3files", "GetFileSystemPolicy", "s3files:GetFileSystemPolicy", []string{"arn:${AWS::Partition}:s3files:*:${AWS::AccountId}:file-system/*"}, SDK,
			"whom the policies of file systems of S3 Files let in that functions mount", "R11 has a gap for every function that mounts one"},
		{"kafka", "GetClusterPolicy", "kafka:GetClusterPolicy", []string{"arn:${AWS::Partition}:kafka:*:${AWS::AccountId}:cluster/*"}, SDK,
			"whom the policies of MSK clusters let in that functions read or call", "R8 and R17 have a gap for every function with a cluster"},
		{"opensearch", "DescribeDomain", "es:DescribeDomain", []string{"arn:${AWS::Partition}:es:*:${AWS::AccountId}:domain/*"}, SDK,
			"whom the policies of OpenSearch domains let in that functions call; it shows settings and nothing of what domains hold", "R17 has a gap for every function with a domain"},
		{"ses", "ListIdentityPolicies", "ses:ListIdentityPolicies", []string{"*"}, SDK,
			"which policies the addresses and domains have that functions send mail from", "R17 has a gap for every function that declares one"},
		{"ses", "GetIdentityPolicies", "ses:GetIdentityPolicies", []string{"*"}, SDK,
			"whom such policies let send; no mail is read", "R17 has a gap for every function that declares one with policies"},
		{"ecr", "GetRepositoryPolicy", "ecr:GetRepositoryPolicy", []string{"arn:${AWS::Partition}:ecr:*:${AWS::AccountId}:repository/*"}, SDK,
			"whom the policies of repositories let pull that functions call; which one holds a function's image only templates say", "R17 has a gap for every function with a repository"},
		{"ecr", "GetRegistryPolicy", "ecr:GetRegistryPolicy", []string{"*"}, SDK,
			"what the policy of a registry denies on all of its repositories, where functions call one", "as without ecr:GetRepositoryPolicy"},
		{"efs", "DescribeAccessPoints", "elasticfilesystem:DescribeAccessPoints", []string{"arn:${AWS::Partition}:elasticfilesystem:*:${AWS::AccountId}:access-point/*"}, SDK,
			"which file system of EFS an access point belongs to that a function mounts", "R11 has a gap for every function that mounts one"},
		{"efs", "DescribeFileSystemPolicy", "elasticfilesystem:DescribeFileSystemPolicy", []string{"arn:${AWS::Partition}:elasticfilesystem:*:${AWS::AccountId}:file-system/*"}, SDK,
			"whether such a file system has a policy and whom it lets mount", "R11 has a gap for every function that mounts one"},
		{"kms", "DescribeKey", "kms:DescribeKey", []string{"arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/*"}, SDK,
			"which key an alias stands for, and whether the key can be used", "R3, R8, R10, R12 and R17 have a gap for every function with a customer's key"},
		{"kms", "GetKeyPolicy", "kms:GetKeyPolicy", []string{"arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/*"}, SDK,
			"whom the policies of keys let in that functions use; what the keys encrypt is never read", "as without kms:DescribeKey"},
		{"kms", "ListGrants", "kms:ListGrants", []string{"arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/*"}, SDK,
			"whom grants on such keys let in", "as without kms:DescribeKey"},
		{"organizations", "DescribeOrganization", "organizations:DescribeOrganization", []string{"*"}, SDK,
			"the id of the account's organization, where a policy depends on it that no decision can do without", "such decisions are gaps, unless probe.yaml says `organization`"},
		{"sts", "AssumeRole", "sts:AssumeRole", []string{ReadRoleARNs}, SDK,
			"what the policies of resources and roles of other accounts say, read as the roles that `readRoles` of probe.yaml names",
			"calls on resources of other accounts that the function's role allows are gaps"},
		{"sns", "Publish", "sns:Publish", []string{"${FindingsTopic}"}, SDK,
			"the digest for e-mail and chat", "the digest is not delivered: the report says so and an alarm rings"},
		{"eventbridge", "PutEvents", "events:PutEvents",
			[]string{"arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${EventBusName}"}, SDK,
			"an event for every finding and every scan", "the events are not delivered: the report says so and an alarm rings"},
		{"securityhub", "BatchImportFindings", "securityhub:BatchImportFindings",
			[]string{"arn:${AWS::Partition}:securityhub:${AWS::Region}:${AWS::AccountId}:product/${AWS::AccountId}/default"}, SDK,
			"every finding, for Security Hub", "Security Hub does not get the findings: the report says so and an alarm rings"},
		{"s3", "GetObject", "s3:GetObject", []string{"${StateBucket.Arn}/state/*"}, SDK,
			"whether another run works, and where this one begins",
			"the probe scans without its memory and says so: runs may overlap, and one that is cut short is not continued"},
		{"s3", "PutObject", "s3:PutObject", []string{"${StateBucket.Arn}/state/*"}, SDK,
			"tells other runs that this one works, and where the next one begins", "as without s3:GetObject"},
		{"s3", "GetObject", "s3:ListBucket", []string{"${StateBucket.Arn}"}, SDK,
			"tells state that does not exist yet from state that may not be read: S3 answers 403 to both without it",
			"as without s3:GetObject, until there is state"},
		{"", "", "sqs:SendMessage", []string{"${FailureQueue.Arn}"}, Lambda,
			"Lambda keeps a scan that failed for good in the queue", "a failed scan leaves no trace but the error metric"},
		{"", "", "logs:CreateLogStream", ownLogs, Lambda,
			"Lambda writes the function's log", "the probe itself leaves no log"},
		{"", "", "logs:PutLogEvents", ownLogs, Lambda,
			"Lambda writes the function's log", "the probe itself leaves no log"},
		{"", "", "xray:PutTraceSegments", []string{"*"}, Implicit,
			"the phases of a run in its trace", "there are no traces"},
		{"", "", "xray:PutTelemetryRecords", []string{"*"}, Implicit,
			"the daemon's own records", "there are no traces"},
	}
}

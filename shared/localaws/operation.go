package localaws

// An operation is one API call that is served. A new one is a value like these in a file of its own and a line
// in operations.
type operation struct {
	service string // what Call.Service says; the signing name, but apigatewayv2 for the second API Gateway API and s3control for the control plane of S3
	name    string

	// REST services only: the HTTP method and the path, with {Name} for one segment and {Name+} for the rest.
	method, path string
	query        string // S3: the subresource that a parameter names

	// needs says what the caller's policies must allow. Nil: the call needs no permission.
	needs func(*call) []need

	// serve answers: a value that the service's protocol encodes, or an error, best an *apiError.
	serve func(*call) (any, error)

	// shows are the parameters that the record of the call holds. Never name one that may carry a secret.
	shows []string
}

// A need is one permission: IAM action and resource ARN (or *), and the condition keys the call carries.
type need struct {
	action, resource string
	context          map[string][]string
}

// operations is every operation that is served.
func operations() []*operation {
	return []*operation{
		&lambdaListFunctions, &lambdaGetFunctionConfiguration, &lambdaGetPolicy, &lambdaListAliases,
		&lambdaListVersionsByFunction, &lambdaListEventSourceMappings,
		&lambdaListFunctionEventInvokeConfigs, &lambdaListFunctionURLConfigs, &lambdaListTags, &taggingGetResources,
		&iamGetAccountAuthorizationDetails, &iamGetRole, &iamListAttachedRolePolicies, &iamListRolePolicies,
		&iamGetRolePolicy, &iamGetPolicy, &iamGetPolicyVersion, &iamSimulatePrincipalPolicy,
		&restGetRestApis, &restGetResources, &restGetStages, &restGetAuthorizers, &restGetIntegration,
		&httpGetApis, &httpGetRoutes, &httpGetIntegrations, &httpGetStages, &httpGetAuthorizers,
		&logsDescribeLogGroups, &logsDescribeSubscriptionFilters, &logsDescribeAccountPolicies, &logsFilterLogEvents, &trailLookupEvents,
		&snsPublish, &snsListSubscriptions, &snsGetTopicAttributes,
		&eventsPutEvents, &eventsListRules, &eventsListTargetsByRule, &eventsListEventBuses,
		&scalingDescribeGroups, &elbDescribeTargetGroups, &elbDescribeTargetHealth, &cognitoListUserPools, &cognitoDescribeUserPool,
		&secretsListSecrets, &configDescribeConfigRules, &iotListTopicRules, &iotGetTopicRule,
		&sesListReceiptRuleSets, &sesDescribeReceiptRuleSet, &sesDescribeActiveReceiptRuleSet, &sesListIdentityPolicies, &sesGetIdentityPolicies,
		&statesListStateMachines, &statesDescribeStateMachine, &schedulerListSchedules, &schedulerGetSchedule,
		&pipesListPipes, &pipesDescribePipe, &firehoseListDeliveryStreams, &firehoseDescribeDeliveryStream,
		&appsyncListGraphqlAPIs, &appsyncListDataSources,
		&cloudwatchDescribeAlarms, &cloudwatchGetMetricData, &controlListResources, &controlGetResource,
		&stsGetCallerIdentity, &stsAssumeRole, &hubBatchImportFindings,
		&sqsGetQueueAttributes, &dynamodbGetResourcePolicy, &dynamodbDescribeTable, &kinesisGetResourcePolicy, &kinesisDescribeStreamSummary, &secretsGetResourcePolicy, &secretsDescribeSecret,
		&eventsDescribeEventBus, &s3GetBucketPolicy, &s3GetBucketEncryption,
		&kmsDescribeKey, &kmsGetKeyPolicy, &kmsListGrants, &ssmDescribeParameters, &ssmGetResourcePolicies, &efsDescribeAccessPoints, &efsDescribeFileSystemPolicy,
		&ecrGetRepositoryPolicy, &ecrGetRegistryPolicy, &esDescribeDomain, &s3filesGetFileSystemPolicy, &kafkaGetClusterPolicy, &s3GetBucketPolicyStatus, &s3GetPublicAccessBlock, &s3GetBucketOwnershipControls,
		&s3GetAccessPoint, &s3GetAccessPointPolicy, &s3GetAccountPublicAccessBlock, &organizationsDescribe,
		&s3GetObject, &s3HeadObject, &s3PutObject, &s3GetBucketNotification, &s3ListBuckets,
	}
}

// refused are operations that exist in AWS and that a reader must never call, with what they would hand out or do.
var refused = []operation{
	{service: "lambda", name: "GetFunction", method: "GET", path: "/2015-03-31/functions/{FunctionName}"},
	{service: "lambda", name: "Invoke", method: "POST", path: "/2015-03-31/functions/{FunctionName}/invocations"},
	{service: "lambda", name: "InvokeAsync", method: "POST", path: "/2014-11-13/functions/{FunctionName}/invoke-async"},
	{service: "lambda", name: "InvokeWithResponseStream", method: "POST", path: "/2021-11-15/functions/{FunctionName}/response-streaming-invocations"},
}

package denial

import "strings"

const (
	lambdaDeployPage = "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html"
	lambdaInvokePage = "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html"
	statePage        = "https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html"
	kafkaPage        = "https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-troubleshoot.html"
	triggerPage      = "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html"
)

// phrase is a fixed text that stands for one place.
func phrase(id, says, page, example string, place Place, service, principal string, anchors ...string) Recogniser {
	return Recogniser{ID: id, Text: says, Page: page, Example: example, anchors: anchors, match: func(t *text, i int, anchor string) (hit, bool) {
		h := hit{denied: true, start: i, end: i + len(anchor)}
		h.Place, h.Service, h.Principal = place, service, principal
		if principal != "" && !strings.Contains(t.low, principal) {
			h.Principal = ""
		}
		return h, true
	}}
}

// lambdaTexts are the messages of Lambda and of the services that call it.
func lambdaTexts() []Recogniser {
	list := []Recogniser{
		phrase("lambda-assume", "Lambda cannot assume the execution role", lambdaDeployPage,
			"InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda.", ExecutionRole, "", "",
			"the role defined for the function cannot be assumed by lambda"),
		{
			ID: "lambda-role-call", Text: "Lambda calls another service as the execution role and is refused", Page: lambdaDeployPage,
			Example: "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
			anchors: []string{"does not have permissions to call ", "does not have permission to call "}, match: roleCall,
		},
		{
			ID: "lambda-stream", Text: "Lambda cannot read a stream as the execution role", Page: "https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html",
			Example: "Cannot access stream arn:aws:kinesis:us-east-1:123456789012:stream/tides. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, ListShards, and ListStreams Actions on your stream in IAM.",
			anchors: []string{"please ensure the role can perform the "}, match: streamRole,
		},
		{
			ID: "lambda-environment", Text: "the key of the environment variables refuses", Page: lambdaInvokePage,
			Example: "Lambda was unable to decrypt the environment variables because KMS access was denied. Please check the function's KMS key settings.",
			anchors: []string{"kms access was denied"}, match: func(_ *text, i int, anchor string) (hit, bool) {
				h := hit{denied: true, weak: true, start: i, end: i + len(anchor)}
				h.Place, h.Service = Ambiguous, "kms"
				return h, true
			},
		},
		{
			ID: "lambda-code", Text: "who deploys may not read the code in S3", Page: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html",
			Example: "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for tides/code.zip. S3 Error Code: AccessDenied. S3 Error Message: Access Denied",
			anchors: []string{"your access has been denied by s3"}, match: codeObject,
		},
		phrase("lambda-efs", "a file system was not mounted: role, file-system policy or configuration", lambdaInvokePage,
			"EFSMountFailureException: The function couldn't mount the Amazon EFS file system", Ambiguous, "", "", "efsmountfailureexception"),
		phrase("lambda-image", "Lambda cannot pull the image", lambdaDeployPage,
			"Lambda does not have permission to access the ECR image. Check the ECR permissions.", TargetPolicy, "ecr", "", "lambda does not have permission to access the ecr image"),
		phrase("api-gateway-integration", "API Gateway may not invoke the function", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-troubleshooting-lambda.html",
			"Execution failed due to configuration error: Invalid permissions on Lambda function", InvokePermission, "", "", "invalid permissions on lambda function"),
		phrase("api-gateway-http", "API Gateway, or the role of an integration of an HTTP API, may not invoke the function", "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html",
			`"integrationErrorMessage":"The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. Check the permissions and try again."`, InvokePermission, "", "",
			"doesn't have permissions to call the integration", "does not have permissions to call the integration"),
		phrase("api-gateway-role", "API Gateway cannot assume the role of an integration", "https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html",
			"Execution failed due to configuration error: API Gateway does not have permission to assume the provided role", Ambiguous, "", "", "api gateway does not have permission to assume the provided role"),
		{
			ID: "s3-destination", Text: "S3 may not call the destination of a notification", Page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html",
			Example: "Unable to validate the following destination configurations",
			anchors: []string{"unable to validate the following destination configurations"}, match: s3Destination,
		},
		phrase("kafka-assume", "the mapping cannot assume the execution role", kafkaPage,
			"PROBLEM: Lambda failed to assume your function execution role.", ExecutionRole, "", "", "lambda failed to assume your function execution role"),
		phrase("kafka-authorize", "the cluster refuses: role or access list", kafkaPage,
			"PROBLEM: Cluster failed to authorize Lambda.", Ambiguous, "", "", "cluster failed to authorize lambda"),
		phrase("kafka-authz", "the mapping's role may not read its source", kafkaPage,
			`{"error":{"errorCode":"EVENT_SOURCE_AUTHZ_ERROR"}}`, ExecutionRole, "", "", "event_source_authz_error"),
		{
			ID: "state-code", Text: "the reason code of a function's state or last update", Page: statePage,
			Example: `"State": "Failed", "StateReasonCode": "ImageAccessDenied"`,
			anchors: []string{"insufficientrolepermissions", "imageaccessdenied", "kmskeyaccessdenied", "efsmountfailure"}, match: stateCode,
		},
		phrase("logs-subscription", "CloudWatch Logs may not invoke the function", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
			"Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.", InvokePermission, "", "",
			"make sure you have given cloudwatch logs permission to execute your function"),
		phrase("cognito-trigger", "Cognito may not invoke the function", "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html",
			"PreSignUp invocation failed due to error AccessDeniedException.", InvokePermission, "", "", "invocation failed due to error accessdeniedexception"),
		phrase("secret-rotation", "Secrets Manager may not invoke the rotation function", "https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html",
			"Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.", InvokePermission, "", "secretsmanager.amazonaws.com",
			"secrets manager cannot invoke the specified lambda function"),
		phrase("load-balancer", "a load balancer may not invoke the function", "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html",
			"elasticloadbalancing principal does not have permission to invoke arn:aws:lambda:us-east-1:123456789012:function:tides from target group arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/t/1", InvokePermission, "", "",
			"elasticloadbalancing principal does not have permission to invoke"),
		phrase("config-rule", "AWS Config may not invoke the function", "https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigRule.html",
			"The AWS Lambda function arn:aws:lambda:us-east-1:123456789012:function:tides cannot be invoked. Check the specified function ARN, and check the function's permissions.", InvokePermission, "", "",
			"cannot be invoked. check the specified function arn, and check the function's permissions"),
		phrase("function-url", "a function URL refuses a call: function policy or caller", "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
			`{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}`, Ambiguous, "", "",
			"for troubleshooting function url authorization issues"),
		phrase("states-assume", "Step Functions cannot assume the state machine's role", "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html",
			"Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.", Ambiguous, "", "states.amazonaws.com",
			"nor the regional one is authorized to assume the provided role"),
	}
	return list
}

func roleCall(t *text, i int, anchor string) (hit, bool) {
	if head := t.before(i, 60); !strings.HasSuffix(head, "execution role ") && !strings.HasSuffix(head, " role ") {
		return hit{}, false
	}
	h := hit{denied: true, start: i, end: i + len(anchor)}
	h.Place = Ambiguous // the role, or a service control policy above it
	operation, end := t.word(h.end)
	rest, ok := strings.CutPrefix(t.s[end:], " on ")
	if !isName(operation) {
		return h, true
	}
	if !ok {
		h.setOperation("", operation)
		return h, true
	}
	name, stop := t.word(end + len(" on "))
	service := prefixFor(name)
	if service == "" {
		// Two words: Secrets Manager.
		if words := strings.Fields(rest[:min(len(rest), 80)]); len(words) > 1 {
			service = prefixFor(words[0] + " " + trimmed(words[1]))
		}
	}
	h.end = stop
	if service == "" && isName(name) && name != "" {
		service = strings.ToLower(name)
	}
	h.setOperation(service, operation)
	return h, true
}

// codeObject reads which call for which object S3 refused.
func codeObject(t *text, i int, anchor string) (hit, bool) {
	h := hit{denied: true, start: i, end: i + len(anchor)}
	h.Place, h.Service = Ambiguous, "s3"
	const asks = "have permission to "
	at := strings.Index(t.after(h.end, 200), asks)
	if at < 0 {
		return h, true
	}
	operation, end := t.word(h.end + at + len(asks))
	h.setOperation("s3", operation)
	h.end = end
	if strings.HasPrefix(t.low[end:], " for ") {
		h.Resource, h.end = t.word(end + len(" for "))
	}
	// S3's own words behind it are the same refusal.
	if again := strings.Index(t.after(h.end, 200), "access denied"); again >= 0 {
		h.end += again + len("access denied")
	}
	return h, true
}

func streamRole(t *text, i int, anchor string) (hit, bool) {
	h := hit{denied: true, start: i, end: i + len(anchor)}
	h.Place = Ambiguous
	head := t.before(i, 400)
	if at := strings.LastIndex(head, "cannot access stream "); at >= 0 {
		h.start = i - len(head) + at
		h.Resource, _ = t.word(h.start + len("cannot access stream "))
		if parts := strings.SplitN(h.Resource, ":", 4); len(parts) == 4 && knownService(parts[2]) {
			h.Service = parts[2]
		}
	}
	return h, true
}

func s3Destination(t *text, i int, anchor string) (hit, bool) {
	h := hit{denied: true, start: i, end: i + len(anchor)}
	h.Place = InvokePermission
	// The body may name the destination: a queue or a topic has a policy of its own.
	if rest := t.after(h.end, 600); !strings.Contains(rest, ":lambda:") && (strings.Contains(rest, ":sqs:") || strings.Contains(rest, ":sns:")) {
		h.Place = TargetPolicy
	}
	return h, true
}

func stateCode(t *text, i int, anchor string) (hit, bool) {
	end := i + len(anchor)
	if end < len(t.low) && isLetter(t.low[end]) || !codeOfState(t, i, end) {
		return hit{}, false
	}
	h := hit{denied: true, start: i, end: end, weak: true}
	switch anchor {
	case "insufficientrolepermissions":
		h.Place = ExecutionRole
	case "imageaccessdenied":
		h.Place = TargetPolicy
	case "kmskeyaccessdenied":
		h.Place, h.Service = Ambiguous, "kms"
	default:
		h.Place = Ambiguous
	}
	return h, true
}

// codeOfState reports whether a word is the value of a reason code, or all there is.
func codeOfState(t *text, i, end int) bool {
	head := strings.TrimRight(t.before(i, 60), `"' :=>(`)
	return strings.HasSuffix(head, "reasoncode") || strings.HasSuffix(head, "reason code") || strings.HasSuffix(head, "reason_code") ||
		i == 0 && t.atEnd(end)
}

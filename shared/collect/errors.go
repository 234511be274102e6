package collect

import (
	"context"
	"errors"
	"fmt"

	"permprobe/shared/fact"

	"github.com/aws/smithy-go"
)

// call is one AWS read: which operation, and the IAM action and resource that allow it.
type call struct {
	// Operation is service:Operation for people.
	Operation string
	// Permission and Resource are what the probe's role must be allowed.
	Permission, Resource string
}

// notFound are the codes by which the services say that something does not exist. Only these mean absent.
var notFound = map[string]bool{
	"ResourceNotFoundException":               true, // Lambda, CloudWatch Logs
	"NotFoundException":                       true, // API Gateway
	"NoSuchEntity":                            true, // IAM
	"NoSuchBucket":                            true, // S3
	"NoSuchAccessPoint":                       true,
	"NotFound":                                true, // SNS
	"NoSuchEntityException":                   true,
	"AWS.SimpleQueueService.NonExistentQueue": true, // SQS, with the query protocol's codes
	"QueueDoesNotExist":                       true,
	"StateMachineDoesNotExist":                true, // Step Functions
	"TargetGroupNotFound":                     true, // Elastic Load Balancing
	"FileSystemNotFound":                      true, // EFS
	"AccessPointNotFound":                     true,
	"RepositoryNotFoundException":             true, // ECR
	"RuleSetDoesNotExist":                     true, // SES
}

// denied are the codes by which the services refuse for want of a permission.
var denied = map[string]bool{
	"AccessDenied":                true,
	"AccessDeniedException":       true,
	"UnauthorizedOperation":       true,
	"AuthorizationError":          true,
	"ForbiddenException":          true, // MSK
	"AuthorizationErrorException": true,
}

func isNotFound(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && notFound[api.ErrorCode()]
}

// isUnknownType tells whether the Region has no such type of resource: the service is not there, so that no such resource is.
//
// https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_ListResources.html#API_ListResources_Errors
func isUnknownType(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "TypeNotFoundException"
}

// isRefused tells whether the caller may not have the answer; of buckets of other accounts S3 says that the method is
// not allowed.
func isRefused(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && (denied[api.ErrorCode()] || api.ErrorCode() == "MethodNotAllowed")
}

// elsewhere are the codes by which S3 says that a bucket is in another region.
var elsewhere = map[string]bool{
	"PermanentRedirect":                  true,
	"AuthorizationHeaderMalformed":       true,
	"IllegalLocationConstraintException": true,
}

func isElsewhere(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && elsewhere[api.ErrorCode()]
}

// notInTemplates is the code by which an account that is made of templates says that none of them holds something. AWS
// has no such code.
const notInTemplates = "NotInTemplates"

// unread says why a call gave no answer. The service's message is left out: it may quote what the probe
// must not repeat.
func (c call) unread(err error) fact.Unread {
	why := fact.Unread{Operation: c.Operation}
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && denied[api.ErrorCode()]:
		why.Permission, why.Resource = c.Permission, c.Resource
		why.Reason = fmt.Sprintf("%s is refused (%s)", c.Operation, api.ErrorCode())
	case errors.As(err, &api) && api.ErrorCode() == notInTemplates:
		why.Elsewhere = true
		why.Reason = fmt.Sprintf("no template holds what %s asks for", c.Operation)
		if c.Resource != "" && c.Resource != "*" {
			why.Reason = fmt.Sprintf("no template holds %s", c.Resource)
		}
	case errors.As(err, &api):
		why.Reason = fmt.Sprintf("%s failed with %s", c.Operation, api.ErrorCode())
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		why.Reason = fmt.Sprintf("the time of the run was over before %s answered", c.Operation)
		why.OutOfTime = true
	default:
		why.Reason = fmt.Sprintf("%s did not answer: %v", c.Operation, innermost(err))
	}
	return why
}

// innermost is the error that started it: the layers around a network error repeat the operation.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

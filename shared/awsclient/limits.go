package awsclient

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"
)

// limits are token buckets a little below AWS's quotas, in rate and above all in burst: calls take unequal time to
// arrive, so those that leave on the quota's beat arrive above it, and every throttled call costs a second or more.
//
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
// https://docs.aws.amazon.com/ses/latest/APIReference/API_DescribeReceiptRuleSet.html
// https://docs.aws.amazon.com/ses/latest/APIReference/API_ListIdentityPolicies.html
type limits struct {
	lambdaGetPolicy, lambdaControl, simulate, iam, apiGateway, getResources, logs, events, callers, firehose *rate.Limiter
	balancers, alarms, trail                                                                                 *rate.Limiter
	// mail has a bucket for each operation.
	mail map[string]*rate.Limiter
}

func newLimits() *limits {
	return &limits{
		lambdaGetPolicy: rate.NewLimiter(14.5, 10),
		lambdaControl:   rate.NewLimiter(14.5, 10),
		simulate:        rate.NewLimiter(5, 10),
		iam:             rate.NewLimiter(15, 15),
		apiGateway:      rate.NewLimiter(9.7, 30),
		getResources:    rate.NewLimiter(2.4, 3),
		logs:            rate.NewLimiter(5, 5),
		events:          rate.NewLimiter(40, 30),
		// Their quotas are from 10 a second (ListPipes, AppSync) to 50; they share a bucket because few have many of each.
		callers:   rate.NewLimiter(9, 20),
		firehose:  rate.NewLimiter(4.5, 5),
		balancers: rate.NewLimiter(9.7, 30),
		alarms:    rate.NewLimiter(8.7, 5),
		trail:     rate.NewLimiter(1.95, 2),
		mail: map[string]*rate.Limiter{
			"ListReceiptRuleSets": perSecond(), "DescribeReceiptRuleSet": perSecond(), "DescribeActiveReceiptRuleSet": perSecond(),
			"ListIdentityPolicies": perSecond(), "GetIdentityPolicies": perSecond(),
		},
	}
}

// perSecond lets a call through every second.
func perSecond() *rate.Limiter { return rate.NewLimiter(0.97, 1) }

// of returns the bucket that AWS counts the operation in; nil where the probe makes so few calls that
// none is needed, and where there are no limits.
func (l *limits) of(service, operation string) *rate.Limiter {
	if l == nil {
		return nil
	}
	switch service {
	case "Lambda":
		if operation == "GetPolicy" {
			return l.lambdaGetPolicy
		}
		return l.lambdaControl
	case "IAM":
		if operation == "SimulatePrincipalPolicy" {
			return l.simulate
		}
		return l.iam
	case "API Gateway", "ApiGatewayV2":
		if operation == "GetResources" {
			return l.getResources
		}
		return l.apiGateway
	case "EventBridge":
		if operation == "PutEvents" {
			return nil // it has a quota of its own, in the hundreds
		}
		return l.events
	case "SFN", "Scheduler", "Pipes", "AppSync":
		return l.callers
	case "Firehose":
		return l.firehose
	case "CloudWatch Logs":
		return l.logs
	case "Elastic Load Balancing v2":
		return l.balancers
	case "CloudTrail":
		return l.trail
	case "CloudWatch":
		return l.alarms
	case "SES":
		return l.mail[operation]
	}
	return nil
}

// noToken is the error of a call whose turn would come after the end of the run. The limiter says so at once
// and in its own words; it is the end of the context all the same, and no reason to try again.
func noToken(ctx context.Context) error {
	cause := ctx.Err()
	if cause == nil {
		cause = context.DeadlineExceeded
	}
	return &aws.RequestCanceledError{Err: fmt.Errorf("wait for the rate limit: %w", cause)}
}

// pace waits for a token before every attempt and counts the attempt.
func pace(l *limits, calls *atomic.Int64) middleware.FinalizeMiddleware {
	return middleware.FinalizeMiddlewareFunc("Pace", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		if limiter := l.of(awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx)); limiter != nil {
			if err := limiter.Wait(ctx); err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, noToken(ctx)
			}
		}
		calls.Add(1)
		return next.HandleFinalize(ctx, in)
	})
}

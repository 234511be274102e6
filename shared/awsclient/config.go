// Package awsclient makes the aws.Config that every client of the probe shares: retries that do not lose
// work, a rate limit for each of AWS's quotas, and a count of the calls.
package awsclient

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/middleware"
)

// maxAttempts is how often a throttled or failed call is tried. The delay doubles up to 20 s, so the last
// attempt comes after about a minute of throttling; the context may end it earlier.
const maxAttempts = 9

// Session is a configuration with the count of the calls made through it.
type Session struct {
	Config aws.Config
	calls  *atomic.Int64
}

// Calls is how many requests went out, repeats included.
func (s Session) Calls() int { return int(s.calls.Load()) }

// Load reads region, credentials and endpoint from the environment, as Lambda sets it.
func Load(ctx context.Context) (Session, error) {
	calls := new(atomic.Int64)
	cfg, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRetryer(retryer), awsconfig.WithAPIOptions(paced(newLimits(), calls)))
	if err != nil {
		return Session{}, fmt.Errorf("read the AWS configuration from the environment: %w", err)
	}
	return Session{Config: cfg, calls: calls}, nil
}

// Embedded is a session with the embedded AWS at url as the caller that the access key stands for. It reads
// nothing of the environment, so several may be used at once, and it does not pace its calls: whoever wants
// quotas there asks the embedded AWS for them.
func Embedded(url, region, accessKey string) Session {
	calls := new(atomic.Int64)
	return Session{calls: calls, Config: aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(url),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: "local", Source: "embedded AWS"}, nil
		}),
		Retryer:    retryer,
		APIOptions: paced(nil, calls),
	}}
}

func retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		// The default bucket gives up ("retry quota exceeded") in long throttled runs; our own limits pace the
		// calls instead.
		o.RateLimiter = ratelimit.None
	})
}

// paced puts the rate limits and the count behind the retries, so that every attempt counts.
func paced(l *limits, calls *atomic.Int64) []func(*middleware.Stack) error {
	return []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(pace(l, calls), "Retry", middleware.After)
	}}
}

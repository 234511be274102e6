package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// called reads the policy of a function that another one calls, or of a version or alias of it. Lambda says the same of a
// function that is not there as of one without a policy: either lets nobody in.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
func (c *Collector) called(ctx context.Context, t fact.Target, region string) (carried, error) {
	ref, err := fact.ParseFunctionARN(t.ARN)
	if err != nil {
		return carried{}, err
	}
	in := &lambda.GetPolicyInput{FunctionName: aws.String(ref.ARN)}
	if ref.Qualifier != "" {
		in.Qualifier = aws.String(ref.Qualifier)
	}
	out, err := c.Lambda.GetPolicy(ctx, in, func(o *lambda.Options) { o.Region = region })
	switch {
	case isNotFound(err):
		return carried{}, nil
	case err != nil:
		return carried{}, err
	}
	return carried{policy: aws.ToString(out.Policy)}, nil
}

// targetOfFunction is a called function whose policy was read for its own sake; false where it was not.
func targetOfFunction(facts *fact.Facts, t fact.Target) (fact.Read[fact.Target], bool) {
	ref, err := fact.ParseFunctionARN(t.ARN)
	read, asked := facts.Policies[ref]
	if t.Kind != fact.TargetFunction || err != nil || !asked {
		return fact.Read[fact.Target]{}, false
	}
	if why, unread := read.Unread(); unread {
		return fact.NotRead[fact.Target](why), true
	}
	t.Policy = read
	return fact.Known(t), true
}

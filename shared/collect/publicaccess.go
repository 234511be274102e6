package collect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/smithy-go"
)

// PublicAccessAPI is what is read of buckets of other accounts alone: Block Public Access changes nothing for the roles of
// a bucket's own account. The read roles of these accounts call it, and the probe's own never does.
type PublicAccessAPI interface {
	GetBucketPolicyStatus(context.Context, *s3.GetBucketPolicyStatusInput, ...func(*s3.Options)) (*s3.GetBucketPolicyStatusOutput, error)
	GetPublicAccessBlock(context.Context, *s3.GetPublicAccessBlockInput, ...func(*s3.Options)) (*s3.GetPublicAccessBlockOutput, error)
}

var _ PublicAccessAPI = (*s3.Client)(nil)

// closed reads whether Block Public Access keeps other accounts out of a bucket: it does where the policy is public, even
// from what the policy grants them by name. It is asked only where a statement lets everybody in.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-options
func (c *Collector) closed(ctx context.Context, t fact.Target) *fact.Read[bool] {
	policy, has := t.Policy.Value()
	if t.Kind != fact.TargetBucket && t.Kind != fact.TargetAccessPoint || t.Account == "" || t.Account == c.Account.ID || !has ||
		!slices.ContainsFunc(policy.Policy.Statements(), letsEverybodyIn) {
		return nil
	}
	if t.Kind == fact.TargetAccessPoint {
		read := fact.NotRead[bool](fact.Unread{Reason: fmt.Sprintf("the policy of the %s lets everybody in, and whether S3 takes it for public, so that Block Public Access keeps other accounts out, is not read: "+
			"`aws s3control get-access-point-policy-status --account-id %s --name %s` there shows it", t.Name(), t.Account, t.ARN[strings.LastIndexByte(t.ARN, '/')+1:])})
		return &read
	}
	read := c.publicBlock(ctx, t)
	return &read
}

func letsEverybodyIn(s *iampolicy.Statement) bool {
	return s.Effect().String() == "Allow" &&
		slices.ContainsFunc(s.Principals(), func(p iampolicy.PrincipalValue) bool { return p.Value == "*" })
}

func (c *Collector) publicBlock(ctx context.Context, t fact.Target) fact.Read[bool] {
	name := aws.String(t.ARN[strings.LastIndexByte(t.ARN, ':')+1:])
	get := call{Operation: "s3:GetBucketPolicyStatus", Permission: "s3:GetBucketPolicyStatus", Resource: t.ARN}
	owner, why := c.in(ctx, t.Account, get)
	if owner == nil {
		return fact.NotRead[bool](why)
	}
	status, err := owner.PublicAccess.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: name})
	switch {
	case err != nil:
		return fact.NotRead[bool](c.asRole(t.Account, get.unread(err)))
	case status.PolicyStatus == nil || status.PolicyStatus.IsPublic == nil:
		return fact.NotRead[bool](fact.Unread{Operation: get.Operation, Reason: get.Operation + " does not say whether the policy is public"})
	case !*status.PolicyStatus.IsPublic:
		return fact.Known(false)
	}
	get = call{Operation: "s3:GetPublicAccessBlock", Permission: "s3:GetBucketPublicAccessBlock", Resource: t.ARN}
	block, err := owner.PublicAccess.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: name})
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode() == "NoSuchPublicAccessBlockConfiguration":
	case err != nil:
		return fact.NotRead[bool](c.asRole(t.Account, get.unread(err)))
	case block.PublicAccessBlockConfiguration != nil && aws.ToBool(block.PublicAccessBlockConfiguration.RestrictPublicBuckets):
		return fact.Known(true)
	}
	return owner.wholeBlock(ctx, func(err error, get call) fact.Unread { return c.asRole(t.Account, get.unread(err)) })
}

// accountBlock is whether Block Public Access of a Collector's account as a whole keeps other accounts out of public buckets,
// once it is asked.
type accountBlock struct {
	once sync.Once
	read fact.Read[bool]
}

// wholeBlock reads it, once however many buckets it matters for. An account that was never given one has none.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html
func (c *Collector) wholeBlock(ctx context.Context, unread func(error, call) fact.Unread) fact.Read[bool] {
	c.block.once.Do(func() {
		get := call{Operation: "s3control:GetPublicAccessBlock", Permission: "s3:GetAccountPublicAccessBlock", Resource: "*"}
		out, err := c.AccountAccess.GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: aws.String(c.Account.ID)})
		var api smithy.APIError
		switch {
		case errors.As(err, &api) && api.ErrorCode() == "NoSuchPublicAccessBlockConfiguration":
			c.block.read = fact.Known(false)
		case err != nil:
			why := unread(err, get)
			why.Reason = fmt.Sprintf("the bucket's policy is public, and whether Block Public Access of account %s as a whole keeps other accounts out is not known: %s", c.Account.ID, why.Reason)
			c.block.read = fact.NotRead[bool](why)
		default:
			c.block.read = fact.Known(out.PublicAccessBlockConfiguration != nil && aws.ToBool(out.PublicAccessBlockConfiguration.RestrictPublicBuckets))
		}
	})
	return c.block.read
}

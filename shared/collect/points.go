package collect

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// PointsAPI is what is read of access points of S3.
type PointsAPI interface {
	GetAccessPoint(context.Context, *s3control.GetAccessPointInput, ...func(*s3control.Options)) (*s3control.GetAccessPointOutput, error)
	GetAccessPointPolicy(context.Context, *s3control.GetAccessPointPolicyInput, ...func(*s3control.Options)) (*s3control.GetAccessPointPolicyOutput, error)
}

// AccountAccessAPI is what is read of Block Public Access of other accounts as a whole, as PublicAccessAPI is of their buckets.
type AccountAccessAPI interface {
	GetPublicAccessBlock(context.Context, *s3control.GetPublicAccessBlockInput, ...func(*s3control.Options)) (*s3control.GetPublicAccessBlockOutput, error)
}

var (
	_ PointsAPI        = (*s3control.Client)(nil)
	_ AccountAccessAPI = (*s3control.Client)(nil)
)

// controlOf is a client of S3's control plane. It puts the account's id before the name of the endpoint, which one that is
// given as a whole, by its address, does not have.
//
// https://docs.aws.amazon.com/general/latest/gr/s3.html
func controlOf(cfg aws.Config) *s3control.Client {
	return s3control.NewFromConfig(cfg, func(o *s3control.Options) {
		if o.BaseEndpoint == nil {
			return
		}
		o.EndpointResolverV2 = givenEndpoint(*o.BaseEndpoint)
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("GivenEndpoint",
				func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
					return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
				}), middleware.Before)
		})
	})
}

// givenEndpoint is one that is taken as it is.
type givenEndpoint string

// ResolveEndpoint fails where it is no URL.
func (e givenEndpoint) ResolveEndpoint(context.Context, s3control.EndpointParameters) (smithyendpoints.Endpoint, error) {
	at, err := url.Parse(string(e))
	if err != nil {
		return smithyendpoints.Endpoint{}, fmt.Errorf("endpoint %q: %w", string(e), err)
	}
	return smithyendpoints.Endpoint{URI: *at}, nil
}

// pointRead is the call that shows where an access point leads.
const pointRead = "s3:GetAccessPoint"

// point reads an access point: its policy, and whose bucket it leads to.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPoint.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicy.html
func (c *Collector) point(ctx context.Context, t fact.Target, region string) (carried, error) {
	in := func(o *s3control.Options) { o.Region = region }
	account, name := aws.String(t.Account), aws.String(t.ARN[strings.LastIndexByte(t.ARN, '/')+1:])
	out, err := c.Points.GetAccessPoint(ctx, &s3control.GetAccessPointInput{AccountId: account, Name: name}, in)
	if err != nil {
		return carried{}, &refusedCall{pointRead, err}
	}
	said := carried{point: &fact.Point{Bucket: aws.ToString(out.Bucket), BucketAccount: aws.ToString(out.BucketAccountId)}}
	if strings.HasPrefix(aws.ToString(out.DataSourceType), "FSX") {
		said.point = &fact.Point{} // it leads to a file system
	}
	if out.NetworkOrigin == types.NetworkOriginVpc {
		said.point.Inside = true
		if out.VpcConfiguration != nil {
			said.point.VPC = aws.ToString(out.VpcConfiguration.VpcId)
		}
	}
	policy, err := c.Points.GetAccessPointPolicy(ctx, &s3control.GetAccessPointPolicyInput{AccountId: account, Name: name}, in)
	if hasNone(err) {
		return said, nil
	}
	if err != nil {
		return carried{}, err
	}
	said.policy = aws.ToString(policy.Policy)
	return said, nil
}

// unreadPoint says how the policy of an access point is seen that is not read here; nil of others. One that spans Regions
// has a control plane of its own.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointOperations.html
func unreadPoint(t fact.Target) *fact.Unread {
	arn, _ := fact.ParseARN(t.ARN)
	name := t.ARN[strings.LastIndexByte(t.ARN, '/')+1:]
	switch {
	case t.ObjectLambda():
		return &fact.Unread{Reason: fmt.Sprintf("the policies of access points of Object Lambda are not read: "+
			"`aws s3control get-access-point-policy-for-object-lambda --account-id %s --name %s --region %s` shows it, and the access point behind it and its bucket must agree",
			t.Account, name, arn.Region)}
	case arn.Region == "":
		return &fact.Unread{Reason: fmt.Sprintf("the policies of multi-Region access points are not read: `aws s3control list-multi-region-access-points --account-id %s --region us-west-2` shows "+
			"which one has the alias %s, `get-multi-region-access-point-policy` its policy, and the policies of its buckets must agree", t.Account, name)}
	}
	return nil
}

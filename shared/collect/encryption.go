package collect

import (
	"context"
	"errors"
	"fmt"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// encryption reads which key encrypts what is written to a bucket. Without a key of its own it is one of AWS's.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
func (c *Collector) encryption(ctx context.Context, t fact.Target, name string) carried {
	ask := call{Operation: "s3:GetBucketEncryption", Permission: "s3:GetEncryptionConfiguration", Resource: t.ARN}
	out, err := c.Buckets.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: aws.String(name)})
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode() == "ServerSideEncryptionConfigurationNotFoundError":
		return carried{}
	case err != nil:
		return carried{keyless: ask.unread(err)}
	case out.ServerSideEncryptionConfiguration == nil:
		return carried{}
	}
	for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
		by := rule.ApplyServerSideEncryptionByDefault
		switch {
		case by == nil, by.SSEAlgorithm == types.ServerSideEncryptionAes256:
		case by.SSEAlgorithm == types.ServerSideEncryptionAwsKms, by.SSEAlgorithm == types.ServerSideEncryptionAwsKmsDsse:
			key := aws.ToString(by.KMSMasterKeyID)
			if key == "" {
				key = "alias/aws/s3"
			}
			return carried{key: key, bucketKey: aws.ToBool(rule.BucketKeyEnabled)}
		default:
			return carried{keyless: fact.Unread{Operation: ask.Operation,
				Reason: fmt.Sprintf("%s says that it encrypts by %q, of which nothing is known here", ask.Operation, by.SSEAlgorithm)}}
		}
	}
	return carried{}
}

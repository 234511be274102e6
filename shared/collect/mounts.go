package collect

import (
	"context"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3files"
)

// MountsAPI is what is read from S3 Files.
type MountsAPI interface {
	GetFileSystemPolicy(context.Context, *s3files.GetFileSystemPolicyInput, ...func(*s3files.Options)) (*s3files.GetFileSystemPolicyOutput, error)
}

var _ MountsAPI = (*s3files.Client)(nil)

// s3Files reads the policy of a file system of S3 Files. It is not documented to say of one without a policy anything else
// than of one that is not there: either lets in whom their own policies do.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_S3Files_GetFileSystemPolicy.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-files-security-iam.html
func (c *Collector) s3Files(ctx context.Context, t fact.Target, region string) (carried, error) {
	out, err := c.Mounts.GetFileSystemPolicy(ctx, &s3files.GetFileSystemPolicyInput{FileSystemId: aws.String(t.ARN[strings.LastIndexByte(t.ARN, '/')+1:])},
		func(o *s3files.Options) { o.Region = region })
	switch {
	case isNotFound(err):
		return carried{}, nil
	case err != nil:
		return carried{}, err
	}
	return carried{policy: aws.ToString(out.Policy)}, nil
}

package collect

import (
	"context"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
)

// ImagesAPI is what is read from ECR.
type ImagesAPI interface {
	GetRepositoryPolicy(context.Context, *ecr.GetRepositoryPolicyInput, ...func(*ecr.Options)) (*ecr.GetRepositoryPolicyOutput, error)
	GetRegistryPolicy(context.Context, *ecr.GetRegistryPolicyInput, ...func(*ecr.Options)) (*ecr.GetRegistryPolicyOutput, error)
}

var _ ImagesAPI = (*ecr.Client)(nil)

// repository reads a repository's policy, and nothing of its images.
//
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRepositoryPolicy.html
func (c *Collector) repository(ctx context.Context, t fact.Target, region string) (carried, error) {
	arn, err := fact.ParseARN(t.ARN)
	if err != nil {
		return carried{}, err
	}
	out, err := c.Registry.GetRepositoryPolicy(ctx, &ecr.GetRepositoryPolicyInput{
		RegistryId: aws.String(arn.Account), RepositoryName: aws.String(strings.TrimPrefix(arn.Resource, "repository/")),
	}, func(o *ecr.Options) { o.Region = region })
	if err != nil {
		return carried{}, err
	}
	return carried{policy: aws.ToString(out.PolicyText)}, nil
}

// registryPolicy reads what is said of all repositories of the account in a Region.
//
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRegistryPolicy.html
func (c *Collector) registryPolicy(ctx context.Context, _ fact.Target, region string) (carried, error) {
	out, err := c.Registry.GetRegistryPolicy(ctx, &ecr.GetRegistryPolicyInput{}, func(o *ecr.Options) { o.Region = region })
	if err != nil {
		return carried{}, err
	}
	return carried{policy: aws.ToString(out.PolicyText)}, nil
}

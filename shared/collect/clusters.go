package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kafka"
)

// ClustersAPI is what is read from Amazon MSK.
type ClustersAPI interface {
	GetClusterPolicy(context.Context, *kafka.GetClusterPolicyInput, ...func(*kafka.Options)) (*kafka.GetClusterPolicyOutput, error)
}

var _ ClustersAPI = (*kafka.Client)(nil)

// cluster reads a cluster's policy. Amazon MSK says the same of a cluster without one as of one that is not there: either
// lets in whom their own policies do.
//
// https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-policy.html
func (c *Collector) cluster(ctx context.Context, t fact.Target, region string) (carried, error) {
	out, err := c.Clusters.GetClusterPolicy(ctx, &kafka.GetClusterPolicyInput{ClusterArn: aws.String(t.ARN)}, func(o *kafka.Options) { o.Region = region })
	switch {
	case isNotFound(err):
		return carried{}, nil
	case err != nil:
		return carried{}, err
	}
	return carried{policy: aws.ToString(out.Policy)}, nil
}

package collect

import (
	"context"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
)

// DomainsAPI is what is read from OpenSearch Service.
type DomainsAPI interface {
	DescribeDomain(context.Context, *opensearch.DescribeDomainInput, ...func(*opensearch.Options)) (*opensearch.DescribeDomainOutput, error)
}

var _ DomainsAPI = (*opensearch.Client)(nil)

// domain reads a domain's policy, and nothing else of its settings. Who may do what within it besides, by fine-grained access
// control, is no matter of IAM.
//
// https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomain.html
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html
func (c *Collector) domain(ctx context.Context, t fact.Target, region string) (carried, error) {
	out, err := c.Domains.DescribeDomain(ctx, &opensearch.DescribeDomainInput{DomainName: aws.String(t.ARN[strings.LastIndexByte(t.ARN, '/')+1:])},
		func(o *opensearch.Options) { o.Region = region })
	if err != nil || out.DomainStatus == nil {
		return carried{}, err
	}
	return carried{policy: aws.ToString(out.DomainStatus.AccessPolicies)}, nil
}

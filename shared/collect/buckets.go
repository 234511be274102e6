package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// BucketsAPI is what is read from S3.
type BucketsAPI interface {
	s3.ListBucketsAPIClient
	GetBucketPolicy(context.Context, *s3.GetBucketPolicyInput, ...func(*s3.Options)) (*s3.GetBucketPolicyOutput, error)
	GetBucketEncryption(context.Context, *s3.GetBucketEncryptionInput, ...func(*s3.Options)) (*s3.GetBucketEncryptionOutput, error)
	GetBucketOwnershipControls(context.Context, *s3.GetBucketOwnershipControlsInput, ...func(*s3.Options)) (*s3.GetBucketOwnershipControlsOutput, error)
	GetBucketNotificationConfiguration(context.Context, *s3.GetBucketNotificationConfigurationInput, ...func(*s3.Options)) (*s3.GetBucketNotificationConfigurationOutput, error)
}

var _ BucketsAPI = (*s3.Client)(nil)

// bucketsPage is how many buckets are asked for at once; without a number S3 refuses accounts with many.
const bucketsPage = 1000

// notifications reads which functions the buckets of the region call. A bucket calls functions of its own
// region only.
func (c *Collector) notifications(ctx context.Context) sources {
	found := sources{facts: fact.KindBuckets}
	list := call{Operation: "s3:ListBuckets", Permission: "s3:ListAllMyBuckets", Resource: "*"}
	var buckets []string
	pages := s3.NewListBucketsPaginator(c.Buckets, &s3.ListBucketsInput{
		BucketRegion: aws.String(c.Account.Region), MaxBuckets: aws.Int32(bucketsPage),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			break
		}
		for _, b := range page.Buckets {
			if region := aws.ToString(b.BucketRegion); region == "" || region == c.Account.Region {
				buckets = append(buckets, aws.ToString(b.Name))
				found.seen = append(found.seen, fact.ARN{Partition: c.Account.Partition, Service: "s3", Resource: aws.ToString(b.Name)}.String())
			}
		}
	}
	each := make([]sources, len(buckets))
	forEach(ctx, len(buckets), func(ctx context.Context, i int) { each[i] = c.notification(ctx, buckets[i]) })
	found.join(each)
	return found
}

func (c *Collector) notification(ctx context.Context, bucket string) sources {
	found := sources{facts: fact.KindBuckets}
	source := fact.Trigger{
		Kind: fact.TriggerBucket, SourceID: bucket, SourceName: bucket, Account: c.Account.ID,
		Source: fact.ARN{Partition: c.Account.Partition, Service: "s3", Resource: bucket}.String(),
	}
	get := call{Operation: "s3:GetBucketNotificationConfiguration of " + bucket, Permission: "s3:GetBucketNotification", Resource: source.Source}
	out, err := c.Buckets.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: aws.String(bucket)})
	switch {
	case isNotFound(err), isElsewhere(err):
		return found // deleted after it was listed, or of another region after all
	case err != nil:
		found.missing(get.unread(err))
		return found
	}
	for _, one := range out.LambdaFunctionConfigurations {
		found.add(source, aws.ToString(one.LambdaFunctionArn))
	}
	return found
}

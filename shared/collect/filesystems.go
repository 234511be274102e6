package collect

import (
	"context"
	"slices"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/efs"
)

// FilesAPI is what is read from EFS.
type FilesAPI interface {
	DescribeAccessPoints(context.Context, *efs.DescribeAccessPointsInput, ...func(*efs.Options)) (*efs.DescribeAccessPointsOutput, error)
	DescribeFileSystemPolicy(context.Context, *efs.DescribeFileSystemPolicyInput, ...func(*efs.Options)) (*efs.DescribeFileSystemPolicyOutput, error)
}

var _ FilesAPI = (*efs.Client)(nil)

// accessPoints reads which file systems the access points belong to that functions mount, each once: functions name access
// points, and policies belong to file systems.
//
// https://docs.aws.amazon.com/efs/latest/ug/API_DescribeAccessPoints.html
func (c *Collector) accessPoints(ctx context.Context, facts *fact.Facts) {
	var points []string
	for i := range facts.Functions {
		for _, point := range facts.Functions[i].FileSystems {
			if arn, err := fact.ParseARN(point); err == nil && arn.Service == "elasticfilesystem" &&
				strings.HasPrefix(arn.Resource, "access-point/") && !slices.Contains(points, point) {
				points = append(points, point)
			}
		}
	}
	read := make([]fact.Read[string], len(points))
	forEach(ctx, len(points), func(ctx context.Context, i int) { read[i] = c.accessPoint(ctx, points[i]) })
	if facts.AccessPoints == nil {
		facts.AccessPoints = map[string]fact.Read[string]{}
	}
	for i, point := range points {
		facts.AccessPoints[point] = read[i]
	}
}

func (c *Collector) accessPoint(ctx context.Context, point string) fact.Read[string] {
	get := call{Operation: "elasticfilesystem:DescribeAccessPoints", Permission: "elasticfilesystem:DescribeAccessPoints", Resource: point}
	arn, err := fact.ParseARN(point)
	if why := fact.Unresolved("which access point is mounted", point); err != nil || !why.IsZero() {
		return fact.NotRead[string](why)
	}
	owner, why := c.in(ctx, arn.Account, get)
	if owner == nil {
		return fact.NotRead[string](why)
	}
	out, err := owner.Files.DescribeAccessPoints(ctx, &efs.DescribeAccessPointsInput{AccessPointId: aws.String(strings.TrimPrefix(arn.Resource, "access-point/"))},
		func(o *efs.Options) { o.Region = arn.Region })
	switch {
	case isNotFound(err):
		return fact.Absent[string]()
	case err != nil:
		return fact.NotRead[string](c.asRole(arn.Account, get.unread(err)))
	case len(out.AccessPoints) != 1 || aws.ToString(out.AccessPoints[0].FileSystemId) == "":
		return fact.NotRead[string](fact.Unread{Operation: get.Operation, Reason: get.Operation + " does not say which file system it is"})
	}
	// An access point and its file system are of one account.
	arn.Resource = "file-system/" + aws.ToString(out.AccessPoints[0].FileSystemId)
	return fact.Known(arn.String())
}

// fileSystem reads a file system's policy.
//
// https://docs.aws.amazon.com/efs/latest/ug/API_DescribeFileSystemPolicy.html
func (c *Collector) fileSystem(ctx context.Context, t fact.Target, region string) (carried, error) {
	id := t.ARN[strings.LastIndexByte(t.ARN, '/')+1:]
	out, err := c.Files.DescribeFileSystemPolicy(ctx, &efs.DescribeFileSystemPolicyInput{FileSystemId: aws.String(id)}, func(o *efs.Options) { o.Region = region })
	if err != nil {
		return carried{}, err
	}
	return carried{policy: aws.ToString(out.Policy)}, nil
}

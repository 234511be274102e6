package permission

import (
	"slices"
	"strings"
)

// readElsewhere are the actions of Table that the read roles of other accounts need, too: they show what the resources there
// say of calls on them. Where an action allows several operations, the one that is asked stands behind it.
var readElsewhere = []string{
	"apigateway:GET GetResources", "apigateway:GET GetRestApis", "apigateway:GET GetRoutes", "es:DescribeDomain", "kafka:GetClusterPolicy", "s3files:GetFileSystemPolicy",
	"dynamodb:DescribeTable", "dynamodb:GetResourcePolicy", "ecr:GetRepositoryPolicy", "elasticfilesystem:DescribeAccessPoints",
	"elasticfilesystem:DescribeFileSystemPolicy", "events:DescribeEventBus", "iam:GetRole", "kinesis:DescribeStreamSummary", "kinesis:GetResourcePolicy",
	"kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants", "lambda:GetPolicy", "s3:GetAccessPoint", "s3:GetAccessPointPolicy", "s3:GetBucketPolicy",
	"s3:GetEncryptionConfiguration", "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy", "sns:GetTopicAttributes", "sqs:GetQueueAttributes",
	"ecr:GetRegistryPolicy", "s3:GetBucketOwnershipControls", "ses:GetIdentityPolicies", "ses:ListIdentityPolicies", "ssm:DescribeParameters", "tag:GetResources",
}

// ReadRole lists what a read role of another account needs, as read-role.yaml grants it: what is called may be in any Region
// there.
func ReadRole() []Entry {
	var out []Entry
	for _, e := range Table(All, Everything()) {
		if !slices.Contains(readElsewhere, e.Action) && !slices.Contains(readElsewhere, e.Action+" "+e.Operation) {
			continue
		}
		e.Resources = slices.Clone(e.Resources)
		for i := range e.Resources {
			e.Resources[i] = strings.ReplaceAll(e.Resources[i], "${AWS::Region}", "*")
		}
		out = append(out, e)
	}
	return append(out, ElsewhereOnly()...)
}

// ElsewhereOnly lists what only read roles of other accounts are asked: the probe's own role is not granted it.
func ElsewhereOnly() []Entry {
	const without = "calls on buckets of other accounts whose policies let everybody in are gaps"
	return []Entry{
		{Service: "s3", Operation: "GetBucketPolicyStatus", Action: "s3:GetBucketPolicyStatus", Resources: []string{"arn:${AWS::Partition}:s3:::*"}, Caller: SDK,
			Why: "whether S3 takes the policy of a bucket of another account for public", Without: without},
		{Service: "s3", Operation: "GetPublicAccessBlock", Action: "s3:GetBucketPublicAccessBlock", Resources: []string{"arn:${AWS::Partition}:s3:::*"}, Caller: SDK,
			Why: "whether such a bucket keeps other accounts out as long as its policy is public", Without: without},
		{Service: "s3control", Operation: "GetPublicAccessBlock", Action: "s3:GetAccountPublicAccessBlock", Resources: []string{"*"}, Caller: SDK,
			Why: "whether the bucket's account does so for all of its buckets", Without: without},
		{Service: "ssm", Operation: "GetResourcePolicies", Action: "ssm:GetResourcePolicies", Resources: []string{"arn:${AWS::Partition}:ssm:*:${AWS::AccountId}:parameter/*"}, Caller: SDK,
			Why: "with whom a parameter of another account is shared", Without: "calls on parameters of other accounts are gaps"},
	}
}

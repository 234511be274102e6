package fact

import (
	"strings"

	"permprobe/shared/iampolicy"
)

// UnreadPolicy is the policy of a called resource that takes part in the decision on the call, and that permprobe does not
// read.
type UnreadPolicy struct {
	// Kind and ARN are of the resource that carries it.
	Kind, ARN string
	// Call is the IAM action of the operation that shows it.
	Call string
	// Both is true where the policy must allow besides the role's own, within the account, too; elsewhere either may.
	Both bool
}

// Name is the resource's name for people: "backup vault daily".
func (u UnreadPolicy) Name() string {
	name := u.ARN
	if arn, err := ParseARN(u.ARN); err == nil {
		name = arn.Resource[strings.IndexAny(arn.Resource, "/:")+1:]
	}
	if name == "" || name == "catalog" {
		return u.Kind
	}
	return u.Kind + " " + name
}

// unreadPolicy is a kind of them.
type unreadPolicy struct {
	service string
	// prefixes are how the resources begin that it decides on, and parts how many parts, between slashes, of their names
	// are of what carries it.
	prefixes []string
	parts    int
	// on is what carries it, where it is one for all that the prefixes name.
	on string
	// actions are how the actions begin that it decides on; empty for all.
	actions    string
	kind, call string
	both       bool
}

// unreadPolicies are the kinds of resources that functions call and whose policies may deny what a role allows. Of those
// that only share with other accounts (layers of Lambda, what AWS RAM shares) none is here: within the account the role's
// side decides, and of another account nothing passes anyway.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
var unreadPolicies = []unreadPolicy{
	// Whom a collection lets in its data access policies say, besides what the role may.
	// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-data-access.html
	{service: "aoss", prefixes: []string{"collection/"}, parts: 2, actions: "aoss:APIAccessAll", kind: "OpenSearch Serverless collection", call: "aoss:GetAccessPolicy", both: true},
	// Only what the Data Catalog holds has a policy, which is one of the account and Region; jobs and crawlers have none.
	// https://docs.aws.amazon.com/glue/latest/dg/security_iam_resource-based-policy-examples.html
	{service: "glue", prefixes: []string{"catalog", "database/", "table/", "userDefinedFunction/"}, on: "catalog", kind: "Glue Data Catalog", call: "glue:GetResourcePolicy"},
	// https://docs.aws.amazon.com/codeartifact/latest/ug/domain-policies.html
	{service: "codeartifact", prefixes: []string{"domain/"}, parts: 2, kind: "CodeArtifact domain", call: "codeartifact:GetDomainPermissionsPolicy"},
	// https://docs.aws.amazon.com/codeartifact/latest/ug/repo-policies.html
	{service: "codeartifact", prefixes: []string{"repository/", "package/"}, parts: 3, on: "repository/", kind: "CodeArtifact repository", call: "codeartifact:GetRepositoryPermissionsPolicy"},
	// https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html
	{service: "backup", prefixes: []string{"backup-vault:"}, parts: 1, kind: "backup vault", call: "backup:GetBackupVaultAccessPolicy"},
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-resource-based-schemas.html
	{service: "schemas", prefixes: []string{"registry/", "schema/"}, parts: 2, on: "registry/", kind: "schema registry", call: "schemas:GetResourcePolicy"},
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-security-iam.html
	{service: "s3express", prefixes: []string{"bucket/"}, parts: 2, kind: "directory bucket", call: "s3express:GetBucketPolicy"},
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-resource-based-policies.html
	{service: "s3tables", prefixes: []string{"bucket/"}, parts: 2, kind: "table bucket", call: "s3tables:GetTableBucketPolicy"},
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-access-management.html
	{service: "s3vectors", prefixes: []string{"bucket/"}, parts: 2, kind: "vector bucket", call: "s3vectors:GetVectorBucketPolicy"},
	// https://docs.aws.amazon.com/aurora-dsql/latest/userguide/resource-based-policies.html
	{service: "dsql", prefixes: []string{"cluster/"}, parts: 2, kind: "Aurora DSQL cluster", call: "dsql:GetClusterPolicy"},
	// https://docs.aws.amazon.com/lexv2/latest/dg/security_iam_service-with-iam.html
	{service: "lex", prefixes: []string{"bot-alias/"}, parts: 3, kind: "Lex bot alias", call: "lex:DescribeResourcePolicy"},
	// https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/resource-based-policies.html
	{service: "bedrock-agentcore", prefixes: []string{"runtime/", "gateway/", "memory/"}, parts: 2, kind: "AgentCore resource", call: "bedrock-agentcore:GetResourcePolicy"},
	// Both must allow.
	// https://docs.aws.amazon.com/vpc-lattice/latest/ug/auth-policies.html
	{service: "vpc-lattice", prefixes: []string{"service/"}, parts: 2, actions: "vpc-lattice-svcs:", kind: "VPC Lattice service", call: "vpc-lattice:GetAuthPolicy", both: true},
}

// UnreadPolicies are the kinds of such policies, without the resources that carry them.
func UnreadPolicies() []UnreadPolicy {
	out := make([]UnreadPolicy, len(unreadPolicies))
	for i, u := range unreadPolicies {
		out[i] = UnreadPolicy{Kind: u.kind, Call: u.call, Both: u.both}
	}
	return out
}

// UnreadPolicyOf is the policy that takes part in the decision on a call of the action on the resource, and that is not read;
// false where there is none, or where it is read (TargetOf).
func UnreadPolicyOf(action, resource string) (UnreadPolicy, bool) {
	if _, read := TargetOf(resource); read {
		return UnreadPolicy{}, false
	}
	arn, err := ParseARN(resource)
	if err != nil || len(iampolicy.UnknownNames(resource)) > 0 {
		return UnreadPolicy{}, false
	}
	for _, u := range unreadPolicies {
		if u.service != arn.Service || !strings.HasPrefix(strings.ToLower(action), strings.ToLower(u.actions)) {
			continue
		}
		if name, is := u.carrier(arn.Resource); is {
			arn.Resource = name
			return UnreadPolicy{Kind: u.kind, ARN: arn.String(), Call: u.call, Both: u.both}, true
		}
	}
	return UnreadPolicy{}, false
}

// carrier is the part of a resource that carries the policy; false where the policy is none of the resource's.
func (u unreadPolicy) carrier(resource string) (string, bool) {
	of := ""
	for _, prefix := range u.prefixes {
		if strings.HasPrefix(resource, prefix) && len(prefix) > len(of) {
			of = prefix
		}
	}
	switch {
	case of == "":
		return "", false
	case u.parts == 0:
		return u.on, true
	}
	parts := strings.Split(resource, "/")
	if len(parts) < u.parts || parts[u.parts-1] == "" {
		return "", false
	}
	name := strings.Join(parts[:u.parts], "/")
	if u.on != "" {
		name = u.on + strings.TrimPrefix(name, of)
	}
	return name, true
}

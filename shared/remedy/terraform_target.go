package remedy

import (
	"strings"

	"permprobe/shared/fact"
)

// terraformTarget is the policy of a called resource as a resource of Terraform; empty where the provider has none that holds
// the whole policy.
//
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs
func terraformTarget(t fact.Target, doc document) (string, error) {
	kinds := map[fact.TargetKind]struct{ kind, names, name string }{
		fact.TargetQueue:       {"aws_sqs_queue_policy", "queue_url", queueURL(t)},
		fact.TargetTopic:       {"aws_sns_topic_policy", "arn", t.ARN},
		fact.TargetBucket:      {"aws_s3_bucket_policy", "bucket", lastPart(t)},
		fact.TargetAccessPoint: {"aws_s3control_access_point_policy", "access_point_arn", t.ARN},
		fact.TargetTable:       {"aws_dynamodb_resource_policy", "resource_arn", t.ARN},
		fact.TargetTableStream: {"aws_dynamodb_resource_policy", "resource_arn", t.ARN},
		fact.TargetStream:      {"aws_kinesis_resource_policy", "resource_arn", t.ARN},
		fact.TargetConsumer:    {"aws_kinesis_resource_policy", "resource_arn", t.ARN},
		fact.TargetSecret:      {"aws_secretsmanager_secret_policy", "secret_arn", t.ARN},
		fact.TargetKey:         {"aws_kms_key_policy", "key_id", t.ARN},
		fact.TargetRepository:  {"aws_ecr_repository_policy", "repository", repositoryName(t)},
		fact.TargetRegistry:    {"aws_ecr_registry_policy", "", ""}, // one an account and Region
		fact.TargetFileSystem:  {"aws_efs_file_system_policy", "file_system_id", lastPart(t)},
		fact.TargetS3Files:     {"aws_s3files_file_system_policy", "file_system_id", lastPart(t)},
		fact.TargetCluster:     {"aws_msk_cluster_policy", "cluster_arn", t.ARN},
		fact.TargetDomain:      {"aws_opensearch_domain_policy", "domain_name", lastPart(t)},
		fact.TargetAPI:         {"aws_api_gateway_rest_api_policy", "rest_api_id", lastPart(t)},
		fact.TargetBus:         {"aws_cloudwatch_event_bus_policy", "event_bus_name", lastPart(t)},
	}
	if t.Kind == fact.TargetRole { // it is an attribute of the role's own resource
		policy, err := terraformTrust(doc)
		return "# in the resource of the role " + hclComment(fact.RoleName(t.ARN)) + ":\n" + policy, err
	}
	k, known := kinds[t.Kind]
	if !known {
		return "", nil
	}
	of := "policy"
	if t.Kind == fact.TargetDomain {
		of = "access_policies"
	}
	policy, err := hclPolicy(of, doc, "  ")
	if err != nil {
		return "", err
	}
	// A name in Terraform must not begin with a digit.
	block := hclBlock(k.kind, strings.TrimSuffix("target_"+hclName(labelOf(t)), "_"), attribute{k.names, k.name})
	between := "\n"
	if k.names == "" {
		between = ""
	}
	return strings.TrimSuffix(block, "}\n") + between + policy + "}\n", nil
}

// labelOf is what tells the target from others of its kind: at the end of a consumer's ARN stands when it was registered.
func labelOf(t fact.Target) string {
	if t.Kind == fact.TargetConsumer {
		arn, _ := fact.ParseARN(t.ARN)
		name, _, _ := strings.Cut(strings.TrimPrefix(arn.Resource, "stream/"), ":")
		return name
	}
	return lastPart(t)
}

// hclComment is text in a comment of one line.
func hclComment(text string) string { return strings.Join(strings.Fields(text), " ") }

func repositoryName(t fact.Target) string {
	arn, _ := fact.ParseARN(t.ARN)
	return strings.TrimPrefix(arn.Resource, "repository/")
}

package need

import (
	"cmp"
	"slices"
	"strings"

	"permprobe/shared/fact"
)

// iamAuth is the type of access by which brokers of Amazon MSK that a mapping addresses one by one are asked for
// with IAM.
const iamAuth = "IAM_AUTH"

func clusterSource() Row {
	const page, auth, managed = docs + "with-msk-permissions.html", docs + "msk-cluster-auth.html", "service-role/AWSLambdaMSKExecutionRole"
	rules := []Rule{{
		Level: Required, Actions: []string{"kafka:DescribeClusterV2", "kafka:DescribeCluster"}, Either: true, Resource: "the cluster",
		Why: "Lambda looks up the cluster; only the newer action works with serverless clusters", Page: page, Managed: managed,
		on: func(s *subject) []target { return []target{clusterOf(s)} },
	}, {
		Level: Required, Actions: []string{"kafka:GetBootstrapBrokers"}, Resource: "`*`", Why: "Lambda looks up the cluster's brokers", Page: page, Managed: managed,
		Scoped: "AWS's pages disagree", on: everywhere,
	},
		interfaces(page, managed, "", nil),
		secrets(auth, "SASL_SCRAM_512_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH"),
		{
			Level: Required, Actions: []string{"kafka:ListScramSecrets"}, Resource: "the cluster", When: "the mapping authenticates with `SASL_SCRAM_512_AUTH`",
			Why: "Lambda looks up the secrets of the cluster", Page: auth,
			on: func(s *subject) []target {
				if !s.accessBy("SASL_SCRAM_512_AUTH") {
					return nil
				}
				return []target{clusterOf(s)}
			},
		}, {
			Level: Required, Actions: []string{"kafka:DescribeVpcConnection"}, Resource: "the VPC connection", When: "the source is a cluster of another account",
			Why: "Lambda reaches the cluster over the connection", Page: page,
			on: func(s *subject) []target {
				if !strings.HasPrefix(s.source.Resource, "vpc-connection/") {
					return nil
				}
				return atSource(s)
			},
		},
	}
	return Row{ID: "msk", Name: "Amazon MSK cluster", Purpose: Poll, Signal: "`EventSourceArn` of the service `kafka`",
		Rules: append(rules, brokerCalls(auth, "the cluster authenticates with IAM, which it does where it has IAM switched on and the mapping names no secret")...)}
}

func brokersSource() Row {
	const page = docs + "with-kafka-permissions.html"
	rules := []Rule{
		secrets(page, "BASIC_AUTH", "SASL_SCRAM_256_AUTH", "SASL_SCRAM_512_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH", "SERVER_ROOT_CA_CERTIFICATE", "OAUTHBEARER_AUTH"),
		interfaces(page, "", "the mapping names subnets or security groups", func(s *subject) bool { return s.accessBy("VPC_SUBNET", "VPC_SECURITY_GROUP") }),
		{
			Level: Required, Actions: []string{"sts:GetWebIdentityToken"}, Resource: "`*`", When: "the mapping authenticates with `IAM_OAUTHBEARER_AUTH`",
			Why: "Lambda gets a token of the role for the brokers", Page: docs + "kafka-cluster-auth.html",
			on: func(s *subject) []target {
				if !s.accessBy("IAM_OAUTHBEARER_AUTH") {
					return nil
				}
				return everywhere(s)
			},
		},
	}
	return Row{ID: "self_managed_kafka", Name: "self-managed Apache Kafka", Purpose: Poll, Signal: "`SelfManagedEventSource`",
		Rules: append(rules, brokerCalls(docs+"kafka-cluster-auth.html", "the mapping authenticates with `IAM_AUTH`")...)}
}

// brokerCalls are what the brokers of Amazon MSK decide by IAM.
func brokerCalls(page, when string) []Rule {
	rule := func(what, why string, on func(*subject) []target, actions ...string) Rule {
		return Rule{Level: Required, Actions: actions, Resource: what, When: when, Why: why, Page: page, on: func(s *subject) []target {
			open, applies := s.authenticates()
			if !applies {
				return nil
			}
			all := on(s)
			for i := range all {
				all[i].presumed = open
			}
			return all
		}}
	}
	return []Rule{
		rule("the cluster", "Lambda connects to the brokers", func(s *subject) []target { return []target{clusterOf(s)} }, "kafka-cluster:Connect"),
		rule("the consumer group", "Lambda reads as a consumer group, and keeps its place in it", func(s *subject) []target {
			return []target{kafkaTarget(s, "group", cmp.Or(s.mapping.ConsumerGroup, s.mapping.ID))}
		}, "kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup"),
		rule("each topic", "Lambda reads the topics' records", func(s *subject) []target {
			var out []target
			for _, topic := range s.mapping.Topics {
				out = append(out, kafkaTarget(s, "topic", topic))
			}
			return out
		}, "kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"),
	}
}

// kafkaTarget is the cluster, or a topic or group of it. The brokers of a self-managed source do not say which cluster
// they belong to, and a connection to a cluster does not say the cluster's id.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_apachekafkaapisforamazonmskclusters.html
func kafkaTarget(s *subject, kind, name string) target {
	arn := fact.ARN{Partition: s.account.Partition, Service: "kafka", Region: s.account.Region, Account: s.account.ID}
	rest := ""
	if name != "" {
		rest = "/" + name
	}
	at := func(account, cluster string) string {
		arn.Account, arn.Resource = account, kind+"/"+cluster+rest
		return arn.String()
	}
	const id = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9-1"
	resource := s.source.Resource
	switch {
	case strings.HasPrefix(resource, "cluster/"):
		arn.Region = s.source.Region
		return target{resource: at(s.source.Account, strings.TrimPrefix(resource, "cluster/"))}
	case strings.HasPrefix(resource, "vpc-connection/"):
		owner, cluster, _ := strings.Cut(strings.TrimPrefix(resource, "vpc-connection/"), "/")
		cluster, _, _ = strings.Cut(cluster, "/")
		to := sample(func(part string) string { return at(owner, cluster+"/"+part) }, id, "id of the cluster "+cluster, "*")
		to.keys = map[string][]string{"aws:ResourceAccount": {owner}}
		return to
	}
	unknown := fact.Open("cluster of the self-managed brokers")
	return target{resource: at(s.account.ID, "brokers/"+id), grant: at(s.account.ID, "*/*"), open: at(unknown, unknown)}
}

// clusterOf is the cluster of a source in Amazon MSK.
func clusterOf(s *subject) target { return kafkaTarget(s, "cluster", "") }

// accessBy tells whether the mapping has access of one of the types.
func (s *subject) accessBy(kinds ...string) bool {
	return slices.ContainsFunc(s.mapping.Access, func(one fact.Access) bool { return slices.Contains(kinds, one.Type) })
}

// authenticates tells whether the brokers ask IAM, and why that is not certain. A cluster of Amazon MSK does where it
// has IAM switched on, which the mapping does not say.
func (s *subject) authenticates() (open fact.Unread, applies bool) {
	if s.source.Service != "kafka" {
		return fact.Unread{}, s.accessBy(iamAuth)
	}
	if s.accessBy("SASL_SCRAM_512_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH") {
		return fact.Unread{}, false
	}
	return fact.Unread{Reason: "whether the cluster " + s.mapping.Source + " authenticates with IAM is not read: it decides whether the role needs kafka-cluster actions"}, true
}

// registries are the schema registries of Kafka sources.
func registries() []Row {
	const page = docs + "services-consume-kafka-events.html"
	ofGlue := func(with string) func(*subject) []target {
		return func(s *subject) []target {
			registry := s.mapping.Registry
			if registry == "" {
				return nil
			}
			to := arnTarget(s, registry, "the schema registry of the mapping "+s.mapping.ID, "glue")
			if arn, err := fact.ParseARN(registry); err == nil && with != "" {
				arn.Resource = "schema/" + strings.TrimPrefix(arn.Resource, "registry/") + "/"
				to.resource, to.grant = arn.String()+with, arn.String()+"*"
			}
			to.subject = "schema registry " + registry
			return []target{to}
		}
	}
	return []Row{{
		ID: "registry_glue", Name: "AWS Glue schema registry", Purpose: Poll, Signal: "`SchemaRegistryConfig` with the ARN of a registry", Rules: []Rule{{
			Level: Required, Actions: []string{"glue:GetRegistry", "glue:GetSchemaVersion"}, Resource: "the registry", Why: "Lambda reads records by their schema", Page: page, on: ofGlue(""),
		}, {
			Level: Required, Actions: []string{"glue:GetSchemaVersion"}, Resource: "the registry's schemas", Why: "Lambda reads records by their schema", Page: page, on: ofGlue("records"),
		}},
	}, {
		ID: "registry_confluent", Name: "Confluent schema registry", Purpose: Poll, Signal: "`SchemaRegistryConfig` with a URL", Rules: []Rule{{
			Level: Required, Actions: []string{"secretsmanager:GetSecretValue"}, Resource: "each secret of `AccessConfigs`", When: "the registry asks for credentials",
			Why: "Lambda reads the credentials from the secret", Page: page,
			on: func(s *subject) []target {
				return secretsOf(s, s.mapping.RegistryAccess, []string{"BASIC_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH", "SERVER_ROOT_CA_CERTIFICATE", "OAUTHBEARER_AUTH"})
			},
		}},
	}}
}

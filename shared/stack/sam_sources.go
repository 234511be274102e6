package stack

import (
	"slices"
	"strings"
)

// linked is a resource of the template that an event adds to, as a copy that can be changed.
func (s *sam) linked(e *samEvent, property, typ string) (*samResource, *node) {
	v := s.want(e, property)
	key, arg, ok := v.single()
	if !ok || key != "Ref" || arg.kind != stringNode {
		s.fail(v, "the event %s wants %s to be a Ref to a %s of the same template", e.kind, property, typ)
		return nil, nil
	}
	r := s.byID[arg.text]
	if r == nil || r.node.get("Type") == nil || r.node.get("Type").text != typ {
		s.fail(v, "the event %s wants %s to be a Ref to a %s of the same template, %q is none", e.kind, property, typ, arg.text)
		return nil, nil
	}
	r.node = r.node.copied()
	props := r.node.mapOf("Properties")
	if props == nil {
		s.fail(r.node.get("Properties"), "Properties wants a map that is written out")
		return nil, nil
	}
	return r, props
}

// texts are a property that is text or a list of texts.
func (s *sam) texts(n *node, what string) []*node {
	if n.kind == listNode {
		return n.items
	}
	if n.kind != stringNode && !isCall(n) {
		s.fail(n, "%s wants text or a list of texts, found %s", what, n.kind)
	}
	return []*node{n}
}

// bucketEvent adds to the notifications of a bucket. SAM's permission names the account alone: a bucket that names the
// function could not be named by its permission without a circle.
func (s *sam) bucketEvent(e *samEvent) {
	r, props := s.linked(e, "Bucket", "AWS::S3::Bucket")
	if r == nil {
		return
	}
	at, permission := e.at, e.id+"Permission"
	s.permit(e, "s3.amazonaws.com", permission, "SourceAccount", at.ofRef("AWS::AccountId"))
	config := props.mapOf("NotificationConfiguration")
	if config == nil {
		s.fail(props.get("NotificationConfiguration"), "NotificationConfiguration wants a map that is written out")
		return
	}
	list := at.ofList()
	if old := given(config.get("LambdaConfigurations")); old != nil {
		list = at.ofList(append([]*node(nil), s.asList(old, "LambdaConfigurations")...)...)
	}
	condition := e.to.r.condition()
	for _, event := range s.texts(s.want(e, "Events"), "Events") {
		one := at.ofMap("Function", e.to.arn(at), "Event", event, "Filter", given(e.props.get("Filter")))
		if condition != "" {
			one = at.ofIf(condition, one)
		}
		if !slices.ContainsFunc(list.items, func(old *node) bool { return same(old, one) }) {
			list.items = append(list.items, one)
		}
	}
	config.set("LambdaConfigurations", list)
	if condition == "" {
		after := []*node{at.ofText(permission)}
		switch old := given(r.node.get("DependsOn")); {
		case old == nil:
		case old.kind == listNode:
			after = append(append([]*node(nil), old.items...), after...)
		default:
			after = append([]*node{old}, after...)
		}
		r.node.set("DependsOn", at.ofList(after...))
	}
}

// poolEvent adds to the triggers of a user pool.
func (s *sam) poolEvent(e *samEvent) {
	r, props := s.linked(e, "UserPool", "AWS::Cognito::UserPool")
	if r == nil {
		return
	}
	at := e.at
	s.permit(e, "cognito-idp.amazonaws.com", e.to.id+"CognitoPermission", "SourceArn", at.ofGetAtt(r.id, "Arn"))
	config := props.mapOf("LambdaConfig")
	if config == nil {
		s.fail(props.get("LambdaConfig"), "LambdaConfig wants a map that is written out")
		return
	}
	for _, trigger := range s.texts(s.want(e, "Trigger"), "Trigger") {
		name, ok := trigger.name()
		if !ok {
			s.fail(trigger, "Trigger wants text, found %s", kindOrCall(trigger))
			return
		}
		if config.get(name) != nil {
			s.fail(trigger, "the user pool %s has the trigger %q already", r.id, name)
			return
		}
		config.set(name, e.to.arn(at))
	}
}

// topicEvent subscribes the function to a topic, or a queue that the function polls.
func (s *sam) topicEvent(e *samEvent) {
	at, p, topic := e.at, e.props, s.want(e, "Topic")
	subscribe := func(protocol string, endpoint *node) {
		s.make(e.to.r, at, e.id, "AWS::SNS::Subscription", at.ofMap("Protocol", protocol, "Endpoint", endpoint, "TopicArn", topic,
			"Region", given(p.get("Region")), "FilterPolicy", given(p.get("FilterPolicy")), "FilterPolicyScope", given(p.get("FilterPolicyScope")),
			"RedrivePolicy", given(p.get("RedrivePolicy"))))
	}
	queue := p.get("SqsSubscription")
	if !holds(queue) || isNothing(queue) {
		subscribe("lambda", e.to.arn(at))
		s.permit(e, "sns.amazonaws.com", e.id+"Permission", "SourceArn", topic)
		return
	}
	var arn, url *node
	policy := e.id + "QueuePolicy"
	mapping := at.ofMap("BatchSize", at.ofText("10"), "Enabled", at.ofBool(true))
	if queue.kind == boolNode {
		id := e.id + "Queue"
		props := at.like(mapNode)
		if r := s.byID[refersTo(topic)]; r != nil {
			if fifo := s.value(r.node.get("Properties").get("FifoTopic")); holds(fifo) {
				props.set("FifoQueue", fifo)
			}
		}
		s.make(e.to.r, at, id, "AWS::SQS::Queue", props)
		arn, url = at.ofGetAtt(id, "Arn"), at.ofRef(id)
	} else {
		c := s.asMap(queue, "SqsSubscription")
		if c == nil {
			return
		}
		arn, url = given(c.get("QueueArn")), given(c.get("QueueUrl"))
		if arn == nil || url == nil {
			s.fail(c, "SqsSubscription wants QueueArn and QueueUrl")
			return
		}
		if own := s.asText(c.get("QueuePolicyLogicalId"), "QueuePolicyLogicalId"); own != "" {
			policy = own
		}
		if size := given(c.get("BatchSize")); size != nil {
			mapping.set("BatchSize", size)
		}
	}
	subscribe("sqs", arn)
	s.queuePolicy(e, policy, at.ofText("*"), topic, arn, url)
	mapping.set("EventSourceArn", arn)
	mapping.set("FunctionName", e.to.name(at))
	s.make(e.to.r, at, e.id+"EventSourceMapping", "AWS::Lambda::EventSourceMapping", mapping)
	e.to.role.manage(managedPolicy(at, "service-role/AWSLambdaSQSQueueExecutionRole"))
}

// samSource is how SAM serves a source that Lambda polls.
type samSource struct {
	property string // with the source's ARN; empty where there is none
	managed  string // the managed policy that the role gets
}

var samSources = map[string]samSource{
	"Kinesis":          {"Stream", "AWSLambdaKinesisExecutionRole"},
	"DynamoDB":         {"Stream", "AWSLambdaDynamoDBExecutionRole"},
	"SQS":              {"Queue", "AWSLambdaSQSQueueExecutionRole"},
	"MSK":              {"Stream", "AWSLambdaMSKExecutionRole"},
	"MQ":               {"Broker", ""},
	"DocumentDB":       {"Cluster", ""},
	"SelfManagedKafka": {"", ""},
}

// polledPassed are the properties of such an event that the mapping keeps.
var polledPassed = []string{"StartingPosition", "StartingPositionTimestamp", "BatchSize", "Enabled", "MaximumBatchingWindowInSeconds",
	"MaximumRetryAttempts", "BisectBatchOnFunctionError", "MaximumRecordAgeInSeconds", "ParallelizationFactor", "Topics", "Queues",
	"SourceAccessConfigurations", "TumblingWindowInSeconds", "FunctionResponseTypes", "FilterCriteria", "KmsKeyArn", "ScalingConfig",
	"ProvisionedPollerConfig", "MetricsConfig", "LoggingConfig"}

// polledEvent makes an event source mapping and lets the role read the source.
func (s *sam) polledEvent(e *samEvent) {
	at, p, role, source := e.at, e.props, e.to.role, samSources[e.kind]
	mapping := at.ofMap("FunctionName", e.to.name(at))
	var arn *node
	if source.property != "" {
		arn = s.want(e, source.property)
		mapping.set("EventSourceArn", arn)
	}
	for _, key := range polledPassed {
		if v := given(p.get(key)); v != nil {
			mapping.set(key, v)
		}
	}
	if servers := given(p.get("KafkaBootstrapServers")); servers != nil {
		mapping.set("SelfManagedEventSource", at.ofMap("Endpoints", at.ofMap("KafkaBootstrapServers", servers)))
	}
	config := at.ofMap("ConsumerGroupId", given(p.get("ConsumerGroupId")), "SchemaRegistryConfig", given(p.get("SchemaRegistryConfig")))
	if len(config.items) > 0 {
		mapping.set(map[bool]string{true: "AmazonManagedKafkaEventSourceConfig", false: "SelfManagedKafkaEventSourceConfig"}[e.kind == "MSK"], config)
	}
	if e.kind == "DocumentDB" {
		mapping.set("DocumentDBEventSourceConfig", at.ofMap("DatabaseName", given(p.get("DatabaseName")), "CollectionName", given(p.get("CollectionName")),
			"FullDocument", given(p.get("FullDocument"))))
	}
	if source.managed != "" {
		role.manage(managedPolicy(at, "service-role/"+source.managed))
	}
	s.polledPolicies(e, arn)
	if c := given(p.get("DestinationConfig")); c != nil && !isNothing(c) {
		mapping.set("DestinationConfig", s.onFailure(e, c))
	}
	s.make(e.to.r, at, e.id, "AWS::Lambda::EventSourceMapping", mapping)
}

// onFailure is where records go that could not be processed. Only where the type of the destination is given does the role
// get the permission.
func (s *sam) onFailure(e *samEvent, c *node) *node {
	if c = s.asMap(c, "DestinationConfig"); c == nil {
		return nil
	}
	on := s.asMap(c.get("OnFailure"), "OnFailure")
	if on == nil {
		s.fail(c, "DestinationConfig wants OnFailure")
		return c
	}
	kind := given(on.get("Type"))
	if kind == nil {
		return c
	}
	switch text := s.asTextOr(kind); text {
	case "SQS", "SNS", "S3":
		e.to.role.grant(e.id, text, on, orElse(on.get("Destination"), on.ofText("")))
	case "Kafka":
	default:
		s.fail(kind, "the Type of a destination is SQS, SNS, S3 or Kafka")
	}
	own, made := c.copied(), on.copied()
	made.drop("Type")
	own.set("OnFailure", made)
	return own
}

// access is an entry of SourceAccessConfigurations.
type access struct {
	kind string
	uri  *node
}

func (s *sam) accesses(e *samEvent) []access {
	var all []access
	for _, item := range s.asList(e.props.get("SourceAccessConfigurations"), "SourceAccessConfigurations") {
		m := s.asMap(item, "SourceAccessConfigurations")
		if m == nil {
			return nil
		}
		all = append(all, access{s.asTextOr(m.get("Type")), given(m.get("URI"))})
	}
	return all
}

// polledPolicies are the inline policies of the sources that no managed policy is made for.
func (s *sam) polledPolicies(e *samEvent, source *node) {
	at, p, role := e.at, e.props, e.to.role
	secret := func(uri *node) *node { return allow(at, uri, "secretsmanager:GetSecretValue") }
	network := allow(at, at.ofText("*"), "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface", "ec2:DescribeVpcs",
		"ec2:DescribeSubnets", "ec2:DescribeSecurityGroups")
	place := func(service, resource string) *node {
		return at.ofSub("arn:${AWS::Partition}:" + service + ":${AWS::Region}:${AWS::AccountId}:" + resource)
	}
	var statements []*node
	uriOf := func(kind string) *node {
		for _, a := range s.accesses(e) {
			if a.kind == kind && a.uri != nil {
				return a.uri
			}
		}
		s.fail(at, "the event %s wants SourceAccessConfigurations with the Type %s", e.kind, kind)
		return at.ofText("")
	}
	name := ""
	switch e.kind {
	case "MSK":
		name = "MSKExecutionRolePolicy"
		statements = s.registry(e)
		for _, a := range s.accesses(e) {
			if a.kind == "CLIENT_CERTIFICATE_TLS_AUTH" && a.uri != nil {
				statements = append(statements, secret(a.uri))
			}
		}
	case "MQ":
		name = "SamAutoGeneratedAMQPolicy"
		if holds(p.get("DynamicPolicyName")) {
			name = e.id + "AMQPolicy"
		}
		statements = []*node{secret(uriOf("BASIC_AUTH")), allow(at, source, "mq:DescribeBroker")}
	case "DocumentDB":
		name = "SamAutoGeneratedDocumentDBPolicy"
		statements = []*node{secret(uriOf("BASIC_AUTH")), allow(at, place("rds", "cluster-pg:*"), "rds:DescribeDBClusterParameters"),
			allow(at, place("rds", "subgrp:*"), "rds:DescribeDBSubnetGroups"), allow(at, source, "rds:DescribeDBClusters"), network}
	case "SelfManagedKafka":
		name = "SelfManagedKafkaExecutionRolePolicy"
		vpc := 0
		for _, a := range s.accesses(e) {
			switch a.kind {
			case "VPC_SUBNET", "VPC_SECURITY_GROUP":
				if vpc++; vpc == 2 {
					statements = append(statements, network)
				}
			case "SASL_SCRAM_256_AUTH", "SASL_SCRAM_512_AUTH", "BASIC_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH":
				if a.uri != nil {
					statements = append(statements, secret(a.uri))
				}
			case "SERVER_ROOT_CA_CERTIFICATE":
				// SAM lets the role read the secret of the authentication once more, and not the certificate's.
			default:
				s.fail(p.get("SourceAccessConfigurations"), "SourceAccessConfigurations of SelfManagedKafka has no Type %q", a.kind)
			}
		}
	default:
		return
	}
	if key := p.get("SecretsManagerKmsKeyId"); holds(key) && e.kind != "MSK" {
		statements = append(statements, allow(at, at.ofSub("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/"+
			s.asText(key, "SecretsManagerKmsKeyId")), "kms:Decrypt"))
	}
	if e.kind == "SelfManagedKafka" {
		statements = append(statements, s.registry(e)...)
	}
	if len(statements) > 0 {
		role.add(at, name, statements...)
	}
}

// registry is what reading a schema registry takes.
func (s *sam) registry(e *samEvent) []*node {
	c := s.asMap(e.props.get("SchemaRegistryConfig"), "SchemaRegistryConfig")
	if c == nil {
		return nil
	}
	at := e.at
	var statements []*node
	for _, item := range s.asList(c.get("AccessConfigs"), "AccessConfigs") {
		if uri := given(item.get("URI")); uri != nil {
			statements = append(statements, allow(at, uri, "secretsmanager:GetSecretValue"))
		}
	}
	uri := given(c.get("SchemaRegistryURI"))
	if uri == nil {
		return statements
	}
	text := s.asTextOr(uri)
	if key, arg, ok := uri.single(); ok && key == "Fn::Sub" && arg.kind == stringNode {
		text = arg.text
	}
	parts := strings.Split(strings.ReplaceAll(text, "AWS::", "AWS.."), ":")
	if len(parts) < 6 || parts[0] != "arn" || !strings.HasPrefix(parts[5], "registry/") {
		return statements
	}
	name := strings.ReplaceAll(strings.TrimPrefix(parts[5], "registry/"), "AWS..", "AWS::")
	return append(statements, allow(at, uri, "glue:GetRegistry"),
		allow(at, at.ofSub("arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}:schema/"+name+"/*"), "glue:GetSchemaVersion"))
}

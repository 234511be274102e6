package localaws

import "permprobe/shared/stack"

// A holder is a resource that carries a policy of its own, and nothing else that is served.
type holder struct {
	arn, policy string
	by          string // the resource of the template that the policy is of, where that is another one
	key         string // of encryption
	// shares are the policies by which a parameter is shared, each with what made it; tier is its tier.
	shares []share
	tier   string
	of     string // the id of what it is a part of: an access point's file system
	point  *s3Point
}

// holderMakers are the makers of resources with policies and of the policies themselves.
func holderMakers() map[string]func(*builder) {
	return map[string]func(*builder){
		"AWS::SQS::Queue":                     (*builder).sqsQueue,
		"AWS::SQS::QueuePolicy":               (*builder).sqsQueuePolicy,
		"AWS::SQS::QueueInlinePolicy":         (*builder).sqsQueueInlinePolicy,
		"AWS::DynamoDB::Table":                (*builder).dynamoTable,
		"AWS::DynamoDB::GlobalTable":          (*builder).dynamoTable,
		"AWS::Kinesis::Stream":                (*builder).kinesisStream,
		"AWS::Kinesis::StreamConsumer":        func(b *builder) { b.holds("stream consumer") },
		"AWS::Kinesis::ResourcePolicy":        func(b *builder) { b.held("stream", "ResourcePolicy", b.named("ResourceArn")) },
		"AWS::SecretsManager::Secret":         (*builder).heldSecret,
		"AWS::SecretsManager::ResourcePolicy": func(b *builder) { b.held("secret's policy", "ResourcePolicy", b.named("SecretId")) },
		"AWS::Events::EventBusPolicy":         (*builder).busPolicy,
		"AWS::SSM::Parameter":                 (*builder).parameter,
		"AWS::SSM::ResourcePolicy":            (*builder).sharedByPolicy,
		"AWS::RAM::ResourceShare":             (*builder).resourceShare,
		"AWS::EFS::FileSystem":                (*builder).fileSystem,
		"AWS::EFS::AccessPoint":               (*builder).accessPoint,
		"AWS::S3::AccessPoint":                (*builder).s3AccessPoint,
		"AWS::S3Files::FileSystem":            (*builder).s3FileSystem,
		"AWS::S3Files::FileSystemPolicy":      (*builder).s3FileSystemPolicy,
		"AWS::MSK::Cluster":                   (*builder).kafkaCluster,
		"AWS::MSK::ServerlessCluster":         (*builder).kafkaCluster,
		"AWS::MSK::ClusterPolicy":             func(b *builder) { b.held("cluster's policy", "Policy", b.named("ClusterArn")) },
		"AWS::SES::EmailIdentity":             (*builder).sesIdentity,
		"AWS::OpenSearchService::Domain":      (*builder).searchDomain,
		"AWS::Elasticsearch::Domain":          (*builder).searchDomain,
	}
}

// holderJSON are the services of such resources that speak JSON, with the protocol's version.
var holderJSON = map[string]string{"sqs": "1.0", "dynamodb": "1.0", "kinesis": "1.1", "kms": "1.1", "ssm": "1.1", "ecr": "1.1"}

func (b *builder) kinesisStream() {
	if h := b.holds("stream"); h != nil {
		if by := object(b.prop("StreamEncryption")); by != nil {
			h.key = first(text(by["KeyId"]), "alias/aws/kinesis")
		}
	}
}

// holds keeps a resource with a policy under its ARN; nil where another stack has it already.
func (b *builder) holds(what string) *holder {
	home, arn := b.home(), b.res.ARN
	if !once(b, home.holders, arn, what) {
		return nil
	}
	h := &holder{arn: arn}
	home.holders[arn] = h
	return h
}

// replacing is the policy that a resource of the template gives another one, noting by which. Of two of them nobody knows which
// one stays.
func (b *builder) replacing(by *string, document string) string {
	mine := b.st.Name + " " + b.res.LogicalID
	if *by != "" && *by != mine {
		return unknownDocument(stack.Unknown("which of two policies stays, "+b.res.LogicalID+" or that before it"), resourcePolicy)
	}
	*by = mine
	return documentText(b.prop(document), resourcePolicy, b.maybe())
}

// held gives the policy of a document's property to resources that the stacks hold, once all of them are known.
func (b *builder) held(what, document string, arns func() []string) {
	b.then(func() {
		for _, arn := range arns() {
			if h := b.home().holders[arn]; h != nil && !b.isLost(what, arn) {
				h.policy = b.replacing(&h.by, document)
			}
		}
	})
}

// named are the ARNs in a property.
func (b *builder) named(property string) func() []string {
	return func() []string { return texts(b.prop(property)) }
}

// holder finds a resource that a call is about, or says that nothing is known of it, or that it is gone.
func (c *call) holder(what, arn string, gone *apiError) (*holder, *apiError) {
	if c.srv.gone[arn] {
		return nil, gone
	}
	if h := c.home().holders[arn]; h != nil {
		return h, nil
	}
	return nil, unknown(c.svc, what+" "+arn)
}

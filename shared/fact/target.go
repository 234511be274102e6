package fact

import (
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/iampolicy"
)

// TargetKind is a kind of resource that functions call and that may carry a policy of its own.
type TargetKind string

// The kinds of targets.
const (
	TargetQueue  TargetKind = "queue"
	TargetTopic  TargetKind = "topic"
	TargetBucket TargetKind = "bucket"
	TargetTable  TargetKind = "table"
	// TargetTableStream is the stream of changes of a table, which has a policy of its own.
	TargetTableStream TargetKind = "table stream"
	TargetStream      TargetKind = "stream"
	// TargetConsumer is a consumer of a stream of Kinesis that records are pushed to, which has a policy of its own.
	TargetConsumer TargetKind = "stream consumer"
	TargetSecret   TargetKind = "secret"
	TargetBus      TargetKind = "event bus"
	// TargetParameter is a parameter of Systems Manager. Within its account no policy of its own decides on it; other accounts
	// it is shared with, or not.
	TargetParameter TargetKind = "parameter"
	TargetKey       TargetKind = "KMS key"
	// TargetLogGroup is a log group of CloudWatch Logs. It has no policy that decides on what a role writes and reads: what it
	// has is a key.
	TargetLogGroup TargetKind = "log group"
	// TargetFileSystem is one of EFS, which lets everybody mount it as long as it has no policy.
	TargetFileSystem TargetKind = "file system"
	// TargetRepository is one of ECR, which holds images.
	TargetRepository TargetKind = "repository"
	// TargetFunction is a function that another one calls, or a version or alias of it, each of which has a policy of its own.
	TargetFunction TargetKind = "function"
	// TargetRegistry is all of an account's repositories in a Region: its policy counts for each of them besides its own. Nothing
	// is called on it alone.
	TargetRegistry TargetKind = "registry"
	// TargetAccessPoint is an access point of S3. Its policy and that of its bucket decide together.
	TargetAccessPoint TargetKind = "access point"
	// TargetAPI is one of API Gateway. Only REST APIs have policies, and only methods with IAM authorization ask who calls.
	TargetAPI TargetKind = "API"
	// TargetDomain is one of OpenSearch Service. Its policy is about what is in it alone, and not about its settings.
	TargetDomain TargetKind = "OpenSearch domain"
	// TargetS3Files is a file system of S3 Files. Unlike one of EFS it lets nobody mount it without a permission.
	TargetS3Files TargetKind = "S3 Files file system"
	// TargetCluster is one of Amazon MSK, with its topics and consumer groups.
	TargetCluster TargetKind = "MSK cluster"
	// TargetIdentity is an address or a domain that SES sends mail from, which may have several policies.
	TargetIdentity TargetKind = "SES identity"
)

// TargetRole is a role that code assumes. Its trust policy is a fact of the role, so that TargetOf knows none.
const TargetRole TargetKind = "role"

// Target is a resource that takes part, with a policy of its own, in the decision on every call to it.
type Target struct {
	Kind TargetKind
	// ARN is what the policy is attached to: the bucket of an object, the table of an index.
	ARN string
	// Account is the resource's owner; empty where the ARN does not name it.
	Account string
	// Policy is absent where the resource has none.
	Policy Read[ResourcePolicy]
	// Key is the customer's KMS key that encrypts what the resource holds, as the service names it: an id, an alias or an
	// ARN; empty where there is none.
	Key string
	// Keyless says why it is not known which key that is; zero where it is known.
	Keyless Unread
	// Sealed names the key that AWS manages for the service in the resource's account, "aws/sqs", where it encrypts what the
	// resource of another account holds: it lets nobody else in. Empty otherwise.
	Sealed string
	// Whole is the resource's own ARN where ARN is only how it is asked for: that of a secret ends in six characters more.
	Whole string
	// Advanced tells that a parameter is of the advanced tier, which is encrypted with a data key of its own, and Standard that
	// it is of the one which cannot be shared with other accounts; neither where the tier is not known.
	Advanced, Standard bool
	// BucketKey tells that S3 asks KMS for one key of the whole bucket, and not of each object.
	BucketKey bool
	// Closed tells of another account's bucket, whose policy may let everybody in, whether Block Public Access keeps
	// other accounts out; nil where that does not matter.
	Closed *Read[bool]
	// Ownership tells of a bucket to whom the objects in it belong; nil where that does not matter.
	Ownership *Read[Ownership]
	// Lock is what else decides on the use of a KMS key; nil for other kinds.
	Lock *Lock
	// Point is where an access point of S3 leads; nil for other kinds.
	Point *Point
	// API is what the API asks of callers; nil for other kinds.
	API *API
	// Parts are the policies that Policy is made of, in the order of its statements, where a resource takes several; nil
	// for other kinds.
	Parts []PolicyPart
}

// PolicyPart is one of several policies of a resource.
type PolicyPart struct {
	Name, JSON string
	// Statements is how many it holds.
	Statements int
}

// Part is which of several policies a statement of the whole is in, and its place there, both from 0; false where the
// resource takes one policy alone.
func (t Target) Part(statement int) (part, at int, several bool) {
	for i, p := range t.Parts {
		if statement < p.Statements {
			return i, statement, true
		}
		statement -= p.Statements
	}
	return 0, 0, false
}

// Point is where an access point of S3 leads, and who gets through.
type Point struct {
	// Bucket is the name of its bucket, and BucketAccount that one's owner; empty where S3 does not say.
	Bucket, BucketAccount string
	// Inside is true where it takes requests from a VPC alone, and VPC is that one's id.
	Inside bool
	VPC    string
}

// ObjectLambda tells of an access point that it is one at which a function changes the objects on their way.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/transforming-objects.html
func (t Target) ObjectLambda() bool {
	arn, _ := ParseARN(t.ARN)
	return arn.Service == "s3-object-lambda"
}

// Origin is whether it takes requests of everybody's networks, as S3 calls it.
func (p *Point) Origin() string {
	if p.Inside {
		return "VPC"
	}
	return "Internet"
}

// Behind is the bucket or object that a request on the access point is for; false where it is for the access point itself,
// and where the bucket is not known.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
func (p *Point) Behind(t Target, resource string) (string, bool) {
	arn, err := ParseARN(t.ARN)
	if p == nil || p.Bucket == "" || err != nil {
		return "", false
	}
	bucket := ARN{Partition: arn.Partition, Service: "s3", Resource: p.Bucket}.String()
	key, below := strings.CutPrefix(resource, t.ARN+"/object/")
	switch {
	case resource == t.ARN:
		return bucket, true
	case below:
		return bucket + "/" + key, true
	}
	return "", false
}

// Lock is what besides its policy decides on the use of a KMS key.
type Lock struct {
	// State is Enabled, Disabled, PendingDeletion, …
	State string
	// AWSManaged tells that the key is one that AWS made for a service: its policy lets everybody of the account use it
	// through that service, and nobody else.
	AWSManaged bool
	Grants     []iampolicy.KMSGrant
}

// Usable tells whether the state lets the key be used, and whether that is known. A primary key that waits until its
// replicas are gone is in no use any more.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
// https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
func (l *Lock) Usable() (usable, known bool) {
	switch l.State {
	case "Enabled", "Updating":
		return true, true
	case "Disabled", "PendingDeletion", "PendingReplicaDeletion", "PendingImport", "Unavailable", "Creating":
		return false, true
	}
	return false, false
}

// Name is the resource's name for people: "queue jobs".
func (t Target) Name() string {
	name := t.ARN
	if arn, err := ParseARN(t.ARN); err == nil {
		name = arn.Resource
	}
	name = strings.TrimPrefix(name, "function:")
	for _, kind := range []string{"secret:", "log-group:"} { // of which the names hold slashes
		if whole, is := strings.CutPrefix(name, kind); is {
			return string(t.Kind) + " " + whole
		}
	}
	return string(t.Kind) + " " + name[strings.IndexByte(name, '/')+1:]
}

// Tagged is the ARN of what carries the tags: of a table's stream the table, of a version or alias the function. Consumers
// of streams have tags of their own.
//
// https://docs.aws.amazon.com/streams/latest/dev/tagging.html
func (t Target) Tagged() string {
	switch t.Kind {
	case TargetTableStream:
		return t.Holder()
	case TargetAPI:
		return t.managed()
	case TargetFunction:
		if whole, part := t.Unqualified(); part {
			return whole.ARN
		}
	}
	return t.ARN
}

// Holder is the ARN of what holds the data that is had through the target, and so is encrypted: of a table's stream the
// table, of a stream's consumer the stream.
func (t Target) Holder() string {
	switch t.Kind {
	case TargetTableStream:
		return beginning(t.ARN, "/stream/")
	case TargetConsumer:
		return beginning(t.ARN, "/consumer/")
	}
	return t.ARN
}

// managed is the ARN by which API Gateway manages an API, which knows no account.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
func (t Target) managed() string {
	arn, err := ParseARN(t.ARN)
	if err != nil {
		return t.ARN
	}
	kind := "/restapis/"
	if t.API != nil && t.API.Kind != TriggerRESTAPI {
		kind = "/apis/"
	}
	return ARN{Partition: arn.Partition, Service: "apigateway", Region: arn.Region, Resource: kind + arn.Resource}.String()
}

// Unqualified is the function of which the target is a version or alias; false where it is none.
func (t Target) Unqualified() (Target, bool) {
	ref, err := ParseFunctionARN(t.ARN)
	if t.Kind != TargetFunction || err != nil || ref.Qualifier == "" {
		return Target{}, false
	}
	t.ARN = ref.ARN
	return t, true
}

// Registry is what holds a repository; false for other kinds.
//
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
func (t Target) Registry() (Target, bool) {
	arn, err := ParseARN(t.ARN)
	if t.Kind != TargetRepository || err != nil {
		return Target{}, false
	}
	arn.Resource = "registry/" + arn.Account
	return Target{Kind: TargetRegistry, ARN: arn.String(), Account: arn.Account}, true
}

// targetService says of one service which kind of target an ARN names and what of its last part the policy is attached
// to; empty where it is none.
type targetService func(arn ARN) (kind TargetKind, resource string)

// targetServices are by the service of an ARN.
var targetServices = map[string]targetService{
	"kms":            func(arn ARN) (TargetKind, string) { return TargetKey, alone(named(arn.Resource, "key/")) },
	"sqs":            func(arn ARN) (TargetKind, string) { return TargetQueue, arn.Resource },
	"sns":            func(arn ARN) (TargetKind, string) { return TargetTopic, beginning(arn.Resource, ":") },
	"secretsmanager": func(arn ARN) (TargetKind, string) { return TargetSecret, named(arn.Resource, "secret:") },
	"kinesis": func(arn ARN) (TargetKind, string) {
		if consumer := consumerName.FindString(arn.Resource); consumer != "" {
			return TargetConsumer, consumer
		}
		return TargetStream, alone(named(arn.Resource, "stream/"))
	},
	"lambda": func(arn ARN) (TargetKind, string) {
		function := named(arn.Resource, "function:")
		if strings.Count(function, ":") > 2 || strings.Contains(function, "/") {
			return TargetFunction, ""
		}
		return TargetFunction, strings.TrimSuffix(function, ":"+Latest)
	},
	"ecr": func(arn ARN) (TargetKind, string) { return TargetRepository, named(arn.Resource, "repository/") },
	"elasticfilesystem": func(arn ARN) (TargetKind, string) {
		return TargetFileSystem, alone(named(arn.Resource, "file-system/"))
	},
	"events": func(arn ARN) (TargetKind, string) { return TargetBus, named(arn.Resource, "event-bus/") },
	"es": func(arn ARN) (TargetKind, string) {
		domain, _, _ := strings.Cut(strings.TrimPrefix(named(arn.Resource, "domain/"), "domain/"), "/")
		if domain == "" {
			return TargetDomain, ""
		}
		return TargetDomain, "domain/" + domain
	},
	"s3files": func(arn ARN) (TargetKind, string) {
		return TargetS3Files, alone(named(arn.Resource, "file-system/"))
	},
	"kafka": func(arn ARN) (TargetKind, string) {
		// A cluster's name and id stand in the ARNs of all that is in it: topic/NAME/ID/TOPIC.
		parts := strings.SplitN(arn.Resource, "/", 4)
		in := slices.Contains([]string{"topic", "group", "transactional-id"}, parts[0])
		if len(parts) < 3 || parts[1] == "" || parts[2] == "" || parts[0] != "cluster" && !in || in != (len(parts) == 4) {
			return TargetCluster, ""
		}
		return TargetCluster, "cluster/" + parts[1] + "/" + parts[2]
	},
	"ses":         func(arn ARN) (TargetKind, string) { return TargetIdentity, below(arn.Resource, "identity/") },
	"execute-api": func(arn ARN) (TargetKind, string) { return TargetAPI, beginning(arn.Resource, "/") },
	"ssm":         func(arn ARN) (TargetKind, string) { return TargetParameter, named(arn.Resource, "parameter/") },
	"logs": func(arn ARN) (TargetKind, string) {
		group, _, _ := strings.Cut(strings.TrimPrefix(named(arn.Resource, "log-group:"), "log-group:"), ":")
		if group == "" {
			return TargetLogGroup, ""
		}
		return TargetLogGroup, "log-group:" + group
	},
	"s3": func(arn ARN) (TargetKind, string) {
		if point := named(arn.Resource, "accesspoint/"); point != "" && arn.Account != "" {
			name, _, _ := strings.Cut(strings.TrimPrefix(point, "accesspoint/"), "/")
			return TargetAccessPoint, "accesspoint/" + name
		}
		if arn.Account != "" || arn.Region != "" {
			return TargetBucket, ""
		}
		return TargetBucket, beginning(arn.Resource, "/")
	},
	"s3-object-lambda": func(arn ARN) (TargetKind, string) {
		name, _, _ := strings.Cut(strings.TrimPrefix(named(arn.Resource, "accesspoint/"), "accesspoint/"), "/")
		if name == "" {
			return TargetAccessPoint, ""
		}
		return TargetAccessPoint, "accesspoint/" + name
	},
	"dynamodb": func(arn ARN) (TargetKind, string) {
		table := named(arn.Resource, "table/")
		parts := strings.Split(table, "/")
		if len(parts) == 4 && parts[2] == "stream" {
			return TargetTableStream, table
		}
		if len(parts) < 2 || len(parts) > 2 && parts[2] != "index" {
			return TargetTable, ""
		}
		return TargetTable, parts[0] + "/" + parts[1]
	},
}

// consumerName is what Kinesis calls a consumer: by its stream, its name and the second in which it was registered.
//
// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetResourcePolicy.html
var consumerName = regexp.MustCompile(`^stream/[^/]+/consumer/[^/:]+:[0-9]+$`)

func beginning(text, until string) string {
	before, _, _ := strings.Cut(text, until)
	return before
}

// named is a resource of one type, empty for others.
func named(resource, prefix string) string {
	if !strings.HasPrefix(resource, prefix) {
		return ""
	}
	return resource
}

// below is a resource of one type whose name may hold slashes, empty for others and without a name.
func below(resource, prefix string) string {
	if resource == prefix {
		return ""
	}
	return named(resource, prefix)
}

// alone is a resource that is not part of another one.
func alone(resource string) string {
	if strings.Count(resource, "/") > 1 {
		return ""
	}
	return resource
}

// TargetOf is the target whose policy AWS consults for a call on the resource, without what must be read; false where
// the kind of resource carries none, and where the ARN does not name one resource.
func TargetOf(resource string) (Target, bool) {
	arn, err := ParseARN(resource)
	if err != nil || len(iampolicy.UnknownNames(resource)) > 0 {
		return Target{}, false
	}
	service, known := targetServices[arn.Service]
	if !known {
		return Target{}, false
	}
	var kind TargetKind
	if kind, arn.Resource = service(arn); arn.Resource == "" || strings.ContainsAny(arn.Resource, "*?") {
		return Target{}, false
	}
	return Target{Kind: kind, ARN: arn.String(), Account: arn.Account}, true
}

// TargetKinds lists the kinds of targets, sorted.
func TargetKinds() []TargetKind {
	return []TargetKind{TargetAPI, TargetAccessPoint, TargetBucket, TargetBus, TargetCluster, TargetConsumer, TargetDomain, TargetFileSystem, TargetFunction, TargetLogGroup, TargetParameter, TargetQueue, TargetRepository, TargetS3Files, TargetIdentity, TargetSecret, TargetStream, TargetTable, TargetTableStream, TargetTopic}
}

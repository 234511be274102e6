package declare

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// kind is a kind of resource that a shorthand knows.
type kind uint8

const (
	bucket kind = iota + 1
	queue
	topic
	table
	stream
	delivery
	secret
	parameter
	key
	function
	machine
	bus
	role
	endpoint
	model
)

// nameForm is the form of names, compiled when it is first needed: lengths make such expressions large, and few scans declare
// anything.
func nameForm(form string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(form) })
}

// kinds says how each kind is written as service:name and what stands before the name in its ARN.
var kinds = []struct {
	kind    kind
	service string
	// before is what the resource part of the ARN begins with; the name follows.
	before string
	// place is region and account as they stand in the ARN.
	place string
	name  func() *regexp.Regexp
}{
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	{bucket, "s3", "", ":", nameForm(`^[a-zA-Z0-9._-]{3,255}(/[ -~]*)?$`)},
	{queue, "sqs", "", Region + ":" + Account, nameForm(`^[a-zA-Z0-9_-]{1,80}(\.fifo)?$`)},
	{topic, "sns", "", Region + ":" + Account, nameForm(`^[a-zA-Z0-9_-]{1,256}(\.fifo)?$`)},
	{table, "dynamodb", "table/", Region + ":" + Account, nameForm(`^[a-zA-Z0-9._-]{3,255}(/index/[a-zA-Z0-9._-]{3,255}|/stream/[0-9T:.-]+)?$`)},
	{stream, "kinesis", "stream/", Region + ":" + Account, nameForm(`^[a-zA-Z0-9._-]{1,128}$`)},
	{delivery, "firehose", "deliverystream/", Region + ":" + Account, nameForm(`^[a-zA-Z0-9._-]{1,64}$`)},
	{secret, "secretsmanager", "secret:", Region + ":" + Account, nameForm(`^[a-zA-Z0-9/_+=.@-]{1,512}$`)},
	{parameter, "ssm", "parameter/", Region + ":" + Account, nameForm(`^[a-zA-Z0-9._/-]+$`)},
	{key, "kms", "key/", Region + ":" + Account, nameForm(`^(mrk-)?[0-9a-zA-Z-]{1,64}$`)},
	{function, "lambda", "function:", Region + ":" + Account, nameForm(`^[a-zA-Z0-9_-]{1,140}(:(\$LATEST|[a-zA-Z0-9_-]{1,128}))?$`)},
	{machine, "states", "stateMachine:", Region + ":" + Account, nameForm(`^[a-zA-Z0-9_-]{1,80}$`)},
	{bus, "events", "event-bus/", Region + ":" + Account, nameForm(`^[a-zA-Z0-9._/-]{1,256}$`)},
	{role, "iam", "role/", ":" + Account, nameForm(`^[\w+=,.@/-]{1,576}$`)},
	{endpoint, "execute-api", "", Region + ":" + Account, nameForm(`^[A-Za-z0-9]+/[ -~]+$`)},
	{model, "bedrock", "foundation-model/", Region + ":", nameForm(`^[a-zA-Z0-9.:-]{1,256}$`)},
}

// aliasName is another name of a key, which stands for it: permissions are decided on the key.
//
// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
var aliasName = nameForm(`^alias/[a-zA-Z0-9/_-]{1,250}$`)

// reference is one resource that a shorthand names.
type reference struct {
	kind kind
	arn  string
	// name is what the user knows it by: of a bucket with the key or prefix behind it.
	name string
}

// queueURL is the address of a queue, in the form that SQS gives and in the older ones.
//
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
var queueURL = regexp.MustCompile(`^https://(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue|queue)\.amazonaws\.com(?:\.cn)?/([0-9]{12})/([a-zA-Z0-9_.-]+)$`)

// refer reads a resource as people write it: an ARN, an s3:// URL, a queue's URL, service:name, or the name alone where
// only one kind can be meant.
func refer(text string, only kind) (reference, error) {
	if text == "" || strings.TrimSpace(text) != text {
		return reference{}, fmt.Errorf("%s is no resource: white space around it or nothing in it", quote(text))
	}
	if strings.ContainsAny(text, "*?") {
		hint := ""
		if trimmed := strings.TrimRight(text, "*"); strings.HasSuffix(trimmed, "/") && !strings.ContainsAny(trimmed, "*?") {
			hint = fmt.Sprintf(", or all under a prefix by %s", quote(trimmed))
		}
		return reference{}, fmt.Errorf("%s holds a wildcard: name one resource that the code calls%s", quote(text), hint)
	}
	if rest, ok := strings.CutPrefix(text, "s3://"); ok {
		return named(bucket, rest, text)
	}
	if m := queueURL.FindStringSubmatch(text); m != nil {
		region := m[1] + m[2]
		if region == "" {
			region = "us-east-1" // queue.amazonaws.com is the oldest region's
		}
		return reference{kind: queue, arn: "arn:" + Partition + ":sqs:" + region + ":" + m[3] + ":" + m[4], name: m[4]}, nil
	}
	if strings.HasPrefix(text, "arn:") {
		return referARN(text)
	}
	for _, k := range kinds {
		if name, ok := strings.CutPrefix(text, k.service+":"); ok {
			return named(k.kind, name, text)
		}
	}
	if only == 0 {
		return reference{}, fmt.Errorf("%s does not say of which service it is: give the ARN, an s3:// URL, a queue's URL, or service:name as in sqs:orders", quote(text))
	}
	return named(only, text, text)
}

// named is a resource by its kind and name.
func named(which kind, name, text string) (reference, error) {
	for _, k := range kinds {
		if k.kind != which {
			continue
		}
		if which == parameter || which == role {
			name = strings.TrimPrefix(name, "/")
		}
		if which == key && aliasName().MatchString(name) {
			return reference{kind: key, arn: "arn:" + Partition + ":kms:" + k.place + ":" + name, name: name}, nil
		}
		if !k.name().MatchString(name) {
			return reference{}, fmt.Errorf("%s is no name of a resource of %s", quote(text), k.service)
		}
		return reference{kind: which, arn: "arn:" + Partition + ":" + k.service + ":" + k.place + ":" + k.before + name, name: name}, nil
	}
	return reference{}, fmt.Errorf("%s is of no kind that is known", quote(text))
}

// referARN finds the kind of an ARN.
func referARN(text string) (reference, error) {
	parts, err := splitARN(text)
	if err != nil {
		return reference{}, err
	}
	if parts[2] == "kms" && aliasName().MatchString(parts[5]) {
		return reference{kind: key, arn: text, name: parts[5]}, nil
	}
	for _, k := range kinds {
		name, ok := strings.CutPrefix(parts[5], k.before)
		if parts[2] != k.service || !ok {
			continue
		}
		if !k.name().MatchString(name) {
			return reference{}, fmt.Errorf("%s is no ARN of a resource of %s", quote(text), k.service)
		}
		return reference{kind: k.kind, arn: text, name: name}, nil
	}
	return reference{}, fmt.Errorf("%s is of no kind that a shorthand knows: declare it with actions and resources", quote(text))
}

var (
	partitionName = regexp.MustCompile(`^aws(-[a-z]+)*$`)
	regionName    = regexp.MustCompile(`^[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}$`)
	accountID     = regexp.MustCompile(`^[0-9]{12}$`)
)

// splitARN checks the form of an ARN and splits it in its six parts.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func splitARN(text string) ([]string, error) {
	// The pseudo parameters hold colons.
	hidden := strings.NewReplacer(Partition, "\x01", Region, "\x02", Account, "\x03").Replace(text)
	parts := strings.SplitN(hidden, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] == "" || parts[5] == "" {
		return nil, fmt.Errorf("%s is no ARN: it has six parts, arn:partition:service:region:account:resource", quote(text))
	}
	switch {
	case parts[1] != "\x01" && !partitionName.MatchString(parts[1]):
		return nil, fmt.Errorf("%s is no ARN: %s is no partition", quote(text), quote(parts[1]))
	case parts[3] != "" && parts[3] != "\x02" && !regionName.MatchString(parts[3]):
		return nil, fmt.Errorf("%s is no ARN: %s is no region", quote(text), quote(parts[3]))
	case parts[4] != "" && parts[4] != "\x03" && parts[4] != "aws" && !accountID.MatchString(parts[4]):
		return nil, fmt.Errorf("%s is no ARN: %s is no account of 12 digits", quote(text), quote(parts[4]))
	}
	back := strings.NewReplacer("\x01", Partition, "\x02", Region, "\x03", Account)
	for i := range parts {
		parts[i] = back.Replace(parts[i])
	}
	return parts, nil
}

// explicitResource reads one of the resources beside actions. One that ends in a slash is everything under it.
func explicitResource(text string) (Call, error) {
	if text == "*" {
		return Call{Resource: text}, nil
	}
	if strings.HasPrefix(text, "arn:") && !strings.ContainsAny(text, "*?") {
		parts, err := splitARN(text)
		if err != nil {
			return Call{}, err
		}
		if rest := parts[5]; strings.HasSuffix(rest, "/") {
			return Call{Resource: text + sample, Grant: text + "*"}, nil
		}
		return Call{Resource: text}, nil
	}
	ref, err := refer(text, 0)
	if err != nil {
		return Call{}, err
	}
	return ref.exact(), nil
}

// exact is the resource as it was named, a sample of it where it is a prefix.
func (r reference) exact() Call {
	switch {
	case strings.HasSuffix(r.arn, "/"):
		return Call{Resource: r.arn + sample, Grant: r.arn + "*"}
	case r.kind == secret:
		return r.secret()
	}
	return Call{Resource: r.arn}
}

// object is an object of a bucket: the one that is named, or any under the prefix.
func (r reference) object() Call {
	if !strings.Contains(r.name, "/") {
		return Call{Resource: r.arn + "/" + sample, Grant: r.arn + "/*"}
	}
	return r.exact()
}

// secretSuffix is what Secrets Manager puts behind a secret's name in its ARN.
//
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
var secretSuffix = regexp.MustCompile(`-[a-zA-Z0-9]{6}$`)

// secret is a secret by its name, whose suffix is not known, or by its whole ARN.
func (r reference) secret() Call {
	if !strings.HasPrefix(r.arn, "arn:"+Partition+":secretsmanager:"+Region+":"+Account) && secretSuffix.MatchString(r.arn) {
		return Call{Resource: r.arn}
	}
	return Call{Resource: r.arn + "-a1B2c3", Grant: r.arn + "-??????"}
}

// bucketARN is the ARN of an object's bucket, and the prefix behind it.
func (r reference) bucketARN() (arn, prefix string) {
	name, prefix, _ := strings.Cut(r.name, "/")
	return strings.TrimSuffix(r.arn, r.name) + name, prefix
}

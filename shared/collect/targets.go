package collect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"
)

// targetReaders says how the policy of each kind of target is read.
//
// To add a kind: a constant and a line of targetServices in package fact, a reader here, and the permission that it takes.
func targetReaders() map[fact.TargetKind]targetReader {
	one := func(operation, permission string, read readTarget) targetReader {
		return targetReader{call{Operation: operation, Permission: permission}, read}
	}
	return map[fact.TargetKind]targetReader{
		fact.TargetQueue:       one("sqs:GetQueueAttributes", "sqs:GetQueueAttributes", (*Collector).queue),
		fact.TargetTopic:       one("sns:GetTopicAttributes", "sns:GetTopicAttributes", (*Collector).topic),
		fact.TargetBucket:      one("s3:GetBucketPolicy", "s3:GetBucketPolicy", (*Collector).bucket),
		fact.TargetAccessPoint: one("s3:GetAccessPointPolicy", "s3:GetAccessPointPolicy", (*Collector).point),
		fact.TargetTable:       one("dynamodb:GetResourcePolicy", "dynamodb:GetResourcePolicy", (*Collector).table),
		fact.TargetTableStream: one("dynamodb:GetResourcePolicy", "dynamodb:GetResourcePolicy", (*Collector).table),
		fact.TargetStream:      one("kinesis:GetResourcePolicy", "kinesis:GetResourcePolicy", (*Collector).stream),
		fact.TargetConsumer:    one("kinesis:GetResourcePolicy", "kinesis:GetResourcePolicy", (*Collector).stream),
		fact.TargetSecret:      one("secretsmanager:GetResourcePolicy", "secretsmanager:GetResourcePolicy", (*Collector).secret),
		fact.TargetKey:         one("kms:GetKeyPolicy", "kms:GetKeyPolicy", (*Collector).key),
		fact.TargetFunction:    one("lambda:GetPolicy", "lambda:GetPolicy", (*Collector).called),
		fact.TargetRepository:  one("ecr:GetRepositoryPolicy", "ecr:GetRepositoryPolicy", (*Collector).repository),
		fact.TargetRegistry:    one("ecr:GetRegistryPolicy", "ecr:GetRegistryPolicy", (*Collector).registryPolicy),
		fact.TargetFileSystem:  one("elasticfilesystem:DescribeFileSystemPolicy", "elasticfilesystem:DescribeFileSystemPolicy", (*Collector).fileSystem),
		fact.TargetDomain:      one("es:DescribeDomain", "es:DescribeDomain", (*Collector).domain),
		fact.TargetS3Files:     one("s3files:GetFileSystemPolicy", "s3files:GetFileSystemPolicy", (*Collector).s3Files),
		fact.TargetCluster:     one("kafka:GetClusterPolicy", "kafka:GetClusterPolicy", (*Collector).cluster),
		fact.TargetIdentity:    one("ses:ListIdentityPolicies", "ses:ListIdentityPolicies", (*Collector).identity),
		fact.TargetAPI:         one("apigateway:GetRestApis", "apigateway:GET", (*Collector).gate),
		fact.TargetBus:         one("events:DescribeEventBus", "events:DescribeEventBus", (*Collector).bus),
	}
}

// readTarget reads the policy of a target of the Collector's own account; an empty policy is none.
type readTarget func(c *Collector, ctx context.Context, t fact.Target, region string) (carried, error)

// carried is what is learned of a target.
type carried struct {
	policy, key string
	whole       string      // the resource's own ARN, where it may be another
	keyless     fact.Unread // why the key is not known
	bucketKey   bool
	lock        *fact.Lock
	point       *fact.Point
	api         *fact.API
	parts       []fact.PolicyPart // instead of the policy, of what takes several
}

type targetReader struct {
	// call is the one that shows the policy; its resource is the target.
	call call
	read readTarget
}

// noPolicy are the codes by which the services say that the resource is there and has no policy.
var noPolicy = map[string]bool{
	"NoSuchBucketPolicy":      true,
	"NoSuchAccessPointPolicy": true,
	"PolicyNotFoundException": true, // DynamoDB
	"PolicyNotFound":          true, // EFS

	"RepositoryPolicyNotFoundException": true,
	"RegistryPolicyNotFoundException":   true,
}

// Targets reads the policies of the targets that have not been read yet, each once.
func (c *Collector) Targets(ctx context.Context, facts *fact.Facts, targets []fact.Target) {
	var wanted []fact.Target
	wants := map[string]bool{}
	for _, t := range targets {
		if _, asked := facts.Targets[t.ARN]; !asked && !wants[t.ARN] {
			wants[t.ARN] = true
			wanted = append(wanted, t)
		}
	}
	of := func(kind fact.TargetKind) []fact.Target {
		return slices.DeleteFunc(slices.Clone(wanted), func(t fact.Target) bool { return t.Kind != kind })
	}
	var parameters, groups map[string]fact.Read[fact.Target]
	var many errgroup.Group
	many.Go(func() error { parameters = c.storedParameters(ctx, of(fact.TargetParameter)); return nil })
	many.Go(func() error { groups = c.storedGroups(ctx, of(fact.TargetLogGroup)); return nil })
	read := make([]fact.Read[fact.Target], len(wanted))
	forEach(ctx, len(wanted), func(ctx context.Context, i int) {
		if kind := wanted[i].Kind; kind == fact.TargetParameter || kind == fact.TargetLogGroup {
			return
		}
		known := false
		if read[i], known = targetOfFunction(facts, wanted[i]); known {
			return
		}
		if read[i], known = c.targetOfAPI(facts, wanted[i]); !known {
			read[i] = c.target(ctx, wanted[i])
		}
	})
	_ = many.Wait() // what could not be read is recorded
	for i := range wanted {
		switch wanted[i].Kind {
		case fact.TargetParameter:
			read[i] = parameters[wanted[i].ARN]
		case fact.TargetLogGroup:
			read[i] = groups[wanted[i].ARN]
		}
	}
	if facts.Targets == nil {
		facts.Targets = map[string]fact.Read[fact.Target]{}
	}
	var found []fact.Target
	for i := range wanted {
		if t, known := read[i].Value(); known {
			found = append(found, t)
			continue
		}
		facts.Targets[wanted[i].ARN] = read[i]
	}
	c.holderKeys(ctx, facts, found)
	for _, t := range found {
		if _, of := holderReaders()[t.Kind]; of {
			key := facts.HolderKeys[t.Holder()]
			t.Key, _ = key.Value()
			t.Keyless, _ = key.Unread()
		}
		if t.Key != "" {
			c.resolveKey(ctx, facts, &t)
		}
		facts.Targets[t.ARN] = fact.Known(t)
	}
}

// inBatches reads targets of a kind that one call shows many of, those of one account and Region together.
func inBatches(
	ctx context.Context, c *Collector, wanted []fact.Target, size int, some func(context.Context, []fact.Target) map[string]fact.Read[fact.Target],
) map[string]fact.Read[fact.Target] {
	type place struct{ account, region string }
	groups := map[place][]fact.Target{}
	for _, t := range wanted {
		at := place{t.Account, regionOf(t, c.Account.Region)}
		groups[at] = append(groups[at], t)
	}
	var batches [][]fact.Target
	for _, group := range groups {
		batches = append(batches, slices.Collect(slices.Chunk(group, size))...)
	}
	read := make([]map[string]fact.Read[fact.Target], len(batches))
	forEach(ctx, len(batches), func(ctx context.Context, i int) { read[i] = some(ctx, batches[i]) })
	out := map[string]fact.Read[fact.Target]{}
	for _, one := range read {
		maps.Copy(out, one)
	}
	return out
}

func (c *Collector) target(ctx context.Context, t fact.Target) fact.Read[fact.Target] {
	if t.Kind == fact.TargetAccessPoint {
		if why := unreadPoint(t); why != nil {
			return fact.NotRead[fact.Target](*why)
		}
	}
	reader, known := targetReaders()[t.Kind]
	if !known {
		return fact.NotRead[fact.Target](fact.Unread{Reason: fmt.Sprintf("nothing reads the policy of a %s", t.Kind)})
	}
	get := reader.call
	get.Resource = t.ARN
	if t.Kind == fact.TargetAPI {
		get = gateCall(t)
	}
	if t.Kind == fact.TargetRegistry || t.Kind == fact.TargetIdentity {
		get.Resource = "*" // the action knows no type of resource
	}
	owner, why := c.in(ctx, t.Account, get)
	if owner == nil {
		return fact.NotRead[fact.Target](why)
	}
	said, err := reader.read(owner, ctx, t, regionOf(t, c.Account.Region))
	if t.Account == "" && isRefused(err) {
		said, err = c.amongOthers(ctx, &t, reader, said, err)
	}
	switch {
	case hasNone(err):
		t.Policy = fact.Absent[fact.ResourcePolicy]()
	case isNotFound(err):
		return fact.Absent[fact.Target]()
	case isElsewhere(err):
		return fact.NotRead[fact.Target](fact.Unread{Operation: get.Operation, Reason: "it is in another Region"})
	case err != nil:
		return fact.NotRead[fact.Target](c.asRole(t.Account, asked(get, err).unread(err)))
	default:
		t.Policy, t.Lock, t.Point = attached(t, get, said.policy), said.lock, said.point
	}
	if len(said.parts) > 0 {
		t.Policy, t.Parts = attachedAll(t, get, textsOf(said.parts)), said.parts
	}
	if !said.keyless.IsZero() {
		said.keyless = c.asRole(t.Account, said.keyless)
	}
	t.API = said.api
	t.Key, t.Keyless, t.BucketKey, t.Whole = said.key, said.keyless, said.bucketKey, said.whole
	t.Closed = c.closed(ctx, t)
	return fact.Known(t)
}

// amongOthers looks in the other accounts for the owner of a bucket that this account may not read, for a bucket's ARN
// does not name it. Only the owner's account gets the policy.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
func (c *Collector) amongOthers(ctx context.Context, t *fact.Target, reader targetReader, said carried, refused error) (carried, error) {
	for _, account := range c.readAccounts() {
		owner, _ := c.in(ctx, account, reader.call)
		if owner == nil || account == c.Account.ID {
			continue
		}
		found, err := reader.read(owner, ctx, *t, c.Account.Region)
		if err == nil || hasNone(err) {
			t.Account = account
			return found, err
		}
	}
	return said, refused
}

// hasNone tells whether a service says that the resource is there and has no policy.
func hasNone(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && noPolicy[api.ErrorCode()]
}

// attached is the policy in an answer; absent where the text is empty.
func attached(t fact.Target, get call, text string) fact.Read[fact.ResourcePolicy] {
	if text == "" {
		return fact.Absent[fact.ResourcePolicy]()
	}
	policy, err := iampolicy.Parse([]byte(text), iampolicy.Resource)
	if err != nil {
		return fact.NotRead[fact.ResourcePolicy](fact.Unread{Operation: get.Operation,
			Reason: fmt.Sprintf("the policy of the %s is not understood: %v", t.Name(), err)})
	}
	return fact.Known(fact.ResourcePolicy{Policy: policy.WithName("policy of the " + t.Name()), JSON: text})
}

// regionOf is the Region in a target's ARN, in which it is asked about.
func regionOf(t fact.Target, otherwise string) string {
	if arn, err := fact.ParseARN(t.ARN); err == nil && arn.Region != "" {
		return arn.Region
	}
	return otherwise
}

package collect

import (
	"context"
	"errors"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// KeysAPI is what is read from KMS.
type KeysAPI interface {
	kms.ListGrantsAPIClient
	DescribeKey(context.Context, *kms.DescribeKeyInput, ...func(*kms.Options)) (*kms.DescribeKeyOutput, error)
	GetKeyPolicy(context.Context, *kms.GetKeyPolicyInput, ...func(*kms.Options)) (*kms.GetKeyPolicyOutput, error)
}

var _ KeysAPI = (*kms.Client)(nil)

// refusedCall is an error of another call than the one that shows a target's policy.
type refusedCall struct {
	operation string
	err       error
}

func (r *refusedCall) Error() string { return r.operation + ": " + r.err.Error() }
func (r *refusedCall) Unwrap() error { return r.err }

// key reads a key's policy, state and grants: any of them may let a role in or keep it out.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/control-access.html
func (c *Collector) key(ctx context.Context, t fact.Target, region string) (carried, error) {
	in := func(o *kms.Options) { o.Region = region }
	policy, err := c.Keys.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: aws.String(t.ARN)}, in)
	if err != nil {
		return carried{}, err
	}
	described, err := c.Keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(t.ARN)}, in)
	if err != nil {
		return carried{}, &refusedCall{"kms:DescribeKey", err}
	}
	out := carried{policy: aws.ToString(policy.Policy), lock: &fact.Lock{}}
	if key := described.KeyMetadata; key != nil {
		out.lock.State, out.lock.AWSManaged = string(key.KeyState), key.KeyManager == types.KeyManagerTypeAws
	}
	pages := kms.NewListGrantsPaginator(c.Keys, &kms.ListGrantsInput{KeyId: aws.String(t.ARN), Limit: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, in)
		if err != nil {
			return carried{}, &refusedCall{"kms:ListGrants", err}
		}
		for i := range page.Grants {
			out.lock.Grants = append(out.lock.Grants, reduceGrant(&page.Grants[i]))
		}
	}
	return out, nil
}

// reduceGrant leaves a grant's name behind, which is text of its maker's.
func reduceGrant(g *types.GrantListEntry) iampolicy.KMSGrant {
	out := iampolicy.KMSGrant{ID: aws.ToString(g.GrantId), Grantee: aws.ToString(g.GranteePrincipal)}
	if out.Grantee == "" {
		out.Grantee = aws.ToString(g.GranteeServicePrincipal)
	}
	for _, operation := range g.Operations {
		out.Operations = append(out.Operations, string(operation))
	}
	if limits := g.Constraints; limits != nil {
		out.ContextSubset, out.ContextEquals, out.SourceARN = limits.EncryptionContextSubset, limits.EncryptionContextEquals, aws.ToString(limits.SourceArn)
	}
	return out
}

// resolveKey is the ARN of the key that a resource names; empty for AWS's own, whose policies let the account's
// principals in and no others. An alias is asked for, once a run.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
func (c *Collector) resolveKey(ctx context.Context, facts *fact.Facts, t *fact.Target) {
	name, region := t.Key, regionOf(*t, c.Account.Region)
	owner := t.Account
	if owner == "" {
		owner = c.Account.ID
	}
	switch {
	case name == "":
		return
	case strings.Contains(name, "alias/aws/"):
		if t.Key = ""; owner != c.Account.ID {
			_, t.Sealed, _ = strings.Cut(name, "alias/")
		}
		return
	case strings.HasPrefix(name, "arn:") && !strings.Contains(name, ":alias/"), len(iampolicy.UnknownNames(name)) > 0:
		return
	case strings.HasPrefix(name, "arn:"): // the alias may be another account's, or in another Region
		if arn, err := fact.ParseARN(name); err == nil {
			owner, region = arn.Account, arn.Region
		}
	case strings.HasPrefix(name, "alias/"):
		name = fact.ARN{Partition: c.Account.Partition, Service: "kms", Region: region, Account: owner, Resource: name}.String()
	default:
		t.Key = fact.ARN{Partition: c.Account.Partition, Service: "kms", Region: region, Account: owner, Resource: "key/" + name}.String()
		return
	}
	t.Key = name
	if arn, known := c.askAlias(ctx, facts, name, owner, region).Value(); known {
		t.Key = arn
	}
}

// keyAliases reads which keys the aliases stand for that code is declared to call by.
func (c *Collector) keyAliases(ctx context.Context, names []string, facts *fact.Facts) {
	for _, name := range names {
		if arn, err := fact.ParseARN(name); err == nil {
			c.askAlias(ctx, facts, name, arn.Account, arn.Region)
		}
	}
}

// askAlias is the ARN of the key that the ARN of an alias stands for; what is known already is not asked for.
func (c *Collector) askAlias(ctx context.Context, facts *fact.Facts, name, owner, region string) fact.Read[string] {
	if read, asked := facts.KeyAliases[name]; asked {
		return read
	}
	read := fact.Read[string]{}
	ask := call{Operation: "kms:DescribeKey", Permission: "kms:DescribeKey", Resource: name}
	if in, why := c.in(ctx, owner, ask); in != nil {
		read = in.alias(ctx, name, region)
	} else {
		read = fact.NotRead[string](why)
	}
	if why, unread := read.Unread(); unread && owner != c.Account.ID {
		read = fact.NotRead[string](c.asRole(owner, why))
	}
	if facts.KeyAliases == nil {
		facts.KeyAliases = map[string]fact.Read[string]{}
	}
	facts.KeyAliases[name] = read
	return read
}

func (c *Collector) alias(ctx context.Context, name, region string) fact.Read[string] {
	ask := call{Operation: "kms:DescribeKey", Permission: "kms:DescribeKey", Resource: name}
	out, err := c.Keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(name)}, func(o *kms.Options) { o.Region = region })
	switch {
	case isNotFound(err):
		return fact.Absent[string]()
	case err != nil:
		return fact.NotRead[string](ask.unread(err))
	case out.KeyMetadata == nil || aws.ToString(out.KeyMetadata.Arn) == "":
		return fact.NotRead[string](fact.Unread{Operation: ask.Operation, Reason: ask.Operation + " does not say which key " + name + " stands for"})
	}
	return fact.Known(aws.ToString(out.KeyMetadata.Arn))
}

// asked is the call that an error is about.
func asked(get call, err error) call {
	var part *refusedRead
	if errors.As(err, &part) {
		return part.call
	}
	var other *refusedCall
	if errors.As(err, &other) {
		get.Operation, get.Permission = other.operation, other.operation
		if other.operation == pointRead {
			get.Resource = "*" // which knows no type of resource
		}
	}
	return get
}

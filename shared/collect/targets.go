package collect

import (
	"context"
	"fmt"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// targetReaders says how the policy of each kind of target is read. A reader fills in what it learns of the target, or
// says that there is no such resource; the account is the probe's own.
//
// To add a kind: a constant and a line of targetServices in package fact, a reader here, and the permission that it takes.
var targetReaders = map[fact.TargetKind]targetReader{
	fact.TargetQueue: {call{Operation: "sqs:GetQueueAttributes", Permission: "sqs:GetQueueAttributes"}, (*Collector).queue},
}

type targetReader struct {
	// call is the one that shows the policy; its resource is the target.
	call call
	read func(*Collector, context.Context, call, fact.Target) fact.Read[fact.Target]
}

// Targets reads the policies of the targets that have not been read yet, each once.
func (c *Collector) Targets(ctx context.Context, facts *fact.Facts, targets []fact.Target) {
	var wanted []fact.Target
	for _, t := range targets {
		if _, asked := facts.Targets[t.ARN]; !asked {
			wanted = append(wanted, t)
		}
	}
	read := make([]fact.Read[fact.Target], len(wanted))
	forEach(ctx, len(wanted), func(ctx context.Context, i int) { read[i] = c.target(ctx, wanted[i]) })
	if facts.Targets == nil {
		facts.Targets = map[string]fact.Read[fact.Target]{}
	}
	for i := range wanted {
		facts.Targets[wanted[i].ARN] = read[i]
	}
}

func (c *Collector) target(ctx context.Context, t fact.Target) fact.Read[fact.Target] {
	reader, known := targetReaders[t.Kind]
	if !known {
		return fact.NotRead[fact.Target](fact.Unread{Reason: fmt.Sprintf("nothing reads the policy of a %s", t.Kind)})
	}
	get := reader.call
	get.Resource = t.ARN
	if t.Account != "" && t.Account != c.Account.ID {
		return fact.NotRead[fact.Target](fact.Unread{
			Operation: get.Operation, Permission: get.Permission, Resource: get.Resource,
			Reason: fmt.Sprintf("it belongs to account %s, where %s by a role that may %s would show it", t.Account, get.Operation, get.Permission),
		})
	}
	return reader.read(c, ctx, get, t)
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

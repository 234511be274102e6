package fact

import (
	"slices"
	"strings"

	"permprobe/shared/iampolicy"
)

// TargetKind is a kind of resource that functions call and that may carry a policy of its own.
type TargetKind string

// The kinds of targets.
const (
	TargetQueue TargetKind = "queue"
)

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
}

// Name is the resource's name for people: "queue jobs".
func (t Target) Name() string {
	name := t.ARN
	if arn, err := ParseARN(t.ARN); err == nil {
		name = arn.Resource
	}
	return string(t.Kind) + " " + name[strings.IndexByte(name, '/')+1:]
}

// targetServices says by the service of an ARN which kind of target it is, and what of its last part the policy is
// attached to; empty where it is none.
var targetServices = map[string]struct {
	kind TargetKind
	of   func(ARN) string
}{
	"sqs": {TargetQueue, func(arn ARN) string { return arn.Resource }},
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
	if arn.Resource = service.of(arn); arn.Resource == "" || strings.ContainsAny(arn.Resource, "*?") {
		return Target{}, false
	}
	return Target{Kind: service.kind, ARN: arn.String(), Account: arn.Account}, true
}

// TargetKinds lists the kinds of targets, sorted.
func TargetKinds() []TargetKind {
	var kinds []TargetKind
	for _, one := range targetServices {
		if !slices.Contains(kinds, one.kind) {
			kinds = append(kinds, one.kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

package need

import (
	"slices"
	"strings"

	"permprobe/shared/fact"
)

// Target is the resource with a policy of its own that the need is a call on; false where there is none. Roles are left
// out: their trust policies are facts of the roles.
func (n *Need) Target() (fact.Target, bool) {
	if n.Kind != Identity && n.Kind != Service || !n.Unread.IsZero() || n.Open != "" || n.Trigger != nil {
		return fact.Target{}, false // the policies of functions that triggers call are facts of the functions
	}
	switch n.Purpose {
	case Objects, Listing, Meant:
		return fact.Target{}, false // no call: these follow from the text of policies
	}
	// Users name secrets without the six characters at the end of their ARNs, and so may who asks for the policy.
	if name, unfinished := strings.CutSuffix(n.Granted(), "-??????"); unfinished {
		return fact.TargetOf(name)
	}
	target, has := fact.TargetOf(n.Resource)
	if target.Kind == fact.TargetParameter && n.Grant != "" {
		return fact.Target{}, false // any parameter under a path: which there are is not known
	}
	return target, has
}

// ByCode tells whether the function's code makes the call, and not Lambda for the function.
func (n *Need) ByCode() bool {
	return n.Purpose == Declared || n.Purpose == Optional || n.Purpose == Inferred || n.Purpose == Seen || n.Purpose == Refused
}

// Targets are the resources with policies of their own that the needs are calls on, each once, sorted.
func Targets(needs []Need) []fact.Target {
	var targets []fact.Target
	seen := map[string]bool{}
	add := func(t fact.Target) {
		if !seen[t.ARN] {
			seen[t.ARN] = true
			targets = append(targets, t)
		}
	}
	for i := range needs {
		if t, has := needs[i].Target(); has {
			add(t)
			if whole, part := t.Unqualified(); part {
				add(whole)
			}
			if registry, held := t.Registry(); held {
				add(registry)
			}
		}
	}
	slices.SortFunc(targets, func(a, b fact.Target) int { return strings.Compare(a.ARN, b.ARN) })
	return targets
}

// Uses tells whether the need is for what the state of a KMS key must let: work with it, and not a look at it.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
func (n *Need) Uses() bool {
	switch name := strings.ToLower(n.Action); {
	case !strings.HasPrefix(name, "kms:"):
		return false
	default:
		return slices.Contains([]string{"kms:decrypt", "kms:encrypt", "kms:generatemac", "kms:verifymac", "kms:sign", "kms:verify", "kms:creategrant"}, name) ||
			strings.HasPrefix(name, "kms:generatedatakey") || strings.HasPrefix(name, "kms:reencrypt")
	}
}

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
	switch {
	case target.Kind == fact.TargetParameter && n.Grant != "":
		return fact.Target{}, false // any parameter under a path: which there are is not known
	case target.Kind == fact.TargetLogGroup && !concernsKey(n.Action):
		return fact.Target{}, false // it has no policy, and the call takes nothing of its key
	case target.Kind == fact.TargetDomain && !inDomain(n.Action), target.Kind == fact.TargetS3Files && !strings.HasPrefix(strings.ToLower(n.Action), "s3files:client"):
		return fact.Target{}, false // calls on its settings, of which its policy says nothing
	}
	return target, has
}

// inDomain tells whether an action is one on what an OpenSearch domain holds: a request to the domain itself, by its method.
//
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html#ac-types-resource
func inDomain(action string) bool { return strings.HasPrefix(strings.ToLower(action), "es:eshttp") }

// intoDomain makes a call that names a domain alone one on its root: requests carry a path, which policies name by the
// domain's ARN with /* behind it.
func (n *Need) intoDomain() {
	target, is := fact.TargetOf(n.Resource)
	if is && target.Kind == fact.TargetDomain && target.ARN == n.Resource && n.Grant == "" && inDomain(n.Action) {
		n.Resource, n.Grant = target.ARN+"/", target.ARN+"/*"
	}
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
		if t, has := needs[i].Target(); has && !needs[i].OwnersOnly() {
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

// changesOfParameters are the actions that no sharing grants: other accounts read what is shared with them.
//
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html#sharing-permissions
var changesOfParameters = []string{"ssm:PutParameter", "ssm:DeleteParameter", "ssm:DeleteParameters", "ssm:LabelParameterVersion", "ssm:UnlabelParameterVersion"}

// OwnersOnly tells of a call on a parameter of another account that it changes the parameter, which only its owner's
// account may, whatever any policy says. The parameters that AWS publishes name no account.
func (n *Need) OwnersOnly() bool {
	t, has := n.Target()
	caller, err := fact.ParseARN(n.Role)
	return has && t.Kind == fact.TargetParameter && t.Account != "" && err == nil && caller.Account != t.Account &&
		slices.ContainsFunc(changesOfParameters, func(action string) bool { return strings.EqualFold(action, n.Action) })
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

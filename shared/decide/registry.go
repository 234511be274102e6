package decide

import (
	"cmp"
	"fmt"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// consultRegistry looks at the policy of the registry that holds a called repository, which ECR enforces in all requests: a Deny
// in it counts. What it allows is meant for the registry, and that it is enough for a call on a repository is not documented.
//
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
func (d *Decision) consultRegistry(facts *fact.Facts, registry fact.Target, answer Answer) {
	own := registry.Account == facts.Account.ID
	grants := !d.Explicit && d.Guardrail == "" && (d.ByTarget || own && !isFalse(answer.Organizations))
	d.byRegistry(facts, registry, grants, func(t *fact.Target, p *iampolicy.Policy) []*iampolicy.Case {
		if own && !d.ByTarget && d.Verdict == Denied && grants {
			return []*iampolicy.Case{TargetCase(facts, d.Need, t, p)} // nothing else allows
		}
		return []*iampolicy.Case{TargetAllows(facts, d.Need, t, p)}
	})
}

// byRegistry adds what the registry's policy has to say: cases are the calls, put to a policy; grants tells whether an allow
// in it could matter.
func (d *Decision) byRegistry(facts *fact.Facts, registry fact.Target, grants bool, cases func(*fact.Target, *iampolicy.Policy) []*iampolicy.Case) {
	open := func(why fact.Unread) {
		d.Verdict, d.ByTarget, d.Explicit, d.Refusal, d.Unread = Unknown, false, false, nil, why
	}
	read := facts.Targets[registry.ARN]
	target, known := read.Value()
	policy, has := target.Policy.Value()
	why, unread := read.Unread()
	if known {
		why, unread = target.Policy.Unread()
	}
	switch {
	case unread && !why.Elsewhere && d.Verdict == Allowed:
		why.Reason = fmt.Sprintf("what the policy of the %s in %s denies, which counts for all of its repositories, is not known: %s", registry.Name(), regionOf(registry), why.Reason)
		open(why)
		return
	case !has:
		return
	}
	for _, c := range cases(&target, policy.Policy.Opened()) {
		if own, err := iampolicy.Parse([]byte(allowAll), iampolicy.Identity); err == nil && c.Identity == nil && d.Need.Kind == need.Identity {
			c.Identity = []*iampolicy.Policy{own}
		}
		switch refusal, why := refused(c, &target, policy.Policy); {
		case refusal != nil && refusal.Explicit:
			refusal.Besides = d.Refusal != nil || d.Verdict == Denied && d.ByTarget
			d.refusedBy(refusal)
			return
		case !why.IsZero() && d.Verdict == Allowed:
			open(why)
			return
		}
	}
	if d.Verdict != Denied || !grants {
		return
	}
	for _, c := range cases(&target, policy.Policy) {
		if result := Settle(c); result.Decision != iampolicy.Allowed && (result.Decision != iampolicy.Undetermined || result.Denied) {
			return
		}
	}
	open(fact.Unread{Reason: fmt.Sprintf("nothing allows %s on the repository but, as far as is known, the policy of the %s in %s, and whether that is enough is not documented",
		d.Need.Action, registry.Name(), regionOf(registry))})
}

// RegistryAllows are the calls of a need, put to the Deny statements of a registry's policy alone.
func RegistryAllows(facts *fact.Facts, n *need.Need, registry *fact.Target, policy *iampolicy.Policy) []*iampolicy.Case {
	if n.Kind == need.Pull {
		return PullCases(facts, n, registry, policy.Opened())
	}
	return []*iampolicy.Case{TargetAllows(facts, n, registry, policy.Opened())}
}

func regionOf(t fact.Target) string {
	arn, _ := fact.ParseARN(t.ARN)
	return cmp.Or(arn.Region, "its Region")
}

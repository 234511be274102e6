package decide

import (
	"cmp"
	"fmt"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// Pulls decides whether Lambda may pull the images of functions whose repositories are known. Lambda pulls in its own name
// and must be let in by the repository's policy; within an account the role's own policies do as well, and a repository
// without a policy gets Lambda's statement when the function is created. Another account's repository must let the
// function's account in besides.
//
// https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions
func Pulls(facts *fact.Facts) []Decision {
	needs := need.Pulls(facts)
	decisions := make([]Decision, len(needs))
	for i := range needs {
		decisions[i].Need = &needs[i]
		decisions[i].pull(facts)
		decisions[i].pullFromRegistry(facts)
	}
	return decisions
}

func (d *Decision) pull(facts *fact.Facts) {
	named, has := fact.TargetOf(d.Need.Resource)
	read := facts.Targets[named.ARN]
	target, known := read.Value()
	why, _ := read.Unread()
	if !has {
		why = fact.Unread{Reason: d.Need.Resource + " is no repository"}
	}
	policy, attached := target.Policy.Value()
	if known && !attached && !target.Policy.IsAbsent() {
		why, _ = target.Policy.Unread()
	}
	own := named.Account == facts.Account.ID
	switch {
	case !why.IsZero():
		why.Reason = fmt.Sprintf("whether Lambda may %s from the %s is not known: %s", d.Need.Action, named.Name(), why.Reason)
		d.Unread = why
		return
	case read.IsAbsent():
		d.Unread = fact.Unread{Reason: fmt.Sprintf("there is no %s", named.Name())}
		return
	case !attached && own:
		d.Verdict = Allowed
		return
	}
	for _, c := range PullCases(facts, d.Need, &target, policy.Policy) {
		refusal, why := refused(c, &target, policy.Policy)
		if own && refusal != nil && !refusal.Explicit {
			healed, open := d.pulledByRole(facts, &target, policy.Policy)
			if healed {
				refusal = nil
			}
			why = open
			if !open.IsZero() {
				refusal = nil
			}
		}
		switch {
		case refusal != nil:
			d.Verdict, d.Unread = Allowed, fact.Unread{} // but for the repository
			d.refusedBy(refusal)
			return
		case !why.IsZero():
			d.Unread = why
		}
	}
	if d.Unread.IsZero() {
		d.Verdict = Allowed
	}
}

// pullFromRegistry lets the registry have its say.
func (d *Decision) pullFromRegistry(facts *fact.Facts) {
	named, _ := fact.TargetOf(d.Need.Resource)
	if registry, held := named.Registry(); held && d.Verdict != Unknown {
		d.byRegistry(facts, registry, d.Verdict == Denied && !d.Explicit, func(t *fact.Target, p *iampolicy.Policy) []*iampolicy.Case {
			return PullCases(facts, d.Need, t, p)
		})
	}
}

// PullCases are the calls on a repository by which Lambda gets an image, put to the repository's policy: Lambda's own, and
// on another account's repository that of somebody of the function's account, of whom no more is known.
func PullCases(facts *fact.Facts, n *need.Need, target *fact.Target, policy *iampolicy.Policy) []*iampolicy.Case {
	owner := cmp.Or(target.Account, facts.Account.ID)
	cases := []*iampolicy.Case{{
		Principal: iampolicy.Service(n.Principal), Action: n.Action, Resource: n.Resource, ResourceAccount: owner, ResourcePolicy: policy,
		Context: serviceContext(facts, n.Context),
	}}
	if owner == facts.Account.ID {
		return cases
	}
	somebody := func(name string) *iampolicy.Case {
		c := &iampolicy.Case{
			Action: n.Action, Resource: n.Resource, ResourceAccount: owner, ResourcePolicy: policy,
			Context: iampolicy.NewContext(map[string][]string{"aws:PrincipalAccount": {facts.Account.ID}, "aws:SecureTransport": {"true"}}).WithUnknown("*"),
		}
		// Both texts are our own and parse; otherwise the case is none and is undetermined.
		c.Principal, _ = iampolicy.ParsePrincipal(fmt.Sprintf("arn:%s:iam::%s:role/%s", facts.Account.Partition, facts.Account.ID, name))
		if own, err := iampolicy.Parse([]byte(allowAll), iampolicy.Identity); err == nil {
			c.Identity = []*iampolicy.Policy{own}
		}
		return c
	}
	// A policy that lets any role in lets that one in; where it names roles, it is not known whether it names that one.
	anybody := somebody("whoever-creates-the-function")
	if Settle(anybody).Decision != iampolicy.Allowed {
		anybody = somebody(fact.Open("who creates the function"))
	}
	return append(cases, anybody)
}

// pulledByRole tells whether the function's role may pull from a repository of its account, or why that is not known.
func (d *Decision) pulledByRole(facts *fact.Facts, target *fact.Target, policy *iampolicy.Policy) (bool, fact.Unread) {
	role, why := roleOf(facts, d.Need.Role)
	if !why.IsZero() {
		return false, why
	}
	policies, known := role.Policies.Value()
	if !known {
		why, _ = role.Policies.Unread()
		return false, why
	}
	c := TargetCase(facts, d.Need, target, policy)
	c.Identity = policies
	if boundary, bounded := role.Boundary.Value(); bounded {
		c.Boundary = boundary
	} else if why, unread := role.Boundary.Unread(); unread {
		return false, why
	}
	switch result := Settle(c); {
	case result.Decision == iampolicy.Allowed:
		return true, fact.Unread{}
	case result.Decision == iampolicy.Undetermined && !result.Denied:
		return false, fact.Unread{Reason: fmt.Sprintf("whether %s may %s from the %s depends on what is not known: %s",
			fact.RoleName(d.Need.Role), d.Need.Action, target.Name(), result.Reason)}
	}
	return false, fact.Unread{}
}

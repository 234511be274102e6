package decide

import (
	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// decideTrust asks the role's trust policy whether Lambda may assume the role. The simulator never
// evaluates trust policies.
func decideTrust(facts *fact.Facts, d *Decision) {
	if facts.Roles[d.Need.Role].IsAbsent() {
		d.Verdict = Denied // what does not exist cannot be assumed
		return
	}
	role, why := roleOf(facts, d.Need.Role)
	if !why.IsZero() {
		d.Unread = why
		return
	}
	trust, known := role.Trust.Value()
	if !known {
		d.Unread, _ = role.Trust.Unread()
		return
	}
	d.settle(TrustCase(facts, d, trust), "the trust policy of "+d.Need.Role)
}

// TrustCase is the request that Lambda makes when it assumes the role, put to a trust policy.
func TrustCase(facts *fact.Facts, d *Decision, trust *iampolicy.Policy) *iampolicy.Case {
	return &iampolicy.Case{
		Principal:       iampolicy.Service(d.Need.Principal),
		Action:          d.Need.Action,
		Resource:        d.Need.Resource,
		ResourceAccount: facts.Account.ID,
		Context:         serviceContext(facts, d.Need.Context),
		ResourcePolicy:  trust,
	}
}

// decideInvoke asks the policy of the exact qualifier whether the trigger may call the function.
func decideInvoke(facts *fact.Facts, d *Decision) {
	read, asked := facts.Policies[d.Need.Function]
	policy, known := read.Value()
	switch {
	case !asked:
		d.Unread = fact.Unread{Reason: "the policy of " + d.Need.Function.String() + " was not read"}
	case known:
		d.settle(InvokeCase(facts, d, policy.Policy), "the policy of "+d.Need.Function.String())
	case read.IsAbsent():
		d.Verdict = Denied
	default:
		d.Unread, _ = read.Unread()
	}
}

// InvokeCase is the request that the trigger makes, put to a function's policy.
func InvokeCase(facts *fact.Facts, d *Decision, policy *iampolicy.Policy) *iampolicy.Case {
	return &iampolicy.Case{
		Principal:       iampolicy.Service(d.Need.Principal),
		Action:          d.Need.Action,
		Resource:        d.Need.Resource,
		ResourceAccount: facts.Account.ID,
		Context:         serviceContext(facts, d.Need.Context),
		ResourcePolicy:  policy,
	}
}

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
	what := "the trust policy of " + d.Need.Role
	d.settle(TrustCase(facts, d, trust), what)
	if d.Need.Also == "" || d.Verdict == Allowed || d.Explicit {
		return
	}
	second := *d.Need
	second.Principal = d.Need.Also
	other := Decision{Need: &second}
	other.settle(TrustCase(facts, &other, trust), what)
	if other.Verdict == Allowed || d.Verdict == Denied && other.Verdict == Unknown {
		other.Need = d.Need
		*d = other
	}
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
		if d.Need.Also != "" {
			decideAlso(facts, d, policy.Policy)
		}
	case read.IsAbsent():
		d.Verdict = Denied
	default:
		d.Unread, _ = read.Unread()
		return
	}
	if asked && d.Need.Function.Qualifier != "" {
		consultUnqualified(facts, d)
	}
}

// decideAlso decides the same call under the principal's second name: an allow of either is one, and a deny too.
func decideAlso(facts *fact.Facts, d *Decision, policy *iampolicy.Policy) {
	second := *d.Need
	second.Principal = d.Need.Also
	other := Decision{Need: &second}
	other.settle(InvokeCase(facts, &other, policy), "the policy of "+d.Need.Function.String())
	if other.Explicit || d.Verdict == Denied && !d.Explicit && other.Verdict != Denied {
		other.Need = d.Need
		*d = other
	}
}

// consultUnqualified looks at the policy of the function itself for a call of an alias or version: AWS's samples
// put statements there that name all of them, without saying that AWS consults them. A deny there counts; an allow
// leaves the call undecided.
//
// https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
func consultUnqualified(facts *fact.Facts, d *Decision) {
	function := fact.FunctionRef{ARN: d.Need.Function.ARN}
	policy, known := facts.Policies[function].Value()
	if !known || d.Explicit {
		return
	}
	c := InvokeCase(facts, d, policy.Policy)
	c.ResourcePolicyARN = function.ARN
	switch result := c.Decide(); {
	case result.Decision == iampolicy.ExplicitDeny:
		d.Verdict, d.Explicit, d.Unread = Denied, true, fact.Unread{}
		d.Element, d.Detail = "", ""
		if len(result.Matched) > 0 {
			d.cite(result.Matched[0])
		}
	case result.Decision == iampolicy.Undetermined && !result.Denied && d.Verdict == Denied:
		d.Verdict = Unknown
		d.Unread = fact.Unread{Reason: "the policy of " + d.Need.Function.String() + " does not allow the call, and whether that of the function itself counts is not known: " + result.Reason}
	}
}

// InvokeCase is the request that the trigger makes, put to a function's policy.
func InvokeCase(facts *fact.Facts, d *Decision, policy *iampolicy.Policy) *iampolicy.Case {
	c := &iampolicy.Case{
		Principal:       iampolicy.Service(d.Need.Principal),
		Action:          d.Need.Action,
		Resource:        d.Need.Resource,
		ResourceAccount: facts.Account.ID,
		ResourcePolicy:  policy,
	}
	if t := d.Need.Trigger; t != nil && (t.Kind.IsURL() || t.Credentials != "" || t.Caller != "") {
		byName(facts, d.Need, c)
		return c
	}
	keys := d.Need.Context
	if t := d.Need.Trigger; t != nil && t.Kind == fact.TriggerDistribution {
		c.Context = urlContext(facts, keys)
		return c
	}
	c.Context = serviceContext(facts, keys)
	return c
}

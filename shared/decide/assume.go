package decide

import (
	"fmt"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// consultTrust adds to the simulator's answer what it leaves out: it does not look at the trust policy of the role
// that is assumed, which must allow the call too, and which alone is enough where it names the caller of its own
// account.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func consultTrust(facts *fact.Facts, d *Decision) {
	if d.Verdict == Unknown || d.Explicit || d.Guardrail != "" {
		return // no trust policy changes these
	}
	undecided := func(why fact.Unread) {
		if d.Verdict == Allowed {
			d.Verdict, d.Unread = Unknown, why
		}
	}
	target := d.Need.Resource
	if _, read := facts.Roles[target]; !read && need.OwnerOf(target) != facts.Account.ID {
		undecided(fact.Unread{Reason: fmt.Sprintf("%s belongs to another account: whether its trust policy lets %s assume it cannot be read here", target, d.Need.Role)})
		return
	}
	role, why := roleOf(facts, target)
	if !why.IsZero() {
		if other := namesake(facts, target, isGone); other != "" && facts.Roles[target].IsAbsent() {
			why.Reason += "; " + other + ", which is spelt almost the same, does"
		}
		undecided(why)
		return
	}
	trust, known := role.Trust.Value()
	if !known {
		why, _ := role.Trust.Unread()
		undecided(why)
		return
	}
	c, err := AssumeCase(facts, d, trust)
	if err != nil {
		undecided(fact.Unread{Reason: fmt.Sprintf("whether %s lets %s assume it is not decided: %v", target, d.Need.Role, err)})
		return
	}
	result := c.Decide()
	switch {
	case result.Decision == iampolicy.Allowed && d.Verdict == Denied:
		d.Verdict, d.ByTarget, d.Policy, d.Statement, d.Element, d.Detail = Allowed, true, trust.Name(), "", "", ""
	case result.Decision == iampolicy.Allowed, d.Verdict == Denied:
		// Both sides agree, or the role lacks what it needs whatever the other side says.
	case result.Decision == iampolicy.Undetermined && !result.Denied:
		undecided(fact.Unread{Reason: fmt.Sprintf("the trust policy of %s does not decide: %s", target, result.Reason)})
	default:
		d.Verdict, d.ByTarget = Denied, true
		d.Explicit = result.Decision == iampolicy.ExplicitDeny
		d.Policy = trust.Name()
		if near, ok := c.NearMiss(); ok && near.Ref.Policy == trust {
			d.cite(near.Ref)
			d.Element, d.Detail = near.Element, near.Detail
		}
	}
}

// AssumeCase is the call by which a role assumes another one, put to that one's trust policy. Where the
// simulator said that the caller's own policies and guardrails allow it, they are taken as they were answered.
func AssumeCase(facts *fact.Facts, d *Decision, trust *iampolicy.Policy) (*iampolicy.Case, error) {
	return roleCase(facts, d, need.OwnerOf(d.Need.Resource), trust, d.Verdict == Allowed || d.ByTarget)
}

// roleCase is the call of a role, put to the policy of what it calls, whose owner is given. Keys that
// are neither of every such call nor absent for certain are unknown. allowed tells that the role's own side allows it; where it does
// not, its boundary still binds what the policy grants.
func roleCase(facts *fact.Facts, d *Decision, owner string, policy *iampolicy.Policy, allowed bool, absent ...string) (*iampolicy.Case, error) {
	principal, err := iampolicy.ParsePrincipal(d.Need.Role)
	if err != nil {
		return nil, err
	}
	keys := map[string][]string{
		"aws:PrincipalArn": {d.Need.Role}, "aws:PrincipalAccount": {facts.Account.ID}, "aws:PrincipalType": {"AssumedRole"},
		"aws:CurrentTime": {facts.Time.UTC().Format(time.RFC3339)}, "aws:SecureTransport": {"true"},
	}
	for _, name := range absent {
		keys[name] = nil
	}
	c := &iampolicy.Case{
		Principal: principal, Action: d.Need.Action, Resource: d.Need.Resource, ResourceAccount: owner,
		Context: iampolicy.NewContext(keys).WithUnknown("*"), ResourcePolicy: policy,
	}
	if allowed {
		allow, err := iampolicy.Parse([]byte(allowAll), iampolicy.Identity)
		if err != nil {
			return nil, err
		}
		c.Identity = []*iampolicy.Policy{allow}
		return c, nil
	}
	caller, _ := facts.Roles[d.Need.Role].Value()
	if boundary, bounded := caller.Boundary.Value(); bounded {
		c.Boundary = boundary
	} else if why, unread := caller.Boundary.Unread(); unread {
		return nil, fmt.Errorf("the permissions boundary of the caller is not known: %s", why)
	}
	return c, nil
}

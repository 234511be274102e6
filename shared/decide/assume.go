package decide

import (
	"fmt"
	"strings"
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
func consultTrust(facts *fact.Facts, d *Decision, answer Answer) {
	if d.Verdict == Unknown {
		return
	}
	arn := d.Need.Resource
	target := fact.Target{Kind: fact.TargetRole, ARN: arn, Account: need.OwnerOf(arn)}
	own := target.Account == facts.Account.ID
	undecided := func(why fact.Unread) {
		switch {
		case d.Verdict == Allowed:
			d.Verdict, d.Unread = Unknown, why
		case own && why.Elsewhere:
			d.Unless = "the trust policy of " + fact.RoleName(arn)
		}
	}
	if _, read := facts.Roles[arn]; !read && !own {
		undecided(fact.Unread{Operation: "iam:GetRole", Permission: "iam:GetRole", Resource: arn, Reason: fmt.Sprintf(
			"%s belongs to another account: whether its trust policy lets %s assume it is not known; iam:GetRole in account %s by a role that may iam:GetRole would show it (readRoles in probe.yaml names such roles)",
			arn, d.Need.Role, target.Account)})
		return
	}
	role, why := roleOf(facts, arn)
	if !why.IsZero() {
		if other := namesake(facts, arn, isGone); other != "" && facts.Roles[arn].IsAbsent() {
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
	target.Policy = fact.Known(fact.ResourcePolicy{Policy: trust, JSON: role.TrustJSON})
	refusal, why := refused(TargetAllows(facts, d.Need, &target, trust), &target, trust)
	switch {
	case d.Verdict == Allowed && refusal != nil:
		d.refusedBy(refusal)
	case d.Verdict == Allowed:
		if !why.IsZero() {
			undecided(undeclared(d.Need, why))
		}
	case refusal != nil:
		d.Refusal = refusal
	case own && !d.Explicit && d.Guardrail == "":
		d.heal(facts, &target, trust, answer, func(why fact.Unread) { d.Verdict, d.Unread = Unknown, undeclared(d.Need, why) })
	}
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
	ofOrganization(facts, keys, owner == facts.Account.ID)
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

// externalID is what a role may ask of whom it lets assume it; the code that calls knows it.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
const externalID = "sts:ExternalId"

// undeclared adds how what a trust policy depends on can be told.
func undeclared(n *need.Need, why fact.Unread) fact.Unread {
	if n.Context[externalID] == nil && strings.Contains(strings.ToLower(why.Reason), strings.ToLower(externalID)) {
		why.Reason += "; if the code sends an external id, externalId beside the declaration says it"
	}
	return why
}

package decide

import (
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// The request keys that name the organization of the caller, and of what is called.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgid
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceorgid
const (
	principalOrg = "aws:PrincipalOrgID"
	resourceOrg  = "aws:ResourceOrgID"
)

// ofOrganization adds to the request keys of a call of the account's own role what is known of the organization; own tells
// that what is called belongs to the account as well. An account without an organization has neither its id nor a path in it.
func ofOrganization(facts *fact.Facts, keys map[string][]string, own bool) {
	id, known := facts.Organization.Value()
	var values []string
	if known {
		values = []string{id}
	}
	if !known && !facts.Organization.IsAbsent() {
		return
	}
	keys[principalOrg] = values
	if own {
		keys[resourceOrg] = values
	}
	if !known {
		keys["aws:PrincipalOrgPaths"] = nil
		if own {
			keys["aws:ResourceOrgPaths"] = nil
		}
	}
}

// Organizational tells whether a decision is open of which a policy asks for the organization, which is not known yet.
func Organizational(facts *fact.Facts, decisions []Decision) bool {
	why, unread := facts.Organization.Unread()
	if !unread || why.Operation != "" {
		return false // known, or asked in vain
	}
	for i := range decisions {
		if d := &decisions[i]; d.Verdict == Unknown && !d.owned && asksForOrganization(facts, d) {
			return true
		}
	}
	return false
}

// asksForOrganization tells whether one of the policies that decide besides the role's has a condition on the organization.
func asksForOrganization(facts *fact.Facts, d *Decision) bool {
	var policies []*iampolicy.Policy
	consulted := func(t fact.Target) {
		target, _ := facts.Targets[t.ARN].Value()
		policy, _ := target.Policy.Value()
		policies = append(policies, policy.Policy)
	}
	if target, has := d.Need.Target(); has {
		consulted(target)
		if whole, part := target.Unqualified(); part {
			consulted(whole)
		}
		if registry, held := target.Registry(); held {
			consulted(registry)
		}
	}
	if d.Need.Assumes() {
		role, _ := facts.Roles[d.Need.Resource].Value()
		trust, _ := role.Trust.Value()
		policies = append(policies, trust)
	}
	if d.Need.Trigger != nil {
		for _, ref := range []fact.FunctionRef{d.Need.Function, {ARN: d.Need.Function.ARN}} {
			policy, _ := facts.Policies[ref].Value()
			policies = append(policies, policy.Policy)
		}
	}
	for _, policy := range policies {
		if policy == nil {
			continue
		}
		for _, statement := range policy.Statements() {
			for _, condition := range statement.Conditions() {
				if strings.EqualFold(condition.Key, principalOrg) || strings.EqualFold(condition.Key, resourceOrg) {
					return true
				}
			}
		}
	}
	return false
}

// withoutOrganization adds to an open decision that the organization could not be read.
func (d *Decision) withoutOrganization(facts *fact.Facts) {
	why, unread := facts.Organization.Unread()
	if d.Verdict != Unknown || d.owned || !unread || why.Operation == "" || d.Unread.Permission != "" || !asksForOrganization(facts, d) {
		return
	}
	d.Unread.Operation, d.Unread.Permission, d.Unread.Resource = why.Operation, why.Permission, why.Resource
	d.Unread.Reason += "; the organization of the account is not known: " + why.Reason + " (organization in probe.yaml names it)"
}

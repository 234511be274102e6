package decide

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// Granting finds the statement that allows a need that the simulator allowed, or that the trust policy allows; false
// where the policies that are known do not hold it.
func Granting(facts *fact.Facts, d *Decision) (Decision, bool) {
	role, known := facts.Roles[d.Need.Role].Value()
	if !known || d.Verdict != Allowed {
		return Decision{}, false
	}
	var c *iampolicy.Case
	if trust, isKnown := role.Trust.Value(); d.Question == (Question{}) && isKnown {
		c = TrustCase(facts, d, trust)
	} else if policies, isKnown := role.Policies.Value(); d.Question != (Question{}) && isKnown {
		c = identityCase(d, policies)
	} else {
		return Decision{}, false
	}
	result := c.Decide()
	if result.Decision != iampolicy.Allowed || len(result.Matched) == 0 {
		return Decision{}, false
	}
	out := Decision{Need: d.Need}
	out.cite(result.Matched[0])
	return out, true
}

// Grant is an action on a resource as a statement of one role allows it, and what another role may of it.
type Grant struct {
	Action, Resource string
	// Policy and StatementID are where the statement stands.
	Policy, StatementID string
	// Other is the decision for the other role; Undetermined where it has a part of it, or has it under conditions.
	Other iampolicy.Decision
	// OtherDetail names the other role's closest statement and what in it does not fit.
	OtherDetail string
}

// Beyond lists what statements of a role allow and another role is not allowed for certain, each once, sorted, at most
// limit; more tells whether there are further ones. What a Deny or the boundary of the role takes away again is none. twin gives the resource that belongs to the other role's function
// as the given one belongs to the first's: its own log group, say. A statement of the same words counts as the same
// whatever its conditions are.
func Beyond(role, other fact.Role, twin func(resource string) string, limit int) (grants []Grant, more bool) {
	policies, known := role.Policies.Value()
	others, alsoKnown := other.Policies.Value()
	if !known || !alsoKnown {
		return nil, false
	}
	boundary, _ := other.Boundary.Value()
	fence, _ := role.Boundary.Value()
	worded := map[[2]string]bool{}
	eachGrant(others, func(_ *iampolicy.Policy, _ *iampolicy.Statement, action, resource string) {
		worded[[2]string{strings.ToLower(action), resource}] = true
	})
	seen := map[[2]string]bool{}
	eachGrant(policies, func(policy *iampolicy.Policy, statement *iampolicy.Statement, action, resource string) {
		key := [2]string{strings.ToLower(action), resource}
		if seen[key] {
			return
		}
		seen[key] = true
		own := MisfitCase(role.ARN, opened(action), opened(resource), policies)
		if own.Boundary = fence; resource == "*" {
			own.Resource = iampolicy.Unknown("any resource")
		}
		if taken := own.Decide(); taken.Denied || taken.Decision == iampolicy.ExplicitDeny || taken.Decision == iampolicy.ImplicitDeny {
			return
		}
		c := MisfitCase(other.ARN, opened(action), opened(twin(resource)), others)
		c.Boundary = boundary
		if resource == "*" {
			c.Resource = iampolicy.Unknown("any resource")
		}
		result := c.Decide()
		refused := result.Decision == iampolicy.ExplicitDeny
		same := worded[key] || worded[[2]string{key[0], twin(resource)}]
		if result.Decision == iampolicy.Allowed || same && !refused {
			return
		}
		grant := Grant{
			Action: action, Resource: resource, Policy: policy.Name(), StatementID: statementID(statement), Other: result.Decision,
		}
		if result.Decision == iampolicy.Undetermined && result.Denied {
			grant.Other = iampolicy.ImplicitDeny
		}
		if near, ok := c.NearMiss(); ok && grant.Other != iampolicy.Undetermined {
			grant.OtherDetail = fmt.Sprintf("%s, %s: %s", near.Ref.Policy.Name(), statementID(near.Ref.Statement), near.Detail)
		}
		grants = append(grants, grant)
	})
	slices.SortFunc(grants, func(a, b Grant) int {
		return cmp.Or(int(b.Other)-int(a.Other), cmp.Compare(a.Action, b.Action), cmp.Compare(a.Resource, b.Resource))
	})
	if len(grants) > limit {
		return grants[:limit], true
	}
	return grants, false
}

// eachGrant calls visit for every action on every resource that the policies allow.
func eachGrant(policies []*iampolicy.Policy, visit func(p *iampolicy.Policy, s *iampolicy.Statement, action, resource string)) {
	for _, policy := range policies {
		for _, statement := range policy.Statements() {
			if statement.Effect() != iampolicy.Allow {
				continue
			}
			for _, action := range statement.Actions() {
				for _, resource := range statement.Resources() {
					visit(policy, statement, action, resource)
				}
			}
		}
	}
}

// statementID is a statement's Sid, or its place in the policy where it has none.
func statementID(s *iampolicy.Statement) string {
	return cmp.Or(s.SID(), fmt.Sprintf("#%d", s.Index()+1))
}

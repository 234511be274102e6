package decide

import (
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// uniqueID is the unique id of a role or user.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
var uniqueID = regexp.MustCompile(`^A(ROA|IDA)[A-Z0-9]{12,}$`)

// Departed finds in the policy of what is called the id of a role or user that was deleted, in a statement about the
// call: IAM writes it where the policy named that role or user. One that was made again under the same name has another
// id, so that the statement is not about it. Empty where there is none.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func Departed(facts *fact.Facts, d *Decision, policy *iampolicy.Policy) string {
	if policy == nil {
		return ""
	}
	caller, _ := facts.Roles[d.Need.Role].Value()
	refused := d.ByTarget && d.Explicit || d.Refusal != nil && d.Refusal.Explicit
	for _, statement := range policy.Statements() {
		principals := statement.Principals()
		if refused { // a Deny that exempts whom it names
			principals = statement.NotPrincipals()
		}
		if (statement.Effect() == iampolicy.Deny) != refused || !speaksOf(statement, d.Need.Action) {
			continue
		}
		for _, principal := range principals {
			if uniqueID.MatchString(principal.Value) && principal.Value != caller.ID {
				return principal.Value
			}
		}
	}
	return ""
}

// DepartedGrantee finds among the grants on a key one for the id of a role or user that was deleted, which lets it do
// what the need is about.
func DepartedGrantee(facts *fact.Facts, d *Decision, lock *fact.Lock) (grant, id string) {
	if lock == nil {
		return "", ""
	}
	caller, _ := facts.Roles[d.Need.Role].Value()
	_, operation, _ := strings.Cut(d.Need.Action, ":")
	for _, one := range lock.Grants {
		if uniqueID.MatchString(one.Grantee) && one.Grantee != caller.ID && slices.Contains(one.Operations, operation) {
			return one.ID, one.Grantee
		}
	}
	return "", ""
}

// speaksOf tells whether a statement is about an action.
func speaksOf(statement *iampolicy.Statement, action string) bool {
	if len(statement.Actions()) == 0 {
		return true // all but some: what they are is for the evaluator to say
	}
	return slices.ContainsFunc(statement.Actions(), func(pattern string) bool { return iampolicy.Covers(pattern, action, true) })
}

// PolicyOf is the policy that is known of what the need is a call on: of a role its trust policy, of a function that of
// the qualifier that is called; nil where it has none or none is known.
func PolicyOf(facts *fact.Facts, d *Decision) *iampolicy.Policy {
	if role, assumed := facts.Roles[d.Need.Resource].Value(); assumed {
		trust, _ := role.Trust.Value()
		return trust
	}
	if d.Need.Trigger != nil {
		ref := d.Need.Function
		if ref.Qualifier == latest {
			ref.Qualifier = ""
		}
		policy, _ := facts.Policies[ref].Value()
		return policy.Policy
	}
	named, has := d.Need.Target()
	if !has {
		return nil
	}
	target, _ := facts.Targets[named.ARN].Value()
	policy, _ := target.Policy.Value()
	return policy.Policy
}

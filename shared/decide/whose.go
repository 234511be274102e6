package decide

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// whoseKeys are the request keys that say whose a resource is. The ARN of a bucket does not, and the simulator was told that it is
// this account's.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount
var whoseKeys = []string{"aws:resourceaccount", "s3:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"}

// asksWhose tells whether the role's own policies ask whose a resource is.
func (d *Decision) asksWhose(facts *fact.Facts) bool {
	role, known := facts.Roles[d.Need.Role].Value()
	if !known {
		return false
	}
	policies, _ := role.Policies.Value()
	if boundary, has := role.Boundary.Value(); has {
		policies = append(slices.Clone(policies), boundary)
	}
	return slices.ContainsFunc(policies, func(p *iampolicy.Policy) bool {
		return slices.ContainsFunc(p.Statements(), func(s *iampolicy.Statement) bool {
			return slices.ContainsFunc(s.Conditions(), func(c iampolicy.Condition) bool { return slices.Contains(whoseKeys, strings.ToLower(c.Key)) })
		})
	})
}

// whose is why a call on another account's bucket is not decided then.
func (d *Decision) whose(bucket *fact.Target) fact.Unread {
	return fact.Unread{Reason: fmt.Sprintf("what the policies of %s allow depends on whose the %s is, which belongs to account %s: the simulator was asked before that was known",
		fact.RoleName(d.Need.Role), bucket.Name(), bucket.Account)}
}

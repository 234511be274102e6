package decide

import (
	"fmt"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// asNamed decides again what is refused on a resource whose name the template leaves to CloudFormation, which puts the stack's
// name before the logical id and something behind it: policies speak of such names by how they begin. It is false where the
// refusal stands.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
func (d *Decision) asNamed(facts *fact.Facts, role fact.Role) bool {
	resource, is := madeUpName(facts.MadeUp, d.Need.Resource)
	policies, known := role.Policies.Value()
	if _, unread := role.Boundary.Unread(); !is || !known || unread {
		return false
	}
	of := identityCase(d, policies)
	of.Resource = resource
	if boundary, has := role.Boundary.Value(); has {
		of.Boundary = boundary
	}
	switch result := of.Decide(); {
	case result.Decision == iampolicy.Allowed:
		d.Verdict = Allowed
	case result.Decision == iampolicy.Undetermined && !result.Denied:
		d.Unread = fact.Unread{Reason: fmt.Sprintf("whether %s may %s on %s depends on the name that CloudFormation makes up for it: %s", fact.RoleName(d.Need.Role), d.Need.Action, d.Need.Resource, result.Reason)}
	default:
		return false
	}
	return true
}

// madeUpName is a resource with the name that CloudFormation gives it in the place of its own.
func madeUpName(names map[string]string, resource string) (string, bool) {
	best := ""
	for have := range names {
		rest, begins := strings.CutPrefix(resource, have)
		if begins && (rest == "" || strings.ContainsRune(":/", rune(rest[0]))) && len(have) > len(best) {
			best = have
		}
	}
	if best == "" {
		return "", false
	}
	return names[best] + resource[len(best):], true
}

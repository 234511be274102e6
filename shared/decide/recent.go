package decide

import (
	"fmt"
	"regexp"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// spreading is how long after a change somebody may still get the old answer. IAM gives no bound; it is mostly seconds.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
const spreading = 10 * time.Minute

// Recent says what of the role changed in the last minutes, with the time: "the policy ARN changed at 2026-11-21T03:00:00Z".
// Empty where nothing did that carries a date.
func Recent(facts *fact.Facts, role string) string {
	known, ok := facts.Roles[role].Value()
	if !ok {
		return ""
	}
	var what string
	last := facts.Time.Add(-spreading)
	if known.Created.After(last) {
		what, last = "the role "+known.ARN+" was made", known.Created
	}
	for _, change := range known.Changes {
		if change.Time.After(last) {
			what, last = "the policy "+change.Policy+" was changed", change.Time
		}
	}
	if what == "" {
		return ""
	}
	return fmt.Sprintf("%s at %s", what, last.UTC().Format(time.RFC3339))
}

// uniqueRole is the unique id of a role.
var uniqueRole = regexp.MustCompile(`^AROA[A-Z0-9]{12,}$`)

// Formerly finds in the trust policy of a role that is to be assumed the unique id of a role that was deleted: IAM writes
// it where the policy named that role. It is not the id of the caller, so that it does not let the caller in. Empty where
// there is none.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func Formerly(facts *fact.Facts, d *Decision) (id, now string) {
	caller, known := facts.Roles[d.Need.Role].Value()
	target, also := facts.Roles[d.Need.Resource].Value()
	trust, readable := target.Trust.Value()
	if !known || !also || !readable || caller.ID == "" {
		return "", ""
	}
	for _, statement := range trust.Statements() {
		if statement.Effect() != iampolicy.Allow {
			continue
		}
		for _, principal := range statement.Principals() {
			if uniqueRole.MatchString(principal.Value) && principal.Value != caller.ID {
				return principal.Value, caller.ID
			}
		}
	}
	return "", ""
}

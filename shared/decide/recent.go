package decide

import (
	"fmt"
	"time"

	"permprobe/shared/fact"
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

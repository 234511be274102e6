package catalog

import (
	"fmt"
	"slices"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
)

// departed says of refused calls whether the policy of what is called, or a grant on a key, names the id of a role that
// was deleted: then it was probably about the caller before that was made again.
func departed(facts *fact.Facts, denied []*decide.Decision, found *check.Found) {
	told := map[string]bool{}
	for _, d := range denied {
		text := departure(facts, d)
		if text == "" || told[text] {
			continue
		}
		told[text] = true
		found.Finding.Cause += " " + text
	}
	if len(told) > 0 && !slices.Contains(found.Rows, "R2") {
		found.Rows = append(found.Rows, "R2")
	}
}

func departure(facts *fact.Facts, d *decide.Decision) string {
	if refuser(d) != 0 && !d.ByTarget && d.Refusal == nil {
		return "" // the role's own side refuses on purpose
	}
	role := fact.RoleName(d.Need.Role)
	if policy := decide.PolicyOf(facts, d); policy != nil {
		if id := decide.Departed(facts, d, policy); id != "" {
			return fmt.Sprintf("The %s names %s, the id of a role or user that was deleted. If that is %s made again, save the policy once more with its ARN.",
				policy.Name(), id, role)
		}
	}
	named, has := d.Need.Target()
	if !has {
		return ""
	}
	target, _ := facts.Targets[named.ARN].Value()
	if grant, id := decide.DepartedGrantee(facts, d, target.Lock); id != "" {
		return fmt.Sprintf("The grant %s on the %s is for %s, the id of a role or user that was deleted. If that is %s made again, it needs a grant of its own.",
			grant, target.Name(), id, role)
	}
	return ""
}

package decide

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// Set is questions about one role whose answers stay the same while everything that Sum is made of does: the
// role, its policies and its boundary, and the questions themselves. What cannot be seen may change the answers all
// the same, so a sum is good for some hours only.
type Set struct {
	Sum       string
	Questions []Question
}

// timed are the request keys whose value is another in every run, in lower case. Answers that may depend on them
// are never the same.
var timed = []string{"aws:currenttime", "aws:epochtime", "aws:tokenissuetime"}

// Sets divides questions by role, in the order of the questions. Left out are roles of which not everything that
// can be seen is known, and those whose policies ask for the time.
func Sets(facts *fact.Facts, questions []Question) []Set {
	index := map[string]int{}
	var sets []Set
	for _, q := range questions {
		at, seen := index[q.Role]
		if !seen {
			at = len(sets)
			index[q.Role] = at
			sets = append(sets, Set{})
		}
		sets[at].Questions = append(sets[at].Questions, q)
	}
	for i := range sets {
		if role, known := facts.Roles[sets[i].Questions[0].Role].Value(); known {
			sets[i].Sum = sum(&role, sets[i].Questions)
		}
	}
	return slices.DeleteFunc(sets, func(s Set) bool { return s.Sum == "" })
}

// sum is empty where the answers may change while nothing of this does.
func sum(role *fact.Role, questions []Question) string {
	text, whole := textOf(role)
	if !whole || slices.ContainsFunc(timed, func(key string) bool { return strings.Contains(text, key) }) {
		return ""
	}
	hash := sha256.New()
	// Lengths stand before the texts, so that none can pass for several.
	add := func(texts ...string) {
		for _, one := range texts {
			fmt.Fprintf(hash, "%d:", len(one))
			_, _ = io.WriteString(hash, one) // a hash takes everything
		}
	}
	policies, _ := role.Policies.Value()
	add(role.ARN, role.ID, fmt.Sprint(len(policies)))
	var each []string
	for _, policy := range policies {
		each = append(each, policyText(policy))
	}
	slices.Sort(each)
	add(each...)
	if boundary, has := role.Boundary.Value(); has {
		add("boundary", policyText(boundary))
	}
	var lines []string
	for _, q := range questions {
		keys := q.Context.Keys()
		maps.DeleteFunc(keys, func(name string, _ []string) bool { return slices.Contains(timed, strings.ToLower(name)) })
		lines = append(lines, strings.Join([]string{q.Action, q.Resource, string(NewRequestContext(keys)), q.With, q.Without}, "\x1d"))
	}
	slices.Sort(lines)
	add(lines...)
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

func policyText(policy *iampolicy.Policy) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", policy.Name(), policy.Version())
	for _, statement := range policy.Statements() {
		b.Write(statement.JSON())
		b.WriteByte('\n')
	}
	return b.String()
}

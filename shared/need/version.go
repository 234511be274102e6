package need

import (
	"cmp"
	"fmt"
	"slices"

	"permprobe/shared/fact"
)

// asVersions gives the needs of a version or alias the roles that it runs as, which are those that its versions were
// published with and not always the function's: every role needs them.
func asVersions(facts *fact.Facts, needs []Need) []Need {
	var out []Need
	for _, n := range needs {
		if n.Function.Qualifier == "" || !n.Unread.IsZero() {
			out = append(out, n)
			continue
		}
		roles, why := rolesOf(facts, n.Function)
		if !why.IsZero() {
			n.Unread = why
			out = append(out, n)
			continue
		}
		for _, role := range roles {
			n.Role = role
			out = append(out, n)
		}
	}
	return out
}

// rolesOf are the roles that a version or alias runs as, or why they are not known.
func rolesOf(facts *fact.Facts, ref fact.FunctionRef) ([]string, fact.Unread) {
	read := facts.VersionRoles[ref]
	if read.IsAbsent() {
		return nil, fact.Unread{Reason: fmt.Sprintf("%s has no version or alias %s", ref.ARN, ref.Qualifier)}
	}
	why, _ := read.Unread()
	roles, _ := read.Value()
	return roles, why
}

// published are the needs of the versions and aliases of a function that something calls and that run as another role
// than the function itself. Of their configuration only the role is known apart; the rest is taken for the function's.
func published(facts *fact.Facts, function *fact.Function) []Need {
	var refs []fact.FunctionRef
	for ref := range facts.VersionRoles {
		if ref.ARN == function.ARN {
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs, func(a, b fact.FunctionRef) int { return cmp.Compare(a.Qualifier, b.Qualifier) })
	var needs []Need
	for _, ref := range refs {
		roles, why := rolesOf(facts, ref)
		if !why.IsZero() {
			n := start(facts.Account, function)
			n.Function, n.Unread = ref, why
			needs = append(needs, n)
		}
		for _, role := range roles {
			if role == function.Role {
				continue
			}
			as := *function
			as.Role = role
			for _, n := range append([]Need{start(facts.Account, &as)}, ofFeatures(facts, &as)...) {
				n.Function = ref
				needs = append(needs, n)
			}
		}
	}
	return needs
}

package decide

import (
	"cmp"
	"maps"
	"slices"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// Uninvokable are the ARNs of the functions that a trigger may not call, sorted: it matters whether a policy of
// another qualifier would let it.
func Uninvokable(decisions []Decision) []string {
	refused := map[string]bool{}
	for i := range decisions {
		if d := &decisions[i]; d.Need.Kind == need.Invoke && d.Verdict == Denied && !d.Explicit && !d.Need.Doubtful {
			refused[d.Need.Function.ARN] = true
		}
	}
	return slices.Sorted(maps.Keys(refused))
}

// Unplaced are those of them whose refused calls no policy that is known of another qualifier would allow.
func Unplaced(facts *fact.Facts, decisions []Decision) []string {
	refused := map[string]bool{}
	for i := range decisions {
		d := &decisions[i]
		if d.Need.Kind != need.Invoke || d.Verdict != Denied || d.Explicit || d.Need.Doubtful {
			continue
		}
		if _, placed := Elsewhere(facts, []*Decision{d}); !placed {
			refused[d.Need.Function.ARN] = true
		}
	}
	return slices.Sorted(maps.Keys(refused))
}

// Elsewhere finds another qualifier of the function (the unqualified function first) whose policy would allow
// every one of the refused calls if they went there. The decisions are of one function and qualifier.
func Elsewhere(facts *fact.Facts, refused []*Decision) (fact.FunctionRef, bool) {
	if slices.ContainsFunc(refused, func(d *Decision) bool { return d.Explicit }) {
		return fact.FunctionRef{}, false // a Deny is what is wrong, wherever else it is allowed
	}
	for _, ref := range qualifiers(facts, refused[0].Need.Function) {
		policy, known := facts.Policies[ref].Value()
		if known && !slices.ContainsFunc(refused, func(d *Decision) bool { return !allowedAt(facts, d, ref, policy.Policy) }) {
			return ref, true
		}
	}
	return fact.FunctionRef{}, false
}

// UnreadElsewhere says which policy of another qualifier of the function could not be read.
func UnreadElsewhere(facts *fact.Facts, function fact.FunctionRef) (fact.Unread, bool) {
	for _, ref := range qualifiers(facts, function) {
		if why, unread := facts.Policies[ref].Unread(); unread {
			return why, true
		}
	}
	return fact.Unread{}, false
}

// qualifiers are the function's other qualifiers whose policies were asked for.
func qualifiers(facts *fact.Facts, function fact.FunctionRef) []fact.FunctionRef {
	var others []fact.FunctionRef
	for ref := range facts.Policies {
		if ref.ARN == function.ARN && ref.Qualifier != function.Qualifier {
			others = append(others, ref)
		}
	}
	slices.SortFunc(others, func(a, b fact.FunctionRef) int { return cmp.Compare(a.Qualifier, b.Qualifier) })
	return others
}

func allowedAt(facts *fact.Facts, d *Decision, ref fact.FunctionRef, policy *iampolicy.Policy) bool {
	there := *d.Need
	there.Function, there.Resource = ref, ref.String()
	return InvokeCase(facts, &Decision{Need: &there}, policy).Decide().Decision == iampolicy.Allowed
}

package need

import (
	"fmt"
	"maps"
	"slices"

	"permprobe/shared/fact"
)

// Pair is a permission that one of two functions needs, put for both.
type Pair struct {
	A, B Need
	// NeededA and NeededB are whether the function's own configuration needs it; one of them is always true.
	NeededA, NeededB bool
}

// Union pairs what two functions need of their roles, in the order of the first one's needs and then of the second
// one's. What only one of them needs is put for the other as if it were configured alike.
func Union(a, b *fact.Function, needsA, needsB []Need) []Pair {
	needsA, needsB = ofRoles(needsA), ofRoles(needsB)
	taken := make([]bool, len(needsB))
	var pairs []Pair
	for _, n := range needsA {
		pair := Pair{A: n, NeededA: true}
		at := -1
		for i := range needsB {
			if !taken[i] && n.counterpart() == needsB[i].counterpart() {
				at = i
				break
			}
		}
		if at >= 0 {
			taken[at] = true
			pair.B, pair.NeededB = needsB[at], true
		} else {
			pair.B = n.of(b)
		}
		pairs = append(pairs, pair)
	}
	for i, n := range needsB {
		if !taken[i] {
			pairs = append(pairs, Pair{A: n.of(a), B: n, NeededB: true})
		}
	}
	return pairs
}

// ofRoles leaves out the needs that are not the role's.
func ofRoles(needs []Need) []Need {
	return slices.DeleteFunc(slices.Clone(needs), func(n Need) bool { return n.Kind != Trust && n.Kind != Identity })
}

// counterpart is what two needs have in common that are the same need of two functions: each writes to a log group of
// its own and starts with a role of its own.
func (n *Need) counterpart() string {
	resource := n.Granted()
	if n.Purpose == Logs || n.Purpose == Start {
		resource = ""
	}
	return fmt.Sprintf("%d\x00%s\x00%s\x00%s\x00%s\x00%s", n.Kind, n.Purpose, n.Action, n.Subject, n.Principal, resource)
}

// of is the need as another function would have it.
func (n Need) of(function *fact.Function) Need {
	n.Function, n.Role = function.Ref(), function.Role
	if _, sent := n.Context[sourceFunction]; sent {
		n.Context = maps.Clone(n.Context)
		n.Context[sourceFunction] = []string{function.ARN}
	}
	return n
}

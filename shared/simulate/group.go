package simulate

import (
	"cmp"
	"slices"
	"strings"

	"permprobe/shared/decide"
)

// batch is the questions of one call: they share role, request keys, supposed policy and what is left out.
type batch struct{ questions []decide.Question }

// shared is what the questions of a call have in common. Actions that have no resource type are asked apart from
// those that have one: a call is a cross product.
type shared struct {
	role, with, without string
	context             decide.RequestContext
	everything          bool
}

// group puts questions that can share a call together, in as few calls as it can. A call asks every action on
// every resource, so resources of one service are put side by side: their actions are the same, and the product
// holds less that nobody asked.
func group(questions []decide.Question) []batch {
	index := map[shared]int{}
	var kinds [][]decide.Question
	for _, q := range questions {
		k := shared{q.Role, q.With, q.Without, q.Context.Sent(), q.Resource == "*"}
		at, seen := index[k]
		if !seen {
			at = len(kinds)
			index[k] = at
			kinds = append(kinds, nil)
		}
		kinds[at] = append(kinds[at], q)
	}
	var batches []batch
	for _, kind := range kinds {
		batches = append(batches, pack(kind)...)
	}
	return batches
}

// pack fills calls with what is asked of one resource after another: each goes into the first call that still
// holds it.
func pack(questions []decide.Question) []batch {
	if fits(questions) {
		return []batch{{questions}}
	}
	var batches []batch
	for _, one := range byResource(questions) {
		at := slices.IndexFunc(batches, func(b batch) bool { return fits(slices.Concat(b.questions, one)) })
		if at >= 0 {
			batches[at].questions = append(batches[at].questions, one...)
			continue
		}
		batches = append(batches, batch{one})
	}
	return batches
}

// byResource cuts questions into what is asked of one resource, and into pieces where that is more than a call
// holds. Resources whose actions are the same stand together, those with most actions first.
func byResource(questions []decide.Question) [][]decide.Question {
	at := map[string]int{}
	var each [][]decide.Question
	for _, q := range questions {
		i, seen := at[q.Resource]
		if !seen {
			i = len(each)
			at[q.Resource] = i
			each = append(each, nil)
		}
		each[i] = append(each[i], q)
	}
	var pieces [][]decide.Question
	for _, one := range each {
		for len(one) > maxActions {
			pieces = append(pieces, one[:maxActions:maxActions])
			one = one[maxActions:]
		}
		pieces = append(pieces, one)
	}
	slices.SortStableFunc(pieces, func(a, b []decide.Question) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(service(a[0]), service(b[0])), cmp.Compare(a[0].Action, b[0].Action))
	})
	return pieces
}

func service(q decide.Question) string {
	name, _, _ := strings.Cut(strings.ToLower(q.Action), ":")
	return name
}

func fits(questions []decide.Question) bool {
	actions, resources := axes(questions)
	return len(actions) <= maxActions && len(resources) <= maxResources && len(actions)*len(resources) <= maxCells
}

// axes are the distinct actions and resources of questions, in order. An action written in two cases is one.
func axes(questions []decide.Question) (actions, resources []string) {
	haveAction, haveResource := map[string]bool{}, map[string]bool{}
	for _, q := range questions {
		if name := strings.ToLower(q.Action); !haveAction[name] {
			haveAction[name] = true
			actions = append(actions, q.Action)
		}
		if !haveResource[q.Resource] {
			haveResource[q.Resource] = true
			resources = append(resources, q.Resource)
		}
	}
	return actions, resources
}

package main

import (
	"cmp"
	"regexp"
	"slices"

	"permprobe/shared/authref"
)

// Nearly all action names are a verb and a noun, and a noun comes with several
// verbs (CreateQueue, DeleteQueue, …). Storing each noun of a service once, with
// its verbs by number, makes the file a fifth smaller.

var firstWord = regexp.MustCompile(`^[A-Z]?[a-z0-9]*`)

func splitName(name string) (verb, noun string) {
	verb = firstWord.FindString(name)
	return verb, name[len(verb):]
}

// verbTable numbers the verbs, frequent ones first, and holds the access level
// that most actions of a verb have.
type verbTable struct {
	list   []string
	id     map[string]int
	access map[string]authref.AccessLevel
}

func findVerbs(src *source) verbTable {
	t := verbTable{id: map[string]int{}, access: map[string]authref.AccessLevel{}}
	uses := map[string]int{}
	levels := map[string]map[authref.AccessLevel]int{}
	for _, s := range src.services {
		for _, a := range s.actions {
			verb, _ := splitName(a.Name)
			if levels[verb] == nil {
				levels[verb] = map[authref.AccessLevel]int{}
				t.list = append(t.list, verb)
			}
			uses[verb]++
			levels[verb][accessLevels[a.AccessLevel]]++
		}
	}
	slices.SortFunc(t.list, func(a, b string) int { return cmp.Or(uses[b]-uses[a], cmp.Compare(a, b)) })
	for i, verb := range t.list {
		t.id[verb] = i
		for level := authref.List; level <= authref.PermissionsManagement; level++ {
			if levels[verb][level] > levels[verb][t.access[verb]] {
				t.access[verb] = level
			}
		}
	}
	return t
}

// nounGroup is a noun and the actions on it, in order of their verbs.
type nounGroup struct {
	noun    string
	actions []action
}

func byNoun(actions []action) []nounGroup {
	sorted := slices.Clone(actions)
	slices.SortFunc(sorted, func(a, b action) int {
		va, na := splitName(a.Name)
		vb, nb := splitName(b.Name)
		return cmp.Or(byName(na, nb), cmp.Compare(na, nb), cmp.Compare(va, vb))
	})
	var groups []nounGroup
	for _, a := range sorted {
		_, noun := splitName(a.Name)
		if len(groups) == 0 || groups[len(groups)-1].noun != noun {
			groups = append(groups, nounGroup{noun: noun})
		}
		g := &groups[len(groups)-1]
		g.actions = append(g.actions, a)
	}
	return groups
}

package iampolicy

import (
	"maps"
	"slices"
)

// missing collects absent keys. One costs no allocation; of more it only remembers that there are some.
type missing struct {
	first *condition
	more  bool
}

func (m *missing) add(c *condition) {
	switch {
	case m.first == nil:
		m.first = c
	case m.first.key.name != c.key.name:
		m.more = true
	}
}

// note remembers what the request does not have of a condition's key and variables.
func (r *request) note(c *condition, absent bool) {
	if absent {
		r.missing.add(c)
	}
	for i := range c.variables {
		if r.lacks(&c.variables[i]) {
			r.missing.more = true
		}
	}
}

// noteRest notes the conditions behind one that does not hold, which are not evaluated.
func (r *request) noteRest(conditions []condition) {
	for i := range conditions {
		r.note(&conditions[i], r.lacks(&conditions[i].key))
	}
}

// lacks reports whether the request does not have the key for certain.
func (r *request) lacks(key *contextKey) bool {
	values, unknown := r.c.lookup(key)
	return len(values) == 0 && !unknown
}

// missingKeys lists the absent keys that mattered.
func (r *request) missingKeys() []string {
	switch {
	case r.missing.more:
	case r.missing.first == nil:
		return nil
	default:
		return r.missing.first.self
	}
	found := make(map[string]string)
	r.each(func(p *Policy, _ Kind) {
		for _, s := range p.statements {
			r.absent(s, p.kind, found)
		}
	})
	if len(found) == 0 {
		return nil
	}
	return slices.Sorted(maps.Values(found))
}

// absent notes the keys of a statement's conditions and variables that the request does not have, where its other
// elements match.
func (r *request) absent(s *Statement, kind Kind, found map[string]string) {
	if r.actionMatch(s) == no || s.principal(r.c, kind).any() == no {
		return
	}
	add := func(key *contextKey) {
		if r.lacks(key) {
			if old, ok := found[key.name]; !ok || key.raw < old {
				found[key.name] = key.raw
			}
		}
	}
	match := r.resourceMatch(s)
	if match != yes {
		for i := range s.resources {
			p := &s.resources[i]
			if hasVariable(p.tokens) && r.c.matchOpen(p.tokens, r.resource) != no {
				match = maybe
				for _, t := range p.tokens {
					if t.kind == tokenVariable && !t.defaulted {
						add(&t.key)
					}
				}
			}
		}
	}
	if match == no {
		return
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		add(&c.key)
		for j := range c.variables {
			add(&c.variables[j])
		}
	}
}

// matchOpen matches a pattern of which variables without a value could have any.
func (c *Case) matchOpen(tokens []token, text string) tri {
	var open []token
	for _, t := range tokens {
		resolved, _, unresolved := c.resolve([]token{t}, nil)
		if unresolved {
			resolved = []token{{kind: tokenUnknown}}
		}
		open = append(open, resolved...)
	}
	return matchUnknown(open, text)
}

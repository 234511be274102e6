package stack

import "slices"

// readGlobals reads the section Globals.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
func (s *sam) readGlobals() {
	section := s.asMap(s.root.get("Globals"), "Globals")
	if section == nil {
		return
	}
	for i, kind := range section.keys {
		known, ok := samGlobals[kind]
		if !ok {
			s.err = errorAtKey(section.items[i], "Globals has no section %q", kind)
			return
		}
		props := s.asMap(section.items[i], "Globals."+kind)
		if props == nil {
			continue
		}
		for j, key := range props.keys {
			if !slices.Contains(known, key) {
				s.err = errorAtKey(props.items[j], "Globals.%s takes no %q", kind, key)
				return
			}
		}
		s.globals[kind] = props
	}
}

// withGlobals are a resource's properties over those of Globals.
func (s *sam) withGlobals(r *samResource, props *node) *node {
	global := s.globals[r.typ]
	if global == nil {
		return props.copied()
	}
	switch ignored := given(r.node.get("IgnoreGlobals")); {
	case ignored == nil:
	case ignored.kind == stringNode && ignored.text == "*":
		return props.copied()
	case ignored.kind == listNode:
		global = global.copied()
		for _, key := range ignored.items {
			if global.get(key.text) == nil {
				s.fail(key, "IgnoreGlobals names %q, which Globals.%s does not have", key.text, r.typ)
			}
			global.drop(key.text)
		}
	default:
		s.fail(ignored, "IgnoreGlobals wants \"*\" or a list of properties, found %s", kindOrCall(ignored))
	}
	return s.merged(global, props)
}

// merged lays a value over a global one: maps are merged, lists are joined, anything else is replaced.
func (s *sam) merged(global, local *node) *node {
	switch {
	case global.kind == mapNode && local.kind == mapNode && !isCall(global) && !isCall(local):
		out := local.like(mapNode)
		out.keys, out.items = append(out.keys, global.keys...), append(out.items, global.items...)
		out.indexed()
		for i, key := range local.keys {
			value := local.items[i]
			if old := out.get(key); old != nil {
				value = s.merged(old, value)
			}
			out.set(key, value)
		}
		if err := s.e.spend(out, len(out.items)); err != nil && s.err == nil {
			s.err = err
		}
		return out
	case global.kind == listNode && local.kind == listNode:
		out := local.like(listNode)
		out.items = slices.Concat(global.items, local.items)
		if err := s.e.spend(out, len(out.items)); err != nil && s.err == nil {
			s.err = err
		}
		return out
	}
	return local
}

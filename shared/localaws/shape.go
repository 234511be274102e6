package localaws

import "strings"

// A shape says how a template's properties become the members of an API's answer: which there are, of what type, and under
// which name. A value of another type, like a number that is not known, is left out; a whole object that is not known becomes
// one whose texts say so, because "not configured" would be a guess.
type shape []member

type member struct {
	from, to string // names in the template and in the answer; to empty: the shape's own way
	kind     kind
	of       shape // kindObject and kindObjects
}

type kind uint8

const (
	kindText kind = iota
	kindInt
	kindBool
	kindTexts
	kindTextMap
	kindObject
	kindObjects
	kindAny
)

func asIs(name string) string       { return name }
func lowerFirst(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// project makes an answer of properties.
func (s shape) project(props map[string]any, name func(string) string) map[string]any {
	out := map[string]any{}
	for _, m := range s {
		v, ok := props[m.from]
		if !ok {
			continue
		}
		to := m.to
		if to == "" {
			to = name(m.from)
		}
		if got := m.value(v, name); got != nil {
			out[to] = got
		}
	}
	return out
}

func (m member) value(v any, name func(string) string) any {
	switch m.kind {
	case kindText:
		if s := text(v); s != "" {
			return s
		}
		if s, ok := v.(string); ok {
			return s
		}
	case kindInt:
		if n, ok := integer(v); ok {
			return n
		}
	case kindBool:
		if b, ok := boolean(v); ok {
			return b
		}
	case kindTexts:
		return append([]string{}, texts(v)...)
	case kindTextMap:
		if in, ok := v.(map[string]any); ok {
			out := map[string]string{}
			for k, e := range in {
				out[k] = text(e)
			}
			return out
		}
	case kindObject:
		if in, ok := v.(map[string]any); ok {
			return m.of.project(in, name)
		}
		if isUnknown(v) {
			return m.of.unknown(v.(string), name)
		}
	case kindObjects:
		out := []any{}
		for _, e := range items(v) {
			switch e := e.(type) {
			case map[string]any:
				out = append(out, m.of.project(e, name))
			case string:
				out = append(out, m.of.unknown(e, name))
			}
		}
		return out
	case kindAny:
		return v
	}
	return nil
}

// unknown is an object of which only the marker is known.
func (s shape) unknown(marker string, name func(string) string) map[string]any {
	out := map[string]any{}
	for _, m := range s {
		to := m.to
		if to == "" {
			to = name(m.from)
		}
		switch m.kind {
		case kindText:
			out[to] = marker
		case kindTexts:
			out[to] = []string{marker}
		case kindObject:
			out[to] = m.of.unknown(marker, name)
		}
	}
	return out
}

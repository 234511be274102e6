package stack

import (
	"sort"
	"strings"
)

// A value that the template does not determine is text that holds a marker:
// openMark, a name that says what it is, closeMark. Neither rune can occur in an ARN or a name.
const (
	openMark  = "⟦"
	closeMark = "⟧"
)

// Unknown returns the text that stands for a value that could not be resolved,
// for example Unknown("Parameter VpcId").
func Unknown(name string) string { return openMark + plain(name) + closeMark }

// HasUnknown reports whether s is not, or only in part, known.
func HasUnknown(s string) bool { return strings.Contains(s, openMark) }

// UnknownNames returns the names of the unknown parts of s, sorted, each once.
func UnknownNames(s string) []string {
	var names []string
	for _, seg := range segments(s) {
		if seg.unknown {
			names = append(names, seg.text)
		}
	}
	sort.Strings(names)
	out := names[:0]
	for i, n := range names {
		if i == 0 || n != names[i-1] {
			out = append(out, n)
		}
	}
	return out
}

// plain removes markers, so that a name made from an unknown text stays one name.
func plain(s string) string {
	if !strings.Contains(s, openMark) && !strings.Contains(s, closeMark) {
		return s
	}
	return strings.NewReplacer(openMark, "", closeMark, "").Replace(s)
}

// wholeUnknown returns the name when all of s is one unknown.
func wholeUnknown(s string) (string, bool) {
	if !strings.HasPrefix(s, openMark) || !strings.HasSuffix(s, closeMark) {
		return "", false
	}
	name := s[len(openMark) : len(s)-len(closeMark)]
	return name, !strings.Contains(name, openMark)
}

type segment struct {
	text    string // known text, or the unknown's name
	unknown bool
}

// segments splits s into known and unknown parts.
func segments(s string) []segment {
	var out []segment
	for s != "" {
		i := strings.Index(s, openMark)
		if i < 0 {
			return append(out, segment{text: s})
		}
		end := strings.Index(s[i:], closeMark)
		if end < 0 {
			return append(out, segment{text: s})
		}
		if i > 0 {
			out = append(out, segment{text: s[:i]})
		}
		out = append(out, segment{text: s[i+len(openMark) : i+end], unknown: true})
		s = s[i+end+len(closeMark):]
	}
	return out
}

// tri is a truth value that may not be known.
type tri uint8

const (
	unsure tri = iota
	no
	yes
)

func truth(b bool) tri {
	if b {
		return yes
	}
	return no
}

// equalText compares texts that may hold unknown parts: where the known parts
// already differ the answer is no; an unknown equals only itself for sure.
func equalText(a, b string) tri {
	if a == b {
		return yes
	}
	if !HasUnknown(a) && !HasUnknown(b) {
		return no
	}
	sa, sb := segments(a), segments(b)
	if !canStart(sa, sb) || !canEnd(sa, sb) {
		return no
	}
	if known := knownLength(sa); !HasUnknown(b) && known > len(b) {
		return no
	}
	if known := knownLength(sb); !HasUnknown(a) && known > len(a) {
		return no
	}
	return unsure
}

func canStart(a, b []segment) bool {
	x, y := edge(a, 0), edge(b, 0)
	n := min(len(x), len(y))
	return x[:n] == y[:n]
}

func canEnd(a, b []segment) bool {
	x, y := edge(a, len(a)-1), edge(b, len(b)-1)
	n := min(len(x), len(y))
	return x[len(x)-n:] == y[len(y)-n:]
}

func edge(s []segment, i int) string {
	if i < 0 || i >= len(s) || s[i].unknown {
		return ""
	}
	return s[i].text
}

func knownLength(s []segment) int {
	n := 0
	for _, seg := range s {
		if !seg.unknown {
			n += len(seg.text)
		}
	}
	return n
}

package stack

import (
	"fmt"
	"strings"
)

// Error is why a template cannot be loaded: one sentence and its place.
type Error struct {
	File   string // as given to Load
	Line   int    // 1-based; 0 when the fault has no line, as with an empty file
	Column int    // 1-based, in characters; 0 when unknown
	Path   string // property path such as Resources.Fn.Properties.Role; empty for a fault of the text
	Msg    string

	limit bool // the template is too large, whatever is in it
}

// Error prints file:line:column: path: message on one line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		b.WriteByte(':')
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, "%d:", e.Line)
		if e.Column > 0 {
			fmt.Fprintf(&b, "%d:", e.Column)
		}
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if e.Path != "" {
		b.WriteString(oneLine(e.Path))
		b.WriteString(": ")
	}
	b.WriteString(oneLine(e.Msg))
	return b.String()
}

// errorAt is an error at a value's place. Load fills in the file.
func errorAt(n *node, format string, args ...any) *Error {
	e := &Error{Msg: fmt.Sprintf(format, args...)}
	if n != nil {
		e.Line, e.Column, e.Path = n.line, n.col, n.path()
	}
	return e
}

// errorAtKey is an error at a map entry's key rather than at its value.
func errorAtKey(n *node, format string, args ...any) *Error {
	e := errorAt(n, format, args...)
	if n != nil && n.keyLine > 0 {
		e.Line, e.Column = n.keyLine, n.keyCol
	}
	return e
}

// oneLine keeps a message that quotes the template on one line, whatever the
// template holds.
func oneLine(s string) string {
	const limit = 600
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

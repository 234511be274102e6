package iampolicy

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of a policy document. IAM's own quotas are far lower (see Policy.Quota); these only keep a hostile document
// from costing time or memory. The deepest element of the grammar is a condition value, at depth 7.
const (
	MaxDocumentBytes = 512 << 10
	MaxNesting       = 32
)

// SyntaxError says what is wrong with a document and where.
type SyntaxError struct {
	Line, Column int    // both from 1; columns count characters
	Path         string // such as Statement[2].Condition.StringEquals, empty for the document
	Msg          string
}

func (e *SyntaxError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg)
	}
	return fmt.Sprintf("line %d, column %d: %s: %s", e.Line, e.Column, e.Path, e.Msg)
}

type nodeKind uint8

const (
	nodeNull nodeKind = iota
	nodeBool
	nodeNumber
	nodeString
	nodeArray
	nodeObject
)

var nodeKindNames = [...]string{"null", "a boolean", "a number", "a string", "a list", "an object"}

// node is one JSON value with its place in the document. Numbers and booleans keep their text.
type node struct {
	kind       nodeKind
	text       string
	members    []member
	elems      []node
	start, end int // byte offsets, end is behind the last byte
}

type member struct {
	key   string
	at    int // offset of the key
	value node
}

// reader is a strict JSON parser: encoding/json keeps the last of duplicate keys, replaces invalid UTF-8 and knows no
// positions, each of which would let a policy mean something else than what is decided here.
type reader struct {
	doc []byte
	pos int
}

func (r *reader) fail(at int, path, format string, args ...any) *SyntaxError {
	line, column := position(r.doc, at)
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = clip(s)
		}
	}
	return &SyntaxError{Line: line, Column: column, Path: clip(path), Msg: fmt.Sprintf(format, args...)}
}

// position turns a byte offset into line and column, both from 1, columns in characters.
func position(doc []byte, at int) (line, column int) {
	at = min(at, len(doc))
	line = 1
	start := 0
	for i := range at {
		if doc[i] == '\n' {
			line++
			start = i + 1
		}
	}
	return line, utf8.RuneCount(doc[start:at]) + 1
}

func readDocument(doc []byte) (node, *reader, error) {
	r := &reader{doc: doc}
	if len(doc) > MaxDocumentBytes {
		return node{}, r, &SyntaxError{Line: 1, Column: 1, Msg: fmt.Sprintf("document of %d bytes is larger than the limit of %d", len(doc), MaxDocumentBytes)}
	}
	n, err := r.value(0)
	if err != nil {
		return node{}, r, err
	}
	r.space()
	if r.pos < len(r.doc) {
		return node{}, r, r.fail(r.pos, "", "unexpected text behind the document")
	}
	return n, r, nil
}

func (r *reader) space() {
	for r.pos < len(r.doc) {
		switch r.doc[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

func (r *reader) value(depth int) (node, error) {
	if depth > MaxNesting {
		return node{}, r.fail(r.pos, "", "nested deeper than %d levels", MaxNesting)
	}
	r.space()
	if r.pos >= len(r.doc) {
		return node{}, r.fail(r.pos, "", "unexpected end of the document")
	}
	start := r.pos
	switch c := r.doc[r.pos]; {
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.array(depth)
	case c == '"':
		text, err := r.str()
		return node{kind: nodeString, text: text, start: start, end: r.pos}, err
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	}
	for _, word := range [...]struct {
		text string
		kind nodeKind
	}{{"true", nodeBool}, {"false", nodeBool}, {"null", nodeNull}} {
		if strings.HasPrefix(string(r.doc[r.pos:min(len(r.doc), r.pos+5)]), word.text) {
			r.pos += len(word.text)
			return node{kind: word.kind, text: word.text, start: start, end: r.pos}, nil
		}
	}
	ch, _ := utf8.DecodeRune(r.doc[r.pos:])
	return node{}, r.fail(r.pos, "", "unexpected %q where a value should begin", ch)
}

func (r *reader) object(depth int) (node, error) {
	n := node{kind: nodeObject, start: r.pos}
	r.pos++
	var seen map[string]bool
	for {
		r.space()
		if r.peek() == '}' && len(n.members) == 0 {
			break
		}
		if r.peek() != '"' {
			return node{}, r.fail(r.pos, "", "expected a key in quotes")
		}
		m := member{at: r.pos}
		var err error
		if m.key, err = r.str(); err != nil {
			return node{}, err
		}
		if seen == nil {
			seen = make(map[string]bool)
		}
		if seen[m.key] {
			return node{}, r.fail(m.at, "", "duplicate key %q", m.key)
		}
		seen[m.key] = true
		r.space()
		if r.peek() != ':' {
			return node{}, r.fail(r.pos, "", "expected a colon behind key %q", m.key)
		}
		r.pos++
		if m.value, err = r.value(depth + 1); err != nil {
			return node{}, err
		}
		n.members = append(n.members, m)
		r.space()
		if r.peek() == ',' {
			r.pos++
			continue
		}
		if r.peek() == '}' {
			break
		}
		return node{}, r.fail(r.pos, "", "expected a comma or } behind the value of %q", m.key)
	}
	r.pos++
	n.end = r.pos
	return n, nil
}

func (r *reader) array(depth int) (node, error) {
	n := node{kind: nodeArray, start: r.pos}
	r.pos++
	for {
		r.space()
		if r.peek() == ']' && len(n.elems) == 0 {
			break
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return node{}, err
		}
		n.elems = append(n.elems, v)
		r.space()
		if r.peek() == ',' {
			r.pos++
			continue
		}
		if r.peek() == ']' {
			break
		}
		return node{}, r.fail(r.pos, "", "expected a comma or ] in the list")
	}
	r.pos++
	n.end = r.pos
	return n, nil
}

// peek returns the next byte, 0 at the end; a NUL in the document is an error wherever peek is used.
func (r *reader) peek() byte {
	if r.pos < len(r.doc) {
		return r.doc[r.pos]
	}
	return 0
}

func (r *reader) number() (node, error) {
	start := r.pos
	digits := func() bool {
		from := r.pos
		for c := r.peek(); c >= '0' && c <= '9'; c = r.peek() {
			r.pos++
		}
		return r.pos > from
	}
	if r.peek() == '-' {
		r.pos++
	}
	first := r.pos
	ok := digits()
	if ok && r.doc[first] == '0' && r.pos > first+1 {
		ok = false
	}
	if ok && r.peek() == '.' {
		r.pos++
		ok = digits()
	}
	if ok && (r.peek() == 'e' || r.peek() == 'E') {
		r.pos++
		if r.peek() == '+' || r.peek() == '-' {
			r.pos++
		}
		ok = digits()
	}
	if !ok {
		return node{}, r.fail(start, "", "malformed number")
	}
	return node{kind: nodeNumber, text: string(r.doc[start:r.pos]), start: start, end: r.pos}, nil
}

func (r *reader) str() (string, error) {
	start := r.pos
	r.pos++
	plain := r.pos
	for r.pos < len(r.doc) && r.doc[r.pos] != '"' && r.doc[r.pos] != '\\' && r.doc[r.pos] >= ' ' && r.doc[r.pos] < utf8.RuneSelf {
		r.pos++
	}
	if r.peek() == '"' {
		s := string(r.doc[plain:r.pos])
		r.pos++
		return s, nil
	}
	var b strings.Builder
	b.Write(r.doc[plain:r.pos])
	for r.pos < len(r.doc) {
		c := r.doc[r.pos]
		switch {
		case c == '"':
			r.pos++
			return b.String(), nil
		case c < ' ':
			return "", r.fail(r.pos, "", "control character in a string")
		case c == '\\':
			if err := r.escape(&b); err != nil {
				return "", err
			}
		default:
			ch, size := utf8.DecodeRune(r.doc[r.pos:])
			if ch == utf8.RuneError && size == 1 {
				return "", r.fail(r.pos, "", "text is not UTF-8")
			}
			b.Write(r.doc[r.pos : r.pos+size])
			r.pos += size
		}
	}
	return "", r.fail(start, "", "string without an end")
}

func (r *reader) escape(b *strings.Builder) error {
	at := r.pos
	r.pos++
	c := r.peek()
	r.pos++
	switch c {
	case '"', '\\', '/':
		b.WriteByte(c)
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'u':
		ch, ok := r.hex()
		if ok && utf16.IsSurrogate(ch) {
			ok = r.peek() == '\\' && r.pos+1 < len(r.doc) && r.doc[r.pos+1] == 'u'
			if ok {
				r.pos += 2
				var low rune
				low, ok = r.hex()
				ch = utf16.DecodeRune(ch, low)
				ok = ok && ch != utf8.RuneError
			}
		}
		if !ok {
			return r.fail(at, "", "malformed \\u escape")
		}
		b.WriteRune(ch)
	default:
		return r.fail(at, "", "unknown escape in a string")
	}
	return nil
}

func (r *reader) hex() (rune, bool) {
	if r.pos+4 > len(r.doc) {
		return 0, false
	}
	var v rune
	for _, c := range r.doc[r.pos : r.pos+4] {
		v <<= 4
		switch {
		case c >= '0' && c <= '9':
			v |= rune(c - '0')
		case c >= 'a' && c <= 'f':
			v |= rune(c-'a') + 10
		case c >= 'A' && c <= 'F':
			v |= rune(c-'A') + 10
		default:
			return 0, false
		}
	}
	r.pos += 4
	return v, true
}

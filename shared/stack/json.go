package stack

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonParser reads JSON (RFC 8259) strictly and keeps each value's place,
// which encoding/json does not.
type jsonParser struct {
	data  []byte
	pos   int
	line  int
	start int // offset at which column counting last stopped
	col   int // column at start
	count func(*node) error
}

func parseJSON(data []byte, count func(*node) error) (*node, error) {
	p := &jsonParser{data: data, line: 1, col: 1, count: count}
	p.space()
	n, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.pos < len(p.data) {
		return nil, p.fail("text after the end of the template")
	}
	return n, nil
}

// here is the place of p.pos. Columns are counted on from the last call, so
// that a template on one long line stays linear.
func (p *jsonParser) here() (int, int) {
	if p.pos > p.start {
		p.col += utf8.RuneCount(p.data[p.start:p.pos])
		p.start = p.pos
	}
	return p.line, p.col
}

func (p *jsonParser) fail(msg string) *Error {
	line, col := p.here()
	return &Error{Line: line, Column: col, Msg: "JSON: " + msg}
}

func (p *jsonParser) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case '\n':
			p.pos++
			p.line, p.start, p.col = p.line+1, p.pos, 1
		case ' ', '\t', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *jsonParser) value(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, p.fail("nested deeper than " + strconv.Itoa(maxDepth) + " levels")
	}
	if p.pos >= len(p.data) {
		return nil, p.fail("the text ends before the template does")
	}
	n := &node{}
	n.line, n.col = p.here()
	if err := p.count(n); err != nil {
		return nil, err
	}
	switch c := p.data[p.pos]; {
	case c == '{':
		n.kind = mapNode
		return n, p.object(n, depth)
	case c == '[':
		n.kind = listNode
		return n, p.array(n, depth)
	case c == '"':
		text, err := p.str()
		n.kind, n.text = stringNode, text
		return n, err
	case c == '-' || c >= '0' && c <= '9':
		return n, p.number(n)
	}
	for word, kind := range map[string]nodeKind{"true": boolNode, "false": boolNode, "null": nullNode} {
		if bytes.HasPrefix(p.data[p.pos:], []byte(word)) {
			p.pos += len(word)
			n.kind = kind
			if kind == boolNode {
				n.text, n.word = word, word
			}
			return n, nil
		}
	}
	return nil, p.fail("expected a value, found " + p.found())
}

func (p *jsonParser) found() string {
	if p.pos >= len(p.data) {
		return "the end"
	}
	r, _ := utf8.DecodeRune(p.data[p.pos:])
	return strconv.QuoteRune(r)
}

func (p *jsonParser) object(n *node, depth int) error {
	p.pos++
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == '}' {
		p.pos++
		return nil
	}
	for {
		if p.pos >= len(p.data) || p.data[p.pos] != '"' {
			return p.fail("expected a key in double quotes, found " + p.found())
		}
		line, col := p.here()
		key, err := p.str()
		if err != nil {
			return err
		}
		p.space()
		if p.pos >= len(p.data) || p.data[p.pos] != ':' {
			return p.fail("expected ':' after the key " + strconv.Quote(key) + ", found " + p.found())
		}
		p.pos++
		p.space()
		v, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		v.keyLine, v.keyCol = line, col
		if !n.add(key, v) {
			return &Error{Line: line, Column: col, Msg: "JSON: duplicate key " + strconv.Quote(key) + ", first at line " + strconv.Itoa(n.get(key).keyLine)}
		}
		p.space()
		if p.pos < len(p.data) && p.data[p.pos] == ',' {
			p.pos++
			p.space()
			continue
		}
		if p.pos < len(p.data) && p.data[p.pos] == '}' {
			p.pos++
			return nil
		}
		return p.fail("expected ',' or '}', found " + p.found())
	}
}

func (p *jsonParser) array(n *node, depth int) error {
	p.pos++
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == ']' {
		p.pos++
		return nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		n.push(v)
		p.space()
		if p.pos < len(p.data) && p.data[p.pos] == ',' {
			p.pos++
			p.space()
			continue
		}
		if p.pos < len(p.data) && p.data[p.pos] == ']' {
			p.pos++
			return nil
		}
		return p.fail("expected ',' or ']', found " + p.found())
	}
}

func (p *jsonParser) str() (string, error) {
	p.pos++
	from := p.pos
	for p.pos < len(p.data) && p.data[p.pos] != '"' && p.data[p.pos] != '\\' && p.data[p.pos] >= ' ' {
		p.pos++
	}
	if p.pos < len(p.data) && p.data[p.pos] == '"' {
		p.pos++
		return string(p.data[from : p.pos-1]), nil
	}
	out := append([]byte(nil), p.data[from:p.pos]...)
	for p.pos < len(p.data) {
		c := p.data[p.pos]
		switch {
		case c == '"':
			p.pos++
			return string(out), nil
		case c < ' ':
			return "", p.fail("a control character inside a string")
		case c != '\\':
			out = append(out, c)
			p.pos++
			continue
		}
		if p.pos+1 >= len(p.data) {
			break
		}
		switch e := p.data[p.pos+1]; e {
		case '"', '\\', '/':
			out = append(out, e)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, ok := p.hex(p.pos + 2)
			if !ok {
				return "", p.fail(`\u without four hexadecimal digits`)
			}
			if utf16.IsSurrogate(r) {
				low, ok := rune(0), false
				if p.pos+7 < len(p.data) && p.data[p.pos+6] == '\\' && p.data[p.pos+7] == 'u' {
					low, ok = p.hex(p.pos + 8)
				}
				if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
					r = pair
					p.pos += 6
				} else {
					return "", p.fail("half of a surrogate pair")
				}
			}
			out = utf8.AppendRune(out, r)
			p.pos += 4
		default:
			return "", p.fail("unknown escape in a string")
		}
		p.pos += 2
	}
	return "", p.fail("a string that does not end")
}

func (p *jsonParser) hex(from int) (rune, bool) {
	if from+4 > len(p.data) {
		return 0, false
	}
	v, err := strconv.ParseUint(string(p.data[from:from+4]), 16, 16)
	return rune(v), err == nil
}

func (p *jsonParser) number(n *node) error {
	from := p.pos
	digits := func() bool {
		at := p.pos
		for p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '9' {
			p.pos++
		}
		return p.pos > at
	}
	if p.data[p.pos] == '-' {
		p.pos++
	}
	if p.pos < len(p.data) && p.data[p.pos] == '0' {
		p.pos++
		if p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '9' {
			return p.fail("a number with a leading zero: put it in quotes")
		}
	} else if !digits() {
		return p.fail("a malformed number")
	}
	if p.pos < len(p.data) && p.data[p.pos] == '.' {
		p.pos++
		if !digits() {
			return p.fail("a malformed number")
		}
	}
	if p.pos < len(p.data) && (p.data[p.pos] == 'e' || p.data[p.pos] == 'E') {
		p.pos++
		if p.pos < len(p.data) && (p.data[p.pos] == '+' || p.data[p.pos] == '-') {
			p.pos++
		}
		if !digits() {
			return p.fail("a malformed number")
		}
	}
	n.kind, n.text = numberNode, string(p.data[from:p.pos])
	return nil
}

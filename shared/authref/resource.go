package authref

import "strings"

// ResourceType is a kind of resource that a statement's Resource can name.
type ResourceType struct {
	Name string
	// Pattern is the ARN with its variable parts, arn:${Partition}:s3:::${BucketName};
	// a few patterns of the reference hold a literal *.
	Pattern string
	// ConditionKeys are the keys that requests for such a resource can carry.
	ConditionKeys []string
	// stops are the characters that the pattern's last variable part cannot hold:
	// a bucket's name has no "/", which is what tells it from an object.
	stops string
}

// Match reports whether a concrete ARN can be a resource of this type. *, ?
// are ordinary characters; see Overlaps for the patterns of policies.
func (r ResourceType) Match(arn string) bool {
	return r.maySuit(arn) && r.intersects(literalRunes(arn))
}

// Overlaps reports whether some ARN of this type is covered by a policy's
// Resource pattern, in which * stands for any text, ? for one character.
func (r ResourceType) Overlaps(pattern string) bool {
	if pattern == "*" {
		return true
	}
	return r.maySuit(pattern) && r.intersects(globRunes(pattern))
}

// maySuit rules out at little cost what is of another service, which is most of
// what is asked.
func (r ResourceType) maySuit(arn string) bool {
	rest, ok := strings.CutPrefix(arn, "arn:")
	if !ok {
		return strings.ContainsAny(arn, "*?")
	}
	partition, rest, ok := strings.Cut(rest, ":")
	service, _, more := strings.Cut(rest, ":")
	if !ok || !more || strings.ContainsAny(partition, "*?") || strings.ContainsAny(service, "*?") {
		return true
	}
	own, _, _ := strings.Cut(strings.TrimPrefix(r.Pattern, "arn:${Partition}:"), ":")
	return own == service || strings.Contains(own, "$")
}

// Segments returns the type's ARN pattern in the six parts of an ARN, the last
// of which may hold colons.
func (r ResourceType) Segments() [6]string {
	var s [6]string
	copy(s[:], splitARN(r.Pattern))
	return s
}

// splitARN cuts at the first five colons that are not inside ${…}.
func splitARN(pattern string) []string {
	parts := make([]string, 0, 6)
	depth, start := 0, 0
	for i := 0; i < len(pattern) && len(parts) < 5; i++ {
		switch pattern[i] {
		case '{':
			depth++
		case '}':
			depth--
		case ':':
			if depth == 0 {
				parts = append(parts, pattern[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, pattern[start:])
}

// token is one element of a pattern: a literal byte, one arbitrary byte, or a
// run of bytes.
type token struct {
	kind  tokenKind
	char  byte
	stops string // bytes that a run cannot hold
}

type tokenKind uint8

const (
	literal tokenKind = iota
	anyOne
	anyRun // possibly empty
)

func literalRunes(s string) []token {
	out := make([]token, len(s))
	for i := range len(s) {
		out[i] = token{kind: literal, char: s[i]}
	}
	return out
}

func globRunes(s string) []token {
	out := literalRunes(s)
	for i := range out {
		switch out[i].char {
		case '*':
			out[i] = token{kind: anyRun}
		case '?':
			out[i] = token{kind: anyOne}
		}
	}
	return out
}

// documented turns a pattern of the reference into tokens. The parts before the
// resource hold no colon; a variable part in the middle of the resource ends at
// the separator that follows it, unless it is a path.
func (r ResourceType) documented() []token {
	var out []token
	colons := 0
	p := r.Pattern
	for i := 0; i < len(p); i++ {
		if strings.HasPrefix(p[i:], "${") {
			end := strings.IndexByte(p[i:], '}')
			if end > 0 {
				name := p[i+2 : i+end]
				i += end
				stops := ""
				switch {
				case colons < 5:
					stops = ":"
				case i == len(p)-1:
					stops = r.stops
				case p[i+1] == '/' || p[i+1] == ':':
					if !strings.Contains(name, "Path") {
						stops = p[i+1 : i+2]
					}
				}
				// At least one character.
				out = append(out, token{kind: anyOne, stops: stops}, token{kind: anyRun, stops: stops})
				continue
			}
		}
		switch p[i] {
		case '*':
			out = append(out, token{kind: anyRun})
			continue
		case ':':
			colons++
		}
		out = append(out, token{kind: literal, char: p[i]})
	}
	return out
}

// intersects reports whether a text exists that both the type's pattern and
// other describe. It walks the product of the two patterns: the work is at most
// the product of their lengths, whatever the wildcards.
func (r ResourceType) intersects(other []token) bool {
	doc := r.documented()
	width := len(other) + 1
	seen := make([]bool, (len(doc)+1)*width)
	stack := []int{0}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[at] {
			continue
		}
		seen[at] = true
		i, j := at/width, at%width
		if i == len(doc) && j == len(other) {
			return true
		}
		if i < len(doc) && doc[i].kind == anyRun {
			stack = append(stack, (i+1)*width+j)
		}
		if j < len(other) && other[j].kind == anyRun {
			stack = append(stack, i*width+j+1)
		}
		if i == len(doc) || j == len(other) || !agree(doc[i], other[j]) {
			continue
		}
		// One character that both can be.
		next := at
		if doc[i].kind != anyRun {
			next += width
		}
		if other[j].kind != anyRun {
			next++
		}
		stack = append(stack, next)
	}
	return false
}

// agree reports whether one character exists that both tokens can be.
func agree(a, b token) bool {
	switch {
	case a.kind == literal && b.kind == literal:
		return a.char == b.char
	case a.kind == literal:
		return strings.IndexByte(b.stops, a.char) < 0
	case b.kind == literal:
		return strings.IndexByte(a.stops, b.char) < 0
	}
	return true
}

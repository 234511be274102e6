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
	return r.maySuit(arn) && r.intersects(arn, false)
}

// Overlaps reports whether some ARN of this type is covered by a policy's
// Resource pattern, in which * stands for any text, ? for one character.
func (r ResourceType) Overlaps(pattern string) bool {
	if pattern == "*" {
		return true
	}
	return r.maySuit(pattern) && r.intersects(pattern, true)
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
// run of bytes, possibly empty.
type token struct {
	kind  tokenKind
	char  byte
	stops stopSet // bytes that an arbitrary one cannot be
}

type tokenKind uint8

const (
	literal tokenKind = iota
	anyOne
	anyRun
)

// stopSet is the separators that a variable part cannot hold.
type stopSet uint8

const (
	stopSlash stopSet = 1 << iota
	stopColon
)

func stopsOf(text string) stopSet {
	var s stopSet
	if strings.Contains(text, "/") {
		s |= stopSlash
	}
	if strings.Contains(text, ":") {
		s |= stopColon
	}
	return s
}

func (s stopSet) has(c byte) bool {
	return c == '/' && s&stopSlash != 0 || c == ':' && s&stopColon != 0
}

// tokenAt is an element of a policy's pattern, or of a concrete ARN if not wild.
func tokenAt(text string, i int, wild bool) token {
	if wild {
		switch text[i] {
		case '*':
			return token{kind: anyRun}
		case '?':
			return token{kind: anyOne}
		}
	}
	return token{kind: literal, char: text[i]}
}

// documented appends the tokens of a pattern of the reference. The parts before
// the resource hold no colon; a variable part in the middle of the resource ends
// at the separator that follows it, unless it is a path.
func (r ResourceType) documented(out []token) []token {
	colons := 0
	p := r.Pattern
	for i := 0; i < len(p); i++ {
		if strings.HasPrefix(p[i:], "${") {
			end := strings.IndexByte(p[i:], '}')
			if end > 0 {
				name := p[i+2 : i+end]
				i += end
				var stops stopSet
				switch {
				case colons < 5:
					stops = stopColon
				case i == len(p)-1:
					stops = stopsOf(r.stops)
				case (p[i+1] == '/' || p[i+1] == ':') && !strings.Contains(name, "Path"):
					stops = stopsOf(p[i+1 : i+2])
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
func (r ResourceType) intersects(other string, wild bool) bool {
	// Ordinary patterns need no memory beside these.
	var (
		docRoom   [160]token
		seenRoom  [256]uint64
		stackRoom [128]int
	)
	doc := r.documented(docRoom[:0])
	width := len(other) + 1
	seen := seenRoom[:]
	if states := (len(doc) + 1) * width; states > len(seen)*64 {
		seen = make([]uint64, states/64+1)
	}
	stack := append(stackRoom[:0], 0)
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[at/64]&(1<<(at%64)) != 0 {
			continue
		}
		seen[at/64] |= 1 << (at % 64)
		i, j := at/width, at%width
		if i == len(doc) && j == len(other) {
			return true
		}
		if i < len(doc) && doc[i].kind == anyRun {
			stack = append(stack, (i+1)*width+j)
		}
		if j == len(other) {
			continue
		}
		o := tokenAt(other, j, wild)
		if o.kind == anyRun {
			stack = append(stack, at+1)
		}
		if i == len(doc) || !agree(doc[i], o) {
			continue
		}
		// One character that both can be.
		next := at
		if doc[i].kind != anyRun {
			next += width
		}
		if o.kind != anyRun {
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
		return !b.stops.has(a.char)
	case b.kind == literal:
		return !a.stops.has(b.char)
	}
	return true
}

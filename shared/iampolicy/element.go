package iampolicy

import "strings"

// actionPattern is one value of Action or NotAction, lower-cased: actions do not distinguish case
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html).
type actionPattern struct {
	pattern
	// void marks a value without a service prefix, which names no action.
	void bool
}

func newActionPattern(raw string) actionPattern {
	p := actionPattern{pattern: compile(raw, lex(lowerASCII(raw), true, false), true)}
	p.void = !strings.Contains(raw, ":") && p.kind != patternAny && p.kind != patternDynamic
	return p
}

// services returns the bits of the services that the value can be about.
func (p *actionPattern) services() uint64 {
	service, _, ok := strings.Cut(p.raw, ":")
	switch {
	case p.void:
		return 0
	case !ok || strings.ContainsAny(service, "*?") || p.kind == patternDynamic:
		return ^uint64(0)
	}
	return serviceBit(service)
}

// matches decides for the case's action.
func (p *actionPattern) matches(action string, unknown bool) tri {
	switch {
	case p.void:
		return no
	case p.kind == patternDynamic:
		return matchUnknown(p.tokens, lowerASCII(action))
	case unknown:
		return matchUnknown(lex(lowerASCII(p.raw), true, false), lowerASCII(action))
	}
	return triOf(p.match(action))
}

// resolve replaces variables by their values, which have no wildcards. unresolved tells that a variable has no value.
func (c *Case) resolve(tokens, buffer []token) (out []token, unknown, unresolved bool) {
	out = buffer
	for _, t := range tokens {
		if t.kind != tokenVariable {
			unknown = unknown || t.kind == tokenUnknown
			out = append(out, t)
			continue
		}
		values, notKnown := c.lookup(&t.key)
		switch {
		case notKnown || len(values) > 1:
			// Multivalued keys cannot be variables: AWS does not say what becomes of one that is.
			unknown = true
			out = append(out, token{kind: tokenUnknown})
		case len(values) == 1 && hasUnknown(values[0]):
			unknown = true
			out = append(out, lex(values[0], false, false)...)
		case len(values) == 1:
			out = append(out, token{kind: tokenText, text: values[0]})
		case t.defaulted:
			out = append(out, token{kind: tokenText, text: t.text})
		default:
			return nil, false, true
		}
	}
	return out, unknown, false
}

// matchDynamic matches a pattern with variables or unknown parts.
func (c *Case) matchDynamic(tokens []token, text string) (t tri, unresolved bool) {
	var buffer [8]token
	resolved, unknown, unresolved := c.resolve(tokens, buffer[:0])
	switch {
	case unresolved:
		return no, true
	case unknown || hasUnknown(text):
		return matchUnknown(resolved, text), false
	}
	return triOf(matchTokens(resolved, text)), false
}

// matchTokens matches resolved tokens without compiling them: their texts are few and short.
func matchTokens(tokens []token, text string) bool {
	stars, size := 0, 0
	for _, t := range tokens {
		size += len(t.text)
		if t.kind == tokenStar || t.kind == tokenOne {
			stars++
		}
	}
	if stars == 0 {
		return equalsTokens(tokens, text)
	}
	p := compile("", joinTexts(tokens), false)
	return p.match(text)
}

func equalsTokens(tokens []token, text string) bool {
	for _, t := range tokens {
		rest, ok := strings.CutPrefix(text, t.text)
		if !ok {
			return false
		}
		text = rest
	}
	return text == ""
}

// joinTexts joins neighbouring texts, which compile relies on.
func joinTexts(tokens []token) []token {
	var out []token
	for _, t := range tokens {
		switch {
		case t.kind == tokenText && t.text == "":
		case t.kind == tokenText:
			out = appendText(out, t.text)
		case t.kind == tokenStar && len(out) > 0 && out[len(out)-1].kind == tokenStar:
		default:
			out = append(out, t)
		}
	}
	return out
}

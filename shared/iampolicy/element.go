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

// resourcePattern is one value of Resource or NotResource, a glob over the whole ARN
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html).
type resourcePattern struct {
	pattern
	// doubtful marks a pattern of which AWS documents no meaning: a wildcard inside the resource type
	// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html), or a variable in front of the
	// resource part. Where it does not match, it does not match.
	doubtful bool
	// parts are the first five parts of a pattern that has a star inside of one: only at a part's end is a star said to
	// go beyond the colon. Where only the whole matches, it is doubtful.
	parts []pattern
}

func newResourcePattern(raw string, variables bool) resourcePattern {
	p := resourcePattern{pattern: newPattern(raw, true, variables)}
	parts, whole := splitARN(raw)
	if !whole {
		if p.kind == patternDynamic && strings.HasPrefix(raw, "${") {
			p.doubtful = hasVariable(p.tokens)
		}
		return p
	}
	if p.kind == patternDynamic {
		for _, part := range parts[:arnResource] {
			p.doubtful = p.doubtful || hasVariable(lex(part, true, variables))
		}
	}
	p.doubtful = p.doubtful || wildType(parts)
	for _, part := range parts[:arnResource] {
		if i := strings.IndexByte(part, '*'); i >= 0 && i < len(part)-1 && p.kind == patternGlob {
			p.parts = make([]pattern, arnResource)
			for j := range p.parts {
				p.parts[j] = newPattern(parts[j], true, false)
			}
			break
		}
	}
	return p
}

func hasVariable(tokens []token) bool {
	for _, t := range tokens {
		if t.kind == tokenVariable {
			return true
		}
	}
	return false
}

// wildType reports whether a wildcard stands inside the resource type, the text in front of the first slash or colon
// of the resource part. A star alone stands for every type, as AWS's own examples have it.
func wildType(parts arnParts) bool {
	resource := parts[arnResource]
	if untyped(parts) {
		return false
	}
	end := strings.IndexAny(resource, "/:$⟦")
	if end < 0 {
		end = len(resource)
	}
	kind := resource[:end]
	return strings.Trim(kind, "*") != "" && strings.ContainsAny(kind, "*?")
}

// untyped reports whether the ARNs of a service have no resource type: their resource part begins with a name.
func untyped(parts arnParts) bool {
	switch parts[arnService] {
	case "s3", "sqs", "sns", "execute-api", "codecommit", "codepipeline", "neptune-db":
		return true
	}
	return false
}

// matches decides for the case's resource.
func (p *resourcePattern) matches(c *Case, resource string, unknown bool) (t tri, unresolved bool) {
	switch {
	case p.kind == patternAny:
		return yes, false
	case resource == "*" && p.kind != patternDynamic:
		// An action without a resource type: nothing but a star covers it.
		return no, false
	case p.kind == patternDynamic:
		t, unresolved = c.matchDynamic(p.tokens, resource)
	case unknown:
		t = matchUnknown(lex(p.raw, true, false), resource)
	default:
		t = triOf(p.match(resource))
	}
	if t != yes {
		return t, unresolved
	}
	if p.doubtful || p.parts != nil && !p.matchParts(resource) {
		return maybe, unresolved
	}
	return yes, unresolved
}

func (p *resourcePattern) matchParts(resource string) bool {
	parts, ok := splitARN(resource)
	if !ok {
		return false
	}
	for i := range p.parts {
		if !p.parts[i].match(parts[i]) {
			return false
		}
	}
	return true
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

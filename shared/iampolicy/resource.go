package iampolicy

import "strings"

// resourcePattern is one value of Resource or NotResource, a glob over the whole ARN
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html).
type resourcePattern struct {
	pattern
	// doubtful marks a pattern of which AWS documents no meaning: a wildcard inside the resource type
	// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html), or a variable in front of the
	// resource part. Where it does not match, it does not match.
	doubtful bool
	// parts are the first five parts of a pattern that has a wildcard inside of one: only a star at a part's end is said
	// to go beyond the colon. Where only the whole matches, it is doubtful.
	parts []pattern
	short *shortARN // of a pattern of fewer than six parts
	open  *openARN  // of a pattern that covers every ARN of a service
}

func newResourcePattern(raw string, variables bool, kind Kind) resourcePattern {
	p := resourcePattern{pattern: newPattern(raw, true, variables)}
	if p.kind == patternAny {
		return p
	}
	parts, n := splitParts(raw)
	p.open = newOpenARN(parts, n, variables, kind)
	p.short = newShortARN(&p.pattern, parts, n, variables, kind)
	dynamic := p.kind == patternDynamic
	if n < len(parts) {
		p.doubtful = dynamic && hasVariable(p.tokens) && (strings.HasPrefix(raw, "${") || p.short != nil)
		return p
	}
	if dynamic {
		for _, part := range parts[:arnResource] {
			p.doubtful = p.doubtful || hasVariable(lex(part, true, variables))
		}
	}
	p.doubtful = p.doubtful || wildType(parts)
	for _, part := range parts[:arnResource] {
		if i := strings.IndexAny(part, "*?"); i >= 0 && part[i:] != "*" && p.kind == patternGlob {
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
	case resource == "*":
		// An action without a resource type: nothing but a star is said to cover it.
		if p.kind == patternDynamic {
			t, unresolved = c.matchDynamic(p.tokens, resource)
			t = t.doubted()
		}
		if p.open != nil {
			t = t.or(p.open.covers(c))
		}
		return t, unresolved
	case p.short != nil:
		return p.matchShort(c, resource, unknown)
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
	if p.doubtful || p.parts != nil && matchParts(p.parts, resource) != yes {
		return maybe, unresolved
	}
	return yes, unresolved
}

// matchParts compares the first parts of an ARN one by one.
func matchParts(patterns []pattern, resource string) tri {
	parts, ok := splitARN(resource)
	if !ok {
		return no
	}
	t := yes
	for i := range patterns {
		t = t.and(patterns[i].matchPart(parts[i]))
	}
	return t
}

// matchPart is match where pattern and text may have unknown parts.
func (p *pattern) matchPart(text string) tri {
	switch {
	case p.kind == patternDynamic:
		return matchUnknown(p.tokens, text).doubted()
	case hasUnknown(text):
		return matchUnknown(lex(p.raw, true, false), text)
	}
	return triOf(p.match(text))
}

// shortARN is a pattern of fewer than six parts. AWS completes those that begin like an ARN in a policy of an identity
// by stars for what is missing, and refuses them in a session policy
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html#policies-grammar-notes-strings);
// for other policies that is not documented. Nor is what a wildcard means that takes in a colon, other than a star at
// the end.
type shortARN struct {
	parts []pattern // those that there are
	// certain tells that a match of the parts is a match.
	certain bool
	// completed is the pattern with what is missing, nil where nothing completes it.
	completed *pattern
}

func newShortARN(whole *pattern, parts arnParts, n int, variables bool, kind Kind) *shortARN {
	raw := whole.raw
	arn := strings.HasPrefix(raw, "arn:")
	// Whether an empty part at the end is one or is missing is not documented.
	hollow := parts[n-1] == ""
	completes := arn && kind != Resource && kind != Trust
	switch {
	case n == len(parts) && !(hollow && completes), !arn && whole.kind != patternGlob:
		return nil
	}
	s := &shortARN{}
	if n < len(parts) {
		tokens := lex(raw, true, variables)
		s.certain = tokens[len(tokens)-1].kind == tokenStar || completes && (kind == Identity || kind == Boundary)
		for _, part := range parts[:n] {
			s.parts = append(s.parts, newPattern(part, true, variables))
		}
	}
	if completes {
		if hollow {
			raw += "*"
		}
		s.completed = new(newPattern(raw+strings.Repeat(":*", len(parts)-n), true, variables))
	}
	return s
}

// incompleteARN reports whether a session policy with this resource is refused. What is not known may complete it,
// and so does a star at its end, which takes in what is missing.
func incompleteARN(raw string, variables bool) bool {
	_, n := splitParts(raw)
	return n < len(arnParts{}) && !strings.HasSuffix(raw, "*") && strings.HasPrefix(raw, "arn:") && !hasUnknown(raw) && !hasVariable(lex(raw, false, variables))
}

func (p *resourcePattern) matchShort(c *Case, resource string, unknown bool) (t tri, unresolved bool) {
	s := p.short
	if s.certain && !p.doubtful && matchParts(s.parts, resource) == yes {
		return yes, false
	}
	for _, q := range [...]*pattern{&p.pattern, s.completed} {
		switch {
		case q == nil:
		case q.kind == patternDynamic:
			u, missing := c.matchDynamic(q.tokens, resource)
			t, unresolved = t.or(u), unresolved || missing
		case unknown:
			t = t.or(matchUnknown(lex(q.raw, true, false), resource))
		default:
			t = t.or(triOf(q.match(resource)))
		}
	}
	return t.doubted(), unresolved
}

// openARN is a pattern that leaves region, account and resource open, so that it covers every ARN of a service. Of
// actions without a resource type AWS says that they need a star, and has an example where such a pattern is enough:
// s3:ListAllMyBuckets on arn:aws:s3:::*
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-id-rdp.html).
type openARN struct {
	partition, service pattern
	example            bool // it is of the example's form
}

func newOpenARN(parts arnParts, n int, variables bool, kind Kind) *openARN {
	star := func(s string) bool { return strings.Trim(s, "*") == "" }
	given := parts
	if n < len(parts) {
		if !strings.HasSuffix(parts[n-1], "*") && (kind == Resource || kind == Trust) {
			return nil
		}
		for i := n; i < len(parts); i++ {
			parts[i] = "*"
		}
	}
	head := newPattern(parts[arnPrefix], true, false)
	if head.matchPart("arn") == no || !star(parts[arnRegion]) || !star(parts[arnAccount]) {
		return nil
	}
	// One colon more, arn:*:*:*:*:*:*, is often meant for everything.
	if r := parts[arnResource]; !strings.HasPrefix(r, "*") || !strings.HasSuffix(r, "*") || strings.Trim(r, "*:") != "" {
		return nil
	}
	o := &openARN{partition: newPattern(parts[arnPartition], true, variables), service: newPattern(parts[arnService], true, variables)}
	o.example = o.partition.kind == patternText && given[arnPrefix] == "arn" && given[arnService] == "s3" &&
		given[arnRegion] == "" && given[arnAccount] == "" && n == len(parts) && star(parts[arnResource])
	return o
}

// covers tells whether the pattern covers the case's action on no resource.
func (o *openARN) covers(c *Case) tri {
	service, _, _ := strings.Cut(lowerASCII(c.Action), ":")
	t := o.service.matchPart(service)
	if partition := c.Principal.partition; partition != "" {
		t = t.and(o.partition.matchPart(partition))
	}
	if !o.example {
		return t.doubted()
	}
	return t
}

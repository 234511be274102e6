package iampolicy

import (
	"fmt"
	"slices"
	"strings"
)

// setOperator says how the several values of a request's key are combined
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html).
type setOperator uint8

const (
	setNone setOperator = iota
	setAll              // ForAllValues
	setAny              // ForAnyValue
)

// condition is one key under one operator.
type condition struct {
	operator string // as written
	op       *operator
	set      setOperator
	ifExists bool
	key      contextKey
	values   []conditionValue
	// variables are the keys of the values' variables that have no default.
	variables []contextKey
	self      []string // the key as written, so that a decision can name one missing key without allocating
}

// parseOperator reads an operator with its prefix and suffix.
func parseOperator(name string) (condition, error) {
	c := condition{operator: name}
	base := name
	if rest, ok := strings.CutPrefix(base, "ForAllValues:"); ok {
		base, c.set = rest, setAll
	} else if rest, ok := strings.CutPrefix(base, "ForAnyValue:"); ok {
		base, c.set = rest, setAny
	}
	base, c.ifExists = strings.CutSuffix(base, "IfExists")
	for i := range operators {
		if op := &operators[i]; op.name == base && (!c.ifExists || !op.noIfExists) {
			c.op = op
			return c, nil
		}
	}
	return c, operatorError(name)
}

func compileValues(c *condition, values []string, variables bool) ([]conditionValue, error) {
	out := make([]conditionValue, len(values))
	for i, raw := range values {
		v := &out[i]
		v.pattern = newPattern(raw, c.op.wild, variables)
		if c.op.name == nullOperator {
			if _, ok := parseBool(raw); !ok && v.pattern.kind != patternDynamic {
				return nil, fmt.Errorf("operator Null has value %q, which is neither true nor false", clip(raw))
			}
		}
		if v.pattern.kind != patternDynamic {
			c.op.prepare(v)
			continue
		}
		for _, t := range v.pattern.tokens {
			if t.kind == tokenVariable && !t.defaulted && c.op.variables == variablesAllowed {
				c.variables = append(c.variables, t.key)
			}
		}
	}
	return out, nil
}

// holds evaluates the condition. missing tells that the request does not have the key.
func (c *condition) holds(e *Case) (t tri, missing bool) {
	values, unknown := e.lookup(&c.key)
	if c.op.name == nullOperator {
		return c.isNull(values, unknown), len(values) == 0 && !unknown
	}
	if unknown {
		// It may be absent or have any value: decided where that does not matter.
		absent := c.onAbsent()
		if c.onPresent(e, []string{Unknown(c.key.raw)}) == absent {
			return absent, false
		}
		return maybe, false
	}
	if len(values) == 0 {
		return c.onAbsent(), true
	}
	return c.onPresent(e, values), false
}

// onAbsent decides for a key that the request does not have.
func (c *condition) onAbsent() tri {
	switch {
	case c.ifExists || c.set == setAll:
		return yes
	case c.set == setAny:
		return no
	}
	return triOf(c.op.negated)
}

// isNull: "true" asks that the key be absent, "false" that it be present. Of Null with a set operator AWS says nothing.
func (c *condition) isNull(values []string, unknown bool) tri {
	t := no
	for i := range c.values {
		want, ok := parseBool(c.values[i].pattern.raw)
		switch {
		case !ok || unknown:
			t = t.or(maybe)
		case want == (len(values) == 0):
			t = yes
		}
	}
	if c.set != setNone {
		return maybe
	}
	if unknown && c.bothNull() {
		return yes
	}
	return t
}

// bothNull reports whether the condition holds for an absent and for a present key.
func (c *condition) bothNull() bool {
	var absent, present bool
	for i := range c.values {
		if want, ok := parseBool(c.values[i].pattern.raw); ok {
			absent = absent || want
			present = present || !want
		}
	}
	return absent && present
}

func (c *condition) onPresent(e *Case, values []string) tri {
	if c.set == setAll && len(values) == 1 && values[0] == "" {
		return yes // the empty text is documented as no value at all
	}
	all, some := yes, no
	for _, v := range values {
		t := c.matchAny(e, v)
		if c.op.negated {
			t = t.not()
		}
		all, some = all.and(t), some.or(t)
	}
	switch {
	case c.set == setAll:
		return all
	case c.set == setAny || all == some:
		return some
	}
	// Several values need a set operator; without one AWS does not say which of them counts.
	return maybe
}

// matchAny tells whether one value of the request matches any of the policy's, before negation.
func (c *condition) matchAny(e *Case, text string) tri {
	t := no
	unknown := hasUnknown(text)
	for i := range c.values {
		t = t.or(c.match(e, &c.values[i], text, unknown))
		if t == yes {
			break
		}
	}
	return t
}

func (c *condition) match(e *Case, v *conditionValue, text string, unknown bool) tri {
	if v.pattern.kind != patternDynamic {
		if !unknown {
			return c.op.test(v, text)
		}
		if c.op.testUnknown == nil {
			return maybe
		}
		return c.op.testUnknown(lex(v.pattern.raw, c.op.wild, false), text)
	}
	if c.op.variables == variablesNone {
		return maybe
	}
	var buffer [8]token
	tokens, hidden, unresolved := e.resolve(v.pattern.tokens, buffer[:0])
	switch {
	case unresolved && c.op.negated:
		return maybe
	case unresolved:
		return no
	case hidden || unknown:
		return c.op.testUnknown(slices.Clone(tokens), text)
	}
	return c.testResolved(tokens, text)
}

// testResolved tests a value whose variables have been replaced.
func (c *condition) testResolved(tokens []token, text string) tri {
	if !c.op.wild {
		if equalsTokens(tokens, text) {
			return yes
		}
		if c.op.name == "StringEquals" || c.op.name == "StringNotEquals" {
			return no
		}
	}
	v := conditionValue{pattern: compile("", joinTexts(tokens), false)}
	if parts, ok := splitTokens(joinTexts(tokens)); ok {
		var patterns [6]pattern
		for i := range parts {
			patterns[i] = compile("", parts[i], false)
		}
		v.arn = &patterns
	}
	return c.op.test(&v, text)
}

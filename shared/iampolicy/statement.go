package iampolicy

import (
	"bytes"
	"slices"
	"strings"
)

// Statement is one statement of a policy. It is immutable.
type Statement struct {
	sid                string
	hasSID             bool
	index              int
	line, column       int
	endLine, endColumn int
	effect             Effect
	services           uint64 // bits of the services that it may be about, see serviceBit
	notAction          bool
	actions            []actionPattern
	hasResource        bool
	notResource        bool
	resources          []resourcePattern
	hasPrincipal       bool
	notPrincipal       bool
	principals         []principalEntry
	hasCondition       bool
	conditions         []condition
}

// SID returns the statement's id, empty where it has none.
func (s *Statement) SID() string { return s.sid }

// Index returns the statement's place in the policy, from 0.
func (s *Statement) Index() int { return s.index }

// Line returns the line on which the statement begins, from 1.
func (s *Statement) Line() int { return s.line }

// Column returns the column, in characters from 1, at which the statement begins.
func (s *Statement) Column() int { return s.column }

// EndLine returns the line on which the statement ends.
func (s *Statement) EndLine() int { return s.endLine }

// EndColumn returns the column of the statement's last character.
func (s *Statement) EndColumn() int { return s.endColumn }

// Effect returns what the statement does to the requests that it matches.
func (s *Statement) Effect() Effect { return s.effect }

// Actions returns the values of the Action element, nil where the statement has NotAction.
func (s *Statement) Actions() []string { return texts(s.actions, !s.notAction) }

// NotActions returns the values of the NotAction element.
func (s *Statement) NotActions() []string { return texts(s.actions, s.notAction) }

// Resources returns the values of the Resource element; empty where there is none.
func (s *Statement) Resources() []string { return texts(s.resources, s.hasResource && !s.notResource) }

// NotResources returns the values of the NotResource element.
func (s *Statement) NotResources() []string { return texts(s.resources, s.notResource) }

// HasResource reports whether the statement has a Resource or NotResource element: in resource policies it may have
// none and is then about the resource that it is attached to.
func (s *Statement) HasResource() bool { return s.hasResource }

// HasPrincipal reports whether the statement has a Principal or NotPrincipal element.
func (s *Statement) HasPrincipal() bool { return s.hasPrincipal }

// PrincipalValue is one principal as a policy names it.
type PrincipalValue struct {
	Type  string // AWS, Service, Federated or CanonicalUser; empty for a bare "*"
	Value string
}

// Principals returns the values of the Principal element.
func (s *Statement) Principals() []PrincipalValue { return s.principalValues(!s.notPrincipal) }

// NotPrincipals returns the values of the NotPrincipal element.
func (s *Statement) NotPrincipals() []PrincipalValue { return s.principalValues(s.notPrincipal) }

func (s *Statement) principalValues(wanted bool) []PrincipalValue {
	if !wanted {
		return nil
	}
	var out []PrincipalValue
	for i := range s.principals {
		out = append(out, PrincipalValue{Type: s.principals[i].element, Value: s.principals[i].text})
	}
	return out
}

// Condition is one key of a statement's Condition element under one operator.
type Condition struct {
	Operator string // as written, such as ForAnyValue:StringLikeIfExists
	Key      string // as written
	Values   []string
}

// Conditions returns the statement's conditions in the document's order; all of them must hold.
func (s *Statement) Conditions() []Condition {
	var out []Condition
	for i := range s.conditions {
		out = append(out, s.conditions[i].public())
	}
	return out
}

func (c *condition) public() Condition {
	values := make([]string, len(c.values))
	for i := range c.values {
		values[i] = c.values[i].pattern.raw
	}
	return Condition{Operator: c.operator, Key: c.key.raw, Values: values}
}

// rawText is a compiled value that remembers how the policy has it.
type rawText interface{ rawText() string }

func (p pattern) rawText() string { return p.raw }

func texts[T rawText](values []T, wanted bool) []string {
	if !wanted {
		return nil
	}
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.rawText()
	}
	return out
}

// JSON prints the statement in the canonical form of Policy.MarshalJSON.
func (s *Statement) JSON() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	if s.hasSID {
		field(&b, "Sid", s.sid)
	}
	field(&b, "Effect", s.effect.String())
	if s.hasPrincipal {
		s.printPrincipals(&b)
	}
	list(&b, not("Action", s.notAction), texts(s.actions, true))
	if s.hasResource {
		list(&b, not("Resource", s.notResource), texts(s.resources, true))
	}
	if s.hasCondition {
		s.printConditions(&b)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// not returns the name of an element, in its Not form where negated.
func not(name string, negated bool) string {
	if negated {
		return "Not" + name
	}
	return name
}

func (s *Statement) printPrincipals(b *bytes.Buffer) {
	name := not("Principal", s.notPrincipal)
	if len(s.principals) == 1 && s.principals[0].element == "" {
		field(b, name, s.principals[0].text)
		return
	}
	separate(b)
	quote(b, name)
	b.WriteString(":{")
	for _, element := range principalElements {
		var values []string
		found := false
		for _, e := range s.principals {
			if e.element == element {
				found = true
				if e.kind != entryNone {
					values = append(values, e.text)
				}
			}
		}
		if found {
			list(b, element, values)
		}
	}
	b.WriteByte('}')
}

func (s *Statement) printConditions(b *bytes.Buffer) {
	sorted := slices.Clone(s.conditions)
	slices.SortStableFunc(sorted, func(x, y condition) int {
		if c := strings.Compare(x.operator, y.operator); c != 0 {
			return c
		}
		return strings.Compare(x.key.raw, y.key.raw)
	})
	separate(b)
	b.WriteString(`"Condition":{`)
	for i, c := range sorted {
		if i == 0 || sorted[i-1].operator != c.operator {
			if i > 0 {
				b.WriteByte('}')
			}
			separate(b)
			quote(b, c.operator)
			b.WriteString(":{")
		}
		list(b, c.key.raw, c.public().Values)
	}
	if len(sorted) > 0 {
		b.WriteByte('}')
	}
	b.WriteByte('}')
}

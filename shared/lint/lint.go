// Package lint finds mistakes that the text of a policy shows by itself: an
// action on a resource of the wrong kind, an ARN that no resource has, a
// condition on a key that the request never carries, an action that does not
// exist.
//
// A mistake is reported as certain only when the statement, or the part of it
// that the problem names, can never do what it says, whatever exists in the
// account. What AWS may decide otherwise and what depends on facts outside the
// text are hints, and what is often meant as it is written is advice. The knowledge of actions, resource types and keys
// is that of package authref, with corrections where AWS documents that its
// services decide otherwise.
package lint

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"permprobe/shared/iampolicy"
)

// Context is what the caller knows about the place of the policy. The zero
// value knows nothing; rules that need a fact stay silent without it.
type Context struct {
	// Partition, Region and Account are those of the function or role that the
	// policy serves: "aws", "eu-west-1", "210987654321".
	Partition, Region, Account string
	// ExecutionRole says that the policy (identity or trust) belongs to the
	// execution role of a Lambda function.
	ExecutionRole bool
	// Function is the unqualified ARN of that function, if it is one only; for a
	// function's resource policy, that of the function.
	Function string
	// LogGroup is the name of that function's log group.
	LogGroup string
	// Edge says that the function is replicated to Lambda@Edge.
	Edge bool
}

// Confidence is how far a problem can be relied on.
type Confidence uint8

// Advice is what is often meant as it is written, to be shown on request; Hint
// is a likely mistake; Certain is a part of a policy that can never apply, or
// never as written.
const (
	Advice Confidence = iota
	Hint
	Certain
)

// String returns "advice", "hint" or "certain".
func (c Confidence) String() string {
	switch c {
	case Certain:
		return "certain"
	case Hint:
		return "hint"
	}
	return "advice"
}

// Problem is one mistake.
type Problem struct {
	// ID names the rule, permanently. Rules lists them.
	ID         string
	Confidence Confidence
	// Ref names the policy and the statement; Statement is nil if the problem is
	// that of the whole policy.
	Ref iampolicy.StatementRef
	// Line and Column are where the statement begins in the document, from 1; 0
	// for a problem of the whole policy.
	Line, Column int
	// Element is the policy element that holds the bad value: "Action",
	// "Resource", "Principal", "Condition" or "Version". Operator and Key say
	// which condition.
	Element, Operator, Key string
	// Value is the bad value as written; empty if something is missing.
	Value string
	// Actions are the actions of the statement that the problem concerns, as
	// written and sorted; empty if it concerns all of them.
	Actions []string
	// Why is one sentence about what is wrong; Do is one about how to correct it.
	Why, Do string
	// Replace are the values to write in place of Value, where they follow from
	// the text alone. Empty: see Do.
	Replace []string
	// Page is the AWS documentation behind the rule.
	Page string
}

// Rule describes a rule for catalogues.
type Rule struct {
	ID, Title, Page string
}

// Rules lists all rules in order of ID.
func Rules() []Rule {
	var out []Rule
	for _, r := range rules() {
		out = append(out, Rule{r.id, r.title, r.page})
	}
	slices.SortFunc(out, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Policy reports the mistakes in a policy, in order of statement, certain ones
// first, then by rule and value. A policy without mistakes gives none.
func Policy(p *iampolicy.Policy, ctx Context) []Problem {
	if p == nil {
		return nil
	}
	doc := newDocument(p, ctx)
	for _, r := range rules() {
		doc.rule = r
		if r.document != nil {
			r.document(doc)
		}
		if r.statement == nil {
			continue
		}
		for _, s := range doc.statements {
			r.statement(s)
		}
	}
	slices.SortStableFunc(doc.problems, func(a, b Problem) int {
		return cmp.Or(place(a)-place(b), int(b.Confidence)-int(a.Confidence), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Element, b.Element), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Why, b.Why))
	})
	return doc.problems
}

// place orders problems of the whole policy after those of statements.
func place(p Problem) int {
	if p.Ref.Statement == nil {
		return 1 << 30
	}
	return p.Ref.Statement.Index()
}

// Corrected returns the statement with Value replaced, as JSON, and false if
// the problem has no replacement that follows from the text.
func (p Problem) Corrected() ([]byte, bool) {
	if len(p.Replace) == 0 || p.Ref.Statement == nil {
		return nil, false
	}
	var s corrected
	if json.Unmarshal(p.Ref.Statement.JSON(), &s) != nil {
		return nil, false
	}
	changed := false
	switch p.Element {
	case "Action":
		changed = replace(&s.Action, p.Value, p.Replace)
	case "Resource":
		changed = replace(&s.Resource, p.Value, p.Replace)
	case "Principal":
		var kinds map[string]json.RawMessage
		if json.Unmarshal(s.Principal, &kinds) == nil {
			for k, v := range kinds {
				changed = replace(&v, p.Value, p.Replace) || changed
				kinds[k] = v
			}
			s.Principal, _ = json.Marshal(kinds)
		}
	case "Condition":
		if keys := s.Condition[p.Operator]; keys != nil {
			v := keys[p.Key]
			changed = replace(&v, p.Value, p.Replace)
			keys[p.Key] = v
		}
	}
	if !changed {
		return nil, false
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return nil, false
	}
	return bytes.TrimSpace(out.Bytes()), true
}

// corrected is a statement whose elements keep AWS's customary order.
type corrected struct {
	Sid          string                                `json:",omitempty"`
	Effect       string                                `json:",omitempty"`
	Principal    json.RawMessage                       `json:",omitempty"`
	NotPrincipal json.RawMessage                       `json:",omitempty"`
	Action       json.RawMessage                       `json:",omitempty"`
	NotAction    json.RawMessage                       `json:",omitempty"`
	Resource     json.RawMessage                       `json:",omitempty"`
	NotResource  json.RawMessage                       `json:",omitempty"`
	Condition    map[string]map[string]json.RawMessage `json:",omitempty"`
}

// replace puts values in the place of one value of a string or list.
func replace(element *json.RawMessage, value string, with []string) bool {
	var list []string
	if json.Unmarshal(*element, &list) != nil {
		var one string
		if json.Unmarshal(*element, &one) != nil {
			return false
		}
		list = []string{one}
	}
	i := slices.Index(list, value)
	if i < 0 {
		return false
	}
	list = slices.Delete(list, i, i+1)
	for j, w := range with {
		if !slices.Contains(list, w) {
			list = slices.Insert(list, min(i+j, len(list)), w)
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	var v any = list
	if len(list) == 1 {
		v = list[0]
	}
	if enc.Encode(v) != nil {
		return false
	}
	*element = bytes.TrimSpace(out.Bytes())
	return true
}

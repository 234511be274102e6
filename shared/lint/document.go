package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/authref"
	"permprobe/shared/iampolicy"
)

// rule is one kind of mistake. Either function may be nil.
type rule struct {
	id, title, page string
	statement       func(*statement)
	document        func(*document)
}

// document is a policy as the rules read it.
type document struct {
	policy     *iampolicy.Policy
	ctx        Context
	statements []*statement
	rule       rule // the one that is running
	problems   []Problem
}

// statement adds to a statement what several rules need.
type statement struct {
	*iampolicy.Statement
	doc        *document
	allow      bool
	actions    []action
	resources  []resource
	conditions []iampolicy.Condition
	// malformed are the resources that a rule has found to be no ARN of any
	// resource, so that others need not report them again.
	malformed map[string]bool
}

// action is one value of the Action element.
type action struct {
	text         string
	prefix, name string
	all          bool // "*": every action of every service
	wild         bool // has wildcards
	unknown      bool // holds a value that the reader of a template could not resolve
	// known are the actions of the reference that the value covers, nil if all.
	known []authref.Action
}

// resource is one value of the Resource element.
type resource struct {
	text string
	// pattern is text with every part that is decided elsewhere (policy
	// variables, values that could not be resolved) replaced by *.
	pattern string
	// all: covers every resource.
	all bool
	// parts are the six parts of the ARN pattern; nil if there are fewer.
	parts []string
}

func newDocument(p *iampolicy.Policy, ctx Context) *document {
	d := &document{policy: p, ctx: ctx}
	for _, s := range p.Statements() {
		out := &statement{Statement: s, doc: d, allow: s.Effect() == iampolicy.Allow, conditions: s.Conditions(), malformed: map[string]bool{}}
		for _, a := range s.Actions() {
			out.actions = append(out.actions, newAction(a))
		}
		for _, r := range s.Resources() {
			value := newResource(r, p.Version() == "2012-10-17")
			// API Gateway completes the ARNs in the policies of its APIs:
			// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html.
			if p.Kind() == iampolicy.Resource && strings.HasPrefix(r, "execute-api:") {
				value.all = true
			}
			out.resources = append(out.resources, value)
		}
		d.statements = append(d.statements, out)
	}
	return d
}

func newAction(text string) action {
	a := action{text: text, wild: strings.ContainsAny(text, "*?"), unknown: len(iampolicy.UnknownNames(text)) > 0}
	if strings.Trim(text, "*") == "" {
		a.all = true
		return a
	}
	a.prefix, a.name, _ = strings.Cut(text, ":")
	a.prefix = strings.ToLower(a.prefix)
	if a.unknown {
		return a
	}
	if !a.wild {
		if known, ok := authref.Lookup(text); ok {
			a.known = []authref.Action{known}
		}
		return a
	}
	if strings.ContainsAny(a.prefix, "*?") {
		return a
	}
	for _, name := range authref.ExpandAction(text) {
		if known, ok := authref.Lookup(name); ok {
			a.known = append(a.known, known)
		}
	}
	return a
}

func newResource(text string, variables bool) resource {
	r := resource{text: text, pattern: open(text, variables)}
	r.all = strings.Trim(r.pattern, "*") == ""
	if parts := strings.SplitN(r.pattern, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		r.parts = parts
	}
	return r
}

// open replaces what is not known from the text by *: values that could not be
// resolved, and policy variables where the policy's version has them.
func open(text string, variables bool) string {
	for {
		i := strings.Index(text, "⟦")
		if i < 0 {
			break
		}
		j := strings.Index(text[i:], "⟧")
		if j < 0 {
			break
		}
		text = text[:i] + "*" + text[i+j+len("⟧"):]
	}
	if !variables {
		return text
	}
	for from := 0; ; {
		i := strings.Index(text[from:], "${")
		if i < 0 {
			return text
		}
		i += from
		j := strings.IndexByte(text[i:], '}')
		if j < 0 {
			return text
		}
		with := "*"
		if inner := text[i+2 : i+j]; inner == "*" || inner == "?" || inner == "$" {
			with = inner // the escaped character itself; as a wildcard it covers more, which is the safe side
		}
		text = text[:i] + with + text[i+j+1:]
		from = i + len(with)
	}
}

// service is the third part of the ARN pattern, "" if there is none.
func (r resource) service() string {
	if r.parts == nil {
		return ""
	}
	return r.parts[2]
}

// name is the last part of the ARN pattern.
func (r resource) name() string {
	if r.parts == nil {
		return ""
	}
	return r.parts[5]
}

// literal reports whether the text has no wildcard and no unknown part.
func (r resource) literal() bool { return !strings.ContainsAny(r.pattern, "*?") }

// awsManaged is the beginning of the names of policies that AWS maintains.
var awsManaged = regexp.MustCompile(`^arn:[a-z-]+:iam::aws:policy/`)

// report adds a problem of the running rule.
func (d *document) report(p Problem) {
	p.ID = d.rule.id
	if awsManaged.MatchString(d.policy.Name()) {
		p.Confidence = min(p.Confidence, Hint) // not the reader's to correct
	}
	if p.Page == "" {
		p.Page = d.rule.page
	}
	p.Ref.Policy = d.policy
	slices.Sort(p.Actions)
	p.Actions = slices.Compact(p.Actions)
	d.problems = append(d.problems, p)
}

func (s *statement) report(p Problem) {
	p.Ref.Statement = s.Statement
	p.Line, p.Column = s.Line(), s.Column()
	s.doc.report(p)
}

// certainIf is Certain for an Allow under the condition. A Deny that never
// applies refuses nothing, so it breaks no call: it stays a hint.
func (s *statement) certainIf(ok bool) Confidence {
	if ok && s.allow {
		return Certain
	}
	return Hint
}

// has reports whether some action value covers the named action.
func (s *statement) has(name string) bool {
	for _, a := range s.actions {
		if a.covers(name) {
			return true
		}
	}
	return false
}

// covers reports whether the value covers an action, named with its prefix in
// lower case.
func (a action) covers(name string) bool {
	if a.all {
		return true
	}
	prefix, name, _ := strings.Cut(name, ":")
	for _, k := range a.known {
		if k.Service == prefix && strings.EqualFold(k.Name, name) {
			return true
		}
	}
	return false
}

// services are the prefixes of the statement's actions, without repetition.
func (s *statement) services() []string {
	var out []string
	for _, a := range s.actions {
		if !a.all && !slices.Contains(out, a.prefix) {
			out = append(out, a.prefix)
		}
	}
	return out
}

// condition returns the conditions on a key, in any case.
func (s *statement) condition(key string) []iampolicy.Condition {
	var out []iampolicy.Condition
	for _, c := range s.conditions {
		if strings.EqualFold(c.Key, key) {
			out = append(out, c)
		}
	}
	return out
}

// operator is a condition operator taken apart.
type operator struct {
	set      string // ForAllValues, ForAnyValue or empty
	base     string // StringEquals, …
	ifExists bool
}

func parseOperator(text string) operator {
	var o operator
	if set, base, ok := strings.Cut(text, ":"); ok {
		o.set, text = set, base
	}
	o.base, o.ifExists = strings.CutSuffix(text, "IfExists")
	return o
}

// negated reports an operator that an absent key satisfies.
func (o operator) negated() bool {
	return strings.Contains(o.base, "Not")
}

// needsKey reports whether the condition fails when the request does not carry
// its key; see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html.
func needsKey(c iampolicy.Condition) bool {
	o := parseOperator(c.Operator)
	if strings.EqualFold(o.base, "Null") {
		// Null: false demands the key.
		return len(c.Values) == 1 && strings.EqualFold(c.Values[0], "false")
	}
	return !o.ifExists && !o.negated() && !strings.EqualFold(o.set, "ForAllValues")
}

// words joins a list for a sentence: a, b and c. Long lists are cut.
func words(list []string) string {
	const most = 4
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most-1], ", "), len(list)-most+1)
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

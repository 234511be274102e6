package iampolicy

import (
	"fmt"
	"strings"
)

// Explanation tells for every statement of a case's policies whether it applies and, if not, what keeps it from
// applying.
type Explanation struct {
	Result     Result
	Statements []StatementExplanation
	// Notes say what follows from the case as a whole, such as a resource without a policy.
	Notes []string
}

// StatementExplanation is one statement's part in a decision.
type StatementExplanation struct {
	Ref StatementRef
	By  Kind // the part that its policy plays; Resource for a trust policy
	// Applies is Allowed or ExplicitDeny where the statement applies, by its effect, ImplicitDeny where it does not, and
	// Undetermined where that is not known.
	Applies Decision
	// Elements are the elements that do not match, or of which it is not known; empty where the statement applies.
	Elements []ElementMismatch
}

// ElementMismatch says why one element of a statement does not match a request.
type ElementMismatch struct {
	Element string // as written: Action, NotAction, Resource, NotResource, Principal, NotPrincipal or Condition
	Unknown bool   // it is not known whether it matches
	Have    string // what the statement has
	Want    string // what the request has
	Text    string // both in one phrase
}

// Explain decides the case and says for every statement why it did or did not apply.
func (c *Case) Explain() Explanation {
	e := Explanation{Result: c.Decide()}
	r, err := c.request()
	if err != nil {
		return e
	}
	r.each(func(p *Policy, kind Kind) {
		for i, s := range p.statements {
			e.Statements = append(e.Statements, r.explain(&p.refs[i], s, kind))
		}
	})
	e.Notes = r.notes()
	return e
}

// notes say what the statements do not show.
func (r *request) notes() []string {
	c := r.c
	var notes []string
	entity := c.Principal.entity
	switch {
	case c.ResourcePolicy != nil || c.Principal.kind == principalOpaque:
	case !entity:
		notes = append(notes, "the resource has no policy, and only that could allow the caller")
	case r.resourceMust() == yes && len(c.Grants) == 0:
		notes = append(notes, "the resource has no policy, without which nobody may use it")
	case r.sameAccount() == no:
		notes = append(notes, "caller and resource are of different accounts, and the resource has no policy that lets the caller in")
	}
	if entity && len(c.Identity) == 0 && c.Principal.kind != principalRoot {
		notes = append(notes, "the caller has no policy of its own")
	}
	if len(c.SCPs) > 0 && (!entity || c.serviceLinked() == yes) {
		notes = append(notes, "service control policies do not bind this caller")
	}
	return notes
}

func (r *request) explain(ref *StatementRef, s *Statement, kind Kind) StatementExplanation {
	e := StatementExplanation{Ref: *ref, By: kind, Elements: r.mismatches(s, ref.Policy.kind)}
	e.Applies = Allowed
	if s.effect == Deny {
		e.Applies = ExplicitDeny
	}
	for _, m := range e.Elements {
		if !m.Unknown {
			e.Applies = ImplicitDeny
			break
		}
		e.Applies = Undetermined
	}
	return e
}

// mismatches lists the elements of a statement that do not match, each condition by itself.
func (r *request) mismatches(s *Statement, kind Kind) []ElementMismatch {
	var out []ElementMismatch
	add := func(t tri, element, have, want, text string) {
		if t != yes {
			if t == maybe {
				text = "it is not known whether " + text
			}
			out = append(out, ElementMismatch{Element: element, Unknown: t == maybe, Have: have, Want: want, Text: text})
		}
	}
	// cover phrases the match of an element with values.
	cover := func(t tri, element string, negated bool, have, want string) {
		verb := "does not cover"
		switch {
		case t == maybe && negated:
			verb = "leaves out"
		case t == maybe:
			verb = "covers"
		case negated:
			verb = "leaves out"
		}
		name := not(element, negated)
		add(t, name, have, want, fmt.Sprintf("%s %s %s %s", strings.ToLower(name[:1])+name[1:], have, verb, want))
	}
	cover(r.actionMatch(s), "Action", s.notAction, quoteList(texts(s.actions, true)), r.c.Action)
	if !s.hasResource && r.bareVoid {
		add(no, "Resource", "", quoted(r.resource), "a key policy's statement without Resource has no effect")
	} else {
		cover(r.resourceMatch(s), "Resource", s.notResource, quoteList(texts(s.resources, true)), quoted(r.resource))
	}
	who := s.principal(r.c, kind).any()
	switch {
	case kind.hasPrincipal() && !s.hasPrincipal:
		add(who, "Principal", "", quoted(r.c.Principal.text), "the statement names no principal, so it matches nobody")
	default:
		cover(who, "Principal", s.notPrincipal, quoteList(s.principalTexts()), quoted(r.c.Principal.text))
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		t, absent := c.holds(r.c)
		values, unknown := r.c.lookup(&c.key)
		have := c.operator + " " + c.key.raw + " " + quoteList(c.public().Values)
		want := "not in the request"
		switch {
		case unknown:
			want = "not known"
		case !absent && len(values) > 0:
			want = quoteList(values)
		}
		phrase := fmt.Sprintf("condition %s is not met: %s is %s", have, c.key.raw, want)
		if t == maybe {
			phrase = fmt.Sprintf("condition %s is met: %s is %s", have, c.key.raw, want)
		}
		add(t, "Condition", have, want, phrase)
	}
	return out
}

func (s *Statement) principalTexts() []string {
	var out []string
	for i := range s.principals {
		if s.principals[i].kind != entryNone {
			out = append(out, s.principals[i].text)
		}
	}
	return out
}

// quoted puts a value in quotes; unknown parts keep their brackets.
func quoted(s string) string { return `"` + s + `"` }

// quoteList writes values for people; of a long list its beginning.
func quoteList(values []string) string {
	const most = 6
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		if i == most {
			fmt.Fprintf(&b, "and %d more", len(values)-most)
			break
		}
		b.WriteString(quoted(v))
	}
	if len(values) != 1 {
		return "[" + b.String() + "]"
	}
	return b.String()
}

// String renders the explanation for people: the decision, then one line a statement.
func (e Explanation) String() string {
	var b strings.Builder
	b.WriteString(e.Result.Decision.String())
	if e.Result.By != KindNone {
		b.WriteString(" by " + e.Result.By.String())
	}
	if e.Result.Reason != "" {
		b.WriteString(": " + e.Result.Reason)
	}
	b.WriteByte('\n')
	for _, s := range e.Statements {
		fmt.Fprintf(&b, "  %s: %s\n", s.Ref, s)
	}
	for _, n := range e.Notes {
		fmt.Fprintf(&b, "  %s\n", n)
	}
	return b.String()
}

// String says in one phrase whether the statement applies and why not.
func (s StatementExplanation) String() string {
	switch s.Applies {
	case Allowed:
		return "allows the request"
	case ExplicitDeny:
		return "denies the request"
	}
	var parts []string
	for _, m := range s.Elements {
		if s.Applies == Undetermined || !m.Unknown {
			parts = append(parts, m.Text)
		}
	}
	verb := "does not apply: "
	if s.Applies == Undetermined {
		verb = "may apply: "
	}
	return verb + strings.Join(parts, "; ")
}

// String names the statement: its policy's name or kind, its Sid or place, and its line.
func (r StatementRef) String() string {
	if r.Policy == nil || r.Statement == nil {
		return "no statement"
	}
	name := r.Policy.name
	if name == "" {
		name = r.Policy.kind.String() + " policy"
	}
	if r.Statement.sid != "" {
		return fmt.Sprintf("%s, statement %q", name, r.Statement.sid)
	}
	return fmt.Sprintf("%s, statement %d at line %d", name, r.Statement.index+1, r.Statement.line)
}

// reason says in one sentence what is not known.
func (r *request) reason(v *verdict) string {
	var found string
	r.each(func(p *Policy, kind Kind) {
		for i, s := range p.statements {
			if found != "" {
				return
			}
			if t, _ := r.applies(s, p.kind); t != maybe {
				continue
			}
			for _, m := range r.mismatches(s, p.kind) {
				if m.Unknown {
					found = p.refs[i].String() + ": " + m.Text
					break
				}
			}
		}
	})
	c := r.c
	switch {
	case found != "":
		return found
	case c.Principal.entity && r.sameAccount() == maybe:
		return fmt.Sprintf("it is not known whether the caller's account %s is the resource's, %s", quoted(c.Principal.account), quoted(r.resourceAccount()))
	case r.resourceMust() == maybe:
		return fmt.Sprintf("it is not known whether %s is a key or a role, whose own policy must allow", quoted(c.Resource))
	case len(c.Grants) > 0 && v.grants.any() != no:
		return "it is not known whether a grant lets the caller use the key"
	case c.serviceLinked() == maybe:
		return fmt.Sprintf("it is not known whether %s is a service-linked role, which control policies do not bind: aws:PrincipalArn would tell", quoted(c.Principal.text))
	case c.ResourcePolicyARN != "":
		return fmt.Sprintf("it is not documented that the policy of %s is asked about %s", c.ResourcePolicyARN, c.Resource)
	case c.Endpoint != nil:
		return "it is not known whether the endpoint's policy means an account's root user or the whole account, which depends on the endpoint's type"
	}
	return "it is not known what the policies say about the caller"
}

package decide

import (
	"maps"
	"slices"
	"strings"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// Question is one cell that the IAM simulator is asked: may the role call the action on the resource, with
// these request keys? Questions are comparable, so equal ones of several functions are asked once.
type Question struct {
	Role, Action, Resource string
	Context                RequestContext
	// With is a policy document that the role is supposed to have besides its own; empty for none. It
	// proves a fix.
	With string
	// Without is empty, or WithoutSCPs where those policies are to be left out of account.
	Without string
}

// WithoutSCPs leaves the service control policies of the organization out of account.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyIdentifier.html
const WithoutSCPs = "scp"

// outside is the question as it would be without the organization.
func (q Question) outside() Question {
	q.Without = WithoutSCPs
	return q
}

// RequestContext is the request keys of a question in a canonical, comparable form.
type RequestContext string

// NewRequestContext encodes request keys.
func NewRequestContext(keys map[string][]string) RequestContext {
	names := make([]string, 0, len(keys))
	for name := range keys {
		names = append(names, name)
	}
	slices.Sort(names)
	lines := make([]string, 0, len(names))
	for _, name := range names {
		lines = append(lines, strings.Join(append([]string{name}, keys[name]...), "\x1f"))
	}
	return RequestContext(strings.Join(lines, "\x1e"))
}

// Sent is the context without the keys that the call certainly does not carry, which nobody is told of.
func (c RequestContext) Sent() RequestContext {
	keys := c.Keys()
	maps.DeleteFunc(keys, func(_ string, values []string) bool { return len(values) == 0 })
	return NewRequestContext(keys)
}

// Keys decodes the request keys. One without values is a key that the call certainly does not carry.
func (c RequestContext) Keys() map[string][]string {
	keys := map[string][]string{}
	if c == "" {
		return keys
	}
	for line := range strings.SplitSeq(string(c), "\x1e") {
		parts := strings.Split(line, "\x1f")
		keys[parts[0]] = parts[1:]
	}
	return keys
}

// Answer is what the simulator said to a question.
type Answer struct {
	// Decision is Undetermined where the simulator gave no answer; Unread then says why.
	Decision iampolicy.Decision
	// Missing are request keys that the simulator would have liked to know.
	Missing []string
	// Statements are where the statements that decided stand.
	Statements []Source
	// Boundary and Organizations are whether these guardrails allow; nil where they do not apply or were
	// not told.
	Boundary, Organizations *bool
	// InOrganization is true where the simulator spoke of the account's organization at all: policies that nobody
	// here sees may then take part.
	InOrganization bool
	// Alone is true when the question had a call of its own: only then does the simulator say what the
	// organization does with it.
	Alone bool
	// Remembered is when the simulator said it, where that was in an earlier run; zero where it was in this one.
	Remembered time.Time
	Unread     fact.Unread
	// LeftOut is true where the simulator answered other questions and not this one.
	LeftOut bool
}

// Source is where a statement stands: in which policy, on which line and column.
type Source struct {
	Policy       string
	Line, Column int
}

// Questions returns what the simulator must be asked to decide the needs, without repeats, in the order
// of the needs. Functions of one role are asked about together where that is as good; Apart asks further. Needs of
// roles that are not known are left out: they are gaps already.
func Questions(facts *fact.Facts, needs []need.Need) []Question {
	ask := newAsker(facts)
	var questions []Question
	seen := map[Question]bool{}
	for i := range needs {
		n := &needs[i]
		if n.Kind != need.Identity || !n.Unread.IsZero() || n.Sealed != "" {
			continue
		}
		if _, known := facts.Roles[n.Role].Value(); !known {
			continue
		}
		q := ask.together(n, questionOf(facts, n))
		if !seen[q] {
			seen[q] = true
			questions = append(questions, q)
		}
	}
	return questions
}

// questionOf adds the request keys that every call of a role from a function carries.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func questionOf(facts *fact.Facts, n *need.Need) Question {
	keys := map[string][]string{
		"aws:PrincipalArn":    {n.Role},
		"aws:CurrentTime":     {facts.Time.UTC().Format(time.RFC3339)},
		"aws:RequestedRegion": {facts.Account.Region},
		"aws:ResourceAccount": {facts.Account.ID},
		"aws:SecureTransport": {"true"},
	}
	for name, values := range n.Context {
		keys[name] = values
	}
	return Question{Role: n.Role, Action: n.Action, Resource: n.Resource, Context: NewRequestContext(keys)}
}

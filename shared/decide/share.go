package decide

import (
	"bytes"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// asker makes questions of needs. Functions of one role differ in the request keys that name the function, and the
// simulator takes one set of keys a call: to ask with each function's own would cost a call a function. Where
// nothing that is known of the role mentions such a key, its value cannot matter to the role's policies, so one
// function's is sent for all. What cannot be seen (service control policies) may mention it all the same, so
// only an allow of such a question counts for the other functions.
type asker struct {
	facts *fact.Facts
	// stands is the function whose keys stand for those of all functions of a role, by role.
	stands map[string]string
	// texts is everything that is known of a role in which a key may be mentioned, in lower case; roles of which
	// something is not known have none.
	texts map[string]string
}

func newAsker(facts *fact.Facts) *asker {
	a := &asker{facts: facts, stands: map[string]string{}, texts: map[string]string{}}
	several := map[string]bool{}
	for i := range facts.Functions {
		f := &facts.Functions[i]
		have, seen := a.stands[f.Role]
		several[f.Role] = seen
		// Not the first one: the order of the functions changes from run to run, the question should not.
		if !seen || f.ARN < have {
			a.stands[f.Role] = f.ARN
		}
	}
	for arn, more := range several {
		role, known := facts.Roles[arn].Value()
		if !more || !known {
			continue
		}
		if text, whole := textOf(&role); whole {
			a.texts[arn] = text
		}
	}
	return a
}

// textOf is the text of a role's policies and boundary in lower case; false where not all of it is known.
func textOf(role *fact.Role) (string, bool) {
	policies, known := role.Policies.Value()
	if !known {
		return "", false
	}
	if boundary, has := role.Boundary.Value(); has {
		policies = append(slices.Clone(policies), boundary)
	} else if !role.Boundary.IsAbsent() {
		return "", false
	}
	var text bytes.Buffer
	for _, policy := range policies {
		for _, statement := range policy.Statements() {
			text.Write(statement.JSON())
			text.WriteByte('\n')
		}
	}
	return strings.ToLower(text.String()), len(iampolicy.UnknownNames(text.String())) == 0
}

// together is the question that the need's function shares with the other functions of its role; the own question
// where there is none to share.
func (a *asker) together(n *need.Need, own Question) Question {
	stand, text := a.stands[n.Role], a.texts[n.Role]
	if _, known := a.texts[n.Role]; !known || stand == n.Function.ARN {
		return own
	}
	keys := own.Context.Keys()
	changed := false
	for name, values := range keys {
		if !slices.Contains(values, n.Function.ARN) || strings.Contains(text, strings.ToLower(name)) {
			continue
		}
		for i := range values {
			if values[i] == n.Function.ARN {
				values[i], changed = stand, true
			}
		}
	}
	if !changed {
		return own
	}
	own.Context = NewRequestContext(keys)
	return own
}

// Invisible are the ARNs of functions for which an allow of a common question was taken although policies that
// nobody here sees may tell them apart, in the order of the decisions.
func Invisible(decisions []Decision) []string {
	var functions []string
	seen := map[string]bool{}
	for i := range decisions {
		d := &decisions[i]
		if f := d.Need.Function.ARN; d.shared && d.organization && d.Verdict == Allowed && !seen[f] {
			seen[f] = true
			functions = append(functions, f)
		}
	}
	return functions
}

// Apart are the questions of functions that were so far asked about only together with others, and whose own
// answer is wanted: where the common answer was a deny that matters, and, in an organization, of the functions
// that due names. There an invisible policy may mention the function.
func Apart(facts *fact.Facts, decisions []Decision, due func(function string) bool) []Question {
	var questions []Question
	seen := map[Question]bool{}
	for i := range decisions {
		d := &decisions[i]
		if !d.shared || seen[d.own] {
			continue
		}
		if d.Verdict == Allowed && !(d.organization && due(d.Need.Function.ARN)) || d.Verdict != Allowed && !matters(facts, d) {
			continue
		}
		seen[d.own] = true
		questions = append(questions, d.own)
	}
	return questions
}

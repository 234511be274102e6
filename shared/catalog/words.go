package catalog

import (
	"fmt"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/finding"
)

// evidence is what a decision rests on; policy names the policy where the decision names none.
func evidence(d *decide.Decision, policy string) finding.Evidence {
	if d.Policy != "" {
		policy = d.Policy
	}
	return finding.Evidence{Policy: policy, Statement: d.Statement, StatementID: d.StatementID, Decision: d.Word(), Detail: d.Detail}
}

// citedStatement names the statement of a decision with its policy.
func citedStatement(d *decide.Decision) string {
	switch {
	case d.StatementID == "":
		return d.Policy
	case strings.HasPrefix(d.StatementID, "#"):
		return fmt.Sprintf("number %s of %s", d.StatementID[1:], d.Policy)
	}
	return fmt.Sprintf("%q of %s", d.StatementID, d.Policy)
}

// sentence ends text in a full stop.
func sentence(text string) string {
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// indefinite puts the article before a noun: an API, a URL, an event rule. Abbreviations are read letter by letter.
func indefinite(noun string) string {
	vowels := "AEIOaeio"
	if len(noun) > 1 && strings.ToUpper(noun[1:2]) == noun[1:2] && noun[1] != ' ' {
		vowels = "AEFHILMNORSX"
	}
	if noun != "" && strings.Contains(vowels, noun[:1]) {
		return "an " + noun
	}
	return "a " + noun
}

// capital begins text with a capital letter.
func capital(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

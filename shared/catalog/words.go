package catalog

import (
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/finding"
)

// evidence is what a decision rests on; policy names the policy where the decision names none.
func evidence(d *decide.Decision, policy string) finding.Evidence {
	if d.Policy != "" {
		policy = d.Policy
	}
	return finding.Evidence{Policy: policy, Statement: d.Statement, Decision: d.Word(), Detail: d.Detail}
}

// sentence ends text in a full stop.
func sentence(text string) string {
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// capital begins text with a capital letter.
func capital(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

package iampolicy

import "strings"

// A pattern's text is read into tokens once, when the policy is parsed.
type tokenKind uint8

const (
	tokenText     tokenKind = iota // exactly this text
	tokenStar                      // any text
	tokenOne                       // any one character
	tokenVariable                  // the value of a request key
	tokenUnknown                   // a text that is not known
)

type token struct {
	kind tokenKind
	text string // of tokenText; the default of a variable; the name of what is not known
	key  contextKey
	// defaulted tells a variable with a default, which may be empty, from one without.
	defaulted bool
	// early marks a variable in front of an ARN's resource part, where AWS supports none.
	early bool
}

// lex reads a pattern: wild where * and ? are wildcards, variables where ${…} stands for a request key
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
func lex(s string, wild, variables bool) []token {
	var tokens []token
	from := 0 // start of the text not yet in tokens
	flush := func(to int) {
		if to > from {
			tokens = appendText(tokens, s[from:to])
		}
	}
	for i := 0; i < len(s); {
		t, size, ok := lexOne(s[i:], wild, variables)
		if !ok {
			i++
			continue
		}
		flush(i)
		if t.kind == tokenText {
			tokens = appendText(tokens, t.text)
		} else if t.kind != tokenStar || len(tokens) == 0 || tokens[len(tokens)-1].kind != tokenStar {
			tokens = append(tokens, t)
		}
		i += size
		from = i
	}
	flush(len(s))
	return tokens
}

// appendText keeps neighbouring texts in one token.
func appendText(tokens []token, text string) []token {
	if n := len(tokens); n > 0 && tokens[n-1].kind == tokenText {
		tokens[n-1].text += text
		return tokens
	}
	return append(tokens, token{kind: tokenText, text: text})
}

// lexOne reads the token at the start of s, if there is one other than plain text.
func lexOne(s string, wild, variables bool) (t token, size int, ok bool) {
	switch {
	case wild && s[0] == '*':
		return token{kind: tokenStar}, 1, true
	case wild && s[0] == '?':
		return token{kind: tokenOne}, 1, true
	case variables && strings.HasPrefix(s, "${"):
		return lexVariable(s)
	case s[0] == unknownOpen[0] && strings.HasPrefix(s, unknownOpen):
		before, name, after, found := cutUnknown(s)
		if found && before == "" {
			return token{kind: tokenUnknown, text: name}, len(s) - len(after), true
		}
	}
	return token{}, 0, false
}

// lexVariable reads ${key}, ${key, 'default'} and the literals ${*}, ${?}, ${$}. What has no such form stays text.
func lexVariable(s string) (token, int, bool) {
	if len(s) >= 4 && s[3] == '}' && (s[2] == '*' || s[2] == '?' || s[2] == '$') {
		return token{kind: tokenText, text: s[2:3]}, 4, true
	}
	end := strings.IndexByte(s, '}')
	if end < 0 {
		return token{}, 0, false
	}
	name, rest, defaulted := strings.Cut(s[2:end], ",")
	if !defaulted {
		return token{kind: tokenVariable, key: newContextKey(strings.TrimSpace(name))}, end + 1, true
	}
	// The default may hold a closing brace: it ends at its quote.
	comma := 2 + len(name) + 1
	rest = strings.TrimLeft(s[comma:], " ")
	open := len(s) - len(rest)
	if !strings.HasPrefix(rest, "'") {
		return token{}, 0, false
	}
	text, tail, closed := strings.Cut(rest[1:], "'")
	trimmed := strings.TrimLeft(tail, " ")
	if !closed || !strings.HasPrefix(trimmed, "}") {
		return token{}, 0, false
	}
	size := open + 1 + len(text) + 1 + (len(tail) - len(trimmed)) + 1
	return token{kind: tokenVariable, key: newContextKey(strings.TrimSpace(name)), text: text, defaulted: true}, size, true
}

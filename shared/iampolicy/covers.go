package iampolicy

import "strings"

// Covers tells whether a pattern of a policy, where * is any text and ? any one character, covers a text that is taken
// literally. Policy variables in the pattern stand for themselves. fold leaves case out of account, as it is for actions.
// A part of either that is not known may be anything.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
func Covers(pattern, text string, fold bool) bool {
	if fold {
		pattern, text = strings.ToLower(pattern), strings.ToLower(text)
	}
	tokens := lex(pattern, true, false)
	if hasUnknownToken(tokens) || hasUnknown(text) {
		return matchUnknown(tokens, text) != no
	}
	compiled := compile(pattern, tokens, false)
	return compiled.match(text)
}

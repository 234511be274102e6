package config

import (
	"errors"
	"strings"
)

// ValidatePattern says what is wrong with a function's name, ARN or pattern (* and ? are wildcards).
func ValidatePattern(pattern string) error {
	switch {
	case strings.TrimSpace(pattern) == "":
		return errors.New("is empty")
	case strings.ContainsAny(pattern, " \t\r\n"):
		return errors.New("holds white space: a function's name, ARN or pattern has none")
	case len(pattern) > 512:
		return errors.New("is longer than 512 characters")
	}
	return nil
}

// Match tells whether pattern, where * stands for any text and ? for one character, covers the whole of
// text. Everything else is literal.
func Match(pattern, text string) bool {
	// The position after the last * and where in text it was tried: going back only to the last * keeps
	// this linear in practice and never exponential.
	star, tried := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, tried = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			tried++
			p, t = star+1, tried
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// Selects tells whether a pattern names the function: by its name, or by its ARN where the pattern is one.
func Selects(pattern, name, arn string) bool {
	if strings.HasPrefix(pattern, "arn:") {
		return Match(pattern, arn)
	}
	return Match(pattern, name)
}

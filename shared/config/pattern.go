package config

import (
	"errors"
	"slices"
	"strings"
)

// ValidatePattern says what is wrong with a function's name, ARN or pattern (* and ? are wildcards): a
// pattern that can match no function is a mistake. Errors continue a sentence that began with the pattern.
//
// A function is named as a whole, with all its versions and aliases: a qualifier is an error, and so are the
// partial ARNs that some Lambda operations take.
func ValidatePattern(pattern string) error {
	switch {
	case strings.TrimSpace(pattern) == "":
		return errors.New("is empty")
	case strings.ContainsAny(pattern, " \t\r\n"):
		return errors.New("holds white space: a function's name, ARN or pattern has none")
	case len(pattern) > 512:
		return errors.New("is longer than 512 characters")
	case strings.IndexFunc(pattern, func(r rune) bool { return r < '!' || r > '~' }) >= 0:
		return errors.New("holds a character that no function's name or ARN has")
	case strings.HasPrefix(pattern, "arn:"):
		return validateARN(pattern)
	case strings.Contains(pattern, ":function:"):
		return errors.New("is a part of an ARN: give the whole ARN, or the function's name alone")
	case strings.Contains(pattern, ":"):
		return errors.New("has a qualifier: give the function's name alone, all its versions and aliases are checked")
	}
	return nil
}

// arnColons is how many colons an unqualified function's ARN has.
//
// https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
const arnColons = 6

func validateARN(pattern string) error {
	parts := strings.Split(pattern, ":")
	// From the first * on, any part may stand for several.
	known := parts
	if i := slices.IndexFunc(parts, func(p string) bool { return strings.Contains(p, "*") }); i >= 0 {
		known = parts[:i]
	}
	switch {
	case len(known) > 2 && !Match(known[2], "lambda"), len(known) > 5 && !Match(known[5], "function"):
		return errors.New("is not the ARN of a Lambda function")
	case len(parts)-1 > arnColons:
		return errors.New("has a qualifier: give the ARN without it, all versions and aliases of a function are checked")
	case len(known) == len(parts) && len(parts)-1 < arnColons:
		return errors.New("is not the whole ARN of a Lambda function")
	}
	return nil
}

// Match tells whether pattern, where * stands for any text and ? for one byte, covers the whole of text.
// Everything else is literal; names and ARNs of functions are ASCII.
func Match(pattern, text string) bool {
	// The last * and where in text it was tried: it is enough to go back to the last one, so the work is at
	// most the product of both lengths and never exponential.
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

// Selects tells whether a pattern names the function: by its ARN, which is unqualified, where the pattern begins
// as one, and else by its name.
func Selects(pattern, name, arn string) bool {
	if strings.HasPrefix(pattern, "arn:") {
		return Match(pattern, arn)
	}
	return Match(pattern, name)
}

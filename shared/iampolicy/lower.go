package iampolicy

import (
	"strings"
	"unicode/utf8"
)

// Comparison of actions and keys, of which only ASCII letters do not distinguish case. The pattern's side is in lower case already.

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func lowerRune(c rune) rune {
	if c < utf8.RuneSelf {
		return rune(lowerByte(byte(c)))
	}
	return c
}

func lowerASCII(s string) string {
	upper := func(c rune) bool { return c >= 'A' && c <= 'Z' }
	if strings.IndexFunc(s, upper) < 0 {
		return s // nearly always
	}
	b := []byte(s)
	for i := range b {
		b[i] = lowerByte(b[i])
	}
	return string(b)
}

// equalFold reports whether s in lower case is lower.
func equalFold(lower, s string) bool {
	return len(lower) == len(s) && prefixFold(lower, s)
}

func prefixFold(lower, s string) bool {
	if len(lower) > len(s) {
		return false
	}
	for i := range len(lower) {
		if lower[i] != lowerByte(s[i]) {
			return false
		}
	}
	return true
}

// indexFold finds the first place of lower in s. Its time is their product: actions are short (see checkAction).
func indexFold(lower, s string) int {
	for i := 0; i+len(lower) <= len(s); i++ {
		if prefixFold(lower, s[i:]) {
			return i
		}
	}
	return -1
}

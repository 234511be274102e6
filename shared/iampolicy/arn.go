package iampolicy

import "strings"

// arnParts are the six parts of an ARN; the last may hold colons.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html.
type arnParts [6]string

const (
	arnPrefix = iota
	arnPartition
	arnService
	arnRegion
	arnAccount
	arnResource
)

// splitARN splits s at its first five colons; colons in a variable or in the name of an unknown text do not count.
func splitARN(s string) (arnParts, bool) {
	var parts arnParts
	if !strings.HasPrefix(s, "arn:") {
		return parts, false
	}
	return splitColons(s)
}

func splitColons(s string) (arnParts, bool) {
	parts, n := splitParts(s)
	return parts, n == len(parts)
}

// splitParts is splitColons for a text of any number of parts, which it counts.
func splitParts(s string) (arnParts, int) {
	var parts arnParts
	part, from := 0, 0
	for i := 0; part < arnResource && i < len(s); i++ {
		switch s[i] {
		case ':':
			parts[part] = s[from:i]
			part++
			from = i + 1
		case '$':
			if strings.HasPrefix(s[i:], "${") {
				if end := strings.IndexByte(s[i:], '}'); end > 0 {
					i += end
				}
			}
		case unknownOpen[0]:
			if before, _, after, ok := cutUnknown(s[i:]); ok && before == "" {
				i = len(s) - len(after) - 1
			}
		}
	}
	parts[part] = s[from:]
	return parts, part + 1
}

// isAccountID reports whether s is a twelve-digit account id.
func isAccountID(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

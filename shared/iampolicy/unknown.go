package iampolicy

import "strings"

// The brackets of an unknown text. Neither is valid in an ARN, an account id or an action.
const (
	unknownOpen  = "⟦"
	unknownClose = "⟧"
)

// Unknown returns the text that stands for a value which is not known, named for people, such as "Parameter Bucket".
// It may be part of a longer text: "arn:aws:s3:::" + Unknown("Parameter Bucket") + "/*".
func Unknown(name string) string {
	name = strings.NewReplacer(unknownOpen, "", unknownClose, "").Replace(name)
	return unknownOpen + name + unknownClose
}

// UnknownNames returns the names of the unknown values in s, in order, each as often as it occurs.
func UnknownNames(s string) []string {
	var names []string
	for {
		_, name, rest, ok := cutUnknown(s)
		if !ok {
			return names
		}
		names = append(names, name)
		s = rest
	}
}

// hasUnknown reports whether s holds an unknown value.
func hasUnknown(s string) bool {
	if strings.IndexByte(s, unknownOpen[0]) < 0 {
		return false // nearly always
	}
	_, _, _, ok := cutUnknown(s)
	return ok
}

// cutUnknown splits s around its first unknown value.
func cutUnknown(s string) (before, name, after string, ok bool) {
	i := strings.Index(s, unknownOpen)
	if i < 0 {
		return s, "", "", false
	}
	j := strings.Index(s[i:], unknownClose)
	if j < 0 {
		return s, "", "", false
	}
	return s[:i], s[i+len(unknownOpen) : i+j], s[i+j+len(unknownClose):], true
}

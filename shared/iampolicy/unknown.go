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

// settledNames begin the names of unknown parts that are one value each, wherever they occur: what a parameter, an
// attribute or an export will be is open, but not that it is the same in all places. Other names, such as that of an
// element of an unknown list, are shared by values that differ.
var settledNames = []string{"Parameter ", "ImportValue ", "GetAtt ", "Ref ", "dynamic reference "}

// settled tells whether all unknown parts of that name are the same value.
func settled(name string) bool {
	for _, beginning := range settledNames {
		if strings.HasPrefix(name, beginning) {
			return true
		}
	}
	// What a condition chooses from is told apart by what stands in brackets.
	return strings.HasPrefix(name, "Condition ") && strings.Contains(name, " (")
}

// Settled tells whether a text that equals s has the value of s, although parts of both are not known.
func Settled(s string) bool {
	for _, name := range UnknownNames(s) {
		if !settled(name) {
			return false
		}
	}
	return true
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

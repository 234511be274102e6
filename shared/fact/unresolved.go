package fact

import (
	"fmt"
	"strings"

	"permprobe/shared/iampolicy"
)

// Unresolved says that what ("whether the function sends traces") depends on the values of text that a
// template leaves open; zero where text holds none.
func Unresolved(what, text string) Unread {
	names := iampolicy.UnknownNames(text)
	if len(names) == 0 {
		return Unread{}
	}
	return Unread{Reason: fmt.Sprintf("%s depends on %s, which is not known", what, strings.Join(names, ", "))}
}

// Open stands in a text for what of it is not known: policies that the known parts do not decide are undecided.
func Open(what string) string { return iampolicy.Unknown(what) }

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

package need

import (
	"fmt"

	"permprobe/shared/fact"
)

// asVersions gives the needs of a version or alias the role that it runs as, which is the one that it was
// published with and not always the function's.
func asVersions(facts *fact.Facts, needs []Need) []Need {
	for i := range needs {
		n := &needs[i]
		if n.Function.Qualifier == "" || !n.Unread.IsZero() {
			continue
		}
		read := facts.VersionRoles[n.Function]
		role, known := read.Value()
		switch {
		case known:
			n.Role = role
		case read.IsAbsent():
			n.Unread = fact.Unread{Reason: fmt.Sprintf("%s has no version or alias %s", n.Function.ARN, n.Function.Qualifier)}
		default:
			n.Unread, _ = read.Unread()
		}
	}
	return needs
}

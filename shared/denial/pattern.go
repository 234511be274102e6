package denial

import (
	"regexp"
	"sync"
)

// onDemand is an expression that is compiled when a line first needs it: scheduled scans read no lines unless they are told
// to, and compiling all of them would be a tenth of the time until the function asks for its first event.
func onDemand(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

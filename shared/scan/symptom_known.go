package scan

import (
	"fmt"
	"time"
)

// number is a metric's value; false where it is not known. One without data points is 0: nothing happened.
func (t *tree) number(key string) (float64, bool) {
	read, asked := t.numbers[key]
	if !asked {
		return 0, false
	}
	if read.IsAbsent() {
		return 0, true
	}
	return read.Value()
}

// lines is how often lines of a kind were seen in a log group; known is false where the group was not read.
func (t *tree) lines(group, kind string) (n int, last time.Time, known bool) {
	read, asked := t.logs[group]
	if !asked {
		return 0, time.Time{}, false
	}
	seen, known := read.Value()
	one := seen[kind]
	return one.Count, one.Last, known || read.IsAbsent()
}

// gatewayLines are the same over the log groups of the API; known is false where it writes none.
func (t *tree) gatewayLines(kind string) (n int, where string, known bool) {
	for _, group := range t.gatewayGroups() {
		if read, asked := t.logs[group]; !asked || read.IsAbsent() {
			continue
		}
		count, last, read := t.lines(group, kind)
		known = known || read
		if count > 0 {
			n += count
			where = fmt.Sprintf("%s, last at %s", group, last.UTC().Format(time.RFC3339))
		}
	}
	return n, where, known
}

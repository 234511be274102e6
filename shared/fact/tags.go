package fact

import (
	"maps"
	"slices"
	"strings"
)

// TagsKey is a set of tags in a canonical form: their keys, each with its values in order.
func TagsKey(tags map[string][]string) string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		lines = append(lines, strings.Join(append([]string{key}, slices.Sorted(slices.Values(tags[key]))...), "\x1f"))
	}
	return strings.Join(lines, "\x1e")
}

package localaws

import (
	"encoding/json"
	"math"
	"sort"
	"strconv"
	"strings"

	"permprobe/shared/stack"
)

// Template values are strings, int64, float64, bool, []any and map[string]any; CloudFormation takes a number or a boolean
// for text and the other way round, and a single value where a list is asked for. These helpers do as it does.

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		return v.String()
	}
	return ""
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case float64:
		return int64(v), v == math.Trunc(v)
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	case string:
		n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		return n, err == nil
	}
	return 0, false
}

func boolean(v any) (value, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		b, err := strconv.ParseBool(strings.ToLower(v))
		return b, err == nil
	}
	return false, false
}

// fraction reads a number with a fraction; false where it is none.
func fraction(v any) (float64, bool) {
	n, err := strconv.ParseFloat(text(v), 64)
	return n, err == nil
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// items is the list, or the single value as one.
func items(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

func texts(v any) []string {
	var out []string
	for _, e := range items(v) {
		if s := text(e); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// isUnknown reports that nothing is known of a value but the name of what it would be.
func isUnknown(v any) bool {
	s, ok := v.(string)
	return ok && strings.HasPrefix(s, "⟦") && strings.HasSuffix(s, "⟧") && strings.Count(s, "⟦") == 1
}

// imported reports an unknown that is some other stack's, so none of this one's resources.
func imported(v any) bool {
	for _, n := range stack.UnknownNames(text(v)) {
		if strings.HasPrefix(n, "ImportValue") {
			return true
		}
	}
	return false
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func sortedValues[V any](m map[string]V) []V {
	out := make([]V, 0, len(m))
	for _, k := range sortedKeys(m) {
		out = append(out, m[k])
	}
	return out
}

// cut splits at a separator that is not inside an unknown's name.
func cut(s string, sep byte, n int) []string {
	var out []string
	depth, start := 0, 0
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "⟦"):
			depth++
		case strings.HasPrefix(s[i:], "⟧"):
			depth = max(depth-1, 0)
		case s[i] == sep && depth == 0 && (n <= 0 || len(out) < n-1):
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// splitARN gives the six parts of an ARN, or nil.
func splitARN(s string) []string {
	p := cut(s, ':', 6)
	if len(p) != 6 || p[0] != "arn" {
		return nil
	}
	return p
}

func sorted[T any](s []T, less func(a, b T) bool) []T {
	sort.SliceStable(s, func(i, j int) bool { return less(s[i], s[j]) })
	return s
}

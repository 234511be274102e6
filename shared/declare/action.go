package declare

import (
	"fmt"
	"strings"

	"permprobe/shared/authref"
)

// known finds an action by its name, or says which one is probably meant.
func known(name string) (authref.Action, error) {
	service, action, found := strings.Cut(name, ":")
	switch {
	case !found || service == "" || action == "":
		return authref.Action{}, fmt.Errorf("%s is no action: it is written service:Action, as in s3:GetObject", quote(name))
	case strings.ContainsAny(name, "*?"):
		return authref.Action{}, fmt.Errorf("%s holds a wildcard: name the actions that the code calls", quote(name))
	}
	if have, ok := authref.Lookup(name); ok {
		return have, nil
	}
	info, ok := authref.Service(service)
	if !ok {
		if near := Nearest(service, authref.Services()); near != "" {
			return authref.Action{}, fmt.Errorf("%s is of no known service: is %s:%s meant?", quote(name), near, action)
		}
		return authref.Action{}, fmt.Errorf("%s is of no known service", quote(name))
	}
	var names []string
	for _, a := range info.Actions() {
		names = append(names, a.Name)
	}
	if near := Nearest(action, names); near != "" {
		return authref.Action{}, fmt.Errorf("%s is no known action: is %s:%s meant?", quote(name), strings.ToLower(service), near)
	}
	return authref.Action{}, fmt.Errorf("%s is no known action of %s", quote(name), strings.ToLower(service))
}

// mostEdits is how much a name may differ from the one that is suggested for it.
const mostEdits = 2

// Nearest is the name that differs least from a misspelt one; the first of several, empty where none is near. Names
// that are no longer than the edits say nothing about what was meant.
func Nearest(text string, names []string) string {
	best, least := "", mostEdits+1
	for _, name := range names {
		if len(name) <= mostEdits {
			continue
		}
		if d := edits(strings.ToLower(text), strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	return best
}

// edits counts the letters to insert, delete, replace or swap with their neighbour to make b of a. It stops
// counting above mostEdits.
func edits(a, b string) int {
	if len(a)-len(b) > mostEdits || len(b)-len(a) > mostEdits {
		return mostEdits + 1
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// quote shows text from a declaration on one line, cut where it is long.
func quote(text string) string {
	const shown = 120
	if runes := []rune(text); len(runes) > shown {
		return fmt.Sprintf("%q…", string(runes[:shown]))
	}
	return fmt.Sprintf("%q", text)
}

// typesOf names the resource types of an action for people, the first ones of many.
func typesOf(action authref.Action) string {
	const shown = 3
	var names []string
	for i, r := range action.Resources {
		if i == shown {
			names = append(names, "…")
			break
		}
		names = append(names, r.Type.Pattern)
	}
	return strings.Join(names, " or ")
}

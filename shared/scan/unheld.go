package scan

import (
	"fmt"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// unheld is the gap of what no template holds that functions call: its policies may say otherwise than the roles'.
func unheld(facts *fact.Facts) []finding.Gap {
	names := decide.Unheld(facts)
	if len(names) == 0 {
		return nil
	}
	return []finding.Gap{{Reason: fmt.Sprintf("no template holds what functions call: %s; what their policies deny, or allow to roles by name, is not known",
		strings.Join(names, ", "))}}
}

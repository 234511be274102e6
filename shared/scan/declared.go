package scan

import (
	"fmt"
	"slices"

	"permprobe/shared/config"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// declarations are the needs of probe.yaml and those of the request. One of a request that names no functions is about
// those that it asks for.
func declarations(file []config.Need, request config.Request) []config.Need {
	all := slices.Clone(file)
	for _, declared := range request.Needs {
		if len(declared.Functions) == 0 {
			declared.Functions = request.Functions
		}
		all = append(all, declared)
	}
	return all
}

// needsOf are the needs of the configuration, the declared ones and those that the environment speaks of.
func needsOf(facts *fact.Facts, declared []config.Need) []need.Need {
	needs := slices.Concat(need.All(facts), need.Declarations(facts, declared))
	return append(needs, need.Inferences(facts, needs)...)
}

// ofCode are those of them that follow from the functions and their roles alone.
func ofCode(facts *fact.Facts, declared []config.Need) []need.Need {
	needs := slices.Concat(need.OfCode(facts), need.Declarations(facts, declared))
	return append(needs, need.Inferences(facts, needs)...)
}

// groups are the sets of tags that declarations ask for, each once.
func groups(declared []config.Need) []map[string][]string {
	var out []map[string][]string
	seen := map[string]bool{}
	for _, d := range declared {
		if key := fact.TagsKey(d.Tags); len(d.Tags) > 0 && !seen[key] {
			seen[key] = true
			out = append(out, d.Tags)
		}
	}
	return out
}

// unmet are the names and patterns of declarations that are about no function: most likely a name is wrong. Of those of
// probe.yaml that is only told where every function is looked at.
func (s *Scanner) unmet(declared []config.Need, request config.Request, facts *fact.Facts) []finding.Gap {
	whole := len(request.Functions) == 0 && slices.Contains(s.File.Functions, "*") && len(s.File.Tags) == 0
	var gaps []finding.Gap
	told := map[string]bool{}
	for i, d := range declared {
		if !whole && i < len(s.File.Needs) {
			continue
		}
		for _, pattern := range d.Functions {
			if i >= len(s.File.Needs) && slices.Contains(request.Functions, pattern) {
				continue // the request's own names are told apart
			}
			reason := fmt.Sprintf("%s declares what %q calls, and no function that is checked is named so", d.Where, pattern)
			if pattern == "*" || told[reason] || slices.ContainsFunc(facts.Functions, func(f fact.Function) bool {
				return config.Selects(pattern, f.Name, f.ARN)
			}) {
				continue
			}
			told[reason] = true
			gaps = append(gaps, finding.Gap{Check: "R17", Reason: reason})
		}
	}
	return gaps
}

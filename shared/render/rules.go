package render

import "permprobe/shared/finding"

// Rule is what the formats for pipelines say of a check, whether it found something or not.
type Rule struct {
	ID, Title, Text string
	Severity        finding.Severity
	// Guide are the rows of the field guide that the check answers.
	Guide []string
}

// Location is where something stands in a template. Line and Column are 1-based; 0 is not known, and an empty File is
// no place at all.
type Location struct {
	// File is a path with slashes, relative to the folder that the pipeline works in where that is possible.
	File         string
	Line, Column int
}

// Where finds what a finding is about in the templates: the place to mend first, then the function where that is
// another one. It gives nothing where neither is known.
type Where func(*finding.Finding) []Location

package config

import (
	"errors"
	"fmt"
	"strings"
)

// parseCompare reads the two functions of a comparison: names or ARNs, with a version or alias behind a colon where
// that is to be compared instead of the function as it is now.
func parseCompare(names []string) ([]string, error) {
	if len(names) != 2 {
		return nil, fmt.Errorf(`event field "compare": two functions are compared, not %d`, len(names))
	}
	for i, name := range names {
		if err := validateName(name); err != nil {
			return nil, fmt.Errorf("event field \"compare[%d]\": %s %w", i, short(name), err)
		}
	}
	if names[0] == names[1] {
		return nil, fmt.Errorf("event field \"compare\": %s is named twice", short(names[0]))
	}
	return names, nil
}

// validateName says what is wrong with the name or ARN of one function, perhaps with a qualifier.
func validateName(name string) error {
	whole, _ := SplitQualifier(name)
	switch {
	case strings.ContainsAny(name, "*?"):
		return errors.New("is a pattern: name one function")
	case strings.HasSuffix(name, ":"):
		return errors.New("ends in an empty qualifier")
	}
	return ValidatePattern(whole)
}

// SplitQualifier cuts the version or alias off a function's name or ARN; it is empty where there is none.
func SplitQualifier(name string) (whole, qualifier string) {
	from := 0
	if strings.HasPrefix(name, "arn:") {
		at := strings.Index(name, ":function:")
		if at < 0 {
			return name, ""
		}
		from = at + len(":function:")
	}
	function, qualifier, _ := strings.Cut(name[from:], ":")
	return name[:from] + function, qualifier
}

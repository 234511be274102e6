package config

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// longestWindow is how far back a diagnosis looks at most: logs are read newest first, and not all of them.
const longestWindow = 7 * 24 * time.Hour

var duration = regexp.MustCompile(`^P(?:([0-9]{1,3})D)?(T(?:([0-9]{1,4})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,8})S)?)?$`)

// parseDuration reads an ISO 8601 duration of days, hours, minutes and seconds, such as PT6H or P1DT12H.
func parseDuration(text string) (time.Duration, error) {
	m := duration.FindStringSubmatch(text)
	if m == nil || m[1] == "" && (m[2] == "" || m[2] == "T") || m[2] == "T" {
		return 0, fmt.Errorf("%s is no ISO 8601 duration of days, hours, minutes and seconds such as PT6H", short(text))
	}
	var total time.Duration
	for i, unit := range map[int]time.Duration{1: 24 * time.Hour, 3: time.Hour, 4: time.Minute, 5: time.Second} {
		if m[i] == "" {
			continue
		}
		n, err := strconv.Atoi(m[i])
		if err != nil {
			return 0, fmt.Errorf("%s: %w", short(text), err)
		}
		total += time.Duration(n) * unit
	}
	if total <= 0 || total > longestWindow {
		return 0, fmt.Errorf("%s is not between a second and 7 days", short(text))
	}
	return total, nil
}

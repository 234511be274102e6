package iampolicy

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// number is a decimal number: whole ones are compared exactly.
type number struct {
	float   float64
	integer int64
	whole   bool
}

func (n number) compare(m number) int {
	if n.whole && m.whole {
		return cmp.Compare(n.integer, m.integer)
	}
	return cmp.Compare(n.float, m.float)
}

// parseNumber reads a decimal number with optional sign, fraction and exponent. Hexadecimal, infinities and the like
// are no numbers.
func parseNumber(s string) (number, bool) {
	if s == "" || len(s) > 64 {
		return number{}, false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return number{}, false
		}
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return number{float: float64(i), integer: i, whole: true}, true
	}
	f, err := strconv.ParseFloat(s, 64)
	return number{float: f}, err == nil
}

// dateLayouts are the forms of https://www.w3.org/TR/NOTE-datetime, of which a year alone is left out: it cannot be
// told from seconds since 1970. A fraction of a second is read behind the seconds of any of them.
var dateLayouts = [...]string{"2006-01-02T15:04:05Z07:00", "2006-01-02", "2006-01-02T15:04Z07:00", "2006-01"}

// parseDate reads a date of ISO 8601 or seconds since 1970 as such seconds.
func parseDate(s string) (number, bool) {
	if len(s) < 6 || s[4] != '-' {
		if len(s) == 4 && strings.Trim(s, "0123456789") == "" {
			return number{}, false
		}
		return parseNumber(s)
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			n := number{float: float64(t.Unix()) + float64(t.Nanosecond())/1e9, integer: t.Unix(), whole: t.Nanosecond() == 0}
			return n, true
		}
	}
	return number{}, false
}

package iampolicy

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// deletedID is what IAM leaves in a policy in the place of the ARN of a role or user that was deleted; while the
// principal exists its ARN is shown.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
var deletedID = regexp.MustCompile(`^A(ROA|IDA)[A-Z0-9]{12,}$`)

// partWords are the names of an ARN's parts for people.
var partWords = [...]string{arnPartition: "partition", arnService: "service", arnRegion: "Region", arnAccount: "account"}

// difference says in one phrase what is different between the value of a statement that comes closest and the
// request; empty where no more can be said than that the one does not cover the other.
func (r *request) difference(s *Statement, element string) string {
	switch element {
	case "Condition":
		return r.conditionDifference(s)
	case "Principal":
		for i := range s.principals {
			if deletedID.MatchString(s.principals[i].text) {
				return quoted(s.principals[i].text) + " is the id of a role or user that was deleted"
			}
		}
	case "Resource":
		best, have := -1, ""
		for i := range s.resources {
			if d := editDistance(s.resources[i].raw, r.resource); best < 0 || d < best {
				best, have = d, s.resources[i].raw
			}
		}
		return differentARN(have, r.resource)
	case "Action":
		best, have := -1, ""
		want := strings.ToLower(r.action)
		for i := range s.actions {
			if d := editDistance(strings.ToLower(s.actions[i].raw), want); best < 0 || d < best {
				best, have = d, s.actions[i].raw
			}
		}
		// s3:GetObject and s3:PutObject are two changes apart, so only a swap of letters counts as more than one.
		swapped := best == 2 && sameLetters(strings.ToLower(have), want)
		if (best == 1 || swapped) && !strings.ContainsAny(have, "*?") {
			return fmt.Sprintf("%s differs in %s", quoted(have), letters(best))
		}
	}
	return ""
}

// differentARN compares the ARN of a statement with that of a request.
func differentARN(have, want string) string {
	if want == "*" {
		return "the action has no resource, so only \"*\" allows it"
	}
	a, ok := splitARN(have)
	b, also := splitARN(want)
	if !ok || !also {
		return ""
	}
	var parts []string
	for i, name := range partWords {
		if name == "" || a[i] == b[i] || strings.ContainsAny(a[i], "*?$") || len(UnknownNames(a[i]+b[i])) > 0 {
			continue
		}
		parts = append(parts, fmt.Sprintf("the %s is %s and not %s", name, quoted(a[i]), quoted(b[i])))
	}
	if text := differentName(a[arnService], a[arnResource], b[arnResource]); text != "" && (len(parts) == 0 || a[arnService] == b[arnService]) {
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// differentName compares the last parts of two ARNs of a service; have may hold wildcards.
func differentName(service, have, want string) string {
	switch {
	case have == want:
		return ""
	case service == "logs" && (want == have || strings.HasPrefix(want, have+":")):
		return "its end lacks \":*\", without which it names no log stream"
	case service == "lambda" && strings.HasPrefix(want, have+":"):
		return fmt.Sprintf("it names the function without the qualifier %s", quoted(want[len(have)+1:]))
	case service == "lambda" && (have == want+":*" || strings.HasPrefix(have, want+":")):
		return fmt.Sprintf("it covers the qualifier %s only, and the call names none", quoted(have[len(want)+1:]))
	case service == "s3" && strings.HasPrefix(want, have+"/"):
		return "it names the bucket and not its objects"
	case service == "s3" && strings.HasPrefix(have, want+"/"):
		return "it names objects and not their bucket"
	case strings.HasPrefix(want, have+"/"):
		return fmt.Sprintf("it names what %s belongs to", quoted(want))
	case strings.HasPrefix(have, want+"/"):
		return fmt.Sprintf("it names what belongs to %s", quoted(want))
	}
	if strings.ContainsAny(have, "*?") || len(UnknownNames(have+want)) > 0 {
		return ""
	}
	kind, other := resourceKind(have), resourceKind(want)
	if typed := service != "s3" && service != "sqs" && service != "sns"; typed && kind != other {
		return fmt.Sprintf("it is a %s and not a %s", kindWord(kind), kindWord(other))
	}
	if d := editDistance(have, want); d <= 2 && !differOnlyInNumbers(have, want) {
		return fmt.Sprintf("the names differ in %s: %s and %s", letters(d), quoted(have), quoted(want))
	}
	return fmt.Sprintf("the name is %s and not %s", quoted(have), quoted(want))
}

// resourceKind is the type in the last part of an ARN: table of table/orders; empty where it has none.
func resourceKind(name string) string {
	if i := strings.IndexAny(name, ":/"); i >= 0 {
		return name[:i]
	}
	return ""
}

func kindWord(kind string) string {
	if kind == "" {
		return "resource without a type"
	}
	return kind
}

func letters(n int) string {
	if n == 1 {
		return "one character"
	}
	return fmt.Sprintf("%d characters", n)
}

// slip finds a resource of the statement that differs from the request's in the spelling of its name alone.
func (r *request) slip(s *Statement) string {
	want, ok := splitARN(r.resource)
	if !ok {
		return ""
	}
	for i := range s.resources {
		have, ok := splitARN(s.resources[i].raw)
		if !ok || have[arnPartition] != want[arnPartition] || have[arnService] != want[arnService] || have[arnRegion] != want[arnRegion] || have[arnAccount] != want[arnAccount] {
			continue
		}
		x, y := have[arnResource], want[arnResource]
		if want[arnService] == "s3" { // the name is the bucket's; what lies in it may be a pattern
			var inside, key string
			x, inside, _ = strings.Cut(x, "/")
			y, key, _ = strings.Cut(y, "/")
			if (inside == "") != (key == "") || inside != "*" && inside != key {
				continue
			}
		}
		if !strings.ContainsAny(x, "*?$") && len(UnknownNames(x+y)) == 0 && Misspelt(x, y) {
			return s.resources[i].raw
		}
	}
	return ""
}

// sameLetters tells whether two texts are the same letters in another order.
func sameLetters(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return bytes.Equal(x, y)
}

// Misspelt tells whether two names are so alike that one is probably the other with a slip: they differ by at most
// two characters and not in numbers alone, which tell resources of a series apart.
func Misspelt(a, b string) bool {
	// A name of a few characters is two changes away from most others of its length.
	if a == b || min(len(a), len(b)) < 5 || differOnlyInNumbers(a, b) {
		return false
	}
	return editDistance(a, b) <= 2
}

// differOnlyInNumbers tells whether two names are alike once their digits are taken out.
func differOnlyInNumbers(a, b string) bool {
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return -1
			}
			return r
		}, s)
	}
	return a != b && letters(a) == letters(b)
}

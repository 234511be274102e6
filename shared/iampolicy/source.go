package iampolicy

import (
	"fmt"
	"regexp"
	"strings"
)

// conditionDifference says what is different between the ARNs of a statement's conditions and those of the request:
// in a function's policy the ARN of the source that may call it.
func (r *request) conditionDifference(s *Statement) string {
	for i := range s.conditions {
		c := &s.conditions[i]
		values, unknown := r.c.lookup(&c.key)
		if t, _ := c.holds(r.c); t != no || unknown || c.op.negated || len(values) != 1 {
			continue
		}
		best, have := -1, ""
		for j := range c.values {
			raw := c.values[j].pattern.raw
			if d := editDistance(raw, values[0]); strings.HasPrefix(raw, "arn:") && (best < 0 || d < best) {
				best, have = d, raw
			}
		}
		if best < 0 || !strings.HasPrefix(values[0], "arn:") || len(UnknownNames(have)) > 0 {
			continue
		}
		if text := differentSource(have, values[0]); text != "" {
			return text
		}
	}
	return ""
}

// leftover is a variable of a template that nobody replaced. IAM knows no variables of these names.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
var leftover = regexp.MustCompile(`\$\{[A-Za-z0-9]+(?:(?:::|\.)[A-Za-z0-9]+)*\}`)

// gatewayID is what API Gateway names its APIs by.
var gatewayID = regexp.MustCompile(`^[a-z0-9]{8,}$`)

// differentSource names the first part in which the ARN of a source, which may hold wildcards, differs from that of a
// call.
func differentSource(have, want string) string {
	if variable := leftover.FindString(have); variable != "" {
		return fmt.Sprintf("%s stands in the ARN as text: it was not replaced, as Fn::Sub would have", quoted(variable))
	}
	a, ok := splitARN(have)
	b, also := splitARN(want)
	if !ok || !also {
		return fmt.Sprintf("%s is no ARN in its six parts", quoted(have))
	}
	for i, name := range [...]string{arnPartition: "partition", arnService: "service", arnRegion: "Region", arnAccount: "account"} {
		if name != "" && !covers(a[i], b[i]) {
			return fmt.Sprintf("the %s is %s and not %s", name, quoted(a[i]), quoted(b[i]))
		}
	}
	if b[arnService] == "execute-api" {
		return differentRoute(a[arnResource], b[arnResource])
	}
	if text := differentName(b[arnService], a[arnResource], b[arnResource]); text != "" {
		return text
	}
	if covers(a[arnResource], b[arnResource]) {
		return ""
	}
	return fmt.Sprintf("the name is %s and not %s", quoted(a[arnResource]), quoted(b[arnResource]))
}

// differentRoute names the first part of an API's source in which two differ: API/STAGE/METHOD/PATH, API/STAGE/KEY, or
// API/authorizers/ID.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
func differentRoute(have, want string) string {
	a, b := strings.SplitN(have, "/", 4), strings.SplitN(want, "/", 4)
	keyed := len(b) < 4
	authorizer := len(b) > 1 && b[1] == "authorizers"
	for i := range b {
		switch {
		case i >= len(a) && strings.HasSuffix(a[len(a)-1], "*"):
			return fmt.Sprintf("%s does not cover %s", quoted(have), quoted(want))
		case i >= len(a):
			return fmt.Sprintf("it ends before the %s %s", routePart(i, keyed, authorizer), quoted(b[i]))
		case covers(a[i], b[i]):
			continue
		case i == 0 && !gatewayID.MatchString(a[i]) && gatewayID.MatchString(b[i]):
			return fmt.Sprintf("the API id is %s, which is a name or the id in a template and no API's id, and not %s", quoted(a[i]), quoted(b[i]))
		case i == 1 && authorizer:
			return "it names routes and not the authorizer: authorizers have a source of their own"
		case i == 1 && a[i] == "authorizers":
			return "it names authorizers and not the route"
		case i == 3:
			return fmt.Sprintf("the path is %s and not %s", quoted("/"+a[i]), quoted("/"+b[i]))
		}
		return fmt.Sprintf("the %s is %s and not %s", routePart(i, keyed, authorizer), quoted(a[i]), quoted(b[i]))
	}
	if len(a) > len(b) {
		return fmt.Sprintf("it goes on with %s, where the source ends", quoted("/"+strings.Join(a[len(b):], "/")))
	}
	return ""
}

func routePart(i int, keyed, authorizer bool) string {
	switch {
	case i == 2 && authorizer:
		return "authorizer's id"
	case i == 2 && keyed:
		return "route"
	}
	return [...]string{"API id", "stage", "method", "path"}[i]
}

// covers matches one part with wildcards.
func covers(have, want string) bool {
	p := newPattern(have, true, false)
	return p.match(want)
}

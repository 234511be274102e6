package iampolicy

import (
	"encoding/base64"
	"net/netip"
	"strings"
)

// operator is one of IAM's condition operators, without set prefix and IfExists
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
type operator struct {
	name       string
	negated    bool // true where no value matches, and where the key is absent
	noIfExists bool
	wild       bool // values have wildcards
	variables  variableUse
	// prepare compiles a value; what the operator cannot read is left invalid.
	prepare func(*conditionValue)
	// test compares a value of the policy, which has no variables and no unknown parts, with one of the request. Where
	// one of them is not of the operator's type the answer is maybe: AWS does not document it.
	test func(v *conditionValue, text string) tri
	// testUnknown decides where one of them has unknown parts; nil means maybe.
	testUnknown func(v []token, text string) tri
}

// variableUse says whether an operator's values may have policy variables.
type variableUse uint8

const (
	variablesNone    variableUse = iota // undetermined where there are some
	variablesAllowed                    // string and ARN operators
)

// operators lists all operators. The order is that of AWS's page.
var operators = [...]operator{
	stringOperator("StringEquals", false, false),
	stringOperator("StringNotEquals", true, false),
	foldOperator("StringEqualsIgnoreCase", false),
	foldOperator("StringNotEqualsIgnoreCase", true),
	stringOperator("StringLike", false, true),
	stringOperator("StringNotLike", true, true),
	numericOperator("NumericEquals", false, func(c int) bool { return c == 0 }),
	numericOperator("NumericNotEquals", true, func(c int) bool { return c == 0 }),
	numericOperator("NumericLessThan", false, func(c int) bool { return c < 0 }),
	numericOperator("NumericLessThanEquals", false, func(c int) bool { return c <= 0 }),
	numericOperator("NumericGreaterThan", false, func(c int) bool { return c > 0 }),
	numericOperator("NumericGreaterThanEquals", false, func(c int) bool { return c >= 0 }),
	dateOperator("DateEquals", false, func(c int) bool { return c == 0 }),
	dateOperator("DateNotEquals", true, func(c int) bool { return c == 0 }),
	dateOperator("DateLessThan", false, func(c int) bool { return c < 0 }),
	dateOperator("DateLessThanEquals", false, func(c int) bool { return c <= 0 }),
	dateOperator("DateGreaterThan", false, func(c int) bool { return c > 0 }),
	dateOperator("DateGreaterThanEquals", false, func(c int) bool { return c >= 0 }),
	{name: "Bool", prepare: func(*conditionValue) {}, test: testBool},
	{name: "BinaryEquals", prepare: prepareBinary, test: testBinary},
	{name: "IpAddress", prepare: prepareIP, test: testIP},
	{name: "NotIpAddress", negated: true, prepare: prepareIP, test: testIP},
	arnOperator("ArnEquals", false),
	arnOperator("ArnLike", false),
	arnOperator("ArnNotEquals", true),
	arnOperator("ArnNotLike", true),
	{name: nullOperator, noIfExists: true, prepare: func(*conditionValue) {}},
}

// nullOperator tests presence and is decided before any value is compared.
const nullOperator = "Null"

// conditionValue is one value of a condition, compiled for its operator.
type conditionValue struct {
	pattern pattern
	arn     *[6]pattern // of the ARN operators; nil for a value that is not six parts
	number  number
	date    number // seconds since 1970
	network netip.Prefix
	bytes   []byte
	valid   bool // number, date, network or bytes could be read
}

func stringOperator(name string, negated, wild bool) operator {
	return operator{
		name: name, negated: negated, wild: wild, variables: variablesAllowed,
		prepare:     func(*conditionValue) {},
		test:        func(v *conditionValue, text string) tri { return triOf(v.pattern.match(text)) },
		testUnknown: matchUnknown,
	}
}

func foldOperator(name string, negated bool) operator {
	return operator{
		name: name, negated: negated, variables: variablesAllowed,
		prepare: func(*conditionValue) {},
		test:    func(v *conditionValue, text string) tri { return triOf(strings.EqualFold(v.pattern.text, text)) },
		testUnknown: func(v []token, text string) tri {
			lower := make([]token, len(v))
			for i, t := range v {
				t.text = strings.ToLower(t.text)
				lower[i] = t
			}
			return matchUnknown(lower, strings.ToLower(text))
		},
	}
}

func numericOperator(name string, negated bool, holds func(int) bool) operator {
	return operator{
		name: name, negated: negated,
		prepare: func(v *conditionValue) { v.number, v.valid = parseNumber(v.pattern.raw) },
		test: func(v *conditionValue, text string) tri {
			n, ok := parseNumber(text)
			if !ok || !v.valid {
				return maybe
			}
			return triOf(holds(n.compare(v.number)))
		},
	}
}

func dateOperator(name string, negated bool, holds func(int) bool) operator {
	return operator{
		name: name, negated: negated,
		prepare: func(v *conditionValue) { v.date, v.valid = parseDate(v.pattern.raw) },
		test: func(v *conditionValue, text string) tri {
			d, ok := parseDate(text)
			if !ok || !v.valid {
				return maybe
			}
			return triOf(holds(d.compare(v.date)))
		},
	}
}

// testBool compares without case; what is neither true nor false is no boolean.
func testBool(v *conditionValue, text string) tri {
	want, ok := parseBool(v.pattern.raw)
	have, ok2 := parseBool(text)
	if !ok || !ok2 {
		return maybe
	}
	return triOf(want == have)
}

func parseBool(s string) (value, ok bool) {
	switch {
	case strings.EqualFold(s, "true"):
		return true, true
	case strings.EqualFold(s, "false"):
		return false, true
	}
	return false, false
}

func prepareBinary(v *conditionValue) { v.bytes, v.valid = decodeBinary(v.pattern.raw) }

func decodeBinary(s string) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	return b, err == nil
}

func testBinary(v *conditionValue, text string) tri {
	b, ok := decodeBinary(text)
	if !ok || !v.valid {
		return maybe
	}
	return triOf(string(b) == string(v.bytes))
}

func prepareIP(v *conditionValue) { v.network, v.valid = parseNetwork(v.pattern.raw) }

// parseNetwork reads an address or a range; a single address is a range of one.
func parseNetwork(s string) (netip.Prefix, bool) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		return p.Masked(), err == nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

func testIP(v *conditionValue, text string) tri {
	n, ok := parseNetwork(text)
	if !ok || !v.valid {
		return maybe
	}
	if n.Bits() < n.Addr().BitLen() {
		// A request comes from one address; a range is within, outside, or partly.
		switch {
		case n.Bits() >= v.network.Bits() && v.network.Contains(n.Addr()):
			return yes
		case n.Overlaps(v.network):
			return maybe
		}
		return no
	}
	return triOf(v.network.Contains(n.Addr()))
}

func arnOperator(name string, negated bool) operator {
	return operator{
		name: name, negated: negated, wild: true, variables: variablesAllowed,
		prepare: func(v *conditionValue) { v.arn = splitPattern(v.pattern.raw) },
		test: func(v *conditionValue, text string) tri {
			return testARN(v.arn, &v.pattern, text)
		},
		testUnknown: testUnknownARN,
	}
}

// splitPattern compiles an ARN pattern, whose six parts are matched each for itself; nil where it has fewer.
func splitPattern(raw string) *[6]pattern {
	parts, ok := splitColons(raw)
	if !ok {
		return nil
	}
	var out [6]pattern
	for i, part := range parts {
		out[i] = newPattern(part, true, false)
	}
	return &out
}

// testARN: a wildcard does not go beyond its part. A pattern of fewer than six parts is not documented: undetermined
// where it would match as a text.
func testARN(patterns *[6]pattern, whole *pattern, text string) tri {
	if patterns == nil {
		return triOf(whole.match(text)).doubted()
	}
	parts, ok := splitARN(text)
	if !ok {
		return no
	}
	for i := range patterns {
		if !patterns[i].match(parts[i]) {
			return no
		}
	}
	return yes
}

// testUnknownARN matches part by part where both have six known colons, and otherwise as texts.
func testUnknownARN(v []token, text string) tri {
	whole := matchUnknown(v, text)
	if whole == no {
		return no
	}
	if whole == yes && !hasWildcard(v) {
		return yes // they are one text, whatever its parts are
	}
	patterns, ok := splitTokens(v)
	parts, ok2 := splitARN(text)
	if !ok || !ok2 {
		return maybe
	}
	t := yes
	for i := range patterns {
		u := matchUnknown(patterns[i], parts[i])
		if u == no {
			return no
		}
		if i < arnResource && (hasUnknown(parts[i]) || hasUnknownToken(patterns[i])) {
			u = maybe // it might hold a colon
		}
		t = t.and(u)
	}
	return t
}

func hasWildcard(tokens []token) bool {
	for _, t := range tokens {
		if t.kind == tokenStar || t.kind == tokenOne {
			return true
		}
	}
	return false
}

func hasUnknownToken(tokens []token) bool {
	for _, t := range tokens {
		if t.kind == tokenUnknown {
			return true
		}
	}
	return false
}

// splitTokens splits resolved tokens at their first five colons.
func splitTokens(tokens []token) (parts [6][]token, ok bool) {
	part := 0
	for _, t := range tokens {
		if t.kind != tokenText {
			parts[part] = append(parts[part], t)
			continue
		}
		text := t.text
		for part < arnResource {
			before, after, found := strings.Cut(text, ":")
			if !found {
				break
			}
			if before != "" {
				parts[part] = appendText(parts[part], before)
			}
			part++
			text = after
		}
		if text != "" {
			parts[part] = appendText(parts[part], text)
		}
	}
	return parts, part == arnResource
}

package stack

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parameter is a declared parameter with its value in force.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
type parameter struct {
	name   string
	value  any    // string, number or []any; nil when not known
	hidden *node  // default of a NoEcho parameter, to be forgotten
	secret any    // value of a NoEcho parameter: conditions are decided with it, then it is dropped
	reason string // why the value is not known
}

// text is the known value as the caller would give it.
func (p *parameter) text() (string, bool) {
	switch v := p.value.(type) {
	case string:
		return v, true
	case number:
		return string(v), true
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i], _ = textOf(item)
		}
		return strings.Join(parts, ","), true
	}
	return "", false
}

var parameterName = regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`)

var parameterType = regexp.MustCompile(`^(String|Number|CommaDelimitedList|List<(Number|String|AWS::[A-Za-z0-9:]+)>|AWS::[A-Za-z0-9:]+(<[A-Za-z0-9:<>]+>)?)$`)

func (e *evaluator) parameters(section *node) error {
	e.params = map[string]*parameter{}
	if section == nil || section.kind == nullNode {
		return nil
	}
	if section.kind != mapNode {
		return errorAt(section, "Parameters wants a map, found %s", section.kind)
	}
	for i, name := range section.keys {
		if name == "Fn::Transform" {
			continue
		}
		p, err := e.parameter(name, section.items[i])
		if err != nil {
			return err
		}
		e.params[name] = p
	}
	return nil
}

func (e *evaluator) parameter(name string, n *node) (*parameter, error) {
	if !parameterName.MatchString(name) {
		return nil, errorAtKey(n, "a parameter's name has 1 to 255 letters and digits, found %q", name)
	}
	if n.kind != mapNode {
		return nil, errorAt(n, "a parameter wants a map, found %s", n.kind)
	}
	typ, err := e.literal(n, "Type", true)
	if err != nil {
		return nil, err
	}
	if !parameterType.MatchString(typ) {
		return nil, errorAt(n.get("Type"), "unknown parameter type %q", typ)
	}
	noEcho, err := e.literal(n, "NoEcho", false)
	if err != nil {
		return nil, err
	}
	hidden := strings.EqualFold(noEcho, "true")
	p := &parameter{name: name}
	if hidden {
		p.hidden = n.get("Default")
	}
	text, given := e.opts.Parameters[name]
	at := n
	if !given {
		if d := n.get("Default"); d != nil && d.kind != nullNode {
			if d.kind == listNode || d.kind == mapNode {
				return nil, errorAt(d, "a default wants text or a number, found %s", d.kind)
			}
			text, given, at = d.text, true, d
		}
	}
	if !given {
		p.reason = "the parameter has no default and no value was given"
		return p, nil
	}
	if strings.HasPrefix(typ, "AWS::SSM::Parameter::Value<") {
		p.reason = fmt.Sprintf("the value of the SSM parameter %q is read when the stack is deployed", text)
		if hidden {
			p.reason = "a NoEcho parameter's value is not kept"
		}
		return p, nil
	}
	value, err := typed(typ, text)
	if err == nil {
		err = e.constraints(n, typ, text, value)
	}
	if err != nil {
		if hidden {
			return nil, errorAt(at, "the value of the NoEcho parameter %s does not satisfy its type or constraints", name)
		}
		return nil, errorAt(at, "%v", err)
	}
	if hidden {
		p.secret, p.reason = value, "a NoEcho parameter's value is not kept"
		return p, nil
	}
	p.value = value
	return p, nil
}

// typed turns the text of a parameter into a value of its type.
func typed(typ, text string) (any, error) {
	switch {
	case typ == "Number":
		return typedNumber(text)
	case typ == "CommaDelimitedList" || strings.HasPrefix(typ, "List<"):
		list := []any{}
		if text == "" {
			return list, nil
		}
		for _, item := range strings.Split(text, ",") {
			item = strings.TrimSpace(item)
			if typ == "List<Number>" {
				v, err := typedNumber(item)
				if err != nil {
					return nil, err
				}
				list = append(list, v)
				continue
			}
			list = append(list, item)
		}
		return list, nil
	}
	return text, nil
}

func typedNumber(text string) (any, error) {
	t := strings.TrimSpace(text)
	if numberLiteral.MatchString(t) {
		return number(t), nil
	}
	if f, err := strconv.ParseFloat(t, 64); err != nil || f-f != 0 || strings.ContainsAny(t, "xXpP_") {
		return nil, fmt.Errorf("the parameter wants a number, found %q", text)
	}
	return t, nil
}

// constraints checks AllowedValues, AllowedPattern and the lengths and bounds.
func (e *evaluator) constraints(n *node, typ, text string, value any) error {
	items := []any{value}
	if list, ok := value.([]any); ok {
		items = list
	}
	for _, item := range items {
		t, _ := textOf(item)
		if allowed := n.get("AllowedValues"); allowed != nil && allowed.kind == listNode && !isAllowed(allowed, t) {
			return fmt.Errorf("%q is not one of the parameter's AllowedValues", t)
		}
		if err := e.matchesPattern(n.get("AllowedPattern"), t); err != nil {
			return err
		}
	}
	if list, ok := value.([]any); ok && len(list) > 0 {
		return nil
	}
	if typ == "Number" {
		f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return nil
		}
		if low, ok := bound(n.get("MinValue")); ok && f < low {
			return fmt.Errorf("%s is below the parameter's MinValue", text)
		}
		if high, ok := bound(n.get("MaxValue")); ok && f > high {
			return fmt.Errorf("%s is above the parameter's MaxValue", text)
		}
		return nil
	}
	length := float64(utf8.RuneCountInString(text))
	if low, ok := bound(n.get("MinLength")); ok && length < low {
		return fmt.Errorf("%q is shorter than the parameter's MinLength", text)
	}
	if high, ok := bound(n.get("MaxLength")); ok && length > high {
		return fmt.Errorf("%q is longer than the parameter's MaxLength", text)
	}
	return nil
}

func isAllowed(allowed *node, text string) bool {
	for _, a := range allowed.items {
		if a.text == text {
			return true
		}
		if a.kind == numberNode || a.kind == stringNode {
			x, errX := strconv.ParseFloat(a.text, 64)
			y, errY := strconv.ParseFloat(text, 64)
			if errX == nil && errY == nil && x == y {
				return true
			}
		}
	}
	return false
}

// matchesPattern checks the whole value against AllowedPattern. The pattern is
// Java's dialect: one that Go does not know is reported and not checked.
func (e *evaluator) matchesPattern(pattern *node, text string) error {
	if pattern == nil || pattern.kind != stringNode {
		return nil
	}
	re, err := regexp.Compile(`^(?:` + pattern.text + `)$`)
	if err != nil {
		e.warn(pattern, "AllowedPattern is not checked: %v", err)
		return nil
	}
	if !re.MatchString(text) {
		return fmt.Errorf("%q does not match the parameter's AllowedPattern %q", text, pattern.text)
	}
	return nil
}

func bound(n *node) (float64, bool) {
	if n == nil || n.kind != numberNode && n.kind != stringNode {
		return 0, false
	}
	f, err := strconv.ParseFloat(n.text, 64)
	return f, err == nil
}

// literal returns a scalar entry that may not hold an intrinsic.
func (e *evaluator) literal(n *node, key string, required bool) (string, error) {
	v := n.get(key)
	if v == nil || v.kind == nullNode {
		if required {
			return "", errorAtKey(n, "%s is missing", key)
		}
		return "", nil
	}
	if v.kind == listNode || v.kind == mapNode {
		return "", errorAt(v, "%s wants text, found %s", key, v.kind)
	}
	return v.text, nil
}

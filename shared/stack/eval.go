package stack

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// number is a number as it is written, until it leaves the package as int64 or float64.
type number string

// noValue is what Ref AWS::NoValue gives: its entry is removed.
type noValue struct{}

// object is a map that keeps the template's order, for Fn::ToJsonString.
type object struct {
	keys   []string
	values []any
}

func (o *object) get(key string) any {
	for i, k := range o.keys {
		if k == key {
			return o.values[i]
		}
	}
	return nil
}

// partial is a list of which only the beginning is known.
type partial struct {
	known []any
	rest  string // name of the unknown that follows
}

// evaluator resolves one template.
type evaluator struct {
	opts       Options
	params     map[string]*parameter
	mappings   *node
	conditions map[string]*condition
	resources  map[string]*resState
	order      []*resState
	extended   bool              // Transform lists AWS::LanguageExtensions
	sam        bool              // Transform lists the SAM transform
	generated  map[string]string // logical ids of what SAM makes, by how references name it: MyFunction.Version
	open       bool              // a macro or loop that is not run may add parameters, mappings, conditions or resources

	unresolved map[string]Unresolved
	warnings   []Warning
	nodes      int
	work       int

	current     *resState                    // whose properties are being resolved
	speculative int                          // > 0: inside a branch that may not be taken
	deciding    int                          // > 0: inside a condition
	secretUsed  bool                         // the condition being decided has read a NoEcho value
	versions    map[string]map[*resState]int // by type; nil while being counted
	chain       []string                     // names being resolved, to report a circle
}

func (e *evaluator) countNode(n *node) error {
	e.nodes++
	if e.nodes > maxNodes {
		return &Error{Line: n.line, Column: n.col, Msg: fmt.Sprintf("the template expands to more than %d values", maxNodes), limit: true}
	}
	return nil
}

// spend bounds the work of one template.
func (e *evaluator) spend(n *node, units int) error {
	e.work += units + 1
	if e.work > maxWork {
		return errorAt(n, "resolving the template takes more than %d steps", maxWork)
	}
	return nil
}

func (e *evaluator) warn(n *node, format string, args ...any) {
	w := Warning{Msg: oneLine(fmt.Sprintf(format, args...))}
	if n != nil {
		w.Line, w.Column, w.Path = n.line, n.col, n.path()
	}
	for _, old := range e.warnings {
		if old == w {
			return
		}
	}
	if len(e.warnings) < 1000 {
		e.warnings = append(e.warnings, w)
	}
}

func (e *evaluator) warnLine(line int, msg string) {
	e.warnings = append(e.warnings, Warning{Line: line, Column: 1, Msg: msg})
}

// unknown makes the marker for a value that cannot be resolved and notes why.
func (e *evaluator) unknown(n *node, name, reason string) string {
	name = oneLine(plain(name))
	if e.opts.Several && ofStack(name) {
		name += " of " + e.opts.StackName
	}
	if e.secretUsed {
		// The name may hold the secret, and a condition's texts go nowhere else.
		return Unknown(name)
	}
	if _, ok := e.unresolved[name]; !ok {
		u := Unresolved{Name: name, Reason: reason}
		if n != nil {
			u.Line, u.Column = n.line, n.col
		}
		e.unresolved[name] = u
	}
	return Unknown(name)
}

// ofStack tells whether what a name says is another value in another stack. Policies are decided by whether two unknown
// values have the same name, so that of two stacks must not be the same.
func ofStack(name string) bool {
	return !strings.HasPrefix(name, "ImportValue ") && !strings.HasPrefix(name, "dynamic reference ")
}

// eval resolves a value: string, number, bool, []any, *object, *partial or noValue.
func (e *evaluator) eval(n *node) (any, error) {
	if err := e.spend(n, 0); err != nil {
		return nil, err
	}
	switch n.kind {
	case nullNode:
		e.warn(n, "null is not allowed in a template; the entry is left out")
		return noValue{}, nil
	case boolNode:
		return n.text == "true", nil
	case numberNode:
		return number(n.text), nil
	case stringNode:
		return e.dynamic(n, n.text), nil
	case listNode:
		out := make([]any, 0, len(n.items))
		for _, item := range n.items {
			v, err := e.eval(item)
			if err != nil {
				return nil, err
			}
			if _, drop := v.(noValue); !drop {
				out = append(out, v)
			}
		}
		return out, nil
	}
	if key, arg, ok := n.single(); ok && isIntrinsic(key) {
		return e.call(n, key, arg)
	}
	return e.evalMap(n)
}

func isIntrinsic(key string) bool { return key == "Ref" || strings.HasPrefix(key, "Fn::") }

func (e *evaluator) evalMap(n *node) (any, error) {
	out := &object{keys: make([]string, 0, len(n.keys)), values: make([]any, 0, len(n.keys))}
	for i, key := range n.keys {
		if strings.HasPrefix(key, "Fn::") {
			if key == "Fn::Transform" || strings.HasPrefix(key, "Fn::ForEach::") {
				out.keys = append(out.keys, key)
				out.values = append(out.values, e.transform(n.items[i], key))
				continue
			}
			return nil, errorAtKey(n.items[i], "%s must be the only key of its map", key)
		}
		v, err := e.eval(n.items[i])
		if err != nil {
			return nil, err
		}
		if _, drop := v.(noValue); drop {
			continue
		}
		out.keys = append(out.keys, key)
		out.values = append(out.values, v)
	}
	return out, nil
}

// evalText resolves a value that has to be text.
func (e *evaluator) evalText(n *node, what string) (string, error) {
	v, err := e.eval(n)
	if err != nil {
		return "", err
	}
	s, ok := textOf(v)
	if !ok {
		return "", errorAt(n, "%s wants text, found %s", what, describe(v))
	}
	return s, nil
}

// textOf gives the text of a scalar.
func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case number:
		return string(v), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

func describe(v any) string {
	switch v.(type) {
	case string:
		return "text"
	case number:
		return "a number"
	case bool:
		return "a boolean"
	case []any, *partial:
		return "a list"
	case *object:
		return "a map"
	case noValue:
		return "AWS::NoValue"
	}
	return "nothing"
}

// export turns a resolved value into plain Go values.
func export(v any) any {
	switch v := v.(type) {
	case number:
		if i, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return i
		}
		// A number that float64 cannot hold stays as written.
		if f, err := strconv.ParseFloat(string(v), 64); err == nil && exact(string(v), f) {
			return f
		}
		return string(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = export(item)
		}
		return out
	case *partial:
		out := make([]any, 0, len(v.known)+1)
		for _, item := range v.known {
			out = append(out, export(item))
		}
		return append(out, Unknown(v.rest))
	case *object:
		out := make(map[string]any, len(v.keys))
		for i, k := range v.keys {
			out[k] = export(v.values[i])
		}
		return out
	case noValue:
		return nil
	}
	return v
}

// exact reports whether a decimal literal survives as float64. Integers beyond
// 2^53 do not; fractions are taken as they are everywhere else.
func exact(literal string, f float64) bool {
	if f-f != 0 {
		return false
	}
	if strings.ContainsAny(literal, ".eE") {
		return true
	}
	return strconv.FormatFloat(f, 'f', -1, 64) == literal
}

var dynamicReference = regexp.MustCompile(`\{\{resolve:([^{}]*)\}\}`)

// dynamic replaces dynamic references by unknowns.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
func (e *evaluator) dynamic(n *node, s string) string {
	if !strings.Contains(s, "{{resolve:") {
		return s
	}
	return dynamicReference.ReplaceAllStringFunc(s, func(m string) string {
		name := m[len("{{resolve:") : len(m)-2]
		return e.unknown(n, "dynamic reference "+name, "a dynamic reference is resolved when the stack is deployed")
	})
}

// checked bounds the length of a text that intrinsics put together.
func (e *evaluator) checked(n *node, s string) (string, error) {
	if len(s) > maxString {
		return "", errorAt(n, "the text has more than %d bytes", maxString)
	}
	return e.dynamic(n, s), e.spend(n, len(s))
}

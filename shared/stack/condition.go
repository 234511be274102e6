package stack

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// condition is one entry of Conditions, decided once.
type condition struct {
	node   *node
	state  uint8 // 0 not decided, 1 being decided, 2 decided
	result tri
}

// decideNamed decides a condition by name.
func (e *evaluator) decideNamed(at *node, name string) (tri, error) {
	c := e.conditions[name]
	if c == nil && e.open {
		return unsure, nil
	}
	if c == nil {
		return unsure, errorAt(at, "no condition %q is defined", name)
	}
	switch c.state {
	case 2:
		return c.result, nil
	case 1:
		return unsure, errorAt(at, "the condition %q depends on itself", name)
	}
	if len(e.chain) >= maxChain {
		return unsure, errorAt(at, "more than %d conditions depend on one another", maxChain)
	}
	c.state = 1
	e.chain = append(e.chain, name)
	result, err := e.decide(c.node)
	e.chain = e.chain[:len(e.chain)-1]
	if err != nil {
		return unsure, err
	}
	c.state, c.result = 2, result
	return result, nil
}

// decide evaluates a condition function; unsure where unknown values matter.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
func (e *evaluator) decide(n *node) (tri, error) {
	if err := e.spend(n, 0); err != nil {
		return unsure, err
	}
	switch n.kind {
	case boolNode:
		return truth(n.text == "true"), nil
	case stringNode:
		if n.text == "true" || n.text == "false" {
			return truth(n.text == "true"), nil
		}
	}
	key, arg, ok := n.single()
	if !ok {
		return unsure, errorAt(n, "a condition wants a condition function, found %s", n.kind)
	}
	switch key {
	case "Condition":
		name, ok := arg.name()
		if !ok {
			return unsure, errorAt(arg, "Condition wants a condition's name, found %s", arg.kind)
		}
		return e.decideNamed(arg, name)
	case "Fn::Not":
		items, err := args(key, arg, 1, 1)
		if err != nil {
			return unsure, err
		}
		t, err := e.decide(items[0])
		switch t {
		case yes:
			t = no
		case no:
			t = yes
		}
		return t, err
	case "Fn::And", "Fn::Or":
		items, err := args(key, arg, 2, 10)
		if err != nil {
			return unsure, err
		}
		// One item decides: no for And, yes for Or, whatever the others are.
		decisive, result := no, yes
		if key == "Fn::Or" {
			decisive, result = yes, no
		}
		for _, item := range items {
			t, err := e.decide(item)
			if err != nil {
				return unsure, err
			}
			if t == decisive {
				result = decisive
			} else if t == unsure && result != decisive {
				result = unsure
			}
		}
		return result, nil
	case "Fn::Equals":
		items, err := args(key, arg, 2, 2)
		if err != nil {
			return unsure, err
		}
		return e.equals(n, items[0], items[1])
	case "Fn::Transform":
		return unsure, nil
	}
	if strings.HasPrefix(key, "Fn::") || key == "Ref" {
		v, err := e.eval(n)
		if err != nil {
			return unsure, err
		}
		switch s, _ := textOf(v); {
		case s == "true" || s == "false":
			return truth(s == "true"), nil
		case HasUnknown(s):
			return unsure, nil
		}
	}
	return unsure, errorAtKey(arg, "%s is not a condition function", key)
}

// equals is Fn::Equals. It may read NoEcho values, so what goes wrong in it is
// not told in detail when it has.
func (e *evaluator) equals(n, left, right *node) (tri, error) {
	e.deciding++
	defer func() {
		e.deciding--
		if e.deciding == 0 {
			e.secretUsed = false
		}
	}()
	a, err := e.eval(left)
	var b any
	if err == nil {
		b, err = e.eval(right)
	}
	if err != nil {
		if e.secretUsed {
			err = errorAt(n, "the comparison cannot be made (why is withheld: it reads a NoEcho parameter)")
		}
		return unsure, err
	}
	return equal(a, b), nil
}

// equal compares resolved values. Scalars compare as text, as CloudFormation does.
func equal(a, b any) tri {
	if x, ok := textOf(a); ok {
		if y, ok := textOf(b); ok {
			return equalText(x, y)
		}
		if _, whole := wholeUnknown(x); whole {
			return unsure
		}
		return no
	}
	if y, ok := textOf(b); ok {
		if _, whole := wholeUnknown(y); whole {
			return unsure
		}
		return no
	}
	switch a := a.(type) {
	case []any:
		switch b := b.(type) {
		case []any:
			if len(a) != len(b) {
				return no
			}
			return all(len(a), func(i int) tri { return equal(a[i], b[i]) })
		case *partial:
			return unsure
		}
	case *partial:
		if b, ok := b.(*partial); ok && a.rest == b.rest && len(a.known) == len(b.known) {
			return all(len(a.known), func(i int) tri { return equal(a.known[i], b.known[i]) })
		}
		return unsure
	case *object:
		b, ok := b.(*object)
		if !ok || len(a.keys) != len(b.keys) {
			return no
		}
		return all(len(a.keys), func(i int) tri {
			other := b.get(a.keys[i])
			if other == nil {
				return no
			}
			return equal(a.values[i], other)
		})
	case noValue:
		_, ok := b.(noValue)
		return truth(ok)
	}
	return no
}

func all(n int, at func(int) tri) tri {
	result := yes
	for i := range n {
		switch at(i) {
		case no:
			return no
		case unsure:
			result = unsure
		}
	}
	return result
}

// branch is Fn::If. Where the condition is unknown the value is too, unless
// both branches give the same.
func (e *evaluator) branch(arg *node) (any, error) {
	items, err := args("Fn::If", arg, 3, 3)
	if err != nil {
		return nil, err
	}
	name, ok := items[0].name()
	if !ok {
		return nil, errorAt(items[0], "Fn::If wants a condition's name, found %s", items[0].kind)
	}
	t, err := e.decideNamed(items[0], name)
	switch {
	case err != nil:
		return nil, err
	case t == yes:
		return e.eval(items[1])
	case t == no:
		return e.eval(items[2])
	}
	e.speculative++
	defer func() { e.speculative-- }()
	a, err := e.eval(items[1])
	if err != nil {
		return nil, err
	}
	b, err := e.eval(items[2])
	if err != nil {
		return nil, err
	}
	if equal(a, b) == yes {
		return a, nil
	}
	return e.unknown(arg, "Condition "+name+choice(a, b), "the condition depends on a value that is not known"), nil
}

// choice tells the values of one condition apart: two names that depend on it are not the same name, and the same name
// in two places is. It is empty where the values are no texts, or are not the same wherever they are written.
func choice(a, b any) string {
	x, ok := textOf(a)
	y, also := textOf(b)
	if !ok || !also {
		return ""
	}
	settled := []string{"Parameter ", "ImportValue ", "GetAtt ", "Ref ", "dynamic reference "}
	for _, name := range UnknownNames(x + y) {
		begins := func(beginning string) bool { return strings.HasPrefix(name, beginning) }
		if !slices.ContainsFunc(settled, begins) && !(begins("Condition ") && strings.Contains(name, " (")) {
			return ""
		}
	}
	sum := sha256.Sum256([]byte(x + "\x1f" + y))
	return fmt.Sprintf(" (%x)", sum[:3])
}

package stack

import (
	"encoding/json"
	"slices"
)

// What SAM makes stands at the place of what it is made from: these build nodes at the place of another. A node that is
// put into what is made keeps its own parent, so that its path in messages stays the one that is written.

// like is an empty node at the place of n.
func (n *node) like(kind nodeKind) *node {
	return &node{kind: kind, line: n.line, col: n.col, keyLine: n.keyLine, keyCol: n.keyCol, parent: n.parent, key: n.key, position: n.position}
}

func (n *node) ofText(s string) *node {
	made := n.like(stringNode)
	made.text, made.word = s, s
	return made
}

func (n *node) ofBool(b bool) *node {
	made := n.like(boolNode)
	if made.text, made.word = "false", "false"; b {
		made.text, made.word = "true", "true"
	}
	return made
}

// ofMap is a map of keys and values: text, or nodes of which those that are nil are left out.
func (n *node) ofMap(pairs ...any) *node {
	made := n.like(mapNode)
	for i := 0; i+1 < len(pairs); i += 2 {
		key, _ := pairs[i].(string)
		switch v := pairs[i+1].(type) {
		case string:
			made.set(key, n.ofText(v))
		case *node:
			if v != nil {
				made.set(key, v)
			}
		}
	}
	return made
}

func (n *node) ofList(items ...*node) *node {
	made := n.like(listNode)
	made.items = items
	return made
}

func (n *node) ofTexts(items ...string) *node {
	made := n.like(listNode)
	for _, s := range items {
		made.items = append(made.items, n.ofText(s))
	}
	return made
}

func (n *node) ofRef(id string) *node { return n.ofMap("Ref", id) }

func (n *node) ofGetAtt(id, att string) *node {
	return n.ofMap("Fn::GetAtt", n.ofTexts(id, att))
}

// ofSub is Fn::Sub with variables of its own.
func (n *node) ofSub(text string, vars ...any) *node {
	if len(vars) == 0 {
		return n.ofMap("Fn::Sub", text)
	}
	return n.ofMap("Fn::Sub", n.ofList(n.ofText(text), n.ofMap(vars...)))
}

// ofIf is a value where a condition is true, and nothing elsewhere.
func (n *node) ofIf(condition string, yes *node) *node {
	return n.ofMap("Fn::If", n.ofList(n.ofText(condition), yes, n.ofRef("AWS::NoValue")))
}

// set puts a value into a map, in the place of the one that is there.
func (n *node) set(key string, value *node) {
	if n.index != nil {
		if i, ok := n.index[key]; ok {
			n.items[i] = value
			return
		}
	} else if i := slices.Index(n.keys, key); i >= 0 {
		n.items[i] = value
		return
	}
	n.keys, n.items = append(n.keys, key), append(n.items, value)
	if n.index != nil {
		n.index[key] = len(n.items) - 1
	}
	n.indexed()
}

// drop takes an entry out of a map.
func (n *node) drop(key string) {
	for i, k := range n.keys {
		if k == key {
			n.keys, n.items, n.index = append(n.keys[:i:i], n.keys[i+1:]...), append(n.items[:i:i], n.items[i+1:]...), nil
			return
		}
	}
}

// copied is a copy of a list or map that can be changed; what is in it is shared.
func (n *node) copied() *node {
	made := *n
	made.keys, made.items, made.index = append([]string(nil), n.keys...), append([]*node(nil), n.items...), nil
	return &made
}

// mapOf is an entry as a map that can be changed, made where there is none. What is no map is left alone: it is nil.
func (n *node) mapOf(key string) *node {
	v := n.get(key)
	switch {
	case v == nil || v.kind == nullNode:
		v = n.like(mapNode)
	case v.kind != mapNode || isCall(v):
		return nil
	default:
		v = v.copied()
	}
	n.set(key, v)
	return v
}

// isCall tells whether a value is an intrinsic function.
func isCall(n *node) bool {
	key, _, ok := n.single()
	return ok && (isIntrinsic(key) || key == "Condition")
}

// isNothing tells whether a value is Ref AWS::NoValue.
func isNothing(n *node) bool {
	key, arg, ok := n.single()
	return ok && key == "Ref" && arg.text == "AWS::NoValue"
}

// given is nil for what is null.
func given(n *node) *node {
	if n == nil || n.kind == nullNode {
		return nil
	}
	return n
}

// holds tells whether a value is anything but absent, null, false, zero or empty.
func holds(n *node) bool {
	switch {
	case given(n) == nil:
		return false
	case n.kind == boolNode:
		return n.text == "true"
	case n.kind == stringNode:
		return n.text != ""
	case n.kind == numberNode:
		return n.text != "0"
	}
	return len(n.items) > 0
}

// same tells whether two values are written alike.
func same(a, b *node) bool {
	if a == nil || b == nil || a.kind != b.kind || a.text != b.text || len(a.items) != len(b.items) {
		return a == b
	}
	if a.kind == mapNode {
		for i, key := range a.keys {
			if other := b.get(key); other == nil || !same(a.items[i], other) {
				return false
			}
		}
		return true
	}
	for i := range a.items {
		if !same(a.items[i], b.items[i]) {
			return false
		}
	}
	return true
}

// refersTo is the logical id that a Ref or the Arn of a GetAtt names; empty for anything else.
func refersTo(n *node) string {
	key, arg, ok := n.single()
	switch {
	case !ok:
	case key == "Ref" && arg.kind == stringNode:
		return arg.text
	case key == "Fn::GetAtt" && arg.kind == stringNode:
		return before(arg.text, '.')
	case key == "Fn::GetAtt" && arg.kind == listNode && len(arg.items) > 0:
		return arg.items[0].text
	}
	return ""
}

func before(s string, c byte) string {
	for i := 0; i < len(s); i++ {
		if s[i] == c {
			return s[:i]
		}
	}
	return s
}

// jsonOf is a value as compact JSON with sorted keys, as hashes in logical ids are taken of it.
func jsonOf(n *node) string {
	text, err := json.Marshal(plainOf(n))
	if err != nil {
		return ""
	}
	return string(text)
}

func plainOf(n *node) any {
	switch n.kind {
	case mapNode:
		m := make(map[string]any, len(n.keys))
		for i, key := range n.keys {
			m[key] = plainOf(n.items[i])
		}
		return m
	case listNode:
		list := make([]any, len(n.items))
		for i, item := range n.items {
			list[i] = plainOf(item)
		}
		return list
	case nullNode:
		return nil
	case boolNode:
		return n.text == "true"
	case numberNode:
		return json.Number(n.text)
	}
	return n.text
}

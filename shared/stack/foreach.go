package stack

import (
	"strings"
)

const loopPrefix = "Fn::ForEach::"

// expandLoops unrolls Fn::ForEach in the sections that may hold it.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
func (e *evaluator) expandLoops(root *node) error {
	for i, key := range root.keys {
		if key != "Conditions" && key != "Resources" && key != "Outputs" {
			continue
		}
		n, err := e.unroll(root.items[i])
		if err != nil {
			return err
		}
		n.parent, n.key = root, key
		root.items[i] = n
	}
	return nil
}

// unroll returns n with the loops below it replaced by what they produce.
func (e *evaluator) unroll(n *node) (*node, error) {
	switch n.kind {
	case listNode:
		for i, item := range n.items {
			v, err := e.unroll(item)
			if err != nil {
				return nil, err
			}
			v.parent, v.position = n, i
			n.items[i] = v
		}
	case mapNode:
		out := *n
		out.keys, out.items, out.index = nil, nil, nil
		for i, item := range n.items {
			entries := []*node{item}
			keys := []string{n.keys[i]}
			if strings.HasPrefix(n.keys[i], loopPrefix) {
				if !e.extended {
					e.warn(item, "%s needs Transform: AWS::LanguageExtensions", n.keys[i])
					e.extended = true // say so once
				}
				unrolled, known, err := e.loop(n.keys[i], item)
				if err != nil {
					return nil, err
				}
				if known {
					keys, entries = unrolled.keys, unrolled.items
				}
			} else {
				v, err := e.unroll(item)
				if err != nil {
					return nil, err
				}
				entries = []*node{v}
			}
			for j, entry := range entries {
				if !out.add(keys[j], entry) {
					return nil, errorAt(item, "the loop gives the key %q that is there already", keys[j])
				}
			}
		}
		for _, item := range out.items {
			item.parent = n
		}
		*n = out
	}
	return n, nil
}

// loop produces the entries of one Fn::ForEach; known is false when its
// collection is not.
func (e *evaluator) loop(key string, arg *node) (out *node, known bool, err error) {
	items, err := args(key, arg, 3, 3)
	if err != nil {
		return nil, false, err
	}
	if items[0].kind != stringNode || !alphanumeric(items[0].text) {
		return nil, false, errorAt(items[0], "%s wants an identifier of letters and digits", key)
	}
	if items[2].kind != mapNode {
		return nil, false, errorAt(items[2], "%s wants a map to repeat, found %s", key, items[2].kind)
	}
	values, rest, err := e.evalList(items[1], key)
	if err != nil {
		return nil, false, err
	}
	if rest != "" {
		e.open = true
		return nil, false, nil
	}
	out = &node{kind: mapNode, line: arg.line, col: arg.col, parent: arg.parent, key: arg.key}
	for _, v := range values {
		text, ok := textOf(v)
		if !ok {
			return nil, false, errorAt(items[1], "%s wants a list of text, found %s in it", key, describe(v))
		}
		if HasUnknown(text) {
			e.open = true
			return nil, false, nil
		}
		r := replacer{e: e, id: items[0].text, value: text}
		body, err := r.clone(items[2])
		if err != nil {
			return nil, false, err
		}
		body.parent = out
		if body, err = e.unroll(body); err != nil {
			return nil, false, err
		}
		for i, k := range body.keys {
			if !out.add(k, body.items[i]) {
				return nil, false, errorAt(items[2], "%s gives the key %q twice: use ${%s} in it", key, k, items[0].text)
			}
		}
	}
	return out, true, nil
}

// replacer copies a loop's body with its identifier replaced.
type replacer struct {
	e         *evaluator
	id, value string
}

func (r *replacer) text(n *node, s string) (string, error) {
	if strings.Contains(s, "${"+r.id+"}") || strings.Contains(s, "&{"+r.id+"}") {
		s = strings.ReplaceAll(s, "${"+r.id+"}", r.value)
		s = strings.ReplaceAll(s, "&{"+r.id+"}", onlyAlphanumeric(r.value))
		if len(s) > maxString {
			return "", errorAt(n, "the text has more than %d bytes", maxString)
		}
	}
	return s, r.e.spend(n, len(s))
}

func onlyAlphanumeric(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x80 && alphanumeric(string(c)) {
			return c
		}
		return -1
	}, s)
}

func (r *replacer) clone(n *node) (*node, error) {
	if err := r.e.countNode(n); err != nil {
		return nil, err
	}
	c := *n
	c.items, c.keys, c.index = nil, nil, nil
	if key, arg, ok := n.single(); ok && key == "Ref" && arg.kind == stringNode && arg.text == r.id {
		c.kind, c.text = stringNode, r.value
		return &c, nil
	}
	var err error
	switch n.kind {
	case stringNode:
		c.text, err = r.text(n, n.text)
		return &c, err
	case listNode:
		for _, item := range n.items {
			v, err := r.clone(item)
			if err != nil {
				return nil, err
			}
			c.push(v)
		}
	case mapNode:
		for i, item := range n.items {
			key, err := r.text(item, n.keys[i])
			if err != nil {
				return nil, err
			}
			v, err := r.clone(item)
			if err != nil {
				return nil, err
			}
			if !c.add(key, v) {
				return nil, errorAt(item, "duplicate key %q", key)
			}
		}
	}
	return &c, nil
}

package stack

import (
	"strconv"
	"strings"
)

// nodeKind says what a template node is before any intrinsic is resolved.
type nodeKind uint8

const (
	nullNode nodeKind = iota
	boolNode
	numberNode
	stringNode
	listNode
	mapNode
)

func (k nodeKind) String() string {
	switch k {
	case boolNode:
		return "a boolean"
	case numberNode:
		return "a number"
	case stringNode:
		return "a string"
	case listNode:
		return "a list"
	case mapNode:
		return "a map"
	default:
		return "null"
	}
}

// node is one value of the template as written, with its place. JSON and YAML
// both become nodes, so everything after parsing is written once.
type node struct {
	kind     nodeKind
	text     string // string value, number literal, "true" or "false"
	word     string // a boolean as written: Yes may be a name
	items    []*node
	keys     []string // of a map, in document order, parallel to items
	index    map[string]int
	line     int // of the value
	col      int
	keyLine  int // of the key, when the node is a map's entry
	keyCol   int
	parent   *node
	key      string // in parent when it is a map
	position int    // in parent when it is a list
}

// indexedFrom is the number of keys from which a map is looked up by index:
// below it a scan is faster than a hash.
const indexedFrom = 12

// get returns a map's entry, or nil.
func (n *node) get(key string) *node {
	if n == nil || n.kind != mapNode {
		return nil
	}
	if n.index != nil {
		if i, ok := n.index[key]; ok {
			return n.items[i]
		}
		return nil
	}
	for i, k := range n.keys {
		if k == key {
			return n.items[i]
		}
	}
	return nil
}

// add appends an entry to a map; false means that the key is already there.
func (n *node) add(key string, value *node) bool {
	if n.get(key) != nil {
		return false
	}
	value.parent, value.key = n, key
	n.keys = append(n.keys, key)
	n.items = append(n.items, value)
	switch {
	case n.index != nil:
		n.index[key] = len(n.items) - 1
	case len(n.keys) >= indexedFrom:
		n.index = make(map[string]int, 2*len(n.keys))
		for i, k := range n.keys {
			n.index[k] = i
		}
	}
	return true
}

// push appends an item to a list.
func (n *node) push(value *node) {
	value.parent, value.position = n, len(n.items)
	n.items = append(n.items, value)
}

// single returns the key and the value of a map with exactly one entry.
func (n *node) single() (string, *node, bool) {
	if n == nil || n.kind != mapNode || len(n.keys) != 1 {
		return "", nil, false
	}
	return n.keys[0], n.items[0], true
}

// name returns the text of a node where only a name makes sense.
func (n *node) name() (string, bool) {
	switch {
	case n == nil:
		return "", false
	case n.kind == stringNode:
		return n.text, true
	case n.kind == boolNode:
		return n.word, true
	}
	return "", false
}

// path is the way from the template's root to the node, for messages.
func (n *node) path() string {
	var parts []string
	for ; n != nil && n.parent != nil; n = n.parent {
		if n.parent.kind == listNode {
			parts = append(parts, "["+strconv.Itoa(n.position)+"]")
		} else {
			parts = append(parts, "."+n.key)
		}
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(parts[i])
	}
	return strings.TrimPrefix(b.String(), ".")
}

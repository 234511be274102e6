package stack

import (
	"os"
	"path/filepath"
	"testing"
)

// clone copies a tree of nodes.
func clone(n *node) *node {
	c := *n
	c.items, c.keys, c.index = nil, nil, nil
	for i, item := range n.items {
		if n.kind == mapNode {
			c.add(n.keys[i], clone(item))
		} else {
			c.push(clone(item))
		}
	}
	return &c
}

// at is the nth node below n, in document order.
func at(n *node, nth *int) *node {
	for _, item := range n.items {
		if *nth--; *nth < 0 {
			return item
		}
		if found := at(item, nth); found != nil {
			return found
		}
	}
	return nil
}

// Whatever stands in the place of a value, a SAM template is read or refused with the place: it never stops the program.
func TestAnyOtherValueInASAMTemplateIsReadOrRefusedWithItsPlace(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "sam", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates: %v", err)
	}
	files = append(files, filepath.Join("..", "scan", "testdata", "sam", "guarded.yaml"), filepath.Join("..", "scan", "testdata", "sam", "apis.yaml"))
	var others []*node
	for _, text := range []string{"null", "true", "7", "other", "''", "[]", "{}", "[[x]]", "{a: {b: c}}", "!Ref Nowhere", "!Ref AWS::NoValue", "!GetAtt A.B",
		"!If [A, b, !Ref AWS::NoValue]", "!Sub '${X}'", "{Fn::If: x}", "{Fn::Transform: {Name: x}}"} {
		n, err := parseYAML([]byte(text), func(*node) error { return nil }, func(int, string) {})
		if err != nil {
			t.Fatal(err)
		}
		others = append(others, n)
	}
	loaded, refused := 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		root, err := parseYAML(data, func(*node) error { return nil }, func(int, string) {})
		if err != nil {
			t.Fatal(err)
		}
		for try := 0; ; try++ { // each value is replaced by a few others
			nth := try / 3
			changed, i := clone(root), nth
			target := at(changed, &i)
			if target == nil {
				break
			}
			other := clone(others[(nth+try%3*5)%len(others)])
			target.kind, target.text, target.word, target.items, target.keys, target.index = other.kind, other.text, other.word, other.items, other.keys, other.index
			for _, item := range target.items {
				item.parent = target
			}
			e := &evaluator{opts: complete(file, Options{}), unresolved: map[string]Unresolved{}}
			_, err := e.load(file, changed, false)
			if err == nil {
				loaded++
				continue
			}
			refused++
			fault, ok := err.(*Error)
			if !ok || fault.Line == 0 || fault.Msg == "" {
				t.Errorf("%s, value %d as %s: %v", file, nth, others[(nth+try%3*5)%len(others)].kind, err)
			}
		}
	}
	if loaded < 500 || refused < 1500 {
		t.Errorf("%d loaded, %d refused: is everything tried?", loaded, refused)
	}
}

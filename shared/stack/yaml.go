package stack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// shortForms are the YAML tags that CloudFormation defines, and the key each
// stands for.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
func shortForm(tag string) (string, bool) {
	switch name := strings.TrimPrefix(tag, "!"); name {
	case "Ref", "Condition":
		return name, true
	case "And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals", "FindInMap",
		"GetAZs", "GetAtt", "GetStackOutput", "If", "ImportValue", "Join", "Length", "Not", "Or", "RefAll", "Select",
		"Split", "Sub", "ToJsonString", "Transform", "ValueOf", "ValueOfAll":
		return "Fn::" + name, true
	}
	return "", false
}

var yamlLine = regexp.MustCompile(`^yaml: (?:unmarshal errors:\s*)?line (\d+): `)

// parseYAML reads one YAML document. warn is told of YAML features that
// CloudFormation itself does not accept and that packaging tools expand.
func parseYAML(data []byte, count func(*node) error, warn func(line int, msg string)) (n *node, err error) {
	// The YAML package signals some faults of its input by panics of its own
	// types that it does not always turn into errors; none may leave Load.
	defer func() {
		if r := recover(); r != nil {
			n, err = nil, &Error{Msg: fmt.Sprintf("YAML: %v", r)}
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &Error{Msg: "the template is empty"}
		}
		return nil, yamlError(data, err)
	}
	var second yaml.Node
	switch err := dec.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, yamlError(data, err)
	default:
		return nil, &Error{Line: second.Line, Column: second.Column, Msg: "YAML: a second document: a template is one document"}
	}
	if len(doc.Content) != 1 {
		return nil, &Error{Msg: "the template is empty"}
	}
	c := &yamlConverter{count: count, warn: warn, open: map[*yaml.Node]bool{}}
	return c.convert(doc.Content[0], 0)
}

// parserFault are the messages whose line the YAML package counts from 0; the
// lines of all others count from 1.
var parserFault = regexp.MustCompile(`^(did not find expected (<|node content|'-' indicator|key$|',' or )|found undefined tag handle|found duplicate %|found incompatible YAML)`)

// yamlError gives the YAML package's message a place: it knows the line only.
func yamlError(data []byte, err error) *Error {
	text, line := strings.TrimPrefix(err.Error(), "yaml: "), 0
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		text = err.Error()[len(m[0]):]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	if parserFault.MatchString(text) {
		line++
	}
	out := &Error{Line: line, Msg: "YAML: " + text}
	if line > 0 {
		lines := bytes.Split(data, []byte("\n"))
		if out.Line > len(lines) {
			out.Line = len(lines)
		}
		written := lines[out.Line-1]
		out.Column = len(written) - len(bytes.TrimLeft(written, " \t")) + 1
	}
	return out
}

type yamlConverter struct {
	count  func(*node) error
	warn   func(line int, msg string)
	open   map[*yaml.Node]bool // anchors being expanded, to stop one that holds itself
	warned bool
}

func (c *yamlConverter) fail(y *yaml.Node, format string, args ...any) *Error {
	return &Error{Line: y.Line, Column: y.Column, Msg: "YAML: " + fmt.Sprintf(format, args...)}
}

func (c *yamlConverter) convert(y *yaml.Node, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, c.fail(y, "nested deeper than %d levels", maxDepth)
	}
	if y.Kind == yaml.AliasNode {
		return c.alias(y, depth)
	}
	n := &node{line: y.Line, col: y.Column}
	if err := c.count(n); err != nil {
		return nil, err
	}
	tag := y.ShortTag()
	if strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!") && tag != "!" {
		return c.tagged(y, n, tag, depth)
	}
	switch y.Kind {
	case yaml.ScalarNode:
		return n, c.scalar(y, n, tag)
	case yaml.SequenceNode:
		if tag != "!!seq" {
			return nil, c.fail(y, "the tag %s is not supported on a list", tag)
		}
		n.kind = listNode
		return n, c.list(y, n, depth)
	case yaml.MappingNode:
		if tag != "!!map" {
			return nil, c.fail(y, "the tag %s is not supported on a map", tag)
		}
		n.kind = mapNode
		return n, c.mapping(y, n, depth)
	}
	return nil, c.fail(y, "unexpected content")
}

// alias expands an alias in place. The limit on nodes stops documents that
// expand exponentially.
func (c *yamlConverter) alias(y *yaml.Node, depth int) (*node, error) {
	if c.open[y.Alias] {
		return nil, c.fail(y, "the anchor %q holds itself", y.Value)
	}
	if !c.warned {
		c.warned = true
		c.warn(y.Line, "CloudFormation does not accept YAML aliases; they are expanded here as packaging tools do")
	}
	c.open[y.Alias] = true
	n, err := c.convert(y.Alias, depth+1)
	delete(c.open, y.Alias)
	return n, err
}

// tagged turns a short form such as !Sub into the map it stands for.
func (c *yamlConverter) tagged(y *yaml.Node, outer *node, tag string, depth int) (*node, error) {
	key, ok := shortForm(tag)
	if !ok {
		return nil, c.fail(y, "unknown tag %s", tag)
	}
	inner := &node{line: y.Line, col: y.Column, keyLine: y.Line, keyCol: y.Column}
	if err := c.count(inner); err != nil {
		return nil, err
	}
	var err error
	switch y.Kind {
	case yaml.ScalarNode:
		// Whatever it looks like, the argument of a short form is text.
		inner.kind, inner.text = stringNode, y.Value
	case yaml.SequenceNode:
		inner.kind = listNode
		err = c.list(y, inner, depth+1)
	case yaml.MappingNode:
		inner.kind = mapNode
		err = c.mapping(y, inner, depth+1)
	}
	outer.kind = mapNode
	outer.add(key, inner)
	return outer, err
}

func (c *yamlConverter) list(y *yaml.Node, n *node, depth int) error {
	for _, item := range y.Content {
		v, err := c.convert(item, depth+1)
		if err != nil {
			return err
		}
		n.push(v)
	}
	return nil
}

func (c *yamlConverter) mapping(y *yaml.Node, n *node, depth int) error {
	var merges []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		if k.ShortTag() == "!!merge" {
			merges = append(merges, v)
			continue
		}
		if k.Kind != yaml.ScalarNode {
			return c.fail(k, "a key must be text")
		}
		value, err := c.convert(v, depth+1)
		if err != nil {
			return err
		}
		value.keyLine, value.keyCol = y.Content[i].Line, y.Content[i].Column
		if !n.add(k.Value, value) {
			return c.fail(y.Content[i], "duplicate key %q, first at line %d", k.Value, n.get(k.Value).keyLine)
		}
	}
	for _, m := range merges {
		if err := c.merge(m, n, depth); err != nil {
			return err
		}
	}
	return nil
}

// merge adds what a merge key (<<) brings and the map does not hold itself.
func (c *yamlConverter) merge(y *yaml.Node, n *node, depth int) error {
	v, err := c.convert(y, depth+1)
	if err != nil {
		return err
	}
	sources := []*node{v}
	if v.kind == listNode {
		sources = v.items
	}
	for _, s := range sources {
		if s.kind != mapNode {
			return c.fail(y, "<< wants a map, found %s", s.kind)
		}
		for i, key := range s.keys {
			if n.get(key) == nil {
				n.add(key, s.items[i])
			}
		}
	}
	return nil
}

// numberLiteral are the numbers that mean the same in JSON and YAML. Others
// (012, 0x1F, 1_000, 1:30, .inf) stay text as written: a reader of YAML 1.1 and
// one of 1.2 disagree on them, and an account id with a leading zero must not
// lose it.
var numberLiteral = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

func (c *yamlConverter) scalar(y *yaml.Node, n *node, tag string) error {
	n.kind, n.text, n.word = stringNode, y.Value, y.Value
	plain := y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch tag {
	case "!!binary", "!!set", "!!omap", "!!pairs":
		return c.fail(y, "CloudFormation does not support the tag %s", tag)
	case "!!null":
		n.kind, n.text = nullNode, ""
	case "!!int", "!!float":
		if numberLiteral.MatchString(y.Value) {
			n.kind = numberNode
		}
	case "!!bool":
		n.kind, n.text = boolNode, strings.ToLower(y.Value)
	case "!!str":
		// CloudFormation reads YAML 1.1, where these plain words are booleans.
		if plain && y.Style&yaml.TaggedStyle == 0 {
			switch y.Value {
			case "yes", "Yes", "YES", "on", "On", "ON":
				n.kind, n.text = boolNode, "true"
			case "no", "No", "NO", "off", "Off", "OFF":
				n.kind, n.text = boolNode, "false"
			}
		}
	case "!!timestamp", "!", "":
	case "!!seq", "!!map":
		return c.fail(y, "the tag %s is not supported on text", tag)
	default:
		return c.fail(y, "unknown tag %s", tag)
	}
	if n.kind == boolNode && n.text != "true" && n.text != "false" {
		switch n.text {
		case "yes", "on", "y":
			n.text = "true"
		default:
			n.text = "false"
		}
	}
	return nil
}

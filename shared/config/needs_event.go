package config

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// eventNeeds reads the needs that an event declares: the syntax of probe.yaml in JSON. An error names the field.
func eventNeeds(field string, raw []byte) ([]Need, error) {
	tree := jsonTree{decoder: json.NewDecoder(bytes.NewReader(raw)), paths: map[*yaml.Node]string{}}
	tree.decoder.UseNumber()
	root, err := tree.value(field)
	if err != nil {
		return nil, fmt.Errorf("event field %s: %w", short(field), err)
	}
	reader := needReader{where: func(n *yaml.Node) string { return tree.paths[n] }}
	if bad := reader.read(root); bad != nil {
		return nil, fmt.Errorf("event field %s: %s", short(tree.paths[bad.node]), bad.text)
	}
	return reader.needs, nil
}

// jsonTree reads JSON as the nodes that a YAML file has, and remembers the path of each. It keeps the order of fields, so
// that the first mistake is told.
type jsonTree struct {
	decoder *json.Decoder
	paths   map[*yaml.Node]string
}

func (t *jsonTree) value(path string) (*yaml.Node, error) {
	token, err := t.decoder.Token()
	if err != nil {
		return nil, err
	}
	node := &yaml.Node{Kind: yaml.ScalarNode}
	t.paths[node] = path
	switch token := token.(type) {
	case json.Delim:
		node.Kind = yaml.SequenceNode
		if token == '{' {
			node.Kind = yaml.MappingNode
		}
		for i := 0; t.decoder.More(); i++ {
			at := fmt.Sprintf("%s[%d]", path, i)
			if node.Kind == yaml.MappingNode {
				key, err := t.decoder.Token()
				if err != nil {
					return nil, err
				}
				name, _ := key.(string) // a key is always a string
				at = path + "." + name
				keyNode := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}
				t.paths[keyNode] = at
				node.Content = append(node.Content, keyNode)
			}
			child, err := t.value(at)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, child)
		}
		_, err := t.decoder.Token()
		return node, err
	case string:
		node.Tag, node.Value = "!!str", token
	case json.Number:
		node.Tag, node.Value = "!!int", token.String()
	case bool:
		node.Tag, node.Value = "!!bool", fmt.Sprint(token)
	default:
		node.Tag = "!!null"
	}
	return node, nil
}

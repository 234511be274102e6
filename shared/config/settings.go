package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// settingError is what is wrong with a setting of probe.yaml, and where.
type settingError struct {
	node *yaml.Node
	text string
}

func wrong(node *yaml.Node, format string, args ...any) *settingError {
	return &settingError{node, fmt.Sprintf(format, args...)}
}

// functionsSetting is a list of names, ARNs and patterns.
func functionsSetting(value *yaml.Node) ([]string, *settingError) {
	switch {
	case value.Kind != yaml.SequenceNode:
		return nil, wrong(value, "a list of names, ARNs and patterns is needed, not %s", kindOf(value))
	case len(value.Content) == 0:
		return nil, wrong(value, "the list is empty: leave it out to check every function")
	}
	var functions []string
	for _, node := range value.Content {
		if node.Kind != yaml.ScalarNode || isNull(node) {
			return nil, wrong(node, "an entry is a name, an ARN or a pattern, not %s", kindOf(node))
		}
		if err := ValidatePattern(node.Value); err != nil {
			return nil, wrong(node, "%s %v", short(node.Value), err)
		}
		functions = append(functions, node.Value)
	}
	return functions, nil
}

// adviceSetting tells whether advice is wanted.
func adviceSetting(value *yaml.Node) (bool, *settingError) {
	var on bool
	if value.Kind != yaml.ScalarNode || value.ShortTag() != "!!bool" || value.Decode(&on) != nil {
		return false, wrong(value, "true or false is needed, not %s", kindOf(value))
	}
	return on, nil
}

// What the tagging service takes.
//
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
const (
	maxTags      = 50
	maxTagValues = 20
	maxTagKey    = 128
	maxTagValue  = 256
)

// tagsSetting maps the key of a tag to its value, to a list of values, or to nothing for any value.
func tagsSetting(value *yaml.Node) (map[string][]string, *settingError) {
	switch {
	case value.Kind != yaml.MappingNode:
		return nil, wrong(value, "a map from the key of a tag to its value is needed, not %s", kindOf(value))
	case len(value.Content) == 0:
		return nil, wrong(value, "the map is empty: leave it out to select without tags")
	case len(value.Content)/2 > maxTags:
		return nil, wrong(value, "%d tags are more than the %d that AWS takes", len(value.Content)/2, maxTags)
	}
	tags := map[string][]string{}
	for i := 0; i < len(value.Content); i += 2 {
		key, wanted := value.Content[i], value.Content[i+1]
		switch _, twice := tags[key.Value]; {
		case key.Kind != yaml.ScalarNode || key.Value == "" || len(key.Value) > maxTagKey:
			return nil, wrong(key, "%s is no key of a tag", short(key.Value))
		case twice:
			return nil, wrong(key, "the tag %s is given twice", short(key.Value))
		}
		nodes := []*yaml.Node{wanted}
		if wanted.Kind == yaml.SequenceNode {
			nodes = wanted.Content
		}
		values := []string{}
		for _, node := range nodes {
			switch {
			case isNull(node) && len(nodes) == 1 && wanted.Kind != yaml.SequenceNode:
				continue // the key alone
			case node.Kind != yaml.ScalarNode || isNull(node) || len(node.Value) > maxTagValue:
				return nil, wrong(node, "the value of %s is a text or a list of texts, not %s", short(key.Value), kindOf(node))
			}
			values = append(values, node.Value)
		}
		if wanted.Kind == yaml.SequenceNode && len(values) == 0 || len(values) > maxTagValues {
			return nil, wrong(wanted, "the tag %s needs between 1 and %d values", short(key.Value), maxTagValues)
		}
		tags[key.Value] = values
	}
	return tags, nil
}

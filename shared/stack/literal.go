package stack

import (
	"regexp"
	"strings"
)

// variable is what Fn::Sub replaces.
var variable = regexp.MustCompile(`\$\{[^}]*\}`)

// literalIDs notes which APIs a permission's SourceArn names by their logical id as text. AWS gives APIs ids of its own
// making, so that such a permission covers no API; were the logical id taken for the id, the mistake would not be seen.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
func (e *evaluator) literalIDs() {
	for _, rs := range e.order {
		if rs.typ != "AWS::Lambda::Permission" || rs.props == nil {
			continue
		}
		for _, text := range literals(rs.props.get("SourceArn"), nil) {
			for _, word := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(":/", c) }) {
				if api := e.resources[word]; api != nil && strings.HasPrefix(api.kind.id, "{id:") {
					api.writtenOut = true
				}
			}
		}
	}
}

// literals are the texts below a node that stand for themselves.
func literals(n *node, to []string) []string {
	switch {
	case n == nil:
	case n.kind == stringNode:
		to = append(to, variable.ReplaceAllString(n.text, "*"))
	case n.get("Ref") != nil, n.get("Fn::GetAtt") != nil:
	default:
		for _, item := range n.items {
			to = literals(item, to)
		}
	}
	return to
}

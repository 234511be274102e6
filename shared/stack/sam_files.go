package stack

import (
	"bytes"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// local is a definition in a file beside the template, which is uploaded when the template is packaged; nil where it lies
// elsewhere or cannot be read. What is in it stands at the place of its name.
func (s *sam) local(uri *node) *node {
	read := s.e.opts.ReadFile
	if uri == nil || uri.kind != stringNode || read == nil || strings.Contains(uri.text, "://") || !filepath.IsLocal(filepath.FromSlash(uri.text)) {
		return nil
	}
	data, err := read(uri.text)
	if err != nil {
		s.e.warn(uri, "%s is not read: %v", uri.text, err)
		return nil
	}
	var root *node
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch {
	case len(data) > maxYAML || !utf8.Valid(data):
		s.e.warn(uri, "%s is not read: it is too large, or no text", uri.text)
		return nil
	case strings.EqualFold(filepath.Ext(uri.text), ".json"):
		root, err = parseJSON(data, s.e.countNode)
	default:
		root, err = parseYAML(data, s.e.countNode, func(int, string) {})
	}
	if err != nil || root.kind != mapNode {
		s.e.warn(uri, "%s is not read: it holds no map in JSON or YAML", uri.text)
		return nil
	}
	root.standAt(uri)
	root.parent, root.key = uri.parent, uri.key
	return root
}

// standAt puts a value and all that is in it at the place of another.
func (n *node) standAt(at *node) {
	n.line, n.col, n.keyLine, n.keyCol = at.line, at.col, at.keyLine, at.keyCol
	for _, item := range n.items {
		item.standAt(at)
	}
}

// literal tells whether a value holds no intrinsic function: nothing resolves them in files that are uploaded.
func (n *node) literal() bool {
	if isCall(n) {
		return false
	}
	for _, item := range n.items {
		if !item.literal() {
			return false
		}
	}
	return true
}

// included is what AWS::Include puts into the place of a definition, where that file lies beside the template.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
func (s *sam) included(body *node) *node {
	key, arg, ok := body.single()
	if name, named := arg.get("Name").name(); !ok || key != "Fn::Transform" || !named || name != "AWS::Include" {
		return nil
	}
	return s.local(arg.get("Parameters").get("Location"))
}

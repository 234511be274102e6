package main

import (
	"bytes"
	"slices"

	"permprobe/shared/finding"
	"permprobe/shared/stack"

	"go.yaml.in/yaml/v3"
)

// intoTemplates writes the fixes for templates as the template of the finding's function would: with references in the
// place of the ids and ARNs that its resources have here, in an account that stands for the real one. What cannot be
// rewritten stays as it is.
func (p *places) intoTemplates(report *finding.Report) {
	for i := range report.Findings {
		f := &report.Findings[i]
		if one, function := p.stackOf(f.Function); one != nil {
			if path, cdk := function.Metadata["aws:cdk:path"].(string); cdk && f.Fix.InTemplate() {
				f.Fix.Summary += " The template is what the CDK wrote of the construct " + path + ": change that, and synthesize again."
			}
			for _, text := range []*string{&f.Fix.CloudFormation, &f.Fix.SAM} {
				*text = referring(one, *text)
			}
		}
	}
	for i := range report.RoleFixes {
		fix := &report.RoleFixes[i]
		for _, one := range p.stacks {
			if !slices.ContainsFunc(one.OfType("AWS::IAM::Role"), func(r *stack.Resource) bool { return r.ARN == fix.Role }) {
				continue
			}
			for _, text := range []*string{&fix.Fix.CloudFormation, &fix.Fix.SAM} {
				*text = referring(one, *text)
			}
		}
	}
}

// stackOf is the stack that holds a function, and the function in it; nil for none.
func (p *places) stackOf(function string) (*stack.Stack, *stack.Resource) {
	for _, one := range p.stacks {
		for _, r := range one.OfType("AWS::Lambda::Function") {
			if r.ARN == function {
				return one, r
			}
		}
	}
	return nil, nil
}

func referring(one *stack.Stack, text string) string {
	var root yaml.Node
	if text == "" || yaml.Unmarshal([]byte(text), &root) != nil || len(root.Content) != 1 {
		return text
	}
	refer(one, root.Content[0], "")
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if encoder.Encode(&root) != nil {
		return text
	}
	return out.String()
}

// refer replaces the texts below a node, which stands under a key.
func refer(one *stack.Stack, node *yaml.Node, key string) {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			refer(one, node.Content[i+1], node.Content[i].Value)
		}
	case yaml.SequenceNode:
		for _, item := range node.Content {
			refer(one, item, key)
		}
	case yaml.ScalarNode:
		if node.Tag != "!!str" {
			return
		}
		var with yaml.Node
		if as := one.ExpressAs(key, node.Value); as != any(node.Value) && with.Encode(as) == nil {
			*node = with
		}
	}
}

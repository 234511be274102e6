package remedy

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// terraformRole is what a role lacks for Terraform: AWS's policies attached, and a policy of its own with the document,
// which has no statement where there is nothing for one; inline or attached as the carrier says.
//
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role_policy
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role_policy_attachment
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_policy
func terraformRole(role, name string, managed []string, own document, c carrier) (string, error) {
	var blocks []string
	for _, arn := range managed {
		blocks = append(blocks, hclBlock("aws_iam_role_policy_attachment", hclName(arn[strings.LastIndexByte(arn, '/')+1:]),
			attribute{"role", role}, attribute{"policy_arn", arn}))
	}
	if len(own.Statement) > 0 {
		policy, err := hclPolicy("policy", own, "  ")
		if err != nil {
			return "", err
		}
		kind, of := "aws_iam_role_policy", role
		if c.arn != "" {
			kind, of = "aws_iam_policy", ""
		}
		block := hclBlock(kind, hclName(name), attribute{"name", name}, attribute{"role", of})
		blocks = append(blocks, strings.TrimSuffix(block, "}\n")+"\n"+policy+"}\n")
		if c.arn != "" {
			// The reference has Terraform make the policy first.
			blocks = append(blocks, strings.Replace(hclBlock("aws_iam_role_policy_attachment", hclName(name), attribute{"role", role}, attribute{"policy_arn", c.arn}),
				`"`+c.arn+`"`, "aws_iam_policy."+hclName(name)+".arn", 1))
		}
	}
	return strings.Join(blocks, "\n"), nil
}

// terraformTrust is a trust policy as the attribute of the role's resource.
//
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role
func terraformTrust(doc document) (string, error) { return hclPolicy("assume_role_policy", doc, "") }

// hclPolicy is an attribute that holds a policy, with every line after the indent.
func hclPolicy(name string, doc document, indent string) (string, error) {
	text, err := compactJSON(doc)
	if err != nil {
		return "", err
	}
	// A node keeps the order of the document's keys.
	var node yaml.Node
	if err := yaml.Unmarshal([]byte(text), &node); err != nil {
		return "", fmt.Errorf("write Terraform: %w", err)
	}
	return fmt.Sprintf("%s%s = jsonencode(%s)\n", indent, name, hclValue(node.Content[0], indent)), nil
}

// hclValue writes a value as Terraform's formatter does; its further lines come after the indent.
func hclValue(node *yaml.Node, indent string) string {
	deeper := indent + "  "
	switch {
	case node.Kind == yaml.MappingNode && len(node.Content) > 0:
		return "{\n" + hclEntries(node, deeper) + indent + "}"
	case node.Kind == yaml.MappingNode:
		return "{}"
	case node.Kind == yaml.SequenceNode && len(node.Content) == 0:
		return "[]"
	case node.Kind == yaml.SequenceNode && len(node.Content) == 1 && node.Content[0].Kind == yaml.ScalarNode:
		return "[" + hclValue(node.Content[0], indent) + "]"
	case node.Kind == yaml.SequenceNode:
		var b strings.Builder
		for _, one := range node.Content {
			b.WriteString(deeper + hclValue(one, deeper) + ",\n")
		}
		return "[\n" + b.String() + indent + "]"
	case node.Tag == "!!str":
		return `"` + hclEscapes.Replace(node.Value) + `"`
	}
	return node.Value
}

// hclEntries are the lines of an object. The signs of entries of one line each that follow each other stand below each
// other.
func hclEntries(object *yaml.Node, indent string) string {
	type entry struct{ key, value string }
	var b strings.Builder
	var run []entry
	flush := func() {
		width := 0
		for _, e := range run {
			width = max(width, len(e.key))
		}
		for _, e := range run {
			fmt.Fprintf(&b, "%s%-*s = %s\n", indent, width, e.key, e.value)
		}
		run = nil
	}
	for i := 0; i+1 < len(object.Content); i += 2 {
		e := entry{object.Content[i].Value, hclValue(object.Content[i+1], indent)}
		if !hclIdentifier.MatchString(e.key) {
			e.key = `"` + hclEscapes.Replace(e.key) + `"`
		}
		if !strings.Contains(e.value, "\n") {
			run = append(run, e)
			continue
		}
		flush()
		run = append(run, e)
		flush()
	}
	flush()
	return b.String()
}

var hclIdentifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// hclName is a name for a resource in Terraform.
func hclName(text string) string { return strings.Trim(notInNames.ReplaceAllString(text, "_"), "_") }

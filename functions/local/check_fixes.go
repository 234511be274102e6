package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

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
			intoRole(one, f.Role, &f.Fix)
			home := p.makes(f.SourceARN, one)
			away := home != nil && home != one && strings.Contains(f.Fix.CloudFormation, "AWS::Lambda::Permission")
			if away {
				// Both templates would wait for one another if that of the function had to know the source.
				f.Fix.SAM = "Resources:\n  " + strings.TrimSuffix(strings.ReplaceAll(f.Fix.CloudFormation, "\n", "\n  "), "  ")
				f.Fix.Summary = strings.Replace(f.Fix.Summary, one.Name+", which owns the function", home.Name+", which makes the source", 1)
				one = home
			}
			waiting := ""
			for _, text := range []*string{&f.Fix.CloudFormation, &f.Fix.SAM} {
				*text = p.referring(one, *text, away, &waiting)
			}
			if waiting != "" {
				f.Fix.Summary += fmt.Sprintf(" Let the resource %s wait for it (DependsOn): it is refused while the permission is missing.", waiting)
			}
			f.Fix.CLI = asking(one, f.Fix.CLI)
			askingFor(one, &f.Fix)
		}
	}
	for i := range report.RoleFixes {
		fix := &report.RoleFixes[i]
		for _, one := range p.stacks {
			if !slices.ContainsFunc(one.OfType("AWS::IAM::Role"), func(r *stack.Resource) bool { return r.ARN == fix.Role }) {
				continue
			}
			intoRole(one, fix.Role, &fix.Fix)
			waiting := "" // it is for resources that call functions, of which a change of a role knows nothing
			for _, text := range []*string{&fix.Fix.CloudFormation, &fix.Fix.SAM} {
				*text = p.referring(one, *text, false, &waiting)
			}
			askingFor(one, &fix.Fix)
		}
	}
}

// intoRole has a fix of a role's policies stand in the role's own resource where the template writes it: SAM leaves out the
// Policies of a function that names a role.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
func intoRole(one *stack.Stack, role string, fix *finding.Fix) {
	if !strings.HasPrefix(fix.SAM, "Policies:\n") {
		return
	}
	for _, r := range one.OfType("AWS::IAM::Role") {
		if r.ARN == role && !madeBySAM(r) {
			fix.SAM = fix.CloudFormation
			fix.Summary += " In the template the role is the resource " + r.LogicalID + "."
		}
	}
}

// madeBySAM tells whether SAM wrote the resource, by the tag that it gives what can be tagged.
func madeBySAM(r *stack.Resource) bool {
	tags, _ := r.Properties["Tags"].([]any)
	return slices.ContainsFunc(tags, func(one any) bool {
		tag, _ := one.(map[string]any)
		return tag["Key"] == "lambda:createdBy" && tag["Value"] == "SAM"
	})
}

// makes is the stack that makes a source, own before others where names are the same; nil for none.
func (p *places) makes(source string, own *stack.Stack) *stack.Stack {
	for _, one := range append([]*stack.Stack{own}, p.stacks...) {
		if one.Owner(source) != nil || slices.ContainsFunc(one.Generated(source), func(part stack.Part) bool { return part.Of != nil }) {
			return one
		}
	}
	return nil
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

// referring writes a form as the templates would: what is for another one's resource as that one.
func (p *places) referring(one *stack.Stack, text string, away bool, waiting *string) string {
	var root yaml.Node
	if text == "" || yaml.Unmarshal([]byte(text), &root) != nil || len(root.Content) != 1 {
		return text
	}
	body := root.Content[0]
	if body.Kind != yaml.MappingNode {
		p.refer(one, body, nil, away, waiting)
	} else {
		for i := 0; i+1 < len(body.Content); i += 2 {
			above := body.Content[i].HeadComment
			if i == 0 {
				above = root.HeadComment + "\n" + body.HeadComment + "\n" + above
			}
			if home := p.homeOf(one, body.Content[i].Value, above, body.Content[i+1]); home != nil {
				part := yaml.Node{Kind: yaml.MappingNode, Content: body.Content[i : i+2]}
				if has := policyOf(home, body.Content[i+1]); has != nil {
					body.Content[i].Value = has.LogicalID
					body.Content[i].HeadComment = strings.TrimPrefix(body.Content[i].HeadComment+"\n# in the place of the resource "+has.LogicalID+":", "\n")
				}
				p.refer(home, &part, itself(home, above, &part), away && home == one, waiting)
			}
		}
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if encoder.Encode(&root) != nil {
		return text
	}
	return out.String()
}

func (p *places) refer(one *stack.Stack, node *yaml.Node, self *stack.Resource, away bool, waiting *string) {
	source(one, node, waiting)
	if away {
		importing(one, node)
	}
	refer(one, node, self, "")
}

// policyOf is the resource of the template that holds the policy of the same resource as a proposed one; nil for none, or several.
func policyOf(home *stack.Stack, proposed *yaml.Node) *stack.Resource {
	var as struct {
		Type       string         `yaml:"Type"`
		Properties map[string]any `yaml:"Properties"`
	}
	if proposed.Decode(&as) != nil || as.Type == "" {
		return nil
	}
	var found []*stack.Resource
	for _, r := range home.OfType(as.Type) {
		for _, key := range []string{"Queues", "Topics", "Bucket", "SecretId", "ResourceArn", "ClusterArn", "FileSystemId"} {
			mine, its := fmt.Sprint(as.Properties[key]), fmt.Sprint(r.Properties[key])
			if as.Properties[key] != nil && mine == its {
				found = append(found, r)
				break
			}
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// itself is the resource in whose own properties a part stands, which cannot refer to it; nil for none.
func itself(home *stack.Stack, above string, part *yaml.Node) *stack.Resource {
	owned := scalars(part)
	for _, text := range owned {
		if r := home.Owner(text); r != nil && r.Type != "AWS::IAM::Role" && (strings.Contains(above, "# in the properties of ") || slices.Contains(owned, r.Type)) {
			return r
		}
	}
	return nil
}

// homeOf is the stack into whose template a part of a fix belongs: that of the called resource whose policy it is, and
// otherwise the function's. It is nil for a resource of another account of which there is no template.
func (p *places) homeOf(own *stack.Stack, key, above string, part *yaml.Node) *stack.Stack {
	if account, resource, is := finding.TemplateOf(above); is {
		var home *stack.Stack
		for _, one := range p.stacks {
			if one.Options.Account == account && (home == nil || one.Owner(resource) != nil && home.Owner(resource) == nil) {
				home = one
			}
		}
		return home
	}
	if !strings.HasPrefix(key, "TargetPolicy") && !strings.Contains(above, "# in the properties of ") {
		return own
	}
	for _, text := range scalars(part) {
		for _, one := range append([]*stack.Stack{own}, p.stacks...) {
			if r := one.Owner(text); r != nil && r.Type != "AWS::IAM::Role" {
				return one
			}
		}
	}
	return own
}

// scalars are the texts of a node, in their order.
func scalars(node *yaml.Node) []string {
	if node.Kind == yaml.ScalarNode {
		return []string{node.Value}
	}
	var all []string
	for _, one := range node.Content {
		all = append(all, scalars(one)...)
	}
	return all
}

// importing writes values that other stacks export as what the stack imports.
func importing(one *stack.Stack, node *yaml.Node) {
	if node.Kind != yaml.ScalarNode {
		for _, item := range node.Content {
			importing(one, item)
		}
		return
	}
	for _, name := range slices.Sorted(maps.Keys(one.Options.Imports)) {
		if _, own := one.Exports[name]; own || one.Options.Imports[name] != any(node.Value) || !strings.HasPrefix(node.Value, "arn:") {
			continue
		}
		var with yaml.Node
		if with.Encode(map[string]any{"Fn::ImportValue": name}) == nil {
			*node = with
		}
		return
	}
}

// asksFirst are the types of sources that hold the function themselves and whose services try to call it, or look at its
// policy, when they are made: the permission must be there before, so that it cannot refer to them.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-notificationconfiguration.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
// https://docs.aws.amazon.com/ses/latest/dg/receiving-email-permissions.html
// https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-notify-lambda-cc.html
var asksFirst = []string{"AWS::S3::Bucket", "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::SES::ReceiptRule", "AWS::CodeCommit::Repository"}

// source writes the sources of permissions that must be there before their source is. One whose name the template gives is
// named by that; of one that CloudFormation names the account alone is known.
func source(one *stack.Stack, node *yaml.Node, waiting *string) {
	if node.Kind != yaml.MappingNode {
		for _, item := range node.Content {
			source(one, item, waiting)
		}
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value != "SourceArn" {
			source(one, node.Content[i+1], waiting)
			continue
		}
		arn := node.Content[i+1]
		arn.Value = one.Referable(arn.Value)
		r := one.Owner(arn.Value)
		if r == nil || !slices.Contains(asksFirst, r.Type) || r.Type == "AWS::S3::Bucket" && r.Properties["NotificationConfiguration"] == nil {
			continue
		}
		*waiting = r.LogicalID
		if literal, known := one.ByName(r); known {
			var with yaml.Node
			if with.Encode(literal) == nil {
				*arn = with
			}
			continue
		}
		node.Content[i].Value = "SourceAccount"
		*arn = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: one.Options.Account, Style: yaml.DoubleQuotedStyle}
		for j := 0; j+1 < len(node.Content); j += 2 { // it may be there already
			if j != i && node.Content[j].Value == "SourceAccount" {
				node.Content = slices.Delete(node.Content, i, i+2)
				break
			}
		}
		return
	}
}

// refer replaces the texts below a node, which stands under a key, and names self where the others are referred to.
func refer(one *stack.Stack, node *yaml.Node, self *stack.Resource, key string) {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			refer(one, node.Content[i+1], self, node.Content[i].Value)
		}
	case yaml.SequenceNode:
		for _, item := range node.Content {
			refer(one, item, self, key)
		}
	case yaml.ScalarNode:
		if node.Tag != "!!str" || key == "Fn::Sub" || key == "Fn::ImportValue" {
			return
		}
		as := one.ExpressAs(key, node.Value)
		if self != nil && one.Owner(node.Value) == self {
			as = named(one, self, node.Value)
		}
		var with yaml.Node
		if as != any(node.Value) && with.Encode(as) == nil {
			*node = with
		}
	}
}

// named is an ARN that is or goes on from a resource's, by the name that the template gives the resource; the text itself
// where it gives none.
func named(one *stack.Stack, r *stack.Resource, text string) any {
	literal, _ := one.ByName(r)
	by, _ := literal.(map[string]any)
	if sub, is := by["Fn::Sub"].(string); is {
		return map[string]any{"Fn::Sub": sub + strings.ReplaceAll(text[len(r.ARN):], "${", "${!")}
	}
	return text
}

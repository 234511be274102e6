package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/stack"
)

// sourceWord is the source of an add-permission command.
var sourceWord = regexp.MustCompile(`--source-arn ('[^']*'|\S+)`)

// asking writes a command as one of the deployed stack: where a source's ARN holds what CloudFormation makes up, which is no
// more than the logical id here, the command asks CloudFormation first. The stack's name is only known to who deploys it.
func asking(one *stack.Stack, command string) string {
	var asked []string
	command = sourceWord.ReplaceAllStringFunc(command, func(match string) string {
		arn := one.Referable(strings.Trim(strings.TrimPrefix(match, "--source-arn "), "'"))
		parts := one.Generated(arn)
		if !slices.ContainsFunc(parts, func(p stack.Part) bool { return p.Of != nil }) {
			return match
		}
		var word strings.Builder
		for _, part := range parts {
			switch {
			case part.Of == nil && part.Text == "":
			case part.Of == nil:
				word.WriteString("'" + part.Text + "'")
			default:
				ask := fmt.Sprintf(`%s_id=$(aws cloudformation describe-stack-resource --stack-name "${STACK:?is to be the name of the deployed stack}" --logical-resource-id %s --query StackResourceDetail.PhysicalResourceId --output text --region %s)`,
					part.Of.LogicalID, part.Of.LogicalID, one.Options.Region)
				if !slices.Contains(asked, ask) {
					asked = append(asked, ask)
				}
				word.WriteString(`"${` + part.Of.LogicalID + "_id" + only(part.Of) + `}"`)
			}
		}
		return "--source-arn " + word.String()
	})
	return strings.Join(append(asked, command), " && ")
}

// only takes a name out of what CloudFormation calls resources whose names are not enough to tell them apart.
func only(r *stack.Resource) string {
	switch r.Type {
	case "AWS::Events::Rule": // bus|rule
		return "##*|"
	case "AWS::Lex::BotAlias": // alias|bot
		return "%%|*"
	}
	return ""
}

package remedy

import (
	"encoding/json"
	"fmt"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// removePermission takes away a permission whose source is gone. A statement without an id goes with the rest of the
// policy put again.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html
func removePermission(facts *fact.Facts, f *finding.Finding, d *decide.Decision) finding.Fix {
	function := d.Need.Function
	fix := finding.Fix{
		Summary: fmt.Sprintf("Remove the permission for %s from the policy of %s, and from the template that made it.", f.SourceARN, invoked(function)),
	}
	existing, _ := facts.Policies[function].Value()
	doc, statements, err := readDocument(existing.JSON)
	if err != nil {
		return unproven(fix, err)
	}
	sid := ""
	for i, one := range existing.Policy.Statements() {
		if one.SID() == d.StatementID || one.SID() == "" && fmt.Sprintf("#%d", one.Index()+1) == d.StatementID {
			sid = one.SID()
			continue
		}
		doc.Statement = append(doc.Statement, json.RawMessage(statements[i]))
	}
	words := []string{"aws", "lambda", "remove-permission", "--function-name", function.ARN}
	switch {
	case sid != "":
		if function.Qualifier != "" {
			words = append(words, "--qualifier", function.Qualifier)
		}
		fix.CLI = command(append(words, "--statement-id", sid, "--region", facts.Account.Region)...)
	case len(doc.Statement) == 0:
		fix.CLI = command("aws", "lambda", "delete-resource-policy", "--resource-arn", function.String(), "--region", facts.Account.Region)
	default:
		if fix.Policy, err = compactJSON(doc); err != nil {
			return unproven(fix, err)
		}
		fix.CLI = putPolicy(facts, function, fix.Policy)
		if fix.CloudFormation, err = yamlText(map[string]any{"FunctionPolicy": resourcePolicy{
			Type: "AWS::Lambda::ResourcePolicy", Properties: resourcePolicyProperties{ResourceARN: function.String(), PolicyDocument: doc},
		}}); err != nil {
			return unproven(fix, err)
		}
	}
	text, err := compactJSON(doc)
	if err != nil {
		return unproven(fix, err)
	}
	if len(doc.Statement) == 0 {
		text = noStatement
	}
	after, err := iampolicy.Parse([]byte(text), iampolicy.Resource)
	if err != nil {
		return unproven(fix, err)
	}
	fix.Proof = finding.Proven
	return stillCalled(facts, fix, d.Need.Function, existing.Policy, after)
}

// noStatement is a policy that allows nothing.
const noStatement = `{"Version":"2012-10-17","Statement":[]}`

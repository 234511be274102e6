package remedy

import (
	"fmt"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// permissionResource is AWS::Lambda::Permission in a template.
type permissionResource struct {
	Type       string               `json:"Type"`
	Properties permissionProperties `json:"Properties"`
}

type permissionProperties struct {
	Action       string `json:"Action"`
	FunctionName string `json:"FunctionName"`
	Principal    string `json:"Principal"`
	SourceARN    string `json:"SourceArn"`
}

// addPermission lets the trigger call the function and nobody else: the source ARN covers the refused
// routes and no more of the API than that when there is only one.
func addPermission(facts *fact.Facts, f *finding.Finding, decisions []*decide.Decision) finding.Fix {
	first := decisions[0]
	function := first.Need.Function
	fix := finding.Fix{Summary: fmt.Sprintf("Let %s invoke %s from %s.", f.Principal, function.Name(), f.SourceARN)}
	// A statement id of our own cannot be in the way of one that exists.
	sid := "permprobe-" + f.ID
	words := []string{"aws", "lambda", "add-permission", "--function-name", function.ARN}
	if function.Qualifier != "" {
		words = append(words, "--qualifier", function.Qualifier)
	}
	words = append(words, "--statement-id", sid, "--action", f.Action, "--principal", f.Principal,
		"--source-arn", f.SourceARN, "--region", facts.Account.Region)
	fix.CLI = command(words...)

	granted := statement{
		SID: sid, Effect: "Allow",
		Principal: map[string]string{"Service": f.Principal},
		Action:    f.Action,
		Resource:  function.String(),
		Condition: map[string]any{"ArnLike": map[string]string{"AWS:SourceArn": f.SourceARN}},
	}
	var err error
	if fix.Policy, err = compactJSON(newDocument(granted)); err != nil {
		return unproven(fix, err)
	}
	fix.CloudFormation, err = yamlText(map[string]any{"InvokePermission": permissionResource{
		Type: "AWS::Lambda::Permission",
		Properties: permissionProperties{
			Action: f.Action, FunctionName: function.String(), Principal: f.Principal, SourceARN: f.SourceARN,
		},
	}})
	if err != nil {
		return unproven(fix, err)
	}
	return provePermission(facts, fix, granted, decisions)
}

// provePermission decides every refused call against the function's policy with the statement added.
func provePermission(facts *fact.Facts, fix finding.Fix, granted statement, decisions []*decide.Decision) finding.Fix {
	doc := newDocument(granted)
	if existing, known := facts.Policies[decisions[0].Need.Function].Value(); known {
		var err error
		if doc, err = extend(existing.JSON, granted); err != nil {
			return unproven(fix, err)
		}
	}
	text, err := compactJSON(doc)
	if err != nil {
		return unproven(fix, err)
	}
	policy, err := iampolicy.Parse([]byte(text), iampolicy.Resource)
	if err != nil {
		return unproven(fix, err)
	}
	cases := make([]*iampolicy.Case, len(decisions))
	for i, d := range decisions {
		cases[i] = decide.InvokeCase(facts, d, policy)
	}
	return proved(fix, cases...)
}

package remedy

import (
	"fmt"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// permissionResource is AWS::Lambda::Permission in a template.
type permissionResource struct {
	Type       string               `json:"Type"`
	Properties permissionProperties `json:"Properties"`
}

type permissionProperties struct {
	Action        string `json:"Action"`
	FunctionName  string `json:"FunctionName"`
	Principal     string `json:"Principal"`
	SourceARN     string `json:"SourceArn,omitempty"`
	SourceAccount string `json:"SourceAccount,omitempty"`
}

// addPermission lets the trigger call the function and nobody else: the source ARN covers the refused
// routes and no more of the API than that when there is only one.
func addPermission(facts *fact.Facts, f *finding.Finding, decisions []*decide.Decision) finding.Fix {
	first := decisions[0]
	function := first.Need.Function
	fix := finding.Fix{Summary: fmt.Sprintf("Let %s invoke %s from %s.", f.Principal, invoked(function), f.SourceARN)}
	// A statement id of our own cannot be in the way of one that exists.
	sid := "permprobe-" + f.ID
	words := []string{"aws", "lambda", "add-permission", "--function-name", function.ARN}
	if function.Qualifier != "" {
		words = append(words, "--qualifier", function.Qualifier)
	}
	words = append(words, "--statement-id", sid, "--action", f.Action, "--principal", f.Principal)
	condition := map[string]any{}
	source, account := sourceARN(f, first.Need), sourceAccount(first.Need)
	if source != "" {
		words = append(words, "--source-arn", source)
		condition["ArnLike"] = map[string]string{"AWS:SourceArn": source}
	}
	if account != "" {
		words = append(words, "--source-account", account)
		condition["StringEquals"] = map[string]string{"AWS:SourceAccount": account}
	}
	words = append(words, "--region", facts.Account.Region)
	fix.CLI = command(words...)

	granted := statement{
		SID: sid, Effect: "Allow",
		Principal: map[string]string{"Service": f.Principal},
		Action:    f.Action,
		Resource:  function.String(),
		Condition: condition,
	}
	var err error
	if fix.Policy, err = compactJSON(newDocument(granted)); err != nil {
		return unproven(fix, err)
	}
	fix.CloudFormation, err = yamlText(map[string]any{"InvokePermission": permissionResource{
		Type: "AWS::Lambda::Permission",
		Properties: permissionProperties{
			Action: f.Action, FunctionName: function.String(), Principal: f.Principal, SourceARN: source,
			SourceAccount: account,
		},
	}})
	if err != nil {
		return unproven(fix, err)
	}
	return provePermission(facts, fix, granted, decisions)
}

// invoked names a function with the qualifier that is called.
func invoked(function fact.FunctionRef) string {
	if function.Qualifier == "" {
		return function.Name()
	}
	return function.Name() + ":" + function.Qualifier
}

// sourceAccount is the account to write beside a source ARN that carries none: the name of a bucket that is
// deleted is free for everybody.
//
// https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html
func sourceAccount(n *need.Need) string {
	if manner, known := mannerOf(n); known && (manner.Nameless || manner.SourceARN != fact.Always) {
		return n.Trigger.Account
	}
	return ""
}

// sourceARN is the source ARN of the permission, where the calls carry it for certain.
func sourceARN(f *finding.Finding, n *need.Need) string {
	if manner, known := mannerOf(n); known && manner.SourceARN != fact.Always {
		return ""
	}
	return f.SourceARN
}

func mannerOf(n *need.Need) (fact.Manner, bool) {
	if n.Trigger == nil {
		return fact.Manner{}, false
	}
	return n.Trigger.Kind.Manner()
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

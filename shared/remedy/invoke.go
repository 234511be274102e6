package remedy

import (
	"encoding/json"
	"fmt"
	"slices"

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
	// EventSourceToken is the id of the Alexa skill that calls.
	EventSourceToken string `json:"EventSourceToken,omitempty"`
	// FunctionURLAuthType and InvokedViaFunctionURL bound the permission to callers of the function's URL.
	FunctionURLAuthType   string `json:"FunctionUrlAuthType,omitempty"`
	InvokedViaFunctionURL bool   `json:"InvokedViaFunctionUrl,omitempty"`
	PrincipalOrgID        string `json:"PrincipalOrgID,omitempty"`
}

// addPermission lets the trigger call the function and nobody else: the source ARN covers the refused
// routes and no more of the API than that when there is only one.
func addPermission(facts *fact.Facts, f *finding.Finding, decisions []*decide.Decision) finding.Fix {
	called := decisions[0].Need
	decisions = unqualified(decisions)
	first := decisions[0]
	function := first.Need.Function
	fix := finding.Fix{Summary: fmt.Sprintf("Let %s invoke %s from %s.", f.Principal, invoked(function), f.SourceARN)}
	if function != called.Function {
		fix.Summary = fmt.Sprintf("Let %s name %s without %s, which Lambda keeps no policy for, and let %s invoke it from %s.",
			called.Trigger.SourceName, function.Name(), called.Function.Qualifier, f.Principal, f.SourceARN)
	}
	granted, words := permissionFor(f, first.Need)
	source, account := sourceARN(f, first.Need), sourceAccount(first.Need)
	fix.CLI = permit(facts, function, granted.SID, words)

	var err error
	if fix.Policy, err = compactJSON(newDocument(granted)); err != nil {
		return unproven(fix, err)
	}
	properties := permissionProperties{
		Action: f.Action, FunctionName: function.String(), Principal: f.Principal, SourceARN: source, SourceAccount: account,
	}
	if err := templates(&fix, granted.SID, function, properties, samEvents(decisions)); err != nil {
		return unproven(fix, err)
	}
	fix = provePermission(facts, fix, []statement{granted}, decisions)
	if function != called.Function && fix.Proof == finding.Proven {
		// The permission is half of the fix: what the source names is not ours to change, nor to decide again.
		return unproven(fix, fmt.Errorf("the permission counts once %s names the function without %s", called.Trigger.SourceName, called.Function.Qualifier))
	}
	return fix
}

// unqualified are the calls as they can be allowed: those of $LATEST made to the function without a qualifier, because
// Lambda takes no policy for $LATEST.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
func unqualified(decisions []*decide.Decision) []*decide.Decision {
	if decisions[0].Need.Function.Qualifier != fact.Latest {
		return decisions
	}
	moved := make([]*decide.Decision, len(decisions))
	for i, d := range decisions {
		n, there := *d.Need, *d
		n.Function.Qualifier = ""
		n.Resource = n.Function.String()
		there.Need = &n
		moved[i] = &there
	}
	return moved
}

// templates writes the permission in the languages of templates.
func templates(fix *finding.Fix, sid string, function fact.FunctionRef, p permissionProperties, events map[string]samEvent) error {
	var err error
	if fix.CloudFormation, err = yamlText(map[string]any{"InvokePermission": permissionResource{Type: "AWS::Lambda::Permission", Properties: p}}); err != nil {
		return err
	}
	if fix.SAM, err = samPermission(p, events); err != nil {
		return err
	}
	fix.Terraform = terraformPermission(sid, function, p)
	return nil
}

// permissionFor is the statement that lets the source of a call in, and what add-permission writes it with.
func permissionFor(f *finding.Finding, n *need.Need) (statement, []string) {
	// A statement id of our own: only an earlier one of ours can be in its way.
	granted := statement{
		SID: "permprobe-" + f.ID, Effect: "Allow", Principal: principalOf(f.Principal),
		Action: f.Action, Resource: n.Function.String(), Condition: map[string]any{},
	}
	words := []string{"--action", f.Action, "--principal", f.Principal}
	if source := sourceARN(f, n); source != "" {
		words = append(words, "--source-arn", source)
		granted.Condition["ArnLike"] = map[string]string{"AWS:SourceArn": source}
	}
	if account := sourceAccount(n); account != "" {
		words = append(words, "--source-account", account)
		granted.Condition["StringEquals"] = map[string]string{"AWS:SourceAccount": account}
	}
	return granted, words
}

// permit is the command that adds a permission; a statement of the same id is removed first, or it would be refused.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
func permit(facts *fact.Facts, function fact.FunctionRef, sid string, words []string) string {
	with := func(verb string, more ...string) string {
		all := []string{"aws", "lambda", verb, "--function-name", function.ARN}
		if function.Qualifier != "" {
			all = append(all, "--qualifier", function.Qualifier)
		}
		all = append(append(all, "--statement-id", sid), more...)
		return command(append(all, "--region", facts.Account.Region)...)
	}
	add := with("add-permission", words...)
	if policy, known := facts.Policies[function].Value(); known && slices.ContainsFunc(policy.Policy.Statements(), func(s *iampolicy.Statement) bool { return s.SID() == sid }) {
		return with("remove-permission") + " && " + add
	}
	return add
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
	if manner, known := mannerOf(n); known && manner.SourceAccount == fact.Always && (manner.Nameless || manner.SourceARN != fact.Always) {
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

// replaced is the policy in text with the statement added, in the place of one with its id where there is one.
func replaced(text string, granted statement) (document, error) {
	doc, statements, err := readDocument(text)
	if err != nil {
		return document{}, err
	}
	for _, one := range statements {
		var old struct{ Sid string }
		if err := json.Unmarshal(one, &old); err != nil {
			return document{}, fmt.Errorf("read a statement's id: %w", err)
		}
		if old.Sid != granted.SID {
			doc.Statement = append(doc.Statement, one)
		}
	}
	doc.Statement = append(doc.Statement, granted)
	return doc, nil
}

// provePermission decides every refused call against the function's policy with the statements added.
func provePermission(facts *fact.Facts, fix finding.Fix, granted []statement, decisions []*decide.Decision) finding.Fix {
	existing, known := facts.Policies[decisions[0].Need.Function].Value()
	text := existing.JSON
	for _, one := range granted {
		doc := newDocument(one)
		var err error
		if known {
			if doc, err = replaced(text, one); err != nil {
				return unproven(fix, err)
			}
		}
		if text, err = compactJSON(doc); err != nil {
			return unproven(fix, err)
		}
		known = true
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

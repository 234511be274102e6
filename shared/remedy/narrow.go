package remedy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// narrow binds what a function's policy grants to strangers to the function's own account. The statement that it
// replaces must be removed besides: another statement never takes away what one grants.
func narrow(facts *fact.Facts, f *finding.Finding, d *decide.Decision) finding.Fix {
	function := d.Need.Function
	if deputy, known := need.DeputyOf(d.Need.Principal, facts.Account.Region); known && deputy.Token {
		return nameSkill(facts, f, d)
	}
	granted := statement{
		SID: "permprobe-" + f.ID, Effect: "Allow", Action: d.Need.Action, Resource: function.String(),
		Principal: map[string]string{"Service": d.Need.Principal},
		Condition: map[string]any{"StringEquals": map[string]string{"AWS:SourceAccount": facts.Account.ID}},
	}
	properties := permissionProperties{
		Action: d.Need.Action, FunctionName: function.String(), Principal: d.Need.Principal, SourceAccount: facts.Account.ID,
	}
	words := []string{"--principal", d.Need.Principal, "--source-account", facts.Account.ID}
	fix := finding.Fix{Summary: fmt.Sprintf("Let only sources of this account invoke %s through %s, and remove the statement without that condition.",
		function.Name(), d.Need.Principal)}
	if d.Need.Principal == need.Anyone {
		root := "arn:" + facts.Account.Partition + ":iam::" + facts.Account.ID + ":root"
		granted.Principal, granted.Condition = map[string]string{"AWS": root}, nil
		properties.Principal, properties.SourceAccount = facts.Account.ID, ""
		words = []string{"--principal", facts.Account.ID}
		fix.Summary = fmt.Sprintf("Let only this account invoke %s instead of everybody, and name other callers one by one.", function.Name())
	}
	existing, _ := facts.Policies[function].Value()
	kept, removed, err := withoutStrangers(facts, d, existing.JSON)
	if err != nil {
		return unproven(fix, err)
	}
	kept.Statement = append(kept.Statement, granted)
	own, err := ownPermissions(facts, f, d, existing.Policy, kept)
	if err != nil {
		return unproven(fix, err)
	}
	all := []any{granted}
	for _, one := range own {
		all, kept.Statement = append(all, one.granted), append(kept.Statement, one.granted)
	}
	if fix.Policy, err = compactJSON(newDocument(all...)); err != nil {
		return unproven(fix, err)
	}
	if err := templates(&fix, granted.SID, function, properties, nil); err != nil {
		return unproven(fix, err)
	}
	if err := alsoIn(&fix, function, own); err != nil {
		return unproven(fix, err)
	}
	text, err := compactJSON(kept)
	if err != nil {
		return unproven(fix, err)
	}
	fix.CLI = replaceStatements(facts, function, granted.SID, d.Need.Action, words, removed)
	for _, one := range slices.Backward(own) {
		if fix.CLI != "" {
			fix.CLI = permit(facts, function, one.granted.SID, one.words) + " && " + fix.CLI
		}
	}
	if fix.CLI == "" {
		// What has no id can only be replaced together with the rest of the policy.
		fix.Policy, fix.CLI = text, putPolicy(facts, function, text)
		fix.Summary += " It has no id to remove it by, so the whole policy is given."
	}
	after, err := iampolicy.Parse([]byte(text), iampolicy.Resource)
	if err != nil {
		return unproven(fix, err)
	}
	return proveNarrow(facts, fix, d, existing.Policy, after)
}

// existingSkill stands in commands for what only the function's owner knows. As an argument it is refused.
const existingSkill = "<id of the skill>"

// nameSkill lets one skill alone call the function. Which one is not known: no AWS service lists skills.
//
// https://docs.aws.amazon.com/lambda/latest/dg/services-alexa.html
func nameSkill(facts *fact.Facts, f *finding.Finding, d *decide.Decision) finding.Fix {
	fix := finding.Fix{
		Summary: fmt.Sprintf("Let only the skill that is meant invoke %s: give its id as the event source token, and remove the statement without one.", invoked(d.Need.Function)),
		Proof:   finding.Unproven, ProofReason: "which skill is meant is not known",
	}
	existing, _ := facts.Policies[d.Need.Function].Value()
	_, removed, err := withoutStrangers(facts, d, existing.JSON)
	if err != nil {
		return unproven(fix, err)
	}
	fix.CLI = replaceStatements(facts, d.Need.Function, "permprobe-"+f.ID, d.Need.Action,
		[]string{"--principal", d.Need.Principal, "--event-source-token", existingSkill}, removed)
	properties := permissionProperties{
		Action: d.Need.Action, FunctionName: d.Need.Function.String(), Principal: d.Need.Principal, EventSourceToken: existingSkill,
	}
	if err := templates(&fix, "permprobe-"+f.ID, d.Need.Function, properties, nil); err != nil {
		return unproven(fix, err)
	}
	return fix
}

// putPolicy replaces the whole policy of a function.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_PutResourcePolicy.html
func putPolicy(facts *fact.Facts, function fact.FunctionRef, policy string) string {
	return command("aws", "lambda", "put-resource-policy", "--resource-arn", function.String(), "--policy", policy, "--region", facts.Account.Region)
}

// withoutStrangers takes out of a policy, one after another, the statements that let the stranger in.
func withoutStrangers(facts *fact.Facts, d *decide.Decision, text string) (kept document, removed []json.RawMessage, err error) {
	doc, statements, err := readDocument(text)
	if err != nil {
		return document{}, nil, err
	}
	for {
		doc.Statement = nil
		for _, one := range statements {
			doc.Statement = append(doc.Statement, one)
		}
		if len(statements) == 0 {
			return doc, removed, nil
		}
		text, err := compactJSON(doc)
		if err != nil {
			return document{}, nil, err
		}
		policy, err := iampolicy.Parse([]byte(text), iampolicy.Resource)
		if err != nil {
			return document{}, nil, fmt.Errorf("read the policy without the statement: %w", err)
		}
		result := decide.StrangerCase(facts, d, policy).Decide()
		at := -1
		for _, ref := range result.Matched {
			if ref.Policy == policy && result.Decision == iampolicy.Allowed {
				at = ref.Statement.Index()
			}
		}
		if at < 0 {
			return doc, removed, nil
		}
		removed = append(removed, statements[at])
		statements = append(statements[:at:at], statements[at+1:]...)
	}
}

// replaceStatements adds the narrow statement before it removes the others, so that no call fails in between.
// Empty where a statement has no id to remove it by.
func replaceStatements(facts *fact.Facts, function fact.FunctionRef, sid, action string, words []string, removed []json.RawMessage) string {
	target := []string{"--function-name", function.ARN}
	if function.Qualifier != "" {
		target = append(target, "--qualifier", function.Qualifier)
	}
	region := []string{"--region", facts.Account.Region}
	join := func(parts ...[]string) string {
		var all []string
		for _, part := range parts {
			all = append(all, part...)
		}
		return command(all...)
	}
	commands := join([]string{"aws", "lambda", "add-permission"}, target, []string{"--statement-id", sid, "--action", action}, words, region)
	for _, one := range removed {
		var old struct{ Sid string }
		if json.Unmarshal(one, &old) != nil || old.Sid == "" {
			return ""
		}
		commands += " && " + join([]string{"aws", "lambda", "remove-permission"}, target, []string{"--statement-id", old.Sid}, region)
	}
	return commands
}

// proveNarrow decides that the stranger is refused afterwards and that every trigger that may call the function
// now still may.
func proveNarrow(facts *fact.Facts, fix finding.Fix, d *decide.Decision, before, after *iampolicy.Policy) finding.Fix {
	fix.Proof, fix.ProofReason = finding.Proven, ""
	result := decide.StrangerCase(facts, d, after).Decide()
	if result.Decision == iampolicy.Allowed {
		fix.Proof, fix.ProofReason = finding.Refused, "with the fix applied a stranger may still invoke the function"
		return fix
	}
	if result.Decision == iampolicy.Undetermined && !result.Denied {
		fix.Proof, fix.ProofReason = finding.Unproven, "with the fix applied the decision depends on what is not known: "+result.Reason
		return fix
	}
	return stillCalled(facts, fix, d.Need.Function, before, after)
}

// stillCalled holds against a fix that a trigger could no longer call the function that may now.
func stillCalled(facts *fact.Facts, fix finding.Fix, function fact.FunctionRef, before, after *iampolicy.Policy) finding.Fix {
	for _, n := range cutOff(facts, function, before, after) {
		fix.Proof = finding.Refused
		fix.ProofReason = fmt.Sprintf("with the fix applied the %s %s may no longer invoke the function: give it a permission of its own first",
			n.Trigger.Kind, n.Trigger.SourceName)
		return fix
	}
	return fix
}

// cutOff are the calls of triggers that one policy of the function allows and another does not.
func cutOff(facts *fact.Facts, function fact.FunctionRef, before, after *iampolicy.Policy) []*need.Need {
	var out []*need.Need
	needs := need.All(facts)
	for i := range needs {
		n := &needs[i]
		if n.Kind != need.Invoke || n.Function != function || n.Doubtful || !n.Unread.IsZero() {
			continue
		}
		call := &decide.Decision{Need: n}
		if decide.InvokeCase(facts, call, before).Decide().Decision == iampolicy.Allowed &&
			decide.InvokeCase(facts, call, after).Decide().Decision != iampolicy.Allowed {
			out = append(out, n)
		}
	}
	return out
}

// ownPermission is a permission of its own for a source that calls by a statement which goes.
type ownPermission struct {
	trigger    *fact.Trigger
	granted    statement
	words      []string
	properties permissionProperties
}

// ownPermissions are those of the sources that only the statements let in which the fix takes away: one for each of their
// routes. Callers that are no service's sources are left to people.
func ownPermissions(facts *fact.Facts, f *finding.Finding, d *decide.Decision, before *iampolicy.Policy, kept document) ([]ownPermission, error) {
	text, err := compactJSON(kept)
	if err != nil {
		return nil, err
	}
	after, err := iampolicy.Parse([]byte(text), iampolicy.Resource)
	if err != nil {
		return nil, fmt.Errorf("read the policy without the statement: %w", err)
	}
	var out []ownPermission
	for _, n := range cutOff(facts, d.Need.Function, before, after) {
		if byName(n) || n.Route == nil || n.Route.Pattern == "" || n.Trigger.Kind == fact.TriggerDistribution {
			continue
		}
		source := finding.Finding{ID: fmt.Sprintf("%s-%d", f.ID, len(out)+2), Principal: n.Principal, Action: n.Action, SourceARN: n.Route.Pattern}
		granted, words := permissionFor(&source, n)
		if slices.ContainsFunc(out, func(have ownPermission) bool {
			return have.properties.Principal == n.Principal && have.properties.SourceARN == sourceARN(&source, n) && have.properties.Action == n.Action
		}) {
			continue
		}
		out = append(out, ownPermission{n.Trigger, granted, words, permissionProperties{
			Action: n.Action, FunctionName: d.Need.Function.String(), Principal: n.Principal, SourceARN: sourceARN(&source, n), SourceAccount: sourceAccount(n),
		}})
	}
	return out, nil
}

// alsoIn adds the permissions of sources to the forms for templates, and says so.
func alsoIn(fix *finding.Fix, function fact.FunctionRef, own []ownPermission) error {
	if len(own) == 0 {
		return nil
	}
	resources := map[string]any{}
	var names []string
	for i, one := range own {
		resources[fmt.Sprintf("InvokePermission%d", i+2)] = permissionResource{Type: "AWS::Lambda::Permission", Properties: one.properties}
		fix.Terraform += "\n" + strings.Replace(terraformPermission(one.granted.SID, function, one.properties), `"invoke"`, fmt.Sprintf(`"invoke_%d"`, i+2), 1)
		if name := fmt.Sprintf("the %s %s", one.trigger.Kind, one.trigger.SourceName); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	text, err := yamlText(resources)
	if err != nil {
		return err
	}
	fix.CloudFormation += text
	for line := range strings.Lines(text) {
		fix.SAM += "  " + line
	}
	fix.Summary += fmt.Sprintf(" Before that, give %s a permission of its own: the statement that goes is what lets it in.", strings.Join(names, " and "))
	return nil
}

package remedy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// resourcePolicy is AWS::Lambda::ResourcePolicy in a template.
type resourcePolicy struct {
	Type       string                   `json:"Type"`
	Properties resourcePolicyProperties `json:"Properties"`
}

type resourcePolicyProperties struct {
	ResourceARN    string   `json:"ResourceArn"`
	PolicyDocument document `json:"PolicyDocument"`
}

// except takes the trigger's calls out of what a Deny statement covers: it denies everybody else as before. Lambda
// replaces function policies as a whole, so the whole policy is given.
//
// https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
func except(facts *fact.Facts, f *finding.Finding, decisions []*decide.Decision) finding.Fix {
	first := decisions[0]
	owner, corrected, statements, err := excepted(facts, decisions, sourceARN(f, first.Need))
	fix := finding.Fix{Summary: fmt.Sprintf("Change the Deny statement %s so that it leaves out calls by %s", strings.Join(statements, " and "), f.Principal)}
	if source := sourceARN(f, first.Need); source != "" {
		fix.Summary += " with the aws:SourceArn " + source
	}
	fix.Summary += "; or remove the trigger if the Deny is meant for it."
	if err != nil {
		fix.Summary = unblock(f, first).Summary
		return unproven(fix, err)
	}
	if fix.Policy, err = compactJSON(corrected); err != nil {
		return unproven(fix, err)
	}
	after, err := withPolicy(facts, owner, fix.Policy)
	if err != nil {
		return unproven(fix, err)
	}
	if again := decidedAgain(after, fix, decisions); again.Proof == finding.Refused && owner == first.Need.Function {
		// Nothing allows the calls either.
		granted, _ := permissionFor(f, first.Need)
		if corrected, err = replaced(fix.Policy, granted); err != nil {
			return unproven(fix, err)
		}
		if fix.Policy, err = compactJSON(corrected); err != nil {
			return unproven(fix, err)
		}
		if after, err = withPolicy(facts, owner, fix.Policy); err != nil {
			return unproven(fix, err)
		}
		fix.Summary += " The policy below holds the permission that is missing besides."
	}
	fix.CLI = putPolicy(facts, owner, fix.Policy)
	if fix.CloudFormation, err = yamlText(map[string]any{"FunctionPolicy": resourcePolicy{
		Type: "AWS::Lambda::ResourcePolicy", Properties: resourcePolicyProperties{ResourceARN: owner.String(), PolicyDocument: corrected},
	}}); err != nil {
		return unproven(fix, err)
	}
	return decidedAgain(after, fix, decisions)
}

// excepted finds the policy that denies the calls, of the qualifier or of the function itself, and changes the
// statements in it that do.
func excepted(facts *fact.Facts, decisions []*decide.Decision, source string) (owner fact.FunctionRef, corrected document, changed []string, err error) {
	function := decisions[0].Need.Function
	for _, owner := range []fact.FunctionRef{function, {ARN: function.ARN}} {
		policy, known := facts.Policies[owner].Value()
		if !known {
			continue
		}
		doc, statements, err := readDocument(policy.JSON)
		if err != nil {
			return owner, document{}, nil, err
		}
		for _, one := range policy.Policy.Statements() {
			if !deniesAny(facts, decisions, owner, one) {
				continue
			}
			narrowed, err := leaveOut(statements[one.Index()], source, decisions[0].Need.Trigger.Account)
			if err != nil {
				return owner, document{}, nil, err
			}
			statements[one.Index()] = narrowed
			changed = append(changed, statementName(one))
		}
		if len(changed) == 0 {
			continue
		}
		for _, one := range statements {
			doc.Statement = append(doc.Statement, one)
		}
		return owner, doc, changed, nil
	}
	return function, document{}, nil, fmt.Errorf("no policy that is known denies the calls")
}

func statementName(s *iampolicy.Statement) string {
	if s.SID() != "" {
		return fmt.Sprintf("%q", s.SID())
	}
	return fmt.Sprintf("number %d", s.Index()+1)
}

// deniesAny tells whether a statement alone denies any of the calls.
func deniesAny(facts *fact.Facts, decisions []*decide.Decision, owner fact.FunctionRef, s *iampolicy.Statement) bool {
	text, err := compactJSON(document{Version: languageVersion, Statement: []any{json.RawMessage(s.JSON())}})
	if err != nil {
		return false
	}
	alone, err := iampolicy.Parse([]byte(text), iampolicy.Resource)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(decisions, func(d *decide.Decision) bool {
		c := decide.InvokeCase(facts, d, alone)
		if owner != d.Need.Function {
			c.ResourcePolicyARN = owner.ARN
		}
		return c.Decide().Decision == iampolicy.ExplicitDeny
	})
}

// leaveOut adds to a Deny statement the condition that the call is not the source's; where calls carry no source ARN
// for certain, that they are not of its account.
func leaveOut(statement json.RawMessage, source, account string) (json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(statement, &fields); err != nil {
		return nil, fmt.Errorf("read the statement: %w", err)
	}
	conditions := map[string]map[string]any{}
	if text, has := fields["Condition"]; has {
		if err := json.Unmarshal(text, &conditions); err != nil {
			return nil, fmt.Errorf("read the statement's condition: %w", err)
		}
	}
	operator, key, value := "ArnNotLike", "aws:SourceArn", source
	if source == "" {
		operator, key, value = "StringNotEquals", "aws:SourceAccount", account
	}
	of := conditions[operator]
	if of == nil {
		of = map[string]any{}
		conditions[operator] = of
	}
	have := key
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if strings.EqualFold(name, key) {
			have = name
		}
	}
	switch values := of[have].(type) {
	case nil:
		of[have] = value
	case []any:
		of[have] = append(values, value)
	default:
		of[have] = []any{values, value}
	}
	text, err := compactJSON(conditions)
	if err != nil {
		return nil, err
	}
	fields["Condition"] = json.RawMessage(text)
	// The elements in the order in which people write them.
	var parts []string
	for _, name := range []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"} {
		if text, has := fields[name]; has {
			parts = append(parts, fmt.Sprintf("%q:%s", name, text))
		}
	}
	return json.RawMessage("{" + strings.Join(parts, ",") + "}"), nil
}

// withPolicy is the facts with another policy of one function or qualifier.
func withPolicy(facts *fact.Facts, owner fact.FunctionRef, text string) (*fact.Facts, error) {
	policy, err := iampolicy.Parse([]byte(text), iampolicy.Resource)
	if err != nil {
		return nil, fmt.Errorf("read the changed policy: %w", err)
	}
	after := *facts
	after.Policies = maps.Clone(facts.Policies)
	after.Policies[owner] = fact.Known(fact.ResourcePolicy{Policy: policy.WithName("policy of " + invoked(owner)), JSON: text})
	return &after, nil
}

// decidedAgain decides the calls of triggers again, as they were decided first.
func decidedAgain(after *fact.Facts, fix finding.Fix, decisions []*decide.Decision) finding.Fix {
	needs := make([]need.Need, len(decisions))
	for i, d := range decisions {
		needs[i] = *d.Need
	}
	fix.Proof, fix.ProofReason = finding.Proven, ""
	for _, d := range decide.All(after, needs, nil) {
		switch d.Verdict {
		case decide.Denied:
			fix.Proof = finding.Refused
			fix.ProofReason = fmt.Sprintf("with the fix applied %s on %s is still refused (%s)", d.Need.Action, d.Need.Resource, d.Word())
			return fix
		case decide.Unknown:
			fix.Proof = finding.Unproven
			fix.ProofReason = "with the fix applied the decision depends on what is not known: " + d.Unread.Reason
		}
	}
	return fix
}

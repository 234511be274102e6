package stack

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// policyKind is what an entry of Policies is.
type policyKind uint8

const (
	noPolicy policyKind = iota
	managedKind
	documentKind
	templateKind
)

// policies adds what is written under Policies to a role: managed policies by name or ARN, documents, and SAM's policy
// templates.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html#sam-function-policies
func (s *sam) policies(written *node, role *samRole) {
	if !holds(written) || isNothing(written) {
		return
	}
	list := []*node{written}
	if written.kind == listNode {
		list = written.items
	}
	for i, entry := range list {
		if given(entry) == nil {
			continue
		}
		name := role.id + "Policy" + strconv.Itoa(i)
		kind, ok := policyOf(entry)
		if !ok {
			what := kindOrCall(entry)
			if key, _, one := entry.single(); one {
				what = strconv.Quote(key)
			}
			s.fail(entry, "an entry of Policies is a policy's name or ARN, a document with Statement, or one of SAM's policy templates, found %s", what)
			return
		}
		_, arg, _ := entry.single()
		choice := isChoice(entry)
		each := func(use func(*node) *node) *node {
			if !choice {
				return use(entry)
			}
			items := []*node{arg.items[0], arg.items[1], arg.items[2]}
			for i := 1; i < 3; i++ {
				if !isNothing(items[i]) {
					items[i] = use(items[i])
				}
			}
			return entry.ofMap("Fn::If", entry.ofList(items...))
		}
		switch kind {
		case managedKind:
			role.manage(each(s.managedARN))
		case documentKind:
			role.inline = append(role.inline, each(func(n *node) *node { return n.ofMap("PolicyName", name, "PolicyDocument", n) }))
		case templateKind:
			role.inline = append(role.inline, each(func(n *node) *node { return n.ofMap("PolicyName", name, "PolicyDocument", s.template(n)) }))
		}
	}
}

// isChoice tells whether a value is a whole Fn::If.
func isChoice(n *node) bool {
	key, arg, ok := n.single()
	return ok && key == "Fn::If" && arg.kind == listNode && len(arg.items) == 3
}

func policyOf(n *node) (policyKind, bool) {
	switch {
	case n.kind == stringNode:
		return managedKind, true
	case isChoice(n):
		_, arg, _ := n.single()
		yes, no := arg.items[1], arg.items[2]
		a, okA := policyOf(yes)
		b, okB := policyOf(no)
		switch {
		case isNothing(yes):
			return b, okB
		case isNothing(no):
			return a, okA
		}
		return a, okA && okB && a == b
	case isCall(n):
		return managedKind, true
	case n.kind == mapNode && n.get("Statement") != nil:
		return documentKind, true
	}
	key, _, ok := n.single()
	if _, known := samKnown().Policies[key]; ok && known {
		return templateKind, true
	}
	return noPolicy, false
}

// managedARN is the ARN of a managed policy that is given by name: of AWS's, with the path that it has.
func (s *sam) managedARN(n *node) *node {
	if n.kind != stringNode || strings.HasPrefix(n.text, "arn:") || strings.ContainsAny(n.text, ":/") {
		return n
	}
	return managedPolicy(n, samKnown().pathOf(n.text)+n.text)
}

// template is the document of one of SAM's policy templates.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
func (s *sam) template(n *node) *node {
	name, values, _ := n.single()
	t := samKnown().Policies[name]
	if values.kind != mapNode {
		s.fail(values, "the policy template %s wants a map of its parameters %s, found %s", name, strings.Join(t.Parameters, ", "), kindOrCall(values))
		return n
	}
	vars := map[string]*node{}
	for _, parameter := range t.Parameters {
		v := values.get(parameter)
		if given(v) == nil {
			s.fail(n, "the policy template %s wants the parameter %s", name, parameter)
			return n
		}
		vars[parameter] = v
	}
	list := n.ofList()
	for _, one := range t.Statements {
		list.items = append(list.items, one.written(n, vars))
	}
	return n.ofMap("Statement", list)
}

// written is a statement of the embedded data with its variables filled in.
func (d *samStatement) written(at *node, vars map[string]*node) *node {
	statement := at.ofMap("Effect", "Allow", "Action", at.ofTexts(d.Actions...))
	var resources []*node
	for _, text := range d.Resources {
		resources = append(resources, fill(at, text, vars))
	}
	if len(resources) > 0 {
		statement.set("Resource", at.ofList(resources...))
	}
	if d.Service != "" {
		statement.set("Principal", at.ofMap("Service", d.Service))
	}
	if len(d.Conditions) > 0 {
		block := at.like(mapNode)
		for _, operator := range slices.Sorted(maps.Keys(d.Conditions)) {
			keys := at.like(mapNode)
			for _, key := range slices.Sorted(maps.Keys(d.Conditions[operator])) {
				keys.set(key, fill(at, d.Conditions[operator][key], vars))
			}
			block.set(operator, keys)
		}
		statement.set("Condition", block)
	}
	return statement
}

// fill is a text whose ${Name} are variables or pseudo parameters.
func fill(at *node, text string, vars map[string]*node) *node {
	if !strings.Contains(text, "${") {
		return at.ofText(text)
	}
	var used []any
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if text == "${"+name+"}" {
			return vars[name]
		}
		if strings.Contains(text, "${"+name+"}") {
			used = append(used, name, vars[name])
		}
	}
	return at.ofSub(text, used...)
}

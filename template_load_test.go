package permprobe_test

import (
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/permission"

	"go.yaml.in/yaml/v3"
)

// object is a mapping of the template. A short form such as !Ref X is the object {"Ref": "X"}.
type object = map[string]any

// loadTemplate reads template.yaml before its SAM transform.
func loadTemplate(t *testing.T) object {
	t.Helper()
	return section(t, plain(t, templateNode(t)), "template.yaml")
}

func templateNode(t *testing.T) *yaml.Node {
	t.Helper()
	data, err := os.ReadFile("template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	return document.Content[0]
}

// plain turns a node into maps, slices and scalars, short forms into long ones.
func plain(t *testing.T, node *yaml.Node) any {
	t.Helper()
	if strings.HasPrefix(node.Tag, "!") && !strings.HasPrefix(node.Tag, "!!") {
		name := strings.TrimPrefix(node.Tag, "!")
		if name != "Ref" && name != "Condition" {
			name = "Fn::" + name
		}
		bare := *node
		bare.Tag = ""
		if node.Kind == yaml.ScalarNode {
			bare.Tag = "!!str"
		}
		return object{name: plain(t, &bare)}
	}
	switch node.Kind {
	case yaml.MappingNode:
		out := object{}
		for i := 0; i < len(node.Content); i += 2 {
			key := node.Content[i].Value
			if _, twice := out[key]; twice {
				t.Fatalf("template.yaml:%d: key %q stands twice", node.Content[i].Line, key)
			}
			out[key] = plain(t, node.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, item := range node.Content {
			out = append(out, plain(t, item))
		}
		return out
	case yaml.ScalarNode:
		var value any
		if err := node.Decode(&value); err != nil {
			t.Fatalf("template.yaml:%d: %v", node.Line, err)
		}
		return value
	}
	t.Fatalf("template.yaml:%d: a YAML feature that CloudFormation does not read", node.Line)
	return nil
}

// section asserts that a value is an object.
func section(t *testing.T, value any, place string) object {
	t.Helper()
	out, ok := value.(object)
	if !ok {
		t.Fatalf("%s: want an object, have %T", place, value)
	}
	return out
}

// dig follows keys through objects and fails where one is missing.
func dig(t *testing.T, value any, keys ...string) any {
	t.Helper()
	for i, key := range keys {
		next, ok := section(t, value, strings.Join(keys[:i], "."))[key]
		if !ok {
			t.Fatalf("%s is missing", strings.Join(keys[:i+1], "."))
		}
		value = next
	}
	return value
}

// text is the canonical text of a scalar, !Ref ("${Name}"), !GetAtt ("${Name.Attribute}") or !Sub.
func text(t *testing.T, value any) string {
	t.Helper()
	switch v := value.(type) {
	case string:
		return v
	case object:
		for _, form := range []struct{ key, before, after string }{
			{"Ref", "${", "}"}, {"Fn::GetAtt", "${", "}"}, {"Fn::Sub", "", ""},
		} {
			if inner, ok := v[form.key].(string); ok && len(v) == 1 {
				return form.before + inner + form.after
			}
		}
	}
	t.Fatalf("want a text, !Ref, !GetAtt or !Sub, have %v", value)
	return ""
}

// texts is the canonical text of one value or of each value of a list.
func texts(t *testing.T, value any) []string {
	t.Helper()
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	var out []string
	for _, v := range list {
		out = append(out, text(t, v))
	}
	return out
}

var variable = regexp.MustCompile(`\$\{[^}]*\}`)

// concrete replaces the variables of a canonical text with values such as a deployment would have.
func concrete(s string) string {
	known := map[string]string{
		"${AWS::Partition}": "aws", "${AWS::Region}": "us-east-1", "${AWS::AccountId}": "123456789012",
		"${FindingsTopic}":    "arn:aws:sns:us-east-1:123456789012:topic",
		"${FailureQueue.Arn}": "arn:aws:sqs:us-east-1:123456789012:queue",
		"${StateBucket.Arn}":  "arn:aws:s3:::state",
		"${ReadRoleArns}":     "arn:aws:iam::210987654321:role/reader",
	}
	return variable.ReplaceAllStringFunc(s, func(v string) string {
		if value, ok := known[v]; ok {
			return value
		}
		return "some-name"
	})
}

// statement is one statement of the function's role.
type statement struct {
	sid, effect string
	actions     []string
	resources   any
	condition   any
	// when is the template's condition under which the statement is there, with ! before it where it must not hold; empty
	// for always.
	when    string
	comment string
	line    int
}

// rolePolicy is the statements of one policy of the function's role, and the condition under which the role has it.
type rolePolicy struct {
	statements *yaml.Node
	when       string
}

// rolePolicies are the policies in the function's role, then the template's own ones that it carries.
func rolePolicies(t *testing.T) []rolePolicy {
	t.Helper()
	var out []rolePolicy
	role := child(t, templateNode(t), "Resources", "ProbeRole", "Properties")
	for _, policy := range child(t, role, "Policies").Content {
		out = append(out, rolePolicy{child(t, policy, "PolicyDocument", "Statement"), ""})
	}
	for _, attached := range child(t, role, "ManagedPolicyArns").Content {
		when := ""
		if attached.Tag == "!If" {
			when, attached = attached.Content[0].Value, attached.Content[1]
		}
		if attached.Tag != "!Ref" {
			t.Fatalf("template.yaml:%d: the role carries a managed policy that the template does not hold", attached.Line)
		}
		policy := child(t, templateNode(t), "Resources", attached.Value)
		condition, _ := section(t, plain(t, policy), attached.Value)["Condition"].(string)
		if condition != when {
			t.Errorf("template.yaml:%d: %s exists under the condition %q and is attached under %q", attached.Line, attached.Value, condition, when)
		}
		out = append(out, rolePolicy{child(t, policy, "Properties", "PolicyDocument", "Statement"), when})
	}
	return out
}

// roleStatements lists the statements of the function's role: those in the role, then those of the policies it carries.
func roleStatements(t *testing.T) []statement {
	t.Helper()
	var out []statement
	for _, policy := range rolePolicies(t) {
		for _, node := range policy.statements.Content {
			comment, when := node.HeadComment, policy.when
			if node.Tag == "!If" {
				comment += node.Content[0].HeadComment
				nothing := func(branch *yaml.Node) bool {
					return reflect.DeepEqual(plain(t, branch), object{"Ref": "AWS::NoValue"})
				}
				if policy.when != "" {
					t.Fatalf("template.yaml:%d: a condition within a conditional policy", node.Line)
				}
				switch when = node.Content[0].Value; {
				case nothing(node.Content[2]):
					node = node.Content[1]
				case nothing(node.Content[1]):
					node, when = node.Content[2], "!"+when
				default:
					t.Fatalf("template.yaml:%d: a conditional statement is there or is not", node.Line)
				}
			}
			s := section(t, plain(t, node), "a statement")
			if len(node.Content) > 0 {
				comment += node.Content[0].HeadComment
			}
			sid, _ := s["Sid"].(string)
			out = append(out, statement{
				sid: sid, effect: text(t, s["Effect"]), actions: texts(t, s["Action"]), resources: s["Resource"],
				condition: s["Condition"], when: when, comment: comment, line: node.Line,
			})
		}
	}
	if len(out) == 0 {
		t.Fatal("the role has no statement")
	}
	return out
}

// templateStatements is what the function's role may do where everything optional is on: each action with its
// resources, sorted. A reference is "${LogicalId}", an attribute "${LogicalId.Attribute}", the rest as !Sub spells it.
func templateStatements(t *testing.T) map[string][]string {
	t.Helper()
	return statementsWith(t, parametersOf(permission.All, permission.Everything()))
}

// parametersOf chooses the mode, turns the switches on and leaves the others off, as the template's defaults have them.
func parametersOf(mode permission.Mode, on permission.Switches) map[string]string {
	out := map[string]string{"ReadRoleArns": "arn:aws:iam::210987654321:role/reader"}
	if mode == permission.Named {
		out["FunctionArns"], out["RoleArns"] = "arn:aws:lambda:us-east-1:123456789012:function:f", "arn:aws:iam::123456789012:role/r"
	}
	for one, is := range on {
		if is {
			out[one.Parameter()] = "on"
		}
	}
	return out
}

// statementsWith is templateStatements of a deployment with these parameters.
func statementsWith(t *testing.T, parameters map[string]string) map[string][]string {
	t.Helper()
	doc, values := loadTemplate(t), withDefaults(t, parameters)
	out := map[string][]string{}
	for _, s := range roleStatements(t) {
		if name, not := strings.CutPrefix(s.when, "!"); name != "" && holds(t, dig(t, doc, "Conditions", name), values) == not {
			continue
		}
		resources := s.resources
		if form, ok := resources.(object); ok && form["Fn::If"] != nil {
			list := form["Fn::If"].([]any)
			if holds(t, dig(t, doc, "Conditions", list[0].(string)), values) {
				resources = list[1]
			} else {
				resources = list[2]
			}
		}
		for _, action := range s.actions {
			for _, resource := range arns(t, resources) {
				if slices.Contains(out[action], resource) {
					t.Fatalf("template.yaml:%d: %s is granted on %s by two statements", s.line, action, resource)
				}
				out[action] = append(out[action], resource)
			}
			slices.Sort(out[action])
		}
	}
	return out
}

// qualifiedARNs are the named functions, and any qualifier of them.
var qualifiedARNs = []any{",", object{"Fn::Sub": []any{"${FunctionArns},${Qualified}:*", object{
	"Qualified": object{"Fn::Join": []any{":*,", object{"Fn::Split": []any{",", object{"Ref": "FunctionArns"}}}}}}}}}

// arns is texts for the resources of a statement. The ARNs of a list parameter are "${Parameter}".
func arns(t *testing.T, resources any) []string {
	t.Helper()
	if form, ok := resources.(object); ok && form["Fn::Split"] != nil {
		if reflect.DeepEqual(form["Fn::Split"], any(qualifiedARNs)) {
			return []string{permission.FunctionARNs, permission.FunctionARNs + ":*"}
		}
		parts := form["Fn::Split"].([]any)
		if parts[0] != "," {
			t.Fatalf("want the parts of a parameter between commas, have %v", resources)
		}
		return []string{text(t, parts[1])}
	}
	return texts(t, resources)
}

// child follows keys through mapping nodes.
func child(t *testing.T, node *yaml.Node, keys ...string) *yaml.Node {
	t.Helper()
next:
	for _, key := range keys {
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				node = node.Content[i+1]
				continue next
			}
		}
		t.Fatalf("template.yaml:%d: no key %q", node.Line, key)
	}
	return node
}

// created lists the logical ids that a deployment with these parameters has; what is not given has its
// default.
func created(t *testing.T, parameters map[string]string) []string {
	t.Helper()
	doc, values := loadTemplate(t), withDefaults(t, parameters)
	conditions := section(t, doc["Conditions"], "Conditions")
	ids := map[string]bool{}
	for id, resource := range section(t, doc["Resources"], "Resources") {
		name, conditional := section(t, resource, id)["Condition"].(string)
		if !conditional || holds(t, conditions[name], values) {
			ids[id] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// withDefaults gives every text parameter that is not given its default.
func withDefaults(t *testing.T, parameters map[string]string) map[string]string {
	t.Helper()
	values := map[string]string{}
	for name, p := range section(t, loadTemplate(t)["Parameters"], "Parameters") {
		if value, ok := dig(t, p, "Default").(string); ok {
			values[name] = value
		}
	}
	for name, value := range parameters {
		if _, ok := values[name]; !ok {
			t.Fatalf("the template has no text parameter %q", name)
		}
		values[name] = value
	}
	return values
}

// holds evaluates a condition of the few forms that the template uses.
func holds(t *testing.T, condition any, parameters map[string]string) bool {
	t.Helper()
	for form, argument := range section(t, condition, "a condition") {
		list, _ := argument.([]any)
		switch form {
		case "Fn::Equals":
			sides := texts(t, list)
			for i, side := range sides {
				if name, ok := strings.CutPrefix(side, "${"); ok {
					sides[i] = parameters[strings.TrimSuffix(name, "}")]
				}
			}
			return sides[0] == sides[1]
		case "Fn::Not":
			return !holds(t, list[0], parameters)
		case "Fn::And":
			return !slices.ContainsFunc(list, func(c any) bool { return !holds(t, c, parameters) })
		}
	}
	t.Fatalf("condition %v is of a form that this test does not know", condition)
	return false
}

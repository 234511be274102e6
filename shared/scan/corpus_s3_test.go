package scan_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// statementsOf are the statements that allow something, of the role's own policies and of those that the template
// attaches to it.
func statementsOf(resources map[string]any, role string) []map[string]any {
	var out []map[string]any
	add := func(document any) {
		doc, _ := document.(map[string]any)
		statements, listed := doc["Statement"].([]any)
		if !listed {
			statements = []any{doc["Statement"]}
		}
		for _, one := range statements {
			if statement, ok := one.(map[string]any); ok && statement["Effect"] == "Allow" {
				out = append(out, statement)
			}
		}
	}
	properties, _ := resources[role].(map[string]any)["Properties"].(map[string]any)
	for _, policy := range asList(properties["Policies"]) {
		if policy, ok := policy.(map[string]any); ok {
			add(policy["PolicyDocument"])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(resources)) {
		resource := resources[id].(map[string]any)
		properties, _ := resource["Properties"].(map[string]any)
		roles, _ := json.Marshal(properties["Roles"])
		if (resource["Type"] == "AWS::IAM::Policy" || resource["Type"] == "AWS::IAM::ManagedPolicy") && strings.Contains(string(roles), `{"Ref":"`+role+`"}`) {
			add(properties["PolicyDocument"])
		}
	}
	return out
}

// actionsIn are the actions of a statement.
func actionsIn(statement map[string]any) []string {
	var out []string
	for _, action := range oneOrMore(statement["Action"]) {
		if action, ok := action.(string); ok {
			out = append(out, action)
		}
	}
	return out
}

func oneOrMore(v any) []any {
	if all, ok := v.([]any); ok {
		return all
	}
	return []any{v}
}

// rewrite changes the text of an ARN in the forms that templates have for it: a string, Fn::Sub and Fn::Join whose last part
// is a string. It returns nil for any other form.
func rewrite(arn any, change func(last string) string) any {
	switch arn := arn.(type) {
	case string:
		return change(arn)
	case map[string]any:
		switch of := arn["Fn::Sub"].(type) {
		case string:
			return map[string]any{"Fn::Sub": change(of)}
		case []any:
			return map[string]any{"Fn::Sub": []any{change(of[0].(string)), of[1]}}
		}
		join, _ := arn["Fn::Join"].([]any)
		if len(join) == 2 && join[0] == "" {
			parts, _ := join[1].([]any)
			if len(parts) == 0 {
				return nil
			}
			parts = slices.Clone(parts)
			if last, ok := parts[len(parts)-1].(string); ok {
				parts[len(parts)-1] = change(last)
			} else {
				parts = append(parts, change(""))
			}
			return map[string]any{"Fn::Join": []any{"", parts}}
		}
		if arn["Fn::GetAtt"] != nil {
			return map[string]any{"Fn::Join": []any{"", []any{arn, change("")}}}
		}
	}
	return nil
}

// objectPart is where the part of an ARN's text begins that names objects; -1 where there is none. Slashes within
// ${…} are none.
func objectPart(text string) int {
	depth := 0
	for i, c := range text {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == '/' && depth == 0:
			return i
		}
	}
	return -1
}

// misplace moves a statement's grant from objects to their bucket, or from a bucket to its objects. false: the
// statement has a resource that cannot be moved so, or none.
func misplace(statement map[string]any, toBucket bool) bool {
	var moved []any
	for _, arn := range oneOrMore(statement["Resource"]) {
		after := rewrite(arn, func(text string) string {
			at := objectPart(text)
			switch {
			case toBucket && at >= 0:
				return text[:at]
			case !toBucket && at < 0 && text != "*":
				return text + "/*"
			}
			return text
		})
		if after == nil || after == "*" {
			return false
		}
		moved = append(moved, after)
	}
	before, _ := json.Marshal(oneOrMore(statement["Resource"]))
	now, _ := json.Marshal(moved)
	statement["Resource"] = moved
	return string(before) != string(now)
}

// onObjects tells which actions apply to objects alone, by the names that templates use.
func onObjects(action string) bool {
	return slices.Contains([]string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion", "s3:PutObjectAcl"}, action)
}

func onBucket(action string) bool { return action == "s3:ListBucket" }

func TestAGrantOnABucketMovedToTheWrongPlaceInAnOrdinaryTemplateIsFound(t *testing.T) {
	for _, c := range []struct {
		check    string
		concerns func(action string) bool
		toBucket bool
	}{
		{"R4", onObjects, true},
		{"R5", onBucket, false},
	} {
		made, found, covered := 0, 0, 0
		for _, one := range ordinaryTemplates(t) {
			for _, role := range one.resourcesOf("AWS::IAM::Role") {
				functions := one.functionsOf(role)
				if len(functions) == 0 {
					continue
				}
				resources := one.doc["Resources"].(map[string]any)
				for i, statement := range statementsOf(resources, role) {
					actions := slices.DeleteFunc(actionsIn(statement), func(action string) bool { return !c.concerns(action) })
					if len(actions) == 0 {
						continue
					}
					moved := false
					after := one.scan(t, func(resources map[string]any) {
						moved = misplace(statementsOf(resources, role)[i], c.toBucket)
					})
					if !moved {
						continue
					}
					what := fmt.Sprintf("%s %s statement %d: %v", one.name, role, i, actions)
					have := map[string]int{}
					for _, f := range after.Findings {
						switch {
						case f.Check == c.check:
							have[f.Function]++
						case f.Check == "R14" && len(actionsIn(statement)) > len(actions):
							// What else the statement grants on the bucket went with it.
						default:
							t.Errorf("%s: also %s %s", what, f.Check, f.Title)
						}
					}
					for _, function := range functions {
						made++
						switch {
						case have[function] == 1:
							found++
						case have[function] == 0 && grantedByAnother(statementsOf(resources, role), i, actions):
							covered++
						default:
							t.Errorf("%s: %d findings of %s for %s, gaps %+v", what, have[function], c.check, function, after.Gaps)
						}
					}
				}
			}
		}
		t.Logf("%s: %d grants misplaced, %d found, %d granted by another statement too", c.check, made, found, covered)
		if made == 0 || found == 0 {
			t.Errorf("%s: nothing was tried or nothing found", c.check)
		}
	}
}

// grantedByAnother tells whether other statements of the role grant every one of the actions, on whatever resource.
func grantedByAnother(statements []map[string]any, but int, actions []string) bool {
	return !slices.ContainsFunc(actions, func(action string) bool {
		for i, statement := range statements {
			if i != but && slices.ContainsFunc(actionsIn(statement), func(have string) bool {
				return have == action || strings.HasSuffix(have, "*") && strings.HasPrefix(action, strings.TrimSuffix(have, "*"))
			}) {
				return false
			}
		}
		return true
	})
}

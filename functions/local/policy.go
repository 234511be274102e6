package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"permprobe/shared/permission"
	"permprobe/shared/stack"
)

// policyDocument is what the role of template.yaml may do, as IAM takes it.
type policyDocument struct {
	Version   string
	Statement []map[string]any
}

func policyCommand(_ context.Context, args []string, std streams) (int, error) {
	set := flags("policy")
	mode := set.String("mode", string(permission.All), "all or named")
	functions := set.String("functions", "", "names or ARNs of the functions, separated by commas")
	roles := set.String("roles", "", "names (with their path) or ARNs of the functions' roles, separated by commas")
	format := set.String("format", "json", "json or text")
	where := targetFlags(set)
	rest, err := parse(set, args)
	if err != nil {
		return exitError, err
	}
	o, err := where.options()
	switch {
	case err != nil:
		return exitError, err
	case len(rest) > 0:
		return exitError, errors.New("takes no templates: the policy is that of permprobe's own role")
	case *format != "json" && *format != "text":
		return exitError, fmt.Errorf("-format %q is none of json, text", *format)
	}
	if err := nameTargets(&o, permission.Mode(*mode), commas(*functions), commas(*roles), std.err); err != nil {
		return exitError, err
	}
	root, err := moduleRoot()
	if err != nil {
		return exitError, err
	}
	app, err := loadApplication(root, o)
	if err != nil {
		return exitError, err
	}
	if err := fits(app, o.Parameters); err != nil {
		return exitError, err
	}
	document, err := rolePolicy(app)
	if err != nil {
		return exitError, err
	}
	if *format == "text" {
		return exitOK, explainPolicy(std.out, document, permission.Mode(*mode), true)
	}
	if err := explainPolicy(std.err, document, permission.Mode(*mode), false); err != nil {
		return exitError, err
	}
	encoder := json.NewEncoder(std.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return exitOK, encoder.Encode(document)
}

func commas(list string) []string {
	return slices.DeleteFunc(strings.Split(list, ","), func(one string) bool { return one == "" })
}

// nameTargets sets the template's parameters of the mode. The role of a function that no role is given for is a name to
// replace, never a pattern.
func nameTargets(o *stack.Options, mode permission.Mode, functions, roles []string, notes io.Writer) error {
	switch {
	case mode != permission.All && mode != permission.Named:
		return fmt.Errorf("-mode %q is none of all, named", mode)
	case mode == permission.All && len(functions)+len(roles) > 0:
		return errors.New("-functions and -roles need -mode named")
	case mode == permission.All:
		return nil
	case len(functions) == 0:
		return errors.New("-mode named needs -functions")
	}
	if len(roles) == 0 {
		for _, function := range functions {
			roles = append(roles, "ROLE_OF_"+function[strings.LastIndexByte(function, ':')+1:])
		}
		fmt.Fprintf(notes, "replace %s by the roles of the functions, or name them with -roles\n\n", strings.Join(roles, ", "))
	}
	arns := func(names []string, before string) string {
		var out []string
		for _, name := range names {
			if !strings.HasPrefix(name, "arn:") {
				name = before + name
			}
			out = append(out, name)
		}
		return strings.Join(out, ",")
	}
	o.Parameters["FunctionArns"] = arns(functions, fmt.Sprintf("arn:aws:lambda:%s:%s:function:", o.Region, o.Account))
	o.Parameters["RoleArns"] = arns(roles, fmt.Sprintf("arn:aws:iam::%s:role/", o.Account))
	if strings.ContainsAny(o.Parameters["FunctionArns"]+o.Parameters["RoleArns"], "*? ") {
		return errors.New("-functions and -roles are names or ARNs, without patterns and spaces")
	}
	return nil
}

// rolePolicy joins the policies of the application's role: those in it, then those that it carries.
func rolePolicy(app *application) (policyDocument, error) {
	joined := policyDocument{Version: "2012-10-17"}
	for _, document := range rolePolicies(app) {
		for _, s := range anyList(document["Statement"]) {
			statement, ok := s.(map[string]any)
			if !ok {
				return policyDocument{}, errors.New("template.yaml: a statement of the role is no object")
			}
			joined.Statement = append(joined.Statement, statement)
		}
	}
	if len(joined.Statement) == 0 {
		return policyDocument{}, errors.New("template.yaml: the role of the function has no statement")
	}
	return joined, nil
}

// rolePolicies are the documents of the policies in the application's role, then of those that it carries.
func rolePolicies(app *application) []map[string]any {
	var out []map[string]any
	add := func(document any) {
		if one, ok := document.(map[string]any); ok {
			out = append(out, one)
		}
	}
	for _, r := range app.stack.Resources {
		if r.Type != "AWS::IAM::Role" || r.ARN != app.roleARN {
			continue
		}
		policies, _ := r.Properties["Policies"].([]any)
		for _, policy := range policies {
			properties, _ := policy.(map[string]any)
			add(properties["PolicyDocument"])
		}
		attached, _ := r.Properties["ManagedPolicyArns"].([]any)
		for _, policy := range app.stack.Resources {
			if policy.Type == "AWS::IAM::ManagedPolicy" && slices.Contains(attached, any(policy.ARN)) {
				add(policy.Properties["PolicyDocument"])
			}
		}
	}
	return out
}

// explainPolicy writes the reason of every statement, with its resources where they are asked for.
func explainPolicy(out io.Writer, document policyDocument, mode permission.Mode, resources bool) error {
	var b strings.Builder
	for _, statement := range document.Statement {
		fmt.Fprintf(&b, "%v\n", statement["Sid"])
		actions := anyList(statement["Action"])
		if resources {
			for _, resource := range anyList(statement["Resource"]) {
				fmt.Fprintf(&b, "  on %v\n", resource)
			}
		}
		for _, e := range permission.Table(mode, permission.Everything()) {
			if slices.Contains(actions, any(e.Action)) {
				fmt.Fprintf(&b, "  %s: %s\n    without it: %s\n", e.Action, e.Why, e.Without)
			}
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// anyList is a value of a policy as a list.
func anyList(v any) []any {
	if all, ok := v.([]any); ok {
		return all
	}
	return []any{v}
}

package remedy

import (
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

// openURL gives a caller of a function's URL the permissions that are missing, each bound to the URL: without that
// lambda:InvokeFunction would let the caller invoke the function by the API too.
//
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
func openURL(facts *fact.Facts, f *finding.Finding, decisions []*decide.Decision) finding.Fix {
	function := decisions[0].Need.Function
	var granted []statement
	var actions, commands, terraform []string
	resources := map[string]any{}
	for _, d := range decisions {
		one, words, properties := urlPermission(f, d.Need)
		granted = append(granted, one)
		actions = append(actions, d.Need.Action)
		commands = append(commands, permit(facts, function, one.SID, words))
		terraform = append(terraform, terraformPermission(one.SID, function, properties))
		name := "InvokePermission"
		if d.Need.Action == fact.InvokeURL {
			name = "InvokeUrlPermission"
		}
		resources[name] = permissionResource{Type: "AWS::Lambda::Permission", Properties: properties}
	}
	fix := finding.Fix{
		Summary: fmt.Sprintf("Give %s %s on %s, for requests to its URL.", whoever(f.Principal), strings.Join(actions, " and "), invoked(function)),
		CLI:     strings.Join(commands, " && "), Terraform: strings.Join(terraform, "\n"),
	}
	var all []any
	for _, one := range granted {
		all = append(all, one)
	}
	var err error
	if fix.Policy, err = compactJSON(newDocument(all...)); err != nil {
		return unproven(fix, err)
	}
	if fix.CloudFormation, err = yamlText(resources); err != nil {
		return unproven(fix, err)
	}
	if fix.SAM, err = yamlText(map[string]any{"Resources": resources}); err != nil {
		return unproven(fix, err)
	}
	return provePermission(facts, fix, granted, decisions)
}

func whoever(principal string) string {
	if principal == need.Anyone {
		return "everybody"
	}
	return principal
}

// urlPermission is the statement that allows one action to the caller of a URL, what add-permission writes it with, and
// the same in a template.
func urlPermission(f *finding.Finding, n *need.Need) (statement, []string, permissionProperties) {
	granted := statement{
		SID: "permprobe-" + f.ID, Effect: "Allow", Principal: principalOf(n.Principal),
		Action: n.Action, Resource: n.Function.String(),
	}
	p := permissionProperties{Action: n.Action, FunctionName: n.Function.String(), Principal: n.Principal}
	words := []string{"--action", n.Action, "--principal", n.Principal}
	conditions := map[string]map[string]string{}
	when := func(operator, key, value, option string) {
		if conditions[operator] == nil {
			conditions[operator] = map[string]string{}
		}
		conditions[operator][key] = value
		words = append(words, option)
	}
	if n.Action == fact.InvokeURL {
		granted.SID += "-url"
		p.FunctionURLAuthType = n.Context[fact.URLAuthType][0]
		when("StringEquals", fact.URLAuthType, p.FunctionURLAuthType, "--function-url-auth-type")
		words = append(words, p.FunctionURLAuthType)
	} else {
		p.InvokedViaFunctionURL = true
		when("Bool", fact.ViaURL, "true", "--invoked-via-function-url")
	}
	if p.SourceARN = n.Route.Pattern; p.SourceARN != "" {
		when("ArnLike", "AWS:SourceArn", p.SourceARN, "--source-arn")
		words = append(words, p.SourceARN)
	}
	if p.SourceAccount = carried(n, "aws:SourceAccount"); p.SourceAccount != "" && n.Form != "" {
		p.SourceAccount = "" // AWS does not document whether the calls carry it
	}
	if p.SourceAccount != "" {
		when("StringEquals", "AWS:SourceAccount", p.SourceAccount, "--source-account")
		words = append(words, p.SourceAccount)
	}
	if p.PrincipalOrgID = carried(n, "aws:PrincipalOrgID"); p.PrincipalOrgID != "" {
		when("StringEquals", "aws:PrincipalOrgID", p.PrincipalOrgID, "--principal-org-id")
		words = append(words, p.PrincipalOrgID)
	}
	granted.Condition = map[string]any{}
	for operator, keys := range conditions {
		granted.Condition[operator] = keys
	}
	return granted, words, p
}

// carried is what the need's call carries for a key; empty where that is not known.
func carried(n *need.Need, key string) string {
	for _, name := range slices.Sorted(maps.Keys(n.Context)) {
		if values := n.Context[name]; strings.EqualFold(name, key) && len(values) == 1 && len(iampolicy.UnknownNames(values[0])) == 0 {
			return values[0]
		}
	}
	return ""
}

// principalOf is the Principal element of a statement for one principal.
func principalOf(principal string) any {
	switch {
	case principal == need.Anyone:
		return principal
	case strings.HasPrefix(principal, "arn:"), strings.Trim(principal, "0123456789") == "":
		return map[string]string{"AWS": principal}
	}
	return map[string]string{"Service": principal}
}

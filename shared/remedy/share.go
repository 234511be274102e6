package remedy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// sharing is a permission of AWS RAM that AWS manages for parameters, with the actions on a parameter that it allows.
type sharing struct {
	name    string
	actions []string
}

// sharings are all that there are, the narrowest first.
//
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html#sharing-permissions
var sharings = []sharing{
	{"AWSRAMDefaultPermissionSSMParameterReadOnly", []string{"ssm:DescribeParameters", "ssm:GetParameter", "ssm:GetParameters"}},
	{"AWSRAMPermissionSSMParameterReadOnlyWithHistory", []string{"ssm:DescribeParameters", "ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters"}},
}

// sharingFor is the narrowest that allows the calls; false where none does.
func sharingFor(refused []*decide.Decision) (sharing, bool) {
	at := slices.IndexFunc(sharings, func(s sharing) bool {
		return !slices.ContainsFunc(refused, func(d *decide.Decision) bool {
			return !slices.ContainsFunc(s.actions, func(action string) bool { return strings.EqualFold(action, d.Need.Action) })
		})
	})
	if at < 0 {
		return sharing{}, false
	}
	return sharings[at], true
}

// shareParameter shares a parameter of another account with the role. The owner could write a policy instead, which AWS
// advises against: such shares are not shown to whom they are with.
//
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutResourcePolicy.html
// https://docs.aws.amazon.com/ram/latest/userguide/shareable.html
func shareParameter(facts *fact.Facts, f *finding.Finding, refused []*decide.Decision) finding.Fix {
	target, role := refused[0].Refusal.Target, refused[0].Need.Role
	what, who := fmt.Sprintf("the %s (account %s)", target.Name(), target.Account), fact.RoleName(role)
	existing, _ := target.Policy.Value()
	permission, shareable := sharingFor(refused)
	switch {
	case refused[0].Refusal.OwnersOnly || !shareable:
		return unproven(finding.Fix{Summary: fmt.Sprintf("Let %s assume a role of account %s that may %s on the %s: with other accounts AWS RAM shares %s alone.",
			who, target.Account, strings.Join(actions(refused), ", "), target.Name(), strings.Join(sharings[1].actions, ", "))},
			errors.New("which role of the other account that is to be only its owner knows"))
	case slices.ContainsFunc(refused, func(d *decide.Decision) bool { return d.Refusal.Explicit }):
		return unproven(finding.Fix{Summary: fmt.Sprintf("Take the Deny out of the policy of %s, or narrow it so that it no longer covers %s by %s.", what, strings.Join(actions(refused), ", "), who)},
			errors.New("a Deny wins over every share that could be made; its owner must decide how to narrow it"))
	}
	name := "permprobe-" + f.ID
	arn := fact.ARN{Partition: facts.Account.Partition, Service: "ram", Account: "aws", Resource: "permission/" + permission.name}.String()
	fix := finding.Fix{Summary: fmt.Sprintf("Share %s with %s by AWS RAM. Where the accounts do not share within one organization, account %s gets an invitation, and must accept it.",
		what, who, facts.Account.ID)}
	var err error
	if fix.CloudFormation, err = yamlText(map[string]any{targetPolicy: map[string]any{"Type": "AWS::RAM::ResourceShare", "Properties": map[string]any{
		"Name": name, "ResourceArns": []string{target.ARN}, "Principals": []string{role}, "PermissionArns": []string{arn},
	}}}); err != nil {
		return unproven(fix, err)
	}
	fix.Terraform = terraformShare(name, target.ARN, role, arn)
	inItsAccount(facts, target, &fix)
	switch {
	case target.Standard:
		fix.Summary = fmt.Sprintf("Make %s one of the advanced tier, which costs a fee: in its template, or by putting it again with its value, its type, its key and --tier Advanced. Then share it with %s by AWS RAM.", what, who)
		return unproven(ownedTarget(facts, target, fix), errors.New("a parameter of the standard tier cannot be shared, and its value, which takes it to the other tier, is not read here"))
	case !target.Advanced:
		fix.Summary += " Only one of the advanced tier can be shared."
	}
	fix.CLI = commandIn(facts, target.Account, "aws", "ram", "create-resource-share", "--name", name, "--resource-arns", target.ARN, "--principals", role, "--permission-arns", arn, "--region", regionOf(target))
	written := statement{Effect: "Allow", Principal: map[string]string{"AWS": role}, Action: permission.actions, Resource: target.ARN}
	if fix.Policy, err = compactJSON(newDocument(written)); err != nil {
		return unproven(fix, err)
	}
	doc := newDocument(written)
	if existing.Policy != nil {
		if doc, err = extend(existing.JSON, written); err != nil {
			return unproven(fix, err)
		}
	}
	whole, err := compactJSON(doc)
	if err != nil {
		return unproven(fix, err)
	}
	policy, err := iampolicy.Parse([]byte(whole), iampolicy.Resource)
	if err != nil {
		return unproven(fix, err)
	}
	var cases []*iampolicy.Case
	for _, d := range refused {
		cases = append(cases, decide.TargetAllows(facts, d.Need, &target, policy))
	}
	return proved(ownedTarget(facts, target, fix), cases...)
}

// terraformShare is a resource share of AWS RAM with what it shares and with whom.
//
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ram_resource_share
func terraformShare(name, resource, principal, permission string) string {
	label := hclName(name)
	quoted := hclEscapes.Replace
	share := fmt.Sprintf("resource \"aws_ram_resource_share\" %q {\n  name                      = \"%s\"\n  allow_external_principals = true\n  permission_arns           = [\"%s\"]\n}\n",
		label, quoted(name), quoted(permission))
	part := func(kind, key, value string) string {
		width := max(len(key), len("resource_share_arn"))
		return fmt.Sprintf("\nresource %q %q {\n  %-*s = \"%s\"\n  %-*s = aws_ram_resource_share.%s.arn\n}\n", kind, label, width, key, quoted(value), width, "resource_share_arn", label)
	}
	return share + part("aws_ram_resource_association", "resource_arn", resource) + part("aws_ram_principal_association", "principal", principal)
}

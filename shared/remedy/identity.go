package remedy

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// mostPolicies is how many policies an identity of SES takes, and mostOfPolicy how many bytes each of them.
//
// https://docs.aws.amazon.com/ses/latest/dg/quotas.html
// https://docs.aws.amazon.com/ses/latest/APIReference/API_PutIdentityPolicy.html
const mostPolicies, mostOfPolicy = 20, 4096

// identityPolicy is a policy to put on an identity, under its name.
type identityPolicy struct {
	name string
	doc  document
}

// openIdentity lets the role send from an identity of SES: by one more policy for what nothing allows, and with each policy
// that denies written again without the role. Those that are there otherwise stay as they are.
//
// https://docs.aws.amazon.com/ses/latest/dg/identity-authorization-policies-creating.html
func openIdentity(facts *fact.Facts, f *finding.Finding, refused []*decide.Decision) finding.Fix {
	target := refused[0].Refusal.Target
	existing, _ := target.Policy.Value()
	put, whole, err := identityPolicies(facts, f, target, existing, refused)
	fix := finding.Fix{Summary: fmt.Sprintf("%s CloudFormation has no type for policies of identities.", identitySummary(facts, target, put, refused))}
	if err != nil {
		return unproven(fix, err)
	}
	var commands, blocks []string
	for _, p := range put {
		text, err := compactJSON(p.doc)
		if err != nil {
			return unproven(fix, err)
		}
		if len(put) == 1 {
			fix.Policy = text
		}
		if len(text) > mostOfPolicy {
			return unproven(fix, fmt.Errorf("policy %s would be %d bytes long, and SES takes %d: a part of it must go into another one", p.name, len(text), mostOfPolicy))
		}
		_, identity, _ := strings.Cut(target.ARN, ":identity/")
		commands = append(commands, commandIn(facts, target.Account, "aws", "ses", "put-identity-policy", "--identity", identity,
			"--policy-name", p.name, "--policy", text, "--region", regionOf(target)))
		block, err := terraformIdentity(target, p)
		if err != nil {
			return unproven(fix, err)
		}
		blocks = append(blocks, block)
	}
	if added := len(put) > 0 && !slices.ContainsFunc(target.Parts, func(p fact.PolicyPart) bool { return p.Name == put[len(put)-1].name }); added && len(target.Parts) >= mostPolicies {
		return unproven(fix, fmt.Errorf("the identity has %d policies, and SES takes no more: one of them must take the statement", len(target.Parts)))
	}
	fix.CLI, fix.Terraform = strings.Join(commands, " && "), strings.Join(blocks, "\n")
	inItsAccount(facts, target, &fix)
	text, err := compactJSON(whole)
	if err != nil {
		return unproven(fix, err)
	}
	policy, err := iampolicy.Parse([]byte(text), iampolicy.Resource)
	if err != nil {
		return unproven(fix, err)
	}
	var cases []*iampolicy.Case
	for _, d := range refused {
		cases = append(cases, decide.TargetAllows(facts, d.Need, &target, policy))
	}
	return proved(fix, cases...)
}

// identitySummary says what is done.
func identitySummary(facts *fact.Facts, target fact.Target, put []identityPolicy, refused []*decide.Decision) string {
	role, account := fact.RoleName(refused[0].Need.Role), owner(facts, target)
	var denying []string
	for _, p := range put {
		if slices.ContainsFunc(target.Parts, func(had fact.PolicyPart) bool { return had.Name == p.name }) {
			denying = append(denying, p.name)
		}
	}
	added := fmt.Sprintf("Let %s call %s: add a policy for it to the %s (account %s).", role, strings.Join(actions(refused), ", "), target.Name(), account)
	if len(denying) == 0 {
		return added
	}
	exempted := fmt.Sprintf("Exempt %s from the Deny in policy %s of the %s (account %s), if its owner agrees.", role, strings.Join(denying, ", "), target.Name(), account)
	if len(denying) < len(put) {
		exempted += " Add a policy for what no statement allows, too."
	}
	return exempted
}

// identityPolicies are the policies to put on an identity, and what all of its policies then are as one.
func identityPolicies(facts *fact.Facts, f *finding.Finding, target fact.Target, existing fact.ResourcePolicy, refused []*decide.Decision) ([]identityPolicy, document, error) {
	whole, err := opened(facts, f, existing, refused)
	if err != nil {
		return nil, document{}, err
	}
	denying := map[int]bool{}
	for _, d := range refused {
		for _, at := range d.Refusal.Denying {
			if part, _, several := target.Part(at); several {
				denying[part] = true
			}
		}
	}
	var put []identityPolicy
	from := 0
	for i, part := range target.Parts {
		if denying[i] {
			doc, _, err := readDocument(part.JSON)
			if err != nil {
				return nil, document{}, err
			}
			doc.Statement = whole.Statement[from : from+part.Statements]
			put = append(put, identityPolicy{part.Name, doc})
		}
		from += part.Statements
	}
	if more := whole.Statement[from:]; len(more) > 0 {
		doc := newDocument()
		doc.Statement = more
		put = append(put, identityPolicy{unusedName("permprobe-"+f.ID, target.Parts), doc})
	}
	return put, whole, nil
}

// unusedName is a name for another policy: what an earlier fix put under the same one stays.
func unusedName(name string, parts []fact.PolicyPart) string {
	out := name
	for n := 2; slices.ContainsFunc(parts, func(p fact.PolicyPart) bool { return p.Name == out }); n++ {
		out = fmt.Sprintf("%s-%d", name, n)
	}
	return out
}

// terraformIdentity is a policy of an identity as a resource of Terraform.
//
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ses_identity_policy
func terraformIdentity(target fact.Target, p identityPolicy) (string, error) {
	policy, err := hclPolicy("policy", p.doc, "  ")
	if err != nil {
		return "", err
	}
	_, identity, _ := strings.Cut(target.ARN, ":identity/")
	block := hclBlock("aws_ses_identity_policy", "target_"+hclName(identity+"_"+p.name), attribute{"identity", target.ARN}, attribute{"name", p.name})
	return strings.TrimSuffix(block, "}\n") + "\n" + policy + "}\n", nil
}

package remedy

import (
	"fmt"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// What IAM lets a role have: characters of all its inline policies together, of one managed policy, and how many managed
// policies may be attached, of which the last can be raised. White space does not count.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxInline   = 10240
	maxManaged  = 6144
	maxAttached = 10
)

// room is what IAM's quotas leave of a role's policies. Where these are not known, all of it is.
type room struct {
	inline, attached int
	// held are the characters that its inline policies have, and the managed policies that it has.
	held, managed int
	// sizes are those of its inline policies by their names for messages.
	sizes map[string]int
	role  string
}

func roomOf(facts *fact.Facts, role string) room {
	left := room{inline: maxInline, attached: maxAttached, sizes: map[string]int{}, role: fact.RoleName(role)}
	read, _ := facts.Roles[role].Value()
	policies, _ := read.Policies.Value()
	for _, p := range policies {
		if strings.HasPrefix(p.Name(), "arn:") {
			left.managed++
			continue
		}
		left.held += p.Size()
		left.sizes[p.Name()] = p.Size()
	}
	left.inline -= left.held
	if left.managed <= maxAttached { // with more the quota was raised, nobody says how far
		left.attached -= left.managed
	}
	return left
}

// attaches tells whether so many managed policies may be attached besides.
func (r room) attaches(n int) bool { return n <= r.attached }

// carrier is how a role is given statements of its own.
type carrier struct {
	// arn is that of a customer-managed policy to be made; empty for an inline policy.
	arn string
	// why is a sentence on why it is no inline policy, or what is to be done first; empty where an inline policy fits.
	why string
}

// carry says how the role is given the document in text beside so many managed policies of AWS: as an inline policy where
// that fits, otherwise as a managed policy.
func (r room) carry(account fact.Account, name, text string, attached int) carrier {
	size := sizeOf(text)
	// A policy of the same name is replaced.
	if size <= r.inline+r.sizes[fmt.Sprintf("inline policy %s of %s", name, r.role)] {
		return carrier{}
	}
	c := carrier{
		arn: fmt.Sprintf("arn:%s:iam::%s:policy/%s", account.Partition, account.ID, name),
		why: fmt.Sprintf("It is a managed policy, because the inline policies of a role may have %d characters together, of which %d are taken and this one would take %d.", maxInline, r.held, size),
	}
	switch {
	case size > maxManaged:
		c.why = fmt.Sprintf("First make room or divide it: this policy has %d characters, the inline policies of a role may have %d together, of which %d are taken, and one managed policy %d.", size, maxInline, r.held, maxManaged)
	case !r.attaches(attached + 1):
		c.why += fmt.Sprintf(" First detach one that is not needed, or have the quota raised: %d managed policies are attached of %d that a role may have by default.", r.managed, maxAttached)
	}
	return c
}

// sizeOf is the length of a policy as IAM counts it.
func sizeOf(text string) int {
	if p, err := iampolicy.Parse([]byte(text), iampolicy.Identity); err == nil {
		return p.Size()
	}
	return len(text)
}

// commands give the role the document.
func (c carrier) commands(role, name, text string) []string {
	if c.arn == "" {
		return []string{command("aws", "iam", "put-role-policy", "--role-name", role, "--policy-name", name, "--policy-document", text)}
	}
	return []string{
		command("aws", "iam", "create-policy", "--policy-name", name, "--policy-document", text),
		command("aws", "iam", "attach-role-policy", "--role-name", role, "--policy-arn", c.arn),
	}
}

// noun is what the commands make.
func (c carrier) noun() string {
	if c.arn == "" {
		return "an inline policy"
	}
	return "a managed policy"
}

// managedPolicy is AWS::IAM::ManagedPolicy in a template.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
type managedPolicy struct {
	Type       string
	Properties managedPolicyProperties
}

// It has no name there: one that is given takes another capability to deploy.
type managedPolicyProperties struct {
	Roles          []string
	PolicyDocument document
}

// template puts the document into what a template says of the role: into its properties, or as a resource beside it.
func (c carrier) template(properties map[string]any, role, name string, doc document) {
	if c.arn == "" {
		properties["Policies"] = []inlinePolicy{{PolicyName: name, PolicyDocument: doc}}
		return
	}
	properties["RolePolicy"] = attachedTo(role, doc)
}

func attachedTo(role string, doc document) managedPolicy {
	return managedPolicy{Type: "AWS::IAM::ManagedPolicy", Properties: managedPolicyProperties{Roles: []string{role}, PolicyDocument: doc}}
}

// sam is the same in a SAM template, where AWS's policies stand with the function: the policies of a function become inline
// policies of its role.
func (c carrier) sam(managed []string, role string, doc document) (string, error) {
	all := map[string]any{"Resources": map[string]any{"RolePolicy": attachedTo(role, doc)}}
	if len(managed) > 0 {
		all["Policies"] = managed
	}
	return yamlText(all)
}

// explain adds to a fix why it is no inline policy.
func (c carrier) explain(fix *finding.Fix) {
	if c.why != "" {
		fix.Summary += " " + c.why
	}
}

package collect

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// namedIAM is what stands for the bulk listing of roles where functions are named.
type namedIAM interface {
	iam.ListRolePoliciesAPIClient
	iam.ListAttachedRolePoliciesAPIClient
	GetRolePolicy(context.Context, *iam.GetRolePolicyInput, ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error)
	GetPolicy(context.Context, *iam.GetPolicyInput, ...func(*iam.Options)) (*iam.GetPolicyOutput, error)
	GetPolicyVersion(context.Context, *iam.GetPolicyVersionInput, ...func(*iam.Options)) (*iam.GetPolicyVersionOutput, error)
}

// namedRole is a role while it is read.
type namedRole struct {
	detail types.RoleDetail
	// unread says why nothing is known of the role, absent that it does not exist.
	unread fact.Unread
	absent bool
	// policies says why the list of its policies is short.
	policies fact.Unread
}

// namedRoles reads the roles that functions run as and those that their code assumes one by one, and then each managed
// policy once.
func (c *Collector) namedRoles(ctx context.Context, facts *fact.Facts, assumed []string) {
	c.awayRoles(ctx, facts, assumed)
	needed := map[string]bool{}
	for _, arn := range assumed {
		if c.owns(arn) {
			needed[arn] = true
		}
	}
	for i := range facts.Functions {
		needed[facts.Functions[i].Role] = true
	}
	arns := slices.Sorted(maps.Keys(needed))
	roles := make([]namedRole, len(arns))
	forEach(ctx, len(arns), func(ctx context.Context, i int) { roles[i] = c.namedRole(ctx, arns[i]) })
	attached := map[string]bool{}
	for i := range roles {
		for _, policy := range roles[i].detail.AttachedManagedPolicies {
			attached[aws.ToString(policy.PolicyArn)] = true
		}
		if boundary := roles[i].detail.PermissionsBoundary; boundary != nil {
			attached[aws.ToString(boundary.PermissionsBoundaryArn)] = true
		}
	}
	policies := slices.Sorted(maps.Keys(attached))
	documents, unread := make([]managedDocument, len(policies)), make([]fact.Unread, len(policies))
	forEach(ctx, len(policies), func(ctx context.Context, i int) { documents[i], unread[i] = c.managedPolicy(ctx, policies[i]) })
	for i, arn := range arns {
		role := &roles[i]
		switch {
		case role.absent:
			facts.Roles[arn] = fact.Absent[fact.Role]()
			continue
		case !role.unread.IsZero():
			facts.Roles[arn] = fact.NotRead[fact.Role](role.unread)
			continue
		}
		reduced := reduceRole(&role.detail, func(arn string) (managedDocument, fact.Unread) {
			at := slices.Index(policies, arn)
			return documents[at], unread[at]
		})
		if !role.policies.IsZero() {
			reduced.Policies = fact.NotRead[[]*iampolicy.Policy](role.policies)
		}
		facts.Roles[arn] = fact.Known(reduced)
	}
}

func (c *Collector) namedRole(ctx context.Context, arn string) namedRole {
	get := call{Operation: "iam:GetRole", Permission: "iam:GetRole", Resource: arn}
	switch names := iampolicy.UnknownNames(arn); {
	case len(names) > 0:
		return namedRole{unread: fact.Unread{Operation: get.Operation,
			Reason: fmt.Sprintf("which role the function runs as is not known: %s", strings.Join(names, ", "))}}
	case !c.owns(arn):
		return namedRole{unread: fact.Unread{Operation: get.Operation, Reason: fmt.Sprintf("the role %s belongs to another account", arn)}}
	}
	out, err := c.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(fact.RoleName(arn))})
	switch {
	case isNotFound(err):
		return namedRole{absent: true}
	case err != nil:
		return namedRole{unread: get.unread(err)}
	case aws.ToString(out.Role.Arn) != arn:
		return namedRole{unread: fact.Unread{Operation: get.Operation,
			Reason: fmt.Sprintf("the function's role is %s, but the role of that name is %s", arn, aws.ToString(out.Role.Arn))}}
	}
	role := namedRole{detail: types.RoleDetail{
		Arn: out.Role.Arn, RoleId: out.Role.RoleId, RoleName: out.Role.RoleName,
		AssumeRolePolicyDocument: out.Role.AssumeRolePolicyDocument, PermissionsBoundary: out.Role.PermissionsBoundary,
		CreateDate: out.Role.CreateDate,
	}}
	if role.policies = c.inlinePolicies(ctx, arn, &role.detail); role.policies.IsZero() {
		role.policies = c.attachedPolicies(ctx, arn, &role.detail)
	}
	return role
}

func (c *Collector) inlinePolicies(ctx context.Context, arn string, role *types.RoleDetail) fact.Unread {
	list := call{Operation: "iam:ListRolePolicies", Permission: "iam:ListRolePolicies", Resource: arn}
	get := call{Operation: "iam:GetRolePolicy", Permission: "iam:GetRolePolicy", Resource: arn}
	pages := iam.NewListRolePoliciesPaginator(c.IAM, &iam.ListRolePoliciesInput{RoleName: role.RoleName})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return list.unread(err)
		}
		for _, name := range page.PolicyNames {
			// One that was deleted since it was listed is not read either: what replaced it is not known.
			out, err := c.IAM.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: role.RoleName, PolicyName: aws.String(name)})
			if err != nil {
				return get.unread(err)
			}
			role.RolePolicyList = append(role.RolePolicyList, types.PolicyDetail{PolicyName: out.PolicyName, PolicyDocument: out.PolicyDocument})
		}
	}
	return fact.Unread{}
}

func (c *Collector) attachedPolicies(ctx context.Context, arn string, role *types.RoleDetail) fact.Unread {
	list := call{Operation: "iam:ListAttachedRolePolicies", Permission: "iam:ListAttachedRolePolicies", Resource: arn}
	pages := iam.NewListAttachedRolePoliciesPaginator(c.IAM, &iam.ListAttachedRolePoliciesInput{RoleName: role.RoleName})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return list.unread(err)
		}
		role.AttachedManagedPolicies = append(role.AttachedManagedPolicies, page.AttachedPolicies...)
	}
	return fact.Unread{}
}

// managedPolicy reads the default version of a managed policy, which is the one that applies.
func (c *Collector) managedPolicy(ctx context.Context, arn string) (managedDocument, fact.Unread) {
	get := call{Operation: "iam:GetPolicy", Permission: "iam:GetPolicy", Resource: arn}
	policy, err := c.IAM.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String(arn)})
	if err != nil {
		return managedDocument{}, get.unread(err)
	}
	read := call{Operation: "iam:GetPolicyVersion", Permission: "iam:GetPolicyVersion", Resource: arn}
	out, err := c.IAM.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: aws.String(arn), VersionId: policy.Policy.DefaultVersionId})
	if err != nil {
		return managedDocument{}, read.unread(err)
	}
	return managedDocument{
		aws.ToString(out.PolicyVersion.Document), later(policy.Policy.UpdateDate, out.PolicyVersion.CreateDate),
	}, fact.Unread{}
}

package collect

import (
	"context"
	"fmt"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/permission"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// Deployment reads the functions that are selected with what belongs to them, and the user or role that is to deploy
// them, and nothing of what calls them. It returns the facts, in which the user is among the roles, and the ARN under
// which it stands there: that of the role, where a session of one was given. through is a service role of CloudFormation that is
// read besides; empty for none.
func (c *Collector) Deployment(ctx context.Context, selects func(name, arn string) bool, who, through string) (*fact.Facts, string) {
	base := &fact.Facts{Account: c.Account, Time: c.Now(), States: map[string]fact.Read[fact.State]{}}
	list := c.functions
	if c.Functions != nil {
		list = c.namedFunctions
	}
	all, _ := list(ctx, base, newEnvironment()) // what variables name is the code's matter
	facts := c.empty(base)
	facts.Aliases, facts.Targets = map[string]fact.Read[[]fact.FunctionRef]{}, map[string]fact.Read[fact.Target]{}
	for _, function := range all {
		if selects(function.Name, function.ARN) {
			function.Repository = fact.RepositoryOf(c.Account.Partition, c.Images[function.ARN])
			facts.Functions = append(facts.Functions, function)
		}
	}
	who = c.deployer(ctx, facts, who)
	if through != "" {
		c.deployer(ctx, facts, through)
	}
	if len(facts.Functions) == 0 {
		return facts, who
	}
	mapped := c.mappings(ctx)
	mapped.keep(facts)
	c.destinations(ctx, facts, nil)
	aliases := make([]fact.Read[[]fact.FunctionRef], len(facts.Functions))
	forEach(ctx, len(aliases), func(ctx context.Context, i int) {
		if found, why := c.aliases(ctx, facts.Functions[i].ARN); why.IsZero() {
			aliases[i] = fact.Known(found)
		} else {
			aliases[i] = fact.NotRead[[]fact.FunctionRef](why)
		}
	})
	refs := unqualified(facts)
	for i := range facts.Functions {
		facts.Aliases[facts.Functions[i].ARN] = aliases[i]
		more, _ := aliases[i].Value()
		refs = append(refs, more...)
	}
	c.readPolicies(ctx, facts, refs)
	if c.On.On(permission.FunctionUrls) {
		urls := c.functionURLs(ctx, facts.Functions, Remembered{})
		facts.Triggers, facts.Unread = urls.triggers, append(facts.Unread, urls.unread...)
	}
	c.Owners(ctx, facts)
	return facts, who
}

// deployer reads who deploys, and returns the ARN under which it stands among the roles.
func (c *Collector) deployer(ctx context.Context, facts *fact.Facts, who string) string {
	arn, err := fact.ParseARN(who)
	switch {
	case err != nil: // the event was checked
	case arn.Account != c.Account.ID:
		facts.Roles[who] = fact.NotRead[fact.Role](fact.Unread{Reason: fmt.Sprintf("%s belongs to account %s, and only who runs there may simulate its policies", who, arn.Account)})
		return who
	case arn.Service == "sts":
		// A session's ARN leaves out the path of its role.
		name, _, _ := strings.Cut(strings.TrimPrefix(arn.Resource, "assumed-role/"), "/")
		arn.Service, arn.Resource = "iam", "role/"+name
		get := call{Operation: "iam:GetRole", Permission: "iam:GetRole", Resource: arn.String()}
		out, err := c.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(name)})
		switch {
		case isNotFound(err):
			facts.Roles[arn.String()] = fact.Absent[fact.Role]()
			return arn.String()
		case err != nil:
			facts.Roles[arn.String()] = fact.NotRead[fact.Role](get.unread(err))
			return arn.String()
		}
		who = aws.ToString(out.Role.Arn)
	case strings.HasPrefix(arn.Resource, "user/"):
		facts.Roles[who] = c.user(ctx, who)
		return who
	}
	read := c.roles
	if c.Functions != nil {
		read = c.namedRoles
	}
	read(ctx, &fact.Facts{Account: facts.Account, Time: facts.Time, Roles: facts.Roles}, []string{who})
	return who
}

// user reads a user with the policies of its groups. It stands for a role that nobody assumes: its trust policy is unread.
func (c *Collector) user(ctx context.Context, arn string) fact.Read[fact.Role] {
	list := call{Operation: "iam:GetAccountAuthorizationDetails", Permission: "iam:GetAccountAuthorizationDetails", Resource: "*"}
	if c.Functions != nil {
		return fact.NotRead[fact.Role](fact.Unread{Operation: list.Operation, Reason: fmt.Sprintf(
			"the policies of %s are not read: where the stack names its functions (FunctionArns), it may read the roles of RoleArns and no users", arn)})
	}
	var user *types.UserDetail
	groups := map[string]*types.GroupDetail{}
	documents := map[string]managedDocument{}
	var failed fact.Unread
	pages := iam.NewGetAccountAuthorizationDetailsPaginator(c.IAM, &iam.GetAccountAuthorizationDetailsInput{
		Filter:   []types.EntityType{types.EntityTypeUser, types.EntityTypeGroup, types.EntityTypeLocalManagedPolicy, types.EntityTypeAWSManagedPolicy},
		MaxItems: aws.Int32(1000),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			failed = list.unread(err)
			break
		}
		for i := range page.UserDetailList {
			if one := &page.UserDetailList[i]; aws.ToString(one.Arn) == arn {
				user = one
			}
		}
		for i := range page.GroupDetailList {
			groups[aws.ToString(page.GroupDetailList[i].GroupName)] = &page.GroupDetailList[i]
		}
		for i := range page.Policies {
			if document, ok := defaultVersion(&page.Policies[i]); ok {
				documents[aws.ToString(page.Policies[i].Arn)] = document
			}
		}
	}
	switch {
	case user == nil && !failed.IsZero():
		return fact.NotRead[fact.Role](failed)
	case user == nil:
		return fact.NotRead[fact.Role](fact.Unread{Operation: list.Operation, Reason: fmt.Sprintf(
			"the account's authorization details hold no user %s: there is none, or it was made a moment ago", arn)})
	}
	role := reduceRole(&types.RoleDetail{
		Arn: user.Arn, RoleId: user.UserId, RoleName: user.UserName, CreateDate: user.CreateDate, RolePolicyList: user.UserPolicyList,
		AttachedManagedPolicies: user.AttachedManagedPolicies, PermissionsBoundary: user.PermissionsBoundary,
	}, listed(documents, failed))
	role.Trust = fact.NotRead[*iampolicy.Policy](fact.Unread{Reason: "a user has no trust policy"})
	for _, name := range user.GroupList {
		role.Policies = both(role.Policies, groupPolicies(groups[name], name, listed(documents, failed)))
	}
	return fact.Known(role)
}

func groupPolicies(group *types.GroupDetail, name string, document func(string) (managedDocument, fact.Unread)) fact.Read[[]*iampolicy.Policy] {
	if group == nil {
		return fact.NotRead[[]*iampolicy.Policy](fact.Unread{Reason: fmt.Sprintf("the group %s, of which the user is a member, is not in the account's authorization details", name)})
	}
	return reduceRole(&types.RoleDetail{
		Arn: group.Arn, RoleName: aws.String("the group " + name), RolePolicyList: group.GroupPolicyList, AttachedManagedPolicies: group.AttachedManagedPolicies,
	}, document).Policies
}

// both are two lists of policies, of which nothing is known where one is not: any policy may grant or deny.
func both(a, b fact.Read[[]*iampolicy.Policy]) fact.Read[[]*iampolicy.Policy] {
	first, known := a.Value()
	if !known {
		return a
	}
	second, known := b.Value()
	if !known {
		return b
	}
	return fact.Known(append(first[:len(first):len(first)], second...))
}

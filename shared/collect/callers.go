package collect

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// callingServices are what the names of the services begin with that may take on a role to call functions.
func callingServices() []string {
	var names []string
	for _, manner := range fact.Manners() {
		if name, _, _ := strings.Cut(manner.Principal, "."); !slices.Contains(names, name+".") {
			names = append(names, name+".")
		}
	}
	return names
}

// mayCall tells whether the role's trust policy names one of the services, or everybody.
func mayCall(role *types.RoleDetail, services []string) bool {
	text, err := url.PathUnescape(aws.ToString(role.AssumeRolePolicyDocument))
	return err != nil || strings.Contains(text, `"*"`) || slices.ContainsFunc(services, func(s string) bool { return strings.Contains(text, `"`+s) })
}

// callingRoles reads the roles as which sources call functions, beside those that are known. spare is what is known of
// the account's roles already; nil where none were listed.
func (c *Collector) callingRoles(ctx context.Context, facts *fact.Facts, spare *bulk) {
	wanted := map[string]bool{}
	for i := range facts.Triggers {
		for _, role := range []string{facts.Triggers[i].Credentials, facts.Triggers[i].Through} {
			if _, read := facts.Roles[role]; role != "" && !read && !strings.HasSuffix(role, ":user/*") {
				wanted[role] = true
			}
		}
	}
	arns := slices.Sorted(maps.Keys(wanted))
	if len(arns) == 0 {
		return
	}
	if spare == nil {
		apart := &fact.Facts{Account: facts.Account, Roles: map[string]fact.Read[fact.Role]{}}
		c.namedRoles(ctx, apart, arns)
		maps.Copy(facts.Roles, apart.Roles)
		return
	}
	read := make([]fact.Read[fact.Role], len(arns))
	forEach(ctx, len(arns), func(ctx context.Context, i int) { read[i] = c.callingRole(ctx, arns[i], spare) })
	for i, arn := range arns {
		facts.Roles[arn] = read[i]
	}
}

func (c *Collector) callingRole(ctx context.Context, arn string, spare *bulk) fact.Read[fact.Role] {
	list := call{Operation: "iam:GetAccountAuthorizationDetails"}
	detail, found := spare.details[arn]
	switch {
	case found:
		return fact.Known(reduceRole(detail, listed(spare.documents, spare.failed)))
	case len(iampolicy.UnknownNames(arn)) > 0:
		return fact.NotRead[fact.Role](fact.Unread{Operation: list.Operation,
			Reason: "which role calls the function is not known: " + strings.Join(iampolicy.UnknownNames(arn), ", ")})
	case !c.owns(arn):
		return fact.NotRead[fact.Role](fact.Unread{Operation: list.Operation, Reason: "the role " + arn +
			" belongs to another account: whether it may call the function is known there only, to who may call iam:SimulatePrincipalPolicy and iam:GetRole in it"})
	case !spare.failed.IsZero():
		return fact.NotRead[fact.Role](spare.failed)
	}
	return c.untrustingRole(ctx, arn)
}

// untrustingRole reads a role that was not kept because its trust policy names no service that calls functions: that
// policy decides then, and the role's permissions are not asked for.
func (c *Collector) untrustingRole(ctx context.Context, arn string) fact.Read[fact.Role] {
	get := call{Operation: "iam:GetRole", Permission: "iam:GetRole", Resource: arn}
	out, err := c.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(fact.RoleName(arn))})
	switch {
	case isNotFound(err):
		return fact.Absent[fact.Role]()
	case err != nil:
		return fact.NotRead[fact.Role](get.unread(err))
	case aws.ToString(out.Role.Arn) != arn:
		return fact.NotRead[fact.Role](fact.Unread{Operation: get.Operation,
			Reason: "the role that calls the function is " + arn + ", but the role of that name is " + aws.ToString(out.Role.Arn)})
	}
	role := reduceRole(&types.RoleDetail{
		Arn: out.Role.Arn, RoleId: out.Role.RoleId, RoleName: out.Role.RoleName, AssumeRolePolicyDocument: out.Role.AssumeRolePolicyDocument,
	}, nil)
	const why = "they are not asked for where the trust policy names no service that calls functions"
	role.Policies = fact.NotRead[[]*iampolicy.Policy](fact.Unread{Operation: get.Operation, Reason: "the policies of the role " + arn + " are not known: " + why})
	role.Boundary = fact.NotRead[*iampolicy.Policy](fact.Unread{Operation: get.Operation, Reason: "the boundary of the role " + arn + " is not known: " + why})
	return fact.Known(role)
}

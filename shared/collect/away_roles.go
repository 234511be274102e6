package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// awayRoles reads the trust policies of roles of other accounts that code assumes, in the accounts that can be read.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
func (c *Collector) awayRoles(ctx context.Context, facts *fact.Facts, assumed []string) {
	for _, arn := range assumed {
		parsed, err := fact.ParseARN(arn)
		if err != nil || c.owns(arn) || c.ReadRoles[parsed.Account] == "" {
			continue
		}
		facts.Roles[arn] = c.awayRole(ctx, arn, parsed.Account)
	}
}

func (c *Collector) awayRole(ctx context.Context, arn, account string) fact.Read[fact.Role] {
	get := call{Operation: "iam:GetRole", Permission: "iam:GetRole", Resource: arn}
	owner, why := c.in(ctx, account, get)
	if owner == nil {
		return fact.NotRead[fact.Role](why)
	}
	out, err := owner.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(fact.RoleName(arn))})
	switch {
	case isNotFound(err):
		return fact.Absent[fact.Role]()
	case err != nil:
		return fact.NotRead[fact.Role](c.asRole(account, get.unread(err)))
	case aws.ToString(out.Role.Arn) != arn:
		return fact.Absent[fact.Role]() // names are unique whatever the path, and this path is another one
	}
	// What the role itself may do matters to nobody here.
	role := reduceRole(&types.RoleDetail{
		Arn: out.Role.Arn, RoleId: out.Role.RoleId, RoleName: out.Role.RoleName, CreateDate: out.Role.CreateDate,
		AssumeRolePolicyDocument: out.Role.AssumeRolePolicyDocument,
	}, nil)
	return fact.Known(role)
}

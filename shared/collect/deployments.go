package collect

import (
	"context"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// deployments reads which functions CodeDeploy calls before and after it shifts the traffic of aliases. Only templates say
// so, in an attribute of the alias: in an account the hooks come with each deployment.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html#cfn-attributes-updatepolicy-codedeploylambdaaliasupdate
func (c *Collector) deployments(ctx context.Context) sources {
	found := sources{facts: fact.KindDeployments}
	const typeName = "AWS::Lambda::Alias"
	for _, alias := range c.described(ctx, &found, typeName, c.listed(ctx, &found, typeName, nil)) {
		arn, role := alias.text("AliasArn"), alias.text("ServiceRoleArn")
		if of, err := fact.ParseARN(role); err == nil && of.Account != c.Account.ID && len(iampolicy.UnknownNames(of.Account)) == 0 {
			// A role is passed within its account only, so that the template is for another account than this one.
			found.missing(fact.Unread{Reason: "the deployments of " + functionOf(arn) + " are made as " + role + ", and CodeDeploy takes roles of the group's own account alone: whether it may call hooks is not known"})
			continue
		}
		for _, name := range []string{"BeforeAllowTrafficHook", "AfterAllowTrafficHook"} {
			if function, named := c.functionNamed(alias.text("CodeDeployLambdaAliasUpdate", name), ""); named {
				found.add(fact.Trigger{
					Kind: fact.TriggerDeployment, Source: arn, SourceID: arn, SourceName: "of " + functionOf(arn), Account: c.Account.ID,
					Credentials: role,
				}, function)
			}
		}
	}
	return found
}

// functionOf is the name of a function and its qualifier in an ARN; the ARN itself where it is none.
func functionOf(arn string) string {
	ref, err := fact.ParseFunctionARN(arn)
	if err != nil {
		return arn
	}
	return ref.Name() + ":" + ref.Qualifier
}

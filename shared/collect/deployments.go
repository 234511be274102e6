package collect

import (
	"context"

	"permprobe/shared/fact"
)

// deployments reads which functions CodeDeploy calls before and after it shifts the traffic of aliases. Only templates say
// so, in an attribute of the alias: in an account the hooks come with each deployment.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html#cfn-attributes-updatepolicy-codedeploylambdaaliasupdate
func (c *Collector) deployments(ctx context.Context) sources {
	found := sources{facts: fact.KindDeployments}
	const typeName = "AWS::Lambda::Alias"
	for _, alias := range c.described(ctx, &found, typeName, c.listed(ctx, &found, typeName, nil)) {
		arn := alias.text("AliasArn")
		for _, name := range []string{"BeforeAllowTrafficHook", "AfterAllowTrafficHook"} {
			if function, named := c.functionNamed(alias.text("CodeDeployLambdaAliasUpdate", name), ""); named {
				found.add(fact.Trigger{
					Kind: fact.TriggerDeployment, Source: arn, SourceID: arn, SourceName: "of " + functionOf(arn), Account: c.Account.ID,
					Credentials: alias.text("ServiceRoleArn"),
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

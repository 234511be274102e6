package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// PoolsAPI is what is read of user pools.
type PoolsAPI interface {
	cognitoidentityprovider.ListUserPoolsAPIClient
	DescribeUserPool(context.Context, *cognitoidentityprovider.DescribeUserPoolInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.DescribeUserPoolOutput, error)
}

var _ PoolsAPI = (*cognitoidentityprovider.Client)(nil)

// poolsPage is how many user pools are asked for at once: Cognito wants a number.
const poolsPage = 60

// userPools reads which functions the user pools of the region call.
func (c *Collector) userPools(ctx context.Context) sources {
	found := sources{facts: fact.KindUserPools}
	list := call{Operation: "cognito-idp:ListUserPools", Permission: "cognito-idp:ListUserPools", Resource: "*"}
	var pools []types.UserPoolDescriptionType
	pages := cognitoidentityprovider.NewListUserPoolsPaginator(c.Pools, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(poolsPage)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			break
		}
		pools = append(pools, page.UserPools...)
	}
	each := make([]sources, len(pools))
	forEach(ctx, len(pools), func(ctx context.Context, i int) { each[i] = c.poolTriggers(ctx, aws.ToString(pools[i].Id)) })
	found.join(each)
	return found
}

func (c *Collector) poolTriggers(ctx context.Context, id string) sources {
	found := sources{facts: fact.KindUserPools}
	arn := fact.ARN{
		Partition: c.Account.Partition, Service: "cognito-idp", Region: c.Account.Region, Account: c.Account.ID, Resource: "userpool/" + id,
	}.String()
	describe := call{Operation: "cognito-idp:DescribeUserPool of " + id, Permission: "cognito-idp:DescribeUserPool", Resource: arn}
	out, err := c.Pools.DescribeUserPool(ctx, &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: aws.String(id)})
	switch {
	case isNotFound(err):
		return found // deleted after it was listed
	case err != nil:
		found.missing(describe.unread(err))
		return found
	case out.UserPool == nil || out.UserPool.LambdaConfig == nil:
		return found
	}
	name := aws.ToString(out.UserPool.Name)
	if name == "" {
		name = id
	} else {
		name += " (" + id + ")"
	}
	for _, function := range poolFunctions(out.UserPool.LambdaConfig) {
		source := fact.Trigger{Kind: fact.TriggerUserPool, Source: arn, SourceID: id, SourceName: name, Account: c.Account.ID}
		if isSender(out.UserPool.LambdaConfig, function) {
			source.Key = aws.ToString(out.UserPool.LambdaConfig.KMSKeyID)
		}
		found.add(source, function)
	}
	return found
}

// isSender tells whether the user pool hands codes to the function to send, encrypted with its key.
//
// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-sender-triggers.html
func isSender(triggers *types.LambdaConfigType, function string) bool {
	return triggers.CustomSMSSender != nil && aws.ToString(triggers.CustomSMSSender.LambdaArn) == function ||
		triggers.CustomEmailSender != nil && aws.ToString(triggers.CustomEmailSender.LambdaArn) == function
}

// poolFunctions are the ARNs of the functions that a user pool calls, those of its senders of codes included.
func poolFunctions(triggers *types.LambdaConfigType) []string {
	functions := []*string{
		triggers.PreSignUp, triggers.CustomMessage, triggers.PostConfirmation, triggers.PreAuthentication, triggers.PostAuthentication,
		triggers.DefineAuthChallenge, triggers.CreateAuthChallenge, triggers.VerifyAuthChallengeResponse, triggers.PreTokenGeneration,
		triggers.UserMigration,
	}
	if one := triggers.PreTokenGenerationConfig; one != nil {
		functions = append(functions, one.LambdaArn)
	}
	if one := triggers.CustomSMSSender; one != nil {
		functions = append(functions, one.LambdaArn)
	}
	if one := triggers.CustomEmailSender; one != nil {
		functions = append(functions, one.LambdaArn)
	}
	if one := triggers.InboundFederation; one != nil {
		functions = append(functions, one.LambdaArn)
	}
	var named []string
	for _, function := range functions {
		if aws.ToString(function) != "" {
			named = append(named, *function)
		}
	}
	return named
}

package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appsync"
	"github.com/aws/aws-sdk-go-v2/service/appsync/types"
)

// GraphsAPI is what is read from AppSync.
type GraphsAPI interface {
	appsync.ListGraphqlApisAPIClient
	appsync.ListDataSourcesAPIClient
}

var _ GraphsAPI = (*appsync.Client)(nil)

// dataSources reads which functions are data sources and authorizers of GraphQL APIs.
func (c *Collector) dataSources(ctx context.Context) sources {
	found := sources{facts: fact.KindDataSources}
	list := call{Operation: "appsync:ListGraphqlApis", Permission: "appsync:ListGraphqlApis", Resource: "*"}
	var apis []types.GraphqlApi
	pages := appsync.NewListGraphqlApisPaginator(c.Graphs, &appsync.ListGraphqlApisInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			break
		}
		apis = append(apis, page.GraphqlApis...)
	}
	each := make([]sources, len(apis))
	forEach(ctx, len(apis), func(ctx context.Context, i int) { each[i] = c.dataSourcesOf(ctx, &apis[i]) })
	found.join(each)
	return found
}

func (c *Collector) dataSourcesOf(ctx context.Context, api *types.GraphqlApi) sources {
	found := sources{facts: fact.KindDataSources}
	authorizers(&found, c.Account, api)
	list := call{Operation: "appsync:ListDataSources of " + aws.ToString(api.ApiId), Permission: "appsync:ListDataSources", Resource: "*"}
	pages := appsync.NewListDataSourcesPaginator(c.Graphs, &appsync.ListDataSourcesInput{ApiId: api.ApiId})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		switch {
		case isNotFound(err):
			return found // it was deleted after it was listed
		case err != nil:
			found.missing(list.unread(err))
			return found
		}
		for _, d := range page.DataSources {
			if d.LambdaConfig == nil {
				continue
			}
			name := aws.ToString(api.Name) + "/" + aws.ToString(d.Name)
			found.add(fact.Trigger{
				Kind: fact.TriggerDataSource, Source: aws.ToString(d.DataSourceArn), SourceID: name, SourceName: name,
				Account: c.Account.ID, Credentials: aws.ToString(d.ServiceRoleArn),
			}, aws.ToString(d.LambdaConfig.LambdaFunctionArn))
		}
	}
	return found
}

// authorizers adds the functions that the API asks who may call it. A provider of another kind has no function.
//
// https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html#aws-lambda-authorization
func authorizers(found *sources, account fact.Account, api *types.GraphqlApi) {
	var configs []*types.LambdaAuthorizerConfig
	if api.AuthenticationType == types.AuthenticationTypeAwsLambda {
		configs = append(configs, api.LambdaAuthorizerConfig)
	}
	for _, provider := range api.AdditionalAuthenticationProviders {
		if provider.AuthenticationType == types.AuthenticationTypeAwsLambda {
			configs = append(configs, provider.LambdaAuthorizerConfig)
		}
	}
	for _, config := range configs {
		if config == nil {
			continue
		}
		found.add(fact.Trigger{
			Kind: fact.TriggerGraphAuthorizer, Source: aws.ToString(api.Arn), SourceID: aws.ToString(api.ApiId), SourceName: aws.ToString(api.Name), Account: account.ID,
		}, aws.ToString(config.AuthorizerUri))
	}
}

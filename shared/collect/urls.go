package collect

import (
	"context"
	"fmt"
	"time"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// functionURLs reads which of the functions have a URL. Lambda lists that for one function only.
func (c *Collector) functionURLs(ctx context.Context, functions []fact.Function) sources {
	found := sources{facts: fact.KindURLs}
	each := make([]sources, len(functions))
	forEach(ctx, len(functions), func(ctx context.Context, i int) { each[i] = c.urlsOf(ctx, functions[i].ARN) })
	found.join(each)
	return found
}

// urlsOf are the URLs of one function and of its aliases, with the hosts by which distributions of CloudFront name them.
func (c *Collector) urlsOf(ctx context.Context, function string) sources {
	found := sources{facts: fact.KindURLs}
	list := call{Operation: "lambda:ListFunctionUrlConfigs", Permission: "lambda:ListFunctionUrlConfigs", Resource: function}
	missing := func(why fact.Unread) {
		found.unread = append(found.unread, fact.Incomplete{Kind: fact.KindURLs, Function: function, Unread: why})
	}
	pages := lambda.NewListFunctionUrlConfigsPaginator(c.Lambda, &lambda.ListFunctionUrlConfigsInput{FunctionName: aws.String(function)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		switch {
		case isNotFound(err): // deleted since it was listed
			return found
		case err != nil:
			missing(list.unread(err))
			return found
		}
		for i := range page.FunctionUrlConfigs {
			config := &page.FunctionUrlConfigs[i]
			ref, err := fact.ParseFunctionARN(aws.ToString(config.FunctionArn))
			if err != nil {
				missing(fact.Unread{Operation: list.Operation,
					Reason: fmt.Sprintf("%s of %s answers a URL that is not understood: %v", list.Operation, function, err)})
				continue
			}
			t := fact.Trigger{Function: ref, SourceID: ref.String(), SourceName: "of " + ref.Name(), Account: c.Account.ID}
			if ref.Qualifier != "" {
				t.SourceName += ":" + ref.Qualifier
			}
			switch config.AuthType {
			case types.FunctionUrlAuthTypeNone:
				t.Kind = fact.TriggerPublicURL
			case types.FunctionUrlAuthTypeAwsIam:
				t.Kind = fact.TriggerURL
			default:
				missing(fact.Unread{Reason: fmt.Sprintf("how the URL of %s asks who calls is not known: %q", ref, config.AuthType)})
				continue
			}
			if made, err := time.Parse(time.RFC3339, aws.ToString(config.CreationTime)); err == nil {
				t.Created = made
			}
			t.Host = hostOf(aws.ToString(config.FunctionUrl))
			t.Routes = []fact.Route{{Label: t.SourceName, Requests: []string{""}}}
			found.triggers = append(found.triggers, t)
		}
	}
	return found
}

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

// functionURLs reads which of the functions have a URL, but of those whose URLs are remembered. Lambda lists that for one
// function only, out of the quota that the destinations share.
func (c *Collector) functionURLs(ctx context.Context, functions []fact.Function, remembered Remembered) sources {
	found := sources{facts: fact.KindURLs}
	each := make([]sources, len(functions))
	forEach(ctx, len(functions), func(ctx context.Context, i int) {
		arn := functions[i].ARN
		if urls, known := remembered.URLs[arn]; known {
			each[i].triggers = urls
			return
		}
		each[i] = c.urlsOf(ctx, arn)
	})
	found.join(each)
	return found
}

// URLs reads the URLs of the functions once more, by their ARNs, and what hangs on them.
func (c *Collector) URLs(ctx context.Context, facts *fact.Facts, functions []string) {
	each := make([]sources, len(functions))
	forEach(ctx, len(functions), func(ctx context.Context, i int) { each[i] = c.urlsOf(ctx, functions[i]) })
	found := sources{facts: fact.KindURLs}
	found.join(each)
	facts.Unread = append(facts.Unread, found.unread...)
	again := map[string]bool{}
	for _, arn := range functions {
		again[arn] = true
	}
	all := found.triggers
	for _, t := range facts.Triggers {
		if !t.Kind.IsURL() || !again[t.Function.ARN] {
			all = append(all, t)
		}
	}
	known, of := map[string]bool{}, map[string]string{}
	for _, one := range urlsRead(facts.Functions, found.unread) {
		known[one] = true
	}
	for _, t := range facts.Triggers {
		if t.Host != "" {
			of[t.Host] = t.Function.ARN
		}
	}
	facts.Triggers = behind(all, func(t *fact.Trigger) {
		if known[of[t.Host]] { // its function has no such URL any more: the distribution calls nothing
			return
		}
		facts.Unread = append(facts.Unread, fact.Incomplete{Kind: t.Kind.Facts(), Function: of[t.Host], Unread: fact.Unread{
			Reason: fmt.Sprintf("the %s %s sends requests to the function URL %s, which is not among those that are known", t.Kind, t.SourceName, t.Host)}})
	})
	sortTriggers(facts.Triggers)
	for _, arn := range functions {
		facts.URLs[arn] = known[arn]
	}
	c.readPolicies(ctx, facts, qualified(facts))
	c.versionRoles(ctx, facts)
	c.formerRoles(ctx, facts)
}

// urlsRead are the ARNs of the functions of whose URLs nothing is missing.
func urlsRead(functions []fact.Function, unread []fact.Incomplete) []string {
	missing := map[string]bool{}
	for _, one := range unread {
		missing[one.Function] = missing[one.Function] || one.Kind == fact.KindURLs
	}
	var read []string
	for i := range functions {
		if !missing[functions[i].ARN] {
			read = append(read, functions[i].ARN)
		}
	}
	return read
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
			if config.AuthType != types.FunctionUrlAuthTypeNone && config.AuthType != types.FunctionUrlAuthTypeAwsIam {
				missing(fact.Unread{Reason: fmt.Sprintf("how the URL of %s asks who calls is not known: %q", ref, config.AuthType)})
				continue
			}
			made, err := time.Parse(time.RFC3339, aws.ToString(config.CreationTime))
			if err != nil {
				made = time.Time{} // when it was made is not known
			}
			public := config.AuthType == types.FunctionUrlAuthTypeNone
			found.triggers = append(found.triggers, fact.URLOf(ref, public, hostOf(aws.ToString(config.FunctionUrl)), made))
		}
	}
	return found
}

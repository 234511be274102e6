package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// Qualifiers reads the policies of every alias of the functions, by ARN, beside those that are known. It is asked
// only for functions that a trigger may not call: the permission may be on another qualifier.
func (c *Collector) Qualifiers(ctx context.Context, facts *fact.Facts, functions []string) {
	aliases, unread := make([][]fact.FunctionRef, len(functions)), make([]fact.Unread, len(functions))
	forEach(ctx, len(functions), func(ctx context.Context, i int) { aliases[i], unread[i] = c.aliases(ctx, functions[i]) })
	var refs []fact.FunctionRef
	for i, function := range functions {
		if !unread[i].IsZero() {
			facts.Unread = append(facts.Unread, fact.Incomplete{Kind: fact.KindAliases, Function: function, Unread: unread[i]})
		}
		for _, ref := range aliases[i] {
			if _, read := facts.Policies[ref]; !read {
				refs = append(refs, ref)
			}
		}
	}
	c.readPolicies(ctx, facts, refs)
}

func (c *Collector) aliases(ctx context.Context, function string) ([]fact.FunctionRef, fact.Unread) {
	list := call{Operation: "lambda:ListAliases of " + function, Permission: "lambda:ListAliases", Resource: function}
	var refs []fact.FunctionRef
	pages := lambda.NewListAliasesPaginator(c.Lambda, &lambda.ListAliasesInput{FunctionName: aws.String(function)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		switch {
		case isNotFound(err):
			return refs, fact.Unread{} // the function was deleted after it was listed
		case err != nil:
			return refs, list.unread(err)
		}
		for _, a := range page.Aliases {
			refs = append(refs, fact.FunctionRef{ARN: function, Qualifier: aws.ToString(a.Name)})
		}
	}
	return refs, fact.Unread{}
}

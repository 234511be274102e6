package collect

import (
	"context"
	"slices"
	"strconv"

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

// newest is how many of a function's versions are asked for their policies: one that was published long ago and that no
// trigger calls is not where a permission went by mistake, and a function may have thousands.
const newest = 10

// Versions reads the policies of the newest versions of the functions, by ARN, beside those that are known. It is asked
// only for functions that a trigger may not call and whose aliases do not explain it.
func (c *Collector) Versions(ctx context.Context, facts *fact.Facts, functions []string) {
	versions, unread := make([][]fact.FunctionRef, len(functions)), make([]fact.Unread, len(functions))
	forEach(ctx, len(functions), func(ctx context.Context, i int) { versions[i], unread[i] = c.versions(ctx, functions[i]) })
	var refs []fact.FunctionRef
	for i, function := range functions {
		if !unread[i].IsZero() {
			facts.Unread = append(facts.Unread, fact.Incomplete{Kind: fact.KindAliases, Function: function, Unread: unread[i]})
		}
		for _, ref := range versions[i] {
			if _, read := facts.Policies[ref]; !read {
				refs = append(refs, ref)
			}
		}
	}
	c.readPolicies(ctx, facts, refs)
}

// versions lists the newest versions of a function. Of what Lambda says of each only the number is kept.
func (c *Collector) versions(ctx context.Context, function string) ([]fact.FunctionRef, fact.Unread) {
	list := call{Operation: "lambda:ListVersionsByFunction of " + function, Permission: "lambda:ListVersionsByFunction", Resource: function}
	var numbers []int
	pages := lambda.NewListVersionsByFunctionPaginator(c.Lambda, &lambda.ListVersionsByFunctionInput{FunctionName: aws.String(function)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		switch {
		case isNotFound(err):
			return nil, fact.Unread{} // the function was deleted after it was listed
		case err != nil:
			return nil, list.unread(err)
		}
		for i := range page.Versions {
			if number, err := strconv.Atoi(aws.ToString(page.Versions[i].Version)); err == nil { // $LATEST has no policy of its own
				numbers = append(numbers, number)
			}
		}
	}
	slices.Sort(numbers)
	var refs []fact.FunctionRef
	for _, number := range numbers[max(0, len(numbers)-newest):] {
		refs = append(refs, fact.FunctionRef{ARN: function, Qualifier: strconv.Itoa(number)})
	}
	return refs, fact.Unread{}
}

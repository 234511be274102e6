package collect

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// destinations reads where the asynchronous invocations of the functions report to, but of those whose destinations
// are remembered. Lambda lists that for one function only.
func (c *Collector) destinations(ctx context.Context, facts *fact.Facts, remembered map[string][]fact.Destination) {
	var unknown []string
	for i := range facts.Functions {
		arn := facts.Functions[i].ARN
		if destinations, known := remembered[arn]; known {
			facts.Destinations[arn] = fact.Known(destinations)
			continue
		}
		unknown = append(unknown, arn)
	}
	c.readDestinations(ctx, facts, unknown)
}

func (c *Collector) readDestinations(ctx context.Context, facts *fact.Facts, functions []string) {
	read := make([]fact.Read[[]fact.Destination], len(functions))
	forEach(ctx, len(read), func(ctx context.Context, i int) { read[i] = c.destinationsOf(ctx, functions[i]) })
	for i, arn := range functions {
		facts.Destinations[arn] = read[i]
	}
}

// Destinations reads the destinations of the functions once more, and what hangs on them.
func (c *Collector) Destinations(ctx context.Context, facts *fact.Facts, functions []string) {
	c.readDestinations(ctx, facts, functions)
	c.versionRoles(ctx, facts)
	c.formerRoles(ctx, facts)
}

func (c *Collector) destinationsOf(ctx context.Context, function string) fact.Read[[]fact.Destination] {
	list := call{Operation: "lambda:ListFunctionEventInvokeConfigs", Permission: "lambda:ListFunctionEventInvokeConfigs", Resource: function}
	var found []fact.Destination
	pages := lambda.NewListFunctionEventInvokeConfigsPaginator(c.Lambda, &lambda.ListFunctionEventInvokeConfigsInput{
		FunctionName: aws.String(function),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		switch {
		case isNotFound(err): // deleted since it was listed
			return fact.Absent[[]fact.Destination]()
		case err != nil:
			return fact.NotRead[[]fact.Destination](list.unread(err))
		}
		for i := range page.FunctionEventInvokeConfigs {
			config := &page.FunctionEventInvokeConfigs[i]
			ref, err := fact.ParseFunctionARN(aws.ToString(config.FunctionArn))
			if err != nil {
				return fact.NotRead[[]fact.Destination](fact.Unread{Operation: list.Operation,
					Reason: fmt.Sprintf("%s of %s answers a configuration that is not understood: %v", list.Operation, function, err)})
			}
			found = append(found, destinationsIn(ref, config.DestinationConfig)...)
		}
	}
	slices.SortFunc(found, func(a, b fact.Destination) int {
		return cmp.Or(cmp.Compare(a.Function.Qualifier, b.Function.Qualifier), cmp.Compare(a.Name, b.Name))
	})
	return fact.Known(found)
}

const onFailure = "on-failure destination"

// destinationsIn reduces a configuration. $LATEST is the function without a qualifier.
func destinationsIn(ref fact.FunctionRef, config *types.DestinationConfig) []fact.Destination {
	if ref.Qualifier == "$LATEST" {
		ref.Qualifier = ""
	}
	var found []fact.Destination
	if config == nil {
		return nil
	}
	if to := config.OnFailure; to != nil && aws.ToString(to.Destination) != "" {
		found = append(found, fact.Destination{Function: ref, Name: onFailure, Target: aws.ToString(to.Destination)})
	}
	if to := config.OnSuccess; to != nil && aws.ToString(to.Destination) != "" {
		found = append(found, fact.Destination{Function: ref, Name: "on-success destination", Target: aws.ToString(to.Destination)})
	}
	return found
}

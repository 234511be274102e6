package collect

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// namedFunctions reads the functions of Collector.Functions one by one. The list is never complete: there are others.
func (c *Collector) namedFunctions(ctx context.Context, facts *fact.Facts, values *environment) (all []fact.Function, complete bool) {
	names := slices.Compact(slices.Sorted(slices.Values(c.Functions)))
	read := make([]fact.Read[fact.Function], len(names))
	states := make([]fact.State, len(names))
	forEach(ctx, len(names), func(ctx context.Context, i int) { read[i], states[i] = c.namedFunction(ctx, names[i], values) })
	for i, arn := range names {
		function, known := read[i].Value()
		switch {
		case known:
			all = append(all, function)
			facts.States[function.ARN] = fact.Known(states[i])
			continue
		case read[i].IsAbsent():
			read[i] = fact.NotRead[fact.Function](fact.Unread{Reason: fmt.Sprintf("the function %s does not exist", arn)})
		}
		why, _ := read[i].Unread()
		facts.Unread = append(facts.Unread, fact.Incomplete{Kind: fact.KindFunctions, Function: arn, Unread: why})
	}
	slices.SortFunc(all, func(a, b fact.Function) int { return strings.Compare(a.ARN, b.ARN) })
	return all, false
}

func (c *Collector) namedFunction(ctx context.Context, arn string, values *environment) (fact.Read[fact.Function], fact.State) {
	ref, err := fact.ParseFunctionARN(arn)
	own := fmt.Sprintf(":%s:%s:function:", c.Account.Region, c.Account.ID)
	if err != nil || ref.Qualifier != "" || !strings.Contains(ref.ARN, own) {
		return fact.NotRead[fact.Function](fact.Unread{Reason: fmt.Sprintf(
			"%s is not the ARN of a function, without a version or alias, of %s in %s", arn, c.Account.ID, c.Account.Region)}), fact.State{}
	}
	get := call{Operation: "lambda:GetFunctionConfiguration", Permission: "lambda:GetFunctionConfiguration", Resource: arn}
	out, err := c.Lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(arn)})
	switch {
	case isNotFound(err):
		return fact.Absent[fact.Function](), fact.State{}
	case err != nil:
		return fact.NotRead[fact.Function](get.unread(err)), fact.State{}
	}
	listed := listedAs(out)
	values.keep(listed)
	return fact.Known(reduceFunction(listed)), reduceState(out)
}

// listedAs is the answer as ListFunctions gives it. The SDK has two types with the same fields.
func listedAs(out *lambda.GetFunctionConfigurationOutput) *types.FunctionConfiguration {
	var config types.FunctionConfiguration
	from, to := reflect.ValueOf(out).Elem(), reflect.ValueOf(&config).Elem()
	for i := range to.NumField() {
		if field := to.Type().Field(i); field.IsExported() {
			if value := from.FieldByName(field.Name); value.IsValid() && value.Type() == field.Type {
				to.Field(i).Set(value)
			}
		}
	}
	return &config
}

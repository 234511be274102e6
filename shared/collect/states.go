package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// states reads whether the functions can run that need something outside for it. ListFunctions does not say so, and a
// call for every function would take most of a quota that everything of Lambda shares.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
func (c *Collector) states(ctx context.Context, functions []fact.Function, known map[string]fact.Read[fact.State]) map[string]fact.Read[fact.State] {
	var suspects []string
	for i := range functions {
		if _, read := known[functions[i].ARN]; functions[i].Stateful() && !read {
			suspects = append(suspects, functions[i].ARN)
		}
	}
	read := make([]fact.Read[fact.State], len(suspects))
	forEach(ctx, len(suspects), func(ctx context.Context, i int) { read[i] = c.state(ctx, suspects[i]) })
	states := make(map[string]fact.Read[fact.State], len(suspects))
	for i, arn := range suspects {
		states[arn] = read[i]
	}
	return states
}

func (c *Collector) state(ctx context.Context, arn string) fact.Read[fact.State] {
	get := call{Operation: "lambda:GetFunctionConfiguration", Permission: "lambda:GetFunctionConfiguration", Resource: arn}
	out, err := c.Lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(arn)})
	switch {
	case isNotFound(err):
		return fact.Absent[fact.State]()
	case err != nil:
		return fact.NotRead[fact.State](get.unread(err))
	}
	return fact.Known(reduceState(out))
}

// reduceState keeps the codes. The reasons are texts, and a code counts only where the state is the one that it
// explains.
func reduceState(out *lambda.GetFunctionConfigurationOutput) fact.State {
	var state fact.State
	switch out.State {
	case types.StateActive:
	case types.StateFailed, types.StateInactive, types.StatePending:
		state.Code = string(out.StateReasonCode)
	default:
		state.Open = fact.Unresolved("whether Lambda can start the function", string(out.State))
		if state.Open.IsZero() {
			state.Open = fact.Unread{Operation: "lambda:GetFunctionConfiguration", Reason: "lambda:GetFunctionConfiguration does not say whether the function can run"}
		}
	}
	if out.LastUpdateStatus == types.LastUpdateStatusFailed {
		state.UpdateCode = string(out.LastUpdateStatusReasonCode)
	}
	return state
}

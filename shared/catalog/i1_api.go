package catalog

import (
	"permprobe/shared/check"
)

// apiInvoke is I1: an API of API Gateway may not invoke the function behind it, or the one that authorizes its
// callers.
func apiInvoke() check.Check {
	return check.Check{
		ID:    "I1",
		Title: "API Gateway may invoke the functions of an API",
		Text: "API Gateway calls a function as apigateway.amazonaws.com with the API's stage, method and path, or the authorizer's id, " +
			"as aws:SourceArn. The function's policy, of exactly the qualifier that the API names, must allow that, or callers get a " +
			"500 while invoking the function directly works.",
		Severity: severityOf("I1"),
		Guide:    []string{"I1"},
		Facts:    factsOf("I1"),
		Run:      func(in *check.Input) check.Output { return judgeTriggers(in, "I1") },
	}
}

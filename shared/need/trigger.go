package need

import (
	"permprobe/shared/fact"
)

// APIGatewayService is the principal of API Gateway's calls.
const APIGatewayService = "apigateway.amazonaws.com"

// trigger is what a source needs to call its function: one need for every request it can make.
//
// https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html
func trigger(account fact.Account, t *fact.Trigger) []Need {
	base := Need{
		Kind: Invoke, Purpose: APICall, Level: Required,
		Function:  t.Function,
		Principal: APIGatewayService,
		Action:    "lambda:InvokeFunction",
		Resource:  t.Function.String(),
		Trigger:   t,
	}
	if !t.Unread.IsZero() {
		base.Unread = t.Unread
		return []Need{base}
	}
	if t.Credentials != "" {
		base.Unread = fact.Unread{Reason: "the " + string(t.Kind) + " " + t.SourceName + " calls the function as " +
			t.Credentials + " instead of by the function's policy; whether that role may is not decided"}
		return []Need{base}
	}
	var needs []Need
	for i := range t.Routes {
		route := &t.Routes[i]
		add := func(request string, doubtful bool) {
			n := base
			n.Route, n.Doubtful = route, doubtful
			n.Context = map[string][]string{
				"aws:SourceArn":     {request},
				"aws:SourceAccount": {account.ID},
			}
			needs = append(needs, n)
		}
		for _, request := range route.Requests {
			add(request, false)
		}
		for _, request := range route.Doubtful {
			add(request, true)
		}
	}
	return needs
}

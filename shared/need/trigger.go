package need

import (
	"permprobe/shared/fact"
)

// The principals of services that call functions in their own name.
const (
	APIGatewayService  = "apigateway.amazonaws.com"
	EventBridgeService = "events.amazonaws.com"
	S3Service          = "s3.amazonaws.com"
	SNSService         = "sns.amazonaws.com"
	LogsService        = "logs.amazonaws.com"
)

// The purposes of calls by triggers.
const (
	APICall     Purpose = "be called by an API"
	EventCall   Purpose = "be called for events"
	MessageCall Purpose = "be called by a subscription"
)

// caller is how a kind of trigger calls a function: as which service, and for which purpose.
type caller struct {
	principal string
	purpose   Purpose
	// doubtful is another principal that AWS's pages name for some of these calls; a policy that names it alone
	// leaves the call undecided.
	doubtful string
	// also is another principal that the service calls as: a policy may name either.
	also string
}

// callerOf says how triggers of a kind call; false for a kind that nothing is known of.
//
// https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
// https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
func callerOf(kind fact.TriggerKind, region string) (caller, bool) {
	switch kind {
	case fact.TriggerRESTAPI, fact.TriggerHTTPAPI, fact.TriggerWebSocketAPI,
		fact.TriggerRESTAuthorizer, fact.TriggerHTTPAuthorizer, fact.TriggerWebSocketAuthorizer:
		return caller{principal: APIGatewayService, purpose: APICall}, true
	case fact.TriggerRule:
		return caller{principal: EventBridgeService, purpose: EventCall}, true
	case fact.TriggerBucket:
		return caller{principal: S3Service, purpose: EventCall}, true
	case fact.TriggerTopic:
		return caller{principal: SNSService, purpose: MessageCall, doubtful: "sns." + region + ".amazonaws.com"}, true
	case fact.TriggerLogGroup:
		return caller{principal: LogsService, purpose: MessageCall, also: "logs." + region + ".amazonaws.com"}, true
	}
	return caller{}, false
}

// trigger is what a source needs to call its function: one need for every request it can make.
func trigger(account fact.Account, t *fact.Trigger) []Need {
	by, known := callerOf(t.Kind, account.Region)
	base := Need{
		Kind: Invoke, Purpose: by.purpose, Level: Required,
		Function:  t.Function,
		Principal: by.principal,
		Action:    "lambda:InvokeFunction",
		Resource:  t.Function.String(),
		Trigger:   t,
		Also:      by.also,
	}
	switch {
	case !t.Unread.IsZero():
		base.Unread = t.Unread
		return []Need{base}
	case !known:
		base.Unread = fact.Unread{Reason: "how a " + string(t.Kind) + " calls a function is not known"}
		return []Need{base}
	case t.Credentials != "":
		base.Unread = fact.Unread{Reason: "the " + string(t.Kind) + " " + t.SourceName + " calls the function as " +
			t.Credentials + " instead of by the function's policy; whether that role may is not decided"}
		return []Need{base}
	}
	var needs []Need
	for i := range t.Routes {
		route := &t.Routes[i]
		add := func(principal, request string, doubtful bool) {
			n := base
			n.Route, n.Principal, n.Doubtful = route, principal, doubtful
			n.Context = map[string][]string{
				"aws:SourceArn":     {request},
				"aws:SourceAccount": {t.Account},
			}
			needs = append(needs, n)
		}
		for _, request := range route.Requests {
			add(by.principal, request, false)
			if by.doubtful != "" {
				add(by.doubtful, request, true)
			}
		}
		for _, request := range route.Doubtful {
			add(by.principal, request, true)
		}
	}
	return needs
}

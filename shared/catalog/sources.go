package catalog

import (
	"fmt"

	"permprobe/shared/fact"
)

// isAuthorizer tells the authorizers of APIs from their routes.
func isAuthorizer(kind fact.TriggerKind) bool {
	return kind == fact.TriggerRESTAuthorizer || kind == fact.TriggerHTTPAuthorizer || kind == fact.TriggerWebSocketAuthorizer
}

// sourceWords names the source of calls for people, with its routes where it may have several.
func sourceWords(t *fact.Trigger, routes string) string {
	if t.Kind.Facts() != fact.KindAPIs {
		return fmt.Sprintf("%s %s", t.Kind, t.SourceName)
	}
	return fmt.Sprintf("%s %s (%s)", t.Kind, t.SourceName, routes)
}

// callsOf names the calls of a kind of source.
func callsOf(t *fact.Trigger) string {
	switch t.Kind {
	case fact.TriggerRule:
		return "the rule's calls"
	case fact.TriggerBucket:
		return "the bucket's calls"
	case fact.TriggerTopic:
		return "the topic's calls"
	case fact.TriggerLogGroup:
		return "the log group's calls"
	}
	return "the API's calls"
}

// callerWord names the part of the source that holds the function's ARN.
func callerWord(kind fact.TriggerKind) string {
	switch {
	case isAuthorizer(kind):
		return "the authorizer"
	case kind == fact.TriggerRule:
		return "the rule's target"
	case kind == fact.TriggerBucket:
		return "the bucket's notification"
	case kind == fact.TriggerLogGroup:
		return "the subscription filter"
	case kind == fact.TriggerTopic:
		return "the subscription"
	}
	return "the integration"
}

// symptom is what people see when calls by the routes are refused.
func symptom(t *fact.Trigger, routes string) string {
	switch {
	case isAuthorizer(t.Kind):
		return fmt.Sprintf("Callers of every route behind %s get HTTP 500, whatever credentials they send; the log of the authorizer's function stays empty.", routes)
	case t.Kind == fact.TriggerRule:
		return fmt.Sprintf("When the rule %s matches or is due, the function does not run: nothing but the rule's FailedInvocations metric tells.", t.SourceName)
	case t.Kind == fact.TriggerBucket:
		return fmt.Sprintf("Objects come and go in %s and the function does not run; the events are dropped without a word. "+
			"A deployment that sets the notification fails: \"Unable to validate the following destination configurations\".", t.SourceName)
	case t.Kind == fact.TriggerLogGroup:
		return fmt.Sprintf("Log events of %s do not reach the function. A deployment that sets the subscription filter fails: "+
			"\"Could not execute the lambda function.\"", t.SourceName)
	case t.Kind == fact.TriggerTopic:
		return fmt.Sprintf("Messages of the topic %s do not reach the function: the subscription looks well, and only the topic's metric NumberOfNotificationsFailed tells.", t.SourceName)
	}
	return fmt.Sprintf("Callers of %s get HTTP 500 \"Internal Server Error\" while invoking the function directly works; the function's log stays empty.", routes)
}

package catalog

import (
	"fmt"

	"permprobe/shared/fact"
)

// sourceWords names the source of calls for people, with its routes where it may have several.
func sourceWords(t *fact.Trigger, routes string) string {
	return fmt.Sprintf("%s %s (%s)", t.Kind, t.SourceName, routes)
}

// callsOf names the calls of a kind of source.
func callsOf(t *fact.Trigger) string {
	return "the API's calls"
}

// callerWord names the part of the source that holds the function's ARN.
func callerWord(kind fact.TriggerKind) string {
	switch kind {
	case fact.TriggerRESTAuthorizer, fact.TriggerHTTPAuthorizer, fact.TriggerWebSocketAuthorizer:
		return "the authorizer"
	}
	return "the integration"
}

// symptom is what people see when calls by the routes are refused.
func symptom(t *fact.Trigger, routes string) string {
	switch t.Kind {
	case fact.TriggerRESTAuthorizer, fact.TriggerHTTPAuthorizer, fact.TriggerWebSocketAuthorizer:
		return fmt.Sprintf("Callers of every route behind %s get HTTP 500, whatever credentials they send; the log of the authorizer's function stays empty.", routes)
	}
	return fmt.Sprintf("Callers of %s get HTTP 500 \"Internal Server Error\" while invoking the function directly works; the function's log stays empty.", routes)
}

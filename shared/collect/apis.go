package collect

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// withoutAuthorizers says which authorizers a route names that the API does not list: a name in a template
// that could not be resolved.
func (s *sources) withoutAuthorizers(id string, named map[string]bool) {
	for _, one := range slices.Sorted(maps.Keys(named)) {
		s.missing(fact.Unread{Reason: fmt.Sprintf("a route of the API %s names the authorizer %s, which is not among the API's: which function it calls is not known", id, one)})
	}
}

// api is one API while its routes are read.
type api struct {
	kind     fact.TriggerKind
	id, name string
	stages   []stage
	// source is what stands behind the API's id in the source ARN that covers everything.
	source string
	// hits collects the routes by the function and the credentials that they call it with.
	hits map[target]*fact.Trigger
}

type stage struct {
	name      string
	variables map[string]string
}

// target is what an integration calls, and as whom.
type target struct{ uri, credentials string }

func apiOf(kind fact.TriggerKind, id, name string) *api {
	return &api{kind: kind, id: id, name: name, source: "*", hits: map[target]*fact.Trigger{}}
}

// authorizers is the API as the source of its authorizers' calls. A permission for the routes does not cover
// them.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
func (a *api) authorizers() *api {
	guard := apiOf(a.kind.Authorizer(), a.id, a.name)
	guard.stages, guard.source = a.stages, "authorizers/*"
	return guard
}

// label names the API for people: by name and id.
func (a *api) label() string {
	if a.name == "" {
		return a.id
	}
	return fmt.Sprintf("%s (%s)", a.name, a.id)
}

// add records that a route calls the function behind uri. The path of a route is what stands behind the
// stage in the source ARN: "/GET/notes", "/$default".
func (a *api) add(account fact.Account, uri, credentials string, route func(stage string) fact.Route) {
	for _, group := range a.stagesByURI(uri) {
		key := target{uri: group.uri, credentials: credentials}
		trigger := a.hits[key]
		if trigger == nil {
			trigger = &fact.Trigger{
				Kind: a.kind, SourceID: a.id, SourceName: a.label(), Credentials: credentials,
				Source: sourceARN(account, a.id, a.source), Account: account.ID,
			}
			trigger.Function, trigger.Unread = calledFunction(group.uri, fmt.Sprintf("the %s %s", a.kind, a.label()))
			a.hits[key] = trigger
		}
		merged := fact.Route{}
		for _, name := range group.stages {
			one := route(name)
			merged.Label, merged.Pattern = one.Label, one.Pattern
			for _, request := range one.Requests {
				if !slices.Contains(merged.Requests, request) { // an authorizer's is the same on every stage
					merged.Requests = append(merged.Requests, request)
				}
			}
			merged.Doubtful = append(merged.Doubtful, one.Doubtful...)
		}
		trigger.Routes = append(trigger.Routes, merged)
	}
}

type stageGroup struct {
	uri    string
	stages []string
}

var stageVariable = regexp.MustCompile(`\$\{stageVariables\.([A-Za-z0-9_]+)\}`)

// stagesByURI resolves stage variables in the integration's URI, which may name another function on each
// stage. An API without a stage is decided for a stage of unknown name: it fails as soon as it is deployed.
func (a *api) stagesByURI(uri string) []stageGroup {
	stages := a.stages
	if len(stages) == 0 {
		stages = []stage{{name: iampolicy.Unknown("stage of " + a.id)}}
	}
	var groups []stageGroup
	for _, s := range stages {
		resolved := stageVariable.ReplaceAllStringFunc(uri, func(variable string) string {
			name := stageVariable.FindStringSubmatch(variable)[1]
			if value, set := s.variables[name]; set {
				return value
			}
			return iampolicy.Unknown("stage variable " + name + " of stage " + s.name)
		})
		at := slices.IndexFunc(groups, func(g stageGroup) bool { return g.uri == resolved })
		if at < 0 {
			at = len(groups)
			groups = append(groups, stageGroup{uri: resolved})
		}
		groups[at].stages = append(groups[at].stages, s.name)
	}
	return groups
}

// result returns the triggers in a stable order.
func (a *api) result() []fact.Trigger {
	triggers := make([]fact.Trigger, 0, len(a.hits))
	for _, t := range a.hits {
		slices.SortFunc(t.Routes, func(x, y fact.Route) int { return strings.Compare(x.Pattern, y.Pattern) })
		triggers = append(triggers, *t)
	}
	sortTriggers(triggers)
	return triggers
}

// isLambda tells whether an integration's URI calls a function: by API Gateway's path to Lambda, by a
// function's ARN, or by something that could not be resolved.
func isLambda(uri string) bool {
	arn, err := fact.ParseARN(uri)
	return err == nil && (arn.Service == "lambda" || arn.Service == "apigateway" && arn.Account == "lambda")
}

// mayInvoke tells whether an integration of a type calls a function, or may: in templates its URI may be left open, and then
// which function it calls is not known.
func mayInvoke(kind, uri string) bool {
	names := iampolicy.UnknownNames(uri)
	switch {
	case isLambda(uri):
		return true
	case len(names) == 0 || strings.HasPrefix(kind, "HTTP") || kind == "MOCK":
		return false
	}
	if arn, err := fact.ParseARN(uri); err == nil {
		return len(iampolicy.UnknownNames(arn.Service)) > 0 || arn.Service == "apigateway" && len(iampolicy.UnknownNames(arn.Account)) > 0
	}
	known, _, _ := strings.Cut(uri, iampolicy.Unknown(names[0]))
	return strings.HasPrefix("arn:", known)
}

// calledFunction takes the function's ARN out of an integration's URI:
// arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations, or the ARN alone.
//
// https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
//
// caller names the source for people. Where a template leaves a part of the name open that is the same in all places, the
// ARN is returned as it stands: keepTriggers finds the function that has it.
func calledFunction(uri, caller string) (fact.FunctionRef, fact.Unread) {
	function := uri
	if _, rest, found := strings.Cut(uri, "/functions/"); found {
		function = rest
		if end := strings.LastIndexByte(function, '/'); end >= 0 {
			function = function[:end] // /invocations or /response-streaming-invocations
		}
	}
	ref, err := fact.ParseFunctionARN(function)
	if why := openFunction(function, caller); !why.IsZero() && (err != nil || !iampolicy.Settled(function)) {
		return fact.FunctionRef{}, why
	}
	if err != nil {
		return fact.FunctionRef{}, fact.Unread{Reason: fmt.Sprintf("%s calls what is no function's ARN: %v", caller, err)}
	}
	return ref, fact.Unread{}
}

// openFunction says what the function that caller calls depends on; zero where it is known.
func openFunction(function, caller string) fact.Unread {
	return fact.Unresolved(fmt.Sprintf("which function %s calls", caller), function)
}

// sourceARN is the aws:SourceArn of an API's calls; rest is what stands behind the API's id.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
func sourceARN(account fact.Account, apiID, rest string) string {
	return fact.ARN{
		Partition: account.Partition, Service: "execute-api", Region: account.Region, Account: account.ID,
		Resource: apiID + "/" + rest,
	}.String()
}

var pathParameter = regexp.MustCompile(`\{[^/{}]+\}`)

// httpMethods are what ANY stands for.
var httpMethods = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// methodRoute is a route with a method and a path of a REST API. Path parameters and ANY stand as * in policies; AWS's
// pages also show them literally, which is doubtful.
func methodRoute(account fact.Account, apiID, method, path string) func(stage string) fact.Route {
	return routeAs(account, apiID, method, path, pathParameter.ReplaceAllString(path, "*"))
}

// httpRoute is a route with a method and a path of an HTTP API, whose calls carry the path of the route's key: the console and
// the CDK write path parameters literally into permissions.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
func httpRoute(account fact.Account, apiID, method, path string) func(stage string) fact.Route {
	return routeAs(account, apiID, method, path, path)
}

// routeAs is a route whose calls carry a path that may differ from its own.
func routeAs(account fact.Account, apiID, method, path, carried string) func(stage string) fact.Route {
	return func(stage string) fact.Route {
		methods, pattern, label := []string{method}, method, method
		if method == "ANY" || method == "*" {
			methods, pattern, label = httpMethods, "*", "ANY"
		}
		route := fact.Route{Label: label + " " + path, Pattern: sourceARN(account, apiID, "*/"+pattern+pathParameter.ReplaceAllString(path, "*"))}
		for _, m := range methods {
			route.Requests = append(route.Requests, sourceARN(account, apiID, stage+"/"+m+carried))
		}
		if carried != path {
			for _, m := range methods {
				route.Doubtful = append(route.Doubtful, sourceARN(account, apiID, stage+"/"+m+path))
			}
		}
		if pattern == "*" {
			route.Doubtful = append(route.Doubtful, sourceARN(account, apiID, stage+"/ANY"+carried))
			if carried != path {
				route.Doubtful = append(route.Doubtful, sourceARN(account, apiID, stage+"/ANY"+path))
			}
		}
		return route
	}
}

// keyRoute is a route with a key alone: $default, and every route of a WebSocket API.
func keyRoute(account fact.Account, apiID, key string) func(stage string) fact.Route {
	return func(stage string) fact.Route {
		return fact.Route{
			Label:    key,
			Pattern:  sourceARN(account, apiID, "*/"+key),
			Requests: []string{sourceARN(account, apiID, stage+"/"+key)},
		}
	}
}

// authorizerRoute is an authorizer: it calls under its own id whatever the stage.
func authorizerRoute(account fact.Account, apiID, id, name string) func(stage string) fact.Route {
	source := sourceARN(account, apiID, "authorizers/"+id)
	return func(string) fact.Route {
		return fact.Route{Label: "authorizer " + cmp.Or(name, id), Pattern: source, Requests: []string{source}}
	}
}

package fact

import (
	"slices"
	"strings"
	"time"

	"permprobe/shared/iampolicy"
)

// API is an API of API Gateway as the search for the cause of a symptom needs it.
type API struct {
	Kind     TriggerKind
	ID, Name string
	// Stages are sorted by name; there are none where nothing is deployed.
	Stages []APIStage
	Routes []APIRoute
	// Policy is the resource policy of a REST API; absent where it has none.
	Policy Read[*iampolicy.Policy]
	// Document is the text of that policy as API Gateway hands it out.
	Document string
	// Closed tells that the API's own address is switched off, so that only custom domains lead to it.
	Closed bool
	// Open names what is not known of how the API is reached; empty where all is known.
	Open string
	// Private tells that a REST API is reached only through interface endpoints of VPCs; Endpoints are the ids of those that
	// are associated with it.
	Private   bool
	Endpoints []string
}

// APIStage is a stage.
type APIStage struct {
	Name string
	// Firewall tells that a web ACL stands before the stage. Of HTTP APIs that is never so.
	Firewall bool
	// AccessLog is the log group of the access log; empty where there is none.
	AccessLog string
}

// APIRoute is a method and path, or a route key.
type APIRoute struct {
	// Label is the route as triggers are labelled: "GET /notes", "ANY /notes", "$default".
	Label string
	// Integration is its type as API Gateway calls it: AWS_PROXY, MOCK, HTTP_PROXY, …; empty where there is none.
	Integration string
	// Targets are the functions that it calls, on which stages; none where it calls no function. Credentials is the role
	// as which it does; empty where the function's policy decides.
	Targets     []APITarget
	Credentials string
	// Timeout is how long API Gateway waits; zero where that is not known.
	Timeout time.Duration
	// Authorization is NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS or JWT. Guard is the authorizer's name and id where there is one,
	// and Guards the functions that it calls.
	Authorization string
	GuardID       string
	Guard         string
	Guards        []APITarget
	// KeyRequired tells that calls need an API key.
	KeyRequired bool
	// Measured are the stages whose metrics tell the route apart from the API's others.
	Measured []string
	// Limits are the throttling limits that stages set for the route.
	Limits []APILimit
}

// APILimit is how many requests a stage lets through to a route.
type APILimit struct {
	Stage string
	// Rate is requests a second and Burst how many at once; 0 lets nothing through, and -1 is not set: then the account's limit
	// is in force.
	Rate  float64
	Burst int
}

// APITarget is the function that is called on some stages.
type APITarget struct {
	Stages   []string
	Function FunctionRef
	Unread   Unread
}

// Route finds the route that a request takes: by its label, or by the method and path of a request. The most specific one
// wins, as in API Gateway; false where no route is it.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
func (a *API) Route(asked string) (APIRoute, bool) {
	method, path, whole := strings.Cut(strings.TrimSpace(asked), " ")
	if path = strings.TrimSpace(path); whole {
		asked = strings.ToUpper(method) + " " + path
	}
	for _, r := range a.Routes {
		if r.Label == asked {
			return r, true
		}
	}
	best, at := -1, -1
	for i := range a.Routes {
		if score := a.Routes[i].fits(strings.ToUpper(method), path); whole && score > best {
			best, at = score, i
		}
	}
	if at < 0 && (a.Kind != TriggerRESTAPI) {
		at = slices.IndexFunc(a.Routes, func(r APIRoute) bool { return r.Label == "$default" })
	}
	if at < 0 {
		return APIRoute{}, false
	}
	return a.Routes[at], true
}

// fits is how well a route fits a request, and -1 where it does not: plain segments count most, then the method.
func (r *APIRoute) fits(method, path string) int {
	have, pattern, routed := strings.Cut(r.Label, " ")
	if !routed || have != method && have != "ANY" {
		return -1
	}
	score := 0
	if have == method {
		score = 1
	}
	path, _, _ = strings.Cut(path, "?")
	want, segments := split(pattern), split(path)
	for i, one := range want {
		parameter := strings.HasPrefix(one, "{") && strings.HasSuffix(one, "}")
		if parameter && strings.HasSuffix(one, "+}") && i < len(segments) {
			return score + 2*i // greedy: the rest
		}
		switch {
		case i >= len(segments), !parameter && one != segments[i]:
			return -1
		case parameter:
			score += 10
		default:
			score += 100
		}
	}
	if len(want) != len(segments) {
		return -1
	}
	return score
}

func split(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

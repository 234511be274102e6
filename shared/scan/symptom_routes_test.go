package scan_test

import (
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/render"
)

// tally is a number of requests that API Gateway tells of with exactly these dimensions: "ApiId=Api Stage=prod".
func tally(dimensions, name string, value float64) localaws.DataPoint {
	of := map[string]string{}
	for _, one := range strings.Fields(dimensions) {
		key, v, _ := strings.Cut(one, "=")
		of[key] = v
	}
	return localaws.DataPoint{Namespace: "AWS/ApiGateway", Name: name, Dimensions: of, Time: time.Now().Add(-10 * time.Minute), Value: value}
}

// detailed switches the metrics by route on: of an HTTP API's stage, or of a REST API's.
func detailed(template string) string {
	template = strings.Replace(template, "StageName: $default,", "StageName: $default, DefaultRouteSettings: {DetailedMetricsEnabled: true},", 1)
	return strings.Replace(template, "StageName: prod}", `StageName: prod, MethodSettings: [{ResourcePath: "/*", HttpMethod: "*", MetricsEnabled: true}]}`, 1)
}

func TestRequestsAreCountedOfTheRouteWhereTheStageTellsItApart(t *testing.T) {
	http, rest := httpNotes("", ""), restNotes("", "")
	routeHTTP, routeREST := "ApiId=Api Stage=$default Method=GET Resource=/notes/{id}", "ApiName=shop Stage=prod Method=GET Resource=/notes"
	other := `
  Other: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: "POST /notes", Target: !Sub "integrations/${Integration}"}}
`
	for name, c := range map[string]struct {
		template string
		asked    config.Symptom
		numbers  []localaws.DataPoint
		want     string
	}{
		"HTTP, of the route": {detailed(http), config.Symptom{Route: "GET /notes/1", Status: 500},
			[]localaws.DataPoint{tally(routeHTTP, "5xx", 3), tally(routeHTTP, "Count", 10), tally("ApiId=Api", "5xx", 90), tally("ApiId=Api", "Count", 900)},
			"The route GET /notes/{id} answered 3 times 5xx since SINCE, of 10 requests."},
		"HTTP, of a stage": {detailed(http), config.Symptom{Route: "GET /notes/1", Status: 500, Stage: "$default"},
			[]localaws.DataPoint{tally(routeHTTP, "Count", 10), tally("ApiId=Api Stage=$default", "5xx", 90)},
			"The route GET /notes/{id} answered no 5xx since SINCE, of 10 requests."},
		"REST, of the method": {detailed(rest), config.Symptom{Route: "GET /notes", Status: 403},
			[]localaws.DataPoint{tally(routeREST, "4XXError", 1), tally(routeREST, "Count", 1), tally("ApiName=shop", "4XXError", 90)},
			"The route GET /notes answered once 4xx since SINCE, of 1 request."},
		"REST, a method's own setting": {strings.Replace(rest, "StageName: prod}", `StageName: prod, MethodSettings: [{ResourcePath: "/*", HttpMethod: "*"}, {ResourcePath: /notes, HttpMethod: GET, MetricsEnabled: true}]}`, 1), config.Symptom{Route: "GET /notes", Status: 500},
			[]localaws.DataPoint{tally(routeREST, "5XXError", 2), tally("ApiName=shop", "5XXError", 90)},
			"The route GET /notes answered 2 times 5xx since SINCE."},
		"of the whole API, which has one route": {http, config.Symptom{Route: "GET /notes/1", Status: 500},
			[]localaws.DataPoint{tally(routeHTTP, "5xx", 3), tally("ApiId=Api", "5xx", 90), tally("ApiId=Api", "Count", 900)},
			"The API, with all its routes, answered 90 times 5xx since SINCE, of 900 requests."},
		"of the whole API, which has others": {http + other, config.Symptom{Route: "GET /notes/1", Status: 500},
			[]localaws.DataPoint{tally("ApiId=Api", "5xx", 90)},
			"The API, with all its routes, answered 90 times 5xx since SINCE. Which of them is not told: detailed metrics are off for the route."},
		"switched on, and nothing is there": {detailed(http + other), config.Symptom{Route: "GET /notes/1", Status: 500},
			[]localaws.DataPoint{tally("ApiId=Api", "5xx", 90)},
			"The API, with all its routes, answered 90 times 5xx since SINCE. The metrics of the stage name no request of the route: none came, or its detailed metrics are younger."},
	} {
		t.Run(name, func(t *testing.T) {
			s := symptom(t, localaws.Options{Metrics: append(c.numbers, happened("notes", map[string]float64{"Invocations": 0})...)}, c.template, c.asked)
			if want := strings.ReplaceAll(c.want, "SINCE", s.Summary.Since); s.Seen != want || !strings.Contains(render.Symptom(s), want) {
				t.Errorf("%s\nwant %s", s.Seen, want)
			}
			if scope, _, _ := strings.Cut(c.want, " answered"); strings.Contains(c.want, "times 5xx") && !strings.Contains(evidenceOf(s, "invoke-permission"), scope+" answered") {
				t.Errorf("the evidence counts something else: %s", evidenceOf(s, "invoke-permission"))
			}
		})
	}
	if s := symptom(t, localaws.Options{Faults: []localaws.Fault{{Service: "monitoring", Operation: "GetMetricData", Code: "AccessDenied"}}}, detailed(http), config.Symptom{Route: "GET /notes/1", Status: 500}); s.Seen != "" || len(s.Gaps) == 0 {
		t.Errorf("%q %+v", s.Seen, s.Gaps)
	}
}

func TestWhoIsThrottledIsSaidWithTheLimit(t *testing.T) {
	for name, c := range map[string]struct {
		template string
		asked    config.Symptom
		logs     []localaws.LogLine
		verdict  finding.Verdict
		says     string
		tells    string
	}{
		"a stage that lets nothing through": {strings.Replace(httpNotes("", ""), "StageName: $default,", "StageName: $default, DefaultRouteSettings: {ThrottlingBurstLimit: 0, ThrottlingRateLimit: 0},", 1),
			config.Symptom{Route: "GET /notes/1", Status: 429}, nil, finding.CauseFound, "lets no request through", ""},
		"a route's own limit": {strings.Replace(httpNotes("", ""), "StageName: $default,", `StageName: $default, DefaultRouteSettings: {ThrottlingBurstLimit: 0}, RouteSettings: {"GET /notes/{id}": {ThrottlingRateLimit: 2.5, ThrottlingBurstLimit: 1}},`, 1),
			config.Symptom{Route: "GET /notes/1", Status: 429}, nil, finding.CausePossible, "2.5 requests a second and 1 request at once", ""},
		"a usage plan":    {restNotes(", ApiKeyRequired: true", ""), config.Symptom{Route: "GET /notes", Status: 429}, nil, finding.CausePossible, "the limits and the quota of the key's usage plan", "aws apigateway get-usage-plans --query \"items[?apiStages[?apiId=='Api']]\""},
		"no usage plan":   {restNotes("", ""), config.Symptom{Route: "GET /notes", Status: 429}, nil, finding.CausePossible, "needs no API key", ""},
		"the log says so": {restNotes("", ""), config.Symptom{Route: "GET /notes", Status: 429}, loggedIn("API-Gateway-Execution-Logs_Api/prod", "(1) Key throttle limit exceeded for Key *****1"), finding.CauseFound, "The API's log says so once", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := symptom(t, localaws.Options{Metrics: happened("notes", map[string]float64{"Invocations": 1}), Logs: c.logs}, c.template, c.asked)
			for _, one := range s.Causes {
				if one.ID == "throttling" && (one.Verdict != c.verdict || !strings.Contains(evidenceOf(s, one.ID), c.says) || one.Tells != c.tells) {
					t.Errorf("%s %q: %s", one.Verdict, one.Tells, evidenceOf(s, one.ID))
				}
			}
			if evidenceOf(s, "throttling") == "" {
				t.Errorf("%+v", s.Causes)
			}
		})
	}
}

func TestAPrivateAPISaysWhichEndpointItLetsIn(t *testing.T) {
	private := func(policy string) string {
		return restNotes("", `, EndpointConfiguration: {Types: [PRIVATE], VpcEndpointIds: [vpce-0a, vpce-0b]}`+policy) + permit("notes", restMay)
	}
	only := func(id string) string {
		return `, Policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*"}, {Effect: Deny, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*", Condition: {StringNotEquals: {"aws:SourceVpce": ` + id + `}}}]}`
	}
	for name, c := range map[string]struct {
		template string
		verdict  finding.Verdict
		says     string
		policy   finding.Verdict
	}{
		"no policy":                    {private(""), finding.CauseFound, "lets nobody in without one", finding.CauseExcluded},
		"another endpoint":             {private(only("vpce-0c")), finding.CauseFound, "lets in no call of GET /notes through vpce-0a, vpce-0b", finding.CausePossible},
		"one of them":                  {private(only("vpce-0a")), finding.CausePossible, "does not rule out calls through vpce-0a", finding.CausePossible},
		"both":                         {private(only("[vpce-0a, vpce-0b]")), finding.CausePossible, "does not rule out calls through vpce-0b", finding.CausePossible},
		"a policy that allows nothing": {private(`, Policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/prod/POST/*"}]}`), finding.CauseFound, "lets in no call", finding.CauseFound},
	} {
		t.Run(name, func(t *testing.T) {
			s := symptom(t, localaws.Options{}, c.template, config.Symptom{Route: "GET /notes", Status: 403})
			got := map[string]finding.Cause{}
			for _, one := range s.Causes {
				got[one.ID] = one
			}
			if one := got["private"]; one.Verdict != c.verdict || !strings.Contains(evidenceOf(s, "private"), c.says) || !strings.Contains(one.Tells, "describe-vpc-endpoints") {
				t.Errorf("%s %q: %s", one.Verdict, one.Tells, evidenceOf(s, "private"))
			}
			if got["resource-policy"].Verdict != c.policy {
				t.Errorf("the policy: %s: %s", got["resource-policy"].Verdict, evidenceOf(s, "resource-policy"))
			}
		})
	}
	public := symptom(t, localaws.Options{}, restNotes("", "")+permit("notes", restMay), config.Symptom{Route: "GET /notes", Status: 403})
	if evidenceOf(public, "private") != "" {
		t.Errorf("a public API is none: %s", evidenceOf(public, "private"))
	}
}

func TestAnAnswerThatTakesTooLongIsToldOfBothKindsOfAPIs(t *testing.T) {
	o := localaws.Options{Metrics: happened("notes", map[string]float64{"Invocations": 1, "Duration": 100})}
	s := symptom(t, o, httpNotes("", "")+permit("notes", notesMay), config.Symptom{Route: "GET /notes/1", Status: 503})
	if !strings.Contains(evidenceOf(s, "timeout"), "an HTTP API 503") {
		t.Errorf("%s", evidenceOf(s, "timeout"))
	}
	if s := symptom(t, o, restNotes("", "")+permit("notes", restMay), config.Symptom{Route: "GET /notes", Status: 502}); !strings.Contains(evidenceOf(s, "function-error"), "no execution log") {
		t.Errorf("%s", evidenceOf(s, "function-error"))
	}
}

package scan

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"permprobe/shared/check"
	"permprobe/shared/collect"
	"permprobe/shared/config"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/ledger"
	"permprobe/shared/permission"
)

// tree is what is known while the cause of a symptom is looked for.
type tree struct {
	asked     *config.Symptom
	out       *finding.Symptom
	partition string
	api       fact.API
	route     fact.APIRoute
	// in and found are the check of the functions behind the route; in.Facts is nil where there is none.
	in    *check.Input
	found []finding.Finding
	// function and guard are the functions behind the route and behind its authorizer; nil where there is none, or it is
	// not known.
	function, guard *fact.Function
	state           fact.Read[fact.State]
	// refused are the calls that causes are about.
	refused []refusedCause
	numbers map[string]fact.Read[float64]
	// counted is what the numbers of the API count, for people: its route, or all its routes together.
	counted string
	logs    map[string]fact.Read[map[string]collect.Sighted] // by log group
	// denied is what the function's code was refused, where its log tells of it.
	denied  []collect.Sighting
	gateway string // the names of the log groups of the API, for people
	// unlogged and unmeasured say why logs and metrics say nothing; empty where they do.
	unlogged, unmeasured string
}

// Symptom says why callers of an API get a status: it walks from the route over its integration and permissions to what
// function and API left in logs and metrics. Nothing is invoked. It does not fail: what could not be read is in the answer.
func (s *Scanner) Symptom(ctx context.Context, request config.Request) *finding.Symptom {
	started, callsBefore := s.Now(), s.Calls()
	asked := request.Symptom
	out := &finding.Symptom{
		Account: s.Collector.Account.ID, Region: s.Collector.Account.Region, API: asked.API, Asked: asked.Route, Stage: asked.Stage, HTTPStatus: asked.Status,
	}
	since := started.Add(-asked.Since)
	out.Summary.Since = since.UTC().Format(time.RFC3339)
	working, cancel := s.budget(ctx, config.OnDemand, started)
	defer cancel()
	var read fact.Read[fact.API]
	s.phase(working, "collect", func(ctx context.Context) { read = s.Collector.API(ctx, asked.API) })
	api, known := read.Value()
	switch why, unread := read.Unread(); {
	case known:
		s.walk(working, &tree{asked: asked, out: out, api: api, partition: s.Collector.Account.Partition}, since)
	case unread:
		out.Status = finding.ReportIncomplete
		out.Gaps = append(out.Gaps, gapOf("", why))
		out.Answer = "Nothing can be said: the API could not be read."
	default:
		out.Causes = append(out.Causes, finding.Cause{ID: "route", Title: "there is no such API", Verdict: finding.CauseFound,
			For: []string{fmt.Sprintf("No REST, HTTP or WebSocket API of %s in %s has the id or name %q.", out.Account, out.Region, asked.API)}})
		out.Answer = fmt.Sprintf("There is no API %q in %s of account %s: another account or Region, or it was deleted.", asked.API, out.Region, out.Account)
	}
	if working.Err() != nil {
		out.Status = finding.ReportIncomplete
		out.Gaps = append(out.Gaps, outOfTime())
	}
	out.Finish()
	out.Summary.APICalls = s.Calls() - callsBefore
	out.Summary.DurationMS = s.Now().Sub(started).Milliseconds()
	s.Log.InfoContext(ctx, "symptom.done", "status", out.Status, "found", out.Summary.Found, "possible", out.Summary.Possible,
		"apiCalls", out.Summary.APICalls, "durationMs", out.Summary.DurationMS)
	return out
}

// walk looks at everything that the branches rest on, and at the branches.
func (s *Scanner) walk(ctx context.Context, t *tree, since time.Time) {
	out := t.out
	out.API, out.Kind, out.Name = t.api.ID, string(t.api.Kind), t.api.Name
	if t.asked.Stage != "" && !slices.ContainsFunc(t.api.Stages, func(one fact.APIStage) bool { return one.Name == t.asked.Stage }) {
		t.add(finding.Cause{ID: "route", Title: "the API has no such stage", Verdict: finding.CauseFound, For: []string{
			fmt.Sprintf("Its stages are: %s.", orNone(t.stageNames()))}})
		t.answer()
		return
	}
	route, routed := t.api.Route(t.asked.Route)
	t.route = route
	if routed {
		out.Route = route.Label
		s.lookAt(ctx, t)
	}
	t.evidence(ctx, s, since)
	t.branches(routed)
	t.answer()
	t.out.Seen = t.seen()
	s.takenFrom(ctx, t)
}

// refusedCause is a refused call and the cause that it is.
type refusedCause struct {
	id       string
	decision *decide.Decision
}

// takenFrom completes causes with the changes that took the permission away, where CloudTrail tells.
func (s *Scanner) takenFrom(ctx context.Context, t *tree) {
	if !s.Collector.On.On(permission.CloudTrail) || len(t.refused) == 0 {
		return
	}
	var decisions []*decide.Decision
	for _, one := range t.refused {
		decisions = append(decisions, one.decision)
	}
	changes, gaps := s.changesOf(ctx, s.Collector.History(), t.in.Facts, decisions)
	t.out.Gaps = addOnce(t.out.Gaps, t.out.Function, gaps)
	for _, one := range t.refused {
		for i := range t.out.Causes {
			if t.out.Causes[i].ID == one.id {
				t.out.Causes[i].Changes = explain(t.in.Facts, one.decision, changes, "")
			}
		}
	}
}

func (t *tree) stageNames() []string {
	var names []string
	for _, one := range t.api.Stages {
		names = append(names, one.Name)
	}
	return names
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (t *tree) add(c finding.Cause) { t.out.Causes = append(t.out.Causes, c) }

// behind is the target on the stage that was asked for, or on the first.
func (t *tree) behind(targets []fact.APITarget) (fact.APITarget, bool) {
	for _, one := range targets {
		if t.asked.Stage == "" || slices.Contains(one.Stages, t.asked.Stage) {
			return one, true
		}
	}
	return fact.APITarget{}, false
}

// lookAt checks the functions behind the route as a scan does.
func (s *Scanner) lookAt(ctx context.Context, t *tree) {
	look := config.Request{Mode: config.OnDemand}
	for _, targets := range [][]fact.APITarget{t.route.Targets, t.route.Guards} {
		if one, has := t.behind(targets); has && one.Unread.IsZero() && !slices.Contains(look.Functions, one.Function.ARN) {
			look.Functions = append(look.Functions, one.Function.ARN)
		}
	}
	if len(look.Functions) == 0 {
		return
	}
	watched := *s
	t.in = new(check.Input)
	watched.Examined = func(seen *check.Input) { t.in = seen }
	report := &finding.Report{Account: t.out.Account, Region: t.out.Region}
	observed, _ := watched.examine(ctx, look, &ledger.Turn{}, report)
	t.found = observed.Found
	if t.in.Facts == nil {
		t.in.Facts = &fact.Facts{}
	}
	of := func(targets []fact.APITarget) *fact.Function {
		one, has := t.behind(targets)
		at := slices.IndexFunc(t.in.Facts.Functions, func(f fact.Function) bool { return has && f.ARN == one.Function.ARN })
		if at < 0 {
			return nil
		}
		return &t.in.Facts.Functions[at]
	}
	t.function, t.guard = of(t.route.Targets), of(t.route.Guards)
	if one, has := t.behind(t.route.Targets); has && one.Unread.IsZero() {
		t.out.Function = one.Function.String()
		if arn, err := fact.ParseARN(one.Function.ARN); t.function == nil && err == nil && arn.Account == t.out.Account && arn.Region == t.out.Region {
			t.state = s.Collector.State(ctx, one.Function.ARN) // only Lambda's own word means that it does not exist
		}
	}
	for _, gap := range report.Gaps {
		if gap.Function != "" && slices.Contains(look.Functions, gap.Function) {
			t.out.Gaps = append(t.out.Gaps, gap)
		}
	}
	for _, unread := range t.in.Facts.Unread {
		if unread.Kind == fact.KindFunctions || unread.Kind == fact.KindPolicies || unread.Kind == fact.KindAPIs || unread.Kind == fact.KindRoles {
			t.out.Gaps = append(t.out.Gaps, gapOf(unread.Function, unread.Unread))
		}
	}
	if t.function != nil {
		t.out.Role = t.function.Role
		t.state = s.Collector.State(ctx, t.function.ARN)
		if why, unread := t.state.Unread(); unread {
			t.out.Gaps = append(t.out.Gaps, gapOf(t.function.ARN, why))
		}
	}
}

// Kinds of lines in logs.
const (
	lineRefused    = "refused"
	lineDenied     = "denied"
	lineTimeout    = "timeout"
	lineCrash      = "crash"
	lineError      = "error"
	lineMalformed  = "malformed"
	lineWaited     = "waited"
	lineUnclear    = "authorizer"
	lineForbidden  = "forbidden"
	lineThrottled  = "throttled"
	lineStart      = "start"
	lineOfFunction = "function"
)

// ofFunctions are phrases in the logs of functions. Of a line nothing else is kept.
//
// https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
var ofFunctions = []collect.Phrase{
	{Kind: lineDenied, Text: "not authorized to perform"}, {Kind: lineDenied, Text: "AccessDenied"}, {Kind: lineDenied, Text: "UnauthorizedOperation"},
	{Kind: lineTimeout, Text: "Task timed out after"}, {Kind: lineTimeout, Text: "Status: timeout"},
	{Kind: lineCrash, Text: "Runtime.ExitError"}, {Kind: lineCrash, Text: "Runtime exited"}, {Kind: lineCrash, Text: "Runtime.ImportModuleError"},
	{Kind: lineCrash, Text: "Runtime.HandlerNotFound"}, {Kind: lineCrash, Text: "Runtime.InvalidEntrypoint"},
	{Kind: lineError, Text: "Unhandled"}, {Kind: lineError, Text: "[ERROR]"}, {Kind: lineError, Text: "Invoke Error"}, {Kind: lineError, Text: "errorType"},
	{Kind: lineError, Text: "Traceback"}, {Kind: lineError, Text: "panic:"}, {Kind: lineError, Text: "Status: error"},
	{Kind: lineStart, Text: "START RequestId"}, {Kind: lineStart, Text: "platform.start"},
}

// ofGateway are phrases in the execution logs of REST and WebSocket APIs, and in access logs that hold the error's message.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
var ofGateway = []collect.Phrase{
	{Kind: lineRefused, Text: "Invalid permissions on Lambda function"}, {Kind: lineRefused, Text: "have permissions to call the integration"},
	{Kind: lineMalformed, Text: "Malformed Lambda proxy response"},
	{Kind: lineWaited, Text: "Execution failed due to a timeout error"}, {Kind: lineWaited, Text: "Endpoint request timed out"},
	{Kind: lineUnclear, Text: "AuthorizerConfigurationException"}, {Kind: lineUnclear, Text: "AuthorizerFailureException"},
	{Kind: lineThrottled, Text: "Too Many Requests"}, {Kind: lineThrottled, Text: "Limit Exceeded"}, {Kind: lineThrottled, Text: "Rate limit exceeded"}, {Kind: lineThrottled, Text: "Key throttle limit exceeded"}, {Kind: lineThrottled, Text: "Key quota limit exceeded"},
	{Kind: lineForbidden, Text: "is not authorized to access this resource"}, {Kind: lineForbidden, Text: "Unauthorized request"},
	{Kind: lineOfFunction, Text: "customer function error"}, {Kind: lineOfFunction, Text: "Lambda invocation failed with status: 200"},
}

// evidence reads logs and metrics where they are switched on.
func (t *tree) evidence(ctx context.Context, s *Scanner, since time.Time) {
	on := s.Collector.On
	gap := func(why string) string {
		t.out.Gaps = append(t.out.Gaps, finding.Gap{Reason: why})
		return why
	}
	if on.On(permission.Metrics) {
		s.phase(ctx, "metrics", func(ctx context.Context) { t.measure(ctx, s, since) })
	} else {
		t.unmeasured = gap(permission.Metrics.Off())
	}
	if !on.On(permission.FunctionLogs) {
		t.unlogged = gap(permission.FunctionLogs.Off())
		return
	}
	t.logs = map[string]fact.Read[map[string]collect.Sighted]{}
	sight := func(group string, phrases []collect.Phrase) {
		if _, done := t.logs[group]; group == "" || done {
			return
		}
		read, why := s.Collector.Sight(ctx, group, phrases, since)
		t.logs[group] = read
		if !why.IsZero() {
			t.out.Gaps = append(t.out.Gaps, gapOf("", why))
		}
	}
	s.phase(ctx, "logs", func(ctx context.Context) {
		for _, f := range []*fact.Function{t.function, t.guard} {
			if f != nil {
				sight(f.LogGroup, ofFunctions)
			}
		}
		for _, group := range t.gatewayGroups() {
			sight(group, ofGateway)
		}
		if f := t.function; f != nil {
			if n, _, _ := t.lines(f.LogGroup, lineDenied); n > 0 {
				t.refusals(ctx, s, since)
			}
		}
	})
}

// refusals reads what the function's code was refused.
func (t *tree) refusals(ctx context.Context, s *Scanner, since time.Time) {
	found, unread := s.Collector.PastDenials(ctx, []fact.Function{*t.function}, []time.Time{since})
	t.denied = found[0]
	for _, why := range unread[0] {
		if why.Permission == "" || !slices.ContainsFunc(t.out.Gaps, func(have finding.Gap) bool { return have.Permission == why.Permission }) {
			t.out.Gaps = append(t.out.Gaps, gapOf(t.function.ARN, why))
		}
	}
}

// gatewayGroups are the log groups that the API writes to: of REST and WebSocket APIs the execution log besides the access
// log.
func (t *tree) gatewayGroups() []string {
	var groups []string
	for _, stage := range t.api.Stages {
		if t.asked.Stage != "" && stage.Name != t.asked.Stage {
			continue
		}
		switch t.api.Kind {
		case fact.TriggerRESTAPI:
			groups = append(groups, "API-Gateway-Execution-Logs_"+t.api.ID+"/"+stage.Name)
		case fact.TriggerWebSocketAPI:
			groups = append(groups, "/aws/apigateway/"+t.api.ID+"/"+stage.Name)
		}
		if stage.AccessLog != "" && !slices.Contains(groups, stage.AccessLog) {
			groups = append(groups, stage.AccessLog)
		}
	}
	return groups
}

// Names of the numbers.
const (
	numberServer      = "answers of 5xx"
	numberClient      = "answers of 4xx"
	numberCount       = "requests"
	numberLatency     = "longest integration latency"
	numberInvocations = "invocations"
	numberErrors      = "errors"
	numberThrottles   = "throttles"
	numberDuration    = "longest duration"
	numberGuard       = "errors of the authorizer's function"
)

package scan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// branches adds the causes that can give the status, in the order in which a request meets them.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
func (t *tree) branches(routed bool) {
	status := t.asked.Status
	t.routeBranch(routed)
	if !routed {
		return
	}
	if status == 401 || status == 403 {
		t.endpointBranch()
		t.privateBranch()
		t.firewallBranch()
		t.policyBranch()
		t.keyBranch()
		t.callerBranch()
	}
	if status >= 500 {
		t.integrationBranch()
		t.guardPermissionBranch()
		t.permissionBranch()
		t.startBranch()
	}
	if status == 429 || status >= 500 {
		t.throttleBranch()
	}
	if status >= 500 {
		t.timeoutBranch()
		t.errorBranch()
	}
	if status < 500 {
		t.ownAnswerBranch()
	}
}

// cause is a branch that is being filled.
func cause(id, title string) finding.Cause {
	return finding.Cause{ID: id, Title: title, Verdict: finding.CauseUnknown}
}

func pro(c *finding.Cause, format string, args ...any) {
	c.For = append(c.For, fmt.Sprintf(format, args...))
}

func con(c *finding.Cause, format string, args ...any) {
	c.Against = append(c.Against, fmt.Sprintf(format, args...))
}

// number is a metric's value; false where it is not known. One without data points is 0: nothing happened.
func (t *tree) number(key string) (float64, bool) {
	read, asked := t.numbers[key]
	if !asked {
		return 0, false
	}
	if read.IsAbsent() {
		return 0, true
	}
	return read.Value()
}

// lines is how often lines of a kind were seen in a log group; known is false where the group was not read.
func (t *tree) lines(group, kind string) (n int, last time.Time, known bool) {
	read, asked := t.logs[group]
	if !asked {
		return 0, time.Time{}, false
	}
	seen, known := read.Value()
	one := seen[kind]
	return one.Count, one.Last, known || read.IsAbsent()
}

// gatewayLines are the same over the log groups of the API; known is false where it writes none.
func (t *tree) gatewayLines(kind string) (n int, where string, known bool) {
	for _, group := range t.gatewayGroups() {
		if read, asked := t.logs[group]; !asked || read.IsAbsent() {
			continue
		}
		count, last, read := t.lines(group, kind)
		known = known || read
		if count > 0 {
			n += count
			where = fmt.Sprintf("%s, last at %s", group, last.UTC().Format(time.RFC3339))
		}
	}
	return n, where, known
}

func (t *tree) routeBranch(routed bool) {
	c := cause("route", "no route of the API is it")
	switch {
	case !routed:
		c.Verdict = finding.CauseFound
		var labels []string
		for _, r := range t.api.Routes {
			labels = append(labels, r.Label)
		}
		pro(&c, "None of the API's routes is %s. It has: %s.", t.asked.Route, orNone(labels))
		if t.api.Kind == fact.TriggerRESTAPI && t.asked.Status == 403 {
			pro(&c, "A REST API answers 403 \"Missing Authentication Token\" where it has no such method and path.")
		}
	case len(t.api.Stages) == 0:
		c.Verdict = finding.CauseFound
		c.Title = "the API is not deployed"
		pro(&c, "The API has no stage.")
	case t.asked.Status == 404 || t.asked.Status == 403 && t.api.Kind == fact.TriggerRESTAPI:
		c.Verdict = finding.CauseExcluded
		con(&c, "The request takes the route %s, as the API is configured now.", t.route.Label)
		if t.api.Kind == fact.TriggerRESTAPI {
			con(&c, "Whether it was deployed to the stage since it was made is not shown; a new deployment tells.")
			c.Verdict, c.Title = finding.CausePossible, "the route was not deployed to the stage since it was made"
		}
	default:
		return
	}
	t.add(c)
}

func (t *tree) integrationBranch() {
	c := cause("integration", "the integration leads to no function")
	one, has := t.behind(t.route.Targets)
	switch {
	case t.route.Integration == "":
		c.Verdict = finding.CauseFound
		pro(&c, "The route %s has no integration.", t.route.Label)
	case !has:
		c.Verdict = finding.CausePossible
		c.Title = "the integration calls something else than a function"
		pro(&c, "The route's integration is of type %s: what it calls answers, or does not.", t.route.Integration)
	case !one.Unread.IsZero():
		pro(&c, "%s.", one.Unread.Reason)
	case t.function == nil && t.state.IsAbsent():
		c.Verdict = finding.CauseFound
		pro(&c, "It calls %s, and there is no such function.", one.Function)
	case t.function == nil:
		pro(&c, "It calls %s, which could not be read.", one.Function)
	default:
		c.Verdict = finding.CauseExcluded
		con(&c, "The route's integration (%s) calls %s.", t.route.Integration, one.Function)
	}
	t.add(c)
}

// decided are the decisions on calls of the API by one route to one function: refused, allowed or not known, and what was
// refused.
func (t *tree) decided(kind fact.TriggerKind, target fact.APITarget, label string) (verdict decide.Verdict, refused *decide.Decision, why string) {
	verdict = decide.Unknown
	seen, doubtful := false, false
	for i := range t.in.Decisions {
		d := &t.in.Decisions[i]
		n := d.Need
		if n.Trigger == nil || n.Trigger.Kind != kind || n.Trigger.SourceID != t.api.ID || n.Trigger.Function != target.Function || n.Route != nil && n.Route.Label != label {
			continue
		}
		if t.asked.Stage != "" && !onStage(n.Context["aws:SourceArn"], t.asked.Stage) {
			continue
		}
		switch {
		case n.Doubtful:
			doubtful = doubtful || d.Verdict == decide.Allowed
		case d.Verdict == decide.Denied:
			refused, seen = d, true
		case d.Verdict == decide.Unknown:
			why = d.Unread.String()
		default:
			seen = true
		}
	}
	switch {
	case refused != nil && doubtful:
		return decide.Unknown, refused, "the policy names the route in a form of which AWS does not document that calls match it"
	case refused != nil:
		return decide.Denied, refused, ""
	case why != "" || !seen:
		return decide.Unknown, nil, why
	}
	return decide.Allowed, nil, ""
}

// onStage tells whether a request's source is on a stage. An authorizer's is on none.
func onStage(sources []string, stage string) bool {
	if len(sources) != 1 {
		return true
	}
	arn, err := fact.ParseARN(sources[0])
	parts := strings.Split(arn.Resource, "/")
	return err != nil || len(parts) < 2 || parts[1] == "authorizers" || parts[1] == stage
}

// blame attaches the finding on a refused call, which holds the fix.
func (t *tree) blame(c *finding.Cause, d *decide.Decision) {
	for i := range t.found {
		f := &t.found[i]
		if f.Function != d.Need.Function.ARN || f.Qualifier != d.Need.Function.Qualifier || !strings.Contains(f.Action, d.Need.Action) {
			continue
		}
		if f.SourceARN == "" || !strings.Contains(f.SourceARN, ":"+t.api.ID+"/") {
			continue
		}
		c.Finding = f.ID
		pro(c, "%s", sentenceOf(f.Cause))
		if !slices.ContainsFunc(t.out.Findings, func(have finding.Finding) bool { return have.ID == f.ID }) {
			kept := *f
			kept.FirstSeen, kept.LastSeen = "", ""
			t.out.Findings = append(t.out.Findings, kept)
		}
		return
	}
	if d.Detail != "" {
		pro(c, "The closest statement, %s of %s: %s.", d.StatementID, d.Policy, strings.TrimSuffix(d.Detail, "."))
	}
}

func sentenceOf(text string) string { return strings.TrimSuffix(strings.TrimSpace(text), ".") + "." }

func (t *tree) permissionBranch() {
	one, has := t.behind(t.route.Targets)
	if !has || !one.Unread.IsZero() || t.function == nil {
		return
	}
	id, title := "invoke-permission", "API Gateway may not invoke the function"
	if t.route.Credentials != "" {
		id, title = "integration-role", "the integration's role may not invoke the function"
	}
	c := cause(id, title)
	verdict, refused, why := t.decided(t.api.Kind, one, t.route.Label)
	switch verdict {
	case decide.Denied:
		c.Verdict = finding.CauseFound
		if t.route.Credentials != "" {
			pro(&c, "The integration calls %s as %s, which is refused %s.", one.Function, t.route.Credentials, refused.Need.Action)
		} else {
			pro(&c, "The policy of %s does not let apigateway.amazonaws.com invoke it for %s.", one.Function, t.route.Label)
		}
		t.blame(&c, refused)
		t.refused = append(t.refused, refusedCause{id, refused})
	case decide.Allowed:
		c.Verdict = finding.CauseExcluded
		con(&c, "Every call of the route is allowed, on every stage that was asked about.")
	default:
		pro(&c, "It is not decided: %s.", strings.TrimSuffix(orWord(why, "nothing of the route was decided"), "."))
	}
	if n, where, _ := t.gatewayLines(lineRefused); n > 0 {
		pro(&c, "The API's log says so %s (%s).", times(n), where)
		if c.Verdict == finding.CauseExcluded {
			con(&c, "By now it is allowed: call the API again.")
		} else {
			c.Verdict = finding.CauseFound
		}
	}
	failed, measured := t.number(numberServer)
	ran, counted := t.number(numberInvocations)
	switch {
	case measured && counted && failed > 0 && ran == 0:
		pro(&c, "%s answered %s 5xx and the function was not invoked once since %s.", t.counted, times(int(failed)), t.out.Summary.Since)
	case counted && ran > 0:
		con(&c, "The function was invoked %s since %s, by this API or something else.", times(int(ran)), t.out.Summary.Since)
	}
	t.add(c)
}

func orWord(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func (t *tree) guardPermissionBranch() {
	if len(t.route.Guards) == 0 {
		return
	}
	c := cause("authorizer-permission", "API Gateway may not call the authorizer's function, or that fails")
	one, has := t.behind(t.route.Guards)
	switch {
	case !has || !one.Unread.IsZero() || t.guard == nil:
		pro(&c, "Which function the authorizer %s calls could not be read.", t.route.Guard)
	default:
		verdict, refused, why := t.decided(t.api.Kind.Authorizer(), one, "authorizer "+t.route.Guard)
		switch verdict {
		case decide.Denied:
			c.Verdict, c.Title = finding.CauseFound, "API Gateway may not call the authorizer's function"
			pro(&c, "The authorizer %s is refused to invoke %s.", t.route.Guard, one.Function)
			t.blame(&c, refused)
			t.refused = append(t.refused, refusedCause{c.ID, refused})
		case decide.Allowed:
			c.Verdict = finding.CauseExcluded
			con(&c, "The authorizer %s may invoke %s.", t.route.Guard, one.Function)
			if t.guardErrors(&c); c.Verdict == finding.CauseFound {
				c.Title = "the authorizer's function fails"
			}
		default:
			pro(&c, "It is not decided: %s.", strings.TrimSuffix(orWord(why, "nothing of the authorizer was decided"), "."))
		}
	}
	t.add(c)
}

// guardErrors looks at whether the authorizer's function fails, which API Gateway answers with 500.
func (t *tree) guardErrors(c *finding.Cause) {
	failed, measured := t.number(numberGuard)
	if measured && failed > 0 {
		c.Verdict = finding.CauseFound
		pro(c, "%s failed %s since %s.", t.guard.Name, times(int(failed)), t.out.Summary.Since)
	}
	for _, kind := range []string{lineTimeout, lineCrash, lineError} {
		if n, last, _ := t.lines(t.guard.LogGroup, kind); n > 0 {
			c.Verdict = finding.CauseFound
			pro(c, "Its log %s holds %s of the kind %q, the last at %s.", t.guard.LogGroup, count(n, "line"), kind, last.UTC().Format(time.RFC3339))
		}
	}
	if n, where, _ := t.gatewayLines(lineUnclear); n > 0 {
		c.Verdict = finding.CauseFound
		pro(c, "The API's log names the authorizer's failure %s (%s).", times(n), where)
	}
	if c.Verdict == finding.CauseExcluded && t.unmeasured != "" && t.unlogged != "" {
		c.Verdict = finding.CausePossible
		con(c, "Whether the authorizer's function fails is not known: neither its metrics nor its log were read.")
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// startBranch is whether Lambda can start the function at all.
func (t *tree) startBranch() {
	if t.function == nil {
		return
	}
	c := cause("start", "Lambda cannot start the function")
	state, known := t.state.Value()
	c.Verdict = finding.CauseExcluded
	switch {
	case known && state.Code != "":
		c.Verdict = finding.CauseFound
		pro(&c, "Lambda says of its state: %s.", state.Code)
	case known && state.Open.IsZero():
		con(&c, "Lambda says that it is active.")
	default:
		c.Verdict = finding.CauseUnknown
	}
	for i := range t.found {
		f := &t.found[i]
		if f.Function == t.function.ARN && slices.Contains([]string{"R1", "R2", "R7", "R11", "R12", "R13"}, f.Check) {
			c.Verdict, c.Finding = finding.CauseFound, f.ID
			pro(&c, "%s.", strings.TrimSuffix(f.Title, "."))
			kept := *f
			kept.FirstSeen, kept.LastSeen = "", ""
			t.out.Findings = append(t.out.Findings, kept)
		}
	}
	if c.Verdict == finding.CauseExcluded {
		con(&c, "Its role can be assumed by Lambda.")
	}
	t.add(c)
}

// throttleBranch is whether API Gateway or Lambda lets no more requests through.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
func (t *tree) throttleBranch() {
	c := cause("throttling", "calls are throttled")
	if t.asked.Status == 429 {
		pro(&c, "API Gateway answers 429 where a stage, a route, a usage plan or the account's own limit is exceeded.")
		c.Verdict = finding.CausePossible
		for _, limit := range t.route.Limits {
			switch {
			case t.asked.Stage != "" && limit.Stage != t.asked.Stage:
			case limit.Rate == 0 || limit.Burst == 0:
				c.Verdict = finding.CauseFound
				pro(&c, "The stage %s lets no request through to %s: its throttling limit is 0.", limit.Stage, t.route.Label)
			default:
				pro(&c, "The stage %s lets %s a second and %s at once through to %s.", limit.Stage, atMost(limit.Rate), atMost(float64(limit.Burst)), t.route.Label)
			}
		}
		switch {
		case t.route.KeyRequired:
			pro(&c, "The route %s needs an API key, so that the limits and the quota of the key's usage plan count as well.", t.route.Label)
			c.Tells = t.usagePlans()
		case t.api.Kind != fact.TriggerRESTAPI:
			con(&c, "No usage plan limits it: those are of REST APIs.")
		default:
			con(&c, "No usage plan limits it: the route %s needs no API key.", t.route.Label)
		}
		if n, where, _ := t.gatewayLines(lineThrottled); n > 0 {
			c.Verdict = finding.CauseFound
			pro(&c, "The API's log says so %s (%s).", times(n), where)
		}
	}
	n, measured := t.number(numberThrottles)
	switch {
	case measured && n > 0:
		c.Verdict = finding.CauseFound
		pro(&c, "Lambda throttled %s %s since %s: its concurrency is used up, or reserved at 0.", t.function.Name, times(int(n)), t.out.Summary.Since)
	case measured && t.function != nil:
		if c.Verdict == finding.CauseUnknown {
			c.Verdict = finding.CauseExcluded
		}
		con(&c, "Lambda throttled no invocation of %s since %s.", t.function.Name, t.out.Summary.Since)
	case !measured:
		con(&c, "Whether Lambda throttles the function is not known: its metrics were not read.")
		if t.function != nil && c.Tells == "" {
			c.Tells = "aws lambda get-function-concurrency --function-name " + t.function.Name
		}
	}
	t.add(c)
}

// atMost is a throttling limit for people.
func atMost(limit float64) string {
	switch {
	case limit < 0:
		return "as many requests as the account may"
	case limit == 1:
		return "1 request"
	}
	return fmt.Sprintf("%s requests", strconv.FormatFloat(limit, 'f', -1, 64))
}

// usagePlans is the command that reads which usage plans know the stages of the API.
func (t *tree) usagePlans() string {
	return fmt.Sprintf(`aws apigateway get-usage-plans --query "items[?apiStages[?apiId=='%s']]"`, t.api.ID)
}

func (t *tree) timeoutBranch() {
	c := cause("timeout", "the function takes too long")
	if t.function == nil {
		if (t.asked.Status == 504 || t.asked.Status == 503) && t.route.Timeout > 0 {
			c.Verdict = finding.CausePossible
			pro(&c, "API Gateway waits %s for the integration.", t.route.Timeout)
			t.add(c)
		}
		return
	}
	waits, runs := t.route.Timeout, t.function.Timeout
	looked := false
	if waits > 0 && runs > waits {
		pro(&c, "The function may run %s, and API Gateway waits %s for it.", runs, waits)
	} else if waits > 0 && runs > 0 {
		con(&c, "The function may run %s, which is not longer than the %s that API Gateway waits.", runs, waits)
	}
	if n, last, known := t.lines(t.function.LogGroup, lineTimeout); n > 0 {
		c.Verdict = finding.CauseFound
		pro(&c, "Its log %s says %s that it ran out of its time, the last at %s.", t.function.LogGroup, times(n), last.UTC().Format(time.RFC3339))
	} else if known {
		looked = true
		con(&c, "Its log %s says of no invocation that it ran out of its time since %s.", t.function.LogGroup, t.out.Summary.Since)
	}
	if n, where, known := t.gatewayLines(lineWaited); n > 0 {
		c.Verdict = finding.CauseFound
		pro(&c, "The API's log names the time-out %s (%s).", times(n), where)
	} else if known {
		looked = true
	}
	if ms, measured := t.number(numberDuration); measured && waits > 0 {
		looked = true
		longest := time.Duration(ms) * time.Millisecond
		switch {
		case longest >= waits:
			c.Verdict = finding.CauseFound
			pro(&c, "Its longest invocation since %s took %s.", t.out.Summary.Since, longest)
		case runs > 0 && longest >= runs*95/100 && longest > 0:
			c.Verdict = finding.CauseFound
			pro(&c, "Its longest invocation since %s took %s, all of its time.", t.out.Summary.Since, longest)
		case longest > 0:
			con(&c, "Its longest invocation since %s took %s.", t.out.Summary.Since, longest)
		}
	}
	if ms, measured := t.number(numberLatency); measured && waits > 0 && time.Duration(ms)*time.Millisecond >= waits {
		c.Verdict = finding.CauseFound
		pro(&c, "The API waited %s for an integration, which is its limit.", time.Duration(ms)*time.Millisecond)
	}
	switch {
	case c.Verdict == finding.CauseFound:
	case t.asked.Status == 504 || t.asked.Status == 503:
		c.Verdict = finding.CausePossible
		pro(&c, "Where an integration does not answer in time, a REST API answers 504 \"Endpoint request timed out\" and an HTTP API 503 \"Service Unavailable\".")
		if t.function.Network.Attached {
			pro(&c, "The function is in a VPC: what it calls there without a route or an endpoint never answers.")
		}
	case looked:
		c.Verdict = finding.CauseExcluded
	default:
		c.Verdict = finding.CausePossible
		con(&c, "Whether it ran out of time is not known: neither its metrics nor its log were read.")
	}
	t.add(c)
}

// errorBranch is whether the function's own code fails.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html
func (t *tree) errorBranch() {
	if t.function == nil {
		return
	}
	c := cause("function-error", "the function's code fails, or answers what API Gateway does not understand")
	looked := false
	if n, measured := t.number(numberErrors); measured {
		looked = true
		if n > 0 {
			c.Verdict = finding.CauseFound
			pro(&c, "%s failed %s since %s.", t.function.Name, times(int(n)), t.out.Summary.Since)
		} else if ran, _ := t.number(numberInvocations); ran > 0 {
			con(&c, "It was invoked %s since %s and did not fail.", times(int(ran)), t.out.Summary.Since)
		} else if t.knownClean() {
			con(&c, "It was not invoked since %s.", t.out.Summary.Since)
		}
	}
	t.refusedCalls(&c)
	for _, kind := range []string{lineCrash, lineError} {
		n, last, known := t.lines(t.function.LogGroup, kind)
		looked = looked || known
		if n > 0 {
			c.Verdict = finding.CauseFound
			pro(&c, "Its log %s holds %s of the kind %q, the last at %s: read it there.", t.function.LogGroup, count(n, "line"), kind, last.UTC().Format(time.RFC3339))
		}
	}
	if read, asked := t.logs[t.function.LogGroup]; asked && c.Verdict != finding.CauseFound {
		if seen, known := read.Value(); read.IsAbsent() || known && len(seen) == 0 {
			con(&c, "Its log %s holds nothing since %s: it did not run, or may not write its log.", t.function.LogGroup, t.out.Summary.Since)
		} else if known {
			con(&c, "Its log %s tells of no error since %s.", t.function.LogGroup, t.out.Summary.Since)
		}
	}
	for kind, words := range map[string]string{lineMalformed: "that the function's answer is malformed: it must be an object with a statusCode", lineOfFunction: "that the function failed"} {
		if n, where, _ := t.gatewayLines(kind); n > 0 {
			c.Verdict = finding.CauseFound
			pro(&c, "The API's log says %s %s (%s).", times(n), words, where)
		}
	}
	switch {
	case c.Verdict == finding.CauseFound:
	case looked && t.asked.Status == 502:
		c.Verdict = finding.CausePossible
		pro(&c, "502 is what API Gateway answers where a function returns something else than an object with a statusCode, which is no error of the function.")
		if _, _, logged := t.gatewayLines(lineMalformed); !logged && t.unlogged == "" && t.api.Kind == fact.TriggerRESTAPI {
			pro(&c, "The API writes no execution log, which would say \"Malformed Lambda proxy response\".")
		}
	case looked && !t.knownClean():
		c.Verdict = finding.CausePossible
		con(&c, "A function may answer 5xx itself without failing.")
	case looked:
		c.Verdict = finding.CauseExcluded
	default:
		c.Verdict = finding.CausePossible
		con(&c, "Whether it fails is not known: neither its metrics nor its log were read.")
	}
	slices.Sort(c.For)
	t.add(c)
}

// mostRefusedCalls bounds how many refused calls of the function's code are named.
const mostRefusedCalls = 3

// refusedCalls names what the function's code was refused: a missing permission of its role is the error behind the error.
func (t *tree) refusedCalls(c *finding.Cause) {
	told := 0
	for i := range t.denied {
		seen := &t.denied[i]
		call := newClaim(&seen.Denial).said
		if call.Action == "" || told == mostRefusedCalls {
			continue
		}
		told++
		last := seen.Last.UTC().Format(time.RFC3339)
		if call.Resource == "" {
			pro(c, "Its code was refused %s %s, last at %s, as %s tells.", call.Action, times(seen.Count), last, the(seen.Source))
		} else {
			pro(c, "Its code was refused %s on %s %s, last at %s, as %s tells.", call.Action, call.Resource, times(seen.Count), last, the(seen.Source))
		}
	}
	if told == 0 {
		return
	}
	c.Verdict = finding.CauseFound
	c.Title = "the function's code fails, and calls of it are refused"
	pro(c, `Where and why it is refused, and the fix, says the event {"diagnose":{"function":%q,"since":"PT%dM"}}.`, t.function.Name, int(t.asked.Since.Minutes()))
}

// knownClean tells whether the function certainly did not run: then it did not answer either.
func (t *tree) knownClean() bool {
	read, asked := t.logs[t.function.LogGroup]
	seen, known := read.Value()
	ran, measured := t.number(numberInvocations)
	switch {
	case measured && ran > 0 || asked && known && len(seen) > 0: // numbers come some minutes late
		return false
	case measured:
		return true
	}
	return asked && (read.IsAbsent() || known)
}

func (t *tree) endpointBranch() {
	if !t.api.Closed {
		return
	}
	c := cause("endpoint", "the API's own address is switched off")
	c.Verdict = finding.CauseFound
	pro(&c, "The API answers on its custom domain names alone (DisableExecuteApiEndpoint).")
	t.add(c)
}

func (t *tree) firewallBranch() {
	c := cause("firewall", "AWS WAF blocks the request")
	var behind []string
	for _, stage := range t.api.Stages {
		if stage.Firewall && (t.asked.Stage == "" || t.asked.Stage == stage.Name) {
			behind = append(behind, stage.Name)
		}
	}
	switch {
	case len(behind) > 0:
		c.Verdict = finding.CausePossible
		pro(&c, "A web ACL stands before the stage %s. Which requests it blocks is in its own log and metrics, which are not read: look for BLOCK there.", strings.Join(behind, ", "))
		c.Tells = fmt.Sprintf("aws wafv2 get-web-acl-for-resource --resource-arn arn:%s:apigateway:%s::/restapis/%s/stages/%s", t.partition, t.out.Region, t.api.ID, behind[0])
	default:
		c.Verdict = finding.CauseExcluded
		con(&c, "No web ACL stands before the API. One of a CloudFront distribution before it would not be seen here.")
	}
	t.add(c)
}

func (t *tree) policyBranch() {
	if t.api.Kind != fact.TriggerRESTAPI {
		return // no other kind has one
	}
	c := cause("resource-policy", "the API's resource policy refuses the caller")
	policy, has := t.api.Policy.Value()
	why, unread := t.api.Policy.Unread()
	switch {
	case unread:
		pro(&c, "%s.", why.Reason)
	case !has:
		c.Verdict = finding.CauseExcluded
		con(&c, "The API has no resource policy.")
	case t.refusesAll(policy, nil):
		c.Verdict = finding.CauseFound
		pro(&c, "The resource policy lets in no call of %s, whoever makes it and from wherever. A change of it takes a new deployment to be in force.", t.route.Label)
	default:
		c.Verdict = finding.CausePossible
		everybody, denies := false, false
		for _, statement := range policy.Statements() {
			switch {
			case statement.Effect() == iampolicy.Deny:
				denies = true
				pro(&c, "It has a Deny: %s", string(statement.JSON()))
			case len(statement.Conditions()) == 0 && slices.ContainsFunc(statement.Principals(), func(p iampolicy.PrincipalValue) bool { return p.Value == "*" }):
				everybody = true
			default:
				pro(&c, "It lets in some callers alone: %s", string(statement.JSON()))
			}
		}
		if everybody && !denies {
			c.Verdict = finding.CauseExcluded
			c.For = nil
			con(&c, "The resource policy lets everybody in and denies nobody.")
		} else {
			pro(&c, "Who calls, and from where, is not known here. A change of it takes a new deployment to be in force.")
		}
	}
	t.add(c)
}

func (t *tree) keyBranch() {
	c := cause("api-key", "the request has no valid API key")
	if t.route.KeyRequired {
		c.Verdict = finding.CausePossible
		pro(&c, "The route %s needs an API key: without one that a usage plan of the stage knows, the answer is 403 \"Forbidden\".", t.route.Label)
		c.Tells = t.usagePlans()
	} else {
		c.Verdict = finding.CauseExcluded
		con(&c, "The route %s needs no API key.", t.route.Label)
	}
	t.add(c)
}

// callerBranch is what the route asks of the caller.
func (t *tree) callerBranch() {
	switch t.route.Authorization {
	case "AWS_IAM":
		c := cause("iam", "the caller may not execute-api:Invoke")
		c.Verdict = finding.CausePossible
		pro(&c, "Calls of %s are signed, and the caller's policies must allow execute-api:Invoke on it: ask for the caller with a check that declares that need.", t.route.Label)
		c.Tells = fmt.Sprintf("aws iam simulate-principal-policy --policy-source-arn CALLERS_ROLE --action-names execute-api:Invoke --resource-arns %q", t.requestARN())
		t.add(c)
	case "CUSTOM":
		c := cause("authorizer", "the authorizer refuses the caller")
		c.Verdict = finding.CausePossible
		pro(&c, "The authorizer %s decides about %s: its function returned a Deny, or a policy that does not cover the route.", t.route.Guard, t.route.Label)
		if t.asked.Status == 401 {
			pro(&c, "401 is also what is answered where the request lacks what identifies its caller.")
		}
		if n, where, _ := t.gatewayLines(lineForbidden); n > 0 {
			c.Verdict = finding.CauseFound
			pro(&c, "The API's log says so %s (%s).", times(n), where)
		}
		t.add(c)
		t.guardPermissionBranch()
	case "COGNITO_USER_POOLS", "JWT":
		c := cause("token", "the caller's token is missing, expired or of another audience or scope")
		c.Verdict = finding.CausePossible
		pro(&c, "The route asks for a token (%s %s).", t.route.Authorization, t.route.Guard)
		if t.route.Guard != "" && t.api.Kind == fact.TriggerRESTAPI {
			c.Tells = fmt.Sprintf("aws apigateway get-authorizer --rest-api-id %s --authorizer-id %s", t.api.ID, t.route.GuardID)
		} else if t.route.Guard != "" {
			c.Tells = fmt.Sprintf("aws apigatewayv2 get-authorizer --api-id %s --authorizer-id %s", t.api.ID, t.route.GuardID)
		}
		t.add(c)
	default:
		c := cause("authorizer", "an authorizer refuses the caller")
		c.Verdict = finding.CauseExcluded
		con(&c, "The route %s asks nobody who calls.", t.route.Label)
		t.add(c)
	}
}

// ownAnswerBranch is that the function answers the status itself.
func (t *tree) ownAnswerBranch() {
	if t.function == nil {
		return
	}
	c := cause("function-answer", fmt.Sprintf("the function itself answers %d", t.asked.Status))
	c.Verdict = finding.CausePossible
	ran, measured := t.number(numberInvocations)
	switch {
	case measured && ran == 0:
		c.Verdict = finding.CauseExcluded
		con(&c, "It was not invoked since %s.", t.out.Summary.Since)
	case measured:
		pro(&c, "It was invoked %s since %s, by this API or something else.", times(int(ran)), t.out.Summary.Since)
	case t.logs != nil && t.knownClean():
		c.Verdict = finding.CauseExcluded
		con(&c, "Its log holds nothing since %s.", t.out.Summary.Since)
	default:
		con(&c, "Whether it ran is not known: neither its metrics nor its log were read.")
	}
	t.add(c)
}

// answer says in one to three sentences which it is.
func (t *tree) answer() {
	of := func(want finding.Verdict) (titles []string) {
		for i := range t.out.Causes {
			if c := &t.out.Causes[i]; c.Verdict == want {
				titles = append(titles, c.Title)
			}
		}
		return titles
	}
	found, possible, unknown := of(finding.CauseFound), of(finding.CausePossible), of(finding.CauseUnknown)
	switch {
	case len(found) == 1:
		t.out.Answer = "It is this: " + found[0] + "."
	case len(found) > 1:
		t.out.Answer = fmt.Sprintf("The first that a request meets: %s. There is more: %s.", found[0], strings.Join(found[1:], "; "))
	case len(possible) > 0:
		t.out.Answer = "Nothing was found for certain. It may be: " + strings.Join(possible, "; ") + "."
	case len(unknown) > 0:
		t.out.Answer = "Nothing was found, and not everything could be looked at: " + strings.Join(unknown, "; ") + "."
	default:
		t.out.Answer = "Nothing that is known to give this status is there: it may be over, or be outside what is looked at (the network, a proxy or CDN before the API)."
	}
	if len(found) > 0 && len(t.out.Findings) > 0 {
		t.out.Answer += " The fix stands below."
	}
}

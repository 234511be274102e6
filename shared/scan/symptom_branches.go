package scan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
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

// mostRefusedCalls bounds how many refused calls of the function's code are named.
const mostRefusedCalls = 3

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

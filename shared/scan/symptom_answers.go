package scan

import (
	"fmt"
	"slices"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

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

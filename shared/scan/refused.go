package scan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"permprobe/shared/collect"
	"permprobe/shared/config"
	"permprobe/shared/decide"
	"permprobe/shared/declare"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/ledger"
	"permprobe/shared/need"
	"permprobe/shared/permission"
	"permprobe/shared/telemetry"
)

const (
	// leastSeen is how many functions a scheduled scan looks at for what they were refused, where it has as many: at the
	// pace of CloudTrail's two calls a second that is half a minute. Of more than some thousand the slices are larger.
	leastSeen = 60
	// firstSeen is how far back it looks the first time, and longestSeen how far at most.
	firstSeen, longestSeen = 24 * time.Hour, 72 * time.Hour
	// late is how long CloudTrail may take to tell of a call.
	//
	// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
	late = 15 * time.Minute
	// mostRefused bounds the calls of one function and action that are remembered, and mostRefusals those of one scan:
	// each is a question to the simulator in every scan until it is granted.
	mostRefused, mostRefusals = 10, 200
)

// refusedBefore are the calls behind open findings that are known because a call was seen to be refused. They are
// decided again in every scan, whether they were seen again or not: only that resolves the findings.
func refusedBefore(open []ledger.Known) []config.Need {
	var needs []config.Need
	for _, known := range open {
		if !slices.Contains(known.Guide, fact.SeenRow) {
			continue
		}
		if call, ok := refusedCall(known.Action, known.Resource); ok {
			needs = append(needs, config.Need{Functions: []string{known.Function}, Call: call, Seen: true, Apart: true, Where: "an earlier scan"})
		}
	}
	return needs
}

// refusedCall is the call that a finding is about; false where that is not known any more.
func refusedCall(action, resource string) (declare.Call, bool) {
	if action == "" || strings.Contains(action, ",") || strings.HasSuffix(action+resource, "…") { // the ledger cuts what is long
		return declare.Call{}, false
	}
	var resources []string
	if resource != "" && resource != "*" {
		resources = []string{resource}
	}
	calls, err := declare.Explicit([]string{action}, resources)
	if err != nil || len(calls) == 0 {
		return declare.Call{}, false
	}
	call := calls[0]
	if strings.HasPrefix(resource, "arn:") {
		call.Resource, call.Grant = resource, ""
	}
	return call, true
}

// judged tells whether what a finding is about was decided.
func judged(decisions []decide.Decision, known ledger.Known) bool {
	for i := range decisions {
		n := decisions[i].Need
		if n.Function.ARN == known.Function && strings.EqualFold(n.Action, known.Action) && n.Granted() == known.Resource && decisions[i].Verdict != decide.Unknown {
			return true
		}
	}
	return false
}

// refused looks, in a slice of the functions, for calls that were refused since it was looked last, and gives those as needs
// that are not known yet. What no need can be made of, and what could not be read, are gaps.
func (s *Scanner) refused(ctx context.Context, facts *fact.Facts, open []ledger.Known, m *memory) (needs []config.Need, gaps []finding.Gap) {
	if !s.SeenDenials || m == nil || len(facts.Functions) == 0 {
		return nil, nil
	}
	if on := s.Collector.On; !on.On(permission.FunctionLogs) && !on.On(permission.CloudTrail) {
		return nil, []finding.Gap{{Reason: "scans cannot look for what functions were refused: " + permission.FunctionLogs.Off()}}
	}
	functions, since := m.turnToSee(facts.Functions)
	s.phase(ctx, "seen", func(ctx context.Context) {
		ctx, cancel := s.share(ctx)
		defer cancel()
		found, unread := s.Collector.PastDenials(ctx, functions, since)
		left := mostRefusals
		shared := sharedGroups(facts.Functions)
		for i := range functions {
			f := &functions[i]
			complete := true
			for _, why := range unread[i] {
				complete = false
				if !why.OutOfTime { // the next scan begins with these
					gaps = append(gaps, gapOf(f.ARN, why))
				}
			}
			if complete {
				m.seen[f.ARN] = m.now
			}
			more, unclear := newlyRefused(facts.Account, f, found[i], open, shared)
			if len(more) > left {
				gaps = append(gaps, finding.Gap{Function: f.ARN, Reason: fmt.Sprintf("more than %d calls that were refused are not looked at in one scan", mostRefusals)})
				more = more[:left]
			}
			left -= len(more)
			needs = append(needs, more...)
			for _, gap := range unclear {
				if gap.Function != "" || !slices.Contains(gaps, gap) { // what no function is told of is told once
					gaps = append(gaps, gap)
				}
			}
		}
		telemetry.Annotate(ctx, "looked", len(functions))
	})
	return needs, gaps
}

// turnToSee picks the functions that are looked at now, those that were not for the longest time first, and since when.
func (m *memory) turnToSee(all []fact.Function) ([]fact.Function, []time.Time) {
	named := map[string]fact.Function{}
	var arns []string
	for i := range all {
		arns = append(arns, all[i].ARN)
		named[all[i].ARN] = all[i]
	}
	due := m.turn(arns, func(arn string) time.Time { return m.of(arn).Seen })
	slices.SortFunc(arns, func(a, b string) int {
		return cmp.Or(m.of(a).Seen.Compare(m.of(b).Seen), strings.Compare(a, b))
	})
	var functions []fact.Function
	var since []time.Time
	for i, arn := range arns {
		if i >= leastSeen && !due[arn] {
			continue
		}
		from := m.now.Add(-firstSeen)
		if last := m.of(arn).Seen; !last.IsZero() {
			from = last.Add(-late)
		}
		if oldest := m.now.Add(-longestSeen); from.Before(oldest) {
			from = oldest
		}
		functions, since = append(functions, named[arn]), append(since, from)
	}
	return functions, since
}

// newlyRefused makes needs of the calls that were refused and are behind no open finding. Of objects of a bucket one stands
// for all: it is the same permission, and the next is looked at once this one is granted.
func newlyRefused(account fact.Account, f *fact.Function, found []collect.Sighting, open []ledger.Known, shared map[string]int) ([]config.Need, []finding.Gap) {
	told, times := map[string]bool{}, map[string]int{}
	for _, known := range open {
		if known.Function == f.ARN && slices.Contains(known.Guide, fact.SeenRow) {
			told[family(known.Action, known.Resource)] = true
			times[strings.ToLower(known.Action)]++
		}
	}
	var needs []config.Need
	var gaps []finding.Gap
	gap := func(format string, args ...any) {
		one := finding.Gap{Function: f.ARN, Reason: fmt.Sprintf(format, args...)}
		if !slices.Contains(gaps, one) {
			gaps = append(gaps, one)
		}
	}
	for i := range found {
		seen := &found[i]
		c := newClaim(&seen.Denial)
		if c.otherRole(f) != "" || c.said.Action == "" {
			continue // another role's call; or Lambda's own words, on which the configuration is decided anyway
		}
		if n := shared[f.LogGroup]; n > 1 && seen.Source == "log group "+f.LogGroup && !namesSession(c.said.Principal) {
			one := finding.Gap{Reason: fmt.Sprintf("the log group %s, which %d functions write to, tells that %s was refused, and not to which of them: ask about each with a diagnosis", f.LogGroup, n, c.said.Action)}
			if !slices.Contains(gaps, one) {
				gaps = append(gaps, one)
			}
			continue
		}
		if name := unseen[c.said.Guardrail]; name != "" {
			gap("%s says that a %s refuses %s, and whether it still does is not among what is read: ask who owns it", the(seen.Source), name, c.said.Action)
			continue
		}
		if len(c.calls) == 0 {
			gap("%s says that %s was refused, and nothing is decided of it: %s; ask with a diagnosis", the(seen.Source), c.said.Action, c.why)
			continue
		}
		key := family(c.said.Action, c.calls[0].In(account.Partition, account.ID, account.Region).Resource)
		switch action := strings.ToLower(c.said.Action); {
		case told[key]:
		case times[action] >= mostRefused:
			gap("%s was refused on more than %d resources, and not all of them are looked at", c.said.Action, mostRefused)
		default:
			told[key] = true
			times[action]++
			often := ""
			if seen.Count > 1 {
				often = fmt.Sprintf("%d times, ", seen.Count)
			}
			needs = append(needs, config.Need{
				Functions: []string{f.ARN}, Call: c.calls[0], Seen: true, Apart: true,
				Where: fmt.Sprintf("%s (%slast at %s)", the(seen.Source), often, seen.Last.UTC().Format(time.RFC3339)),
			})
		}
	}
	return needs, gaps
}

// sharedGroups counts the functions that write to each log group.
func sharedGroups(functions []fact.Function) map[string]int {
	count := map[string]int{}
	for i := range functions {
		count[functions[i].LogGroup]++
	}
	return count
}

// namesSession tells whether a principal is a session that is named, which tells one function from another.
func namesSession(principal string) bool {
	_, session, called := strings.Cut(principal, ":assumed-role/")
	_, session, named := strings.Cut(session, "/")
	return called && named && session != "" && !strings.Contains(session, "*")
}

// uncovered leaves out the calls that the configuration or a declaration needs anyway: the finding on these is told once.
func uncovered(facts *fact.Facts, declared, refused []config.Need) []config.Need {
	if len(refused) == 0 {
		return nil
	}
	needed := map[string]bool{}
	key := func(n *need.Need) string {
		return n.Function.ARN + " " + strings.ToLower(n.Action) + " on " + n.Granted()
	}
	for _, n := range slices.Concat(need.All(facts), need.Declarations(facts, declared)) {
		switch n.Purpose {
		case need.Objects, need.Listing, need.Meant: // these follow from the text of policies, and nothing says that they are meant
		default:
			if n.Function.Qualifier == "" {
				needed[key(&n)] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(refused), func(one config.Need) bool {
		made := need.Declarations(facts, []config.Need{one})
		return len(made) > 0 && !slices.ContainsFunc(made, func(n need.Need) bool { return !needed[key(&n)] })
	})
}

// family is what several calls have in common that one permission allows: the action, and the resource or an object's bucket.
func family(action, resource string) string {
	if strings.Contains(resource, ":s3:::") {
		resource, _, _ = strings.Cut(resource, "/")
	}
	return strings.ToLower(action) + " on " + resource
}

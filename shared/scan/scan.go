// Package scan is a run from beginning to end: read, decide, check, mend, deliver, report.
package scan

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"permprobe/shared/catalog"
	"permprobe/shared/check"
	"permprobe/shared/collect"
	"permprobe/shared/config"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/ledger"
	"permprobe/shared/need"
	"permprobe/shared/permission"
	"permprobe/shared/publish"
	"permprobe/shared/remedy"
	"permprobe/shared/simulate"
	"permprobe/shared/telemetry"
)

// reserve is the time kept at the end of a run to deliver and to answer.
const reserve = 30 * time.Second

// onDemandReserve is the same for a person who waits, whose run reads less.
const onDemandReserve = 10 * time.Second

// Scanner runs scans of one account and region.
type Scanner struct {
	Collector *collect.Collector
	Simulator *simulate.Simulator
	Publisher *publish.Publisher
	// Hub takes the findings for Security Hub; nil where it is switched off.
	Hub *publish.Hub
	// Ledger keeps runs apart, continues those that were cut short, and knows what was found and told; nil remembers nothing.
	Ledger *ledger.Ledger
	File   config.File
	Log    *slog.Logger
	Now    func() time.Time
	// Calls is how many requests went to AWS so far.
	Calls func() int
	// SeenDenials has scheduled scans look for what functions were refused.
	SeenDenials bool
	// Examined, where it is set, is told what the checks looked at.
	Examined func(*check.Input)
}

// Run does what the request asks. It does not fail: what could not be read or delivered is in the report.
func (s *Scanner) Run(ctx context.Context, request config.Request, runID string) *finding.Report {
	started, callsBefore := s.Now(), s.Calls()
	report := &finding.Report{
		Account: s.Collector.Account.ID, Region: s.Collector.Account.Region, Notified: finding.Notified{Failed: []string{}},
	}
	count := func() {
		report.Summary.APICalls = s.Calls() - callsBefore
		report.Summary.DurationMS = s.Now().Sub(started).Milliseconds()
	}
	turn := s.begin(ctx, request, runID, started)
	report.Gaps = append(report.Gaps, turn.Gaps...)
	if !turn.Busy.IsZero() && request.Mode == config.Scheduled {
		s.busy(ctx, report, turn.Busy)
		count()
		return report
	}
	s.drain(ctx, turn, report, request.Mode, started)
	working, cancel := s.budget(ctx, request.Mode, started)
	defer cancel()

	seen, learned := s.examine(working, request, turn, report)
	seen.Run, seen.At = runID, started
	change := turn.Compare(seen)
	report.Findings, report.Resolved, report.Gone, report.Baseline = change.Findings, change.Resolved, change.Gone, change.Baseline
	if working.Err() != nil || report.Cursor != "" {
		report.Status = finding.ReportIncomplete
	}
	report.Finish()
	count()
	pending := s.tell(ctx, turn, change, report, request, runID, started)
	s.end(ctx, turn, report, learned, pending)
	count()
	s.Log.InfoContext(ctx, "scan.done", "status", report.Status, "findings", report.Summary.Findings,
		"gaps", report.Summary.Gaps, "apiCalls", report.Summary.APICalls, "durationMs", report.Summary.DurationMS)
	return report
}

// budget ends the reading early enough to deliver and to answer.
func (s *Scanner) budget(ctx context.Context, mode config.Mode, started time.Time) (context.Context, context.CancelFunc) {
	until, limited := ctx.Deadline()
	if limited {
		until = until.Add(-reserve)
	}
	if waiting := started.Add(config.OnDemandBudget - onDemandReserve); mode == config.OnDemand && (!limited || waiting.Before(until)) {
		until, limited = waiting, true
	}
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, until)
}

// share ends a phase when two thirds of the time that is left are over: a function that was read and not decided,
// or denied and not asked about again, is worth nothing, and a run that gets no further would begin at the same
// function for ever. AWS's quotas make the earlier phases the longer ones.
func (s *Scanner) share(ctx context.Context) (context.Context, context.CancelFunc) {
	until, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	now := s.Now()
	return context.WithDeadline(ctx, now.Add(until.Sub(now)*2/3))
}

// examine reads, decides and checks, and fills the report's gaps and counts. It returns what it saw, and what the next run
// need not ask again.
func (s *Scanner) examine(
	ctx context.Context, request config.Request, turn *ledger.Turn, report *finding.Report,
) (ledger.Observation, *ledger.Memory) {
	patterns, tags := request.Functions, map[string][]string(nil)
	if len(patterns) == 0 {
		patterns, tags = s.File.Functions, s.File.Tags
	}
	declared := declarations(s.File.Needs, request)
	open := turn.Open()
	before := refusedBefore(open)
	wanted := slices.Concat(declared, before)
	var facts *fact.Facts
	var remembered *memory
	if request.Mode == config.Scheduled { // who waits for an answer wants one of now
		remembered = recall(turn, s.Now())
	}
	asked := s.newQuestions(remembered)
	taken := make(chan struct{})
	s.phase(ctx, "collect", func(ctx context.Context) {
		ctx, cancel := s.share(ctx)
		defer cancel()
		facts = s.Collector.Collect(ctx, collect.Selection{
			From: turn.From, Tags: tags, Remembered: remembered.read,
			OwnerTag: s.File.OwnerTag, Groups: groups(declared), Roles: need.Assumed(s.Collector.Account, wanted), Aliases: need.Aliases(s.Collector.Account, wanted),
			Matches: func(name, arn string) bool {
				return slices.ContainsFunc(patterns, func(p string) bool { return config.Selects(p, name, arn) })
			},
		}, collect.Known{
			// The simulator is the slowest quota: it works while the others do. What is taken first does not depend on
			// time, or the next run would not find it in the memory.
			Roles: func(facts *fact.Facts) {
				questions := asked.take(decide.Questions(facts, ofCode(facts, wanted)))
				close(taken)
				asked.ask(ctx, facts, questions)
			},
			Mappings: func(facts *fact.Facts) {
				<-taken
				asked.put(ctx, facts, decide.Questions(facts, need.All(facts)))
			},
		})
		telemetry.Annotate(ctx, "functions", len(facts.Functions))
	})
	refused, unseen := s.refused(ctx, facts, open, remembered)
	wanted = slices.Concat(declared, uncovered(facts, declared, slices.Concat(before, refused)))
	report.Gaps = append(report.Gaps, unseen...)
	var decisions []decide.Decision
	s.phase(ctx, "decide", func(ctx context.Context) {
		decisions = s.decide(ctx, facts, wanted, asked)
		telemetry.Annotate(ctx, "needs", len(decisions))
	})
	if refusing := decide.Refusing(slices.Concat(decisions, decide.Pulls(facts))); len(refusing) > 0 {
		s.Collector.TargetOwners(ctx, facts, refusing)
	}
	in := &check.Input{
		Facts: facts, Decisions: decisions, Advice: s.File.Advice || request.Advice,
	}
	out := check.Run(catalog.All(), in)
	if s.Examined != nil {
		s.Examined(in)
	}
	found := make([]*finding.Finding, len(out.Found))
	for i := range out.Found {
		found[i] = &out.Found[i].Finding
	}
	// Before the fixes are made, because none is to give a role what is left out on purpose.
	report.Warnings = append(report.Warnings, mute(s.File.Mutes, found, out.Gaps, len(request.Functions) == 0 && undecided(facts, decisions, turn.From) == "", s.Now())...)
	s.phase(ctx, "remedy", func(ctx context.Context) { report.RoleFixes = s.mend(ctx, facts, out.Found, found) })

	report.Gaps = slices.Concat(report.Gaps, out.Gaps, unmatched(patterns, facts), s.unmet(declared, request, facts), switchedOff(s.Collector.On), unheld(facts))
	report.Cursor = undecided(facts, decisions, turn.From)
	report.Coverage = coverage(facts, decisions, len(need.Undeclared(facts, need.Declarations(facts, declared))))
	report.Summary.Functions = len(facts.Functions)
	for i := range decisions {
		if decisions[i].Need.Doubtful {
			continue // a second way to ask the same
		}
		report.Summary.Needs++
		if decisions[i].Verdict != decide.Unknown {
			report.Summary.Decided++
		}
		if at := decisions[i].Remembered; !at.IsZero() {
			report.Summary.Remember(at)
		}
	}
	seen := ledger.Observation{Gaps: report.Gaps, Looked: looked(facts, decisions, out.Gaps, request, in.Advice, patterns, s.Collector.On), Reads: reads(s.Collector.On)}
	owners, known := facts.Owners.Value()
	if why, unread := facts.Owners.Unread(); unread && !known && s.File.OwnerTag != "" && len(facts.Functions) > 0 {
		report.Gaps = append(report.Gaps, check.Gap("", why))
		seen.Gaps = report.Gaps
	}
	for _, f := range out.Found {
		f.Finding.Owner = owners[f.Finding.Function]
		seen.Found = append(seen.Found, f.Finding)
	}
	return seen, remembered.leave(facts, report.Cursor == "")
}

// decide asks the simulator once about everything that has no answer yet, of functions that were asked about together
// where that does not settle it, again about what it denies, and alone about what the role's own policies do not
// explain. Of functions that a trigger may not call it reads the other qualifiers too, and once more the destinations
// that may no longer be what is remembered.
func (s *Scanner) decide(ctx context.Context, facts *fact.Facts, declared []config.Need, asked *questions) []decide.Decision {
	asking, cancel := s.share(ctx)
	defer cancel()
	needs := s.askAll(asking, facts, needsOf(facts, declared), asked)
	decisions := decide.All(facts, needs, asked.answers)
	if decide.Organizational(facts, decisions) {
		s.Collector.Organization(asking, facts)
		decisions = decide.All(facts, needs, asked.answers)
	}
	if stale := asked.memory.stale(decisions); len(stale) > 0 {
		s.Collector.Destinations(asking, facts, stale)
		needs = s.askAll(asking, facts, needsOf(facts, declared), asked)
		decisions = decide.All(facts, needs, asked.answers)
	}
	if stale := asked.memory.staleURLs(decisions); len(stale) > 0 {
		s.Collector.URLs(asking, facts, stale)
		needs = s.askAll(asking, facts, needsOf(facts, declared), asked)
		decisions = decide.All(facts, needs, asked.answers)
	}
	if groups := decide.GroupsInDoubt(facts, decisions); len(groups) > 0 {
		s.Collector.LogGroups(ctx, facts, groups)
		decisions = decide.All(facts, needs, asked.answers)
	}
	due := asked.memory.due(decide.Invisible(decisions))
	if apart := decide.Apart(facts, decisions, due); len(apart) > 0 {
		asking, cancel := s.share(ctx)
		defer cancel()
		asked.now(asking, apart)
		decisions = decide.All(facts, needs, asked.answers)
		asked.memory.asked(due, apart, decisions)
	}
	if suspects := decide.Suspects(facts, decisions); len(suspects) > 0 {
		asking, cancel := s.share(ctx)
		defer cancel()
		decide.Confirm(facts, asked.answers, s.Simulator.Ask(asking, suspects))
		decisions = decide.All(facts, needs, asked.answers)
	}
	if puzzles := decide.Unattributed(decisions); len(puzzles) > 0 {
		decide.Confirm(facts, asked.answers, s.Simulator.AskAlone(ctx, puzzles))
		decisions = decide.All(facts, needs, asked.answers)
	}
	if unproven := decide.Unproven(decisions); len(unproven) > 0 {
		maps.Copy(asked.answers, s.Simulator.AskAlone(ctx, unproven))
		decisions = decide.All(facts, needs, asked.answers)
	}
	s.Collector.EnvironmentKeys(ctx, facts)
	s.Collector.Qualifiers(ctx, facts, decide.Uninvokable(decisions))
	s.Collector.Versions(ctx, facts, decide.Unplaced(facts, decisions))
	s.Collector.Origins(ctx, facts, decide.Origins(decide.SourcePermissions(facts, decisions)))
	return decisions
}

// askAll is askBoth for the needs, and then for those on what stands behind what they are calls on; it returns all.
func (s *Scanner) askAll(ctx context.Context, facts *fact.Facts, needs []need.Need, asked *questions) []need.Need {
	all := withBehind(facts, needs, func(some []need.Need) { s.askBoth(ctx, facts, some, asked) })
	s.Collector.Ownership(ctx, facts, decide.OwnershipMatters(facts, all))
	return all
}

// withBehind adds to needs those on what stands behind what they are calls on, and behind that: the key of an access point's
// bucket. Of each lot the targets are read first.
func withBehind(facts *fact.Facts, needs []need.Need, read func([]need.Need)) []need.Need {
	for next := needs; len(next) > 0; {
		read(next)
		if next = need.Behind(facts, next); len(next) > 0 {
			needs = append(needs, next...)
		}
	}
	return needs
}

// askBoth asks the simulator about the role's side of the needs while the policies of what they call are read.
func (s *Scanner) askBoth(ctx context.Context, facts *fact.Facts, needs []need.Need, asked *questions) {
	questions := decide.Questions(facts, needs)
	var group sync.WaitGroup
	group.Go(func() { asked.put(ctx, facts, questions) })
	group.Go(func() { s.Collector.Targets(ctx, facts, slices.Concat(need.Targets(needs), need.Repositories(facts))) })
	group.Wait()
}

// mend makes the fix of every finding and one for each role of which several lack something, and proves those that the
// simulator must prove, in one round.
func (s *Scanner) mend(ctx context.Context, facts *fact.Facts, found []check.Found, findings []*finding.Finding) []finding.RoleFix {
	if slices.ContainsFunc(found, func(f check.Found) bool {
		return f.Finding.Place == finding.PlaceInvoke || f.Finding.Place == finding.PlaceExecutionRole
	}) {
		s.Collector.Owners(ctx, facts)
	}
	plans := make([]remedy.Plan, len(found))
	var questions []decide.Question
	for i := range found {
		plans[i] = remedy.For(facts, &found[i].Finding, found[i].Decisions)
	}
	merged := remedy.Merge(facts, findings, plans)
	asked := map[decide.Question]bool{}
	ask := func(all []decide.Question) {
		for _, question := range all {
			if !asked[question] {
				asked[question] = true
				questions = append(questions, question)
			}
		}
	}
	for i := range plans {
		ask(plans[i].Recheck)
	}
	for _, one := range merged {
		ask(one.Questions())
	}
	answers := s.Simulator.Ask(ctx, questions)
	for i := range found {
		plans[i].Prove(answers)
		found[i].Finding.Fix = plans[i].Fix
	}
	var fixes []finding.RoleFix
	for _, one := range merged {
		if one.Prove(answers) {
			fixes = append(fixes, finding.RoleFix{Role: one.Role, Findings: one.Findings, Fix: one.Fix})
		}
	}
	return fixes
}

// unmatched are the names and patterns that select nothing: most likely a name is wrong.
func unmatched(patterns []string, facts *fact.Facts) []finding.Gap {
	var gaps []finding.Gap
	for _, pattern := range patterns {
		if pattern == "*" || slices.ContainsFunc(facts.Functions, func(f fact.Function) bool {
			return config.Selects(pattern, f.Name, f.ARN)
		}) {
			continue
		}
		gaps = append(gaps, finding.Gap{Reason: fmt.Sprintf("no function of %s in %s is named %q",
			facts.Account.ID, facts.Account.Region, pattern)})
	}
	return gaps
}

// switchedOff are the optional reads that are off: a gap each, whatever the number of functions and checks.
func switchedOff(on permission.Switches) []finding.Gap {
	var gaps []finding.Gap
	for _, one := range on.Off() {
		gaps = append(gaps, finding.Gap{Reason: one.Off()})
	}
	return gaps
}

func (s *Scanner) phase(ctx context.Context, name string, run func(context.Context)) {
	// The phases record what they could not do in the report, so none of them fails.
	_ = telemetry.Phase(ctx, s.Log, name, func(ctx context.Context) error {
		run(ctx)
		return nil
	})
}

package scan

import (
	"context"
	"fmt"
	"slices"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/ledger"
	"permprobe/shared/publish"
)

// begin takes the lease of a run that tells what it finds, and reads what is known for one that does not. A check with
// needs of its own, or that alone asks for advice, only reads, too: the next scan does not look for these, and would take
// what they come to for resolved.
func (s *Scanner) begin(ctx context.Context, request config.Request, runID string, started time.Time) *ledger.Turn {
	if s.Ledger == nil {
		return &ledger.Turn{}
	}
	if !request.Publish || len(request.Needs) > 0 || request.Advice && !s.File.Advice {
		return s.Ledger.Peek(ctx, runID)
	}
	deadline, _ := ctx.Deadline()
	if waiting := started.Add(config.OnDemandBudget); request.Mode == config.OnDemand && (deadline.IsZero() || waiting.Before(deadline)) {
		deadline = waiting
	}
	turn := s.Ledger.Begin(ctx, runID, deadline)
	if len(request.Functions) > 0 {
		turn.From = "" // where the whole scan stopped is nothing to a check
	}
	return turn
}

// busy is the answer of a scheduled run that must not work. It tells nobody: the run that works does.
func (s *Scanner) busy(ctx context.Context, report *finding.Report, until time.Time) {
	report.Gaps = append(report.Gaps, finding.Gap{Reason: fmt.Sprintf(
		"nothing was looked at: another run works on %s in %s, until %s at the latest",
		report.Account, report.Region, until.UTC().Format(time.RFC3339))})
	report.Status = finding.ReportIncomplete
	report.Finish()
	s.Log.WarnContext(ctx, "scan.busy", "until", until)
}

// drain delivers what earlier runs left, before anything else is done: it has waited long enough.
func (s *Scanner) drain(ctx context.Context, turn *ledger.Turn, report *finding.Report, mode config.Mode, started time.Time) {
	pending := turn.Pending()
	if !turn.Held() || len(pending) == 0 {
		return
	}
	// A service that does not take it now must not take the time of the scan.
	ctx, cancel := s.telling(ctx, mode, started, 4)
	defer cancel()
	s.Log.WarnContext(ctx, "notices.left", "count", len(pending))
	earlier := &finding.Report{Account: report.Account, Region: report.Region, Status: finding.ReportFindings}
	delivery := s.deliver(ctx, turn, earlier, pending)
	// What is not taken now either is tried, and said, again at the end; what no later run speaks of is said here.
	report.Notified.SNS, report.Notified.Events, report.Notified.Failed = earlier.Notified.SNS, earlier.Notified.Events, append([]string{}, delivery.Settled...)
	if len(report.Notified.Failed) > 0 {
		report.Status = finding.ReportIncomplete
	}
	report.Gaps = slices.Concat(report.Gaps, earlier.Gaps, turn.Delivered(ctx, delivery.Left))
}

// tell delivers what changed and what earlier runs left, after it was kept that it is to be delivered. It returns what
// is left.
func (s *Scanner) tell(
	ctx context.Context, turn *ledger.Turn, change ledger.Change, report *finding.Report, request config.Request, runID string, started time.Time,
) []finding.Notice {
	switch {
	case !request.Publish:
		return nil
	case !turn.Busy.IsZero():
		warn(report, fmt.Sprintf("nothing was told or kept: another run works on %s in %s, until %s at the latest, and tells what it finds",
			report.Account, report.Region, turn.Busy.UTC().Format(time.RFC3339)))
		return nil
	}
	for i := range change.Notices {
		n := &change.Notices[i]
		n.Hub = n.Hub && s.Hub != nil
	}
	change.Notices = slices.DeleteFunc(change.Notices, func(n finding.Notice) bool { return !n.Open() })
	kept := turn.Held()
	pending := turn.Pending()
	switch {
	case len(change.Notices) == 0:
		turn.Keep(change) // with the end of the run, in one write
	case kept:
		lost, problem := turn.Record(ctx, change)
		if len(problem) > 0 {
			report.Gaps, kept = append(report.Gaps, problem...), false
		}
		if lost {
			report.Status = finding.ReportIncomplete
			report.Finish()
			return nil
		}
		pending = turn.Pending()
	default:
		pending = append(pending, change.Notices...)
	}
	if s.Ledger != nil && !kept && len(change.Notices) > 0 {
		warn(report, "what is told now may be told again by the next run, because it could not be kept that it was")
	}
	report.Finish()
	if !change.Done {
		pending = append(pending, report.ScanNotice(runID))
	}
	telling, cancel := s.telling(ctx, request.Mode, started, 1)
	defer cancel()
	left := s.toHub(telling, report, s.deliver(telling, turn, report, pending).Left)
	if waiting, dropped := finding.LastScans(left, maxScans); dropped > 0 {
		warn(report, fmt.Sprintf("the ends of %d runs that nobody took are not sent any more", dropped))
		left = waiting
	}
	return left
}

// closing is the time kept to write what was delivered, to give the lease back and to answer.
const closing = 8 * time.Second

// telling gives delivery a part of the time that is left, but for what is kept to write what came of it: a service that
// throttles or does not answer must not end the run, or the lease stays, and Lambda repeats the whole scan.
func (s *Scanner) telling(ctx context.Context, mode config.Mode, started time.Time, part time.Duration) (context.Context, context.CancelFunc) {
	until, limited := ctx.Deadline()
	left := time.Until(until) - closing
	if waiting := started.Add(config.OnDemandBudget).Sub(s.Now()) - closing/2; mode == config.OnDemand && (!limited || waiting < left) {
		left, limited = waiting, true
	}
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, left/part)
}

// maxScans is how many ends of runs wait at the most for a bus that takes none: every run adds one.
const maxScans = 50

// toHub gives Security Hub, where that is on, the findings that are open and those notices that are to be archived. What
// is open and not taken it is given again by the next run; what is to be archived waits until it is.
func (s *Scanner) toHub(ctx context.Context, report *finding.Report, notices []finding.Notice) []finding.Notice {
	if s.Hub == nil {
		for i := range notices {
			notices[i].Hub = false // it was switched off
		}
		return slices.DeleteFunc(notices, func(n finding.Notice) bool { return !n.Open() })
	}
	var left []finding.Notice
	var failed []string
	s.phase(ctx, "securityhub", func(ctx context.Context) { left, failed = s.Hub.Import(ctx, report, notices) })
	for _, one := range failed {
		report.Notified.Failed = append(report.Notified.Failed, one)
		report.Status = finding.ReportIncomplete
		s.Log.ErrorContext(ctx, "notice.undelivered", "reason", one)
	}
	return left
}

func warn(report *finding.Report, text string) {
	report.Warnings = append(report.Warnings, text)
	report.Finish()
}

// deliver publishes the notices. What was not accepted makes the run incomplete and raises the alarm on the log line; it is
// no error, because Lambda would run the whole scan again.
func (s *Scanner) deliver(ctx context.Context, turn *ledger.Turn, report *finding.Report, notices []finding.Notice) publish.Delivery {
	var out publish.Delivery
	var problem []finding.Gap
	s.phase(ctx, "publish", func(ctx context.Context) {
		out = s.Publisher.Deliver(ctx, report, notices, func(open []finding.Notice) {
			problem = append(problem, turn.Delivered(ctx, open)...)
		})
	})
	report.Notified.SNS += out.SNS
	report.Notified.Events += out.Events
	report.Notified.Failed = append(append([]string{}, report.Notified.Failed...), out.Failed...)
	if len(problem) > 0 {
		report.Gaps = append(report.Gaps, problem...)
		report.Finish()
	}
	for _, one := range out.Failed {
		s.Log.ErrorContext(ctx, "notice.undelivered", "reason", one)
		report.Status = finding.ReportIncomplete
	}
	return out
}

// end gives the lease back with what the next run needs to know.
func (s *Scanner) end(ctx context.Context, turn *ledger.Turn, report *finding.Report, learned *ledger.Memory, left []finding.Notice) {
	if gaps := turn.End(ctx, report.Cursor, learned, left); len(gaps) > 0 {
		report.Gaps = append(report.Gaps, gaps...)
		report.Finish()
	}
}

package scan

import (
	"context"
	"fmt"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/ledger"
)

// begin takes the lease of a scheduled run. Who calls the probe by hand waits for an answer now: that run needs
// no lease and leaves none.
func (s *Scanner) begin(ctx context.Context, mode config.Mode, runID string) *ledger.Turn {
	if s.Ledger == nil || mode != config.Scheduled {
		return &ledger.Turn{}
	}
	deadline, _ := ctx.Deadline()
	return s.Ledger.Begin(ctx, runID, deadline)
}

// busy is the answer of a run that must not work. It tells nobody: the run that works does.
func (s *Scanner) busy(ctx context.Context, report *finding.Report, until time.Time) {
	report.Gaps = append(report.Gaps, finding.Gap{Reason: fmt.Sprintf(
		"nothing was looked at: another run works on %s in %s, until %s at the latest",
		report.Account, report.Region, until.UTC().Format(time.RFC3339))})
	report.Status = finding.ReportIncomplete
	report.Finish()
	s.Log.WarnContext(ctx, "scan.busy", "until", until)
}

// end gives the lease back with what the next run needs to know.
func (s *Scanner) end(ctx context.Context, turn *ledger.Turn, report *finding.Report, learned *ledger.Memory) {
	if gaps := turn.End(ctx, report.Cursor, learned); len(gaps) > 0 {
		report.Gaps = append(report.Gaps, gaps...)
		report.Finish()
	}
}

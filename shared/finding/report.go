package finding

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// ReportVersion is the version of the report's JSON contract. It changes only when a field changes
// its meaning or goes away.
const ReportVersion = "1"

// ReportStatus is what a run came to.
type ReportStatus string

// The statuses of a report.
const (
	ReportOK         ReportStatus = "ok"
	ReportFindings   ReportStatus = "findings"
	ReportIncomplete ReportStatus = "incomplete"
	ReportError      ReportStatus = "error"
)

// Report is the answer of a run. Status is its first key, so that a reader sees it first.
type Report struct {
	Status  ReportStatus `json:"status"`
	Version string       `json:"version"`
	Account string       `json:"account"`
	Region  string       `json:"region"`
	Summary Summary      `json:"summary"`
	// Coverage is what was looked at and what was not. All its counts are 0 where nothing was looked at.
	Coverage Coverage `json:"coverage"`
	// Findings are sorted worst first, then by function, qualifier, check and id. Never null.
	Findings []Finding `json:"findings"`
	// Gaps are sorted by check, function and reason. Never null.
	Gaps []Gap `json:"gaps"`
	// Resolved are findings of earlier runs that were looked at again and are gone. Never null.
	Resolved []Finding `json:"resolved"`
	// Gone are findings of earlier runs whose function was deleted or is not selected any more. Never null.
	Gone []Finding `json:"gone"`
	// Baseline is true for the first run that is remembered: everything in it is new. Left out otherwise.
	Baseline bool `json:"baseline,omitempty"`
	// RoleFixes mend at once what several findings say that a role lacks, sorted by role; each finding has its own fix besides.
	// Left out where no role has several.
	RoleFixes []RoleFix `json:"roleFixes,omitempty"`
	// Warnings are sentences for who keeps permprobe: a mute that has expired, a notice that may come twice. Never null.
	Warnings []string `json:"warnings"`
	Notified Notified `json:"notified"`
	// Truncated is true when the report was too large for an answer and findings were left out of it.
	Truncated bool `json:"truncated"`
	// Cursor is the ARN of the first function that was not decided for want of time, where the next scheduled
	// run begins; left out where the time sufficed.
	Cursor string `json:"cursor,omitempty"`
}

// RoleFix is one change of a role that mends several findings.
type RoleFix struct {
	// Role is the ARN.
	Role string `json:"role"`
	// Findings are the ids of the findings that it mends, worst first.
	Findings []string `json:"findings"`
	Fix      Fix      `json:"fix"`
}

// Summary counts what a run did.
type Summary struct {
	Functions int `json:"functions"`
	// Needs is how many permissions the functions need as far as this run knows.
	Needs int `json:"needs"`
	// Decided is how many of the needs were decided; the rest are gaps.
	Decided int `json:"decided"`
	// Remembered is how many needs were not asked about, because the simulator allowed them less than a day ago and
	// nothing that can be seen has changed; RememberedSince is when it said so of the oldest (RFC 3339), left out where
	// there is none. Only what is allowed is ever remembered.
	Remembered      int    `json:"remembered"`
	RememberedSince string `json:"rememberedSince,omitempty"`
	Findings        int    `json:"findings"`
	Gaps            int    `json:"gaps"`
	Suppressed      int    `json:"suppressed"`
	// Findings counts neither the suppressed nor the unverified ones. New, Reopened, Persisting and Unverified are what the
	// findings of the report are, Resolved and Gone what earlier ones became.
	New        int `json:"new"`
	Reopened   int `json:"reopened"`
	Persisting int `json:"persisting"`
	Unverified int `json:"unverified"`
	Resolved   int `json:"resolved"`
	Gone       int `json:"gone"`
	// APICalls is how many requests went to AWS, repeats after throttling included, up to the report.
	APICalls   int   `json:"apiCalls"`
	DurationMS int64 `json:"durationMs"`
}

// Remember counts a need that was allowed at that time.
func (s *Summary) Remember(at time.Time) {
	s.Remembered++
	// Times of one format and zone sort as texts.
	if when := at.UTC().Format(time.RFC3339); s.RememberedSince == "" || when < s.RememberedSince {
		s.RememberedSince = when
	}
}

// Notified says what was delivered. A failure here never hides a finding: the report still holds it.
type Notified struct {
	// SNS and Events count what the services accepted.
	SNS    int `json:"sns"`
	Events int `json:"events"`
	// Failed holds one sentence for each notice that was not accepted. Never null.
	Failed []string `json:"failed"`
}

// Finish sorts the report, fills its counts and derives its status from them. An incomplete or failed
// report keeps its status.
func (r *Report) Finish() {
	r.Version = ReportVersion
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	if r.Gaps == nil {
		r.Gaps = []Gap{}
	}
	if r.Resolved == nil {
		r.Resolved = []Finding{}
	}
	if r.Gone == nil {
		r.Gone = []Finding{}
	}
	if r.Warnings == nil {
		r.Warnings = []string{}
	}
	r.Warnings = sortedOnce(r.Warnings)
	if r.Coverage.Triggers == nil {
		r.Coverage.Triggers = []TriggerCoverage{}
	}
	if r.Notified.Failed == nil {
		r.Notified.Failed = []string{}
	}
	for _, list := range [][]Finding{r.Findings, r.Resolved, r.Gone} {
		for i := range list {
			if list[i].Guide == nil {
				list[i].Guide = []string{}
			}
		}
		SortFindings(list)
	}
	r.Gaps = sortGaps(r.Gaps)
	r.count()
	if r.Status == ReportIncomplete || r.Status == ReportError {
		return
	}
	switch {
	case r.Summary.Findings > 0:
		r.Status = ReportFindings
	case r.Summary.Gaps+r.Summary.Unverified > 0:
		// What could not be looked at is not clean, so a run with gaps never says ok.
		r.Status = ReportIncomplete
	default:
		r.Status = ReportOK
	}
}

func (r *Report) count() {
	s := &r.Summary
	s.Findings, s.New, s.Reopened, s.Persisting, s.Unverified, s.Suppressed = 0, 0, 0, 0, 0, 0
	for i := range r.Findings {
		switch r.Findings[i].Status {
		case StatusSuppressed:
			s.Suppressed++
			continue
		case StatusUnverified:
			s.Unverified++
			continue
		case StatusNew:
			s.New++
		case StatusReopened:
			s.Reopened++
		case StatusPersisting:
			s.Persisting++
		}
		s.Findings++
	}
	s.Gaps, s.Resolved, s.Gone = len(r.Gaps), len(r.Resolved), len(r.Gone)
}

// sortedOnce sorts texts and drops those that come twice.
func sortedOnce(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

// SortFindings sorts worst first, then by function, qualifier, check and id.
func SortFindings(fs []Finding) {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Severity.Rank(), b.Severity.Rank()),
			strings.Compare(a.Function, b.Function),
			strings.Compare(a.Qualifier, b.Qualifier),
			strings.Compare(a.Check, b.Check),
			strings.Compare(a.ID, b.ID),
		)
	})
}

// sortGaps sorts and drops gaps that say the same.
func sortGaps(gaps []Gap) []Gap {
	slices.SortStableFunc(gaps, func(a, b Gap) int {
		return cmp.Or(
			strings.Compare(a.Check, b.Check),
			strings.Compare(a.Function, b.Function),
			strings.Compare(a.Reason, b.Reason),
			strings.Compare(a.Permission, b.Permission),
			strings.Compare(a.Resource, b.Resource),
		)
	})
	return slices.Compact(gaps)
}

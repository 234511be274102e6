package ledger

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"permprobe/shared/finding"
)

const (
	// keepClosed is how long it is remembered that a finding was resolved or gone, so that it comes back as reopened.
	keepClosed = 30 * 24 * time.Hour
	// maxClosed bounds how many of those are remembered.
	maxClosed = 1000
	// keepGap is how long a cause of gaps that does not come any more is remembered: one that comes and goes is told once.
	keepGap = 7 * 24 * time.Hour
	// keepRuns is how many runs are remembered as done.
	keepRuns = 8
)

// book is what was found and told.
type book struct {
	// Sequence is that of the last notice that was made.
	Sequence int64 `json:"sequence,omitempty"`
	// Runs are the last ones that came to their end, the latest last.
	Runs []string `json:"runs,omitempty"`
	// Findings are what was found and what became of it, by id.
	Findings map[string]entry `json:"findings,omitempty"`
	// Gaps are when the causes of gaps that were told came last.
	Gaps map[string]time.Time `json:"gaps,omitempty"`
}

// entry is a finding as it is remembered: enough to name it, without how it is mended. Of one that is resolved or gone
// only status and times are kept.
type entry struct {
	Status    finding.Status `json:"status"`
	FirstSeen time.Time      `json:"firstSeen"`
	LastSeen  time.Time      `json:"lastSeen"`
	// Since is when the status became what it is.
	Since time.Time `json:"since"`
	// Reads are the optional reads that were on when it was found last.
	Reads []string `json:"reads,omitempty"`

	Check      string             `json:"check,omitempty"`
	Severity   finding.Severity   `json:"severity,omitempty"`
	Confidence finding.Confidence `json:"confidence,omitempty"`
	Place      finding.Place      `json:"place,omitempty"`
	Function   string             `json:"function,omitempty"`
	Qualifier  string             `json:"qualifier,omitempty"`
	Role       string             `json:"role,omitempty"`
	Principal  string             `json:"principal,omitempty"`
	Action     string             `json:"action,omitempty"`
	Resource   string             `json:"resource,omitempty"`
	SourceARN  string             `json:"sourceArn,omitempty"`
	Title      string             `json:"title,omitempty"`
	Owner      string             `json:"owner,omitempty"`
	Guide      []string           `json:"guide,omitempty"`
}

// closed tells whether there is nothing to look for any more.
func (e *entry) closed() bool {
	return e.Status == finding.StatusResolved || e.Status == finding.StatusGone
}

// maxTitle bounds what is remembered of a title.
const maxTitle = 300

func entryOf(f *finding.Finding) entry {
	return entry{
		Check: f.Check, Severity: f.Severity, Confidence: f.Confidence, Place: f.Place, Function: f.Function, Qualifier: f.Qualifier,
		Role: f.Role, Principal: f.Principal, Action: clip(f.Action), Resource: clip(f.Resource), SourceARN: clip(f.SourceARN),
		Title: clip(f.Title), Owner: f.Owner, Guide: f.Guide,
	}
}

// clip bounds what is remembered of a text; what is cut is only shown.
func clip(text string) string {
	if len(text) <= maxTitle {
		return text
	}
	return strings.ToValidUTF8(text[:maxTitle], "") + "…"
}

// finding is the remembered finding with what is remembered of it.
func (e *entry) finding(id string) finding.Finding {
	f := finding.Finding{
		ID: id, Status: e.Status, Check: e.Check, Severity: e.Severity, Confidence: e.Confidence, Place: e.Place, Function: e.Function,
		Qualifier: e.Qualifier, Role: e.Role, Principal: e.Principal, Action: e.Action, Resource: e.Resource, SourceARN: e.SourceARN,
		Title: e.Title, Owner: e.Owner, Guide: slices.Concat([]string{}, e.Guide),
	}
	e.date(&f)
	return f
}

func (e *entry) date(f *finding.Finding) {
	text := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	f.FirstSeen, f.LastSeen, f.Since = text(e.FirstSeen), text(e.LastSeen), text(e.Since)
}

// parseBook reads it strictly: what is not understood must not be written over.
func parseBook(data json.RawMessage) (*book, error) {
	if data == nil {
		return nil, nil
	}
	b := new(book)
	if err := strict(data, b); err != nil {
		return nil, fmt.Errorf("what was found: %w", err)
	}
	for id, e := range b.Findings {
		if e.Status == "" || e.FirstSeen.IsZero() || !e.closed() && (e.Function == "" || e.Check == "") {
			return nil, fmt.Errorf("what was found: the finding %q is not whole", id)
		}
	}
	return b, nil
}

func strict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// Looked is what a run knows of an open finding that it did not find again.
type Looked uint8

// What a run may know of it. The zero value is the one that changes nothing.
const (
	// Unreached: the run did not get to its function.
	Unreached Looked = iota
	// OutOfScope: the run was about other functions.
	OutOfScope
	// Undecided: it got there, and something that its check needs is not known.
	Undecided
	// Passed: its check was completed for its function.
	Passed
	// Gone: its function does not exist, or is not selected, any more.
	Gone
)

// Known is an open finding of earlier runs.
type Known struct {
	ID, Check, Function string
	// Action and Resource are what it is about, cut where they are long, and Guide are its rows of the field guide.
	Action, Resource string
	Guide            []string
	// Reads are the optional reads that were on when it was found last.
	Reads []string
}

func (e *entry) known(id string) Known {
	return Known{ID: id, Check: e.Check, Function: e.Function, Action: e.Action, Resource: e.Resource, Guide: e.Guide, Reads: e.Reads}
}

// open are the findings that are not closed, sorted by id.
func (b *book) open() []Known {
	var all []Known
	if b == nil {
		return all
	}
	for _, id := range slices.Sorted(maps.Keys(b.Findings)) {
		if e := b.Findings[id]; !e.closed() {
			all = append(all, e.known(id))
		}
	}
	return all
}

// Observation is what a run saw.
type Observation struct {
	Run string
	// At is when the run began.
	At time.Time
	// Found are its findings; those that a mute matches are suppressed.
	Found []finding.Finding
	// Looked says what is known of an open finding that is not among them.
	Looked func(Known) Looked
	// Gaps are what could not be read or decided.
	Gaps []finding.Gap
	// Reads are the optional reads that were on.
	Reads []string
}

// Change is what an observation comes to against what was known.
type Change struct {
	// Findings are those that were found, and open ones that could not be looked at.
	Findings []finding.Finding
	Resolved []finding.Finding
	Gone     []finding.Finding
	// Notices are what is new, in a fixed order.
	Notices []finding.Notice
	// Baseline is true where nothing was known.
	Baseline bool
	// Done is true where the same run came to its end before: its end was told.
	Done bool

	next *book
}

// compare is pure: it changes nothing that is known. before is nil where nothing is known.
func compare(before *book, o Observation) Change {
	change := Change{Baseline: before == nil}
	old := book{}
	if before != nil {
		old = *before
	}
	next := &book{Sequence: old.Sequence, Runs: slices.Clone(old.Runs), Findings: maps.Clone(old.Findings), Gaps: maps.Clone(old.Gaps)}
	if next.Findings == nil {
		next.Findings = map[string]entry{}
	}
	if next.Gaps == nil {
		next.Gaps = map[string]time.Time{}
	}
	change.next = next
	change.Done = slices.Contains(old.Runs, o.Run)
	at := o.At.UTC().Truncate(time.Second)
	var told, muted []finding.Finding

	found := map[string]bool{}
	for _, f := range o.Found {
		if found[f.ID] {
			continue
		}
		found[f.ID] = true
		last, known := old.Findings[f.ID]
		e := entryOf(&f)
		e.FirstSeen, e.LastSeen, e.Since, e.Reads = at, at, at, o.Reads
		if known {
			// A clock that went back does not make it younger.
			e.FirstSeen, e.LastSeen = last.FirstSeen, later(last.LastSeen, at)
		}
		tell := false
		switch {
		case f.Status == finding.StatusSuppressed:
			e.Status = finding.StatusSuppressed
		case !known || last.Status == finding.StatusSuppressed:
			e.Status, tell = finding.StatusNew, true
		case last.closed():
			e.Status, tell = finding.StatusReopened, true
		default:
			e.Status = finding.StatusPersisting
		}
		// Since tells how long somebody has lived with it, so it does not begin anew with the second run.
		if known && (last.Status == e.Status || e.Status == finding.StatusPersisting && last.Status != finding.StatusUnverified) {
			e.Since = last.Since
		}
		next.Findings[f.ID] = e
		f.Status = e.Status
		e.date(&f)
		change.Findings = append(change.Findings, f)
		switch {
		case tell:
			told = append(told, f)
		case f.Status == finding.StatusSuppressed && known && !last.closed() && last.Status != finding.StatusSuppressed:
			muted = append(muted, f)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(old.Findings)) {
		e := old.Findings[id]
		if found[id] || e.closed() {
			continue
		}
		looked := Unreached
		if o.Looked != nil {
			looked = o.Looked(e.known(id))
		}
		quiet := e.Status == finding.StatusSuppressed
		became := func(status finding.Status) finding.Finding {
			if e.Status != status {
				e.Status, e.Since = status, at
			}
			return e.finding(id)
		}
		switch looked {
		case OutOfScope:
		case Unreached:
			if !quiet {
				f := e.finding(id)
				f.Status = finding.StatusUnverified
				change.Findings = append(change.Findings, f)
			}
		case Undecided:
			if quiet {
				break
			}
			changed := e.Status != finding.StatusUnverified
			f := became(finding.StatusUnverified)
			next.Findings[id] = e
			change.Findings = append(change.Findings, f)
			if changed {
				told = append(told, f)
			}
		case Passed, Gone:
			status, list := finding.StatusResolved, &change.Resolved
			if looked == Gone {
				status, list = finding.StatusGone, &change.Gone
			}
			f := became(status)
			next.Findings[id] = entry{Status: e.Status, FirstSeen: e.FirstSeen, LastSeen: e.LastSeen, Since: e.Since}
			if !quiet {
				*list = append(*list, f)
				told = append(told, f)
			}
		}
	}
	finding.SortFindings(told)
	for i := range told {
		next.Sequence++
		change.Notices = append(change.Notices, finding.Notice{
			Kind: finding.NoticeFinding, Sequence: next.Sequence, Run: o.Run, Finding: &told[i], People: true, Machines: true,
			Hub: told[i].Status == finding.StatusResolved || told[i].Status == finding.StatusGone,
		})
	}
	// Of what is muted nobody hears; Security Hub holds it as open until it is told otherwise.
	finding.SortFindings(muted)
	for i := range muted {
		next.Sequence++
		change.Notices = append(change.Notices, finding.Notice{
			Kind: finding.NoticeFinding, Sequence: next.Sequence, Run: o.Run, Finding: &muted[i], Hub: true,
		})
	}
	for _, notice := range finding.GapNotices(o.Gaps, o.Run) {
		cause := notice.Gaps[0].Cause()
		if _, known := old.Gaps[cause]; !known {
			next.Sequence++
			notice.Sequence = next.Sequence
			change.Notices = append(change.Notices, notice)
		}
		next.Gaps[cause] = at
	}
	next.forget(at)
	return change
}

// forget drops what is of no more use.
func (b *book) forget(now time.Time) {
	maps.DeleteFunc(b.Gaps, func(_ string, last time.Time) bool { return now.Sub(last) > keepGap })
	var closed []string
	for id, e := range b.Findings {
		switch {
		case !e.closed():
		case now.Sub(e.Since) > keepClosed:
			delete(b.Findings, id)
		default:
			closed = append(closed, id)
		}
	}
	slices.SortFunc(closed, func(a, c string) int {
		return cmp.Or(b.Findings[c].Since.Compare(b.Findings[a].Since), strings.Compare(a, c))
	})
	for _, id := range closed[min(len(closed), maxClosed):] {
		delete(b.Findings, id)
	}
}

// end remembers that the run came to its end.
func (b *book) end(run string) {
	if !slices.Contains(b.Runs, run) {
		b.Runs = append(b.Runs, run)
		b.Runs = b.Runs[max(0, len(b.Runs)-keepRuns):]
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

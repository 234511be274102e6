// Package ledger is what the probe remembers from one run to the next: which run works now, so that two never
// overlap, at which function the next one begins, what need not be asked again so soon, what was found and told, and
// what is still to be delivered. It is one object an account and region in a bucket.
//
// A probe that stopped because of its own memory would be worse than one without: what cannot be read or
// written is a gap, and the run goes on.
package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"permprobe/shared/finding"
)

const (
	// margin is added to the end of a run, for clocks that differ.
	margin = time.Minute
	// longest is the longest that a run may take: what Lambda gives a function. A lease that lasts longer was
	// not written by a run and blocks none.
	//
	// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	longest = 15 * time.Minute
	// patience bounds what beginning, recording and ending may each take of a run's time.
	patience = 20 * time.Second
	// attempts is how often a lost race is run again.
	attempts = 4
)

// Ledger is the memory of one account and region.
type Ledger struct {
	S3                                 API
	Bucket, Partition, Account, Region string
	Now                                func() time.Time
	// Delivery tells two deliveries of one run apart: only a repeat of the same one takes over the lease that it
	// left. Lambda repeats an invocation that failed under the same request id; a schedule that fires twice has two.
	Delivery string
}

// Turn is a run's permission to work.
type Turn struct {
	// Busy is until when another run works at most; zero where this run may.
	Busy time.Time
	// From is the function at which the run is to begin; empty for the first.
	From string
	// Memory is what earlier runs left; zero where there is none.
	Memory Memory
	// Gaps say why the run goes on without lease and cursor, or without memory; empty where it has them.
	Gaps []finding.Gap

	ledger *Ledger
	run    string
	state  state
	etag   string
	saved  []byte
	held   bool
	read   bool
	book   *book
	outbox []finding.Notice
	// sum names the outbox as the object holds it, empty where it holds none; receipt is what was written of it last.
	sum     string
	receipt []byte
}

// Begin takes the lease for a run that ends at the deadline; the zero time is a run without one. The same delivery of a
// run may begin again: Lambda repeats a failed run under the same schedule.
func (l *Ledger) Begin(ctx context.Context, run string, deadline time.Time) *Turn {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	now := l.Now().UTC()
	if deadline.IsZero() || deadline.After(now.Add(longest)) {
		deadline = now.Add(longest)
	}
	t := &Turn{ledger: l, run: run}
	for range attempts {
		if !t.load(ctx, true) {
			return t
		}
		if held := t.state.Lease; held != nil && (held.Run != run || held.Delivery != l.Delivery) && held.live(now) {
			t.Busy = held.Until
			return t
		}
		// Whole seconds: the object is read by people too.
		t.state.Lease = &lease{Run: run, Delivery: l.Delivery, Until: deadline.Add(margin).UTC().Truncate(time.Second)}
		data, err := t.state.encode(l.Account, l.Region)
		if err != nil {
			t.Gaps = append(t.Gaps, l.gap(err.Error(), "", ""))
			return t
		}
		t.etag, err = l.put(ctx, data, t.etag)
		switch {
		case err == nil:
			t.held = true
			t.recall()
			return t
		case !errors.Is(err, errRace):
			t.Gaps = append(t.Gaps, l.unwritten(err))
			return t
		}
	}
	t.Gaps = []finding.Gap{l.gap("other runs kept writing it", "", "")}
	return t
}

// Peek reads what is known without a lease: nothing that the turn comes to is kept.
func (l *Ledger) Peek(ctx context.Context, run string) *Turn {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	t := &Turn{ledger: l, run: run}
	t.load(ctx, false)
	return t
}

// load reads the object into the turn and tells whether the run may go on with it. One that is not understood is set
// aside where the run is to write.
func (t *Turn) load(ctx context.Context, writes bool) bool {
	l := t.ledger
	t.Gaps, t.book, t.outbox, t.read, t.sum, t.receipt = nil, nil, nil, false, "", nil
	o, problem := l.read(ctx)
	if len(problem) > 0 {
		t.Gaps = problem
		return false
	}
	t.state, t.etag = o.state, o.etag
	bad := o.bad
	if bad == nil {
		t.book, bad = parseBook(t.state.Book)
		if bad != nil {
			bad = fmt.Errorf("is not understood: %w", bad)
		}
	}
	var lost error
	if bad == nil {
		if t.outbox, lost = parseOutbox(t.state.Outbox, t.book); lost != nil {
			bad = fmt.Errorf("is not understood: %w", lost)
		}
	}
	if bad != nil {
		if !writes {
			t.Gaps = []finding.Gap{l.gap(fmt.Sprintf("the object %v", bad), "", "")}
			return false
		}
		key, err := l.setAside(ctx, o.data)
		if err != nil {
			t.Gaps = []finding.Gap{l.gap(fmt.Sprintf("the object %v; it is left as it is", bad), "", ""), l.unwritten(err)}
			return false
		}
		t.Gaps = append(t.Gaps, finding.Gap{Reason: fmt.Sprintf("permprobe's own state s3://%s/%s %v: it was set aside as %s, and what was found before is told anew",
			l.Bucket, l.key(), bad, key)})
		// What is understood is kept: who works now, and where the next run begins. Findings and outbox belong together.
		t.state.Book, t.state.Outbox, t.book, t.outbox = nil, nil, nil, nil
		if o.bad != nil {
			t.state = state{}
		}
	}
	t.read = true
	if len(t.outbox) > 0 {
		t.sum = sumOf(t.state.Outbox)
		problem := t.receive(ctx)
		t.Gaps = append(t.Gaps, problem...)
	}
	return true
}

// recall gives the run that has the lease what earlier ones left it.
func (t *Turn) recall() {
	var err error
	if t.Memory, err = parseMemory(t.state.Memory); err != nil {
		t.Gaps = append(t.Gaps, finding.Gap{Reason: fmt.Sprintf("what permprobe remembers in s3://%s/%s is not used, so this run asks everything anew: it %v",
			t.ledger.Bucket, t.ledger.key(), err)})
	}
	if t.state.Cursor != nil {
		t.From = t.state.Cursor.Function
	}
}

// live tells whether the lease's run may still work.
func (l *lease) live(now time.Time) bool {
	return now.Before(l.Until) && !l.Until.After(now.Add(longest+2*margin))
}

// Held tells whether the run has the lease: only then will what it learned be kept.
func (t *Turn) Held() bool { return t.held }

// Read tells whether what earlier runs found is known.
func (t *Turn) Read() bool { return t.read }

// Open are the findings of earlier runs that are neither resolved nor gone, sorted by id; none where they are not known.
func (t *Turn) Open() []Known { return t.book.open() }

// Pending are the notices that somebody is still to hear of, the oldest first.
func (t *Turn) Pending() []finding.Notice { return slices.Clone(t.outbox) }

// Compare says what the run saw against what is known. It writes nothing.
func (t *Turn) Compare(o Observation) Change {
	change := compare(t.book, o)
	change.Baseline = change.Baseline && t.read
	if !t.read {
		for i := range change.Findings {
			change.Findings[i].Since = ""
		}
		for i := range change.Notices {
			if f := change.Notices[i].Finding; f != nil {
				f.Since = ""
			}
		}
	}
	if !t.held { // nobody keeps the numbers
		for i := range change.Notices {
			change.Notices[i].Sequence = 0
		}
	}
	return change
}

// Record keeps what the run found together with the notices about it, in one write, before anybody is told. It returns
// what went wrong; lost is true where another run has taken over, which finds and tells the same.
func (t *Turn) Record(ctx context.Context, change Change) (lost bool, problem []finding.Gap) {
	if !t.held {
		return false, nil
	}
	t.book = change.next
	t.outbox = append(t.outbox, change.Notices...)
	return t.save(ctx)
}

// Keep has the end of the turn keep what the run found, where there is nothing to tell anybody of.
func (t *Turn) Keep(change Change) {
	if t.held {
		t.book = change.next
	}
}

// Delivered keeps which notices nobody is to hear of any more. pending are all that are left, the oldest first.
func (t *Turn) Delivered(ctx context.Context, pending []finding.Notice) (problem []finding.Gap) {
	if !t.held {
		return nil
	}
	t.outbox = pending
	return t.confirm(ctx)
}

// End gives the lease back and remembers that the run was done, where the next one begins, empty where this one reached
// every function, what the run learned, nil leaves what earlier runs did, and the notices that are left. It returns what
// went wrong. A turn without a lease has nothing to give back.
func (t *Turn) End(ctx context.Context, next string, learned *Memory, pending []finding.Notice) []finding.Gap {
	if !t.held {
		return nil
	}
	if learned != nil {
		memory, err := json.Marshal(learned)
		if err != nil {
			return []finding.Gap{t.ledger.gap(fmt.Sprintf("encode the memory: %v", err), "", "")}
		}
		t.state.Memory = memory
	}
	switch {
	case next == "":
		t.state.Cursor = nil
	case t.state.Cursor != nil:
		t.state.Cursor = &cursor{Function: next, Since: t.state.Cursor.Since}
	default:
		t.state.Cursor = &cursor{Function: next, Since: t.ledger.Now().UTC().Truncate(time.Second)}
	}
	if t.book != nil {
		t.book.end(t.run)
	}
	t.outbox = pending
	t.state.Lease = nil
	lost, problem := t.save(ctx)
	t.held = false
	if lost && next == "" {
		return nil // there is nothing that the other run needs to know
	}
	return problem
}

// save writes the turn's state. Nobody else writes it while the lease is held, so a write that lost a race was
// answered too late and repeated, or the lease was taken over.
func (t *Turn) save(ctx context.Context) (lost bool, problem []finding.Gap) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l := t.ledger
	var err error
	if t.state.Book, t.state.Outbox, err = t.sections(); err != nil {
		return false, []finding.Gap{l.gap(err.Error(), "", "")}
	}
	data, err := t.state.encode(l.Account, l.Region)
	if err != nil {
		return false, []finding.Gap{l.gap(fmt.Sprintf("encode the state: %v", err), "", "")}
	}
	t.sum = sumOf(t.state.Outbox)
	if bytes.Equal(data, t.saved) {
		return false, nil
	}
	for range attempts {
		etag, err := l.put(ctx, data, t.etag)
		if err == nil {
			t.etag, t.saved = etag, data
			return false, nil
		}
		if !errors.Is(err, errRace) {
			return false, []finding.Gap{l.unwritten(err)}
		}
		o, problem := l.read(ctx)
		switch {
		case len(problem) > 0:
			return false, problem
		case bytes.Equal(o.data, data):
			t.etag, t.saved = o.etag, data
			return false, nil
		case o.bad != nil || o.state.Lease == nil || o.state.Lease.Run != t.run || o.state.Lease.Delivery != l.Delivery:
			t.held = false
			return true, []finding.Gap{l.gap("another run has taken over, so what this one found and where it stopped is not kept", "", "")}
		}
		t.etag = o.etag
	}
	return false, []finding.Gap{l.gap("other runs kept writing it", "", "")}
}

// sections are what was found and what is to be delivered, as they are written.
func (t *Turn) sections() (found, outbox json.RawMessage, err error) {
	if t.book != nil {
		if found, err = json.Marshal(t.book); err != nil {
			return nil, nil, fmt.Errorf("encode what was found: %w", err)
		}
	}
	if outbox, err = encodeOutbox(t.outbox, t.book); err != nil {
		return nil, nil, err
	}
	return found, outbox, nil
}

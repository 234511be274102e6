// Package ledger is what the probe remembers from one run to the next: which run works now, so that two never
// overlap, at which function the next one begins, and what need not be asked again so soon. It is one object an account and region in a bucket.
//
// A probe that stopped because of its own memory would be worse than one without: what cannot be read or
// written is a gap, and the run goes on.
package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	// patience bounds what beginning and ending may each take of a run's time.
	patience = 20 * time.Second
	// attempts is how often a lost race is run again.
	attempts = 4
)

// Ledger is the memory of one account and region.
type Ledger struct {
	S3                                 API
	Bucket, Partition, Account, Region string
	Now                                func() time.Time
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
	held   bool
}

// Begin takes the lease for a run that ends at the deadline; the zero time is a run without one. The same run
// may begin again: Lambda repeats a failed run under the same schedule.
func (l *Ledger) Begin(ctx context.Context, run string, deadline time.Time) *Turn {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	now := l.Now().UTC()
	if deadline.IsZero() || deadline.After(now.Add(longest)) {
		deadline = now.Add(longest)
	}
	t := &Turn{ledger: l, run: run}
	for range attempts {
		current, etag, problem := l.read(ctx)
		if len(problem) > 0 {
			t.Gaps = problem
			return t
		}
		if held := current.Lease; held != nil && held.Run != run && held.live(now) {
			t.Busy = held.Until
			return t
		}
		// Whole seconds: the object is read by people too.
		current.Lease = &lease{Run: run, Until: deadline.Add(margin).UTC().Truncate(time.Second)}
		written, err := l.write(ctx, current, etag)
		switch {
		case err == nil:
			t.state, t.etag, t.held = current, written, true
			if t.Memory, err = parseMemory(current.Memory); err != nil {
				t.Gaps = []finding.Gap{{Reason: fmt.Sprintf("what permprobe remembers in s3://%s/%s is not used, so this run asks everything anew: it %v",
					l.Bucket, l.key(), err)}}
			}
			if current.Cursor != nil {
				t.From = current.Cursor.Function
			}
			return t
		case !errors.Is(err, errRace):
			t.Gaps = []finding.Gap{l.unwritten(err)}
			return t
		}
	}
	t.Gaps = []finding.Gap{l.gap("other runs kept writing it", "", "")}
	return t
}

// live tells whether the lease's run may still work.
func (l *lease) live(now time.Time) bool {
	return now.Before(l.Until) && !l.Until.After(now.Add(longest+2*margin))
}

// Held tells whether the run has the lease: only then will what it learned be kept.
func (t *Turn) Held() bool { return t.held }

// End gives the lease back and remembers where the next run begins, empty where this one reached every function,
// and what the run learned; nil leaves what earlier runs did. It returns what went wrong. A turn without a lease has
// nothing to give back.
func (t *Turn) End(ctx context.Context, next string, learned *Memory) []finding.Gap {
	if !t.held {
		return nil
	}
	t.held = false
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var memory []byte
	if learned != nil {
		var err error
		if memory, err = json.Marshal(learned); err != nil {
			return []finding.Gap{t.ledger.gap(fmt.Sprintf("encode the memory: %v", err), "", "")}
		}
	}
	current, etag := t.state, t.etag
	for range attempts {
		current.Lease = nil
		if memory != nil {
			current.Memory = memory
		}
		switch {
		case next == "":
			current.Cursor = nil
		case current.Cursor != nil:
			current.Cursor = &cursor{Function: next, Since: current.Cursor.Since}
		default:
			current.Cursor = &cursor{Function: next, Since: t.ledger.Now().UTC().Truncate(time.Second)}
		}
		_, err := t.ledger.write(ctx, current, etag)
		if err == nil {
			return nil
		}
		if !errors.Is(err, errRace) {
			return []finding.Gap{t.ledger.unwritten(err)}
		}
		// Our own write may have been answered too late and repeated; or the lease was taken over.
		var problem []finding.Gap
		if current, etag, problem = t.ledger.read(ctx); len(problem) > 0 {
			return problem
		}
		if current.Lease == nil || current.Lease.Run != t.run {
			if next != "" && (current.Cursor == nil || current.Cursor.Function != next) {
				return []finding.Gap{t.ledger.gap("another run has taken over, so where this one stopped is not remembered", "", "")}
			}
			return nil
		}
	}
	return []finding.Gap{t.ledger.gap("other runs kept writing it", "", "")}
}

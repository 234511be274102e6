// Package publish delivers notices: a digest to SNS for people, an event for each finding whose status has changed and
// one for the run to EventBridge for machines. What was not accepted is said and kept, never dropped.
package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"permprobe/shared/finding"
	"permprobe/shared/render"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"
)

// EventsAPI is what is called of EventBridge.
type EventsAPI interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// TopicAPI is what is called of SNS.
type TopicAPI interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

var (
	_ EventsAPI = (*eventbridge.Client)(nil)
	_ TopicAPI  = (*sns.Client)(nil)
)

// Publisher delivers to one topic and one bus; an empty name means that nobody listens there.
type Publisher struct {
	Events   EventsAPI
	Topic    TopicAPI
	EventBus string
	TopicARN string
	// Language is what people read.
	Language render.Language
	// Patience bounds what one call may take with its repeats; 0 is 20 seconds. The next run sends what was not taken.
	Patience time.Duration
	// Now is the clock; Wait sleeps between attempts and ends early with the context's error.
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error
}

// Publish delivers all that the report holds, of which nothing was recorded.
func (p *Publisher) Publish(ctx context.Context, r *finding.Report, run string) finding.Notified {
	return p.Deliver(ctx, r, r.Notices(run), func([]finding.Notice) {}).Notified
}

// Delivery is what became of notices.
type Delivery struct {
	finding.Notified
	// Settled are those of Failed of which no later run speaks: what they are about was dropped, or told in a shorter form.
	Settled []string
	// Left are the notices that somebody is still to hear of.
	Left []finding.Notice
}

// Deliver delivers the notices of a run whose report is r: to people as one digest, to machines as an event each. After
// every call that was accepted it hands the notices that somebody is still to hear of to progress.
func (p *Publisher) Deliver(ctx context.Context, r *finding.Report, notices []finding.Notice, progress func([]finding.Notice)) Delivery {
	notified := Delivery{Notified: finding.Notified{Failed: []string{}}}
	pending := make([]finding.Notice, 0, len(notices))
	for _, n := range notices {
		// Nobody listens there.
		n.People, n.Machines = n.People && p.TopicARN != "", n.Machines && p.EventBus != ""
		if n.Open() {
			pending = append(pending, n)
		}
	}
	open := func() []finding.Notice {
		return slices.DeleteFunc(slices.Clone(pending), func(n finding.Notice) bool { return !n.Open() })
	}
	if slices.ContainsFunc(pending, func(n finding.Notice) bool { return n.People }) {
		what, said := p.digest(ctx, digestOf(r, pending), digestID(r, pending))
		switch {
		case what == dropped:
			drop(&notified, said)
		case said != "":
			notified.Failed = append(notified.Failed, said)
		}
		if what == told {
			notified.SNS++
			notified.Settled = append(notified.Settled, notified.Failed...)
		}
		if what != waits {
			for i := range pending {
				pending[i].People = false
			}
			if left := open(); len(left) > 0 {
				progress(left)
			}
		}
	}
	p.putEvents(ctx, r, pending, &notified, func() {
		if left := open(); len(left) > 0 {
			progress(left)
		}
	})
	notified.Left = open()
	return notified
}

// What PutEvents takes at once. The size is that of before January 2026, which every region accepts.
//
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
const (
	maxEntries = 10
	maxBytes   = 256 * 1024
	// entryAttempts is how often an entry is sent that the service says it failed to take.
	entryAttempts = 3
)

// sent is an entry and the notice that it is about.
type sent struct {
	entry  types.PutEventsRequestEntry
	notice *finding.Notice
}

// putEvents sends an event for every notice of which machines are to hear, and calls accepted after each call of which
// something was.
func (p *Publisher) putEvents(ctx context.Context, r *finding.Report, notices []finding.Notice, notified *Delivery, accepted func()) {
	var entries []sent
	now := p.Now()
	for i := range notices {
		n := &notices[i]
		if !n.Machines {
			continue
		}
		var entry types.PutEventsRequestEntry
		var err error
		if n.Kind == finding.NoticeScan {
			entry, err = ScanEvent{
				Version: eventDetailVersion, Account: r.Account, Region: r.Region, Run: n.Run, Status: n.Scan.Status, Summary: n.Scan.Summary,
			}.ToEntry(p.EventBus, now)
		} else {
			entry, err = FindingEvent{
				Version: eventDetailVersion, Account: r.Account, Region: r.Region, Run: n.Run, Sequence: n.Sequence, Finding: *n.Finding,
				Omitted: slices.Clone(n.Omitted),
			}.ToEntry(p.EventBus, now)
		}
		if err != nil {
			drop(notified, err.Error())
			n.Machines = false
			continue
		}
		entries = append(entries, sent{entry, n})
	}
	for len(entries) > 0 {
		n := batchSize(entries)
		if stopped := p.putBatch(ctx, entries[:n], notified, accepted); stopped != "" && len(entries) > n {
			// Every further call would take as long to fail.
			notified.Failed = append(notified.Failed, fmt.Sprintf("after that nothing was sent to %s any more: the next run sends %d more events", p.EventBus, len(entries)-n))
			return
		}
		entries = entries[n:]
	}
}

// patience is how long one call is tried where nothing else is said: it covers a short throttling.
const patience = 20 * time.Second

// patient bounds one call with its repeats, and leaves half of the time to what comes after it.
func patient(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	limit = cmp.Or(limit, patience)
	if until, limited := ctx.Deadline(); limited {
		limit = min(limit, time.Until(until)/2)
	}
	return context.WithTimeout(ctx, limit)
}

// batchSize is how many of the entries, at least one, fit in a call.
func batchSize(entries []sent) int {
	size := 0
	for i := range entries {
		size += entrySize(&entries[i].entry)
		if i == maxEntries || i > 0 && size > maxBytes {
			return i
		}
	}
	return len(entries)
}

// entrySize is how EventBridge counts.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
func entrySize(e *types.PutEventsRequestEntry) int {
	size := len(aws.ToString(e.Source)) + len(aws.ToString(e.DetailType)) + len(aws.ToString(e.Detail))
	if e.Time != nil {
		size += 14
	}
	for _, resource := range e.Resources {
		size += len(resource)
	}
	return size
}

// putBatch sends the entries and sends those again that the service did not take: an answer of HTTP 200
// may hold failures, and the SDK does not retry them. A call that is refused for what it holds is divided, so that one
// entry does not keep the others. stopped is why no call can be made; empty where that is not known.
func (p *Publisher) putBatch(ctx context.Context, batch []sent, notified *Delivery, accepted func()) (stopped string) {
	said := func(e *types.PutEventsRequestEntry, reason string) string {
		about := ""
		if len(e.Resources) > 0 {
			about = " about " + e.Resources[0]
		}
		return fmt.Sprintf("the event %q%s was not accepted by %s: %s", aws.ToString(e.DetailType), about, p.EventBus, reason)
	}
	fail := func(e *types.PutEventsRequestEntry, reason string) {
		notified.Failed = append(notified.Failed, said(e, reason))
	}
	for attempt := 1; ; attempt++ {
		entries := make([]types.PutEventsRequestEntry, len(batch))
		for i := range batch {
			entries[i] = batch[i].entry
		}
		calling, cancel := patient(ctx, p.Patience)
		out, err := p.Events.PutEvents(calling, &eventbridge.PutEventsInput{Entries: entries})
		cancel()
		var whole string
		switch {
		case err != nil && codeOf(err) == "ValidationException" && len(batch) > 1:
			half := len(batch) / 2
			if stopped = p.putBatch(ctx, batch[:half], notified, accepted); stopped == "" {
				return p.putBatch(ctx, batch[half:], notified, accepted)
			}
			for i := range batch[half:] {
				fail(&batch[half+i].entry, stopped)
			}
			return stopped
		case err != nil && codeOf(err) == "ValidationException":
			drop(notified, said(&entries[0], plain(err).Error()))
			batch[0].notice.Machines = false
			accepted()
			return ""
		case err != nil:
			whole = plain(err).Error() // the SDK has retried the call as a whole
		case len(out.Entries) != len(entries):
			whole = fmt.Sprintf("the answer speaks of %d of %d entries", len(out.Entries), len(entries))
		}
		if whole != "" {
			for i := range entries {
				fail(&entries[i], whole)
			}
			if err != nil {
				stopped = whole
			}
			return stopped
		}
		var again []sent
		var reasons []string
		changed := false
		for i, result := range out.Entries {
			reason := refusal(result)
			switch {
			case reason == "":
				notified.Events++
				batch[i].notice.Machines, changed = false, true
			case malformed(aws.ToString(result.ErrorCode)):
				drop(notified, said(&entries[i], reason))
				batch[i].notice.Machines, changed = false, true
			case attempt == entryAttempts || forGood(aws.ToString(result.ErrorCode)):
				fail(&entries[i], reason)
			default:
				again, reasons = append(again, batch[i]), append(reasons, reason)
			}
		}
		if changed {
			accepted()
		}
		if len(again) == 0 {
			return ""
		}
		if err := p.Wait(ctx, time.Duration(attempt)*time.Second); err != nil {
			for i := range again {
				fail(&again[i].entry, reasons[i]+"; the time of the run was over before it was sent again")
			}
			return ""
		}
		batch = again
	}
}

// drop says what is not delivered and not sent again.
func drop(notified *Delivery, said string) {
	notified.Failed = append(notified.Failed, said+notAgain)
	notified.Settled = append(notified.Settled, said+notAgain)
}

// refusal is why the service did not take an entry; empty where it did, for which the event's id is the proof.
func refusal(result types.PutEventsResultEntry) string {
	code, message := aws.ToString(result.ErrorCode), oneLine(aws.ToString(result.ErrorMessage))
	switch {
	case code == "" && aws.ToString(result.EventId) != "":
		return ""
	case code == "":
		return "the answer holds neither an id nor an error"
	case message == "":
		return code
	}
	return code + ": " + message
}

// forGood tells the errors of an entry that sending it again does not mend.
//
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
func forGood(code string) bool {
	switch code {
	case "AccessDeniedException", "InvalidAccountIdException", "InvalidArgument", "MalformedDetail", "RedactionFailure",
		"NotAuthorizedForSourceException", "NotAuthorizedForDetailTypeException":
		return true
	}
	return false
}

// malformed tells those of them that are about what the entry holds: it would be refused for ever.
func malformed(code string) bool {
	return code == "InvalidArgument" || code == "MalformedDetail" || code == "RedactionFailure"
}

// notAgain is said of what is dropped.
const notAgain = "; it is not sent again, because that would not mend it"

// codeOf is the service's own word for an error; empty where it is not the service's.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// plain reduces an SDK error to its code and message, or to one line.
func plain(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		return fmt.Errorf("%s: %s", api.ErrorCode(), oneLine(api.ErrorMessage()))
	}
	return errors.New(oneLine(err.Error()))
}

// oneLine is text without line breaks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

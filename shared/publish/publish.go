// Package publish delivers notices: a digest to SNS for people, an event for each finding whose status has changed and
// one for the run to EventBridge for machines. What was not accepted is said and kept, never dropped.
package publish

import (
	"bytes"
	"context"
	"encoding/json"
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
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
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
	// Now is the clock; Wait sleeps between attempts and ends early with the context's error.
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error
}

// Publish delivers all that the report holds, of which nothing was recorded.
func (p *Publisher) Publish(ctx context.Context, r *finding.Report, run string) finding.Notified {
	notified, _ := p.Deliver(ctx, r, r.Notices(run), func([]finding.Notice) {})
	return notified
}

// Deliver delivers the notices of a run whose report is r: to people as one digest, to machines as an event each. After
// every call that was accepted it hands the notices that somebody is still to hear of to progress, and returns them
// with what was accepted and what was not.
func (p *Publisher) Deliver(ctx context.Context, r *finding.Report, notices []finding.Notice, progress func([]finding.Notice)) (finding.Notified, []finding.Notice) {
	notified := finding.Notified{Failed: []string{}}
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
		if err := p.digest(ctx, digestOf(r, pending), digestID(r, pending)); err != nil {
			notified.Failed = append(notified.Failed, err.Error())
		} else {
			notified.SNS++
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
	return notified, open()
}

// digestOf is what people are told: the report of the run with what the notices are about.
func digestOf(r *finding.Report, notices []finding.Notice) *finding.Report {
	d := *r
	d.Findings, d.Resolved, d.Gone, d.Gaps = []finding.Finding{}, []finding.Finding{}, []finding.Finding{}, []finding.Gap{}
	told := map[string]bool{}
	for i := range slices.Backward(notices) {
		n := &notices[i]
		if !n.People {
			continue
		}
		d.Gaps = append(d.Gaps, n.Gaps...)
		// Of one finding people are told what it is now: notices that had to wait may speak of what it was.
		if n.Finding == nil || told[n.Finding.ID] {
			continue
		}
		told[n.Finding.ID] = true
		switch n.Finding.Status {
		case finding.StatusResolved:
			d.Resolved = append(d.Resolved, *n.Finding)
		case finding.StatusGone:
			d.Gone = append(d.Gone, *n.Finding)
		default:
			d.Findings = append(d.Findings, *n.Finding)
		}
	}
	open := 0
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case f.Status == finding.StatusSuppressed:
			d.Findings = append(d.Findings, *f)
		case f.Status == finding.StatusPersisting && !told[f.ID]:
			open++
		}
	}
	d.Status = r.Status
	d.Finish()
	d.Status, d.Summary.Persisting = r.Status, open
	return &d
}

// digestID names a digest: one that is sent again has the same, because the notices are numbered where they are kept.
func digestID(r *finding.Report, notices []finding.Notice) string {
	var last int64
	run := ""
	for i := range notices {
		if n := &notices[i]; n.People {
			last, run = max(last, n.Sequence), n.Run
		}
	}
	if last == 0 {
		return run
	}
	return fmt.Sprintf("%s-%s-%d", r.Account, r.Region, last)
}

// digest sends one message with a variant for each kind of subscriber. The chat service subscribes by
// https and reads the default variant.
func (p *Publisher) digest(ctx context.Context, r *finding.Report, id string) error {
	chat, err := p.Language.Chat(r, id)
	if err != nil {
		return err
	}
	machine, err := machineDigest(r, id)
	if err != nil {
		return err
	}
	message, err := compact(map[string]string{
		"default": chat, "email": p.Language.Email(r), "sqs": machine, "lambda": machine,
	})
	if err != nil {
		return err
	}
	_, err = p.Topic.Publish(ctx, &sns.PublishInput{
		TopicArn:          aws.String(p.TopicARN),
		MessageStructure:  aws.String("json"),
		Message:           aws.String(message),
		Subject:           aws.String(render.Subject(r)),
		MessageAttributes: attributes(r),
	})
	if err != nil {
		return fmt.Errorf("the digest was not accepted by %s: %w", p.TopicARN, plain(err))
	}
	return nil
}

// DigestEvent is the digest for programs that subscribe to the topic by SQS or Lambda: the run's event with
// what changed, worst first.
type DigestEvent struct {
	ScanEvent
	// ID is the same where a digest is sent again.
	ID       string            `json:"id"`
	Findings []finding.Finding `json:"findings"`
	// LeftOut counts the findings that did not fit; every one of them has its own event on the bus.
	LeftOut int `json:"leftOut"`
}

// maxMachine is what the digest for programs may weigh within the message, which holds it twice. SNS takes
// 256 KiB with all variants and attributes.
//
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const maxMachine = 40 * 1024

func machineDigest(r *finding.Report, id string) (string, error) {
	all := slices.Concat(r.Findings, r.Resolved, r.Gone)
	scan := ScanEvent{Version: eventDetailVersion, Account: r.Account, Region: r.Region, Status: r.Status, Summary: r.Summary}
	digest := DigestEvent{ScanEvent: scan, ID: id, Findings: []finding.Finding{}, LeftOut: len(all)}
	empty, err := compact(digest)
	if err != nil {
		return "", err
	}
	size := escaped(empty)
	for i := range all {
		one, err := compact(all[i])
		if err != nil {
			return "", err
		}
		if more := escaped(one) + 1; size+more <= maxMachine {
			size += more
			digest.Findings, digest.LeftOut = append(digest.Findings, all[i]), digest.LeftOut-1
		}
	}
	return compact(digest)
}

// escaped is how long text is once it is a string within JSON.
func escaped(text string) int {
	out, err := compact(text)
	if err != nil {
		return len(text)
	}
	return len(out)
}

// compact is v as JSON. SNS counts bytes, and no browser reads it: <, > and & stay as they are.
func compact(v any) (string, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "", fmt.Errorf("write the digest: %w", err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// maxOwners is what the owners may weigh within what SNS takes: some hundred of the longest names.
const maxOwners = 32 * 1024

// attributes let subscribers filter: by the worst severity, the status, the checks, the owners and the place. What was
// resolved counts too: who was told of a fault must hear of its end.
func attributes(r *finding.Report) map[string]snstypes.MessageAttributeValue {
	worst := finding.Informational
	checks := []string{}
	owners := []string{}
	for _, list := range [][]finding.Finding{r.Findings, r.Resolved, r.Gone} {
		for i := range list {
			f := &list[i]
			if f.Status == finding.StatusSuppressed {
				continue
			}
			if f.Severity.Rank() < worst.Rank() {
				worst = f.Severity
			}
			if !slices.Contains(checks, f.Check) {
				checks = append(checks, f.Check)
			}
			if f.Owner != "" && !slices.Contains(owners, f.Owner) {
				owners = append(owners, f.Owner)
			}
		}
	}
	slices.Sort(checks)
	slices.Sort(owners)
	out := map[string]snstypes.MessageAttributeValue{}
	set := func(name, kind, value string) {
		if value != "" { // SNS refuses the whole message for an empty one
			out[name] = snstypes.MessageAttributeValue{DataType: aws.String(kind), StringValue: aws.String(value)}
		}
	}
	set("severity", "String", string(worst))
	set("status", "String", string(r.Status))
	set("account", "String", r.Account)
	set("region", "String", r.Region)
	if list, err := compact(checks); err == nil && len(checks) > 0 {
		set("check", "String.Array", list)
	}
	for len(owners) > 0 {
		list, err := compact(owners)
		if err == nil && len(list) <= maxOwners {
			set("owner", "String.Array", list)
			break
		}
		owners = owners[:len(owners)-1]
	}
	return out
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
func (p *Publisher) putEvents(ctx context.Context, r *finding.Report, notices []finding.Notice, notified *finding.Notified, accepted func()) {
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
			notified.Failed = append(notified.Failed, err.Error()+notAgain)
			n.Machines = false
			continue
		}
		entries = append(entries, sent{entry, n})
	}
	for len(entries) > 0 {
		n := batchSize(entries)
		p.putBatch(ctx, entries[:n], notified, accepted)
		entries = entries[n:]
	}
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
// may hold failures, and the SDK does not retry them.
func (p *Publisher) putBatch(ctx context.Context, batch []sent, notified *finding.Notified, accepted func()) {
	fail := func(e *types.PutEventsRequestEntry, reason string) {
		about := ""
		if len(e.Resources) > 0 {
			about = " about " + e.Resources[0]
		}
		notified.Failed = append(notified.Failed, fmt.Sprintf("the event %q%s was not accepted by %s: %s",
			aws.ToString(e.DetailType), about, p.EventBus, reason))
	}
	for attempt := 1; ; attempt++ {
		entries := make([]types.PutEventsRequestEntry, len(batch))
		for i := range batch {
			entries[i] = batch[i].entry
		}
		out, err := p.Events.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: entries})
		var whole string
		switch {
		case err != nil:
			whole = plain(err).Error() // the SDK has retried the call as a whole
		case len(out.Entries) != len(entries):
			whole = fmt.Sprintf("the answer speaks of %d of %d entries", len(out.Entries), len(entries))
		}
		if whole != "" {
			for i := range entries {
				fail(&entries[i], whole)
			}
			return
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
				fail(&entries[i], reason+notAgain)
				batch[i].notice.Machines = false
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
			return
		}
		if err := p.Wait(ctx, time.Duration(attempt)*time.Second); err != nil {
			for i := range again {
				fail(&again[i].entry, reasons[i]+"; the time of the run was over before it was sent again")
			}
			return
		}
		batch = again
	}
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

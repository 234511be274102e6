// Package publish delivers a report: a digest to SNS for people, an event a finding and one for the run to
// EventBridge for machines. What was not accepted is said, never dropped.
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
	// Now is the clock; Wait sleeps between attempts and ends early with the context's error.
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error
}

// Publish delivers the report under the id of its run and says what was accepted and what was not.
func (p *Publisher) Publish(ctx context.Context, r *finding.Report, runID string) finding.Notified {
	notified := finding.Notified{Failed: []string{}}
	if p.EventBus != "" {
		p.putEvents(ctx, r, &notified)
	}
	if p.TopicARN != "" && worthTelling(r) {
		if err := p.digest(ctx, r, runID); err != nil {
			notified.Failed = append(notified.Failed, err.Error())
		} else {
			notified.SNS++
		}
	}
	return notified
}

// worthTelling keeps people's channels quiet when there is nothing to say.
func worthTelling(r *finding.Report) bool {
	return r.Summary.New > 0 || r.Summary.Resolved > 0 || r.Summary.Gaps > 0
}

// digest sends one message with a variant for each kind of subscriber. The chat service subscribes by
// https and reads the default variant.
func (p *Publisher) digest(ctx context.Context, r *finding.Report, runID string) error {
	chat, err := render.Chat(r, runID)
	if err != nil {
		return err
	}
	machine, err := machineDigest(r)
	if err != nil {
		return err
	}
	message, err := compact(map[string]string{
		"default": chat, "email": render.Email(r), "sqs": machine, "lambda": machine,
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
// its findings, worst first.
type DigestEvent struct {
	ScanEvent
	Findings []finding.Finding `json:"findings"`
	// LeftOut counts the findings that did not fit; every one of them has its own event on the bus.
	LeftOut int `json:"leftOut"`
}

// maxMachine is what the digest for programs may weigh within the message, which holds it twice. SNS takes
// 256 KiB with all variants and attributes.
//
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const maxMachine = 40 * 1024

func machineDigest(r *finding.Report) (string, error) {
	digest := DigestEvent{ScanEvent: scanEvent(r), Findings: []finding.Finding{}, LeftOut: len(r.Findings)}
	empty, err := compact(digest)
	if err != nil {
		return "", err
	}
	size := escaped(empty)
	for i := range r.Findings {
		one, err := compact(r.Findings[i])
		if err != nil {
			return "", err
		}
		if more := escaped(one) + 1; size+more <= maxMachine {
			size += more
			digest.Findings, digest.LeftOut = append(digest.Findings, r.Findings[i]), digest.LeftOut-1
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

// attributes let subscribers filter: by the worst severity, the status, the checks and the place. What was
// resolved counts too: who was told of a fault must hear of its end.
func attributes(r *finding.Report) map[string]snstypes.MessageAttributeValue {
	worst := finding.Informational
	checks := []string{}
	for _, list := range [][]finding.Finding{r.Findings, r.Resolved} {
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
		}
	}
	slices.Sort(checks)
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

func (p *Publisher) putEvents(ctx context.Context, r *finding.Report, notified *finding.Notified) {
	var entries []types.PutEventsRequestEntry
	add := func(e types.PutEventsRequestEntry, err error) {
		if err != nil {
			notified.Failed = append(notified.Failed, err.Error())
			return
		}
		entries = append(entries, e)
	}
	now := p.Now()
	for _, f := range r.Findings {
		if f.Status != finding.StatusSuppressed {
			add(FindingEvent{Version: eventDetailVersion, Account: r.Account, Region: r.Region, Finding: f}.ToEntry(p.EventBus, now))
		}
	}
	add(scanEvent(r).ToEntry(p.EventBus, now))
	for len(entries) > 0 {
		n := batchSize(entries)
		p.putBatch(ctx, entries[:n], notified)
		entries = entries[n:]
	}
}

// batchSize is how many of the entries, at least one, fit in a call.
func batchSize(entries []types.PutEventsRequestEntry) int {
	size := 0
	for i := range entries {
		size += entrySize(&entries[i])
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
func (p *Publisher) putBatch(ctx context.Context, entries []types.PutEventsRequestEntry, notified *finding.Notified) {
	fail := func(e *types.PutEventsRequestEntry, reason string) {
		about := ""
		if len(e.Resources) > 0 {
			about = " about " + e.Resources[0]
		}
		notified.Failed = append(notified.Failed, fmt.Sprintf("the event %q%s was not accepted by %s: %s",
			aws.ToString(e.DetailType), about, p.EventBus, reason))
	}
	for attempt := 1; ; attempt++ {
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
		var again []types.PutEventsRequestEntry
		var reasons []string
		for i, result := range out.Entries {
			reason := refusal(result)
			switch {
			case reason == "":
				notified.Events++
			case attempt == entryAttempts || forGood(aws.ToString(result.ErrorCode)):
				fail(&entries[i], reason)
			default:
				again, reasons = append(again, entries[i]), append(reasons, reason)
			}
		}
		if len(again) == 0 {
			return
		}
		if err := p.Wait(ctx, time.Duration(attempt)*time.Second); err != nil {
			for i := range again {
				fail(&again[i], reasons[i]+"; the time of the run was over before it was sent again")
			}
			return
		}
		entries = again
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

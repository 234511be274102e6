// Package publish delivers a report: a digest to SNS for people, an event a finding and one for the run to
// EventBridge for machines. What was not accepted is said, never dropped.
package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	machine, err := json.Marshal(ScanEvent{
		Version: eventDetailVersion, Account: r.Account, Region: r.Region, Status: r.Status, Summary: r.Summary,
	})
	if err != nil {
		return fmt.Errorf("write the digest: %w", err)
	}
	message, err := json.Marshal(map[string]string{
		"default": chat, "email": render.Email(r), "sqs": string(machine), "lambda": string(machine),
	})
	if err != nil {
		return fmt.Errorf("write the digest: %w", err)
	}
	_, err = p.Topic.Publish(ctx, &sns.PublishInput{
		TopicArn:          aws.String(p.TopicARN),
		MessageStructure:  aws.String("json"),
		Message:           aws.String(string(message)),
		Subject:           aws.String(render.Subject(r)),
		MessageAttributes: attributes(r),
	})
	if err != nil {
		return fmt.Errorf("the digest was not accepted by %s: %w", p.TopicARN, plain(err))
	}
	return nil
}

// attributes let subscribers filter: by the worst severity, the status and the place.
func attributes(r *finding.Report) map[string]snstypes.MessageAttributeValue {
	worst := finding.Informational
	checks := []string{}
	seen := map[string]bool{}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Severity.Rank() < worst.Rank() {
			worst = f.Severity
		}
		if id := r.Findings[i].Check; !seen[id] {
			seen[id] = true
			checks = append(checks, id)
		}
	}
	text := func(value string) snstypes.MessageAttributeValue {
		return snstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
	}
	out := map[string]snstypes.MessageAttributeValue{
		"severity": text(string(worst)), "status": text(string(r.Status)),
		"account": text(r.Account), "region": text(r.Region),
	}
	if list, err := json.Marshal(checks); err == nil && len(checks) > 0 {
		out["check"] = snstypes.MessageAttributeValue{DataType: aws.String("String.Array"), StringValue: aws.String(string(list))}
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
	add(ScanEvent{Version: eventDetailVersion, Account: r.Account, Region: r.Region, Status: r.Status, Summary: r.Summary}.ToEntry(p.EventBus, now))
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
	var reason string
	for attempt := range entryAttempts {
		if attempt > 0 {
			if err := p.Wait(ctx, time.Duration(attempt)*time.Second); err != nil {
				break
			}
		}
		out, err := p.Events.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: entries})
		if err != nil {
			reason = plain(err).Error() // the SDK has retried the call as a whole
			break
		}
		if len(out.Entries) != len(entries) {
			reason = fmt.Sprintf("the answer speaks of %d of %d entries", len(out.Entries), len(entries))
			break
		}
		var failed []types.PutEventsRequestEntry
		for i, result := range out.Entries {
			if code := aws.ToString(result.ErrorCode); code != "" {
				failed, reason = append(failed, entries[i]), code
			}
		}
		notified.Events += len(entries) - len(failed)
		if entries = failed; len(entries) == 0 {
			return
		}
	}
	for i := range entries {
		notified.Failed = append(notified.Failed, fmt.Sprintf("the event %q about %v was not accepted by %s: %s",
			aws.ToString(entries[i].DetailType), entries[i].Resources, p.EventBus, reason))
	}
}

// plain reduces an SDK error to its code, or to what is under the layers of the SDK.
func plain(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		return fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
	}
	return err
}

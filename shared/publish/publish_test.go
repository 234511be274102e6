package publish_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"permprobe/shared/finding"
	"permprobe/shared/publish"
	"permprobe/shared/render"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	bus   = "default"
	topic = "arn:aws:sns:us-east-1:123456789012:alerts"
)

// example is the report that package render's golden files show.
func example(t *testing.T) *finding.Report {
	t.Helper()
	text, err := os.ReadFile("../render/testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	report := new(finding.Report)
	if err := json.Unmarshal(text, report); err != nil {
		t.Fatal(err)
	}
	report.Finish()
	return report
}

// many is a report of n findings, each with a number in its function's name.
func many(t *testing.T, n int) *finding.Report {
	t.Helper()
	r := example(t)
	base := r.Findings[1]
	r.Findings, r.Resolved = nil, nil
	for i := range n {
		f := base
		f.ID, f.Function = fmt.Sprintf("%016x", i), fmt.Sprintf("arn:aws:lambda:us-east-1:123456789012:function:f%04d", i)
		r.Findings = append(r.Findings, f)
	}
	r.Finish()
	return r
}

// fakeEvents answers each call with the next of its answers, the last one for ever; nil takes everything.
type fakeEvents struct {
	answers []func([]types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error)
	calls   [][]types.PutEventsRequestEntry
}

func (f *fakeEvents) PutEvents(ctx context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	f.calls = append(f.calls, slices.Clone(in.Entries))
	if len(f.answers) == 0 {
		return taken(in.Entries)
	}
	answer := f.answers[min(len(f.calls), len(f.answers))-1]
	return answer(in.Entries)
}

func taken(entries []types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error) {
	return failing("")(entries)
}

// failing fails the entries at the given places.
func failing(code string, at ...int) func([]types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error) {
	return func(entries []types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error) {
		out := &eventbridge.PutEventsOutput{}
		for i := range entries {
			if slices.Contains(at, i) {
				out.FailedEntryCount++
				out.Entries = append(out.Entries, types.PutEventsResultEntry{ErrorCode: aws.String(code), ErrorMessage: aws.String("slow\ndown")})
				continue
			}
			out.Entries = append(out.Entries, types.PutEventsResultEntry{EventId: aws.String(fmt.Sprint("event-", i))})
		}
		return out, nil
	}
}

func refusing(err error) func([]types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error) {
	return func([]types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error) { return nil, err }
}

type fakeTopic struct {
	err   error
	calls []*sns.PublishInput
}

func (f *fakeTopic) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	f.calls = append(f.calls, in)
	return &sns.PublishOutput{}, f.err
}

func publisher(events *fakeEvents, topics *fakeTopic) (*publish.Publisher, *[]time.Duration) {
	waits := &[]time.Duration{}
	return &publish.Publisher{
		Events: events, Topic: topics, EventBus: bus, TopicARN: topic,
		Now: func() time.Time { return time.Date(2026, 11, 21, 3, 0, 1, 0, time.UTC) },
		Wait: func(ctx context.Context, d time.Duration) error {
			*waits = append(*waits, d)
			return ctx.Err()
		},
	}, waits
}

func golden(t *testing.T, name string, v any) {
	t.Helper()
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	file := "testdata/" + name
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got); -update writes the file again\n%s", name, diff)
	}
}

func TestTheEventsOfAReport(t *testing.T) {
	events := &fakeEvents{}
	p, _ := publisher(events, &fakeTopic{})
	notified := p.Publish(context.Background(), example(t), "run")
	if diff := cmp.Diff(finding.Notified{SNS: 1, Events: 5, Failed: []string{}}, notified); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	type event struct {
		EventBusName, Source, DetailType string
		Time                             time.Time
		Resources                        []string
		Detail                           json.RawMessage
	}
	var got []event
	for _, call := range events.calls {
		for _, e := range call {
			got = append(got, event{*e.EventBusName, *e.Source, *e.DetailType, *e.Time, e.Resources, json.RawMessage(*e.Detail)})
		}
	}
	golden(t, "events.json", got)
}

func TestTheMessageOfAReport(t *testing.T) {
	topics := &fakeTopic{}
	p, _ := publisher(&fakeEvents{}, topics)
	p.Publish(context.Background(), example(t), "2026-11-21T03:00:00Z")
	if len(topics.calls) != 1 {
		t.Fatalf("%d messages", len(topics.calls))
	}
	in := topics.calls[0]
	var variants map[string]string
	if err := json.Unmarshal([]byte(*in.Message), &variants); err != nil {
		t.Fatal(err)
	}
	parsed := map[string]any{"email": strings.Split(variants["email"], "\n")}
	for _, name := range []string{"default", "sqs", "lambda"} {
		parsed[name] = json.RawMessage(variants[name])
		delete(variants, name)
	}
	delete(variants, "email")
	if len(variants) > 0 {
		t.Errorf("more variants: %v", variants)
	}
	attributes := map[string]string{}
	for name, a := range in.MessageAttributes {
		attributes[name] = *a.DataType + " " + *a.StringValue
	}
	golden(t, "message.json", map[string]any{
		"topic": in.TopicArn, "structure": in.MessageStructure, "subject": in.Subject, "variants": parsed, "attributes": attributes,
	})
}

func TestPeopleAreToldOnlyWhereThereIsSomethingToTell(t *testing.T) {
	tests := map[string]struct {
		report finding.Report
		want   int
	}{
		"nothing":             {finding.Report{}, 0},
		"a new finding":       {finding.Report{Findings: []finding.Finding{{Status: finding.StatusNew}}}, 1},
		"an old finding":      {finding.Report{Findings: []finding.Finding{{Status: finding.StatusPersisting}}}, 0},
		"a suppressed one":    {finding.Report{Findings: []finding.Finding{{Status: finding.StatusSuppressed}}}, 0},
		"a finding is mended": {finding.Report{Resolved: []finding.Finding{{Status: finding.StatusResolved}}}, 1},
		"a gap":               {finding.Report{Gaps: []finding.Gap{{Reason: "x"}}}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			topics := &fakeTopic{}
			p, _ := publisher(&fakeEvents{}, topics)
			r := test.report
			r.Finish()
			notified := p.Publish(context.Background(), &r, "run")
			if len(topics.calls) != test.want || notified.SNS != test.want {
				t.Errorf("%d messages, %d counted, want %d", len(topics.calls), notified.SNS, test.want)
			}
		})
	}
}

func TestWithoutTopicAndBusNothingIsSent(t *testing.T) {
	events, topics := &fakeEvents{}, &fakeTopic{}
	p, _ := publisher(events, topics)
	p.EventBus, p.TopicARN = "", ""
	notified := p.Publish(context.Background(), example(t), "run")
	if diff := cmp.Diff(finding.Notified{Failed: []string{}}, notified); diff != "" || len(events.calls)+len(topics.calls) > 0 {
		t.Errorf("%d and %d calls\n%s", len(events.calls), len(topics.calls), diff)
	}
}

func TestASuppressedFindingIsNoEvent(t *testing.T) {
	r := example(t)
	r.Findings[0].Status = finding.StatusSuppressed
	r.Finish()
	events := &fakeEvents{}
	p, _ := publisher(events, &fakeTopic{})
	if notified := p.Publish(context.Background(), r, "run"); notified.Events != 4 {
		t.Errorf("%d events, want 4: two findings, what was resolved and the scan", notified.Events)
	}
}

func size(e types.PutEventsRequestEntry) int {
	n := 14 + len(*e.Source) + len(*e.DetailType) + len(*e.Detail)
	for _, r := range e.Resources {
		n += len(r)
	}
	return n
}

func TestEventsAreSentInBatchesWithinTheLimits(t *testing.T) {
	big := many(t, 25)
	for i := range big.Findings {
		big.Findings[i].Fix.Terraform = strings.Repeat("x", 100_000)
	}
	tests := map[string]struct {
		report *finding.Report
		calls  []int
	}{
		"only the scan":     {&finding.Report{}, []int{1}},
		"exactly one batch": {many(t, 9), []int{10}},
		"one more":          {many(t, 10), []int{10, 1}},
		"several":           {many(t, 34), []int{10, 10, 10, 5}},
		"large events":      {big, []int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			events := &fakeEvents{}
			p, _ := publisher(events, &fakeTopic{})
			test.report.Finish()
			notified := p.Publish(context.Background(), test.report, "run")
			var calls []int
			for _, call := range events.calls {
				calls = append(calls, len(call))
				total := 0
				for _, e := range call {
					total += size(e)
				}
				if total > 256*1024 {
					t.Errorf("a call of %d bytes", total)
				}
			}
			if diff := cmp.Diff(test.calls, calls); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if notified.Events != len(test.report.Findings)+1 {
				t.Errorf("%d events counted", notified.Events)
			}
		})
	}
}

func TestAnEventThatIsTooLargeSaysWhatItLeavesOut(t *testing.T) {
	huge := strings.Repeat("<", 100_000) // weighs six times as much as JSON
	tests := map[string]struct {
		spoil func(*finding.Finding)
		want  []string
	}{
		"nothing is large":  {func(f *finding.Finding) {}, nil},
		"one form":          {func(f *finding.Finding) { f.Fix.Terraform = huge }, []string{"fix.terraform"}},
		"the statement":     {func(f *finding.Finding) { f.Evidence.Statement, f.Fix.SAM = huge, "small" }, []string{"evidence.statement"}},
		"several, as asked": {func(f *finding.Finding) { f.Title, f.Fix.CLI, f.Cause = huge, huge+"<", huge }, []string{"cause", "fix.cli", "title"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := example(t).Findings[0]
			test.spoil(&f)
			before := f
			e, err := publish.FindingEvent{Version: "1", Finding: f}.ToEntry(bus, time.Unix(0, 0))
			if err != nil {
				t.Fatal(err)
			}
			if size(e) > 240*1024 {
				t.Errorf("%d bytes", size(e))
			}
			var got publish.FindingEvent
			if err := json.Unmarshal([]byte(*e.Detail), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.Omitted); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got.Finding.ID != f.ID || got.Finding.Action != f.Action || got.Finding.Fix.Policy != f.Fix.Policy {
				t.Errorf("more is missing: %+v", got.Finding)
			}
			if diff := cmp.Diff(before, f); diff != "" {
				t.Errorf("the report's own finding was changed\n%s", diff)
			}
		})
	}
}

func TestAnEventThatCannotBeMadeSmallIsReportedAndTheOthersAreSent(t *testing.T) {
	r := example(t)
	r.Findings[0].Resource = strings.Repeat("r", 300_000)
	events := &fakeEvents{}
	p, _ := publisher(events, &fakeTopic{})
	notified := p.Publish(context.Background(), r, "run")
	if notified.Events != 4 || len(notified.Failed) != 1 || !strings.Contains(notified.Failed[0], "also without its texts") ||
		!strings.Contains(notified.Failed[0], r.Findings[0].ID) {
		t.Errorf("%d events, failed: %q", notified.Events, notified.Failed)
	}
}

func TestEntriesThatWereNotTakenAreSentAgainAndThenReported(t *testing.T) {
	const finding1 = `the event "Lambda Permission Finding" about arn:aws:lambda:us-east-1:123456789012:function:f0001 was not accepted by default: `
	const finding2 = `the event "Lambda Permission Finding" about arn:aws:lambda:us-east-1:123456789012:function:f0002 was not accepted by default: `
	const scan = `the event "Lambda Permission Scan Completed" was not accepted by default: `
	type answers = []func([]types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error)
	tests := map[string]struct {
		answers answers
		calls   []int // entries in each call
		events  int
		failed  []string
	}{
		"taken at once":          {answers{taken}, []int{4}, 4, []string{}},
		"taken the second time":  {answers{failing("ThrottlingException", 1, 3), taken}, []int{4, 2}, 4, []string{}},
		"taken the third time":   {answers{failing("InternalFailure", 0), failing("InternalFailure", 0), taken}, []int{4, 1, 1}, 4, []string{}},
		"never taken":            {answers{failing("ThrottlingException", 1), failing("InternalFailure", 0)}, []int{4, 1, 1}, 3, []string{finding1 + "InternalFailure: slow down"}},
		"two that end otherwise": {answers{failing("ThrottlingException", 1, 2), failing("InternalFailure", 0)}, []int{4, 2, 1}, 3, []string{finding1 + "InternalFailure: slow down"}},
		"for different reasons": {answers{func(es []types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error) {
			out, _ := failing("InvalidArgument", 1, 2)(es)
			out.Entries[2].ErrorCode, out.Entries[2].ErrorMessage = aws.String("MalformedDetail"), nil
			return out, nil
		}}, []int{4}, 2, []string{finding1 + "InvalidArgument: slow down; it is not sent again, because that would not mend it", finding2 + "MalformedDetail; it is not sent again, because that would not mend it"}},
		"what cannot succeed is not sent again": {answers{failing("NotAuthorizedForSourceException", 3)}, []int{4}, 3, []string{scan + "NotAuthorizedForSourceException: slow down"}},
		"neither id nor error": {answers{func(es []types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error) {
			out, _ := taken(es)
			out.Entries[len(es)-1] = types.PutEventsResultEntry{}
			return out, nil
		}}, []int{4, 1, 1}, 3, []string{scan + "the answer holds neither an id nor an error"}},
		"an answer that is too short": {answers{func(es []types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error) {
			return taken(es[:1])
		}}, []int{4}, 0, []string{
			strings.Replace(finding1, "f0001", "f0000", 1) + "the answer speaks of 1 of 4 entries", finding1 + "the answer speaks of 1 of 4 entries",
			finding2 + "the answer speaks of 1 of 4 entries", scan + "the answer speaks of 1 of 4 entries",
		}},
		"the call fails": {answers{failing("ThrottlingException", 1, 3), refusing(&smithy.OperationError{ServiceID: "EventBridge", Err: &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "not\nauthorized"}})},
			[]int{4, 2}, 2, []string{finding1 + "AccessDeniedException: not authorized", scan + "AccessDeniedException: not authorized"}},
		"nobody answers": {answers{refusing(errors.New("connection\nreset"))}, []int{4}, 0, []string{
			strings.Replace(finding1, "f0001", "f0000", 1) + "connection reset", finding1 + "connection reset", finding2 + "connection reset", scan + "connection reset",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			events := &fakeEvents{answers: test.answers}
			p, waits := publisher(events, &fakeTopic{})
			p.TopicARN = ""
			notified := p.Publish(context.Background(), many(t, 3), "run")
			if diff := cmp.Diff(finding.Notified{Events: test.events, Failed: test.failed}, notified); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			var calls []int
			for _, call := range events.calls {
				calls = append(calls, len(call))
			}
			if diff := cmp.Diff(test.calls, calls); diff != "" {
				t.Errorf("entries of the calls (-want +got)\n%s", diff)
			}
			want := []time.Duration{time.Second, 2 * time.Second}[:len(calls)-1]
			if diff := cmp.Diff(want, append([]time.Duration{}, *waits...)); diff != "" {
				t.Errorf("waits (-want +got)\n%s", diff)
			}
		})
	}
}

func TestARunThatIsOverDoesNotSendAgain(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	events := &fakeEvents{answers: []func([]types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error){
		func(es []types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error) {
			cancel()
			return failing("ThrottlingException", 0)(es)
		},
	}}
	p, _ := publisher(events, &fakeTopic{})
	p.TopicARN = ""
	notified := p.Publish(ctx, many(t, 1), "run")
	want := finding.Notified{Events: 1, Failed: []string{
		`the event "Lambda Permission Finding" about arn:aws:lambda:us-east-1:123456789012:function:f0000 was not accepted by default: ` +
			"ThrottlingException: slow down; the time of the run was over before it was sent again"}}
	if diff := cmp.Diff(want, notified); diff != "" || len(events.calls) != 1 {
		t.Errorf("%d calls (-want +got)\n%s", len(events.calls), diff)
	}
}

func TestAMessageThatIsNotTakenIsReportedAndTheEventsAreSent(t *testing.T) {
	topics := &fakeTopic{err: &smithy.GenericAPIError{Code: "AuthorizationError", Message: "not authorized to perform: SNS:Publish"}}
	p, _ := publisher(&fakeEvents{}, topics)
	want := finding.Notified{Events: 5, Failed: []string{"the digest was not accepted by " + topic + ": AuthorizationError: not authorized to perform: SNS:Publish"}}
	if diff := cmp.Diff(want, p.Publish(context.Background(), example(t), "run")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAMessageStaysBelowTheLimitHoweverMuchThereIsToTell(t *testing.T) {
	quotes := many(t, 2000)
	for i := range quotes.Findings {
		f := &quotes.Findings[i]
		for _, text := range []*string{&f.Title, &f.Symptom, &f.Cause, &f.Evidence.Statement, &f.Fix.Summary, &f.Fix.CLI, &f.Fix.CloudFormation} {
			*text = strings.Repeat(`"\`, 300)
		}
		resolved := *f
		resolved.ID, resolved.Status = "resolved"+f.ID, finding.StatusResolved
		quotes.Resolved = append(quotes.Resolved, resolved)
		quotes.Gaps = append(quotes.Gaps, finding.Gap{Check: "I1", Reason: fmt.Sprint(i, strings.Repeat(`"\`, 500)), Permission: "p", Resource: f.Title, Function: f.Title})
	}
	controls := many(t, 500)
	for i := range controls.Findings {
		f := &controls.Findings[i]
		for _, text := range []*string{&f.Title, &f.Cause, &f.Evidence.Statement, &f.Fix.Summary, &f.Fix.CLI, &f.Fix.CloudFormation} {
			*text = strings.Repeat("\x01\u2028\xff<", 60)
		}
	}
	all := many(t, 400)
	long := func(i int) string { return fmt.Sprint(i, strings.Repeat(`"\`, 600)) }
	for i := range all.Findings {
		f := &all.Findings[i]
		f.Title, f.Fix.Summary = long(i), long(i)
		f.Status = []finding.Status{finding.StatusNew, finding.StatusUnverified, finding.StatusSuppressed, finding.StatusReopened}[i%4]
		f.Muted = &finding.Muted{Reason: long(i), Where: "probe.yaml:1"}
		ended := *f
		ended.ID, ended.Status = "resolved"+f.ID, finding.StatusResolved
		all.Resolved = append(all.Resolved, ended)
		ended.ID, ended.Status = "gone"+f.ID, finding.StatusGone
		all.Gone = append(all.Gone, ended)
		all.Gaps = append(all.Gaps, finding.Gap{Check: "I1", Reason: long(i), Permission: long(i), Resource: long(i), Function: long(i)})
		all.Warnings = append(all.Warnings, long(i))
		all.RoleFixes = append(all.RoleFixes, finding.RoleFix{Role: long(i), Findings: []string{f.ID, "another"}, Fix: finding.Fix{Summary: long(i), CLI: long(i), Policy: long(i), SAM: long(i), Proof: finding.Proven}})
	}
	for i := range 40 { // their kinds are the probe's own words
		all.Coverage.Triggers = append(all.Coverage.Triggers, finding.TriggerCoverage{Kind: fmt.Sprint("kind ", i), State: finding.TriggersIncomplete, Reason: long(i)})
	}
	one := many(t, 3)
	one.Findings[0].Evidence.Statement = strings.Repeat(`"`, 400_000)
	for name, r := range map[string]*finding.Report{
		"two thousand findings":         many(t, 2000),
		"two thousand made of quotes":   quotes,
		"what JSON writes in six bytes": controls,
		"one huge finding":              one,
		"every list full of quotes":     all,
		"the same in Japanese":          all,
	} {
		t.Run(name, func(t *testing.T) {
			r.Finish()
			topics := &fakeTopic{}
			p, _ := publisher(&fakeEvents{}, topics)
			p.EventBus = ""
			if strings.HasSuffix(name, "Japanese") {
				p.Language = render.Japanese
			}
			notified := p.Publish(context.Background(), r, "run")
			if len(topics.calls) != 1 {
				t.Fatalf("%d messages, %v", len(topics.calls), notified.Failed)
			}
			in := topics.calls[0]
			total := len(*in.Message)
			for name, a := range in.MessageAttributes {
				total += len(name) + len(*a.DataType) + len(*a.StringValue)
			}
			if total > 256*1024 {
				t.Errorf("the message weighs %d bytes", total)
			}
			var variants map[string]string
			if err := json.Unmarshal([]byte(*in.Message), &variants); err != nil {
				t.Fatal(err)
			}
			var digest publish.DigestEvent
			if err := json.Unmarshal([]byte(variants["sqs"]), &digest); err != nil {
				t.Fatal(err)
			}
			if digest.LeftOut+len(digest.Findings) != len(r.Findings)+len(r.Resolved)+len(r.Gone) || len(digest.Findings) == 0 {
				t.Errorf("%d findings and %d left out of %d", len(digest.Findings), digest.LeftOut, len(r.Findings))
			}
			if digest.Status != r.Status || digest.Account != r.Account || digest.Summary != r.Summary {
				t.Errorf("the digest for programs says %+v", digest.ScanEvent)
			}
			if variants["lambda"] != variants["sqs"] {
				t.Error("the variants for SQS and Lambda differ")
			}
		})
	}
}

func TestSubscribersFilterByWhatTheMessageIsAbout(t *testing.T) {
	made := 0
	f := func(check string, s finding.Severity, status finding.Status) finding.Finding {
		made++
		return finding.Finding{ID: fmt.Sprint(made), Check: check, Severity: s, Status: status}
	}
	tests := map[string]struct {
		report finding.Report
		want   map[string]string
	}{
		"the worst severity and every check once": {
			finding.Report{Account: "123456789012", Region: "us-east-1", Findings: []finding.Finding{
				f("R3", "low", finding.StatusNew), f("I1", "high", finding.StatusNew), f("R3", "low", finding.StatusNew)}},
			map[string]string{"severity": "String high", "status": "String findings", "check": `String.Array ["I1","R3"]`, "account": "String 123456789012", "region": "String us-east-1"},
		},
		"what was resolved counts, what is muted does not": {
			finding.Report{Findings: []finding.Finding{f("R1", "critical", finding.StatusSuppressed)}, Resolved: []finding.Finding{f("I1", "medium", finding.StatusResolved)}},
			map[string]string{"severity": "String medium", "status": "String ok", "check": `String.Array ["I1"]`},
		},
		"a gap alone": {
			finding.Report{Gaps: []finding.Gap{{Reason: "x"}}},
			map[string]string{"severity": "String informational", "status": "String incomplete"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			topics := &fakeTopic{}
			p, _ := publisher(&fakeEvents{}, topics)
			r := test.report
			r.Finish()
			p.Publish(context.Background(), &r, "run")
			if len(topics.calls) != 1 {
				t.Fatalf("%d messages", len(topics.calls))
			}
			got := map[string]string{}
			for name, a := range topics.calls[0].MessageAttributes {
				got[name] = *a.DataType + " " + *a.StringValue
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

package scan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/publish"
	"permprobe/shared/scan/scantest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"
)

// times counts how often each finding was told on the bus, as "status function check", and the digests.
func times(t *testing.T, w *scantest.World) (events map[string]int, digests int) {
	events = map[string]int{}
	for _, e := range w.AWS.Events() {
		if e.DetailType != publish.FindingDetailType {
			continue
		}
		var detail publish.FindingEvent
		if err := json.Unmarshal([]byte(e.Detail), &detail); err != nil {
			t.Fatal(err)
		}
		events[transition(&detail.Finding)]++
	}
	return events, len(w.AWS.Published())
}

func TestADigestThatSNSRefusesForWhatItHoldsBlocksNothing(t *testing.T) {
	refused := localaws.Fault{Service: "sns", Operation: "Publish", Code: "InvalidParameter", Message: "Invalid parameter: Message too long"}
	short := refused
	short.Times = 1
	for name, c := range map[string]struct {
		fault    localaws.Fault
		messages int
		said     string
	}{
		"the whole alone": {short, 1, "was sent in a shorter form"},
		"every form":      {refused, 0, "it is not sent again"},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, localaws.Options{})
			var log bytes.Buffer
			s.logged(&log, localaws.Options{Faults: []localaws.Fault{c.fault}}, account(3, 1, 2))
			report := s.expect("the first run", told{Events: []string{"new f01 R3", "new f02 R3"}, Scans: 1, Messages: c.messages})
			if len(report.Notified.Failed) != 1 || !strings.Contains(report.Notified.Failed[0], c.said) || report.Status != finding.ReportIncomplete {
				t.Errorf("%s %q", report.Status, report.Notified.Failed)
			}
			if n := strings.Count(log.String(), `"notice.undelivered"`); n != 1 {
				t.Errorf("the alarm's line was written %d times", n)
			}
			log.Reset()
			report = s.expect("the second run", told{Scans: 1})
			if len(report.Notified.Failed) > 0 || report.Status != finding.ReportFindings || strings.Contains(log.String(), `"notice.undelivered"`) {
				t.Errorf("%s %q", report.Status, report.Notified.Failed)
			}
			s.becomes(localaws.Options{}, account(3, 2))
			s.expect("what comes after it", told{Events: []string{"resolved f01 R3"}, Scans: 1, Messages: 1})
		})
	}
}

func TestWhatIsDroppedBeforeTheScanIsSaidOnceInItsReport(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.becomes(localaws.Options{Faults: []localaws.Fault{{Service: "sns", Operation: "Publish", Code: "AuthorizationError", Status: 403}}}, account(2, 1))
	s.expect("nobody may be told", told{Events: []string{"new f01 R3"}, Scans: 1})
	var log bytes.Buffer
	s.logged(&log, localaws.Options{Faults: []localaws.Fault{{Service: "sns", Operation: "Publish", Code: "InvalidParameter"}}}, account(2, 1))
	report := s.expect("what waited is refused", told{Scans: 1})
	if len(report.Notified.Failed) != 1 || !strings.Contains(report.Notified.Failed[0], "not sent again") || report.Status != finding.ReportIncomplete || strings.Count(log.String(), `"notice.undelivered"`) != 1 {
		t.Errorf("%s %q\n%s", report.Status, report.Notified.Failed, log.String())
	}
	s.becomes(localaws.Options{}, account(2, 1))
	if report = s.expect("the run after it", told{Scans: 1}); len(report.Notified.Failed) > 0 {
		t.Errorf("%q", report.Notified.Failed)
	}
}

// logged is becomes with a log.
func (s *tale) logged(log io.Writer, o localaws.Options, template []byte) {
	s.t.Helper()
	s.world = scantest.New(s.t, o, log, scantest.Parse(s.t, "account.yaml", template, nil))
	s.world.Scanner.Ledger = s.state.Scanner.Ledger
	s.world.Scanner.Now = func() time.Time { return s.now }
	s.world.Scanner.Collector.Now = s.world.Scanner.Now
}

func TestNoticesArriveOnceByTheRunAfterServicesFailed(t *testing.T) {
	const n = 13 // two calls for the events
	var all []int
	var want []string
	for i := range n {
		all = append(all, i)
		want = append(want, fmt.Sprintf("new f%02d R3", i))
	}
	fault := func(service, operation, code string, status int, more ...func(*localaws.Fault)) localaws.Fault {
		f := localaws.Fault{Service: service, Operation: operation, Code: code, Status: status}
		for _, change := range more {
			change(&f)
		}
		return f
	}
	drop := func(f *localaws.Fault) { f.Drop = true }
	entries := func(at ...int) func(*localaws.Fault) { return func(f *localaws.Fault) { f.Entries = at } }
	once := func(f *localaws.Fault) { f.Times = 1 }
	second := func(f *localaws.Fault) { f.From = 2 }
	for name, c := range map[string]struct {
		faults []localaws.Fault
		// mended tells that the first run comes to the end of it by itself.
		mended bool
	}{
		"SNS throttles once":                          {[]localaws.Fault{fault("sns", "Publish", "throttle", 0, once)}, true},
		"SNS throttles":                               {[]localaws.Fault{fault("sns", "Publish", "throttle", 0)}, false},
		"SNS has an error of its own":                 {[]localaws.Fault{fault("sns", "Publish", "InternalError", 500)}, false},
		"SNS does not answer":                         {[]localaws.Fault{fault("sns", "Publish", "", 0, drop)}, false},
		"the topic is gone":                           {[]localaws.Fault{fault("sns", "Publish", "NotFound", 404)}, false},
		"the topic's key cannot be used":              {[]localaws.Fault{fault("sns", "Publish", "KMSDisabled", 400)}, false},
		"EventBridge throttles the call":              {[]localaws.Fault{fault("events", "PutEvents", "throttle", 0)}, false},
		"EventBridge throttles the second call":       {[]localaws.Fault{fault("events", "PutEvents", "throttle", 0, second)}, false},
		"EventBridge has an error of its own":         {[]localaws.Fault{fault("events", "PutEvents", "InternalException", 500)}, false},
		"EventBridge does not answer":                 {[]localaws.Fault{fault("events", "PutEvents", "", 0, drop)}, false},
		"EventBridge does not answer the second call": {[]localaws.Fault{fault("events", "PutEvents", "", 0, drop, second)}, false},
		"some entries fail once":                      {[]localaws.Fault{fault("events", "PutEvents", "InternalFailure", 0, entries(0, 3, 9), once)}, true},
		"some entries always fail":                    {[]localaws.Fault{fault("events", "PutEvents", "InternalFailure", 0, entries(0, 1))}, false},
		"the bus is not ours":                         {[]localaws.Fault{fault("events", "PutEvents", "NotAuthorizedForSourceException", 0, entries(0, 1, 2, 3, 4, 5, 6, 7, 8, 9))}, false},
		"everything fails":                            {[]localaws.Fault{fault("sns", "Publish", "throttle", 0), fault("events", "PutEvents", "throttle", 0), fault("securityhub", "", "throttle", 0)}, false},
		"Security Hub throttles":                      {[]localaws.Fault{fault("securityhub", "", "throttle", 0)}, false},
		"Security Hub does not answer":                {[]localaws.Fault{fault("securityhub", "", "", 0, drop)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, localaws.Options{})
			becomes := func(template []byte, faults ...localaws.Fault) {
				s.becomes(localaws.Options{Faults: faults}, template)
				cfg := s.world.Config.Copy()
				if !c.mended { // no repeat helps
					cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
				}
				s.world.Scanner.Publisher.Topic, s.world.Scanner.Publisher.Events = sns.NewFromConfig(cfg), eventbridge.NewFromConfig(cfg)
				s.world.Scanner.Hub = &publish.Hub{
					API: securityhub.NewFromConfig(cfg), Partition: "aws", Account: s.world.Account.ID, Region: s.world.Account.Region, Now: s.world.Scanner.Now,
				}
			}
			becomes(account(n, all...), c.faults...)
			report, _ := s.scan()
			if c.mended != (len(report.Notified.Failed) == 0) || c.mended != (report.Status == finding.ReportFindings) {
				t.Errorf("status %s, failed %q", report.Status, report.Notified.Failed)
			}
			failing := s.world
			becomes(account(n, all...))
			s.scan()
			events, digests := times(t, failing)
			later, more := times(t, s.world)
			for what, how := range later {
				events[what] += how
			}
			wanted := map[string]int{}
			for _, what := range want {
				wanted[what] = 1
			}
			if diff := cmp.Diff(wanted, events); diff != "" || digests+more != 1 || len(s.world.AWS.Imported()) != n {
				t.Errorf("%d+%d digests, %d in Security Hub (-want +events of both runs):\n%s", digests, more, len(s.world.AWS.Imported()), diff)
			}
			if report, have := s.scan(); len(have.Events)+have.Messages > 0 || report.Status != finding.ReportFindings {
				t.Errorf("the third run is not silent: %s %+v", report.Status, have)
			}
		})
	}
}

// through sends a client's calls through a probe's process that may stop.
type through struct {
	process *broken
	next    aws.HTTPClient
}

func (c through) Do(r *http.Request) (*http.Response, error) {
	return c.process.call(c.next, r)
}

// stopsWithHub is stops for a probe whose state is in another world, and that tells Security Hub.
func (b *broken) stopsWithHub(s *tale) {
	cfg := s.world.Config.Copy()
	cfg.HTTPClient = through{b, cfg.HTTPClient}
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	s.world.Scanner.Publisher.Topic, s.world.Scanner.Publisher.Events = sns.NewFromConfig(cfg), eventbridge.NewFromConfig(cfg)
	s.world.Scanner.Hub.API = securityhub.NewFromConfig(cfg)
	state := s.state.Config.Copy()
	state.HTTPClient = through{b, state.HTTPClient}
	state.Retryer = cfg.Retryer
	ledger := *s.state.Scanner.Ledger
	ledger.S3 = s3.NewFromConfig(state, func(o *s3.Options) { o.UsePathStyle = true })
	s.world.Scanner.Ledger = &ledger
}

func TestARunThatStopsAtAnyCallArchivesInSecurityHubWhatEndedOnceItRunsAgain(t *testing.T) {
	const n = 3
	for _, after := range []bool{false, true} {
		over, calls := false, 0
		for at := 1; !over && at < 40; at++ {
			name := fmt.Sprintf("call %d, answered %v", at, !after)
			s := begin(t, localaws.Options{})
			states := map[string]string{}
			told := map[string]int{}
			digests := 0
			// run is the next run on the template; each account is another server, so what it was told is gathered.
			run := func(template []byte, stop *broken) *finding.Report {
				s.becomes(localaws.Options{}, template)
				s.world.Scanner.Hub = &publish.Hub{
					API: securityhub.NewFromConfig(s.world.Config), Partition: "aws", Account: s.world.Account.ID, Region: s.world.Account.Region, Now: s.world.Scanner.Now,
				}
				if stop != nil {
					stop.stopsWithHub(s)
				}
				report, _ := s.scan()
				for id, f := range s.world.AWS.Imported() {
					states[id] = f["RecordState"].(string)
				}
				events, messages := times(t, s.world)
				for what, how := range events {
					told[what] += how
				}
				digests += messages
				s.world.Close()
				return report
			}
			run(account(n, 0, 1, 2), nil)
			stop := &broken{at: at, after: after}
			run(account(n), stop)
			over, calls = stop.seen < at, stop.seen
			run(account(n), nil)
			last := run(account(n), nil)
			archived := 0
			for _, state := range states {
				if state == "ARCHIVED" {
					archived++
				}
			}
			if archived != n || len(states) != n || last.Summary.Resolved > 0 {
				t.Errorf("%s: in Security Hub %v", name, states)
			}
			for i := range n {
				if times := told[fmt.Sprintf("resolved f%02d R3", i)]; times < 1 || times > 2 {
					t.Errorf("%s: the end of f%02d was told %d times", name, i, times)
				}
			}
			if digests < 2 || digests > 3 {
				t.Errorf("%s: %d digests", name, digests)
			}
		}
		if !over || calls < 7 {
			t.Errorf("the run made %d calls, and came to its end: %v", calls, over)
		}
	}
}

// deaf is a topic that takes nothing and keeps until when it was asked to.
type deaf struct{ until []time.Time }

func (d *deaf) Publish(ctx context.Context, _ *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	until, _ := ctx.Deadline()
	d.until = append(d.until, until)
	return nil, context.DeadlineExceeded
}

func TestServicesThatDoNotTakeWhatIsToldDoNotTakeTheTimeOfTheRun(t *testing.T) {
	s := begin(t, localaws.Options{})
	topic := &deaf{}
	becomes := func() {
		s.becomes(localaws.Options{Faults: []localaws.Fault{{Service: "events", Operation: "PutEvents", Code: "throttle"}}}, account(2, 1))
		s.world.Scanner.Publisher.Topic, s.world.Scanner.Publisher.Patience = topic, 50*time.Millisecond
	}
	becomes()
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	report := s.world.Scanner.Run(ctx, scheduled, "first")
	if took := time.Since(began); took > 5*time.Second || report.Status != finding.ReportIncomplete || len(report.Notified.Failed) != 3 || len(report.Gaps) > 0 {
		t.Errorf("%s after %s: %q %+v", report.Status, took, report.Notified.Failed, report.Gaps)
	}
	// Without a patience of their own, calls leave time for what comes after them, also those before a scan for a person.
	becomes()
	s.world.Scanner.Publisher.Patience = time.Hour
	s.world.Scanner.Publisher.EventBus = ""
	topic.until = nil
	began = time.Now()
	s.world.Scanner.Run(ctx, config.Request{Mode: config.OnDemand, Publish: true}, "second")
	if len(topic.until) != 2 || topic.until[0].Sub(began) > 10*time.Second || topic.until[1].Sub(began) > 25*time.Second {
		t.Errorf("from %s on it was tried until %s", began, topic.until)
	}
	s.becomes(localaws.Options{}, account(2, 1))
	s.expect("the next run, which finds no lease", told{Scans: 1, Messages: 1})
}

// flaw is what becomes of one call to the state bucket.
type flaw struct {
	name   string
	status int
	code   string
	// made is true where the call is made all the same, and its answer is lost.
	made bool
}

var flaws = []flaw{
	{"refused", 403, "AccessDenied", false}, {"slowed down", 503, "SlowDown", false}, {"an error of S3", 500, "InternalError", false},
	{"unreachable", 0, "", false}, {"made and not answered", 0, "", true},
}

// bucket is the way to the state bucket of a probe: the calls from one on, as many as times, come to nothing.
type bucket struct {
	flaw
	next        aws.HTTPClient
	from, times int
	seen        int
}

func (b *bucket) Do(r *http.Request) (*http.Response, error) {
	b.seen++
	if b.seen < b.from || b.seen >= b.from+b.times {
		return b.next.Do(r)
	}
	if b.made {
		if response, err := b.next.Do(r); err == nil {
			_ = response.Body.Close()
		}
	}
	if b.code == "" {
		return nil, errStopped
	}
	return &http.Response{
		StatusCode: b.status, Header: http.Header{"Content-Type": {"application/xml"}}, Request: r,
		Body: io.NopCloser(strings.NewReader("<Error><Code>" + b.code + "</Code><Message>no</Message></Error>")),
	}, nil
}

// through has the probe reach its state bucket that way, without repeats.
func (b *bucket) through(w *scantest.World) {
	cfg := w.Config.Copy()
	b.next, cfg.HTTPClient = cfg.HTTPClient, b
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	w.Scanner.Ledger.S3 = s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
}

func TestWhereTheStateBucketFailsNothingIsLostAndWhatMayBeRepeatedIsSaid(t *testing.T) {
	template := account(3, 1, 2)
	for _, f := range flaws {
		for _, span := range []int{1, 1000} {
			over := false
			for from := 1; !over; from++ {
				name := fmt.Sprintf("call %d is %s", from, f.name)
				if span > 1 {
					name = fmt.Sprintf("every call from %d on is %s", from, f.name)
				}
				w := remembering(t, localaws.Options{}, "account.yaml", template)
				now := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
				w.Scanner.Now = func() time.Time { return now }
				w.Scanner.Ledger.Now = w.Scanner.Now
				whole := *w.Scanner.Ledger
				way := &bucket{flaw: f, from: from, times: span}
				way.through(w)
				first := w.Scanner.Run(context.Background(), scheduled, "first")
				over = way.seen < from
				w.Scanner.Ledger = &whole
				now = now.Add(time.Hour)
				second := w.Scanner.Run(context.Background(), scheduled, "second")
				now = now.Add(time.Hour)
				before := len(w.AWS.Events())
				messages := len(w.AWS.Published())
				third := w.Scanner.Run(context.Background(), scheduled, "third")
				if have := heard(t, w, messages, before); len(have.Events)+have.Messages > 0 || third.Summary.Persisting != 2 {
					t.Errorf("%s: the third run is not silent: %+v", name, have)
				}
				events, digests := times(t, w)
				if len(events) != 2 || digests == 0 || len(first.Findings) != 2 || len(second.Findings) != 2 {
					t.Errorf("%s: told %v and %d digests, found %d and %d", name, events, digests, len(first.Findings), len(second.Findings))
				}
				said := slices.ContainsFunc(first.Gaps, func(g finding.Gap) bool { return strings.Contains(g.Reason, "s3://state/") }) ||
					slices.ContainsFunc(first.Warnings, func(w string) bool { return strings.Contains(w, "may be told again") })
				repeated := digests > 1
				for _, n := range events {
					repeated = repeated || n > 1
				}
				if repeated && !said {
					t.Errorf("%s: told %v and %d digests, and the report does not say that it may be: gaps %+v, warnings %q", name, events, digests, first.Gaps, first.Warnings)
				}
				if !over && !said {
					t.Errorf("%s: the report does not say that the bucket failed", name)
				}
				if over && (repeated || said) {
					t.Errorf("%s: nothing failed, and told %v, %d digests, gaps %+v", name, events, digests, first.Gaps)
				}
			}
		}
	}
}

package scan_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/publish"
	"permprobe/shared/scan/scantest"
	"permprobe/shared/simulate"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"
)

// account are functions of which the given ones may write no logs.
func account(n int, silent ...int) []byte {
	var b strings.Builder
	b.WriteString("Resources:\n")
	for i := range n {
		managed := `ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"], `
		if slices.Contains(silent, i) {
			managed = ""
		}
		fmt.Fprintf(&b, `  R%[1]d:
    Type: AWS::IAM::Role
    Properties: {RoleName: role-%02[1]d, %[2]sAssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}}
  F%[1]d: {Type: AWS::Lambda::Function, Properties: {FunctionName: f%02[1]d, Role: !GetAtt R%[1]d.Arn}}
`, i, managed)
	}
	return []byte(b.String())
}

// tale is one probe's memory over an account that changes.
type tale struct {
	t     *testing.T
	now   time.Time
	world *scantest.World
	// state is the account that holds the state bucket.
	state *scantest.World
	run   int
}

func begin(t *testing.T, o localaws.Options) *tale {
	t.Helper()
	// A run for a person has a deadline of the real clock.
	tale := &tale{t: t, now: time.Now().UTC().Truncate(time.Second)}
	tale.state = scantest.New(t, o, nil, scantest.Parse(t, "state.json", []byte(stateBucket), nil))
	tale.state.Remember("state")
	tale.state.Scanner.Ledger.Now = func() time.Time { return tale.now }
	return tale
}

// becomes makes the account what the template says.
func (s *tale) becomes(o localaws.Options, template []byte) {
	s.t.Helper()
	s.world = scantest.New(s.t, o, nil, scantest.Parse(s.t, "account.yaml", template, nil))
	s.world.Scanner.Ledger = s.state.Scanner.Ledger
	s.world.Scanner.Now = func() time.Time { return s.now }
	s.world.Scanner.Collector.Now = s.world.Scanner.Now
}

// told is what one run said: the transitions on the bus as "status function check", and how many messages.
type told struct {
	Events   []string
	Scans    int
	Messages int
}

func heard(t *testing.T, w *scantest.World, messages, events int) told {
	var out told
	for _, e := range w.AWS.Events()[events:] {
		if e.DetailType == publish.ScanDetailType {
			out.Scans++
			continue
		}
		var detail publish.FindingEvent
		if err := json.Unmarshal([]byte(e.Detail), &detail); err != nil {
			t.Fatal(err)
		}
		out.Events = append(out.Events, transition(&detail.Finding))
	}
	slices.Sort(out.Events)
	out.Messages = len(w.AWS.Published()) - messages
	return out
}

func transition(f *finding.Finding) string {
	_, name, _ := strings.Cut(f.Function, ":function:")
	return fmt.Sprintf("%s %s %s", f.Status, name, f.Check)
}

// scan is the next run of the schedule, an hour later.
func (s *tale) scan() (*finding.Report, told) {
	s.t.Helper()
	s.run++
	s.now = s.now.Add(time.Hour)
	return s.as(config.Request{Mode: config.Scheduled, Publish: true}, s.now.Format(time.RFC3339))
}

func (s *tale) as(request config.Request, run string) (*finding.Report, told) {
	s.t.Helper()
	messages, events := len(s.world.AWS.Published()), len(s.world.AWS.Events())
	report := s.world.Scanner.Run(context.Background(), request, run)
	return report, heard(s.t, s.world, messages, events)
}

func (s *tale) expect(what string, want told) *finding.Report {
	s.t.Helper()
	report, have := s.scan()
	if diff := cmp.Diff(want, have); diff != "" {
		s.t.Errorf("%s (-want +told):\n%s", what, diff)
	}
	return report
}

func transitions(fs []finding.Finding) []string {
	var out []string
	for i := range fs {
		out = append(out, transition(&fs[i]))
	}
	slices.Sort(out)
	return out
}

func TestAFindingIsToldWhenItComesWhenItGoesAndWhenItComesBack(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.becomes(localaws.Options{}, account(3, 1, 2))
	first := s.expect("the first run", told{Events: []string{"new f01 R3", "new f02 R3"}, Scans: 1, Messages: 1})
	if !first.Baseline || first.Summary.New != 2 {
		t.Errorf("the first run: baseline %v, %+v", first.Baseline, first.Summary)
	}
	second := s.expect("a run in which nothing changed", told{Scans: 1})
	if second.Baseline || second.Summary.Persisting != 2 || second.Findings[0].FirstSeen != first.Findings[0].FirstSeen || second.Findings[0].LastSeen == first.Findings[0].LastSeen {
		t.Errorf("%+v", second.Findings)
	}
	s.becomes(localaws.Options{}, account(3, 2))
	third := s.expect("a repaired function", told{Events: []string{"resolved f01 R3"}, Scans: 1, Messages: 1})
	if diff := cmp.Diff([]string{"resolved f01 R3"}, transitions(third.Resolved)); diff != "" || third.Resolved[0].FirstSeen != first.Findings[0].FirstSeen || third.Resolved[0].Title == "" {
		t.Errorf("%+v", third.Resolved)
	}
	s.expect("a run after it", told{Scans: 1})
	s.becomes(localaws.Options{}, account(3, 1, 2))
	back := s.expect("a fault that is back", told{Events: []string{"reopened f01 R3"}, Scans: 1, Messages: 1})
	if back.Findings[0].FirstSeen != first.Findings[0].FirstSeen || back.Findings[0].Since == back.Findings[0].FirstSeen {
		t.Errorf("%+v", back.Findings[0])
	}
	s.becomes(localaws.Options{}, account(2, 1))
	gone := s.expect("a function that was deleted", told{Events: []string{"gone f02 R3"}, Scans: 1, Messages: 1})
	if diff := cmp.Diff([]string{"gone f02 R3"}, transitions(gone.Gone)); diff != "" || len(gone.Resolved) > 0 {
		t.Errorf("%s %+v", diff, gone.Resolved)
	}
	s.becomes(localaws.Options{}, account(2, 1))
	s.world.Scanner.File.Functions = []string{"f00"}
	s.expect("a function that is not selected any more", told{Events: []string{"gone f01 R3"}, Scans: 1, Messages: 1})
	s.expect("a run after it", told{Scans: 1})
}

func TestWhatCannotBeLookedAtIsUnverifiedAndNeverResolved(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.becomes(localaws.Options{}, account(2, 1))
	s.expect("the first run", told{Events: []string{"new f01 R3"}, Scans: 1, Messages: 1})
	for range 2 { // the second one has nothing new to say
		s.becomes(localaws.Options{Faults: []localaws.Fault{{Service: "iam", Operation: "SimulatePrincipalPolicy", Code: "AccessDenied", Status: 403}}}, account(2))
		report, have := s.scan()
		want := told{Scans: 1}
		if s.run == 2 {
			want = told{Events: []string{"unverified f01 R3"}, Scans: 1, Messages: 1}
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("run %d (-want +told):\n%s", s.run, diff)
		}
		if diff := cmp.Diff([]string{"unverified f01 R3"}, transitions(report.Findings)); diff != "" || len(report.Resolved) > 0 || report.Status != finding.ReportIncomplete || report.Summary.Unverified != 1 {
			t.Errorf("%s: resolved %v\n%s", report.Status, transitions(report.Resolved), diff)
		}
	}
	s.becomes(localaws.Options{}, account(2, 1))
	s.expect("it is still there", told{Scans: 1})
	s.becomes(localaws.Options{}, account(2))
	s.expect("it is mended", told{Events: []string{"resolved f01 R3"}, Scans: 1, Messages: 1})

	s.becomes(localaws.Options{Faults: []localaws.Fault{{Service: "lambda", Operation: "ListFunctions", Code: "AccessDeniedException", Status: 403}}}, account(2))
	report, _ := s.scan()
	if len(report.Gone) > 0 {
		t.Errorf("functions that could not be listed are said to be gone: %v", transitions(report.Gone))
	}
}

func TestAGapIsToldOnceForEachCause(t *testing.T) {
	s := begin(t, localaws.Options{})
	denied := localaws.Options{Faults: []localaws.Fault{{Service: "iam", Operation: "SimulatePrincipalPolicy", Code: "AccessDenied", Status: 403}}}
	s.becomes(denied, account(3))
	first := s.expect("the first run", told{Scans: 1, Messages: 1})
	if len(first.Gaps) < 3 {
		t.Fatalf("%d gaps", len(first.Gaps))
	}
	s.expect("the second run", told{Scans: 1})
	s.becomes(localaws.Options{Faults: append(denied.Faults, localaws.Fault{Service: "sns", Operation: "ListSubscriptions", Code: "AuthorizationError", Status: 403})}, account(3))
	s.expect("another cause", told{Scans: 1, Messages: 1})
	s.becomes(localaws.Options{}, account(3))
	s.expect("none", told{Scans: 1})
	s.becomes(denied, account(3))
	s.now = s.now.Add(25 * time.Hour) // what was allowed is not remembered any more
	s.expect("a cause that comes and goes", told{Scans: 1})
	s.becomes(localaws.Options{}, account(3))
	s.now = s.now.Add(8 * 24 * time.Hour)
	s.expect("none for a week", told{Scans: 1})
	s.becomes(denied, account(3))
	s.now = s.now.Add(25 * time.Hour)
	s.expect("after a week without", told{Scans: 1, Messages: 1})
}

func TestARepeatedRunTellsNothingTwice(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.becomes(localaws.Options{}, account(2, 1))
	_, have := s.as(scheduled, "2026-11-21T03:00:00Z")
	if diff := cmp.Diff(told{Events: []string{"new f01 R3"}, Scans: 1, Messages: 1}, have); diff != "" {
		t.Errorf("the first time (-want +told):\n%s", diff)
	}
	report, have := s.as(scheduled, "2026-11-21T03:00:00Z")
	if diff := cmp.Diff(told{}, have); diff != "" || len(report.Findings) != 1 {
		t.Errorf("the second time: %d findings (-want +told):\n%s", len(report.Findings), diff)
	}
	// A person who is answered too late asks again.
	for i := range 2 {
		report, have := s.as(config.Request{Mode: config.OnDemand, Publish: true}, fmt.Sprint("request ", i))
		if diff := cmp.Diff(told{Scans: 1}, have); diff != "" || len(report.Findings) != 1 {
			t.Errorf("request %d (-want +told):\n%s", i, diff)
		}
	}
}

func TestOneScheduleThatIsDeliveredTwiceAtOnceIsOneRun(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.becomes(localaws.Options{}, account(2, 1))
	other := *s.world.Scanner
	first, second := *s.world.Scanner.Ledger, *s.world.Scanner.Ledger
	first.Delivery, second.Delivery = "a", "b"
	s.world.Scanner.Ledger, other.Ledger = &first, &second
	var once sync.Once
	var beside *finding.Report
	s.world.Scanner.Simulator = &simulate.Simulator{API: hooked{s.world.Scanner.Simulator.API, func() error {
		once.Do(func() { beside = other.Run(context.Background(), scheduled, "2026-11-21T03:00:00Z") })
		return nil
	}}}
	_, have := s.as(scheduled, "2026-11-21T03:00:00Z")
	if diff := cmp.Diff(told{Events: []string{"new f01 R3"}, Scans: 1, Messages: 1}, have); diff != "" {
		t.Errorf("(-want +told):\n%s", diff)
	}
	if beside == nil || beside.Status != finding.ReportIncomplete || len(beside.Findings) > 0 {
		t.Errorf("%+v", beside)
	}
}

func TestACheckTellsOnlyWhereItIsAskedToAndOnlyOfWhatItLookedAt(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.becomes(localaws.Options{}, account(3, 1, 2))
	s.expect("the first run", told{Events: []string{"new f01 R3", "new f02 R3"}, Scans: 1, Messages: 1})
	s.becomes(localaws.Options{}, account(3))
	quiet := config.Request{Mode: config.OnDemand, Functions: []string{"f01"}}
	report, have := s.as(quiet, "quiet")
	if diff := cmp.Diff(told{}, have); diff != "" || len(transitions(report.Resolved)) != 1 {
		t.Errorf("resolved %v (-want +told):\n%s", transitions(report.Resolved), diff)
	}
	loud := quiet
	loud.Publish = true
	_, have = s.as(loud, "loud")
	if diff := cmp.Diff(told{Events: []string{"resolved f01 R3"}, Scans: 1, Messages: 1}, have); diff != "" {
		t.Errorf("(-want +told):\n%s", diff)
	}
	s.expect("the whole scan", told{Events: []string{"resolved f02 R3"}, Scans: 1, Messages: 1})
}

func TestAClockThatGoesBackMakesNothingYounger(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.becomes(localaws.Options{}, account(2, 1))
	first, _ := s.scan()
	s.now = s.now.Add(-48 * time.Hour)
	second := s.expect("two days earlier", told{Scans: 1})
	if second.Findings[0].FirstSeen != first.Findings[0].FirstSeen || second.Findings[0].LastSeen != first.Findings[0].LastSeen {
		t.Errorf("%+v", second.Findings[0])
	}
}

func TestARunThatIsCutShortKeepsWhatItDidNotReach(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.becomes(localaws.Options{}, account(6, 0, 1, 2, 3, 4, 5))
	first, _ := s.scan()
	if first.Summary.New != 6 {
		t.Fatalf("%+v", first.Summary)
	}
	var mu sync.Mutex
	asked := 0
	s.world.Scanner.Simulator = &simulate.Simulator{API: hooked{s.world.Scanner.Simulator.API, func() error {
		mu.Lock()
		defer mu.Unlock()
		if asked++; asked > 4 {
			return &aws.RequestCanceledError{Err: context.DeadlineExceeded}
		}
		return nil
	}}}
	short, have := s.scan()
	if len(have.Events) > 0 || len(short.Resolved)+len(short.Gone) > 0 || short.Cursor == "" || short.Summary.Unverified == 0 || short.Summary.Unverified+short.Summary.Persisting != 6 {
		t.Errorf("told %+v, cursor %q, %+v", have, short.Cursor, short.Summary)
	}
	asked = -1000
	s.expect("a run that reaches everything", told{Scans: 1})
}

// broken is a probe whose process stops at a call to AWS: from then on nothing that it does has any effect.
type broken struct {
	next aws.HTTPClient
	mu   sync.Mutex
	at   int
	seen int
	// after is true where the call is made and its answer does not arrive.
	after bool
}

var errStopped = errors.New("the process stopped")

func (b *broken) Do(r *http.Request) (*http.Response, error) { return b.call(b.next, r) }

func (b *broken) call(next aws.HTTPClient, r *http.Request) (*http.Response, error) {
	b.mu.Lock()
	b.seen++
	n := b.seen
	b.mu.Unlock()
	if n > b.at || n == b.at && !b.after {
		return nil, errStopped
	}
	response, err := next.Do(r)
	if n == b.at && err == nil {
		_ = response.Body.Close()
		return nil, errStopped
	}
	return response, err
}

// stops has the probe's clients go through it, without repeats: a process that stopped makes none.
func (b *broken) stops(w *scantest.World) {
	cfg := w.Config.Copy()
	b.next, cfg.HTTPClient = cfg.HTTPClient, b
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	w.Scanner.Ledger.S3 = s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	w.Scanner.Publisher.Topic, w.Scanner.Publisher.Events = sns.NewFromConfig(cfg), eventbridge.NewFromConfig(cfg)
}

func TestARunThatStopsAtAnyCallLosesNoNoticeAndRepeatsOnlyTheOneInFlight(t *testing.T) {
	const silentOnes = 12 // two calls for the events
	var all []int
	for i := range silentOnes {
		all = append(all, i)
	}
	template := account(silentOnes, all...)
	for _, after := range []bool{false, true} {
		finished, calls := false, 0
		for at := 1; !finished && at < 40; at++ {
			name := fmt.Sprintf("call %d, answered %v", at, !after)
			w := remembering(t, localaws.Options{}, "account.yaml", template)
			now := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
			w.Scanner.Now = func() time.Time { return now }
			w.Scanner.Ledger.Now = w.Scanner.Now
			whole, publisher := *w.Scanner.Ledger, *w.Scanner.Publisher
			stop := &broken{at: at, after: after}
			stop.stops(w)
			w.Scanner.Run(context.Background(), scheduled, "first")
			finished, calls = stop.seen < at, stop.seen
			w.Scanner.Ledger, w.Scanner.Publisher = &whole, &publisher
			now = now.Add(time.Hour)
			w.Scanner.Run(context.Background(), scheduled, "second")
			now = now.Add(time.Hour)
			before := len(w.AWS.Events())
			messages := len(w.AWS.Published())
			last := w.Scanner.Run(context.Background(), scheduled, "third")
			if have := heard(t, w, messages, before); len(have.Events) > 0 || have.Messages > 0 || last.Summary.Persisting != silentOnes {
				t.Errorf("%s: the third run is not silent: %+v", name, have)
			}
			times, sequences := map[string]int{}, map[string]map[int64]bool{}
			for _, e := range w.AWS.Events() {
				var detail publish.FindingEvent
				if err := json.Unmarshal([]byte(e.Detail), &detail); err != nil {
					t.Fatal(err)
				}
				if e.DetailType == publish.FindingDetailType {
					times[detail.Finding.ID]++
					if sequences[detail.Finding.ID] == nil {
						sequences[detail.Finding.ID] = map[int64]bool{}
					}
					sequences[detail.Finding.ID][detail.Sequence] = true
				}
			}
			repeated := 0
			for id, n := range times {
				if repeated += n - 1; n > 2 || len(sequences[id]) != 1 {
					t.Errorf("%s: the finding %s was told %d times under the numbers %v", name, id, n, sequences[id])
				}
			}
			digests := len(w.AWS.Published())
			if len(times) != silentOnes || digests == 0 {
				t.Errorf("%s: %d findings and %d digests were told", name, len(times), digests)
			}
			if repeated > 0 && digests > 1 || repeated > 10 || digests > 2 {
				t.Errorf("%s: %d events and %d digests were repeated: more than the call in flight", name, repeated, digests-1)
			}
		}
		if !finished || calls < 7 { // the state twice, the lease, what is to be told, two calls for the events, the end
			t.Errorf("the run made %d calls, and came to its end: %v", calls, finished)
		}
	}
}

func TestAMutedFindingIsListedAndNotToldUntilTheMuteExpires(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.becomes(localaws.Options{}, account(3, 1, 2))
	lastDay := s.now.Truncate(24*time.Hour).AddDate(0, 0, 2)
	s.world.Scanner.File.Mutes = []config.Mute{{Check: "R3", Function: "f01", Reason: "on purpose", Expires: lastDay, Where: "probe.yaml:4"}}
	report := s.expect("the first run", told{Events: []string{"new f02 R3"}, Scans: 1, Messages: 1})
	muted := report.Findings[slices.IndexFunc(report.Findings, func(f finding.Finding) bool { return f.Status == finding.StatusSuppressed })]
	if report.Summary.Suppressed != 1 || report.Summary.Findings != 1 || muted.Muted == nil || muted.Muted.Reason != "on purpose" || muted.Muted.Expires != lastDay.Format(time.DateOnly) {
		t.Errorf("%+v, %+v", report.Summary, muted)
	}
	if chat := s.world.AWS.Published()[0].For("default"); strings.Contains(chat, "f01") {
		t.Errorf("the message names what is muted: %s", chat)
	}
	s.expect("the second run", told{Scans: 1})
	s.now = lastDay.AddDate(0, 0, 1)
	report = s.expect("the mute has expired", told{Events: []string{"new f01 R3"}, Scans: 1, Messages: 1})
	if len(report.Warnings) != 1 || !strings.Contains(report.Warnings[0], "the mute at probe.yaml:4 (on purpose) expired") {
		t.Errorf("%q", report.Warnings)
	}
	s.expect("a run after it", told{Scans: 1})

	s.world.Scanner.File.Mutes[0].Expires = time.Time{}
	report = s.expect("muted again", told{Scans: 1})
	if len(report.Resolved) > 0 || report.Summary.Suppressed != 1 {
		t.Errorf("%+v", report.Summary)
	}
	mutes := s.world.Scanner.File.Mutes
	s.becomes(localaws.Options{}, account(3, 2))
	s.world.Scanner.File.Mutes = mutes
	report = s.expect("what is muted is mended", told{Scans: 1})
	if want := "the mute at probe.yaml:4 (on purpose) hides nothing: no finding that was decided matches it"; len(report.Warnings) != 1 || report.Warnings[0] != want {
		t.Errorf("%q", report.Warnings)
	}
	// A check of one function, or a scan that could not decide, says nothing of it.
	quiet, _ := s.as(config.Request{Mode: config.OnDemand, Functions: []string{"f02"}}, "quiet")
	s.becomes(localaws.Options{Faults: []localaws.Fault{{Service: "logs", Operation: "DescribeLogGroups", Code: "AccessDeniedException", Status: 400}, {Service: "iam", Operation: "SimulatePrincipalPolicy", Code: "AccessDenied", Status: 403}}}, account(3, 2))
	s.world.Scanner.File.Mutes = mutes
	s.now = s.now.Add(25 * time.Hour) // what was allowed is not remembered any more
	if report, _ = s.scan(); len(quiet.Warnings)+len(report.Warnings) > 0 || len(report.Gaps) == 0 {
		t.Errorf("%q, %q", quiet.Warnings, report.Warnings)
	}
}

func TestWhatIsNotTakenIsDeliveredByALaterRun(t *testing.T) {
	for name, c := range map[string]struct {
		faults []localaws.Fault
		first  told
		later  told
	}{
		"SNS fails":                          {[]localaws.Fault{{Service: "sns", Operation: "Publish", Code: "AuthorizationError", Status: 403}}, told{Events: []string{"new f01 R3", "new f02 R3"}, Scans: 1}, told{Scans: 1, Messages: 1}},
		"EventBridge refuses the call":       {[]localaws.Fault{{Service: "events", Operation: "PutEvents", Code: "AccessDeniedException", Status: 400}}, told{Messages: 1}, told{Events: []string{"new f01 R3", "new f02 R3"}, Scans: 2}},
		"EventBridge refuses one entry":      {[]localaws.Fault{{Service: "events", Operation: "PutEvents", Code: "throttle", Entries: []int{0}}}, told{Events: []string{"new f02 R3"}, Scans: 1, Messages: 1}, told{Events: []string{"new f01 R3"}, Scans: 1}},
		"EventBridge takes it the next time": {[]localaws.Fault{{Service: "events", Operation: "PutEvents", Code: "throttle", Entries: []int{0, 1}, Times: 1}}, told{Events: []string{"new f01 R3", "new f02 R3"}, Scans: 1, Messages: 1}, told{Scans: 1}},
		"neither takes anything":             {[]localaws.Fault{{Service: "sns", Operation: "Publish", Code: "AuthorizationError", Status: 403}, {Service: "events", Operation: "PutEvents", Code: "AccessDeniedException", Status: 400}}, told{}, told{Events: []string{"new f01 R3", "new f02 R3"}, Scans: 2, Messages: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, localaws.Options{})
			s.becomes(localaws.Options{Faults: c.faults}, account(3, 1, 2))
			report, have := s.scan()
			if diff := cmp.Diff(c.first, have); diff != "" {
				t.Errorf("(-want +told):\n%s", diff)
			}
			failed := len(c.later.Events) > 0 || c.later.Messages > 0
			if failed != (len(report.Notified.Failed) > 0) || failed != (report.Status == finding.ReportIncomplete) {
				t.Errorf("status %s, failed %q", report.Status, report.Notified.Failed)
			}
			s.becomes(localaws.Options{}, account(3, 1, 2))
			s.expect("the next run", c.later)
			s.expect("the run after it", told{Scans: 1})
		})
	}
}

func TestARunWhoseStateCannotBeWrittenTellsAndSaysThatItMayRepeat(t *testing.T) {
	s := begin(t, localaws.Options{Faults: []localaws.Fault{{Service: "s3", Operation: "PutObject", Code: "AccessDenied", Status: 403}}})
	s.becomes(localaws.Options{}, account(2, 1))
	for range 2 {
		report := s.expect("a run", told{Events: []string{"new f01 R3"}, Scans: 1, Messages: 1})
		if len(report.Warnings) != 1 || !strings.Contains(report.Warnings[0], "may be told again") || len(report.Gaps) == 0 {
			t.Errorf("warnings %q, gaps %+v", report.Warnings, report.Gaps)
		}
	}
}

func TestALeaseThatWasLostMeansThatTheOtherRunTells(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.becomes(localaws.Options{}, account(2, 1))
	var once sync.Once
	other := *s.world.Scanner
	s.world.Scanner.Simulator = &simulate.Simulator{API: hooked{s.world.Scanner.Simulator.API, func() error {
		once.Do(func() {
			now := s.now
			s.now = now.Add(time.Hour) // the lease has ended
			other.Run(context.Background(), scheduled, "other")
			s.now = now
		})
		return nil
	}}}
	report, have := s.as(scheduled, "slow")
	if diff := cmp.Diff(told{Events: []string{"new f01 R3"}, Scans: 1, Messages: 1}, have); diff != "" {
		t.Errorf("both together (-want +told):\n%s", diff)
	}
	if report.Status != finding.ReportIncomplete || !slices.ContainsFunc(report.Gaps, func(g finding.Gap) bool { return strings.Contains(g.Reason, "taken over") }) {
		t.Errorf("%s %+v", report.Status, report.Gaps)
	}
	s.expect("a run after them", told{Scans: 1})
}

func TestAFindingThatCameAndWentUntoldIsToldAsItIs(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.becomes(localaws.Options{Faults: []localaws.Fault{{Service: "sns", Operation: "Publish", Code: "AuthorizationError", Status: 403}}}, account(2, 1))
	s.expect("nobody hears", told{Events: []string{"new f01 R3"}, Scans: 1})
	ledger := s.world.Scanner.Ledger
	s.becomes(localaws.Options{Faults: []localaws.Fault{{Service: "sns", Operation: "Publish", Code: "AuthorizationError", Status: 403}}}, account(2))
	s.expect("nobody hears yet", told{Events: []string{"resolved f01 R3"}, Scans: 1})
	s.becomes(localaws.Options{}, account(2))
	s.world.Scanner.Ledger = ledger
	s.expect("somebody hears", told{Scans: 1, Messages: 1})
	var digest publish.DigestEvent
	if err := json.Unmarshal([]byte(s.world.AWS.Published()[0].For("sqs")), &digest); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"resolved f01 R3"}, transitions(digest.Findings)); diff != "" || digest.ID != "123456789012-us-east-1-2" {
		t.Errorf("%s (-want +told):\n%s", digest.ID, diff)
	}
}

func TestAnEventThatIsRefusedForWhatItHoldsIsSaidOnceAndNotSentForEver(t *testing.T) {
	for _, code := range []string{"MalformedDetail", "InvalidArgument", "RedactionFailure"} {
		s := begin(t, localaws.Options{})
		s.becomes(localaws.Options{Faults: []localaws.Fault{{Service: "events", Operation: "PutEvents", Code: code, Entries: []int{0}}}}, account(3, 1, 2))
		report := s.expect(code, told{Events: []string{"new f02 R3"}, Scans: 1, Messages: 1})
		if len(report.Notified.Failed) != 1 || !strings.Contains(report.Notified.Failed[0], "not sent again") || report.Status != finding.ReportIncomplete {
			t.Errorf("%s: %s %q", code, report.Status, report.Notified.Failed)
		}
		s.becomes(localaws.Options{}, account(3, 1, 2))
		if report = s.expect("the next run", told{Scans: 1}); len(report.Notified.Failed) > 0 {
			t.Errorf("%s: %q", code, report.Notified.Failed)
		}
	}
}

func TestEndsOfRunsDoNotPileUpWhereTheBusTakesNone(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.becomes(localaws.Options{Faults: []localaws.Fault{{Service: "events", Operation: "PutEvents", Code: "AccessDeniedException", Status: 400}}}, account(1))
	var report *finding.Report
	for range 53 {
		report, _ = s.scan()
	}
	if len(report.Warnings) != 1 || !strings.Contains(report.Warnings[0], "not sent any more") {
		t.Errorf("%q", report.Warnings)
	}
	s.becomes(localaws.Options{}, account(1))
	s.expect("the bus is back", told{Scans: 51})
}

package scan_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"
	"permprobe/shared/simulate"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
)

// scheduled is the request of the schedule.
var scheduled = config.Request{Mode: config.Scheduled, Publish: true}

// stateBucket is the stack of the probe's own bucket.
const stateBucket = `{"Resources": {"State": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "state"}}}}`

// remembering is a world whose probe has a memory.
func remembering(t *testing.T, o localaws.Options, name string, template []byte) *scantest.World {
	t.Helper()
	w := scantest.New(t, o, nil, scantest.Parse(t, name, template, nil), scantest.Parse(t, "state.json", []byte(stateBucket), nil))
	w.Remember("state")
	return w
}

// silent are n functions with a role of their own each, none of which may write logs.
func silent(n int) []byte {
	var b strings.Builder
	b.WriteString("Resources:\n")
	for i := range n {
		fmt.Fprintf(&b, `  R%[1]d:
    Type: AWS::IAM::Role
    Properties: {RoleName: role-%02[1]d, AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}}
  F%[1]d: {Type: AWS::Lambda::Function, Properties: {FunctionName: silent-%02[1]d, Role: !GetAtt R%[1]d.Arn}}
`, i)
	}
	return []byte(b.String())
}

// hooked calls a function before every question to the simulator; an error takes the answer's place.
type hooked struct {
	simulate.API
	before func() error
}

func (h hooked) SimulatePrincipalPolicy(ctx context.Context, in *iam.SimulatePrincipalPolicyInput, o ...func(*iam.Options)) (*iam.SimulatePrincipalPolicyOutput, error) {
	if err := h.before(); err != nil {
		return nil, err
	}
	return h.API.SimulatePrincipalPolicy(ctx, in, o...)
}

func TestARunThatBeginsWhileAnotherWorksLooksAtNothingAndTellsNobody(t *testing.T) {
	w := remembering(t, localaws.Options{}, "silent.yaml", silent(1))
	var second *finding.Report
	var once sync.Once
	first := *w.Scanner
	first.Simulator = &simulate.Simulator{API: hooked{w.Scanner.Simulator.API, func() error {
		once.Do(func() {
			second = w.Scanner.Run(context.Background(), scheduled, "second")
		})
		return nil
	}}}
	report := first.Run(context.Background(), scheduled, "first")
	if second == nil {
		t.Fatal("the second run did not happen")
	}
	if second.Status != finding.ReportIncomplete || len(second.Gaps) != 1 || !strings.Contains(second.Gaps[0].Reason, "another run works on 123456789012 in us-east-1, until 20") {
		t.Errorf("status %s, gaps %+v", second.Status, second.Gaps)
	}
	if len(second.Findings) > 0 || second.Notified.SNS+second.Notified.Events > 0 {
		t.Errorf("%+v", second)
	}
	listings := 0
	for _, call := range w.AWS.Calls() {
		if call.Operation == "ListFunctions" {
			listings++
		}
	}
	if listings != 1 {
		t.Errorf("the functions were listed %d times", listings)
	}
	if report.Status != finding.ReportFindings || len(report.Gaps) > 0 || len(w.AWS.Published()) != 1 {
		t.Errorf("the first run: status %s, gaps %+v, %d messages", report.Status, report.Gaps, len(w.AWS.Published()))
	}
	if later := w.Scanner.Run(context.Background(), scheduled, "third"); later.Status != finding.ReportFindings || len(later.Gaps) > 0 {
		t.Errorf("the run after them: status %s, gaps %+v", later.Status, later.Gaps)
	}
}

func TestARunAfterACrashWaitsForTheLeaseToEnd(t *testing.T) {
	w := remembering(t, localaws.Options{}, "silent.yaml", silent(1))
	now := time.Now()
	w.Scanner.Ledger.Now = func() time.Time { return now }
	w.Scanner.Ledger.Begin(context.Background(), "crashed", now.Add(time.Minute))
	if report := w.Scan(t); len(report.Findings) > 0 || report.Status != finding.ReportIncomplete {
		t.Errorf("status %s, findings %v", report.Status, facets(report.Findings))
	}
	now = now.Add(3 * time.Minute)
	if report := w.Scan(t); len(report.Findings) != 1 || len(report.Gaps) > 0 {
		t.Errorf("findings %v, gaps %+v", facets(report.Findings), report.Gaps)
	}
}

func TestARunForAPersonAnswersBesideAScheduledOneAndTellsNobody(t *testing.T) {
	w := remembering(t, localaws.Options{}, "silent.yaml", silent(1))
	turn := w.Scanner.Ledger.Begin(context.Background(), "scheduled", time.Now().Add(time.Minute))
	report := w.Scanner.Run(context.Background(), config.Request{Mode: config.OnDemand, Publish: true}, "person")
	if len(report.Findings) != 1 || len(report.Gaps) > 0 || len(report.Warnings) != 1 || !strings.Contains(report.Warnings[0], "another run works on") {
		t.Errorf("findings %v, gaps %+v, warnings %q", facets(report.Findings), report.Gaps, report.Warnings)
	}
	if report.Notified.SNS+report.Notified.Events > 0 || len(w.AWS.Published())+len(w.AWS.Events()) > 0 {
		t.Errorf("notified %+v", report.Notified)
	}
	if gaps := turn.End(context.Background(), "", nil, nil); len(gaps) > 0 {
		t.Errorf("the scheduled run ends with %+v", gaps)
	}
}

func TestAProbeWhoseStateCannotBeReachedScansAllTheSame(t *testing.T) {
	w := remembering(t, localaws.Options{Faults: []localaws.Fault{{Service: "s3", Operation: "GetObject", Code: "NoSuchBucket", Status: 404}}}, "silent.yaml", silent(1))
	report := w.Scan(t)
	if len(report.Findings) != 1 || len(report.Gaps) != 1 || !strings.Contains(report.Gaps[0].Reason, "s3:GetObject failed with NoSuchBucket") {
		t.Errorf("findings %v, gaps %+v", facets(report.Findings), report.Gaps)
	}
	if len(w.AWS.Published()) != 1 {
		t.Errorf("%d messages", len(w.AWS.Published()))
	}
}

// functionsOf are the names of the functions that have a finding.
func functionsOf(fs []finding.Finding) []string {
	var out []string
	for _, f := range fs {
		_, name, _ := strings.Cut(f.Function, ":function:")
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func TestShortRunsReachEveryFunctionOneAfterAnother(t *testing.T) {
	const functions = 12
	w := remembering(t, localaws.Options{}, "silent.yaml", silent(functions))
	// A role costs a question, and what is denied a second one: the time of a run is over after so many.
	const limit = 20
	var mu sync.Mutex
	asked := 0
	w.Scanner.Simulator = &simulate.Simulator{API: hooked{w.Scanner.Simulator.API, func() error {
		mu.Lock()
		defer mu.Unlock()
		if asked++; asked > limit {
			return &aws.RequestCanceledError{Err: context.DeadlineExceeded}
		}
		return nil
	}}}
	reached := map[string]bool{}
	var cursors []string
	for i := range 4 {
		asked = 0
		report := w.Scanner.Run(context.Background(), scheduled, fmt.Sprint("run ", i))
		for _, name := range functionsOf(report.Findings) {
			reached[name] = true
		}
		cursors = append(cursors, report.Cursor)
		if report.Status != finding.ReportIncomplete || report.Cursor == "" || len(report.Gaps) == 0 {
			t.Errorf("run %d: status %s, cursor %q, %d gaps", i, report.Status, report.Cursor, len(report.Gaps))
		}
	}
	if len(reached) != functions {
		t.Errorf("4 runs reached %d functions of %d; they stopped at %q", len(reached), functions, cursors)
	}
	if slices.Equal(cursors[:1], cursors[1:2]) {
		t.Errorf("the second run stopped where the first did: %q", cursors)
	}

	asked = -1000
	report := w.Scanner.Run(context.Background(), scheduled, "long run")
	if report.Status != finding.ReportFindings || report.Cursor != "" || len(report.Gaps) > 0 || len(functionsOf(report.Findings)) != functions {
		t.Errorf("status %s, cursor %q, gaps %+v, findings %v", report.Status, report.Cursor, report.Gaps, facets(report.Findings))
	}
	turn := w.Scanner.Ledger.Begin(context.Background(), "next", time.Time{})
	if turn.From != "" || len(turn.Gaps) > 0 {
		t.Errorf("after a run that reached everything the next one begins at %q, gaps %+v", turn.From, turn.Gaps)
	}
}

func TestWhereARunBeginsDoesNotChangeWhatItFinds(t *testing.T) {
	plain := scantest.New(t, localaws.Options{}, nil, scantest.Load(t, example, nil)).Scan(t)
	w := scantest.New(t, localaws.Options{}, nil, scantest.Load(t, example, nil), scantest.Parse(t, "state.json", []byte(stateBucket), nil))
	w.Remember("state")
	for _, from := range []string{"", "notes-api", "nothing-of-the-name", "zzz"} {
		turn := w.Scanner.Ledger.Begin(context.Background(), "before", time.Time{})
		turn.End(context.Background(), "arn:aws:lambda:us-east-1:123456789012:function:"+from, nil, nil)
		report := w.Scan(t)
		if diff := cmp.Diff(ids(plain.Findings), ids(report.Findings)); diff != "" || len(report.Gaps) > 0 || report.Cursor != "" {
			t.Errorf("from %q: gaps %+v, cursor %q, findings (-first +from there):\n%s", from, report.Gaps, report.Cursor, diff)
		}
	}
}

func TestARunThatIsTooShortByTheClockSaysWhereItStopped(t *testing.T) {
	const functions = 16
	w := remembering(t, localaws.Options{Latency: 30 * time.Millisecond}, "silent.yaml", silent(functions))
	reached := map[string]bool{}
	short, before := 0, 0
	// How far a run comes depends on the machine: the first one is too short on any, and the next ones have more
	// time where that did not suffice for a single function.
	working := 300 * time.Millisecond
	for i := 0; i < 12 && len(reached) < functions; i++ {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second+working)
		report := w.Scanner.Run(ctx, scheduled, fmt.Sprint("run ", i))
		cancel()
		for _, name := range functionsOf(report.Findings) {
			reached[name] = true
		}
		if len(reached) == before {
			working += working / 2
		}
		before = len(reached)
		t.Logf("run %d: %d functions reached so far, cursor %q", i, len(reached), report.Cursor)
		if report.Cursor != "" {
			short++
			if report.Status != finding.ReportIncomplete {
				t.Errorf("run %d: status %s", i, report.Status)
			}
		}
	}
	if len(reached) != functions || short == 0 {
		t.Errorf("%d of %d functions reached, %d runs were too short", len(reached), functions, short)
	}
}

var errNoAnswer = errors.New("no answer")

func TestARunThatReadsNothingInItsTimeKeepsTheCursor(t *testing.T) {
	w := remembering(t, localaws.Options{}, "silent.yaml", silent(1))
	const stopped = "arn:aws:lambda:us-east-1:123456789012:function:silent-00"
	w.Scanner.Ledger.Begin(context.Background(), "before", time.Time{}).End(context.Background(), stopped, nil, nil)
	// What is left for the work after the reserve for delivering is nothing.
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	report := w.Scanner.Run(ctx, scheduled, "short")
	if report.Status != finding.ReportIncomplete || report.Cursor != stopped || report.Summary.Functions != 0 {
		t.Errorf("status %s, cursor %q, %d functions", report.Status, report.Cursor, report.Summary.Functions)
	}
	if next := w.Scanner.Ledger.Begin(context.Background(), "next", time.Time{}); next.From != stopped {
		t.Errorf("the next run begins at %q", next.From)
	}
}

func TestAFailureThatIsNotTheClocksLeavesNoCursor(t *testing.T) {
	w := remembering(t, localaws.Options{}, "silent.yaml", silent(2))
	w.Scanner.Simulator = &simulate.Simulator{API: hooked{w.Scanner.Simulator.API, func() error { return errNoAnswer }}}
	report := w.Scan(t)
	if report.Status != finding.ReportIncomplete || report.Cursor != "" {
		t.Errorf("status %s, cursor %q", report.Status, report.Cursor)
	}
}

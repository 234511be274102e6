package scan_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"

	"github.com/google/go-cmp/cmp"
)

// clocked is a world whose probe has a memory and a clock.
type clocked struct {
	*scantest.World
	now time.Time
}

func withClock(t *testing.T, o localaws.Options, template []byte) *clocked {
	t.Helper()
	w := &clocked{World: remembering(t, o, "account.yaml", template), now: time.Now().UTC().Truncate(time.Second)}
	w.follow(w.World)
	return w
}

// follow gives the probe of the world this clock and this memory.
func (w *clocked) follow(other *scantest.World) {
	clock := func() time.Time { return w.now }
	other.Scanner.Ledger = w.Scanner.Ledger
	other.Scanner.Ledger.Now = clock
	other.Scanner.Now, other.Scanner.Collector.Now = clock, clock
}

// run scans as the schedule does, and returns the report with the number of calls of each operation.
func (w *clocked) run(t *testing.T) (*finding.Report, map[string]int) {
	t.Helper()
	return counted(t, w.World, config.Request{Mode: config.Scheduled, Publish: true}, w.now.Format(time.RFC3339))
}

func counted(t *testing.T, w *scantest.World, request config.Request, run string) (*finding.Report, map[string]int) {
	t.Helper()
	before := len(w.AWS.Calls())
	report := w.Scanner.Run(context.Background(), request, run)
	calls := map[string]int{}
	for _, c := range w.AWS.Calls()[before:] {
		calls[c.Operation]++
	}
	return report, calls
}

// team are n functions of one role, each with a failure destination, whose role has these statements besides.
func team(n int, statements string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: team
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
      Policies: [{PolicyName: work, PolicyDocument: {Version: "2012-10-17", Statement: [%s]}}]
  Failed: {Type: AWS::SQS::Queue, Properties: {QueueName: failed}}
`, statements)
	for i := range n {
		fmt.Fprintf(&b, `  F%[1]d: {Type: AWS::Lambda::Function, Properties: {FunctionName: team-%02[1]d, Role: !GetAtt Role.Arn}}
  C%[1]d: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref F%[1]d, Qualifier: $LATEST, DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}}}
`, i)
	}
	return []byte(b.String())
}

const sends = `{Effect: Allow, Action: "sqs:SendMessage", Resource: "*"}`

func TestWhatWasAllowedIsNotAskedAgainUntilADayIsOver(t *testing.T) {
	const n = 44
	w := withClock(t, localaws.Options{}, team(n, sends))
	begun := w.now.Format(time.RFC3339)
	first, calls := w.run(t)
	if first.Status != finding.ReportOK || first.Summary.Remembered != 0 || first.Summary.RememberedSince != "" {
		t.Fatalf("%s, %+v, %+v", first.Status, first.Summary, first.Gaps)
	}
	if calls["SimulatePrincipalPolicy"] == 0 || calls["ListFunctionEventInvokeConfigs"] != n {
		t.Errorf("the first run: %v", calls)
	}
	w.now = w.now.Add(time.Hour)
	second, calls := w.run(t)
	want := first.Summary
	want.APICalls, want.DurationMS = second.Summary.APICalls, second.Summary.DurationMS
	want.Remembered, want.RememberedSince = n*4, begun // 3 for logs and 1 to deliver; who assumes the role is decided anew
	if diff := cmp.Diff(want, second.Summary); diff != "" || second.Status != finding.ReportOK {
		t.Errorf("%s (-want +have):\n%s", second.Status, diff)
	}
	if calls["SimulatePrincipalPolicy"] != 0 || calls["ListFunctionEventInvokeConfigs"] != n/22 {
		t.Errorf("the second run: %v", calls)
	}
	var asked, read int
	for range 23 {
		w.now = w.now.Add(time.Hour)
		report, calls := w.run(t)
		asked += calls["SimulatePrincipalPolicy"]
		read += calls["ListFunctionEventInvokeConfigs"]
		if since, err := time.Parse(time.RFC3339, report.Summary.RememberedSince); report.Status != finding.ReportOK || err != nil && report.Summary.Remembered > 0 ||
			err == nil && w.now.Sub(since) >= 24*time.Hour {
			t.Errorf("%s: %s, %+v", w.now, report.Status, report.Summary)
		}
	}
	if asked == 0 || read < n || read > n*3/2 {
		t.Errorf("in a day the simulator was asked %d times and destinations were read %d times", asked, read)
	}
	w.now = w.now.Add(25 * time.Hour)
	report, calls := w.run(t)
	if report.Summary.Remembered != 0 || calls["SimulatePrincipalPolicy"] == 0 || calls["ListFunctionEventInvokeConfigs"] != n {
		t.Errorf("after a day without a run: %+v, %v", report.Summary, calls)
	}
}

func TestARunForAPersonRemembersNothing(t *testing.T) {
	w := withClock(t, localaws.Options{}, team(3, sends))
	_, first := w.run(t)
	report, calls := counted(t, w.World, config.Request{Mode: config.OnDemand}, "person")
	if report.Summary.Remembered != 0 || calls["SimulatePrincipalPolicy"] != first["SimulatePrincipalPolicy"] || calls["ListFunctionEventInvokeConfigs"] != 3 {
		t.Errorf("%+v, %v", report.Summary, calls)
	}
}

func TestARoleThatChangedIsAskedAboutAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		statements string
		findings   int
	}{
		"a permission was removed":          {`{Effect: Allow, Action: "sqs:GetQueueUrl", Resource: "*"}`, 3},
		"a statement was added":             {sends + `, {Effect: Allow, Action: "s3:GetObject", Resource: "*"}`, 0},
		"a statement asks for the function": {sends + `, {Effect: Deny, Action: "logs:PutLogEvents", Resource: "*", Condition: {ArnLike: {"lambda:SourceFunctionArn": "arn:aws:lambda:*:*:function:team-01"}}}`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := withClock(t, localaws.Options{}, team(3, sends))
			w.run(t)
			w.now = w.now.Add(time.Hour)
			changed := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "account.yaml", team(3, c.statements), nil))
			w.follow(changed)
			report, calls := counted(t, changed, scheduled, "second")
			if len(report.Findings) != c.findings || report.Summary.Remembered != 0 || calls["SimulatePrincipalPolicy"] == 0 || len(report.Gaps) > 0 {
				t.Errorf("findings %v, %+v, gaps %+v, %v", facets(report.Findings), report.Summary, report.Gaps, calls)
			}
		})
	}
}

func TestADenyIsNeverRemembered(t *testing.T) {
	w := withClock(t, localaws.Options{}, team(3, `{Effect: Allow, Action: "sqs:GetQueueUrl", Resource: "*"}`))
	first, _ := w.run(t)
	for range 3 {
		w.now = w.now.Add(time.Hour)
		report, calls := w.run(t)
		if diff := cmp.Diff(ids(first.Findings), ids(report.Findings)); diff != "" || len(report.Findings) != 3 {
			t.Errorf("findings (-first +later):\n%s", diff)
		}
		if calls["SimulatePrincipalPolicy"] == 0 {
			t.Errorf("what is denied was not asked again: %v", calls)
		}
	}
}

func TestAPolicyThatAsksForTheTimeIsAskedAboutInEveryRun(t *testing.T) {
	until := `{Effect: Allow, Action: "sqs:SendMessage", Resource: "*", Condition: {DateLessThan: {"aws:CurrentTime": "` +
		time.Now().UTC().Add(90*time.Minute).Format(time.RFC3339) + `"}}}`
	w := withClock(t, localaws.Options{}, team(1, until))
	for i, want := range []int{0, 0, 1} {
		report, _ := w.run(t)
		if len(report.Findings) != want || report.Summary.Remembered != 0 {
			t.Errorf("run %d: findings %v, %d remembered", i, facets(report.Findings), report.Summary.Remembered)
		}
		w.now = w.now.Add(time.Hour)
	}
}

func TestDestinationsAreReadAtOnceWhereTheFunctionChangedOrSomethingIsWrongWithThem(t *testing.T) {
	base := string(team(3, sends))
	for name, change := range map[string]func(string) string{
		// The memory alone knows of the destination: had it been believed, the queue would be out of reach.
		"the destination and its permission are gone": func(text string) string {
			return strings.Replace(strings.ReplaceAll(text, "DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}", "MaximumRetryAttempts: 0"), sends, "", 1)
		},
		"the functions changed": func(text string) string {
			return strings.ReplaceAll(text, "FunctionName: team", "Timeout: 9, FunctionName: team")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := withClock(t, localaws.Options{}, []byte(base))
			w.run(t)
			w.now = w.now.Add(time.Hour)
			text := change(base)
			if text == base {
				t.Fatal("nothing changed")
			}
			changed := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "account.yaml", []byte(text), nil))
			w.follow(changed)
			report, calls := counted(t, changed, scheduled, "second")
			if len(report.Findings) > 0 || len(report.Gaps) > 0 || calls["ListFunctionEventInvokeConfigs"] != 3 {
				t.Errorf("findings %v, gaps %+v, %v", facets(report.Findings), report.Gaps, calls)
			}
		})
	}
}

// fence is a service control policy that keeps one function from writing logs.
const fence = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
	{"Effect":"Deny","Action":"logs:*","Resource":"*","Condition":{"ArnLike":{"lambda:SourceFunctionArn":"arn:aws:lambda:*:*:function:team-07"}}}]}`

func TestAServiceControlPolicyThatNamesAFunctionIsFoundWithinADayAndStaysFound(t *testing.T) {
	const n = 12
	o := localaws.Options{SCPs: [][]string{{fence}}}
	w := withClock(t, o, team(n, sends))
	found, most := -1, 0
	for i := range 24 {
		report, calls := w.run(t)
		if i > 0 {
			most = max(most, calls["SimulatePrincipalPolicy"])
		}
		switch {
		case len(report.Findings) == 1 && strings.HasSuffix(report.Findings[0].Function, ":team-07"):
			if found < 0 {
				found = i
			}
		case len(report.Findings) > 0 || found >= 0:
			t.Errorf("run %d: findings %v", i, facets(report.Findings))
		}
		w.now = w.now.Add(time.Hour)
	}
	if found < 0 {
		t.Error("it was not found in a day")
	}
	if most >= n {
		t.Errorf("%d questions in a run: all functions were asked about", most)
	}

	plain := scantest.New(t, o, nil, scantest.Parse(t, "account.yaml", team(n, sends), nil))
	for name, request := range map[string]config.Request{"a probe without a memory": scheduled, "a run for a person": {Mode: config.OnDemand}} {
		report, _ := counted(t, plain, request, name)
		if len(report.Findings) != 1 || !strings.HasSuffix(report.Findings[0].Function, ":team-07") {
			t.Errorf("%s: findings %v, gaps %+v", name, facets(report.Findings), report.Gaps)
		}
	}
}

func TestInAnAccountOfItsOwnNoFunctionIsAskedAboutApart(t *testing.T) {
	w := withClock(t, localaws.Options{}, team(9, sends))
	_, calls := w.run(t)
	if calls["SimulatePrincipalPolicy"] != 2 {
		t.Errorf("%v", calls)
	}
}

func TestARunThatWasCutShortKeepsWhatEarlierOnesLearned(t *testing.T) {
	w := withClock(t, localaws.Options{}, team(3, sends))
	begun := w.now.Format(time.RFC3339)
	w.run(t)
	w.now = w.now.Add(time.Hour)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if report := w.Scanner.Run(ctx, scheduled, "cut short"); report.Status != finding.ReportIncomplete {
		t.Fatalf("%s", report.Status)
	}
	w.now = w.now.Add(20 * time.Minute) // the lease of the run that could not give it back is over
	report, calls := w.run(t)
	if report.Status != finding.ReportOK || calls["SimulatePrincipalPolicy"] != 0 || report.Summary.RememberedSince != begun {
		t.Errorf("%s, %+v, %v, gaps %+v", report.Status, report.Summary, calls, report.Gaps)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/permission"
	"permprobe/shared/publish"
	"permprobe/shared/runtimeapi"
	"permprobe/shared/scan/scantest"
	"permprobe/shared/stack"
)

// lots is how many rules of the account below stay broken: more than one call holds events for.
const lots = 12

// manyFaults is an account in which rules may not call a function, and in which the role of another does not trust Lambda.
// repaired mends this role and one of the rules. None of it takes many calls of the simulator, which the probe paces.
func manyFaults(repaired bool) []byte {
	var b strings.Builder
	trusted := "ec2"
	if repaired {
		trusted = "lambda"
	}
	for name, who := range map[string]string{"Good": "lambda", "Stranger": trusted} {
		fmt.Fprintf(&b, `  %[1]s:
    Type: AWS::IAM::Role
    Properties:
      RoleName: %[1]s
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: %[2]s.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
  Of%[1]s: {Type: AWS::Lambda::Function, Properties: {FunctionName: of-%[1]s, Role: !GetAtt %[1]s.Arn}}
`, name, who)
	}
	for i := range lots + 1 {
		fmt.Fprintf(&b, "  Rule%[1]d: {Type: AWS::Events::Rule, Properties: {Name: rule-%02[1]d, ScheduleExpression: rate(1 hour), Targets: [{Id: f, Arn: !GetAtt OfGood.Arn}]}}\n", i)
	}
	if repaired {
		b.WriteString("  Call: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref OfGood, Action: 'lambda:InvokeFunction', Principal: events.amazonaws.com, SourceArn: !GetAtt Rule0.Arn}}\n")
	}
	return []byte("Resources:\n" + b.String())
}

// mortal is the real probe's binary on an account, and the call at which it is killed.
type mortal struct {
	t      *testing.T
	app    *application
	binary string
	aws    *localaws.Server
	url    string

	mu      sync.Mutex
	runtime *runtimeapi.Runtime
	// seen counts the calls since the last start; what happens at a call is up to stop.
	seen map[string]int
	stop func(operation string, nth int) bool
	dead bool
}

// builtProbe is the probe's binary for this machine in a folder of the test's own, with everything on.
func builtProbe(t *testing.T) (*application, string) {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	app, err := loadApplication(root, everythingOn(stack.Options{Parameters: map[string]string{permission.SecurityHub.Parameter(): "on"}}))
	if err != nil {
		t.Fatal(err)
	}
	binary, err := buildProbe(t.Context(), root, "", streams{nil, os.Stderr, os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	return app, binary
}

// serve makes the account what the template says; what was told and kept stays.
func (m *mortal) serve(template []byte) {
	m.t.Helper()
	server, err := localaws.New(localaws.Options{
		Callers: map[string]string{probeKey: m.app.roleARN}, Keep: m.aws,
		Watch: func(service, operation string, served bool) bool { return m.watch(service+":"+operation, served) },
	}, scantest.Parse(m.t, "account.yaml", template, nil), m.app.stack)
	if err != nil {
		m.t.Fatal(err)
	}
	url, closeServer, err := server.Listen("127.0.0.1:0")
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = closeServer() })
	m.aws, m.url = server, url
}

func (m *mortal) watch(operation string, served bool) bool {
	m.mu.Lock()
	if served {
		operation += " served"
	}
	m.seen[operation]++
	dies := m.stop != nil && !m.dead && m.stop(operation, m.seen[operation])
	m.dead = m.dead || dies
	runtime := m.runtime
	m.mu.Unlock()
	if dies {
		_ = runtime.Close() // the process is killed at once, as by the system
	}
	return !dies
}

// stopAt says where the process is killed; nil lets it live. A call of a process that was killed may still be on its way.
func (m *mortal) stopAt(stop func(operation string, nth int) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stop = stop
}

// start starts the process anew.
func (m *mortal) start() {
	m.t.Helper()
	runtime, err := runtimeapi.Start(m.t.Context(), runtimeapi.Options{
		Binary: m.binary, FunctionARN: m.app.functionARN, MemoryMB: m.app.memoryMB, Timeout: time.Minute, LogGroup: m.app.logGroup,
		Env: append([]string{
			"AWS_ENDPOINT_URL=" + m.url, "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
			"AWS_ACCESS_KEY_ID=" + probeKey, "AWS_SECRET_ACCESS_KEY=local", "AWS_SESSION_TOKEN=local",
			"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=INFO",
		}, m.app.environment...),
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = runtime.Close() })
	m.mu.Lock()
	defer m.mu.Unlock()
	m.runtime, m.seen, m.dead = runtime, map[string]int{}, false
}

// report is what the probe answers to the schedule's event of that hour, delivered under the id.
func (m *mortal) report(hour int, id string) *finding.Report {
	m.t.Helper()
	result, err := m.runtime.Repeat(m.t.Context(), id, m.event(hour))
	if err != nil || result.FunctionError != "" {
		m.t.Fatalf("the run after it: %v %s %s", err, result.FunctionError, result.Payload)
	}
	var report finding.Report
	if err := json.Unmarshal(result.Payload, &report); err != nil {
		m.t.Fatal(err)
	}
	return &report
}

func (m *mortal) event(hour int) []byte {
	m.t.Helper()
	root, err := moduleRoot()
	if err != nil {
		m.t.Fatal(err)
	}
	event, err := os.ReadFile(filepath.Join(root, "events", "schedule.json"))
	if err != nil {
		m.t.Fatal(err)
	}
	if event, err = hoursLater(event, hour); err != nil {
		m.t.Fatal(err)
	}
	return event
}

// heard is what everybody was told: how often of each transition, under which numbers, and by how many digests.
type heardOf struct {
	times   map[string]int
	numbers map[string][]int64
	digests map[string]int
	scans   int
}

func (m *mortal) heard(earlier ...*localaws.Server) heardOf {
	m.t.Helper()
	h := heardOf{times: map[string]int{}, numbers: map[string][]int64{}, digests: map[string]int{}}
	for _, server := range append(earlier, m.aws) {
		for _, e := range server.Events() {
			if e.DetailType == publish.ScanDetailType {
				h.scans++
				continue
			}
			var detail publish.FindingEvent
			if err := json.Unmarshal([]byte(e.Detail), &detail); err != nil {
				m.t.Fatal(err)
			}
			name := string(detail.Finding.Status) + " " + detail.Finding.Check + " " + detail.Finding.ID
			h.times[name]++
			if !slices.Contains(h.numbers[name], detail.Sequence) {
				h.numbers[name] = append(h.numbers[name], detail.Sequence)
			}
		}
		for _, message := range server.Published() {
			var digest publish.DigestEvent
			if err := json.Unmarshal([]byte(message.For("sqs")), &digest); err != nil {
				m.t.Fatal(err)
			}
			h.digests[digest.ID]++
		}
	}
	return h
}

// wrong tells what is wrong with what was told: lost, told under two numbers, or repeated beyond the one call in flight.
func (h heardOf) wrong(transitions, digests int) (wrong []string) {
	repeated := 0
	for name, n := range h.times {
		repeated += n - 1
		if n > 2 || len(h.numbers[name]) != 1 {
			wrong = append(wrong, fmt.Sprintf("%s was told %d times under %v", name, n, h.numbers[name]))
		}
	}
	again := 0
	for id, n := range h.digests {
		if again += n - 1; n > 2 {
			wrong = append(wrong, fmt.Sprintf("the digest %s came %d times", id, n))
		}
	}
	if len(h.times) != transitions || len(h.digests) != digests {
		wrong = append(wrong, fmt.Sprintf("%d transitions and %d digests were told, want %d and %d", len(h.times), len(h.digests), transitions, digests))
	}
	if again > 1 || repeated > 10 || again > 0 && repeated > 0 {
		wrong = append(wrong, fmt.Sprintf("%d events and %d digests were repeated: more than the call in flight", repeated, again))
	}
	return wrong
}

// deaths are the calls at which the process is killed, before they reach AWS and before their answers arrive: all that
// keep and deliver, and the first of every other operation.
func deaths(calls map[string]int) []string {
	var out []string
	for operation, n := range calls {
		service, _, _ := strings.Cut(operation, ":")
		if !slices.Contains([]string{"s3", "sns", "events", "securityhub"}, service) {
			n = 1
		}
		for i := range n {
			out = append(out, fmt.Sprintf("%s %d", operation, i+1))
		}
	}
	slices.Sort(out)
	return out
}

func TestTheProbeThatIsKilledAtAnyCallLosesNoNoticeAndRepeatsOnlyTheOneInFlight(t *testing.T) {
	app, binary := builtProbe(t)
	// A run that is not killed says which calls there are.
	whole := &mortal{t: t, app: app, binary: binary}
	whole.serve(manyFaults(false))
	whole.start()
	whole.report(0, "first")
	begun := deaths(whole.seen)
	whole.serve(manyFaults(true))
	whole.start()
	whole.report(1, "second")
	where := deaths(whole.seen)
	if len(where) < 60 {
		t.Fatalf("only %q", where)
	}
	work := make(chan string)
	var group sync.WaitGroup
	for range 4 { // the probe paces its calls, so most of the time is waiting
		group.Go(func() {
			for place := range work {
				for _, wrong := range killedAt(t, app, binary, place) {
					t.Errorf("killed at %s: %s", place, wrong)
				}
			}
		})
	}
	for _, place := range where {
		work <- place
	}
	for _, place := range begun {
		for _, tells := range []string{"s3:PutObject", "s3:GetObject", "sns:Publish", "events:PutEvents"} {
			if strings.HasPrefix(place, tells) {
				work <- "first " + place
			}
		}
	}
	close(work)
	group.Wait()
}

// killedAt kills the second of three runs at the call, and tells what is wrong with what was told. The second has something
// resolved to tell.
func killedAt(t *testing.T, app *application, binary, place string) (wrong []string) {
	m := &mortal{t: t, app: app, binary: binary}
	m.serve(manyFaults(false))
	m.start()
	defer func() { _ = m.runtime.Close() }()
	if place, ok := strings.CutPrefix(place, "first "); ok {
		return m.killedInTheFirstRun(place)
	}
	if first := m.report(0, "first"); first.Summary.New != lots+2 {
		return []string{fmt.Sprintf("the first run: %+v", first.Summary)}
	}
	before := m.aws
	m.serve(manyFaults(true))
	m.start()
	m.stopAt(func(operation string, nth int) bool { return fmt.Sprintf("%s %d", operation, nth) == place })
	if _, err := m.runtime.Repeat(t.Context(), "second", m.event(1)); err == nil {
		return []string{"it never got there"}
	}
	m.stopAt(nil)
	m.start()
	if second := m.report(1, "second"); len(second.Notified.Failed)+len(second.Gaps) > 0 {
		wrong = append(wrong, fmt.Sprintf("the run after it: %q, %+v", second.Notified.Failed, second.Gaps))
	}
	told := m.heard(before)
	wrong = append(wrong, told.wrong(lots+4, 2)...)
	if last := m.report(2, "third"); last.Summary.Persisting != lots || last.Status != finding.ReportFindings {
		wrong = append(wrong, fmt.Sprintf("the last run: %s %+v %+v", last.Status, last.Summary, last.Gaps))
	}
	if after := m.heard(before); len(after.times) != len(told.times) || len(after.digests) != len(told.digests) || after.scans != told.scans+1 {
		wrong = append(wrong, fmt.Sprintf("the last run is not silent: %+v after %+v", after, told))
	}
	if n := m.archived(); n != 2 {
		wrong = append(wrong, fmt.Sprintf("%d of 2 resolved findings are archived in Security Hub", n))
	}
	return wrong
}

// killedInTheFirstRun kills the one that tells everything at once, which takes more than one call for the events.
func (m *mortal) killedInTheFirstRun(place string) (wrong []string) {
	m.stopAt(func(operation string, nth int) bool { return fmt.Sprintf("%s %d", operation, nth) == place })
	if _, err := m.runtime.Repeat(m.t.Context(), "first", m.event(0)); err == nil {
		return []string{"it never got there"}
	}
	m.stopAt(nil)
	m.start()
	m.report(0, "first")
	told := m.heard()
	wrong = told.wrong(lots+2, 1)
	if last := m.report(1, "second"); last.Summary.Persisting != lots+2 {
		wrong = append(wrong, fmt.Sprintf("the last run: %s %+v %+v", last.Status, last.Summary, last.Gaps))
	}
	if after := m.heard(); len(after.times) != len(told.times) || len(after.digests) != len(told.digests) {
		wrong = append(wrong, fmt.Sprintf("the last run is not silent: %+v after %+v", after, told))
	}
	return wrong
}

// archived is how many findings Security Hub holds as archived.
func (m *mortal) archived() int {
	n := 0
	for _, f := range m.aws.Imported() {
		if f["RecordState"] == "ARCHIVED" {
			n++
		}
	}
	return n
}

func TestTwoRunsAtOnceTellEverythingOnce(t *testing.T) {
	app, binary := builtProbe(t)
	m := &mortal{t: t, app: app, binary: binary}
	m.serve(manyFaults(false))
	m.start()
	second := &mortal{t: t, app: app, binary: binary, aws: m.aws, url: m.url}
	second.start()
	var beside *finding.Report
	m.stop = func(operation string, nth int) bool {
		if operation == "iam:GetAccountAuthorizationDetails" && nth == 1 {
			m.mu.Unlock() // the first run waits for its answer while the second one works
			beside = second.report(1, "")
			m.mu.Lock()
		}
		return false
	}
	report := m.report(0, "")
	if beside == nil || beside.Status != finding.ReportIncomplete || len(beside.Findings) > 0 || len(beside.Gaps) != 1 || !strings.Contains(beside.Gaps[0].Reason, "another run works") {
		t.Errorf("the second run: %+v", beside)
	}
	if report.Summary.New != lots+2 {
		t.Errorf("the first run: %+v", report.Summary)
	}
	for _, wrong := range m.heard().wrong(lots+2, 1) {
		t.Error(wrong)
	}
	if again := second.report(2, ""); again.Summary.Persisting != lots+2 || len(m.heard().digests) != 1 {
		t.Errorf("the run after them: %+v", again.Summary)
	}
}

package scan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/permission"
	"permprobe/shared/render"
	"permprobe/shared/scan/scantest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
)

// sees makes the account what the template says, with what was logged.
func (s *tale) sees(o localaws.Options, template string) {
	s.t.Helper()
	s.becomes(o, []byte(template))
	s.world.Scanner.SeenDenials = true
}

// lately are lines of the function's log group, half an hour before the next scan.
func (s *tale) lately(messages ...string) []localaws.LogLine {
	var lines []localaws.LogLine
	for i, m := range messages {
		lines = append(lines, localaws.LogLine{Group: "/aws/lambda/orders", Time: s.now.Add(30*time.Minute + time.Duration(i)*time.Second), Message: m})
	}
	return lines
}

// seenTemplate is the account of the diagnoses with what the function calls.
const seenTemplate = diagnosedTemplate + `
  Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: orders}}
  Files: {Type: AWS::S3::Bucket, Properties: {BucketName: files}}
`

// granting is that account with one more statement.
func granting(action, resource string) string {
	return strings.Replace(seenTemplate, "- {Sid: Read,", fmt.Sprintf("- {Effect: Allow, Action: %q, Resource: %q}\n              - {Sid: Read,", action, resource), 1)
}

const noPut = "because no identity-based policy allows the dynamodb:PutItem action"

func TestARefusedCallIsAFindingUntilItIsGranted(t *testing.T) {
	s := begin(t, localaws.Options{})
	logs := s.lately(denied("dynamodb:PutItem", table, noPut), denied("dynamodb:PutItem", table, noPut), denied("dynamodb:GetItem", table, ""))
	s.sees(localaws.Options{Logs: logs}, seenTemplate)
	report := s.expect("refused", told{Events: []string{"new orders R17"}, Scans: 1, Messages: 1})
	if len(report.Findings) != 1 || len(report.Gaps) > 0 {
		t.Fatalf("%+v", report)
	}
	f := report.Findings[0]
	if f.Check != "R17" || f.Action != "dynamodb:PutItem" || f.Resource != table || f.Fix.Proof != finding.Proven || !slices.Contains(f.Guide, "D1") ||
		!strings.Contains(f.Symptom, "as the log group /aws/lambda/orders (2 times, last at "+logs[1].Time.UTC().Format(time.RFC3339)+") says") {
		t.Errorf("%+v", f)
	}

	// Nobody calls any more, and nothing is mended.
	s.sees(localaws.Options{}, seenTemplate)
	report = s.expect("not seen again", told{Scans: 1})
	if len(report.Findings) != 1 || report.Findings[0].Status != finding.StatusPersisting || report.Findings[0].ID != f.ID {
		t.Errorf("%+v", report.Findings)
	}
	// The switch does not matter to what is known, and neither does who asks.
	s.world.Scanner.SeenDenials = false
	if report, _ := s.as(config.Request{Mode: config.OnDemand, Publish: true}, "a person"); len(report.Findings) != 1 || report.Findings[0].Status != finding.StatusPersisting {
		t.Errorf("%+v", report.Findings)
	}
	// What is not decided does not resolve it.
	s.sees(localaws.Options{Faults: []localaws.Fault{{Service: "iam", Operation: "SimulatePrincipalPolicy", Code: "AccessDenied"}}}, granting("dynamodb:PutItem", table))
	report = s.expect("not decided", told{Events: []string{"unverified orders R17"}, Scans: 1, Messages: 1})
	if len(report.Findings) != 1 || len(report.Resolved) > 0 {
		t.Errorf("%+v", report)
	}
	s.sees(localaws.Options{Logs: logs}, granting("dynamodb:PutItem", table))
	report = s.expect("granted", told{Events: []string{"resolved orders R17"}, Scans: 1, Messages: 1})
	if len(report.Findings) > 0 || len(report.Resolved) != 1 {
		t.Errorf("%+v", report)
	}
	s.expect("still granted", told{Scans: 1})
	s.sees(localaws.Options{Logs: []localaws.LogLine{{Group: "/aws/lambda/orders", Time: s.now, Message: denied("dynamodb:PutItem", table, noPut)}}}, seenTemplate)
	s.expect("refused once more", told{Events: []string{"reopened orders R17"}, Scans: 1, Messages: 1})
}

func TestEachRefusedCallIsAFindingOfItsOwn(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.sees(localaws.Options{Logs: s.lately(denied("dynamodb:PutItem", table, noPut))}, seenTemplate)
	before, _ := s.scan()
	var keys []string
	for i := range 30 {
		keys = append(keys, denied("s3:PutObject", fmt.Sprintf("arn:aws:s3:::files/%d.txt", i), ""))
	}
	s.sees(localaws.Options{Logs: s.lately(append(keys, denied("dynamodb:UpdateItem", table, ""))...)}, seenTemplate)
	report, _ := s.scan()
	if len(before.Findings) != 1 || !slices.ContainsFunc(report.Findings, func(f finding.Finding) bool { return f.ID == before.Findings[0].ID }) {
		t.Errorf("the first finding is another one: %+v", report.Findings)
	}
	var have []string
	for _, f := range report.Findings {
		have = append(have, f.Action+" "+f.Resource)
	}
	slices.Sort(have)
	want := []string{"dynamodb:PutItem " + table, "dynamodb:UpdateItem " + table, "s3:PutObject arn:aws:s3:::files/29.txt"}
	if diff := cmp.Diff(want, have); diff != "" || len(report.Resolved) > 0 {
		t.Errorf("(-want +have)\n%s%+v", diff, report.Resolved)
	}
	s.sees(localaws.Options{Logs: s.lately(keys[:7]...)}, seenTemplate)
	s.expect("other objects of the bucket", told{Scans: 1})
}

func TestARefusedCallThatIsTooLongToBeRememberedIsNotTakenForGranted(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.sees(localaws.Options{Logs: s.lately(denied("s3:PutObject", "arn:aws:s3:::files/"+strings.Repeat("k", 400), ""))}, seenTemplate)
	if report, _ := s.scan(); len(report.Findings) != 1 {
		t.Fatalf("%+v", report)
	}
	s.sees(localaws.Options{}, seenTemplate)
	report, _ := s.scan()
	if len(report.Resolved) > 0 || len(report.Findings) != 1 || report.Findings[0].Status != finding.StatusUnverified {
		t.Errorf("%+v, resolved %+v", report.Findings, report.Resolved)
	}
}

func TestWhatIsNeededAnywayIsToldOnce(t *testing.T) {
	s := begin(t, localaws.Options{})
	template := seenTemplate + `
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
  Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt Queue.Arn}}
`
	s.sees(localaws.Options{Logs: s.lately(denied("sqs:ReceiveMessage", "arn:aws:sqs:us-east-1:123456789012:q", ""), denied("dynamodb:PutItem", table, noPut))}, template)
	report, _ := s.scan()
	if have := transitions(report.Findings); !slices.Equal(have, []string{"new orders R17", "new orders R8"}) {
		t.Errorf("%q", have)
	}
	file, err := config.ParseFile("probe.yaml", []byte("needs:\n  - {actions: [dynamodb:PutItem], resources: ["+table+"]}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.world.Scanner.File.Needs = file.Needs
	if report, _ := s.scan(); len(report.Findings) != 2 || len(report.Resolved) > 0 {
		t.Errorf("declared besides: %+v, %+v", transitions(report.Findings), report.Resolved)
	}
}

func TestWhatCannotBeDecidedOfARefusedCallIsAGap(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.sees(localaws.Options{Logs: s.lately(
		"An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
		denied("dynamodb:GetItem", table, "with an explicit deny in a VPC endpoint policy"),
		strings.ReplaceAll(denied("dynamodb:PutItem", table, noPut), "orders-role", "another-role"),
		"The role defined for the function cannot be assumed by Lambda.",
	)}, seenTemplate)
	report, _ := s.scan()
	var have []string
	for _, g := range report.Gaps {
		have = append(have, g.Reason)
	}
	want := []string{
		"the log group /aws/lambda/orders says that a VPC endpoint policy refuses dynamodb:GetItem, and whether it still does is not among what is read: ask who owns it",
		"the log group /aws/lambda/orders says that s3:GetObject was refused, and nothing is decided of it: the message does not say on which resource s3:GetObject was called; ask with a diagnosis",
	}
	slices.Sort(have)
	if diff := cmp.Diff(want, have); diff != "" || len(report.Findings) > 0 {
		t.Errorf("(-want +have)\n%s%+v", diff, report.Findings)
	}
}

func TestLogsThatAScanCouldNotReadAreAGapAndAreReadByTheNext(t *testing.T) {
	s := begin(t, localaws.Options{})
	logs := s.lately(denied("dynamodb:PutItem", table, noPut))
	for service, operation := range map[string]string{"logs": "FilterLogEvents", "cloudtrail": "LookupEvents"} {
		s.sees(localaws.Options{Faults: []localaws.Fault{{Service: service, Operation: operation, Code: "AccessDeniedException"}}}, seenTemplate)
		report, _ := s.scan()
		if len(report.Gaps) != 1 || report.Gaps[0].Permission != service+":"+operation || report.Gaps[0].Function == "" {
			t.Errorf("%s: %+v", operation, report.Gaps)
		}
	}
	s.sees(localaws.Options{Logs: logs}, seenTemplate)
	if report, _ := s.scan(); len(report.Findings) != 1 {
		t.Errorf("%+v", report)
	}
	s.world.Scanner.Collector.On = permission.Switches{permission.FunctionUrls: true, permission.SubscriptionFilters: true, permission.OtherTriggers: true}
	if report, _ := s.scan(); len(report.Gaps) != 1 || !strings.Contains(report.Gaps[0].Reason, "cannot look for what functions were refused") {
		t.Errorf("nothing may be read: %+v", report.Gaps)
	}
}

func TestScansLookAtFunctionsInSlicesAndFromWhereTheyLookedLast(t *testing.T) {
	s := begin(t, localaws.Options{})
	s.becomes(localaws.Options{}, account(70))
	s.world.Scanner.SeenDenials = true
	looked := map[string]int{}
	for run := range 2 {
		before := len(s.world.AWS.Calls())
		s.scan()
		n := 0
		for _, c := range s.world.AWS.Calls()[before:] {
			if c.Operation == "FilterLogEvents" {
				n++
				group, _, _ := strings.Cut(c.Params, " ")
				looked[group]++
			}
		}
		if n < 60 || n > 64 {
			t.Errorf("run %d looks at %d of 70 functions", run, n)
		}
	}
	if len(looked) != 70 {
		t.Errorf("after two runs %d functions were looked at", len(looked))
	}
	// The second look at a function begins a little before the first one ended.
	small := begin(t, localaws.Options{})
	small.sees(localaws.Options{Logs: []localaws.LogLine{{Group: "/aws/lambda/orders", Time: small.now.Add(-10 * time.Hour), Message: denied("dynamodb:PutItem", table, noPut)}}}, granting("dynamodb:PutItem", table))
	small.scan()
	small.sees(localaws.Options{Logs: []localaws.LogLine{{Group: "/aws/lambda/orders", Time: small.now.Add(-30 * time.Minute), Message: denied("dynamodb:PutItem", table, noPut)}}}, seenTemplate)
	if report, _ := small.scan(); len(report.Findings) > 0 {
		t.Errorf("what was looked at before is looked at again: %+v", report.Findings)
	}
}

func TestNothingOfLogsAndEventsButTheDenialReachesReportStateOrMessages(t *testing.T) {
	put := denied("dynamodb:PutItem", table, noPut)
	logs := logged("canary-line AccessDenied", "{\"canary\":\"canary-payload\",\"errorMessage\":\""+put+"\"}", "canary-text "+put+"\ncanary-after")
	trail := []localaws.TrailEvent{refusedCall(time.Minute, "orders-role", "dynamodb.amazonaws.com", "UpdateTable", "AccessDenied", denied("dynamodb:UpdateTable", table, ""))}
	s := begin(t, localaws.Options{})
	s.sees(localaws.Options{Logs: logs, Trail: trail}, seenTemplate)
	var log bytes.Buffer
	s.world = scantest.New(t, localaws.Options{Logs: logs, Trail: trail}, &log, scantest.Parse(t, "account.yaml", []byte(seenTemplate), nil))
	s.world.Scanner.Ledger, s.world.Scanner.SeenDenials = s.state.Scanner.Ledger, true
	report, _ := s.scan()
	if len(report.Findings) != 2 {
		t.Fatalf("%+v", report)
	}
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{"report": string(text), "text": render.English.Text(report), "log": log.String(), "messages": fmt.Sprint(s.world.AWS.Published()), "events": fmt.Sprint(s.world.AWS.Events())}
	listed, err := s3.NewFromConfig(s.state.Config).GetObject(context.Background(), &s3.GetObjectInput{Bucket: aws.String("state"), Key: aws.String("state/123456789012/us-east-1.json")})
	if err != nil {
		t.Fatal(err)
	}
	state, err := io.ReadAll(listed.Body)
	if err != nil {
		t.Fatal(err)
	}
	out["state"] = string(state)
	if !strings.Contains(out["state"], "dynamodb:PutItem") {
		t.Error("the state does not hold the finding")
	}
	for name, text := range out {
		if strings.Contains(text, "canary") {
			t.Errorf("the %s holds more than the denials: %s", name, text)
		}
	}
}

func TestALogGroupOfSeveralFunctionsIsReadOnceAndSaysWhoseCallItWas(t *testing.T) {
	template := strings.Replace(seenTemplate, "FunctionName: orders,", "FunctionName: orders, LoggingConfig: {LogGroup: shared},", 1) + `
  Other: {Type: AWS::Lambda::Function, Properties: {FunctionName: other, Role: !GetAtt Role.Arn, LoggingConfig: {LogGroup: shared}}}
`
	s := begin(t, localaws.Options{})
	lines := s.lately(denied("dynamodb:PutItem", table, noPut), strings.Replace(denied("dynamodb:UpdateItem", table, ""), "orders-role/orders ", "orders-role/other ", 1),
		"An error occurred (AccessDenied) when calling the GetObject operation: Access Denied", "not authorized to perform: dynamodb:Query on resource: "+table, strings.Replace(denied("dynamodb:Query", table, ""), "orders-role/orders ", "***/*** ", 1))
	for i := range lines {
		lines[i].Group = "shared"
	}
	s.sees(localaws.Options{Logs: lines}, template)
	report, _ := s.scan()
	var have []string
	for _, f := range report.Findings {
		have = append(have, f.Function[strings.LastIndexByte(f.Function, ':')+1:]+" "+f.Action)
	}
	slices.Sort(have)
	if diff := cmp.Diff([]string{"orders dynamodb:PutItem", "other dynamodb:UpdateItem"}, have); diff != "" {
		t.Errorf("(-want +have)\n%s", diff)
	}
	// What is nobody's is told once, not of every function.
	const whose = "the log group shared, which 2 functions write to, tells that %s was refused, and not to which of them: ask about each with a diagnosis"
	want := []finding.Gap{{Reason: fmt.Sprintf(whose, "dynamodb:Query")}, {Reason: fmt.Sprintf(whose, "s3:GetObject")}}
	if diff := cmp.Diff(want, report.Gaps); diff != "" {
		t.Errorf("gaps (-want +have)\n%s", diff)
	}
	reads := 0
	for _, c := range s.world.AWS.Calls() {
		if c.Operation == "FilterLogEvents" {
			reads++
		}
	}
	if reads != 1 {
		t.Errorf("the group is read %d times", reads)
	}
	d := s.world.Scanner.Diagnose(context.Background(), config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: "other", Since: 2 * time.Hour}})
	var said []string
	for _, one := range d.Denials {
		said = append(said, one.Said.Action)
	}
	if !slices.Contains(said, "dynamodb:UpdateItem") || slices.Contains(said, "dynamodb:PutItem") {
		t.Errorf("%v", said)
	}
}

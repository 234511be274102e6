package publish_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/publish"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/google/go-cmp/cmp"
)

// hubOf is Security Hub with the SDK's own client.
func hubOf(t *testing.T, faults ...localaws.Fault) (*localaws.Server, *publish.Hub) {
	t.Helper()
	server, p := onEmbeddedAWS(t, faults...)
	o := p.Events.(*eventbridge.Client).Options()
	return server, &publish.Hub{
		API:       securityhub.NewFromConfig(aws.Config{Region: o.Region, BaseEndpoint: o.BaseEndpoint, Credentials: o.Credentials, RetryMaxAttempts: 1}),
		Partition: "aws", Account: "123456789012", Region: "us-east-1",
		Now: func() time.Time { return time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC) },
	}
}

// found is a report with so many findings.
func found(n int, status finding.Status) *finding.Report {
	r := &finding.Report{}
	for i := range n {
		r.Findings = append(r.Findings, finding.Finding{
			ID: fmt.Sprintf("%04d", i), Check: "R3", Severity: finding.Low, Status: status, Title: "t", Symptom: "s", Cause: "c",
			Function: "arn:aws:lambda:us-east-1:123456789012:function:f", FirstSeen: "2026-11-20T03:00:00Z",
		})
	}
	return r
}

func TestSecurityHubGetsAFindingInItsFormat(t *testing.T) {
	server, hub := hubOf(t)
	r := found(1, finding.StatusPersisting)
	f := &r.Findings[0]
	f.Severity, f.Role = finding.Critical, "arn:aws:iam::123456789012:role/r"
	f.Title, f.Cause, f.Fix.Summary = strings.Repeat("界", 300), strings.Repeat("c", 2000), strings.Repeat("f", 600)
	if _, failed := hub.Import(context.Background(), r, nil); len(failed) > 0 {
		t.Fatal(failed)
	}
	got := server.Imported()["permprobe/0000"]
	if got == nil || len([]rune(got["Title"].(string))) != 256 || len([]rune(got["Description"].(string))) != 1024 {
		t.Fatalf("%v", got)
	}
	delete(got, "Title")
	delete(got, "Description")
	delete(got, "Remediation")
	want := localaws.ImportedFinding{
		"SchemaVersion": "2018-10-08", "Id": "permprobe/0000", "ProductArn": "arn:aws:securityhub:us-east-1:123456789012:product/123456789012/default",
		"ProductName": "permprobe", "CompanyName": "permprobe", "GeneratorId": "permprobe/R3", "AwsAccountId": "123456789012", "Region": "us-east-1",
		"CreatedAt": "2026-11-20T03:00:00Z", "UpdatedAt": "2026-11-21T03:00:00Z",
		"FindingProviderFields": map[string]any{
			"Severity": map[string]any{"Label": "CRITICAL", "Original": "critical"},
			"Types":    []any{"Software and Configuration Checks/AWS Security Best Practices"},
		},
		"Resources": []any{
			map[string]any{"Type": "AwsLambdaFunction", "Id": f.Function, "Partition": "aws", "Region": "us-east-1"},
			map[string]any{"Type": "AwsIamRole", "Id": f.Role, "Partition": "aws"},
		},
		"Compliance": map[string]any{"Status": "FAILED"}, "RecordState": "ACTIVE",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSecurityHubHearsOfTheEndOfAFindingAndOfNoMutedOne(t *testing.T) {
	for status, want := range map[finding.Status][2]string{
		finding.StatusNew: {"ACTIVE", "FAILED"}, finding.StatusReopened: {"ACTIVE", "FAILED"}, finding.StatusUnverified: {"ACTIVE", "NOT_AVAILABLE"},
		finding.StatusResolved: {"ARCHIVED", "PASSED"}, finding.StatusGone: {"ARCHIVED", "NOT_AVAILABLE"}, finding.StatusSuppressed: {},
	} {
		server, hub := hubOf(t)
		r := found(1, status)
		if status == finding.StatusResolved || status == finding.StatusUnverified {
			r.Findings[0].Symptom, r.Findings[0].Cause = "", "" // it is remembered without
		}
		var ended []finding.Notice
		if status == finding.StatusResolved || status == finding.StatusGone {
			ended = []finding.Notice{{Kind: finding.NoticeFinding, Finding: &r.Findings[0], Hub: true}}
			r = found(0, "")
		}
		if left, failed := hub.Import(context.Background(), r, ended); len(failed)+len(left) > 0 {
			t.Errorf("%s: %v, %v", status, failed, left)
		}
		got := server.Imported()["permprobe/0000"]
		if status == finding.StatusSuppressed {
			if got != nil {
				t.Errorf("a muted finding is told: %v", got)
			}
			continue
		}
		compliance, _ := got["Compliance"].(map[string]any)
		if got["RecordState"] != want[0] || compliance["Status"] != want[1] || (want[1] == "NOT_AVAILABLE") != (compliance["StatusReasons"] != nil) {
			t.Errorf("%s: %v, %v", status, got["RecordState"], compliance)
		}
	}
}

func TestFindingsGoToSecurityHubInHundreds(t *testing.T) {
	server, hub := hubOf(t)
	if _, failed := hub.Import(context.Background(), found(250, finding.StatusNew), nil); len(failed) > 0 {
		t.Fatal(failed)
	}
	if calls := len(server.Calls()); calls != 3 || len(server.Imported()) != 250 {
		t.Errorf("%d calls, %d findings", calls, len(server.Imported()))
	}
	server, hub = hubOf(t)
	if _, failed := hub.Import(context.Background(), found(0, ""), nil); len(failed) > 0 || len(server.Calls()) > 0 {
		t.Errorf("nothing to say took %d calls: %v", len(server.Calls()), failed)
	}
}

func TestWhatSecurityHubDoesNotTakeIsSaid(t *testing.T) {
	server, hub := hubOf(t, localaws.Fault{Service: "securityhub", From: 2, Times: 1, Code: "InternalException", Message: "try\nlater", Entries: []int{0, 99}})
	want := []string{
		"the finding permprobe/0100 was not accepted by Security Hub: InternalException: try later",
		"the finding permprobe/0199 was not accepted by Security Hub: InternalException: try later",
	}
	_, failed := hub.Import(context.Background(), found(250, finding.StatusNew), nil)
	if diff := cmp.Diff(want, failed); diff != "" || len(server.Imported()) != 248 {
		t.Errorf("%d findings (-want +got)\n%s", len(server.Imported()), diff)
	}
	server, hub = hubOf(t, localaws.Fault{Service: "securityhub", From: 1, Times: 1, Code: "InvalidAccessException", Message: "Account 123456789012 is not subscribed to AWS Security Hub"})
	_, failed = hub.Import(context.Background(), found(101, finding.StatusNew), nil)
	want = []string{"100 findings were not accepted by Security Hub: InvalidAccessException: Account 123456789012 is not subscribed to AWS Security Hub",
		"after that nothing was sent to Security Hub any more: it is told of 1 more findings by the next run"}
	if !slices.Equal(failed, want) || len(server.Imported()) != 0 || len(server.Calls()) != 1 {
		t.Errorf("%q, %d findings", failed, len(server.Imported()))
	}
}

// silent is a Security Hub that says less than it should.
type silent struct{}

func (silent) BatchImportFindings(context.Context, *securityhub.BatchImportFindingsInput, ...func(*securityhub.Options)) (*securityhub.BatchImportFindingsOutput, error) {
	return &securityhub.BatchImportFindingsOutput{FailedCount: aws.Int32(1), SuccessCount: aws.Int32(1)}, nil
}

func TestAFailureThatSecurityHubOnlyCountsIsSaid(t *testing.T) {
	hub := &publish.Hub{API: silent{}, Partition: "aws", Account: "123456789012", Region: "us-east-1", Now: time.Now}
	if _, failed := hub.Import(context.Background(), found(2, finding.StatusNew), nil); len(failed) != 1 || !strings.Contains(failed[0], "1 of 2") {
		t.Errorf("%q", failed)
	}
}

func TestWhatIsToBeArchivedWaitsUntilSecurityHubTakesIt(t *testing.T) {
	ended := func(ids ...string) (out []finding.Notice) {
		for _, id := range ids {
			f := found(1, finding.StatusResolved).Findings[0]
			f.ID = id
			out = append(out, finding.Notice{Kind: finding.NoticeFinding, Finding: &f, Hub: true})
		}
		return out
	}
	for name, c := range map[string]struct {
		fault localaws.Fault
		want  []string
	}{
		"the call fails":            {localaws.Fault{Service: "securityhub", Code: "InvalidAccessException"}, []string{"a", "b", "c"}},
		"one entry fails":           {localaws.Fault{Service: "securityhub", Code: "InternalException", Entries: []int{1}}, []string{"b"}},
		"one entry is wrong itself": {localaws.Fault{Service: "securityhub", Code: "InvalidInput", Entries: []int{1}}, nil},
	} {
		_, hub := hubOf(t, c.fault)
		left, failed := hub.Import(context.Background(), found(0, ""), ended("c", "b", "a"))
		var have []string
		for _, n := range left {
			have = append(have, n.Finding.ID)
		}
		slices.Sort(have)
		if diff := cmp.Diff(c.want, have); diff != "" || len(failed) != 1 {
			t.Errorf("%s: %q (-want +waits):\n%s", name, failed, diff)
		}
	}
	server, hub := hubOf(t)
	notices := append(ended("0000"), finding.Notice{Kind: finding.NoticeFinding, Finding: &finding.Finding{ID: "x"}, People: true})
	left, failed := hub.Import(context.Background(), found(1, finding.StatusReopened), notices)
	if len(failed) > 0 || len(left) != 1 || left[0].Finding.ID != "x" || server.Imported()["permprobe/0000"]["RecordState"] != "ACTIVE" || len(server.Imported()) != 1 {
		t.Errorf("what is open again: %v, %+v, %v", failed, left, server.Imported())
	}
}

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
	if failed := hub.Import(context.Background(), r); len(failed) > 0 {
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
		switch status {
		case finding.StatusResolved:
			r.Findings, r.Resolved = nil, r.Findings
		case finding.StatusGone:
			r.Findings, r.Gone = nil, r.Findings
		}
		if failed := hub.Import(context.Background(), r); len(failed) > 0 {
			t.Errorf("%s: %v", status, failed)
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
	if failed := hub.Import(context.Background(), found(250, finding.StatusNew)); len(failed) > 0 {
		t.Fatal(failed)
	}
	if calls := len(server.Calls()); calls != 3 || len(server.Imported()) != 250 {
		t.Errorf("%d calls, %d findings", calls, len(server.Imported()))
	}
	server, hub = hubOf(t)
	if failed := hub.Import(context.Background(), found(0, "")); len(failed) > 0 || len(server.Calls()) > 0 {
		t.Errorf("nothing to say took %d calls: %v", len(server.Calls()), failed)
	}
}

func TestWhatSecurityHubDoesNotTakeIsSaid(t *testing.T) {
	server, hub := hubOf(t, localaws.Fault{Service: "securityhub", From: 2, Times: 1, Code: "InternalException", Message: "try\nlater", Entries: []int{0, 99}})
	want := []string{
		"the finding permprobe/0100 was not accepted by Security Hub: InternalException: try later",
		"the finding permprobe/0199 was not accepted by Security Hub: InternalException: try later",
	}
	if diff := cmp.Diff(want, hub.Import(context.Background(), found(250, finding.StatusNew))); diff != "" || len(server.Imported()) != 248 {
		t.Errorf("%d findings (-want +got)\n%s", len(server.Imported()), diff)
	}
	server, hub = hubOf(t, localaws.Fault{Service: "securityhub", From: 1, Times: 1, Code: "InvalidAccessException", Message: "Account 123456789012 is not subscribed to AWS Security Hub"})
	failed := hub.Import(context.Background(), found(101, finding.StatusNew))
	want = []string{"100 findings were not accepted by Security Hub: InvalidAccessException: Account 123456789012 is not subscribed to AWS Security Hub"}
	if !slices.Equal(failed, want) || len(server.Imported()) != 1 {
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
	if failed := hub.Import(context.Background(), found(2, finding.StatusNew)); len(failed) != 1 || !strings.Contains(failed[0], "1 of 2") {
		t.Errorf("%q", failed)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/permission"
	"permprobe/shared/render"
	"permprobe/shared/stack"
)

// TestADiagnosisThroughTheDeployedPathIsTheContract runs the real binary with a message.
func TestADiagnosisThroughTheDeployedPathIsTheContract(t *testing.T) {
	event := filepath.Join(t.TempDir(), "diagnose.json")
	if err := os.WriteFile(event, []byte(`{"diagnose":{"function":"notes-api","message":"Execution failed due to configuration error: Invalid permissions on Lambda function\nAccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/notes-api-role/notes-api is not authorized to perform: dynamodb:Query on resource: arn:aws:dynamodb:us-east-1:123456789012:table/notes because no identity-based policy allows the dynamodb:Query action"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := local(t, "run", "-format", "json", "-event", event)
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	var doc struct {
		finding.Diagnosis
		Calls []callJSON `json:"calls"`
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix([]byte(out), []byte("{\n  \"status\": \"findings\"")) || doc.Version != finding.DiagnosisVersion || doc.Summary.APICalls != len(doc.Calls) {
		t.Errorf("the document begins with %.60q, is of version %q and counts %d calls of %d", out, doc.Version, doc.Summary.APICalls, len(doc.Calls))
	}
	for _, call := range doc.Calls {
		if call.ErrorCode == "AccessDenied" || call.ErrorCode == "AccessDeniedException" {
			t.Errorf("the probe's role may not %s", call.Operation)
		}
	}
	doc.Summary.DurationMS, doc.Summary.APICalls = 0, 0
	text, err := json.MarshalIndent(doc.Diagnosis, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "diagnosis.json", append(text, '\n'))
	golden(t, "diagnosis.txt", []byte(render.Diagnosis(&doc.Diagnosis)))
}

// TestLogsAndCloudTrailAreReadThroughTheDeployedPath runs the real binary as the role of template.yaml, which may read them
// where that is switched on.
func TestLogsAndCloudTrailAreReadThroughTheDeployedPath(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	event, err := os.ReadFile(filepath.Join(root, "events", "diagnose-logs.json"))
	if err != nil {
		t.Fatal(err)
	}
	denied := "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/notes-api-role/notes-api is not authorized to perform: dynamodb:DeleteItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/notes because no identity-based policy allows the dynamodb:DeleteItem action"
	logs := []localaws.LogLine{{Group: "/aws/lambda/notes-api", Time: time.Now().Add(-time.Minute), Message: denied}}
	trail := []localaws.TrailEvent{{Time: time.Now().Add(-time.Minute), Record: map[string]any{
		"eventSource": "dynamodb.amazonaws.com", "eventName": "DescribeTable", "errorCode": "AccessDenied", "userIdentity": map[string]any{
			"type": "AssumedRole", "arn": "arn:aws:sts::123456789012:assumed-role/notes-api-role/notes-api",
			"sessionContext": map[string]any{"sessionIssuer": map[string]any{"arn": "arn:aws:iam::123456789012:role/notes-api-role"}},
		},
	}}}
	for setting, want := range map[string]string{"on": "2 refusals: 1 refused now as well, 1 not decided", "off": "incomplete"} {
		stacks, err := loadStacks(nil, stack.Options{})
		if err != nil {
			t.Fatal(err)
		}
		stacks[0].Options.Parameters = map[string]string{permission.FunctionLogs.Parameter(): setting, permission.CloudTrail.Parameter(): setting}
		result, err := runProbe(t.Context(), root, "", event, stacks, localaws.Options{Logs: logs, Trail: trail}, streams{out: io.Discard, err: io.Discard})
		if err != nil {
			t.Fatal(err)
		}
		var text string
		if err := json.Unmarshal(result.payload, &text); err != nil || !strings.Contains(text, "notes-api diagnosed: "+want) {
			t.Errorf("%s: %v\n%s", setting, err, text)
		}
		read := map[string]bool{}
		for _, call := range result.calls {
			if call.Operation == "FilterLogEvents" || call.Operation == "LookupEvents" {
				read[call.Operation] = call.Status == 200
			}
		}
		if on := setting == "on"; read["FilterLogEvents"] != on || read["LookupEvents"] != on {
			t.Errorf("%s: read: %v", setting, read)
		}
	}
}

func TestTheHistoryOfTheExampleIsDiagnosed(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs := local(t, "run", "-event", filepath.Join(root, "events", "diagnose-logs.json"))
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	for _, want := range []string{
		"3 refusals: 2 refused now as well, 1 allowed now", "3 times in log group /aws/lambda/notes-api", "1 time in CloudTrail",
		"It was granted 3 hours ago by arn:aws:iam::123456789012:user/ann (PutRolePolicy of notes-table at ", "put-role-policy",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	for _, secret := range []string{"ann@example.com", "delete failed", "Rate exceeded"} {
		if strings.Contains(out, secret) {
			t.Errorf("%q of the history reaches the answer", secret)
		}
	}
}

func TestAHistoryThatIsWrongIsOneLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history.yaml")
	for content, want := range map[string]string{
		"lines: []":                                                    "lines",
		"logs: [{message: x}]":                                         "logs[0]",
		"logs: [{group: g, ago: soon}]":                                "time.Duration",
		"events: [{ago: 1m, record: {eventName: A}}]":                  "events[0]",
		"metrics: [{name: Errors, ago: 1m}]":                           "metrics[0]",
		"events: [{ago: -1m, record: {eventName: A, eventSource: b}}]": "events[0]",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, errs := local(t, "run", "-history", file); code != exitError || !strings.Contains(errs, want) {
			t.Errorf("%s: exit code %d, %q", content, code, errs)
		}
	}
}

func TestAScanOfTheExampleFindsWhatItsHistorySaysWhereThatIsSwitchedOn(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	for setting, want := range map[string]int{"on": 2, "off": 0} {
		code, out, errs := local(t, "run", "-format", "json", "-param", "SeenDenials="+setting, "-event", filepath.Join(root, "events", "schedule.json"))
		if code != exitOK || errs != "" {
			t.Fatalf("exit code %d, stderr %q", code, errs)
		}
		var doc finding.Report
		if err := json.Unmarshal([]byte(out), &doc); err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, f := range doc.Findings {
			if slices.Contains(f.Guide, "D1") && strings.HasSuffix(f.Function, ":notes-api") && f.Fix.Proof == finding.Proven {
				seen++
			}
		}
		if seen != want || len(doc.Gaps) > 0 {
			t.Errorf("%s: %d of %d findings were seen to be refused, gaps %+v", setting, seen, len(doc.Findings), doc.Gaps)
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/render"
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

package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"permprobe/shared/finding"
)

// TestTheFileForSupportThroughTheDeployedPath runs the real binary with the example event, as text and as JSON.
func TestTheFileForSupportThroughTheDeployedPath(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs := local(t, "run", "-format", "json", "-event", filepath.Join(root, "events", "support.json"))
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	var doc struct {
		finding.Support
		Text  string     `json:"text"`
		Calls []callJSON `json:"calls"`
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || !strings.HasPrefix(doc.Text, "# Permission denials of `notes-api`") {
		t.Errorf("%v: %.300s", err, doc.Text)
	}
	if !strings.Contains(doc.Text, "may not invoke notes-api") || !strings.Contains(doc.Text, "| HTTP API | calls the function |") {
		t.Errorf("the file does not hold the fault:\n%s", doc.Text)
	}
	for _, call := range doc.Calls {
		if strings.Contains(call.ErrorCode, "AccessDenied") {
			t.Errorf("the probe's role may not %s", call.Operation)
		}
	}
}

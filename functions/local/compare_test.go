package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/render"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files again")

// TestAComparisonThroughTheDeployedPathIsTheContract runs the real binary with the example event.
func TestAComparisonThroughTheDeployedPathIsTheContract(t *testing.T) {
	event := filepath.Join(t.TempDir(), "compare.json")
	if err := os.WriteFile(event, []byte(`{"compare":["resize-image","rotate-image"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := local(t, "run", "-format", "json", "-event", event)
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	var doc struct {
		finding.Comparison
		Calls []callJSON `json:"calls"`
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix([]byte(out), []byte("{\n  \"status\": \"findings\"")) || doc.Version != finding.ComparisonVersion {
		t.Errorf("the document begins with %.60q and is of version %q", out, doc.Version)
	}
	if doc.Summary.APICalls != len(doc.Calls) {
		t.Errorf("%d calls counted, %d made", doc.Summary.APICalls, len(doc.Calls))
	}
	for _, call := range doc.Calls {
		if call.ErrorCode == "AccessDenied" || call.ErrorCode == "AccessDeniedException" {
			t.Errorf("the probe's role may not %s", call.Operation)
		}
	}
	doc.Summary.DurationMS, doc.Summary.APICalls = 0, 0
	text, err := json.MarshalIndent(doc.Comparison, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "compare.json", append(text, '\n'))
	golden(t, "compare.txt", []byte(render.Comparison(&doc.Comparison)))
}

func TestTheExampleEventOfAComparisonAnswersAsText(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs := local(t, "run", "-event", filepath.Join(root, "events", "compare.json"))
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	if !regexp.MustCompile(`== Comparison =+\npermprobe: resize-image and rotate-image compared: 2 of \d+ permissions differ`).MatchString(out) {
		t.Errorf("no comparison:\n%.2000s", out)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-update writes it again; -want +got):\n%s", name, diff)
	}
}

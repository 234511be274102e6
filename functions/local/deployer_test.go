package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/render"
)

// TestADeploymentThroughTheDeployedPathIsTheContract runs the real binary with the example event as the role of template.yaml.
func TestADeploymentThroughTheDeployedPathIsTheContract(t *testing.T) {
	event := filepath.Join(t.TempDir(), "deployer.json")
	if err := os.WriteFile(event, []byte(`{"deployer":{"principal":"arn:aws:iam::123456789012:user/developer","functions":["notes-api"]}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := local(t, "run", "-format", "json", "-event", event)
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	var doc struct {
		finding.Deployment
		Calls []callJSON `json:"calls"`
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix([]byte(out), []byte("{\n  \"status\": \"findings\"")) || doc.Version != finding.DeploymentVersion || doc.Summary.APICalls != len(doc.Calls) {
		t.Errorf("the document begins with %.60q, is of version %q and counts %d calls of %d", out, doc.Version, doc.Summary.APICalls, len(doc.Calls))
	}
	for _, call := range doc.Calls {
		if strings.Contains(call.ErrorCode, "AccessDenied") {
			t.Errorf("the probe's role may not %s", call.Operation)
		}
	}
	doc.Summary.DurationMS, doc.Summary.APICalls = 0, 0
	text, err := json.MarshalIndent(doc.Deployment, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "deployer.json", append(text, '\n'))
	golden(t, "deployer.txt", []byte(render.Deployment(&doc.Deployment)))
}

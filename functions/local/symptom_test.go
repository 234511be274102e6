package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"permprobe/shared/localaws"
	"permprobe/shared/permission"
	"permprobe/shared/stack"
)

// TestASymptomThroughTheDeployedPath runs the real binary with the example event as the role of template.yaml, which may read
// metrics and logs where that is switched on. The example's notes-api may not be invoked by its API.
func TestASymptomThroughTheDeployedPath(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	event, err := os.ReadFile(filepath.Join(root, "events", "diagnose-api.json"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-10 * time.Minute)
	o := localaws.Options{
		Metrics: []localaws.DataPoint{
			{Namespace: "AWS/ApiGateway", Name: "5xx", Dimensions: map[string]string{"ApiId": "NotesApi"}, Time: at, Value: 12},
		},
		Logs: []localaws.LogLine{{Group: "/aws/lambda/notes-api", Time: at.Add(-48 * time.Hour), Message: "long ago"}},
	}
	for setting, want := range map[string]string{"on": "answered 12 times 5xx and the function was not invoked once", "off": "metrics are not read"} {
		stacks, err := loadStacks(nil, stack.Options{})
		if err != nil {
			t.Fatal(err)
		}
		stacks[0].Options.Parameters = map[string]string{permission.FunctionLogs.Parameter(): setting, permission.Metrics.Parameter(): setting}
		result, err := runProbe(t.Context(), root, "", event, stacks, o, streams{out: io.Discard, err: io.Discard})
		if err != nil {
			t.Fatal(err)
		}
		var text string
		if err := json.Unmarshal(result.payload, &text); err != nil || !strings.Contains(text, want) ||
			!strings.Contains(text, "GET /notes of notes answers 500: 1 cause found") || !strings.Contains(text, "aws lambda add-permission --function-name") {
			t.Errorf("%s: %v\n%s", setting, err, text)
		}
		read := map[string]bool{}
		for _, call := range result.calls {
			if strings.Contains(call.ErrorCode, "AccessDenied") {
				t.Errorf("the probe's role may not %s", call.Operation)
			}
			if call.Operation == "FilterLogEvents" || call.Operation == "GetMetricData" {
				read[call.Operation] = call.Status == 200
			}
		}
		if on := setting == "on"; read["FilterLogEvents"] != on || read["GetMetricData"] != on {
			t.Errorf("%s: read: %v", setting, read)
		}
	}
}

package publish_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/publish"
)

// schemas are those of the details of the events, by file.
var schemas = map[string]struct {
	title  string
	detail reflect.Type
}{
	"finding.json": {publish.FindingDetailType, reflect.TypeFor[publish.FindingEvent]()},
	"scan.json":    {publish.ScanDetailType, reflect.TypeFor[publish.ScanEvent]()},
}

// words are the values that fields of these types take.
var words = map[reflect.Type][]string{
	reflect.TypeFor[finding.Severity]():     {"critical", "high", "medium", "low", "informational"},
	reflect.TypeFor[finding.Place]():        {"execution-role", "invoke-permission", "target-policy", "guardrail", "configuration"},
	reflect.TypeFor[finding.Confidence]():   {"certain", "inferred"},
	reflect.TypeFor[finding.Status]():       {"new", "reopened", "resolved", "unverified", "gone"},
	reflect.TypeFor[finding.Proof]():        {"proven", "refused", "unproven", ""},
	reflect.TypeFor[finding.ReportStatus](): {"ok", "findings", "incomplete", "error"},
}

// schema is what encoding/json writes of a type.
func schema(t *testing.T, of reflect.Type) map[string]any {
	t.Helper()
	if values, known := words[of]; known {
		return map[string]any{"type": "string", "enum": values}
	}
	switch of.Kind() {
	case reflect.Pointer:
		return schema(t, of.Elem())
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schema(t, of.Elem())}
	case reflect.Struct:
		properties, required := map[string]any{}, []string{}
		for i := range of.NumField() {
			name, options, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			properties[name] = schema(t, of.Field(i).Type)
			if options == "" {
				required = append(required, name)
			}
		}
		return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	}
	t.Fatalf("no schema for %s", of)
	return nil
}

func TestTheSchemasOfTheEventsAreThoseOfTheCode(t *testing.T) {
	folder := filepath.Join("..", "..", "events", "schemas")
	for file, one := range schemas {
		document := schema(t, one.detail)
		document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
		document["title"] = one.title
		document["description"] = fmt.Sprintf("The detail of the event %q of the source %q.", one.title, publish.EventSource)
		want, err := json.MarshalIndent(document, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, '\n')
		path := filepath.Join(folder, file)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, want) {
			t.Errorf("%s is not what the code writes: run the test with -update", path)
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != len(schemas) {
		t.Errorf("%v, %v", files, err)
	}
}

// misfit is where a document does not fit a schema; empty where it does.
func misfit(path string, schema map[string]any, document any) string {
	values, _ := schema["enum"].([]any)
	switch schema["type"] {
	case "string":
		text, ok := document.(string)
		if !ok || values != nil && !slices.Contains(values, any(text)) {
			return fmt.Sprintf("%s is %v", path, document)
		}
	case "integer":
		if number, ok := document.(float64); !ok || number != float64(int64(number)) {
			return fmt.Sprintf("%s is %v", path, document)
		}
	case "boolean":
		if _, ok := document.(bool); !ok {
			return fmt.Sprintf("%s is %v", path, document)
		}
	case "array":
		list, ok := document.([]any)
		if !ok {
			return fmt.Sprintf("%s is %v", path, document)
		}
		for i, item := range list {
			if bad := misfit(fmt.Sprintf("%s[%d]", path, i), schema["items"].(map[string]any), item); bad != "" {
				return bad
			}
		}
	case "object":
		fields, ok := document.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v", path, document)
		}
		for _, name := range schema["required"].([]any) {
			if _, there := fields[name.(string)]; !there {
				return fmt.Sprintf("%s lacks %s", path, name)
			}
		}
		properties := schema["properties"].(map[string]any)
		for name, value := range fields {
			property, known := properties[name].(map[string]any)
			if !known {
				return fmt.Sprintf("%s has %s, which is not described", path, name)
			}
			if bad := misfit(path+"."+name, property, value); bad != "" {
				return bad
			}
		}
	default:
		return path + " has no type"
	}
	return ""
}

func TestWhatIsPublishedFitsTheSchemas(t *testing.T) {
	byType := map[string]map[string]any{}
	for file, one := range schemas {
		text, err := os.ReadFile(filepath.Join("..", "..", "events", "schemas", file))
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		byType[one.title] = document
	}
	r := example(t)
	huge := r.Findings[0]
	huge.Evidence.Statement = strings.Repeat("s", 300_000) // is left out, and named
	huge.Owner, huge.Since, huge.Status = "shop", huge.FirstSeen, finding.StatusReopened
	r.Findings = append(r.Findings, huge)
	events := &fakeEvents{}
	p, _ := publisher(events, &fakeTopic{})
	p.Deliver(context.Background(), r, append(r.Notices("run"), finding.Notice{
		Kind: finding.NoticeFinding, Sequence: 7, Run: "run", Finding: &r.Findings[0], Machines: true,
	}), func([]finding.Notice) {})
	checked := 0
	for _, call := range events.calls {
		for _, entry := range call {
			var detail any
			if err := json.Unmarshal([]byte(*entry.Detail), &detail); err != nil {
				t.Fatal(err)
			}
			if bad := misfit("detail", byType[*entry.DetailType], detail); bad != "" {
				t.Errorf("%s: %s", *entry.DetailType, bad)
			}
			checked++
		}
	}
	if checked != 7 {
		t.Errorf("%d events", checked)
	}
	for name, detail := range map[string]any{
		"an unknown field":   map[string]any{"version": "1", "account": "a", "region": "r", "status": "ok", "summary": map[string]any{}, "x": 1},
		"a field that lacks": map[string]any{"version": "1"},
		"a wrong word":       map[string]any{"version": "1", "account": "a", "region": "r", "status": "fine"},
	} {
		if misfit("detail", byType[publish.ScanDetailType], detail) == "" {
			t.Errorf("%s fits", name)
		}
	}
}

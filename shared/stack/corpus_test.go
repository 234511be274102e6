package stack_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"permprobe/shared/stack"
)

// corpus lists the templates of the folder that PERMPROBE_TEMPLATES names.
func corpus(t testing.TB) []string {
	dir := os.Getenv("PERMPROBE_TEMPLATES")
	if dir == "" {
		t.Skip("PERMPROBE_TEMPLATES names no folder of templates")
	}
	all, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, f := range all {
		if !strings.HasSuffix(f, ".params.json") {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		t.Fatalf("no templates in %s", dir)
	}
	return files
}

// readTemplate reads a template and the parameter values beside it.
func readTemplate(t testing.TB, file string) ([]byte, map[string]string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	params := map[string]string{}
	if p, err := os.ReadFile(strings.TrimSuffix(file, ".json") + ".params.json"); err == nil {
		if err := json.Unmarshal(p, &params); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return data, params
}

func TestEveryTemplateOfTheCorpusLoadsQuicklyAndTheSameEachTime(t *testing.T) {
	files := corpus(t)
	var slowest time.Duration
	resources, warnings, unknowns := 0, 0, 0
	for _, file := range files {
		data, params := readTemplate(t, file)
		start := time.Now()
		s, err := stack.Load(filepath.Base(file), data, stack.Options{Parameters: params})
		took := time.Since(start)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		slowest = max(slowest, took)
		if took > 100*time.Millisecond {
			t.Errorf("%s took %v", file, took)
		}
		again, err := stack.Load(filepath.Base(file), data, stack.Options{Parameters: params})
		if err != nil {
			t.Errorf("second time: %v", err)
			continue
		}
		if diff := cmp.Diff(dump(t, s), dump(t, again)); diff != "" {
			t.Errorf("%s differs from load to load:\n%s", file, diff)
		}
		resources, warnings, unknowns = resources+len(s.Resources), warnings+len(s.Warnings), unknowns+len(s.Unknowns)
		for _, w := range s.Warnings {
			t.Logf("%s:%d:%d: %s: %s", s.File, w.Line, w.Column, w.Path, w.Msg)
		}
		for _, u := range s.Unknowns {
			t.Logf("%s:%d:%d: unknown %s: %s", s.File, u.Line, u.Column, u.Name, u.Reason)
		}
	}
	t.Logf("%d templates, %d resources, %d warnings, %d unknowns, slowest %v", len(files), resources, warnings, unknowns, slowest)
}

// dump prints all that a stack holds.
func dump(t testing.TB, s *stack.Stack) string {
	t.Helper()
	out, err := json.MarshalIndent(struct {
		*stack.Stack
		All []*stack.Resource
	}{s, s.Resources}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestTheCorpusMeansTheSameAsYAML(t *testing.T) {
	for _, file := range corpus(t) {
		data, params := readTemplate(t, file)
		asJSON, err := stack.Load(filepath.Base(file), data, stack.Options{Parameters: params})
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		// A tab is no white space for YAML.
		text := append([]byte("# as YAML\n"), strings.ReplaceAll(string(data), "\t", " ")...)
		asYAML, err := stack.Load(filepath.Base(file), text, stack.Options{Parameters: params})
		if err != nil {
			t.Errorf("as YAML: %v", err)
			continue
		}
		if diff := cmp.Diff(asJSON.Outputs, asYAML.Outputs); diff != "" {
			t.Errorf("%s: outputs (-JSON +YAML):\n%s", file, diff)
		}
		if len(asJSON.Resources) != len(asYAML.Resources) {
			t.Errorf("%s: %d resources, %d as YAML", file, len(asJSON.Resources), len(asYAML.Resources))
			continue
		}
		for i, r := range asJSON.Resources {
			y := asYAML.Resources[i]
			if r.PhysicalID != y.PhysicalID || r.ARN != y.ARN || r.Ref != y.Ref || r.Line != y.Line-1 || r.Column != y.Column {
				t.Errorf("%s: %s at %d:%d is %s at %d:%d", file, r.ARN, r.Line, r.Column, y.ARN, y.Line, y.Column)
			}
			if diff := cmp.Diff(r.Properties, y.Properties); diff != "" {
				t.Errorf("%s: %s (-JSON +YAML):\n%s", file, r.LogicalID, diff)
			}
		}
	}
}

func TestPlacesInTheCorpusAreRight(t *testing.T) {
	for _, file := range corpus(t) {
		data, params := readTemplate(t, file)
		s, err := stack.Load(filepath.Base(file), data, stack.Options{Parameters: params})
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		lines := strings.Split(string(data), "\n")
		at := func(line, col int, key string) {
			if line < 1 || line > len(lines) || !strings.HasPrefix(lines[line-1][col-1:], `"`+key+`"`) {
				t.Errorf("%s:%d:%d is not %q", file, line, col, key)
			}
		}
		for _, r := range s.Resources {
			at(r.Line, r.Column, r.LogicalID)
			for key := range r.Properties {
				line, col := r.Position(key)
				at(line, col, key)
			}
		}
	}
}

func TestTheCorpusLoadsWithoutAnyParameterValue(t *testing.T) {
	for _, file := range corpus(t) {
		data, _ := readTemplate(t, file)
		if _, err := stack.Load(filepath.Base(file), data, stack.Options{}); err != nil {
			t.Errorf("%v", err)
		}
	}
}

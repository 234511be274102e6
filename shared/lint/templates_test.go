package lint

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"permprobe/shared/iampolicy"
)

// Templates of working applications must give no certain problem. The test
// reads processed CloudFormation templates (JSON) from the folder that
// PERMPROBE_TEMPLATES names; it does nothing without it.
func TestTemplatesOfWorkingApplicationsHaveNoCertainProblem(t *testing.T) {
	folder := os.Getenv("PERMPROBE_TEMPLATES")
	if folder == "" {
		t.Skip("PERMPROBE_TEMPLATES names no folder of templates")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates in %s (%v)", folder, err)
	}
	policies, hints := 0, map[string]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var template struct{ Resources map[string]any }
		if json.Unmarshal(data, &template) != nil || template.Resources == nil {
			continue
		}
		for name, r := range template.Resources {
			for _, doc := range documents(resolve(r)) {
				text, err := json.Marshal(doc)
				if err != nil {
					t.Fatal(err)
				}
				kind := iampolicy.Identity
				switch {
				case strings.Contains(string(text), `"sts:AssumeRole`) && strings.Contains(string(text), `"Principal"`):
					kind = iampolicy.Trust
				case strings.Contains(string(text), `"Principal"`):
					kind = iampolicy.Resource
				}
				p, err := iampolicy.Parse(text, kind)
				if err != nil {
					t.Logf("%s: %s: %v", filepath.Base(file), name, err)
					continue
				}
				policies++
				for _, problem := range Policy(p, Context{Partition: "aws", Region: "us-east-1", Account: "123456789012"}) {
					if problem.Confidence == Certain {
						t.Errorf("%s: %s: %s is certain of %q: %s", filepath.Base(file), name, problem.ID, problem.Value, problem.Why)
					}
					hints[problem.ID]++
				}
			}
		}
	}
	var summary []string
	for id, n := range hints {
		summary = append(summary, fmt.Sprintf("%s %d", id, n))
	}
	sort.Strings(summary)
	t.Logf("%d policies in %d files; hints: %s", policies, len(files), strings.Join(summary, ", "))
	if policies == 0 {
		t.Error("the templates hold no policy")
	}
}

// documents finds the policy documents in a resource.
func documents(v any) []map[string]any {
	var out []map[string]any
	switch v := v.(type) {
	case map[string]any:
		if v["Statement"] != nil {
			out = append(out, v)
		}
		for _, e := range v {
			out = append(out, documents(e)...)
		}
	case []any:
		for _, e := range v {
			out = append(out, documents(e)...)
		}
	}
	return out
}

var placeholder = regexp.MustCompile(`\$\{([^}!]+)\}`)

// resolve knows pseudo parameters; whatever else a template computes is unknown.
func resolve(v any) any {
	known := map[string]string{"AWS::Region": "us-east-1", "AWS::AccountId": "123456789012", "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
	value := func(name string) string {
		if v, ok := known[name]; ok {
			return v
		}
		return iampolicy.Unknown(name)
	}
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = resolve(v[i])
		}
	case map[string]any:
		if len(v) == 1 {
			for k, arg := range v {
				switch {
				case k == "Ref":
					return value(fmt.Sprint(arg))
				case k == "Fn::Sub":
					text := fmt.Sprint(arg)
					if list, ok := arg.([]any); ok && len(list) > 0 {
						text = fmt.Sprint(list[0])
					}
					return placeholder.ReplaceAllStringFunc(text, func(m string) string { return value(m[2 : len(m)-1]) })
				case k == "Fn::Join":
					list, ok := arg.([]any)
					if !ok || len(list) != 2 {
						return iampolicy.Unknown(k)
					}
					parts, ok := resolve(list[1]).([]any)
					if !ok {
						return iampolicy.Unknown(k)
					}
					var texts []string
					for _, p := range parts {
						texts = append(texts, fmt.Sprint(p))
					}
					return strings.Join(texts, fmt.Sprint(list[0]))
				case strings.HasPrefix(k, "Fn::"):
					return iampolicy.Unknown(k)
				}
			}
		}
		for k := range v {
			v[k] = resolve(v[k])
		}
	}
	return v
}

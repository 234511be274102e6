package permprobe_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheSAMCommandsNeedNoOption(t *testing.T) {
	want := map[string]map[string]any{
		"":                            {"version": 0.1},
		"default.global.parameters":   {"stack_name": "permprobe"},
		"default.validate.parameters": {"lint": true},
		"default.deploy.parameters": {
			"capabilities": "CAPABILITY_IAM", "resolve_s3": true, "confirm_changeset": true, "fail_on_empty_changeset": false,
		},
	}
	if diff := cmp.Diff(want, loadSAMConfig(t)); diff != "" {
		t.Errorf("samconfig.toml (-want +have):\n%s", diff)
	}
}

func TestTheStackNeedsNoMoreThanTheConfiguredCapability(t *testing.T) {
	capability := loadSAMConfig(t)["default.deploy.parameters"]["capabilities"]
	for id, resource := range section(t, loadTemplate(t)["Resources"], "Resources") {
		if dig(t, resource, "Type") != "AWS::IAM::Role" {
			continue
		}
		// A named role demands CAPABILITY_NAMED_IAM.
		if _, named := section(t, dig(t, resource, "Properties"), id)["RoleName"]; named && capability == "CAPABILITY_IAM" {
			t.Errorf("%s has a name, which %s does not cover", id, capability)
		}
	}
}

// loadSAMConfig reads the part of TOML that samconfig.toml needs, tables of texts, numbers and booleans, and
// fails on anything else.
func loadSAMConfig(t *testing.T) map[string]map[string]any {
	t.Helper()
	data, err := os.ReadFile("samconfig.toml")
	if err != nil {
		t.Fatal(err)
	}
	tables, name := map[string]map[string]any{"": {}}, ""
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if header, ok := strings.CutPrefix(line, "["); ok {
			name = strings.TrimSuffix(header, "]")
			if _, twice := tables[name]; twice || name == header {
				t.Fatalf("samconfig.toml:%d: table %q is not closed or stands twice", i+1, line)
			}
			tables[name] = map[string]any{}
			continue
		}
		key, value, ok := strings.Cut(line, " = ")
		if _, twice := tables[name][key]; !ok || twice {
			t.Fatalf("samconfig.toml:%d: %q is no key with a value, or stands twice", i+1, line)
		}
		if quoted, err := strconv.Unquote(value); err == nil {
			tables[name][key] = quoted
		} else if truth, err := strconv.ParseBool(value); err == nil && len(value) > 1 {
			tables[name][key] = truth
		} else if number, err := strconv.ParseFloat(value, 64); err == nil {
			tables[name][key] = number
		} else {
			t.Fatalf("samconfig.toml:%d: %q is no text, number or boolean", i+1, value)
		}
	}
	return tables
}

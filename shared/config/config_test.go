package config_test

import (
	"strings"
	"testing"

	"permprobe/shared/config"
	"permprobe/shared/permission"

	"github.com/google/go-cmp/cmp"
)

func TestTheFileSelectsTheFunctionsThatItLists(t *testing.T) {
	all := []string{"*"}
	tests := map[string]struct {
		text string
		want []string
	}{
		"empty":                            {"", all},
		"comments alone":                   {"# nothing yet\n", all},
		"a document without content":       {"---\n", all},
		"null":                             {"~\n", all},
		"a list":                           {"functions:\n  - notes-*\n  - arn:aws:lambda:us-east-1:123456789012:function:tasks\n", []string{"notes-*", "arn:aws:lambda:us-east-1:123456789012:function:tasks"}},
		"a list on one line":               {`functions: ["*", "a?"]`, []string{"*", "a?"}},
		"names that are numbers in YAML":   {"functions: [0123, 1e3, true]", []string{"0123", "1e3", "true"}},
		"an anchor that nothing uses":      {"functions: &mine [a]", []string{"a"}},
		"the byte order mark of an editor": {"\ufefffunctions: [a]", []string{"a"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := config.ParseFile("probe.yaml", []byte(test.text), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.Functions); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAWrongFileIsOneLineWithFileAndLine(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"an unknown setting":             {"\nfunction:\n  - a\n", `probe.yaml:2: unknown setting "function": the file may hold functions, tags, needs, advice, mutes, owner, readRoles, organization`},
		"a setting in another case":      {"Functions: [a]", `probe.yaml:1: unknown setting "Functions": the file may hold functions, tags, needs, advice, mutes, owner, readRoles, organization`},
		"a text instead of a list":       {"functions: notes", `probe.yaml:1: functions: a list of names, ARNs and patterns is needed, not the text "notes"`},
		"a map instead of a list":        {"functions:\n  a: b", `probe.yaml:2: functions: a list of names, ARNs and patterns is needed, not a map`},
		"no list":                        {"functions:\n", `probe.yaml:1: functions: a list of names, ARNs and patterns is needed, not nothing`},
		"an empty list":                  {"functions: []", `probe.yaml:1: functions: the list is empty: leave it out to check every function`},
		"a list in the list":             {"functions:\n  - a\n  - [b]\n", `probe.yaml:3: functions: an entry is a name, an ARN or a pattern, not a list`},
		"nothing in the list":            {"functions:\n  - a\n  -\n", `probe.yaml:3: functions: an entry is a name, an ARN or a pattern, not nothing`},
		"a map in the list":              {"functions:\n  - name: a\n", `probe.yaml:2: functions: an entry is a name, an ARN or a pattern, not a map`},
		"an alias":                       {"functions: &x [a, *x]", `probe.yaml:1: functions: an entry is a name, an ARN or a pattern, not the alias *x`},
		"a setting given twice":          {"functions: [a]\nfunctions: [b]\n", `probe.yaml:2: functions is given twice`},
		"two documents":                  {"functions: [a]\n---\nfunctions: [b]\n", `probe.yaml:2: a second document begins here: there may be only one`},
		"a list at the top":              {"- a", `probe.yaml:1: the file holds a list, not settings such as "functions:"`},
		"a text at the top":              {"notes", `probe.yaml:1: the file holds the text "notes", not settings such as "functions:"`},
		"a bad pattern":                  {"functions:\n- ok\n- two words\n", `probe.yaml:3: functions: "two words" holds white space: a function's name, ARN or pattern has none`},
		"a tab":                          {"functions:\n\t- a\n", `probe.yaml:2: found character that cannot start any token (indent with spaces, not with tabs)`},
		"a star without quotes":          {"functions: [*]", `probe.yaml:1: did not find expected alphabetic or numeric character (put a pattern with * in quotes)`},
		"a star before a name":           {"functions:\n  - a\n  - *-api\n", `probe.yaml:3: put the pattern in quotes: "*-api"`},
		"a bracket that is not closed":   {"functions:\n  - a: [\n", `probe.yaml:2: did not find expected node content`},
		"an error on the first line":     {"a: b: c", `probe.yaml:1: mapping values are not allowed in this context`},
		"control characters":             {"\x00", `probe.yaml:1: control characters are not allowed`},
		"a key that is a list":           {"? [a]\n: b\n", `probe.yaml:1: unknown setting "": the file may hold functions, tags, needs, advice, mutes, owner, readRoles, organization`},
		"brackets without end":           {strings.Repeat("[", 20000), `probe.yaml:1: exceeded max depth of 10000`},
		"a syntax error after the first": {"functions: [a]\n--- [\n", `probe.yaml:2: did not find expected node content`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := config.ParseFile("probe.yaml", []byte(test.text), nil)
			if err == nil {
				t.Fatalf("got %q, want the error %s", got.Functions, test.want)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func FuzzAnyFileIsReadOrRefusedInOneLine(f *testing.F) {
	for _, seed := range []string{"functions: [a]", "functions:\n- *x", "a: &b [*b]", "\t", "--- |\n x\n...\n---", "? :", "{functions: [\"\n\"]}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := config.ParseFile("probe.yaml", []byte(text), nil)
		switch {
		case err == nil && len(file.Functions) == 0:
			t.Error("no function is selected")
		case err != nil && (strings.ContainsAny(err.Error(), "\r\n") || !strings.HasPrefix(err.Error(), "probe.yaml:")):
			t.Errorf("error %q", err)
		}
	})
}

func TestTheEnvironmentNamesTopicBusAndStateBucket(t *testing.T) {
	tests := map[string]struct {
		vars map[string]string
		want config.Environment
		err  string
	}{
		"nothing": {nil, config.Environment{}, ""},
		"both": {map[string]string{"PERMPROBE_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:t", "PERMPROBE_EVENT_BUS": "default"},
			config.Environment{TopicARN: "arn:aws:sns:us-east-1:123456789012:t", EventBus: "default"}, ""},
		"seen denials on":       {map[string]string{"PERMPROBE_SEEN_DENIALS": "on"}, config.Environment{SeenDenials: true}, ""},
		"seen denials, unclear": {map[string]string{"PERMPROBE_SEEN_DENIALS": "yes"}, config.Environment{}, `environment variable PERMPROBE_SEEN_DENIALS: "yes" is neither on nor off`},
		"filters on":            {map[string]string{"PERMPROBE_SUBSCRIPTION_FILTERS": "on"}, config.Environment{On: permission.Switches{permission.SubscriptionFilters: true}}, ""},
		"named functions": {map[string]string{"PERMPROBE_FUNCTIONS": "arn:aws:lambda:us-east-1:123456789012:function:a,arn:aws:lambda:us-east-1:123456789012:function:b"},
			config.Environment{Functions: []string{"arn:aws:lambda:us-east-1:123456789012:function:a", "arn:aws:lambda:us-east-1:123456789012:function:b"}}, ""},
		"a function that is no ARN": {map[string]string{"PERMPROBE_FUNCTIONS": "a"}, config.Environment{},
			`environment variable PERMPROBE_FUNCTIONS: "a" is not an ARN`},
		"filters off": {map[string]string{"PERMPROBE_SUBSCRIPTION_FILTERS": "off"}, config.Environment{}, ""},
		"filters neither on nor off": {map[string]string{"PERMPROBE_SUBSCRIPTION_FILTERS": "yes"}, config.Environment{},
			`environment variable PERMPROBE_SUBSCRIPTION_FILTERS: "yes" is neither on nor off`},
		"language": {map[string]string{"PERMPROBE_LANGUAGE": "JA"}, config.Environment{Language: "JA"}, ""},
		"state":    {map[string]string{"PERMPROBE_STATE_BUCKET": "state"}, config.Environment{StateBucket: "state"}, ""},
		"a topic that is no ARN": {map[string]string{"PERMPROBE_TOPIC_ARN": "alerts"}, config.Environment{},
			`environment variable PERMPROBE_TOPIC_ARN: "alerts" is not an ARN`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := config.ParseEnvironment(func(name string) string { return test.vars[name] })
			if message(err) != test.err {
				t.Errorf("error %q, want %q", message(err), test.err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

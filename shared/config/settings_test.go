package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTagsSelectByKeyAndByOneOfTheirValues(t *testing.T) {
	file, err := ParseFile("probe.yaml", []byte("tags:\n  stage: prod\n  team: [shop, billing]\n  owner:\n  tier: 1\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := File{Functions: []string{"*"}, Tags: map[string][]string{"stage": {"prod"}, "team": {"shop", "billing"}, "owner": {}, "tier": {"1"}}}
	if diff := cmp.Diff(want, file); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
}

func TestTagsThatCannotBeMeantAreNamedWithTheirLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a list":              {"tags: [a]\n", "probe.yaml:1: tags: a map"},
		"empty":               {"tags: {}\n", "probe.yaml:1: tags: the map is empty"},
		"a map as the value":  {"tags:\n  a: {b: c}\n", "probe.yaml:2: tags: the value of"},
		"a null in a list":    {"tags:\n  a: [b, null]\n", "probe.yaml:2: tags: the value of"},
		"no values":           {"tags:\n  a: []\n", "probe.yaml:2: tags: the tag"},
		"the same key twice":  {"tags:\n  a: b\n  a: c\n", "probe.yaml:3"},
		"a key that is empty": {"tags:\n  \"\": b\n", "probe.yaml:2: tags:"},
		"a long key":          {"tags:\n  " + strings.Repeat("k", 129) + ": b\n", "probe.yaml:2: tags:"},
		"too many values":     {"tags:\n  a: [" + strings.Repeat("b,", 21) + "]\n", "probe.yaml:2: tags: the tag"},
	} {
		_, err := ParseFile("probe.yaml", []byte(c.text), nil)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: want %q, have %v", name, c.want, err)
		}
	}
}

func TestAdviceIsOffUnlessItIsAskedFor(t *testing.T) {
	for text, want := range map[string]bool{"": false, "advice: true\n": true, "advice: false\n": false} {
		if file, err := ParseFile("probe.yaml", []byte(text), nil); err != nil || file.Advice != want {
			t.Errorf("%q: %v, %v", text, file.Advice, err)
		}
	}
	for _, text := range []string{"advice: maybe\n", "advice: \"true\"\n", "advice: [true]\n", "advice:\n", "advice: 1\n"} {
		_, err := ParseFile("probe.yaml", []byte(text), nil)
		if err == nil || !strings.HasPrefix(err.Error(), "probe.yaml:1: advice: true or false is needed") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

package permprobe_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/catalog"
	"permprobe/shared/config"
	"permprobe/shared/permission"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated parts of README.md and docs again")

const (
	permissionsBegin = "<!-- permissions: generated from shared/permission, see docs_test.go -->\n"
	permissionsEnd   = "<!-- end of permissions -->"
)

// permissionsTable is the walk through the policy: the statements of template.yaml in their order, with the reasons of the
// table of permissions and the resources of both modes.
func permissionsTable(t *testing.T) string {
	t.Helper()
	scopes := map[string]string{}
	for _, scope := range permission.Scopes() {
		scopes[scope.Resource] = scope.Why
	}
	var b strings.Builder
	for _, s := range roleStatements(t) {
		var scope, lines []string
		add := func(to *[]string, text string) {
			if !slices.Contains(*to, text) {
				*to = append(*to, text)
			}
		}
		modes := map[permission.Mode]bool{}
		var optional permission.Switch
		for _, mode := range []permission.Mode{permission.All, permission.Named} {
			for _, e := range permission.Table(mode, permission.Everything()) {
				if !slices.Contains(s.actions, e.Action) || grantedElsewhere(t, s, e) {
					continue
				}
				modes[mode], optional = true, e.Switch
				for _, resource := range e.Resources {
					why := scopes[resource]
					if why == "" {
						t.Errorf("%s: nobody says why the resource is %s", e.Action, resource)
					}
					add(&scope, "`"+resource+"`: "+why)
				}
				name := "`" + e.Action + "`"
				if e.Action == "apigateway:GET" {
					name += " (" + e.Service + " " + e.Operation + ")"
				}
				add(&lines, fmt.Sprintf("%s: %s. Without it: %s.", name, e.Why, e.Without))
			}
		}
		fmt.Fprintf(&b, "- **%s**", s.sid)
		switch {
		case optional != "":
			fmt.Fprintf(&b, " (only with `%s=on`)", optional.Parameter())
		case !modes[permission.Named]:
			b.WriteString(" (only in mode `all`)")
		case !modes[permission.All]:
			b.WriteString(" (only in mode `named`)")
		}
		b.WriteString("\n")
		for _, line := range lines {
			b.WriteString("  - " + line + "\n")
		}
		b.WriteString("  - On " + strings.Join(scope, "; ") + ".\n")
	}
	return b.String()
}

// grantedElsewhere tells whether it is another statement with the same action that grants the entry.
func grantedElsewhere(t *testing.T, s statement, e permission.Entry) bool {
	on := strings.TrimSuffix(strings.TrimPrefix(e.Resources[0], "${"), "}") // a parameter alone is a reference
	if strings.Contains(on, "${") {
		on = e.Resources[0]
	}
	names := func(one statement) bool {
		return slices.Contains(one.actions, e.Action) && strings.Contains(fmt.Sprint(one.resources), on)
	}
	return !names(s) && slices.ContainsFunc(roleStatements(t), names)
}

func readme(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTheReadmeListsThePermissionsOfTheTable(t *testing.T) {
	text := readme(t)
	before, rest, found := strings.Cut(text, permissionsBegin)
	have, after, ended := strings.Cut(rest, permissionsEnd)
	if !found || !ended {
		t.Fatal("README.md has no generated part for permissions")
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(before+permissionsBegin+permissionsTable(t)+permissionsEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(permissionsTable(t), have); diff != "" {
		t.Errorf("stale: go test . -run Readme -update (-table +README):\n%s", diff)
	}
}

func TestTheReadmeNamesEveryCheckAndEveryEvent(t *testing.T) {
	text := readme(t)
	for _, c := range catalog.All() {
		if !strings.Contains(text, "| "+c.ID+" |") {
			t.Errorf("check %s is missing", c.ID)
		}
	}
	events, err := filepath.Glob("events/*.json")
	if err != nil || len(events) == 0 {
		t.Fatalf("events: %v, %v", events, err)
	}
	for _, file := range events {
		if !strings.Contains(text, "("+file+")") {
			t.Errorf("%s is missing", file)
		}
	}
}

var (
	makeTarget = regexp.MustCompile("(?m)(?:^|`)make ([a-z][A-Za-z-]*)")
	fileLink   = regexp.MustCompile(`\]\(([a-zA-Z][^):]*)\)`)
)

func TestWhatTheReadmePointsAtExists(t *testing.T) {
	text := readme(t)
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	targets := makeTarget.FindAllStringSubmatch(text, -1)
	if len(targets) < 2 {
		t.Fatalf("found only %v: the test looks at nothing", targets)
	}
	for _, m := range targets {
		if !strings.Contains(string(makefile), "\n"+m[1]+": ## ") {
			t.Errorf("make %s: no such target with a description", m[1])
		}
	}
	links := fileLink.FindAllStringSubmatch(text, -1)
	if len(links) < 5 {
		t.Fatalf("found only %v: the test looks at nothing", links)
	}
	for _, m := range links {
		if _, err := os.Stat(m[1]); err != nil {
			t.Errorf("link: %v", err)
		}
	}
}

func TestTheDeclarationsOfTheReadmeAreValid(t *testing.T) {
	_, rest, _ := strings.Cut(readme(t), "```yaml\nneeds:\n")
	text, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("README.md shows no declarations")
	}
	file, err := config.ParseFile("README.md", []byte("needs:\n"+text), func(string) ([]byte, error) {
		return []byte(`{"Statement": {"Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"}}`), nil
	})
	if err != nil || len(file.Needs) < 10 {
		t.Errorf("%d calls, %v", len(file.Needs), err)
	}
}

func TestTheBuildTargetLeavesWhatTheFunctionNeeds(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"build-ProbeFunction: ##", "GOARCH=arm64", "CGO_ENABLED=0", "-tags lambda.norpc,grpcnotrace", `"$(ARTIFACTS_DIR)/bootstrap"`, `cp probe.yaml $(wildcard *.json) "$(ARTIFACTS_DIR)/"`,
	} {
		if !strings.Contains(string(makefile), want) {
			t.Errorf("the Makefile does not hold %q", want)
		}
	}
}

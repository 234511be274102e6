package permprobe_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"permprobe/shared/need"

	"github.com/google/go-cmp/cmp"
)

const needsDoc = "docs/needs.md"

// needsText is the documentation of what is derived, made from the rows that derive it.
func needsText() string {
	var b strings.Builder
	b.WriteString(`# What a function needs of its role

Made from the rows in [shared/need](../shared/need) that derive the needs: ` + "`go test . -run Rows -update`" + ` writes it again. Every
permission is decided for the exact resource and the request keys that the call carries. What the policy of a called
resource, and the key that encrypts it, must let is listed in [targets.md](targets.md).

A permission is *required*, *required while the log group is missing*, or *recommended*: AWS advises it, what needs it works without, and
nothing is reported. Of permissions joined by *or* one is enough.
`)
	for _, row := range need.Rows() {
		fmt.Fprintf(&b, "\n## %s (`%s`)\n\nShows in: %s.\n", capital(row.Name), row.ID, row.Signal)
		if row.Note != "" {
			fmt.Fprintf(&b, "\n[%s](%s).\n", capital(row.Note), row.Page)
		}
		if len(row.Rules) == 0 {
			continue
		}
		b.WriteString("\n| permission | on | when | level | why | AWS-managed policy |\n|---|---|---|---|---|---|\n")
		for _, rule := range row.Rules {
			glue := "<br>"
			if rule.Either {
				glue = " or<br>"
			}
			when, managed := rule.When, ""
			if when == "" {
				when = "always"
			}
			if rule.Managed != "" {
				managed = "`" + rule.Managed + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | [%s](%s) | %s |\n", strings.Join(rule.Actions, "`"+glue+"`"), rule.Resource, when,
				rule.Level, rule.Why, rule.Page, managed)
		}
	}
	return b.String()
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func TestTheDocumentOfNeedsIsMadeFromTheRows(t *testing.T) {
	want := needsText()
	if *update {
		if err := os.WriteFile(needsDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(needsDoc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(have)); diff != "" {
		t.Errorf("stale: go test . -run Rows -update (-rows +%s):\n%s", needsDoc, diff)
	}
}

package permprobe_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/fact"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// targetsDoc is the matrix of called resources for people, made from its rows.
const targetsDoc, targetsData = "docs/targets.md", "shared/catalog/testdata/targets.yaml"

// targetsText says of every kind of called resource which refusals of a call on it are proven to be found, and why others
// cannot be.
func targetsText(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash(targetsData))
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Cells []struct{ Name, Side, Account, Words string }
		Kinds []struct {
			Kind    string
			Actions []string
			Uses    []string
			Reads   struct{ Policy, Key, Shares []string }
			Cannot  map[string]string
		}
	}
	if err := yaml.Unmarshal(data, &m); err != nil || len(m.Kinds) == 0 {
		t.Fatalf("%s: %d kinds, %v", targetsData, len(m.Kinds), err)
	}
	var sides []string
	for _, cell := range m.Cells {
		if !slices.Contains(sides, cell.Side) {
			sides = append(sides, cell.Side)
		}
	}
	var b strings.Builder
	b.WriteString("# Called resources: which refusals are found\n\nMade from [" + targetsData + "](../" + targetsData + "): `go test . -run Rows -update` writes it again. " +
		"Every cell is run: the whole probe looks at an account (`own`: the resource is in the function's account, `other`: in another one, which a read role shows) in which that " +
		"place refuses, and must find it there and nowhere else; and at its healthy twin, and must find nothing. Where something cannot be read it must leave a gap.\n\n")
	var notes []string
	b.WriteString("| resource | " + strings.Join(sides, " | ") + " |\n|---" + strings.Repeat("|---", len(sides)) + "|\n")
	for _, kind := range m.Kinds {
		row := []string{kind.Kind}
		for _, side := range sides {
			var have []string
			for _, cell := range m.Cells {
				if cell.Side != side {
					continue
				}
				name := map[string]string{"same": "own", "other": "other"}[cell.Account]
				if why, not := kind.Cannot[cell.Name]; not {
					if !slices.Contains(notes, why) {
						notes = append(notes, why)
					}
					name = fmt.Sprintf("– (%d)", slices.Index(notes, why)+1)
				}
				if !slices.Contains(have, name) {
					have = append(have, name)
				}
			}
			row = append(row, strings.Join(have, ", "))
		}
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	b.WriteString("\nWhat refuses, or is not known, in each column:\n\n")
	for _, cell := range m.Cells {
		fmt.Fprintf(&b, "- **%s**, %s account: %s\n", cell.Side, map[string]string{"same": "own", "other": "other"}[cell.Account], cell.Words)
	}
	b.WriteString("\nCells that cannot be:\n\n")
	for i, why := range notes {
		fmt.Fprintf(&b, "%d. %s\n", i+1, why)
	}
	b.WriteString("\nWhat is called, what the caller needs of the key behind it, and what the probe reads:\n\n| resource | called in the cases | on the key | read with |\n|---|---|---|---|\n")
	code := func(names []string) string {
		if len(names) == 0 {
			return ""
		}
		return "`" + strings.Join(names, "`, `") + "`"
	}
	for _, kind := range m.Kinds {
		var reads []string
		for _, read := range [][]string{kind.Reads.Policy, kind.Reads.Key, kind.Reads.Shares} {
			if len(read) == 3 {
				reads = append(reads, read[2])
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", kind.Kind, code(kind.Actions), code(kind.Uses), code(reads))
	}
	b.WriteString("\nThe policies of other kinds are not read. Where the role may call, a gap says what shows the policy, which may deny it; where it may not, the finding is `inferred`, " +
		"because within the account the policy may let the role in, unless both must:\n\n| resource | shown by | must both allow |\n|---|---|---|\n")
	for _, one := range fact.UnreadPolicies() {
		fmt.Fprintf(&b, "| %s | `%s` | %s |\n", one.Kind, one.Call, map[bool]string{true: "yes"}[one.Both])
	}
	return b.String()
}

func TestTheDocumentOfCalledResourcesIsMadeFromItsRows(t *testing.T) {
	want := targetsText(t)
	if *update {
		if err := os.WriteFile(targetsDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(targetsDoc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(have)); diff != "" {
		t.Errorf("stale: go test . -run Rows -update (-rows +%s):\n%s", targetsDoc, diff)
	}
}

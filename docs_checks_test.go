package permprobe_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/catalog"
	"permprobe/shared/check"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// checksFile is the catalogue of checks for people, made from the checks and their cases.
const checksFile = "docs/checks.md"

// rows are the rows of the field guide about execution roles and invoke permissions, in a few words.
var rows = []struct{ id, words string }{
	{"R1", "Lambda may not assume the role"},
	{"R2", "the role does not exist"},
	{"R3", "no logs"},
	{"R4", "actions on S3 objects granted on the bucket"},
	{"R5", "the listing of a bucket granted on its objects"},
	{"R6", "the key behind S3 objects"},
	{"R7", "network interfaces of a VPC"},
	{"R8", "event sources"},
	{"R9", "traces"},
	{"R10", "dead-letter queues and destinations"},
	{"R11", "file systems"},
	{"R12", "the key of the environment variables"},
	{"R13", "container images"},
	{"R14", "statements that can never apply"},
	{"R15", "granted to another role, or changed minutes ago"},
	{"R16", "works in one function, fails in another"},
	{"R17", "what users declare that the code calls"},
	{"R18", "the role may do more than the function needs"},
	{"R19", "boundaries and service control policies"},
	{"I1", "API Gateway"},
	{"I2", "EventBridge rules and buckets"},
	{"I3", "the permission is on another qualifier"},
	{"I4", "other services that invoke"},
	{"I5", "roles that invoke"},
	{"I6", "function URLs"},
	{"I7", "callers in other accounts"},
	{"I8", "strangers may invoke"},
	{"I9", "permissions left behind"},
	{"I10", "a Deny in the function's policy"},
	{"T2", "policies, states and grants of KMS keys"},
	{"T5", "the key behind a queue, topic, table, stream, secret or parameter"},
	{"D3", "what a status of an API means"},
	{"D5", "what changed, by whom, when"},
	{"D6", "a file for support"},
	{"P1", "may a user or role deploy functions"},
	{"D1", "what was refused, out of logs and events"},
	{"D2", "at which place, where the text does not say"},
	{"D4", "a wrong name, not a missing permission"},
}

// elsewhere are the rows that are answered on request and not by a check, with the tests that prove them.
var elsewhere = map[string]string{
	"D5":  "the events [diagnose.json](../events/diagnose.json) and [diagnose-api.json](../events/diagnose-api.json): [shared/scan/changes_test.go](../shared/scan/changes_test.go)",
	"D6":  "the event [support.json](../events/support.json): [shared/scan/support_test.go](../shared/scan/support_test.go), [functions/local/support_test.go](../functions/local/support_test.go)",
	"D3":  "the event [diagnose-api.json](../events/diagnose-api.json): [shared/scan/symptom_test.go](../shared/scan/symptom_test.go), [functions/local/symptom_test.go](../functions/local/symptom_test.go)",
	"P1":  "the event [deployer.json](../events/deployer.json): [shared/scan/deployer_test.go](../shared/scan/deployer_test.go), [functions/local/deployer_test.go](../functions/local/deployer_test.go)",
	"D1":  "the events [diagnose.json](../events/diagnose.json) and [diagnose-logs.json](../events/diagnose-logs.json), and scheduled scans: [shared/denial](../shared/denial/denial_test.go), [shared/scan/diagnose_test.go](../shared/scan/diagnose_test.go), [shared/scan/refused_test.go](../shared/scan/refused_test.go)",
	"D2":  "the same: [shared/scan/diagnose_test.go](../shared/scan/diagnose_test.go)",
	"R16": "the event [compare.json](../events/compare.json): [shared/scan/compare_test.go](../shared/scan/compare_test.go), [functions/local/compare_test.go](../functions/local/compare_test.go)",
}

// provingCase is what the catalogue shows of a case.
type provingCase struct {
	Name   string `yaml:"name"`
	Expect string `yaml:"expect"`
	// Row is a further row of the field guide that the case is about.
	Row string `yaml:"row"`
}

func provingCases(t *testing.T, id string) []provingCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("shared", "catalog", "testdata", id+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []provingCase `yaml:"cases"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return file.Cases
}

// proof counts the cases of a row by what they expect.
type proof struct {
	checks []string
	counts map[string]int
}

func proofs(t *testing.T) map[string]*proof {
	t.Helper()
	out := map[string]*proof{}
	of := func(row string) *proof {
		if out[row] == nil {
			out[row] = &proof{counts: map[string]int{}}
		}
		return out[row]
	}
	for _, c := range catalog.All() {
		cases := provingCases(t, c.ID)
		for _, row := range c.Guide {
			p := of(row)
			p.checks = append(p.checks, c.ID)
			for _, one := range cases {
				p.counts[one.Expect]++
			}
		}
		for _, row := range c.Also {
			about := slices.DeleteFunc(slices.Clone(cases), func(one provingCase) bool { return one.Row != row })
			p := of(row)
			p.checks = append(p.checks, c.ID)
			for _, one := range about {
				p.counts[one.Expect]++
			}
		}
	}
	return out
}

func checksDocument(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Checks\n\nGenerated from shared/catalog and its cases: `go test . -run Checks -update` writes this file again.\n\n")
	b.WriteString("## The rows of the field guide and what proves them\n\nA case is a template in shared/catalog/testdata that the whole probe is run on: it must fire, stay quiet, or leave a gap. TestEveryCheckSaysWhatItsCasesExpect in [shared/catalog/catalog_test.go](../shared/catalog/catalog_test.go) holds every one of them.\n\n")
	b.WriteString("A template in functions/local/testdata/rows holds the fault, its healthy twin and a gap in one account: the command `check` finds them before the " +
		"deployment, and so does the deployed function, as TestEveryRowOfRolesIsFoundBeforeTheDeployment and TestEveryRowOfRolesIsFoundByTheDeployedFunction " +
		"in [functions/local/rows_test.go](../functions/local/rows_test.go) hold; TestTheDeployedFunctionTellsTwoFunctionsApart does so for the comparison.\n\n")
	b.WriteString("| row | about | check | firing | quiet | gap | template |\n|---|---|---|---|---|---|---|\n")
	all := proofs(t)
	for _, row := range rows {
		p := all[row.id]
		switch where, other := elsewhere[row.id]; {
		case other:
			fmt.Fprintf(&b, "| %s | %s | %s | | | | %s |\n", row.id, row.words, where, rowTemplate(row.id))
		case p == nil:
			fmt.Fprintf(&b, "| %s | %s | not found yet | | | | |\n", row.id, row.words)
		default:
			links := make([]string, len(p.checks))
			for i, id := range p.checks {
				links[i] = fmt.Sprintf("[%s](#%s)", id, strings.ToLower(id))
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %d | %d | %d | %s |\n", row.id, row.words, strings.Join(links, ", "),
				p.counts["firing"], p.counts["quiet"], p.counts["gap"], rowTemplate(row.id))
		}
	}
	for _, c := range catalog.All() {
		writeCheck(t, &b, &c)
	}
	return b.String()
}

// rowTemplate links the template of a row that is held through the command check and through the deployed function.
func rowTemplate(row string) string {
	file := filepath.Join("functions", "local", "testdata", "rows", row+".yaml")
	if _, err := os.Stat(file); err != nil {
		return ""
	}
	return fmt.Sprintf("[%s.yaml](../%s)", row, filepath.ToSlash(file))
}

func TestEveryRowOfRolesHasATemplateThatIsCheckedAndDeployed(t *testing.T) {
	want := []string{"D4"}
	for i := 1; i <= 19; i++ {
		want = append(want, fmt.Sprintf("R%d", i))
	}
	all := proofs(t)
	for _, row := range want {
		if !slices.ContainsFunc(rows, func(have struct{ id, words string }) bool { return have.id == row }) {
			t.Errorf("row %s is not in the list of rows", row)
		}
		if p, other := all[row], elsewhere[row] != ""; (p == nil) != other {
			t.Errorf("row %s: want either cases of checks or tests elsewhere", row)
		}
		text, err := os.ReadFile(filepath.Join("functions", "local", "testdata", "rows", row+".yaml"))
		if err != nil {
			t.Errorf("row %s: %v", row, err)
			continue
		}
		for _, kind := range []string{"firing", "quiet", "gap"} {
			if name := "FunctionName: " + strings.ToLower(row) + "-" + kind; !strings.Contains(string(text), name) {
				t.Errorf("row %s: its template holds no %q", row, name)
			}
		}
	}
}

func writeCheck(t *testing.T, b *strings.Builder, c *check.Check) {
	t.Helper()
	fmt.Fprintf(b, "\n## %s\n\n**%s** (%s at worst)\n\n%s\n\n", c.ID, c.Title, c.Severity, c.Text)
	kinds := make([]string, len(c.Facts))
	for i, kind := range c.Facts {
		kinds[i] = string(kind)
	}
	fmt.Fprintf(b, "Needs: %s. Cases: [%s.yaml](../shared/catalog/testdata/%s.yaml)\n\n", strings.Join(kinds, ", "), c.ID, c.ID)
	for _, one := range provingCases(t, c.ID) {
		row := ""
		if one.Row != "" {
			row = " (" + one.Row + ")"
		}
		fmt.Fprintf(b, "- %s: %s%s\n", one.Expect, one.Name, row)
	}
}

func TestTheListOfChecksIsFresh(t *testing.T) {
	want := checksDocument(t)
	if *update {
		if err := os.MkdirAll(filepath.Dir(checksFile), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(checksFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(checksFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(have)); diff != "" {
		t.Errorf("stale: go test . -run Checks -update (-checks +file):\n%s", diff)
	}
}

func TestEveryRowOfTheChecksIsProvenByFiringQuietAndGapCases(t *testing.T) {
	known := map[string]bool{}
	for _, row := range rows {
		known[row.id] = true
	}
	all := proofs(t)
	for row, p := range all {
		if !known[row] {
			t.Errorf("row %s of checks %v is none of the list", row, p.checks)
		}
		for _, expect := range []string{"firing", "quiet", "gap"} {
			if p.counts[expect] == 0 {
				t.Errorf("row %s (%v) has no %s case", row, p.checks, expect)
			}
		}
	}
	if len(all) < 10 {
		t.Fatalf("only %d rows: the test looks at nothing", len(all))
	}
	for row := range elsewhere {
		if all[row] != nil {
			t.Errorf("row %s is a check's by now", row)
		}
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/catalog"
	"permprobe/shared/finding"
)

// The rows of the field guide on execution roles. Each has a template in testdata/rows with a function that has the fault
// (ROW-firing), its healthy twin (ROW-quiet), and one of which it cannot be decided (ROW-gap).
func guideRows() []string {
	rows := []string{"D4"}
	for i := 1; i <= 19; i++ {
		rows = append(rows, fmt.Sprintf("R%d", i))
	}
	return rows
}

const (
	comparing = "R16" // two functions are compared on request, and no check does
	advising  = "R18" // advice must be asked for
)

func rowFile(name string) string { return filepath.Join("testdata", "rows", name+".yaml") }

// holdRow holds what a report says of the three functions of a row.
func holdRow(t *testing.T, row string, report *finding.Report) {
	t.Helper()
	of := func(kind string) (found []finding.Finding, gaps []finding.Gap) {
		name := ":" + strings.ToLower(row) + "-" + kind
		for _, f := range report.Findings {
			if strings.HasSuffix(f.Function, name) {
				found = append(found, f)
			}
		}
		for _, g := range report.Gaps {
			if strings.HasSuffix(g.Function, name) {
				gaps = append(gaps, g)
			}
		}
		return found, gaps
	}
	if found, _ := of("firing"); len(found) != 1 || !slices.Contains(found[0].Guide, row) {
		t.Errorf("want one finding of row %s: %+v", row, found)
	}
	if found, gaps := of("quiet"); len(found)+len(gaps) > 0 {
		t.Errorf("the healthy twin of row %s: %+v %+v", row, found, gaps)
	}
	found, gaps := of("gap")
	if len(found) > 0 || !slices.ContainsFunc(gaps, func(g finding.Gap) bool { return carries(g.Check, row) }) {
		t.Errorf("want a gap of row %s and no finding: %+v %+v", row, found, gaps)
	}
}

// carries tells whether findings of a check may be of the row.
func carries(id, row string) bool {
	for _, c := range catalog.All() {
		if c.ID == id {
			return slices.Contains(c.Guide, row) || slices.Contains(c.Also, row)
		}
	}
	return false
}

func TestEveryRowOfRolesIsFoundBeforeTheDeployment(t *testing.T) {
	for _, row := range guideRows() {
		if row == comparing {
			continue
		}
		probe := rowFile("probe")
		if row == advising {
			probe = rowFile("advice")
		}
		t.Run(row, func(t *testing.T) {
			report, _ := checkJSON(t, exitOK, "-fail-on", "none", "-probe", probe, rowFile(row))
			holdRow(t, row, &report)
		})
	}
}

// runRows starts the deployed function with a file and an event over the templates of all rows, which make one account.
func runRows(t *testing.T, into any, probe string, event ...string) {
	t.Helper()
	args := append([]string{"run", "-format", "json", "-probe", probe}, event...)
	for _, row := range guideRows() {
		args = append(args, rowFile(row))
	}
	code, out, errs := local(t, args...)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatal(err)
	}
}

func TestEveryRowOfRolesIsFoundByTheDeployedFunction(t *testing.T) {
	var report, advice finding.Report
	runRows(t, &report, rowFile("probe"))
	runRows(t, &advice, rowFile("advice"))
	for _, row := range guideRows() {
		t.Run(row, func(t *testing.T) {
			switch row {
			case comparing: // TestTheDeployedFunctionTellsTwoFunctionsApart
			case advising:
				holdRow(t, row, &advice)
			default:
				holdRow(t, row, &report)
			}
		})
	}
}

func TestTheDeployedFunctionTellsTwoFunctionsApart(t *testing.T) {
	for _, c := range []struct {
		name, a, b                string
		different, undecidedAtAll bool
	}{
		{"firing", "r16-firing", "r16-quiet", true, false},
		{"quiet", "r16-twin", "r16-quiet", false, false},
		{"gap", "r16-gap", "r16-quiet", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			event := write(t, "event.json", fmt.Sprintf(`{"compare": [%q, %q]}`, c.a, c.b))
			var out finding.Comparison
			runRows(t, &out, rowFile("probe"), "-event", event)
			if (out.Summary.Different > 0) != c.different || (out.Summary.Undecided > 0) != c.undecidedAtAll {
				t.Errorf("%d different, %d undecided", out.Summary.Different, out.Summary.Undecided)
			}
			if c.different && !slices.ContainsFunc(out.Permissions, func(p finding.ComparedPermission) bool {
				return !p.Same && p.Action == "sqs:SendMessage" && p.A.Decision == "implicitDeny" && p.B.Decision == "allowed" && p.B.Statement != ""
			}) {
				t.Errorf("the statement that one has and the other lacks is not shown: %+v", out.Permissions)
			}
		})
	}
}

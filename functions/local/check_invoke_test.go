package main

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"

	diff "github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// refusal is what a finding is about.
type refusal struct{ Check, Qualifier, Principal string }

// inResources is a text as it stands in the section.
func inResources(text string) string {
	return "  " + strings.TrimSuffix(strings.ReplaceAll(text, "\n", "\n  "), "  ")
}

func TestTemplatesWithEveryFormOfTriggerAndPermissionSayWhatIsWrongAndNothingElse(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "invoke.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Base  string
		Cases []struct {
			Name, In, Before, Resources string
			Want                        []refusal
			Gap                         bool
		}
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 200 {
		t.Fatalf("only %d cases", len(file.Cases))
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			args := []string{write(t, "app.yaml", c.Before+"Resources:\n"+inResources(file.Base)+inResources(c.Resources))}
			if c.In != "" {
				args = append(args, "-region", c.In)
			}
			report, _ := checkJSON(t, exitOK, append(args, "-fail-on", "none")...)
			var have []refusal
			for i := range report.Findings {
				f := &report.Findings[i]
				one := refusal{f.Check, f.Qualifier, f.Principal}
				if f.Check == "I5" {
					one.Principal = "" // the caller is the role
				}
				have = append(have, one)
				if f.Fix.Proof != finding.Proven && f.Principal != "alexa-appkit.amazon.com" { // only who made the skill knows its id
					t.Errorf("the fix is %s: %s", f.Fix.Proof, f.Fix.ProofReason)
				}
				if f.Check != "I8" && f.Check != "I10" && (!strings.HasSuffix(f.Function, ":function:app") || !f.Fix.InTemplate()) {
					t.Errorf("the function %s, or the fix does not begin with the template: %s", f.Function, f.Fix.Summary)
				}
			}
			order := func(a, b refusal) int {
				return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Qualifier, b.Qualifier))
			}
			slices.SortFunc(have, order)
			slices.SortFunc(c.Want, order)
			if d := diff.Diff(c.Want, have); d != "" {
				t.Errorf("(-want +have)\n%s\ngaps %+v", d, report.Gaps)
			}
			if len(report.Gaps) > 0 != c.Gap {
				t.Errorf("gaps, which there are to be is %t: %+v", c.Gap, report.Gaps)
			}
		})
	}
}

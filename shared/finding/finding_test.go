package finding_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

func TestTheIDOfAFindingNeverChanges(t *testing.T) {
	base := finding.Key{
		Account: "123456789012", Region: "us-east-1", Function: "arn:aws:lambda:us-east-1:123456789012:function:notes",
		Check: "I1", Action: "lambda:InvokeFunction", Target: "arn:aws:execute-api:us-east-1:123456789012:a1/*/GET/notes",
	}
	// Consumers keep these ids: a change here makes every known finding new.
	if got, want := base.ID(), "00d3f5f5731b32dc"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	seen := map[string]string{base.ID(): "the key itself"}
	fields := reflect.TypeFor[finding.Key]()
	for i := range fields.NumField() {
		changed := base
		reflect.ValueOf(&changed).Elem().Field(i).SetString("other")
		if same, twice := seen[changed.ID()]; twice {
			t.Errorf("a change of %s gives the id of %s", fields.Field(i).Name, same)
		}
		seen[changed.ID()] = fields.Field(i).Name
	}
	if (finding.Key{Account: "a", Region: "b"}).ID() == (finding.Key{Account: "ab"}).ID() {
		t.Error("text that moves from one field to the next keeps the id")
	}
}

func TestSeveritiesAreRankedWorstFirstAndTheUnknownOneLast(t *testing.T) {
	want := []finding.Severity{finding.Critical, finding.High, finding.Medium, finding.Low, finding.Informational}
	if diff := cmp.Diff(want, finding.Severities()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for i, s := range append(want, "fatal") {
		if s.Rank() != i {
			t.Errorf("%s ranks %d, want %d", s, s.Rank(), i)
		}
	}
}

func TestSeveritiesAreReadAsUsersWriteThem(t *testing.T) {
	tests := map[string]struct {
		want finding.Severity
		err  string
	}{
		"high":            {finding.High, ""},
		" Critical\n":     {finding.Critical, ""},
		"INFORMATIONAL":   {finding.Informational, ""},
		"":                {"", `unknown severity "": use critical, high, medium, low or informational`},
		"none":            {"", `unknown severity "none": use critical, high, medium, low or informational`},
		"medium or above": {"", `unknown severity "medium or above": use critical, high, medium, low or informational`},
	}
	for text, test := range tests {
		t.Run(text, func(t *testing.T) {
			got, err := finding.ParseSeverity(text)
			message := ""
			if err != nil {
				message = err.Error()
			}
			if got != test.want || message != test.err {
				t.Errorf("got %q, %q; want %q, %q", got, message, test.want, test.err)
			}
		})
	}
}

func TestAFinishedReportHasNoNull(t *testing.T) {
	r := &finding.Report{Findings: []finding.Finding{{ID: "a"}}, Resolved: []finding.Finding{{ID: "b"}}}
	r.Finish()
	empty := &finding.Report{}
	empty.Finish()
	for name, report := range map[string]*finding.Report{"empty": empty, "filled": r} {
		text, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("null")) {
			t.Errorf("%s: %s", name, text)
		}
		if !bytes.HasPrefix(text, []byte(`{"status":"`)) {
			t.Errorf("%s: status is not the first key: %.40s", name, text)
		}
	}
}

func TestTheStatusAndTheCountsFollowFromTheContent(t *testing.T) {
	with := func(statuses ...finding.Status) (fs []finding.Finding) {
		for _, s := range statuses {
			fs = append(fs, finding.Finding{Status: s})
		}
		return fs
	}
	gap := []finding.Gap{{Reason: "x"}}
	tests := map[string]struct {
		report finding.Report
		status finding.ReportStatus
		want   finding.Summary
	}{
		"nothing":                  {finding.Report{}, finding.ReportOK, finding.Summary{}},
		"a new finding":            {finding.Report{Findings: with(finding.StatusNew)}, finding.ReportFindings, finding.Summary{Findings: 1, New: 1}},
		"an old finding":           {finding.Report{Findings: with(finding.StatusPersisting)}, finding.ReportFindings, finding.Summary{Findings: 1, Persisting: 1}},
		"an unverified finding":    {finding.Report{Findings: with(finding.StatusUnverified)}, finding.ReportIncomplete, finding.Summary{Unverified: 1}},
		"a finding that is back":   {finding.Report{Findings: with(finding.StatusReopened)}, finding.ReportFindings, finding.Summary{Findings: 1, Reopened: 1}},
		"a function that is gone":  {finding.Report{Gone: with(finding.StatusGone)}, finding.ReportOK, finding.Summary{Gone: 1}},
		"only suppressed findings": {finding.Report{Findings: with(finding.StatusSuppressed, finding.StatusSuppressed)}, finding.ReportOK, finding.Summary{Suppressed: 2}},
		"only resolved findings":   {finding.Report{Resolved: with(finding.StatusResolved)}, finding.ReportOK, finding.Summary{Resolved: 1}},
		"a gap is never clean":     {finding.Report{Gaps: gap}, finding.ReportIncomplete, finding.Summary{Gaps: 1}},
		"suppressed and a gap":     {finding.Report{Findings: with(finding.StatusSuppressed), Gaps: gap}, finding.ReportIncomplete, finding.Summary{Suppressed: 1, Gaps: 1}},
		"a finding and a gap":      {finding.Report{Findings: with(finding.StatusNew), Gaps: gap}, finding.ReportFindings, finding.Summary{Findings: 1, New: 1, Gaps: 1}},
		"incomplete stays so":      {finding.Report{Status: finding.ReportIncomplete, Findings: with(finding.StatusNew)}, finding.ReportIncomplete, finding.Summary{Findings: 1, New: 1}},
		"an error stays so":        {finding.Report{Status: finding.ReportError}, finding.ReportError, finding.Summary{}},
		"counts of before":         {finding.Report{Summary: finding.Summary{Findings: 9, New: 9, Gaps: 9, Resolved: 9, Suppressed: 9, Needs: 3}}, finding.ReportOK, finding.Summary{Needs: 3}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := test.report
			r.Finish()
			if r.Status != test.status || r.Version != finding.ReportVersion {
				t.Errorf("status %q, version %q; want %q, %q", r.Status, r.Version, test.status, finding.ReportVersion)
			}
			if diff := cmp.Diff(test.want, r.Summary); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			again := r
			again.Finish()
			if diff := cmp.Diff(r, again); diff != "" {
				t.Errorf("finished again (-once +twice)\n%s", diff)
			}
		})
	}
}

func TestFindingsAndGapsHaveOneOrderAndGapsAreToldOnce(t *testing.T) {
	sorted := []finding.Finding{
		{ID: "9", Severity: finding.Critical, Function: "z"},
		{ID: "8", Severity: finding.High, Function: "a", Check: "I1"},
		{ID: "1", Severity: finding.High, Function: "b", Check: "I1"},
		{ID: "2", Severity: finding.High, Function: "b", Check: "I1"},
		{ID: "0", Severity: finding.High, Function: "b", Check: "I2"},
		{ID: "0", Severity: finding.High, Function: "b", Qualifier: "live", Check: "I1"},
		{ID: "0", Severity: finding.Informational, Function: "a"},
		{ID: "0", Severity: "fatal", Function: "a"},
	}
	gaps := []finding.Gap{
		{Reason: "the whole run"},
		{Check: "I1", Reason: "b"},
		{Check: "I1", Function: "a", Reason: "a"},
		{Check: "I1", Function: "a", Reason: "b"},
		{Check: "I1", Function: "a", Reason: "b", Permission: "p", Resource: "q"},
		{Check: "I1", Function: "a", Reason: "b", Permission: "p", Resource: "r"},
		{Check: "R1", Reason: "a"},
	}
	for i := range sorted {
		sorted[i].Guide = []string{}
	}
	random := rand.New(rand.NewSource(1))
	for range 20 {
		r := finding.Report{
			Findings: slices.Clone(sorted), Resolved: slices.Clone(sorted), Gaps: append(slices.Clone(gaps), gaps...),
		}
		random.Shuffle(len(r.Findings), func(i, j int) { r.Findings[i], r.Findings[j] = r.Findings[j], r.Findings[i] })
		random.Shuffle(len(r.Resolved), func(i, j int) { r.Resolved[i], r.Resolved[j] = r.Resolved[j], r.Resolved[i] })
		random.Shuffle(len(r.Gaps), func(i, j int) { r.Gaps[i], r.Gaps[j] = r.Gaps[j], r.Gaps[i] })
		r.Finish()
		if diff := cmp.Diff([]any{sorted, sorted, gaps}, []any{r.Findings, r.Resolved, r.Gaps}); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
		if r.Summary.Gaps != len(gaps) {
			t.Fatalf("%d gaps counted, want %d", r.Summary.Gaps, len(gaps))
		}
	}
}

// fill gives every field of v a value that names it, so that a field that is forgotten shows.
func fill(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(name)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(len(name)))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), name)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), strings.ToLower(v.Type().Field(i).Name))
		}
	}
}

func TestEveryFieldOfTheReportIsPartOfTheContract(t *testing.T) {
	var report finding.Report
	fill(reflect.ValueOf(&report).Elem(), "report")
	golden(t, "report.json", report)

	empty := finding.Report{Findings: []finding.Finding{{}}, Gaps: []finding.Gap{{}}}
	empty.Finish()
	golden(t, "empty.json", empty)

	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	var back finding.Report
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(report, back); diff != "" {
		t.Errorf("what was read differs from what was written\n%s", diff)
	}
}

func TestEveryFieldOfTheComparisonIsPartOfTheContract(t *testing.T) {
	var comparison finding.Comparison
	fill(reflect.ValueOf(&comparison).Elem(), "comparison")
	golden(t, "comparison.json", comparison)

	var empty finding.Comparison
	empty.Finish()
	golden(t, "comparison-empty.json", empty)
}

func TestTheStatusOfAComparisonFollowsFromWhatItHolds(t *testing.T) {
	allowed, denied := finding.ComparedSide{Decision: "allowed"}, finding.ComparedSide{Decision: "implicitDeny"}
	open := finding.ComparedSide{Decision: "undetermined", Reason: "not read"}
	for name, c := range map[string]struct {
		of   finding.Comparison
		want finding.ReportStatus
	}{
		"nothing":     {finding.Comparison{}, finding.ReportOK},
		"the same":    {finding.Comparison{Permissions: []finding.ComparedPermission{{Same: true, A: allowed, B: allowed}}}, finding.ReportOK},
		"different":   {finding.Comparison{Permissions: []finding.ComparedPermission{{A: allowed, B: denied}}}, finding.ReportFindings},
		"undecided":   {finding.Comparison{Permissions: []finding.ComparedPermission{{A: allowed, B: open}}}, finding.ReportIncomplete},
		"a grant":     {finding.Comparison{Grants: []finding.ComparedGrant{{Has: "a"}}}, finding.ReportFindings},
		"a setting":   {finding.Comparison{Configuration: []finding.ComparedSetting{{Name: "VPC"}}}, finding.ReportFindings},
		"a gap":       {finding.Comparison{Gaps: []finding.Gap{{Reason: "not read"}}}, finding.ReportIncomplete},
		"out of time": {finding.Comparison{Status: finding.ReportIncomplete, Grants: []finding.ComparedGrant{{Has: "a"}}}, finding.ReportIncomplete},
	} {
		c.of.Finish()
		if c.of.Status != c.want {
			t.Errorf("%s: %s, want %s", name, c.of.Status, c.want)
		}
	}
}

func golden(t *testing.T, name string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	file := "testdata/" + name
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: a field of the contract changed; -update writes the file again\n%s", name, diff)
	}
}

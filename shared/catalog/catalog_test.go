package catalog_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"permprobe/shared/catalog"
	"permprobe/shared/config"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/render"
	"permprobe/shared/scan/scantest"
	"permprobe/shared/stack"

	"go.yaml.in/yaml/v3"
)

// testCase is one entry of testdata/CHECK.yaml.
type testCase struct {
	Name string `yaml:"name"`
	// Expect is firing (exactly one finding, of this check), quiet (nothing of this check) or gap (no
	// finding, and a gap of this check).
	Expect string `yaml:"expect"`
	// Cause, Decision, Action, Resource, Source, Qualifier, Place and the words in the fix's command (CLI) are held
	// against the finding; Reason and Permission against the gaps.
	Cause, Decision, Action, Resource, Source, Qualifier, Place, CLI string
	// Statement are words of the evidence's statement.
	Statement string `yaml:"statement"`
	// Row is a further row of the field guide that the finding carries, Fix words of the fix's summary.
	Row string `yaml:"row"`
	Fix string `yaml:"fix"`
	// Silent are words that the cause does not hold.
	Silent string `yaml:"silent"`
	// Severity is the finding's, and Confidence; nothing is asked of either where it is empty.
	Severity           finding.Severity   `yaml:"severity"`
	Confidence         finding.Confidence `yaml:"confidence"`
	Reason, Permission string
	// Also is another check that a gap case does not keep from its finding.
	Also string `yaml:"also"`
	// Then is a check that finds what the finding hid once that is mended: its fix does not touch that.
	Then string `yaml:"then"`
	// Unread is the kind of fact that a gap case leaves unread.
	Unread fact.Kind `yaml:"unread"`
	// Proof of the finding's fix; proven where empty.
	Proof  finding.Proof `yaml:"proof"`
	Faults []fault       `yaml:"faults"`
	SCPs   [][]string    `yaml:"scps"`
	// Gone are ARNs that the account is known not to hold, whatever the template says.
	Gone []string `yaml:"gone"`
	// Probe is the probe.yaml of the case, and Policy the document need.json beside it.
	Probe    map[string]any `yaml:"probe"`
	Policy   map[string]any `yaml:"policy"`
	Template map[string]any `yaml:"template"`
	// Other is the template of another account, 210987654321.
	Other map[string]any `yaml:"other"`
	// Deployed leaves the URIs of images to the account, which does not show them.
	Deployed bool `yaml:"deployed"`
	// Changed is how long ago roles were made and managed policies changed, by ARN.
	Changed map[string]time.Duration `yaml:"changed"`
	// Overlay is what the account holds and no template can say, by ARN.
	Overlay map[string]map[string]any `yaml:"overlay"`
}

type fault struct {
	Service   string `yaml:"Service"`
	Operation string `yaml:"Operation"`
	Params    string `yaml:"Params"`
	Code      string `yaml:"Code"`
	From      int    `yaml:"From"`
	Times     int    `yaml:"Times"`
	Entries   []int  `yaml:"Entries"`
}

func loadCases(t *testing.T, id string) []testCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", id+".yaml"))
	if err != nil {
		t.Fatalf("check %s has no cases: %v", id, err)
	}
	var file struct {
		Blocks map[string]any `yaml:"blocks"`
		Cases  []testCase     `yaml:"cases"`
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatalf("%s.yaml: %v", id, err)
	}
	return file.Cases
}

func TestEveryCheckSaysWhatItsCasesExpect(t *testing.T) {
	fixes, all := tally{left: map[string][]string{}, english: map[string]bool{}}, 0
	for _, c := range catalog.All() {
		for _, one := range loadCases(t, c.ID) {
			all++
			t.Run(c.ID+"/"+one.Name, func(t *testing.T) { runCase(t, c.ID, one, &fixes) })
		}
	}
	fixes.hold(t, all)
	for _, operation := range asOthersTake {
		if fixes.cases == all && !fixes.elsewhere[operation] {
			t.Errorf("no case of another account takes %s", operation)
		}
	}
}

// noJapanese gathers the reasons of a report that have no Japanese form. Of a cause the English details stand behind the
// Japanese sentence, marked as such.
func noJapanese(report *finding.Report, into map[string]bool) {
	for line := range strings.Lines(render.Japanese.Text(report)) {
		if at := strings.Index(line, "(英語)"); at >= 0 && !strings.Contains(line, "詳細 (英語): ") {
			into[strings.TrimSpace(line[at:])] = true
		}
	}
}

func runCase(t *testing.T, id string, c testCase, fixes *tally) {
	fixes.cases++
	text, err := json.Marshal(c.Template)
	if err != nil {
		t.Fatal(err)
	}
	o := localaws.Options{SCPs: c.SCPs, Gone: c.Gone, Overlay: c.Overlay, Changed: c.Changed}
	for _, f := range c.Faults {
		o.Faults = append(o.Faults, localaws.Fault{
			Service: f.Service, Operation: f.Operation, Params: f.Params, Code: f.Code, From: f.From, Times: f.Times, Entries: f.Entries,
		})
	}
	stacks := []*stack.Stack{scantest.Parse(t, "case.json", text, nil)}
	if c.Other != nil {
		stacks = append(stacks, otherAccount(t, c))
	}
	world := scantest.New(t, o, nil, stacks...)
	if c.Probe != nil {
		world.Scanner.File = probeFile(t, c)
		world.Scanner.Collector.ReadRoles = world.Scanner.File.ReadRoles
		world.Scanner.Collector.OrganizationID = world.Scanner.File.Organization
	}
	if !c.Deployed {
		world.Scanner.Collector.Images = stack.Images(stacks)
	}
	report := world.Scan(t)
	for _, call := range world.AWS.Calls() {
		if strings.Contains(call.Caller, ":"+otherAccountID+":") {
			if fixes.elsewhere == nil {
				fixes.elsewhere = map[string]bool{}
			}
			fixes.elsewhere[call.Operation] = true
		}
	}
	noJapanese(report, fixes.english)
	for i := range report.Findings {
		fixes.holdForms(t, report.Findings[i].Check, &report.Findings[i].Fix)
	}
	for i := range report.RoleFixes {
		fixes.holdForms(t, report.RoleFixes[i].Role, &report.RoleFixes[i].Fix)
	}
	var gaps []finding.Gap
	for _, g := range report.Gaps {
		if g.Check == id {
			gaps = append(gaps, g)
		}
	}
	switch c.Expect {
	case "firing":
		if len(report.Findings) != 1 || report.Findings[0].Check != id {
			t.Fatalf("want one finding of %s, have %d:\n%s", id, len(report.Findings), show(t, report))
		}
		holdFinding(t, c, &report.Findings[0])
		fixes.holdMended(t, c, o, report)
	case "quiet":
		if len(report.Findings) > 0 || len(gaps) > 0 {
			t.Errorf("want neither findings nor gaps:\n%s", show(t, report))
		}
	case "gap":
		others := slices.DeleteFunc(slices.Clone(report.Findings), func(f finding.Finding) bool { return f.Check == c.Also })
		if len(others) > 0 || len(gaps) == 0 {
			t.Errorf("want a gap of %s and no finding:\n%s", id, show(t, report))
		}
		if report.Status == finding.ReportOK {
			t.Error("a run with gaps says ok")
		}
		holdGap(t, c, gaps)
	default:
		t.Fatalf("expect: %q is none of firing, quiet, gap", c.Expect)
	}
}

// otherAccount is the stack of account 210987654321.
func otherAccount(t *testing.T, c testCase) *stack.Stack {
	t.Helper()
	text, err := json.Marshal(c.Other)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := stack.Load("other.json", text, stack.Options{Account: "210987654321"})
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// probeFile is the configuration of a case, read as the probe reads it.
func probeFile(t *testing.T, c testCase) config.File {
	t.Helper()
	text, err := yaml.Marshal(c.Probe)
	if err != nil {
		t.Fatal(err)
	}
	file, err := config.ParseFile(config.FileName, text, func(string) ([]byte, error) { return json.Marshal(c.Policy) })
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func holdFinding(t *testing.T, c testCase, f *finding.Finding) {
	t.Helper()
	for what, pair := range map[string][2]string{
		"decision": {c.Decision, f.Evidence.Decision}, "action": {c.Action, f.Action}, "resource": {c.Resource, f.Resource},
		"source":    {c.Source, f.SourceARN},
		"qualifier": {c.Qualifier, f.Qualifier}, "place": {c.Place, string(f.Place)},
	} {
		if pair[0] != "" && pair[0] != pair[1] {
			t.Errorf("%s: want %q, have %q", what, pair[0], pair[1])
		}
	}
	if c.Severity != "" && c.Severity != f.Severity {
		t.Errorf("severity: want %s, have %s", c.Severity, f.Severity)
	}
	if c.Confidence != "" && c.Confidence != f.Confidence {
		t.Errorf("confidence: want %s, have %s", c.Confidence, f.Confidence)
	}
	if !strings.Contains(f.Cause, c.Cause) {
		t.Errorf("the cause does not name %q: %s", c.Cause, f.Cause)
	}
	if c.Confidence != "" && c.Confidence != f.Confidence {
		t.Errorf("confidence: want %s, have %s", c.Confidence, f.Confidence)
	}
	if c.Silent != "" && strings.Contains(f.Cause, c.Silent) {
		t.Errorf("the cause says %q: %s", c.Silent, f.Cause)
	}
	if c.Row != "" && !slices.Contains(f.Guide, c.Row) {
		t.Errorf("the finding does not carry row %s: %v", c.Row, f.Guide)
	}
	if !strings.Contains(f.Fix.Summary, c.Fix) {
		t.Errorf("the fix does not say %q: %s", c.Fix, f.Fix.Summary)
	}
	if !strings.Contains(f.Evidence.Statement, c.Statement) {
		t.Errorf("the evidence does not show %q: %s", c.Statement, f.Evidence.Statement)
	}
	if !strings.Contains(f.Fix.CLI, c.CLI) {
		t.Errorf("the fix's command does not hold %q: %s", c.CLI, f.Fix.CLI)
	}
	if c.Other == nil && strings.Contains(f.Fix.CLI, "--profile") {
		t.Errorf("a fix in the function's own account asks for a profile: %s", f.Fix.CLI)
	}
	if sides := f.Fix.Sides(); len(sides) > 0 && (f.Place != finding.PlaceExecutionRole || !strings.Contains(f.Fix.CLI, " && ")) {
		t.Errorf("a fix for several sides that does not begin with the role's: %s: %s", f.Fix.Summary, f.Fix.CLI)
	}
	want := c.Proof
	if want == "" {
		want = finding.Proven
		if f.Evidence.Decision == "explicitDeny" || f.Place == finding.PlaceGuardrail {
			want = finding.Unproven // nothing that is added mends these
		}
	}
	if f.Fix.Proof != want {
		t.Errorf("proof of the fix: want %s, have %s (%s)", want, f.Fix.Proof, f.Fix.ProofReason)
	}
	if f.ID == "" || f.Title == "" || f.Symptom == "" || f.Cause == "" || f.Fix.Summary == "" || f.Evidence.Decision == "" {
		t.Errorf("a finding without id, title, symptom, cause, decision or fix: %+v", f)
	}
	// Of these no template can say more.
	untold := strings.HasPrefix(f.Fix.CLI, "aws lambda remove-permission") || strings.Contains(f.Fix.CLI, "aws ses put-identity-policy ")
	if want == finding.Proven && (f.Fix.CLI == "" || f.Fix.CloudFormation == "" && !untold) {
		t.Errorf("a proven fix without command or template: %+v", f.Fix)
	}
}

func holdGap(t *testing.T, c testCase, gaps []finding.Gap) {
	t.Helper()
	for _, g := range gaps {
		if strings.Contains(g.Reason, c.Reason) && g.Permission == c.Permission {
			return
		}
	}
	t.Errorf("no gap says %q and names the permission %q: %+v", c.Reason, c.Permission, gaps)
}

func show(t *testing.T, r *finding.Report) string {
	t.Helper()
	text, err := json.MarshalIndent(struct {
		Findings []finding.Finding
		Gaps     []finding.Gap
	}{r.Findings, r.Gaps}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryCheckIsCompleteAndHasItsCases(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range catalog.All() {
		if seen[c.ID] {
			t.Errorf("two checks have the id %s", c.ID)
		}
		seen[c.ID] = true
		if c.Title == "" || !strings.HasSuffix(c.Text, ".") || len(c.Guide) == 0 || c.Run == nil || len(c.Facts) == 0 {
			t.Errorf("%s: title, guide, facts, Run or a text that ends in a period is missing", c.ID)
		}
		if c.Severity.Rank() >= len(finding.Severities()) {
			t.Errorf("%s: severity %q", c.ID, c.Severity)
		}
		expects, unread := map[string]int{}, map[fact.Kind]bool{}
		for _, one := range loadCases(t, c.ID) {
			expects[one.Expect]++
			unread[one.Unread] = true
		}
		for _, expect := range []string{"firing", "quiet", "gap"} {
			if expects[expect] == 0 {
				t.Errorf("%s has no %s case", c.ID, expect)
			}
		}
		for _, kind := range c.Facts {
			if !unread[kind] {
				t.Errorf("%s needs %s, and no case leaves them unread", c.ID, kind)
			}
		}
	}
}

package scan_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"
	"permprobe/shared/stack"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// permissionsOf are the template's permissions of services and of URLs to invoke, as the template resolves them, and the
// number of those that are for something else: accounts, callers that no source shows.
func (one template) permissionsOf(t *testing.T) (all []admission, others int) {
	t.Helper()
	loaded := one.load(t, nil)
	resources := one.doc["Resources"].(map[string]any)
	for _, id := range one.resourcesOf("AWS::Lambda::Permission") {
		resource := loaded.Find(id)
		if resource == nil { // its condition is false
			continue
		}
		said := func(name string) string {
			text, _ := resource.Properties[name].(string)
			return text
		}
		p := admission{id: id, principal: said("Principal"), action: said("Action"), source: said("SourceArn"), express: loaded.Express}
		p.function, p.qualifier = whom(said("FunctionName"))
		p.url = resource.Properties["FunctionUrlAuthType"] != nil || resource.Properties["InvokedViaFunctionUrl"] != nil
		p.named = sourceID(resources, propertiesOf(resources, id)["SourceArn"])
		if p.check() == "" {
			others++
			continue
		}
		all = append(all, p)
	}
	return all, others
}

// whom is the ARN of the function, and the qualifier, that a permission is for.
func whom(name string) (arn, qualifier string) {
	const prefix = "arn:aws:lambda:us-east-1:123456789012:function:"
	name, qualifier, _ = strings.Cut(strings.TrimPrefix(name, prefix), ":")
	return prefix + name, qualifier
}

// check is the row that tells of such a permission's absence; empty where nothing in a template shows who calls.
func (p *admission) check() string {
	switch {
	case p.url:
		return "I6"
	case p.principal == "apigateway.amazonaws.com":
		// Nothing but the console calls the test stage.
		if strings.Contains(p.source, "test-invoke-stage") {
			return ""
		}
		return "I1"
	case p.principal == "events.amazonaws.com", p.principal == "s3.amazonaws.com":
		return "I2"
	case sourceTypes[p.principal] != "":
		return "I4"
	}
	return ""
}

// otherID is the id of an API in a source ARN.
var otherID = regexp.MustCompile(`^(arn:[^:]*:execute-api:[^:]*:[^:]*:)[a-z0-9]{10}/`)

// rightly says in what a finding is not the one that a broken permission must make; empty where it is.
func (p *admission) rightly(f *finding.Finding, fault faulty) string {
	want, row, source := p.check(), p.check(), f.SourceARN
	if fault.moves {
		want = "I3"
	}
	if fault.literal {
		source = otherID.ReplaceAllString(source, "${1}"+p.named+"/")
	}
	var wrong []string
	hold := func(what, have, want string) {
		if have != want {
			wrong = append(wrong, fmt.Sprintf("%s %q and not %q", what, have, want))
		}
	}
	hold("check", f.Check, want)
	hold("function", f.Function, p.function)
	hold("qualifier", f.Qualifier, p.qualifier)
	hold("principal", f.Principal, p.principal)
	hold("action", f.Action, p.action)
	hold("place", string(f.Place), string(finding.PlaceInvoke))
	if p.url {
		hold("source", f.SourceARN, p.source)
	} else if !concerns(p.source, source) {
		wrong = append(wrong, fmt.Sprintf("source %q is not within %q", f.SourceARN, p.source))
	}
	rows := false
	for _, id := range f.Guide {
		rows = rows || id == row
	}
	if !rows {
		wrong = append(wrong, fmt.Sprintf("rows %v without %s", f.Guide, row))
	}
	if f.Fix.Proof != finding.Proven {
		wrong = append(wrong, fmt.Sprintf("the fix is %s: %s", f.Fix.Proof, f.Fix.ProofReason))
	}
	return strings.Join(wrong, "; ")
}

// concerns tells whether the source of a finding, which covers every stage, is within that of a permission.
func concerns(permitted, found string) bool {
	if permitted == "" {
		return found != ""
	}
	if found == "" {
		return false
	}
	have := strings.SplitN(permitted, "/", 3)
	if strings.Contains(permitted, ":execute-api:") && len(have) == 3 && have[1] != "authorizers" {
		have[1] = "*"
	}
	within := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(strings.Join(have, "/")), `\*`, ".*") + "$")
	return within.MatchString(found)
}

// score counts what was found of one kind of change.
type score struct {
	made, found, wrong int
	quiet              map[string]int
}

// scores are the counts by kind of change; templates are broken at the same time.
type scores struct {
	sync.Mutex
	of map[string]*score
	// others counts the permissions that are for callers that no template shows.
	others int
}

func (s *scores) skip(others int) {
	s.Lock()
	defer s.Unlock()
	s.others += others
}

func (s *scores) count(name string, count func(*score)) {
	s.Lock()
	defer s.Unlock()
	if s.of[name] == nil {
		s.of[name] = &score{quiet: map[string]int{}}
	}
	count(s.of[name])
}

// breakPermissions breaks every permission of a template in every way, those of a round at the same time and each round
// by itself, and holds what is found against what was broken: for each one finding, on that function and qualifier, for
// that principal and source. Its fix, put into the template, must leave nothing to find.
func (one template) breakPermissions(t *testing.T, rounds [][]*admission, total *scores) {
	explained := map[string]string{} // why nothing is found without a permission, by its id
	missed := map[string]bool{}      // the permissions that are missed where they are gone
	for _, round := range rounds {
		for _, fault := range faults() {
			var broken []*admission
			change := func(resources map[string]any) {
				broken = nil
				for _, p := range round {
					before := resources[p.id]
					kept, _ := json.Marshal(before)
					if fault.change(resources, p) {
						broken = append(broken, p)
						continue
					}
					var again any
					_ = json.Unmarshal(kept, &again) // our own text
					resources[p.id] = again
				}
			}
			after := one.scan(t, change)
			byFunction := map[string][]*finding.Finding{}
			for i := range after.Findings {
				f := &after.Findings[i]
				byFunction[f.Function] = append(byFunction[f.Function], f)
			}
			var right []*finding.Finding
			for _, p := range broken {
				found := byFunction[p.function]
				delete(byFunction, p.function)
				total.count(fault.name, func(s *score) { s.made++ })
				what := one.name + " " + p.id + " " + fault.name
				switch {
				case len(found) == 1:
					if wrong := p.rightly(found[0], fault); wrong != "" {
						total.count(fault.name, func(s *score) { s.wrong++ })
						t.Errorf("%s: %s", what, wrong)
						continue
					}
					total.count(fault.name, func(s *score) { s.found++ })
					right = append(right, found[0])
					missed[p.id] = missed[p.id] || fault.name == removed
				case len(found) > 0:
					total.count(fault.name, func(s *score) { s.wrong++ })
					t.Errorf("%s: %d findings: %v", what, len(found), facets(after.Findings))
				case missed[p.id]:
					t.Errorf("%s: nothing found, although it is missed, gaps %+v", what, after.Gaps)
				default:
					if explained[p.id] == "" {
						explained[p.id] = one.whyQuiet(t, p, after)
					}
					if explained[p.id] == "" {
						t.Errorf("%s: nothing found and nothing explains it, gaps %+v", what, after.Gaps)
					}
					total.count(fault.name, func(s *score) { s.quiet[explained[p.id]]++ })
				}
			}
			for function, found := range byFunction {
				t.Errorf("%s: %s has a finding without a cause: %s %s", one.name+" "+fault.name, function, found[0].Check, found[0].Title)
			}
			if fault.name == removed || fault.moves || fault.literal { // the fix of the others is that of a removed one
				one.mend(t, fault.name, change, right)
			}
		}
	}
}

// mend puts the fixes of findings into the broken template.
func (one template) mend(t *testing.T, fault string, broken func(map[string]any), found []*finding.Finding) {
	t.Helper()
	if len(found) == 0 {
		return
	}
	loaded := one.load(t, broken)
	after := one.scan(t, func(resources map[string]any) {
		broken(resources)
		for i, f := range found {
			var fix map[string]any
			if err := yaml.Unmarshal([]byte(f.Fix.CloudFormation), &fix); err != nil || len(fix) == 0 {
				t.Errorf("%s %s: no fix for templates: %v in %q", one.name, f.Title, err, f.Fix.CloudFormation)
			}
			for id, resource := range fix {
				resources[fmt.Sprintf("Mended%d%s", i, id)] = loaded.Express(resource)
			}
		}
	})
	for _, left := range after.Findings {
		t.Errorf("%s %s, mended: %s %s %s", one.name, fault, left.Check, left.Title, left.Cause)
	}
}

// tell prints how many changes were found, and fails where one that could be was not.
func (s *scores) tell(t *testing.T) {
	t.Helper()
	t.Logf("%d permissions are for callers that no template shows", s.others)
	for _, name := range faultNames(s.of) {
		s := s.of[name]
		hidden := 0
		for _, n := range s.quiet {
			hidden += n
		}
		t.Logf("%s: %d made, %d found, %d wrong, %d quiet with a reason %v; recall of what could be found %.1f %%, precision %.1f %%", name, s.made, s.found,
			s.wrong, hidden, s.quiet, percent(s.found, s.made-hidden), percent(s.found, s.found+s.wrong))
		if s.found == 0 {
			t.Errorf("%s: none of %d was found", name, s.made)
		}
	}
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}

// breakAll breaks the permissions of templates, two templates at a time: each permission by itself, or together one of
// every function.
func breakAll(t *testing.T, templates []template, together bool) *scores {
	t.Helper()
	total := &scores{of: map[string]*score{}}
	t.Run("templates", func(t *testing.T) {
		for _, one := range templates {
			t.Run(one.name, func(t *testing.T) {
				t.Parallel()
				all, others := one.permissionsOf(t)
				total.skip(others)
				one.breakPermissions(t, roundsOf(all, together), total)
			})
		}
	})
	return total
}

// roundsOf divides permissions into those that are broken at the same time.
func roundsOf(all []admission, together bool) [][]*admission {
	var rounds [][]*admission
	nth := map[string]int{} // by function
	for i := range all {
		at := len(rounds)
		if together {
			at = nth[all[i].function]
			nth[all[i].function]++
		}
		if at == len(rounds) {
			rounds = append(rounds, nil)
		}
		rounds[at] = append(rounds[at], &all[i])
	}
	return rounds
}

func TestAPermissionToInvokeBrokenInAnOrdinaryTemplateIsFoundInEveryWay(t *testing.T) {
	total := breakAll(t, ordinaryTemplates(t), false)
	total.tell(t)
	if *update { // what the templates are is not ours to say, so nothing is held against the document
		total.write(t, ordinaryPart)
	}
}

// samTemplates are templates of our own for SAM's kinds of events, NAME.yaml, as SAM's translator transforms them,
// NAME.json; testdata/sam/README.md says how.
func samTemplates(t *testing.T) []template {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "sam", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates: %v", err)
	}
	var out []template
	for _, file := range files {
		one := template{name: filepath.Base(file)}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &one.doc); err != nil {
			t.Fatal(err)
		}
		out = append(out, one)
	}
	return out
}

func TestWhatSAMMakesOfItsEventsRaisesNoFinding(t *testing.T) {
	for _, one := range samTemplates(t) {
		report := one.scan(t, nil)
		for _, f := range report.Findings {
			t.Errorf("%s: %s %s %s", one.name, f.Check, f.Title, f.Cause)
		}
		for _, g := range report.Gaps {
			t.Logf("%s: gap of %s: %s", one.name, g.Check, g.Reason)
		}
	}
}

func TestASAMTemplateIsCheckedAsWhatSAMMakesOfIt(t *testing.T) {
	for _, dir := range []string{filepath.Join("testdata", "sam"), filepath.Join("..", "stack", "testdata", "sam")} {
		files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no templates in %s: %v", dir, err)
		}
		for _, raw := range files {
			var reports [2]*finding.Report
			for i, file := range []string{raw, strings.TrimSuffix(raw, ".yaml") + ".json"} {
				data, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				s, err := stack.Load(file, data, stack.Options{StackName: "shop"})
				if err != nil {
					t.Fatal(err)
				}
				w := scantest.New(t, localaws.Options{}, nil, s)
				reports[i] = w.Scan(t)
				w.Close()
			}
			if diff := cmp.Diff(saidOf(reports[1]), saidOf(reports[0])); diff != "" {
				t.Errorf("%s (-processed +raw):\n%s", raw, diff)
			}
			if reports[0].Summary.Functions == 0 || reports[0].Summary.Decided == 0 {
				t.Errorf("%s: nothing was decided", raw)
			}
		}
	}
}

// saidOf is what a report finds and leaves open, without the hash that SAM adds to versions.
func saidOf(r *finding.Report) []string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, fmt.Sprint(f.Check, f.Severity, f.Function, f.Qualifier, f.Role, f.Action, f.Resource, f.Principal, f.SourceARN, f.Title, f.Cause))
	}
	for _, g := range r.Gaps {
		out = append(out, fmt.Sprint("gap of ", g.Check, g.Function, g.Reason))
	}
	for i := range out {
		out[i] = samHash.ReplaceAllString(out[i], "$1")
	}
	slices.Sort(out)
	return out
}

var samHash = regexp.MustCompile(`(Version|Deployment)[0-9a-f]{10}\b`)

func TestAPermissionThatSAMMadeIsFoundWhenItIsBrokenInEveryWay(t *testing.T) {
	total := breakAll(t, samTemplates(t), true)
	total.tell(t)
	total.hold(t, samPart)
}

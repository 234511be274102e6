package render_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"permprobe/shared/finding"
	"permprobe/shared/render"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// example is a report of a small account: three faults, two causes of gaps, one finding resolved.
func example(t *testing.T) *finding.Report {
	t.Helper()
	text, err := os.ReadFile("testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	report := new(finding.Report)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(report); err != nil {
		t.Fatal(err)
	}
	return report
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := "testdata/" + name
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); -update writes the file again\n%s", name, diff)
	}
}

// chat is the notification as Amazon Q Developer in chat applications reads it.
type chat struct {
	Version, Source, ID string
	Content             struct {
		TextType, Title, Description string
		NextSteps                    []string
	}
	Metadata struct {
		ThreadID           string
		Summary, EventType string
		RelatedResources   []string
		AdditionalContext  map[string]string
	}
}

func readChat(t *testing.T, r *finding.Report) chat {
	t.Helper()
	return readChatIn(t, render.English, r)
}

func readChatIn(t *testing.T, l render.Language, r *finding.Report) chat {
	t.Helper()
	text, err := l.Chat(r, "run-1")
	if err != nil {
		t.Fatal(err)
	}
	var c chat
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return c
}

func TestTheTextOfAReport(t *testing.T) { golden(t, "report.txt", render.English.Text(example(t))) }

func TestTheEmailOfAReport(t *testing.T) {
	r := example(t)
	golden(t, "email.txt", "Subject: "+render.Subject(r)+"\n\n"+render.English.Email(r))
}

func TestTheChatMessageOfAReport(t *testing.T) {
	r := example(t)
	text, err := render.English.Chat(r, "2026-11-21T03:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(text), "", "  "); err != nil {
		t.Fatal(err)
	}
	golden(t, "chat.json", indented.String()+"\n")
	c := readChat(t, r)
	golden(t, "chat.txt", c.Content.Title+"\n\n"+c.Content.Description+"\n"+strings.Join(c.Content.NextSteps, "\n")+"\n")
}

func TestTheChatMessageHasWhatTheChatServiceRequires(t *testing.T) {
	c := readChat(t, &finding.Report{})
	if c.Version != "1.0" || c.Source != "custom" || c.Content.TextType != "client-markdown" || c.Content.Description == "" {
		t.Errorf("got %+v", c)
	}
}

func TestTheHeadlineIsTheStateInOneLine(t *testing.T) {
	one := []finding.Finding{{Severity: finding.High, Status: finding.StatusNew}}
	muted := finding.Finding{Severity: finding.Critical, Status: finding.StatusSuppressed}
	tests := map[string]struct {
		report finding.Report
		want   string
	}{
		"nothing":                  {finding.Report{}, "no findings"},
		"one finding":              {finding.Report{Findings: one}, "1 finding (1 high)"},
		"worst first":              {finding.Report{Findings: []finding.Finding{{Severity: "low"}, {Severity: "critical"}, {Severity: "low"}}}, "3 findings (1 critical, 2 low)"},
		"a muted finding":          {finding.Report{Findings: append(one, muted)}, "1 finding (1 high)"},
		"only muted findings":      {finding.Report{Findings: []finding.Finding{muted}}, "no findings"},
		"an unknown severity":      {finding.Report{Findings: []finding.Finding{{Severity: "fatal"}}}, "1 finding"},
		"gaps and what was mended": {finding.Report{Gaps: make([]finding.Gap, 1), Resolved: make([]finding.Finding, 2)}, "no findings, 2 resolved, 1 gap, incomplete"},
		"an error":                 {finding.Report{Status: finding.ReportError}, "no findings, failed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := test.report
			r.Gaps = append([]finding.Gap(nil), r.Gaps...)
			r.Finish()
			if got := render.English.Headline(&r); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	cut := finding.Report{Summary: finding.Summary{Findings: 2000}, Findings: one}
	if got, want := render.English.Headline(&cut), "2000 findings (1 high)"; got != want {
		t.Errorf("a truncated report: got %q, want %q", got, want)
	}
}

func TestEqualGapsAreToldOnceWithWhatTheyLeaveUndecided(t *testing.T) {
	var r finding.Report
	for i := range 30 {
		r.Gaps = append(r.Gaps, finding.Gap{
			Check: "R3", Function: fmt.Sprintf("arn:aws:lambda:us-east-1:123456789012:function:f%02d", i), Reason: "the simulator is refused",
			Permission: "iam:SimulatePrincipalPolicy", Resource: fmt.Sprintf("arn:aws:iam::123456789012:role/r%02d", i),
		})
	}
	r.Gaps = append(r.Gaps, finding.Gap{Reason: "no function is named \"x\""})
	r.Finish()
	var got []string
	for line := range strings.SplitSeq(render.English.Text(&r), "\n") {
		if strings.HasPrefix(line, "  - ") {
			got = append(got, line)
		}
	}
	want := []string{
		`  - no function is named "x"`,
		"  - R3 f00, f01, f02 and 27 more: the simulator is refused; missing iam:SimulatePrincipalPolicy on " +
			"arn:aws:iam::123456789012:role/r00, arn:aws:iam::123456789012:role/r01 and 28 more",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// hostile are names that somebody may give an API, or that hold what no name should.
var hostile = map[string]string{
	"backtick":        "pay`ments",
	"code block":      "```\nrm -rf\n```",
	"mention":         "<!channel> @here <@U012AB3CD>",
	"link":            "[prod](http://evil.example/x) <http://evil.example|prod>",
	"bold":            "*all* _good_ ~not~",
	"lone markup":     "* _ ~ ` . :",
	"lines":           "a\r\nb\nNOT DELIVERED: c\u2028d",
	"terminal colour": "\x1b[31mred\x1b[0m\x07",
	"right to left":   "safe\u202egnp.exe\u2066\u200f",
	"invisible":       "a\u200bb\ufeffc\u00ad",
	"invalid":         "a\xff\xfeb",
	"long":            strings.Repeat("n", 300),
	"long and wide":   strings.Repeat("界", 300),
	"many stars":      strings.Repeat("* ", 400),
	"HTML":            "<b>&amp;&lt;!channel&gt;",
	"an ARN":          "arn:aws:s3:::a_b/*",
}

func withName(t *testing.T, name string) *finding.Report {
	r := example(t)
	for i := range r.Findings {
		f := &r.Findings[i]
		for _, field := range []*string{
			&f.Title, &f.Symptom, &f.Cause, &f.Fix.Summary, &f.Fix.ProofReason, &f.Evidence.Policy, &f.Evidence.Statement, &f.Role, &f.Resource,
		} {
			*field += " " + name + " on logs:PutLogEvents."
		}
		f.Fix.Proof = finding.Refused
	}
	for i := range r.Gaps {
		r.Gaps[i].Reason += name
		r.Gaps[i].Resource += name
		r.Gaps[i].Function += name
	}
	r.Resolved[0].Title += name
	r.Notified.Failed = []string{name}
	return r
}

var blocks = regexp.MustCompile("(?s)\n```\n(.*?)\n```\n")

func TestNamesDoNoHarmInAChatMessage(t *testing.T) {
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			r := withName(t, text)
			c := readChat(t, r)
			if utf8.RuneCountInString(c.Content.Title) > 100 || utf8.RuneCountInString(c.Content.Description) > 2500 || len(c.Content.NextSteps) > 5 {
				t.Errorf("title %d, description %d, %d next steps", len(c.Content.Title), len(c.Content.Description), len(c.Content.NextSteps))
			}
			commands := map[string]bool{}
			for i := range r.Findings {
				commands[r.Findings[i].Fix.CLI] = true
			}
			for _, block := range blocks.FindAllStringSubmatch(c.Content.Description, -1) {
				if !commands[block[1]] {
					t.Errorf("a command was altered: %q", block[1])
				}
			}
			outside := blocks.ReplaceAllString(c.Content.Description, "\n")
			for _, text := range append(strings.Split(outside, "\n"), append(c.Content.NextSteps, c.Content.Title)...) {
				checkChatLine(t, text)
			}
			if !strings.Contains(c.Content.Description, "*CRITICAL*") && !strings.Contains(c.Content.Description, "more in the e-mail") {
				t.Errorf("the worst finding is neither told nor counted: %s", c.Content.Description)
			}
		})
	}
}

// checkChatLine demands balanced backticks, and no markup outside them but the words that are meant to be bold.
func checkChatLine(t *testing.T, line string) {
	t.Helper()
	parts := strings.Split(line, "`")
	if len(parts)%2 == 0 {
		t.Errorf("backticks are not balanced in %q", line)
	}
	for i, part := range parts {
		if strings.IndexFunc(part, func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError && !strings.Contains(line, "\ufffd")
		}) >= 0 {
			t.Errorf("invisible characters in %q", part)
		}
		if strings.ContainsAny(part, "<>\u2028") || regexp.MustCompile(`@(channel|here|everyone)`).MatchString(part) {
			t.Errorf("%q can address people", part)
		}
		if i%2 == 1 {
			continue
		}
		for _, own := range []string{"*CRITICAL*", "*HIGH*", "*LOW*", "*Why:*", "*Fix:*", "*Resolved, thank you:*", "*Not decided:*", "*Also*", "*Coverage:*", "*Cut short:*"} {
			part = strings.Replace(part, own, "", 1)
		}
		if strings.ContainsAny(part, "*_~") || strings.Contains(part, "arn:") || strings.Contains(part, "http:") || strings.Contains(part, "logs:P") || strings.Contains(part, ".amazonaws.com") {
			t.Errorf("%q stands outside backticks", part)
		}
	}
}

func TestNamesDoNoHarmInTextAndSubject(t *testing.T) {
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			r := withName(t, text)
			lines := strings.Count(render.English.Text(r), "\n")
			if want := strings.Count(render.English.Text(withName(t, "x")), "\n"); lines != want {
				t.Errorf("%d lines, want %d: a name makes lines of its own", lines, want)
			}
			for _, got := range []string{render.English.Text(r), render.English.Email(r)} {
				if !utf8.ValidString(got) {
					t.Error("not UTF-8")
				}
				if at := strings.IndexFunc(got, func(r rune) bool {
					return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028'
				}); at >= 0 {
					t.Errorf("an invisible character in %q", got[max(0, at-30):at+3])
				}
			}
			checkSubject(t, render.Subject(r))
		})
	}
}

func checkSubject(t *testing.T, subject string) {
	t.Helper()
	if len(subject) == 0 || len(subject) >= 100 || subject[0] == ' ' {
		t.Errorf("%d characters in %q", len(subject), subject)
	}
	if strings.IndexFunc(subject, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
		t.Errorf("SNS refuses %q", subject)
	}
}

func TestTheSubjectSaysWhatIsWorstAndWhere(t *testing.T) {
	high := finding.Finding{Severity: finding.High, Title: "HTTP API notes may not invoke notes-api"}
	long := finding.Finding{Severity: finding.Critical, Title: strings.Repeat("cannot start ", 30)}
	umlaut := finding.Finding{Severity: finding.Low, Title: "böse\nüber"}
	account := finding.Report{Account: "123456789012", Region: "us-east-1"}
	tests := map[string]struct {
		findings []finding.Finding
		gaps     []finding.Gap
		want     string
	}{
		"nothing":         {nil, nil, "permprobe: no findings in 123456789012 us-east-1"},
		"a gap":           {nil, make([]finding.Gap, 1), "permprobe: no findings, 1 gap, incomplete in 123456789012 us-east-1"},
		"one finding":     {[]finding.Finding{high}, nil, "permprobe HIGH: HTTP API notes may not invoke notes-api in 123456789012 us-east-1"},
		"several":         {[]finding.Finding{umlaut, high, umlaut}, nil, "permprobe HIGH: HTTP API notes may not invoke notes-api (+2 more) in 123456789012 us-east-1"},
		"too long":        {[]finding.Finding{long, high}, nil, "permprobe CRITICAL: cannot start cannot start cannot start c... (+1 more) in 123456789012 us-east-1"},
		"not ASCII":       {[]finding.Finding{umlaut}, nil, "permprobe LOW: bse ber in 123456789012 us-east-1"},
		"muted, with gap": {[]finding.Finding{{Severity: finding.High, Status: finding.StatusSuppressed}}, nil, "permprobe: no findings in 123456789012 us-east-1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := account
			r.Findings, r.Gaps = append([]finding.Finding(nil), test.findings...), test.gaps
			r.Finish()
			got := render.Subject(&r)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			checkSubject(t, got)
		})
	}
	odd := finding.Report{Account: strings.Repeat("9", 300), Region: "é", Findings: []finding.Finding{high}}
	checkSubject(t, render.Subject(&odd))
}

func TestACommandIsShownWholeOrNotAtAll(t *testing.T) {
	tests := map[string]struct {
		command    string
		text, chat bool // shown there
	}{
		"quotes and stars":   {`aws lambda add-permission --source-arn 'arn:aws:execute-api:us-east-1:1:a/*/GET/a_b' --x "$(y)" \`, true, true},
		"two lines":          {"aws iam x \\\n  --y", true, true},
		"a long one":         {"aws " + strings.Repeat("x", 1200), true, true},
		"too long for chat":  {"aws " + strings.Repeat("x", 3000), true, false},
		"a code block":       {"aws '```'", true, false},
		"a mention":          {"aws '<!channel>'", true, false},
		"a hidden turn":      {"aws 'a\u202eb'", false, false},
		"an escape":          {"aws 'a\x1b[2K'", false, false},
		"a carriage return":  {"aws x\raws y", false, false},
		"not UTF-8":          {"aws 'a\xff'", false, false},
		"an invisible joint": {"aws x\u200by", false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := &finding.Report{Findings: []finding.Finding{{Severity: "high", Title: "t", Cause: "c", Fix: finding.Fix{Summary: "s", CLI: test.command}}}}
			r.Finish()
			c := readChat(t, r)
			if got := strings.Contains(c.Content.Description, "\n```\n"+test.command+"\n```\n"); got != test.chat {
				t.Errorf("chat shows it: %t, want %t\n%s", got, test.chat, c.Content.Description)
			}
			if !test.chat && (strings.Contains(c.Content.Description, "aws ") || !strings.Contains(c.Content.Description, "in the e-mail and in the report")) {
				t.Errorf("a part is shown, or nothing is said\n%s", c.Content.Description)
			}
			for kind, got := range map[string]string{"text": render.English.Text(r), "e-mail": render.English.Email(r)} {
				if strings.Contains(got, "            "+test.command+"\n") != test.text {
					t.Errorf("%s shows it: %t, want %t\n%s", kind, !test.text, test.text, got)
				}
				if !test.text && (strings.Contains(got, "aws ") || !strings.Contains(got, "take it from the JSON report")) {
					t.Errorf("%s: a part is shown, or nothing is said\n%s", kind, got)
				}
			}
		})
	}
}

func many(t *testing.T, n int) *finding.Report {
	r := example(t)
	base := r.Findings[1]
	r.Findings = nil
	for i := range n {
		f := base
		f.ID = fmt.Sprintf("%016x", i)
		f.Title = fmt.Sprintf("HTTP API %04d may not invoke f", i)
		f.Fix.Summary = fmt.Sprintf("Let HTTP API %04d invoke f.", i)
		f.Fix.CLI = fmt.Sprintf("aws lambda add-permission --statement-id %04d --end", i)
		r.Findings = append(r.Findings, f)
		r.Gaps = append(r.Gaps, finding.Gap{Reason: fmt.Sprintf("reason %d: %s", i, strings.Repeat("long ", 400))})
		r.Resolved = append(r.Resolved, f)
		r.Notified.Failed = append(r.Notified.Failed, strings.Repeat("failed ", 400))
	}
	r.Finish()
	return r
}

func TestADigestOfManyFindingsHasALimitAndCountsTheRest(t *testing.T) {
	r := many(t, 2000)
	email := render.English.Email(r)
	if len(email) > 60*1024 {
		t.Errorf("the e-mail has %d bytes", len(email))
	}
	shown := strings.Count(email, "\nHIGH  I1  ")
	if shown == 0 || !strings.Contains(email, fmt.Sprintf("\n%d findings left out here: ", 2000-shown)) {
		t.Errorf("%d findings are shown and the rest is not counted", shown)
	}
	if begun, ended := strings.Count(email, "--statement-id"), strings.Count(email, " --end\n"); begun != shown || ended != shown {
		t.Errorf("%d findings with %d commands, %d of them whole", shown, begun, ended)
	}
	for _, want := range []string{"functions checked", "Not decided (2006 gaps)", "  - and ", "Resolved: and "} {
		if !strings.Contains(email, want) {
			t.Errorf("the e-mail does not say %q", want)
		}
	}
	c := readChat(t, r)
	if n := utf8.RuneCountInString(c.Content.Description); n > 2500 {
		t.Errorf("the chat message has %d characters", n)
	}
	shown = strings.Count(c.Content.Description, "*HIGH*")
	if shown == 0 || !strings.Contains(c.Content.Description, fmt.Sprintf("+%d more in", 2000-shown)) {
		t.Errorf("%d findings are shown and the rest is not counted:\n%s", shown, c.Content.Description)
	}
	if len(c.Content.NextSteps) != 5 || len(c.Metadata.RelatedResources) != 1 {
		t.Errorf("%d next steps, %d related resources", len(c.Content.NextSteps), len(c.Metadata.RelatedResources))
	}
	if text := render.English.Text(r); strings.Count(text, "\nHIGH  I1  ") != 2000 || strings.Contains(text, "left out") {
		t.Error("the text of the report leaves findings out")
	}
}

func TestAFindingWithHugeFormsIsToldWithoutThem(t *testing.T) {
	r := example(t)
	r.Findings[0].Fix.CloudFormation = strings.Repeat("Key: value\n", 20_000)
	email := render.English.Email(r)
	if len(email) > 60*1024 || !strings.Contains(email, r.Findings[0].Fix.CLI) || !strings.Contains(email, "its other forms are in the JSON report") {
		t.Errorf("%d bytes; the command is shown: %t", len(email), strings.Contains(email, r.Findings[0].Fix.CLI))
	}
	if !strings.Contains(email, r.Findings[2].Title) {
		t.Error("the findings after it are missing")
	}
}

func TestWhatIsNotKnownOfAFindingLeavesNoEmptyWords(t *testing.T) {
	r := &finding.Report{Findings: []finding.Finding{{Severity: "low", Check: "X1", Title: "t", Confidence: finding.Inferred}}}
	r.Finish()
	want := "\nLOW  X1  t (inferred)\n\n"
	if got := render.English.Text(r); !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant it to hold %q", got, want)
	}
}

func TestTheSameReportIsWrittenInTheSameWay(t *testing.T) {
	first := readChat(t, many(t, 50))
	text := render.English.Text(many(t, 50))
	for range 5 {
		if diff := cmp.Diff(first, readChat(t, many(t, 50))); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(text, render.English.Text(many(t, 50))); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestAReportAboutTemplatesSaysWhereTheFunctionStands(t *testing.T) {
	r := example(t)
	known := r.Findings[0].Function
	text := render.English.TextAt(r, func(f *finding.Finding) string {
		if f.Function == known {
			return "stacks/app.yaml:12"
		}
		return ""
	})
	want := 0
	for _, f := range r.Findings {
		if f.Function == known && f.Status != finding.StatusSuppressed {
			want++
		}
	}
	if got := strings.Count(text, "\n  template  stacks/app.yaml:12\n"); got != want || want == 0 || want == len(r.Findings) {
		t.Errorf("%d places, want %d of %d:\n%s", got, want, len(r.Findings), text)
	}
	if plain := strings.ReplaceAll(text, "  template  stacks/app.yaml:12\n", ""); plain != render.English.Text(r) {
		t.Errorf("the text differs in more than the places:\n%s", plain)
	}
}

func TestARunThatWasCutShortSaysWhereTheNextBegins(t *testing.T) {
	r := example(t)
	for _, got := range []string{render.English.Text(r), render.English.Email(r), readChat(t, r).Content.Description} {
		if strings.Contains(strings.ToLower(got), "cut short") {
			t.Errorf("a run that had time enough: %s", got)
		}
	}
	r.Cursor = "arn:aws:lambda:us-east-1:123456789012:function:orders"
	for name, got := range map[string]string{
		"text": render.English.Text(r), "e-mail": render.English.Email(r), "chat": readChat(t, r).Content.Description,
	} {
		if !strings.Contains(strings.ToLower(got), "cut short") || !strings.Contains(got, "about orders,") || !strings.Contains(got, "the next one begins there") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestEveryFindingIsNamedWhereThereIsRoomForItsTitle(t *testing.T) {
	r := example(t)
	for i := range 6 {
		f := r.Findings[1]
		f.ID, f.Function = fmt.Sprint(i), fmt.Sprintf("%s-%d", f.Function, i)
		f.Title = fmt.Sprintf("HTTP API number %d may not invoke its function", i)
		r.Findings = append(r.Findings, f)
	}
	r.Finish()
	c := readChat(t, r)
	text, _, _ := strings.Cut(render.English.Text(r), "\nCRITICAL ")
	for _, f := range r.Findings {
		title, _, _ := strings.Cut(f.Title, ":")
		if !strings.Contains(c.Content.Description, title) {
			t.Errorf("the chat message does not name %q:\n%s", f.Title, c.Content.Description)
		}
		if !strings.Contains(text, title) {
			t.Errorf("the list above the findings does not name %q:\n%s", f.Title, text)
		}
	}
	if commands := strings.Count(c.Content.Description, "*Fix:*\n```"); commands == 0 {
		t.Errorf("no command is left:\n%s", c.Content.Description)
	}
}

func TestTheCoverageOfAnIncompleteListingIsNoWholeNumber(t *testing.T) {
	r := example(t)
	r.Coverage.ListedAll = false
	if got := render.English.Text(r); !strings.Contains(got, "of at least 14 in the account") {
		t.Error(got)
	}
	r.Coverage = finding.Coverage{}
	for _, got := range []string{render.English.Text(r), readChat(t, r).Content.Description} {
		if strings.Contains(got, "Coverage") || !strings.Contains(got, "11 functions checked") {
			t.Errorf("a run that looked at nothing: %s", got)
		}
	}
}

func TestTheTextSaysHowMuchOfItIsRemembered(t *testing.T) {
	report := &finding.Report{}
	report.Finish()
	if text := render.English.Text(report); strings.Contains(text, "earlier run") {
		t.Errorf("nothing is remembered:\n%s", text)
	}
	for _, hour := range []int{5, 3, 4} {
		report.Summary.Remember(time.Date(2026, 11, 21, hour, 0, 0, 0, time.UTC))
	}
	if text := render.English.Text(report); !strings.Contains(text, "3 of them were allowed in an earlier run, at 2026-11-21T03:00:00Z or later") {
		t.Errorf("%s", text)
	}
}

func TestTheConfigurationOfTerraformIsShownBeforeTheCommandWhereItManagesTheFunction(t *testing.T) {
	for _, l := range render.Languages() {
		for summary, first := range map[string]bool{finding.TerraformFirst + ".": true, "Let the API in.": false} {
			r := &finding.Report{Findings: []finding.Finding{{Severity: "high", Title: "t", Cause: "c", Fix: finding.Fix{
				Summary: summary, CLI: "aws lambda add-permission", CloudFormation: "InvokePermission:", Terraform: "resource aws_lambda_permission",
			}}}}
			r.Finish()
			all := l.Text(r)
			configuration, command := strings.Index(all, "resource aws_lambda_permission"), strings.Index(all, "aws lambda add-permission")
			if configuration < 0 || command < 0 || configuration < command != first || strings.Count(all, "resource aws_lambda_permission") != 1 {
				t.Errorf("%s: configuration at %d, command at %d, want it first: %t", l, configuration, command, first)
			}
		}
	}
}

func TestTheTemplateOfAnOwnedFunctionIsShownBeforeTheCommand(t *testing.T) {
	text := func(l render.Language, summary string) (template, command int) {
		r := &finding.Report{Findings: []finding.Finding{{Severity: "high", Title: "t", Cause: "c", Fix: finding.Fix{
			Summary: summary, CLI: "aws lambda add-permission", CloudFormation: "InvokePermission:", SAM: "Events:",
		}}}}
		r.Finish()
		all := l.Text(r)
		return strings.Index(all, "InvokePermission:"), strings.Index(all, "aws lambda add-permission")
	}
	for _, l := range render.Languages() {
		if template, command := text(l, finding.TemplateFirst+" notes."); template < 0 || command < 0 || template > command {
			t.Errorf("%s: template at %d, command at %d", l, template, command)
		}
		if template, command := text(l, "Let the API in."); template < 0 || command < 0 || template < command {
			t.Errorf("%s: without a stack: template at %d, command at %d", l, template, command)
		}
	}
}

func TestAChatMessageNamesTheStackThatOwnsWhatIsToBeChangedAfterWhatIsToBeDone(t *testing.T) {
	r := example(t)
	r.Findings, r.RoleFixes = r.Findings[:1], nil
	f := &r.Findings[0]
	f.Fix = finding.Fix{Summary: finding.TemplateFirst + " shop" + finding.MadeWithSAM + ", which owns the function, and deploy it; " + finding.DriftsFrom + " Let events.amazonaws.com invoke worker.", CLI: "aws lambda x", Proof: finding.Proven}
	var message struct {
		Content struct {
			Description string
			NextSteps   []string
		}
	}
	text, err := render.English.Chat(r, "id")
	if err != nil || json.Unmarshal([]byte(text), &message) != nil {
		t.Fatal(err, text)
	}
	if diff := cmp.Diff([]string{"Let `events.amazonaws.com` invoke worker (in the template of the stack shop, too)"}, message.Content.NextSteps); diff != "" {
		t.Errorf("(-want +next steps)\n%s", diff)
	}
	if !strings.Contains(message.Content.Description, "*Fix now*, and in the template of its stack, or the next deployment may undo it:\n```\naws lambda x\n```") {
		t.Errorf("%s", message.Content.Description)
	}
}

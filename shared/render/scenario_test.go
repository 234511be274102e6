package render_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"permprobe/shared/finding"
	"permprobe/shared/render"
)

// repeated is the example with so many findings, of all its kinds, new and old.
func repeated(t *testing.T, n int) *finding.Report {
	t.Helper()
	r := example(t)
	kinds := r.Findings
	r.Findings = nil
	for i := range n {
		f := kinds[i%len(kinds)]
		f.ID = fmt.Sprintf("%016x", i)
		f.FirstSeen, f.LastSeen, f.Status = "2026-11-21T03:00:00Z", "2026-11-21T03:00:00Z", finding.StatusNew
		if i >= len(kinds) {
			number := fmt.Sprintf("-%02d", i/len(kinds))
			name := f.Function[strings.LastIndex(f.Function, ":")+1:]
			f.Function += number
			f.Title = strings.ReplaceAll(f.Title, name, name+number)
		}
		switch i % 5 {
		case 3:
			f.Status, f.FirstSeen = finding.StatusPersisting, "2026-11-18T22:00:00Z"
		case 4:
			f.Status, f.FirstSeen = finding.StatusReopened, "2026-10-02T09:00:00Z"
		}
		r.Findings = append(r.Findings, f)
	}
	r.Resolved = nil
	r.Status = ""
	r.Finish()
	return r
}

// scenarios are what runs come to.
func scenarios(t *testing.T) map[string]*finding.Report {
	one := repeated(t, 1)
	one.Gaps, one.Status = nil, ""
	one.Finish()
	resolved := example(t)
	resolved.Findings, resolved.Gaps, resolved.Status = nil, nil, ""
	resolved.Finish()
	gaps := example(t)
	gaps.Findings, gaps.Resolved, gaps.Status = nil, nil, ""
	gaps.Finish()
	short := repeated(t, 3)
	short.Cursor, short.Status = "arn:aws:lambda:us-east-1:123456789012:function:orders", finding.ReportIncomplete
	short.Finish()
	role := repeated(t, 6)
	role.Gaps, role.Coverage = nil, finding.Coverage{}
	name := "arn:aws:iam::123456789012:role/resize-image-role"
	shared := finding.RoleFix{Role: name, Fix: finding.Fix{
		Summary: "Mend 2 findings at once: give resize-image-role one inline policy with everything that they say it lacks.", Proof: finding.Proven,
		Policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}`,
		SAM:    "Policies: []\n",
	}}
	shared.Fix.CLI = "aws iam put-role-policy --role-name resize-image-role --policy-name permprobe-role-1a2b --policy-document '" + shared.Fix.Policy + "'"
	for i := range role.Findings {
		if f := &role.Findings[i]; f.Check == "R3" {
			f.Role, shared.Findings = name, append(shared.Findings, f.ID)
		}
	}
	role.Findings = slices.DeleteFunc(role.Findings, func(f finding.Finding) bool { return f.Role != name })
	role.RoleFixes = []finding.RoleFix{shared}
	role.Status = ""
	role.Finish()
	return map[string]*finding.Report{
		"role": role, "one": one, "eight": repeated(t, 8), "sixty": repeated(t, 60), "resolved": resolved, "gaps": gaps, "cut": short,
	}
}

func TestEveryMessageOfEveryLanguage(t *testing.T) {
	for name, r := range scenarios(t) {
		for _, l := range render.Languages() {
			t.Run(name+" "+string(l), func(t *testing.T) {
				c := readChatIn(t, l, r)
				golden(t, fmt.Sprintf("%s.%s.chat.txt", name, l), c.Content.Title+"\n\n"+c.Content.Description+"\n"+strings.Join(c.Content.NextSteps, "\n")+"\n")
				email := l.Email(r)
				if name != "sixty" { // the beginning shows as much
					golden(t, fmt.Sprintf("%s.%s.email.txt", name, l), "Subject: "+render.Subject(r)+"\n\n"+email)
				}
				checkSubject(t, render.Subject(r))
				if title, text := utf8.RuneCountInString(c.Content.Title), utf8.RuneCountInString(c.Content.Description); title > 100 || text > 2500 || len(c.Content.NextSteps) > 5 {
					t.Errorf("title %d, description %d, %d next steps", title, text, len(c.Content.NextSteps))
				}
				for _, line := range strings.Split(blocks.ReplaceAllString(c.Content.Description, "\n"), "\n") {
					if strings.Count(line, "`")%2 != 0 {
						t.Errorf("backticks are not balanced in %q", line)
					}
				}
				for _, block := range blocks.FindAllStringSubmatch(c.Content.Description, -1) {
					if !strings.HasPrefix(block[1], "aws ") || !strings.Contains(email, block[1]) {
						t.Errorf("a command was altered: %q", block[1])
					}
				}
				if len(email) > 60*1024 {
					t.Errorf("the e-mail has %d bytes", len(email))
				}
				if l == render.Japanese {
					checkJapanese(t, email)
				}
			})
		}
	}
}

// names are what a Japanese message holds in Latin letters: what AWS and its users named, commands, and what is marked as
// English.
var names = regexp.MustCompile(`(?s)詳細 \(英語\): [^\n]*|理由 \(英語\): [^\n]*|aws iam [^\n]*|aws lambda [^\n]*|    [ -]*[A-Za-z]+: ?[^\n]*|\{"[^\n]*|arn:[^\s、）。]+|` +
	`[a-z0-9]+:[A-Z][A-Za-z]*|[a-z0-9]+\.amazonaws\.com|/aws/lambda/\S+|[\w-]*(?:nightly-report|notes-api|resize-image|export-[a-e]|old_job)[\w-]*`)

func checkJapanese(t *testing.T, text string) {
	t.Helper()
	known := " permprobe AWS Lambda IAM API REST HTTP Gateway EventBridge SNS ReadSubscriptionFilters on k3 AccessDeniedException permprobe IoT URL X-Ray JSON CloudFormation CLI UTC SAM NotesApi ec us-east orders logs R1 R3 I1 " +
		"DeadLetterErrors DestinationDeliveryFailures AccessDenied "
	for _, one := range regexp.MustCompile(`[A-Za-z][A-Za-z0-9-]+`).FindAllString(names.ReplaceAllString(text, ""), -1) {
		if !strings.Contains(known, " "+one+" ") && one != "us-east-1" {
			t.Errorf("%q is English, in\n%s", one, names.ReplaceAllString(text, "…"))
			return
		}
	}
}

func TestADigestAboutOneFindingThreadsItsEndBelowItsBeginning(t *testing.T) {
	found := scenarios(t)["one"]
	began := readChat(t, found).Metadata.ThreadID
	if began != found.Findings[0].ID {
		t.Errorf("thread %q of finding %s", began, found.Findings[0].ID)
	}
	ended := *found
	ended.Resolved, ended.Findings = found.Findings, nil
	if got := readChat(t, &ended).Metadata.ThreadID; got != began {
		t.Errorf("thread %q, want %q", got, began)
	}
	if got := readChat(t, scenarios(t)["eight"]).Metadata.ThreadID; got != "" {
		t.Errorf("a digest about several is in the thread %q", got)
	}
}

func TestAnOldFindingSaysSinceWhen(t *testing.T) {
	r := repeated(t, 5)
	for name, text := range map[string]string{"chat": readChat(t, r).Content.Description, "e-mail": render.English.Email(r)} {
		for _, want := range []string{" · since 2026-11-18 22:00 UTC\n", " · back again, first seen 2026-10-02 09:00 UTC\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("the %s does not say %q:\n%s", name, want, text)
			}
		}
	}
}

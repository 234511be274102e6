package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/finding"
)

// What a chat message holds at the most. Slack publishes no limit; longer ones are cut or hard to read.
const (
	chatHeadline    = 100
	chatDescription = 2500
	chatNextSteps   = 5
	chatStep        = 300
)

// chatNotification is the custom notification that Amazon Q Developer in chat applications accepts; it
// drops anything else without a word.
//
// https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
type chatNotification struct {
	Version  string       `json:"version"`
	Source   string       `json:"source"`
	ID       string       `json:"id"`
	Content  chatContent  `json:"content"`
	Metadata chatMetadata `json:"metadata"`
}

type chatContent struct {
	TextType    string   `json:"textType"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	NextSteps   []string `json:"nextSteps,omitempty"`
	Keywords    []string `json:"keywords,omitempty"`
}

type chatMetadata struct {
	ThreadID          string            `json:"threadId,omitempty"`
	Summary           string            `json:"summary"`
	EventType         string            `json:"eventType"`
	RelatedResources  []string          `json:"relatedResources,omitempty"`
	AdditionalContext map[string]string `json:"additionalContext"`
}

// Chat is the digest of a run for Slack, as JSON. id names the notice, so that a repeat can be told.
func (l Language) Chat(r *finding.Report, id string) (string, error) {
	r = l.translate(r)
	notification := chatNotification{
		Version: "1.0", Source: "custom", ID: id,
		Content: chatContent{
			TextType:    "client-markdown",
			Title:       clipRunes("permprobe: "+l.Headline(r), chatHeadline),
			Description: l.chatText(r),
		},
		Metadata: chatMetadata{
			ThreadID:  thread(r),
			Summary:   l.Headline(r),
			EventType: "permprobe digest",
			AdditionalContext: map[string]string{
				"account": r.Account, "region": r.Region, "status": string(r.Status),
			},
		},
	}
	for i, f := range active(r) {
		if i == chatNextSteps {
			break
		}
		steps, summary := &notification.Content.NextSteps, f.Fix.Summary
		if one := roleFix(r, f); one != nil {
			summary = one.Fix.Summary
		}
		if step := mark(clipRunes(l.step(oneLine(summary)), chatStep)); step != "" && !slices.Contains(*steps, step) {
			*steps = append(*steps, step)
		}
		if !slices.Contains(notification.Metadata.RelatedResources, f.Function) {
			notification.Metadata.RelatedResources = append(notification.Metadata.RelatedResources, f.Function)
		}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // it is no web page, and SNS counts the bytes
	if err := encoder.Encode(notification); err != nil {
		return "", fmt.Errorf("write the chat message: %w", err)
	}
	return strings.TrimSpace(text.String()), nil
}

// step is the summary of a fix as a next step: what is to be done first, and then where besides.
func (l Language) step(summary string) string {
	if stack, do, of := finding.OwnedBy(summary); of {
		return l.say(chatTemplateStep, strings.TrimSuffix(do, "."), stack)
	}
	return summary
}

// chatText lists the findings, worst first: as many as fit with symptom, cause and command, the others by their
// titles. A command more is worth less than knowing what else is broken, so titles have room of their own.
func (l Language) chatText(r *finding.Report) string {
	header := l.say(chatHeader, code(r.Account), code(r.Region), l.checked(r)) + "\n"
	if stopped := l.cutShort(r); stopped != "" {
		header += l.say(chatCut, mark(stopped)) + "\n"
	}
	tail, others := l.chatTail(r), "\n"+l.say(chatOthers)+"\n"
	found := active(r)
	after := make([]int, len(found)+1) // what the titles from here on take
	for i := len(found) - 1; i >= 0; i-- {
		after[i] = after[i+1] + runes(l.chatTitle(found[i], true))
	}
	var body strings.Builder
	whole := true               // until one does not fit; after it only titles are told
	mended := map[string]bool{} // roles whose one change stands above
	for i, f := range found {
		rest := l.say(chatMore, len(found)-i) + "\n"
		room := chatDescription - runes(header) - runes(body.String()) - runes(rest) - runes(tail)
		if whole {
			forms := l.chatForms(r, f, mended)
			kept := 0
			if i < len(found)-1 {
				kept = runes(others) + min(after[i+1], chatTitles)
			}
			if i == 0 {
				forms, kept = append(forms, chatForm{text: l.chatFinding(f, false, l.say(chatNoCommand)+"\n")}), min(kept, chatTitles/2)
			}
			if fits := slices.IndexFunc(forms, func(form chatForm) bool { return runes(form.text) <= room-kept }); fits >= 0 {
				body.WriteString(forms[fits].text)
				whole = forms[fits].whole
				if role := forms[fits].mends; role != "" {
					mended[role] = true
				}
				if !whole && i < len(found)-1 {
					body.WriteString(others)
				}
				continue
			}
			whole = false
			body.WriteString(others)
			room -= runes(others)
		}
		title := l.chatTitle(f, true)
		if runes(title) > room {
			body.WriteString(rest)
			break
		}
		body.WriteString(title)
	}
	return header + body.String() + tail
}

// chatForm is a way to tell a finding: whole where its command is told, mends the role whose one change that is.
type chatForm struct {
	text  string
	whole bool
	mends string
}

// chatForms are the ways to tell a finding, the best first: with the one change that mends all that its role lacks, or,
// where that stands above already, with a word about it; then with its own command.
func (l Language) chatForms(r *finding.Report, f *finding.Finding, mended map[string]bool) []chatForm {
	var forms []chatForm
	add := func(fix, mends string) {
		for _, symptom := range []bool{true, false} {
			forms = append(forms, chatForm{l.chatFinding(f, symptom, fix), true, mends})
		}
	}
	if one := roleFix(r, f); one != nil {
		switch others := l.count(len(one.Findings)-1, findingNoun); {
		case mended[one.Role]:
			add(l.say(chatFixAbove)+"\n", "")
			return forms
		case blockable(one.Fix.CLI):
			add(chatBlock(l.say(chatFixAll, others), one.Fix.CLI), one.Role)
		}
	}
	switch {
	case f.Fix.CLI == "":
		add("", "")
	case blockable(f.Fix.CLI):
		label := chatFix
		if l.inTemplate(&f.Fix) {
			label = chatFixTemplate
		}
		add(chatBlock(l.say(label), f.Fix.CLI), "")
	default:
		add(l.say(chatNoCommand)+"\n", "")
	}
	return forms
}

// blockable tells whether a command can stand in a block of its own: a chat program changes what is outside.
func blockable(command string) bool {
	return pasteable(command) && !strings.ContainsAny(command, "<>") && !strings.Contains(command, fence)
}

func chatBlock(before, command string) string {
	return fmt.Sprintf("%s\n%s\n%s\n%s\n", before, fence, command, fence)
}

// chatTitles is the room that is kept for the titles of findings that are not told in full.
const chatTitles = 900

// chatTail is what stands below the findings: what went well, and what nobody knows.
func (l Language) chatTail(r *finding.Report) string {
	var b strings.Builder
	if n := len(r.Resolved); n > 0 {
		titles := make([]string, n)
		for i := range r.Resolved {
			titles[i] = mark(clipRunes(oneLine(r.Resolved[i].Title), 100))
		}
		b.WriteString("\n" + l.say(chatResolved, l.some(titles, 2)) + "\n")
	}
	if n := len(r.Gone); n > 0 {
		titles := make([]string, n)
		for i := range r.Gone {
			titles[i] = mark(clipRunes(oneLine(r.Gone[i].Title), 100))
		}
		b.WriteString("\n" + l.say(chatGone, l.some(titles, 2)) + "\n")
	}
	if open := l.unverified(r); len(open) > 0 {
		for i := range open {
			open[i] = mark(clipRunes(open[i], 130))
		}
		b.WriteString("\n" + l.say(chatUnverified, l.some(open, 2)) + "\n")
	}
	if len(r.Warnings) > 0 {
		b.WriteString("\n" + l.say(chatNote, mark(clipRunes(l.reason(oneLine(r.Warnings[0])), 200))) + "\n")
	}
	if n := len(r.Gaps); n > 0 {
		lines := l.gapLines(r.Gaps)
		how := chatGap
		if len(lines) > 1 {
			how = chatGaps
		}
		b.WriteString("\n" + l.say(how, l.count(n, gapNoun), mark(clipRunes(lines[0], 350))) + "\n")
	}
	if line := l.coverageLine(r); line != "" {
		b.WriteString("\n" + l.say(chatCoverage, mark(line)) + "\n")
	}
	return b.String()
}

// chatFinding is one finding. The fix is a command in a block, or says why there is none: half a command does harm.
func (l Language) chatFinding(f *finding.Finding, symptom bool, fix string) string {
	var b strings.Builder
	b.WriteString(l.chatTitle(f, false))
	if symptom && f.Symptom != "" {
		fmt.Fprintf(&b, "%s\n", mark(clipRunes(oneLine(f.Symptom), 300)))
	}
	if cause, _, _ := strings.Cut(f.Cause, englishDetail); cause != "" {
		b.WriteString(l.say(chatWhy, mark(clipRunes(oneLine(cause), 600))) + "\n")
	}
	b.WriteString(fix)
	return b.String()
}

// chatTitle is a finding's headline, or its line in a list.
func (l Language) chatTitle(f *finding.Finding, listed bool) string {
	severity := l.severity(f.Severity)
	if listed {
		return fmt.Sprintf("• *%s* %s%s\n", severity, mark(clipRunes(oneLine(f.Title), 160)), l.age(f))
	}
	return fmt.Sprintf("\n*%s* %s%s\n", severity, mark(clipRunes(oneLine(f.Title), 250)), l.age(f))
}

// age says since when a finding is there, where that is not now.
func (l Language) age(f *finding.Finding) string {
	when := minute(f.FirstSeen)
	switch {
	case f.Status == finding.StatusReopened && when != "":
		return " · " + l.say(ageReopened, when)
	case f.Status == finding.StatusPersisting && when != "":
		return " · " + l.say(ageSince, when)
	}
	return ""
}

// thread is the finding that a digest is about, where it is one alone: that it is resolved then stands below that it was
// found, in channels that have threads. Empty for a digest about several.
func thread(r *finding.Report) string {
	var ids []string
	for _, f := range active(r) {
		ids = append(ids, f.ID)
	}
	for i := range r.Resolved {
		ids = append(ids, r.Resolved[i].ID)
	}
	for i := range r.Gone {
		ids = append(ids, r.Gone[i].ID)
	}
	if len(ids) != 1 {
		return ""
	}
	return ids[0]
}

const fence = "```"

// machineWords are ARNs, IAM actions, service principals, addresses, and what else holds a character that a chat
// program takes for bold, italic or struck out, or for a link.
var machineWords = regexp.MustCompile(`\barn:[^\s,;"()（）、。]*[^\s,;"().:（）、。]` +
	`|\b[a-z0-9-]+:(?:\*|[A-Z][A-Za-z0-9*]*)` +
	`|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com\b` +
	`|\bhttps?://[^\s"（）、。]+` +
	`|[^\s"(),;（）、。]*[*_~][^\s"(),;（）、。]*`)

// harmless takes the meaning from what addresses people or makes markup.
var harmless = strings.NewReplacer("<", "‹", ">", "›", "`", "'",
	"@channel", "(at)channel", "@here", "(at)here", "@everyone", "(at)everyone")

// mark puts every ARN, action and whatever else a chat program would take for markup into backticks, once, and
// makes a name that somebody gave a resource harmless.
func mark(text string) string {
	return machineWords.ReplaceAllStringFunc(harmless.Replace(oneLine(text)), func(word string) string {
		end := len(strings.TrimRight(word, ".:"))
		if end == 0 {
			return word
		}
		return "`" + word[:end] + "`" + word[end:]
	})
}

// code is text that stands in backticks already.
func code(text string) string { return harmless.Replace(oneLine(text)) }

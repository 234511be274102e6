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
func Chat(r *finding.Report, id string) (string, error) {
	notification := chatNotification{
		Version: "1.0", Source: "custom", ID: id,
		Content: chatContent{
			TextType:    "client-markdown",
			Title:       clip("permprobe: "+Headline(r), chatHeadline),
			Description: chatText(r),
		},
		Metadata: chatMetadata{
			Summary:   Headline(r),
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
		if f.Fix.Summary != "" {
			notification.Content.NextSteps = append(notification.Content.NextSteps, mark(clip(oneLine(f.Fix.Summary), chatStep)))
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

// chatText lists the findings, worst first: as many as fit with symptom, cause and command, the others by their
// titles. A command more is worth less than knowing what else is broken, so titles have room of their own.
func chatText(r *finding.Report) string {
	header := fmt.Sprintf("Account `%s`, region `%s`: %s.\n", code(r.Account), code(r.Region), checked(r))
	if stopped := cutShort(r); stopped != "" {
		header += fmt.Sprintf("*Cut short:* %s\n", mark(stopped))
	}
	tail := chatTail(r)
	found := active(r)
	after := make([]int, len(found)+1) // what the titles from here on take
	for i := len(found) - 1; i >= 0; i-- {
		after[i] = after[i+1] + len(chatTitle(found[i], true))
	}
	var body strings.Builder
	whole := true // until one does not fit; after it only titles are told
	for i, f := range found {
		rest := fmt.Sprintf("+%d more in the e-mail and in the report\n", len(found)-i)
		room := chatDescription - len(header) - body.Len() - len(rest) - len(tail)
		if whole {
			forms := []string{chatFinding(f, true, true), chatFinding(f, false, true)}
			kept := 0
			if i < len(found)-1 {
				kept = len(chatOthers) + min(after[i+1], chatTitles)
			}
			if i == 0 {
				forms, kept = append(forms, chatFinding(f, false, false)), min(kept, chatTitles/2)
			}
			if fits := slices.IndexFunc(forms, func(form string) bool { return len(form) <= room-kept }); fits >= 0 {
				body.WriteString(forms[fits])
				whole = fits < 2
				if !whole && i < len(found)-1 {
					body.WriteString(chatOthers)
				}
				continue
			}
			whole = false
			body.WriteString(chatOthers)
			room -= len(chatOthers)
		}
		title := chatTitle(f, true)
		if len(title) > room {
			body.WriteString(rest)
			break
		}
		body.WriteString(title)
	}
	return header + body.String() + tail
}

// chatTitles is the room that is kept for the titles of findings that are not told in full.
const chatTitles = 900

// chatOthers stands above them.
const chatOthers = "\n*Also* (causes and commands are in the e-mail and in the report):\n"

// chatTail is what stands below the findings: what went well, and what nobody knows.
func chatTail(r *finding.Report) string {
	var b strings.Builder
	if n := len(r.Resolved); n > 0 {
		titles := make([]string, n)
		for i := range r.Resolved {
			titles[i] = mark(clip(oneLine(r.Resolved[i].Title), 100))
		}
		fmt.Fprintf(&b, "\n*Resolved:* %s\n", some(titles, 2))
	}
	if n := len(r.Gone); n > 0 {
		titles := make([]string, n)
		for i := range r.Gone {
			titles[i] = mark(clip(oneLine(r.Gone[i].Title), 100))
		}
		fmt.Fprintf(&b, "\n*Function deleted, or not checked any more:* %s\n", some(titles, 2))
	}
	if open := unverified(r); len(open) > 0 {
		for i := range open {
			open[i] = mark(clip(open[i], 130))
		}
		fmt.Fprintf(&b, "\n*Found before, not looked at now:* %s\n", some(open, 2))
	}
	if len(r.Warnings) > 0 {
		fmt.Fprintf(&b, "\n*Note:* %s\n", mark(clip(oneLine(r.Warnings[0]), 200)))
	}
	if n := len(r.Gaps); n > 0 {
		lines := gapLines(r.Gaps)
		what := count(n, "gap")
		if len(lines) > 1 {
			what += ", for example"
		}
		fmt.Fprintf(&b, "\n*Not decided:* %s: %s\n", what, mark(clip(lines[0], 350)))
	}
	if line := coverageLine(r); line != "" {
		fmt.Fprintf(&b, "\n*Coverage:* %s\n", mark(line))
	}
	return b.String()
}

// chatFinding is one finding. The command stands in a block of its own or is not shown: a chat program changes
// what is outside, and half a command does harm.
func chatFinding(f *finding.Finding, symptom, command bool) string {
	var b strings.Builder
	b.WriteString(chatTitle(f, false))
	if symptom && f.Symptom != "" {
		fmt.Fprintf(&b, "%s\n", mark(clip(oneLine(f.Symptom), 300)))
	}
	if f.Cause != "" {
		fmt.Fprintf(&b, "*Why:* %s\n", mark(clip(oneLine(f.Cause), 600)))
	}
	switch {
	case f.Fix.CLI == "":
	case command && pasteable(f.Fix.CLI) && !strings.ContainsAny(f.Fix.CLI, "<>") && !strings.Contains(f.Fix.CLI, fence):
		fmt.Fprintf(&b, "*Fix:*\n%s\n%s\n%s\n", fence, f.Fix.CLI, fence)
	default:
		b.WriteString("*Fix:* the command does not fit in a chat message: it is in the e-mail and in the report.\n")
	}
	return b.String()
}

// chatTitle is a finding's headline, or its line in a list.
func chatTitle(f *finding.Finding, listed bool) string {
	severity := strings.ToUpper(string(f.Severity))
	if listed {
		return fmt.Sprintf("• *%s* %s\n", severity, mark(clip(oneLine(f.Title), 160)))
	}
	return fmt.Sprintf("\n*%s* %s\n", severity, mark(clip(oneLine(f.Title), 250)))
}

const fence = "```"

// machineWords are ARNs, IAM actions, service principals, addresses, and what else holds a character that a chat
// program takes for bold, italic or struck out, or for a link.
var machineWords = regexp.MustCompile(`\barn:[^\s,;"()]*[^\s,;"().:]` +
	`|\b[a-z0-9-]+:(?:\*|[A-Z][A-Za-z0-9*]*)` +
	`|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com\b` +
	`|\bhttps?://[^\s"]+` +
	`|[^\s"(),;]*[*_~][^\s"(),;]*`)

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

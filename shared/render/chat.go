package render

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"permprobe/shared/finding"
)

// What a chat message holds at the most. Slack publishes no limit; longer ones are cut or hard to read.
const (
	chatTitle       = 100
	chatDescription = 2500
	chatNextSteps   = 5
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
			Title:       clip("permprobe: "+Headline(r), chatTitle),
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
	for i := range r.Findings {
		f := &r.Findings[i]
		if i == chatNextSteps {
			break
		}
		if f.Fix.Summary != "" {
			notification.Content.NextSteps = append(notification.Content.NextSteps, mark(f.Fix.Summary))
		}
		notification.Metadata.RelatedResources = append(notification.Metadata.RelatedResources, f.Function)
	}
	text, err := json.Marshal(notification)
	if err != nil {
		return "", fmt.Errorf("write the chat message: %w", err)
	}
	return string(text), nil
}

// chatText lists as many findings as fit, worst first, each with its cause and the one command.
func chatText(r *finding.Report) string {
	header := fmt.Sprintf("Account `%s`, region `%s`: %s checked.\n", r.Account, r.Region, count(r.Summary.Functions, "function"))
	tail := ""
	if n := len(r.Gaps); n > 0 {
		tail = fmt.Sprintf("\n*Not decided:* %s, for example: %s\n", count(n, "gap"), mark(gapLine(r.Gaps[0])))
		tail = clip(tail, chatDescription/4)
	}
	var body strings.Builder
	for i := range r.Findings {
		entry := chatFinding(&r.Findings[i])
		rest := ""
		if left := len(r.Findings) - i; left > 0 {
			rest = fmt.Sprintf("\n+%d more in the report and in the e-mail\n", left)
		}
		if len(header)+body.Len()+len(entry)+len(rest)+len(tail) > chatDescription {
			body.WriteString(rest)
			break
		}
		body.WriteString(entry)
	}
	return header + body.String() + tail
}

func chatFinding(f *finding.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n*%s* %s\n%s\n", strings.ToUpper(string(f.Severity)), mark(f.Title), mark(f.Cause))
	if f.Fix.CLI != "" {
		fmt.Fprintf(&b, "```%s```\n", strings.ReplaceAll(f.Fix.CLI, "```", "` ` `"))
	}
	return b.String()
}

// machineWords are ARNs, IAM actions and service principals: a chat program would take a * for bold and a host
// name for a link.
var machineWords = regexp.MustCompile(`\barn:[^\s,;"()]*[^\s,;"().:]|\b[a-z0-9-]+:[A-Z][A-Za-z0-9]*\*?|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com\b`)

// mark puts every ARN and action that is not yet in backticks into them, and makes a name that somebody
// gave a resource harmless.
func mark(text string) string {
	parts := strings.Split(strings.NewReplacer("<", "‹", ">", "›", "\n", " ").Replace(text), "`")
	for i := range parts {
		if i%2 == 0 { // outside backticks
			parts[i] = machineWords.ReplaceAllString(parts[i], "`$0`")
		}
	}
	return strings.Join(parts, "`")
}

// clip cuts text to at most limit bytes, at a rune, and says so.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const more = "…"
	cut := limit - len(more)
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut] + more
}

package render

import (
	"encoding/json"
	"fmt"

	"permprobe/shared/finding"
)

// BriefSubject is the subject of a digest that could not be sent as a whole: fixed words.
const BriefSubject = "permprobe: a notice in short, because it could not be sent as a whole"

// Brief is a digest of fixed words and counts, for one that was refused for what it holds.
func (l Language) Brief(r *finding.Report) string {
	return fmt.Sprintf("permprobe: %s\n%s\n\n%s\n", l.Headline(r), l.say(textAccount, oneLine(r.Account), oneLine(r.Region)), l.say(briefNote))
}

// BriefChat is Brief for Slack, as JSON.
func (l Language) BriefChat(r *finding.Report, id string) (string, error) {
	text, err := json.Marshal(chatNotification{
		Version: "1.0", Source: "custom", ID: id,
		Content: chatContent{
			TextType:    "client-markdown",
			Title:       clipRunes("permprobe: "+l.Headline(r), chatHeadline),
			Description: l.say(chatHeader, code(r.Account), code(r.Region), l.checked(r)) + "\n" + l.say(briefNote),
		},
		Metadata: chatMetadata{
			Summary: l.Headline(r), EventType: "permprobe digest",
			AdditionalContext: map[string]string{"account": r.Account, "region": r.Region, "status": string(r.Status)},
		},
	})
	if err != nil {
		return "", fmt.Errorf("write the chat message in short: %w", err)
	}
	return string(text), nil
}

// ShortEmail is the digest as plain text with the titles of the worst findings alone.
func (l Language) ShortEmail(r *finding.Report) string {
	text := l.Brief(r)
	if titles := l.titles(active(l.translate(r))); titles != "" {
		text += "\n" + titles
	}
	return text
}

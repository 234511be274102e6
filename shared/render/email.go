package render

import (
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// emailLimit leaves room in SNS's 256 KiB for the other variants, and for the escapes of JSON, which at worst
// double it.
const emailLimit = 60 * 1024

// subjectLimit is SNS's: "less than 100 characters", ASCII without line breaks.
//
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const subjectLimit = 99

// Email is the digest as plain text.
func (l Language) Email(r *finding.Report) string { return l.write(r, emailLimit, nowhere) }

// Subject is the subject line of the digest: what is worst, and where. SNS takes ASCII alone, so it is English in every
// language.
func Subject(r *finding.Report) string {
	begin, end := "permprobe: ", " in "+ascii(r.Account)+" "+ascii(r.Region)
	what := English.Headline(r)
	if found := active(r); len(found) > 0 {
		begin = "permprobe " + strings.ToUpper(ascii(string(found[0].Severity))) + ": "
		what = found[0].Title
		if len(found) > 1 {
			end = fmt.Sprintf(" (+%d more)%s", len(found)-1, end)
		}
	}
	what = ascii(what)
	if room := subjectLimit - len(begin) - len(end); len(what) > room {
		const more = "..."
		what = strings.TrimRight(what[:max(0, room-len(more))], " ") + more
	}
	subject := begin + what + end
	return subject[:min(len(subject), subjectLimit)]
}

// ascii leaves the characters that a subject may hold.
func ascii(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return -1
		}
		return c
	}, oneLine(text))
}

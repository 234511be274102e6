package render

import (
	"strings"

	"permprobe/shared/finding"
)

// emailLimit keeps the message far below SNS's 256 KiB, all variants together.
const emailLimit = 100 * 1024

// subjectLimit is SNS's: 100 characters of ASCII without line breaks.
//
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const subjectLimit = 100

// Email is the digest as plain text.
func Email(r *finding.Report) string {
	text := Text(r)
	if len(text) > emailLimit {
		text = clip(text, emailLimit) + "\nThe rest is in the report of the run.\n"
	}
	return text
}

// Subject is the subject line of the digest.
func Subject(r *finding.Report) string {
	line := "permprobe " + r.Account + " " + r.Region + ": " + Headline(r)
	line = strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return -1
		}
		return c
	}, line)
	if len(line) > subjectLimit {
		line = line[:subjectLimit]
	}
	return line
}

package render

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"permprobe/shared/finding"
)

// oneLine makes text harmless that holds names which somebody gave a resource: one line, without control
// characters and without the invisible ones that turn a text around or hide a part of it.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case !shown(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return strings.TrimSpace(text)
}

// shown tells whether a character is one that a reader sees.
func shown(r rune) bool { return !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r) }

// pasteable tells whether a command looks like what it is. A command is shown as it is or not at all: half of
// one, or one that was made harmless, does something else.
func pasteable(command string) bool {
	return command != "" && strings.ToValidUTF8(command, "") == command && strings.IndexFunc(command, func(r rune) bool {
		return r != '\n' && (!shown(r) || r == '\u2028' || r == '\u2029')
	}) < 0
}

// clip cuts text to at most limit bytes, at a rune, and says so.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const more = "…"
	cut := max(0, limit-len(more))
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut] + more
}

// clipRunes cuts text to at most limit characters, and says so.
func clipRunes(text string, limit int) string {
	if runes(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}

// runes counts characters.
func runes(text string) int { return utf8.RuneCountInString(text) }

// minute is a time without its seconds; what is no time stays as it is.
func minute(when string) string {
	at, err := time.Parse(time.RFC3339, when)
	if err != nil {
		return oneLine(when)
	}
	return at.UTC().Format("2006-01-02 15:04") + " UTC"
}

func count(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s", noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// some lists the first names and counts the rest.
func (l Language) some(names []string, limit int) string {
	if left := len(names) - limit; left > 0 {
		return l.say(someMore, strings.Join(names[:limit], l.say(comma)), left)
	}
	return strings.Join(names, l.say(comma))
}

func functionName(arn string) string {
	if _, name, found := strings.Cut(arn, ":function:"); found {
		return name
	}
	return arn
}

// active are the findings that count: the muted ones, and those that could not be looked at now, are only listed.
func active(r *finding.Report) []*finding.Finding {
	var out []*finding.Finding
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Status != finding.StatusSuppressed && f.Status != finding.StatusUnverified {
			out = append(out, f)
		}
	}
	return out
}

// unverified are the titles of the findings that could not be looked at now.
func (l Language) unverified(r *finding.Report) []string {
	var out []string
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Status == finding.StatusUnverified {
			out = append(out, oneLine(f.Title)+l.since(f))
		}
	}
	return out
}

// since says from when on a finding was there; empty where that is not known.
func (l Language) since(f *finding.Finding) string {
	if f.FirstSeen == "" {
		return ""
	}
	return l.say(inBrackets, l.say(ageSince, minute(f.FirstSeen)))
}

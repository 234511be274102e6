package denial

import (
	"html"
	"strings"
	"unicode/utf8"
)

// text is a text made plain: escapes resolved, colours and markup entities removed, white space folded.
type text struct {
	s   string
	low string // s with ASCII letters in lower case, byte by byte
}

func newText(s string) *text {
	s = plain(s)
	if strings.Contains(s, "&") {
		s = html.UnescapeString(s)
	}
	s = fold(s)
	return &text{s: s, low: lower(s)}
}

// plain resolves the escapes of JSON, however deep, and drops terminal colours. A log line nests them: a message in a
// JSON record in a JSON record has \\\" where AWS wrote a quotation mark.
func plain(s string) string {
	if strings.IndexByte(s, '\\') < 0 && strings.IndexByte(s, 0x1b) < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		switch c := s[i]; c {
		case '\\':
			j := i
			for j < len(s) && s[j] == '\\' {
				j++
			}
			r, n := escape(s[j:])
			switch {
			case r == 0x1b:
				i = j + n + colour(s[j+n:])
			case n > 0:
				b.WriteRune(r)
				i = j + n
			default:
				b.WriteByte('\\')
				i = j
			}
		case 0x1b:
			i += 1 + colour(s[i+1:])
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

// escape reads what follows a backslash; n is 0 where that is no escape.
func escape(s string) (r rune, n int) {
	if s == "" {
		return 0, 0
	}
	switch s[0] {
	case '"', '\'', '/', '`':
		return rune(s[0]), 1
	case 'n':
		return '\n', 1
	case 'r', 't':
		return ' ', 1
	case 'e':
		if strings.HasPrefix(s, "e[") {
			return 0x1b, 1
		}
	case 'u':
		if v, ok := hex(s[1:], 4); ok {
			return v, 5
		}
	case 'x':
		if v, ok := hex(s[1:], 2); ok {
			return v, 3
		}
	case '0':
		if strings.HasPrefix(s, "033") {
			return 0x1b, 3
		}
	}
	return 0, 0
}

func hex(s string, n int) (rune, bool) {
	if len(s) < n {
		return 0, false
	}
	var v rune
	for _, c := range []byte(s[:n]) {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

// colour is the length of a terminal control sequence behind its escape character.
func colour(s string) int {
	if s == "" || s[0] != '[' {
		return 0
	}
	i := 1
	for i < len(s) && i < 32 && (s[i] >= '0' && s[i] <= '9' || s[i] == ';') {
		i++
	}
	if i < len(s) && (s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z') {
		i++
	}
	return i
}

// fold makes one space of every run of white space and of the bars of boxes that tools draw around messages, and plain marks of
// typographic quotation marks.
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := true // nothing in front of the first word
	line := false // nothing yet on a line that is not the first
	for i, r := range s {
		switch r {
		case '|', '>':
			if line && i+1 < len(s) && s[i+1] == ' ' {
				continue // the margin that a tool or a quotation puts before every line that it wrapped
			}
		case ' ', '\t', '\n', '\r', '\v', '\f', 0x85, 0xa0, 0x2028, 0x2029, 0x202f, 0x3000, '│', '┃', '║', '╷', '╵':
			line = line || r == '\n'
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		case '“', '”', '„', '«', '»':
			r = '"'
		case '‘', '’', '‚':
			r = '\''
		case 0x200b, 0xfeff, 0: // no width
			continue
		}
		space, line = false, false
		if r == utf8.RuneError {
			b.WriteString("\uFFFD")
			continue
		}
		b.WriteRune(r)
	}
	return strings.TrimSuffix(b.String(), " ")
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// before returns up to n bytes in front of at, and after up to n bytes from at, both in lower case.
func (t *text) before(at, n int) string { return t.low[max(0, at-n):at] }
func (t *text) after(at, n int) string  { return t.low[at:min(len(t.low), at+n)] }

// skip moves over any of the characters.
func (t *text) skip(at int, chars string) int {
	for at < len(t.s) && strings.IndexByte(chars, t.s[at]) >= 0 {
		at++
	}
	return at
}

// atEnd reports whether the text ends at, or is cut there.
func (t *text) atEnd(at int) bool {
	rest := strings.TrimRight(t.s[min(at, len(t.s)):min(len(t.s), at+16)], " .…\"'}])")
	return rest == "" && len(t.s)-at < 16
}

// maxValue is the longest value that is read: longer than any ARN.
const maxValue = 2048

// value reads a resource or an ARN as printed: what quotation marks enclose, else a word. It returns where it ends.
func (t *text) value(at int) (string, int) {
	at = t.skip(at, " ")
	if at >= len(t.s) {
		return "", at
	}
	if q := t.s[at]; q == '"' || q == '\'' || q == '`' {
		for at+1 < len(t.s) && t.s[at+1] == q {
			at++ // a table of comma-separated values doubles the marks
		}
		limit := min(len(t.s), at+1+maxValue)
		if end := strings.IndexByte(t.s[at+1:limit], q); end > 0 {
			return strings.TrimSpace(t.s[at+1 : at+1+end]), at + 2 + end
		}
		at++
	}
	return t.word(at)
}

// word reads to the next space or mark that no resource holds, without the punctuation of the sentence around it.
func (t *text) word(at int) (string, int) {
	end, angle := at, 0
	limit := min(len(t.s), at+maxValue)
scan:
	for end < limit {
		switch c := t.s[end]; c {
		case ' ':
			if angle == 0 {
				break scan // <bucket name> is one redaction
			}
		case '"', '`', '\\', '|':
			break scan
		case '<':
			if end+1 < limit && (t.s[end+1] == '/' || t.s[end+1] == '?') || !closes(t.s[end:limit]) {
				break scan // markup
			}
			angle++
		case '>':
			if angle == 0 {
				break scan
			}
			angle--
		}
		end++
	}
	// A limit inside a character of several bytes gives that character up.
	for end < len(t.s) && end > at && !utf8.RuneStart(t.s[end]) {
		end--
	}
	return trimmed(t.s[at:end]), end
}

// closes reports whether a bracket that opens a redaction is closed soon.
func closes(s string) bool {
	end := strings.IndexByte(s[:min(len(s), 60)], '>')
	return end > 0 && strings.IndexByte(s[1:end], '<') < 0
}

// trimmed drops punctuation that belongs to the sentence; a cut that is printed ("...") stays.
func trimmed(w string) string {
	for w != "" {
		if strings.HasSuffix(w, "...") || strings.HasSuffix(w, "…") {
			return w
		}
		c := w[len(w)-1]
		switch c {
		case '.', ',', ';', '!', '?', '\'', '"', '`':
		case ')':
			if strings.Count(w, "(") >= strings.Count(w, ")") {
				return w
			}
		case ']':
			if strings.Count(w, "[") >= strings.Count(w, "]") {
				return w
			}
		case '}':
			if strings.Count(w, "{") >= strings.Count(w, "}") {
				return w
			}
		case ':':
			if strings.HasPrefix(w, "arn:") {
				return w // a log stream without a name ends so
			}
		default:
			return w
		}
		w = w[:len(w)-1]
	}
	return w
}

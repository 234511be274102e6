package denial

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// part is a stretch of a text: plain, or a record of CloudTrail, whose fields say whether a call was refused.
type part struct {
	text   string
	record *record
}

// record is what a CloudTrail record says of a call.
//
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html.
type record struct {
	code, message, source, name, principal, resource string
}

// Limits of what is taken apart: what lies beyond is read as plain text.
const (
	maxDepth     = 40 // nested values of a document
	maxEmbedded  = 5  // documents in texts of documents
	maxDocuments = 64 // documents in one text
	maxBroken    = 8  // brackets that look like a document's and are not: each costs a look at the whole rest
)

// split takes the JSON documents of a text apart, so that a record of a successful call is not read as words, and the
// texts of a log record are read without their quotation.
func split(s string) []part { return splitAt(s, 0) }

func splitAt(s string, depth int) []part {
	var parts []part
	var plain strings.Builder
	flush := func() {
		if strings.TrimSpace(plain.String()) != "" {
			parts = append(parts, part{text: plain.String()})
		}
		plain.Reset()
	}
	rest := s
	broken := 0
	for n := 0; n < maxDocuments && broken < maxBroken && depth < maxEmbedded; n++ {
		open := strings.IndexAny(rest, "{[")
		if open < 0 {
			break
		}
		// Most brackets open no document; a look at what follows spares the attempt.
		value, size, ok := document(rest[open:])
		if !ok {
			if size > 0 {
				broken++
			} else {
				n-- // nothing was tried
			}
			plain.WriteString(rest[:open+1])
			rest = rest[open+1:]
			continue
		}
		plain.WriteString(rest[:open])
		w := writer{depth: depth, plain: &plain, flush: flush, parts: &parts}
		w.value("", value, 0)
		plain.WriteByte(' ')
		rest = rest[open+size:]
	}
	plain.WriteString(rest)
	flush()
	return parts
}

// document decodes the JSON object or list that a text begins with.
func document(s string) (value any, size int, ok bool) {
	next := strings.TrimLeft(s[1:min(len(s), 64)], " \t\r\n")
	if next == "" || strings.IndexByte(`"{[]}`, next[0]) < 0 || s[0] == '{' && next[0] != '"' && next[0] != '}' {
		return nil, 0, false
	}
	d := json.NewDecoder(strings.NewReader(s))
	var raw json.RawMessage
	if d.Decode(&raw) != nil {
		return nil, 1, false
	}
	v, ok := ordered(raw)
	return v, int(d.InputOffset()), ok
}

// member is a key of an object and its value; objects keep the order of their keys.
type member struct {
	key   string
	value any
}

// ordered decodes a document with objects as []member, lists as []any and everything else but texts as nil.
func ordered(raw []byte) (any, bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return decode(d, 0)
}

func decode(d *json.Decoder, depth int) (any, bool) {
	if depth > maxDepth {
		return nil, false
	}
	token, err := d.Token()
	if err != nil {
		return nil, false
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			members := []member{}
			for d.More() {
				key, err := d.Token()
				name, ok := key.(string)
				if err != nil || !ok {
					return nil, false
				}
				value, ok := decode(d, depth+1)
				if !ok {
					return nil, false
				}
				members = append(members, member{name, value})
			}
			_, err := d.Token()
			return members, err == nil
		}
		list := []any{}
		for d.More() {
			value, ok := decode(d, depth+1)
			if !ok {
				return nil, false
			}
			list = append(list, value)
		}
		_, err := d.Token()
		return list, err == nil
	case string:
		return v, true
	case json.Number:
		return v, true
	case bool:
		return v, true
	}
	return nil, true
}

// writer writes a document as plain text, but for the records in it.
type writer struct {
	depth int
	plain *strings.Builder
	flush func()
	parts *[]part
}

func (w *writer) value(key string, value any, depth int) {
	switch v := value.(type) {
	case []member:
		if r, ok := recordOf(v); ok {
			w.flush()
			if r != nil {
				*w.parts = append(*w.parts, part{record: r})
			}
			return
		}
		w.key(key)
		w.plain.WriteString("{")
		for _, m := range v {
			w.value(m.key, m.value, depth+1)
		}
		w.plain.WriteString("} ")
	case []any:
		w.key(key)
		w.plain.WriteString("[")
		for i, e := range v {
			if i > 0 {
				w.plain.WriteString(", ")
			}
			w.value("", e, depth+1)
		}
		w.plain.WriteString("] ")
	case string:
		if trimmed := strings.TrimSpace(v); len(trimmed) > 1 && (trimmed[0] == '{' || trimmed[0] == '[') && w.depth+1 < maxEmbedded {
			if inner, size, ok := document(trimmed); ok && size == len(trimmed) {
				deeper := *w
				deeper.depth++
				deeper.value(key, inner, depth+1)
				return
			}
		}
		w.key(key)
		w.plain.WriteString(`"` + v + `"`)
		if key != "" {
			w.plain.WriteString(", ")
		}
	case json.Number:
		w.key(key)
		w.plain.WriteString(v.String() + ", ")
	case bool:
		w.key(key)
		w.plain.WriteString(strconv.FormatBool(v) + ", ")
	}
}

func (w *writer) key(key string) {
	if key != "" {
		w.plain.WriteString(`"` + key + `": `)
	}
}

func field(members []member, name string) any {
	for _, m := range members {
		if m.key == name {
			return m.value
		}
	}
	return nil
}

func textOf(members []member, name string) string {
	s, _ := field(members, name).(string)
	return s
}

// recordOf reads a record of CloudTrail; nil with true for one that says nothing was refused, and for a policy.
func recordOf(members []member) (*record, bool) {
	source, name := textOf(members, "eventSource"), textOf(members, "eventName")
	if statement := field(members, "Statement"); statement != nil && source == "" {
		switch statement.(type) {
		case []any, []member:
			return nil, true // a policy's text denies nothing
		}
	}
	identity, _ := field(members, "userIdentity").([]member)
	if source == "" || name == "" || !strings.HasSuffix(source, ".amazonaws.com") && !strings.HasSuffix(source, ".amazonaws.com.cn") && identity == nil {
		return nil, false
	}
	r := &record{code: textOf(members, "errorCode"), message: textOf(members, "errorMessage"), source: source, name: name}
	if r.code == "" {
		return nil, true
	}
	r.principal = textOf(identity, "arn")
	if r.principal == "" {
		r.principal = textOf(identity, "invokedBy")
	}
	resources, _ := field(members, "resources").([]any)
	for _, e := range resources {
		m, _ := e.([]member)
		for _, key := range []string{"ARN", "arn"} {
			if arn := textOf(m, key); arn != "" && r.resource == "" {
				r.resource = arn
			}
		}
	}
	if len(resources) != 1 {
		r.resource = "" // which of them was refused is not said
	}
	return r, true
}

// hits reads a record: its message as any text, and what it lacks from the record's own fields.
func (r *record) hits() []hit {
	_, refused := refusal(r.code)
	found := scan(newText(r.message))
	if !refused && !strings.Contains(r.code, "Client.Unauthorized") {
		// The code is another one; only an unmistakable message counts.
		var kept []hit
		for _, h := range found {
			if !h.denied || !h.weak {
				kept = append(kept, h)
			}
		}
		if len(kept) == 0 {
			kept = scan(newText(r.code))
		}
		found = kept
	} else if !anyDenied(found) {
		h := hit{denied: true, weak: true}
		h.Place, h.Recogniser = Ambiguous, "cloudtrail"
		if strings.EqualFold(r.code, "VpceAccessDenied") {
			// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html
			h.Place, h.Guardrail = Guardrails, VPCEndpoint
		}
		found = []hit{h}
	}
	for i := range found {
		h := &found[i]
		if !h.denied {
			continue
		}
		if h.Action == "" && (h.Service == "" || h.Service == r.service()) {
			h.setOperation(r.service(), r.operation())
		}
		if h.Principal == "" {
			h.Principal = r.principal
		}
		if h.Resource == "" && h.Service == r.service() && h.weak {
			h.Resource = r.resource
		}
	}
	return found
}

func anyDenied(hits []hit) bool {
	for i := range hits {
		if hits[i].denied {
			return true
		}
	}
	return false
}

// service is the IAM prefix of the record's source: kms.amazonaws.com.
func (r *record) service() string {
	name, _, _ := strings.Cut(r.source, ".")
	if p := prefixFor(name); p != "" {
		return p
	}
	return name
}

// operation drops the version that some services append to the name: GetFunction20150331v2.
func (r *record) operation() string {
	for i := 0; i+8 <= len(r.name); i++ {
		if strings.HasPrefix(r.name[i:], "20") && strings.Trim(r.name[i:i+8], "0123456789") == "" {
			return r.name[:i]
		}
	}
	return r.name
}

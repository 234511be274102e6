package denial

import (
	"sort"
	"strings"
)

// Recogniser knows one form in which AWS says no, or says something that is easily taken for it.
type Recogniser struct {
	ID      string
	Text    string   // what the form is
	Page    string   // the documentation or the place where the form is shown
	Example string   // a text in which the form is found
	anchors []string // in lower case: one of them is in every such text
	// match reads the form around an anchor that begins at i.
	match func(t *text, i int, anchor string) (hit, bool)
}

// hit is a form found in a text.
type hit struct {
	Denial
	start, end int
	denied     bool  // false: a form that says that this is no denial
	place      Place // of one that is no denial
	weak       bool  // a wrapper or a code: the sentence inside says more
}

// Recognisers lists every form, the more telling ones first.
func Recognisers() []Recogniser {
	list := sentences()
	list = append(list, lambdaTexts()...)
	list = append(list, keyTexts()...)
	list = append(list, wrappers()...)
	return append(list, notDenials()...)
}

// recognisers is built once: it is read only.
var recognisers = Recognisers()

// scan finds every form in a text and lets the telling ones stand.
func scan(t *text) []hit {
	var hits []hit
	for i := range recognisers {
		r := &recognisers[i]
		for _, anchor := range r.anchors {
			for at := 0; len(hits) < 4*maxDenials; {
				found := strings.Index(t.low[at:], anchor)
				if found < 0 {
					break
				}
				found += at
				at = found + len(anchor)
				if h, ok := r.match(t, found, anchor); ok {
					h.Recogniser = r.ID
					hits = append(hits, h)
					at = max(at, min(h.end, len(t.low)))
				}
			}
		}
	}
	sort.SliceStable(hits, func(i, j int) bool { return hits[i].start < hits[j].start })
	return arrange(t, hits)
}

// arrange joins wrappers with the sentence that they wrap, and drops what only a document says.
func arrange(t *text, hits []hit) []hit {
	var kept []hit
	for i := range hits {
		h := &hits[i]
		if h.denied && (talks(t, h) || foreign(t, h)) {
			continue
		}
		kept = append(kept, *h)
	}
	strong := make([]bool, len(kept))
	for i := range kept {
		strong[i] = kept[i].denied && !kept[i].weak
	}
	var out []hit
	for i := range kept {
		h := &kept[i]
		if !h.denied || !h.weak {
			out = append(out, *h)
			continue
		}
		if j, ok := inside(t, kept, strong, i); ok {
			lend(&kept[j], h)
			for k := range out {
				if out[k].start == kept[j].start && out[k].Recogniser == kept[j].Recogniser {
					out[k] = kept[j]
				}
			}
			continue
		}
		out = append(out, *h)
	}
	// One that only says "denied" adds nothing beside one that says what: the name of an exception and its message.
	telling := false
	for i := range out {
		telling = telling || out[i].denied && (!out[i].weak || out[i].Action != "" || out[i].Resource != "")
	}
	if !telling {
		return out
	}
	var rest []hit
	for i := range out {
		if h := &out[i]; h.denied && h.weak && h.Action == "" && h.Resource == "" && h.Principal == "" && h.Reason == "" {
			continue
		}
		rest = append(rest, out[i])
	}
	return rest
}

// wrapped is how far a wrapper's own message lies from it.
const wrapped = 700

// inside finds the sentence that the wrapper i wraps.
func inside(t *text, hits []hit, strong []bool, i int) (int, bool) {
	w := &hits[i]
	if message := t.after(min(w.end, len(t.low)), 80); bare(message) {
		return 0, false
	}
	for j := i + 1; j < len(hits); j++ {
		if hits[j].start-w.end > wrapped {
			break
		}
		if strong[j] {
			return j, true
		}
		if hits[j].weak && w.Action != "" && hits[j].Action != "" && hits[j].Action != w.Action {
			break // the next wrapper
		}
	}
	for j := i - 1; j >= 0; j-- {
		if strong[j] {
			if w.start-hits[j].end <= wrapped || hits[j].end >= w.start {
				return j, true
			}
			break
		}
	}
	return 0, false
}

// bare reports whether a wrapper's message says nothing but no.
func bare(message string) bool {
	message = strings.TrimLeft(message, ": \"'")
	for _, m := range []string{"access denied", "forbidden", "accessdenied"} {
		if rest, ok := strings.CutPrefix(message, m); ok {
			rest = strings.TrimLeft(rest, ".\"' ")
			return !strings.HasPrefix(rest, ": user") && !strings.HasPrefix(rest, "user:") && !strings.HasPrefix(rest, ": the ")
		}
	}
	return false
}

// lend gives a sentence what only its wrapper holds.
func lend(to, from *hit) {
	if to.Action == "" && to.Service == "" {
		to.Action, to.Service = from.Action, from.Service
	} else if to.Action == "" && from.Action != "" && to.Service == from.Service {
		to.Action = from.Action
	}
	if to.Principal == "" {
		to.Principal = from.Principal
	}
	if to.AuthorizationID == "" {
		to.AuthorizationID = from.AuthorizationID
	}
	to.start = min(to.start, from.start)
}

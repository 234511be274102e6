package ledger

import (
	"encoding/json"
	"fmt"
	"slices"

	"permprobe/shared/finding"
)

// maxTexts bounds what the texts of waiting notices weigh together: those of some 400. A notice beyond names a finding of
// the book instead, so that a large account's first findings do not make the object several times as large. Such a notice
// says what is wrong where, and leaves out why and how it is mended, if it has to wait for another run.
const maxTexts = 1 << 20

// waiting is a notice as the object holds it.
type waiting struct {
	finding.Notice
	// ID and Status stand for a finding that is in the book; empty where the notice holds its own.
	ID     string         `json:"id,omitempty"`
	Status finding.Status `json:"status,omitempty"`
}

// leftOut are the fields of a finding that the book does not hold.
func leftOut() []string {
	return []string{
		"cause", "evidence.detail", "evidence.policy", "evidence.statement", "fix.cli", "fix.cloudformation", "fix.policy", "fix.proof", "fix.sam", "fix.summary",
		"fix.terraform", "symptom",
	}
}

// parseOutbox reads the notices strictly; those that name a finding take it from the book.
func parseOutbox(data json.RawMessage, b *book) ([]finding.Notice, error) {
	if data == nil {
		return nil, nil
	}
	var held []waiting
	if err := strict(data, &held); err != nil {
		return nil, fmt.Errorf("what is to be delivered: %w", err)
	}
	notices := make([]finding.Notice, len(held))
	for i, one := range held {
		n := one.Notice
		if one.ID != "" && b != nil {
			if e, known := b.Findings[one.ID]; known && !e.closed() {
				f := e.finding(one.ID)
				f.Status = one.Status
				n.Finding, n.Omitted = &f, leftOut()
			}
		}
		if n.Kind == finding.NoticeFinding && n.Finding == nil || n.Kind == finding.NoticeGaps && len(n.Gaps) == 0 ||
			n.Kind == finding.NoticeScan && n.Scan == nil {
			return nil, fmt.Errorf("what is to be delivered: notice %d is about nothing", i)
		}
		notices[i] = n
	}
	return notices, nil
}

// encodeOutbox writes the notices that are open; nil where there are none.
func encodeOutbox(notices []finding.Notice, b *book) (json.RawMessage, error) {
	var out []json.RawMessage
	weight := 0
	for _, n := range notices {
		if !n.Open() {
			continue
		}
		text, err := json.Marshal(waiting{Notice: n.Kept()})
		if err != nil {
			return nil, fmt.Errorf("encode what is to be delivered: %w", err)
		}
		if short, ok := inBook(n, b); ok && weight+len(text) > maxTexts {
			if text, err = json.Marshal(short); err != nil {
				return nil, fmt.Errorf("encode what is to be delivered: %w", err)
			}
		} else {
			weight += len(text)
		}
		out = append(out, text)
	}
	if out == nil {
		return nil, nil
	}
	return json.Marshal(out)
}

// inBook is the notice with the id of its finding in the place of the finding, where the book holds it.
func inBook(n finding.Notice, b *book) (waiting, bool) {
	if n.Finding == nil || b == nil {
		return waiting{}, false
	}
	if e, known := b.Findings[n.Finding.ID]; !known || e.closed() {
		return waiting{}, false
	}
	short := waiting{Notice: n, ID: n.Finding.ID, Status: n.Finding.Status}
	short.Finding, short.Omitted = nil, nil
	return short, true
}

// span is a row of numbers of notices, both ends included.
type span [2]int64

// spansOf are the numbers of the notices that are still open to somebody.
func spansOf(notices []finding.Notice, open func(*finding.Notice) bool) []span {
	var numbers []int64
	for i := range notices {
		if n := &notices[i]; n.Sequence > 0 && open(n) {
			numbers = append(numbers, n.Sequence)
		}
	}
	slices.Sort(numbers)
	var out []span
	for _, n := range numbers {
		if last := len(out) - 1; last >= 0 && n <= out[last][1]+1 {
			out[last][1] = n
			continue
		}
		out = append(out, span{n, n})
	}
	return out
}

func within(spans []span, n int64) bool {
	return slices.ContainsFunc(spans, func(s span) bool { return s[0] <= n && n <= s[1] })
}

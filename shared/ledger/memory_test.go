package ledger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"permprobe/shared/ledger"
	"permprobe/shared/localaws"

	"github.com/google/go-cmp/cmp"
)

// learned is a memory with something in every field.
func learned() *ledger.Memory {
	return &ledger.Memory{
		At: start, Organization: true, Allowed: map[string]time.Time{"0a1b": start.Add(-time.Hour)},
		Functions: map[string]ledger.Function{"notes": {
			Configuration: "c1", Read: start, Own: start.Add(-time.Minute), Denied: true,
			Destinations: []ledger.Destination{{Qualifier: "live", Name: "on-failure destination", Target: "arn:aws:sqs:us-east-1:123456789012:failed"}},
		}},
	}
}

func TestTheNextRunGetsWhatTheLastOneLearned(t *testing.T) {
	w := open(t, localaws.Options{})
	one := w.begin("one")
	works(t, one, "")
	if diff := cmp.Diff(ledger.Memory{}, one.Memory); diff != "" {
		t.Errorf("the first run remembers (-want +have):\n%s", diff)
	}
	if gaps := one.End(context.Background(), first, learned(), nil); len(gaps) > 0 {
		t.Fatalf("gaps %+v", gaps)
	}
	two := w.begin("two")
	works(t, two, first)
	if diff := cmp.Diff(*learned(), two.Memory); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
	ends(t, two, "")
	three := w.begin("three")
	works(t, three, "")
	if diff := cmp.Diff(*learned(), three.Memory); diff != "" {
		t.Errorf("after a run that learned nothing (-want +have):\n%s", diff)
	}
}

func TestAnObjectOfTheFirstVersionIsTakenOver(t *testing.T) {
	w := open(t, localaws.Options{})
	w.put(t, `{"version":1,"cursor":{"function":"`+first+`","since":"2026-11-21T03:00:00Z"}}`)
	turn := w.begin("one")
	works(t, turn, first)
	ends(t, turn, "")
	w.holds(t, `{"version":4}`)
}

func TestAMemoryThatIsNotUnderstoodCostsNeitherLeaseNorCursor(t *testing.T) {
	for name, memory := range map[string]string{
		"an unknown field": `{"forgotten":true}`, "a wrong time": `{"at":"tomorrow"}`, "no object": `"x"`,
		"another shape": `{"allowed":["a"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, localaws.Options{})
			w.put(t, `{"version":3,"cursor":{"function":"`+first+`","since":"2026-11-21T03:00:00Z"},"memory":`+memory+`}`)
			turn := w.begin("one")
			if !turn.Held() || turn.From != first || len(turn.Gaps) != 1 || !strings.Contains(turn.Gaps[0].Reason, "asks everything anew: it is not understood") {
				t.Fatalf("held %t, from %q, gaps %+v", turn.Held(), turn.From, turn.Gaps)
			}
			if diff := cmp.Diff(ledger.Memory{}, turn.Memory); diff != "" {
				t.Errorf("(-want +have):\n%s", diff)
			}
			if gaps := turn.End(context.Background(), "", learned(), nil); len(gaps) > 0 {
				t.Fatalf("gaps %+v", gaps)
			}
			next := w.begin("two")
			works(t, next, "")
			if diff := cmp.Diff(*learned(), next.Memory); diff != "" {
				t.Errorf("the next run (-want +have):\n%s", diff)
			}
		})
	}
}

func TestOnlyTheRunThatHasTheLeaseChangesTheMemory(t *testing.T) {
	w := open(t, localaws.Options{})
	one := w.begin("one")
	works(t, one, "")
	two := w.begin("two")
	if two.Held() {
		t.Error("two runs have the lease")
	}
	if gaps := two.End(context.Background(), "", learned(), nil); len(gaps) > 0 {
		t.Errorf("gaps %+v", gaps)
	}
	ends(t, one, "")
	w.holds(t, `{"version":4}`)
}

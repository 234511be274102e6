package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"permprobe/shared/finding"
	"permprobe/shared/ledger"
	"permprobe/shared/localaws"

	"github.com/google/go-cmp/cmp"
)

// fault is a finding of the length that they have.
func fault(i int) finding.Finding {
	name := fmt.Sprintf("orders-service-production-worker-%04d", i)
	return finding.Finding{
		ID: fmt.Sprintf("%016x", i), Check: "R8", Guide: []string{"R8"}, Severity: finding.Medium, Confidence: finding.Certain, Place: finding.PlaceExecutionRole,
		Function:  "arn:aws:lambda:eu-central-1:123456789012:function:" + name,
		Role:      "arn:aws:iam::123456789012:role/service-role/" + name + "-role-1A2B3C4D5E6F",
		Principal: "arn:aws:iam::123456789012:role/service-role/" + name + "-role-1A2B3C4D5E6F",
		Action:    "sqs:DeleteMessage,sqs:GetQueueAttributes,sqs:ReceiveMessage", Resource: "arn:aws:sqs:eu-central-1:123456789012:" + name + "-queue",
		Title: name + " gets nothing from its event source: its role may not receive from the queue " + name + "-queue", Symptom: strings.Repeat("s", 200),
		Cause: strings.Repeat("c", 300), Evidence: finding.Evidence{Decision: "implicitDeny", Statement: strings.Repeat("e", 800)},
		Fix: finding.Fix{Summary: strings.Repeat("f", 150), CLI: strings.Repeat("l", 500), Policy: strings.Repeat("p", 500), SAM: strings.Repeat("m", 800),
			CloudFormation: strings.Repeat("n", 800), Terraform: strings.Repeat("t", 800), Proof: finding.Proven},
		Status: finding.StatusNew,
	}
}

// sees is a run that found this.
func (w *world) sees(run string, looked ledger.Looked, found ...finding.Finding) ledger.Observation {
	return ledger.Observation{Run: run, At: w.now, Found: found, Looked: func(ledger.Known) ledger.Looked { return looked }}
}

// records begins a run that finds this, and keeps it.
func (w *world) records(t *testing.T, run string, looked ledger.Looked, found ...finding.Finding) (*ledger.Turn, ledger.Change) {
	t.Helper()
	turn := w.begin(run)
	if !turn.Held() || len(turn.Gaps) > 0 {
		t.Fatalf("%s: busy until %s, gaps %+v", run, turn.Busy, turn.Gaps)
	}
	change := turn.Compare(w.sees(run, looked, found...))
	if lost, gaps := turn.Record(context.Background(), change); lost || len(gaps) > 0 {
		t.Fatalf("%s: lost %v, gaps %+v", run, lost, gaps)
	}
	return turn, change
}

func TestTheStateOfALargeAccountIsSmall(t *testing.T) {
	w := open(t, localaws.Options{})
	var found []finding.Finding
	for i := range 500 {
		found = append(found, fault(i))
	}
	learned := &ledger.Memory{At: w.now, Allowed: map[string]time.Time{}, Functions: map[string]ledger.Function{}}
	for i := range 2000 {
		learned.Allowed[fmt.Sprintf("%016x", i)] = w.now
		learned.Functions[fmt.Sprintf("orders-service-production-worker-%04d", i)] = ledger.Function{
			Configuration: fmt.Sprintf("%016x", i), Read: w.now, Own: w.now,
		}
	}
	turn, _ := w.records(t, "one", ledger.Passed, found...)
	waiting := len(w.object(t))
	if gaps := turn.End(context.Background(), "", learned, nil); len(gaps) > 0 {
		t.Fatal(gaps)
	}
	kept := len(w.object(t))
	t.Logf("2000 functions and 500 findings: %d bytes, and %d while 500 findings wait to be told", kept, waiting)
	if kept > 1_000_000 {
		t.Errorf("%d bytes", kept)
	}
	if waiting > 2_000_000 {
		t.Errorf("%d bytes while everything waits to be told", waiting)
	}
}

func TestWhatWaitsNamesWhatItLeavesOut(t *testing.T) {
	w := open(t, localaws.Options{})
	w.records(t, "one", ledger.Passed, fault(1))
	w.now = w.now.Add(time.Hour)
	left := w.begin("two").Pending()
	if len(left) != 1 || left[0].Sequence != 1 || left[0].Run != "one" || left[0].Finding.Fix.CLI == "" || left[0].Finding.Fix.Terraform != "" {
		t.Fatalf("%+v", left)
	}
	want := []string{"evidence.statement", "fix.cloudformation", "fix.policy", "fix.sam", "fix.terraform"}
	if diff := cmp.Diff(want, left[0].Omitted); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
}

func TestNumbersOfNoticesGrowAndAreNeverUsedAgain(t *testing.T) {
	w := open(t, localaws.Options{})
	seen := map[int64]bool{}
	for i := range 4 {
		turn, change := w.records(t, fmt.Sprint("run ", i), ledger.Passed, fault(i), fault(i+1))
		for _, n := range change.Notices {
			if seen[n.Sequence] || n.Sequence == 0 {
				t.Errorf("run %d: the number %d comes again", i, n.Sequence)
			}
			seen[n.Sequence] = true
		}
		if gaps := turn.End(context.Background(), "", nil, nil); len(gaps) > 0 {
			t.Fatal(gaps)
		}
	}
	if len(seen) != 2+3*2 {
		t.Errorf("%d notices", len(seen))
	}
}

func TestAnObjectWithoutFindingsMakesABaseline(t *testing.T) {
	for name, text := range map[string]string{
		"none":                     "",
		"one of the second":        `{"version":2,"cursor":{"function":"a","since":"2026-11-21T03:00:00Z"},"memory":{"organization":true}}`,
		"one that came not so far": `{"version":3}`,
	} {
		w := open(t, localaws.Options{})
		if text != "" {
			w.put(t, text)
		}
		turn := w.begin("one")
		if len(turn.Gaps) > 0 || name == "one of the second" && (turn.From != "a" || !turn.Memory.Organization) {
			t.Errorf("%s: %+v", name, turn)
		}
		if change := turn.Compare(w.sees("one", ledger.Passed, fault(1))); !change.Baseline || len(change.Notices) != 1 {
			t.Errorf("%s: %+v", name, change)
		}
	}
}

func TestAnEmptyScanIsABaselineToo(t *testing.T) {
	w := open(t, localaws.Options{})
	turn := w.begin("one")
	turn.Keep(turn.Compare(w.sees("one", ledger.Passed)))
	if gaps := turn.End(context.Background(), "", nil, nil); len(gaps) > 0 {
		t.Fatal(gaps)
	}
	if change := w.begin("two").Compare(w.sees("two", ledger.Passed, fault(1))); change.Baseline || len(change.Notices) != 1 {
		t.Errorf("%+v", change)
	}
}

func TestARecordThatS3WantsRepeatedIsRepeatedAndOneThatIsLostIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		fault localaws.Fault
		lost  bool
		gaps  int
	}{
		"409 once":                 {localaws.Fault{Service: "s3", Operation: "PutObject", From: 2, Times: 1, Code: "ConditionalRequestConflict", Status: 409}, false, 0},
		"412 once":                 {localaws.Fault{Service: "s3", Operation: "PutObject", From: 2, Times: 1, Code: "PreconditionFailed", Status: 412}, false, 0},
		"409 again and again":      {localaws.Fault{Service: "s3", Operation: "PutObject", From: 2, Code: "ConditionalRequestConflict", Status: 409}, false, 1},
		"refused from now on":      {localaws.Fault{Service: "s3", Operation: "PutObject", From: 2, Code: "AccessDenied", Status: 403}, false, 1},
		"somebody deleted the key": {localaws.Fault{Service: "s3", Operation: "GetObject", From: 2, Code: "NoSuchKey", Status: 404}, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			faults := []localaws.Fault{c.fault}
			if c.lost {
				faults = append(faults, localaws.Fault{Service: "s3", Operation: "PutObject", From: 2, Times: 1, Code: "PreconditionFailed", Status: 412})
			}
			w := open(t, localaws.Options{Faults: faults})
			turn := w.begin("one")
			lost, gaps := turn.Record(context.Background(), turn.Compare(w.sees("one", ledger.Passed, fault(1))))
			if lost != c.lost || len(gaps) != c.gaps {
				t.Errorf("lost %v, gaps %+v", lost, gaps)
			}
		})
	}
}

func TestWhatIsClosedIsForgottenAfterAMonth(t *testing.T) {
	w := open(t, localaws.Options{})
	step := func(run string, found ...finding.Finding) ledger.Change {
		t.Helper()
		turn, change := w.records(t, run, ledger.Passed, found...)
		if gaps := turn.End(context.Background(), "", nil, nil); len(gaps) > 0 {
			t.Fatal(gaps)
		}
		return change
	}
	step("one", fault(1))
	step("two")
	w.now = w.now.Add(29 * 24 * time.Hour)
	if change := step("three", fault(1)); change.Findings[0].Status != finding.StatusReopened {
		t.Errorf("%+v", change.Findings)
	}
	step("four")
	w.now = w.now.Add(31 * 24 * time.Hour)
	step("five")
	if change := step("six", fault(1)); change.Findings[0].Status != finding.StatusNew {
		t.Errorf("%+v", change.Findings)
	}
}

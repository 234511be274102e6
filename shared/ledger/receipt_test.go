package ledger_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"permprobe/shared/finding"
	"permprobe/shared/ledger"
	"permprobe/shared/localaws"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
)

const delivered = "state/123456789012/us-east-1.delivered.json"

// told is what of the notices nobody is to hear any more: those of which only some are still open to machines.
func told(notices []finding.Notice, open ...int) []finding.Notice {
	out := slices.Clone(notices)
	for i := range out {
		out[i].People, out[i].Machines, out[i].Hub = false, slices.Contains(open, i), false
	}
	return slices.DeleteFunc(out, func(n finding.Notice) bool { return !n.Open() })
}

func numbers(notices []finding.Notice) []int64 {
	var out []int64
	for _, n := range notices {
		out = append(out, n.Sequence)
	}
	return out
}

func TestWhatWasDeliveredIsKeptBesideTheStateAndCountsForItsOutboxAlone(t *testing.T) {
	w := open(t, localaws.Options{})
	turn, change := w.records(t, "one", ledger.Passed, fault(1), fault(2), fault(3), fault(4))
	before := w.object(t)
	if gaps := turn.Delivered(context.Background(), told(change.Notices, 1, 2)); len(gaps) > 0 {
		t.Fatal(gaps)
	}
	if w.object(t) != before {
		t.Error("the whole state is written for what was delivered")
	}
	if text := w.get(t, delivered); len(text) > 100 || !strings.Contains(text, `"machines":[[2,3]]`) {
		t.Errorf("what was delivered is kept as %s", text)
	}
	// The run stops here; the next one knows what is left.
	w.now = w.now.Add(time.Hour)
	next := w.begin("two")
	works(t, next, "")
	left := next.Pending()
	if diff := cmp.Diff([]int64{2, 3}, numbers(left)); diff != "" || left[0].People || !left[0].Machines {
		t.Fatalf("(-want +left):\n%s", diff)
	}
	if gaps := next.End(context.Background(), "", nil, left); len(gaps) > 0 {
		t.Fatal(gaps)
	}
	// What is left of an earlier outbox says nothing of this one.
	w.now = w.now.Add(time.Hour)
	if diff := cmp.Diff([]int64{2, 3}, numbers(w.begin("three").Pending())); diff != "" {
		t.Errorf("(-want +left):\n%s", diff)
	}
}

func TestWhereItIsNotKnownWhatWasDeliveredThatIsSaidAndItIsToldAgain(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		fault localaws.Fault
	}{
		"not readable":   {"", localaws.Fault{Service: "s3", Operation: "GetObject", Params: "delivered", Code: "AccessDenied", Status: 403}},
		"not understood": {`{"outbox":1}`, localaws.Fault{Operation: "none"}},
		"no JSON":        {`outbox`, localaws.Fault{Operation: "none"}},
	} {
		w := open(t, localaws.Options{Faults: []localaws.Fault{c.fault}})
		w.records(t, "one", ledger.Passed, fault(1), fault(2))
		if _, err := w.client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String("state"), Key: aws.String(delivered), Body: strings.NewReader(c.text)}); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(time.Hour)
		turn := w.begin("two")
		if len(turn.Gaps) != 1 || !strings.Contains(turn.Gaps[0].Reason, "may be told again") || len(turn.Pending()) != 2 || !turn.Held() {
			t.Errorf("%s: %+v, %d notices", name, turn.Gaps, len(turn.Pending()))
		}
	}
	w := open(t, localaws.Options{Faults: []localaws.Fault{{Service: "s3", Operation: "PutObject", Params: "delivered", Code: "AccessDenied", Status: 403}}})
	turn, change := w.records(t, "one", ledger.Passed, fault(1), fault(2))
	if gaps := turn.Delivered(context.Background(), told(change.Notices, 1)); len(gaps) != 1 || gaps[0].Permission != "s3:PutObject" || !strings.HasSuffix(gaps[0].Resource, delivered) {
		t.Errorf("%+v", gaps)
	}
	ends(t, turn, "")
}

func TestTheFirstFindingsOfAHugeAccountFitIntoTheState(t *testing.T) {
	w := open(t, localaws.Options{})
	const n = 6000 // three for each of 2,000 functions
	var found []finding.Finding
	for i := range n {
		found = append(found, fault(i))
	}
	turn, change := w.records(t, "one", ledger.Passed, found...)
	size := len(w.object(t))
	t.Logf("%d findings, all of them to be told: %d bytes", n, size)
	if size > n*1050+1_200_000 {
		t.Errorf("%d bytes", size)
	}
	if gaps := turn.Delivered(context.Background(), change.Notices[10:]); len(gaps) > 0 {
		t.Fatal(gaps)
	}
	if text := w.get(t, delivered); len(text) > 200 {
		t.Errorf("%d bytes for what was delivered", len(text))
	}
	w.now = w.now.Add(time.Hour)
	left := w.begin("two").Pending()
	if len(left) != n-10 {
		t.Fatalf("%d notices are left", len(left))
	}
	first, last := left[0], left[len(left)-1]
	if first.Finding.Fix.CLI == "" || last.Finding.Fix.CLI != "" || !slices.Contains(last.Omitted, "fix.cli") || !slices.Contains(last.Omitted, "cause") {
		t.Errorf("the first says %q, the last %q and leaves out %q", first.Finding.Fix.CLI, last.Finding.Fix.CLI, last.Omitted)
	}
	want := fault(n - 1)
	if last.Finding.ID != want.ID || last.Finding.Title != want.Title || last.Finding.Function != want.Function || last.Finding.Status != finding.StatusNew {
		t.Errorf("%+v", last.Finding)
	}
}

func TestAStateThatWouldBeTooLargeToReadIsNotWritten(t *testing.T) {
	w := open(t, localaws.Options{})
	turn := w.begin("one")
	works(t, turn, "")
	held := w.object(t)
	var found []finding.Finding
	for i := range 16 {
		f := fault(i)
		f.Function = "arn:aws:lambda:us-east-1:123456789012:function:" + strings.Repeat("f", 1<<20)
		found = append(found, f)
	}
	lost, gaps := turn.Record(context.Background(), turn.Compare(w.sees("one", ledger.Passed, found...)))
	if lost || len(gaps) != 1 || !strings.Contains(gaps[0].Reason, fmt.Sprintf("larger than %d bytes", 15<<20)) {
		t.Errorf("lost %v, %+v", lost, gaps)
	}
	if w.object(t) != held {
		t.Error("it was written")
	}
}

func TestWhatBecomesMutedIsForSecurityHubAlone(t *testing.T) {
	w := open(t, localaws.Options{})
	turn, _ := w.records(t, "one", ledger.Passed, fault(1))
	ends(t, turn, "")
	muted := fault(1)
	muted.Status = finding.StatusSuppressed
	turn, change := w.records(t, "two", ledger.Passed, muted)
	if len(change.Notices) != 1 || !change.Notices[0].Hub || change.Notices[0].People || change.Notices[0].Machines {
		t.Fatalf("%+v", change.Notices)
	}
	ends(t, turn, "")
	if _, change = w.records(t, "three", ledger.Passed, muted); len(change.Notices) > 0 {
		t.Errorf("it is said again: %+v", change.Notices)
	}
}

package ledger_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"permprobe/shared/awsclient"
	"permprobe/shared/finding"
	"permprobe/shared/ledger"
	"permprobe/shared/localaws"
	"permprobe/shared/stack"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
)

const (
	key   = "state/123456789012/us-east-1.json"
	first = "arn:aws:lambda:us-east-1:123456789012:function:a"
	later = "arn:aws:lambda:us-east-1:123456789012:function:m"
)

var start = time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)

// world is a bucket with a ledger in it, at a time that the test sets.
type world struct {
	*ledger.Ledger
	client *s3.Client
	now    time.Time
}

// open serves a bucket; the ledger is that of a role with the statements, or of the administrator without any.
func open(t *testing.T, o localaws.Options, statements ...string) *world {
	t.Helper()
	template := `Resources: {Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: state}}, Role: {Type: AWS::IAM::Role, Properties: {RoleName: probe,
  AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]},
  Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:ListAllMyBuckets", Resource: "*"}` + strings.Join(append([]string{""}, statements...), ",") + `]}}]}}}`
	loaded, err := stack.Load("state.yaml", []byte(template), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(statements) > 0 {
		o.Callers = map[string]string{"probe": "arn:aws:iam::123456789012:role/probe"}
	}
	server, err := localaws.New(o, loaded)
	if err != nil {
		t.Fatal(err)
	}
	url, closeServer, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closeServer() })
	w := &world{client: s3.NewFromConfig(awsclient.Embedded(url, "us-east-1", "admin").Config), now: start}
	w.Ledger = &ledger.Ledger{
		S3: s3.NewFromConfig(awsclient.Embedded(url, "us-east-1", "probe").Config), Bucket: "state",
		Partition: "aws", Account: "123456789012", Region: "us-east-1", Now: func() time.Time { return w.now },
	}
	return w
}

// begin begins a run that has a quarter of an hour.
func (w *world) begin(run string) *ledger.Turn {
	return w.Begin(context.Background(), run, w.now.Add(15*time.Minute))
}

func (w *world) put(t *testing.T, text string) {
	t.Helper()
	text = strings.Replace(text, `{"version":4`, whose, 1)
	if _, err := w.client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String("state"), Key: aws.String(key), Body: strings.NewReader(text)}); err != nil {
		t.Fatal(err)
	}
}

func (w *world) object(t *testing.T) string {
	t.Helper()
	return w.get(t, key)
}

func (w *world) get(t *testing.T, key string) string {
	t.Helper()
	out, err := w.client.GetObject(context.Background(), &s3.GetObjectInput{Bucket: aws.String("state"), Key: aws.String(key)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Body.Close() }()
	text, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// whose is what says whose an object is.
const whose = `{"version":4,"account":"123456789012","region":"us-east-1"`

// holds compares the object with a text that says nothing of whose it is.
func (w *world) holds(t *testing.T, want string) {
	t.Helper()
	if !strings.HasPrefix(want, whose) {
		want = strings.Replace(want, `{"version":4`, whose, 1)
	}
	if diff := cmp.Diff(want, w.object(t)); diff != "" {
		t.Errorf("the object (-want +have):\n%s", diff)
	}
}

// works fails the test unless the run may work, from the function, with its memory.
func works(t *testing.T, turn *ledger.Turn, from string) {
	t.Helper()
	if !turn.Busy.IsZero() || turn.From != from || len(turn.Gaps) > 0 {
		t.Fatalf("busy until %s, from %q, gaps %+v", turn.Busy, turn.From, turn.Gaps)
	}
}

func ends(t *testing.T, turn *ledger.Turn, next string) {
	t.Helper()
	if gaps := turn.End(context.Background(), next, nil, nil); len(gaps) > 0 {
		t.Fatalf("gaps %+v", gaps)
	}
}

func TestOnlyOneRunHoldsTheLeaseAndGivesItBack(t *testing.T) {
	w := open(t, localaws.Options{})
	one := w.begin("one")
	works(t, one, "")
	held := `{"version":4,"lease":{"run":"one","until":"2026-11-21T03:16:00Z"}}`
	w.holds(t, held)
	two := w.begin("two")
	if want := start.Add(16 * time.Minute); !two.Busy.Equal(want) || len(two.Gaps) > 0 {
		t.Errorf("busy until %s, want %s; gaps %+v", two.Busy, want, two.Gaps)
	}
	ends(t, two, first)
	w.holds(t, held)
	ends(t, one, "")
	w.holds(t, `{"version":4}`)
	works(t, w.begin("two"), "")
}

func TestARepeatOfTheSameRunTakesItsOwnLeaseAgain(t *testing.T) {
	w := open(t, localaws.Options{})
	works(t, w.begin("one"), "")
	w.now = start.Add(time.Minute)
	again := w.begin("one")
	works(t, again, "")
	w.holds(t, `{"version":4,"lease":{"run":"one","until":"2026-11-21T03:17:00Z"}}`)
	ends(t, again, "")
}

func TestTheLeaseOfARunThatCrashedEndsByItself(t *testing.T) {
	w := open(t, localaws.Options{})
	crashed := w.begin("one")
	works(t, crashed, "")
	w.now = start.Add(16*time.Minute - time.Second)
	if w.begin("two").Busy.IsZero() {
		t.Error("a live lease is taken over")
	}
	w.now = start.Add(16 * time.Minute)
	two := w.begin("two")
	works(t, two, "")

	// The first one was only slow: it must not take anything from the second.
	held := w.object(t)
	if gaps := crashed.End(context.Background(), first, nil, nil); len(gaps) != 1 || !strings.Contains(gaps[0].Reason, "taken over") {
		t.Errorf("gaps %+v", gaps)
	}
	w.holds(t, held)
	ends(t, two, "")
}

func TestALeaseThatIsLongerThanAnyRunBlocksNone(t *testing.T) {
	w := open(t, localaws.Options{})
	w.put(t, `{"version":4,"lease":{"run":"one","until":"2036-11-21T03:16:00Z"}}`)
	works(t, w.begin("two"), "")
}

func TestARunWithoutADeadlineHasALeaseThatEnds(t *testing.T) {
	w := open(t, localaws.Options{})
	works(t, w.Begin(context.Background(), "one", time.Time{}), "")
	w.holds(t, `{"version":4,"lease":{"run":"one","until":"2026-11-21T03:16:00Z"}}`)
}

func TestTheNextRunBeginsAtTheCursorUntilOneReachesEveryFunction(t *testing.T) {
	w := open(t, localaws.Options{})
	ends(t, w.begin("one"), first)
	w.holds(t, fmt.Sprintf(`{"version":4,"cursor":{"function":%q,"since":"2026-11-21T03:00:00Z"}}`, first))
	w.now = start.Add(time.Hour)
	two := w.begin("two")
	works(t, two, first)
	ends(t, two, later)
	w.holds(t, fmt.Sprintf(`{"version":4,"cursor":{"function":%q,"since":"2026-11-21T03:00:00Z"}}`, later))
	w.now = start.Add(2 * time.Hour)
	three := w.begin("three")
	works(t, three, later)
	ends(t, three, "")
	w.holds(t, `{"version":4}`)
}

func TestACrashKeepsTheCursor(t *testing.T) {
	w := open(t, localaws.Options{})
	ends(t, w.begin("one"), first)
	works(t, w.begin("two"), first)
	w.now = start.Add(time.Hour)
	works(t, w.begin("three"), first)
}

// intruder does something between a run's read and its write.
type intruder struct {
	ledger.API
	before func()
}

func (i *intruder) PutObject(ctx context.Context, in *s3.PutObjectInput, o ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	if before := i.before; before != nil {
		i.before = nil
		before()
	}
	return i.API.PutObject(ctx, in, o...)
}

func TestTheRunThatLosesTheRaceDoesNotWork(t *testing.T) {
	for name, before := range map[string]string{"a first run": "", "a later run": `{"version":4}`} {
		t.Run(name, func(t *testing.T) {
			w := open(t, localaws.Options{})
			if before != "" {
				w.put(t, before)
			}
			loser := *w.Ledger
			loser.S3 = &intruder{API: w.S3, before: func() { works(t, w.begin("winner"), "") }}
			turn := loser.Begin(context.Background(), "loser", start.Add(15*time.Minute))
			if turn.Busy.IsZero() || len(turn.Gaps) > 0 {
				t.Errorf("%+v", turn)
			}
			if text := w.object(t); !strings.Contains(text, `"winner"`) {
				t.Errorf("the object is %s", text)
			}
		})
	}
}

func TestAWriteThatS3WantsRepeatedIsRepeated(t *testing.T) {
	w := open(t, localaws.Options{Faults: []localaws.Fault{
		{Service: "s3", Operation: "PutObject", Times: 1, Code: "ConditionalRequestConflict", Status: 409},
	}})
	works(t, w.begin("one"), "")
}

// repeater sends its first write twice, as the SDK does where the first answer was lost.
type repeater struct {
	ledger.API
	repeated bool
}

func (r *repeater) PutObject(ctx context.Context, in *s3.PutObjectInput, o ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	if r.repeated {
		return r.API.PutObject(ctx, in, o...)
	}
	r.repeated = true
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return nil, err
	}
	in.Body = bytes.NewReader(body)
	if _, err := r.API.PutObject(ctx, in, o...); err != nil {
		return nil, err
	}
	in.Body = bytes.NewReader(body)
	return r.API.PutObject(ctx, in, o...)
}

func TestAWriteWhoseAnswerWasLostIsKnownAgain(t *testing.T) {
	w := open(t, localaws.Options{})
	plain := w.S3
	w.S3 = &repeater{API: plain}
	turn := w.begin("one")
	works(t, turn, "")
	w.S3 = &repeater{API: plain}
	ends(t, turn, first)
	w.holds(t, fmt.Sprintf(`{"version":4,"cursor":{"function":%q,"since":"2026-11-21T03:00:00Z"}}`, first))
}

func TestAStateThatIsNotUnderstoodIsSetAsideAndSaid(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no JSON":                      {"lease", "not understood"},
		"empty":                        {"", "not understood"},
		"null":                         {"null", "not understood"},
		"half an object":               {`{"version":4,"lease":{"run":"o`, "not understood"},
		"two objects":                  {`{"version":4}{}`, "not understood"},
		"no version":                   {`{}`, "not understood"},
		"a newer version":              {`{"version":5,"outbox":[]}`, "newer permprobe"},
		"another account's":            {`{"version": 4,"account":"210987654321","region":"us-east-1"}`, "is about account \"210987654321\""},
		"another Region's":             {`{"version": 4,"account":"123456789012","region":"eu-west-1"}`, "\"eu-west-1\""},
		"nobody's":                     {`{"version": 4}`, "is about account \"\""},
		"an older one that says whose": {`{"version": 3,"account":"123456789012"}`, "is about account"},
		"an older version":             {`{"version":2,"outbox":[]}`, "not understood"},
		"an unknown field":             {`{"version":4,"inbox":[]}`, "not understood"},
		"a wrong time":                 {`{"version":4,"lease":{"run":"one","until":"tomorrow"}}`, "not understood"},
		"a lease of nobody":            {`{"version":4,"lease":{"until":"2026-11-21T03:16:00Z"}}`, "not understood"},
		"a cursor nowhere":             {`{"version":4,"cursor":{}}`, "not understood"},
		"half a finding":               {`{"version":4,"book":{"findings":{"a":{"status":"new"}}}}`, "what was found"},
		"an unknown finding":           {`{"version":4,"book":{"finding":{}}}`, "what was found"},
		"a notice of nothing":          {`{"version":4,"book":{},"outbox":[{"kind":"finding","run":"one"}]}`, "what is to be delivered"},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, localaws.Options{})
			w.put(t, c.text)
			peeked := w.Peek(context.Background(), "one")
			if len(peeked.Gaps) != 1 || !strings.Contains(peeked.Gaps[0].Reason, c.want) || peeked.Read() {
				t.Errorf("looked at alone: %+v", peeked.Gaps)
			}
			w.holds(t, c.text)
			turn := w.begin("one")
			if !turn.Busy.IsZero() || turn.From != "" || len(turn.Gaps) != 1 || !strings.Contains(turn.Gaps[0].Reason, c.want) ||
				!strings.Contains(turn.Gaps[0].Reason, "s3://state/"+key) {
				t.Fatalf("%+v", turn.Gaps)
			}
			_, aside, _ := strings.Cut(turn.Gaps[0].Reason, "set aside as ")
			aside, _, _ = strings.Cut(aside, ",")
			if have := w.get(t, aside); have != strings.Replace(c.text, `{"version":4`, whose, 1) {
				t.Errorf("%s holds %q", aside, have)
			}
			ends(t, turn, "")
			w.holds(t, `{"version":4}`)
			works(t, w.begin("two"), "")
		})
	}
}

func TestAStateThatCannotBeSetAsideIsLeftAlone(t *testing.T) {
	const text = `{"version":5}`
	w := open(t, localaws.Options{}, `{Effect: Allow, Action: ["s3:GetObject", "s3:ListBucket"], Resource: "*"}`, `{Effect: Allow, Action: "s3:PutObject", Resource: "arn:aws:s3:::state/`+key+`"}`)
	w.put(t, text)
	turn := w.begin("one")
	if len(turn.Gaps) != 2 || turn.Gaps[1].Permission != "s3:PutObject" || turn.Held() {
		t.Errorf("%+v", turn.Gaps)
	}
	w.holds(t, text)

	w = open(t, localaws.Options{})
	huge := `{"version":4}` + strings.Repeat(" ", 15<<20)
	w.put(t, huge)
	if turn := w.begin("one"); len(turn.Gaps) != 1 || !strings.Contains(turn.Gaps[0].Reason, "larger") || turn.Held() {
		t.Errorf("%+v", turn.Gaps)
	}
	if have := w.object(t); len(have) < len(huge) {
		t.Errorf("it holds %d bytes", len(have))
	}
}

func TestOnlyTheSameDeliveryOfARunTakesItsLeaseAgain(t *testing.T) {
	w := open(t, localaws.Options{})
	w.Delivery = "a"
	works(t, w.begin("one"), "")
	w.Delivery = "b"
	if w.begin("one").Busy.IsZero() {
		t.Error("the second delivery of a schedule works beside the first")
	}
	w.Delivery = "a"
	works(t, w.begin("one"), "")
}

func TestWhatTheRoleMayNotIsNamedAndTheRunGoesOn(t *testing.T) {
	const (
		get  = `{Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::state/state/*'}`
		put  = `{Effect: Allow, Action: 's3:PutObject', Resource: 'arn:aws:s3:::state/state/*'}`
		list = `{Effect: Allow, Action: 's3:ListBucket', Resource: 'arn:aws:s3:::state'}`
	)
	for name, c := range map[string]struct {
		statements []string
		want       []string
	}{
		"all":                    {[]string{get, put, list}, nil},
		"without s3:GetObject":   {[]string{put, list}, []string{"s3:GetObject", "s3:ListBucket"}},
		"without s3:ListBucket":  {[]string{get, put}, []string{"s3:GetObject", "s3:ListBucket"}},
		"without s3:PutObject":   {[]string{get, list}, []string{"s3:PutObject"}},
		"with nothing of S3":     {[]string{`{Effect: Allow, Action: 'sns:Publish', Resource: '*'}`}, []string{"s3:GetObject", "s3:ListBucket"}},
		"on the wrong key alone": {[]string{strings.ReplaceAll(get, "state/*", "other/*"), put, list}, []string{"s3:GetObject", "s3:ListBucket"}},
	} {
		t.Run(name, func(t *testing.T) {
			turn := open(t, localaws.Options{}, c.statements...).begin("one")
			if diff := cmp.Diff(c.want, permissions(turn.Gaps)); diff != "" || !turn.Busy.IsZero() {
				t.Errorf("busy until %s, missing permissions (-want +have):\n%s", turn.Busy, diff)
			}
			ends(t, turn, first)
		})
	}
}

func permissions(gaps []finding.Gap) []string {
	var out []string
	for _, g := range gaps {
		out = append(out, g.Permission)
	}
	return out
}

func TestAServiceThatFailsIsAGapAndTheRunGoesOn(t *testing.T) {
	for name, c := range map[string]struct {
		fault localaws.Fault
		want  string
	}{
		"no such bucket":       {localaws.Fault{Service: "s3", Operation: "GetObject", Code: "NoSuchBucket", Status: 404}, "s3:GetObject failed with NoSuchBucket"},
		"write not understood": {localaws.Fault{Service: "s3", Operation: "PutObject", Code: "InvalidRequest"}, "s3:PutObject failed with InvalidRequest"},
		"always overtaken":     {localaws.Fault{Service: "s3", Operation: "PutObject", Code: "PreconditionFailed", Status: 412}, "kept writing"},
	} {
		t.Run(name, func(t *testing.T) {
			turn := open(t, localaws.Options{Faults: []localaws.Fault{c.fault}}).begin("one")
			if !turn.Busy.IsZero() || len(turn.Gaps) != 1 || !strings.Contains(turn.Gaps[0].Reason, c.want) {
				t.Errorf("%+v", turn)
			}
			ends(t, turn, first)
		})
	}
}

func TestAnEndThatCannotBeWrittenIsSaid(t *testing.T) {
	w := open(t, localaws.Options{Faults: []localaws.Fault{{Service: "s3", Operation: "PutObject", From: 2, Code: "AccessDenied", Status: 403}}})
	turn := w.begin("one")
	works(t, turn, "")
	if gaps := turn.End(context.Background(), first, nil, nil); len(gaps) != 1 || gaps[0].Permission != "s3:PutObject" {
		t.Errorf("gaps %+v", gaps)
	}
}

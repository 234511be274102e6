package publish_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/publish"
	"permprobe/shared/render"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// scriptedTopic answers each call with the next of its errors, and takes what comes after them.
type scriptedTopic struct {
	errs  []error
	calls []*sns.PublishInput
}

func (f *scriptedTopic) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	f.calls = append(f.calls, in)
	if n := len(f.calls); n <= len(f.errs) {
		return nil, f.errs[n-1]
	}
	return &sns.PublishOutput{}, nil
}

func TestADigestThatIsRefusedForWhatItHoldsIsSentInShorterFormsAndThenNotAgain(t *testing.T) {
	unfit := func(code string) error { return &smithy.GenericAPIError{Code: code, Message: "too\nlong"} }
	const not = "; it is not sent again, because that would not mend it"
	for name, c := range map[string]struct {
		errs    []error
		calls   int
		sns     int
		failed  string
		settled bool
		left    bool
	}{
		"the whole is taken":            {nil, 1, 1, "", false, false},
		"the short form is taken":       {[]error{unfit("InvalidParameter")}, 2, 1, "the digest was sent in a shorter form, because " + topic + " refused the whole: InvalidParameter: too long", true, false},
		"fixed words are taken":         {[]error{unfit("ParameterValueInvalid"), unfit("InvalidParameter")}, 3, 1, "the digest was sent in a shorter form, because " + topic + " refused the whole: ParameterValueInvalid: too long", true, false},
		"no form is taken":              {[]error{unfit("InvalidParameter"), unfit("ValidationException"), unfit("ValidationError")}, 3, 0, "the digest was not accepted by " + topic + " in any form: InvalidParameter: too long" + not, true, false},
		"a throttle waits":              {[]error{unfit("Throttled")}, 1, 0, "the digest was not accepted by " + topic + ": Throttled: too long", false, true},
		"no topic waits":                {[]error{unfit("NotFound")}, 1, 0, "the digest was not accepted by " + topic + ": NotFound: too long", false, true},
		"nobody answers the short form": {[]error{unfit("InvalidParameter"), errors.New("connection reset")}, 2, 0, "the digest was not accepted by " + topic + ": connection reset", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			topics := &scriptedTopic{errs: c.errs}
			p, _ := publisher(&fakeEvents{}, &fakeTopic{})
			p.Topic, p.EventBus = topics, ""
			r := many(t, 40)
			notified := p.Deliver(context.Background(), r, r.Notices("run"), func([]finding.Notice) {})
			want := publish.Delivery{Notified: finding.Notified{SNS: c.sns}}
			if c.failed != "" {
				want.Failed = []string{c.failed}
			}
			if c.settled {
				want.Settled = want.Failed
			}
			left := notified.Left
			notified.Left = nil
			if diff := cmp.Diff(want, notified, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if len(topics.calls) != c.calls || (len(left) > 0) != c.left {
				t.Errorf("%d calls, %d notices are left", len(topics.calls), len(left))
			}
		})
	}
}

func TestShorterFormsOfADigestHoldLessAndLessThatCouldBeRefused(t *testing.T) {
	for _, language := range render.Languages() {
		topics := &scriptedTopic{errs: []error{&smithy.GenericAPIError{Code: "InvalidParameter"}, &smithy.GenericAPIError{Code: "InvalidParameter"}}}
		p, _ := publisher(&fakeEvents{}, &fakeTopic{})
		p.Topic, p.EventBus, p.Language = topics, "", language
		r := many(t, 40)
		for i := range r.Findings {
			r.Findings[i].Owner = fmt.Sprintf("team %d", i)
		}
		p.Publish(context.Background(), r, "run")
		var sizes []int
		for i, in := range topics.calls {
			var variants map[string]string
			if err := json.Unmarshal([]byte(*in.Message), &variants); err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, len(*in.Message))
			var chat struct {
				Version, Source string
				Content         struct{ Description string }
			}
			var digest publish.DigestEvent
			if err := errors.Join(json.Unmarshal([]byte(variants["default"]), &chat), json.Unmarshal([]byte(variants["sqs"]), &digest)); err != nil {
				t.Fatal(err)
			}
			if chat.Version != "1.0" || chat.Source != "custom" || chat.Content.Description == "" || len(*in.Subject) > 99 || len(digest.Findings)+digest.LeftOut != 40 || digest.ID != "run" {
				t.Errorf("%s: form %d is %+v with %q", language, i, chat, *in.Subject)
			}
			names := []string{}
			for name := range in.MessageAttributes {
				names = append(names, name)
			}
			slices.Sort(names)
			want := [][]string{{"account", "check", "owner", "region", "severity", "status"}, {"account", "region", "severity", "status"}, {}}[i]
			if diff := cmp.Diff(want, names); diff != "" {
				t.Errorf("%s: form %d (-want +attributes)\n%s", language, i, diff)
			}
			if holds := strings.Contains(variants["email"], "I1") || strings.Contains(variants["email"], "f0000"); holds == (i == 2) {
				t.Errorf("%s: the e-mail of form %d is %s", language, i, variants["email"])
			}
		}
		if len(sizes) != 3 || sizes[0] <= sizes[1] || sizes[1] <= sizes[2] || sizes[2] > 3000 {
			t.Errorf("%s: the forms weigh %d bytes", language, sizes)
		}
	}
}

func TestACallThatIsRefusedForOneEntryIsDividedUntilOnlyThatOneIsDropped(t *testing.T) {
	const bad = "f0004"
	events := &fakeEvents{answers: []func([]types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error){
		func(es []types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error) {
			if slices.ContainsFunc(es, func(e types.PutEventsRequestEntry) bool { return strings.Contains(*e.Detail, bad) }) {
				return nil, &smithy.GenericAPIError{Code: "ValidationException", Message: "1 validation error detected"}
			}
			return taken(es)
		},
	}}
	p, _ := publisher(events, &fakeTopic{})
	p.TopicARN = ""
	r := many(t, 9)
	var open []int
	notified := p.Deliver(context.Background(), r, r.Notices("run"), func(left []finding.Notice) { open = append(open, len(left)) })
	said := `the event "Lambda Permission Finding" about arn:aws:lambda:us-east-1:123456789012:function:f0004 was not accepted by default: ` +
		"ValidationException: 1 validation error detected; it is not sent again, because that would not mend it"
	want := publish.Delivery{Notified: finding.Notified{Events: 9, Failed: []string{said}}, Settled: []string{said}}
	if diff := cmp.Diff(want, notified, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(open) == 0 || !slices.IsSortedFunc(open, func(a, b int) int { return b - a }) {
		t.Errorf("the notices that were left on the way: %d", open)
	}
}

func TestAFindingThatSecurityHubRefusesDoesNotKeepTheOthers(t *testing.T) {
	server, hub := hubOf(t, localaws.Fault{Service: "securityhub", Code: "InvalidInputException", Times: 4})
	var ended []finding.Notice
	for i := range 5 {
		r := found(1, finding.StatusResolved)
		r.Findings[0].ID = fmt.Sprintf("e%d", i)
		ended = append(ended, finding.Notice{Kind: finding.NoticeFinding, Finding: &r.Findings[0], Hub: true})
	}
	// Five are refused, then the first two, then each of these.
	left, failed := hub.Import(context.Background(), found(0, ""), ended)
	if len(left) > 0 || len(failed) != 2 || len(server.Imported()) != 3 {
		t.Errorf("%d left, %d imported, failed: %q", len(left), len(server.Imported()), failed)
	}
	for _, said := range failed {
		if !strings.Contains(said, "was not accepted by Security Hub: InvalidInputException") || !strings.HasSuffix(said, "; it is not sent again, because that would not mend it") {
			t.Errorf("%q", said)
		}
	}
}

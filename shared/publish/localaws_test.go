package publish_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/publish"
	"permprobe/shared/stack"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"
)

// onEmbeddedAWS is a publisher with the SDK's own clients.
func onEmbeddedAWS(t *testing.T, faults ...localaws.Fault) (*localaws.Server, *publish.Publisher) {
	t.Helper()
	one, err := stack.Load("app.yaml", []byte("Resources: {Topic: {Type: 'AWS::SNS::Topic', Properties: {TopicName: alerts}}}"), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server, err := localaws.New(localaws.Options{Faults: faults}, one)
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(listener.URL), RetryMaxAttempts: 1, HTTPClient: http.DefaultClient,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAADMIN", SecretAccessKey: "secret"}, nil
		}),
	}
	return server, &publish.Publisher{
		Events: eventbridge.NewFromConfig(cfg), Topic: sns.NewFromConfig(cfg), EventBus: bus, TopicARN: topic,
		Now: time.Now, Wait: func(context.Context, time.Duration) error { return nil },
	}
}

func TestAWSTakesTheMessageAndTheEvents(t *testing.T) {
	for name, r := range map[string]*finding.Report{"three findings": example(t), "two thousand findings": many(t, 2000), "no place": {Gaps: []finding.Gap{{Reason: "x"}}}} {
		t.Run(name, func(t *testing.T) {
			server, p := onEmbeddedAWS(t)
			r.Finish()
			notified := p.Publish(context.Background(), r, "run")
			if diff := cmp.Diff(finding.Notified{SNS: 1, Events: len(r.Findings) + len(r.Resolved) + 1, Failed: []string{}}, notified); diff != "" {
				t.Fatalf("(-want +got)\n%s", diff)
			}
			message := server.Published()[0]
			if !strings.HasPrefix(message.For("email"), "permprobe: ") {
				t.Errorf("e-mail %.40q", message.For("email"))
			}
			var chat struct{ Version, Source string }
			if err := json.Unmarshal([]byte(message.For("https")), &chat); err != nil || chat.Version != "1.0" || chat.Source != "custom" {
				t.Errorf("the chat service gets %.80q, %v", message.For("https"), err)
			}
			var digest publish.DigestEvent
			if err := json.Unmarshal([]byte(message.For("sqs")), &digest); err != nil || len(digest.Findings)+digest.LeftOut != len(r.Findings)+len(r.Resolved) {
				t.Errorf("SQS gets %.80q, %v", message.For("sqs"), err)
			}
			for _, e := range server.Events() {
				if !e.Delivered || e.Source != "permprobe" {
					t.Fatalf("%+v", e)
				}
			}
		})
	}
}

func TestEntriesThatAWSDoesNotTakeAreSentAgain(t *testing.T) {
	tests := map[string]struct {
		fault  localaws.Fault
		calls  int
		events int
		failed string
	}{
		"once":                    {localaws.Fault{Service: "events", Operation: "PutEvents", Times: 1, Code: "throttle", Entries: []int{0, 2}}, 2, 4, ""},
		"every time":              {localaws.Fault{Service: "events", Operation: "PutEvents", Code: "throttle", Entries: []int{0}}, 3, 3, "ThrottlingException: Rate exceeded"},
		"for a reason that stays": {localaws.Fault{Service: "events", Operation: "PutEvents", Code: "MalformedDetail", Entries: []int{0}}, 1, 3, "MalformedDetail: Unexpected error occurred."},
		"the call is refused":     {localaws.Fault{Service: "events", Operation: "PutEvents", Code: "AccessDeniedException"}, 1, 0, "AccessDeniedException: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server, p := onEmbeddedAWS(t, test.fault)
			p.TopicARN = ""
			notified := p.Publish(context.Background(), many(t, 3), "run")
			if len(server.Calls()) != test.calls || notified.Events != test.events || len(server.Events()) != test.events {
				t.Errorf("%d calls, %d events counted, %d taken; want %d calls, %d events", len(server.Calls()), notified.Events, len(server.Events()), test.calls, test.events)
			}
			if len(notified.Failed) != 4-test.events {
				t.Errorf("failed: %q", notified.Failed)
			}
			for _, failed := range notified.Failed {
				if !strings.Contains(failed, test.failed) {
					t.Errorf("%q does not say %q", failed, test.failed)
				}
			}
		})
	}
}

func TestATopicThatIsGoneIsReported(t *testing.T) {
	_, p := onEmbeddedAWS(t)
	p.TopicARN += "2"
	notified := p.Publish(context.Background(), example(t), "run")
	want := finding.Notified{Events: 5, Failed: []string{"the digest was not accepted by " + topic + "2: NotFound: Topic does not exist"}}
	if diff := cmp.Diff(want, notified); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

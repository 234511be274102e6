package awsclient_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"permprobe/shared/awsclient"
	"permprobe/shared/localaws"
	"permprobe/shared/stack"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-xray-sdk-go/xray"
	"github.com/aws/aws-xray-sdk-go/xraylog"
	"github.com/aws/smithy-go"
)

const account = `
Resources:
  Topic: {Type: 'AWS::SNS::Topic', Properties: {TopicName: alerts}}
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: app, AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}
`

// start serves an account and loads the configuration from the environment as the probe does.
func start(t *testing.T, faults ...localaws.Fault) (*localaws.Server, awsclient.Session) {
	t.Helper()
	one, err := stack.Load("app.yaml", []byte(account), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server, err := localaws.New(localaws.Options{Faults: faults}, one)
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": listener.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIAADMIN", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	session, err := awsclient.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return server, session
}

func TestTheEmbeddedAWSIsCalledWithoutTheEnvironmentAndWithoutPacing(t *testing.T) {
	server, _ := start(t) // sets an environment that nobody should read
	other := httptest.NewServer(server)
	t.Cleanup(other.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:1", "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIAOTHER",
	} {
		t.Setenv(name, value)
	}
	session := awsclient.Embedded(other.URL, "us-east-1", "AKIAMINE")
	client := iam.NewFromConfig(session.Config)
	begun := time.Now()
	for range 30 {
		if _, err := client.SimulatePrincipalPolicy(context.Background(), simulation()); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("30 calls took %s: they are paced", took)
	}
	calls := server.Calls()
	if session.Calls() != 30 || len(calls) != 30 || calls[0].AccessKey != "AKIAMINE" || calls[0].Region != "us-east-1" {
		t.Errorf("%d calls counted, %d arrived: %+v", session.Calls(), len(calls), calls[0])
	}
}

func TestAThrottledCallIsRepeatedAndCounted(t *testing.T) {
	server, session := start(t, localaws.Fault{Service: "lambda", Operation: "ListFunctions", Times: 1, Code: "throttle"})
	if _, err := lambda.NewFromConfig(session.Config).ListFunctions(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if session.Calls() != 2 || len(server.Calls()) != 2 {
		t.Errorf("%d calls counted, %d arrived, want 2", session.Calls(), len(server.Calls()))
	}
}

func TestARefusedCallIsNotRepeated(t *testing.T) {
	_, session := start(t, localaws.Fault{Service: "lambda", Operation: "ListFunctions", Code: "AccessDeniedException"})
	_, err := lambda.NewFromConfig(session.Config).ListFunctions(context.Background(), nil)
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "AccessDeniedException" || session.Calls() != 1 {
		t.Errorf("%d calls, %v", session.Calls(), err)
	}
}

func TestThrottlingEndsWithTheContext(t *testing.T) {
	_, session := start(t, localaws.Fault{Service: "lambda", Operation: "ListFunctions", Code: "throttle"})
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err := lambda.NewFromConfig(session.Config).ListFunctions(ctx, nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

func simulation() *iam.SimulatePrincipalPolicyInput {
	return &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String("arn:aws:iam::123456789012:role/app"), ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{"arn:aws:s3:::b/k"},
	}
}

func TestACallWhoseTurnComesTooLateEndsAtOnceAsTheDeadlineDoes(t *testing.T) {
	server, session := start(t)
	client := iam.NewFromConfig(session.Config)
	// The bucket holds some calls; the next ones come five a second.
	for range 10 {
		if _, err := client.SimulatePrincipalPolicy(context.Background(), simulation()); err != nil {
			t.Fatal(err)
		}
	}
	for name, end := range map[string]func() (context.Context, context.CancelFunc, error){
		"a deadline before the turn": func() (context.Context, context.CancelFunc, error) {
			// Each refused call leaves its token to the next one, so the first turn is 200 ms away.
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
			return ctx, cancel, context.DeadlineExceeded
		},
		"cancelled while it waits": func() (context.Context, context.CancelFunc, error) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return ctx, cancel, context.Canceled
		},
	} {
		t.Run(name, func(t *testing.T) {
			// Whatever time passed, no token is left.
			for range 2 {
				if _, err := client.SimulatePrincipalPolicy(context.Background(), simulation()); err != nil {
					t.Fatal(err)
				}
			}
			before := session.Calls()
			ctx, cancel, want := end()
			defer cancel()
			_, err := client.SimulatePrincipalPolicy(ctx, simulation())
			if !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
			if session.Calls() != before || len(server.Calls()) != before {
				t.Errorf("%d calls counted and %d made, want %d: nothing was sent", session.Calls(), len(server.Calls()), before)
			}
		})
	}
}

func TestCallsOfOneQuotaArePaced(t *testing.T) {
	_, session := start(t)
	client := iam.NewFromConfig(session.Config)
	begun := time.Now()
	for range 13 {
		if _, err := client.SimulatePrincipalPolicy(context.Background(), simulation()); err != nil {
			t.Fatal(err)
		}
	}
	// A burst of ten, then five a second.
	if took := time.Since(begun); took < 500*time.Millisecond {
		t.Errorf("13 calls took %s", took)
	}
}

// recorder keeps what the X-Ray SDK logs and emits.
type recorder struct {
	mu       sync.Mutex
	lines    []string
	segments []string
}

func (r *recorder) Log(level xraylog.LogLevel, msg fmt.Stringer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if level >= xraylog.LogLevelInfo {
		r.lines = append(r.lines, msg.String())
	}
}

func (r *recorder) Emit(segment *xray.Segment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.segments = append(r.segments, segment.Name)
}

func (r *recorder) RefreshEmitterWithAddress(*net.UDPAddr) {}

func TestCallsAppearInATraceAndNowhereWithoutOne(t *testing.T) {
	const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	tests := map[string]struct {
		header *string
		want   []string
	}{
		"a trace":                              {aws.String(header), []string{"SNS"}},
		"a trace that is not sampled":          {aws.String(strings.Replace(header, "Sampled=1", "Sampled=0", 1)), nil},
		"no trace":                             {nil, nil},
		"the empty header of an untraced call": {aws.String(""), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server, session := start(t)
			r := &recorder{}
			xray.SetLogger(r)
			t.Cleanup(func() { xray.SetLogger(xraylog.NullLogger) })
			ctx, err := xray.ContextWithConfig(context.Background(), xray.Config{Emitter: r})
			if err != nil {
				t.Fatal(err)
			}
			if test.header != nil {
				ctx = context.WithValue(ctx, xray.LambdaTraceHeaderKey, *test.header)
			}
			in := &sns.PublishInput{TopicArn: aws.String("arn:aws:sns:us-east-1:123456789012:alerts"), Message: aws.String("m")}
			if _, err := sns.NewFromConfig(session.Traced()).Publish(ctx, in); err != nil {
				t.Fatal(err)
			}
			if len(server.Published()) != 1 || session.Calls() != 1 {
				t.Errorf("%d messages, %d calls counted", len(server.Published()), session.Calls())
			}
			if !slices.Equal(r.segments, test.want) {
				t.Errorf("subsegments %q, want %q", r.segments, test.want)
			}
			if len(r.lines) > 0 {
				t.Errorf("X-Ray logs %q", r.lines)
			}
			// The configuration that is not traced stays so.
			r.segments = nil
			if _, err := sns.NewFromConfig(session.Config).Publish(ctx, in); err != nil || len(r.segments) > 0 {
				t.Errorf("untraced: %q, %v", r.segments, err)
			}
		})
	}
}

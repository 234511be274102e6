// Package scantest runs whole scans in tests: the real collectors, simulator client and publisher with the
// unmodified SDK, against the embedded AWS made from templates.
package scantest

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"permprobe/shared/awsclient"
	"permprobe/shared/collect"
	"permprobe/shared/config"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/ledger"
	"permprobe/shared/localaws"
	"permprobe/shared/permission"
	"permprobe/shared/publish"
	"permprobe/shared/scan"
	"permprobe/shared/simulate"
	"permprobe/shared/stack"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// World is an account and the probe that looks at it.
type World struct {
	AWS     *localaws.Server
	Scanner *scan.Scanner
	Account fact.Account
	// Config is that of the probe's clients.
	Config aws.Config
	close  func()
}

// Close ends the serving before the end of the test, for a test that makes many worlds: each holds connections.
func (w *World) Close() { w.close() }

// Topic and bus that the probe of a World publishes to.
const (
	TopicARN = "arn:aws:sns:us-east-1:123456789012:findings"
	EventBus = "default"
)

// topic is the stack that holds them.
const topic = `{"Resources": {"Findings": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "findings"}}}}`

// Load reads a template for the tests' account, 123456789012 in us-east-1.
func Load(t testing.TB, file string, params map[string]string) *stack.Stack {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return Parse(t, filepath.Base(file), data, params)
}

// Parse is Load for a template that is not in a file.
func Parse(t testing.TB, name string, data []byte, params map[string]string) *stack.Stack {
	t.Helper()
	loaded, err := stack.Load(name, data, stack.Options{Parameters: params})
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// New serves the stacks with the options and makes a probe for them. Calls are administrator's unless the
// options say otherwise (access key "probe"). The probe's log goes to log; nil discards it.
func New(t testing.TB, o localaws.Options, log io.Writer, stacks ...*stack.Stack) *World {
	t.Helper()
	if log == nil {
		log = io.Discard
	}
	server, err := localaws.New(o, append(stacks, Parse(t, "topic", []byte(topic), nil))...)
	if err != nil {
		t.Fatal(err)
	}
	client := &localaws.InProcess{Server: server}
	session := awsclient.Embedded(localaws.Endpoint, "us-east-1", "probe")
	session.Config.HTTPClient = client
	account := fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"}
	collector := collect.New(session.Config, account)
	collector.On = permission.Everything()
	collector.Templates = len(o.Callers) == 0 // as the check of templates does, and nobody who must ask for permissions
	return &World{AWS: server, Account: account, Config: session.Config, close: client.Close, Scanner: &scan.Scanner{
		Collector: collector,
		Simulator: simulate.New(session.Config),
		Publisher: &publish.Publisher{
			Events: eventbridge.NewFromConfig(session.Config), EventBus: EventBus,
			Topic: sns.NewFromConfig(session.Config), TopicARN: TopicARN,
			Now: time.Now, Wait: func(context.Context, time.Duration) error { return nil },
		},
		File: config.File{Functions: []string{"*"}}, Log: slog.New(slog.NewJSONHandler(log, nil)), Now: time.Now, Calls: session.Calls,
	}}
}

// Remember gives the probe a memory in the bucket.
func (w *World) Remember(bucket string) {
	w.Scanner.Ledger = &ledger.Ledger{
		S3: s3.NewFromConfig(w.Config), Bucket: bucket,
		Partition: w.Account.Partition, Account: w.Account.ID, Region: w.Account.Region, Now: time.Now,
	}
}

// Scan runs the scheduled scan.
func (w *World) Scan(t testing.TB) *finding.Report {
	t.Helper()
	return w.Scanner.Run(context.Background(), config.Request{Mode: config.Scheduled, Publish: true}, "test")
}

package localaws_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"permprobe/shared/localaws"
	"permprobe/shared/stack"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const inProcessTemplate = `
Resources:
  Bucket: {Type: 'AWS::S3::Bucket', Properties: {BucketName: shop}}
  Role: {Type: 'AWS::IAM::Role', Properties: {RoleName: app, AssumeRolePolicyDocument: {Statement: []}}}
`

// clients gives the same account over the network and in process.
func clients(t *testing.T, o localaws.Options) map[string]aws.Config {
	t.Helper()
	loaded, err := stack.Load("t.yaml", []byte(inProcessTemplate), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server, err := localaws.New(o, loaded)
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	base := aws.Config{Region: "us-east-1", RetryMaxAttempts: 1, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "admin", SecretAccessKey: "local"}, nil
	})}
	network, inside := base.Copy(), base.Copy()
	network.BaseEndpoint, inside.BaseEndpoint = aws.String(url), aws.String(localaws.Endpoint)
	inside.HTTPClient = &localaws.InProcess{Server: server}
	return map[string]aws.Config{"network": network, "in process": inside}
}

func TestAnswersAreTheSameWithAndWithoutANetwork(t *testing.T) {
	type answers struct {
		Role     *iam.GetRoleOutput
		Buckets  *s3.ListBucketsOutput
		Function string
	}
	have := map[string]answers{}
	for name, cfg := range clients(t, localaws.Options{}) {
		role, err := iam.NewFromConfig(cfg).GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("app")})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		buckets, err := s3.NewFromConfig(cfg).ListBuckets(t.Context(), &s3.ListBucketsInput{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err = lambda.NewFromConfig(cfg).GetPolicy(t.Context(), &lambda.GetPolicyInput{FunctionName: aws.String("none")})
		if err == nil {
			t.Fatalf("%s: a function that does not exist has a policy", name)
		}
		text := err.Error()
		have[name] = answers{role, buckets, text[:strings.Index(text, "RequestID")]}
	}
	if diff := cmp.Diff(have["network"], have["in process"], cmpopts.IgnoreFields(iam.GetRoleOutput{}, "ResultMetadata"),
		cmpopts.IgnoreFields(s3.ListBucketsOutput{}, "ResultMetadata"), cmpopts.IgnoreUnexported(iam.GetRoleOutput{}, s3.ListBucketsOutput{}),
		cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".noSmithyDocumentSerde" }, cmp.Ignore())); diff != "" {
		t.Errorf("answers (-network +in process):\n%s", diff)
	}
}

func TestADroppedAnswerAndAClosedServerAreErrorsOfTheClient(t *testing.T) {
	cfg := clients(t, localaws.Options{Faults: []localaws.Fault{{Service: "iam", Operation: "GetRole", Drop: true}}})["in process"]
	role := func() error {
		_, err := iam.NewFromConfig(cfg).GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("app")})
		return err
	}
	if err := role(); err == nil || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("a dropped answer: %v", err)
	}
	cfg.HTTPClient.(*localaws.InProcess).Close()
	if err := role(); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("a closed server: %v", err)
	}
}

func TestAnAnswerThatComesTooLateIsNotWaitedFor(t *testing.T) {
	cfg := clients(t, localaws.Options{Latency: time.Hour})["in process"]
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("app")}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("have %v", err)
	}
}

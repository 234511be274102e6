package localaws_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"permprobe/shared/localaws"
	"permprobe/shared/stack"
)

// start serves templates and returns the server and the configuration of a client whose access key id is key.
func start(t *testing.T, o localaws.Options, key string, templates ...string) (*localaws.Server, aws.Config) {
	t.Helper()
	var stacks []*stack.Stack
	for _, text := range templates {
		stacks = append(stacks, load(t, text))
	}
	s, err := localaws.New(o, stacks...)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return s, client(h.URL, key)
}

func load(t *testing.T, text string) *stack.Stack {
	t.Helper()
	st, err := stack.Load("app.yaml", []byte(text), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// client is what an unmodified program has with AWS_ENDPOINT_URL set.
func client(url, key string) aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(url), RetryMaxAttempts: 1,
		HTTPClient: inMemory{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: key, SecretAccessKey: "secret"}, nil
		}),
	}
}

// inMemory sends a request's body from memory. The SDK closes the body as soon as it has an answer, and net/http, if it still
// looks whether the body is at its end, then takes the closed body's io.EOF for a failure to write and drops the connection
// with the answer in it. Only an answer within microseconds, as here, is that fast.
type inMemory struct{}

func (inMemory) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(b))
	}
	return http.DefaultClient.Do(r)
}

const admin = "AKIAADMIN"

// apiErr takes an error apart: code, HTTP status, message.
func apiErr(t *testing.T, err error) (code string, status int, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("got error %v, want one of the API", err)
	}
	var resp *smithyhttp.ResponseError
	if errors.As(err, &resp) {
		status = resp.HTTPStatusCode()
	}
	return api.ErrorCode(), status, api.ErrorMessage()
}

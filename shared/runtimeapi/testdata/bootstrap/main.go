// Command bootstrap is the function that the tests run: it does what the event
// says.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-xray-sdk-go/xray"
)

type event struct {
	Do     string `json:"do"`
	Size   int    `json:"size"`
	Text   string `json:"text"`
	Millis int    `json:"millis"`
}

var invocations int

func handle(ctx context.Context, raw json.RawMessage) (any, error) {
	invocations++
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	switch e.Do {
	case "":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		dir, err := os.Getwd()
		return map[string]any{
			"invocation": invocations, "requestId": lc.AwsRequestID, "arn": lc.InvokedFunctionArn, "env": os.Environ(), "pid": os.Getpid(),
			"deadlineMs": time.Until(deadline).Milliseconds(), "dir": dir, "trace": ctx.Value("x-amzn-trace-id"), "event": string(raw),
		}, err
	case "fail":
		return nil, errors.New(e.Text)
	case "panic":
		panic(e.Text)
	case "exit":
		fmt.Fprintln(os.Stderr, e.Text)
		os.Exit(e.Size)
	case "signal":
		p, err := os.FindProcess(os.Getpid())
		if err != nil {
			return nil, err
		}
		if err := p.Kill(); err != nil {
			return nil, err
		}
		time.Sleep(time.Second)
	case "sleep":
		fmt.Println("going to sleep")
		time.Sleep(time.Duration(e.Millis) * time.Millisecond)
		return "awake", nil
	case "log":
		fmt.Fprint(os.Stdout, "to stdout: "+e.Text+"\n")
		fmt.Fprint(os.Stderr, "to stderr: "+strings.Repeat(e.Text, e.Size)+"\n")
		return nil, nil
	case "big":
		return strings.Repeat("x", e.Size-2), nil
	case "stream":
		return io.MultiReader(strings.NewReader("begun"), broken{}), nil
	case "trace":
		for i := range e.Size {
			_, seg := xray.BeginSubsegment(ctx, fmt.Sprintf("phase-%d", i))
			seg.Close(nil)
		}
		return "traced", nil
	case "child":
		c := exec.Command("/bin/sleep", "300")
		c.Stdout = os.Stdout
		if err := c.Start(); err != nil {
			return nil, err
		}
		return c.Process.Pid, nil
	}
	return nil, fmt.Errorf("what is %q?", e.Do)
}

// broken fails in the middle of an answer.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the source ended") }

func main() {
	switch os.Getenv("TEST_INIT") {
	case "exit":
		fmt.Fprintln(os.Stderr, "cannot start")
		os.Exit(3)
	case "hang":
		time.Sleep(time.Minute)
	case "error":
		post("/2018-06-01/runtime/init/error", `{"errorMessage":"no configuration","errorType":"Config.Missing"}`)
		os.Exit(1)
	}
	if os.Getenv("TEST_SIGTERM") != "" {
		lambda.StartWithOptions(handle, lambda.WithEnableSIGTERM(func() { fmt.Println("asked to end") }))
		return
	}
	lambda.Start(handle)
}

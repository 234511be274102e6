package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"permprobe/shared/awsclient"
	"permprobe/shared/collect"
	"permprobe/shared/fact"
)

// lockedBuffer is written by the server while the test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serving starts the command and returns what it told to export, and how to interrupt it.
func serving(t *testing.T, args ...string) (exported map[string]string, stderr *lockedBuffer, interrupt func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	stderr = &lockedBuffer{}
	ended := make(chan int, 1)
	go func() {
		ended <- dispatch(ctx, append([]string{"serve", "-addr", "127.0.0.1:0"}, args...), streams{strings.NewReader(""), writer, stderr})
		_ = writer.Close()
	}()
	interrupt = func() int {
		cancel()
		select {
		case code := <-ended:
			ended <- code
			return code
		case <-time.After(5 * time.Second):
			t.Fatal("the server does not end")
			return -1
		}
	}
	t.Cleanup(func() { interrupt() })
	exported = map[string]string{}
	lines := bufio.NewScanner(reader)
	for lines.Scan() {
		for _, pair := range regexp.MustCompile(`([A-Z_]+)=(\S+)`).FindAllStringSubmatch(lines.Text(), -1) {
			exported[pair[1]] = pair[2]
		}
		if strings.HasPrefix(lines.Text(), "unset") {
			go func() { _, _ = io.Copy(io.Discard, reader) }()
			return exported, stderr, interrupt
		}
	}
	t.Fatalf("the server does not start: %s", stderr)
	return nil, nil, nil
}

func TestServeAnswersWithTheAccountOfTheTemplatesUntilItIsInterrupted(t *testing.T) {
	exported, stderr, interrupt := serving(t, example, "-v", "-region", "eu-central-1")
	if exported["AWS_REGION"] != "eu-central-1" || exported["AWS_ACCESS_KEY_ID"] == "" || exported["AWS_SECRET_ACCESS_KEY"] == "" {
		t.Errorf("to export: %v", exported)
	}
	url := exported["AWS_ENDPOINT_URL"]
	session := awsclient.Embedded(url, exported["AWS_REGION"], exported["AWS_ACCESS_KEY_ID"])
	facts := collect.New(session.Config, fact.Account{Partition: "aws", ID: "123456789012", Region: "eu-central-1"}).
		Collect(context.Background(), collect.Selection{Matches: func(string, string) bool { return true }}, collect.Known{})
	if len(facts.Functions) != 16 || len(facts.Unread) > 0 {
		t.Errorf("%d functions, unread %+v", len(facts.Functions), facts.Unread)
	}
	if code := interrupt(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if !regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d lambda ListFunctions 200`).MatchString(stderr.String()) {
		t.Errorf("no line for the call:\n%s", stderr)
	}
	if strings.Count(stderr.String(), "\n") != session.Calls() {
		t.Errorf("%d calls, but the log is\n%s", session.Calls(), stderr)
	}
	if conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")); err == nil {
		_ = conn.Close()
		t.Error("somebody still listens")
	}
}

func TestServeIsSilentAboutCallsUnlessAsked(t *testing.T) {
	exported, stderr, interrupt := serving(t, example)
	session := awsclient.Embedded(exported["AWS_ENDPOINT_URL"], "us-east-1", "local")
	collect.New(session.Config, fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"}).
		Collect(context.Background(), collect.Selection{Matches: func(string, string) bool { return true }}, collect.Known{})
	interrupt()
	if session.Calls() == 0 || stderr.String() != "" {
		t.Errorf("%d calls, stderr %q", session.Calls(), stderr)
	}
}

func TestAClientThatHoldsItsConnectionDoesNotHoldUpTheEnd(t *testing.T) {
	exported, _, interrupt := serving(t, example)
	conn, err := net.Dial("tcp", strings.TrimPrefix(exported["AWS_ENDPOINT_URL"], "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	begun := time.Now()
	if code := interrupt(); code != exitOK || time.Since(begun) > 2*time.Second {
		t.Errorf("exit code %d after %s", code, time.Since(begun))
	}
}

func TestAPortThatIsTakenIsSaid(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	code, out, errs := local(t, "serve", "-addr", taken.Addr().String(), example)
	if code != exitError || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, taken.Addr().String()) {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, out, errs)
	}
}

// withoutAWS leaves out what the developer's shell has set for the AWS CLI.
func withoutAWS(env []string) []string {
	return slices.DeleteFunc(env, func(pair string) bool { return strings.HasPrefix(pair, "AWS_") })
}

func TestTheAWSCommandLineWorksAgainstServe(t *testing.T) {
	aws, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("the AWS CLI is not installed")
	}
	exported, _, _ := serving(t, example)
	run := func(args ...string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, aws, append(args, "--output", "json")...)
		cmd.Env = append(withoutAWS(os.Environ()), "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_PAGER=")
		for name, value := range exported {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		out, err := cmd.Output()
		if err != nil {
			var failed *exec.ExitError
			if errors.As(err, &failed) {
				t.Fatalf("aws %v: %v: %s", args, err, failed.Stderr)
			}
			t.Fatal(err)
		}
		return string(out)
	}
	var page struct {
		NextToken string
		Functions []struct{ FunctionName string }
	}
	list := func(args ...string) (names []string) {
		t.Helper()
		page.NextToken, page.Functions = "", nil
		if err := json.Unmarshal([]byte(run(append([]string{"lambda", "list-functions"}, args...)...)), &page); err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Functions {
			names = append(names, f.FunctionName)
		}
		return names
	}
	got := list("--max-items", "2")
	if len(got) != 2 || page.NextToken == "" {
		t.Fatalf("the first page holds %q, token %q", got, page.NextToken)
	}
	got = append(got, list("--starting-token", page.NextToken)...)
	if !slices.Equal(got, list()) || len(got) != 16 {
		t.Errorf("in pages: %q", got)
	}
	if got := run("iam", "simulate-principal-policy", "--policy-source-arn", "arn:aws:iam::123456789012:role/notes-api-role",
		"--action-names", "dynamodb:GetItem", "dynamodb:Scan", "--resource-arns", "arn:aws:dynamodb:us-east-1:123456789012:table/notes",
		"--query", "EvaluationResults[].EvalDecision"); strings.Join(strings.Fields(got), "") != `["allowed","implicitDeny"]` {
		t.Errorf("simulated: %q", got)
	}
	if got := run("iam", "get-account-authorization-details", "--filter", "Role",
		"--query", "RoleDetailList[?RoleName=='notes-api-role'].[RolePolicyList[0].PolicyDocument.Statement[0].Effect, AttachedManagedPolicies[0].PolicyName]"); strings.Join(strings.Fields(got), "") !=
		`[["Allow","AWSLambdaBasicExecutionRole"]]` {
		t.Errorf("authorization details: %q", got)
	}
	var granted struct{ Policy string }
	if err := json.Unmarshal([]byte(run("lambda", "get-policy", "--function-name", "open-day", "--qualifier", "live")), &granted); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(granted.Policy, `"events.amazonaws.com"`) || !strings.Contains(granted.Policy, ":function:open-day:live") {
		t.Errorf("the policy of the alias: %q", granted.Policy)
	}
}

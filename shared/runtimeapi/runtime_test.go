package runtimeapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"permprobe/shared/runtimeapi"
)

// TestMain builds the function that the tests run once.
func TestMain(m *testing.M) {
	if helper := os.Getenv("RUNTIMEAPI_TEST_HELPER"); helper != "" {
		hold(helper)
		return
	}
	dir, err := os.MkdirTemp("", "runtimeapi")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "bootstrap")
	build := exec.Command("go", "build", "-o", binary, "./testdata/bootstrap")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the test function: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var binary string

// hold runs the function until this process is killed.
func hold(binary string) {
	r, err := runtimeapi.Start(context.Background(), runtimeapi.Options{Binary: binary})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := r.Invoke(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(res.Payload))
	time.Sleep(time.Minute)
}

const arn = "arn:aws:lambda:eu-west-1:123456789012:function:probe"

func start(t *testing.T, o runtimeapi.Options) *runtimeapi.Runtime {
	t.Helper()
	if o.Binary == "" {
		o.Binary = binary
	}
	if o.FunctionARN == "" {
		o.FunctionARN = arn
	}
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	r, err := runtimeapi.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func invoke(t *testing.T, r *runtimeapi.Runtime, event string) runtimeapi.Result {
	t.Helper()
	res, err := r.Invoke(t.Context(), []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// seen is what the test function says about its environment.
type seen struct {
	Invocation int
	RequestID  string
	ARN        string
	Env        []string
	PID        int
	DeadlineMs int
	Dir        string
	Trace      string
	Event      string
}

func look(t *testing.T, res runtimeapi.Result) seen {
	t.Helper()
	var s seen
	if err := json.Unmarshal(res.Payload, &s); err != nil {
		t.Fatalf("%v in %s", err, res.Payload)
	}
	return s
}

type failure struct{ ErrorType, ErrorMessage string }

func failed(t *testing.T, res runtimeapi.Result) failure {
	t.Helper()
	var f failure
	if err := json.Unmarshal(res.Payload, &f); err != nil {
		t.Fatalf("%v in %s", err, res.Payload)
	}
	if res.FunctionError != "Unhandled" {
		t.Errorf("FunctionError is %q", res.FunctionError)
	}
	return f
}

func gone(pid int) bool {
	for range 100 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return true
		}
		if state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && bytes.Contains(state, []byte(") Z ")) {
			return true // ended, and waits for a parent that is not ours
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

func TestAWarmProcessTakesSeveralInvocationsWithItsOwnIdsAndDeadline(t *testing.T) {
	r := start(t, runtimeapi.Options{Timeout: 7 * time.Second})
	first := invoke(t, r, `{"a":1}`)
	second := invoke(t, r, "")
	a, b := look(t, first), look(t, second)
	if a.PID != b.PID || a.Invocation != 1 || b.Invocation != 2 {
		t.Errorf("not one warm process: %d/%d, %d/%d", a.PID, a.Invocation, b.PID, b.Invocation)
	}
	if a.Event != `{"a":1}` || b.Event != "{}" {
		t.Errorf("events %s and %s", a.Event, b.Event)
	}
	if a.RequestID != first.RequestID || b.RequestID != second.RequestID || a.RequestID == b.RequestID || len(a.RequestID) != 36 {
		t.Errorf("request ids %s %s", a.RequestID, b.RequestID)
	}
	if a.ARN != arn {
		t.Errorf("invoked ARN %s", a.ARN)
	}
	if a.DeadlineMs > 7000 || a.DeadlineMs < 5000 {
		t.Errorf("deadline in %d ms", a.DeadlineMs)
	}
	if !strings.HasPrefix(a.Trace, "Root="+first.TraceID+";Parent=") || !strings.HasSuffix(a.Trace, ";Sampled=1") {
		t.Errorf("trace header %s", a.Trace)
	}
	if first.InitDuration <= 0 || second.InitDuration != 0 || r.InitDuration() != first.InitDuration {
		t.Errorf("init %v, %v, %v", first.InitDuration, second.InitDuration, r.InitDuration())
	}
	if first.Duration <= 0 || first.FunctionError != "" {
		t.Errorf("duration %v, error %q", first.Duration, first.FunctionError)
	}
}

func TestTheEnvironmentIsLambdasAndWhatWasPassedAndNothingElse(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "of-the-developer")
	r := start(t, runtimeapi.Options{MemoryMB: 512, FunctionARN: arn + ":live", LogGroup: "/my/logs", Handler: "h",
		Env: []string{"A=1", "A=2", "AWS_LAMBDA_RUNTIME_API=example.com", "LAMBDA_TASK_ROOT=/elsewhere", "AWS_REGION=eu-central-1"}})
	s := look(t, invoke(t, r, ""))
	root := filepath.Dir(binary)
	if dir, err := filepath.EvalSymlinks(root); err != nil || s.Dir != root && s.Dir != dir {
		t.Errorf("working directory %s, %v", s.Dir, err)
	}
	got := map[string]string{}
	for _, kv := range s.Env {
		k, v, _ := strings.Cut(kv, "=")
		got[k] = v
	}
	for _, k := range []string{"AWS_LAMBDA_RUNTIME_API", "AWS_XRAY_DAEMON_ADDRESS"} {
		if !strings.HasPrefix(got[k], "127.0.0.1:") {
			t.Errorf("%s is %q", k, got[k])
		}
		delete(got, k)
	}
	if got["_X_AMZN_TRACE_ID"] == "" || got["AWS_LAMBDA_LOG_STREAM_NAME"] == "" {
		t.Errorf("trace id %q, log stream %q", got["_X_AMZN_TRACE_ID"], got["AWS_LAMBDA_LOG_STREAM_NAME"])
	}
	delete(got, "_X_AMZN_TRACE_ID")
	delete(got, "AWS_LAMBDA_LOG_STREAM_NAME")
	want := map[string]string{
		"A": "2", "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_LAMBDA_FUNCTION_NAME": "probe",
		"AWS_LAMBDA_FUNCTION_VERSION": "live", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512", "AWS_LAMBDA_LOG_GROUP_NAME": "/my/logs",
		"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR", "LAMBDA_TASK_ROOT": root,
		"LAMBDA_RUNTIME_DIR": "/var/runtime", "_HANDLER": "h", "HOME": "/home/sbx_user1051", "LANG": "en_US.UTF-8", "TZ": ":UTC",
		"PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestAFunctionErrorIsReturnedAsPostedAndTheProcessStays(t *testing.T) {
	r := start(t, runtimeapi.Options{})
	got := failed(t, invoke(t, r, `{"do":"fail","text":"no \"luck\""}`))
	if diff := cmp.Diff(failure{"errorString", `no "luck"`}, got); diff != "" {
		t.Error(diff)
	}
	if s := look(t, invoke(t, r, "")); s.Invocation != 2 {
		t.Errorf("invocation %d", s.Invocation)
	}
}

func TestAPanicIsReportedAndTheNextInvocationGetsANewProcess(t *testing.T) {
	r := start(t, runtimeapi.Options{})
	got := failed(t, invoke(t, r, `{"do":"panic","text":"oh"}`))
	if got.ErrorMessage != "oh" {
		t.Errorf("%+v", got)
	}
	res := invoke(t, r, "")
	if s := look(t, res); s.Invocation != 1 || res.InitDuration <= 0 {
		t.Errorf("invocation %d, init %v", s.Invocation, res.InitDuration)
	}
}

func TestAProcessThatEndsWithoutAnAnswerIsARuntimeExitError(t *testing.T) {
	for name, c := range map[string]struct{ event, want, log string }{
		"status": {`{"do":"exit","size":42,"text":"giving up"}`, "Runtime exited with error: exit status 42", "giving up\n"},
		"clean":  {`{"do":"exit","size":0,"text":"bye"}`, "Runtime exited without providing a reason", "bye\n"},
		"signal": {`{"do":"signal"}`, "Runtime exited with error: signal: killed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, runtimeapi.Options{})
			res := invoke(t, r, c.event)
			want := failure{"Runtime.ExitError", "RequestId: " + res.RequestID + " Error: " + c.want}
			if diff := cmp.Diff(want, failed(t, res)); diff != "" {
				t.Error(diff)
			}
			if !strings.HasPrefix(string(res.Logs), c.log) || !strings.Contains(string(res.Logs), c.want) {
				t.Errorf("logs %q", res.Logs)
			}
			if s := look(t, invoke(t, r, "")); s.Invocation != 1 {
				t.Errorf("invocation %d of the new process", s.Invocation)
			}
		})
	}
}

func TestATimeoutKillsTheProcessSaysSoAndTheNextInvocationStartsAnew(t *testing.T) {
	r := start(t, runtimeapi.Options{Timeout: 500 * time.Millisecond})
	pid := look(t, invoke(t, r, "")).PID
	begin := time.Now()
	res := invoke(t, r, `{"do":"sleep","millis":60000}`)
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	want := failure{"Sandbox.Timedout", "RequestId: " + res.RequestID + " Error: Task timed out after 0.50 seconds"}
	if diff := cmp.Diff(want, failed(t, res)); diff != "" {
		t.Error(diff)
	}
	if logs := string(res.Logs); !strings.HasPrefix(logs, "going to sleep\n") || !strings.Contains(logs, res.RequestID+" Task timed out after 0.50 seconds") {
		t.Errorf("logs %q", logs)
	}
	if !gone(pid) {
		t.Errorf("process %d still runs", pid)
	}
	if s := look(t, invoke(t, r, "")); s.Invocation != 1 || s.PID == pid {
		t.Errorf("invocation %d in process %d", s.Invocation, s.PID)
	}
}

func TestAProcessThatCannotInitializeIsReportedByTheInvocation(t *testing.T) {
	for name, c := range map[string]struct {
		init, errorType, message string
	}{
		"exit":  {"exit", "Runtime.ExitError", "Runtime exited with error: exit status 3"},
		"error": {"error", "Config.Missing", "no configuration"},
		"hang":  {"hang", "Sandbox.Timedout", "Task timed out after 0.30 seconds"},
	} {
		t.Run(name, func(t *testing.T) {
			o := runtimeapi.Options{Env: []string{"TEST_INIT=" + c.init}}
			if c.init == "hang" {
				o.InitTimeout = 300 * time.Millisecond
			}
			r := start(t, o)
			for range 2 {
				got := failed(t, invoke(t, r, ""))
				if got.ErrorType != c.errorType || !strings.HasSuffix(got.ErrorMessage, c.message) {
					t.Errorf("%+v", got)
				}
			}
			if r.InitDuration() != 0 {
				t.Errorf("init duration %v without a poll", r.InitDuration())
			}
		})
	}
}

func TestAnAnswerBeyondSixMegabytesIsRefused(t *testing.T) {
	const limit = 6*1024*1024 + 100
	r := start(t, runtimeapi.Options{})
	if res := invoke(t, r, fmt.Sprintf(`{"do":"big","size":%d}`, limit)); res.FunctionError != "" || len(res.Payload) != limit {
		t.Errorf("%d bytes, %s", len(res.Payload), res.FunctionError)
	}
	got := failed(t, invoke(t, r, fmt.Sprintf(`{"do":"big","size":%d}`, limit+1)))
	want := failure{"Function.ResponseSizeTooLarge", "Response payload size (6291557 bytes) exceeded maximum allowed payload size (6291556 bytes)."}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if res := invoke(t, r, ""); res.FunctionError != "" {
		t.Errorf("afterwards: %s", res.Payload)
	}
}

func TestAnEventThatLambdaWouldRefuseIsAnErrorAndStartsNothing(t *testing.T) {
	r := start(t, runtimeapi.Options{})
	for name, event := range map[string][]byte{
		"no JSON":   []byte("{"),
		"too large": []byte(`"` + strings.Repeat("x", 6*1024*1024) + `"`),
	} {
		if _, err := r.Invoke(t.Context(), event); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if s := look(t, invoke(t, r, "")); s.Invocation != 1 {
		t.Errorf("invocation %d", s.Invocation)
	}
}

func TestALateFailureOfAStreamedAnswerIsAFunctionError(t *testing.T) {
	r := start(t, runtimeapi.Options{})
	got := failed(t, invoke(t, r, `{"do":"stream"}`))
	if diff := cmp.Diff(failure{"errorString", "the source ended"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLogsBelongToTheirInvocationAndAreCopied(t *testing.T) {
	var copied bytes.Buffer
	r := start(t, runtimeapi.Options{Stderr: &copied})
	var all []byte
	for i, size := range []int{1, 100_000, 0, 7} {
		text := fmt.Sprintf("%d!", i)
		res := invoke(t, r, fmt.Sprintf(`{"do":"log","text":%q,"size":%d}`, text, size))
		want := "to stdout: " + text + "\nto stderr: " + strings.Repeat(text, size) + "\n"
		if diff := cmp.Diff(want, string(res.Logs)); diff != "" {
			t.Errorf("logs of %d (-want +got):\n%.500s", i, diff)
		}
		all = append(all, res.Logs...)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(all, copied.Bytes()) {
		t.Errorf("copied %d bytes, logged %d", copied.Len(), len(all))
	}
}

func TestXRaySegmentsAreCollected(t *testing.T) {
	r := start(t, runtimeapi.Options{})
	res := invoke(t, r, `{"do":"trace","size":3}`)
	var names []string
	for _, doc := range res.Segments {
		var s struct {
			Name    string
			TraceID string `json:"trace_id"`
		}
		if err := json.Unmarshal(doc, &s); err != nil {
			t.Fatalf("%v in %s", err, doc)
		}
		if s.TraceID != res.TraceID {
			t.Errorf("trace id %s, want %s", s.TraceID, res.TraceID)
		}
		names = append(names, s.Name)
	}
	if diff := cmp.Diff([]string{"phase-0", "phase-1", "phase-2"}, names); diff != "" {
		t.Error(diff)
	}
	if again := invoke(t, r, `{"do":"trace","size":1}`); len(again.Segments) != 1 || len(r.Segments()) != 4 {
		t.Errorf("%d and %d segments", len(again.Segments), len(r.Segments()))
	}
}

func TestCloseLeavesNoProcess(t *testing.T) {
	for name, env := range map[string][]string{"killed": nil, "asked first": {"TEST_SIGTERM=1"}} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			r := start(t, runtimeapi.Options{Env: env, Stderr: &out})
			pid := look(t, invoke(t, r, "")).PID
			var child int
			if err := json.Unmarshal(invoke(t, r, `{"do":"child"}`).Payload, &child); err != nil {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if !gone(pid) || !gone(child) {
				t.Errorf("process gone: %t, its child: %t", gone(pid), gone(child))
			}
			if asked := strings.Contains(out.String(), "asked to end"); asked != (env != nil) {
				t.Errorf("SIGTERM seen: %t; output %q", asked, out.String())
			}
			if _, err := r.Invoke(t.Context(), nil); !errors.Is(err, runtimeapi.ErrClosed) {
				t.Errorf("invoke after close: %v", err)
			}
			if err := r.Close(); err != nil {
				t.Errorf("second close: %v", err)
			}
		})
	}
}

func TestAKilledParentLeavesNoProcessOnLinux(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("only Linux kills a child with its parent")
	}
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "RUNTIMEAPI_TEST_HELPER="+binary)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var s seen
	err = json.NewDecoder(out).Decode(&s)
	if killErr := parent.Process.Kill(); killErr != nil {
		t.Error(killErr)
	}
	if waitErr := parent.Wait(); waitErr == nil {
		t.Error("the parent ended by itself")
	}
	if err != nil {
		t.Fatal(err)
	}
	if !gone(s.PID) {
		t.Errorf("process %d still runs", s.PID)
	}
}

func TestCloseAndCancellationEndARunningInvocation(t *testing.T) {
	t.Run("close", func(t *testing.T) {
		r := start(t, runtimeapi.Options{})
		pid := look(t, invoke(t, r, "")).PID
		done := make(chan error)
		go func() {
			_, err := r.Invoke(context.Background(), []byte(`{"do":"sleep","millis":60000}`))
			done <- err
		}()
		time.Sleep(50 * time.Millisecond)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, runtimeapi.ErrClosed) {
			t.Errorf("error %v", err)
		}
		if !gone(pid) {
			t.Error("the process still runs")
		}
	})
	t.Run("cancel of the invocation", func(t *testing.T) {
		r := start(t, runtimeapi.Options{})
		pid := look(t, invoke(t, r, "")).PID
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := r.Invoke(ctx, []byte(`{"do":"sleep","millis":60000}`)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if !gone(pid) {
			t.Error("the process still runs")
		}
	})
	t.Run("cancel of the runtime", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := runtimeapi.Start(ctx, runtimeapi.Options{Binary: binary, FunctionARN: arn})
		if err != nil {
			t.Fatal(err)
		}
		pid := look(t, invoke(t, r, "")).PID
		cancel()
		if !gone(pid) {
			t.Error("the process still runs")
		}
	})
}

func TestConcurrentInvocationsRunOneAfterTheOther(t *testing.T) {
	r := start(t, runtimeapi.Options{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	var got []int
	for range 8 {
		wg.Go(func() {
			res, err := r.Invoke(t.Context(), nil)
			if err != nil {
				t.Error(err)
				return
			}
			s := look(t, res)
			mu.Lock()
			got = append(got, s.Invocation)
			mu.Unlock()
		})
	}
	wg.Wait()
	slices.Sort(got)
	if diff := cmp.Diff([]int{1, 2, 3, 4, 5, 6, 7, 8}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCannotBeStartedIsAnErrorWithItsReason(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("no program"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o    runtimeapi.Options
		want string
	}{
		"absent":      {runtimeapi.Options{Binary: filepath.Join(dir, "absent")}, "no such file"},
		"folder":      {runtimeapi.Options{Binary: dir}, "is no file"},
		"wrong build": {runtimeapi.Options{Binary: text}, "is not built for"},
		"no x bit":    {runtimeapi.Options{Binary: plain}, "is not executable"},
		"ARN":         {runtimeapi.Options{Binary: binary, FunctionARN: "probe"}, `"probe" is no function ARN`},
		"environment": {runtimeapi.Options{Binary: binary, Env: []string{"A"}}, `"A" is no environment entry`},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := runtimeapi.Start(t.Context(), c.o)
			if err == nil {
				_ = r.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want %q in it", err, c.want)
			}
		})
	}
}

func TestPeakMemoryIsKnownOnLinux(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("no /proc here")
	}
	r := start(t, runtimeapi.Options{})
	invoke(t, r, "")
	if m := r.PeakMemory(); m < 1<<20 || m > 1<<30 {
		t.Errorf("peak memory %d", m)
	}
}

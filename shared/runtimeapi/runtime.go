// Package runtimeapi runs a Lambda deployment's real bootstrap binary on this
// machine: it serves the Lambda Runtime API on loopback, starts the binary in an
// environment like Lambda's, gives it events and returns what it answers, what
// it logged and the X-Ray segments that it sent.
//
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
package runtimeapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Lambda's limits and defaults.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	maxResponse    = 6*1024*1024 + 100 // bytes, as Lambda's own message says
	maxPayload     = 6 * 1024 * 1024
	defaultTimeout = 3 * time.Second
	defaultMemory  = 128
	defaultInit    = 10 * time.Second
	defaultARN     = "arn:aws:lambda:us-east-1:123456789012:function:function"
)

// ErrClosed is returned by Invoke after Close.
var ErrClosed = errors.New("the runtime is closed")

// Options say what to run and how.
type Options struct {
	// Binary is the bootstrap. Its folder is the working directory and
	// LAMBDA_TASK_ROOT, as when a deployment package is unpacked.
	Binary string
	// Env is added to the environment that Lambda sets; nothing else of this
	// process's environment is passed on. A later entry wins.
	Env []string
	// Timeout is the function's time limit; 3 s when zero, as Lambda's default.
	Timeout time.Duration
	// InitTimeout limits the time from start to the first poll; 10 s when zero.
	InitTimeout time.Duration
	// MemoryMB is told to the function and not enforced; 128 when zero.
	MemoryMB int
	// FunctionARN is the ARN that is invoked: region, name and version are
	// taken from it. A qualifier is the version's.
	FunctionARN string
	// Handler is the function's handler setting; "bootstrap" when empty.
	Handler string
	// LogGroup is the function's log group; /aws/lambda/NAME when empty.
	LogGroup string
	// Stderr receives the logs as they are written, when not nil.
	Stderr io.Writer
}

// Result is how one invocation ended.
type Result struct {
	// Payload is the function's answer, or when FunctionError is set a JSON
	// object with errorType and errorMessage, as Lambda's Invoke returns it.
	Payload []byte
	// FunctionError is empty on success, else Unhandled.
	FunctionError string
	RequestID     string
	TraceID       string // X-Ray root id
	// Duration is from handing over the event to the answer.
	Duration time.Duration
	// InitDuration is from starting the process to its first poll; zero unless
	// this invocation was the first of its process.
	InitDuration time.Duration
	// Logs is what the process wrote to stdout and stderr since the previous
	// invocation, with the lines that Lambda adds about timeouts and exits.
	Logs []byte
	// Segments are the X-Ray segment documents sent meanwhile.
	Segments [][]byte
}

// Runtime runs one function. Its methods may be called concurrently; invocations
// run one after the other, as in one execution environment.
type Runtime struct {
	opts  Options
	trace *collector

	invoking sync.Mutex // held while an invocation runs

	mu     sync.Mutex
	box    *sandbox
	closed bool
	stop   func() bool
}

// Start serves the Runtime API and starts the binary. The process ends with
// Close or when ctx is done. A binary that starts and then fails is reported by
// Invoke, as Lambda does.
func Start(ctx context.Context, o Options) (*Runtime, error) {
	o, err := completed(o)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	trace, err := collect()
	if err != nil {
		return nil, fmt.Errorf("listen for X-Ray segments: %w", err)
	}
	r := &Runtime{opts: o, trace: trace}
	if _, err := r.sandbox(); err != nil {
		trace.close()
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = r.Close() })
	r.mu.Lock()
	r.stop = stop
	r.mu.Unlock()
	return r, nil
}

// completed checks the options and fills in defaults.
func completed(o Options) (Options, error) {
	path, err := filepath.Abs(o.Binary)
	if err != nil {
		return o, fmt.Errorf("find the binary %q: %w", o.Binary, err)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return o, fmt.Errorf("find the binary: %w", err)
	case !info.Mode().IsRegular():
		return o, fmt.Errorf("the binary %q is no file", path)
	}
	o.Binary = path
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.InitTimeout <= 0 {
		o.InitTimeout = defaultInit
	}
	if o.MemoryMB <= 0 {
		o.MemoryMB = defaultMemory
	}
	if o.FunctionARN == "" {
		o.FunctionARN = defaultARN
	}
	if _, err := parseARN(o.FunctionARN); err != nil {
		return o, err
	}
	if o.Handler == "" {
		o.Handler = "bootstrap"
	}
	return o, nil
}

// sandbox returns the running execution environment, a new one if need be.
func (r *Runtime) sandbox() (*sandbox, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrClosed
	}
	if r.box != nil && r.box.alive() {
		return r.box, nil
	}
	if r.box != nil {
		r.box.kill()
		r.box = nil
	}
	box, err := startSandbox(r.opts, r.trace.address())
	if err != nil {
		return nil, err
	}
	r.box = box
	return box, nil
}

// Invoke gives the function one event and waits for the end of the invocation.
// The error is nil also when the function fails: see Result.FunctionError. It
// is not nil when the event is no JSON or too large, the process cannot be
// started, the runtime is closed or ctx is done; then the process is killed.
func (r *Runtime) Invoke(ctx context.Context, payload []byte) (Result, error) {
	return r.Repeat(ctx, "", payload)
}

// Repeat is Invoke under the request id of an earlier invocation, as Lambda repeats an asynchronous one that failed; an
// empty id is a new one.
//
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
func (r *Runtime) Repeat(ctx context.Context, id string, payload []byte) (Result, error) {
	r.invoking.Lock()
	defer r.invoking.Unlock()
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	if len(payload) > maxPayload {
		return Result{}, fmt.Errorf("the event has %d bytes; Lambda accepts at most %d", len(payload), maxPayload)
	}
	if !json.Valid(payload) {
		return Result{}, errors.New("the event is not valid JSON")
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	box, err := r.sandbox()
	if err != nil {
		return Result{}, err
	}
	c := newCall(payload, r.opts)
	if id != "" {
		c.id = id
	}
	res := Result{RequestID: c.id, TraceID: c.root}
	first := !box.used
	box.used = true
	err = box.run(ctx, c, &res)
	if first {
		res.InitDuration = box.initDuration()
	}
	box.logs.flush()
	res.Logs = box.logs.take()
	r.trace.flush()
	res.Segments = r.trace.take()
	if r.isClosed() && (err != nil || res.FunctionError != "") {
		// The process was killed under the invocation: that is not its fault.
		err = ErrClosed
	}
	if err != nil {
		return res, fmt.Errorf("invoke %s: %w", filepath.Base(r.opts.Binary), err)
	}
	return res, nil
}

func (r *Runtime) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// InitDuration is the time from starting the latest process to its first poll,
// zero before that.
func (r *Runtime) InitDuration() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.box == nil {
		return 0
	}
	return r.box.initDuration()
}

// Segments are all X-Ray segment documents received since Start.
func (r *Runtime) Segments() [][]byte {
	r.trace.flush()
	return r.trace.all()
}

// PeakMemory is the largest resident size in bytes that the latest process had;
// zero where the system does not tell.
func (r *Runtime) PeakMemory() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.box == nil {
		return 0
	}
	return r.box.peakMemory()
}

// Close ends the process and the servers. It may be called more than once, and
// during an invocation, which then returns an error.
func (r *Runtime) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	if r.stop != nil {
		r.stop()
	}
	if r.box != nil {
		r.box.kill()
	}
	r.trace.close()
	return nil
}

// call is one invocation.
type call struct {
	id, root, parent string
	arn              string
	payload          []byte
	timeout          time.Duration

	started  chan time.Time // gets the time at which the event was handed over
	answered chan answer    // gets the answer
	idle     chan struct{}  // closed at the poll after the answer
}

// answer is what the function posted, or what Lambda makes of it.
type answer struct {
	payload []byte
	failure string // value of X-Amz-Function-Error
	at      time.Time
}

func newCall(payload []byte, o Options) *call {
	id := random(16)
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	h := hex.EncodeToString(id)
	return &call{
		id:       h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:],
		root:     fmt.Sprintf("1-%08x-%s", uint32(time.Now().Unix()), hex.EncodeToString(random(12))),
		parent:   hex.EncodeToString(random(8)),
		arn:      o.FunctionARN,
		payload:  payload,
		timeout:  o.Timeout,
		started:  make(chan time.Time, 1),
		answered: make(chan answer, 1),
		idle:     make(chan struct{}),
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	// crypto/rand.Read never returns an error.
	_, _ = rand.Read(b)
	return b
}

// failed is the answer that Lambda gives when it ends an invocation itself.
func failed(errorType, message string) answer {
	// Marshalling two strings cannot fail.
	payload, _ := json.Marshal(struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{errorType, message})
	return answer{payload: payload, failure: unhandled, at: time.Now()}
}

const unhandled = "Unhandled"

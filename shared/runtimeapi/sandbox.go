package runtimeapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// grace is the time between SIGTERM and SIGKILL for a process that registered an
// extension, which is how a runtime asks for SIGTERM.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
const grace = 500 * time.Millisecond

// sandbox is one execution environment: one process and its Runtime API.
type sandbox struct {
	opts   Options
	server *http.Server
	cmd    *exec.Cmd
	logs   *logs
	born   time.Time
	used   bool // has had an invocation; only Invoke touches it

	calls  chan *call
	polled chan struct{} // closed at the first poll
	broken chan answer   // gets the error posted to init/error
	dead   chan struct{} // closed when the process has ended
	gone   error         // how it ended; read after dead is closed

	mu       sync.Mutex
	current  *call
	replied  bool
	init     time.Duration
	extended bool // registered an extension
	killing  sync.Once
}

func startSandbox(o Options, daemon string) (*sandbox, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the runtime API: %w", err)
	}
	b := &sandbox{opts: o, calls: make(chan *call), polled: make(chan struct{}), broken: make(chan answer, 1), dead: make(chan struct{})}
	env, err := environment(o, listener.Addr().String(), daemon)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if b.logs, err = captureLogs(o.Stderr); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	b.server = &http.Server{Handler: b.routes(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = b.server.Serve(listener) }() // ends with Close in kill
	b.cmd = &exec.Cmd{
		Path:        o.Binary,
		Args:        []string{o.Binary},
		Env:         env,
		Dir:         filepath.Dir(o.Binary),
		Stdout:      b.logs.file(),
		Stderr:      b.logs.file(),
		SysProcAttr: processAttributes(),
	}
	started := make(chan error)
	go b.live(started)
	if err := <-started; err != nil {
		_ = b.server.Close()
		b.logs.close()
		return nil, startError(o.Binary, err)
	}
	return b, nil
}

// live starts the process and waits for its end on one thread: where the system
// kills a child when its parent dies, the parent is the thread that started it.
func (b *sandbox) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b.mu.Lock()
	b.born = time.Now()
	b.mu.Unlock()
	if err := b.cmd.Start(); err != nil {
		started <- err
		return
	}
	started <- nil
	b.gone = b.cmd.Wait()
	killGroup(b.cmd.Process.Pid, syscall.SIGKILL) // what it started ends with it
	close(b.dead)
}

func startError(binary string, err error) error {
	if errors.Is(err, syscall.ENOEXEC) {
		return fmt.Errorf("start %s: it is not built for %s/%s", binary, runtime.GOOS, runtime.GOARCH)
	}
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("start %s: it is not executable: %w", binary, err)
	}
	return fmt.Errorf("start %s: %w", binary, err)
}

func (b *sandbox) alive() bool {
	select {
	case <-b.dead:
		return false
	default:
		return true
	}
}

func (b *sandbox) initDuration() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.init
}

// kill ends the process and everything it started, and waits for that.
func (b *sandbox) kill() {
	b.killing.Do(func() {
		b.mu.Lock()
		extended := b.extended
		b.mu.Unlock()
		if extended && b.alive() {
			killGroup(b.cmd.Process.Pid, syscall.SIGTERM)
			select {
			case <-b.dead:
			case <-time.After(grace):
			}
		}
		if b.alive() {
			killGroup(b.cmd.Process.Pid, syscall.SIGKILL)
		}
		<-b.dead
		_ = b.server.Close()
		b.logs.close()
	})
}

// run takes one call through the process and fills in the result.
func (b *sandbox) run(ctx context.Context, c *call, res *Result) error {
	done := func(a answer) {
		res.Payload, res.FunctionError = a.payload, a.failure
	}
	if a, err := b.ready(ctx, c); err != nil || a != nil {
		if a != nil {
			done(*a)
		}
		return err
	}
	select {
	case b.calls <- c:
	case <-b.dead:
		done(b.exited(c))
		return nil
	case <-ctx.Done():
		b.kill()
		return ctx.Err()
	}
	begin := <-c.started
	limit := time.NewTimer(time.Until(begin.Add(c.timeout)))
	defer limit.Stop()
	// The answer comes before the poll, the end or the limit that follows it,
	// though a select may see them in any order.
	replied := false
	answer := func(a answer) {
		replied = true
		done(a)
		res.Duration = a.at.Sub(begin)
	}
	late := func() bool {
		select {
		case a := <-c.answered:
			answer(a)
		default:
		}
		return replied
	}
	for {
		select {
		case a := <-c.answered:
			answer(a)
		case <-c.idle:
			late()
			return nil
		case <-b.dead:
			if !late() {
				done(b.exited(c))
				res.Duration = time.Since(begin)
			}
			b.kill()
			return nil
		case <-limit.C:
			select {
			case <-c.idle:
				late()
				return nil
			default:
			}
			b.kill()
			message := fmt.Sprintf("Task timed out after %.2f seconds", c.timeout.Seconds())
			b.logs.add(fmt.Sprintf("%s %s %s\n\n", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), c.id, message))
			if !late() {
				done(failed("Sandbox.Timedout", "RequestId: "+c.id+" Error: "+message))
				res.Duration = c.timeout
			}
			return nil
		case <-ctx.Done():
			b.kill()
			return ctx.Err()
		}
	}
}

// ready waits for the first poll. An answer says why there was none.
func (b *sandbox) ready(ctx context.Context, c *call) (*answer, error) {
	select {
	case <-b.polled:
		return nil, nil
	default:
	}
	limit := time.NewTimer(time.Until(b.born.Add(b.opts.InitTimeout)))
	defer limit.Stop()
	select {
	case <-b.polled:
		return nil, nil
	case a := <-b.broken:
		b.kill()
		return &a, nil
	case <-b.dead:
		select {
		case a := <-b.broken: // it posted the error and exited at once
			b.kill()
			return &a, nil
		default:
		}
		a := b.exited(c)
		b.kill()
		return &a, nil
	case <-limit.C:
		b.kill()
		message := fmt.Sprintf("Task timed out after %.2f seconds", b.opts.InitTimeout.Seconds())
		b.logs.add(fmt.Sprintf("INIT_REPORT Init Duration: %.2f ms\tPhase: init\tStatus: timeout\n", float64(b.opts.InitTimeout.Microseconds())/1000))
		a := failed("Sandbox.Timedout", "RequestId: "+c.id+" Error: "+message)
		return &a, nil
	case <-ctx.Done():
		b.kill()
		return nil, ctx.Err()
	}
}

// exited is the answer for a process that ended without one.
func (b *sandbox) exited(c *call) answer {
	message := "Runtime exited without providing a reason"
	if b.gone != nil {
		message = "Runtime exited with error: " + b.gone.Error()
	}
	b.logs.add(fmt.Sprintf("RequestId: %s Error: %s\nRuntime.ExitError\n", c.id, message))
	return failed("Runtime.ExitError", "RequestId: "+c.id+" Error: "+message)
}

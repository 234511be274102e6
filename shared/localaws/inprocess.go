package localaws

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync/atomic"
)

// InProcess is an HTTP client of the SDK that asks a server without a network between them: the same requests and answers,
// as bytes, at a fraction of the time. Its zero value answers nothing.
type InProcess struct {
	Server *Server
	closed atomic.Bool
}

// Endpoint is where an SDK client with an InProcess client sends its requests. Nothing listens there.
const Endpoint = "http://127.0.0.1:4566"

// Close lets every later request fail as on a connection that is refused.
func (p *InProcess) Close() { p.closed.Store(true) }

// Do answers the request. It is an error where a network's client would have one: after Close, where the answer is
// dropped, and when the request's context ends first.
func (p *InProcess) Do(r *http.Request) (*http.Response, error) {
	if p.closed.Load() || p.Server == nil {
		return nil, fmt.Errorf("%s %s: connection refused", r.Method, r.URL)
	}
	ctx := r.Context()
	asked := r.Clone(ctx)
	asked.RequestURI = r.URL.RequestURI()
	asked.RemoteAddr = "127.0.0.1:1"
	if asked.Host == "" {
		asked.Host = r.URL.Host
	}
	if asked.Body == nil {
		asked.Body = http.NoBody
	}
	answers := make(chan *answered, 1)
	go func() {
		a := &answered{header: http.Header{}}
		defer func() {
			// As net/http does: a handler that gives up takes the answer with it and nothing else.
			if v := recover(); v == http.ErrAbortHandler {
				a.failed = io.ErrUnexpectedEOF
			} else if v != nil {
				a.failed = fmt.Errorf("the embedded AWS gave up: %v", v)
			}
			answers <- a
		}()
		p.Server.ServeHTTP(a, asked)
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case a := <-answers:
		if a.failed != nil {
			return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL, a.failed)
		}
		return a.response(r), nil
	}
}

// answered collects an answer.
type answered struct {
	header http.Header
	status int
	sent   http.Header // as they were when the status was written
	body   bytes.Buffer
	failed error
}

// Header, WriteHeader and Write make it an http.ResponseWriter.
func (a *answered) Header() http.Header { return a.header }

func (a *answered) WriteHeader(status int) {
	if a.status == 0 {
		a.status, a.sent = status, maps.Clone(a.header)
	}
}

func (a *answered) Write(data []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(data)
}

func (a *answered) response(r *http.Request) *http.Response {
	a.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.sent,
		Body: io.NopCloser(bytes.NewReader(a.body.Bytes())), ContentLength: int64(a.body.Len()), Request: r,
	}
}

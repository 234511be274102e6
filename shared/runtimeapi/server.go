package runtimeapi

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxDiscard bounds what is read of an answer that is too large, so that the
// sender sees the refusal instead of a broken connection.
const maxDiscard = 256 << 20

// routes is the Runtime API, and of the Extensions API what a runtime uses to
// ask for SIGTERM.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
func (b *sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", b.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", b.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", b.failure)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", b.initFailure)
	mux.HandleFunc("POST /2020-01-01/extension/register", b.register)
	mux.HandleFunc("GET /2020-01-01/extension/event/next", b.never)
	return mux
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the process may be gone
}

func refuse(w http.ResponseWriter, status int, errorType, message string) {
	reply(w, status, map[string]string{"errorType": errorType, "errorMessage": message})
}

func accept(w http.ResponseWriter) { reply(w, http.StatusAccepted, map[string]string{"status": "OK"}) }

// next is the long poll for an event. It also says that the process is done
// with the one before.
func (b *sandbox) next(w http.ResponseWriter, req *http.Request) {
	b.mu.Lock()
	if b.current != nil && !b.replied {
		b.mu.Unlock()
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "the current invocation has no answer yet")
		return
	}
	if b.current != nil {
		close(b.current.idle)
		b.current = nil
	}
	if b.init == 0 {
		b.init = time.Since(b.born)
		close(b.polled)
	}
	b.mu.Unlock()
	var c *call
	select {
	case c = <-b.calls:
	case <-req.Context().Done():
		return
	case <-b.dead:
		return
	}
	begin := time.Now()
	b.mu.Lock()
	b.current, b.replied = c, false
	b.mu.Unlock()
	c.started <- begin
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", c.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(begin.Add(c.timeout).UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", c.arn)
	h.Set("Lambda-Runtime-Trace-Id", "Root="+c.root+";Parent="+c.parent+";Sampled=1")
	_, _ = w.Write(c.payload) // a process that is gone is noticed by its end
}

// claim checks that the id is the current invocation's and not yet answered.
func (b *sandbox) claim(w http.ResponseWriter, id string) *call {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.current == nil || b.current.id != id:
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "the request id is not the current invocation's")
		return nil
	case b.replied:
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "the invocation has its answer already")
		return nil
	}
	b.replied = true
	return b.current
}

// response takes the answer of a function that succeeded.
func (b *sandbox) response(w http.ResponseWriter, req *http.Request) {
	c := b.claim(w, req.PathValue("id"))
	if c == nil {
		return
	}
	body, size, err := readLimited(req.Body)
	at := time.Now()
	if err != nil {
		a := failed("Runtime.TruncatedResponse", "the response could not be read: "+err.Error())
		c.answered <- a
		refuse(w, http.StatusBadRequest, "TruncatedResponse", "the response could not be read")
		return
	}
	if size > maxResponse {
		c.answered <- failed("Function.ResponseSizeTooLarge",
			fmt.Sprintf("Response payload size (%d bytes) exceeded maximum allowed payload size (%d bytes).", size, maxResponse))
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", maxResponse))
		return
	}
	// A handler that streams can still fail after it began: the trailer tells.
	if errorType := req.Trailer.Get("Lambda-Runtime-Function-Error-Type"); errorType != "" {
		a := answer{failure: unhandled, at: at}
		if a.payload, err = base64.StdEncoding.DecodeString(req.Trailer.Get("Lambda-Runtime-Function-Error-Body")); err != nil || !json.Valid(a.payload) {
			a = failed(errorType, "the function failed while it sent its response")
		}
		c.answered <- a
		accept(w)
		return
	}
	c.answered <- answer{payload: body, at: at}
	accept(w)
}

// readLimited reads a body of at most maxResponse bytes, and counts the rest.
func readLimited(r io.Reader) ([]byte, int64, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxResponse+1))
	if err != nil {
		return nil, 0, err
	}
	more, err := io.Copy(io.Discard, io.LimitReader(r, maxDiscard))
	return body, int64(len(body)) + more, err
}

// failure takes the error of a function that failed.
func (b *sandbox) failure(w http.ResponseWriter, req *http.Request) {
	c := b.claim(w, req.PathValue("id"))
	if c == nil {
		return
	}
	c.answered <- b.posted(req)
	accept(w)
}

// initFailure takes the error of a process that cannot start to work.
func (b *sandbox) initFailure(w http.ResponseWriter, req *http.Request) {
	b.mu.Lock()
	polled := b.init != 0
	b.mu.Unlock()
	if polled {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "the runtime has been initialized already")
		return
	}
	select {
	case b.broken <- b.posted(req):
		accept(w)
	default:
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "an init error has been posted already")
	}
}

// posted reads an error document; one that is no JSON is wrapped.
func (b *sandbox) posted(req *http.Request) answer {
	errorType := req.Header.Get("Lambda-Runtime-Function-Error-Type")
	if errorType == "" {
		errorType = "Runtime.Unknown"
	}
	body, size, err := readLimited(req.Body)
	switch {
	case err != nil:
		return failed(errorType, "the error could not be read: "+err.Error())
	case size > maxResponse:
		return failed(errorType, "the error is larger than an answer may be")
	case len(body) == 0:
		return failed(errorType, "the runtime gave no reason")
	case !json.Valid(body):
		return failed(errorType, string(body))
	}
	return answer{payload: body, failure: unhandled, at: time.Now()}
}

// register accepts an extension inside the function's process.
func (b *sandbox) register(w http.ResponseWriter, req *http.Request) {
	if _, err := io.Copy(io.Discard, io.LimitReader(req.Body, 1<<20)); err != nil && !errors.Is(err, io.EOF) {
		return
	}
	f, err := parseARN(b.opts.FunctionARN)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "InternalServerError", err.Error())
		return
	}
	b.mu.Lock()
	b.extended = true
	b.mu.Unlock()
	w.Header().Set("Lambda-Extension-Identifier", fmt.Sprintf("%x", random(16)))
	reply(w, http.StatusOK, map[string]string{"functionName": f.name, "functionVersion": f.qualifier, "handler": b.opts.Handler})
}

// never answers no poll for extension events: the process takes none.
func (b *sandbox) never(_ http.ResponseWriter, req *http.Request) {
	select {
	case <-req.Context().Done():
	case <-b.dead:
	}
}

package localaws

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// ServeHTTP answers one API call: route, throttle, authorize, serve, record.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := s.opts.Now()
	c := &call{srv: s, req: r, query: r.URL.Query(), requestID: s.nextID()}
	status, code, hung := s.handle(c, w)
	if hung {
		status = 0
	}
	s.record(c, start, status, code)
	if hung {
		// The connection is closed without an answer.
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) handle(c *call, w http.ResponseWriter) (status int, code string, hung bool) {
	refuse := func(e *apiError) (int, string, bool) {
		if err := c.refuse(w, e); err != nil {
			return e.Status, e.Code + " (" + err.Error() + ")", false
		}
		return e.Status, e.Code, false
	}
	if !c.credential() {
		c.scope = "sts" // any query service: there is no scope to choose a format by
		c.name = c.req.Method + " " + c.req.URL.Path
		return refuse(&apiError{Status: 403, Code: "MissingAuthenticationToken", Message: "Request is missing Authentication Token"})
	}
	if err := c.read(w); err != nil {
		return refuse(&apiError{Status: 413, Code: "RequestEntityTooLarge", Message: err.Error()})
	}
	c.caller = s.who(c.accessKey)
	c.acct = s.account(c.caller.account)
	if err := c.route(); err != nil {
		return refuse(err)
	}
	if wait := s.wait(c); wait > 0 {
		select {
		case <-time.After(wait):
		case <-c.req.Context().Done():
			return 0, "client gone", false
		}
	}
	c.note()
	if s.opts.Watch != nil && !s.opts.Watch(c.svc, c.name, false) {
		return 0, "stopped", true
	}
	if f := s.fault(c); f != nil {
		if f.Drop {
			return 0, "dropped", true
		}
		if len(f.Entries) > 0 {
			c.fault = f
		} else {
			return refuse(f.answer(c.svc))
		}
	}
	if !s.admit(c) {
		return refuse(throttled(c.svc))
	}
	if err := s.authorize(c); err != nil {
		return refuse(err)
	}
	if s.spread != nil && s.spread.answers(c) {
		c.srv, c.acct = s.spread.before, s.spread.before.account(c.caller.account)
	}
	v, err := c.op.serve(c)
	if s.opts.Watch != nil && !s.opts.Watch(c.svc, c.name, true) {
		return 0, "unanswered", true
	}
	var e *apiError
	switch {
	case errors.As(err, &e):
		return refuse(e)
	case err != nil:
		e = internal(c.svc)
		e.Message += " " + err.Error()
		return refuse(e)
	}
	if err := c.answer(w, v); err != nil {
		return 500, err.Error(), false
	}
	if p, ok := v.(*payload); ok {
		return p.status, "", false
	}
	return http.StatusOK, "", false
}

// breath is how long a request with a body waits for its answer at least. The Go SDK closes the body with the answer, and an
// answer that comes before net/http has looked for the body's end costs the connection. No AWS endpoint is that near.
const breath = time.Millisecond

func (s *Server) wait(c *call) time.Duration {
	if len(c.raw) > 0 {
		return max(s.opts.Latency, breath)
	}
	return s.opts.Latency
}

// nextID is a request id: unique, and the same in every run that makes the same calls.
func (s *Server) nextID() string {
	s.mu.Lock()
	s.serial++
	n := s.serial
	s.mu.Unlock()
	return uuidOf("request", strconv.FormatUint(n, 10))
}

// uuidOf is a UUID that depends on nothing but the parts.
func uuidOf(parts ...string) string {
	h := sha256.Sum256([]byte(fmt.Sprintf("%q", parts)))
	x := hex.EncodeToString(h[:16])
	return x[:8] + "-" + x[8:12] + "-4" + x[13:16] + "-a" + x[17:20] + "-" + x[20:32]
}

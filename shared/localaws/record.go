package localaws

import (
	"sort"
	"strings"
	"time"
)

// Call is the record of one API call.
type Call struct {
	Time      time.Time
	Service   string // lambda, iam, apigateway, apigatewayv2, logs, sns, events, sts, s3, s3control
	Operation string // the API's name, or the HTTP method and path where none is served
	Params    string // what was asked about: "Name=value" pairs; never a body, a message or a policy document
	Caller    string // ARN of the calling principal
	AccessKey string
	Region    string
	Status    int    // HTTP status; 0: no answer was sent
	ErrorCode string // empty for a success
	Duration  time.Duration
}

// Calls are the calls so far, in the order in which they ended.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

func (s *Server) record(c *call, start time.Time, status int, code string) {
	rec := Call{
		Time: start, Service: c.svc, Operation: c.name, Params: c.target, Caller: c.caller.arn, AccessKey: c.accessKey,
		Region: c.region, Status: status, ErrorCode: code, Duration: s.opts.Now().Sub(start),
	}
	s.mu.Lock()
	s.calls = append(s.calls, rec)
	s.mu.Unlock()
	if s.opts.Done != nil {
		s.opts.Done(rec)
	}
}

// note writes down the parameters that the operation shows.
func (c *call) note() {
	var out []string
	add := func(name, v string) {
		if v != "" {
			if len(v) > 256 {
				v = v[:256] + "…"
			}
			out = append(out, name+"="+v)
		}
	}
	var names []string
	for name := range c.path {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		add(strings.TrimSuffix(name, "+"), c.path[name])
	}
	for _, name := range c.op.shows {
		switch {
		case c.form != nil && c.form.Has(name):
			add(name, c.form.Get(name))
		case c.form != nil:
			add(name, strings.Join(c.list(name), ","))
		case c.body != nil:
			add(name, text(c.body[name]))
		default:
			add(name, c.query.Get(name))
		}
	}
	c.target = strings.Join(out, " ")
}

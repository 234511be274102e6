package localaws

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// A Quota is a token bucket that calls share.
type Quota struct {
	Name       string
	Rate       float64  // calls a second
	Burst      int      // calls at once
	Operations []string // "service:Operation"; "service:*" is every operation of it that no earlier quota names
}

// AWSQuotas are the request rates that AWS applies to an account and region, as far as they are published; those of IAM
// are not, and what callers report is used instead.
// See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html.
func AWSQuotas() []Quota {
	return []Quota{
		{Name: "lambda GetPolicy", Rate: 15, Burst: 15, Operations: []string{"lambda:GetPolicy"}},
		{Name: "lambda GetFunction", Rate: 100, Burst: 100, Operations: []string{"lambda:GetFunction"}},
		{Name: "lambda control plane", Rate: 15, Burst: 15, Operations: []string{"lambda:*"}},
		{Name: "iam SimulatePrincipalPolicy", Rate: 5, Burst: 20, Operations: []string{"iam:SimulatePrincipalPolicy"}},
		{Name: "iam GetRole", Rate: 15, Burst: 15, Operations: []string{"iam:GetRole"}},
		{Name: "iam ListAttachedRolePolicies", Rate: 15, Burst: 15, Operations: []string{"iam:ListAttachedRolePolicies"}},
		{Name: "iam ListRolePolicies", Rate: 15, Burst: 15, Operations: []string{"iam:ListRolePolicies"}},
		{Name: "apigateway GetResources", Rate: 2.5, Burst: 5, Operations: []string{"apigateway:GetResources"}},
		{Name: "apigateway management", Rate: 10, Burst: 40, Operations: []string{"apigateway:*", "apigatewayv2:*"}},
		{Name: "events PutEvents", Rate: 400, Burst: 400, Operations: []string{"events:PutEvents"}},
		{Name: "events control plane", Rate: 50, Burst: 50, Operations: []string{"events:*"}},
		{Name: "logs FilterLogEvents", Rate: 5, Burst: 5, Operations: []string{"logs:FilterLogEvents"}},
		{Name: "cloudtrail LookupEvents", Rate: 2, Burst: 2, Operations: []string{"cloudtrail:LookupEvents"}},
		{Name: "logs DescribeLogGroups", Rate: 10, Burst: 10, Operations: []string{"logs:DescribeLogGroups"}},
	}
}

// A bucket counts for each account and region.
type bucket struct {
	Quota
	mu     sync.Mutex
	levels map[string]*level
}

type level struct {
	tokens float64
	at     time.Time
}

func newBucket(q Quota) *bucket { return &bucket{Quota: q, levels: map[string]*level{}} }

func (b *bucket) covers(svc, op string) bool {
	return slices.Contains(b.Operations, svc+":"+op) || slices.Contains(b.Operations, svc+":*")
}

func (b *bucket) take(key string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.levels[key]
	if l == nil {
		l = &level{tokens: float64(b.Burst), at: now}
		b.levels[key] = l
	}
	l.tokens = min(float64(b.Burst), l.tokens+b.Rate*now.Sub(l.at).Seconds())
	l.at = now
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}

// admit spends a token of the first quota that covers the call.
func (s *Server) admit(c *call) bool {
	for _, b := range s.quotas {
		if b.covers(c.svc, c.name) {
			return b.take(c.caller.account+"/"+c.region, s.opts.Now())
		}
	}
	return true
}

// A Fault spoils calls of an operation: another answer instead, no answer, or some entries of it.
type Fault struct {
	Service   string // as Call.Service; empty: any
	Operation string // empty: any
	Params    string // only calls whose Call.Params hold this text
	From      int    // the first matching call to spoil, counted from 1; 0 is 1
	Times     int    // how many; 0: all from there
	Code      string // error code; "throttle" is the service's own throttling error, empty its own internal error
	Status    int    // HTTP status; 0: as the service has it for the code, otherwise 400
	Message   string
	Drop      bool  // close the connection without an answer
	Entries   []int // PutEvents: these entries fail with Code. SimulatePrincipalPolicy: these cells are missing. Counted from 0
}

type faultState struct {
	Fault
	mu   sync.Mutex
	seen int
}

func (s *Server) fault(c *call) *Fault {
	for _, f := range s.faults {
		if (f.Service != "" && f.Service != c.svc) || (f.Operation != "" && f.Operation != c.name) || !strings.Contains(c.target, f.Params) {
			continue
		}
		f.mu.Lock()
		f.seen++
		n := f.seen - max(f.From, 1)
		f.mu.Unlock()
		if n >= 0 && (f.Times == 0 || n < f.Times) {
			return &f.Fault
		}
	}
	return nil
}

func (f *Fault) answer(svc string) *apiError {
	var e *apiError
	switch f.Code {
	case "throttle":
		e = throttled(svc)
	case "":
		e = internal(svc)
	case "AccessDenied", "AccessDeniedException", "AuthorizationError":
		e = denied(svc, "")
		e.Code = f.Code
	default:
		e = &apiError{Status: 400, Code: f.Code}
		if f.Code == "NoSuchEntity" || f.Code == "ResourceNotFoundException" || f.Code == "NotFoundException" {
			e.Status = 404
			if protocolOf(svc) == protoJSON {
				e.Status = 400
			}
		}
	}
	if f.Status != 0 {
		e.Status = f.Status
	}
	e.Message = first(f.Message, e.Message, "injected fault")
	return e
}

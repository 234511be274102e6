// Package localaws is the embedded AWS: the AWS APIs that the probe calls, served over HTTP on loopback
// from CloudFormation stacks, in AWS's own wire formats. An unmodified SDK, the AWS CLI or the deployed
// binary talks to it through AWS_ENDPOINT_URL.
//
// One handler serves every service; the SigV4 credential scope of a request says which one it is for.
// Signatures are parsed, not verified. Every call is authorized by the policies of the role that its
// access key stands for (Options.Callers); an unknown access key is the account's administrator.
//
// What no template holds is unknown, not absent: an operation that is asked about it answers
// NotInTemplates and says so, and a listing leaves it out. Options.Gone names what is known to be absent.
package localaws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"permprobe/shared/stack"
)

// Options configure a Server. The zero value serves the stacks to their administrator, without limits.
type Options struct {
	// Account, Region and Partition of a caller that is not in Callers. Default: those of the first stack,
	// otherwise 123456789012, us-east-1, aws.
	Account, Region, Partition string

	// Callers says for an access key id which role calls: the role's ARN, or the ARN of a session of it
	// (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION). Keys that are not listed belong to the administrator.
	Callers map[string]string

	// Unbound are ARNs of roles, none of whose calls is refused, whatever policies say: of accounts of templates no policy is known
	// that lets somebody look, or keeps everybody out.
	Unbound []string

	// SCPs are the account's service control policies as JSON, one list a level of the organization. Nil: the
	// account is in no organization.
	SCPs [][]string

	// ManagedPolicies are documents of managed policies by ARN, besides those in the stacks and the AWS-managed
	// ones that this package knows.
	ManagedPolicies map[string]string

	// Keep is the account as it was before: objects in its buckets are in those of the same name. Nil for none.
	Keep *Server
	// Gone are ARNs of roles, functions (also qualified), APIs (of execute-api, without a stage), event rules and buckets
	// that are known not to exist: they answer with their services' codes for that where others that no stack holds are unknown. A function that a
	// stack holds is still listed, like one that is deleted between two calls.
	Gone []string

	// Overlay lays members over what GetFunctionConfiguration answers, by the function's ARN with the qualifier that was
	// asked for, and over an event source mapping, by its own: a state and its reason code, the last processing result,
	// which no template can say.
	Overlay map[string]map[string]any

	// Changed is how long before New roles were made and managed policies got their default version, by ARN; what is not
	// named is old.
	Changed map[string]time.Duration

	// Logs are lines of log groups, and Trail is CloudTrail's event history, which no template can say.
	Logs  []LogLine
	Trail []TrailEvent
	// Metrics are data points of CloudWatch's metrics, which no template can say either.
	Metrics []DataPoint

	// PageSize caps the items of every page; 0: only the caller's and AWS's own limits count.
	PageSize int

	// Latency delays every answer.
	Latency time.Duration

	// Quotas throttle like AWS's request rates; see AWSQuotas. Nil: no throttling.
	Quotas []Quota

	// Faults are answers to spoil.
	Faults []Fault

	// Spread is a change that IAM has not told everywhere yet; nil: IAM knows all of the stacks.
	Spread *Spread

	// Separate lists groups of actions that one simulator call refuses to mix with any other action, besides
	// the actions that the Service Authorization Reference does not hold, which never mix with those it does.
	Separate [][]string

	// Watch is asked of every call that is routed, concurrently, before it is served and again before its answer is sent;
	// where it says false the connection is closed without an answer. Nil: every call is served and answered.
	Watch func(service, operation string, served bool) bool

	// Done is told of every call when it has ended, concurrently; nil: nobody is.
	Done func(Call)

	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Server answers AWS API calls. It is safe for concurrent use.
type Server struct {
	opts     Options
	accounts map[string]*account
	scps     scpLevels
	gone     map[string]bool
	extra    map[string]string // Options.ManagedPolicies
	warnings []Warning
	quotas   []*bucket
	faults   []*faultState
	spread   *spreading // nil: none

	mu       sync.Mutex
	calls    []Call
	sent     []Message
	events   []Event
	imported map[string]ImportedFinding // by Security Hub, by id
	serial   uint64
	sessions map[string]caller // that were handed out, by access key
}

// Warning tells what a template holds that the embedded AWS does not understand or had to leave out.
type Warning struct {
	Stack     string
	LogicalID string
	Msg       string
}

func (w Warning) String() string { return w.Stack + ": " + w.LogicalID + ": " + w.Msg }

// New builds the account that the stacks describe. It fails only for options that cannot be used; what a
// template holds that is not understood becomes a Warning.
func New(o Options, stacks ...*stack.Stack) (*Server, error) {
	if len(stacks) > 0 {
		o.Account = first(o.Account, stacks[0].Options.Account)
		o.Region = first(o.Region, stacks[0].Options.Region)
		o.Partition = first(o.Partition, stacks[0].Options.Partition)
	}
	o.Account = first(o.Account, "123456789012")
	o.Region = first(o.Region, "us-east-1")
	o.Partition = first(o.Partition, "aws")
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{opts: o, accounts: map[string]*account{}, gone: map[string]bool{}}
	for _, arn := range o.Gone {
		s.gone[arn] = true
	}
	var err error
	if s.scps, err = parseSCPs(o.SCPs); err != nil {
		return nil, err
	}
	for key, arn := range o.Callers {
		if _, err := callerFor(arn); err != nil {
			return nil, fmt.Errorf("caller %q: %w", key, err)
		}
	}
	for _, q := range o.Quotas {
		s.quotas = append(s.quotas, newBucket(q))
	}
	for _, f := range o.Faults {
		s.faults = append(s.faults, &faultState{Fault: f})
	}
	if o.Spread != nil {
		if s.spread, err = newSpreading(o); err != nil {
			return nil, fmt.Errorf("the account before the change: %w", err)
		}
	}
	b := &builder{srv: s}
	b.account(o.Account)
	if err := b.addManaged(o.ManagedPolicies); err != nil {
		return nil, err
	}
	for _, st := range stacks {
		b.addStack(st)
	}
	b.finish()
	if o.Keep != nil {
		s.keep(o.Keep)
	}
	s.date(o.Changed)
	if s.spread != nil {
		s.spread.made(s.accounts)
	}
	s.warnings = b.warnings
	return s, nil
}

// date sets when roles and managed policies changed last.
func (s *Server) date(changed map[string]time.Duration) {
	for _, a := range s.accounts {
		for _, r := range a.roles {
			if ago, ok := changed[r.arn]; ok {
				r.changed = s.opts.Now().Add(-ago).UTC().Format(time.RFC3339)
			}
		}
		for _, p := range a.policies {
			if ago, ok := changed[p.arn]; ok {
				p.changed = s.opts.Now().Add(-ago).UTC().Format(time.RFC3339)
			}
		}
	}
}

// Warnings are what New did not understand, in the order of the templates.
func (s *Server) Warnings() []Warning { return append([]Warning(nil), s.warnings...) }

// Listen serves on addr (127.0.0.1:0 for any free port of the loopback interface) until close is called.
func (s *Server) Listen(addr string) (url string, close func() error, err error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", nil, fmt.Errorf("listen on %q: %w", addr, err)
	}
	h := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- h.Serve(l) }()
	closed := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if err := h.Shutdown(ctx); err != nil {
			// A client that keeps a connection busy, or opened one that it never used, does not keep the server alive.
			err = errors.Join(h.Close(), nil)
			<-done
			return err
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}
	return "http://" + l.Addr().String(), closed, nil
}

func first(vs ...string) string {
	for _, v := range vs {
		if v != "" {
			return v
		}
	}
	return ""
}

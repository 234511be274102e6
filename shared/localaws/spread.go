package localaws

import (
	"cmp"
	"sync"
	"time"

	"permprobe/shared/stack"
)

// A Spread is a change of the account that IAM has not told everywhere yet: for some time, or for some reads, IAM
// answers as if it had not been made, its simulator included. Other services know the change at once, S3 by promise. What
// callers may do follows the account as it is now.
//
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency.
type Spread struct {
	// Before is the account before the change, in the same options.
	Before []*stack.Stack
	// For is how long after New IAM answers as before.
	For time.Duration
	// Reads is how often each operation answers as before about each role or policy, beyond that time too. All pages of a
	// listing are one read.
	Reads int
}

// spreading is a Spread at work.
type spreading struct {
	before *Server
	until  time.Time
	reads  int

	mu    sync.Mutex
	seen  map[string]int
	stale map[string]bool // of the last read that was begun
}

func newSpreading(o Options) (*spreading, error) {
	before := o
	before.Spread, before.Gone, before.Faults, before.Quotas = nil, nil, nil, nil
	s, err := New(before, o.Spread.Before...)
	if err != nil {
		return nil, err
	}
	return &spreading{before: s, until: o.Now().Add(o.Spread.For), reads: o.Spread.Reads, seen: map[string]int{}, stale: map[string]bool{}}, nil
}

// made lets the account before the change know which roles did not exist then.
func (p *spreading) made(now map[string]*account) {
	for id, a := range now {
		then := p.before.account(id)
		for name, r := range a.roles {
			if then.roles[name] == nil {
				p.before.gone[r.arn] = true
			}
		}
	}
}

// answers tells whether the call is answered from before the change.
func (p *spreading) answers(c *call) bool {
	if c.svc != "iam" {
		return false
	}
	key := c.name + " " + cmp.Or(c.form.Get("PolicySourceArn"), c.form.Get("RoleName"), c.form.Get("PolicyArn"))
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.form.Get("Marker") == "" {
		p.stale[key] = p.seen[key] < p.reads || c.srv.opts.Now().Before(p.until)
		p.seen[key]++
	}
	return p.stale[key]
}

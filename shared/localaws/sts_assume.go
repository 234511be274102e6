package localaws

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"permprobe/shared/iampolicy"
)

// stsAssumeRole hands out an access key of a session of the role, which may be one of another account. Its trust policy must
// let the caller in, and of another account the caller's own policies must, too.
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
var stsAssumeRole = operation{
	service: "sts", name: "AssumeRole", shows: []string{"RoleArn", "RoleSessionName"},
	serve: func(c *call) (any, error) {
		arn, session := c.form.Get("RoleArn"), c.form.Get("RoleSessionName")
		assumed, err := callerFor(arn)
		if err != nil || session == "" {
			return nil, invalid(c.svc, "RoleArn %q or RoleSessionName %q is no such value", arn, session)
		}
		seconds, ok := number(cmp.Or(c.form.Get("DurationSeconds"), "3600"), 43200)
		if !ok || seconds < 900 {
			return nil, invalid(c.svc, "DurationSeconds is between 900 and 43200")
		}
		r := c.srv.account(assumed.account).roles[assumed.role]
		switch {
		case c.srv.gone[arn]: // STS does not tell a role that does not exist from one that may not be assumed
			return nil, denied(c.svc, "User: "+c.caller.arn+" is not authorized to perform: sts:AssumeRole on resource: "+arn)
		case r == nil || r.arn != arn:
			return nil, unknown(c.svc, "role "+arn)
		}
		if err := c.mayAssume(r, assumed.account, session); err != nil {
			return nil, err
		}
		assumed.session = session
		assumed.arn = assumed.arn[:strings.LastIndexByte(assumed.arn, '/')+1] + session
		return c.srv.admitSession(assumed, r, time.Duration(seconds)*time.Second), nil
	},
}

// mayAssume decides whether the caller may assume the role.
func (c *call) mayAssume(r *role, account, session string) *apiError {
	n := need{action: "sts:AssumeRole", resource: r.arn, context: map[string][]string{
		"sts:RoleSessionName": {session}, "aws:ResourceAccount": {account},
	}}
	if id := c.form.Get("ExternalId"); id != "" {
		n.context["sts:ExternalId"] = []string{id}
	}
	who, err := iampolicy.ParsePrincipal(c.caller.arn)
	if err != nil {
		return denied(c.svc, fmt.Sprintf("the caller %s cannot be evaluated: %v", c.caller.arn, err))
	}
	trust, err := iampolicy.Parse([]byte(r.trust), iampolicy.Trust)
	if err != nil {
		return denied(c.svc, fmt.Sprintf("the trust policy of %s cannot be evaluated: %v", r.arn, err))
	}
	cs := iampolicy.Case{Principal: who, Action: n.action, Resource: n.resource, ResourceAccount: account, ResourcePolicy: trust, SCPs: c.srv.scps.policies}
	own := c.acct.roles[c.caller.role]
	switch {
	case c.caller.role == "":
		all, err := iampolicy.Parse([]byte(`{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`), iampolicy.Identity)
		if err != nil {
			return internal(c.svc)
		}
		cs.Identity = []*iampolicy.Policy{all}
		cs.Context = c.context(&role{arn: c.caller.arn}, n)
	case own == nil:
		return denied(c.svc, fmt.Sprintf("the embedded AWS knows nothing about the caller %s: no template holds role %s", c.caller.arn, c.caller.role))
	default:
		set := c.srv.policiesOf(c.acct, own)
		cs.Identity, cs.Boundary, cs.Context = set.identity, set.boundary, c.context(own, n)
	}
	if res := cs.Decide(); res.Decision != iampolicy.Allowed {
		return denied(c.svc, c.denial(n, res))
	}
	return nil
}

type xmlSession struct {
	Credentials struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string }

	AssumedRoleUser  struct{ AssumedRoleId, Arn string }
	PackedPolicySize int
}

// admitSession remembers whom an access key stands for. Sessions do not end while the server runs.
func (s *Server) admitSession(who caller, r *role, lasts time.Duration) *xmlSession {
	sum := sha256.Sum256([]byte(s.nextID() + who.arn))
	key := "ASIA" + strings.ToUpper(hex.EncodeToString(sum[:8]))
	s.mu.Lock()
	if s.sessions == nil {
		s.sessions = map[string]caller{}
	}
	s.sessions[key] = who
	s.mu.Unlock()
	out := &xmlSession{}
	out.Credentials.AccessKeyId, out.Credentials.SecretAccessKey, out.Credentials.SessionToken = key, "local", "local"
	out.Credentials.Expiration = s.opts.Now().Add(lasts).UTC().Format(time.RFC3339)
	out.AssumedRoleUser.AssumedRoleId, out.AssumedRoleUser.Arn = r.id+":"+who.session, who.arn
	return out
}

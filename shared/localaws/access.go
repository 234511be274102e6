package localaws

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"permprobe/shared/iampolicy"
)

// A caller is who calls: a session of a role, or the administrator of the account.
type caller struct {
	arn     string
	account string
	role    string // name; empty: the administrator
	session string
}

// callerFor reads an entry of Options.Callers.
func callerFor(arn string) (caller, error) {
	p := splitARN(arn)
	if len(p) != 6 || p[4] == "" {
		return caller{}, fmt.Errorf("%q is not the ARN of a role or of a role's session", arn)
	}
	kind, rest, _ := strings.Cut(p[5], "/")
	c := caller{account: p[4], session: "permprobe"}
	switch {
	case p[2] == "iam" && kind == "role" && rest != "":
		c.role = rest[strings.LastIndex(rest, "/")+1:]
	case p[2] == "sts" && kind == "assumed-role" && strings.Count(rest, "/") == 1:
		c.role, c.session, _ = strings.Cut(rest, "/")
	default:
		return caller{}, fmt.Errorf("%q is not the ARN of a role or of a role's session", arn)
	}
	c.arn = "arn:" + p[1] + ":sts::" + c.account + ":assumed-role/" + c.role + "/" + c.session
	return c, nil
}

// who is the principal that an access key id stands for.
func (s *Server) who(key string) caller {
	if arn, ok := s.opts.Callers[key]; ok {
		if c, err := callerFor(arn); err == nil { // New has checked it
			return c
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.sessions[key]; ok {
		return c
	}
	return caller{account: s.opts.Account, arn: "arn:" + s.opts.Partition + ":iam::" + s.opts.Account + ":user/administrator"}
}

// authorize decides whether the caller may make the call.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html.
func (s *Server) authorize(c *call) *apiError {
	if c.op.needs == nil || c.caller.role == "" {
		return nil
	}
	for _, n := range c.op.needs(c) {
		if err := c.allowed(n); err != nil {
			return err
		}
	}
	return nil
}

// allowed decides one permission of the caller.
func (c *call) allowed(n need) *apiError {
	if c.caller.role == "" {
		return nil
	}
	r := c.acct.roles[c.caller.role]
	if r == nil {
		return denied(c.svc, fmt.Sprintf("the embedded AWS knows nothing about the caller %s: no template holds role %s", c.caller.arn, c.caller.role))
	}
	if slices.Contains(c.srv.opts.Unbound, r.arn) {
		return nil
	}
	who, err := iampolicy.ParsePrincipal(c.caller.arn)
	if err != nil {
		return denied(c.svc, fmt.Sprintf("the caller %s cannot be evaluated: %v", c.caller.arn, err))
	}
	set := c.srv.policiesOf(c.acct, r)
	cs := iampolicy.Case{
		Principal: who, Action: n.action, Resource: n.resource, ResourceAccount: c.acct.id,
		Context: c.context(r, n), Identity: set.identity, Boundary: set.boundary, SCPs: c.srv.scps.policies,
	}
	doc := c.acct.resourcePolicy(n.resource)
	if doc != "" {
		p, err := iampolicy.Parse([]byte(doc), iampolicy.Resource)
		if err != nil {
			return denied(c.svc, fmt.Sprintf("the policy of %s cannot be evaluated: %v", n.resource, err))
		}
		cs.ResourcePolicy = p.WithName(n.resource)
	}
	res := cs.Decide()
	if res.Decision == iampolicy.Allowed || res.Decision == iampolicy.Undetermined && asUsual(cs) {
		return nil
	}
	return denied(c.svc, c.denial(n, res))
}

// asUsual tells whether a call is allowed where the resource's policy, of which templates leave something open, says no more of it
// than such policies usually do: nothing, and of a key that the account decides. The policy could not be looked at otherwise.
func asUsual(cs iampolicy.Case) bool {
	cs.ResourcePolicy = nil
	if strings.HasPrefix(cs.Action, "kms:") {
		usual, err := iampolicy.Parse([]byte(`{"Statement": {"Effect": "Allow", "Principal": {"AWS": "`+cs.ResourceAccount+`"}, "Action": "kms:*", "Resource": "*"}}`), iampolicy.Resource)
		if err != nil {
			return false
		}
		cs.ResourcePolicy = usual
	}
	return cs.Decide().Decision == iampolicy.Allowed
}

// denial words a refusal as AWS does.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html.
func (c *call) denial(n need, res iampolicy.Result) string {
	action := n.action
	if c.svc == "sns" {
		action = "SNS" + strings.TrimPrefix(action, "sns") // the one that spells itself so
	}
	text := "User: " + c.caller.arn + " is not authorized to perform: " + action + " on resource: " + printedResource(c.svc, n.resource)
	kind := map[iampolicy.Kind]string{
		iampolicy.Identity: "identity-based policy", iampolicy.Resource: "resource-based policy", iampolicy.Boundary: "permissions boundary",
		iampolicy.Session: "session policy", iampolicy.SCP: "service control policy", iampolicy.RCP: "resource control policy",
		iampolicy.Endpoint: "VPC endpoint policy",
	}[res.By]
	if kind == "" {
		kind = "identity-based policy"
	}
	switch res.Decision {
	case iampolicy.ExplicitDeny:
		article := "a "
		if strings.HasPrefix(kind, "i") {
			article = "an "
		}
		return text + " with an explicit deny in " + article + kind
	case iampolicy.ImplicitDeny:
		return text + " because no " + kind + " allows the " + action + " action"
	}
	return text + ": the embedded AWS cannot decide it: " + first(res.Reason, "a policy holds what no template resolves")
}

// printedResource is how the services write a resource into a refusal.
func printedResource(svc, arn string) string {
	switch svc {
	case "s3":
		return `"` + arn + `"`
	case "iam":
		p := splitARN(arn)
		if len(p) != 6 {
			return arn
		}
		if kind, name, ok := strings.Cut(p[5], "/"); ok && kind != "policy" {
			return kind + " " + name[strings.LastIndex(name, "/")+1:]
		} else if ok {
			return "policy " + arn
		}
	}
	return arn
}

// context is what a request of the caller carries whatever it asks for.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
func (c *call) context(r *role, n need) iampolicy.Context {
	now := c.srv.opts.Now().UTC()
	region := c.region
	if c.scope == "iam" || c.scope == "sts" {
		region = "us-east-1"
	}
	m := map[string][]string{
		"aws:RequestedRegion":  {region},
		"aws:SecureTransport":  {"true"}, // loopback stands in for TLS
		"aws:CurrentTime":      {now.Format(time.RFC3339)},
		"aws:EpochTime":        {strconv.FormatInt(now.Unix(), 10)},
		"aws:TokenIssueTime":   {now.Add(-time.Minute).Format(time.RFC3339)},
		"aws:PrincipalArn":     {r.arn},
		"aws:PrincipalAccount": {c.acct.id},
		"aws:PrincipalType":    {"AssumedRole"},
		"aws:userid":           {r.id + ":" + c.caller.session},
		"aws:ResourceAccount":  {c.acct.id},
		"aws:ViaAWSService":    {"false"},
	}
	if ua := c.req.UserAgent(); ua != "" {
		m["aws:UserAgent"] = []string{ua}
	}
	if host, _, err := net.SplitHostPort(c.req.RemoteAddr); err == nil {
		m["aws:SourceIp"] = []string{host}
	}
	for k, v := range r.tags {
		m["aws:PrincipalTag/"+k] = []string{v}
	}
	for k, v := range c.acct.tagsOf(n.resource) {
		m["aws:ResourceTag/"+k] = []string{v}
	}
	for k, v := range n.context {
		m[k] = v
	}
	ctx := iampolicy.NewContext(m)
	if c.scope == "apigateway" {
		// What API Gateway derives from an API's own configuration is not modelled.
		ctx = ctx.WithUnknown("apigateway:*")
	}
	return ctx
}

// scpLevels are the service control policies: one list a level, and all of the levels must allow.
type scpLevels struct{ policies [][]*iampolicy.Policy }

func parseSCPs(levels [][]string) (scpLevels, error) {
	var out scpLevels
	var errs []error
	for i, level := range levels {
		var ps []*iampolicy.Policy
		for j, doc := range level {
			p, err := iampolicy.Parse([]byte(doc), iampolicy.SCP)
			if err != nil {
				errs = append(errs, fmt.Errorf("service control policy %d of level %d: %w", j+1, i+1, err))
				continue
			}
			ps = append(ps, p.WithName(fmt.Sprintf("p-%d-%d", i+1, j+1)))
		}
		out.policies = append(out.policies, ps)
	}
	return out, errors.Join(errs...)
}

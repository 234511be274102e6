package iampolicy

import (
	"strings"
)

// Result is the answer to a case.
type Result struct {
	Decision Decision
	// By is the kind of policy that decided: the one that denies, the one that grants (Resource where both sides had
	// to), the first one in AWS's order of evaluation that does not allow. A trust policy decides as Resource.
	// It is KindNone for Undetermined.
	By Kind
	// Matched are the statements behind the decision, by policy and place: those that deny, those that grant, those of
	// which it is not known whether they apply. It is empty for an implicit deny.
	Matched []StatementRef
	// Missing are the condition keys that the request does not have and that statements, which otherwise match it,
	// test or use as a variable without a default; sorted, as the policies write them. They only inform.
	Missing []string
	// Reason says for Undetermined in one sentence what is not known, or what is wrong with the case.
	Reason string
	// Denied tells for Undetermined that the request is denied all the same, whether implicitly or explicitly.
	Denied bool
}

// request is what a decision looks up once.
type request struct {
	c             *Case
	action        string
	actionUnknown bool
	services      uint64 // the bit of the action's service, all where it is not known, see serviceBit
	// resource is what Resource elements are compared with.
	resource        string
	resourceUnknown bool     // it has unknown parts
	parts           arnParts // of the case's resource
	complete        bool     // the case's resource has all parts
	bareVoid        bool     // a statement of the resource's policy without Resource has no effect
	detailed        bool     // missing is wanted
	missing         missing
}

// serviceBit gives each service one of 64 bits, by which most statements are passed over at a glance.
func serviceBit(service string) uint64 {
	h := uint32(2166136261)
	for i := range len(service) {
		h = (h ^ uint32(lowerByte(service[i]))) * 16777619
	}
	return 1 << (h >> 26)
}

// findings are what the policies of one kind say to a request.
type findings struct {
	deny, allow tri
	ways        named // of allow, in policies that name principals
	// denies and allows count the statements behind deny and allow; the refs are the first of each.
	denies, allows    int
	denyRef, allowRef *StatementRef
	doubts            int // statements of which it is not known whether they apply
	doubtRef          *StatementRef
	implied           bool // no policy binds: all is allowed
}

// Decide decides the case. It does not allocate where all is known, at most one statement is behind the decision and
// at most one key is missing, which is so for typical roles; Verdict never collects them.
func (c *Case) Decide() Result {
	r, err := c.request()
	if err != nil {
		return Result{Reason: err.Error()}
	}
	r.detailed = true
	var v verdict
	r.verdict(&v)
	result := Result{Decision: v.decision, By: v.by, Denied: v.denied, Matched: r.matched(&v), Missing: r.missingKeys()}
	if v.decision == Undetermined {
		result.Reason = r.reason(&v)
	}
	return result
}

// Verdict is Decide without the statements, the missing keys and the reason. It allocates nothing for cases without
// unknown values.
func (c *Case) Verdict() (Decision, Kind) {
	r, err := c.request()
	if err != nil {
		return Undetermined, KindNone
	}
	var v verdict
	r.verdict(&v)
	return v.decision, v.by
}

// verdict is a decision with what it rests on.
type verdict struct {
	decision Decision
	by       Kind
	denied   bool
	identity findings
	resource findings
	boundary findings
	session  findings
	scp      findings
	rcp      findings
	endpoint findings
	grants   named
}

// layers lists the findings in the order in which a deny is attributed.
func (v *verdict) layers() [7]*findings {
	return [...]*findings{&v.identity, &v.resource, &v.boundary, &v.session, &v.scp, &v.rcp, &v.endpoint}
}

var layerKinds = [...]Kind{Identity, Resource, Boundary, Session, SCP, RCP, Endpoint}

// verdict reads all policies, then combines them.
func (r *request) verdict(v *verdict) {
	r.read(v)
	allow, by := v.combine(r)
	deny := no
	for _, f := range v.layers() {
		deny = deny.or(f.deny)
	}
	switch {
	case deny == yes:
		v.decision = ExplicitDeny
		for i, f := range v.layers() {
			if f.deny == yes {
				v.by = layerKinds[i]
				break
			}
		}
	case deny == no && allow == yes:
		v.decision, v.by = Allowed, by
	case deny == no && allow == no:
		v.decision, v.by = ImplicitDeny, by
	default:
		v.decision = Undetermined
		v.denied = allow == no
	}
}

// read fills the findings of every layer that binds the caller.
func (r *request) read(v *verdict) {
	c := r.c
	entity := c.Principal.entity || c.Principal.kind == principalOpaque
	root := c.Principal.kind == principalRoot
	if entity {
		for _, p := range c.Identity {
			r.policy(p, Identity, &v.identity)
		}
	}
	if root {
		// The root user has full access to its account, which no policy of an identity gives or limits.
		v.identity.allow, v.identity.implied = yes, true
	}
	r.optional(c.Boundary, Boundary, entity && !root, &v.boundary)
	if entity && (c.Session != nil || len(c.Sessions) > 0) {
		if c.Session != nil {
			r.policy(c.Session, Session, &v.session)
		}
		for _, p := range c.Sessions {
			r.policy(p, Session, &v.session)
		}
	} else {
		v.session.allow, v.session.implied = yes, true
	}
	linked := c.serviceLinked()
	r.levels(c.SCPs, SCP, entity, linked, &v.scp)
	r.levels(c.RCPs, RCP, true, linked.or(r.beyondRCPs()), &v.rcp)
	r.optional(c.Endpoint, Endpoint, true, &v.endpoint)
	if c.ResourcePolicy != nil {
		r.policy(c.ResourcePolicy, Resource, &v.resource)
		if c.ResourcePolicyARN != "" && c.ResourcePolicyARN != c.Resource {
			v.resource.ways = v.resource.ways.and(maybe)
			v.resource.allow = v.resource.allow.and(maybe)
		}
	}
	v.grants = c.grants()
}

// optional reads a policy that limits only where there is one.
func (r *request) optional(p *Policy, kind Kind, binds bool, f *findings) {
	if p == nil || !binds {
		f.allow, f.implied = yes, true
		return
	}
	r.policy(p, kind, f)
}

// levels reads control policies: every level must allow.
func (r *request) levels(levels [][]*Policy, kind Kind, binds bool, linked tri, f *findings) {
	if len(levels) == 0 || !binds || linked == yes {
		f.allow, f.implied = yes, true
		return
	}
	all := yes
	for _, level := range levels {
		f.allow = no
		allows := kind == SCP
		for _, p := range level {
			r.policy(p, kind, f)
			allows = allows || p.allows
		}
		if !allows {
			f.allow = yes // RCPFullAWSAccess cannot be detached
		}
		all = all.and(f.allow)
	}
	f.allow = all
	if linked == maybe {
		f.allow = f.allow.or(maybe)
		f.deny = f.deny.and(maybe)
	}
}

// beyondRCPs tells whether the request is one that resource control policies do not bind whoever makes it: to retire a
// grant, and a service that assumes its service-linked role
// (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html).
func (r *request) beyondRCPs() tri {
	c := r.c
	switch {
	case len(c.RCPs) == 0:
		return no
	case r.actionUnknown:
		return matchUnknown([]token{{kind: tokenText, text: retireGrant}}, lowerASCII(r.action))
	case equalFold(retireGrant, r.action):
		return yes
	}
	return triOf(c.Principal.kind == principalService && prefixFold("sts:", r.action) && r.parts[arnService] == "iam" &&
		strings.HasPrefix(r.parts[arnResource], serviceLinkedPath))
}

const retireGrant = "kms:retiregrant"

// policy adds what one policy says.
func (r *request) policy(p *Policy, kind Kind, f *findings) {
	for i, services := range p.services {
		if services&r.services == 0 {
			continue
		}
		s := p.statements[i]
		t, ways := r.applies(s, p.kind)
		if t == no {
			continue
		}
		if t == maybe {
			f.doubts++
			if f.doubtRef == nil {
				f.doubtRef = &p.refs[i]
			}
		}
		if s.effect == Deny {
			if t == yes {
				f.denies++
				if f.denyRef == nil {
					f.denyRef = &p.refs[i]
				}
			}
			f.deny = f.deny.or(t)
			continue
		}
		if t == yes {
			f.allows++
			if f.allowRef == nil {
				f.allowRef = &p.refs[i]
			}
		}
		if kind == Endpoint {
			t = r.throughEndpoint(ways)
		}
		f.allow = f.allow.or(t)
		f.ways = f.ways.or(ways)
	}
}

// throughEndpoint: a gateway endpoint, which only S3 and DynamoDB have, takes an account as its root user alone; an
// interface endpoint takes it as the whole account. A case does not say of which type its endpoint is.
// See https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html.
func (r *request) throughEndpoint(ways named) tri {
	t := ways[grantDirect].or(ways[grantRole])
	account := ways[grantAccount]
	if s := r.parts[arnService]; r.c.Principal.kind != principalRoot && (!r.complete || s == "s3" || s == "dynamodb" || hasUnknown(s)) {
		account = account.doubted()
	}
	return t.or(account)
}

// applies tells whether the statement matches the request, and for policies with principals in which way it names the
// caller.
func (r *request) applies(s *Statement, kind Kind) (tri, named) {
	t := r.actionMatch(s)
	if t == no {
		return no, named{}
	}
	if t = t.and(r.resourceMatch(s)); t == no {
		return no, named{}
	}
	ways := s.principal(r.c, kind)
	if t = t.and(ways.any()); t == no {
		return no, named{}
	}
	for i := range s.conditions {
		u, absent := s.conditions[i].holds(r.c)
		if r.detailed {
			r.note(&s.conditions[i], absent)
		}
		if t = t.and(u); t == no {
			if r.detailed {
				r.noteRest(s.conditions[i+1:])
			}
			return no, named{}
		}
	}
	return t, ways.and(t)
}

func (r *request) actionMatch(s *Statement) tri {
	t := no
	for i := range s.actions {
		a := &s.actions[i]
		if a.kind == patternText && len(a.text) != len(r.action) && !r.actionUnknown {
			continue
		}
		if t = t.or(a.matches(r.action, r.actionUnknown)); t == yes {
			break
		}
	}
	if s.notAction {
		return r.inverted(t, len(s.actions), false)
	}
	return t
}

func (r *request) resourceMatch(s *Statement) tri {
	if !s.hasResource {
		return triOf(!r.bareVoid) // the resource that the policy is attached to
	}
	t := no
	unresolved := false
	for i := range s.resources {
		u, missing := s.resources[i].matches(r.c, r.resource, r.resourceUnknown)
		unresolved = unresolved || missing
		if t = t.or(u); t == yes {
			break
		}
	}
	if unresolved && t != yes {
		r.missing.more = true
	}
	if s.notResource {
		return r.inverted(t, len(s.resources), unresolved)
	}
	return t
}

// inverted is the match of a Not element: undetermined where it is empty, and where a variable has no value.
func (r *request) inverted(t tri, values int, unresolved bool) tri {
	if t == no && (values == 0 || unresolved) {
		return maybe
	}
	return t.not()
}

// combine tells whether the policies, their explicit denies aside, allow the request, and which kind decides that.
func (v *verdict) combine(r *request) (tri, Kind) {
	granted, by := v.granted(r)
	guard := v.rcp.allow.and(v.scp.allow).and(v.endpoint.allow)
	allow := guard.and(granted)
	if allow == no {
		switch {
		case v.rcp.allow == no:
			by = RCP
		case v.scp.allow == no:
			by = SCP
		case v.endpoint.allow == no:
			by = Endpoint
		}
	}
	return allow, by
}

// granted combines identity, resource, boundary and session policies and grants.
func (v *verdict) granted(r *request) (tri, Kind) {
	if c := r.c; !c.Principal.entity && c.Principal.kind != principalOpaque {
		// A service, an anonymous caller or a provider's user has no policies: the resource's alone decides.
		policy, grant := v.resource.ways[grantDirect].or(v.resource.ways[grantAccount].doubted()), v.grants.any()
		if policy != yes && grant == yes {
			return yes, Grant
		}
		return policy.or(grant), Resource
	}
	switch r.sameAccount() {
	case yes:
		return v.within(r)
	case no:
		return v.across(r)
	}
	within, by := v.within(r)
	across, _ := v.across(r)
	if within != across {
		return maybe, by
	}
	return within, by
}

// within decides for a caller of the resource's account.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-id-rdp.html.
func (v *verdict) within(r *request) (tri, Kind) {
	switch r.resourceMust() {
	case no:
		return v.eitherSide()
	case yes:
		return v.resourceSide()
	}
	either, by := v.eitherSide()
	if must, _ := v.resourceSide(); must != either {
		return maybe, by
	}
	return either, by
}

// limits are the caller's boundary and session policies.
func (v *verdict) limits() tri { return v.boundary.allow.and(v.session.allow) }

// eitherSide is the rule: the identity's or the resource's policies grant.
func (v *verdict) eitherSide() (tri, Kind) {
	identity := v.identity.allow.and(v.limits())
	resource := v.byResource()
	switch {
	case identity == yes:
		return yes, Identity
	case resource == yes:
		return yes, Resource
	}
	t := identity.or(resource)
	return t, v.short(t, v.resource.ways[grantRole])
}

// byResource is what the resource's policy grants by itself. To name the account only delegates to the account.
func (v *verdict) byResource() tri {
	return v.resource.ways[grantDirect].or(v.resource.ways[grantRole].and(v.limits()))
}

// resourceSide is the exception: only the resource's policy grants, or delegates to the account, or a grant does.
func (v *verdict) resourceSide() (tri, Kind) {
	identity := v.identity.allow.and(v.limits())
	policy := v.byResource().or(v.resource.ways[grantAccount].and(identity))
	grant := v.byGrant(identity)
	switch t := policy.or(grant); {
	case policy == yes:
		return yes, Resource
	case t != no:
		return t, Grant
	case v.resource.ways.any() == no && v.grants.any() == no:
		return no, Resource
	default:
		return no, v.short(no, v.resource.ways[grantRole])
	}
}

// short names the kind that keeps a request from being allowed on the identity's side.
func (v *verdict) short(t, byRole tri) Kind {
	switch {
	case t != no:
		return KindNone
	case v.identity.allow == no && byRole == no:
		return Identity
	case v.boundary.allow == no:
		return Boundary
	}
	return Session
}

// across decides for a caller of another account: both sides must allow, unless a grant does.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html and
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html, where a grant is
// all that a service-linked role of another account has.
func (v *verdict) across(r *request) (tri, Kind) {
	identity := v.identity.allow.and(v.limits())
	policy := v.resource.ways.any().and(identity)
	grant := v.byGrant(identity)
	kept := r.keptWithin()
	t := policy.or(grant).and(kept.not())
	switch {
	case t == no && kept == yes:
		return no, Resource
	case t != no && policy != yes && grant == yes:
		return t, Grant
	case t != no:
		return t, Resource
	case identity == no:
		return no, v.short(no, no)
	}
	return no, Resource
}

// byGrant is what the key's grants allow by themselves. What an implicit deny of boundary or session policy does to a
// grant is not documented.
func (v *verdict) byGrant(identity tri) tri {
	return v.grants[grantDirect].or(v.grants[grantRole]).and(v.limits().or(maybe)).or(v.grants[grantAccount].and(identity))
}

// granting is how many of the layers, from the first, can grant: identity and resource.
const granting = 2

// behind counts the statements behind a decision and gives the first.
func (f *findings) behind(d Decision, grants bool) (int, *StatementRef) {
	switch {
	case d == ExplicitDeny:
		return f.denies, f.denyRef
	case d == Undetermined:
		return f.doubts, f.doubtRef
	case d == Allowed && grants:
		return f.allows, f.allowRef
	}
	return 0, nil
}

// matched lists the statements behind the decision.
func (r *request) matched(v *verdict) []StatementRef {
	if v.decision == ImplicitDeny {
		return nil
	}
	total := 0
	var first *StatementRef
	for i, f := range v.layers() {
		n, ref := f.behind(v.decision, i < granting)
		total += n
		if first == nil {
			first = ref
		}
	}
	switch total {
	case 0:
		return nil
	case 1:
		return first.Policy.refs[first.Statement.index : first.Statement.index+1 : first.Statement.index+1]
	}
	return r.collect(v.decision)
}

// collect reads the policies again to list all statements behind a decision.
func (r *request) collect(d Decision) []StatementRef {
	var out []StatementRef
	r.each(func(p *Policy, kind Kind) {
		for i, s := range p.statements {
			t, _ := r.applies(s, p.kind)
			switch {
			case d == Undetermined && t == maybe,
				d == ExplicitDeny && t == yes && s.effect == Deny,
				d == Allowed && t == yes && s.effect == Allow && (kind == Identity || kind == Resource):
				out = append(out, p.refs[i])
			}
		}
	})
	return out
}

// each calls f for every policy that binds the caller, in the order of layers.
func (r *request) each(f func(p *Policy, kind Kind)) {
	c := r.c
	entity := c.Principal.entity || c.Principal.kind == principalOpaque
	linked, beyond := c.serviceLinked() == yes, r.beyondRCPs()
	visit := func(kind Kind, binds bool, policies ...*Policy) {
		for _, p := range policies {
			if p != nil && binds {
				f(p, kind)
			}
		}
	}
	visit(Identity, entity, c.Identity...)
	visit(Resource, true, c.ResourcePolicy)
	visit(Boundary, entity && c.Principal.kind != principalRoot, c.Boundary)
	visit(Session, entity, c.Session)
	visit(Session, entity, c.Sessions...)
	for _, level := range c.SCPs {
		visit(SCP, entity && !linked, level...)
	}
	for _, level := range c.RCPs {
		visit(RCP, !linked && beyond != yes, level...)
	}
	visit(Endpoint, true, c.Endpoint)
}

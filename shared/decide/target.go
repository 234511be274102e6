package decide

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// Refusal is what the policy of a called resource has against a call.
type Refusal struct {
	Target fact.Target
	// Explicit is true for a Deny statement, false where nothing allows.
	Explicit bool
	// Policy, Statement and StatementID are the statement that denies, or the one that almost grants; Detail says what in
	// it does not fit. All but Policy are empty where there is none.
	Policy, Statement, StatementID, Element, Detail string
	// State is that of a KMS key which cannot be used whatever its policy says; empty where the policy refuses.
	State string
	// Closed tells that Block Public Access keeps other accounts out of the bucket, whatever its policy grants.
	Closed bool
	// NoACLs tells that the bucket takes no ACLs, so that setting one fails whatever policies allow.
	NoACLs bool
	// Besides tells of a registry that the repository itself does not let the call in either.
	Besides bool
	// Network is the id of the VPC from which alone an access point takes requests, and from which this one certainly does
	// not come; empty where that is not why.
	Network string
	// OwnersOnly tells that only the account of the resource may make the call, whatever its policy grants.
	OwnersOnly bool
	// Open tells that the method of an API which is called asks nobody who calls, so that its policy decides on everybody alike.
	Open bool
	// Denying are the places of all statements that deny, from 0.
	Denying []int
}

// Of tells refusals apart that are mended apart: by resource, and what no policy of it could grant from what its policy does not.
func (r *Refusal) Of() string {
	switch {
	case r.OwnersOnly:
		return r.Target.ARN + " whatever its policy"
	case r.NoACLs:
		return r.Target.ARN + " ACLs"
	case r.Open: // what lets a role in helps nobody where nobody is asked
		return r.Target.ARN + " whoever calls"
	}
	return r.Target.ARN
}

// consultTarget adds to the simulator's answer what it leaves out: of roles it does not look at the policies of what
// they call. In the same account either side may allow; of another account both must; a Deny of either wins.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func consultTarget(facts *fact.Facts, d *Decision, answer Answer) {
	named, has := d.Need.Target()
	if !has || d.Verdict == Unknown {
		return
	}
	d.consult(facts, named, answer)
	if whole, part := named.Unqualified(); part && d.Verdict != Unknown && !d.Explicit {
		d.consultWhole(facts, whole)
	}
	if registry, held := named.Registry(); held && d.Verdict != Unknown {
		d.consultRegistry(facts, registry, answer)
	}
}

// consult looks at the policy of what is called.
func (d *Decision) consult(facts *fact.Facts, named fact.Target, answer Answer) {
	own := cmp.Or(named.Account, facts.Account.ID) == facts.Account.ID
	if own && (named.Kind == fact.TargetParameter || named.Kind == fact.TargetLogGroup) {
		return // only other accounts are let in by a parameter's policy, and a log group has none
	}
	if d.Need.OwnersOnly() {
		d.refusedBy(&Refusal{Target: named, OwnersOnly: true})
		return
	}
	heals := own && !d.Explicit && d.Guardrail != GuardrailSCP && !isFalse(answer.Organizations)
	undecided := func(why fact.Unread) {
		switch {
		case d.Verdict == Denied && (!heals || WrongName(facts, d) != ""):
			return
		case why.Elsewhere && own && (named.Kind != fact.TargetKey || d.Verdict == Allowed): // keys often name roles
			// Templates stand for the account and hold the role alone: its side is what can be said of calls within the
			// account, where only a policy that denies, or that names the role itself, says otherwise. Unheld tells of it.
			switch {
			case d.Verdict == Allowed:
				return
			case named.Kind != fact.TargetFileSystem: // of which nobody need be granted anything while there is no policy
				d.Unless = "the policy of the " + named.Name()
				return
			}
		}
		d.Verdict, d.Guardrail, d.Unread = Unknown, "", why
	}
	read, asked := facts.Targets[named.ARN]
	if !asked {
		read = fact.NotRead[fact.Target](fact.Unread{})
	}
	if read.IsAbsent() {
		return // there is no policy where there is no resource
	}
	why, unread := read.Unread()
	target, _ := read.Value()
	if !unread {
		if d.consultACLs(&target, undecided); d.Verdict == Unknown || d.Refusal != nil {
			return
		}
		why, unread = target.Policy.Unread()
	}
	if unread {
		undecided(notRead(d, named, own, why))
		return
	}
	attached, _ := target.Policy.Value()
	if target.Account != "" && target.Account != facts.Account.ID { // of buckets only the answer tells
		own, heals = false, false
		if named.Account == "" && d.asksWhose(facts) {
			d.Verdict, d.Guardrail, d.Unread = Unknown, "", d.whose(&target)
			return
		}
	}
	if target.Kind == fact.TargetFileSystem && attached.Policy == nil {
		d.freely(&target)
		return
	}
	if target.Point != nil && target.Point.Inside && d.consultNetwork(facts, &target, undecided) {
		return
	}
	if target.API != nil && d.consultGate(facts, &target, attached.Policy, own, undecided) {
		return
	}
	if own && attached.Policy == nil {
		return
	}
	if target.Lock != nil && d.consultLock(&target, own, undecided) {
		return
	}
	refusal, why := refused(TargetAllows(facts, d.Need, &target, attached.Policy), &target, attached.Policy)
	if refusal == nil && !own {
		if by := restricted(&target, attached.Policy); by != nil {
			refusal = by
		} else if why.IsZero() {
			why = openness(&target)
		}
	}
	switch {
	case d.Verdict == Allowed && refusal != nil:
		d.refusedBy(refusal)
	case d.Verdict == Allowed:
		if !why.IsZero() {
			undecided(why)
		}
	case refusal != nil:
		d.Refusal = refusal
	case heals:
		d.heal(facts, &target, attached.Policy, answer, undecided)
	}
	d.consultOwners(facts, &target, undecided)
}

// consultWhole looks at the policy of a function of which a version or alias is called, besides that one's own: a Deny in it
// counts, and that it lets callers of versions in is not documented.
//
// https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
func (d *Decision) consultWhole(facts *fact.Facts, whole fact.Target) {
	read := facts.Targets[whole.ARN]
	target, known := read.Value()
	policy, has := target.Policy.Value()
	if why, unread := read.Unread(); unread && !why.Elsewhere && d.Verdict == Allowed {
		d.Verdict, d.Unread = Unknown, notRead(d, whole, true, why)
	}
	if !known || !has {
		return
	}
	call := TargetAllows(facts, d.Need, &target, policy.Policy)
	if d.Verdict == Denied && !d.ByTarget {
		call = TargetCase(facts, d.Need, &target, policy.Policy)
	}
	call.ResourcePolicyARN = whole.ARN
	if refusal, _ := refused(call, &target, policy.Policy); refusal != nil && refusal.Explicit {
		d.refusedBy(refusal)
		return
	}
	if lets := Settle(call); lets.Decision == iampolicy.Undetermined && !lets.Denied {
		d.Verdict, d.ByTarget, d.Refusal = Unknown, false, nil
		d.Unread = fact.Unread{Reason: fmt.Sprintf("whether the policy of the %s, of which %s is called, lets %s is not known: %s",
			target.Name(), d.Need.Resource, call.Principal, lets.Reason)}
	}
}

// refusedBy notes what a called resource has against the call: alone, where the role's side allows it.
func (d *Decision) refusedBy(refusal *Refusal) {
	if d.Verdict == Allowed {
		d.Verdict, d.ByTarget = Denied, true
	}
	if d.ByTarget {
		d.Explicit = refusal.Explicit
		d.Policy, d.Statement, d.StatementID, d.Element, d.Detail = refusal.Policy, refusal.Statement, refusal.StatementID, refusal.Element, refusal.Detail
	}
	d.Refusal = refusal
}

// freely lets the role mount a file system without a policy, which everybody may who reaches it: IAM is not asked at all.
// Whether it is where a policy of the caller's says Deny is not documented.
//
// https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html#default-filesystempolicy
func (d *Decision) freely(target *fact.Target) {
	switch {
	case d.Verdict == Allowed:
	case d.Explicit || d.Guardrail != "":
		d.Verdict, d.Guardrail, d.Unread = Unknown, "", fact.Unread{Reason: fmt.Sprintf(
			"%s may not %s, and whether that counts for the %s, which has no policy, so that everybody may mount it, is not documented",
			fact.RoleName(d.Need.Role), d.Need.Action, target.Name())}
	default:
		d.byTarget()
	}
}

// restricted is what Block Public Access has against a call of another account's; nil where it does not, and where that is
// not known.
func restricted(target *fact.Target, policy *iampolicy.Policy) *Refusal {
	if target.Closed == nil {
		return nil
	}
	if closed, _ := target.Closed.Value(); !closed {
		return nil
	}
	return &Refusal{Target: *target, Explicit: true, Closed: true, Policy: policy.Name()}
}

// openness says why it is not known whether Block Public Access keeps other accounts out.
func openness(target *fact.Target) fact.Unread {
	if target.Closed == nil {
		return fact.Unread{}
	}
	why, _ := target.Closed.Unread()
	return why
}

// heal lets the policy of a resource of the same account grant what the role's own policies do not. Service control
// policies must allow all the same, of which the simulator speaks for certain only to a question that it is asked alone.
func (d *Decision) heal(facts *fact.Facts, target *fact.Target, policy *iampolicy.Policy, answer Answer, undecided func(fact.Unread)) {
	role, _ := facts.Roles[d.Need.Role].Value()
	c := TargetCase(facts, d.Need, target, policy)
	if boundary, bounded := role.Boundary.Value(); bounded {
		c.Boundary = boundary
	} else if why, unread := role.Boundary.Unread(); unread {
		undecided(why)
		return
	}
	switch result := Settle(c); {
	case result.Decision == iampolicy.Undetermined && !result.Denied:
		undecided(fact.Unread{Reason: fmt.Sprintf("no policy of %s allows %s, and whether the policy of the %s does is not decided: %s",
			fact.RoleName(d.Need.Role), d.Need.Action, target.Name(), result.Reason)})
	case result.Decision != iampolicy.Allowed:
	case answer.InOrganization && answer.Organizations == nil && !answer.Alone:
		undecided(fact.Unread{Reason: "the simulator was not asked alone"})
		d.unattributed = true
	default:
		d.byTarget()
		if len(result.Matched) > 0 { // a grant has no statement
			d.cite(result.Matched[0])
			d.citePart(target, result.Matched[0].Statement)
		}
	}
}

// refused decides what the resource's side has against a call that the role's side allows; the reason where that
// depends on what is not known.
func refused(c *iampolicy.Case, target *fact.Target, policy *iampolicy.Policy) (*Refusal, fact.Unread) {
	result := Settle(c)
	if result.Decision == iampolicy.Allowed {
		return nil, fact.Unread{}
	}
	if result.Decision == iampolicy.Undetermined && !result.Denied {
		who := c.Principal.String()
		if who == "*" {
			who = "everybody"
		}
		return nil, fact.Unread{Reason: fmt.Sprintf("whether the policy of the %s lets %s %s depends on what is not known: %s",
			target.Name(), who, c.Action, result.Reason)}
	}
	out := &Refusal{Target: *target, Explicit: result.Decision == iampolicy.ExplicitDeny}
	if policy == nil {
		return out, fact.Unread{}
	}
	var said Decision
	said.Policy = policy.Name()
	if out.Explicit && len(result.Matched) > 0 {
		said.cite(result.Matched[0])
		said.citePart(target, result.Matched[0].Statement)
		for _, ref := range result.Matched {
			out.Denying = append(out.Denying, ref.Statement.Index())
		}
	} else if near, ok := c.NearMiss(); ok && near.Ref.Policy == policy {
		said.cite(near.Ref)
		said.citePart(target, near.Ref.Statement)
		said.Element, said.Detail = near.Element, near.Detail
	}
	out.Policy, out.Statement, out.StatementID, out.Element, out.Detail = said.Policy, said.Statement, said.StatementID, said.Element, said.Detail
	return out, fact.Unread{}
}

// citePart names the one of a resource's several policies that the cited statement is in.
func (d *Decision) citePart(target *fact.Target, s *iampolicy.Statement) {
	if s == nil {
		return
	}
	part, at, several := target.Part(s.Index())
	if !several {
		return
	}
	d.Policy = fmt.Sprintf("policy %s of the %s", target.Parts[part].Name, target.Name())
	d.StatementID = cmp.Or(s.SID(), fmt.Sprintf("#%d", at+1))
}

// secondFactor is the key that says whether who called had a second factor, which no function has. AWS does not say whether a
// function's session carries it.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
const secondFactor = "aws:MultiFactorAuthPresent"

// Settle decides a call of a function's: where it depends on whether the call carries what can only be false, both ways are
// decided, and what they agree in holds.
func Settle(c *iampolicy.Case) iampolicy.Result {
	result := c.Decide()
	if result.Decision != iampolicy.Undetermined {
		return result
	}
	absent, without := *c, *c
	absent.Context, without.Context = c.Context.With(secondFactor), c.Context.With(secondFactor, "false")
	if one, other := absent.Decide(), without.Decide(); one.Decision == other.Decision && one.Decision != iampolicy.Undetermined {
		return one
	}
	return result
}

// foreignKeys are the request keys that only calls by services under their own names carry, so that a role's certainly do not.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
var foreignKeys = []string{"aws:SourceArn", "aws:SourceAccount", "aws:SourceOwner", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList",
	"aws:MultiFactorAuthAge"}

// networkKeys are the request keys that only calls through an endpoint of a VPC carry.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-network-properties
var networkKeys = []string{"aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:VpcSourceIp", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths"}

// TargetCase is the call of a need, put to the policy of the called resource; nil where it has none. The caller's own
// policies are not in it.
func TargetCase(facts *fact.Facts, n *need.Need, target *fact.Target, policy *iampolicy.Policy) *iampolicy.Case {
	keys := questionOf(facts, n).Context.Keys()
	for _, name := range foreignKeys {
		keys[name] = nil
	}
	owner := cmp.Or(target.Account, facts.Account.ID)
	keys["aws:ResourceAccount"] = []string{owner}
	keys["aws:PrincipalAccount"] = []string{facts.Account.ID}
	keys["aws:PrincipalType"] = []string{"AssumedRole"}
	if strings.Contains(n.Role, ":user/") {
		keys["aws:PrincipalType"] = []string{"User"}
	}
	if arn, err := fact.ParseARN(target.ARN); err == nil && arn.Region != "" {
		keys["aws:RequestedRegion"] = []string{arn.Region}
	}
	ofOrganization(facts, keys, owner == facts.Account.ID)
	if target.Kind == fact.TargetRole {
		delete(keys, "aws:RequestedRegion") // STS answers in every Region, and at an endpoint for all of them
	}
	if n.ByCode() && outside(facts, n.Function) {
		for _, name := range networkKeys {
			keys[name] = nil
		}
	}
	switch {
	case target.Point != nil:
		keys["s3:AccessPointNetworkOrigin"] = []string{target.Point.Origin()}
	case target.Kind == fact.TargetBucket && n.ByCode() && !n.ThroughPoint():
		for _, name := range need.PointKeys() {
			keys[name] = nil
		}
	}
	if n.Via == "" || n.ThroughPoint() {
		// A service that calls as its role does not call for somebody else.
		keys["aws:ViaAWSService"], keys["aws:CalledVia"], keys["aws:CalledViaFirst"], keys["aws:CalledViaLast"] = []string{"false"}, nil, nil, nil
	}
	var grants []iampolicy.KMSGrant
	if target.Lock != nil {
		grants = target.Lock.Grants
		keys["kms:CallerAccount"] = []string{facts.Account.ID}
		_, via := keys["kms:ViaService"]
		if _, documented := need.ViaService(facts.Account, facts.Account.Region, ""); !via && documented && n.ByCode() {
			keys["kms:ViaService"] = nil // the code calls KMS itself
			grants = notOfEnvironments(grants)
		}
	}
	return &iampolicy.Case{
		Grants: grants, Principal: callerOf(facts, n), Action: n.Action, Resource: n.Resource, ResourceAccount: owner,
		Context: iampolicy.NewContext(keys).WithUnknown("*"), ResourcePolicy: policy,
	}
}

// TargetAllows is TargetCase for a caller whose own side allows the call.
func TargetAllows(facts *fact.Facts, n *need.Need, target *fact.Target, policy *iampolicy.Policy) *iampolicy.Case {
	if n.Kind == need.Service {
		return serviceCase(facts, n, target, policy) // no side but the key's
	}
	c := TargetCase(facts, n, target, policy)
	if target.API != nil && target.API.Private {
		c.ResourceAccount = nobodys
	}
	// The document is our own: it parses, and where it did not the case would allow nothing.
	if own, err := iampolicy.Parse([]byte(allowAll), iampolicy.Identity); err == nil {
		c.Identity = []*iampolicy.Policy{own}
	}
	return c
}

// callerOf is the session in which the code of a function calls, which is named after the function. In which session
// Lambda itself calls is not documented: that is the role alone.
func callerOf(facts *fact.Facts, n *need.Need) iampolicy.Principal {
	text := n.Role
	if n.ByCode() {
		text = fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", facts.Account.Partition, facts.Account.ID, fact.RoleName(n.Role), n.Function.Name())
	}
	// The ARN came from IAM's own list of roles; a principal that is not understood leaves the case undecided.
	principal, _ := iampolicy.ParsePrincipal(text)
	return principal
}

// outside tells whether the function certainly has no network of its own, so that its calls come through no endpoint.
//
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
func outside(facts *fact.Facts, function fact.FunctionRef) bool {
	for i := range facts.Functions {
		if f := &facts.Functions[i]; f.ARN == function.ARN {
			return f.Network == fact.Network{}
		}
	}
	return false
}

// notRead says why it matters that the policy of a target is not known.
func notRead(d *Decision, target fact.Target, own bool, why fact.Unread) fact.Unread {
	role := fact.RoleName(d.Need.Role)
	if d.Verdict == Allowed {
		why.Reason = fmt.Sprintf("%s may %s on %s by its own policies, and whether the policy of the %s lets it is not known: %s",
			role, d.Need.Action, d.Need.Granted(), target.Name(), why.Reason)
	} else {
		why.Reason = fmt.Sprintf("no policy of %s allows %s on %s, and whether the policy of the %s does is not known: %s",
			role, d.Need.Action, d.Need.Granted(), target.Name(), why.Reason)
	}
	return why
}

// Unheld are the names of the targets that none of the templates holds which stand for the account, sorted.
func Unheld(facts *fact.Facts) []string {
	var names []string
	for arn, read := range facts.Targets {
		if why, unread := read.Unread(); unread && why.Elsewhere {
			if target, ok := fact.TargetOf(arn); ok {
				names = append(names, target.Name())
			}
		}
	}
	slices.Sort(names)
	return names
}

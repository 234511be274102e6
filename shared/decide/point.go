package decide

import (
	"cmp"
	"fmt"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// consultNetwork decides what an access point that takes requests from one VPC alone makes of a call; true where that is
// all. A function without a VPC of its own is in none.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-vpc.html
func (d *Decision) consultNetwork(facts *fact.Facts, target *fact.Target, undecided func(fact.Unread)) bool {
	only := cmp.Or(target.Point.VPC, "a VPC that S3 does not name")
	if outside(facts, d.Need.Function) {
		refusal := &Refusal{Target: *target, Explicit: true, Network: only}
		if d.Verdict == Allowed {
			d.Verdict, d.ByTarget, d.Explicit = Denied, true, true
		}
		d.Refusal = refusal
		return true
	}
	if vpc := vpcOf(facts, d.Need.Function); vpc == "" || vpc != target.Point.VPC {
		where := vpc
		if where == "" || len(iampolicy.UnknownNames(where)) > 0 {
			where = "a VPC that is not known"
		}
		undecided(fact.Unread{Reason: fmt.Sprintf("the %s takes requests from %s alone, and whether those of %s, which runs in %s, arrive from there is not known",
			target.Name(), only, d.Need.Function.Name(), where)})
		return d.Verdict == Unknown
	}
	return false
}

// vpcOf is the id of the VPC that a function is attached to; empty where it is not known.
func vpcOf(facts *fact.Facts, function fact.FunctionRef) string {
	for i := range facts.Functions {
		if facts.Functions[i].ARN == function.ARN {
			return facts.Functions[i].Network.VPC
		}
	}
	return ""
}

// behindPoint settles the need on the bucket behind an access point. The bucket's policy decides for itself; whether the
// caller's own policies, which allow the call on the access point, must allow it on the bucket's ARN as well is not documented.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
func (d *Decision) behindPoint() {
	if d.Verdict != Denied || d.ByTarget || d.Explicit || d.Guardrail != "" {
		return
	}
	if refusal := d.Refusal; refusal != nil {
		d.Verdict = Allowed
		d.refusedBy(refusal)
		return
	}
	through, _ := fact.TargetOf(d.Need.Via)
	d.Verdict, d.Unless, d.Unread = Unknown, "", fact.Unread{Reason: fmt.Sprintf(
		"the bucket behind the %s must let %s in, too: no policy of %s and none of the bucket allows %s on %s, and whether what the role is allowed on the access point is enough is not documented",
		through.Name(), fact.RoleName(d.Need.Role), fact.RoleName(d.Need.Role), d.Need.Action, d.Need.Resource)}
}

package decide

import (
	"fmt"

	"permprobe/shared/fact"
)

// byTarget makes the decision an allow of the called resource's.
func (d *Decision) byTarget() {
	*d = Decision{Need: d.Need, Verdict: Allowed, ByTarget: true, Question: d.Question, own: d.own, shared: d.shared, organization: d.organization}
}

// refuse makes the decision a deny by a key that AWS manages.
func (d *Decision) refuse(key *fact.Target) {
	d.Verdict, d.ByTarget, d.Refusal = Denied, true, &Refusal{Target: *key}
}

// sealed decides a need of a key that AWS manages for a service in another account. By its name it is known whom it lets
// in, whatever is read of it.
func (d *Decision) sealed() {
	arn, _ := fact.ParseARN(d.Need.Resource) // our own text
	d.refuse(&fact.Target{Kind: fact.TargetKey, ARN: d.Need.Resource, Account: arn.Account, Lock: &fact.Lock{State: "Enabled", AWSManaged: true}})
}

// consultLock decides what of a KMS key matters before its policy does; true where that is all. A key that AWS made for
// a service lets everybody of its account use it through that service, and no policy of theirs needs to speak of it. A
// key that cannot be used lets nobody.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
func (d *Decision) consultLock(target *fact.Target, own bool, undecided func(fact.Unread)) bool {
	_, via := d.Need.Context["kms:ViaService"]
	via = via || d.Need.Via != ""
	switch usable, known := target.Lock.Usable(); {
	case target.Lock.AWSManaged && !own:
		*d = Decision{Need: d.Need, Question: d.Question}
		d.refuse(target)
		return true
	case target.Lock.AWSManaged && own && via && !d.Explicit && d.Guardrail == "":
		d.byTarget()
		return true
	case !d.Need.Uses():
		return false
	case !known:
		undecided(fact.Unread{Reason: fmt.Sprintf("whether the state of the %s, %q, lets it be used is not known", target.Name(), target.Lock.State)})
		return true
	case !usable && d.Verdict == Allowed:
		d.Verdict, d.ByTarget = Denied, true
		d.Refusal = &Refusal{Target: *target, State: target.Lock.State}
		return true
	}
	return false
}

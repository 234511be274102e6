package decide

import (
	"fmt"

	"permprobe/shared/fact"
)

// byTarget makes the decision an allow of the called resource's.
func (d *Decision) byTarget() {
	*d = Decision{Need: d.Need, Verdict: Allowed, ByTarget: true, Question: d.Question, own: d.own, shared: d.shared, organization: d.organization}
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

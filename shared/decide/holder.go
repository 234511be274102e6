package decide

import (
	"cmp"
	"fmt"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// decideService decides whether a service may use the key that encrypts what it holds: no identity stands behind it, so that
// the key's policy and its state are all.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-services.html
func decideService(facts *fact.Facts, d *Decision) {
	named, has := d.Need.Target()
	if !has {
		d.Unread = fact.Unread{Reason: fmt.Sprintf("%s is no key whose policy could be looked at", d.Need.Resource)}
		return
	}
	unread := func(why fact.Unread) {
		why.Reason = fmt.Sprintf("whether the policy of the %s lets %s use it is not known: %s", named.Name(), d.Need.Principal, why.Reason)
		d.Unread = why
	}
	read := facts.Targets[named.ARN]
	key, known := read.Value()
	if why, missing := read.Unread(); missing || !known {
		if read.IsAbsent() {
			why.Reason = "there is no such key"
		}
		unread(why)
		return
	}
	policy, known := key.Policy.Value()
	if why, missing := key.Policy.Unread(); missing || !known || key.Lock == nil {
		unread(why)
		return
	}
	switch usable, known := key.Lock.Usable(); {
	case !known:
		unread(fact.Unread{Reason: fmt.Sprintf("its state is %q", key.Lock.State)})
		return
	case !usable:
		d.refuse(&key)
		d.Refusal.State = key.Lock.State
		return
	}
	refusal, why := refused(serviceCase(facts, d.Need, &key, policy.Policy), &key, policy.Policy)
	if why.IsZero() {
		why = otherwiseNamed(facts, d.Need, &key, policy.Policy, refusal)
	}
	switch {
	case !why.IsZero():
		d.Unread = why
	case refusal == nil:
		d.Verdict = Allowed
	default:
		d.Verdict, d.ByTarget, d.Explicit, d.Refusal = Denied, true, refusal.Explicit, refusal
		d.Policy, d.Statement, d.StatementID, d.Element, d.Detail = refusal.Policy, refusal.Statement, refusal.StatementID, refusal.Element, refusal.Detail
	}
}

// otherwiseNamed says what is not known where the key's policy speaks of the service under another name: whether such a
// statement counts.
func otherwiseNamed(facts *fact.Facts, n *need.Need, key *fact.Target, policy *iampolicy.Policy, refusal *Refusal) fact.Unread {
	if refusal != nil && refusal.Explicit {
		return fact.Unread{} // which no other name changes
	}
	for _, name := range n.OtherNames() {
		other := *n
		other.Principal = name
		by, why := refused(serviceCase(facts, &other, key, policy), key, policy)
		if refusal != nil && (by == nil || !why.IsZero()) || refusal == nil && by != nil && by.Explicit && strings.Contains(by.Statement, name) {
			return fact.Unread{Reason: fmt.Sprintf("whether the policy of the %s lets %s use it is not known: it speaks of %s, and that this names the same service to KMS is not documented",
				key.Name(), n.Principal, name)}
		}
	}
	return fact.Unread{}
}

// serviceCase is the call of a service that uses a key for what it holds. For which of its resources EventBridge asks is
// documented for encrypting alone; of CloudWatch Logs nothing is documented but the encryption context.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
func serviceCase(facts *fact.Facts, n *need.Need, key *fact.Target, policy *iampolicy.Policy) *iampolicy.Case {
	held, _ := fact.TargetOf(n.Via)
	keys := map[string][]string{"aws:SecureTransport": {"true"}}
	if held.Kind != fact.TargetLogGroup {
		keys["aws:SourceAccount"], keys["kms:ViaService"] = []string{cmp.Or(held.Account, facts.Account.ID)}, nil
		if n.Action == "kms:GenerateDataKey" {
			keys["aws:SourceArn"] = []string{n.Via}
		}
	}
	for name, values := range n.Context {
		keys[name] = values
	}
	return &iampolicy.Case{
		Principal: iampolicy.Service(n.Principal), Action: n.Action, Resource: n.Resource, ResourceAccount: cmp.Or(key.Account, facts.Account.ID),
		Grants: key.Lock.Grants, Context: iampolicy.NewContext(keys).WithUnknown("*"), ResourcePolicy: policy,
	}
}

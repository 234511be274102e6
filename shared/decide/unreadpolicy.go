package decide

import (
	"cmp"
	"fmt"
	"strings"

	"permprobe/shared/fact"
)

// consultConnected says of a cluster of Amazon MSK in another account, of which a connection to it tells the name and not the
// whole ARN, that its policy is not read: that must let the role in, too.
//
// https://docs.aws.amazon.com/msk/latest/developerguide/mvpc-cluster-owner-action-policy.html
func (d *Decision) consultConnected(facts *fact.Facts) {
	target, is := fact.TargetOf(d.Need.Resource)
	if !is || target.Kind != fact.TargetCluster || d.Need.Open == "" || target.Account == facts.Account.ID || d.Verdict != Allowed {
		return
	}
	cluster := strings.Split(target.ARN, "/")[1]
	d.Verdict, d.Unread = Unknown, fact.Unread{Reason: fmt.Sprintf(
		"whether the policy of the %s %s of account %s lets %s in besides its own policies, as it must, is not read: kafka:GetClusterPolicy there shows it",
		target.Kind, cluster, target.Account, fact.RoleName(d.Need.Role))}
}

// consultUnread says what of a call on a resource is not known because nothing reads its policy. In the same account that
// policy may deny what the role's side allows, and mostly allow what it does not; of another account it must allow.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func (d *Decision) consultUnread(facts *fact.Facts, answer Answer) {
	policy, has := fact.UnreadPolicyOf(d.Need.Action, d.Need.Resource)
	if !has || d.Verdict == Unknown || !d.Need.ByCode() {
		return
	}
	arn, _ := fact.ParseARN(policy.ARN)
	owner := cmp.Or(arn.Account, facts.Account.ID)
	role := fact.RoleName(d.Need.Role)
	switch own := owner == facts.Account.ID; {
	case d.Verdict == Allowed && own && !policy.Both:
		d.Verdict, d.Unread = Unknown, fact.Unread{Reason: fmt.Sprintf(
			"whether the policy of the %s denies %s what its own policies allow is not read: %s shows it", policy.Name(), role, policy.Call)}
	case d.Verdict == Allowed && own:
		d.Verdict, d.Unread = Unknown, fact.Unread{Reason: fmt.Sprintf(
			"whether the policy of the %s lets %s in besides its own policies, as it must, is not read: %s shows it", policy.Name(), role, policy.Call)}
	case d.Verdict == Allowed:
		d.Verdict, d.Unread = Unknown, fact.Unread{Reason: fmt.Sprintf(
			"whether the policy of the %s of account %s lets %s in besides its own policies, as it must, is not read: %s there shows it", policy.Name(), owner, role, policy.Call)}
	case own && !policy.Both && !d.Explicit && d.Guardrail != GuardrailSCP && !isFalse(answer.Organizations) && WrongName(facts, d) == "":
		d.UnlessUnread = fmt.Sprintf("the policy of the %s, which is not read (%s shows it),", policy.Name(), policy.Call)
	}
}

package decide

import (
	"cmp"
	"fmt"

	"permprobe/shared/fact"
)

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

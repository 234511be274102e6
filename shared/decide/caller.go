package decide

import (
	"fmt"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// latest is the qualifier that has no policy of its own.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
const latest = "$LATEST"

// consultFunction adds to the simulator's answer what it leaves out: the policy of the function that a role of its
// account calls, which alone is enough where it names the role, and whose Deny counts.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func consultFunction(facts *fact.Facts, d *Decision) {
	if d.Verdict == Unknown || d.Explicit || d.Guardrail != "" {
		return // no policy of the function changes these
	}
	ref := d.Need.Function
	if ref.Qualifier == latest {
		ref.Qualifier = ""
	}
	consultPolicy(facts, d, ref, true)
	if ref.Qualifier != "" && d.Verdict != Unknown && !d.Explicit {
		consultPolicy(facts, d, fact.FunctionRef{ARN: ref.ARN}, false)
	}
}

// consultPolicy looks at the policy of one qualifier. own is false for that of the function itself where the call goes
// to a qualifier: a Deny there counts, an allow leaves the call undecided.
func consultPolicy(facts *fact.Facts, d *Decision, ref fact.FunctionRef, own bool) {
	read := facts.Policies[ref]
	policy, known := read.Value()
	undecided := func(why fact.Unread) { d.Verdict, d.Unread = Unknown, why }
	switch {
	case read.IsAbsent():
		return
	case !known:
		why, _ := read.Unread()
		undecided(why)
		return
	}
	c, err := CallerCase(facts, d, policy.Policy)
	if err != nil {
		undecided(fact.Unread{Reason: fmt.Sprintf("whether the policy of %s lets %s call it is not decided: %v", ref, d.Need.Role, err)})
		return
	}
	if !own {
		c.ResourcePolicyARN = ref.ARN
	}
	switch result := c.Decide(); {
	case result.Decision == iampolicy.ExplicitDeny:
		d.Verdict, d.Explicit, d.ByTarget, d.Element, d.Detail = Denied, true, true, "", ""
		if len(result.Matched) > 0 {
			d.cite(result.Matched[0])
		}
	case result.Decision == iampolicy.Allowed && d.Verdict == Denied && own:
		d.Verdict, d.ByTarget, d.Policy, d.Statement, d.StatementID, d.Element, d.Detail = Allowed, true, policy.Policy.Name(), "", "", "", ""
	case result.Decision == iampolicy.Allowed && d.Verdict == Denied, result.Decision == iampolicy.Undetermined && !result.Denied:
		undecided(fact.Unread{Reason: fmt.Sprintf("whether the policy of %s lets %s call it is not known: %s", ref, d.Need.Role, result.Reason)})
	}
}

// CallerCase is the call by which a role of the account calls a function, put to a policy of the function. Where the
// simulator said that the caller's own policies and guardrails allow it, they are taken as they were answered.
func CallerCase(facts *fact.Facts, d *Decision, policy *iampolicy.Policy) (*iampolicy.Case, error) {
	return roleCase(facts, d, facts.Account.ID, policy, d.Verdict == Allowed,
		"lambda:FunctionUrlAuthType", "lambda:InvokedViaFunctionUrl", "lambda:EventSourceToken")
}

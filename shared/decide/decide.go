// Package decide says of every need whether it would be granted, by whom, and what almost granted it. It
// asks nobody: what the IAM simulator must answer is returned as questions, and the answers are handed in.
package decide

import (
	"fmt"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// Verdict is whether a need is granted. The zero value is Unknown, so that nothing passes by accident.
type Verdict uint8

// The verdicts.
const (
	Unknown Verdict = iota
	Allowed
	Denied
)

// Guardrail names what denies although the role's own policies allow; empty where they do not.
type Guardrail string

// The guardrails that a simulation can show.
const (
	GuardrailBoundary Guardrail = "permissions boundary"
	GuardrailSCP      Guardrail = "service control policy"
)

// Owner says for people who may change the guardrail.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func (g Guardrail) Owner() string {
	if g == GuardrailSCP {
		return "the organization's management account, or the account that it delegated policies to"
	}
	return "whoever manages the account's permissions boundaries"
}

// Decision is the verdict on one need with what it rests on.
type Decision struct {
	Need    *need.Need
	Verdict Verdict
	// Explicit is true for a Deny statement, false where nothing allows.
	Explicit  bool
	Guardrail Guardrail
	// Lacking is true where a guardrail denies and the role's own policies do not allow either.
	Lacking bool
	// Policy and Statement are the statement that denies, or the one that almost grants: its policy's name
	// and its JSON. Both are empty where there is none.
	Policy, Statement string
	// StatementID is that statement's Sid, or its place in the policy (#2) where it has none.
	StatementID string
	// Element is what in the statement does not fit (Principal, Action, Resource, Condition), and Detail
	// says it in words. Both are empty where there is no such statement.
	Element, Detail string
	// Slip is a resource that the statement grants and of which the need's may be a misspelling; empty for none.
	Slip string
	// Corrected is Statement as it was probably meant, as JSON; empty where that does not follow from its text.
	Corrected string
	// Written is the action as the statement writes it, where the need's is one of those that it stands for.
	Written string
	// Mistake is what the statement can never mean, for needs that follow from the text of policies (need.Meant).
	Mistake Mistake
	// Question is what the simulator was asked; zero where it was not.
	Question Question
	// Remembered is when the simulator allowed it, where that was in an earlier run; zero where it was in this one.
	Remembered time.Time
	// Unread says why the verdict is Unknown.
	Unread fact.Unread
	// NoRole is true where the role does not exist. No other cause needs to be looked for.
	NoRole bool
	// ByTarget is true where the policy of the called resource decided, and not the role's.
	ByTarget bool
	// Unless says which policy, that is in none of the templates that stand for the account, would have to grant a
	// denied call to the role itself; empty where there is none.
	Unless string
	// UnlessUnread is the same for a policy that permprobe does not read, and says what shows it.
	UnlessUnread string
	// Refusal is what the policy of the called resource has against the call, whether or not the role's side allows it;
	// nil where it has nothing, or was not asked.
	Refusal *Refusal
	// puts marks a call that sets ACLs by code which puts objects into the same bucket.
	puts bool
	// owned marks a decision that is open because of whose an object is, which nothing that is asked of AWS changes.
	owned bool
	// unattributed marks a deny that the role's own policies do not explain and that the simulator was not
	// asked about alone.
	unattributed bool
	// unproven marks a deny of which the simulator can still say whether service control policies are why.
	unproven bool
	// shared marks a decision that rests on the answer for another function of the role, own is the question for
	// this one, and organization that policies which nobody here sees may tell the two apart.
	shared, organization bool
	own                  Question
}

// Word is the verdict as AWS writes it.
func (d *Decision) Word() string {
	switch {
	case d.Verdict == Allowed:
		return iampolicy.Allowed.String()
	case d.Verdict == Denied && d.Explicit:
		return iampolicy.ExplicitDeny.String()
	case d.Verdict == Denied:
		return iampolicy.ImplicitDeny.String()
	}
	return iampolicy.Undetermined.String()
}

// All decides every need, in order.
func All(facts *fact.Facts, needs []need.Need, answers map[Question]Answer) []Decision {
	decisions := make([]Decision, len(needs))
	ask, put := newAsker(facts), writersOf(needs)
	for i := range needs {
		n := &needs[i]
		d := &decisions[i]
		d.Need = n
		d.puts = setsACLs(n) && put[put.key(n)]
		switch {
		case !n.Unread.IsZero():
			d.Unread = n.Unread
		case n.Kind == need.Trust:
			decideTrust(facts, d)
		case n.Kind == need.Invoke:
			decideInvoke(facts, d)
		case n.Sealed != "":
			d.sealed()
		case n.Kind == need.Service:
			decideService(facts, d)
		case n.Kind == need.Identity:
			decideIdentity(ask, d, answers)
			switch {
			case n.Assumes():
				consultTrust(facts, d, answers[d.Question])
			case n.Trigger != nil:
				consultFunction(facts, d)
			}
			consultTarget(facts, d, answers[d.Question])
			d.consultUnread(facts, answers[d.Question])
			d.consultConnected(facts)
			if n.ThroughPoint() {
				d.behindPoint()
			}
		default:
			d.Unread = fact.Unread{Reason: fmt.Sprintf("nothing decides needs of kind %d", n.Kind)}
		}
		d.NoRole = n.Kind != need.Invoke && n.Unread.IsZero() && facts.Roles[n.Role].IsAbsent()
		d.withoutOrganization(facts)
		if d.Verdict == Denied && !n.Presumed.IsZero() {
			d.Verdict, d.Unread = Unknown, n.Presumed
		}
	}
	return decisions
}

// settle takes over what the evaluator found for a policy that alone decides.
func (d *Decision) settle(c *iampolicy.Case, what string) {
	result := c.Decide()
	switch result.Decision {
	case iampolicy.Allowed:
		d.Verdict = Allowed
	case iampolicy.ExplicitDeny:
		d.Verdict, d.Explicit = Denied, true
		if len(result.Matched) > 0 {
			d.cite(result.Matched[0])
		}
	case iampolicy.ImplicitDeny:
		d.Verdict = Denied
		d.nearMiss(c)
	default:
		if result.Denied {
			// Whether a Deny applies is not known, but nothing allows either way.
			d.Verdict = Denied
			d.nearMiss(c)
			return
		}
		d.Unread = fact.Unread{Reason: fmt.Sprintf("%s does not decide: %s", what, result.Reason)}
	}
}

func (d *Decision) nearMiss(c *iampolicy.Case) {
	if near, ok := c.NearMiss(); ok {
		d.cite(near.Ref)
		d.Element, d.Detail, d.Slip = near.Element, near.Detail, near.Slip
	}
}

func (d *Decision) cite(ref iampolicy.StatementRef) {
	if ref.Policy != nil {
		d.Policy = ref.Policy.Name()
	}
	if ref.Statement != nil {
		d.Statement = string(ref.Statement.JSON())
		d.StatementID = statementID(ref.Statement)
	}
}

// roleOf finds the role of a need, or says why it is not known.
func roleOf(facts *fact.Facts, arn string) (fact.Role, fact.Unread) {
	read, asked := facts.Roles[arn]
	if !asked {
		return fact.Role{}, fact.Unread{Reason: fmt.Sprintf("the role %s was not read", arn)}
	}
	role, known := read.Value()
	switch {
	case known:
		return role, fact.Unread{}
	case read.IsAbsent():
		return fact.Role{}, fact.Unread{Reason: fmt.Sprintf("the role %s does not exist", arn)}
	}
	why, _ := read.Unread()
	return fact.Role{}, why
}

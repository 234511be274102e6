package decide

import (
	"maps"
	"slices"
	"strings"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// allowAll is what a stranger's own account grants it.
const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// Exposures decides for every function policy that is known whether it lets strangers in. A decision says Allowed
// only where no condition that is not known could stand in the way.
func Exposures(facts *fact.Facts) []Decision {
	refs := slices.SortedFunc(maps.Keys(facts.Policies), func(a, b fact.FunctionRef) int { return strings.Compare(a.String(), b.String()) })
	var decisions []Decision
	for _, ref := range refs {
		policy, known := facts.Policies[ref].Value()
		if !known {
			continue
		}
		needs, open := need.Strangers(facts.Account, ref), openSources(policy.Policy)
		for i := range needs {
			d := Decision{Need: &needs[i]}
			result := StrangerCase(facts, &d, policy.Policy).Decide()
			for _, source := range namesakes(facts.Account, needs[i].Principal, open) {
				if result.Decision == iampolicy.Allowed {
					break
				}
				n := needs[i]
				n.Context = maps.Clone(n.Context)
				n.Context["aws:SourceArn"] = []string{source}
				if other := StrangerCase(facts, &Decision{Need: &n}, policy.Policy).Decide(); other.Decision == iampolicy.Allowed {
					d.Need, result = &n, other
				}
			}
			switch result.Decision {
			case iampolicy.Allowed:
				d.Verdict = Allowed
				// What the stranger's own account grants matched too, and says nothing.
				if at := slices.IndexFunc(result.Matched, func(ref iampolicy.StatementRef) bool { return ref.Policy == policy.Policy }); at >= 0 {
					d.cite(result.Matched[at])
				}
			case iampolicy.ExplicitDeny, iampolicy.ImplicitDeny:
				d.Verdict = Denied
			default:
				d.Unread = fact.Unread{Reason: result.Reason}
			}
			decisions = append(decisions, d)
		}
	}
	return decisions
}

// openSources are the patterns for source ARNs in a policy's Allow statements that leave the account open.
func openSources(policy *iampolicy.Policy) []string {
	var open []string
	for _, s := range policy.Statements() {
		for _, c := range s.Conditions() {
			if s.Effect() != iampolicy.Allow || !strings.EqualFold(c.Key, "aws:SourceArn") {
				continue
			}
			for _, pattern := range c.Values {
				if arn, err := fact.ParseARN(pattern); err == nil && arn.Account != "" && strings.Trim(arn.Account, "*?") == "" {
					open = append(open, pattern)
				}
			}
		}
	}
	return open
}

// namesakes are the ARNs by which strangers' resources can be covered by such patterns: a topic of the right name, in any
// account.
func namesakes(account fact.Account, principal string, open []string) []string {
	if len(open) == 0 {
		return nil // nearly always
	}
	deputy, known := need.DeputyOf(principal, account.Region)
	if !known {
		return nil
	}
	var sources []string
	for _, pattern := range open {
		if source, ok := deputy.Namesake(account, pattern); ok {
			sources = append(sources, source)
		}
	}
	return sources
}

// StrangerCase is the call of a stranger, put to a function's policy.
func StrangerCase(facts *fact.Facts, d *Decision, policy *iampolicy.Policy) *iampolicy.Case {
	if d.Need.Principal != need.Anyone {
		return InvokeCase(facts, d, policy)
	}
	c := &iampolicy.Case{
		Action: d.Need.Action, Resource: d.Need.Resource, ResourceAccount: facts.Account.ID, ResourcePolicy: policy,
	}
	// Both documents are our own: they parse, and where they did not the case would decide nothing.
	c.Principal, _ = iampolicy.ParsePrincipal("arn:" + facts.Account.Partition + ":iam::" + need.NoAccount + ":role/stranger")
	if own, err := iampolicy.Parse([]byte(allowAll), iampolicy.Identity); err == nil {
		c.Identity = []*iampolicy.Policy{own}
	}
	keys := maps.Clone(d.Need.Context)
	keys["aws:CurrentTime"] = []string{facts.Time.UTC().Format(time.RFC3339)}
	c.Context = iampolicy.NewContext(keys).WithUnknown("*")
	return c
}

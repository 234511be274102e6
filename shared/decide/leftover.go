package decide

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// SourcePermission is a statement of a function's policy that lets one source call it.
type SourcePermission struct {
	Function  fact.FunctionRef
	Policy    *iampolicy.Policy
	Statement *iampolicy.Statement
	Principal string
	// Source is the statement's aws:SourceArn, Origin what that names.
	Source string
	Origin fact.Origin
}

// SourcePermissions are the statements that let a source of the account call a function without a trigger that shows it to exist,
// in the order of the policies. Where a trigger of the same service is refused its permission may just name the wrong
// source, and the refusal tells that.
//
// Only statements are looked at that bound the call to one source of this account: nothing else can be left behind.
func SourcePermissions(facts *fact.Facts, decisions []Decision) []SourcePermission {
	shown := map[string]bool{}
	for i := range facts.Triggers {
		t := &facts.Triggers[i]
		if o, ok := fact.OriginOf(t.Source, facts.Account); ok {
			shown[o.ARN] = true
		}
	}
	type call struct{ function, principal string }
	refused := map[call]bool{}
	for i := range decisions {
		if d := &decisions[i]; d.Need.Kind == need.Invoke && d.Verdict != Allowed {
			refused[call{d.Need.Function.ARN, d.Need.Principal}] = true
		}
	}
	var grants []SourcePermission
	for _, ref := range slices.SortedFunc(maps.Keys(facts.Policies), func(a, b fact.FunctionRef) int { return cmp.Compare(a.String(), b.String()) }) {
		policy, known := facts.Policies[ref].Value()
		if !known {
			continue
		}
		for _, s := range policy.Policy.Statements() {
			g, ok := grantOf(facts.Account, s)
			if !ok || shown[g.Origin.ARN] || refused[call{ref.ARN, g.Principal}] {
				continue
			}
			g.Function, g.Policy = ref, policy.Policy
			grants = append(grants, g)
		}
	}
	return grants
}

// grantOf takes the one service and the one source out of a statement; false where there are others.
func grantOf(account fact.Account, s *iampolicy.Statement) (SourcePermission, bool) {
	principals := s.Principals()
	if s.Effect() != iampolicy.Allow || len(principals) != 1 || !strings.Contains(principals[0].Value, ".amazonaws.") {
		return SourcePermission{}, false
	}
	g := SourcePermission{Statement: s, Principal: principals[0].Value}
	owner := ""
	for _, c := range s.Conditions() {
		negated := strings.Contains(c.Operator, "Not") || strings.Contains(c.Operator, "IfExists") || strings.Contains(c.Operator, ":")
		switch {
		case negated || len(c.Values) != 1:
			return SourcePermission{}, false
		case strings.EqualFold(c.Key, "aws:SourceArn"):
			g.Source = c.Values[0]
		case strings.EqualFold(c.Key, "aws:SourceAccount"):
			owner = c.Values[0]
		}
	}
	var ok bool
	if g.Origin, ok = fact.OriginOf(g.Source, account); !ok || g.Origin.Kind == fact.KindBuckets && owner != account.ID {
		return SourcePermission{}, false // a bucket of that name may be another account's
	}
	return g, true
}

// Origins are the sources of the permissions, once each, sorted by ARN.
func Origins(grants []SourcePermission) []fact.Origin {
	all := map[string]fact.Origin{}
	for i := range grants {
		all[grants[i].Origin.ARN] = grants[i].Origin
	}
	var origins []fact.Origin
	for _, arn := range slices.Sorted(maps.Keys(all)) {
		origins = append(origins, all[arn])
	}
	return origins
}

// Leftover is the permission that a source's removal left behind, as a decision for a finding to rest on.
func (g *SourcePermission) Leftover() *Decision {
	d := &Decision{Verdict: Allowed, Need: &need.Need{
		Kind: need.Leftover, Level: need.Required, Function: g.Function, Principal: g.Principal,
		Action: strings.Join(g.Statement.Actions(), ", "), Resource: g.Function.String(),
	}}
	d.cite(iampolicy.StatementRef{Policy: g.Policy, Statement: g.Statement})
	return d
}

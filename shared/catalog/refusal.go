package catalog

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// byTarget divides what is denied into what the role's side refuses and what only policies of called resources refuse,
// by resource: another owner mends those. Roles that are assumed are resources, too.
func byTarget(denied []*decide.Decision) (role []*decide.Decision, targets [][]*decide.Decision) {
	index := map[string]int{}
	for _, d := range denied {
		if !d.ByTarget {
			role = append(role, d)
			continue
		}
		of := d.Need.Resource
		if d.Refusal != nil {
			of = d.Refusal.Of()
		}
		if d.Need.Kind == need.Service {
			of += " by " + d.Need.Principal // which takes a statement of its own
		}
		at, seen := index[of]
		if !seen {
			at = len(targets)
			index[of] = at
			targets = append(targets, nil)
		}
		targets[at] = append(targets[at], d)
	}
	return role, targets
}

// refusedByTarget is the finding on calls that one called resource refuses.
func (s *shortfall) refusedByTarget(facts *fact.Facts, denied []*decide.Decision) check.Found {
	f := s.finding(denied)
	first := denied[0]
	target := first.Refusal.Target
	f.Place = finding.PlaceTarget
	f.Title = fmt.Sprintf("%s %s: the policy of the %s does not let its role %s %s",
		first.Need.Function.Name(), s.Breaks(denied), target.Name(), fact.RoleName(first.Need.Role), brief(actionsOf(denied)))
	f.Evidence = evidence(first, "policy of the "+target.Name())
	f.Cause = fmt.Sprintf("The policies of %s allow %s, but %s", fact.RoleName(first.Need.Role), list(actionsOf(denied)), against(facts, denied))
	if first.Refusal.NoACLs {
		f.Evidence = evidence(first, "Object Ownership of the "+target.Name())
	}
	if target.Lock != nil && target.Lock.AWSManaged || first.Refusal.NoACLs {
		f.Cause = fmt.Sprintf("Whatever the policies of %s allow, %s", fact.RoleName(first.Need.Role), against(facts, denied))
	}
	if first.Refusal.Open {
		f.Title = fmt.Sprintf("%s %s: the %s lets nobody call what its code calls", first.Need.Function.Name(), s.Breaks(denied), target.Name())
		f.Cause = fmt.Sprintf("The method asks nobody with IAM who calls, so that what the policies of %s allow makes no difference, but %s", fact.RoleName(first.Need.Role), against(facts, denied))
	}
	f.Cause += through(denied)
	breaks := s.Breaks(denied)
	if first.Need.Kind == need.Service {
		breaks = refusedToService(facts, denied, breaks, &f)
	}
	spared(denied, &f)
	if state := first.Refusal.State; state != "" {
		f.Place = finding.PlaceConfiguration
		f.Title = fmt.Sprintf("%s %s: the %s is in state %s", first.Need.Function.Name(), breaks, target.Name(), state)
	}
	if first.Refusal.Network != "" {
		f.Place = finding.PlaceConfiguration
		f.Title = fmt.Sprintf("%s %s: the %s takes requests from %s alone", first.Need.Function.Name(), s.Breaks(denied), target.Name(), first.Refusal.Network)
	}
	if target.Kind == fact.TargetParameter && !first.Refusal.Explicit {
		f.Title = fmt.Sprintf("%s %s: the %s is not shared with its role %s for %s",
			first.Need.Function.Name(), s.Breaks(denied), target.Name(), fact.RoleName(first.Need.Role), brief(actionsOf(denied)))
	}
	if first.Refusal.OwnersOnly {
		f.Title = fmt.Sprintf("%s %s: the %s is account %s's, which alone may %s", first.Need.Function.Name(), s.Breaks(denied), target.Name(), target.Account, brief(actionsOf(denied)))
	}
	if first.Refusal.Closed {
		f.Place = finding.PlaceGuardrail
		f.Title = fmt.Sprintf("%s %s: Block Public Access keeps other accounts out of the %s", first.Need.Function.Name(), s.Breaks(denied), target.Name())
	}
	if first.Refusal.NoACLs {
		f.Place = finding.PlaceConfiguration
		f.Symptom = strings.ReplaceAll(f.Symptom, "AccessDenied", "AccessControlListNotSupported")
		f.Title = fmt.Sprintf("%s %s: the %s takes no ACLs", first.Need.Function.Name(), s.Breaks(denied), target.Name())
	}
	found := check.Found{Target: apartFromOthers(denied), Finding: f, Decisions: denied, Rows: append([]string{rowOfTarget(target.Kind)}, rowsBehind(denied)...)}
	departed(facts, denied, &found)
	if target.Kind == fact.TargetRole {
		name := fact.RoleName(target.ARN)
		found.Finding.Title = fmt.Sprintf("%s cannot assume %s: that role's trust policy does not let %s", first.Need.Function.Name(), name, fact.RoleName(first.Need.Role))
		found.Finding.Evidence = evidence(first, "trust policy of "+name)
	}
	return found
}

// rowsBehind are the rows on keys that are used through what they encrypt: objects have one of their own.
func rowsBehind(denied []*decide.Decision) []string {
	var rows []string
	for _, d := range denied {
		if d.Need.Via == "" {
			continue
		}
		row := "T5"
		switch through, _ := fact.TargetOf(d.Need.Via); through.Kind {
		case fact.TargetBucket:
			row = "R6"
		case fact.TargetAccessPoint:
			row = "T1"
		}
		if !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// against says what the policy of a resource has against calls, and whose it is.
func against(facts *fact.Facts, refused []*decide.Decision) string {
	r := refused[0].Refusal
	account := r.Target.Account
	if account == "" {
		account = facts.Account.ID
	}
	who := "the role"
	switch refused[0].Need.Kind {
	case need.Pull:
		who = "Lambda"
	case need.Service:
		who = "it"
	}
	text := fmt.Sprintf("the %s has no policy that lets %s in.", r.Target.Name(), who)
	said := &decide.Decision{Policy: r.Policy, StatementID: r.StatementID}
	switch {
	case r.OwnersOnly:
		text = fmt.Sprintf("what is shared with other accounts they may read and not change, whatever a policy of the %s grants.", r.Target.Name())
	case r.Target.Standard:
		text = fmt.Sprintf("the %s is of the standard tier, which cannot be shared with other accounts.", r.Target.Name())
	case r.Target.Kind == fact.TargetParameter && r.Policy == "":
		text = fmt.Sprintf("the %s is not shared with other accounts.", r.Target.Name())
	case r.Target.API != nil && r.Policy == "" && r.Target.API.Private && r.Network == "":
		text = fmt.Sprintf("the %s is private and has no policy, without which a private API lets nobody in.", r.Target.Name())
	case r.Target.API != nil && r.Policy == "" && r.Target.API.Kind != fact.TriggerRESTAPI:
		text = fmt.Sprintf("the %s is an %s, which has no policy: its methods with IAM authorization let in callers of its own account alone.", r.Target.Name(), r.Target.API.Kind)
	case r.Closed:
		text = fmt.Sprintf("the %s is public, and Block Public Access (RestrictPublicBuckets) lets nobody of other accounts into a bucket with a public policy, whatever it grants them.", r.Policy)
	case r.NoACLs:
		text = fmt.Sprintf("the %s takes no ACLs: its Object Ownership is %s, so that setting one fails with AccessControlListNotSupported.", r.Target.Name(), fact.OwnerEnforced)
	case r.Network != "":
		text = fmt.Sprintf("the %s refuses every request that does not come from %s, and %s is attached to no VPC.", r.Target.Name(), r.Network, refused[0].Need.Function.Name())
	case r.State != "":
		text = fmt.Sprintf("the %s cannot be used, whatever its policy says: it is in state %s.", r.Target.Name(), r.State)
	case r.Target.Lock != nil && r.Target.Lock.AWSManaged:
		text = fmt.Sprintf("the %s is one that AWS manages: its policy lets in only its own account, through the service that it is for, and cannot be changed.", r.Target.Name())
	case r.Explicit:
		text = fmt.Sprintf("a Deny statement, %s, refuses it: %s", citedStatement(said), r.Statement)
		text = sentence(text)
		if r.Besides {
			text += " The repository's own policy does not let it in either."
		}
	case r.Policy != "":
		in := r.Policy
		if len(r.Target.Parts) > 1 {
			in = "policies of the " + r.Target.Name()
		}
		text = fmt.Sprintf("no statement in the %s does.", in)
		if r.Detail != "" {
			text += fmt.Sprintf(" The closest, %s: %s", citedStatement(said), sentence(r.Detail))
		}
	}
	text += fmt.Sprintf(" The %s belongs to account %s.", r.Target.Name(), account)
	if stack := facts.TargetStacks[r.Target.Tagged()]; stack != "" {
		text += fmt.Sprintf(" Its stack is %s.", stack)
	}
	return text
}

// alsoRefused adds to the finding on a role that what it calls refuses the same calls.
func alsoRefused(facts *fact.Facts, denied []*decide.Decision, found *check.Found) {
	told := map[string]bool{}
	for _, d := range denied {
		if d.Refusal == nil || told[d.Refusal.Of()] {
			continue
		}
		told[d.Refusal.Of()] = true
		found.Finding.Cause += " Besides, " + against(facts, []*decide.Decision{d})
		if row := rowOfTarget(d.Refusal.Target.Kind); !slices.Contains(found.Rows, row) {
			found.Rows = append(found.Rows, row)
		}
	}
}

// rowOfTarget is the row of the field guide on policies of a kind of target.
func rowOfTarget(kind fact.TargetKind) string {
	switch kind {
	case fact.TargetBucket, fact.TargetAccessPoint:
		return "T1"
	case fact.TargetKey:
		return "T2"
	case fact.TargetRole:
		return "T4"
	}
	return "T3"
}

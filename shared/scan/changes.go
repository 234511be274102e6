package scan

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"permprobe/shared/check"
	"permprobe/shared/collect"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
	"permprobe/shared/permission"
)

// mostLookUps bounds how many subjects a diagnosis looks up in CloudTrail: ten seconds of a quota of two a second.
const mostLookUps = 10

// mostPerhaps bounds how many changes are named of which it is not known whether they took the permission away.
const mostPerhaps = 3

// taken completes what is refused now as well with the changes that took the permission away, where CloudTrail tells.
func (s *Scanner) taken(ctx context.Context, history *collect.History, out *finding.Diagnosis, in *check.Input, function *fact.Function, claims []claim) {
	if !s.Collector.On.On(permission.CloudTrail) {
		return
	}
	var decisions []*decide.Decision
	refused := map[int]*decide.Decision{}
	for i := range out.Denials {
		if out.Denials[i].Outcome != finding.Confirmed || i >= len(claims) {
			continue
		}
		if d := claims[i].decision(in, function); d != nil && d.Verdict == decide.Denied {
			refused[i] = d
			decisions = append(decisions, d)
		}
	}
	changes, gaps := s.changesOf(ctx, history, in.Facts, decisions)
	out.Gaps = addOnce(out.Gaps, out.Function, gaps)
	for i, d := range refused {
		out.Denials[i].Changes = explain(in.Facts, d, changes, lastSeen(out.Denials[i].Seen))
	}
}

// addOnce adds what could not be read, but for what is known to lack a permission already.
func addOnce(gaps []finding.Gap, function string, more []fact.Unread) []finding.Gap {
	for _, why := range more {
		if why.Permission == "" || !slices.ContainsFunc(gaps, func(have finding.Gap) bool { return have.Permission == why.Permission }) {
			gaps = append(gaps, gapOf(function, why))
		}
	}
	return gaps
}

// changesOf looks up what changed around refused calls. Nothing is looked up where nothing is refused.
func (s *Scanner) changesOf(ctx context.Context, history *collect.History, facts *fact.Facts, refused []*decide.Decision) (changes []collect.Change, gaps []fact.Unread) {
	var subjects []collect.Subject
	for _, d := range refused {
		for _, one := range subjectsOf(facts, d) {
			if !slices.Contains(subjects, one) {
				subjects = append(subjects, one)
			}
		}
	}
	if len(subjects) == 0 {
		return nil, nil
	}
	if n := len(subjects); n > mostLookUps {
		gaps = append(gaps, fact.Unread{Reason: fmt.Sprintf("what changed was looked up for %d of %d roles, policies and resources", mostLookUps, n)})
		subjects = subjects[:mostLookUps]
	}
	s.phase(ctx, "changes", func(ctx context.Context) {
		var why []fact.Unread
		changes, why = history.Changes(ctx, subjects)
		gaps = append(gaps, why...)
		// A policy that was detached is known by its own history.
		var more []collect.Subject
		for _, c := range changes {
			subject := collect.Subject{Name: c.Policy, Global: true}
			if arn, err := fact.ParseARN(c.Policy); c.Event == "DetachRolePolicy" && err == nil && arn.Account == facts.Account.ID && !slices.Contains(subjects, subject) && !slices.Contains(more, subject) {
				more = append(more, subject)
			}
		}
		if len(more) > 0 && len(subjects)+len(more) <= mostLookUps {
			older, why := history.Changes(ctx, more)
			gaps = append(gaps, why...)
			for _, one := range older {
				if !slices.ContainsFunc(changes, func(have collect.Change) bool { return have.ID == one.ID }) {
					changes = append(changes, one)
				}
			}
			slices.SortStableFunc(changes, func(a, b collect.Change) int { return b.At.Compare(a.At) })
		}
	})
	return changes, gaps
}

// subjectsOf are the names under which the history holds the changes that a call depends on.
func subjectsOf(facts *fact.Facts, d *decide.Decision) []collect.Subject {
	n := d.Need
	var out []collect.Subject
	add := func(name string, global bool) {
		if name != "" && !slices.Contains(out, collect.Subject{Name: name, Global: global}) {
			out = append(out, collect.Subject{Name: name, Global: global})
		}
	}
	managed := func(policy string) {
		if arn, err := fact.ParseARN(policy); err == nil && arn.Account == facts.Account.ID {
			add(policy, true)
		}
	}
	switch n.Kind {
	case need.Invoke:
		add(n.Function.Name(), false)
		add(n.Function.ARN, false)
		return out
	case need.Identity, need.Trust:
		add(fact.RoleName(n.Role), true)
		managed(d.Policy)
		if role, known := facts.Roles[n.Role].Value(); known {
			policies, _ := role.Policies.Value()
			for _, policy := range policies {
				managed(policy.Name())
			}
			if boundary, has := role.Boundary.Value(); has && d.Guardrail == decide.GuardrailBoundary {
				managed(boundary.Name())
			}
		}
		add(n.Function.Name(), false)
	}
	if d.ByTarget || d.Refusal != nil {
		if strings.EqualFold(n.Action, need.AssumeRole) {
			add(fact.RoleName(n.Resource), true)
		} else if target, has := n.Target(); has {
			arn, _ := fact.ParseARN(target.ARN)
			add(target.ARN, false)
			add(arn.Resource[strings.LastIndexAny(arn.Resource, "/:")+1:], false)
		}
	}
	return out
}

// explain picks the changes that took the permission for a call away: those that certainly did, or else the latest that may
// have. Changes after the last refusal did not.
func explain(facts *fact.Facts, d *decide.Decision, changes []collect.Change, last string) []finding.Change {
	until := time.Time{}
	if at, err := time.Parse(time.RFC3339, last); err == nil {
		until = at.Add(time.Minute) // CloudTrail's times are of whole seconds, and clocks differ
	}
	var certain, perhaps []finding.Change
	for i := range changes {
		if !until.IsZero() && changes[i].At.After(until) {
			continue
		}
		one, bears := effect(facts, d, changes, i)
		switch {
		case !bears:
		case one.Certain:
			certain = append(certain, one)
		default:
			perhaps = append(perhaps, one)
		}
	}
	switch {
	case len(certain) > 0:
		return certain[:min(len(certain), mostPerhaps)]
	}
	return perhaps[:min(len(perhaps), mostPerhaps)]
}

// effect is what one change did to a call; false where it did nothing to it for certain.
func effect(facts *fact.Facts, d *decide.Decision, changes []collect.Change, at int) (finding.Change, bool) {
	c := changes[at]
	out := finding.Change{
		Time: c.At.UTC().Format(time.RFC3339), Event: c.Event, EventID: c.ID, By: c.By, From: c.From, With: c.With, Policy: c.Policy,
	}
	of := func(doc string) iampolicy.Decision { return decideBy(facts, d, c.Event, doc) }
	before, after := older(changes, at), c.Document
	switch c.Event {
	case "DeleteRolePolicy", "DetachRolePolicy", "RemovePermission", "DeleteResourcePolicy", "DeleteBucketPolicy":
		out.Before = before
		switch {
		case before == "":
			out.Effect = "It took the policy away. What that said is not in the history."
			return out, !d.Explicit
		case of(before) == iampolicy.Allowed:
			out.Certain, out.Effect = true, "It took away what allowed the call."
			return out, true
		}
		return out, false
	case "DeleteRole", "UpdateAlias", "RetireGrant", "RevokeGrant", "DisableKey", "ScheduleKeyDeletion", "DeletePolicyVersion", "PutBucketPublicAccessBlock", "SetTopicAttributes", "SetQueueAttributes":
		if c.Document == "" {
			out.Effect, out.Certain = otherEffect(c.Event, d)
			return out, out.Effect != ""
		}
	case "CreateFunction":
		return out, false // nothing was before it
	case "UpdateFunctionConfiguration":
		return configurationEffect(out, d, changes, at)
	case "SetDefaultPolicyVersion":
		after = version(changes, at)
		if after == "" && !superseded(changes, at) {
			after = inForce(facts, d.Need.Role, c.Policy)
		}
		if after == "" && of(before) == iampolicy.Allowed {
			out.Before = before
			out.Effect = "It put another version in the place of one that allowed the call. What that says is not in the history."
			return out, true
		}
	case "CreatePolicyVersion":
		if !c.Default {
			return out, false
		}
	case "PutRolePermissionsBoundary":
		out.Effect = "It limited the role by this boundary."
		out.Certain = d.Guardrail == decide.GuardrailBoundary && c.Policy == d.Policy
		return out, d.Guardrail == decide.GuardrailBoundary
	case "AddPermission", "CreatePolicy":
		if after == "" || of(after) != iampolicy.ExplicitDeny {
			return out, false // what is added takes nothing away, unless it denies
		}
	case "AttachRolePolicy":
		after = newest(changes, c.Policy)
		if after == "" || of(after) != iampolicy.ExplicitDeny {
			return out, false
		}
	}
	out.Before, out.After = before, after
	now := iampolicy.Undetermined
	if after != "" {
		now = of(after)
	}
	switch {
	case now == iampolicy.ExplicitDeny:
		out.Certain, out.Effect = true, "It denies the call since."
	case now == iampolicy.Allowed, after == "" && before == "":
		return out, after == "" && before == "" && perhapsOf(&out)
	case before != "" && of(before) == iampolicy.Allowed && after != "":
		out.Certain, out.Effect = true, "What allowed the call before does not since."
	case before == "" && !d.Explicit && !superseded(changes, at):
		out.Effect = "It does not allow the call. What it said before is not in the history."
	default:
		return out, false
	}
	return out, true
}

// superseded tells whether the same policy was changed again since: then the later change counts.
func superseded(changes []collect.Change, at int) bool {
	return slices.ContainsFunc(changes[:at], func(one collect.Change) bool {
		return sameKind(one.Event, changes[at].Event) && one.Policy == changes[at].Policy
	})
}

// perhapsOf words a change of which the history holds no text.
func perhapsOf(c *finding.Change) bool {
	c.Effect = "It changed the policy. What that said before and after is not in the history."
	return true
}

// otherEffect words changes that write no policy; empty where they do nothing to the call.
func otherEffect(event string, d *decide.Decision) (text string, certain bool) {
	key := strings.HasPrefix(strings.ToLower(d.Need.Action), "kms:")
	switch {
	case event == "DeleteRole" && d.NoRole:
		return "It deleted the role.", true
	case event == "DeleteRole":
		return "The role was deleted and made again: what it was allowed before, and who trusted it by its old id, is gone.", false
	case event == "UpdateAlias" && d.Need.Kind != need.Invoke && d.Need.Function.Qualifier != "": // what may invoke an alias stays
		return "The alias runs another version since, which keeps the role that it was published with.", false
	case key && (event == "RetireGrant" || event == "RevokeGrant"):
		return "It took a grant on the key away.", false
	case key && (event == "DisableKey" || event == "ScheduleKeyDeletion"):
		return "The key cannot be used since.", d.Refusal != nil && d.Refusal.State != ""
	case event == "PutBucketPublicAccessBlock" && strings.HasPrefix(d.Need.Action, "s3:"):
		return "It blocks public access to the bucket.", false
	}
	return "", false
}

// inForce is the text of a managed policy of the role as it is now; empty where that is not known.
func inForce(facts *fact.Facts, role, policy string) string {
	read, _ := facts.Roles[role].Value()
	policies, _ := read.Policies.Value()
	for _, one := range policies {
		if one.Name() == policy {
			text, err := json.Marshal(one)
			if err != nil {
				return ""
			}
			return string(text)
		}
	}
	return ""
}

// older is the text that the same policy had before a change, as the history knows it.
func older(changes []collect.Change, at int) string {
	c := changes[at]
	for _, one := range changes[at+1:] {
		if !sameKind(one.Event, c.Event) || one.Policy != c.Policy {
			continue
		}
		switch {
		case one.Event == "SetDefaultPolicyVersion":
			return version(changes, slices.IndexFunc(changes, func(x collect.Change) bool { return x.ID == one.ID }))
		case one.Event == "CreatePolicyVersion" && !one.Default:
		case strings.HasPrefix(one.Event, "De"), one.Event == "RemovePermission":
			return "" // there was none
		case one.Document != "":
			return one.Document
		}
	}
	return ""
}

// newest is the latest text of a managed policy that the history knows.
func newest(changes []collect.Change, policy string) string {
	for _, one := range changes {
		if one.Policy == policy && one.Default && one.Document != "" {
			return one.Document
		}
	}
	return ""
}

// version is the text of the version that a change made the default.
func version(changes []collect.Change, at int) string {
	for _, one := range changes {
		if one.Policy == changes[at].Policy && one.Version == changes[at].Version && one.Document != "" {
			return one.Document
		}
	}
	return ""
}

// kinds are the events that write, change or take away the same kind of policy.
var kinds = [][]string{
	{"PutRolePolicy", "DeleteRolePolicy"}, {"CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "AttachRolePolicy", "DetachRolePolicy"},
	{"UpdateAssumeRolePolicy"}, {"AddPermission", "RemovePermission"}, {"PutResourcePolicy", "DeleteResourcePolicy"},
	{"PutKeyPolicy"}, {"PutBucketPolicy", "DeleteBucketPolicy"}, {"SetQueueAttributes"}, {"SetTopicAttributes"}, {"PutRolePermissionsBoundary"},
}

func sameKind(a, b string) bool {
	return slices.ContainsFunc(kinds, func(k []string) bool { return slices.Contains(k, a) && slices.Contains(k, b) })
}

// decideBy decides the call by one policy alone, as of the event's kind. A document that is not understood decides nothing.
func decideBy(facts *fact.Facts, d *decide.Decision, event, doc string) iampolicy.Decision {
	n := d.Need
	parse := func(kind iampolicy.Kind, text string) *iampolicy.Policy {
		policy, err := iampolicy.Parse([]byte(text), kind)
		if err != nil {
			return nil
		}
		return policy
	}
	c := &iampolicy.Case{Action: n.Action, Resource: n.Resource, Context: iampolicy.NewContext(n.Context).WithUnknown("*")}
	switch event {
	case "AddPermission", "RemovePermission", "PutResourcePolicy", "DeleteResourcePolicy", "PutKeyPolicy", "PutBucketPolicy", "DeleteBucketPolicy", "SetQueueAttributes", "SetTopicAttributes":
		if event == "AddPermission" || event == "RemovePermission" {
			doc = statementAlone(doc)
		}
		policy := parse(iampolicy.Resource, doc)
		if policy == nil {
			return iampolicy.Undetermined
		}
		if target, has := n.Target(); has && n.Kind == need.Identity {
			read, _ := facts.Targets[target.ARN].Value()
			if read.ARN == "" {
				read = target
			}
			return decide.TargetAllows(facts, n, &read, policy).Decide().Decision
		}
		return decide.InvokeCase(facts, d, policy).Decide().Decision
	case "UpdateAssumeRolePolicy":
		policy := parse(iampolicy.Trust, doc)
		if policy == nil {
			return iampolicy.Undetermined
		}
		c.ResourcePolicy = policy
		c.Principal = iampolicy.Service(n.Principal)
		if n.Kind == need.Identity {
			c.Principal, _ = iampolicy.ParsePrincipal(n.Role)
		}
	default:
		policy := parse(iampolicy.Identity, doc)
		if policy == nil {
			return iampolicy.Undetermined
		}
		c.Identity = []*iampolicy.Policy{policy}
		c.Principal, _ = iampolicy.ParsePrincipal(n.Role) // the ARN came from IAM itself
	}
	return c.Decide().Decision
}

// statementAlone makes a policy of a statement.
func statementAlone(statement string) string {
	doc, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []json.RawMessage{json.RawMessage(statement)}})
	if err != nil {
		return ""
	}
	return string(doc)
}

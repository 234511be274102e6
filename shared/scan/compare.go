package scan

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/collect"
	"permprobe/shared/config"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
	"permprobe/shared/telemetry"
)

// mostGrants bounds how many differing grants of each role an answer holds.
const mostGrants = 200

// Compare says what differs in the permissions of two functions. It does not fail: what could not be read or decided
// is in the answer.
func (s *Scanner) Compare(ctx context.Context, request config.Request) *finding.Comparison {
	started, callsBefore := s.Now(), s.Calls()
	out := &finding.Comparison{Account: s.Collector.Account.ID, Region: s.Collector.Account.Region}
	working, cancel := s.budget(ctx, config.OnDemand, started)
	defer cancel()
	var pair []*fact.Facts
	s.phase(working, "collect", func(ctx context.Context) {
		ctx, cancel := s.share(ctx)
		defer cancel()
		wanted := make([]collect.Wanted, len(request.Compare))
		for i, text := range request.Compare {
			name, qualifier := config.SplitQualifier(text)
			wanted[i] = collect.Wanted{Qualifier: qualifier, Matches: func(have, arn string) bool { return config.Selects(name, have, arn) }}
		}
		pair = s.Collector.Pair(ctx, wanted, collect.Selection{
			Groups: groups(s.File.Needs), Roles: need.Assumed(s.Collector.Account, s.File.Needs), Aliases: need.Aliases(s.Collector.Account, s.File.Needs),
		})
	})
	sides := []*finding.ComparedFunction{&out.A, &out.B}
	missing := false
	for i, facts := range pair {
		for _, read := range facts.Tagged {
			if why, unread := read.Unread(); unread {
				out.Gaps = append(out.Gaps, gapOf("", why))
			}
		}
		for _, unread := range facts.Unread {
			out.Gaps = append(out.Gaps, gapOf(unread.Function, unread.Unread))
		}
		*sides[i] = finding.ComparedFunction{Function: request.Compare[i]}
		if len(facts.Functions) == 0 {
			missing = true
			if len(facts.Unread) == 0 {
				out.Gaps = append(out.Gaps, finding.Gap{Reason: fmt.Sprintf("no function of %s in %s is named %q", out.Account, out.Region, request.Compare[i])})
			}
			continue
		}
		_, qualifier := config.SplitQualifier(request.Compare[i])
		*sides[i] = finding.ComparedFunction{Function: facts.Functions[0].ARN, Qualifier: qualifier, Role: facts.Functions[0].Role}
	}
	if missing {
		out.Status = finding.ReportIncomplete // there is nothing to compare with
	} else {
		groups := s.comparePermissions(working, out, pair[0], pair[1])
		compareGrants(out, pair[0], pair[1])
		out.Configuration = settings(out, groups, pair[0], pair[1])
	}
	if working.Err() != nil {
		out.Status = finding.ReportIncomplete
	}
	out.Finish()
	out.Summary.APICalls = s.Calls() - callsBefore
	out.Summary.DurationMS = s.Now().Sub(started).Milliseconds()
	s.Log.InfoContext(ctx, "compare.done", "status", out.Status, "different", out.Summary.Different, "undecided", out.Summary.Undecided,
		"apiCalls", out.Summary.APICalls, "durationMs", out.Summary.DurationMS)
	return out
}

func gapOf(function string, why fact.Unread) finding.Gap {
	return finding.Gap{Function: function, Reason: why.Reason, Permission: why.Permission, Resource: why.Resource}
}

// comparePermissions decides what either function needs, for both. It returns the log groups that were looked up for it.
func (s *Scanner) comparePermissions(ctx context.Context, out *finding.Comparison, a, b *fact.Facts) map[string]fact.Read[fact.LogGroup] {
	both := *a
	both.Functions = append(a.Functions[:1:1], b.Functions[0])
	both.Roles = maps.Clone(a.Roles)
	maps.Copy(both.Roles, b.Roles)
	both.VersionRoles = maps.Clone(a.VersionRoles)
	maps.Copy(both.VersionRoles, b.VersionRoles)
	needsA, needsB := needsOf(a, s.File.Needs), needsOf(b, s.File.Needs)
	read := func(some []need.Need) { s.Collector.Targets(ctx, &both, need.Targets(some)) }
	read(slices.Concat(needsA, needsB)) // together, so that they are read side by side
	needsA, needsB = withBehind(&both, needsA, read), withBehind(&both, needsB, read)
	pairs := need.Union(&a.Functions[0], &b.Functions[0], needsA, needsB)
	needs := make([]need.Need, 0, 2*len(pairs))
	for i := range pairs {
		needs = append(needs, pairs[i].A, pairs[i].B)
	}
	var decisions []decide.Decision
	s.phase(ctx, "decide", func(ctx context.Context) {
		decisions = s.decideNow(ctx, &both, needs)
		telemetry.Annotate(ctx, "needs", len(needs))
	})
	for i := range pairs {
		first, second := &decisions[2*i], &decisions[2*i+1]
		p := finding.ComparedPermission{
			Purpose: string(first.Need.Purpose), Action: first.Need.Action,
			A: side(&both, first, pairs[i].NeededA), B: side(&both, second, pairs[i].NeededB),
		}
		p.Same = first.Verdict != decide.Unknown && first.Verdict == second.Verdict
		out.Permissions = append(out.Permissions, p)
	}
	return both.LogGroups
}

// decideNow decides needs without looking at what earlier runs remember: a person who compares has just changed
// something.
func (s *Scanner) decideNow(ctx context.Context, facts *fact.Facts, needs []need.Need) []decide.Decision {
	asking, cancel := s.share(ctx)
	defer cancel()
	s.Collector.Targets(asking, facts, need.Targets(needs))
	s.Collector.Ownership(asking, facts, decide.OwnershipMatters(facts, needs))
	answers := s.Simulator.Ask(asking, decide.Questions(facts, needs))
	decisions := decide.All(facts, needs, answers)
	if decide.Organizational(facts, decisions) {
		s.Collector.Organization(asking, facts)
		decisions = decide.All(facts, needs, answers)
	}
	again := func(answered map[decide.Question]decide.Answer) {
		decide.Confirm(facts, answers, answered)
		decisions = decide.All(facts, needs, answers)
	}
	if apart := decide.Apart(facts, decisions, func(string) bool { return true }); len(apart) > 0 {
		maps.Copy(answers, s.Simulator.Ask(asking, apart))
		decisions = decide.All(facts, needs, answers)
	}
	if groups := decide.GroupsInDoubt(facts, decisions); len(groups) > 0 {
		s.Collector.LogGroups(ctx, facts, groups)
		decisions = decide.All(facts, needs, answers)
	}
	if suspects := decide.Suspects(facts, decisions); len(suspects) > 0 {
		again(s.Simulator.Ask(ctx, suspects))
	}
	if puzzles := decide.Unattributed(decisions); len(puzzles) > 0 {
		again(s.Simulator.AskAlone(ctx, puzzles))
	}
	if unproven := decide.Unproven(decisions); len(unproven) > 0 {
		maps.Copy(answers, s.Simulator.AskAlone(ctx, unproven))
		decisions = decide.All(facts, needs, answers)
	}
	return decisions
}

func side(facts *fact.Facts, d *decide.Decision, needed bool) finding.ComparedSide {
	out := finding.ComparedSide{Needed: needed, Resource: d.Need.Granted(), Decision: d.Word(), Detail: d.Detail, Reason: d.Unread.String()}
	of := *d
	if granting, ok := decide.Granting(facts, d); ok {
		of = granting
	}
	out.Policy, out.StatementID, out.Statement = of.Policy, of.StatementID, of.Statement
	switch {
	case d.NoRole:
		out.Detail = fmt.Sprintf("the role %s does not exist", d.Need.Role)
	case d.Guardrail != "" && out.Detail == "":
		out.Detail = fmt.Sprintf("a %s denies it", d.Guardrail)
	}
	return out
}

// compareGrants lists what one role may and the other may not, beyond what is known to be needed.
func compareGrants(out *finding.Comparison, a, b *fact.Facts) {
	listed := map[string]bool{}
	for i := range out.Permissions {
		listed[strings.ToLower(out.Permissions[i].Action)] = true
	}
	of := func(has string, from, to *fact.Facts) {
		mine, theirs := &from.Functions[0], &to.Functions[0]
		role, _ := from.Roles[mine.Role].Value()
		other, _ := to.Roles[theirs.Role].Value()
		twin := strings.NewReplacer(mine.LogGroup, theirs.LogGroup, mine.Name, theirs.Name)
		grants, more := decide.Beyond(role, other, twin.Replace, mostGrants)
		out.Truncated = out.Truncated || more
		for _, g := range grants {
			if listed[strings.ToLower(g.Action)] {
				continue
			}
			out.Grants = append(out.Grants, finding.ComparedGrant{
				Has: has, Action: g.Action, Resource: g.Resource, Policy: g.Policy, StatementID: g.StatementID,
				Other: g.Other.String(), OtherDetail: g.OtherDetail,
			})
		}
	}
	if a.Functions[0].Role == b.Functions[0].Role {
		return
	}
	of("a", a, b)
	of("b", b, a)
	for _, facts := range []*fact.Facts{a, b} {
		if role, known := facts.Roles[facts.Functions[0].Role].Value(); known {
			if why, unread := role.Policies.Unread(); unread {
				out.Gaps = append(out.Gaps, gapOf(facts.Functions[0].ARN, why))
			}
		}
	}
}

// settings are what differs in the configuration and bears on permissions.
func settings(out *finding.Comparison, groups map[string]fact.Read[fact.LogGroup], a, b *fact.Facts) []finding.ComparedSetting {
	f, g := &a.Functions[0], &b.Functions[0]
	var found []finding.ComparedSetting
	add := func(name, x, y, matters string) {
		if x != y {
			found = append(found, finding.ComparedSetting{Name: name, A: x, B: y, Matters: matters})
		}
	}
	if out.A.Qualifier != out.B.Qualifier && f.ARN == g.ARN {
		add("role", f.Role, g.Role, "a version keeps the role with which it was published")
	}
	attached := map[bool]string{true: "in a VPC", false: "in none"}
	add("VPC", attached[f.Network.Attached], attached[g.Network.Attached],
		"a function in a VPC needs the network-interface permissions, and endpoint policies and security groups bind its calls")
	if f.Network.Attached && g.Network.Attached {
		add("subnets", f.Network.Subnets, g.Network.Subnets, "endpoints and routes differ from subnet to subnet: a call may pass the endpoint policy of one VPC only")
		add("security groups", f.Network.SecurityGroups, g.Network.SecurityGroups, "a call that a security group does not let out times out and is not denied")
	}
	add("key of the environment", cmp.Or(f.Key, "AWS's own"), cmp.Or(g.Key, "AWS's own"), "the function's role must be allowed to decrypt with a key of the customer")
	add("layers", names(f.Layers), names(g.Layers), "code of a layer calls with the function's role; an extension may need permissions of its own")
	add("file systems", names(f.FileSystems), names(g.FileSystems), "the role must be allowed to mount them")
	durable := map[bool]string{true: "durable", false: "not durable"}
	add("executions", durable[f.Durable], durable[g.Durable], "durable executions save their state with the role")
	add("key of the executions", cmp.Or(f.DurableKey, "AWS's own"), cmp.Or(g.DurableKey, "AWS's own"), "the role must be allowed to use a key of the customer")
	image := map[bool]string{true: "container image", false: "zip archive"}
	add("package", image[f.Image], image[g.Image], "Lambda pulls an image by the policy of its repository")
	active := map[bool]string{true: "active", false: "not active"}
	add("tracing", active[f.Tracing == fact.TracingActive], active[g.Tracing == fact.TracingActive], "active tracing needs the X-Ray permissions")
	own := func(f *fact.Function) string {
		if f.LogGroup == "/aws/lambda/"+f.Name {
			return "its own"
		}
		return f.LogGroup
	}
	add("log group", own(f), own(g), "the role must be allowed to write to the group that is configured")
	exists := func(f *fact.Function) string {
		switch _, known := groups[f.LogGroup].Value(); {
		case known:
			return "exists"
		case groups[f.LogGroup].IsAbsent():
			return "does not exist"
		}
		return "" // not looked up: the role may create it
	}
	if x, y := exists(f), exists(g); x != "" && y != "" {
		add("log group's existence", x, y, "logs:CreateLogGroup is needed where the group does not exist")
	}
	add("dead-letter target", cmp.Or(f.DeadLetter, "none"), cmp.Or(g.DeadLetter, "none"), "the role must be allowed to send to it")
	add("role's boundary", boundaryOf(a), boundaryOf(b), "a boundary limits what the role's policies allow")
	add("role's trust", trustOf(a), trustOf(b), "only whom the trust policy names may assume the role")
	return found
}

// names lists names for people.
func names(all []string) string {
	return cmp.Or(strings.Join(slices.Sorted(slices.Values(all)), ", "), "none")
}

func boundaryOf(facts *fact.Facts) string {
	role, known := facts.Roles[facts.Functions[0].Role].Value()
	switch boundary, has := role.Boundary.Value(); {
	case !known:
		return "not known"
	case has:
		return boundary.Name()
	case role.Boundary.IsAbsent():
		return "none"
	}
	return "not known"
}

// trustOf says whom a role's trust policy names.
func trustOf(facts *fact.Facts) string {
	role, _ := facts.Roles[facts.Functions[0].Role].Value()
	trust, known := role.Trust.Value()
	if !known {
		return "not known"
	}
	var who []string
	for _, statement := range trust.Statements() {
		for _, principal := range statement.Principals() {
			who = append(who, statement.Effect().String()+" "+principal.Value)
		}
	}
	return strings.Join(who, ", ")
}

package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// shortfall is what a check on the permissions of execution roles looks at, and its words.
type shortfall struct {
	Purpose need.Purpose
	// Apart makes a finding of every call.
	Apart bool
	// Matters tells whether a decision counts; not where it says why it is undecided. Nil: all count.
	Matters func(*decide.Decision) (bool, fact.Unread)
	// Breaks says what the function does not do: "writes no log". Symptom is what its users see.
	Breaks, Symptom func(denied []*decide.Decision) string
}

// shortfalls makes one finding of everything that a role is refused for one function and one purpose, and
// one gap of every reason why something is not decided.
func shortfalls(in *check.Input, s shortfall) check.Output {
	var out check.Output
	// A version or alias may run as several roles, each of which needs everything.
	type runner struct {
		function   fact.FunctionRef
		role, call string
	}
	groups := map[runner][]*decide.Decision{}
	var order []runner
	for i := range in.Decisions {
		d := &in.Decisions[i]
		if d.Need.Purpose != s.Purpose || d.NoRole {
			continue // a role that does not exist is R2's
		}
		by := runner{d.Need.Function, d.Need.Role, ""}
		if s.Apart {
			by.call = d.Need.Action + " on " + d.Need.Resource
		}
		if _, seen := groups[by]; !seen {
			order = append(order, by)
		}
		groups[by] = append(groups[by], d)
	}
	told := map[fact.FunctionRef]bool{}
	type toService struct {
		function       fact.FunctionRef
		key, principal string
	}
	services := map[toService]bool{}
	for _, by := range order {
		denied, gaps := s.split(groups[by])
		for _, why := range gaps {
			out.Gaps = append(out.Gaps, check.Gap(by.function.ARN, why))
		}
		if len(denied) == 0 {
			continue
		}
		denied, refused := byTarget(denied)
		for _, one := range refused {
			// What a service may not do is the same for every role that the function runs as.
			if n := one[0].Need; n.Kind == need.Service && !s.Apart {
				of := toService{by.function, n.Resource, n.Principal}
				if services[of] {
					continue
				}
				services[of] = true
			}
			out.Found = append(out.Found, s.refusedByTarget(in.Facts, one))
		}
		if len(denied) == 0 {
			continue
		}
		found := check.Found{Finding: s.finding(denied), Decisions: denied}
		if slices.ContainsFunc(denied, func(d *decide.Decision) bool { return d.Guardrail != "" }) {
			found.Rows = []string{"R19"}
		}
		if told[by.function] && !s.Apart {
			found.Target = found.Finding.Resource + " by " + by.role // so that it is another finding
		}
		told[by.function] = true
		elsewhere(in.Facts, denied, &found)
		recently(in.Facts, denied, &found)
		misnamed(in.Facts, denied, &found)
		namesakes(in.Facts, denied, &found)
		alsoRefused(in.Facts, denied, &found)
		departed(in.Facts, denied, &found)
		found.Rows = append(found.Rows, rowsBehind(denied)...)
		out.Found = append(out.Found, found)
	}
	return out
}

// split picks the denied needs of one function that matter, and says what could not be decided.
func (s *shortfall) split(decisions []*decide.Decision) (denied []*decide.Decision, gaps []fact.Unread) {
	gap := func(why fact.Unread) {
		if !slices.Contains(gaps, why) {
			gaps = append(gaps, why)
		}
	}
	for _, d := range decisions {
		if otherwiseGranted(decisions, d) {
			continue
		}
		if why := d.Need.Scoped; why != "" && d.Verdict == decide.Denied && d.Element == "Resource" {
			gap(fact.Unread{Reason: fmt.Sprintf("whether %s, which is granted on some resources only, is enough for Lambda is not documented (%s): %s",
				d.Need.Action, why, d.Detail)})
			continue
		}
		if s.Matters != nil {
			matters, why := s.Matters(d)
			if !why.IsZero() {
				gap(why)
			}
			if !matters {
				continue
			}
		}
		switch d.Verdict {
		case decide.Denied:
			denied = append(denied, d)
		case decide.Unknown:
			gap(d.Unread)
		}
	}
	// What the role's own policies lack comes first: it is mended there before anything else helps.
	slices.SortStableFunc(denied, func(a, b *decide.Decision) int { return cmp.Compare(refuser(a), refuser(b)) })
	return denied, gaps
}

// otherwiseGranted tells whether another action is granted that does as well, or may be where this one is denied.
func otherwiseGranted(decisions []*decide.Decision, d *decide.Decision) bool {
	return d.Need.Either != "" && slices.ContainsFunc(decisions, func(other *decide.Decision) bool {
		return (other.Verdict == decide.Allowed || other.Verdict == decide.Unknown && d.Verdict == decide.Denied) && other.Need.Either == d.Need.Either && other.Need.Subject == d.Need.Subject
	})
}

// refuser tells who refuses apart: nobody in particular (0), a Deny of the role's policies (1), a guardrail (2).
func refuser(d *decide.Decision) int {
	switch {
	case d.Guardrail != "":
		return 2
	case d.Explicit:
		return 1
	}
	return 0
}

// actionsOf are the actions of the decisions, each once, sorted.
func actionsOf(decisions []*decide.Decision) []string {
	var actions []string
	for _, d := range decisions {
		if !slices.Contains(actions, d.Need.Action) {
			actions = append(actions, d.Need.Action)
		}
	}
	slices.Sort(actions)
	return actions
}

func (s *shortfall) finding(denied []*decide.Decision) finding.Finding {
	first := denied[0]
	n := first.Need
	actions := actionsOf(denied)
	var resources []string
	for _, d := range denied {
		if granted := d.Need.Granted(); !slices.Contains(resources, granted) {
			resources = append(resources, granted)
		}
	}
	slices.Sort(resources)
	role := fact.RoleName(n.Role)
	f := finding.Finding{
		Place:     finding.PlaceExecutionRole,
		Function:  n.Function.ARN,
		Qualifier: n.Function.Qualifier,
		Role:      n.Role,
		Principal: n.Role,
		Action:    strings.Join(actions, ","),
		Resource:  strings.Join(resources, ","),
		Title:     fmt.Sprintf("%s %s: its role %s may not %s", n.Function.Name(), s.Breaks(denied), role, brief(actions)),
		Symptom:   s.Symptom(denied),
		Evidence:  evidence(first, "policies of "+role),
	}
	f.Cause = cause(denied, f.Evidence.Policy, resources)
	if first.Guardrail != "" {
		f.Place = finding.PlaceGuardrail
	}
	if unless := unlesses(denied, func(d *decide.Decision) string { return d.Unless }); len(unless) > 0 {
		f.Confidence = finding.Inferred
		f.Cause += fmt.Sprintf(" It works all the same if %s, which no template holds, grants it to the role itself.", list(unless))
	}
	if unless := unlesses(denied, func(d *decide.Decision) string { return d.UnlessUnread }); len(unless) > 0 {
		f.Confidence = finding.Inferred
		f.Cause += fmt.Sprintf(" It works all the same if %s grants it to the role itself.", list(unless))
	}
	spared(denied, &f)
	return f
}

// spared says when the calls work without what is denied.
func spared(denied []*decide.Decision, f *finding.Finding) {
	for _, d := range denied {
		if d.Need.Spared != "" {
			f.Confidence = finding.Inferred
			f.Cause += " It works all the same " + d.Need.Spared + "."
			return
		}
	}
}

// unlesses are the policies that could grant what is denied and of which nothing is known, each once.
func unlesses(denied []*decide.Decision, of func(*decide.Decision) string) []string {
	var out []string
	for _, d := range denied {
		if policy := of(d); policy != "" && !slices.Contains(out, policy) {
			out = append(out, policy)
		}
	}
	return out
}

// cause says why the first of the needs is refused, for all that are refused in the same way, and what else
// stands in the way of the others.
func cause(denied []*decide.Decision, policy string, resources []string) string {
	first := denied[0]
	role := fact.RoleName(first.Need.Role)
	alike, others := sameRefuser(denied)
	var text string
	switch {
	case first.Guardrail != "":
		text = guarded(first, role)
	case first.Explicit:
		text = fmt.Sprintf("A Deny statement, %s, refuses %s.", deniedBy(first, policy), list(actionsOf(alike)))
	default:
		text = fmt.Sprintf("No policy of %s allows %s on %s.", role, list(actionsOf(alike)), list(resources))
	}
	text += through(alike) + closest(alike)
	for len(others) > 0 {
		by := "a Deny statement in " + others[0].Policy
		if others[0].Guardrail != "" {
			by = "a " + string(others[0].Guardrail)
		}
		alike, others = sameRefuser(others)
		text += fmt.Sprintf(" Besides, %s stands in the way of %s.", by, list(actionsOf(alike)))
	}
	return text
}

// through says why a key is used that the configuration or the code does not name.
func through(denied []*decide.Decision) string {
	var texts []string
	for _, d := range denied {
		if d.Need.Via == "" || d.Need.Why == "" {
			continue
		}
		held, _ := fact.TargetOf(d.Need.Via)
		if text := fmt.Sprintf(" Calls on the %s take %s: %s.", held.Name(), d.Need.Action, d.Need.Why); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "")
}

// guarded says which guardrail denies and who may change it.
func guarded(d *decide.Decision, role string) string {
	name := "a " + string(d.Guardrail)
	if d.Policy != "" {
		name = fmt.Sprintf("its %s %s", d.Guardrail, d.Policy)
	}
	if d.Lacking {
		return fmt.Sprintf("%s denies it, and no policy of %s allows it either. It belongs to %s.", capital(name), role, d.Guardrail.Owner())
	}
	return fmt.Sprintf("The policies of %s allow it, but %s does not. It belongs to %s.", role, name, d.Guardrail.Owner())
}

// elsewhere adds that another role, which no function runs as, has what is lacking.
func elsewhere(facts *fact.Facts, denied []*decide.Decision, found *check.Found) {
	if slices.ContainsFunc(denied, func(d *decide.Decision) bool { return refuser(d) != 0 }) {
		return // a Deny is what is wrong, whoever is allowed
	}
	if now := decide.GrantedNow(facts, denied); now != "" {
		f := &found.Finding
		f.Cause += fmt.Sprintf(" %s runs with the role with which its version was published, %s. The function's role is %s by now, which is allowed all of it: publish a version and let the alias name it.",
			called(denied[0].Need.Function), f.Role, now)
		found.Rows = append(found.Rows, "R15")
		return
	}
	f := &found.Finding
	if policy, role := decide.AttachedTo(facts, denied); role != "" {
		f.Cause += fmt.Sprintf(" %s, whose name speaks of %s, allows all of it to the role %s: was it attached to the wrong role? The function runs as %s.",
			capital(policy), denied[0].Need.Function.Name(), role, f.Role)
		found.Rows = append(found.Rows, "R15")
		return
	}
	other, ok := decide.GrantedTo(facts, denied)
	if !ok {
		return
	}
	f.Cause += fmt.Sprintf(" The role %s, which no function runs as, is allowed all of it: was the policy attached to the wrong role, or the function given the wrong one? It runs as %s.",
		other.ARN, f.Role)
	found.Rows = append(found.Rows, "R15")
}

// recently says that the role changed a moment ago, so that what is refused may still be the old answer.
func recently(facts *fact.Facts, denied []*decide.Decision, found *check.Found) {
	recent := decide.Recent(facts, denied[0].Need.Role)
	if recent == "" {
		return
	}
	found.Finding.Cause += fmt.Sprintf(" %s: IAM takes a while to tell that everywhere, so run the check again before you change more.", capital(recent))
	if !slices.Contains(found.Rows, "R15") {
		found.Rows = append(found.Rows, "R15")
	}
}

// misnamed says that the name of what is refused is wrong rather than a permission missing, where all of it shows that.
func misnamed(facts *fact.Facts, denied []*decide.Decision, found *check.Found) {
	var why string
	for _, d := range denied {
		if refuser(d) != 0 {
			return
		}
		if why = decide.WrongName(facts, d); why == "" {
			return
		}
	}
	f := &found.Finding
	f.Place = finding.PlaceConfiguration
	f.Cause = fmt.Sprintf("%s looks like a wrong name rather than a missing permission: %s. %s", denied[0].Need.Granted(), why, f.Cause)
	found.Rows = append(found.Rows, "D4")
}

// namesakes adds which resource of the templates is probably meant, where none of them holds what is refused.
func namesakes(facts *fact.Facts, denied []*decide.Decision, found *check.Found) {
	if slices.Contains(found.Rows, "D4") {
		return
	}
	told := map[string]bool{}
	for _, d := range denied {
		other := decide.Namesake(facts, d)
		if other == "" || told[other] {
			continue
		}
		told[other] = true
		found.Finding.Cause += fmt.Sprintf(" No template holds %s; one holds %s, which is spelt almost the same: is that meant?", d.Need.Granted(), other)
	}
	if len(told) > 0 {
		found.Rows = append(found.Rows, "D4")
	}
}

// mostNearMisses is how many statements a cause names that almost grant; the others are alike or many.
const mostNearMisses = 3

// closest names the statements that almost grant, each once, with the actions that it is about where there are
// several statements.
func closest(denied []*decide.Decision) string {
	about := map[string][]*decide.Decision{}
	var order []string
	for _, d := range denied {
		if d.Detail == "" || d.Explicit && d.Guardrail == "" {
			continue
		}
		key := d.Policy + "\x00" + d.Statement
		if about[key] == nil {
			order = append(order, key)
		}
		about[key] = append(about[key], d)
	}
	var text string
	for i, key := range order {
		if i == mostNearMisses {
			break
		}
		d := about[key][0]
		of := ""
		if len(order) > 1 {
			of = " to " + list(actionsOf(about[key]))
		}
		text += fmt.Sprintf(" The closest statement%s, %s: %s", of, citedStatement(d), sentence(d.Detail))
	}
	return text
}

// deniedBy names the statement that denies; policy stands for one that is not known.
func deniedBy(d *decide.Decision, policy string) string {
	if d.Policy == "" {
		return "in " + policy
	}
	return citedStatement(d)
}

// sameRefuser splits decisions into those that are refused as the first one is, and the others.
func sameRefuser(denied []*decide.Decision) (alike, others []*decide.Decision) {
	for _, d := range denied {
		if refuser(d) == refuser(denied[0]) && d.Guardrail == denied[0].Guardrail {
			alike = append(alike, d)
		} else {
			others = append(others, d)
		}
	}
	return alike, others
}

// list joins names as people do: a, b and c.
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// brief is list for a title, which need not name them all: the cause does.
func brief(names []string) string {
	const named = 3
	if len(names) <= named {
		return list(names)
	}
	return fmt.Sprintf("%s and %d more actions", strings.Join(names[:named-1], ", "), len(names)-named+1)
}

// always is the words of a check that says the same of every function.
func always(text string) func([]*decide.Decision) string {
	return func([]*decide.Decision) string { return text }
}

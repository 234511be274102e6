package catalog

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// excessGrants is R18: the role may do far more than its functions need.
func excessGrants() check.Check {
	return check.Check{
		ID:    "R18",
		Title: "The role may do no more than it needs",
		Text: "A role that may call every action of a service on every resource, or pass roles and assume them at will, gives all of that to " +
			"whoever takes over its function. Where the calls of the code are declared, grants that nothing declared or configured uses are " +
			"told besides. This is advice, not a fault: it is only given where advice is asked for.",
		Severity: finding.Low,
		Guide:    []string{"R18"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles},
		Advice:   true,
		Run: func(in *check.Input) check.Output {
			var out check.Output
			excesses := decide.Excesses(in.Facts, in.Decisions)
			for i := range excesses {
				e := &excesses[i]
				switch {
				case e.Decision.NoRole: // R2's
				case e.Decision.Verdict == decide.Unknown:
					out.Gaps = append(out.Gaps, check.Gap(e.Decision.Need.Function.ARN, e.Decision.Unread))
				default:
					out.Found = append(out.Found, excessive(e))
				}
			}
			return out
		},
	}
}

func excessive(e *decide.Excess) check.Found {
	n := e.Decision.Need
	role := fact.RoleName(n.Role)
	told := e.Wide
	f := finding.Finding{
		Place: finding.PlaceExecutionRole, Function: n.Function.ARN, Role: n.Role, Principal: n.Role,
		Symptom:  "Nothing fails. Whoever takes over the code of a function that runs as the role may do all of it.",
		Evidence: evidence(&e.Decision, "policies of "+role),
	}
	var of string
	if e.Functions > 1 {
		of = fmt.Sprintf(" and %d more", e.Functions-1)
	}
	if len(e.Wide) > 0 {
		f.Title = fmt.Sprintf("%s, the role of %s%s, may do far more than is needed: %s", role, n.Function.Name(), of, brief(actionsIn(e.Wide)))
		f.Cause = fmt.Sprintf("The role is granted %s on every resource, in %s.", list(actionsIn(e.Wide)), list(policiesIn(e.Wide)))
	} else {
		told = e.Unused
		f.Severity = finding.Informational
		f.Title = fmt.Sprintf("%s, the role of %s%s, is granted what nothing known uses: %s", role, n.Function.Name(), of, brief(actionsIn(e.Unused)))
	}
	if len(e.Unused) > 0 {
		f.Cause = strings.TrimSpace(f.Cause + fmt.Sprintf(" Nothing that is declared, or that the configuration needs, uses %s, granted in %s.",
			list(actionsIn(e.Unused)), list(policiesIn(e.Unused))))
	}
	if why := e.Decision.Unread; !why.IsZero() {
		f.Cause += " " + capital(sentence(why.Reason))
	}
	f.Action, f.Resource = strings.Join(actionsIn(told), ","), strings.Join(resourcesIn(told), ",")
	// The first decision is the role's, the others are what must still be allowed.
	return check.Found{Finding: f, Decisions: append([]*decide.Decision{&e.Decision}, e.Needed...), Target: n.Role}
}

func actionsIn(grants []decide.Grant) []string {
	return distinct(grants, func(g *decide.Grant) []string { return []string{g.Action} })
}

func policiesIn(grants []decide.Grant) []string {
	return distinct(grants, func(g *decide.Grant) []string { return []string{g.Policy} })
}

func resourcesIn(grants []decide.Grant) []string {
	return distinct(grants, func(g *decide.Grant) []string { return strings.Split(g.Resource, ",") })
}

// distinct are the texts of grants, each once, sorted.
func distinct(grants []decide.Grant, of func(*decide.Grant) []string) []string {
	var out []string
	for i := range grants {
		for _, text := range of(&grants[i]) {
			if !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	slices.Sort(out)
	return out
}

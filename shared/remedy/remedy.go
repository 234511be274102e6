// Package remedy makes the smallest change that mends a finding, in the forms that people paste, and says
// how to prove it.
package remedy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// Plan is a fix and what is left to decide to prove it.
type Plan struct {
	Fix finding.Fix
	// Recheck are the simulator's questions with the fix applied: when every one is allowed, the fix is
	// proven. Empty where the fix was decided here or cannot be.
	Recheck []decide.Question
	// then are what besides must be changed, in other places.
	then []finding.Fix
	// given is what is added to a role; nil where the change is another.
	given *given
	// beyond says why the role's side is not all that decides; empty where it is, or where the other side is known.
	beyond string
}

// For makes the plan for a finding from the decisions that it rests on, without any from what AWS says of
// the function: first for the role's side, then
// for each called resource whose policy refuses too.
func For(facts *fact.Facts, f *finding.Finding, decisions []*decide.Decision) Plan {
	plan := planFor(facts, f, decisions)
	plan.Fix = owned(facts, f, plan.Fix)
	return plan
}

func planFor(facts *fact.Facts, f *finding.Finding, decisions []*decide.Decision) Plan {
	if len(decisions) == 0 {
		return Plan{Fix: restart(facts, f)}
	}
	plan := forFirst(facts, f, decisions)
	sides := also(decisions)
	if slices.ContainsFunc(sides, func(refused []*decide.Decision) bool { return away(facts, refused) != "" }) {
		plan.Fix.Summary = fmt.Sprintf("In account %s: %s", facts.Account.ID, plan.Fix.Summary)
	}
	for _, refused := range sides {
		fix := openTarget(facts, f, refused)
		plan.then = append(plan.then, fix)
		plan.Fix.Summary += finding.Then(away(facts, refused)) + fix.Summary
		if plan.Fix.CLI != "" && fix.CLI != "" {
			plan.Fix.CLI += " && " + fix.CLI
		}
		// The role's side alone mends nothing: a form stands for both or is left out, unless the other side is for people to
		// mend and has no form at all.
		both := func(have *string, more, between string) {
			switch {
			case fix.CLI == "" && more == "":
			case *have == "" || more == "":
				*have = ""
			default:
				*have += between + more
			}
		}
		resource := numbered(fix.CloudFormation, len(plan.then))
		both(&plan.Fix.CloudFormation, resource, "")
		both(&plan.Fix.SAM, resource, "")
		both(&plan.Fix.Terraform, fix.Terraform, "\n")
	}
	return plan
}

// away is the account of the resource that refuses, where it is not the role's; empty otherwise.
func away(facts *fact.Facts, refused []*decide.Decision) string {
	if account := refused[0].Refusal.Target.Account; account != facts.Account.ID {
		return account
	}
	return ""
}

// numbered is the form of a called resource's policy with names of its own, where others stand above it in one template.
func numbered(form string, n int) string {
	if n < 2 {
		return form
	}
	above, rest, named := strings.Cut("\n"+form, "\n"+targetPolicy+":")
	if named {
		return strings.TrimPrefix(fmt.Sprintf("%s\n%s%d:%s", above, targetPolicy, n, rest), "\n")
	}
	return "" // properties of two resources under each other could not be told apart
}

// targetPolicy names the resource of a template that holds the policy of a called resource.
const targetPolicy = "TargetPolicy"

// also divides the decisions in which the role's side and a called resource refuse by the resource.
func also(decisions []*decide.Decision) [][]*decide.Decision {
	var out [][]*decide.Decision
	for _, d := range decisions {
		if d.ByTarget || d.Refusal == nil {
			continue
		}
		at := slices.IndexFunc(out, func(have []*decide.Decision) bool { return have[0].Refusal.Target.ARN == d.Refusal.Target.ARN })
		if at < 0 {
			at = len(out)
			out = append(out, nil)
		}
		out[at] = append(out[at], d)
	}
	return out
}

func forFirst(facts *fact.Facts, f *finding.Finding, decisions []*decide.Decision) Plan {
	first := decisions[0]
	switch {
	case first.Need.Kind == need.Pull:
		return Plan{Fix: openRepository(facts, decisions)}
	case first.NoRole && first.Need.Trigger != nil:
		return Plan{Fix: remakeRole(first)}
	case first.NoRole:
		return Plan{Fix: replaceRole(facts, first)}
	case first.ByTarget && first.Refusal != nil:
		return Plan{Fix: openTarget(facts, f, decisions)}
	case first.Explicit && byName(first.Need):
		return Plan{Fix: unblock(f, first)}
	case first.Explicit && first.Need.Kind == need.Invoke:
		return Plan{Fix: except(facts, f, decisions)}
	case first.Explicit && first.Guardrail == "":
		return Plan{Fix: unblock(f, first)}
	case first.Guardrail != "":
		return Plan{Fix: widen(f, first)}
	case first.Need.Purpose == need.Objects, first.Need.Purpose == need.Listing, first.Need.Purpose == need.Meant:
		return correct(facts, f, decisions)
	case first.Need.Purpose == need.Excess:
		return Plan{Fix: trim(facts, f, decisions)}
	case first.Need.Kind == need.Trust:
		return Plan{Fix: trust(facts, first)}
	case first.Need.Kind == need.Leftover:
		return Plan{Fix: removePermission(facts, f, first)}
	case first.Need.Kind == need.Exposure:
		return Plan{Fix: narrow(facts, f, first)}
	case byName(first.Need) && first.Need.Trigger.Kind.IsURL(),
		first.Need.Kind == need.Invoke && first.Need.Trigger != nil && first.Need.Trigger.Kind == fact.TriggerDistribution:
		return Plan{Fix: openURL(facts, f, decisions)}
	case byName(first.Need):
		return Plan{Fix: openTo(facts, f, decisions)}
	case first.Need.Kind == need.Invoke:
		return Plan{Fix: addPermission(facts, f, decisions)}
	}
	plan := grant(facts, f, decisions)
	plan.beyond = beyond(facts, decisions)
	if f.Place == finding.PlaceConfiguration {
		plan.Fix.Summary = "Correct the name, where the function's configuration or declaration holds it or in the role's policy. If both are right after all: " + plan.Fix.Summary
	}
	return plan
}

// unblock is the answer to a Deny: nothing that is added helps, and why the Deny is there is not known, so
// no command is offered.
func unblock(f *finding.Finding, d *decide.Decision) finding.Fix {
	return finding.Fix{
		Summary: "Change or remove the Deny statement in " + f.Evidence.Policy + " so that it no longer covers " +
			f.Action + " by " + cmp.Or(d.Need.Principal, fact.RoleName(d.Need.Role)) + ".",
		Proof:       finding.Unproven,
		ProofReason: "a Deny wins over every statement that could be added; its owner must decide how to narrow it",
	}
}

// widen is the answer to a guardrail, which the function's owner cannot change alone.
func widen(f *finding.Finding, d *decide.Decision) finding.Fix {
	name := "the " + string(d.Guardrail)
	if d.Policy != "" {
		name += " " + d.Policy
	}
	fix := finding.Fix{
		Summary: fmt.Sprintf("Ask %s to let %s allow %s on %s. No statement in the role's own policies will help.",
			d.Guardrail.Owner(), name, f.Action, f.Resource),
		Proof:       finding.Unproven,
		ProofReason: "the policies of the role already allow it; " + name + " is not the function owner's to change",
	}
	if d.Lacking {
		fix.Summary = fmt.Sprintf("Ask %s to let %s allow %s on %s, and give the role the permission then. No statement in the role's own policies will help before.",
			d.Guardrail.Owner(), name, f.Action, f.Resource)
		fix.ProofReason = name + " is not the function owner's to change"
	}
	return fix
}

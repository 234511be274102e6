package catalog

import (
	"fmt"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// roleExists is R2: the function runs as a role that does not exist.
func roleExists() check.Check {
	return check.Check{
		ID:    "R2",
		Title: "The execution role exists",
		Text: "A function keeps the ARN of its role when the role is deleted. Lambda can then no longer assume it, and every invocation " +
			"fails. What else is wrong with the permissions of such a function is not told: it follows from this.",
		Severity: finding.Critical,
		Guide:    []string{"R2"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles},
		Run: func(in *check.Input) check.Output {
			var out check.Output
			for i := range in.Decisions {
				d := &in.Decisions[i]
				if d.Need.Kind != need.Trust || d.Need.Purpose != need.Start {
					continue
				}
				if d.NoRole {
					out.Found = append(out.Found, check.Found{Finding: roleless(d), Decisions: []*decide.Decision{d}})
				} else if why, unread := in.Facts.Roles[d.Need.Role].Unread(); unread {
					out.Gaps = append(out.Gaps, check.Gap(d.Need.Function.ARN, why))
				}
			}
			return out
		},
	}
}

func roleless(d *decide.Decision) finding.Finding {
	role := fact.RoleName(d.Need.Role)
	return finding.Finding{
		Place:     finding.PlaceExecutionRole,
		Function:  d.Need.Function.ARN,
		Qualifier: d.Need.Function.Qualifier,
		Role:      d.Need.Role,
		Principal: d.Need.Principal,
		Action:    d.Need.Action,
		Resource:  d.Need.Resource,
		Title:     fmt.Sprintf("%s cannot start: its role %s does not exist", d.Need.Function.Name(), role),
		Symptom: "Every invocation fails before the code runs: " +
			"\"The role defined for the function cannot be assumed by Lambda.\"",
		Cause:    fmt.Sprintf("IAM knows no role %s: it was deleted, or never made.", d.Need.Role),
		Evidence: finding.Evidence{Decision: d.Word(), Detail: "iam:GetRole answers NoSuchEntity"},
	}
}

package catalog

import (
	"fmt"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// roleTrust is R1: Lambda may not assume the execution role.
func roleTrust() check.Check {
	return check.Check{
		ID:    "R1",
		Title: "Lambda may assume the execution role",
		Text: "A function starts only when the trust policy of its execution role lets lambda.amazonaws.com call sts:AssumeRole. " +
			"A wrong principal, a condition that Lambda's request does not meet, or a Deny stops every invocation. " +
			"A version that a CloudFront distribution runs at the edge needs the same for edgelambda.amazonaws.com.",
		Severity: finding.Critical,
		Guide:    []string{"R1"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles, fact.KindDistributions},
		Run: func(in *check.Input) check.Output {
			var out check.Output
			for i := range in.Decisions {
				d := &in.Decisions[i]
				if d.Need.Kind != need.Trust || d.Need.Purpose != need.Start || d.NoRole {
					continue
				}
				switch d.Verdict {
				case decide.Unknown:
					out.Gaps = append(out.Gaps, check.Gap(d.Need.Function.ARN, d.Unread))
				case decide.Denied:
					found := check.Found{Finding: untrusted(d), Decisions: []*decide.Decision{d}}
					if t := d.Need.Trigger; t != nil {
						found.Target = d.Need.Role + " " + t.Source
					}
					out.Found = append(out.Found, found)
				}
			}
			return out
		},
	}
}

func untrusted(d *decide.Decision) finding.Finding {
	role := fact.RoleName(d.Need.Role)
	f := finding.Finding{
		Place:     finding.PlaceExecutionRole,
		Function:  d.Need.Function.ARN,
		Qualifier: d.Need.Function.Qualifier,
		Role:      d.Need.Role,
		Principal: d.Need.Principal,
		Action:    d.Need.Action,
		Resource:  d.Need.Resource,
		Title:     fmt.Sprintf("%s cannot start: Lambda may not assume its role %s", d.Need.Function.Name(), role),
		Symptom: "Every invocation fails before the code runs: " +
			"\"The role defined for the function cannot be assumed by Lambda.\"",
		Evidence: evidence(d, "trust policy of "+role),
	}
	if t := d.Need.Trigger; t != nil {
		f.SourceARN = t.Source
		f.Title = fmt.Sprintf("%s cannot run at the edge: Lambda@Edge may not assume its role %s", called(d.Need.Function), role)
		f.Symptom = wordingOf(t.Kind).seen(t, "")
	}
	switch {
	case d.Explicit:
		f.Cause = fmt.Sprintf("A Deny statement in the trust policy of %s refuses %s.", role, d.Need.Principal)
	case d.Element == "Principal" || d.Statement == "":
		f.Cause = fmt.Sprintf("No statement in the trust policy of %s names the principal %s.", role, d.Need.Principal)
	default:
		f.Cause = fmt.Sprintf("The trust policy of %s lets %s assume the role only in other cases.", role, d.Need.Principal)
	}
	if d.Detail != "" {
		f.Cause += " The closest one: " + sentence(d.Detail)
	}
	return f
}

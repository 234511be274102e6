package catalog

import (
	"fmt"
	"strings"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// imagePull is R13: Lambda cannot pull the function's image.
func imagePull() check.Check {
	return check.Check{
		ID:    "R13",
		Title: "Lambda can pull the function's image",
		Text: "Lambda pulls a container image when the function is created or updated and when it comes back from being idle. The policy of the repository " +
			"must let lambda.amazonaws.com do that for the function; of another account's repository it must let that account in besides, and the policy of the registry " +
			"must not deny it. Which repository " +
			"holds the image templates say; of an account Lambda's own word is all, because only lambda:GetFunction shows it, which hands out the code.",
		Severity: finding.Medium,
		Guide:    []string{"R13"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindStates},
		Run: func(in *check.Input) check.Output {
			out := refusedPulls(in)
			told := map[string]bool{}
			for i := range out.Found {
				told[out.Found[i].Finding.Function] = true
			}
			more := byState(in, []stateCode{
				{code: "ImageAccessDenied", place: finding.PlaceTarget, action: pullActions,
					cause: "the policy of the image's repository does not let lambda.amazonaws.com pull it for this function, or, of another account's repository, does not let this account in."},
				{code: "ImageDeleted", place: finding.PlaceConfiguration, action: pullActions, cause: "the image is not in its repository any more. No policy is at fault."},
				{code: "InvalidImage", place: finding.PlaceConfiguration, action: pullActions, cause: "Lambda can pull the image and cannot run it. No policy is at fault."},
			}, func(f *fact.Function) (string, string, bool) {
				return f.Repository, "image", f.Image && !told[f.ARN]
			})
			out.Found = append(out.Found, more.Found...)
			out.Gaps = append(out.Gaps, more.Gaps...)
			return out
		},
	}
}

// refusedPulls judges, of functions whose repository is known, what its policy says.
func refusedPulls(in *check.Input) check.Output {
	var out check.Output
	decisions := decide.Pulls(in.Facts)
	denied := map[string][]*decide.Decision{}
	unsure := map[string]bool{}
	for i := range decisions {
		d := &decisions[i]
		switch of := d.Need.Function.ARN; d.Verdict {
		case decide.Denied:
			denied[of] = append(denied[of], d)
		case decide.Unknown:
			if !unsure[of] {
				unsure[of] = true
				out.Gaps = append(out.Gaps, check.Gap(of, d.Unread))
			}
		}
	}
	for i := range in.Facts.Functions {
		if refused := denied[in.Facts.Functions[i].ARN]; len(refused) > 0 {
			out.Found = append(out.Found, refusedPull(in.Facts, refused))
		}
	}
	return out
}

func refusedPull(facts *fact.Facts, refused []*decide.Decision) check.Found {
	first := refused[0]
	n, target := first.Need, first.Refusal.Target
	images, _ := fact.TargetOf(n.Resource)
	return check.Found{Decisions: refused, Rows: []string{"T3"}, Finding: finding.Finding{
		Place: finding.PlaceTarget, Function: n.Function.ARN, Role: n.Role, Principal: n.Principal, Action: strings.Join(actionsOf(refused), ","), Resource: n.Resource,
		Title:    fmt.Sprintf("%s cannot start: Lambda may not pull its image from the %s", n.Function.Name(), images.Name()),
		Symptom:  "The function is not created or updated, or fails to start once Lambda has let go of its copy of the image.",
		Cause:    fmt.Sprintf("The repository must allow lambda.amazonaws.com %s for the function, but %s", list(actionsOf(refused)), against(facts, refused)),
		Evidence: evidence(first, "policy of the "+target.Name()),
	}}
}

// pullActions are what Lambda does with a repository.
//
// https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
const pullActions = "ecr:BatchGetImage,ecr:GetDownloadUrlForLayer"

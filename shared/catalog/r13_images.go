package catalog

import (
	"permprobe/shared/check"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// imagePull is R13: Lambda cannot pull the function's image.
func imagePull() check.Check {
	return check.Check{
		ID:    "R13",
		Title: "Lambda can pull the function's image",
		Text: "Lambda pulls a container image when the function is created or updated and when it comes back from being idle. The policy of the repository " +
			"must let lambda.amazonaws.com do that for the function; of another account's repository it must let that account in besides.",
		Severity: finding.Medium,
		Guide:    []string{"R13"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindStates},
		Run: func(in *check.Input) check.Output {
			return byState(in, []stateCode{
				{code: "ImageAccessDenied", place: finding.PlaceTarget, action: pullActions,
					cause: "the policy of the image's repository does not let lambda.amazonaws.com pull it for this function, or, of another account's repository, does not let this account in."},
				{code: "ImageDeleted", place: finding.PlaceConfiguration, action: pullActions, cause: "the image is not in its repository any more. No policy is at fault."},
				{code: "InvalidImage", place: finding.PlaceConfiguration, action: pullActions, cause: "Lambda can pull the image and cannot run it. No policy is at fault."},
			}, func(f *fact.Function) (string, string, bool) {
				// Which repository holds the image is known of templates alone.
				return f.Repository, "image", f.Image
			})
		},
	}
}

// pullActions are what Lambda does with a repository.
//
// https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
const pullActions = "ecr:BatchGetImage,ecr:GetDownloadUrlForLayer"

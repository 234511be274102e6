package catalog

import (
	"fmt"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// objectGrants is R4: an action on objects is granted on the bucket.
func objectGrants() check.Check {
	return check.Check{
		ID:    "R4",
		Title: "Actions on S3 objects are granted on objects",
		Text: "An action on objects, such as s3:GetObject, that a policy grants on the ARN of the bucket is granted on nothing: objects " +
			"have ARNs of their own, bucket/key. Every such call of the function is refused.",
		Severity: finding.Low,
		Guide:    []string{"R4"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles},
		Run: func(in *check.Input) check.Output {
			return misfits(in, need.Objects, "cannot reach the objects that a policy means",
				"Reading or writing objects fails with AccessDenied, although a policy of the role names the action and the bucket.")
		},
	}
}

// listGrants is R5: the listing of a bucket is granted on its objects.
func listGrants() check.Check {
	return check.Check{
		ID:    "R5",
		Title: "The listing of an S3 bucket is granted on the bucket",
		Text: "s3:ListBucket is an action on the bucket. A policy that grants it on bucket/* grants it on nothing: the listing is " +
			"refused, and reading an object that does not exist answers 403 instead of 404.",
		Severity: finding.Low,
		Guide:    []string{"R5"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles},
		Run: func(in *check.Input) check.Output {
			return misfits(in, need.Listing, "cannot list the bucket that a policy means",
				"Listing the bucket fails with AccessDenied, although a policy of the role names the action and the bucket.")
		},
	}
}

// misfits makes the findings on statements of the roles' own policies that can never apply. They follow from
// the text of the policies and not from what the functions need.
func misfits(in *check.Input, purpose need.Purpose, breaks, symptom string) check.Output {
	out := shortfalls(&check.Input{Facts: in.Facts, Decisions: decide.BucketMisfits(in.Facts, purpose)}, shortfall{
		Purpose: purpose, Breaks: always(breaks), Symptom: always(symptom),
	})
	for i := range out.Found {
		f, first := &out.Found[i].Finding, out.Found[i].Decisions[0]
		f.Cause = fmt.Sprintf("A statement in %s can never apply: %s No other one grants it.", first.Policy, sentence(first.Detail))
	}
	return out
}

package decide

import (
	"slices"
	"strings"

	"permprobe/shared/fact"
)

// accounted are services whose resources always have an account in their ARNs.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
var accounted = []string{"sqs", "sns", "dynamodb", "lambda", "kinesis", "firehose", "events", "states", "secretsmanager", "logs"}

// WrongName says what shows that the need's resource is a wrong name rather than one that a permission is missing on:
// a value that code or a template left empty, no account, or a spelling that is a slip away from a granted resource.
// Empty where nothing does.
func WrongName(d *Decision) string {
	arn, err := fact.ParseARN(d.Need.Granted())
	if err != nil {
		return ""
	}
	words := strings.FieldsFunc(strings.ToLower(arn.Resource), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') })
	for _, empty := range []string{"undefined", "null"} {
		if slices.Contains(words, empty) {
			return "it holds the word " + empty + ", as text does that was made of a value that is not set"
		}
	}
	switch {
	case arn.Account == "" && slices.Contains(accounted, arn.Service):
		return "it has no account"
	case d.Slip != "":
		return "the role is granted " + d.Slip + ", which is spelt almost the same"
	}
	return ""
}

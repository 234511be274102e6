package decide

import (
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// accounted are services whose resources always have an account in their ARNs.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
var accounted = []string{"sqs", "sns", "dynamodb", "lambda", "kinesis", "firehose", "events", "states", "secretsmanager", "logs"}

// WrongName says what shows that the need's resource is a wrong name rather than one that a permission is missing on:
// a value that code or a template left empty, no account, or a spelling that is a slip away from a granted resource.
// Empty where nothing does.
func WrongName(facts *fact.Facts, d *Decision) string {
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
	if other := namesake(facts, d.Need.Granted()); other != "" {
		return "there is no such resource, and " + other + ", which is spelt almost the same, exists"
	}
	return ""
}

// namesake is the one resource that is spelt almost like the given one, which is known not to exist; empty where it may
// exist, or where there is none or several.
func namesake(facts *fact.Facts, resource string) string {
	arn, err := fact.ParseARN(resource)
	if err != nil || arn.Account != facts.Account.ID || arn.Region != "" && arn.Region != facts.Account.Region || strings.ContainsAny(resource, "*?") {
		return ""
	}
	all, complete := facts.Existing[arn.Service]
	name := func(arn fact.ARN) (kind, name string) {
		if kind, rest, ok := strings.Cut(arn.Resource, ":"); ok { // function:NAME, perhaps with a qualifier
			name, _, _ := strings.Cut(rest, ":")
			return kind, name
		}
		kind, _, _ = strings.Cut(arn.Resource, "/")
		return kind, fact.RoleName(arn.String())
	}
	kind, wanted := name(arn)
	var found []string
	for _, one := range all {
		other, err := fact.ParseARN(one)
		if err != nil {
			continue
		}
		switch otherKind, have := name(other); {
		case otherKind != kind:
		case have == wanted:
			return ""
		case iampolicy.Misspelt(wanted, have):
			found = append(found, one)
		}
	}
	if !complete || len(found) != 1 {
		return ""
	}
	return found[0]
}

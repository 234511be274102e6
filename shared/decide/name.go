package decide

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// accounted are services whose resources always have an account in their ARNs.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
var accounted = []string{"sqs", "sns", "dynamodb", "lambda", "kinesis", "firehose", "events", "states", "secretsmanager", "logs"}

// unset are the words that stand in a text which a program made of a value that is not set. None is a name that people
// write in small letters, too.
var unset = regexp.MustCompile(`(?i:\bundefined\b|\bnull\b)|\bNone\b|\[object Object\]`)

// WrongName says what shows that the need's resource is a wrong name rather than one that a permission is missing on:
// a value that code or a template left empty, no account, or a spelling that is a slip away from a granted resource, or
// from one that exists where this one does not. Empty where nothing does.
func WrongName(facts *fact.Facts, d *Decision) string {
	arn, err := fact.ParseARN(d.Need.Granted())
	if err != nil {
		return ""
	}
	// Letters and digits make words: an underscore parts them like every other mark.
	if word := unset.FindString(strings.ReplaceAll(arn.Resource, "_", "-")); word != "" {
		return "it holds the word " + word + ", as text does that was made of a value that is not set"
	}
	switch {
	case arn.Account == "" && slices.Contains(accounted, arn.Service):
		return "it has no account"
	case arn.Account != "" && strings.Trim(arn.Account, "0") == "":
		return "its account is " + arn.Account + ", which is nobody's"
	case d.Slip != "" && !strings.HasPrefix(d.Need.Resource, d.Slip+"/"): // what is within it is no other name
		return "the role is granted " + d.Slip + ", which is spelt almost the same"
	}
	if other := namesake(facts, d.Need.Granted(), isGone); other != "" {
		return "there is no such resource, and " + other + ", which is spelt almost the same, exists"
	}
	return ""
}

// Namesake is the one resource in the templates that stand for the account that is spelt almost like the need's, which
// none of them holds; empty where there is none or several. That says less than WrongName: the resource may exist besides.
func Namesake(facts *fact.Facts, d *Decision) string {
	return namesake(facts, d.Need.Granted(), isOutside)
}

// isGone tells whether a resource is known not to exist: a listing that holds all of its kind does not hold it, or its
// service says so.
func isGone(facts *fact.Facts, resource string, arn fact.ARN) bool {
	if _, complete := facts.Existing[arn.Service]; complete {
		return true // namesake finds it there where it exists
	}
	target, has := fact.TargetOf(resource)
	return has && facts.Targets[target.ARN].IsAbsent()
}

// isOutside tells whether templates stand for the account and none of them holds the resource.
func isOutside(facts *fact.Facts, resource string, _ fact.ARN) bool {
	target, _ := fact.TargetOf(resource)
	read, asked := facts.Targets[target.ARN]
	why, _ := read.Unread()
	return asked && why.Elsewhere
}

// namesake is the one resource that is spelt almost like the given one, which is missing as missing tells; empty where it
// may exist, or where there is none or several.
func namesake(facts *fact.Facts, resource string, missing func(*fact.Facts, string, fact.ARN) bool) string {
	// Users name secrets without the six characters at the end of their ARNs.
	resource = strings.TrimSuffix(resource, "-??????")
	arn, err := fact.ParseARN(resource)
	if err != nil || arn.Account != facts.Account.ID && arn.Service != "s3" || arn.Region != "" && arn.Region != facts.Account.Region {
		return ""
	}
	kind, wanted := nameIn(arn)
	if strings.ContainsAny(kind+wanted, "*?") || !missing(facts, resource, arn) {
		return ""
	}
	found := map[string]string{} // ARNs by names
	for _, one := range slices.Concat(facts.Existing[arn.Service], facts.Seen) {
		other, err := fact.ParseARN(one)
		if err != nil || other.Service != arn.Service {
			continue
		}
		switch otherKind, have := nameIn(other); {
		case otherKind != kind:
		case have == wanted:
			return ""
		case iampolicy.Misspelt(wanted, have):
			// The table itself, rather than its stream.
			if before, again := found[have]; !again || len(one) < len(before) {
				found[have] = one
			}
		}
	}
	if len(found) != 1 {
		return ""
	}
	return slices.Collect(maps.Values(found))[0]
}

// secretEnd is what Secrets Manager puts behind the name of a secret in its ARN.
//
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
var secretEnd = regexp.MustCompile(`-[a-zA-Z0-9]{6}$`)

// nameIn are the type and the name of the resource that an ARN names or that what it names belongs to: of a role without
// its path, of a function without its qualifier, of an object its bucket, of an index its table.
func nameIn(arn fact.ARN) (kind, name string) {
	switch arn.Service {
	case "s3":
		name, _, _ = strings.Cut(arn.Resource, "/")
		return "", name
	case "sqs", "sns":
		return "", arn.Resource
	case "secretsmanager":
		kind, name, _ = strings.Cut(arn.Resource, ":")
		return kind, secretEnd.ReplaceAllString(name, "")
	case "iam":
		kind, _, _ = strings.Cut(arn.Resource, "/")
		return kind, fact.RoleName(arn.Resource)
	}
	if kind, rest, ok := strings.Cut(arn.Resource, ":"); ok && !strings.Contains(kind, "/") { // function:NAME, perhaps with a qualifier
		name, _, _ = strings.Cut(rest, ":")
		return kind, name
	}
	kind, rest, _ := strings.Cut(arn.Resource, "/")
	name, _, _ = strings.Cut(rest, "/")
	return kind, name
}

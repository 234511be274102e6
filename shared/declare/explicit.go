package declare

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/authref"
)

// Mistake is what is wrong with a declaration, and which of the texts that were given it is.
type Mistake struct {
	// Resource tells a resource from an action; At is its index in the list.
	Resource bool
	At       int
	Msg      string
}

func (m *Mistake) Error() string { return m.Msg }

// Explicit are the calls of every action on every resource that it can be called on. Each action needs one, and each
// resource needs an action: otherwise one of them is wrong. An action without a resource type takes none. An error is
// a *Mistake.
func Explicit(actions, resources []string) ([]Call, error) {
	parsed := make([]Call, len(resources))
	for i, text := range resources {
		var err error
		if parsed[i], err = explicitResource(text); err != nil {
			return nil, &Mistake{Resource: true, At: i, Msg: err.Error()}
		}
	}
	used := make([]bool, len(resources))
	var calls []Call
	for i, name := range actions {
		action, err := known(name)
		if err != nil {
			return nil, &Mistake{At: i, Msg: err.Error()}
		}
		fits := 0
		for j, resource := range parsed {
			if fit(action, resource.Resource) {
				fits++
				used[j] = true
				resource.Action = action.String()
				calls = append(calls, resource)
			}
		}
		switch {
		case fits == 0 && action.WildcardOnly():
			calls = append(calls, Call{Action: action.String(), Resource: "*"})
		case fits == 0 && len(resources) == 0:
			return nil, &Mistake{At: i, Msg: fmt.Sprintf("%s needs a resource of the form %s", action, typesOf(action))}
		case fits == 0 && len(resources) == 1 && resources[0] == "*":
			return nil, &Mistake{Resource: true, At: 0, Msg: fmt.Sprintf("%s is called on one resource, not on *: name one of the form %s", action, typesOf(action))}
		case fits == 0:
			return nil, &Mistake{At: i, Msg: fmt.Sprintf("%s fits none of the resources: it is called on %s", action, typesOf(action))}
		}
	}
	if at := slices.Index(used, false); at >= 0 {
		return nil, &Mistake{Resource: true, At: at, Msg: fmt.Sprintf("none of the actions is called on %s", quote(resources[at]))}
	}
	return calls, nil
}

// multiRegion is the ARN of what lies at an access point of S3 that spans Regions, so that it names none.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/CreatingMultiRegionAccessPoints.html
var multiRegion = regexp.MustCompile(`^arn:[a-z-]+:s3::[0-9]{12}:accesspoint/[a-z0-9]+\.mrap(/|$)`)

// fit tells whether an action can be called on a resource.
func fit(action authref.Action, resource string) bool {
	if resource == "*" {
		return action.WildcardOnly()
	}
	resource = concrete(resource)
	if multiRegion.MatchString(resource) {
		resource = strings.Replace(resource, ":s3::", ":s3:us-east-1:", 1) // the reference knows those of one Region
	}
	if of, _, alias := strings.Cut(resource, ":alias/"); alias && strings.Contains(of, ":kms:") && len(action.TypesOf(of+":key/"+sample)) > 0 {
		return true // on the key that the alias stands for
	}
	return len(action.TypesOf(resource)) > 0
}

package simulate

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/decide"

	"github.com/aws/smithy-go"
)

// refusedInput is the message of the error for input that the simulator does not take as it is: actions that
// may not share a call, or a name that it does not know.
func refusedInput(err error) (message string, refused bool) {
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "InvalidInput" && api.ErrorCode() != "ValidationError" {
		return "", false
	}
	return api.ErrorMessage(), true
}

// differentAuthorization marks the error for actions that may not share a call:
//
//	Invalid Input Actions: [a, b] and [c] require different authorization information
const differentAuthorization = "require different authorization information"

var bracketed = regexp.MustCompile(`\[([^\[\]]*)\]`)

// split parts questions that the simulator refuses together: along the brackets of its message where they
// can be read, else in the middle of the actions, else of the resources. One question cannot be split.
func split(questions []decide.Question, message string) (first, second []decide.Question, ok bool) {
	part := func(belongs func(decide.Question) bool) bool {
		first, second = nil, nil
		for _, q := range questions {
			if belongs(q) {
				second = append(second, q)
			} else {
				first = append(first, q)
			}
		}
		return len(first) > 0 && len(second) > 0
	}
	// What the first brackets name goes to one side, everything else to the other: with three kinds, the other
	// side is refused again and split again.
	if group := bracketed.FindStringSubmatch(message); group != nil && strings.Contains(message, differentAuthorization) {
		named := map[string]bool{}
		for name := range strings.SplitSeq(group[1], ",") {
			named[strings.ToLower(strings.TrimSpace(name))] = true
		}
		if part(func(q decide.Question) bool { return !named[strings.ToLower(q.Action)] }) {
			return first, second, true
		}
	}
	actions, resources := axes(questions)
	if half := len(actions) / 2; half > 0 {
		return first, second, part(func(q decide.Question) bool {
			return slices.IndexFunc(actions, func(a string) bool { return strings.EqualFold(a, q.Action) }) >= half
		})
	}
	if half := len(resources) / 2; half > 0 {
		return first, second, part(func(q decide.Question) bool { return slices.Index(resources, q.Resource) >= half })
	}
	return nil, nil, false
}

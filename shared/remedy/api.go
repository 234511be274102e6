package remedy

import (
	"errors"
	"fmt"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// deployAPI makes the policy of a REST API count on the stage that is called.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/updating-api.html
func deployAPI(facts *fact.Facts, t fact.Target, resource string) string {
	stage, _, _ := strings.Cut(strings.TrimPrefix(resource, t.ARN+"/"), "/")
	if stage == "" || strings.ContainsAny(stage, "*?") {
		stage = "STAGE"
	}
	return commandIn(facts, t.Account, "aws", "apigateway", "create-deployment", "--rest-api-id", lastPart(t), "--stage-name", stage, "--region", regionOf(t))
}

// enterAPI is the answer where no statement for the role helps: the method asks nobody who calls, or the API has no policy.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
func enterAPI(facts *fact.Facts, target fact.Target, refused []*decide.Decision) finding.Fix {
	if !refused[0].Refusal.Open {
		return unproven(finding.Fix{Summary: fmt.Sprintf("Let the code take on a role of account %s that may %s, and call the %s as that.",
			owner(facts, target), strings.Join(actions(refused), ", "), target.Name())}, errors.New("an API without a policy cannot let another account in"))
	}
	return unproven(finding.Fix{Summary: fmt.Sprintf("Change the policy of the %s (account %s) so that it lets such calls in, or give the method IAM authorization, for which the policy can name the role; "+
		"then deploy the API again.", target.Name(), owner(facts, target))}, errors.New("the method asks nobody who calls, so that a statement for the role would not count"))
}

package denial_test

import (
	"strings"
	"testing"

	"permprobe/shared/denial"
)

// TestAMessageThatIsCutSaysLessAndNothingElse cuts messages anywhere behind the operation.
func TestAMessageThatIsCutSaysLessAndNothingElse(t *testing.T) {
	const (
		principal = "arn:aws:sts::602915348871:assumed-role/mooring-exec/mooring-assign"
		resource  = "arn:aws:dynamodb:eu-central-1:602915348871:table/berths"
		head      = "An error occurred (AccessDeniedException) when calling the Query operation"
	)
	for _, why := range []string{
		" because no identity-based policy allows the dynamodb:Query action", " because no resource-based policy allows the dynamodb:Query action",
		" because no permissions boundary allows the dynamodb:Query action", " because no session policy allows the dynamodb:Query action",
		" because no VPC endpoint policy allows the dynamodb:Query action", " because no service control policy allows the dynamodb:Query action",
		" with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-a/service_control_policy/p-b",
		" with an explicit deny in an identity-based policy: arn:aws:iam::602915348871:policy/x", " with an explicit deny in a resource control policy",
		" with an explicit deny in a permissions boundary", " with an explicit deny in a resource-based policy", " with an explicit deny in a VPC endpoint policy",
	} {
		text := head + ": User: " + principal + " is not authorized to perform: dynamodb:Query on resource: " + resource + why
		whole := denial.Read(text).Denials[0]
		for end := len(head); end < len(text); end++ {
			got := denial.Read(text[:end])
			if len(got.Denials) != 1 {
				t.Errorf("%d denials: %s", len(got.Denials), text[:end])
				continue
			}
			cut := got.Denials[0]
			begins := func(what, part, all string) {
				if !strings.HasPrefix(all, part) {
					t.Errorf("%s %q of %q: %s", what, part, all, text[:end])
				}
			}
			if cut.Action != "Query" {
				begins("action", cut.Action, whole.Action)
			}
			begins("resource", cut.Resource, whole.Resource)
			begins("principal", cut.Principal, whole.Principal)
			begins("policy", cut.PolicyARN, whole.PolicyARN)
			begins("reason", string(cut.Reason), string(whole.Reason))
			begins("guardrail", string(cut.Guardrail), string(whole.Guardrail))
			if cut.Place != denial.Ambiguous && cut.Place != whole.Place {
				t.Errorf("place %s: %s", cut.Place, text[:end])
			}
		}
	}
}

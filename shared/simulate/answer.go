package simulate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
)

// cell is one action on one resource; actions compare without case.
type cell struct{ action, resource string }

func cellOf(action, resource string) cell { return cell{strings.ToLower(action), resource} }

// cells are the decisions that an answer holds.
type cells map[cell]decide.Answer

// add takes one decision over. Two results that decide the same cell otherwise leave it undecided: to
// believe the later one would be a guess.
func (c cells) add(action, resource string, answer decide.Answer) {
	at := cellOf(action, resource)
	if before, twice := c[at]; twice && before.Decision != answer.Decision {
		answer = decide.Answer{Unread: fact.Unread{Operation: operation, Reason: fmt.Sprintf(
			"the simulator's answer decides %s on %s in two ways", action, resource)}}
	}
	c[at] = answer
}

// read takes the cells out of one result. Where resources were named only the decisions on them count: the
// result's own decision is the most restrictive over all, and its resource name is an ARN template.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
func (c cells) read(result *types.EvaluationResult, resources []string) {
	action := aws.ToString(result.EvalActionName)
	if len(resources) == 1 && resources[0] == "*" {
		answer := answered(string(result.EvalDecision), result.MissingContextValues, result.MatchedStatements)
		answer.Boundary = boundary(result.PermissionsBoundaryDecisionDetail)
		answer.Organizations = organizations(result.OrganizationsDecisionDetail)
		answer.InOrganization = result.OrganizationsDecisionDetail != nil
		c.add(action, "*", answer)
		return
	}
	for i := range result.ResourceSpecificResults {
		one := &result.ResourceSpecificResults[i]
		missing, guardrail := one.MissingContextValues, boundary(one.PermissionsBoundaryDecisionDetail)
		var allowed *bool
		// What stands on the result is told over all its resources, so it speaks of a cell only where it has one.
		if len(resources) == 1 {
			missing = union(missing, result.MissingContextValues)
			allowed = organizations(result.OrganizationsDecisionDetail)
			if guardrail == nil {
				guardrail = boundary(result.PermissionsBoundaryDecisionDetail)
			}
		}
		answer := answered(string(one.EvalResourceDecision), missing, one.MatchedStatements)
		answer.Boundary, answer.Organizations = guardrail, allowed
		answer.InOrganization = result.OrganizationsDecisionDetail != nil
		c.add(action, aws.ToString(one.EvalResourceName), answer)
	}
}

func answered(decision string, missing []string, statements []types.Statement) decide.Answer {
	answer := decide.Answer{Missing: missing, Statements: sources(statements)}
	switch types.PolicyEvaluationDecisionType(decision) {
	case types.PolicyEvaluationDecisionTypeAllowed:
		answer.Decision = iampolicy.Allowed
	case types.PolicyEvaluationDecisionTypeImplicitDeny:
		answer.Decision = iampolicy.ImplicitDeny
	case types.PolicyEvaluationDecisionTypeExplicitDeny:
		answer.Decision = iampolicy.ExplicitDeny
	default:
		answer.Unread = fact.Unread{Operation: operation, Reason: fmt.Sprintf("the simulator gives the decision %q, which permprobe does not know", decision)}
	}
	return answer
}

// union is all names of both lists, each once, in order.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, name := range b {
		if !slices.ContainsFunc(out, func(have string) bool { return strings.EqualFold(have, name) }) {
			out = append(out, name)
		}
	}
	return out
}

func boundary(detail *types.PermissionsBoundaryDecisionDetail) *bool {
	if detail == nil {
		return nil // no boundary, or it was not looked at: not a denial
	}
	return &detail.AllowedByPermissionsBoundary
}

func organizations(detail *types.OrganizationsDecisionDetail) *bool {
	if detail == nil {
		return nil // the account is in no organization, or the resource is not evaluated at its level
	}
	return &detail.AllowedByOrganizations
}

func sources(statements []types.Statement) []decide.Source {
	var out []decide.Source
	for _, s := range statements {
		source := decide.Source{Policy: aws.ToString(s.SourcePolicyId)}
		if s.StartPosition != nil {
			source.Line, source.Column = int(s.StartPosition.Line), int(s.StartPosition.Column)
		}
		out = append(out, source)
	}
	return out
}

// unread says in one sentence why a question has no answer.
func unread(q decide.Question, err error) fact.Unread {
	why := fact.Unread{Operation: operation}
	var api smithy.APIError
	switch {
	case errors.As(err, &api):
		switch code := api.ErrorCode(); code {
		case "AccessDenied", "AccessDeniedException":
			why.Permission, why.Resource = operation, q.Role
			why.Reason = fmt.Sprintf("%s is refused (%s): permprobe's role lacks it", operation, code)
		case "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException":
			why.Reason = fmt.Sprintf("%s was throttled (%s) until permprobe gave up, for %s", operation, code, q.Role)
		default:
			why.Reason = fmt.Sprintf("%s failed with %s for %s%s", operation, code, q.Role, inWords(api.ErrorMessage()))
		}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		why.Reason = "the time of the run was over before the simulator answered"
		why.OutOfTime = true
	default:
		why.Reason = fmt.Sprintf("%s did not answer for %s", operation, q.Role)
	}
	return why
}

// inWords is the service's own message, on one line and short.
func inWords(message string) string {
	message = strings.Join(strings.Fields(message), " ")
	if message == "" {
		return ""
	}
	if runes := []rune(message); len(runes) > 200 {
		message = string(runes[:200]) + "…"
	}
	return ": " + message
}

// Package simulate asks the IAM policy simulator and reads its answer as it has been since July 2026: one
// result an action, the decision on each resource behind it, and cells that may be missing.
package simulate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"
)

// API is the one operation that is called.
type API interface {
	iam.SimulatePrincipalPolicyAPIClient
}

var _ API = (*iam.Client)(nil)

// Simulator asks on behalf of one account.
type Simulator struct{ API API }

// The most that one call may ask: the service's own limits, and a product beyond which answers are slow.
const (
	maxActions   = 100
	maxResources = 20
	maxCells     = 500
	concurrency  = 4
)

// Ask returns an answer to every question; one that could not be had says why.
func (s *Simulator) Ask(ctx context.Context, questions []decide.Question) map[decide.Question]decide.Answer {
	return s.run(ctx, group(questions))
}

// AskAlone puts every question in a call of its own: only then does the simulator say what the policies of
// the organization do with it.
func (s *Simulator) AskAlone(ctx context.Context, questions []decide.Question) map[decide.Question]decide.Answer {
	batches := make([]batch, len(questions))
	for i, q := range questions {
		batches[i] = batch{questions: []decide.Question{q}}
	}
	return s.run(ctx, batches)
}

// batch is the questions of one call: they share role, request keys and supposed policy.
type batch struct{ questions []decide.Question }

// group puts questions that can share a call together. Actions that have no resource type are asked apart
// from those that have one: the call is a cross product.
func group(questions []decide.Question) []batch {
	type key struct {
		role, with string
		context    decide.RequestContext
		everything bool
	}
	index := map[key]int{}
	var batches []batch
	for _, q := range questions {
		k := key{q.Role, q.With, q.Context, q.Resource == "*"}
		at, seen := index[k]
		if seen && fits(append(slices.Clone(batches[at].questions), q)) {
			batches[at].questions = append(batches[at].questions, q)
			continue
		}
		index[k] = len(batches)
		batches = append(batches, batch{questions: []decide.Question{q}})
	}
	return batches
}

func fits(questions []decide.Question) bool {
	actions, resources := axes(questions)
	return len(actions) <= maxActions && len(resources) <= maxResources && len(actions)*len(resources) <= maxCells
}

// axes are the distinct actions and resources of questions, in order.
func axes(questions []decide.Question) (actions, resources []string) {
	for _, q := range questions {
		if !slices.Contains(actions, q.Action) {
			actions = append(actions, q.Action)
		}
		if !slices.Contains(resources, q.Resource) {
			resources = append(resources, q.Resource)
		}
	}
	return actions, resources
}

func (s *Simulator) run(ctx context.Context, batches []batch) map[decide.Question]decide.Answer {
	each := make([]map[decide.Question]decide.Answer, len(batches))
	var running errgroup.Group
	running.SetLimit(concurrency)
	for i, b := range batches {
		running.Go(func() error {
			each[i] = s.ask(ctx, b.questions)
			return nil
		})
	}
	_ = running.Wait() // ask never fails: an error is an answer that says why there is none
	answers := map[decide.Question]decide.Answer{}
	for _, one := range each {
		maps.Copy(answers, one)
	}
	return answers
}

// ask puts the questions in one call, or in more where the simulator refuses them together.
func (s *Simulator) ask(ctx context.Context, questions []decide.Question) map[decide.Question]decide.Answer {
	cells, err := s.call(ctx, questions)
	if actions, _ := axes(questions); refusesTogether(err) && len(actions) > 1 {
		// Some actions "require different authorization information" and may not share a call.
		answers := map[decide.Question]decide.Answer{}
		half := actions[len(actions)/2:]
		for _, part := range [][]decide.Question{
			slices.DeleteFunc(slices.Clone(questions), func(q decide.Question) bool { return slices.Contains(half, q.Action) }),
			slices.DeleteFunc(slices.Clone(questions), func(q decide.Question) bool { return !slices.Contains(half, q.Action) }),
		} {
			maps.Copy(answers, s.ask(ctx, part))
		}
		return answers
	}
	answers := make(map[decide.Question]decide.Answer, len(questions))
	for _, q := range questions {
		answer, found := cells[cellOf(q.Action, q.Resource)]
		switch {
		case found:
			answer.Alone = len(questions) == 1
			answers[q] = answer
		case err != nil:
			answers[q] = decide.Answer{Unread: unread(q, err)}
		default:
			answers[q] = decide.Answer{Unread: fact.Unread{Operation: operation, Reason: fmt.Sprintf(
				"the simulator's answer leaves out %s on %s for %s", q.Action, q.Resource, q.Role)}}
		}
	}
	return answers
}

const operation = "iam:SimulatePrincipalPolicy"

// cell is one action on one resource; actions compare without case.
type cell struct{ action, resource string }

func cellOf(action, resource string) cell { return cell{strings.ToLower(action), resource} }

// call asks once, through all pages. An error on a later page keeps the cells that came before it.
func (s *Simulator) call(ctx context.Context, questions []decide.Question) (map[cell]decide.Answer, error) {
	actions, resources := axes(questions)
	first := questions[0]
	in := &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String(first.Role),
		ActionNames:     actions,
		ResourceArns:    resources,
		ContextEntries:  entries(first.Context),
		MaxItems:        aws.Int32(1000),
	}
	if first.With != "" {
		in.PolicyInputList = []string{first.With}
	}
	cells := map[cell]decide.Answer{}
	pages := iam.NewSimulatePrincipalPolicyPaginator(s.API, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return cells, err
		}
		for i := range page.EvaluationResults {
			read(&page.EvaluationResults[i], resources, cells)
		}
	}
	return cells, nil
}

// read takes the cells out of one result. Where resources were named only the decisions on them count: the
// result's own decision is the most restrictive over all, and its resource name is an ARN template.
func read(result *types.EvaluationResult, resources []string, cells map[cell]decide.Answer) {
	action := aws.ToString(result.EvalActionName)
	var organizations *bool
	if result.OrganizationsDecisionDetail != nil {
		organizations = &result.OrganizationsDecisionDetail.AllowedByOrganizations
	}
	if len(resources) == 1 && resources[0] == "*" {
		answer := decide.Answer{
			Decision: decision(result.EvalDecision), Missing: result.MissingContextValues,
			Statements: sources(result.MatchedStatements), Boundary: boundary(result.PermissionsBoundaryDecisionDetail),
			Organizations: organizations,
		}
		cells[cellOf(action, "*")] = answer
		return
	}
	for i := range result.ResourceSpecificResults {
		one := &result.ResourceSpecificResults[i]
		answer := decide.Answer{
			Decision: decision(one.EvalResourceDecision), Missing: one.MissingContextValues,
			Statements: sources(one.MatchedStatements),
			Boundary:   boundary(cmp.Or(one.PermissionsBoundaryDecisionDetail, result.PermissionsBoundaryDecisionDetail)),
		}
		// What the organization decides is told for the whole result, so it speaks of a cell only alone.
		if len(resources) == 1 {
			answer.Organizations = organizations
		}
		cells[cellOf(action, aws.ToString(one.EvalResourceName))] = answer
	}
}

func decision(d types.PolicyEvaluationDecisionType) iampolicy.Decision {
	switch d {
	case types.PolicyEvaluationDecisionTypeAllowed:
		return iampolicy.Allowed
	case types.PolicyEvaluationDecisionTypeImplicitDeny:
		return iampolicy.ImplicitDeny
	case types.PolicyEvaluationDecisionTypeExplicitDeny:
		return iampolicy.ExplicitDeny
	}
	return iampolicy.Undetermined
}

func boundary(detail *types.PermissionsBoundaryDecisionDetail) *bool {
	if detail == nil {
		return nil // no boundary, or it was not looked at
	}
	return &detail.AllowedByPermissionsBoundary
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

func entries(context decide.RequestContext) []types.ContextEntry {
	keys := context.Keys()
	names := make([]string, 0, len(keys))
	for name := range keys {
		names = append(names, name)
	}
	slices.Sort(names)
	out := make([]types.ContextEntry, 0, len(names))
	for _, name := range names {
		kind := types.ContextKeyTypeEnumString
		switch {
		case name == "aws:SecureTransport":
			kind = types.ContextKeyTypeEnumBoolean
		case name == "aws:CurrentTime":
			kind = types.ContextKeyTypeEnumDate
		case len(keys[name]) > 1:
			kind = types.ContextKeyTypeEnumStringList
		}
		out = append(out, types.ContextEntry{ContextKeyName: aws.String(name), ContextKeyType: kind, ContextKeyValues: keys[name]})
	}
	return out
}

// refusesTogether tells the error for actions that may not share a call, or for input that is too much.
func refusesTogether(err error) bool {
	var invalid *types.InvalidInputException
	return errors.As(err, &invalid)
}

func unread(q decide.Question, err error) fact.Unread {
	why := fact.Unread{Operation: operation}
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && (api.ErrorCode() == "AccessDenied" || api.ErrorCode() == "AccessDeniedException"):
		why.Permission, why.Resource = operation, q.Role
		why.Reason = fmt.Sprintf("%s is refused (%s): permprobe's role lacks it", operation, api.ErrorCode())
	case errors.As(err, &api):
		why.Reason = fmt.Sprintf("%s failed with %s for %s", operation, api.ErrorCode(), q.Role)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		why.Reason = "the time of the run was over before the simulator answered"
	default:
		why.Reason = fmt.Sprintf("%s did not answer for %s", operation, q.Role)
	}
	return why
}

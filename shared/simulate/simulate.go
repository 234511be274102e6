// Package simulate asks the IAM policy simulator and reads its answer as it has been since July 2026: one
// result an action, the decision on each resource behind it, and cells that may be missing.
package simulate

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"
)

// API is the one operation that is called.
type API interface {
	iam.SimulatePrincipalPolicyAPIClient
}

var _ API = (*iam.Client)(nil)

// Simulator asks on behalf of one account.
type Simulator struct{ API API }

// New makes a Simulator.
func New(cfg aws.Config) *Simulator { return &Simulator{API: iam.NewFromConfig(cfg)} }

// The most that one call may ask: the service's own limits, and a product beyond which answers are slow.
const (
	maxActions   = 100
	maxResources = 20
	maxCells     = 500
	concurrency  = 8
)

// Ask returns an answer to every question; one that could not be had says why.
func (s *Simulator) Ask(ctx context.Context, questions []decide.Question) map[decide.Question]decide.Answer {
	return s.run(ctx, group(questions))
}

// AskAlone puts every question in a call of its own: only then does the simulator say what the policies of
// the organization do with it.
func (s *Simulator) AskAlone(ctx context.Context, questions []decide.Question) map[decide.Question]decide.Answer {
	var batches []batch
	seen := map[decide.Question]bool{}
	for _, q := range questions {
		if !seen[q] {
			seen[q] = true
			batches = append(batches, batch{questions: []decide.Question{q}})
		}
	}
	return s.run(ctx, batches)
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
	got, err := s.call(ctx, questions)
	return s.settle(ctx, questions, got, err)
}

// settle makes answers of what a call brought, and asks again in parts where its input was refused.
func (s *Simulator) settle(ctx context.Context, questions []decide.Question, got cells, err error) map[decide.Question]decide.Answer {
	if message, refused := refusedInput(err); refused {
		if first, second, ok := split(questions, message); ok {
			gotFirst, errFirst := s.call(ctx, first)
			gotSecond, errSecond := s.call(ctx, second)
			// The same words for both parts: what is wrong is what they share (the role, the request keys, the
			// supposed policy), and smaller parts would only cost more calls.
			one, oneToo := refusedInput(errFirst)
			other, otherToo := refusedInput(errSecond)
			shared := oneToo && otherToo && one == other && one == message && !strings.Contains(message, differentAuthorization)
			if !shared {
				answers := s.settle(ctx, first, gotFirst, errFirst)
				maps.Copy(answers, s.settle(ctx, second, gotSecond, errSecond))
				return answers
			}
		}
	}
	answers := make(map[decide.Question]decide.Answer, len(questions))
	for _, q := range questions {
		answer, found := got[cellOf(q.Action, q.Resource)]
		switch {
		case found:
			answer.Alone = len(questions) == 1
			answers[q] = answer
		case err != nil:
			answers[q] = decide.Answer{Unread: unread(q, err)}
		default:
			answers[q] = decide.Answer{LeftOut: true, Unread: fact.Unread{Operation: operation, Reason: fmt.Sprintf(
				"the simulator's answer leaves out %s on %s for %s", q.Action, q.Resource, q.Role)}}
		}
	}
	return answers
}

const operation = "iam:SimulatePrincipalPolicy"

// call asks once, through all pages. An error on a later page keeps the cells that came before it.
func (s *Simulator) call(ctx context.Context, questions []decide.Question) (cells, error) {
	actions, resources := axes(questions)
	first := questions[0]
	in := iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String(first.Role),
		ActionNames:     actions,
		ResourceArns:    resources,
		ContextEntries:  entries(first.Context),
		MaxItems:        aws.Int32(1000),
	}
	if first.With != "" {
		in.PolicyInputList = []string{first.With}
	}
	if first.Without == decide.WithoutSCPs {
		in.PolicyExclusionList = []types.PolicyIdentifier{&types.PolicyIdentifierMemberPolicyType{Value: types.PolicyIdentifierPolicyTypeScp}}
	}
	got := cells{}
	for {
		// Each page has an input of its own: whoever holds one must not see it change.
		input := in
		page, err := s.API.SimulatePrincipalPolicy(ctx, &input)
		if err != nil {
			return got, err
		}
		for i := range page.EvaluationResults {
			got.read(&page.EvaluationResults[i], resources)
		}
		// A page may be short, even empty, with more to come. A marker that does not move would be read for ever.
		next := aws.ToString(page.Marker)
		if !page.IsTruncated || next == "" || next == aws.ToString(in.Marker) {
			return got, nil
		}
		in.Marker = page.Marker
	}
}

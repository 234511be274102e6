package scan

import (
	"context"
	"maps"
	"slices"
	"sync"

	"permprobe/shared/decide"
	"permprobe/shared/simulate"
)

// questions are what the simulator was asked in a run, and its answers.
type questions struct {
	simulator *simulate.Simulator
	mu        sync.Mutex
	taken     map[decide.Question]bool
	// answers may be read when no put is under way.
	answers map[decide.Question]decide.Answer
}

func (s *Scanner) newQuestions() *questions {
	return &questions{simulator: s.Simulator, taken: map[decide.Question]bool{}, answers: map[decide.Question]decide.Answer{}}
}

// put asks what was not asked before. Several may be under way at once.
func (a *questions) put(ctx context.Context, wanted []decide.Question) {
	a.mu.Lock()
	fresh := slices.DeleteFunc(wanted, func(q decide.Question) bool { return a.taken[q] })
	for _, q := range fresh {
		a.taken[q] = true
	}
	a.mu.Unlock()
	answers := a.simulator.Ask(ctx, fresh)
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.Copy(a.answers, answers)
}

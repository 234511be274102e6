package scan

import (
	"context"
	"maps"
	"slices"
	"sync"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/simulate"
)

// questions are what the simulator was asked in a run, and its answers.
type questions struct {
	simulator *simulate.Simulator
	memory    *memory
	mu        sync.Mutex
	taken     map[decide.Question]bool
	// answers may be read when no put is under way.
	answers map[decide.Question]decide.Answer
}

func (s *Scanner) newQuestions(m *memory) *questions {
	return &questions{simulator: s.Simulator, memory: m, taken: map[decide.Question]bool{}, answers: map[decide.Question]decide.Answer{}}
}

// put asks what was not asked before and is not remembered. Several may be under way at once.
func (a *questions) put(ctx context.Context, facts *fact.Facts, wanted []decide.Question) {
	a.ask(ctx, facts, a.take(wanted))
}

// ask asks what was taken, but for what is remembered.
func (a *questions) ask(ctx context.Context, facts *fact.Facts, taken []decide.Question) {
	sets := decide.Sets(facts, taken)
	answers := a.memory.answers(sets)
	unknown := slices.DeleteFunc(taken, func(q decide.Question) bool { _, known := answers[q]; return known })
	maps.Copy(answers, a.simulator.Ask(ctx, unknown))
	a.memory.learn(sets, answers)
	a.keep(answers)
}

// now asks, whatever is remembered.
func (a *questions) now(ctx context.Context, wanted []decide.Question) {
	answers := a.simulator.Ask(ctx, a.take(wanted))
	a.memory.learn(nil, answers)
	a.keep(answers)
}

// take is what of the questions nobody has taken yet. What is taken together is remembered together.
func (a *questions) take(wanted []decide.Question) []decide.Question {
	a.mu.Lock()
	defer a.mu.Unlock()
	fresh := slices.DeleteFunc(slices.Clone(wanted), func(q decide.Question) bool { return a.taken[q] })
	for _, q := range fresh {
		a.taken[q] = true
	}
	return fresh
}

func (a *questions) keep(answers map[decide.Question]decide.Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.Copy(a.answers, answers)
}

package scan

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"permprobe/shared/collect"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/ledger"
	"permprobe/shared/need"
)

const (
	// fresh is how long something is remembered at most: a run later it is no more than a day old.
	fresh = 23 * time.Hour
	// round is the time in which everything that is read or asked in slices has had its turn.
	round = 22 * time.Hour
	// usual is the time from one run to the next where no earlier one is known.
	usual = time.Hour
)

// memory is what a scheduled run takes over from earlier ones and leaves to the next. A nil memory is that of a run
// which asks everything anew, as one does for a person: who has just changed something wants to see its effect.
type memory struct {
	before ledger.Memory
	now    time.Time

	mu sync.Mutex
	// allowed and organization are the next run's; used are the sums that this run came upon.
	allowed      map[string]time.Time
	used         map[string]bool
	organization bool
	functions    map[string]ledger.Function
	// seen is until when it was looked for what functions were refused, by ARN, where that was now.
	seen map[string]time.Time
	// recalled are the functions, by ARN, whose destinations were not read, and recalledURLs those whose URLs were not.
	recalled, recalledURLs map[string]bool
}

func recall(turn *ledger.Turn, now time.Time) *memory {
	if !turn.Held() {
		return nil
	}
	m := &memory{
		before: turn.Memory, now: now.UTC().Truncate(time.Millisecond), organization: turn.Memory.Organization,
		allowed: map[string]time.Time{}, used: map[string]bool{}, functions: map[string]ledger.Function{}, recalled: map[string]bool{}, recalledURLs: map[string]bool{},
		seen: map[string]time.Time{},
	}
	for sum, at := range turn.Memory.Allowed {
		if m.isFresh(at, life(sum)) {
			m.allowed[sum] = at
		}
	}
	return m
}

// life is how long a set of answers is remembered. They end at different times: roles that were all asked in one run
// are not all asked in one again.
func life(sum string) time.Duration {
	part, err := strconv.ParseUint(sum[:min(2, len(sum))], 16, 8)
	if err != nil {
		return 0 // not written by a run
	}
	return fresh - fresh/2*time.Duration(part)/256
}

// isFresh tells whether something that was learned then still holds. What was learned later than now was not.
func (m *memory) isFresh(at time.Time, life time.Duration) bool {
	return !at.IsZero() && !at.After(m.now) && m.now.Sub(at) < life
}

// answers are those to the questions of roles of which an earlier run was told that all is allowed, while nothing has
// changed.
func (m *memory) answers(sets []decide.Set) map[decide.Question]decide.Answer {
	known := map[decide.Question]decide.Answer{}
	if m == nil {
		return known
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, set := range sets {
		m.used[set.Sum] = true
		at, remembered := m.allowed[set.Sum]
		if !remembered {
			continue
		}
		for _, q := range set.Questions {
			known[q] = decide.Answer{Decision: iampolicy.Allowed, Remembered: at, InOrganization: m.before.Organization}
		}
	}
	return known
}

// learn keeps the sets of which everything was allowed in this run.
func (m *memory) learn(sets []decide.Set, answers map[decide.Question]decide.Answer) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, answer := range answers {
		m.organization = m.organization || answer.InOrganization
	}
	for _, set := range sets {
		if slices.ContainsFunc(set.Questions, func(q decide.Question) bool { return !answers[q].Remembered.IsZero() }) {
			continue
		}
		delete(m.allowed, set.Sum)
		if !slices.ContainsFunc(set.Questions, func(q decide.Question) bool { return answers[q].Decision != iampolicy.Allowed }) {
			m.allowed[set.Sum] = m.now
		}
	}
}

// read is what was read of functions one by one not long ago, of those that did not change since.
func (m *memory) read(functions []fact.Function) collect.Remembered {
	if m == nil {
		return collect.Remembered{}
	}
	known := collect.Remembered{Destinations: map[string][]fact.Destination{}, URLs: map[string][]fact.Trigger{}}
	for _, arn := range m.same(functions, func(f ledger.Function) time.Time { return f.Read }) {
		known.Destinations[arn] = []fact.Destination{}
		for _, d := range m.of(arn).Destinations {
			known.Destinations[arn] = append(known.Destinations[arn], fact.Destination{
				Function: fact.FunctionRef{ARN: arn, Qualifier: d.Qualifier}, Name: d.Name, Target: d.Target,
			})
		}
		m.recalled[arn] = true
	}
	for _, arn := range m.same(functions, func(f ledger.Function) time.Time { return f.ReadURLs }) {
		known.URLs[arn] = []fact.Trigger{}
		for _, u := range m.of(arn).URLs {
			known.URLs[arn] = append(known.URLs[arn], fact.URLOf(fact.FunctionRef{ARN: arn, Qualifier: u.Qualifier}, u.Public, u.Host, u.Created))
		}
		m.recalledURLs[arn] = true
	}
	return known
}

// same are the functions that did not change since something was read of them at the given time, without those whose
// turn it is to be read again.
func (m *memory) same(functions []fact.Function, at func(ledger.Function) time.Time) []string {
	var same []string
	for i := range functions {
		f := &functions[i]
		before := m.of(f.ARN)
		if f.Configuration != "" && f.Configuration == before.Configuration && m.isFresh(at(before), fresh) {
			same = append(same, f.ARN)
		}
	}
	again := m.turn(same, func(f string) time.Time { return at(m.of(f)) })
	return slices.DeleteFunc(same, func(arn string) bool { return again[arn] })
}

// of is what is remembered of the function.
func (m *memory) of(arn string) ledger.Function {
	return m.before.Functions[fact.FunctionRef{ARN: arn}.Name()]
}

// stale are the functions whose remembered destinations something is wrong with: they may have changed since.
func (m *memory) stale(decisions []decide.Decision) []string {
	if m == nil {
		return nil
	}
	var functions []string
	for i := range decisions {
		d := &decisions[i]
		if f := d.Need.Function.ARN; d.Need.Purpose == need.Deliver && d.Verdict != decide.Allowed && m.recalled[f] {
			delete(m.recalled, f)
			functions = append(functions, f)
		}
	}
	return functions
}

// staleURLs are the functions of which a remembered URL, or what stands in front of it, is not certain to be let in: the URL
// may have changed since.
func (m *memory) staleURLs(decisions []decide.Decision) []string {
	if m == nil {
		return nil
	}
	var functions []string
	for i := range decisions {
		d := &decisions[i]
		t := d.Need.Trigger
		if t == nil || d.Verdict == decide.Allowed || !t.Kind.IsURL() && t.Kind != fact.TriggerDistribution {
			continue
		}
		if f := t.Function.ARN; m.recalledURLs[f] {
			delete(m.recalledURLs, f)
			functions = append(functions, f)
		}
	}
	return functions
}

// due tells of the functions for which an answer to others was taken, in an organization, whether they are asked about
// with their own request keys now: those that were denied something so, and a slice of the others.
func (m *memory) due(functions []string) func(string) bool {
	if m == nil {
		return func(string) bool { return true }
	}
	due := m.turn(functions, func(f string) time.Time { return m.of(f).Own })
	for _, f := range functions {
		if m.of(f).Denied {
			due[f] = true
		}
	}
	return func(f string) bool { return due[f] }
}

// turn picks those whose turn it is: a slice as large as the part of a round that has gone by since the last run,
// the longest not asked first.
func (m *memory) turn(functions []string, last func(string) time.Time) map[string]bool {
	since := usual
	if !m.before.At.IsZero() {
		since = max(0, m.now.Sub(m.before.At))
	}
	share := int(math.Ceil(float64(len(functions)) * min(1, since.Hours()/round.Hours())))
	order := slices.Clone(functions)
	slices.SortFunc(order, func(a, b string) int {
		// Functions of one age come in an order that has nothing to do with their names, and so with their roles.
		return cmp.Or(last(a).Compare(last(b)), cmp.Compare(scatter(a), scatter(b)), cmp.Compare(a, b))
	})
	turn := map[string]bool{}
	for i, f := range order {
		if at := last(f); i < share || !at.IsZero() && !m.isFresh(at, round) {
			turn[f] = true
		}
	}
	return turn
}

func scatter(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text)) // a hash takes everything
	return h.Sum32()
}

// asked keeps what the functions that are due came to.
func (m *memory) asked(due func(string) bool, apart []decide.Question, decisions []decide.Decision) {
	if m == nil {
		return
	}
	own := map[decide.Question]bool{}
	for _, q := range apart {
		own[q] = true
	}
	worst := map[string]decide.Verdict{}
	for i := range decisions {
		d := &decisions[i]
		f := d.Need.Function.ARN
		if !own[d.Question] || !due(f) {
			continue
		}
		if have, seen := worst[f]; !seen || have == decide.Allowed || d.Verdict == decide.Denied {
			worst[f] = d.Verdict
		}
	}
	for f, verdict := range worst {
		kept := m.functions[f]
		switch verdict {
		case decide.Allowed:
			kept.Own, kept.Denied = m.now, false
		case decide.Denied:
			kept.Own, kept.Denied = m.now, true
		default:
			kept.Own, kept.Denied = m.of(f).Own, true // not answered: once more in the next run
		}
		m.functions[f] = kept
	}
}

// leave is what the next run gets. complete tells that the run reached every function: what it did not come upon
// is of no more use.
func (m *memory) leave(facts *fact.Facts, complete bool) *ledger.Memory {
	if m == nil {
		return nil
	}
	next := &ledger.Memory{At: m.now, Organization: m.organization, Allowed: map[string]time.Time{}, Functions: map[string]ledger.Function{}}
	for sum, at := range m.allowed {
		if m.used[sum] || !complete {
			next.Allowed[sum] = at
		}
	}
	if !complete {
		for name, f := range m.before.Functions {
			next.Functions[name] = f
		}
	}
	urls := map[string][]ledger.URL{}
	for i := range facts.Triggers {
		if t := &facts.Triggers[i]; t.Kind.IsURL() {
			urls[t.Function.ARN] = append(urls[t.Function.ARN], ledger.URL{
				Qualifier: t.Function.Qualifier, Public: t.Kind == fact.TriggerPublicURL, Host: t.Host, Created: t.Created,
			})
		}
	}
	for i := range facts.Functions {
		f := &facts.Functions[i]
		before := m.of(f.ARN)
		kept, asked := m.functions[f.ARN]
		if !asked {
			kept.Own, kept.Denied = before.Own, before.Denied
		}
		kept.Seen = before.Seen
		if at := m.seen[f.ARN]; !at.IsZero() {
			kept.Seen = at
		}
		switch {
		case m.recalledURLs[f.ARN]:
			kept.Configuration, kept.ReadURLs, kept.URLs = before.Configuration, before.ReadURLs, before.URLs
		case facts.URLs[f.ARN] && f.Configuration != "":
			kept.Configuration, kept.ReadURLs, kept.URLs = f.Configuration, m.now, urls[f.ARN]
		}
		read := facts.Destinations[f.ARN]
		destinations, known := read.Value()
		switch {
		case m.recalled[f.ARN]:
			kept.Configuration, kept.Read, kept.Destinations = before.Configuration, before.Read, before.Destinations
		case (known || read.IsAbsent()) && f.Configuration != "":
			kept.Configuration, kept.Read = f.Configuration, m.now
			for _, d := range destinations {
				kept.Destinations = append(kept.Destinations, ledger.Destination{Qualifier: d.Function.Qualifier, Name: d.Name, Target: d.Target})
			}
		}
		next.Functions[f.Ref().Name()] = kept
	}
	return next
}

package iampolicy

import (
	"strings"
	"unicode/utf8"
)

// NearMiss is the statement that comes closest to granting a request, and the one element of it that would have to
// change.
type NearMiss struct {
	Ref     StatementRef
	Element string // Effect, Principal, Action, Resource, Condition or a Not form
	Have    string // what the statement has
	Want    string // what the request needs
	Detail  string // both in one phrase, with what is different where that can be told
	// Slip is a resource of the statement of which the request's may be a misspelling; empty where there is none.
	Slip string
}

// NearMiss returns the statement that comes closest to granting a request that is not allowed: the one that denies it
// explicitly, otherwise one that misses it in a single element, a condition before a resource before an action, and
// the most similar text among those. It is false for an allowed request and where every statement misses by more.
func (c *Case) NearMiss() (NearMiss, bool) {
	result := c.Decide()
	r, err := c.request()
	if result.Decision == Allowed || err != nil {
		return NearMiss{}, false
	}
	if result.Decision == ExplicitDeny {
		return NearMiss{
			Ref: result.Matched[0], Element: "Effect", Have: Deny.String(), Want: Allow.String(),
			Detail: "the statement denies the request explicitly, which no allow overrides",
		}, true
	}
	var best NearMiss
	bestScore := -1
	var closest *Statement
	r.each(func(p *Policy, kind Kind) {
		if !r.couldGrant(result.By, kind) {
			return
		}
		for i, s := range p.statements {
			if s.effect != Allow {
				continue
			}
			m := r.mismatches(s, p.kind)
			if !together(m) {
				continue
			}
			score := r.distance(s, m[0]) + len(m) - 1
			if score >= 0 && (bestScore < 0 || score < bestScore) {
				bestScore = score
				best = NearMiss{Ref: p.refs[i], Element: m[0].Element, Have: m[0].Have, Want: m[0].Want, Detail: texted(m)}
				closest = s
			}
		}
	})
	if closest != nil {
		if more := r.difference(closest, best.Element); more != "" {
			best.Detail += ": " + more
		}
		if best.Element == "Resource" {
			best.Slip = r.slip(closest)
		}
	}
	return best, bestScore >= 0
}

// together tells whether a statement misses in one element: all of its conditions are one.
func together(m []ElementMismatch) bool {
	for i := range m {
		if i > 0 && (m[i].Element != "Condition" || m[0].Element != "Condition") {
			return false
		}
	}
	return len(m) > 0
}

// texted is what the mismatches say.
func texted(m []ElementMismatch) string {
	texts := make([]string, len(m))
	for i := range m {
		texts[i] = m[i].Text
	}
	return strings.Join(texts, ", ")
}

// couldGrant tells whether an allow in a policy of a kind could change an answer that another kind gave.
func (r *request) couldGrant(by, kind Kind) bool {
	switch by {
	case KindNone:
		return true
	case Identity:
		return kind == Identity || kind == Resource && r.sameAccount() != no && r.resourceMust() == no
	}
	return kind == by
}

// distance orders near misses; -1 is none at all. Elements come first, then how much of the text would change.
func (r *request) distance(s *Statement, m ElementMismatch) int {
	const step = 1 << 16
	switch m.Element {
	case "Condition":
		return 0
	case "Principal", "NotPrincipal":
		return step
	case "Resource":
		best := -1
		want, _ := splitARN(r.resource)
		for i := range s.resources {
			have, ok := splitARN(s.resources[i].raw)
			if r.resource != "*" && ok && have[arnService] != want[arnService] {
				continue
			}
			best = least(best, 2*step+editDistance(s.resources[i].raw, r.resource))
		}
		return best
	case "Action":
		best := -1
		service, _, _ := strings.Cut(strings.ToLower(r.action), ":")
		for i := range s.actions {
			have, _, _ := strings.Cut(strings.ToLower(s.actions[i].raw), ":")
			if have != service {
				continue
			}
			best = least(best, 3*step+editDistance(strings.ToLower(s.actions[i].raw), strings.ToLower(r.action)))
		}
		return best
	}
	return 4 * step // NotAction and NotResource: the statement excludes the request on purpose
}

func least(a, b int) int {
	if a < 0 {
		return b
	}
	return min(a, b)
}

// editDistance is Levenshtein's, of texts cut to a length that ARNs seldom reach.
func editDistance(a, b string) int {
	const most = 512
	x, y := []rune(cut(a, most)), []rune(cut(b, most))
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			up := row[j+1]
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			row[j+1] = min(cost, up+1, row[j]+1)
			diagonal = up
		}
	}
	return row[len(y)]
}

// clip shortens a value for an error: hostile input may be of any length.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return cut(s, most) + "…"
}

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

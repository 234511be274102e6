package iampolicy

import "strings"

// Matching where the pattern or the text holds parts that are not known.

// symbol is a rune, anyOne, or one of these. What is below unknownText is a text that is not known either, but the same
// in every place of the symbol.
const (
	anyText     rune = -2 // a star
	unknownText rune = -3 // a text that is not known
)

// same gives the settled unknown parts of a pattern and a text their symbols.
type same map[string]rune

func (s same) symbol(name string) rune {
	if !settled(name) {
		return unknownText
	}
	if _, ok := s[name]; !ok {
		s[name] = unknownText - 1 - rune(len(s))
	}
	return s[name]
}

func (s same) symbols(tokens []token) []rune {
	var out []rune
	for _, t := range tokens {
		switch t.kind {
		case tokenStar:
			out = append(out, anyText)
		case tokenOne:
			out = append(out, anyOne)
		case tokenText:
			out = append(out, []rune(t.text)...)
		default:
			out = append(out, s.symbol(t.text))
		}
	}
	return out
}

// matchUnknown decides where pattern or text hold unknown parts: no where the known parts already differ, yes where
// the unknown meets only stars and itself, maybe otherwise.
func matchUnknown(patternTokens []token, text string) tri {
	t := matchSymbols(patternTokens, text)
	before, name, after, ok := cutUnknown(text)
	if before, slash := strings.CutSuffix(before, "/"); ok && slash && name == rolePath {
		// A policy that names the role without a path means the role of that name: names are unique in an account,
		// and AWS's own examples write it so. Only a pattern that speaks of a path stays open.
		if matchSymbols(patternTokens, before+"/"+after) == yes {
			return yes
		}
		// A role's path is empty or ends with a slash. Both readings of role/PATHname hold, so each may decide.
		if u := matchSymbols(patternTokens, before+Unknown(rolePath)+"/"+after); u != maybe {
			t = u
		}
	}
	return t
}

func matchSymbols(patternTokens []token, text string) tri {
	one := same{}
	p, t := one.symbols(patternTokens), one.symbols(lex(text, false, false))
	if (len(p)+1)*(len(t)+1) > fuzzyCells {
		return maybe
	}
	if !mayMatch(p, t) {
		return no
	}
	if mustMatch(p, t) {
		return yes
	}
	return maybe
}

// fuzzyCells bounds the work, which is pattern times text; beyond, the answer is maybe.
const fuzzyCells = 1 << 22

// mayMatch reports whether some value of the unknown parts makes the pattern match: whether the two languages share a
// word. It fills one row per symbol of the pattern.
func mayMatch(p, t []rune) bool {
	any := func(r rune) bool { return r == anyText || r <= unknownText }
	row := make([]bool, len(t)+1) // row[j]: the pattern so far can be the text so far
	row[0] = true
	for j, r := range t {
		row[j+1] = row[j] && any(r)
	}
	for _, r := range p {
		diagonal := row[0]
		row[0] = row[0] && any(r)
		for j, u := range t {
			up := row[j+1]
			switch {
			case any(r):
				row[j+1] = up || row[j]
			case any(u):
				row[j+1] = up || row[j]
			default:
				row[j+1] = diagonal && (r == anyOne || r == u)
			}
			diagonal = up
		}
	}
	return row[len(t)]
}

// mustMatch reports whether every value of the unknown parts makes the pattern match: an unknown part of the text is
// a symbol that nothing takes but a star, or the same unknown where it is settled (a text with wildcards matches itself).
func mustMatch(p, t []rune) bool {
	for _, r := range p {
		if r == unknownText {
			return false
		}
	}
	i, j := 0, 0
	star, mark := -1, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == anyText:
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == anyOne && t[j] >= 0 || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == anyText {
		i++
	}
	return i == len(p)
}

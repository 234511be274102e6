package iampolicy

import (
	"strings"
	"unicode/utf8"
)

type patternKind uint8

const (
	patternAny     patternKind = iota // only stars
	patternText                       // no wildcard
	patternGlob                       // wildcards, nothing to be looked up
	patternDynamic                    // variables or unknown parts
)

// pattern is a text with wildcards, compiled for matching in time linear in the text: the parts between stars are
// searched from left to right and never again, since the leftmost match of one leaves the most text for the next.
type pattern struct {
	raw    string // as the policy has it
	kind   patternKind
	fold   bool    // case does not matter; the pattern is in lower case
	text   string  // of patternText
	head   *piece  // must begin the text, nil where the pattern begins with a star
	middle []piece // must follow in this order
	tail   *piece  // must end the text, nil where the pattern ends with a star
	whole  *piece  // the pattern has no star: it must be all of the text
	tokens []token // of patternDynamic
}

func newPattern(raw string, wild, variables bool) pattern {
	return compile(raw, lex(raw, wild, variables), false)
}

func compile(raw string, tokens []token, fold bool) pattern {
	p := pattern{raw: raw, fold: fold}
	stars := 0
	for _, t := range tokens {
		switch t.kind {
		case tokenVariable, tokenUnknown:
			p.kind = patternDynamic
			p.tokens = tokens
			return p
		case tokenStar:
			stars++
		}
	}
	switch {
	case len(tokens) == 0:
		p.kind = patternText
	case len(tokens) == 1 && tokens[0].kind == tokenStar:
		p.kind = patternAny
	case len(tokens) == 1 && tokens[0].kind == tokenText:
		p.kind = patternText
		p.text = tokens[0].text
	default:
		p.kind = patternGlob
		p.split(tokens, stars)
	}
	return p
}

// split cuts the tokens at their stars.
func (p *pattern) split(tokens []token, stars int) {
	if stars == 0 {
		p.whole = new(newPiece(tokens, p.fold))
		return
	}
	first := true
	for len(tokens) > 0 {
		n := 0
		for n < len(tokens) && tokens[n].kind != tokenStar {
			n++
		}
		part := tokens[:n]
		switch {
		case n == len(tokens):
			p.tail = new(newPiece(part, p.fold))
		case n > 0 && first:
			p.head = new(newPiece(part, p.fold))
		case n > 0:
			p.middle = append(p.middle, newPiece(part, p.fold))
		}
		first = false
		tokens = tokens[min(n+1, len(tokens)):]
	}
}

// match decides for a text without unknown parts. It must not be called on a dynamic pattern.
func (p *pattern) match(text string) bool {
	switch p.kind {
	case patternAny:
		return true
	case patternText:
		if p.fold {
			return equalFold(p.text, text)
		}
		return text == p.text
	case patternDynamic:
		return false
	}
	if p.whole != nil {
		return p.whole.prefix(text) == len(text)
	}
	if p.head != nil {
		n := p.head.prefix(text)
		if n < 0 {
			return false
		}
		text = text[n:]
	}
	if p.tail != nil {
		n := p.tail.suffix(text)
		if n < 0 {
			return false
		}
		text = text[:len(text)-n]
	}
	for i := range p.middle {
		end := p.middle[i].find(text)
		if end < 0 {
			return false
		}
		text = text[end:]
	}
	return true
}

// anyOne is the place of a ? in a piece.
const anyOne rune = -1

// piece is the part of a pattern between two stars.
type piece struct {
	fold  bool
	text  string // where it holds no ?
	runes []rune // where it does
	// masks are bit sets over runes for the shift-and search: which places a character may stand at. other is for
	// characters that the piece does not name.
	masks map[rune][]uint64
	other []uint64
}

func newPiece(tokens []token, fold bool) piece {
	if len(tokens) == 1 && tokens[0].kind == tokenText {
		return piece{text: tokens[0].text, fold: fold}
	}
	var runes []rune
	for _, t := range tokens {
		if t.kind == tokenOne {
			runes = append(runes, anyOne)
			continue
		}
		runes = append(runes, []rune(t.text)...)
	}
	words := (len(runes) + 63) / 64
	pc := piece{fold: fold, runes: runes, masks: make(map[rune][]uint64), other: make([]uint64, words)}
	for i, ch := range runes {
		if ch == anyOne {
			pc.other[i/64] |= 1 << (i % 64)
		} else if pc.masks[ch] == nil {
			pc.masks[ch] = make([]uint64, words)
		}
	}
	for ch, mask := range pc.masks {
		copy(mask, pc.other)
		for i, at := range runes {
			if at == ch {
				mask[i/64] |= 1 << (i % 64)
			}
		}
	}
	return pc
}

func (pc *piece) character(ch rune) rune {
	if pc.fold {
		return lowerRune(ch)
	}
	return ch
}

// prefix returns how many bytes of text the piece takes at its start, -1 for no match.
func (pc *piece) prefix(text string) int {
	if pc.runes == nil {
		if pc.fold && prefixFold(pc.text, text) || strings.HasPrefix(text, pc.text) {
			return len(pc.text)
		}
		return -1
	}
	at := 0
	for _, want := range pc.runes {
		if at >= len(text) {
			return -1
		}
		ch, size := utf8.DecodeRuneInString(text[at:])
		if want != anyOne && want != pc.character(ch) {
			return -1
		}
		at += size
	}
	return at
}

// suffix returns how many bytes of text the piece takes at its end, -1 for no match.
func (pc *piece) suffix(text string) int {
	if pc.runes == nil {
		if from := len(text) - len(pc.text); from >= 0 && pc.fold && prefixFold(pc.text, text[from:]) || strings.HasSuffix(text, pc.text) {
			return len(pc.text)
		}
		return -1
	}
	end := len(text)
	for i := len(pc.runes) - 1; i >= 0; i-- {
		if end == 0 {
			return -1
		}
		ch, size := utf8.DecodeLastRuneInString(text[:end])
		if want := pc.runes[i]; want != anyOne && want != pc.character(ch) {
			return -1
		}
		end -= size
	}
	return len(text) - end
}

// find returns the end of the leftmost match in text, -1 for none.
func (pc *piece) find(text string) int {
	if pc.runes == nil {
		i := 0
		if pc.fold {
			i = indexFold(pc.text, text)
		} else {
			i = strings.Index(text, pc.text)
		}
		if i < 0 {
			return -1
		}
		return i + len(pc.text)
	}
	if len(pc.runes) > 64 {
		return pc.findLong(text)
	}
	var state uint64
	last := uint64(1) << (len(pc.runes) - 1)
	for i := 0; i < len(text); {
		ch, size := utf8.DecodeRuneInString(text[i:])
		i += size
		mask := pc.other
		if m, ok := pc.masks[pc.character(ch)]; ok {
			mask = m
		}
		state = (state<<1 | 1) & mask[0]
		if state&last != 0 {
			return i
		}
	}
	return -1
}

// findLong is find for a piece of more than 64 characters.
func (pc *piece) findLong(text string) int {
	state := make([]uint64, len(pc.other))
	lastWord, last := (len(pc.runes)-1)/64, uint64(1)<<((len(pc.runes)-1)%64)
	for i := 0; i < len(text); {
		ch, size := utf8.DecodeRuneInString(text[i:])
		i += size
		mask := pc.other
		if m, ok := pc.masks[pc.character(ch)]; ok {
			mask = m
		}
		carry := uint64(1)
		for w := range state {
			next := state[w] >> 63
			state[w] = (state[w]<<1 | carry) & mask[w]
			carry = next
		}
		if state[lastWord]&last != 0 {
			return i
		}
	}
	return -1
}

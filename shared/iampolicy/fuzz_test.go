package iampolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

var allKinds = [...]Kind{Identity, Resource, Trust, Boundary, Session, SCP, RCP, Endpoint}

// FuzzParse: what is accepted is valid JSON without duplicate keys, prints, and prints the same again; what is refused
// is refused with a place inside the document.
func FuzzParse(f *testing.F) {
	for _, doc := range parseSeeds {
		f.Add([]byte(doc), uint8(0))
		f.Add([]byte(doc), uint8(1))
	}
	f.Fuzz(func(t *testing.T, doc []byte, kind uint8) {
		k := allKinds[int(kind)%len(allKinds)]
		p, err := Parse(doc, k)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("error of type %T: %v", err, err)
			}
			lines := bytes.Split(doc, []byte("\n"))
			if syntax.Line < 1 || syntax.Line > len(lines) || syntax.Column < 1 || syntax.Column > utf8.RuneCount(lines[syntax.Line-1])+1 {
				t.Fatalf("place outside of the document: %v", err)
			}
			return
		}
		if !json.Valid(doc) {
			t.Fatalf("accepted what is no JSON: %q", doc)
		}
		printed, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("print: %v", err)
		}
		again, err := Parse(printed, k)
		if err != nil {
			t.Fatalf("parse what was printed: %v\n%s", err, printed)
		}
		if second, _ := json.Marshal(again); !bytes.Equal(printed, second) {
			t.Fatalf("printed %s and then %s", printed, second)
		}
		for _, s := range p.Statements() {
			if s.Line() < 1 || s.EndLine() < s.Line() || s.EndLine() == s.Line() && s.EndColumn() <= s.Column() {
				t.Fatalf("statement from %d:%d to %d:%d", s.Line(), s.Column(), s.EndLine(), s.EndColumn())
			}
		}
	})
}

// naiveMatch is the reference for globs: a table of which prefixes match, without any cleverness.
func naiveMatch(pattern, text string, fold bool) bool {
	p, s := []rune(pattern), []rune(text)
	if fold {
		for i := range s {
			s[i] = lowerRune(s[i])
		}
		for i := range p {
			p[i] = lowerRune(p[i])
		}
	}
	row := make([]bool, len(s)+1)
	row[0] = true
	for _, ch := range p {
		next := make([]bool, len(s)+1)
		next[0] = row[0] && ch == '*'
		for j := range s {
			switch ch {
			case '*':
				next[j+1] = row[j+1] || next[j]
			case '?':
				next[j+1] = row[j]
			default:
				next[j+1] = row[j] && s[j] == ch
			}
		}
		row = next
	}
	return row[len(s)]
}

// FuzzGlob compares the compiled patterns with the reference, with and without case, and the three-valued matching
// with both.
func FuzzGlob(f *testing.F) {
	for _, s := range [][2]string{
		{"*", ""}, {"", ""}, {"a", "a"}, {"a*b", "ab"}, {"a*b", "aXbXb"}, {"*a*a*b", "aaaaab"}, {"?", "é"}, {"*?a?*", "baab"},
		{"*ab?d*abc*", "xabcdabcabc"}, {"a**b", "ab"}, {"a?", "a"}, {"*.c", "abc"}, {"A*Z", "aZ"}, {"??*??", "abc"}, {"*a?a?a?*", strings.Repeat("a", 40)},
		{"x*" + strings.Repeat("?", 70) + "y*", "x" + strings.Repeat("z", 80) + "y"},
		{"arn:aws:s3:::*/key", "arn:aws:s3:::⟦b⟧/key"}, {"a⟦x⟧b", "ab"}, {"⟦", "⟧"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) || len(pattern) > 512 || len(text) > 4096 {
			return
		}
		if hasUnknown(pattern) || hasUnknown(text) {
			checkUnknown(t, pattern, text)
			return
		}
		p := newPattern(pattern, true, false)
		want := naiveMatch(pattern, text, false)
		if got := p.match(text); got != want {
			t.Errorf("pattern %q, text %q: got %t, want %t", pattern, text, got, want)
		}
		folded := compile(pattern, lex(lowerASCII(pattern), true, false), true)
		if got, want := folded.match(text), naiveMatch(pattern, text, true); got != want {
			t.Errorf("pattern %q, text %q without case: got %t, want %t", pattern, text, got, want)
		}
		if got := matchUnknown(lex(pattern, true, false), text); got != triOf(want) {
			t.Errorf("pattern %q, text %q, three-valued: got %d, want %t", pattern, text, got, want)
		}
	})
}

// checkUnknown puts values in the place of the unknown parts: a no or a yes must hold for each.
func checkUnknown(t *testing.T, pattern, text string) {
	t.Helper()
	got := matchUnknown(lex(pattern, true, false), text)
	fill := func(s, value string) string {
		for {
			before, _, after, ok := cutUnknown(s)
			if !ok {
				return s
			}
			s = before + value + after
		}
	}
	for _, value := range []string{"", "a", "b/c", ":", "x:y:z", "ab", "tides"} {
		for _, other := range []string{"", "a", "key", ":"} {
			p, s := fill(pattern, value), fill(text, other)
			if strings.ContainsAny(fill(pattern, ""), "⟦⟧") || strings.ContainsAny(fill(text, ""), "⟦⟧") {
				return // what remains could form a new unknown
			}
			if want := triOf(naiveMatch(p, s, false)); got != maybe && got != want {
				t.Errorf("pattern %q, text %q: decided %d, but %q and %q give %d", pattern, text, got, p, s, want)
			}
		}
	}
}

// FuzzDecide: any policy, request and context are decided without a panic; explaining agrees; an added Deny never
// allows, an added Allow never denies more; knowing less never turns one certain answer into another.
func FuzzDecide(f *testing.F) {
	for _, doc := range parseSeeds {
		f.Add([]byte(doc), session, "s3:GetObject", object, "aws:username", "mara")
		f.Add([]byte(doc), "lambda.amazonaws.com", "sts:AssumeRole", target, "sts:ExternalId", "x")
		f.Add([]byte(doc), userARN, "kms:Decrypt", keyARN, "kms:ViaService", "⟦x⟧")
		f.Add([]byte(doc), "*", "logs:CreateLogGroup", "*", "", "")
	}
	f.Fuzz(func(t *testing.T, doc []byte, who, action, resource, key, value string) {
		caller, err := ParsePrincipal(who)
		if err != nil {
			return
		}
		c := Case{Principal: caller, Action: action, Resource: resource, Context: NewContext(map[string][]string{key: {value}})}
		if c.Check() != nil {
			if r := c.Decide(); r.Decision != Undetermined || r.Reason == "" {
				t.Fatalf("no request, but %+v", r)
			}
			return
		}
		if p, err := Parse(doc, Identity); err == nil {
			c.Identity = []*Policy{p}
			c.Boundary = p
			c.SCPs = [][]*Policy{{p}}
		}
		if p, err := Parse(doc, Resource); err == nil {
			c.ResourcePolicy = p
			c.Endpoint = p
		}
		base := c.Decide()
		if e := c.Explain(); e.Result.Decision != base.Decision || e.String() == "" {
			t.Fatalf("decided %s, explained %s", base.Decision, e)
		}
		if m, ok := c.NearMiss(); ok && (base.Decision == Allowed || m.Element == "") {
			t.Fatalf("decided %s, near miss %+v", base.Decision, m)
		}
		if (base.Decision == Undetermined) != (base.Reason != "") {
			t.Fatalf("%s with reason %q", base.Decision, base.Reason)
		}

		denied := c
		denied.Identity = append(append([]*Policy(nil), c.Identity...), mustParse(t, Identity, `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`))
		if d := denied.Decide().Decision; d == Allowed && base.Decision != Allowed {
			t.Fatalf("a Deny turned %s into allowed", base.Decision)
		}
		granted := c
		granted.Identity = append(append([]*Policy(nil), c.Identity...), mustParse(t, Identity, `{"Statement":`+everything+`}`))
		if d := granted.Decide().Decision; base.Decision == Allowed && d != Allowed || base.Decision != ExplicitDeny && d == ExplicitDeny {
			t.Fatalf("an Allow turned %s into %s", base.Decision, d)
		}
		blurred := c
		blurred.Context = NewContext(nil).WithUnknown(key)
		if d := blurred.Decide().Decision; d != Undetermined && d != base.Decision {
			t.Fatalf("without %q: %s, with it: %s", key, d, base.Decision)
		}
	})
}

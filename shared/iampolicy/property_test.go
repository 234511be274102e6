package iampolicy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// random makes cases of few names, so that most statements nearly match.
type random struct{ *rand.Rand }

func (r random) of(values ...string) string { return values[r.IntN(len(values))] }

func (r random) statement(withPrincipal bool) string {
	effect := "Allow"
	if r.IntN(4) == 0 {
		effect = "Deny"
	}
	parts := []string{
		fmt.Sprintf(`"Effect":%q`, effect),
		fmt.Sprintf(`%q:[%q,%q]`, r.of("Action", "Action", "Action", "NotAction"), r.of("s3:GetObject", "s3:*", "sqs:*"), r.of("s3:Get*", "*", "iam:*")),
		fmt.Sprintf(`%q:[%q]`, r.of("Resource", "Resource", "Resource", "NotResource"), r.of("*", object, "arn:aws:s3:::tides/*", "arn:aws:s3:::ledger/*", "arn:aws:s3:::${aws:PrincipalTag/b}/*", "arn:aws:s3:::⟦b⟧/*")),
	}
	if withPrincipal && r.IntN(8) > 0 {
		parts = append(parts, fmt.Sprintf(`%q:{"AWS":[%q,%q]}`, r.of("Principal", "Principal", "Principal", "NotPrincipal"), r.of("*", roleARN, session, rootARN), r.of(customs, harbour, target)))
	}
	if r.IntN(2) == 0 {
		parts = append(parts, fmt.Sprintf(`"Condition":{%q:{%q:[%q]}}`, r.of("StringEquals", "StringNotEquals", "StringLikeIfExists", "ForAllValues:StringLike", "ForAnyValue:StringLike"),
			r.of("s3:x", "s3:y", "aws:PrincipalAccount"), r.of("a", "b", "a*", harbour, "${s3:y}")))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func (r random) statements(withPrincipal bool) string {
	var out []string
	for range 1 + r.IntN(4) {
		out = append(out, r.statement(withPrincipal))
	}
	return strings.Join(out, ",")
}

func (r random) rule() rule {
	c := rule{identity: r.statements(false), who: r.of(session, roleARN, rootARN, "sns.amazonaws.com"), account: r.of("", "", customs)}
	if r.IntN(3) == 0 {
		c.resource = r.statements(true)
	}
	if r.IntN(4) == 0 {
		c.boundary = everything + "," + r.statement(false)
	}
	if r.IntN(4) == 0 {
		c.session = everything + "," + r.statement(false)
	}
	if r.IntN(4) == 0 {
		c.scps = [][]string{{everything, r.statement(false)}}
	}
	if r.IntN(2) == 0 {
		c.ctx = map[string][]string{"s3:x": {r.of("a", "b", "c")}}
	}
	if r.IntN(4) == 0 {
		c.unknown = []string{r.of("s3:y", "*")}
	}
	return c
}

// permits orders decisions by how much they let pass.
func permits(d Decision) int {
	return map[Decision]int{ExplicitDeny: 0, ImplicitDeny: 0, Undetermined: 1, Allowed: 2}[d]
}

func TestProperties(t *testing.T) {
	r := random{rand.New(rand.NewPCG(7, 11))}
	for range 4000 {
		c := r.rule()
		built := c.build(t)
		base := built.Decide()

		more := c
		more.identity += "," + st("Deny", r.of("s3:*", "*", "s3:GetObject"), r.of("*", object), `"Sid":"Added"`)
		if c.resource != "" && r.IntN(2) == 0 {
			more.identity = c.identity
			more.resource += "," + st("Deny", "*", "*", `"Principal":"*"`)
		}
		if d := must(t, more).Decision; permits(d) > permits(base.Decision) {
			t.Fatalf("an added Deny turned %s into %s: %+v", base.Decision, d, c)
		}

		more = c
		more.identity += "," + r.statementWith("Allow", false)
		if c.resource != "" && r.IntN(2) == 0 {
			more.identity = c.identity
			more.resource += "," + r.statementWith("Allow", true)
		}
		if d := must(t, more).Decision; permits(d) < permits(base.Decision) {
			t.Fatalf("an added Allow turned %s into %s: %+v", base.Decision, d, more)
		}

		if got := reversed(t, built).Decide(); got.Decision != base.Decision || got.By != base.By {
			t.Fatalf("in reverse order %s by %s became %s by %s: %+v", base.Decision, base.By, got.Decision, got.By, c)
		}
		if got := reparsed(t, built).Decide(); got.Decision != base.Decision || got.By != base.By || len(got.Matched) != len(base.Matched) {
			t.Fatalf("printed and parsed again %s by %s became %s by %s: %+v", base.Decision, base.By, got.Decision, got.By, c)
		}
		if d, by := built.Verdict(); d != base.Decision || by != base.By {
			t.Fatalf("Verdict says %s by %s, Decide %s by %s", d, by, base.Decision, base.By)
		}
		blurred := built
		blurred.Context = NewContext(nil).WithUnknown("*")
		if d := blurred.Decide().Decision; d != Undetermined && d != base.Decision {
			t.Fatalf("with less known %s became %s: %+v", base.Decision, d, c)
		}
	}
}

func (r random) statementWith(effect string, withPrincipal bool) string {
	for {
		if s := r.statement(withPrincipal); strings.Contains(s, `"Effect":"`+effect+`"`) {
			return s
		}
	}
}

func must(t *testing.T, r rule) Result {
	t.Helper()
	c := r.build(t)
	return c.Decide()
}

// rebuilt returns the case with every policy parsed again from what print makes of it.
func rebuilt(t *testing.T, c Case, print func(*Policy) string) *Case {
	t.Helper()
	again := func(p *Policy) *Policy {
		if p == nil {
			return nil
		}
		return mustParse(t, p.Kind(), print(p))
	}
	for i, p := range c.Identity {
		if i == 0 {
			c.Identity = nil
		}
		c.Identity = append(c.Identity, again(p))
	}
	c.ResourcePolicy, c.Boundary, c.Session = again(c.ResourcePolicy), again(c.Boundary), again(c.Session)
	var levels [][]*Policy
	for _, level := range c.SCPs {
		var policies []*Policy
		for _, p := range level {
			policies = append(policies, again(p))
		}
		levels = append(levels, policies)
	}
	c.SCPs = levels
	return &c
}

func reparsed(t *testing.T, c Case) *Case {
	return rebuilt(t, c, func(p *Policy) string {
		out, err := p.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	})
}

func reversed(t *testing.T, c Case) *Case {
	return rebuilt(t, c, func(p *Policy) string {
		var out []string
		for _, s := range p.Statements() {
			out = append([]string{string(s.JSON())}, out...)
		}
		return `{"Version":"` + p.Version() + `","Statement":[` + strings.Join(out, ",") + `]}`
	})
}

func TestGlobbingIsLinear(t *testing.T) {
	for _, pattern := range []string{
		strings.Repeat("*a", 500) + "*b",
		strings.Repeat("*a", 500) + "*b*",
		"*" + strings.Repeat("a", 400) + "b*",
		"*" + strings.Repeat("a?", 400) + "b*",
		strings.Repeat("*a?", 300) + "*b*",
	} {
		text := strings.Repeat("a", 1<<20)
		p := newPattern(pattern, true, false)
		start := time.Now()
		if p.match(text) {
			t.Errorf("%.20s… matches a text without b", pattern)
		}
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%.20s… against a megabyte took %s", pattern, d)
		}
	}
}

package iampolicy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMissingNamesEveryAbsentKeyThatMattered(t *testing.T) {
	two := `"Condition":{"StringEquals":{"b:Second":"1","a:First":"2"}}`
	tag := "${aws:PrincipalTag/Team}"
	prefix := map[string][]string{"s3:prefix": {"x"}}
	for name, test := range map[string]struct {
		rule rule
		want []string
	}{
		"two of a statement that does not apply": {rule{identity: st("Allow", "*", "*", two)}, []string{"a:First", "b:Second"}},
		"two of a statement that applies": {
			rule{identity: st("Allow", "*", "*", `"Condition":{"StringNotEquals":{"b:Second":"1","a:First":"2"}}`)}, []string{"a:First", "b:Second"}},
		"behind a condition that does not hold": {
			rule{identity: st("Allow", "*", "*", `"Condition":{"StringEquals":{"s3:prefix":"y","a:First":"2"}}`), ctx: prefix}, []string{"a:First"}},
		"of several statements":            {rule{identity: st("Allow", "*", "*", when("Bool", "c:Third", "true")) + "," + st("Deny", "*", "*", two)}, []string{"a:First", "b:Second", "c:Third"}},
		"not of another action":            {rule{identity: everything + "," + st("Deny", "sqs:*", "*", two)}, nil},
		"not of another resource":          {rule{identity: everything + "," + st("Deny", "*", "arn:aws:s3:::ledger/*", two)}, nil},
		"a key that several spell":         {rule{identity: st("Allow", "*", "*", when("Bool", "aws:x", "true")) + "," + st("Deny", "*", "*", when("Bool", "AWS:X", "true")) + "," + st("Deny", "*", "*", when("Bool", "z:z", "true"))}, []string{"AWS:X", "z:z"}},
		"a variable of a condition":        {rule{identity: st("Allow", "*", "*", when("StringEquals", "s3:prefix", tag)), ctx: prefix}, []string{"aws:PrincipalTag/Team"}},
		"with the key":                     {rule{identity: st("Allow", "*", "*", when("StringEquals", "s3:prefix", tag))}, []string{"aws:PrincipalTag/Team", "s3:prefix"}},
		"a variable of a resource":         {rule{identity: st("Allow", "*", "arn:aws:s3:::tides/"+tag+"/*")}, []string{"aws:PrincipalTag/Team"}},
		"and the conditions behind it":     {rule{identity: st("Allow", "*", "arn:aws:s3:::tides/"+tag+"/*", when("Bool", "c:Third", "true"))}, []string{"aws:PrincipalTag/Team", "c:Third"}},
		"a variable of another resource":   {rule{identity: st("Allow", "*", "arn:aws:s3:::ledger/"+tag+"/*")}, nil},
		"a variable that does not matter":  {rule{identity: st("Allow", "*", `["arn:aws:s3:::tides/`+tag+`/*","*"]`)}, nil},
		"a variable of NotResource":        {rule{identity: `{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::tides/` + tag + `/*"}`}, []string{"aws:PrincipalTag/Team"}},
		"not a variable with a default":    {rule{identity: st("Allow", "*", "arn:aws:s3:::tides/${aws:PrincipalTag/Team, 'x'}/*")}, nil},
		"not a key that is not known":      {rule{identity: st("Allow", "*", "*", two), unknown: []string{"*"}}, nil},
		"not a key that the request gives": {rule{identity: st("Allow", "*", "*", two), ctx: map[string][]string{"A:FIRST": {"2"}, "b:second": {"1"}}}, nil},
	} {
		c := test.rule.build(t)
		if diff := cmp.Diff(test.want, c.Decide().Missing); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if n := testing.AllocsPerRun(10, func() { c.Verdict() }); n != 0 && test.rule.unknown == nil && !strings.Contains(test.rule.identity, "${") {
			t.Errorf("%s: without details the decision allocates %v times", name, n)
		}
	}
}

package iampolicy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseRefuses(t *testing.T) {
	in := func(statement string) string { return `{"Version":"2012-10-17","Statement":[` + statement + `]}` }
	tests := []struct {
		name, doc string
		kind      Kind
		want      string
	}{
		{"nothing", ``, Identity, "line 1, column 1: unexpected end of the document"},
		{"a list", `[]`, Identity, "line 1, column 1: a policy must be an object, not a list"},
		{"text behind", `{"Statement":[]} {}`, Identity, "line 1, column 18: unexpected text behind the document"},
		{"a comma at the end", `{"Statement":[],}`, Identity, "line 1, column 17: expected a key in quotes"},
		{"a comment", "{ // no\n}", Identity, "line 1, column 3: expected a key in quotes"},
		{"no quotes", `{Statement:[]}`, Identity, "line 1, column 2: expected a key in quotes"},
		{"a bad escape", `{"Version":"\x"}`, Identity, "line 1, column 13: unknown escape in a string"},
		{"half a surrogate pair", `{"Id":"\ud800"}`, Identity, `line 1, column 8: malformed \u escape`},
		{"a control character", "{\"Id\":\"a\nb\"}", Identity, "line 1, column 9: control character in a string"},
		{"not UTF-8", "{\"Id\":\"a\xff\"}", Identity, "line 1, column 9: text is not UTF-8"},
		{"an endless string", `{"Id":"a`, Identity, "line 1, column 7: string without an end"},
		{"a malformed number", `{"Statement":01}`, Identity, "line 1, column 14: malformed number"},
		{"no statement", `{"Version":"2012-10-17"}`, Identity, "line 1, column 1: the policy has no Statement"},
		{"a duplicate key", `{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}`, Identity, `line 1, column 25: duplicate key "Version"`},
		{"a duplicate key, escaped", `{"Id":"a","\u0049d":"b","Statement":[]}`, Identity, `line 1, column 11: duplicate key "Id"`},
		{"a duplicate key in a statement", in("\n" + `{"Effect":"Deny","Action":"*","Resource":"*","Effect":"Allow"}`), Identity, `line 2, column 46: duplicate key "Effect"`},
		{"a duplicate key in a principal", in(`{"Effect":"Allow","Principal":{"AWS":"*","AWS":"*"},"Action":"*"}`), Resource, `duplicate key "AWS"`},
		{"a duplicate key in a condition", in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a:b":"true"},"Bool":{"a:c":"true"}}}`), Identity, `duplicate key "Bool"`},
		{"keys of an operator that differ in case", in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/Team":"a","aws:principaltag/team":"b"}}}`), Identity,
			`duplicate key "aws:principaltag/team": keys do not distinguish case, and there is "aws:PrincipalTag/Team"`},
		{"an unknown element", in(`{"Effect":"Allow","Actions":"*","Resource":"*"}`), Identity, `Statement[0]: unknown element "Actions"`},
		{"an element in lower case", in(`{"effect":"Allow","Action":"*","Resource":"*"}`), Identity, `Statement[0]: unknown element "effect"`},
		{"an unknown element at the top", `{"Version":"2012-10-17","Statements":[]}`, Identity, `unknown element "Statements"`},
		{"an unknown version", `{"Version":"2012-10-18","Statement":[]}`, Identity, `Version: unknown version "2012-10-18"`},
		{"a version that is a number", `{"Version":2012,"Statement":[]}`, Identity, `Version: must be a string, not a number`},
		{"a statement that is text", `{"Statement":["a"]}`, Identity, `Statement[0]: a statement must be an object, not a string`},
		{"statements that are text", `{"Statement":"a"}`, Identity, `Statement: must be an object or a list, not a string`},
		{"no effect", in(`{"Action":"*","Resource":"*"}`), Identity, `Statement[0]: the statement has no Effect`},
		{"an effect in lower case", in(`{"Effect":"deny","Action":"*","Resource":"*"}`), Identity, `Statement[0].Effect: effect "deny" is neither Allow nor Deny`},
		{"no action", in(`{"Effect":"Allow","Resource":"*"}`), Identity, `the statement has neither Action nor NotAction`},
		{"both actions", in(`{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}`), Identity, `the statement has both Action and NotAction`},
		{"an action that is an object", in(`{"Effect":"Allow","Action":{},"Resource":"*"}`), Identity, `Statement[0].Action: must be a value or a list of values, not an object`},
		{"an action that is a number", in(`{"Effect":"Allow","Action":[7],"Resource":"*"}`), Identity, `Statement[0].Action: must be a string, not a number`},
		{"null", in(`{"Effect":"Allow","Action":null,"Resource":"*"}`), Identity, `not null`},
		{"no resource", in(`{"Effect":"Allow","Action":"*"}`), Identity, `the statement has neither Resource nor NotResource`},
		{"both resources", in(`{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"}`), Identity, `the statement has both Resource and NotResource`},
		{"a principal in an identity policy", in(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`), Identity, `a policy of kind identity has no Principal`},
		{"a principal in a control policy", in(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`), SCP, `a policy of kind scp has no Principal`},
		{"a resource in a trust policy", in(`{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}`), Trust, `a trust policy is about its own role and has no Resource`},
		{"NotPrincipal in a trust policy", in(`{"Effect":"Deny","NotPrincipal":"*","Action":"sts:AssumeRole"}`), Trust, `a policy of kind trust has no NotPrincipal`},
		{"a resource control policy without principal", in(`{"Effect":"Deny","Action":"*","Resource":"*"}`), RCP, `needs the Principal "*"`},
		{"a resource control policy with NotAction", in(`{"Effect":"Deny","Principal":"*","NotAction":"s3:*","Resource":"*"}`), RCP, `has no NotAction`},
		{"a resource control policy for a role", in(`{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"*","Resource":"*"}`), RCP, `has no principal but "*"`},
		{"a principal without type", in(`{"Effect":"Allow","Principal":"111122223333","Action":"*"}`), Resource, `stands without its type`},
		{"a list of principals without type", in(`{"Effect":"Allow","Principal":["*"],"Action":"*"}`), Resource, `must be "*" or an object, not a list`},
		{"an unknown type of principal", in(`{"Effect":"Allow","Principal":{"Role":"x"},"Action":"*"}`), Resource, `unknown type of principal "Role"`},
		{"an AWS principal of no form", in(`{"Effect":"Allow","Principal":{"AWS":"bob"},"Action":"*"}`), Resource, `principal "bob" is neither an ARN`},
		{"a service under AWS", in(`{"Effect":"Allow","Principal":{"AWS":"lambda.amazonaws.com"},"Action":"*"}`), Resource, `principal "lambda.amazonaws.com" is neither`},
		{"a bucket as principal", in(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:s3:::tides"},"Action":"*"}`), Resource, `is not a user, role, session or account`},
		{"an empty principal", in(`{"Effect":"Allow","Principal":{"Service":""},"Action":"*"}`), Resource, `principal is empty`},
		{"an unknown operator", in(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringMatches":{"a:b":"c"}}}`), Identity, `Statement[0].Condition: unknown condition operator "StringMatches"`},
		{"an operator in other case", in(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"stringequals":{"a:b":"c"}}}`), Identity, `unknown condition operator "stringequals": it is written "StringEquals"`},
		{"an unknown set operator", in(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"ForSomeValues:StringEquals":{"a:b":"c"}}}`), Identity, `unknown condition operator "ForSomeValues:StringEquals"`},
		{"NullIfExists", in(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NullIfExists":{"a:b":"true"}}}`), Identity, `unknown condition operator "NullIfExists"`},
		{"Null of another value", in(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Null":{"a:b":"maybe"}}}`), Identity, `neither true nor false`},
		{"a condition that is a list", in(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":[]}`), Identity, `Condition: must be an object, not a list`},
		{"an operator that is text", in(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":"x"}}`), Identity, `Condition.Bool: must be an object, not a string`},
		{"a condition value that is an object", in(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"a:b":[{}]}}}`), Identity, `a condition value must be a string, a number or a boolean, not an object`},
		{"an empty condition key", in(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"":"true"}}}`), Identity, `condition key is empty`},
		{"columns count characters", "{\"Id\":\"höhe\",\"x\":1}", Identity, `line 1, column 14: unknown element "x"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := Parse([]byte(test.doc), test.kind)
			var syntax *SyntaxError
			if p != nil || !errors.As(err, &syntax) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got policy %v, error %v\nwant an error with %s", p, err, test.want)
			}
		})
	}
}

func TestParseAcceptsWhatAccountsHold(t *testing.T) {
	for name, doc := range map[string]string{
		"a single statement":            `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`,
		"no statements":                 `{"Statement":[]}`,
		"a resource that is no ARN":     `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"s3://tides"}}`,
		"an action without a service":   `{"Statement":{"Effect":"Allow","Action":"PutItem","Resource":"*"}}`,
		"empty lists":                   `{"Statement":{"Effect":"Allow","Action":[],"Resource":[],"Condition":{"StringEquals":{"a:b":[]}}}}`,
		"the same Sid twice":            `{"Statement":[{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"}]}`,
		"elements in any order":         `{"Statement":{"Resource":"*","Action":"*","Effect":"Allow"},"Version":"2008-10-17","Id":""}`,
		"white space":                   " {\r\n\t\"Statement\" : [ ] } \n",
		"the longest AWS managed ones":  `{"Statement":{"Effect":"Allow","Action":["a:` + strings.Repeat("b", 100<<10) + `"],"Resource":"*"}}`,
		"an unknown text anywhere":      `{"Statement":{"Effect":"Allow","Action":"⟦a⟧","Resource":"⟦b⟧","Condition":{"Bool":{"a:b":"⟦c⟧"},"Null":{"a:b":"⟦c⟧"}}}}`,
		"the same key under two blocks": `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":"c"},"StringLike":{"A:B":"c"}}}}`,
	} {
		if _, err := Parse([]byte(doc), Identity); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseIsQuickWithHostileDocuments(t *testing.T) {
	for name, doc := range map[string]string{
		"ten thousand levels of lists":   strings.Repeat("[", 10000),
		"ten thousand levels of objects": strings.Repeat(`{"a":`, 10000),
		"levels within a statement":      `{"Statement":[{"Effect":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}]}`,
		"more than a megabyte":           `{"Statement":[` + strings.Repeat(" ", 1<<20) + `]}`,
	} {
		start := time.Now()
		if _, err := Parse([]byte(doc), Resource); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if d := time.Since(start); d > 200*time.Millisecond {
			t.Errorf("%s: took %s", name, d)
		}
	}
	// Positions of many statements on one line take one pass over it.
	var b strings.Builder
	b.WriteString(`{"Statement":[`)
	for i := range 5000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"Sid":"ö%d","Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b%d"}`, i, i)
	}
	b.WriteString(`]}`)
	start := time.Now()
	p, err := Parse([]byte(b.String()), Identity)
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("%d statements took %s", len(p.Statements()), d)
	}
}

func TestStatementsKnowTheirPlace(t *testing.T) {
	doc := "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Sid\": \"ö\", \"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}, {\n      \"Effect\": \"Deny\",\n      \"Action\": \"*\",\n      \"Resource\": \"*\"\n    }\n  ]\n}"
	p := mustParse(t, Identity, doc)
	var got []string
	for _, s := range p.Statements() {
		got = append(got, fmt.Sprintf("%d: %d:%d to %d:%d", s.Index(), s.Line(), s.Column(), s.EndLine(), s.EndColumn()))
	}
	want := []string{"0: 4:5 to 4:67", "1: 4:70 to 8:5"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPrintingIsCanonical(t *testing.T) {
	doc := `{"Statement":[{"Resource":["*"],"NotAction":["b:c","a:<d>"],"Condition":{"Null":{"b:k":true},"Bool":{"z:k":[false],"a:k":"x"}},"Effect":"Deny","Sid":""},` +
		`{"Effect":"Allow","Principal":{"Service":["a.amazonaws.com"],"AWS":["*","111122223333"]},"Action":"*"}],"Id":"i","Version":"2012-10-17"}`
	want := `{"Version":"2012-10-17","Id":"i","Statement":[{"Sid":"","Effect":"Deny","NotAction":["b:c","a:<d>"],"Resource":"*","Condition":{"Bool":{"a:k":"x","z:k":"false"},"Null":{"b:k":"true"}}},` +
		`{"Effect":"Allow","Principal":{"AWS":["*","111122223333"],"Service":"a.amazonaws.com"},"Action":"*"}]}`
	p := mustParse(t, Resource, doc)
	got, err := p.MarshalJSON()
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, cmp.Diff(want, string(got)))
	}
}

func TestAccessorsShowThePolicyAsWritten(t *testing.T) {
	p := mustParse(t, Resource, `{"Version":"2012-10-17","Id":"harbour","Statement":[
		{"Sid":"A","Effect":"Allow","Principal":{"AWS":["111122223333","*"],"Service":"sns.amazonaws.com"},"Action":["S3:Get*"],"NotResource":"arn:aws:s3:::${aws:username}","Condition":{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":["a",1]}}},
		{"Effect":"Deny","NotPrincipal":"*","NotAction":"s3:*"}]}`).WithName("arn:aws:s3:::tides")
	a, b := p.Statements()[0], p.Statements()[1]
	type view struct {
		SID                                          string
		Effect                                       string
		Actions, NotActions, Resources, NotResources []string
		Principals, NotPrincipals                    []PrincipalValue
		Conditions                                   []Condition
		HasResource, HasPrincipal                    bool
	}
	of := func(s *Statement) view {
		return view{s.SID(), s.Effect().String(), s.Actions(), s.NotActions(), s.Resources(), s.NotResources(), s.Principals(), s.NotPrincipals(), s.Conditions(), s.HasResource(), s.HasPrincipal()}
	}
	want := []view{
		{SID: "A", Effect: "Allow", Actions: []string{"S3:Get*"}, NotResources: []string{"arn:aws:s3:::${aws:username}"},
			Principals: []PrincipalValue{{"AWS", "111122223333"}, {"AWS", "*"}, {"Service", "sns.amazonaws.com"}},
			Conditions: []Condition{{"ForAnyValue:StringLikeIfExists", "aws:TagKeys", []string{"a", "1"}}}, HasResource: true, HasPrincipal: true},
		{Effect: "Deny", NotActions: []string{"s3:*"}, NotPrincipals: []PrincipalValue{{"", "*"}}, HasPrincipal: true},
	}
	if diff := cmp.Diff(want, []view{of(a), of(b)}); diff != "" {
		t.Error(diff)
	}
	if p.Name() != "arn:aws:s3:::tides" || p.ID() != "harbour" || p.Version() != "2012-10-17" || p.Kind() != Resource || p.Size() == 0 {
		t.Errorf("policy %q %q %q %s %d", p.Name(), p.ID(), p.Version(), p.Kind(), p.Size())
	}
	if q := mustParse(t, Identity, `{"Statement":[]}`); q.Version() != "2008-10-17" || q.Size() != len(`{"Statement":[]}`) {
		t.Errorf("version %q, size %d", q.Version(), q.Size())
	}
}

func TestWithNameLeavesThePolicyAlone(t *testing.T) {
	p := mustParse(t, Identity, `{"Statement":`+everything+`}`)
	q := p.WithName("inline all")
	c := Case{Principal: principal(t, session), Action: "s3:GetObject", Resource: object, Identity: []*Policy{q}}
	if p.Name() != "" || q.Name() != "inline all" || c.Decide().Matched[0].Policy != q {
		t.Errorf("names %q and %q, matched %v", p.Name(), q.Name(), c.Decide().Matched)
	}
}

func TestPrincipalsOfNoFormAreRefused(t *testing.T) {
	for _, s := range []string{"", "bob", "arn:aws:iam::111122223333:role/", "arn:aws:iam::111122223333:group/staff", "arn:aws:iam:::role/x", "arn:aws:sts::111122223333:assumed-role/x",
		"arn:aws:sts::111122223333:assumed-role/x/", "arn:aws:s3:::tides", "arn:aws:iam", "arn:aws:iam::111122223333:role/*", "111122223333 ", "11112222333"} {
		if p, err := ParsePrincipal(s); err == nil {
			t.Errorf("%q is taken for %+v", s, p)
		}
	}
}

func TestPoliciesAreJSONValues(t *testing.T) {
	p := mustParse(t, Identity, parseSeeds[0])
	out, err := json.Marshal(map[string]*Policy{"p": p})
	if err != nil || string(out) != `{"p":`+parseSeeds[0]+`}` {
		t.Errorf("%s, %v", out, err)
	}
}

// TestStringsAreReadLikeJSON compares with encoding/json, which the strict reader replaces for its places and keys only.
func TestStringsAreReadLikeJSON(t *testing.T) {
	for _, text := range []string{`a`, `\"\\\/\b\f\n\r\t`, `\u00e9\u00E9\uABCD`, `\ud83d\ude00`, `é😀`, `x\u0000`, `\u27e6a\u27e7`, `<&>`} {
		doc := `{"Statement":{"Effect":"Allow","Action":"` + text + `","Resource":"*"}}`
		var want string
		if err := json.Unmarshal([]byte(`"`+text+`"`), &want); err != nil {
			t.Fatal(err)
		}
		if got := mustParse(t, Identity, doc).Statements()[0].Actions()[0]; got != want {
			t.Errorf("%s is read as %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{`\u12`, `\u12g4`, `\ud83d\u0041`, `\ude00`, `\ud83dx`, `\`, `\ud83d\`, `\U0041`} {
		if _, err := Parse([]byte(`{"Statement":{"Effect":"Allow","Action":"`+text+`","Resource":"*"}}`), Identity); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
	for _, number := range []string{`0`, `-0`, `1.5`, `1e9`, `1E-9`, `-12.50e+3`} {
		p := mustParse(t, Identity, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"a:b":`+number+`}}}}`)
		if got := p.Statements()[0].Conditions()[0].Values[0]; got != number {
			t.Errorf("%s is kept as %s", number, got)
		}
	}
	for _, number := range []string{`-`, `.5`, `1.`, `1e`, `+1`, `1e+`, `0x1`, `00`} {
		if _, err := Parse([]byte(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"a:b":`+number+`}}}}`), Identity); err == nil {
			t.Errorf("%s is accepted", number)
		}
	}
}

func TestKindsHaveAWordAndAQuota(t *testing.T) {
	want := map[Kind]string{KindNone: "", Identity: "identity", Resource: "resource", Trust: "trust", Boundary: "boundary", Session: "session", SCP: "scp", RCP: "rcp", Endpoint: "endpoint", Grant: "grant"}
	for k, word := range want {
		if k.String() != word {
			t.Errorf("kind %d is %q, want %q", k, k, word)
		}
	}
	for k, quota := range map[Kind]int{Identity: 6144, Boundary: 6144, Trust: 2048, Session: 2048, SCP: 5120, RCP: 5120, Endpoint: 20480, Resource: 0} {
		if k.Quota() != quota {
			t.Errorf("%s has the quota %d, want %d", k, k.Quota(), quota)
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const allowS3 = `{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::tides/*"}]}`

// caseLine is a case that is allowed, with more fields in front of it.
func caseLine(more string) string {
	return `{` + more + `"principal":"arn:aws:iam::111122223333:role/berth-planner","action":"s3:GetObject","resource":"arn:aws:s3:::tides/a","identity":[` + allowS3 + `]}`
}

func answers(t *testing.T, in string) []string {
	t.Helper()
	var out bytes.Buffer
	if err := evaluate(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	if out.Len() == 0 {
		return nil
	}
	if !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("the last answer has no end of line: %q", out.String())
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func decisionOf(t *testing.T, line string) (decision, message string) {
	t.Helper()
	var a struct{ Decision, Error string }
	if err := json.Unmarshal([]byte(line), &a); err != nil {
		t.Fatalf("answer %q: %v", line, err)
	}
	return a.Decision, a.Error
}

func TestEvaluateAnswersACompleteCase(t *testing.T) {
	got := answers(t, caseLine(`"id":"a",`))
	want := []string{`{"id":"a","decision":"allowed","by":"identity","statements":[{"policy":"identity[0]","index":0,"sid":"Read","effect":"Allow"}],"missing":[]}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEvaluateGivesOneAnswerForEveryLineThatIsNotEmpty(t *testing.T) {
	in := "\n" + caseLine(`"id":1,`) + "\r\n   \n{\n" + caseLine(`"id":2,`) + "\n\n[]\n\"x\"\n" + caseLine(`"id":3,`)
	var got []string
	for _, line := range answers(t, in) {
		d, _ := decisionOf(t, line)
		id, _, _ := strings.Cut(line, `"decision"`)
		got = append(got, id+d)
	}
	want := []string{`{"id":1,allowed`, `{error`, `{"id":2,allowed`, `{error`, `{error`, `{"id":3,allowed`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEvaluateEchoesTheIDAsItStands(t *testing.T) {
	for _, id := range []string{
		`0`, `1.50`, `-1e3`, `"a"`, `"\u0041<&>"`, `"é"`, `null`, `true`, `[1, 2]`, `{"a":  {"b":[]}}`, `12345678901234567890`,
	} {
		line := answers(t, caseLine(`"id": `+id+` ,`))[0]
		if !strings.HasPrefix(line, `{"id":`+id+`,"decision":"allowed"`) {
			t.Errorf("id %s: answer %s", id, line)
		}
	}
}

func TestEvaluateEchoesTheIDOfALineThatIsNoCase(t *testing.T) {
	deep := strings.Repeat("[", 20000)
	for name, line := range map[string]string{
		"unknown field":          caseLine(`"id":7,"colour":"blue",`),
		"malformed policy":       `{"identity":[{"Statement":[],"Statement":[]}],"id":7}`,
		"cut off":                `{"id":7,"principal":"arn:`,
		"no comma further on":    `{"id":7,"a":1 "b":2}`,
		"deep nesting behind it": `{"id":7,"identity":` + deep + `}`,
		"nesting in front of it": `{"identity":` + deep + strings.Repeat("]", 20000) + `,"id":7}`,
		"duplicate other key":    caseLine(`"id":7,"action":"s3:PutObject",`),
	} {
		got := answers(t, line)[0]
		if !strings.HasPrefix(got, `{"id":7,"decision":"error"`) {
			t.Errorf("%s: answer %s", name, got)
		}
	}
}

func TestEvaluateInventsNoID(t *testing.T) {
	for name, line := range map[string]string{
		"none":            caseLine(``),
		"two":             caseLine(`"id":1,"id":2,`),
		"malformed":       `{"id":01}`,
		"cut off":         `{"id":"ab`,
		"no comma":        `{"id":7 "a":1}`,
		"not at the top":  `{"identity":{"id":1}}`,
		"not an object":   `[{"id":1}]`,
		"within a string": `{"a":"\"id\":1,"}`,
	} {
		if got := answers(t, line)[0]; strings.Contains(got, `"id"`) && !strings.Contains(got, `duplicate key \"id\"`) && !strings.HasPrefix(got, `{"decision":"error"`) {
			t.Errorf("%s: answer %s", name, got)
		} else if !strings.HasPrefix(got, `{"decision":`) {
			t.Errorf("%s: answer %s begins with an id", name, got)
		}
	}
}

func TestEvaluateRefusesWhatIsNoCase(t *testing.T) {
	tests := map[string]struct{ line, message string }{
		"unknown field":             {caseLine(`"colour":1,`), `unknown field "colour"`},
		"no principal":              {`{"action":"s3:GetObject","resource":"*"}`, "no principal"},
		"no action":                 {`{"principal":"*","resource":"*"}`, "no action"},
		"no resource":               {`{"principal":"*","action":"s3:GetObject"}`, "no resource"},
		"principal of no form":      {`{"principal":"bob","action":"s3:GetObject","resource":"*"}`, `"bob"`},
		"several actions":           {`{"principal":"*","action":"s3:GetObject,s3:PutObject","resource":"*"}`, "not one action"},
		"wildcard action":           {`{"principal":"*","action":"s3:*","resource":"*"}`, "not one action"},
		"resource of no form":       {`{"principal":"*","action":"s3:GetObject","resource":"tides"}`, "neither an ARN"},
		"action not a string":       {`{"principal":"*","action":["s3:GetObject"],"resource":"*"}`, "action: must be a string"},
		"identity not a list":       {`{"principal":"*","action":"s3:GetObject","resource":"*","identity":` + allowS3 + `}`, "identity: must be a list"},
		"policy with unknown key":   {caseLine(`"boundary":{"Statement":[],"Colour":1},`), `boundary: line 1, column 17: unknown element "Colour"`},
		"duplicate key in a policy": {caseLine(`"boundary":{"Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]},`), `duplicate key "Effect"`},
		"duplicate key in context":  {caseLine(`"context":{"aws:SourceIp":"192.0.2.1","aws:sourceip":"192.0.2.2"},`), "duplicate key"},
		"duplicate key in the id":   {caseLine(`"id":{"a":1,"a":2},`), "duplicate key"},
		"duplicate key in grants":   {caseLine(`"grants":[{"GranteePrincipal":"a","GranteePrincipal":"b"}],`), "duplicate key"},
		"unknown field in a grant":  {caseLine(`"grants":[{"GranteePrincipal":"a","Colour":"b"}],`), "Colour"},
		"object in context":         {caseLine(`"context":{"aws:SourceIp":{}},`), "must be a string"},
		"control policies no list":  {caseLine(`"scps":{},`), "scps: must be a list"},
		"a level that is no list":   {caseLine(`"scps":[{}],`), "scps[0]: must be a list"},
		"a bad policy in a level":   {caseLine(`"rcps":[[{}]],`), "rcps[0][0]: line 1, column 1: the policy has no Statement"},
		"a bad session policy":      {caseLine(`"session":{},`), "session: line 1"},
		"a bad resource policy":     {caseLine(`"resourcePolicy":7,`), "resourcePolicy: line 1"},
		"a bad endpoint policy":     {caseLine(`"endpoint":"x",`), "endpoint: line 1"},
		"an account of letters":     {caseLine(`"resourceAccount":"x",`), `resource account "x" is not of twelve digits`},
		"an account of a caller":    {`{"principal":"arn:aws:iam::1234:role/r","action":"s3:GetObject","resource":"*"}`, "twelve digits"},
		"a policy without Resource": {caseLine(`"resourcePolicy":{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*"}]},`), "neither Resource nor NotResource"},
		"a short ARN in a session":  {caseLine(`"session":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3"}]},`), "not a complete ARN"},
		"NotAction in an rcp":       {caseLine(`"rcps":[[{"Statement":[{"Effect":"Deny","Principal":"*","NotAction":"s3:*","Resource":"*"}]}]],`), "has no NotAction"},
		"a bad account":             {caseLine(`"resourceAccount":111122223333,`), "resourceAccount: must be a string"},
		"a context that is a list":  {caseLine(`"context":[],`), "context: must be a JSON object"},
		"a grant without grantee":   {caseLine(`"grants":[{}],`), "no GranteePrincipal"},
		"deep nesting":              {caseLine(`"id":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,`), "nested deeper"},
		"text behind":               {caseLine(``) + ` {}`, "text behind"},
		"a no-break space":          {"\u00a0", "malformed JSON"},
		"a no-break space in front": {"\u00a0" + caseLine(``), "malformed JSON"},
		"a vertical tab behind":     {caseLine(``) + "\v", "text behind"},
		"a byte order mark":         {"\ufeff" + caseLine(``), "malformed JSON"},
		"a NUL":                     {"\x00", "malformed JSON"},
		"not UTF-8":                 {caseLine("\"id\":\"\xff\","), "UTF-8"},
	}
	for name, test := range tests {
		line := answers(t, test.line)[0]
		if d, message := decisionOf(t, line); d != "error" || !strings.Contains(message, test.message) {
			t.Errorf("%s: answer %s, want an error with %q", name, line, test.message)
		}
	}
}

func TestEvaluateTakesEveryField(t *testing.T) {
	full := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	everybody := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`
	denied := `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}`
	tests := map[string]struct{ more, decision, by string }{
		"all allow": {`"boundary":` + full + `,"session":` + full + `,"scps":[[` + full + `]],"rcps":[[` + everybody + `]],"resourcePolicy":` + everybody +
			`,"endpoint":` + everybody + `,"resourceAccount":"111122223333","grants":[],"context":{"aws:SecureTransport":true,"s3:max-keys":10,"aws:TagKeys":["a","b"]},`, "allowed", "identity"},
		"nulls are absent":   {`"boundary":null,"session":null,"scps":null,"rcps":null,"resourcePolicy":null,"endpoint":null,"context":null,"resourceAccount":null,"grants":null,`, "allowed", "identity"},
		"boundary denies":    {`"boundary":` + denied + `,`, "explicitDeny", "boundary"},
		"session denies":     {`"session":[` + full + `,` + denied + `],`, "explicitDeny", "session"},
		"scp level is empty": {`"scps":[[` + full + `],[]],`, "implicitDeny", "scp"},
		"endpoint is silent": {`"endpoint":` + denied[:len(denied)-2] + `,"Principal":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}},`, "implicitDeny", "endpoint"},
		"other account":      {`"resourceAccount":"444455556666",`, "implicitDeny", "resource"},
	}
	for name, test := range tests {
		line := answers(t, caseLine(test.more))[0]
		if !strings.Contains(line, `"decision":"`+test.decision+`","by":"`+test.by+`"`) {
			t.Errorf("%s: answer %s, want %s by %s", name, line, test.decision, test.by)
		}
	}
}

func TestEvaluateSaysWhyItCannotDecide(t *testing.T) {
	line := answers(t, caseLine(`"boundary":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"s3:max-keys":"ten"}}}},"context":{"s3:max-keys":5},`))[0]
	if !strings.Contains(line, `"decision":"undetermined","statements":[{"policy":"boundary","index":0,"effect":"Allow"}]`) || !strings.Contains(line, `"reason":"boundary, statement 1`) {
		t.Error(line)
	}
}

func TestEvaluateReadsTrustPoliciesAndGrants(t *testing.T) {
	trust := `{"principal":"lambda.amazonaws.com","action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/berth-planner","resourcePolicy":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}}`
	if got := answers(t, trust)[0]; !strings.Contains(got, `"decision":"allowed","by":"resource"`) {
		t.Errorf("trust policy: %s", got)
	}
	grant := `{"principal":"arn:aws:iam::111122223333:role/berth-planner","action":"kms:Decrypt","resource":"arn:aws:kms:eu-central-1:111122223333:key/1d2e",` +
		`"resourcePolicy":{"Statement":[]},"context":{"kms:EncryptionContext:berth":"7"},"grants":[{"GrantId":"g","GranteePrincipal":"arn:aws:iam::111122223333:role/berth-planner","Operations":["Decrypt"],"Constraints":{"EncryptionContextSubset":{"berth":"7"}}}]}`
	if got := answers(t, grant)[0]; !strings.Contains(got, `"decision":"allowed","by":"grant"`) {
		t.Errorf("grant: %s", got)
	}
	if got := answers(t, strings.Replace(grant, `:"7"}`, `:"8"}`, 1))[0]; !strings.Contains(got, `"decision":"implicitDeny"`) {
		t.Errorf("grant with another context: %s", got)
	}
}

func TestEvaluateTakesGrantsAsListGrantsShowsThem(t *testing.T) {
	line := func(grant, source string) string {
		return `{"principal":"dynamodb.amazonaws.com","action":"kms:Decrypt","resource":"arn:aws:kms:eu-central-1:111122223333:key/1d2e","context":{"aws:SourceArn":"` + source + `"},` +
			`"grants":[{"KeyId":"arn:aws:kms:eu-central-1:111122223333:key/1d2e","GrantId":"g","CreationDate":"2026-11-21T10:00:00Z","IssuingAccount":"arn:aws:iam::111122223333:root",` +
			`"RetiringServicePrincipal":"dynamodb.amazonaws.com","Operations":["Decrypt"],` + grant + `}]}`
	}
	const table = "arn:aws:dynamodb:eu-central-1:111122223333:table/berths"
	const constraint = `"Constraints":{"SourceArn":"` + table + `"}`
	for name, test := range map[string]struct{ line, decision string }{
		"a service":                {line(`"GranteeServicePrincipal":"dynamodb.amazonaws.com",`+constraint, table), "allowed"},
		"another source":           {line(`"GranteeServicePrincipal":"dynamodb.amazonaws.com",`+constraint, table+"s"), "implicitDeny"},
		"another service":          {line(`"GranteeServicePrincipal":"sns.amazonaws.com",`+constraint, table), "implicitDeny"},
		"a service and a role":     {line(`"GranteePrincipal":"arn:aws:iam::111122223333:role/r","GranteeServicePrincipal":"dynamodb.amazonaws.com"`, table), "allowed"},
		"a grant of another key":   {strings.Replace(line(`"GranteeServicePrincipal":"dynamodb.amazonaws.com"`, table), "key/1d2e", "key/9999", 1), "implicitDeny"},
		"a service as a principal": {line(`"GranteePrincipal":"dynamodb.amazonaws.com"`, table), "allowed"},
	} {
		got := answers(t, test.line)[0]
		if d, message := decisionOf(t, got); d != test.decision {
			t.Errorf("%s: %s %s, want %s", name, d, message, test.decision)
		}
	}
}

func TestEvaluateQuotesNoMoreThanABeginning(t *testing.T) {
	long := strings.Repeat("x", 100000)
	for name, line := range map[string]string{
		"a field":          caseLine(`"` + long + `":1,`),
		"a duplicate":      caseLine(`"` + long + `":1,"` + long + `":1,`),
		"a context key":    caseLine(`"context":{"` + long + `":{}},`),
		"a grant's field":  caseLine(`"grants":[{"` + long + `":{}}],`),
		"a policy element": caseLine(`"boundary":{"` + long + `":{}},`),
		"a principal":      `{"principal":"` + long + `","action":"s3:GetObject","resource":"*"}`,
		"an account":       caseLine(`"resourceAccount":"` + long + `",`),
	} {
		if got := answers(t, line)[0]; len(got) > 800 || !strings.Contains(got, "xxx…") {
			t.Errorf("%s: %.900s", name, got)
		}
	}
}

func TestEvaluateHandlesLongLines(t *testing.T) {
	long := strings.Repeat("x", 8<<20)
	got := answers(t, caseLine(`"id":"`+long+`",`)+"\n"+caseLine(`"id":2,`))
	if len(got) != 2 || !strings.HasPrefix(got[0], `{"id":"`+long+`","decision":"allowed"`) || !strings.HasPrefix(got[1], `{"id":2,"decision":"allowed"`) {
		t.Errorf("%d answers, the last %.200q", len(got), got[len(got)-1])
	}
}

// slow is a reader that waits for each answer before it gives the next line.
type slow struct {
	lines []string
	got   *bytes.Buffer
	t     *testing.T
}

func (s *slow) Read(p []byte) (int, error) {
	if want := 2 - len(s.lines); strings.Count(s.got.String(), "\n") != want {
		s.t.Errorf("%d answers before the next case was read, want %d", strings.Count(s.got.String(), "\n"), want)
	}
	if len(s.lines) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.lines[0]+"\n")
	s.lines = s.lines[1:]
	return n, nil
}

func TestEvaluateAnswersBeforeTheNextCaseComes(t *testing.T) {
	var out bytes.Buffer
	in := &slow{lines: []string{caseLine(``), caseLine(``)}, got: &out, t: t}
	if err := evaluate(in, &out); err != nil {
		t.Fatal(err)
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error)  { return 0, b.err }
func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestEvaluateReportsAStreamThatBreaks(t *testing.T) {
	cause := errors.New("pipe is closed")
	if err := evaluate(broken{cause}, io.Discard); !errors.Is(err, cause) {
		t.Errorf("reading: %v", err)
	}
	if err := evaluate(strings.NewReader(caseLine(``)), broken{cause}); !errors.Is(err, cause) {
		t.Errorf("writing: %v", err)
	}
}

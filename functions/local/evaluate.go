package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"permprobe/shared/iampolicy"
)

// evaluate reads one policy case a line from in and writes one answer a line to out, in order, each as soon as its
// case is read. A line that is no case gets an answer too, unless it is empty, which is nothing but JSON's white space
// (space, tab, carriage return); the error is only one of reading or writing.
func evaluate(in io.Reader, out io.Writer) error {
	r := bufio.NewReaderSize(in, 64<<10)
	w := bufio.NewWriter(out)
	var line []byte
	for {
		var err error
		line, err = readLine(r, line[:0])
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read a case: %w", err)
		}
		if text := bytes.Trim(line, " \t\r\n"); len(text) > 0 {
			if _, err := w.Write(evaluateLine(text)); err != nil {
				return fmt.Errorf("write an answer: %w", err)
			}
		}
		// Somebody may wait for the answer before sending the next case.
		if err != nil || r.Buffered() == 0 {
			if err := w.Flush(); err != nil {
				return fmt.Errorf("write an answer: %w", err)
			}
		}
		if err != nil {
			return nil
		}
	}
}

// readLine reads a line of any length into buffer.
func readLine(r *bufio.Reader, buffer []byte) ([]byte, error) {
	for {
		part, err := r.ReadSlice('\n')
		buffer = append(buffer, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return buffer, err
		}
	}
}

// evaluateAnswer is what a line is answered with; id is written in front of it.
type evaluateAnswer struct {
	Decision   string              `json:"decision"`
	By         string              `json:"by,omitempty"`
	Statements []evaluateStatement `json:"statements"`
	Missing    []string            `json:"missing"`
	Reason     string              `json:"reason,omitempty"` // of undetermined
	Error      string              `json:"error,omitempty"`
}

// evaluateStatement names a statement behind the decision: the input field that holds its policy, and its place there.
type evaluateStatement struct {
	Policy string `json:"policy"` // such as identity[2], scps[0][1] or boundary
	Index  int    `json:"index"`  // from 0
	SID    string `json:"sid,omitempty"`
	Effect string `json:"effect"`
}

func evaluateLine(line []byte) []byte {
	answer := evaluateAnswer{Decision: "error"}
	c, err := parseEvaluateCase(line)
	switch {
	case err != nil:
		answer.Error = err.Error()
	default:
		answer = decideCase(c)
	}
	if answer.Statements == nil {
		answer.Statements = []evaluateStatement{}
	}
	if answer.Missing == nil {
		answer.Missing = []string{}
	}
	var b bytes.Buffer
	b.WriteByte('{')
	if id := evaluateID(line); id != nil {
		b.WriteString(`"id":`)
		b.Write(id)
		b.WriteByte(',')
	}
	e := json.NewEncoder(&rest{&b})
	e.SetEscapeHTML(false)
	if err := e.Encode(answer); err != nil {
		// Texts and lists of texts always encode; should that ever change, the line still gets its answer.
		fmt.Fprintf(&b, "%q:%q}\n", "decision", "error")
	}
	return b.Bytes()
}

// rest drops the opening brace of an object that continues one.
type rest struct{ b *bytes.Buffer }

func (r *rest) Write(p []byte) (int, error) {
	r.b.Write(p[1:])
	return len(p), nil
}

func decideCase(c *iampolicy.Case) evaluateAnswer {
	result := c.Decide()
	answer := evaluateAnswer{Decision: result.Decision.String(), By: result.By.String(), Missing: result.Missing, Reason: result.Reason}
	for _, ref := range result.Matched {
		answer.Statements = append(answer.Statements, evaluateStatement{
			Policy: ref.Policy.Name(), Index: ref.Statement.Index(), SID: ref.Statement.SID(), Effect: ref.Statement.Effect().String(),
		})
	}
	return answer
}

// parseEvaluateCase reads a line strictly.
func parseEvaluateCase(line []byte) (*iampolicy.Case, error) {
	if err := checkNesting(line); err != nil {
		return nil, err
	}
	fields, err := objectFields(line)
	if err != nil {
		return nil, err
	}
	p := evaluateParser{fields: fields, known: map[string]bool{}}
	c, err := p.parse()
	if err != nil {
		return nil, err
	}
	return c, c.Check()
}

// evaluateParser takes the fields of a case one by one.
type evaluateParser struct {
	fields map[string]json.RawMessage
	known  map[string]bool
}

func (p *evaluateParser) parse() (*iampolicy.Case, error) {
	var c iampolicy.Case
	p.known["id"] = true
	if err := checkDuplicates(p.fields["id"]); err != nil {
		return nil, fmt.Errorf("id: %w", err)
	}
	who, err := p.text("principal")
	if err != nil {
		return nil, err
	}
	if c.Action, err = p.text("action"); err != nil {
		return nil, err
	}
	if c.Resource, err = p.text("resource"); err != nil {
		return nil, err
	}
	if c.ResourceAccount, err = p.text("resourceAccount"); err != nil {
		return nil, err
	}
	if c.Context, err = p.context("context"); err != nil {
		return nil, err
	}
	if c.Identity, err = p.policies("identity", iampolicy.Identity); err != nil {
		return nil, err
	}
	if c.Boundary, err = p.policy("boundary", iampolicy.Boundary); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(p.fields["session"], []byte("[")) {
		c.Sessions, err = p.policies("session", iampolicy.Session)
	} else {
		c.Session, err = p.policy("session", iampolicy.Session)
	}
	if err != nil {
		return nil, err
	}
	if c.SCPs, err = p.levels("scps", iampolicy.SCP); err != nil {
		return nil, err
	}
	if c.RCPs, err = p.levels("rcps", iampolicy.RCP); err != nil {
		return nil, err
	}
	if c.ResourcePolicy, err = p.policy("resourcePolicy", resourcePolicyKind(c.Action, c.Resource)); err != nil {
		return nil, err
	}
	if c.Endpoint, err = p.policy("endpoint", iampolicy.Endpoint); err != nil {
		return nil, err
	}
	if c.Grants, err = p.grants("grants"); err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(p.fields) {
		if !p.known[name] {
			return nil, fmt.Errorf("unknown field %q", clip(name))
		}
	}
	if who == "" {
		return nil, errors.New("the case has no principal")
	}
	c.Principal, err = iampolicy.ParsePrincipal(who)
	return &c, err
}

// resourcePolicyKind: assuming a role asks its trust policy.
func resourcePolicyKind(action, resource string) iampolicy.Kind {
	service, _, _ := strings.Cut(action, ":")
	if strings.EqualFold(service, "sts") && strings.Contains(resource, ":iam:") && strings.Contains(resource, ":role/") {
		return iampolicy.Trust
	}
	return iampolicy.Resource
}

// take returns a field's value; null is a field that is not there.
func (p *evaluateParser) take(name string) (json.RawMessage, bool) {
	p.known[name] = true
	raw, ok := p.fields[name]
	return raw, ok && string(raw) != "null"
}

func (p *evaluateParser) text(name string) (string, error) {
	raw, ok := p.take(name)
	if !ok {
		return "", nil
	}
	return textValue(name, raw)
}

func textValue(name string, raw json.RawMessage) (string, error) {
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		return "", fmt.Errorf("%s: must be a string", name)
	}
	return *s, nil
}

func (p *evaluateParser) policy(name string, kind iampolicy.Kind) (*iampolicy.Policy, error) {
	raw, ok := p.take(name)
	if !ok {
		return nil, nil
	}
	return parseCasePolicy(name, raw, kind)
}

func parseCasePolicy(name string, raw json.RawMessage, kind iampolicy.Kind) (*iampolicy.Policy, error) {
	policy, err := iampolicy.Parse(raw, kind)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return policy.WithName(name), nil
}

func (p *evaluateParser) policies(name string, kind iampolicy.Kind) ([]*iampolicy.Policy, error) {
	raw, ok := p.take(name)
	if !ok {
		return nil, nil
	}
	return parseCasePolicies(name, raw, kind)
}

func parseCasePolicies(name string, raw json.RawMessage, kind iampolicy.Kind) ([]*iampolicy.Policy, error) {
	elems, err := listElements(name, raw)
	if err != nil {
		return nil, err
	}
	policies := make([]*iampolicy.Policy, len(elems))
	for i, e := range elems {
		if policies[i], err = parseCasePolicy(fmt.Sprintf("%s[%d]", name, i), e, kind); err != nil {
			return nil, err
		}
	}
	return policies, nil
}

func (p *evaluateParser) levels(name string, kind iampolicy.Kind) ([][]*iampolicy.Policy, error) {
	raw, ok := p.take(name)
	if !ok {
		return nil, nil
	}
	elems, err := listElements(name, raw)
	if err != nil {
		return nil, err
	}
	levels := make([][]*iampolicy.Policy, len(elems))
	for i, e := range elems {
		if levels[i], err = parseCasePolicies(fmt.Sprintf("%s[%d]", name, i), e, kind); err != nil {
			return nil, err
		}
	}
	return levels, nil
}

func (p *evaluateParser) context(name string) (iampolicy.Context, error) {
	raw, ok := p.take(name)
	if !ok {
		return iampolicy.Context{}, nil
	}
	fields, err := objectFields(raw)
	if err != nil {
		return iampolicy.Context{}, fmt.Errorf("%s: %w", name, err)
	}
	values := make(map[string][]string, len(fields))
	seen := make(map[string]string, len(fields))
	for _, key := range sortedKeys(fields) {
		if other, ok := seen[foldKey(key)]; ok {
			return iampolicy.Context{}, fmt.Errorf("%s: duplicate key %q: keys do not distinguish case, and there is %q", name, clip(key), clip(other))
		}
		seen[foldKey(key)] = key
		elems := []json.RawMessage{fields[key]}
		if bytes.HasPrefix(fields[key], []byte("[")) {
			if elems, err = listElements(clip(key), fields[key]); err != nil {
				return iampolicy.Context{}, fmt.Errorf("%s: %w", name, err)
			}
		}
		for _, e := range elems {
			v, err := scalarText(e)
			if err != nil {
				return iampolicy.Context{}, fmt.Errorf("%s: %s: %w", name, clip(key), err)
			}
			values[key] = append(values[key], v)
		}
	}
	return iampolicy.NewContext(values), nil
}

// foldKey makes condition keys that differ only in case equal: of ASCII letters, as iampolicy has it.
func foldKey(key string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, key)
}

// scalarText returns a string's value and the text of a number or a boolean.
func scalarText(raw json.RawMessage) (string, error) {
	switch c := raw[0]; {
	case c == '"':
		return textValue("value", raw)
	case c == 't' || c == 'f' || c == '-' || c >= '0' && c <= '9':
		return string(raw), nil
	}
	return "", errors.New("must be a string, a number, a boolean or a list of them")
}

// evaluateGrant is a KMS grant as kms:ListGrants shows it; the fields that a decision does not need are accepted.
//
// See https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html.
type evaluateGrant struct {
	GrantID                  string
	KeyID                    string
	Name                     string
	CreationDate             any
	GranteePrincipal         string
	GranteeServicePrincipal  string
	RetiringPrincipal        string
	RetiringServicePrincipal string
	IssuingAccount           string
	Operations               []string
	Constraints              *struct {
		EncryptionContextSubset map[string]string
		EncryptionContextEquals map[string]string
		SourceArn               string
	}
}

func (p *evaluateParser) grants(name string) ([]iampolicy.KMSGrant, error) {
	raw, ok := p.take(name)
	if !ok {
		return nil, nil
	}
	if err := checkDuplicates(raw); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var list []evaluateGrant
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("%s: %s", name, clip(err.Error()))
	}
	var grants []iampolicy.KMSGrant
	for i, g := range list {
		grant := iampolicy.KMSGrant{ID: g.GrantID, Key: g.KeyID, Operations: g.Operations}
		if g.Constraints != nil {
			grant.ContextSubset = g.Constraints.EncryptionContextSubset
			grant.ContextEquals = g.Constraints.EncryptionContextEquals
			grant.SourceARN = g.Constraints.SourceArn
		}
		if g.GranteePrincipal == "" && g.GranteeServicePrincipal == "" {
			return nil, fmt.Errorf("%s[%d]: no GranteePrincipal", name, i)
		}
		// One that names both is for both.
		for _, grantee := range []string{g.GranteePrincipal, g.GranteeServicePrincipal} {
			if grantee != "" {
				grant.Grantee = grantee
				grants = append(grants, grant)
			}
		}
	}
	return grants, nil
}

package iampolicy

import (
	"bytes"
	"encoding/json"
)

// Versions of the policy language. Without a Version element a policy is of the older one.
const (
	versionOld = "2008-10-17"
	versionNew = "2012-10-17"
)

// Policy is one parsed policy document. It is immutable and may be shared; make one with Parse.
type Policy struct {
	name       string
	kind       Kind
	id         string
	version    string // as written, may be empty
	single     bool   // Statement is an object, not a list
	statements []*Statement
	refs       []StatementRef // of each statement, so that a decision can name one without allocating
	size       int            // characters that count toward IAM's quotas
	services   []uint64       // of each statement, see Statement.services
	allows     bool           // some statement has the effect Allow
	bare       *Statement     // the first statement without Resource and NotResource, nil where there is none
}

// StatementRef names a statement of a policy.
type StatementRef struct {
	Policy    *Policy
	Statement *Statement
}

// Name returns the name for messages: an ARN or "inline NAME", empty unless WithName gave one.
func (p *Policy) Name() string { return p.name }

// WithName returns a copy of the policy, which shares its statements, under another name.
func (p *Policy) WithName(name string) *Policy {
	q := *p
	q.name = name
	q.link()
	return &q
}

func (p *Policy) link() {
	p.refs = make([]StatementRef, len(p.statements))
	for i, s := range p.statements {
		p.refs[i] = StatementRef{Policy: p, Statement: s}
	}
}

// ID returns the Id element, empty where there is none.
func (p *Policy) ID() string { return p.id }

// Version returns the version of the policy language, 2008-10-17 where the document does not say.
func (p *Policy) Version() string {
	if p.version == "" {
		return versionOld
	}
	return p.version
}

// Kind returns the kind that the policy was parsed as.
func (p *Policy) Kind() Kind { return p.kind }

// Statements returns the statements in the document's order. The list must not be changed.
func (p *Policy) Statements() []*Statement { return p.statements }

// Size returns the document's length as IAM counts it toward its quotas: characters without white space
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
func (p *Policy) Size() int { return p.size }

// Quota returns the default quota of a document of this kind in characters, and 0 where services differ. For Identity
// it is that of a customer managed policy; AWS managed policies may be larger.
func (k Kind) Quota() int {
	switch k {
	case Identity, Boundary:
		return 6144
	case Trust, Session:
		return 2048
	case SCP, RCP:
		return 5120
	case Endpoint:
		return 20480
	}
	return 0
}

// MarshalJSON prints the document in a canonical form: elements in AWS's order, single values without a list, keys
// sorted, so that parsing and printing it again changes nothing.
func (p *Policy) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	if p.version != "" {
		field(&b, "Version", p.version)
	}
	if p.id != "" {
		field(&b, "Id", p.id)
	}
	separate(&b)
	b.WriteString(`"Statement":`)
	if !p.single {
		b.WriteByte('[')
	}
	for i, s := range p.statements {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(s.JSON())
	}
	if !p.single {
		b.WriteByte(']')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// separate writes a comma unless an object or list has just begun.
func separate(b *bytes.Buffer) {
	if last := b.Bytes()[b.Len()-1]; last != '{' && last != '[' {
		b.WriteByte(',')
	}
}

func field(b *bytes.Buffer, name, value string) {
	separate(b)
	quote(b, name)
	b.WriteByte(':')
	quote(b, value)
}

// quote writes s as a JSON string without the escapes for HTML.
func quote(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	// A string cannot fail to encode.
	_ = e.Encode(s)
	b.Truncate(b.Len() - 1)
}

func list(b *bytes.Buffer, name string, values []string) {
	separate(b)
	quote(b, name)
	b.WriteByte(':')
	oneOrMore(b, values)
}

// oneOrMore writes one value bare and several as a list.
func oneOrMore(b *bytes.Buffer, values []string) {
	if len(values) == 1 {
		quote(b, values[0])
		return
	}
	b.WriteByte('[')
	for _, v := range values {
		separate(b)
		quote(b, v)
	}
	b.WriteByte(']')
}

package iampolicy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Parse parses one policy document of the given kind strictly: what IAM would refuse, or what would quietly change the
// meaning, is a *SyntaxError with its place: duplicate keys at any depth (keys of one condition operator do not
// distinguish case), unknown elements, wrong types, unknown operators, principals of no known form, elements that the
// kind of policy does not have.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html and
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html.
//
// A value that can match nothing, such as an action without a service, is no error: policies of that form are stored
// in accounts, where they match nothing.
func Parse(doc []byte, kind Kind) (*Policy, error) {
	root, r, err := readDocument(doc)
	if err != nil {
		return nil, err
	}
	p := &parser{r: r, kind: kind}
	policy, err := p.policy(root)
	if err != nil {
		return nil, err
	}
	return policy, nil
}

type parser struct {
	r         *reader
	kind      Kind
	variables bool // the version has policy variables
	// place is where the last position was computed: statements come in order, so that a document's positions take one
	// pass over it.
	place struct{ at, line, column int }
}

// locate returns the position of an offset that is not in front of the last one.
func (p *parser) locate(at int) (line, column int) {
	if p.place.line == 0 {
		p.place.line, p.place.column = 1, 1
	}
	for p.place.at < at {
		c := p.r.doc[p.place.at]
		p.place.at++
		switch {
		case c == '\n':
			p.place.line++
			p.place.column = 1
		case utf8.RuneStart(c):
			p.place.column++
		}
	}
	return p.place.line, p.place.column
}

func (p *parser) policy(root node) (*Policy, error) {
	if root.kind != nodeObject {
		return nil, p.r.fail(root.start, "", "a policy must be an object, not %s", nodeKindNames[root.kind])
	}
	policy := &Policy{kind: p.kind, size: countCharacters(p.r.doc)}
	var statements *member
	for i := range root.members {
		m := &root.members[i]
		var err error
		switch m.key {
		case "Version":
			policy.version, err = p.text(m.value, "Version")
			if err == nil && policy.version != versionOld && policy.version != versionNew {
				err = p.r.fail(m.value.start, "Version", "unknown version %q", policy.version)
			}
		case "Id":
			policy.id, err = p.text(m.value, "Id")
		case "Statement":
			statements = m
		default:
			err = p.r.fail(m.at, "", "unknown element %q", m.key)
		}
		if err != nil {
			return nil, err
		}
	}
	if statements == nil {
		return nil, p.r.fail(root.start, "", "the policy has no Statement")
	}
	p.variables = policy.version == versionNew
	nodes := statements.value.elems
	switch statements.value.kind {
	case nodeObject:
		policy.single = true
		nodes = []node{statements.value}
	case nodeArray:
	default:
		return nil, p.r.fail(statements.value.start, "Statement", "must be an object or a list, not %s", nodeKindNames[statements.value.kind])
	}
	for i := range nodes {
		path := "Statement"
		if !policy.single {
			path += "[" + strconv.Itoa(i) + "]"
		}
		s, err := p.statement(nodes[i], path, i)
		if err != nil {
			return nil, err
		}
		policy.statements = append(policy.statements, s)
		policy.services = append(policy.services, s.services)
		policy.allows = policy.allows || s.effect == Allow
		if policy.bare == nil && !s.hasResource {
			policy.bare = s
		}
	}
	policy.link()
	return policy, nil
}

// countCharacters counts as IAM does: without white space.
func countCharacters(doc []byte) int {
	n := 0
	for _, c := range doc {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' && utf8.RuneStart(c) {
			n++
		}
	}
	return n
}

func (p *parser) statement(n node, path string, index int) (*Statement, error) {
	if n.kind != nodeObject {
		return nil, p.r.fail(n.start, path, "a statement must be an object, not %s", nodeKindNames[n.kind])
	}
	s := &Statement{index: index}
	s.line, s.column = p.locate(n.start)
	s.endLine, s.endColumn = p.locate(n.end - 1)
	var action, resource, principal *member
	for i := range n.members {
		m := &n.members[i]
		at := path + "." + m.key
		var err error
		switch m.key {
		case "Sid":
			s.hasSID = true
			s.sid, err = p.text(m.value, at)
		case "Effect":
			s.effect, err = p.effect(m.value, at)
		case "Action", "NotAction":
			if p.kind == RCP && m.key == "NotAction" {
				return nil, p.r.fail(m.at, path, "a resource control policy has no NotAction")
			}
			err = p.once(&action, m, path)
			s.notAction = m.key == "NotAction"
		case "Resource", "NotResource":
			err = p.once(&resource, m, path)
			s.notResource = m.key == "NotResource"
		case "Principal", "NotPrincipal":
			err = p.once(&principal, m, path)
			s.notPrincipal = m.key == "NotPrincipal"
		case "Condition":
			s.hasCondition = true
			s.conditions, err = p.conditions(m.value, at)
		default:
			err = p.r.fail(m.at, path, "unknown element %q", m.key)
		}
		if err != nil {
			return nil, err
		}
	}
	if s.effect == 0 {
		return nil, p.r.fail(n.start, path, "the statement has no Effect")
	}
	if action == nil {
		return nil, p.r.fail(n.start, path, "the statement has neither Action nor NotAction")
	}
	if err := p.actions(s, action, path); err != nil {
		return nil, err
	}
	if err := p.resources(s, n, resource, path); err != nil {
		return nil, err
	}
	if err := p.principals(s, n, principal, path); err != nil {
		return nil, err
	}
	return s, nil
}

// once notes the member that gives an element, which has two names of which a statement may have one.
func (p *parser) once(found **member, m *member, path string) error {
	if *found != nil {
		return p.r.fail(m.at, path, "the statement has both %s and %s", (*found).key, m.key)
	}
	*found = m
	return nil
}

func (p *parser) effect(n node, path string) (Effect, error) {
	text, err := p.text(n, path)
	if err != nil {
		return 0, err
	}
	switch text {
	case "Allow":
		return Allow, nil
	case "Deny":
		return Deny, nil
	}
	return 0, p.r.fail(n.start, path, "effect %q is neither Allow nor Deny", text)
}

func (p *parser) actions(s *Statement, m *member, path string) error {
	values, err := p.texts(m.value, path+"."+m.key)
	if err != nil {
		return err
	}
	s.actions = make([]actionPattern, len(values))
	for i, v := range values {
		s.actions[i] = newActionPattern(v)
		s.services |= s.actions[i].services()
	}
	if s.notAction {
		s.services = ^uint64(0)
	}
	return nil
}

func (p *parser) resources(s *Statement, n node, m *member, path string) error {
	if m == nil {
		if p.kind != Resource && p.kind != Trust {
			return p.r.fail(n.start, path, "the statement has neither Resource nor NotResource")
		}
		return nil
	}
	if p.kind == Trust {
		return p.r.fail(m.at, path, "a trust policy is about its own role and has no %s", m.key)
	}
	s.hasResource = true
	values, err := p.texts(m.value, path+"."+m.key)
	if err != nil {
		return err
	}
	s.resources = make([]resourcePattern, len(values))
	for i, v := range values {
		if p.kind == Session && incompleteARN(v, p.variables) {
			return p.r.fail(m.value.start, path+"."+m.key, "resource %q is not a complete ARN, which a session policy needs", v)
		}
		s.resources[i] = newResourcePattern(v, p.variables, p.kind)
	}
	return nil
}

func (p *parser) principals(s *Statement, n node, m *member, path string) error {
	if m == nil {
		if p.kind == RCP {
			return p.r.fail(n.start, path, "a resource control policy needs the Principal \"*\"")
		}
		return nil
	}
	if !p.kind.hasPrincipal() {
		return p.r.fail(m.at, path, "a policy of kind %s has no %s", p.kind, m.key)
	}
	if s.notPrincipal && (p.kind == Trust || p.kind == RCP) {
		return p.r.fail(m.at, path, "a policy of kind %s has no NotPrincipal", p.kind)
	}
	s.hasPrincipal = true
	path += "." + m.key
	if m.value.kind == nodeString {
		if m.value.text != "*" {
			return p.r.fail(m.value.start, path, "principal %q stands without its type, which only \"*\" may", m.value.text)
		}
		s.principals = []principalEntry{{kind: entryAny, text: "*"}}
		return nil
	}
	if m.value.kind != nodeObject {
		return p.r.fail(m.value.start, path, "must be \"*\" or an object, not %s", nodeKindNames[m.value.kind])
	}
	for _, e := range m.value.members {
		if !slices.Contains(principalElements[:], e.key) {
			return p.r.fail(e.at, path, "unknown type of principal %q", e.key)
		}
		at := path + "." + e.key
		nodes, err := p.list(e.value, at)
		if err != nil {
			return err
		}
		if len(nodes) == 0 {
			s.principals = append(s.principals, principalEntry{kind: entryNone, element: e.key})
		}
		for _, v := range nodes {
			text, err := p.text(v, at)
			if err != nil {
				return err
			}
			entry, err := newPrincipalEntry(e.key, text)
			if err != nil {
				return p.r.fail(v.start, at, "%s", err)
			}
			if p.kind == RCP && entry.kind != entryAny {
				return p.r.fail(v.start, at, "a resource control policy has no principal but \"*\"")
			}
			s.principals = append(s.principals, entry)
		}
	}
	return nil
}

func (p *parser) conditions(n node, path string) ([]condition, error) {
	if n.kind != nodeObject {
		return nil, p.r.fail(n.start, path, "must be an object, not %s", nodeKindNames[n.kind])
	}
	var out []condition
	for _, block := range n.members {
		at := path + "." + block.key
		op, err := parseOperator(block.key)
		if err != nil {
			return nil, p.r.fail(block.at, path, "%s", err)
		}
		if block.value.kind != nodeObject {
			return nil, p.r.fail(block.value.start, at, "must be an object, not %s", nodeKindNames[block.value.kind])
		}
		seen := make(map[string]string)
		for _, m := range block.value.members {
			key := newContextKey(m.key)
			if key.name == "" {
				return nil, p.r.fail(m.at, at, "condition key is empty")
			}
			if other, ok := seen[key.name]; ok {
				return nil, p.r.fail(m.at, at, "duplicate key %q: keys do not distinguish case, and there is %q", m.key, other)
			}
			seen[key.name] = m.key
			values, err := p.conditionValues(m.value, at+"."+m.key)
			if err != nil {
				return nil, err
			}
			c := op
			c.key = key
			c.self = []string{m.key}
			if c.values, err = compileValues(&c, values, p.variables); err != nil {
				return nil, p.r.fail(m.value.start, at+"."+m.key, "%s", err)
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// conditionValues takes strings, and JSON's numbers and booleans by their text.
func (p *parser) conditionValues(n node, path string) ([]string, error) {
	nodes, err := p.list(n, path)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(nodes))
	for i, v := range nodes {
		switch v.kind {
		case nodeString, nodeNumber, nodeBool:
			out[i] = v.text
		default:
			return nil, p.r.fail(v.start, path, "a condition value must be a string, a number or a boolean, not %s", nodeKindNames[v.kind])
		}
	}
	return out, nil
}

// list takes one value or a list of values.
func (p *parser) list(n node, path string) ([]node, error) {
	switch n.kind {
	case nodeArray:
		return n.elems, nil
	case nodeNull, nodeObject:
		return nil, p.r.fail(n.start, path, "must be a value or a list of values, not %s", nodeKindNames[n.kind])
	}
	return []node{n}, nil
}

func (p *parser) texts(n node, path string) ([]string, error) {
	nodes, err := p.list(n, path)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(nodes))
	for i, v := range nodes {
		if out[i], err = p.text(v, path); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *parser) text(n node, path string) (string, error) {
	if n.kind != nodeString {
		return "", p.r.fail(n.start, path, "must be a string, not %s", nodeKindNames[n.kind])
	}
	return n.text, nil
}

// operatorError says that a condition operator does not exist.
func operatorError(name string) error {
	if i := strings.IndexByte(name, ':'); i >= 0 {
		return fmt.Errorf("unknown condition operator %q", clip(name))
	}
	for _, op := range operators {
		if strings.EqualFold(op.name, strings.TrimSuffix(name, "IfExists")) && !op.noIfExists {
			return fmt.Errorf("unknown condition operator %q: it is written %q", name, op.name)
		}
	}
	return fmt.Errorf("unknown condition operator %q", clip(name))
}

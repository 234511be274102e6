package stack

import (
	"strconv"
	"strings"
)

// kind says how AWS names resources of one type: what Ref and Fn::GetAtt give
// and the form of the ARN. The texts are templates:
//
//	{P} {R} {A} {S}     partition, region, account, domain suffix
//	{L} {N} {ARN} {REF} logical id, bare name or id, the ARN, what Ref gives
//	{.Prop}             a property's text; {.Prop|x} gives x when it is absent, {.Prop|L} the logical id
//	{.A.B}              a property of a property
//	{last:.Prop}        the property's text after the last '/' or ':' (a name, whether name or ARN is given)
//	{fn:.Prop}          the function's name in a name or ARN
//	{fnarn:.Prop}       the function's ARN without qualifier
//	{id:n}              the logical id, where a permission writes that literally an id as {hash:n}
//	{hash:n} {HASH:n}   n letters and digits that depend on the logical id, in lower or upper case
//	{hex:n} {uuid}      likewise in hexadecimal and as UUID
//	{bus/} {bus|}       nothing for the default event bus, else its name and the character
//	{url:.Prop}         an https URL without its scheme
//	{rel:.Prop}         the text without a leading '/'
//	{lb:.Prop}          app, net or gwy for a load balancer's type
//	{below:.Prop}       the ARN that a listener or rule below the given load balancer or listener begins with
//	{scheme} {scope}    of a WebSocket or HTTP API; of a web ACL
//	{?Ref}              not known before the resource exists
//	{version}           the how-manieth of its kind with the same name this is, from 1
//
// Attributes that are not listed are unknown.
type kind struct {
	name string // property that gives the bare name; empty: none
	id   string // bare name or id without that property; {L} when empty
	ref  string // {N} when empty
	arn  string // empty: has none, or it is not known
	atts map[string]string
}

// kindOf returns the kind of a type; never nil.
func kindOf(typ string) *kind {
	if k := kinds.byType(typ); k != nil {
		return k
	}
	if strings.HasPrefix(typ, "Custom::") {
		return kinds.byType("AWS::CloudFormation::CustomResource")
	}
	return &kind{}
}

// once resolves a text of a resource one time. Such texts may need one another,
// so a circle is told rather than followed, and long chains end.
func (e *evaluator) once(rs *resState, what string, resolve func() (string, error)) (string, error) {
	t := rs.texts[what]
	switch {
	case t == nil:
		t = &text{}
		if rs.texts == nil {
			rs.texts = map[string]*text{}
		}
		rs.texts[what] = t
	case t.done:
		return t.value, nil
	default:
		return "", circular(rs.node, append(e.since(rs.id), rs.id))
	}
	if len(e.chain) >= maxChain {
		return "", errorAt(rs.node, "more than %d names depend on one another", maxChain)
	}
	e.chain = append(e.chain, rs.id)
	value, err := resolve()
	e.chain = e.chain[:len(e.chain)-1]
	if err != nil {
		return "", err
	}
	t.value, t.done = value, true
	return value, nil
}

// since is the chain from id on, each resource once in a row.
func (e *evaluator) since(id string) []string {
	var ids []string
	for _, c := range e.chain {
		if len(ids) == 0 && c != id || len(ids) > 0 && ids[len(ids)-1] == c {
			continue
		}
		ids = append(ids, c)
	}
	return ids
}

// nameOf resolves the bare name or id.
func (e *evaluator) nameOf(rs *resState) (string, error) {
	return e.once(rs, "name", func() (string, error) {
		if rs.kind.name != "" {
			s, ok, err := e.property(rs, rs.kind.name)
			if err != nil || ok && s != "" {
				return s, err
			}
		}
		if rs.kind.id == "" {
			return rs.id, nil
		}
		return e.fill(rs, rs.kind.id)
	})
}

func (e *evaluator) refOf(rs *resState) (string, error) {
	if rs.kind.ref == "" {
		return e.nameOf(rs)
	}
	return e.once(rs, "ref", func() (string, error) { return e.fill(rs, rs.kind.ref) })
}

func (e *evaluator) arnOf(rs *resState) (string, error) {
	if rs.kind.arn == "" {
		return "", nil
	}
	return e.once(rs, "arn", func() (string, error) { return e.fill(rs, rs.kind.arn) })
}

// attribute resolves Fn::GetAtt; false when it is not known.
func (e *evaluator) attribute(rs *resState, att string) (any, bool, error) {
	if t, ok := rs.kind.atts[att]; ok {
		s, err := e.once(rs, "att "+att, func() (string, error) { return e.fill(rs, t) })
		return s, true, err
	}
	if att == "Arn" && rs.kind.arn != "" {
		s, err := e.arnOf(rs)
		return s, true, err
	}
	return nil, false, nil
}

// Attribute is what Fn::GetAtt gives for an attribute, where this package knows it; empty otherwise.
func (r *Resource) Attribute(name string) string {
	value, _, err := r.stack.eval.attribute(r.state, name)
	if err != nil {
		return "" // who refers to it was told when the template was loaded
	}
	text, _ := value.(string)
	return text
}

// property resolves a property of rs as text, path being names joined by dots;
// false when it is absent. What is no text is an unknown.
func (e *evaluator) property(rs *resState, path string) (string, bool, error) {
	n := rs.props
	for _, key := range strings.Split(path, ".") {
		if n = n.get(key); n == nil {
			return "", false, nil
		}
	}
	saved := e.current
	e.current = rs
	v, err := e.eval(n)
	e.current = saved
	if err != nil {
		return "", false, err
	}
	if _, absent := v.(noValue); absent {
		return "", false, nil
	}
	if s, ok := textOf(v); ok {
		return s, true, nil
	}
	return e.unknown(n, rs.id+"."+path, "the property is no text"), true, nil
}

// fill expands a template of a kind.
func (e *evaluator) fill(rs *resState, tmpl string) (string, error) {
	var b strings.Builder
	for {
		i := strings.IndexByte(tmpl, '{')
		if i < 0 {
			b.WriteString(tmpl)
			return e.checked(rs.node, b.String())
		}
		end := i + strings.IndexByte(tmpl[i:], '}')
		b.WriteString(tmpl[:i])
		s, err := e.placeholder(rs, tmpl[i+1:end])
		if err != nil {
			return "", err
		}
		b.WriteString(s)
		tmpl = tmpl[end+1:]
	}
}

func (e *evaluator) placeholder(rs *resState, p string) (string, error) {
	switch p {
	case "P":
		return e.opts.Partition, nil
	case "R":
		return e.opts.Region, nil
	case "A":
		return e.opts.Account, nil
	case "S":
		return suffixOf(e.opts.Partition), nil
	case "L":
		return rs.id, nil
	case "N":
		return e.nameOf(rs)
	case "ARN":
		return e.arnOf(rs)
	case "REF":
		return e.refOf(rs)
	case "uuid":
		return uuidOf(rs.typ, rs.id), nil
	case "version":
		return e.version(rs)
	case "?Ref":
		return e.unknown(rs.node, "Ref "+rs.id, "what Ref gives is made up when the resource is created"), nil
	case "scheme":
		protocol, _, err := e.property(rs, "ProtocolType")
		if strings.EqualFold(protocol, "WEBSOCKET") {
			return "wss", err
		}
		return "https", err
	case "scope":
		scope, _, err := e.property(rs, "Scope")
		if scope == "CLOUDFRONT" {
			return "global", err
		}
		return "regional", err
	case "bus/", "bus|":
		name, _, err := e.property(rs, "EventBusName")
		if parts := strings.SplitN(name, ":", 6); len(parts) == 6 {
			name = strings.TrimPrefix(parts[5], "event-bus/")
		}
		if err != nil || name == "" || name == "default" {
			return "", err
		}
		return name + p[3:], nil
	}
	verb, arg, ok := strings.Cut(p, ":")
	if !ok || strings.HasPrefix(p, ".") {
		return e.propertyOr(rs, p)
	}
	switch verb {
	case "id", "hash", "HASH", "hex":
		n, err := strconv.Atoi(arg)
		if err != nil {
			return "", err
		}
		switch verb {
		case "id":
			if !rs.writtenOut {
				return rs.id, nil
			}
		case "hex":
			return hashOf(rs.typ, rs.id)[:n], nil
		case "HASH":
			return strings.ToUpper(letters(rs.typ, rs.id)[:n]), nil
		}
		return letters(rs.typ, rs.id)[:n], nil
	}
	s, err := e.propertyOr(rs, arg)
	if err != nil {
		return "", err
	}
	switch verb {
	case "last":
		return lastPart(s), nil
	case "fn":
		name, _ := functionName(s)
		return name, nil
	case "fnarn":
		name, prefix := functionName(s)
		if prefix == "" {
			prefix = "arn:" + e.opts.Partition + ":lambda:" + e.opts.Region + ":" + e.opts.Account + ":function:"
		}
		return prefix + name, nil
	}
	return convert(verb, s), nil
}

// convert reshapes a property's text as a placeholder's verb says.
func convert(verb, s string) string {
	switch verb {
	case "url":
		return strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
	case "rel":
		return strings.TrimPrefix(s, "/")
	case "lb":
		switch s {
		case "network":
			return "net"
		case "gateway":
			return "gwy"
		}
		return "app"
	case "below":
		if strings.Contains(s, ":listener/") {
			return strings.Replace(s, ":listener/", ":listener-rule/", 1)
		}
		return strings.Replace(s, ":loadbalancer/", ":listener/", 1)
	}
	return s
}

// propertyOr resolves ".Prop" or ".Prop|default".
func (e *evaluator) propertyOr(rs *resState, p string) (string, error) {
	path, fallback, has := strings.Cut(strings.TrimPrefix(p, "."), "|")
	s, ok, err := e.property(rs, path)
	if err != nil || ok && s != "" {
		return s, err
	}
	if has {
		if fallback == "L" {
			return rs.id, nil
		}
		return fallback, nil
	}
	return e.unknown(rs.node, rs.id+"."+path, "the property is absent"), nil
}

// lastPart gives the part after the last ':' or '/' that is not inside an unknown.
func lastPart(s string) string {
	known := s
	if i := strings.LastIndex(s, closeMark); i >= 0 {
		known = s[i:]
	}
	if i := strings.LastIndexAny(known, ":/"); i >= 0 {
		return known[i+1:]
	}
	return s
}

// functionName reads a function's name, partial ARN or ARN, with or without
// qualifier: the name, and what precedes it in an ARN.
func functionName(s string) (name, prefix string) {
	name = s
	if i := strings.Index(s, ":function:"); i >= 0 {
		name = s[i+len(":function:"):]
		if strings.HasPrefix(s, "arn:") {
			prefix = s[:i+len(":function:")]
		}
	}
	if i := strings.IndexByte(name, ':'); i >= 0 && !HasUnknown(name) {
		name = name[:i]
	}
	return name, prefix
}

// version numbers the resources of the same type and name up to rs: what
// publishing them in document order gives. The numbers are counted once a type.
func (e *evaluator) version(rs *resState) (string, error) {
	if e.versions == nil {
		e.versions = map[string]map[*resState]int{}
	}
	numbers, counted := e.versions[rs.typ]
	if counted && numbers == nil {
		return "", circular(rs.node, []string{rs.id, "its name", rs.id})
	}
	if !counted {
		e.versions[rs.typ] = nil
		fresh, err := e.countVersions(rs.typ)
		if err != nil {
			return "", err
		}
		e.versions[rs.typ], numbers = fresh, fresh
	}
	return strconv.Itoa(numbers[rs]), nil
}

func (e *evaluator) countVersions(typ string) (map[*resState]int, error) {
	property := "FunctionName"
	if typ == "AWS::Lambda::LayerVersion" {
		property = "LayerName"
	}
	numbers, last := map[*resState]int{}, map[string]int{}
	for _, rs := range e.order {
		if rs.typ != typ || rs.created == no {
			continue
		}
		name, ok, err := e.property(rs, property)
		if err != nil {
			return nil, err
		}
		if !ok {
			name = rs.id
		}
		name, _ = functionName(name)
		last[name]++
		numbers[rs] = last[name]
	}
	return numbers, nil
}

// letters makes lower-case letters and digits that depend on its arguments only.
func letters(parts ...string) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	h := hashOf(parts...)
	out := make([]byte, len(h)/2)
	for i := range out {
		v, err := strconv.ParseUint(h[2*i:2*i+2], 16, 8)
		if err != nil {
			v = 0
		}
		out[i] = alphabet[int(v)%len(alphabet)]
	}
	return string(out)
}

package stack

import (
	"strings"
)

// resState is a declared resource while the template is resolved.
type resState struct {
	id        string
	typ       string
	node      *node
	props     *node // nil without Properties
	kind      *kind
	condition string
	created   tri
	// writtenOut is true where a permission has the logical id as text in the place of the id that AWS will give.
	writtenOut bool

	texts map[string]*text // its name, ARN and attributes, as they are resolved

	needs   []need             // what must exist first, in document order
	refs    map[*resState]bool // what its properties refer to; true when it is in needs
	visited uint8
}

// text is a text of a resource, being resolved until it is done.
type text struct {
	value string
	done  bool
}

// need is one dependency and where it is written.
type need struct {
	to *resState
	at *node
}

// depend notes that rs names another resource. A reference inside a branch that
// may not be taken is no need: it must not make a circle.
func (rs *resState) depend(to *resState, at *node, isRef, certain bool) {
	if isRef {
		counted, seen := rs.refs[to]
		if counted || seen && !certain {
			return
		}
		if rs.refs == nil {
			rs.refs = map[*resState]bool{}
		}
		rs.refs[to] = certain
	}
	if certain {
		rs.needs = append(rs.needs, need{to, at})
	}
}

// refCall is Ref. The transform AWS::LanguageExtensions lets another function give the name.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
func (e *evaluator) refCall(arg *node) (any, error) {
	if name, ok := arg.name(); ok {
		return e.ref(arg, name)
	}
	if key, _, ok := arg.single(); !ok || !isIntrinsic(key) || !e.extended {
		return nil, errorAt(arg, "Ref wants the name of a parameter or resource, found %s", arg.kind)
	}
	name, err := e.evalText(arg, "Ref")
	if err != nil {
		return nil, err
	}
	if HasUnknown(name) {
		return e.unknown(arg, "Ref "+plain(name), "which parameter or resource is meant is not known"), nil
	}
	return e.ref(arg, name)
}

// ref is Ref, and ${Name} of Fn::Sub.
func (e *evaluator) ref(n *node, name string) (any, error) {
	if strings.HasPrefix(name, "AWS::") {
		if v, ok := e.pseudo(n, name); ok {
			return v, nil
		}
		return nil, errorAt(n, "unknown pseudo parameter %q", name)
	}
	if id, ok := e.generated[name]; ok {
		name = id
	}
	if p := e.params[name]; p != nil {
		switch {
		case p.value != nil:
			return p.value, nil
		case p.secret != nil && e.deciding > 0:
			e.secretUsed = true
			return p.secret, nil
		}
		return e.unknown(n, "Parameter "+name, p.reason), nil
	}
	rs, err := e.target(n, name)
	if err != nil {
		return nil, err
	}
	if rs == nil {
		return e.unknown(n, "Ref "+name, "a macro that is not run here may define it"), nil
	}
	if rs.created == no {
		return e.absent(n, "Ref "+name, rs), nil
	}
	return e.refOf(rs)
}

// target finds the resource that a Ref or GetAtt names and notes the dependency.
// It is nil where a macro may define it.
func (e *evaluator) target(n *node, id string) (*resState, error) {
	rs := e.resources[id]
	if rs == nil && e.open {
		return nil, nil
	}
	if rs == nil {
		return nil, errorAt(n, "%q is no parameter, pseudo parameter or resource of the template", id)
	}
	if e.current != nil {
		e.current.depend(rs, n, true, e.speculative == 0)
	}
	return rs, nil
}

// absent is the value of a reference to a resource that is not created.
func (e *evaluator) absent(n *node, name string, rs *resState) string {
	e.warn(n, "refers to %s, whose condition %s is false: CloudFormation refuses that", rs.id, rs.condition)
	return e.unknown(n, name, "the condition of the resource is false")
}

// getAttCall is Fn::GetAtt with its argument as text or list.
func (e *evaluator) getAttCall(arg *node) (any, error) {
	if arg.kind == stringNode {
		id, att, ok := strings.Cut(arg.text, ".")
		if !ok || att == "" {
			return nil, errorAt(arg, "Fn::GetAtt wants Resource.Attribute, found %q", arg.text)
		}
		return e.getAtt(arg, id, att)
	}
	items, err := args("Fn::GetAtt", arg, 2, 2)
	if err != nil {
		return nil, err
	}
	id, err := e.evalText(items[0], "Fn::GetAtt")
	if err != nil {
		return nil, err
	}
	att, err := e.evalText(items[1], "Fn::GetAtt")
	if err != nil {
		return nil, err
	}
	return e.getAtt(arg, id, att)
}

func (e *evaluator) getAtt(n *node, id, att string) (any, error) {
	if HasUnknown(id) {
		return e.unknown(n, "GetAtt "+plain(id)+"."+plain(att), "which resource is meant is not known"), nil
	}
	if property, rest, ok := strings.Cut(att, "."); ok && e.generated[id+"."+property] != "" {
		id, att = e.generated[id+"."+property], rest
	} else if made := e.generated[id]; made != "" {
		id = made
	}
	name := "GetAtt " + id + "." + plain(att)
	rs, err := e.target(n, id)
	switch {
	case err != nil:
		return nil, err
	case rs == nil:
		return e.unknown(n, name, "a macro that is not run here may define it"), nil
	case rs.created == no:
		return e.absent(n, name, rs), nil
	}
	v, ok, err := e.attribute(rs, att)
	if err != nil || ok {
		return v, err
	}
	return e.unknown(n, name, "AWS makes up the attribute when the resource is created, or it is not one that this program knows for "+rs.typ), nil
}

// circles reports the first circular dependency, in document order.
func (e *evaluator) circles() error {
	for _, rs := range e.order {
		if rs.visited == 0 {
			if err := circle(rs); err != nil {
				return err
			}
		}
	}
	return nil
}

// circle walks the dependencies below start without recursion: a template may
// chain as many resources as it has.
func circle(start *resState) error {
	type step struct {
		rs   *resState
		next int
	}
	way := []step{{rs: start}}
	start.visited = 1
	for len(way) > 0 {
		top := &way[len(way)-1]
		if top.next == len(top.rs.needs) {
			top.rs.visited = 2
			way = way[:len(way)-1]
			continue
		}
		on := top.rs.needs[top.next]
		top.next++
		switch on.to.visited {
		case 0:
			on.to.visited = 1
			way = append(way, step{rs: on.to})
		case 1:
			var ids []string
			for _, s := range way {
				if len(ids) > 0 || s.rs == on.to {
					ids = append(ids, s.rs.id)
				}
			}
			return circular(on.at, append(ids, on.to.id))
		}
	}
	return nil
}

func circular(at *node, ids []string) *Error {
	if len(ids) > 12 {
		ids = append(append(ids[:6:6], "…"), ids[len(ids)-5:]...)
	}
	return errorAt(at, "circular dependency: %s", strings.Join(ids, " → "))
}

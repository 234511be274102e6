package stack

import (
	"slices"
	"sort"
	"strings"
)

// sections checks the top level of the template.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
func (e *evaluator) sections(root *node) error {
	for i, key := range root.keys {
		switch key {
		case "AWSTemplateFormatVersion":
			if v := root.items[i]; v.text != "2010-09-09" {
				return errorAt(v, "AWSTemplateFormatVersion is 2010-09-09, found %q", v.text)
			}
		case "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions", "Resources", "Outputs", "Hooks", "Globals":
		case "Transform":
			if err := e.transforms(root.items[i]); err != nil {
				return err
			}
		case "Fn::Transform":
			e.open = true
			e.warn(root.items[i], "a macro changes the template when it is deployed: what it adds is not seen")
		default:
			return errorAtKey(root.items[i], "unknown section %q: not a CloudFormation template?", key)
		}
	}
	resources := root.get("Resources")
	if resources == nil || resources.kind == nullNode {
		return &Error{Line: root.line, Column: root.col, Msg: "the template has no Resources"}
	}
	for _, key := range []string{"Resources", "Mappings", "Conditions", "Outputs", "Parameters"} {
		if n := root.get(key); n != nil && n.kind != mapNode && n.kind != nullNode {
			return errorAt(n, "%s wants a map, found %s", key, n.kind)
		}
	}
	if len(resources.items) == 0 {
		return errorAt(resources, "Resources is empty")
	}
	for _, key := range []string{"Resources", "Mappings", "Conditions", "Parameters"} {
		if n := root.get(key); n != nil && n.get("Fn::Transform") != nil {
			e.open = true
		}
	}
	if mappings := root.get("Mappings"); mappings != nil && mappings.kind == mapNode {
		e.mappings = mappings
		for i, m := range mappings.items {
			if mappings.keys[i] != "Fn::Transform" && m.kind != mapNode {
				return errorAt(m, "a mapping wants a map, found %s", m.kind)
			}
		}
	}
	return nil
}

// transforms reads Transform: which macros the template asks for.
func (e *evaluator) transforms(n *node) error {
	list := []*node{n}
	if n.kind == listNode {
		list = n.items
	}
	for _, t := range list {
		name := t.text
		if t.kind == mapNode {
			if v := t.get("Name"); v != nil {
				name = v.text
			}
		}
		switch {
		case t.kind != stringNode && t.kind != mapNode:
			return errorAt(t, "Transform wants macro names, found %s", t.kind)
		case name == "AWS::LanguageExtensions":
			e.extended = true
		case strings.HasPrefix(name, "AWS::Serverless-"):
			e.sam = true
		default:
			e.open = true
			e.warn(t, "the macro %q is not run: what it adds or changes is not seen", name)
		}
	}
	return nil
}

// declare registers conditions and resources, so that they can refer to one another.
func (e *evaluator) declare(root *node) error {
	e.conditions = map[string]*condition{}
	section := root.get("Conditions")
	if section != nil && section.kind == mapNode {
		for i, name := range section.keys {
			if !isIntrinsic(name) {
				e.conditions[name] = &condition{node: section.items[i]}
			}
		}
		for i, name := range section.keys {
			if c := e.conditions[name]; c != nil {
				if _, err := e.decideNamed(section.items[i], name); err != nil {
					return err
				}
			}
		}
	}
	return e.declareResources(root.get("Resources"))
}

func (e *evaluator) declareResources(section *node) error {
	e.resources = make(map[string]*resState, len(section.items))
	for i, id := range section.keys {
		n := section.items[i]
		if id == "Fn::Transform" || strings.HasPrefix(id, "Fn::ForEach::") {
			e.warn(n, "the resources that %s adds are not seen", e.transform(n, id))
			continue
		}
		rs, err := e.declareResource(id, n)
		if err != nil {
			return err
		}
		e.resources[id] = rs
		e.order = append(e.order, rs)
	}
	e.literalIDs()
	if len(e.order) > cfnResources {
		e.warn(section, "%d resources; CloudFormation accepts at most %d in a stack", len(e.order), cfnResources)
	}
	return nil
}

// resourceAttributes are the keys a resource may have.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-product-attribute-reference.html
var resourceAttributes = []string{"Type", "Properties", "Condition", "DependsOn", "Metadata", "CreationPolicy", "DeletionPolicy",
	"UpdatePolicy", "UpdateReplacePolicy", "Description", "Version", "Connectors"}

func (e *evaluator) declareResource(id string, n *node) (*resState, error) {
	if !alphanumeric(id) {
		return nil, errorAtKey(n, "a logical id has letters and digits only, found %q", id)
	}
	if n.kind != mapNode {
		return nil, errorAt(n, "a resource wants a map, found %s", n.kind)
	}
	if e.params[id] != nil {
		return nil, errorAtKey(n, "%q is a parameter and a resource", id)
	}
	for i, key := range n.keys {
		if !slices.Contains(resourceAttributes, key) && key != "Fn::Transform" {
			return nil, errorAtKey(n.items[i], "unknown resource attribute %q", key)
		}
	}
	typ, err := e.literal(n, "Type", true)
	if err != nil {
		return nil, err
	}
	if n.get("Type").kind != stringNode || typ == "" {
		return nil, errorAt(n.get("Type"), "Type wants a resource type")
	}
	rs := &resState{id: id, typ: typ, node: n, kind: kindOf(typ), created: yes}
	if p := n.get("Properties"); p != nil && p.kind != nullNode {
		if p.kind != mapNode {
			return nil, errorAt(p, "Properties wants a map, found %s", p.kind)
		}
		rs.props = p
	}
	if c := n.get("Condition"); c != nil {
		name, ok := c.name()
		if !ok {
			return nil, errorAt(c, "Condition wants a condition's name, found %s", c.kind)
		}
		rs.condition = name
		if rs.created, err = e.decideNamed(c, name); err != nil {
			return nil, err
		}
	}
	return rs, nil
}

func alphanumeric(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != ""
}

// build resolves every resource and output.
func (e *evaluator) build(s *Stack, outputs *node) error {
	for _, rs := range e.order {
		if rs.created == no {
			continue
		}
		r, err := e.resource(s, rs)
		if err != nil {
			return err
		}
		s.Resources = append(s.Resources, r)
		s.byID[r.LogicalID] = r
	}
	if err := e.circles(); err != nil {
		return err
	}
	for _, r := range s.Resources {
		for dep := range r.state.refs {
			r.References = append(r.References, dep.id)
		}
		sort.Strings(r.References)
	}
	return e.outputs(s, outputs)
}

func (e *evaluator) resource(s *Stack, rs *resState) (*Resource, error) {
	r := &Resource{LogicalID: rs.id, Type: rs.typ, Line: rs.node.keyLine, Column: rs.node.keyCol, Conditional: rs.created == unsure,
		Condition: rs.condition, Properties: map[string]any{}, state: rs, stack: s}
	e.current = rs
	defer func() { e.current = nil }()
	if rs.created == unsure {
		e.unknown(rs.node.get("Condition"), "Condition "+rs.condition, "the condition depends on a value that is not known")
	}
	if rs.props != nil {
		v, err := e.eval(rs.props)
		if err != nil {
			return nil, err
		}
		switch v := export(v).(type) {
		case map[string]any:
			r.Properties = v
		case string:
			r.Properties["Fn::Transform"] = v
		case nil:
		default:
			return nil, errorAt(rs.props, "Properties wants a map")
		}
	}
	if err := e.dependsOn(rs, r); err != nil {
		return nil, err
	}
	e.current = nil
	if m := rs.node.get("Metadata"); m != nil && m.kind == mapNode {
		v, err := e.eval(m)
		if err != nil {
			return nil, err
		}
		r.Metadata, _ = export(v).(map[string]any)
	}
	if p := rs.node.get("UpdatePolicy"); p != nil && p.kind == mapNode {
		v, err := e.eval(p)
		if err != nil {
			return nil, err
		}
		r.UpdatePolicy, _ = export(v).(map[string]any)
	}
	var err error
	if r.PhysicalID, err = e.nameOf(rs); err != nil {
		return nil, err
	}
	if r.ARN, err = e.arnOf(rs); err != nil {
		return nil, err
	}
	r.Ref, err = e.refOf(rs)
	return r, err
}

func (e *evaluator) dependsOn(rs *resState, r *Resource) error {
	d := rs.node.get("DependsOn")
	if d == nil || d.kind == nullNode {
		return nil
	}
	list := []*node{d}
	if d.kind == listNode {
		list = d.items
	}
	for _, item := range list {
		id, ok := item.name()
		if !ok {
			return errorAt(item, "DependsOn wants logical ids, found %s", item.kind)
		}
		other := e.resources[id]
		if other == nil {
			other = e.resources[e.generated[id]]
		}
		if other == nil {
			if e.open {
				continue
			}
			return errorAt(item, "DependsOn names %q, which is no resource of the template", id)
		}
		r.DependsOn = append(r.DependsOn, id)
		rs.depend(other, item, false, true)
	}
	return nil
}

func (e *evaluator) outputs(s *Stack, section *node) error {
	s.Outputs, s.Exports = map[string]any{}, map[string]any{}
	if section == nil || section.kind != mapNode {
		return nil
	}
	for i, name := range section.keys {
		n := section.items[i]
		if name == "Fn::Transform" || strings.HasPrefix(name, "Fn::ForEach::") {
			e.transform(n, name)
			continue
		}
		if n.kind != mapNode {
			return errorAt(n, "an output wants a map, found %s", n.kind)
		}
		if c := n.get("Condition"); c != nil {
			name, ok := c.name()
			if !ok {
				return errorAt(c, "Condition wants a condition's name, found %s", c.kind)
			}
			t, err := e.decideNamed(c, name)
			if err != nil {
				return err
			}
			if t == no {
				continue
			}
		}
		value := n.get("Value")
		if value == nil {
			return errorAtKey(n, "the output has no Value")
		}
		v, err := e.eval(value)
		if err != nil {
			return err
		}
		s.Outputs[name] = export(v)
		if export := n.get("Export").get("Name"); export != nil {
			as, err := e.evalText(export, "an export's name")
			if err != nil {
				return err
			}
			if !HasUnknown(as) {
				s.Exports[as] = s.Outputs[name]
			}
		}
	}
	return nil
}

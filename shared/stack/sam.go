package stack

import (
	"crypto/sha1"
	"encoding/hex"
	"slices"
	"strings"
)

// sam is the part of the SAM transform that decides permissions: it turns the AWS::Serverless resources of a template
// into what they become, under the logical ids that the transform gives. What concerns no permission (routes to domains,
// models, gateway responses) is left out. A property or a kind of event that is not known is refused.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-serverless.html
type sam struct {
	e       *evaluator
	root    *node
	section *node            // Resources
	globals map[string]*node // of Globals, by the kind of resource: Function
	all     []*samResource   // in document order
	byID    map[string]*samResource
	deploy  []*samResource // functions that CodeDeploy deploys
	// conditions is the section Conditions once something was added to it.
	conditions *node
	err        error // the first fault
}

// samResource is a resource of the template.
type samResource struct {
	id   string
	typ  string // without AWS::Serverless::; empty for a resource that SAM leaves alone
	node *node
	// props are its properties with those of Globals; nil for a resource that SAM leaves alone.
	props *node
	// made is what it becomes, by logical id.
	made *node
	api  *samAPI // of an API
}

const serverless = "AWS::Serverless::"

// transformSAM runs the transform where the template asks for it.
func (e *evaluator) transformSAM(root *node) error {
	section := root.get("Resources")
	first := firstServerless(section)
	if first == nil && !(e.sam && hasConnectors(section)) {
		return nil
	}
	if !e.sam {
		return errorAt(first.get("Type"), "%s needs Transform: AWS::Serverless-2016-10-31", first.get("Type").text)
	}
	s := &sam{e: e, root: root, section: section, byID: map[string]*samResource{}, globals: map[string]*node{}}
	e.generated = map[string]string{}
	s.run()
	if s.err != nil {
		return s.err
	}
	return nil
}

func firstServerless(section *node) *node {
	for _, n := range section.items {
		if t := n.get("Type"); t != nil && t.kind == stringNode && strings.HasPrefix(t.text, serverless) {
			return n
		}
	}
	return nil
}

func hasConnectors(section *node) bool {
	return slices.ContainsFunc(section.items, func(n *node) bool { return n.get("Connectors") != nil })
}

// fail keeps the first fault.
func (s *sam) fail(n *node, format string, args ...any) {
	if s.err == nil {
		s.err = errorAt(n, format, args...)
	}
}

func (s *sam) run() {
	s.readGlobals()
	for i, id := range s.section.keys {
		s.add(id, s.section.items[i])
	}
	s.embeddedConnectors()
	s.implicitAPIs()
	// The events of functions and state machines add to their APIs.
	for _, kinds := range [][]string{{"Function"}, {"StateMachine"}, {"Api", "HttpApi", "WebSocketApi"},
		{"SimpleTable", "LayerVersion", "Application", "CapacityProvider"}, {"Connector"}} {
		for _, r := range s.all {
			if s.err != nil {
				return
			}
			if slices.Contains(kinds, r.typ) {
				s.transform(r)
			}
		}
	}
	s.deployments()
	s.finish()
}

func (s *sam) add(id string, n *node) {
	r := &samResource{id: id, node: n}
	s.all, s.byID[id] = append(s.all, r), r
	t := n.get("Type")
	if t == nil || t.kind != stringNode || !strings.HasPrefix(t.text, serverless) || s.err != nil {
		return
	}
	r.typ = strings.TrimPrefix(t.text, serverless)
	known, ok := samProperties[r.typ]
	if !ok {
		s.e.open = true
		s.e.warn(t, "%s is not understood: what SAM makes of it is not seen. The processed template has it: `aws cloudformation get-template "+
			"--template-stage Processed`", t.text)
		r.typ = ""
		return
	}
	for i, key := range n.keys {
		if !slices.Contains(resourceAttributes, key) && key != "IgnoreGlobals" {
			s.err = errorAtKey(n.items[i], "unknown resource attribute %q", key)
			return
		}
	}
	if !alphanumeric(id) {
		s.fail(n, "a logical id has letters and digits only, found %q", id)
		return
	}
	props := n.get("Properties")
	if given(props) == nil {
		props = n.like(mapNode)
	}
	if props.kind != mapNode || isCall(props) {
		s.fail(props, "Properties of %s wants a map that is written out, found %s", t.text, kindOrCall(props))
		return
	}
	r.props = s.withGlobals(r, props)
	s.wanted(r.props, t.text, known)
	r.made = n.like(mapNode)
}

// wanted refuses properties that are not known: what they would change is not known either.
func (s *sam) wanted(props *node, what string, known []string) {
	for i, key := range props.keys {
		if !slices.Contains(known, key) {
			if s.err == nil {
				s.err = errorAtKey(props.items[i], "%s has no property %q that is known here; SAM refuses it, or it is newer than this program", what, key)
			}
			return
		}
	}
}

func kindOrCall(n *node) string {
	if key, _, ok := n.single(); ok && isCall(n) {
		return key
	}
	return n.kind.String()
}

// asMap is a value that SAM wants written out as a map; nil where it is absent, or no map, which is a fault.
func (s *sam) asMap(n *node, what string) *node {
	if given(n) == nil || isNothing(n) {
		return nil
	}
	if n.kind != mapNode || isCall(n) {
		s.fail(n, "%s wants a map that is written out, found %s", what, kindOrCall(n))
		return nil
	}
	return n
}

func (s *sam) asList(n *node, what string) []*node {
	if given(n) == nil || isNothing(n) {
		return nil
	}
	if n.kind != listNode {
		s.fail(n, "%s wants a list that is written out, found %s", what, kindOrCall(n))
		return nil
	}
	return n.items
}

// asText is a value that SAM wants as text: it resolves no more than references to parameters.
func (s *sam) asText(n *node, what string) string {
	n = s.value(n)
	if given(n) == nil {
		return ""
	}
	if n.kind != stringNode && n.kind != numberNode {
		s.fail(n, "%s wants text or a Ref to a parameter with a value, found %s", what, kindOrCall(n))
		return ""
	}
	return n.text
}

// value follows a reference to a parameter whose value is known, as SAM does. A loop leaves Fn::Sub without variables.
func (s *sam) value(n *node) *node {
	key, arg, ok := n.single()
	if ok && key == "Fn::Sub" && arg.kind == stringNode && !strings.Contains(arg.text, "${") {
		return arg
	}
	if !ok || key != "Ref" || arg.kind != stringNode {
		return n
	}
	switch p := s.e.params[arg.text]; {
	case p != nil:
		switch v := p.value.(type) {
		case string:
			return n.ofText(v)
		case number:
			return n.ofText(string(v))
		}
	case arg.text == "AWS::Region":
		return n.ofText(s.e.opts.Region)
	}
	return n
}

// make adds a resource to what r becomes. It stands at the place of at, and under r's condition.
func (s *sam) make(r *samResource, at *node, id, typ string, props *node, attributes ...any) {
	if old := s.byID[id]; old != nil && old != r && old.made == nil && s.err == nil {
		s.err = errorAtKey(old.node, "SAM gives the logical id %q to the %s that it makes of %s: it is there already", id, typ, r.id)
	}
	n := at.ofMap("Type", typ)
	if c := given(r.node.get("Condition")); c != nil {
		n.set("Condition", c)
	}
	for i := 0; i+1 < len(attributes); i += 2 {
		if v, _ := attributes[i+1].(*node); v != nil {
			n.set(attributes[i].(string), v)
		}
	}
	n.set("Properties", props)
	n.key, n.parent = id, s.section
	n.keyLine, n.keyCol = at.keyLine, at.keyCol
	if at.keyLine == 0 {
		n.keyLine, n.keyCol = at.line, at.col
	}
	s.count(n)
	r.made.set(id, n)
}

// count holds what is made against the limits of a template.
func (s *sam) count(n *node) {
	if err := s.e.countNode(n); err != nil && s.err == nil {
		s.err = err
	}
	if err := s.e.spend(n, 16); err != nil && s.err == nil {
		s.err = err
	}
}

// main adds the resource that keeps r's logical id.
func (s *sam) main(r *samResource, typ string, props *node) {
	s.make(r, r.node, r.id, typ, props, "DependsOn", given(r.node.get("DependsOn")), "Metadata", given(r.node.get("Metadata")),
		"UpdatePolicy", given(r.node.get("UpdatePolicy")))
}

// refer makes R.Property, as in Ref MyFunction.Version, name the resource that SAM makes.
func (s *sam) refer(r *samResource, property, id string) { s.e.generated[r.id+"."+property] = id }

// idOf is a logical id with a suffix, or with a hash of the suffix where that is no part of a logical id.
func idOf(prefix, suffix string) string {
	if suffix == "" || alphanumeric(suffix) {
		return prefix + suffix
	}
	return prefix + samHash(suffix)
}

func samHash(s string) string {
	sum := sha1.Sum([]byte(s))
	return hex.EncodeToString(sum[:])[:10]
}

// condition is the name of a resource's condition.
func (r *samResource) condition() string {
	name, _ := r.node.get("Condition").name()
	return name
}

func (s *sam) transform(r *samResource) {
	switch r.typ {
	case "Function":
		s.function(r)
	case "StateMachine":
		s.machine(r)
	case "Api":
		s.restAPI(r)
	case "HttpApi":
		s.httpAPI(r)
	case "WebSocketApi":
		s.webSocketAPI(r)
	case "SimpleTable":
		s.simpleTable(r)
	case "LayerVersion":
		s.layer(r)
	case "Application":
		s.application(r)
	case "CapacityProvider":
		s.capacityProvider(r)
	case "Connector":
		s.connector(r)
	}
}

// finish puts what was made in the place of what it is made from.
func (s *sam) finish() {
	if s.err != nil {
		return
	}
	out := s.section.like(mapNode)
	for _, r := range s.all {
		if r.made == nil {
			out.set(r.id, r.node)
			continue
		}
		for i, id := range r.made.keys {
			if old := out.get(id); old != nil && old.get("Type").text != r.made.items[i].get("Type").text {
				s.err = errorAtKey(r.node, "SAM gives the logical id %q twice, to %s and %s", id, old.get("Type").text, r.made.items[i].get("Type").text)
				return
			}
			out.set(id, r.made.items[i])
		}
	}
	s.root.set("Resources", out)
}

// indexed makes a large map be looked up by index.
func (n *node) indexed() {
	if n.index != nil || len(n.keys) < indexedFrom {
		return
	}
	n.index = make(map[string]int, 2*len(n.keys))
	for i, k := range n.keys {
		n.index[k] = i
	}
}

// newCondition adds a condition to the template, which declares it as its own are.
func (s *sam) newCondition(name string, n *node) {
	if s.conditions == nil {
		if s.conditions = s.root.mapOf("Conditions"); s.conditions == nil {
			s.fail(s.root.get("Conditions"), "Conditions wants a map that is written out")
			return
		}
		s.conditions.indexed()
	}
	if s.conditions.get(name) == nil {
		s.conditions.set(name, n)
	}
}

// either is a condition that holds where one of several does: the one itself, or a new one.
func (s *sam) either(at *node, name string, all []string) string {
	if len(all) == 1 {
		return all[0]
	}
	var groups []*node
	for part := range slices.Chunk(all, 10) { // Fn::Or takes ten
		var items []*node
		for _, c := range part {
			items = append(items, at.ofMap("Condition", c))
		}
		if len(items) == 1 {
			groups = append(groups, items[0])
		} else {
			groups = append(groups, at.ofMap("Fn::Or", at.ofList(items...)))
		}
	}
	for len(groups) > 1 {
		var next []*node
		for part := range slices.Chunk(groups, 10) {
			if len(part) == 1 {
				next = append(next, part[0])
			} else {
				next = append(next, at.ofMap("Fn::Or", at.ofList(part...)))
			}
		}
		groups = next
	}
	s.newCondition(name, groups[0])
	return name
}

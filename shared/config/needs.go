package config

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"permprobe/shared/declare"

	"go.yaml.in/yaml/v3"
)

// Need is one call that a user declares that the code of some functions makes.
type Need struct {
	// Functions are names, ARNs or patterns; empty for every function that is checked.
	Functions []string
	// Tags are the tags that a function must carry besides, as in File; nil for any.
	Tags map[string][]string
	Call declare.Call
	// Optional is true where the code does without the call: "required: false".
	Optional bool
	// Seen is true for a call that is known because it was refused, and that nobody declared; Apart where it is told apart
	// from others that were, because it is remembered until it is granted.
	Seen, Apart bool
	// Reason is the user's own short text on why the code calls; it may be empty.
	Reason string
	// Where is the place of the declaration: "probe.yaml:12" or "check.needs[0]".
	Where string
}

// maxReason is how long a reason may be: it is a part of messages.
const maxReason = 200

// maxNeeds bounds what a file or an event may declare: every call is a question to the simulator for every function.
const maxNeeds = 2000

// The settings of a declaration beside the shorthands.
var needFields = []string{"functions", "tags", "actions", "resources", "policy", "key", "externalId", "required", "reason"}

// needReader reads the declarations of one file or event.
type needReader struct {
	// where names the place of a declaration.
	where func(*yaml.Node) string
	// beside reads a policy document that a declaration names; nil where there is none to read.
	beside func(name string) ([]byte, error)
	// policies are the names of those that were read.
	policies []string
	// externalID is that of the declaration that is read; empty for none.
	externalID string
	needs      []Need
}

// read reads the list of declarations.
func (r *needReader) read(value *yaml.Node) *settingError {
	switch {
	case value.Kind != yaml.SequenceNode:
		return wrong(value, "a list of what the code calls is needed, not %s", kindOf(value))
	case len(value.Content) == 0:
		return wrong(value, "the list is empty: leave it out")
	}
	for _, node := range value.Content {
		if bad := r.entry(node); bad != nil {
			return bad
		}
		if len(r.needs) > maxNeeds {
			return wrong(node, "more than %d calls are declared", maxNeeds)
		}
	}
	return nil
}

// entry reads one declaration: which functions, what they call, and what to say about it.
func (r *needReader) entry(node *yaml.Node) *settingError {
	if node.Kind != yaml.MappingNode {
		return wrong(node, "a declaration is a map such as {read: \"s3://bucket/prefix/\"}, not %s", kindOf(node))
	}
	fields := map[string]*yaml.Node{}
	var shorthands []*yaml.Node // keys, each followed by its value
	for i := 0; i < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case fields[key.Value] != nil:
			return wrong(key, "%s is given twice", short(key.Value))
		case key.Kind == yaml.ScalarNode && slices.Contains(declare.Shorthands(), key.Value):
			shorthands = append(shorthands, key, value)
		case key.Kind != yaml.ScalarNode || !slices.Contains(needFields, key.Value):
			if near := declare.Nearest(key.Value, slices.Concat(needFields, declare.Shorthands())); near != "" {
				return wrong(key, "unknown field %s: is %q meant?", short(key.Value), near)
			}
			return wrong(key, "unknown field %s: a declaration may hold %s, or a shorthand: %s",
				short(key.Value), strings.Join(needFields, ", "), strings.Join(declare.Shorthands(), ", "))
		}
		fields[key.Value] = value
	}
	base, bad := r.about(node, fields)
	if bad != nil {
		return bad
	}
	if len(shorthands) == 0 && fields["actions"] == nil && fields["policy"] == nil {
		return wrong(node, "the declaration names no call: give actions and resources, policy, or a shorthand: %s", strings.Join(declare.Shorthands(), ", "))
	}
	first := len(r.needs)
	if bad := r.external(fields["externalId"]); bad != nil {
		return bad
	}
	for i := 0; i < len(shorthands); i += 2 {
		if bad := r.shorthand(base, shorthands[i].Value, shorthands[i+1]); bad != nil {
			return bad
		}
	}
	if bad := r.explicit(base, node, fields); bad != nil {
		return bad
	}
	if value := fields["policy"]; value != nil {
		if bad := r.document(base, value); bad != nil {
			return bad
		}
	}
	if value := fields["externalId"]; value != nil && !slices.ContainsFunc(r.needs[first:], func(n Need) bool { return n.Call.Context[externalID] != nil }) {
		return wrong(value, "externalId stands beside assume, and there is none")
	}
	if value := fields["key"]; value != nil {
		return r.behind(base, value, r.needs[first:])
	}
	return nil
}

// externalID is the request key that carries the external id of a call that assumes a role.
const externalID = "sts:ExternalId"

// externalIDs are what STS takes for one.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
var externalIDs = regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`)

// maxExternalID is how long one may be.
const maxExternalID = 1224

// external reads the external id that the code sends with the calls of the declaration.
func (r *needReader) external(value *yaml.Node) *settingError {
	r.externalID = ""
	switch {
	case value == nil:
		return nil
	case value.Kind != yaml.ScalarNode || !externalIDs.MatchString(value.Value) || len(value.Value) > maxExternalID:
		return wrong(value, "externalId is a text of 2 to 1224 letters, digits and _+=,.@:/- without spaces")
	}
	r.externalID = value.Value
	return nil
}

// about reads what a declaration says besides its calls.
func (r *needReader) about(node *yaml.Node, fields map[string]*yaml.Node) (Need, *settingError) {
	base := Need{Where: r.where(node)}
	var bad *settingError
	if value := fields["functions"]; value != nil {
		list := value
		if value.Kind == yaml.ScalarNode && !isNull(value) {
			list = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{value}}
		}
		if base.Functions, bad = functionsSetting(list); bad != nil {
			if bad.node == list {
				bad.node = value
			}
			return base, bad
		}
	}
	if value := fields["tags"]; value != nil {
		if base.Tags, bad = tagsSetting(value); bad != nil {
			return base, bad
		}
	}
	if value := fields["required"]; value != nil {
		required, err := strconv.ParseBool(value.Value)
		if value.Kind != yaml.ScalarNode || value.ShortTag() != "!!bool" || err != nil {
			return base, wrong(value, "required is true or false, not %s", kindOf(value))
		}
		base.Optional = !required
	}
	if value := fields["reason"]; value != nil {
		switch text := value.Value; {
		case value.Kind != yaml.ScalarNode || strings.TrimSpace(text) == "":
			return base, wrong(value, "reason is a text, not %s", kindOf(value))
		case len([]rune(text)) > maxReason:
			return base, wrong(value, "reason is longer than %d characters", maxReason)
		case strings.IndexFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) >= 0:
			return base, wrong(value, "reason holds what cannot be printed on one line")
		default:
			base.Reason = text
		}
	}
	return base, nil
}

// texts are the texts of a field that takes one or a list of them.
func texts(value *yaml.Node, what string) ([]*yaml.Node, *settingError) {
	nodes := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		nodes = value.Content
	}
	if len(nodes) == 0 {
		return nil, wrong(value, "%s: the list is empty", what)
	}
	for _, node := range nodes {
		if node.Kind != yaml.ScalarNode || isNull(node) {
			return nil, wrong(node, "%s takes a text or a list of texts, not %s", what, kindOf(node))
		}
	}
	return nodes, nil
}

func (r *needReader) shorthand(base Need, name string, value *yaml.Node) *settingError {
	nodes, bad := texts(value, name)
	if bad != nil {
		return bad
	}
	for _, node := range nodes {
		calls, err := declare.Expand(name, node.Value)
		if err != nil {
			return wrong(node, "%s: %v", name, err)
		}
		if bad := r.add(base, node, calls); bad != nil {
			return bad
		}
	}
	return nil
}

// explicit reads actions and resources.
func (r *needReader) explicit(base Need, node *yaml.Node, fields map[string]*yaml.Node) *settingError {
	if fields["actions"] == nil {
		if value := fields["resources"]; value != nil {
			return wrong(value, "resources stand beside actions, and there are none")
		}
		return nil
	}
	actions, bad := texts(fields["actions"], "actions")
	if bad != nil {
		return bad
	}
	var resources []*yaml.Node
	if value := fields["resources"]; value != nil {
		if resources, bad = texts(value, "resources"); bad != nil {
			return bad
		}
	}
	values := func(nodes []*yaml.Node) []string {
		var out []string
		for _, n := range nodes {
			out = append(out, n.Value)
		}
		return out
	}
	calls, err := declare.Explicit(values(actions), values(resources))
	var mistake *declare.Mistake
	switch {
	case errors.As(err, &mistake) && mistake.Resource:
		return wrong(resources[mistake.At], "resources: %s", mistake.Msg)
	case errors.As(err, &mistake):
		return wrong(actions[mistake.At], "actions: %s", mistake.Msg)
	case err != nil:
		return wrong(node, "%v", err)
	}
	return r.add(base, node, calls)
}

// document reads the policy documents that lie beside the file.
func (r *needReader) document(base Need, value *yaml.Node) *settingError {
	nodes, bad := texts(value, "policy")
	if bad != nil {
		return bad
	}
	for _, node := range nodes {
		name := node.Value
		switch {
		case r.beside == nil:
			return wrong(node, "policy: a document is named in %s only, beside which it lies", FileName)
		case strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") || !strings.HasSuffix(name, ".json"):
			return wrong(node, "policy: %s is not the name of a .json file in the folder of %s", short(name), FileName)
		}
		data, err := r.beside(name)
		if err != nil {
			return wrong(node, "policy: read %s: %v", short(name), err)
		}
		calls, err := declare.Document(name, data)
		if err != nil {
			return wrong(node, "policy: %v", err)
		}
		if !slices.Contains(r.policies, name) {
			r.policies = append(r.policies, name)
		}
		// Tools repeat themselves, and that a document does is nobody's mistake.
		var fresh []declare.Call
		for _, call := range calls {
			if !slices.ContainsFunc(fresh, func(c declare.Call) bool { return same(c, call) }) &&
				!slices.ContainsFunc(r.needs, func(n Need) bool { return same(n.Call, call) && sameFunctions(n, base) }) {
				fresh = append(fresh, call)
			}
		}
		if bad := r.add(base, node, fresh); bad != nil {
			return bad
		}
	}
	return nil
}

// behind adds what the calls of a declaration need on the key behind their resources.
func (r *needReader) behind(base Need, value *yaml.Node, needs []Need) *settingError {
	nodes, bad := texts(value, "key")
	if bad != nil {
		return bad
	}
	var calls []declare.Call
	for _, n := range needs {
		calls = append(calls, n.Call)
	}
	for _, node := range nodes {
		found, err := declare.Key(node.Value, calls)
		if err != nil {
			return wrong(node, "key: %v", err)
		}
		if bad := r.add(base, node, found); bad != nil {
			return bad
		}
	}
	return nil
}

// add takes over calls; the same call declared twice for the same functions is a mistake.
func (r *needReader) add(base Need, node *yaml.Node, calls []declare.Call) *settingError {
	for _, call := range calls {
		if r.externalID != "" && strings.EqualFold(call.Action, "sts:AssumeRole") {
			keys := maps.Clone(call.Context)
			if keys == nil {
				keys = map[string][]string{}
			}
			keys[externalID] = []string{r.externalID}
			call.Context = keys
		}
		for _, have := range r.needs {
			if same(have.Call, call) && sameFunctions(have, base) {
				return wrong(node, "%s on %s is declared already at %s", call.Action, call.Granted(), have.Where)
			}
		}
		one := base
		one.Call = call
		r.needs = append(r.needs, one)
	}
	return nil
}

// same tells whether two calls are one.
func same(a, b declare.Call) bool {
	return a.Action == b.Action && a.Resource == b.Resource && a.Unread == b.Unread && fmt.Sprint(a.Context) == fmt.Sprint(b.Context)
}

// sameFunctions tells whether two declarations are about the same functions.
func sameFunctions(a, b Need) bool {
	return slices.Equal(a.Functions, b.Functions) && fmt.Sprint(a.Tags) == fmt.Sprint(b.Tags)
}

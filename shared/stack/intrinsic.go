package stack

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// call resolves one intrinsic function.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
func (e *evaluator) call(n *node, key string, arg *node) (any, error) {
	switch key {
	case "Ref":
		return e.refCall(arg)
	case "Fn::GetAtt":
		return e.getAttCall(arg)
	case "Fn::Sub":
		return e.sub(arg)
	case "Fn::Join":
		return e.join(arg)
	case "Fn::Select":
		return e.choose(arg)
	case "Fn::Split":
		return e.split(arg)
	case "Fn::If":
		return e.branch(arg)
	case "Fn::FindInMap":
		return e.findInMap(arg)
	case "Fn::Base64":
		return e.base64(arg)
	case "Fn::Cidr":
		return e.cidr(arg)
	case "Fn::GetAZs":
		return e.zones(arg)
	case "Fn::Length":
		return e.length(arg)
	case "Fn::ToJsonString":
		return e.toJSON(arg)
	case "Fn::ImportValue":
		name, err := e.evalText(arg, "Fn::ImportValue")
		if err != nil {
			return nil, err
		}
		if v, ok := e.opts.Imports[name]; ok {
			return imported(v), nil
		}
		return e.unknown(arg, "ImportValue "+name, "another stack exports the value"), nil
	case "Fn::GetStackOutput":
		return e.stackOutput(arg)
	case "Fn::Transform":
		return e.transform(arg, key), nil
	case "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals":
		t, err := e.decide(n)
		if err != nil {
			return nil, err
		}
		if t == unsure {
			return e.unknown(n, strings.TrimPrefix(key, "Fn::")+" at line "+strconv.Itoa(n.line), "the condition depends on a value that is not known"), nil
		}
		return t == yes, nil
	case "Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn", "Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll":
		return nil, errorAtKey(arg, "%s is for Rules only", key)
	}
	if strings.HasPrefix(key, "Fn::ForEach::") {
		// A loop over a collection that is not known was left in place.
		return &object{keys: []string{key}, values: []any{e.transform(arg, key)}}, nil
	}
	return nil, errorAtKey(arg, "unknown intrinsic function %s", key)
}

// imported is an exported value as the value of Fn::ImportValue: text.
func imported(v any) any {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	}
	return fmt.Sprint(v)
}

// transform is the unknown that a macro's, or an unrollable loop's, result is.
func (e *evaluator) transform(arg *node, key string) string {
	if strings.HasPrefix(key, "Fn::ForEach::") {
		return e.unknown(arg, strings.TrimPrefix(key, "Fn::"), "the loop's collection is not known")
	}
	name := "Transform"
	if v := arg.get("Name"); v != nil && v.kind == stringNode {
		name += " " + v.text
	}
	return e.unknown(arg, name, "a macro runs when the stack is deployed")
}

// args checks that an intrinsic's argument is a list of low to high items.
func args(fn string, arg *node, low, high int) ([]*node, error) {
	if arg.kind != listNode {
		return nil, errorAt(arg, "%s wants a list, found %s", fn, arg.kind)
	}
	if len(arg.items) < low || len(arg.items) > high {
		if low == high {
			return nil, errorAt(arg, "%s wants %d values, found %d", fn, low, len(arg.items))
		}
		return nil, errorAt(arg, "%s wants %d to %d values, found %d", fn, low, high, len(arg.items))
	}
	return arg.items, nil
}

// evalList resolves a value that has to be a list. The name is set instead when
// the whole list is unknown.
func (e *evaluator) evalList(n *node, what string) (known []any, rest string, err error) {
	v, err := e.eval(n)
	if err != nil {
		return nil, "", err
	}
	switch v := v.(type) {
	case []any:
		return v, "", nil
	case *partial:
		return v.known, v.rest, nil
	case string:
		if name, ok := wholeUnknown(v); ok {
			return nil, name, nil
		}
	}
	return nil, "", errorAt(n, "%s wants a list, found %s", what, describe(v))
}

func (e *evaluator) join(arg *node) (any, error) {
	items, err := args("Fn::Join", arg, 2, 2)
	if err != nil {
		return nil, err
	}
	sep, err := e.evalText(items[0], "Fn::Join's delimiter")
	if err != nil {
		return nil, err
	}
	list, rest, err := e.evalList(items[1], "Fn::Join")
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for i, item := range list {
		s, ok := textOf(item)
		if !ok {
			return nil, errorAt(items[1], "Fn::Join wants text, item %d is %s", i, describe(item))
		}
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(s)
		if b.Len() > maxString {
			break
		}
	}
	if rest != "" {
		if len(list) > 0 {
			b.WriteString(sep)
		}
		b.WriteString(e.unknown(arg, "Join of "+rest, "the list that is joined is not known"))
	}
	return e.checked(arg, b.String())
}

func (e *evaluator) split(arg *node) (any, error) {
	items, err := args("Fn::Split", arg, 2, 2)
	if err != nil {
		return nil, err
	}
	sep, err := e.evalText(items[0], "Fn::Split's delimiter")
	if err != nil {
		return nil, err
	}
	if sep == "" {
		return nil, errorAt(items[0], "Fn::Split's delimiter is empty")
	}
	text, err := e.evalText(items[1], "Fn::Split")
	if err != nil {
		return nil, err
	}
	if HasUnknown(sep) {
		return &partial{rest: e.named(arg, "Split of "+text, "the text that is split is not known")}, nil
	}
	if err := e.spend(arg, len(text)); err != nil {
		return nil, err
	}
	known, hidden := text, false
	if i := strings.Index(text, openMark); i >= 0 {
		known, hidden = text[:i], true
	}
	var list []any
	parts := strings.Split(known, sep)
	if hidden {
		// The last part reaches into the unknown, which may hold delimiters.
		parts = parts[:len(parts)-1]
	}
	for _, p := range parts {
		list = append(list, p)
	}
	if hidden {
		return &partial{known: list, rest: e.named(arg, "Split of "+text, "the text that is split is not known")}, nil
	}
	return list, nil
}

// named notes an unknown and returns its bare name.
func (e *evaluator) named(n *node, name, reason string) string {
	name, _ = wholeUnknown(e.unknown(n, name, reason))
	return name
}

// choose is Fn::Select.
func (e *evaluator) choose(arg *node) (any, error) {
	items, err := args("Fn::Select", arg, 2, 2)
	if err != nil {
		return nil, err
	}
	at, err := e.evalText(items[0], "Fn::Select's index")
	if err != nil {
		return nil, err
	}
	list, rest, err := e.evalList(items[1], "Fn::Select")
	if err != nil {
		return nil, err
	}
	if HasUnknown(at) {
		return e.unknown(arg, "Select "+plain(at), "the index is not known"), nil
	}
	i, err := strconv.Atoi(at)
	if err != nil || i < 0 {
		return nil, errorAt(items[0], "Fn::Select's index is a number from 0, found %q", at)
	}
	if i < len(list) {
		return list[i], nil
	}
	if rest != "" {
		return e.unknown(arg, "Select "+at+" of "+rest, "the list that is selected from is not known"), nil
	}
	if i == 0 && len(list) == 0 {
		// An empty list parameter is split into one empty text: templates test
		// for it by selecting the first.
		return "", nil
	}
	// CloudFormation refuses this when it deploys. The list often comes from
	// parameters, which may be other ones then.
	e.warn(items[0], "Fn::Select's index %d is beyond the list of %d: CloudFormation refuses that", i, len(list))
	return e.unknown(arg, "Select "+at+" of "+strconv.Itoa(len(list)), "the list is too short"), nil
}

// findInMap is Fn::FindInMap, with the DefaultValue of the language extensions.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-findinmap-enhancements.html
func (e *evaluator) findInMap(arg *node) (any, error) {
	items, err := args("Fn::FindInMap", arg, 3, 4)
	if err != nil {
		return nil, err
	}
	var keys [3]string
	for i := range keys {
		if keys[i], err = e.evalText(items[i], "Fn::FindInMap"); err != nil {
			return nil, err
		}
	}
	var fallback *node
	if len(items) == 4 {
		if fallback = items[3].get("DefaultValue"); fallback == nil {
			return nil, errorAt(items[3], "Fn::FindInMap's fourth value wants a map with DefaultValue")
		}
	}
	for _, k := range keys {
		if HasUnknown(k) {
			return e.unknown(arg, "FindInMap "+strings.Join(keys[:], "."), "a key is not known"), nil
		}
	}
	at := e.mappings
	for i, k := range keys {
		next := at.get(k)
		if next == nil {
			if fallback != nil {
				return e.eval(fallback)
			}
			if e.open {
				return e.unknown(arg, "FindInMap "+strings.Join(keys[:], "."), "a macro that is not run here may define it"), nil
			}
			return nil, errorAt(items[i], "Fn::FindInMap finds no %q in %s", k, place(keys[:i]))
		}
		at = next
	}
	if at.kind == mapNode {
		return nil, errorAt(arg, "Fn::FindInMap finds a map at %s, wants text or a list", strings.Join(keys[:], "."))
	}
	return e.eval(at)
}

func place(keys []string) string {
	if len(keys) == 0 {
		return "Mappings"
	}
	return "the mapping " + strings.Join(keys, ".")
}

func (e *evaluator) base64(arg *node) (any, error) {
	s, err := e.evalText(arg, "Fn::Base64")
	if err != nil {
		return nil, err
	}
	if HasUnknown(s) {
		return e.unknown(arg, "Base64 of "+strings.Join(UnknownNames(s), ", "), "the text that is encoded is not known"), nil
	}
	return e.checked(arg, base64.StdEncoding.EncodeToString([]byte(s)))
}

// zones is Fn::GetAZs: which zones an account has is not in the template.
func (e *evaluator) zones(arg *node) (any, error) {
	region, err := e.evalText(arg, "Fn::GetAZs")
	if err != nil {
		return nil, err
	}
	if region == "" {
		region = e.opts.Region
	}
	return &partial{rest: e.named(arg, "GetAZs "+region, "the availability zones depend on the account")}, nil
}

func (e *evaluator) length(arg *node) (any, error) {
	list, rest, err := e.evalList(arg, "Fn::Length")
	if err != nil {
		return nil, err
	}
	if rest != "" {
		return e.unknown(arg, "Length of "+rest, "the list is not known"), nil
	}
	return number(strconv.Itoa(len(list))), nil
}

func (e *evaluator) stackOutput(arg *node) (any, error) {
	v, err := e.eval(arg)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*object)
	if !ok {
		return nil, errorAt(arg, "Fn::GetStackOutput wants a map, found %s", describe(v))
	}
	stack, _ := textOf(o.get("StackName"))
	output, _ := textOf(o.get("OutputName"))
	if stack == "" || output == "" {
		return nil, errorAt(arg, "Fn::GetStackOutput wants StackName and OutputName")
	}
	return e.unknown(arg, "GetStackOutput "+stack+"."+output, "another stack holds the value"), nil
}

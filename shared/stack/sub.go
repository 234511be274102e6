package stack

import (
	"regexp"
	"strings"
)

var subName = regexp.MustCompile(`^[A-Za-z0-9_.:]+$`)

// sub is Fn::Sub in both forms.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
func (e *evaluator) sub(arg *node) (any, error) {
	text, vars := arg, (*node)(nil)
	if arg.kind == listNode {
		items, err := args("Fn::Sub", arg, 2, 2)
		if err != nil {
			return nil, err
		}
		text, vars = items[0], items[1]
		if vars.kind != mapNode {
			return nil, errorAt(vars, "Fn::Sub wants a map of variables, found %s", vars.kind)
		}
	}
	if text.kind != stringNode {
		return nil, errorAt(text, "Fn::Sub wants text, found %s", text.kind)
	}
	var b strings.Builder
	rest := text.text
	for {
		i := strings.Index(rest, "${")
		if i < 0 {
			break
		}
		b.WriteString(rest[:i])
		end := strings.IndexByte(rest[i:], '}')
		if end < 0 {
			return nil, errorAt(text, "Fn::Sub holds ${ without }")
		}
		name := rest[i+2 : i+end]
		rest = rest[i+end+1:]
		if strings.HasPrefix(name, "!") {
			b.WriteString("${" + name[1:] + "}")
			continue
		}
		name = strings.TrimSpace(name)
		if !subName.MatchString(name) {
			return nil, errorAt(text, "Fn::Sub holds the variable %q; names have letters, digits, '_', '.' and ':' (write ${!name} for plain text)", name)
		}
		s, err := e.variable(text, vars, name)
		if err != nil {
			return nil, err
		}
		b.WriteString(s)
		if b.Len() > maxString {
			break
		}
	}
	b.WriteString(rest)
	return e.checked(text, b.String())
}

// variable resolves one ${name}.
func (e *evaluator) variable(text, vars *node, name string) (string, error) {
	if v := vars.get(name); v != nil {
		return e.evalText(v, "Fn::Sub's variable "+name)
	}
	var v any
	var err error
	if id, att, found := strings.Cut(name, "."); found && e.generated[name] == "" {
		v, err = e.getAtt(text, id, att)
	} else {
		v, err = e.ref(text, name)
	}
	if err != nil {
		return "", err
	}
	s, ok := textOf(v)
	if !ok {
		return "", errorAt(text, "Fn::Sub wants text for ${%s}, found %s", name, describe(v))
	}
	return s, nil
}

package stack

import "strings"

// ParameterOf is the parameter of the template whose value an unknown name stands for; false for what else is unknown.
func (s *Stack) ParameterOf(name string) (string, bool) {
	parameter, is := strings.CutPrefix(name, "Parameter ")
	parameter = strings.TrimSuffix(parameter, " of "+s.Options.StackName)
	if !is || s.eval == nil || s.eval.params[parameter] == nil {
		return "", false
	}
	return parameter, true
}

// onlyParameters tells whether nothing of a text is unknown but values of the template's parameters, to which it can refer.
func (s *Stack) onlyParameters(text string) bool {
	for _, name := range UnknownNames(text) {
		if _, is := s.ParameterOf(name); !is {
			return false
		}
	}
	return true
}

// substitutable is text for Fn::Sub in which nothing is replaced but the unknown values of parameters.
func (s *Stack) substitutable(text string) string {
	text = escaped(text)
	for _, name := range UnknownNames(text) {
		if parameter, is := s.ParameterOf(name); is {
			text = strings.ReplaceAll(text, Unknown(name), "${"+parameter+"}")
		}
	}
	return text
}

// ofParameters is a text that holds values of parameters and is no ARN, with references to them.
func (s *Stack) ofParameters(text string) any {
	if !HasUnknown(text) {
		return text
	}
	sub := s.substitutable(text)
	if names := UnknownNames(text); len(names) == 1 && text == Unknown(names[0]) {
		return map[string]any{"Ref": strings.Trim(sub, "${}")}
	}
	return map[string]any{"Fn::Sub": sub}
}

package main

import (
	"fmt"
	"strings"

	"permprobe/shared/finding"
	"permprobe/shared/stack"
)

// askingFor has the forms that are no templates ask for the values of parameters that are not known here: the command for
// variables of the shell, which stops without them, and Terraform for variables of the same names.
func askingFor(one *stack.Stack, fix *finding.Fix) {
	for _, name := range stack.UnknownNames(fix.CLI + fix.Terraform) {
		parameter, is := one.ParameterOf(name)
		if !is || strings.ContainsRune("0123456789", rune(parameter[0])) { // no name of a variable
			continue
		}
		// Words that hold such a value are in single quotes.
		asked := fmt.Sprintf(`'"${%s:?is to be the value of the parameter}"`, parameter)
		fix.CLI = strings.ReplaceAll(fix.CLI, stack.Unknown(name), asked+"'")
		fix.CLI = strings.ReplaceAll(fix.CLI, asked+"'' ", asked+" ")
		fix.Terraform = strings.ReplaceAll(fix.Terraform, stack.Unknown(name), "${var."+parameter+"}")
	}
}

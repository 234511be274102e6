package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"permprobe/shared/catalog"
	"permprobe/shared/check"
	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/need"
	"permprobe/shared/render"
	"permprobe/shared/stack"
)

// places are where the resources of the templates stand, by ARN. Of several functions with the same name the first is
// the one that is checked.
type places struct {
	stacks    []*stack.Stack
	functions map[string]render.Location
	resources map[string]render.Location
}

func placesOf(stacks []*stack.Stack) *places {
	p := &places{stacks: stacks, functions: map[string]render.Location{}, resources: map[string]render.Location{}}
	for _, one := range stacks {
		file := relative(one.File)
		for _, r := range one.Resources {
			known := p.resources
			if r.Type == "AWS::Lambda::Function" {
				known = p.functions
			}
			if _, twice := known[r.ARN]; !twice && r.ARN != "" {
				known[r.ARN] = locate(file, r)
			}
		}
	}
	return p
}

func locate(file string, r *stack.Resource) render.Location {
	return render.Location{File: file, Line: r.Line, Column: r.Column}
}

// relative is the path of a file as pipelines want it: with slashes, and below the working directory where it is there.
func relative(file string) string {
	if filepath.IsAbs(file) {
		if here, err := os.Getwd(); err == nil {
			if below, err := filepath.Rel(here, file); err == nil && filepath.IsLocal(below) {
				file = below
			}
		}
	}
	return filepath.ToSlash(filepath.Clean(file))
}

// line is file and line of a finding's function, for people.
func (p *places) line(f *finding.Finding) string {
	at, known := p.functions[f.Function]
	if !known {
		return ""
	}
	return fmt.Sprintf("%s:%d", at.File, at.Line)
}

// of are the places of a finding: the role, the permission or the target that is to mend where the templates hold it,
// and the function. A finding about none of them stands at the beginning of the first template.
func (p *places) of(f *finding.Finding) []render.Location {
	var at []render.Location
	add := func(one render.Location, known bool) {
		if known && !slices.Contains(at, one) {
			at = append(at, one)
		}
	}
	byARN := func(arn string) {
		one, known := p.resources[arn]
		add(one, known)
	}
	switch f.Place {
	case finding.PlaceExecutionRole:
		byARN(f.Role)
	case finding.PlaceInvoke:
		add(p.permission(f))
	case finding.PlaceTarget:
		byARN(f.Resource)
	}
	function, known := p.functions[f.Function]
	add(function, known)
	if len(at) == 0 {
		at = append(at, render.Location{File: relative(p.stacks[0].File), Line: 1, Column: 1})
	}
	return at
}

// permission is the one permission of the finding's function for its principal, and nothing where there are none or
// several: which of them was meant is not known.
func (p *places) permission(f *finding.Finding) (at render.Location, known bool) {
	short := f.Function[strings.LastIndex(f.Function, ":")+1:]
	for _, one := range p.stacks {
		for _, r := range one.Resources {
			principal, _ := r.Properties["Principal"].(string)
			function, _ := r.Properties["FunctionName"].(string)
			if r.Type != "AWS::Lambda::Permission" || principal != f.Principal ||
				function != short && function != f.Function && !strings.HasPrefix(function, f.Function+":") {
				continue
			}
			if known {
				return render.Location{}, false
			}
			at, known = locate(relative(one.File), r), true
		}
	}
	return at, known
}

// looked is what the checks looked at.
type looked struct {
	// functions are the ARNs of the functions, in the order of the facts; undeclared are those of whose code nothing
	// is known.
	functions, undeclared []string
	// advice tells whether the checks that find no faults ran.
	advice bool
}

func look(in *check.Input, declared []config.Need) *looked {
	out := &looked{advice: in.Advice, undeclared: need.Undeclared(in.Facts, need.Declarations(in.Facts, declared))}
	for i := range in.Facts.Functions {
		out.functions = append(out.functions, in.Facts.Functions[i].ARN)
	}
	return out
}

// declaredRow is the check of what is declared that the code calls.
const declaredRow = "R17"

// cases are the functions with every check that had something to decide about them. What nobody declared was not
// decided, so it makes no case that could pass.
func (l *looked) cases(at *places) []render.Case {
	var out []render.Case
	for _, function := range l.functions {
		for _, c := range catalog.All() {
			if c.Advice && !l.advice || c.ID == declaredRow && slices.Contains(l.undeclared, function) {
				continue
			}
			out = append(out, render.Case{Function: function, Rule: ruleOf(c), At: at.functions[function]})
		}
	}
	return out
}

// rules are the checks as the formats for pipelines name them.
func rules() []render.Rule {
	var out []render.Rule
	for _, c := range catalog.All() {
		out = append(out, ruleOf(c))
	}
	return out
}

func ruleOf(c check.Check) render.Rule {
	return render.Rule{ID: c.ID, Title: c.Title, Text: c.Text, Severity: c.Severity, Guide: c.Guide}
}

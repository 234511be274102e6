// Package stack reads a template of CloudFormation or SAM and gives the
// resources that it would create with their intrinsic functions resolved:
// nothing is deployed and nothing is asked of AWS. Of the SAM transform it does
// what decides permissions, see sam.
//
// What the template alone does not determine (a parameter without a value, an
// imported value, an attribute that AWS makes up) is never guessed: it becomes
// text that holds a named marker, see Unknown. Names that CloudFormation would
// generate are the logical id, so the same template always gives the same names.
// Two templates may use the same logical ids; each is a stack of its own and the
// physical ids are then equal too: tell the stacks apart by Stack.Name.
package stack

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"
)

// Limits that stop a template from exhausting memory. They are far above what
// CloudFormation accepts: 1 MB of text and 500 resources.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const (
	maxBytes  = 8 << 20 // of template text
	maxYAML   = 4 << 20 // of YAML, whose parser needs about 180 bytes of memory for one of text
	maxNodes  = 1 << 20 // values in a template, aliases and loops expanded
	maxDepth  = 200     // nesting
	maxString = 1 << 20 // bytes in one resolved string
	maxWork   = 1 << 26 // bytes and steps of resolving in all
	maxChain  = 500     // names that depend on names

	cfnBytes     = 1 << 20
	cfnResources = 500
)

// DefaultAccount is the account of templates of which none is named: that of AWS's own examples.
const DefaultAccount = "123456789012"

// Options say where the stack would be deployed and with which parameters. The
// zero value is usable.
type Options struct {
	Account    string            // 12 digits; DefaultAccount when empty
	Region     string            // us-east-1 when empty
	Partition  string            // the region's when empty
	StackName  string            // the file's name without extension when empty
	Parameters map[string]string // values for the template's parameters; lists are comma-separated
	Several    bool              // other templates are loaded beside it: what is not known says of which stack it is
	Imports    map[string]any    // values that other stacks export, as in Stack.Exports; others are unknown

	// ReadFile reads a file that a SAM template names by its path, as packaging would; without it no other file is read.
	ReadFile func(path string) ([]byte, error) `json:"-"`
}

// Stack is what a template would create. It is not changed after Load and safe
// to share; its maps must not be written to.
type Stack struct {
	Name    string
	Options Options // as completed by Load; Parameters holds the values in force of known, non-secret parameters
	File    string

	Resources []*Resource    // in document order, without those whose Condition is false
	Outputs   map[string]any // values by output name, without those whose Condition is false
	Exports   map[string]any // output values by export name, where the name is known
	Warnings  []Warning      // what CloudFormation may refuse or would do otherwise, in document order
	Unknowns  []Unresolved   // every unknown that occurs, by name

	// UnusedParameters are the given parameters that the template does not
	// declare, sorted. CloudFormation refuses them; a caller that gives the
	// same parameters to several templates may not mind.
	UnusedParameters []string

	byID map[string]*Resource
	eval *evaluator
}

// Resource is one resource that the stack would create.
type Resource struct {
	LogicalID  string
	Type       string         // for example AWS::Lambda::Function
	Properties map[string]any // resolved: string, int64, float64, bool, []any, map[string]any; never nil
	Metadata   map[string]any // resolved alike; nil when absent
	// UpdatePolicy is the attribute of that name, resolved alike; nil when absent.
	UpdatePolicy map[string]any

	// PhysicalID is the bare name or id: a function's, queue's, topic's or
	// table's name, an API's or key's id. It is the name property, else the
	// logical id, in the shape that the service gives ids. See Ref for what
	// Ref returns, which for some types is a URL or an ARN.
	PhysicalID string
	ARN        string // empty when the type has none or it is not known to this package
	Ref        string // what Ref returns for the type

	Line, Column int      // of the logical id, 1-based
	Conditional  bool     // its Condition could not be resolved: it may or may not be created
	Condition    string   // name of its condition, or empty
	DependsOn    []string // logical ids, as written
	References   []string // logical ids that its properties refer to, sorted

	state *resState
	stack *Stack
}

// Warning is something about the template that does not stop loading it.
type Warning struct {
	Line, Column int
	Path, Msg    string
}

// Unresolved is a value that the template does not determine.
type Unresolved struct {
	Name         string // as in the marker
	Reason       string // one sentence on why it is not known
	Line, Column int    // of its first use in document order of resolving
}

// Load reads a template in JSON or YAML. Every error is an *Error.
func Load(file string, data []byte, o Options) (*Stack, error) {
	s, err := load(file, data, o)
	if err != nil {
		e, ok := err.(*Error)
		if !ok {
			e = &Error{Msg: err.Error()}
		}
		if e.File == "" {
			c := *e
			c.File = file
			e = &c
		}
		return nil, e
	}
	return s, nil
}

func load(file string, data []byte, o Options) (*Stack, error) {
	e := &evaluator{opts: complete(file, o), unresolved: map[string]Unresolved{}}
	root, err := e.parse(file, data)
	if err != nil {
		return nil, err
	}
	return e.load(file, root, bytes.Contains(data, []byte("Fn::ForEach")))
}

// load reads what was parsed.
func (e *evaluator) load(file string, root *node, loops bool) (*Stack, error) {
	if err := e.sections(root); err != nil {
		return nil, err
	}
	if err := e.parameters(root.get("Parameters")); err != nil {
		return nil, err
	}
	if loops {
		if err := e.expandLoops(root); err != nil {
			return nil, err
		}
	}
	if err := e.transformSAM(root); err != nil {
		return nil, err
	}
	if err := e.declare(root); err != nil {
		return nil, err
	}
	s := &Stack{Name: e.opts.StackName, File: file, Options: e.opts, eval: e, byID: map[string]*Resource{}}
	if err := e.build(s, root.get("Outputs")); err != nil {
		return nil, err
	}
	e.finish(s)
	return s, nil
}

var notInStackName = regexp.MustCompile(`[^A-Za-z0-9-]+`)

// complete fills in the defaults of the options.
func complete(file string, o Options) Options {
	if o.Account == "" {
		o.Account = DefaultAccount
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Partition == "" {
		o.Partition = partitionOf(o.Region)
	}
	if o.StackName == "" {
		base := filepath.Base(file)
		name := strings.TrimSuffix(base, filepath.Ext(base))
		name = strings.Trim(notInStackName.ReplaceAllString(name, "-"), "-")
		switch {
		case name == "":
			name = "stack"
		case name[0] < 'A':
			name = "stack-" + name
		}
		if len(name) > 128 {
			name = strings.TrimRight(name[:128], "-")
		}
		o.StackName = name
	}
	o.Parameters, o.Imports = maps.Clone(o.Parameters), maps.Clone(o.Imports)
	return o
}

// parse turns the text into nodes.
func (e *evaluator) parse(file string, data []byte) (*node, error) {
	if len(data) > maxBytes {
		return nil, &Error{Msg: fmt.Sprintf("the template has %d bytes; at most %d are read", len(data), maxBytes)}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, invalidUTF8(data)
	}
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if len(trimmed) == 0 {
		return nil, &Error{Msg: "the template is empty"}
	}
	var root *node
	var err error
	if trimmed[0] == '{' {
		root, err = parseJSON(data, e.countNode)
		var fault *Error
		if errors.As(err, &fault) && !fault.limit && len(data) <= maxYAML && !strings.EqualFold(filepath.Ext(file), ".json") {
			// A YAML flow map also starts with a brace.
			e.nodes = 0
			if asYAML, yamlErr := parseYAML(data, e.countNode, e.warnLine); yamlErr == nil {
				root, err = asYAML, nil
			}
		}
	} else {
		if len(data) > maxYAML {
			return nil, &Error{Msg: fmt.Sprintf("the template has %d bytes; at most %d of YAML are read", len(data), maxYAML)}
		}
		root, err = parseYAML(data, e.countNode, e.warnLine)
	}
	if err != nil {
		return nil, err
	}
	if root.kind != mapNode {
		return nil, &Error{Line: root.line, Column: root.col, Msg: "a template is a map with Resources, found " + root.kind.String()}
	}
	if len(data) > cfnBytes {
		e.warnLine(0, fmt.Sprintf("the template has %d bytes; CloudFormation accepts at most %d", len(data), cfnBytes))
	}
	return root, nil
}

func invalidUTF8(data []byte) *Error {
	out := &Error{Line: 1, Column: 1, Msg: "the text is not valid UTF-8"}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		out.Column++
		if r == '\n' {
			out.Line, out.Column = out.Line+1, 1
		}
		i += size
	}
	return out
}

// unknownsInUse are the names of the unknowns that something in the stack holds:
// resolving also makes some that go nowhere, such as the Ref of a custom
// resource that nothing refers to.
func (s *Stack) unknownsInUse() map[string]bool {
	used := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			for _, seg := range segments(v) {
				if seg.unknown {
					used[seg.text] = true
				}
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	for _, r := range s.Resources {
		walk(r.Properties)
		walk(r.Metadata)
		walk(r.UpdatePolicy)
		walk(r.PhysicalID)
		walk(r.ARN)
		if r.Conditional {
			used["Condition "+r.Condition] = true
		}
	}
	walk(s.Outputs)
	return used
}

// Find returns the resource with the logical id, or nil.
func (s *Stack) Find(logicalID string) *Resource { return s.byID[logicalID] }

// OfType returns the resources of the given types, in document order.
func (s *Stack) OfType(types ...string) []*Resource {
	var out []*Resource
	for _, r := range s.Resources {
		for _, t := range types {
			if r.Type == t {
				out = append(out, r)
				break
			}
		}
	}
	return out
}

// finish sorts what was gathered while resolving and forgets the secrets.
func (e *evaluator) finish(s *Stack) {
	s.Warnings = e.warnings
	sort.SliceStable(s.Warnings, func(i, j int) bool {
		a, b := s.Warnings[i], s.Warnings[j]
		return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column
	})
	used := s.unknownsInUse()
	for name, u := range e.unresolved {
		if used[name] {
			s.Unknowns = append(s.Unknowns, u)
		}
	}
	sort.Slice(s.Unknowns, func(i, j int) bool { return s.Unknowns[i].Name < s.Unknowns[j].Name })
	given := s.Options.Parameters
	inForce := map[string]string{}
	for name, p := range e.params {
		p.secret = nil
		if p.hidden != nil {
			p.hidden.text, p.hidden.word = "", ""
		}
		if text, ok := p.text(); ok {
			inForce[name] = text
		}
	}
	for name := range given {
		if e.params[name] == nil {
			s.UnusedParameters = append(s.UnusedParameters, name)
		}
	}
	sort.Strings(s.UnusedParameters)
	s.Options.Parameters = inForce
	s.Options.ReadFile, e.opts.ReadFile = nil, nil
	e.opts.Parameters = nil
}

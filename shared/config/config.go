// Package config reads what a user configured: probe.yaml, the environment of the probe, and the event
// of an invocation. It is pure: callers hand it the bytes.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"permprobe/shared/permission"

	"go.yaml.in/yaml/v3"
)

// OnDemandBudget is how long a run for a waiting person may take: the AWS CLI and SAM send a request
// again after 60 seconds without an answer.
const OnDemandBudget = 50 * time.Second

// FileName is the configuration file that the build puts beside the binary.
const FileName = "probe.yaml"

// File is probe.yaml.
type File struct {
	// Functions are the names, ARNs or patterns of the functions to check; never empty.
	Functions []string
	// Tags are the tags that a function must carry, each with one of the values, or with any where there are
	// none; nil selects without tags.
	Tags map[string][]string
	// Needs are what the code of the functions calls, as declared.
	Needs []Need
	// Policies are the names of the policy documents that the needs come from; the build packages them.
	Policies []string
	// Advice asks for what is no fault, but better otherwise: roles that may do more than is needed.
	Advice bool
	// Mutes are the findings of which nobody is to be told.
	Mutes []Mute
	// OwnerTag is the key of the tag that says who owns a function; empty where nobody asks.
	OwnerTag string
	// ReadRoles are the ARNs of the roles by which resources of other accounts are read, by account; nil for none.
	ReadRoles map[string]string
	// Organization is the id of the organization that the account belongs to, or "none"; empty where it is to be asked for.
	Organization string
}

// ParseFile reads probe.yaml. An empty file selects every function. An error is one line: file, line (and column in
// declared needs), and what is wrong there. beside reads a policy document that lies in the same folder, by its name;
// nil where there is no folder.
func ParseFile(name string, data []byte, beside func(name string) ([]byte, error)) (File, error) {
	all := File{Functions: []string{"*"}}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return all, nil
	} else if err != nil {
		return File{}, plainYAMLError(name, data, err)
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		return File{}, fmt.Errorf("%s:%d: a second document begins here: there may be only one", name, second.Line)
	} else if !errors.Is(err, io.EOF) {
		return File{}, plainYAMLError(name, data, err)
	}
	at := func(node *yaml.Node, format string, args ...any) (File, error) {
		return File{}, fmt.Errorf("%s:%d: %s", name, node.Line, fmt.Sprintf(format, args...))
	}
	root := document.Content[0]
	if isNull(root) {
		return all, nil
	}
	if root.Kind != yaml.MappingNode {
		return at(root, "the file holds %s, not settings such as \"functions:\"", kindOf(root))
	}
	file := all
	seen := map[string]bool{}
	for i := 0; i < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if seen[key.Value] {
			return at(key, "%s is given twice", key.Value)
		}
		seen[key.Value] = true
		var bad *settingError
		switch {
		case key.Kind == yaml.ScalarNode && key.Value == "functions":
			file.Functions, bad = functionsSetting(value)
		case key.Kind == yaml.ScalarNode && key.Value == "tags":
			file.Tags, bad = tagsSetting(value)
		case key.Kind == yaml.ScalarNode && key.Value == "needs":
			reader := needReader{beside: beside, where: func(n *yaml.Node) string { return fmt.Sprintf("%s:%d", name, n.Line) }}
			if bad := reader.read(value); bad != nil {
				return File{}, fmt.Errorf("%s:%d:%d: needs: %s", name, bad.node.Line, bad.node.Column, bad.text)
			}
			file.Needs, file.Policies = reader.needs, reader.policies
		case key.Kind == yaml.ScalarNode && key.Value == "advice":
			file.Advice, bad = adviceSetting(value)
		case key.Kind == yaml.ScalarNode && key.Value == "mutes":
			file.Mutes, bad = mutesSetting(name, value)
		case key.Kind == yaml.ScalarNode && key.Value == "owner":
			file.OwnerTag, bad = ownerSetting(value)
		case key.Kind == yaml.ScalarNode && key.Value == "readRoles":
			file.ReadRoles, bad = readRolesSetting(value)
		case key.Kind == yaml.ScalarNode && key.Value == "organization":
			file.Organization, bad = organizationSetting(value)
		default:
			return at(key, "unknown setting %s: the file may hold functions, tags, needs, advice, mutes, owner, readRoles, organization", short(key.Value))
		}
		if bad != nil {
			return at(bad.node, "%s: %s", key.Value, bad.text)
		}
	}
	return file, nil
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" }

// kindOf says in words what a node is.
func kindOf(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return fmt.Sprintf("the alias *%.40s", node.Value)
	}
	if isNull(node) {
		return "nothing"
	}
	return "the text " + short(node.Value)
}

var (
	yamlLine   = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?`)
	yamlAnchor = regexp.MustCompile(`^unknown anchor '(.+)' referenced$`)
)

// plainYAMLError puts the line in front and helps with the two mistakes that patterns invite: an asterisk
// without quotes, and tabs. The library names no line for the first one and for anchors.
func plainYAMLError(name string, data []byte, err error) error {
	text, line := strings.Join(strings.Fields(err.Error()), " "), 1
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		text = text[len(m[0]):]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	if m := yamlAnchor.FindStringSubmatch(text); m != nil {
		before, _, _ := bytes.Cut(data, []byte("*"+m[1]))
		line = 1 + bytes.Count(before, []byte("\n"))
		text = fmt.Sprintf("put the pattern in quotes: \"*%s\"", m[1])
	}
	switch {
	case strings.Contains(text, "cannot start any token"):
		text += " (indent with spaces, not with tabs)"
	case strings.Contains(text, "expected alphabetic or numeric"):
		text += " (put a pattern with * in quotes)"
	}
	return fmt.Errorf("%s:%d: %s", name, line, text)
}

// Environment is what the template hands the function.
type Environment struct {
	// On are the optional reads that are switched on; nil for none.
	On permission.Switches
	// Functions are the ARNs of the functions that may be looked at; nil for all of the account and region.
	Functions []string
	// TopicARN is the SNS topic for people; empty when nobody is to be told.
	TopicARN string
	// EventBus is the name or ARN of the bus for machines; empty when there is none.
	EventBus string
	// StateBucket is the name of the bucket of the probe's own state; empty when it remembers nothing.
	StateBucket string
	// Language is what people read: EN or JA; English where it is empty.
	Language string
	// SeenDenials is true where scheduled scans look for what functions were refused, in what On lets them read.
	SeenDenials bool
}

// ParseEnvironment reads the variables that the probe knows, through a function such as os.Getenv.
func ParseEnvironment(get func(string) string) (Environment, error) {
	env := Environment{
		TopicARN: get("PERMPROBE_TOPIC_ARN"), EventBus: get("PERMPROBE_EVENT_BUS"), StateBucket: get("PERMPROBE_STATE_BUCKET"),
		Language: get("PERMPROBE_LANGUAGE"),
	}
	if functions := get("PERMPROBE_FUNCTIONS"); functions != "" {
		env.Functions = strings.Split(functions, ",")
		for _, arn := range env.Functions {
			if !strings.HasPrefix(arn, "arn:") {
				return Environment{}, fmt.Errorf("environment variable PERMPROBE_FUNCTIONS: %q is not an ARN", arn)
			}
		}
	}
	for _, one := range permission.AllSwitches() {
		switch value := get(one.Variable()); value {
		case "", "off":
		case "on":
			if env.On == nil {
				env.On = permission.Switches{}
			}
			env.On[one] = true
		default:
			return Environment{}, fmt.Errorf("environment variable %s: %q is neither on nor off", one.Variable(), value)
		}
	}
	switch value := get("PERMPROBE_SEEN_DENIALS"); value {
	case "", "off":
	case "on":
		env.SeenDenials = true
	default:
		return Environment{}, fmt.Errorf("environment variable PERMPROBE_SEEN_DENIALS: %q is neither on nor off", value)
	}
	if env.TopicARN != "" && !strings.HasPrefix(env.TopicARN, "arn:") {
		return Environment{}, fmt.Errorf("environment variable PERMPROBE_TOPIC_ARN: %q is not an ARN", env.TopicARN)
	}
	return env, nil
}

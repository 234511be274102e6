// Package config reads what a user configured: probe.yaml, the environment of the probe, and the event
// of an invocation. It is pure: callers hand it the bytes.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

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
}

type yamlFile struct {
	Functions []yaml.Node `yaml:"functions"`
}

// ParseFile reads probe.yaml. An empty file selects every function. Errors name file and line.
func ParseFile(name string, data []byte) (File, error) {
	var raw yamlFile
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&raw); err != nil && !errors.Is(err, io.EOF) {
		return File{}, fmt.Errorf("%s: %s", name, plainYAMLError(err))
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return File{}, fmt.Errorf("%s: holds more than one document", name)
	}
	file := File{}
	for _, node := range raw.Functions {
		if node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
			return File{}, fmt.Errorf("%s:%d: functions: an entry is a name, an ARN or a pattern", name, node.Line)
		}
		if err := ValidatePattern(node.Value); err != nil {
			return File{}, fmt.Errorf("%s:%d: functions: %q %w", name, node.Line, node.Value, err)
		}
		file.Functions = append(file.Functions, node.Value)
	}
	if len(file.Functions) == 0 {
		file.Functions = []string{"*"}
	}
	return file, nil
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// plainYAMLError turns the library's list of errors into its first one, as line: message.
func plainYAMLError(err error) string {
	text := err.Error()
	var typed *yaml.TypeError
	if errors.As(err, &typed) && len(typed.Errors) > 0 {
		text = typed.Errors[0]
	}
	text = strings.TrimPrefix(text, "yaml: ")
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		return m[1] + ": " + strings.Replace(text, m[0], "", 1)
	}
	return text
}

// Environment is what the template hands the function.
type Environment struct {
	// TopicARN is the SNS topic for people; empty when nobody is to be told.
	TopicARN string
	// EventBus is the name or ARN of the bus for machines; empty when there is none.
	EventBus string
}

// ParseEnvironment reads the variables that the probe knows, through a function such as os.Getenv.
func ParseEnvironment(get func(string) string) (Environment, error) {
	env := Environment{TopicARN: get("PERMPROBE_TOPIC_ARN"), EventBus: get("PERMPROBE_EVENT_BUS")}
	if env.TopicARN != "" && !strings.HasPrefix(env.TopicARN, "arn:") {
		return Environment{}, fmt.Errorf("environment variable PERMPROBE_TOPIC_ARN: %q is not an ARN", env.TopicARN)
	}
	return env, nil
}

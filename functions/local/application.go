package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"permprobe/shared/stack"

	"go.yaml.in/yaml/v3"
)

// application is permprobe's own SAM application as template.yaml describes it: its role, topic and bus, and
// the environment of its function.
type application struct {
	stack       *stack.Stack
	roleARN     string
	topicARN    string
	environment []string
	functionARN string
	logGroup    string
	memoryMB    int
	timeoutS    int
}

// functionID is the logical id of the one function.
const functionID = "ProbeFunction"

// moduleRoot finds the checkout: the folder of go.mod, upwards from the working directory.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the checkout: %w", err)
	}
	for {
		if data, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && strings.HasPrefix(string(data), "module permprobe\n") {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("this is not a checkout of permprobe: run it from the folder that holds its go.mod")
		}
		dir = parent
	}
}

// loadApplication reads template.yaml as it is deployed.
func loadApplication(root string, o stack.Options) (*application, error) {
	file := filepath.Join(root, "template.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the application's template: %w", err)
	}
	o.StackName = "permprobe"
	loaded, err := stack.Load(file, data, o)
	if err != nil {
		return nil, err
	}
	app := &application{}
	own := *loaded
	own.Resources = nil
	for _, r := range loaded.Resources {
		switch {
		case r.LogicalID == functionID:
			if err := app.function(r); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", file, functionID, err)
			}
			// The account to check is the templates'; the probe itself is not part of it.
			continue
		case r.LogicalID == "FindingsTopic":
			app.topicARN = r.ARN
		}
		if slices.Contains(served, r.Type) {
			own.Resources = append(own.Resources, r)
		}
	}
	app.stack = &own
	if app.roleARN == "" {
		return nil, fmt.Errorf("%s: holds no %s", file, functionID)
	}
	return app, nil
}

// served are the resources of the application that take part in a run.
var served = []string{"AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::S3::Bucket", "AWS::S3::BucketPolicy"}

func (app *application) function(r *stack.Resource) error {
	var ok bool
	if app.roleARN, ok = r.Properties["Role"].(string); !ok {
		return errors.New("Role is no text")
	}
	app.functionARN = r.ARN
	memory, ok1 := r.Properties["MemorySize"].(int64)
	timeout, ok2 := r.Properties["Timeout"].(int64)
	if !ok1 || !ok2 {
		return errors.New("MemorySize or Timeout is no number")
	}
	app.memoryMB, app.timeoutS = int(memory), int(timeout)
	logging, _ := r.Properties["LoggingConfig"].(map[string]any)
	app.logGroup, _ = logging["LogGroup"].(string)
	environment, _ := r.Properties["Environment"].(map[string]any)
	variables, _ := environment["Variables"].(map[string]any)
	for name, value := range variables {
		app.environment = append(app.environment, fmt.Sprintf("%s=%v", name, value))
	}
	slices.Sort(app.environment)
	return nil
}

// child is the value of a key in a YAML object; nil where there is none.
func child(node *yaml.Node, key string) *yaml.Node {
	if node == nil {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

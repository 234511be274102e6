package main

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/localaws"
	"permprobe/shared/permission"
	"permprobe/shared/runtimeapi"
	"permprobe/shared/stack"
)

//go:embed example/account.yaml
var exampleAccount []byte

// probeKey is the access key under which the probe calls: the embedded AWS takes it for the probe's role.
const probeKey = "AKIAPERMPROBEPROBE00"

// outcome is what one run of the probe said and did.
type outcome struct {
	payload   []byte
	compared  bool // the payload is a comparison, not a report
	diagnosed bool // the payload is a diagnosis
	deployed  bool // the payload is a deployment
	symptom   bool // the payload is a symptom
	support   bool // the payload is a file for support
	messages  []localaws.Message
	events    []localaws.Event
	calls     []localaws.Call
	warnings  []string
	// aws is what served the run.
	aws      *localaws.Server
	phases   []phase
	started  time.Duration
	duration time.Duration
	// peakMemory is the largest resident size of the probe's process in bytes; 0 where the system does not tell.
	peakMemory int64
}

func runCommand(ctx context.Context, args []string, std streams) (int, error) {
	set := flags("run")
	eventFile := set.String("event", "", "file with the event; the schedule's without")
	format := set.String("format", "text", "text, json or slack")
	past := set.String("history", "", "file with what happened in the account: lines of logs, events of CloudTrail")
	probe := set.String("probe", "", "the probe.yaml to package; that of the checkout without")
	params := parameters{}
	set.Var(params, "param", "a parameter of the templates, or of permprobe itself, NAME=VALUE")
	files, err := parse(set, args)
	if err != nil {
		return exitError, err
	}
	if *format != "text" && *format != "json" && *format != "slack" {
		return exitError, fmt.Errorf("-format %q is none of text, json, slack", *format)
	}
	root, err := moduleRoot()
	if err != nil {
		return exitError, err
	}
	file := *eventFile
	if file == "" {
		file = filepath.Join(root, "events", "schedule.json")
	}
	event, err := os.ReadFile(file)
	if err != nil {
		return exitError, fmt.Errorf("read the event: %w", err)
	}
	// The probe says the same of a bad event, but only after it was built and started.
	request, err := config.ParseEvent(event)
	if err != nil {
		return exitError, fmt.Errorf("%s: %w", file, err)
	}
	if len(files) == 0 && *eventFile == "" && *probe == "" && *past == "" && *format == "text" {
		return exitOK, tellStory(ctx, root, event, params, std)
	}
	stacks, err := loadStacks(files, stack.Options{Parameters: params})
	if err != nil {
		return exitError, err
	}
	// A template keeps the parameters that it has; what is left is for the application itself.
	for name, value := range params {
		if slices.Contains(stacks[0].UnusedParameters, name) {
			stacks[0].Options.Parameters[name] = value
		}
	}
	if *probe != "" { // the same holds for a bad file
		if _, err := readProbe(*probe); err != nil {
			return exitError, err
		}
	}
	var o localaws.Options
	if err := readHistory(*past, len(files) == 0, time.Now(), &o); err != nil {
		return exitError, err
	}
	result, err := runProbe(ctx, root, *probe, event, stacks, o, std)
	if err != nil {
		return exitError, err
	}
	result.compared, result.diagnosed, result.deployed = len(request.Compare) > 0, request.Diagnose != nil, request.Deployer != nil
	result.symptom, result.support = request.Symptom != nil, request.Support != nil
	return exitOK, show(std.out, result, *format)
}

// everythingOn turns every optional read of the application on that the parameters do not turn off: here it costs no
// quota.
func everythingOn(o stack.Options) stack.Options {
	given := o.Parameters
	o.Parameters = maps.Clone(given)
	if o.Parameters == nil {
		o.Parameters = map[string]string{}
	}
	for _, one := range permission.AllSwitches() {
		if _, set := given[one.Parameter()]; !set && one.Reads() {
			o.Parameters[one.Parameter()] = "on"
		}
	}
	return o
}

// loadStacks reads the templates; the example account without any.
func loadStacks(files []string, o stack.Options) ([]*stack.Stack, error) {
	if len(files) == 0 {
		one, err := stack.Load("account.yaml", exampleAccount, o)
		if err != nil {
			return nil, err
		}
		return []*stack.Stack{one}, nil
	}
	return loadTemplates(files, o)
}

// runProbe serves the stacks with the options, starts the real binary as the role of template.yaml and sends it
// the event. probe is the file with the configuration; that of the checkout where it is empty.
func runProbe(ctx context.Context, root, probe string, event []byte, stacks []*stack.Stack, o localaws.Options, std streams) (*outcome, error) {
	all, err := runProbes(ctx, root, probe, [][]byte{event}, stacks, o, std)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// runProbes does the same with several events, one after the other, and returns what became of each.
func runProbes(
	ctx context.Context, root, probe string, events [][]byte, stacks []*stack.Stack, o localaws.Options, std streams,
) ([]*outcome, error) {
	app, err := loadApplication(root, everythingOn(stacks[0].Options))
	if err != nil {
		return nil, err
	}
	o.Callers = map[string]string{probeKey: app.roleARN}
	server, err := localaws.New(o, append(slices.Clone(stacks), app.stack)...)
	if err != nil {
		return nil, fmt.Errorf("start the embedded AWS: %w", err)
	}
	url, closeServer, err := server.Listen("127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the embedded AWS: %w", err)
	}
	defer func() { _ = closeServer() }() // the process ends with it
	binary, err := buildProbe(ctx, root, probe, std)
	if err != nil {
		return nil, err
	}
	region := stacks[0].Options.Region
	runtime, err := runtimeapi.Start(ctx, runtimeapi.Options{
		Binary: binary, FunctionARN: app.functionARN, MemoryMB: app.memoryMB,
		Timeout: time.Duration(app.timeoutS) * time.Second, LogGroup: app.logGroup,
		Env: append([]string{
			"AWS_ENDPOINT_URL=" + url, "AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region,
			"AWS_ACCESS_KEY_ID=" + probeKey, "AWS_SECRET_ACCESS_KEY=local", "AWS_SESSION_TOKEN=local",
			"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=INFO",
		}, app.environment...),
	})
	if err != nil {
		return nil, fmt.Errorf("start the probe: %w", err)
	}
	defer func() { _ = runtime.Close() }()
	var warnings []string
	for _, one := range stacks {
		for _, w := range one.Warnings {
			warnings = append(warnings, fmt.Sprintf("%s:%d: %s", one.File, w.Line, w.Msg))
		}
	}
	var results []*outcome
	var calls, messages, published int
	for _, event := range events {
		answer, err := runtime.Invoke(ctx, event)
		if err != nil {
			return nil, fmt.Errorf("invoke the probe: %w", err)
		}
		if answer.FunctionError != "" {
			return nil, fmt.Errorf("the probe failed: %s", errorMessage(answer.Payload))
		}
		result := &outcome{
			aws: server, payload: answer.Payload, messages: server.Published()[messages:], events: server.Events()[published:], calls: server.Calls()[calls:],
			phases: phasesOf(answer.Segments), started: answer.InitDuration, duration: answer.Duration,
			peakMemory: runtime.PeakMemory(), warnings: slices.Clone(warnings),
		}
		calls, messages, published = calls+len(result.calls), messages+len(result.messages), published+len(result.events)
		for _, w := range server.Warnings() {
			result.warnings = append(result.warnings, w.String())
		}
		results = append(results, result)
	}
	return results, nil
}

// buildTags are those that the Makefile builds the function with. Without grpcnotrace the X-Ray SDK brings html/template
// along, which calls methods by names that only the run knows: the linker then drops no method of any SDK client, and the
// binary is more than twice as large and slower to start.
const buildTags = "lambda.norpc,grpcnotrace"

// buildProbe builds the function for this machine, with the configuration that the build packages beside it.
func buildProbe(ctx context.Context, root, probe string, std streams) (string, error) {
	dir := filepath.Join(root, "bin", "probe")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("build the probe: %w", err)
	}
	binary := filepath.Join(dir, "bootstrap")
	build := exec.CommandContext(ctx, "go", "build", "-tags", buildTags, "-ldflags=-s -w", "-o", binary, "./functions/probe")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stdout, build.Stderr = std.err, std.err
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("build the probe with go: %w", err)
	}
	if err := packageProbe(cmp.Or(probe, filepath.Join(root, config.FileName)), dir); err != nil {
		return "", err
	}
	return binary, nil
}

// errorMessage is what the function said; Lambda wraps it in JSON.
func errorMessage(payload []byte) string {
	var failure struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}
	if err := json.Unmarshal(payload, &failure); err != nil || failure.Message == "" {
		return strings.TrimSpace(string(payload))
	}
	return failure.Message
}

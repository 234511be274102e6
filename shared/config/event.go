package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Mode is which run an event asks for.
type Mode string

// The modes of a run.
const (
	// Scheduled is the configured scan with the function's whole time.
	Scheduled Mode = "scheduled"
	// OnDemand is the same scan for a person who waits: it answers within OnDemandBudget.
	OnDemand Mode = "on-demand"
)

// Request is what one event asks of the probe.
type Request struct {
	Mode Mode
	// Functions are the names, ARNs or patterns to check; empty means those of probe.yaml.
	Functions []string
	// Needs are declared by the event, beside those of probe.yaml. One that names no functions is about those to check.
	Needs []Need
	// Advice asks for advice, as that of probe.yaml does.
	Advice bool
	// Compare are the two functions to compare (names or ARNs, perhaps with a qualifier); empty where a scan is wanted.
	Compare []string
	// Diagnose is the message to diagnose; nil where a scan is wanted.
	Diagnose *Diagnose
	// Support is the function that a file for support is wanted of; nil where a scan is wanted.
	Support *Support
	// Symptom is what callers of an API see; nil where a scan is wanted.
	Symptom *Symptom
	// Deployer is who is to deploy which functions; nil where a scan is wanted.
	Deployer *Deployer
	// Publish is whether findings go to SNS and EventBridge.
	Publish bool
	// Text asks for the report as text for people instead of JSON.
	Text bool
	// ScheduledTime is when the schedule fired (RFC 3339); empty for on-demand runs.
	ScheduledTime string
}

// scheduleEvent is what EventBridge and EventBridge Scheduler send.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
type scheduleEvent struct {
	DetailType string `json:"detail-type"`
	Source     string `json:"source"`
	Time       string `json:"time"`
	Format     string `json:"format"`
	// What follows is accepted and not used.
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	Account    string          `json:"account"`
	Region     string          `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`      // an object from EventBridge, a string from Scheduler
	ReplayName string          `json:"replay-name"` // of an archive's replay
}

type onDemandEvent struct {
	Check    *checkRequest    `json:"check"`
	Compare  []string         `json:"compare"`
	Diagnose *diagnoseRequest `json:"diagnose"`
	Deployer *Deployer        `json:"deployer"`
	Support  *supportRequest  `json:"support"`
	Format   string           `json:"format"`
}

type checkRequest struct {
	Functions []string        `json:"functions"`
	Needs     json.RawMessage `json:"needs"`
	Publish   bool            `json:"publish"`
	Advice    bool            `json:"advice"`
}

// maxPatterns bounds the work of one event: every pattern is tried on every function of the account.
const maxPatterns = 1000

// ParseEvent reads the event of an invocation. The error is one line that names the field that is wrong.
func ParseEvent(raw []byte) (Request, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return Request{Mode: OnDemand, Publish: true}, nil
	}
	schedule, err := isSchedule(raw)
	if err != nil {
		return Request{}, err
	}
	if schedule {
		return parseSchedule(raw)
	}
	if err := checkFields(raw, map[string][]string{
		"":         {"check", "compare", "diagnose", "deployer", "support", "format"},
		"support":  {"function", "since"},
		"check":    {"functions", "needs", "publish", "advice"},
		"deployer": {"principal", "functions", "code", "serviceRole"},
		"diagnose": {"function", "since", "message", "api", "route", "stage", "status"},
	}); err != nil {
		return Request{}, err
	}
	var event onDemandEvent
	if err := decode(raw, &event); err != nil {
		return Request{}, err
	}
	request := Request{Mode: OnDemand, Publish: true}
	if request.Text, err = parseFormat(event.Format); err != nil {
		return Request{}, err
	}
	if err := one(map[string]bool{"check": event.Check != nil, "compare": event.Compare != nil, "diagnose": event.Diagnose != nil, "deployer": event.Deployer != nil, "support": event.Support != nil}); err != nil {
		return Request{}, err
	}
	if event.Diagnose != nil {
		request.Publish = false
		if event.Diagnose.API != nil || event.Diagnose.Route != "" || event.Diagnose.Stage != "" || event.Diagnose.Status != nil {
			request.Symptom, err = parseSymptom(*event.Diagnose)
			if err != nil {
				return Request{}, err
			}
			return request, nil
		}
		request.Diagnose, err = parseDiagnose(*event.Diagnose)
		if err != nil {
			return Request{}, err
		}
		return request, nil
	}
	if event.Support != nil {
		request.Publish = false
		request.Support, err = parseSupport(*event.Support)
		if err != nil {
			return Request{}, err
		}
		return request, nil
	}
	if event.Deployer != nil {
		request.Publish = false
		request.Deployer, err = event.Deployer.checked()
		if err != nil {
			return Request{}, err
		}
		return request, nil
	}
	if event.Compare != nil {
		request.Publish = false
		request.Compare, err = parseCompare(event.Compare)
		if err != nil {
			return Request{}, err
		}
		return request, nil
	}
	if event.Check == nil {
		return request, nil
	}
	switch n := len(event.Check.Functions); {
	case n == 0:
		return Request{}, errors.New(`event field "check.functions": name at least one function, ARN or pattern`)
	case n > maxPatterns:
		return Request{}, fmt.Errorf(`event field "check.functions": %d names, ARNs and patterns are more than %d`, n, maxPatterns)
	}
	for i, pattern := range event.Check.Functions {
		if err := ValidatePattern(pattern); err != nil {
			return Request{}, fmt.Errorf("event field \"check.functions[%d]\": %s %w", i, short(pattern), err)
		}
	}
	if event.Check.Needs != nil {
		if request.Needs, err = eventNeeds("check.needs", event.Check.Needs); err != nil {
			return Request{}, err
		}
	}
	request.Functions, request.Publish, request.Advice = event.Check.Functions, event.Check.Publish, event.Check.Advice
	return request, nil
}

// one refuses two requests in one event.
func one(given map[string]bool) error {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if given[name] {
			names = append(names, name)
		}
	}
	if len(names) > 1 {
		return fmt.Errorf("event fields %q and %q are two requests: send one at a time", names[0], names[1])
	}
	return nil
}

func parseSchedule(raw []byte) (Request, error) {
	if err := checkFields(raw, map[string][]string{"": {
		"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "replay-name", "format",
	}}); err != nil {
		return Request{}, err
	}
	var event scheduleEvent
	if err := decode(raw, &event); err != nil {
		return Request{}, err
	}
	if event.Source != "aws.events" && event.Source != "aws.scheduler" {
		return Request{}, fmt.Errorf("event field \"source\": %s is not a schedule (aws.events or aws.scheduler)", short(event.Source))
	}
	if event.DetailType != "Scheduled Event" {
		return Request{}, fmt.Errorf("event field \"detail-type\": %s is not a schedule (Scheduled Event)", short(event.DetailType))
	}
	if event.Time != "" {
		// The time names the run, so that a schedule that fires twice is told from two schedules.
		if _, err := time.Parse(time.RFC3339, event.Time); err != nil {
			return Request{}, fmt.Errorf("event field \"time\": %s is not a time such as 2006-01-02T15:04:05Z", short(event.Time))
		}
	}
	text, err := parseFormat(event.Format)
	if err != nil {
		return Request{}, err
	}
	return Request{Mode: Scheduled, Publish: true, Text: text, ScheduledTime: event.Time}, nil
}

func parseFormat(format string) (text bool, err error) {
	switch format {
	case "", "json":
		return false, nil
	case "text":
		return true, nil
	}
	return false, fmt.Errorf("event field \"format\": %s is neither text nor json", short(format))
}

package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
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
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account"`
	Time       string          `json:"time"`
	Region     string          `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"` // an object from EventBridge, a string from Scheduler
	Format     string          `json:"format"`
}

type onDemandEvent struct {
	Check  *checkRequest `json:"check"`
	Format string        `json:"format"`
}

type checkRequest struct {
	Functions []string `json:"functions"`
	Publish   bool     `json:"publish"`
}

// ParseEvent reads the event of an invocation. The error names the field that is wrong.
func ParseEvent(raw []byte) (Request, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return Request{Mode: OnDemand, Publish: true}, nil
	}
	fields, err := objectFields(raw)
	if err != nil {
		return Request{}, err
	}
	if slices.Contains(fields, "source") || slices.Contains(fields, "detail-type") {
		return parseSchedule(raw)
	}
	var event onDemandEvent
	if err := strict(raw, &event, "event"); err != nil {
		return Request{}, err
	}
	request := Request{Mode: OnDemand, Publish: true}
	if request.Text, err = parseFormat(event.Format); err != nil {
		return Request{}, err
	}
	if event.Check == nil {
		if slices.Contains(fields, "check") {
			return Request{}, errors.New(`event field "check": give {"functions": ["name, ARN or pattern"]}, not null`)
		}
		return request, nil
	}
	if len(event.Check.Functions) == 0 {
		return Request{}, errors.New(`event field "check.functions": name at least one function, ARN or pattern`)
	}
	for i, pattern := range event.Check.Functions {
		if err := ValidatePattern(pattern); err != nil {
			return Request{}, fmt.Errorf("event field \"check.functions[%d]\": %w", i, err)
		}
	}
	request.Functions, request.Publish = event.Check.Functions, event.Check.Publish
	return request, nil
}

func parseSchedule(raw []byte) (Request, error) {
	var event scheduleEvent
	if err := strict(raw, &event, "schedule event"); err != nil {
		return Request{}, err
	}
	if event.Source != "aws.events" && event.Source != "aws.scheduler" {
		return Request{}, fmt.Errorf("event field \"source\": %q is not a schedule (aws.events or aws.scheduler)", event.Source)
	}
	if event.DetailType != "Scheduled Event" {
		return Request{}, fmt.Errorf("event field \"detail-type\": %q is not a schedule (Scheduled Event)", event.DetailType)
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
	return false, fmt.Errorf("event field \"format\": %q is neither text nor json", format)
}

// objectFields returns the top-level field names of a JSON object; a field given twice is an error,
// because encoding/json would quietly keep the last.
func objectFields(raw []byte) ([]string, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	token, err := decoder.Token()
	if err != nil {
		return nil, fmt.Errorf("event is not JSON: %w", err)
	}
	if token != json.Delim('{') {
		return nil, fmt.Errorf("event is not a JSON object: it begins with %.20q", raw)
	}
	var fields []string
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("event is not JSON: %w", err)
		}
		name, _ := token.(string) // a key is always a string
		if slices.Contains(fields, name) {
			return nil, fmt.Errorf("event field %q is given twice", name)
		}
		fields = append(fields, name)
		var skipped json.RawMessage
		if err := decoder.Decode(&skipped); err != nil {
			return nil, fmt.Errorf("event field %q: %w", name, err)
		}
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("event is not JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("event holds more than one JSON value")
	}
	return fields, nil
}

// strict decodes and refuses fields that it does not know, in the words of what.
func strict(raw []byte, into any, what string) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongType):
		return fmt.Errorf("%s field %q: a JSON %s does not fit", what, wrongType.Field, wrongType.Value)
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		return fmt.Errorf("%s has an unknown field %s", what, strings.TrimPrefix(err.Error(), "json: unknown field "))
	}
	return fmt.Errorf("%s: %w", what, err)
}

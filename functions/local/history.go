package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"permprobe/shared/localaws"

	"go.yaml.in/yaml/v3"
)

//go:embed example/history.yaml
var exampleHistory []byte

// history is what happened in an account, which no template can say. Times are told as how long ago it was: 90m.
type history struct {
	// Logs are lines of log groups.
	Logs []struct {
		Group   string        `yaml:"group"`
		Stream  string        `yaml:"stream"`
		Ago     time.Duration `yaml:"ago"`
		Message string        `yaml:"message"`
	} `yaml:"logs"`
	// Events are records of CloudTrail, without their time. Region is whose history holds one; that of the record, or of the
	// templates, where it is left out.
	Events []struct {
		Ago    time.Duration  `yaml:"ago"`
		Region string         `yaml:"region"`
		Record map[string]any `yaml:"record"`
	} `yaml:"events"`
	// Metrics are values of metrics with exactly these dimensions.
	Metrics []struct {
		Namespace  string            `yaml:"namespace"`
		Name       string            `yaml:"name"`
		Dimensions map[string]string `yaml:"dimensions"`
		Ago        time.Duration     `yaml:"ago"`
		Value      float64           `yaml:"value"`
	} `yaml:"metrics"`
	// Answers are what Lambda says of functions and mappings, by ARN, besides what templates hold: LastProcessingResult,
	// StateReasonCode, …
	Answers map[string]map[string]any `yaml:"answers"`
}

// readHistory adds what a file tells to the options; the example's history where it is told of the example.
func readHistory(file string, example bool, now time.Time, o *localaws.Options) error {
	data := exampleHistory
	switch {
	case file != "":
		var err error
		if data, err = os.ReadFile(file); err != nil {
			return fmt.Errorf("read the history: %w", err)
		}
	case !example:
		return nil
	}
	var h history
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&h); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", file, err)
	}
	for i, line := range h.Logs {
		if line.Group == "" || line.Ago < 0 {
			return fmt.Errorf("%s: logs[%d]: a line has a group, and an ago that is not negative", file, i)
		}
		o.Logs = append(o.Logs, localaws.LogLine{Group: line.Group, Stream: line.Stream, Time: now.Add(-line.Ago), Message: line.Message})
	}
	for i, event := range h.Events {
		if event.Record["eventName"] == nil || event.Record["eventSource"] == nil || event.Ago < 0 {
			return fmt.Errorf("%s: events[%d]: an event has a record with eventSource and eventName, and an ago that is not negative", file, i)
		}
		o.Trail = append(o.Trail, localaws.TrailEvent{Time: now.Add(-event.Ago), Region: event.Region, Record: event.Record})
	}
	for i, one := range h.Metrics {
		if one.Namespace == "" || one.Name == "" || one.Ago < 0 {
			return fmt.Errorf("%s: metrics[%d]: a metric has a namespace, a name, and an ago that is not negative", file, i)
		}
		o.Metrics = append(o.Metrics, localaws.DataPoint{Namespace: one.Namespace, Name: one.Name, Dimensions: one.Dimensions, Time: now.Add(-one.Ago), Value: one.Value})
	}
	o.Overlay = h.Answers
	return nil
}

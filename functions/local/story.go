package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/render"
	"permprobe/shared/stack"

	"go.yaml.in/yaml/v3"
)

//go:embed example/repaired.yaml
var exampleRepairs []byte

// tellStory runs the probe over the example account three times: it alerts, an hour later nothing has changed and nobody
// hears of it, and after the account was repaired it says what is resolved.
func tellStory(ctx context.Context, root string, event []byte, params parameters, std streams) error {
	before, err := loadStacks(nil, stack.Options{Parameters: params})
	if err != nil {
		return err
	}
	repaired, err := overlay(exampleAccount, exampleRepairs)
	if err != nil {
		return fmt.Errorf("repair the example account: %w", err)
	}
	after, err := stack.Load("account.yaml", repaired, stack.Options{Parameters: params})
	if err != nil {
		return err
	}
	var events [3][]byte
	for i := range events {
		if events[i], err = hoursLater(event, i); err != nil {
			return err
		}
	}
	results, err := runProbes(ctx, root, "", events[:2], before, localaws.Options{}, std)
	if err != nil {
		return err
	}
	last, err := runProbes(ctx, root, "", events[2:], []*stack.Stack{after}, localaws.Options{Keep: results[1].aws}, std)
	if err != nil {
		return err
	}
	if err := show(std.out, results[0], "text"); err != nil {
		return err
	}
	section(std.out, "An hour later: nothing has changed, so nobody is told")
	if err := showChange(std.out, results[1]); err != nil {
		return err
	}
	section(std.out, "Another hour later: the account was repaired (functions/local/example/repaired.yaml)")
	return showChange(std.out, last[0])
}

// showChange prints what a later run of the story came to.
func showChange(out io.Writer, r *outcome) error {
	var report finding.Report
	if err := readAnswer(r.payload, &report); err != nil {
		return err
	}
	fmt.Fprintf(out, "permprobe: %s\n", render.English.Headline(&report))
	fmt.Fprintf(out, "SNS messages: %d, EventBridge events: %d, AWS calls: %d\n", len(r.messages), len(r.events), len(r.calls))
	for _, m := range r.messages {
		fmt.Fprintln(out)
		if err := showChat(out, m.For("default")); err != nil {
			return err
		}
	}
	return nil
}

// hoursLater is the schedule's event some hours later: its time names the run.
func hoursLater(event []byte, hours int) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(event, &fields); err != nil {
		return nil, fmt.Errorf("read the event of the schedule: %w", err)
	}
	var at time.Time
	if err := json.Unmarshal(fields["time"], &at); err != nil {
		return nil, fmt.Errorf("read the time of the schedule: %w", err)
	}
	var err error
	if fields["time"], err = json.Marshal(at.Add(time.Duration(hours) * time.Hour)); err != nil {
		return nil, fmt.Errorf("write the time of the schedule: %w", err)
	}
	return json.Marshal(fields)
}

// overlay is a template in which the resources of another one take the place of those of the same name, or are added.
func overlay(template, changes []byte) ([]byte, error) {
	var base, over yaml.Node
	if err := yaml.Unmarshal(template, &base); err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(changes, &over); err != nil {
		return nil, err
	}
	if len(base.Content) != 1 || len(over.Content) != 1 {
		return nil, errors.New("a template is empty")
	}
	into, from := child(base.Content[0], "Resources"), child(over.Content[0], "Resources")
	if into == nil || from == nil {
		return nil, errors.New("a template has no resources")
	}
	for i := 0; i+1 < len(from.Content); i += 2 {
		name, resource := from.Content[i], from.Content[i+1]
		if old := child(into, name.Value); old != nil {
			*old = *resource
			continue
		}
		into.Content = append(into.Content, name, resource)
	}
	return yaml.Marshal(&base)
}

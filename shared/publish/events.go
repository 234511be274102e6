package publish

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"permprobe/shared/finding"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// What permprobe's events carry. Rules match on these.
const (
	EventSource        = "permprobe"
	FindingDetailType  = "Lambda Permission Finding"
	ScanDetailType     = "Lambda Permission Scan Completed"
	eventDetailVersion = "1"
)

// FindingEvent is the detail of one event a transition: a finding whose status has become what it says.
type FindingEvent struct {
	Version string `json:"version"`
	Account string `json:"account"`
	Region  string `json:"region"`
	// Run is the run that saw it: the time of its schedule, or the id of its request.
	Run string `json:"run"`
	// Sequence and the id of the finding are the same where an event is sent again. Absent where no state is kept.
	Sequence int64           `json:"sequence,omitempty"`
	Finding  finding.Finding `json:"finding"`
	// Omitted names the fields of the finding that are empty here because the event would be too large with
	// them; the report of the run holds them. Absent where the finding is whole.
	Omitted []string `json:"omitted,omitempty"`
}

// maxEvent is the most that one event may weigh. Targets take 256 KiB, the envelope included.
const maxEvent = 240 * 1024

// ToEntry makes the event for a bus. What is too large is left out, largest first, and named.
func (e FindingEvent) ToEntry(bus string, at time.Time) (types.PutEventsRequestEntry, error) {
	var resources []string
	for _, arn := range []string{e.Finding.Function, e.Finding.Role} {
		if arn != "" {
			resources = append(resources, arn)
		}
	}
	f := &e.Finding // e is a copy
	texts := map[string]*string{
		"fix.sam": &f.Fix.SAM, "fix.cloudformation": &f.Fix.CloudFormation, "fix.terraform": &f.Fix.Terraform,
		"fix.policy": &f.Fix.Policy, "fix.cli": &f.Fix.CLI, "fix.summary": &f.Fix.Summary, "fix.proofReason": &f.Fix.ProofReason,
		"evidence.statement": &f.Evidence.Statement, "evidence.detail": &f.Evidence.Detail,
		"title": &f.Title, "symptom": &f.Symptom, "cause": &f.Cause,
	}
	for {
		made, err := entry(bus, FindingDetailType, e, resources, at)
		if err != nil || entrySize(&made) <= maxEvent {
			return made, err
		}
		largest := ""
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			if largest == "" || len(*texts[name]) > len(*texts[largest]) {
				largest = name
			}
		}
		if *texts[largest] == "" {
			return made, fmt.Errorf("the event %q about %s weighs %d bytes, more than %d, also without its texts",
				FindingDetailType, f.ID, entrySize(&made), maxEvent)
		}
		*texts[largest] = ""
		e.Omitted = append(e.Omitted, largest)
		slices.Sort(e.Omitted)
	}
}

// ScanEvent is the detail of the one event a run.
type ScanEvent struct {
	Version string `json:"version"`
	Account string `json:"account"`
	Region  string `json:"region"`
	// Run is the run's; an event that is sent again has the same. Absent in a digest.
	Run     string               `json:"run,omitempty"`
	Status  finding.ReportStatus `json:"status"`
	Summary finding.Summary      `json:"summary"`
}

// ToEntry makes the event for a bus.
func (e ScanEvent) ToEntry(bus string, at time.Time) (types.PutEventsRequestEntry, error) {
	return entry(bus, ScanDetailType, e, nil, at)
}

func entry(bus, detailType string, detail any, resources []string, at time.Time) (types.PutEventsRequestEntry, error) {
	text, err := json.Marshal(detail)
	if err != nil {
		return types.PutEventsRequestEntry{}, fmt.Errorf("write the event %q: %w", detailType, err)
	}
	return types.PutEventsRequestEntry{
		EventBusName: aws.String(bus),
		Source:       aws.String(EventSource),
		DetailType:   aws.String(detailType),
		Detail:       aws.String(string(text)),
		Resources:    resources,
		Time:         aws.Time(at),
	}, nil
}

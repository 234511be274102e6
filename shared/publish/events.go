package publish

import (
	"encoding/json"
	"fmt"
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

// FindingEvent is the detail of one event a finding.
type FindingEvent struct {
	Version string          `json:"version"`
	Account string          `json:"account"`
	Region  string          `json:"region"`
	Finding finding.Finding `json:"finding"`
}

// ToEntry makes the event for a bus.
func (e FindingEvent) ToEntry(bus string, at time.Time) (types.PutEventsRequestEntry, error) {
	resources := []string{e.Finding.Function}
	if e.Finding.Role != "" {
		resources = append(resources, e.Finding.Role)
	}
	return entry(bus, FindingDetailType, e, resources, at)
}

// ScanEvent is the detail of the one event a run.
type ScanEvent struct {
	Version string               `json:"version"`
	Account string               `json:"account"`
	Region  string               `json:"region"`
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

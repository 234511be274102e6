package main

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// phase is one subsegment of the trace that the probe sent.
type phase struct {
	name     string
	depth    int
	duration time.Duration
}

// segment is an X-Ray subsegment document.
//
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
type segment struct {
	Name        string    `json:"name"`
	StartTime   float64   `json:"start_time"`
	EndTime     float64   `json:"end_time"`
	Subsegments []segment `json:"subsegments"`
}

// phasesOf reads the documents that the probe sent to the X-Ray daemon, in the order of time. What cannot be
// read is left out: it is only shown.
func phasesOf(documents [][]byte) []phase {
	var roots []segment
	for _, document := range documents {
		var one segment
		if err := json.Unmarshal(document, &one); err == nil {
			roots = append(roots, one)
		}
	}
	slices.SortStableFunc(roots, func(a, b segment) int { return cmp.Compare(a.StartTime, b.StartTime) })
	var phases []phase
	for _, root := range roots {
		phases = appendPhases(phases, root, 0)
	}
	return phases
}

func appendPhases(phases []phase, s segment, depth int) []phase {
	const deepest = 2 // phases and the calls in them; below are connections
	phases = append(phases, phase{
		name: s.Name, depth: depth,
		duration: time.Duration((s.EndTime - s.StartTime) * float64(time.Second)),
	})
	if depth+1 < deepest {
		for _, child := range s.Subsegments {
			phases = appendPhases(phases, child, depth+1)
		}
	}
	return phases
}

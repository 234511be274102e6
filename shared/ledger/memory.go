package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Memory is what runs learned that the next ones need not ask again so soon. It only spares calls: a run without
// it finds the same.
type Memory struct {
	// At is when the run that wrote it began.
	At time.Time `json:"at,omitzero"`
	// Organization is true where the simulator spoke of an organization.
	Organization bool `json:"organization,omitempty"`
	// Allowed is when the simulator allowed all of a set of questions, by a sum of everything that the answers
	// depend on and that can be seen. A set of which one question was denied or not answered is never here.
	Allowed map[string]time.Time `json:"allowed,omitempty"`
	// Functions holds what is remembered of functions, by name.
	Functions map[string]Function `json:"functions,omitempty"`
}

// Function is what is remembered of a function.
type Function struct {
	// Configuration tells one configuration of the function from another.
	Configuration string `json:"configuration,omitempty"`
	// Read is when the destinations were read; zero where they were not.
	Read         time.Time     `json:"read,omitzero"`
	Destinations []Destination `json:"destinations,omitempty"`
	// ReadURLs is when the URLs were read; zero where they were not.
	ReadURLs time.Time `json:"readUrls,omitzero"`
	URLs     []URL     `json:"urls,omitempty"`
	// Seen is until when it was looked for what the function was refused; zero where it never was.
	Seen time.Time `json:"seen,omitzero"`
	// Own is when the simulator was asked with the request keys of this very function; zero where it never was.
	Own time.Time `json:"own,omitzero"`
	// Denied is true where it denied something then: that must be asked again in every run.
	Denied bool `json:"denied,omitempty"`
}

// Destination is where the results of asynchronous invocations of a function go.
type Destination struct {
	// Qualifier is empty for the function without one.
	Qualifier string `json:"qualifier,omitempty"`
	Name      string `json:"name"`
	Target    string `json:"target"`
}

// URL is a URL of a function.
type URL struct {
	// Qualifier is the alias that the URL calls; empty for the function without one.
	Qualifier string `json:"qualifier,omitempty"`
	// Public is true where the URL asks nobody who they are.
	Public bool   `json:"public,omitempty"`
	Host   string `json:"host,omitempty"`
	// Created is when the URL was made; zero where that is not known.
	Created time.Time `json:"created,omitzero"`
}

// parseMemory reads the memory strictly: what is not understood is not used.
func parseMemory(data json.RawMessage) (Memory, error) {
	if data == nil {
		return Memory{}, nil
	}
	var m Memory
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return Memory{}, fmt.Errorf("is not understood: %w", err)
	}
	return m, nil
}

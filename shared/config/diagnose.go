package config

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Diagnose asks what an error message of a function means.
type Diagnose struct {
	// Function is the name or ARN of the function that the message is of.
	Function string
	// Since is how far back the function's logs are looked at; zero for not at all.
	Since time.Duration
	// Message is the text in which the refusal stands: an error, a log line, a state reason. Empty where the logs
	// are asked instead.
	Message string
}

type diagnoseRequest struct {
	Function string `json:"function"`
	Since    string `json:"since"`
	Message  string `json:"message"`
	// What follows is of a symptom.
	API    *string `json:"api"`
	Route  string  `json:"route"`
	Stage  string  `json:"stage"`
	Status *int    `json:"status"`
}

// parseDiagnose reads the request to diagnose a message. The message is never quoted in errors.
func parseDiagnose(asked diagnoseRequest) (*Diagnose, error) {
	if asked.Function == "" {
		return nil, errors.New(`event field "diagnose.function": name the function that the message is of`)
	}
	if err := validateName(asked.Function); err != nil {
		return nil, fmt.Errorf("event field \"diagnose.function\": %s %w", short(asked.Function), err)
	}
	if _, qualifier := SplitQualifier(asked.Function); qualifier != "" {
		return nil, fmt.Errorf("event field \"diagnose.function\": %s names a version or alias: name the function alone", short(asked.Function))
	}
	out := &Diagnose{Function: asked.Function, Message: asked.Message}
	switch {
	case asked.Since != "":
		var err error
		if out.Since, err = parseDuration(asked.Since); err != nil {
			return nil, fmt.Errorf("event field \"diagnose.since\": %w", err)
		}
	case strings.TrimSpace(asked.Message) == "":
		return nil, errors.New(`event field "diagnose.message": put in the error message or log line, or say with "since" how far back to read the logs`)
	}
	return out, nil
}

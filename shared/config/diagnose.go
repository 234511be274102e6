package config

import (
	"errors"
	"fmt"
	"strings"
)

// Diagnose asks what an error message of a function means.
type Diagnose struct {
	// Function is the name or ARN of the function that the message is of.
	Function string
	// Message is the text in which the refusal stands: an error, a log line, a state reason.
	Message string
}

type diagnoseRequest struct {
	Function string `json:"function"`
	Message  string `json:"message"`
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
	if strings.TrimSpace(asked.Message) == "" {
		return nil, errors.New(`event field "diagnose.message": put in the error message or log line`)
	}
	return &Diagnose{Function: asked.Function, Message: asked.Message}, nil
}

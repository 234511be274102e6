package config

import (
	"errors"
	"fmt"
	"time"
)

// Support asks for what AWS Support wants to know of a function, in one file.
type Support struct {
	// Function is the name or ARN of the function.
	Function string
	// Since is how far back what it was refused is looked at.
	Since time.Duration
}

type supportRequest struct {
	Function string `json:"function"`
	Since    string `json:"since"`
}

// supportWindow is how far back the file looks where the event does not say.
const supportWindow = 24 * time.Hour

func parseSupport(asked supportRequest) (*Support, error) {
	if asked.Function == "" {
		return nil, errors.New(`event field "support.function": name the function that the file is to be about`)
	}
	if err := validateName(asked.Function); err != nil {
		return nil, fmt.Errorf("event field \"support.function\": %s %w", short(asked.Function), err)
	}
	if _, qualifier := SplitQualifier(asked.Function); qualifier != "" {
		return nil, fmt.Errorf("event field \"support.function\": %s names a version or alias: name the function alone", short(asked.Function))
	}
	out := &Support{Function: asked.Function, Since: supportWindow}
	if asked.Since != "" {
		var err error
		if out.Since, err = parseDuration(asked.Since); err != nil {
			return nil, fmt.Errorf("event field \"support.since\": %w", err)
		}
	}
	return out, nil
}

package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Symptom asks why callers of an API get a status.
type Symptom struct {
	// API is the id or the name of a REST, HTTP or WebSocket API.
	API string
	// Route is a route of it ("GET /notes/{id}", "$default"), or the method and path of a request ("GET /notes/42").
	Route string
	// Stage is the name of the stage; empty for all of them.
	Stage string
	// Status is the HTTP status that callers get.
	Status int
	// Since is how far back logs and metrics are looked at.
	Since time.Duration
}

// symptomWindow is how far back a symptom is looked at where the event does not say.
const symptomWindow = time.Hour

var (
	apiName   = regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,512}$`)
	stageName = regexp.MustCompile(`^(\$default|[A-Za-z0-9_-]{1,128})$`)
)

func parseSymptom(asked diagnoseRequest) (*Symptom, error) {
	switch {
	case asked.Function != "":
		return nil, errors.New(`event fields "diagnose.function" and "diagnose.api" are two requests: send one at a time`)
	case asked.Message != "":
		return nil, errors.New(`event field "diagnose.message": a message is of a function: name that in "diagnose.function", without an API`)
	case asked.API == nil || strings.TrimSpace(*asked.API) == "":
		return nil, errors.New(`event field "diagnose.api": give the id or the name of the API`)
	case !apiName.MatchString(*asked.API):
		return nil, fmt.Errorf("event field \"diagnose.api\": %s is no id or name of an API", short(*asked.API))
	case strings.TrimSpace(asked.Route) == "":
		return nil, errors.New(`event field "diagnose.route": give the route, such as GET /notes, or the key of a WebSocket route`)
	case !apiName.MatchString(asked.Route):
		return nil, fmt.Errorf("event field \"diagnose.route\": %s is no route", short(asked.Route))
	case asked.Stage != "" && !stageName.MatchString(asked.Stage):
		return nil, fmt.Errorf("event field \"diagnose.stage\": %s is no name of a stage", short(asked.Stage))
	case asked.Status == nil:
		return nil, errors.New(`event field "diagnose.status": give the HTTP status that callers get, such as 500`)
	case *asked.Status < 400 || *asked.Status > 599:
		return nil, fmt.Errorf("event field \"diagnose.status\": %d is no status of an error (400 to 599)", *asked.Status)
	}
	out := &Symptom{API: *asked.API, Route: asked.Route, Stage: asked.Stage, Status: *asked.Status, Since: symptomWindow}
	if asked.Since != "" {
		var err error
		if out.Since, err = parseDuration(asked.Since); err != nil {
			return nil, fmt.Errorf("event field \"diagnose.since\": %w", err)
		}
	}
	return out, nil
}

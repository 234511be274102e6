package config

import (
	"strings"
	"testing"
	"time"
)

func TestASymptomIsAnAPIARouteAndAStatus(t *testing.T) {
	request, err := ParseEvent([]byte(`{"diagnose":{"api":"my shop","route":"GET /notes/{id}","status":500}}`))
	if err != nil || request.Symptom == nil || request.Diagnose != nil || request.Symptom.Status != 500 || request.Symptom.Since != time.Hour || request.Publish {
		t.Errorf("%+v, %v", request.Symptom, err)
	}
	request, err = ParseEvent([]byte(`{"diagnose":{"api":"abc123","route":"$default","stage":"$default","status":504,"since":"PT6H"},"format":"text"}`))
	if err != nil || request.Symptom.Stage != "$default" || request.Symptom.Since != 6*time.Hour || !request.Text {
		t.Errorf("%+v, %v", request.Symptom, err)
	}
}

func TestABadSymptomIsRefusedInOneLineThatNamesTheField(t *testing.T) {
	for event, want := range map[string]string{
		`{"diagnose":{"api":"a","route":"GET /","status":500,"function":"f"}}`: `"diagnose.function" and "diagnose.api" are two requests`,
		`{"diagnose":{"api":"a","route":"GET /","status":500,"message":"m"}}`:  `"diagnose.message"`,
		`{"diagnose":{"route":"GET /","status":500}}`:                          `"diagnose.api": give the id`,
		`{"diagnose":{"api":" ","route":"GET /","status":500}}`:                `"diagnose.api": give the id`,
		`{"diagnose":{"api":"a\nb","route":"GET /","status":500}}`:             `"diagnose.api"`,
		`{"diagnose":{"api":"a","status":500}}`:                                `"diagnose.route"`,
		`{"diagnose":{"api":"a","route":"GET /"}}`:                             `"diagnose.status": give the HTTP status`,
		`{"diagnose":{"api":"a","route":"GET /","status":200}}`:                `"diagnose.status": 200 is no status of an error`,
		`{"diagnose":{"api":"a","route":"GET /","status":"500"}}`:              `"diagnose.status": a JSON string does not fit`,
		`{"diagnose":{"api":"a","route":"GET /","status":500,"stage":"a/b"}}`:  `"diagnose.stage"`,
		`{"diagnose":{"api":"a","route":"GET /","status":500,"since":"1h"}}`:   `"diagnose.since"`,
		`{"diagnose":{"api":"a","route":"GET /","status":500,"path":"/"}}`:     `unknown field "path"`,
	} {
		_, err := ParseEvent([]byte(event))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", event, err, want)
		}
	}
}

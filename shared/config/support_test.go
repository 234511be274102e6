package config

import (
	"strings"
	"testing"
	"time"
)

func TestAFileForSupportIsOfOneFunction(t *testing.T) {
	request, err := ParseEvent([]byte(`{"support":{"function":"a"}}`))
	if err != nil || request.Support == nil || request.Support.Function != "a" || request.Support.Since != 24*time.Hour || request.Publish {
		t.Errorf("%+v, %v", request.Support, err)
	}
	for event, want := range map[string]string{
		`{"support":{}}`:                                   `"support.function": name the function`,
		`{"support":{"function":"a*"}}`:                    `"support.function": "a*" is a pattern`,
		`{"support":{"function":"a:live"}}`:                `"support.function": "a:live" names a version or alias`,
		`{"support":{"function":"a","since":"P30D"}}`:      `"support.since"`,
		`{"support":{"function":"a","until":"P1D"}}`:       `unknown field "until"`,
		`{"support":{"function":"a"},"compare":["a","b"]}`: "two requests",
	} {
		if _, err := ParseEvent([]byte(event)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", event, err, want)
		}
	}
}

package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"

	"github.com/google/go-cmp/cmp"
)

const schedulerEvent = `{"version":"0","id":"d6c5b4a3-0000-4000-8000-000000000000","detail-type":"Scheduled Event","source":"aws.scheduler",
	"account":"123456789012","time":"2026-11-21T03:00:00Z","region":"us-east-1",
	"resources":["arn:aws:scheduler:us-east-1:123456789012:schedule/default/nightly"],"detail":"{}"}`

func TestAnEventIsReadAsWhatItAsks(t *testing.T) {
	scheduled := config.Request{Mode: config.Scheduled, Publish: true, ScheduledTime: "2026-11-21T03:00:00Z"}
	onDemand := config.Request{Mode: config.OnDemand, Publish: true}
	asText := func(r config.Request) config.Request { r.Text = true; return r }
	tests := map[string]struct {
		event string
		want  config.Request
	}{
		"nothing":                        {"", onDemand},
		"white space":                    {" \n", onDemand},
		"null":                           {"null", onDemand},
		"an empty object":                {"{}", onDemand},
		"an empty object with space":     {" { } \n", onDemand},
		"text wanted":                    {`{"format":"text"}`, asText(onDemand)},
		"JSON wanted":                    {`{"format":"json"}`, onDemand},
		"functions":                      {`{"check":{"functions":["a","b-*"]}}`, config.Request{Mode: config.OnDemand, Functions: []string{"a", "b-*"}}},
		"functions, with advice":         {`{"check":{"functions":["a"],"advice":true}}`, config.Request{Mode: config.OnDemand, Functions: []string{"a"}, Advice: true}},
		"functions, to be published":     {`{"check":{"functions":["a"],"publish":true},"format":"text"}`, config.Request{Mode: config.OnDemand, Functions: []string{"a"}, Publish: true, Text: true}},
		"a name with escapes":            {`{"check":{"functions":["\u0061"]}}`, config.Request{Mode: config.OnDemand, Functions: []string{"a"}}},
		"a comparison":                   {`{"compare":["a","b"]}`, config.Request{Mode: config.OnDemand, Compare: []string{"a", "b"}}},
		"a comparison of versions":       {`{"compare":["a:live","arn:aws:lambda:us-east-1:123456789012:function:a:7"],"format":"text"}`, config.Request{Mode: config.OnDemand, Compare: []string{"a:live", "arn:aws:lambda:us-east-1:123456789012:function:a:7"}, Text: true}},
		"EventBridge Scheduler":          {schedulerEvent, scheduled},
		"EventBridge with object detail": {strings.NewReplacer("aws.scheduler", "aws.events", `"{}"`, "{}").Replace(schedulerEvent), scheduled},
		"a detail with content":          {strings.Replace(schedulerEvent, `"{}"`, `{"Check":1,"x":{"y":null}}`, 1), scheduled},
		"a schedule read by a person":    {strings.Replace(schedulerEvent, `"version"`, `"format":"text","version"`, 1), asText(scheduled)},
		"a replay from an archive":       {strings.Replace(schedulerEvent, `"version"`, `"replay-name":"r","version"`, 1), scheduled},
		"a schedule without its time":    {`{"source":"aws.events","detail-type":"Scheduled Event"}`, config.Request{Mode: config.Scheduled, Publish: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := config.ParseEvent([]byte(test.event))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestEveryExampleEventIsRead(t *testing.T) {
	want := map[string]config.Request{
		"schedule.json":      {Mode: config.Scheduled, Publish: true, ScheduledTime: "2026-11-21T03:00:00Z"},
		"empty.json":         {Mode: config.OnDemand, Publish: true},
		"diagnose.json":      {Mode: config.OnDemand, Text: true, Diagnose: &config.Diagnose{Function: "notes-api", Message: "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/notes-api-role/notes-api is not authorized to perform: dynamodb:DeleteItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/notes because no identity-based policy allows the dynamodb:DeleteItem action"}},
		"diagnose-logs.json": {Mode: config.OnDemand, Text: true, Diagnose: &config.Diagnose{Function: "notes-api", Since: 6 * time.Hour}},
		"compare.json":       {Mode: config.OnDemand, Compare: []string{"resize-image", "rotate-image"}, Text: true},
		"check.json":         {Mode: config.OnDemand, Functions: []string{"notes-*"}, Text: true},
	}
	files, err := filepath.Glob("../../events/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d example events, %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := config.ParseEvent(raw)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if expected, known := want[filepath.Base(file)]; known {
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", file, diff)
			}
		}
	}
}

func TestAWrongEventIsOneLineThatNamesTheField(t *testing.T) {
	schedule := func(replace, by string) string { return strings.Replace(schedulerEvent, replace, by, 1) }
	tests := map[string]struct{ event, want string }{
		"an unknown field":                   {`{"chek":{}}`, `event has an unknown field "chek": it may hold check, compare, diagnose, deployer, support, format`},
		"a field in another case":            {`{"Check":{"functions":["a"]}}`, `event has an unknown field "Check": it is written "check"`},
		"both cases":                         {`{"check":{"functions":["a"]},"CHECK":{"functions":["b"]}}`, `event has an unknown field "CHECK": it is written "check"`},
		"an inner field in another case":     {`{"check":{"functions":["a"],"Publish":true}}`, `event field "check" has an unknown field "Publish": it is written "publish"`},
		"an inner unknown field":             {`{"check":{"function":"a"}}`, `event field "check" has an unknown field "function": it may hold functions, needs, publish, advice`},
		"two requests":                       {`{"check":{"functions":["a"]},"compare":["a","b"]}`, `event fields "check" and "compare" are two requests: send one at a time`},
		"a request in a schedule":            {schedule(`"version"`, `"check":{},"version"`), `event has an unknown field "check": it may hold version, id, detail-type, source, account, time, region, resources, detail, replay-name, format`},
		"a field given twice":                {`{"format":"text","format":"json"}`, `event field "format" is given twice`},
		"an inner field given twice":         {`{"check":{"publish":true,"functions":["a"],"publish":false}}`, `event field "check.publish" is given twice`},
		"twice by an escape":                 {`{"format":"text","form\u0061t":"json"}`, `event field "format" is given twice`},
		"twice deep in a detail":             {schedule(`"{}"`, `{"a":[{"b":1,"b":2}]}`), `event field "detail.a[0].b" is given twice`},
		"a number for functions":             {`{"check":{"functions":3}}`, `event field "check.functions": a JSON number does not fit`},
		"a text for functions":               {`{"check":{"functions":"a"}}`, `event field "check.functions": a JSON string does not fit`},
		"a number in functions":              {`{"check":{"functions":["a",3]}}`, `event field "check.functions": a JSON number does not fit`},
		"a text for publish":                 {`{"check":{"functions":["a"],"publish":"yes"}}`, `event field "check.publish": a JSON string does not fit`},
		"a list for check":                   {`{"check":["a"]}`, `event field "check": a JSON array does not fit`},
		"a number for a schedule's source":   {`{"source":3}`, `event field "source": a JSON number does not fit`},
		"null for check":                     {`{"check":null}`, `event field "check" is null: leave it out or give it a value`},
		"null for functions":                 {`{"check":{"functions":null}}`, `event field "check.functions" is null: leave it out or give it a value`},
		"null for publish":                   {`{"check":{"functions":["a"],"publish":null}}`, `event field "check.publish" is null: leave it out or give it a value`},
		"null for needs":                     {`{"check":{"functions":["a"],"needs":null}}`, `event field "check.needs" is null: leave it out or give it a value`},
		"a map for needs":                    {`{"check":{"functions":["a"],"needs":{}}}`, `event field "check.needs": a list of what the code calls is needed, not a map`},
		"no needs":                           {`{"check":{"functions":["a"],"needs":[]}}`, `event field "check.needs": the list is empty: leave it out`},
		"a need that is a text":              {`{"check":{"functions":["a"],"needs":["s3:GetObject"]}}`, `event field "check.needs[0]": a declaration is a map such as {read: "s3://bucket/prefix/"}, not the text "s3:GetObject"`},
		"a misspelt action":                  {`{"check":{"functions":["a"],"needs":[{"send":"q"},{"actions":["s3:GetObjet"],"resources":["s3://docs/k"]}]}}`, `event field "check.needs[1].actions[0]": actions: "s3:GetObjet" is no known action: is s3:GetObject meant?`},
		"a policy in an event":               {`{"check":{"functions":["a"],"needs":[{"policy":"need.json"}]}}`, `event field "check.needs[0].policy": policy: a document is named in probe.yaml only, beside which it lies`},
		"a need about a qualifier":           {`{"check":{"functions":["a"],"needs":[{"functions":["a:live"],"send":"q"}]}}`, `event field "check.needs[0].functions[0]": "a:live" has a qualifier: give the function's name alone, all its versions and aliases are checked`},
		"null in a need":                     {`{"check":{"functions":["a"],"needs":[{"send":null}]}}`, `event field "check.needs[0].send": send takes a text or a list of texts, not nothing`},
		"a need with a field given twice":    {`{"check":{"functions":["a"],"needs":[{"send":"q","send":"r"}]}}`, `event field "check.needs[0].send" is given twice`},
		"null for format":                    {`{"format":null}`, `event field "format" is null: leave it out or give it a value`},
		"no functions":                       {`{"check":{}}`, `event field "check.functions": name at least one function, ARN or pattern`},
		"an empty list of functions":         {`{"check":{"functions":[]}}`, `event field "check.functions": name at least one function, ARN or pattern`},
		"too many functions":                 {`{"check":{"functions":["a"` + strings.Repeat(`,"a"`, 1000) + `]}}`, `event field "check.functions": 1001 names, ARNs and patterns are more than 1000`},
		"an empty name":                      {`{"check":{"functions":["a",""]}}`, `event field "check.functions[1]": "" is empty`},
		"null in functions":                  {`{"check":{"functions":[null]}}`, `event field "check.functions[0]": "" is empty`},
		"an unknown format":                  {`{"format":"slack"}`, `event field "format": "slack" is neither text nor json`},
		"another source":                     {schedule("aws.scheduler", "aws.s3"), `event field "source": "aws.s3" is not a schedule (aws.events or aws.scheduler)`},
		"another detail type":                {schedule("Scheduled Event", "Object Created"), `event field "detail-type": "Object Created" is not a schedule (Scheduled Event)`},
		"a schedule without a source":        {`{"detail-type":"Scheduled Event"}`, `event field "source": "" is not a schedule (aws.events or aws.scheduler)`},
		"a wrong time":                       {schedule("2026-11-21T03:00:00Z", "tomorrow"), `event field "time": "tomorrow" is not a time such as 2006-01-02T15:04:05Z`},
		"a list":                             {`[]`, `event is not a JSON object: it begins with "[]"`},
		"a text":                             {`"check"`, `event is not a JSON object: it begins with "\"check\""`},
		"no JSON":                            {"check\nnotes", `event is not JSON: it begins with "check\nnotes"`},
		"half an object":                     {`{"check":{"functions":["a"`, `event is not JSON: in the field "check.functions": it ends too early`},
		"an object that is not closed":       {`{`, `event is not JSON: it ends too early`},
		"a value that is no JSON":            {`{"format":text}`, `event is not JSON: in the field "format": invalid character 'e' in literal true (expecting 'r')`},
		"two objects":                        {`{}{}`, `event holds more than one JSON value`},
		"something after the object":         {`{} x`, `event holds more than one JSON value`},
		"a field's name of many lines":       {"{\"a\\n" + strings.Repeat("é", 5000) + "\":1}", `event has an unknown field "a\n` + strings.Repeat("é", 78) + `"…: it may hold check, compare, diagnose, deployer, support, format`},
		"nesting without end":                {`{"check":` + strings.Repeat("[", 1<<20), `event nests deeper than 32 levels in the field "check` + strings.Repeat("[0]", 25) + `"…`},
		"a name that is too long to be real": {`{"check":{"functions":["` + strings.Repeat("a", 1<<20) + `"]}}`, `event field "check.functions[0]": "` + strings.Repeat("a", 80) + `"… is longer than 512 characters`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := config.ParseEvent([]byte(test.event))
			if err == nil {
				t.Fatalf("got %+v, want the error %s", got, test.want)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAHugeEventIsReadInReasonableTime(t *testing.T) {
	// As large as Lambda lets an event be.
	const size = 6 << 20
	var many strings.Builder
	for i := 0; many.Len() < size; i++ {
		fmt.Fprintf(&many, `"field%d":[{"x":1e400}],`, i)
	}
	detail := func(content string) string { return strings.Replace(schedulerEvent, `"{}"`, content, 1) }
	for name, event := range map[string]string{
		"many fields":                     detail("{" + many.String() + `"last":0}`),
		"many values below one huge name": detail(`{"` + strings.Repeat("n", size/2) + `":[0` + strings.Repeat(",0", size/4) + `]}`),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			if _, err := config.ParseEvent([]byte(event)); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func FuzzAnyEventIsReadOrRefusedInOneShortLine(f *testing.F) {
	for _, seed := range []string{"", "{}", schedulerEvent, `{"check":{"functions":["a"]}}`, `{"Check":null}`, `{"a":[{"b":{}}]}`, `{"check":{"check":1}}`, `{"check":{"functions":["a"],"needs":[{"read":"s3://b/","key":"k","required":false}]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		request, err := config.ParseEvent(raw)
		switch {
		case err == nil && request.Mode != config.Scheduled && request.Mode != config.OnDemand:
			t.Errorf("mode %q", request.Mode)
		case err != nil && (strings.ContainsAny(err.Error(), "\r\n") || len(err.Error()) > 1000):
			t.Errorf("error %q", err)
		}
	})
}

func TestAComparisonNamesTwoFunctions(t *testing.T) {
	for event, want := range map[string]string{
		`{"compare":[]}`:                                    "two functions are compared, not 0",
		`{"compare":["a"]}`:                                 "two functions are compared, not 1",
		`{"compare":["a","b","c"]}`:                         "two functions are compared, not 3",
		`{"compare":["a","a"]}`:                             "is named twice",
		`{"compare":["a","b*"]}`:                            `"compare[1]"`,
		`{"compare":["a",""]}`:                              `"compare[1]"`,
		`{"compare":["a","b:"]}`:                            "empty qualifier",
		`{"compare":["a",7]}`:                               "compare",
		`{"compare":"a"}`:                                   "compare",
		`{"compare":null}`:                                  "null",
		`{"compare":["a","arn:aws:sqs:us-east-1:1:q"]}`:     `"compare[1]"`,
		`{"compare":["a","b"],"check":{"functions":["a"]}}`: "two requests",
		`{"compare":["a","b"],"publish":true}`:              `"publish"`,
	} {
		if _, err := config.ParseEvent([]byte(event)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: want an error with %q, have %v", event, want, err)
		}
	}
}

func TestAQualifierIsCutOffANameAndAnARN(t *testing.T) {
	for name, want := range map[string][2]string{
		"a": {"a", ""}, "a:live": {"a", "live"},
		"arn:aws:lambda:us-east-1:123456789012:function:a":      {"arn:aws:lambda:us-east-1:123456789012:function:a", ""},
		"arn:aws:lambda:us-east-1:123456789012:function:a:live": {"arn:aws:lambda:us-east-1:123456789012:function:a", "live"},
		"arn:aws:sqs:us-east-1:123456789012:q":                  {"arn:aws:sqs:us-east-1:123456789012:q", ""},
	} {
		if whole, qualifier := config.SplitQualifier(name); whole != want[0] || qualifier != want[1] {
			t.Errorf("%s: %q and %q", name, whole, qualifier)
		}
	}
}

func TestARequestForADiagnosisNamesOneFunctionAndHoldsAMessage(t *testing.T) {
	request, err := config.ParseEvent([]byte(`{"diagnose":{"function":"a","message":"denied"}}`))
	if err != nil || request.Publish || request.Diagnose == nil || *request.Diagnose != (config.Diagnose{Function: "a", Message: "denied"}) {
		t.Errorf("%+v, %v", request, err)
	}
	for event, want := range map[string]string{
		`{"diagnose":{}}`:                                                         `"diagnose.function"`,
		`{"diagnose":{"function":"a"}}`:                                           `"diagnose.message"`,
		`{"diagnose":{"function":"a","message":" \n"}}`:                           `"diagnose.message"`,
		`{"diagnose":{"function":"a*","message":"m"}}`:                            "is a pattern",
		`{"diagnose":{"function":"a:live","message":"m"}}`:                        "version or alias",
		`{"diagnose":{"function":"a","message":"m","masage":"m"}}`:                `"masage"`,
		`{"diagnose":{"function":"a","message":7}}`:                               "message",
		`{"diagnose":{"function":"a","since":"6h"}}`:                              `"diagnose.since"`,
		`{"diagnose":{"function":"a","since":"P8D"}}`:                             "7 days",
		`{"diagnose":{"function":"a","since":"PT0S"}}`:                            "7 days",
		`{"diagnose":{"function":"a","since":"PT"}}`:                              "PT6H",
		`{"diagnose":{"function":"a","since":"P"}}`:                               "PT6H",
		`{"diagnose":{"function":"a","since":"P1DT"}}`:                            "PT6H",
		`{"diagnose":{"function":"a","since":"P1M"}}`:                             "PT6H",
		`{"diagnose":{"function":"a","since":6}}`:                                 "since",
		`{"diagnose":null}`:                                                       "null",
		`{"diagnose":{"function":"a","message":"m"},"check":{"functions":["a"]}}`: "two requests",
		`{"diagnose":{"function":"a","message":"m"},"compare":["a","b"]}`:         "two requests",
	} {
		_, err := config.ParseEvent([]byte(event))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", event, err, want)
		}
	}
	if _, err := config.ParseEvent([]byte(`{"diagnose":{"function":"a:live","message":"canary"}}`)); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("an error quotes the message: %v", err)
	}
}

func TestAWindowIsADurationOfISO8601(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"PT6H": 6 * time.Hour, "P1D": 24 * time.Hour, "P1DT12H30M": 36*time.Hour + 30*time.Minute, "PT90S": 90 * time.Second, "P7D": 7 * 24 * time.Hour,
	} {
		request, err := config.ParseEvent([]byte(`{"diagnose":{"function":"a","since":"` + text + `"}}`))
		if err != nil || request.Diagnose.Since != want {
			t.Errorf("%s: %+v, %v", text, request.Diagnose, err)
		}
	}
}

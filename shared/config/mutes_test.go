package config_test

import (
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"

	"github.com/google/go-cmp/cmp"
)

func TestTheFileSaysWhatIsNotTold(t *testing.T) {
	file, err := config.ParseFile("probe.yaml", []byte(`
owner: {tag: team}
mutes:
  - check: R3
    function: old-*
    reason: it leaves no logs on purpose
    expires: 2027-01-31
  - {id: 00d3f5f5731b32dc, reason: accepted}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []config.Mute{
		{Check: "R3", Function: "old-*", Reason: "it leaves no logs on purpose", Expires: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), Where: "probe.yaml:4"},
		{ID: "00d3f5f5731b32dc", Reason: "accepted", Where: "probe.yaml:8"},
	}
	if diff := cmp.Diff(want, file.Mutes); diff != "" || file.OwnerTag != "team" {
		t.Errorf("owner %q (-want +have):\n%s", file.OwnerTag, diff)
	}
}

func TestAMuteCoversTheWholeOfWhatItNames(t *testing.T) {
	subject := config.Subject{
		ID: "00d3", Check: "R4", Function: "arn:aws:lambda:us-east-1:123456789012:function:import-orders", Qualifier: "live",
		Resource: "arn:aws:s3:::orders/*, arn:aws:s3:::bills/*", Source: "arn:aws:sns:us-east-1:123456789012:jobs",
	}
	for name, c := range map[string]struct {
		mute config.Mute
		want bool
	}{
		"the check":                 {config.Mute{Check: "R4"}, true},
		"another check":             {config.Mute{Check: "R"}, false},
		"a check that begins so":    {config.Mute{Check: "R*"}, true},
		"the name":                  {config.Mute{Function: "import-orders"}, true},
		"a part of the name":        {config.Mute{Function: "orders"}, false},
		"a pattern of names":        {config.Mute{Function: "import-*"}, true},
		"the ARN":                   {config.Mute{Function: subject.Function}, true},
		"one of the resources":      {config.Mute{Check: "R4", Resource: "arn:aws:s3:::bills/*"}, true},
		"all of the resources":      {config.Mute{Check: "R4", Resource: subject.Resource}, true},
		"a part of a resource":      {config.Mute{Check: "R4", Resource: "arn:aws:s3:::bills"}, false},
		"the qualifier":             {config.Mute{Check: "R4", Qualifier: "live"}, true},
		"another qualifier":         {config.Mute{Check: "R4", Qualifier: "liv"}, false},
		"the source":                {config.Mute{Check: "R4", Source: "*:jobs"}, true},
		"another source":            {config.Mute{Check: "R4", Source: "jobs"}, false},
		"the id":                    {config.Mute{ID: "00d3"}, true},
		"one that does not fit all": {config.Mute{Check: "R4", Function: "import-orders", ID: "00d4"}, false},
	} {
		if have := c.mute.Matches(subject); have != c.want {
			t.Errorf("%s: %v", name, have)
		}
	}
}

func TestAMuteLastsToTheEndOfItsDay(t *testing.T) {
	m := config.Mute{Expires: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)}
	last := time.Date(2027, 1, 31, 23, 59, 59, 0, time.UTC)
	if m.Expired(last) || !m.Expired(last.Add(time.Second)) || (&config.Mute{}).Expired(last) {
		t.Error("the day is not kept")
	}
}

func TestAWrongMuteIsOneLineWithFileAndLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no list":              {"mutes: {}", `probe.yaml:1: mutes: a list of what not to tell is needed, not a map`},
		"an empty list":        {"mutes: []", `probe.yaml:1: mutes: the list is empty: leave it out`},
		"a text":               {"mutes:\n  - R3", `probe.yaml:2: mutes: a mute is a map such as {check: R3, function: "old-*", reason: "…"}, not the text "R3"`},
		"no reason":            {"mutes:\n  - check: R3", `probe.yaml:2: mutes: the mute has no reason: say why nobody is to be told`},
		"an empty reason":      {"mutes:\n  - check: R3\n    reason: \"\"", `probe.yaml:3: mutes: reason is a text, not the text ""`},
		"everything":           {"mutes:\n  - {check: \"*\", resource: x, reason: a}", `probe.yaml:2: mutes: the mute names neither a check, nor a function, nor an id: it would hide too much`},
		"an unknown field":     {"mutes:\n  - check: R3\n    because: x", `probe.yaml:3: mutes: unknown field "because": a mute may hold check, function, qualifier, resource, source, id, reason, expires`},
		"a misspelt field":     {"mutes:\n  - check: R3\n    expire: x", `probe.yaml:3: mutes: unknown field "expire": is "expires" meant?`},
		"a field twice":        {"mutes:\n  - check: R3\n    check: R4", `probe.yaml:3: mutes: "check" is given twice`},
		"a day that is none":   {"mutes:\n  - check: R3\n    expires: 31.1.2027", `probe.yaml:3: mutes: expires: "31.1.2027" is not a day such as 2027-01-31`},
		"a list":               {"mutes:\n  - check: [R3]", `probe.yaml:2: mutes: check is a text, not a list`},
		"a qualifier":          {"mutes:\n  - function: a:live", `probe.yaml:2: mutes: function: "a:live" has a qualifier: give the function's name alone, all its versions and aliases are checked`},
		"a long reason":        {"mutes:\n  - reason: " + strings.Repeat("a", 201), `probe.yaml:2: mutes: reason is longer than 200 characters`},
		"a reason of lines":    {"mutes:\n  - reason: \"a\\nb\"", `probe.yaml:2: mutes: reason holds what cannot be printed on one line`},
		"an owner of no tag":   {"owner: team", `probe.yaml:1: owner: a map such as {tag: team} is needed`},
		"an owner of two tags": {"owner:\n  tag: [a, b]", `probe.yaml:2: owner: tag is the key of a tag, not a list`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.ParseFile("probe.yaml", []byte(c.text), nil)
			if err == nil || err.Error() != c.want {
				t.Errorf("want %s\nhave %v", c.want, err)
			}
		})
	}
}

package denial_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"permprobe/shared/denial"
)

func FuzzRead(f *testing.F) {
	for _, c := range goldenCases(f) {
		f.Add(c.Text)
	}
	for _, r := range denial.Recognisers() {
		f.Add(r.Example)
	}
	f.Fuzz(func(t *testing.T, text string) {
		reading := denial.Read(text)
		line, err := json.Marshal(reading.Answer())
		if err != nil || !json.Valid(line) || strings.Contains(string(line), "\n") {
			t.Fatalf("answer %s: %v", line, err)
		}
		if len(reading.Denials) == 0 && reading.Place != denial.None && reading.Place != denial.Configuration {
			t.Errorf("no denial at %q", reading.Place)
		}
		for _, d := range reading.Denials {
			if d.Place == "" || d.Place == denial.None || d.Place == denial.Configuration || (d.Place == denial.Guardrails) != (d.Guardrail != "") {
				t.Errorf("denial %+v", d)
			}
			// Where nothing is escaped, what is reported stands in the text.
			if strings.ContainsAny(text, "\\&\x1b\x00") || !utf8.ValidString(text) || text != strings.Join(strings.Fields(text), " ") || strings.ContainsAny(text, "“”„«»‘’‚\u200b\ufeff{[") {
				continue
			}
			for _, v := range []string{d.Resource, d.PolicyARN, d.AuthorizationID} {
				if !strings.Contains(strings.ToLower(text), strings.ToLower(v)) {
					t.Errorf("%q is not in the text", v)
				}
			}
		}
	})
}

// hostile texts repeat what costs the most to look at.
func hostile(size int) map[string]string {
	texts := map[string]string{}
	for name, unit := range map[string]string{
		"subjects": "User: ", "sentences": "is not authorized to perform: s3:GetObject on resource: ", "brackets": `{"`, "lists": "[[", "backslashes": `\`, "escapes": `\"`,
		"angles": "<", "wrappers": "An error occurred (AccessDenied) when calling the GetObject operation: ", "codes": `code: "AccessDenied", `, "reasons": "because no identity-based policy ",
		"tails": "policy allows the s3:GetObject ", "quotes": `"`, "words": "authorized to perform not authorized to perform ", "letters": "a", "entities": "&quot;", "java": "Access Denied (Service: S3, Status Code: 403, ",
		"records": `{"eventSource":"s3.amazonaws.com","eventName":"GetObject","errorCode":"AccessDenied"}`, "dots": "a.accessdenied.", "objects": `{"a":`,
	} {
		texts[name] = strings.Repeat(unit, size/len(unit))
	}
	return texts
}

func TestTheTimeGrowsWithTheLengthAndNotItsSquare(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for name, text := range hostile(1 << 20) {
		start := time.Now()
		denial.Read(text)
		// A pass over 1 MB takes some milliseconds; a quadratic one takes minutes.
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: %v for %d bytes", name, took, len(text))
		} else {
			t.Logf("%s: %v", name, took)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	cases := goldenCases(b)
	var size int64
	for _, c := range cases {
		size += int64(len(c.Text))
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, c := range cases {
			denial.Read(c.Text)
		}
	}
	b.ReportMetric(float64(b.N*len(cases))/b.Elapsed().Seconds(), "lines/s")
}

package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/render"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// invoked is a context as Lambda gives it.
func invoked(arn string) context.Context {
	return lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{AwsRequestID: "request", InvokedFunctionArn: arn})
}

const ownARN = "arn:aws:lambda:eu-central-1:123456789012:function:permprobe"

func TestABadEventIsAnErrorThatNamesTheField(t *testing.T) {
	for name, c := range map[string]struct{ event, want string }{
		"no JSON":          {`hello`, "JSON"},
		"no object":        {`["check"]`, "object"},
		"unknown field":    {`{"chekc":{}}`, `"chekc"`},
		"another source":   {`{"source":"aws.s3","detail-type":"Object Created"}`, `"aws.s3"`},
		"no functions":     {`{"check":{"functions":[]}}`, `"check.functions"`},
		"unknown format":   {`{"format":"pdf"}`, `"pdf"`},
		"unknown in check": {`{"check":{"functions":["a"],"puplish":true}}`, `puplish`},
	} {
		_, err := newHandler().Invoke(invoked(ownARN), []byte(c.event))
		if err == nil || !strings.HasPrefix(err.Error(), "bad event: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheFirstEventTurnsTheCollectorOn(t *testing.T) {
	before := debug.SetGCPercent(-1) // as GOGC=off
	defer debug.SetGCPercent(before)
	if _, err := newHandler().Invoke(t.Context(), []byte("[]")); err == nil {
		t.Fatal("a list is no event")
	}
	if percent := debug.SetGCPercent(-1); percent != 100 {
		t.Errorf("garbage is collected at %d %%", percent)
	}
}

func TestWithoutItsConfigurationTheProbeSaysWhatIsMissing(t *testing.T) {
	t.Setenv("LAMBDA_TASK_ROOT", t.TempDir())
	_, err := newHandler().Invoke(invoked(ownARN), []byte(`{}`))
	if err == nil || !strings.Contains(err.Error(), config.FileName) {
		t.Errorf("%v", err)
	}
}

func TestAConfigurationThatIsWrongIsNamedWithItsLine(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("LAMBDA_TASK_ROOT", dir)
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte("functions:\n  - a\nmute: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := newHandler().Invoke(invoked(ownARN), []byte(`{}`))
	if err == nil || !strings.Contains(err.Error(), "probe.yaml:3") || !strings.Contains(err.Error(), "mute") {
		t.Errorf("%v", err)
	}
}

func TestTheScanIsOfTheAccountAndRegionOfTheFunction(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("LAMBDA_TASK_ROOT", dir)
	if err := os.WriteFile(filepath.Join(dir, config.FileName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PERMPROBE_STATE_BUCKET", "state")
	for event, want := range map[string]string{`{}`: "request", `{"source":"aws.events","detail-type":"Scheduled Event","time":"2026-11-21T03:00:00Z"}`: "2026-11-21T03:00:00Z"} {
		request, err := config.ParseEvent([]byte(event))
		if err != nil {
			t.Fatal(err)
		}
		scanner, runID, err := newHandler().scanner(invoked(ownARN), request)
		if err != nil {
			t.Fatal(err)
		}
		account := scanner.Collector.Account
		if account.Partition != "aws" || account.ID != "123456789012" || account.Region != "eu-central-1" {
			t.Errorf("account %+v", account)
		}
		if l := scanner.Ledger; l == nil || l.Bucket != "state" || l.Partition != "aws" || l.Account != "123456789012" || l.Region != "eu-central-1" {
			t.Errorf("ledger %+v", l)
		}
		if runID != want {
			t.Errorf("the run of %s is %q, want %q: a repeated delivery must be told from a new one", event, runID, want)
		}
	}
	if _, _, err := newHandler().scanner(context.Background(), config.Request{}); err == nil {
		t.Error("a context without an invocation is taken")
	}
	if _, _, err := newHandler().scanner(invoked("permprobe"), config.Request{}); err == nil {
		t.Error("an invocation without an ARN is taken")
	}
}

func TestAnAnswerThatIsTooLargeIsCutAndSaysSo(t *testing.T) {
	report := &finding.Report{}
	for range 3000 {
		report.Findings = append(report.Findings, finding.Finding{Severity: finding.Low, Cause: strings.Repeat("x", 4000)})
	}
	report.Findings[0].Severity = finding.Critical
	report.Finish()
	for _, text := range []bool{false, true} {
		out, err := answer(report, text, render.English)
		if err != nil {
			t.Fatal(err)
		}
		if len(out) > answerLimit || !json.Valid(out) {
			t.Errorf("text %t: %d bytes, valid %t", text, len(out), json.Valid(out))
		}
		if !report.Truncated || len(report.Findings) == 0 || report.Findings[0].Severity != finding.Critical {
			t.Errorf("text %t: truncated %t, %d findings", text, report.Truncated, len(report.Findings))
		}
		if report.Summary.Findings != 3000 {
			t.Errorf("the summary counts %d findings", report.Summary.Findings)
		}
	}
}

func TestSecurityHubGetsFindingsWhereItIsSwitchedOn(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("LAMBDA_TASK_ROOT", dir)
	if err := os.WriteFile(filepath.Join(dir, config.FileName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]bool{"": false, "off": false, "on": true} {
		t.Setenv("PERMPROBE_SECURITY_HUB", value)
		scanner, _, err := newHandler().scanner(invoked(ownARN), config.Request{})
		if err != nil || (scanner.Hub != nil) != want {
			t.Errorf("%q: %+v, %v", value, scanner, err)
		}
		if want && (scanner.Hub.Account != "123456789012" || scanner.Hub.Region != "eu-central-1" || scanner.Hub.Partition != "aws") {
			t.Errorf("%+v", scanner.Hub)
		}
	}
}

func TestScansLookForDenialsWhereThatIsSwitchedOn(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("LAMBDA_TASK_ROOT", dir)
	if err := os.WriteFile(filepath.Join(dir, config.FileName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]bool{"": false, "off": false, "on": true} {
		t.Setenv("PERMPROBE_SEEN_DENIALS", value)
		if scanner, _, err := newHandler().scanner(invoked(ownARN), config.Request{}); err != nil || scanner.SeenDenials != want {
			t.Errorf("%q: %v, %v", value, scanner.SeenDenials, err)
		}
	}
}

func TestTheLanguageIsThatOfTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("LAMBDA_TASK_ROOT", dir)
	if err := os.WriteFile(filepath.Join(dir, config.FileName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]render.Language{"": render.English, "EN": render.English, "JA": render.Japanese} {
		t.Setenv("PERMPROBE_LANGUAGE", name)
		scanner, _, err := newHandler().scanner(invoked(ownARN), config.Request{})
		if err != nil || scanner.Publisher.Language != want {
			t.Errorf("%q: %v", name, err)
		}
	}
	t.Setenv("PERMPROBE_LANGUAGE", "Japanese")
	if _, _, err := newHandler().scanner(invoked(ownARN), config.Request{}); err == nil || !strings.Contains(err.Error(), `PERMPROBE_LANGUAGE: "Japanese"`) {
		t.Errorf("%v", err)
	}
	report := &finding.Report{}
	report.Finish()
	if out, err := answer(report, true, render.Japanese); err != nil || !strings.Contains(string(out), "検出なし") {
		t.Errorf("%s, %v", out, err)
	}
}

func TestATextIsInTheLanguageOfTheEnvironmentAndJSONIsNot(t *testing.T) {
	diagnosis := &finding.Diagnosis{Function: "arn:aws:lambda:us-east-1:123456789012:function:app", Denials: []finding.DiagnosedDenial{{Answer: "Not decided: nothing decides this call."}}}
	for _, c := range []struct {
		text bool
		want string
	}{{true, "判定できません: この呼び出しを判定するものがありません。"}, {false, "Not decided: nothing decides this call."}} {
		out, err := answerDiagnosis(diagnosis, c.text, render.Japanese)
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("text %t: %v %s", c.text, err, out)
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const deniedText = "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::tides/a because no identity-based policy allows the s3:GetObject action"

func diagnoses(t *testing.T, in string) []string {
	t.Helper()
	var out bytes.Buffer
	if err := diagnose(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	if out.Len() == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func TestDiagnoseAnswersWithEveryKeyInOrder(t *testing.T) {
	want := []string{`{"denied":true,"service":"s3","action":"s3:GetObject","resource":"arn:aws:s3:::tides/a","principal":"arn:aws:iam::123456789012:user/ada",` +
		`"reason":"implicit_deny","place":"execution-role","guardrail":null,"policyArn":null,"authorizationId":null}`}
	if diff := cmp.Diff(want, diagnoses(t, deniedText+"\n")); diff != "" {
		t.Error(diff)
	}
}

func TestDiagnoseGivesEveryLineOneAnswerInOrder(t *testing.T) {
	asJSON, err := json.Marshal(map[string]string{"text": "ERROR\n" + deniedText})
	if err != nil {
		t.Fatal(err)
	}
	in := strings.Join([]string{
		deniedText, "", "all is well", string(asJSON), `{"text":7,"message":"` + deniedText + `"}`, `{"text":"fine","message":"` + deniedText + `"}`,
		`{"Text":"fine","m":"` + deniedText + `"}`, `{"text`, "   \r", deniedText + "\r", deniedText,
	}, "\n")
	var got []bool
	for _, line := range diagnoses(t, in) {
		var a struct{ Denied bool }
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got = append(got, a.Denied)
	}
	want := []bool{true, false, false, true, true, false, true, false, false, true, true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDiagnoseAnswersNothingWhereNothingIsRead(t *testing.T) {
	if got := diagnoses(t, ""); got != nil {
		t.Error(got)
	}
}

func TestDiagnoseListsFurtherDenialsOfALine(t *testing.T) {
	second := strings.ReplaceAll(deniedText, "GetObject", "PutObject")
	got := diagnoses(t, deniedText+" / "+second)
	if len(got) != 1 {
		t.Fatalf("%d answers", len(got))
	}
	var a struct {
		Action string
		Others []struct{ Action string }
	}
	if err := json.Unmarshal([]byte(got[0]), &a); err != nil {
		t.Fatal(err)
	}
	if a.Action != "s3:GetObject" || len(a.Others) != 1 || a.Others[0].Action != "s3:PutObject" {
		t.Error(got[0])
	}
}

func TestDiagnoseReadsALineThatIsLongerThanItKeeps(t *testing.T) {
	got := diagnoses(t, deniedText+strings.Repeat(" x", maxDiagnoseLine)+"\n"+deniedText+"\n")
	if len(got) != 2 || !strings.Contains(got[0], `"denied":true`) || !strings.Contains(got[1], `"denied":true`) {
		t.Errorf("%d answers: %.200q", len(got), got)
	}
}

func TestDiagnoseTakesNoArguments(t *testing.T) {
	var out, errs bytes.Buffer
	if code := dispatch(t.Context(), []string{"diagnose", "log.txt"}, streams{strings.NewReader(""), &out, &errs}); code != exitError || errs.Len() == 0 {
		t.Errorf("code %d, %q", code, errs.String())
	}
}

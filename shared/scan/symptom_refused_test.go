package scan_test

import (
	"strings"
	"testing"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/render"
)

// deniedIn is a line of the log of a function of roleOf that tells of a refused call.
func deniedIn(function, action, resource string) string {
	return "[ERROR] ClientError: User: arn:aws:sts::123456789012:assumed-role/" + function + "-role/" + function + " is not authorized to perform: " + action + " on resource: " + resource +
		" because no identity-based policy allows the " + action + " action"
}

func TestAnErrorBehindWhichACallIsRefusedNamesTheCall(t *testing.T) {
	const notesTable = "arn:aws:dynamodb:us-east-1:123456789012:table/notes"
	asked := config.Symptom{Route: "GET /notes/1", Status: 502}
	o := localaws.Options{Logs: append(loggedIn("/aws/lambda/notes", deniedIn("notes", "dynamodb:Query", notesTable)), loggedIn("/aws/lambda/notes", "AccessDenied count: 0")...)}
	s := symptom(t, o, httpNotes("", "")+permit("notes", notesMay), asked)
	for _, want := range []string{"Its code was refused dynamodb:Query on " + notesTable + " once, last at ", "as the log group /aws/lambda/notes tells", `{"diagnose":{"function":"notes","since":"PT60M"}}`} {
		if !strings.Contains(evidenceOf(s, "function-error"), want) {
			t.Errorf("%q is not in %s", want, evidenceOf(s, "function-error"))
		}
	}
	if !strings.HasPrefix(s.Answer, "It is this: the function's code fails, and calls of it are refused") || strings.Contains(render.Symptom(s), "canary") {
		t.Errorf("%s", render.Symptom(s))
	}
	// A line that only talks of denials is no refused call.
	s = symptom(t, localaws.Options{Logs: loggedIn("/aws/lambda/notes", "AccessDenied count: 0")}, httpNotes("", "")+permit("notes", notesMay), asked)
	if strings.Contains(evidenceOf(s, "function-error"), "was refused") || len(verdicts(s, finding.CauseFound)) > 0 {
		t.Errorf("%s", evidenceOf(s, "function-error"))
	}
}

func TestAnAuthorizerThatFailsIsToldFromOneThatMayNotBeCalled(t *testing.T) {
	guardedNotes := httpNotes(", AuthorizationType: CUSTOM, AuthorizerId: !Ref Authorizer", "") + guarded("HTTP") + permit("notes", notesMay)
	asked := config.Symptom{Route: "GET /notes/1", Status: 500}
	if s := symptom(t, localaws.Options{}, guardedNotes, asked); s.Answer != "It is this: API Gateway may not call the authorizer's function. The fix stands below." {
		t.Errorf("%s", s.Answer)
	}
	o := localaws.Options{Metrics: happened("guard", map[string]float64{"Errors": 2})}
	if s := symptom(t, o, guardedNotes+permit("guard", "${Api}/authorizers/*"), asked); s.Answer != "It is this: the authorizer's function fails." {
		t.Errorf("%s", s.Answer)
	}
}

func TestNoRequestIsNotNoError(t *testing.T) {
	s := symptom(t, localaws.Options{}, httpNotes("", "")+permit("notes", notesMay), config.Symptom{Route: "GET /notes/1", Status: 500})
	if !strings.HasPrefix(s.Seen, "No request of the API was counted since ") {
		t.Errorf("%s", s.Seen)
	}
	// Numbers come later than lines: a log that tells of a run is believed.
	ran := symptom(t, localaws.Options{Logs: loggedIn("/aws/lambda/notes", "Task timed out after 3.00 seconds")}, httpNotes("", "")+permit("notes", notesMay), config.Symptom{Route: "GET /notes/1", Status: 504})
	if strings.Contains(render.Symptom(ran), "It was not invoked") {
		t.Errorf("%s", render.Symptom(ran))
	}
}

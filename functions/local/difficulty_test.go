package main

import (
	"strings"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/permission"

	"github.com/google/go-cmp/cmp"
)

// told is what of a report does not depend on how hard it was to make.
func told(r *finding.Report) []string {
	var out []string
	for i := range r.Findings {
		out = append(out, r.Findings[i].ID+" "+r.Findings[i].Check+" "+string(r.Findings[i].Fix.Proof))
	}
	for _, g := range r.Gaps {
		out = append(out, g.Check+" "+g.Reason)
	}
	return append(out, r.Notified.Failed...)
}

// difficulties are the application and a way to scan with options that tells the same unless something is lost.
func difficulties(t *testing.T) (scan func(*testing.T, localaws.Options) ([]string, []localaws.Call)) {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	app, err := loadApplication(root, optionsOf(t, permission.All))
	if err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T, o localaws.Options) ([]string, []localaws.Call) {
		t.Helper()
		w := worldWith(t, app, o)
		return told(w.Scan(t)), w.AWS.Calls()
	}
}

func TestOneThrottledCallOfAnyOperationLosesNothing(t *testing.T) {
	scan := difficulties(t)
	want, _ := scan(t, localaws.Options{})
	if len(want) < 8 {
		t.Fatalf("the undisturbed scan tells %q", want)
	}
	signing := strings.NewReplacer("eventbridge", "events", "cloudwatchlogs", "logs", "cloudwatch", "monitoring", "cloudcontrol", "cloudcontrolapi",
		"elasticloadbalancingv2", "elasticloadbalancing", "cognitoidentityprovider", "cognito-idp", "configservice", "config", "sfn", "states", "efs", "elasticfilesystem", "opensearch", "es")
	for _, e := range permission.Table(permission.All, permission.Everything()) {
		if e.Caller != permission.SDK || e.Action == "tag:GetResources" || e.Action == "s3:ListBucket" || e.Action == "sts:AssumeRole" || e.Switch.Asked() {
			// Without tags nobody asks for them, nor without an event, and without read roles nobody assumes one; the
			// right to list is used by GetObject.
			continue
		}
		t.Run(e.Service+" "+e.Operation, func(t *testing.T) {
			t.Parallel()
			service := signing.Replace(e.Service)
			have, calls := scan(t, localaws.Options{Faults: []localaws.Fault{{Service: service, Operation: e.Operation, Times: 1, Code: "throttle"}}})
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("(-undisturbed +throttled once)\n%s", diff)
			}
			throttled, answered := 0, 0
			for _, c := range calls {
				switch {
				case c.Service != service || c.Operation != e.Operation:
				case c.Status == 429 || c.Status >= 400 && strings.Contains(c.ErrorCode, "hrottl") || c.Status == 503 || c.ErrorCode == "TooManyRequestsException":
					throttled++
				default:
					answered++
				}
			}
			if throttled != 1 || answered == 0 {
				t.Errorf("%d throttled and %d answered calls", throttled, answered)
			}
		})
	}
}

func TestPagesOfOneItemTellTheSameOfEverySource(t *testing.T) {
	scan := difficulties(t)
	whole, calls := scan(t, localaws.Options{})
	short, more := scan(t, localaws.Options{PageSize: 1})
	if diff := cmp.Diff(whole, short); diff != "" {
		t.Errorf("(-whole pages +pages of one)\n%s", diff)
	}
	if len(more) < len(calls)+20 {
		t.Errorf("%d calls for whole pages, %d for pages of one: the embedded AWS did not page", len(calls), len(more))
	}
}

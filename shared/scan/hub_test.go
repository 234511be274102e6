package scan_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/publish"
	"permprobe/shared/scan/scantest"

	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/google/go-cmp/cmp"
)

// neverStarting is a stack whose function cannot start.
const neverStarting = `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
  App: {Type: AWS::Lambda::Function, Properties: {FunctionName: app, Role: !GetAtt Role.Arn}}
`

func TestWhatSecurityHubRefusesMakesTheRunIncompleteAndRingsTheAlarm(t *testing.T) {
	for code, want := range map[string]finding.ReportStatus{"": finding.ReportFindings, "InvalidAccessException": finding.ReportIncomplete} {
		var o localaws.Options
		if code != "" {
			o.Faults = []localaws.Fault{{Service: "securityhub", Code: code}}
		}
		var log bytes.Buffer
		w := scantest.New(t, o, &log, scantest.Parse(t, "broken.yaml", []byte(neverStarting), nil))
		w.Scanner.Hub = &publish.Hub{
			API: securityhub.NewFromConfig(w.Config), Partition: w.Account.Partition, Account: w.Account.ID, Region: w.Account.Region, Now: time.Now,
		}
		report := w.Scan(t)
		if report.Status != want || report.Notified.SNS != 1 {
			t.Errorf("%q: status %s, notified %+v", code, report.Status, report.Notified)
		}
		if got := len(w.AWS.Imported()); (got == len(report.Findings)) != (code == "") {
			t.Errorf("%q: %d of %d findings are imported", code, got, len(report.Findings))
		}
		if strings.Contains(log.String(), `"notice.undelivered"`) != (code != "") {
			t.Errorf("%q: the log is %s", code, log.String())
		}
	}
}

func TestAFindingThatEndsWhileSecurityHubFailsIsArchivedLater(t *testing.T) {
	s := begin(t, localaws.Options{})
	hub := func(faults ...localaws.Fault) func(template []byte) {
		return func(template []byte) {
			s.becomes(localaws.Options{Faults: faults}, template)
			s.world.Scanner.Hub = &publish.Hub{
				API: securityhub.NewFromConfig(s.world.Config), Partition: "aws", Account: s.world.Account.ID, Region: s.world.Account.Region, Now: s.world.Scanner.Now,
			}
		}
	}
	states := func() map[string]int {
		out := map[string]int{}
		for _, f := range s.world.AWS.Imported() {
			out[f["RecordState"].(string)]++
		}
		return out
	}
	hub()(account(3, 1, 2))
	s.expect("the first run", told{Events: []string{"new f01 R3", "new f02 R3"}, Scans: 1, Messages: 1})
	if diff := cmp.Diff(map[string]int{"ACTIVE": 2}, states()); diff != "" {
		t.Error(diff)
	}
	failing := localaws.Fault{Service: "securityhub", Code: "InvalidAccessException"}
	hub(failing)(account(3, 2))
	report := s.expect("one is mended and Security Hub fails", told{Events: []string{"resolved f01 R3"}, Scans: 1, Messages: 1})
	if report.Status != finding.ReportIncomplete || len(report.Notified.Failed) == 0 {
		t.Errorf("%s %q", report.Status, report.Notified.Failed)
	}
	hub(failing)(account(3, 2))
	s.expect("it fails again", told{Scans: 1})
	hub()(account(3, 2))
	s.expect("it works", told{Scans: 1})
	if diff := cmp.Diff(map[string]int{"ACTIVE": 1, "ARCHIVED": 1}, states()); diff != "" {
		t.Error(diff)
	}
	// A mute is told there, too, because it holds the finding as open.
	hub()(account(3, 2))
	s.world.Scanner.File.Mutes = []config.Mute{{Check: "R3", Reason: "on purpose", Where: "probe.yaml:4"}}
	s.expect("it is muted", told{Scans: 1})
	if diff := cmp.Diff(map[string]int{"ARCHIVED": 1}, states()); diff != "" {
		t.Error(diff)
	}
	hub()(account(3, 2))
	s.expect("it is not muted any more", told{Events: []string{"new f02 R3"}, Scans: 1, Messages: 1})
	if diff := cmp.Diff(map[string]int{"ACTIVE": 1}, states()); diff != "" {
		t.Error(diff)
	}
}

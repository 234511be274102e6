package scan_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/publish"
	"permprobe/shared/scan/scantest"

	"github.com/aws/aws-sdk-go-v2/service/securityhub"
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

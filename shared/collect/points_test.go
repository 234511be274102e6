package collect_test

import (
	"context"
	"strings"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/localaws"

	"github.com/google/go-cmp/cmp"
)

const deskARN, doorARN = "arn:aws:s3:us-east-1:123456789012:accesspoint/desk", "arn:aws:s3:us-east-1:123456789012:accesspoint/door"

func TestWhereAnAccessPointLeadsAndWhoGetsThroughIsReadInTwoCalls(t *testing.T) {
	c, server := collector(t, localaws.Options{}, targetsTemplate)
	facts := read(t, c, deskARN+"/object/a/b.csv", deskARN)
	for _, test := range []struct {
		arn  string
		want fact.Point
	}{
		{deskARN, fact.Point{Bucket: "archive", BucketAccount: "123456789012"}},
		{doorARN, fact.Point{Bucket: "lent", BucketAccount: "210987654321", Inside: true, VPC: "vpc-1"}},
	} {
		c.Targets(context.Background(), facts, targets(t, test.arn))
		target, known := facts.Targets[test.arn].Value()
		if !known || target.Point == nil {
			t.Fatalf("%s is not known: %+v", test.arn, target)
		}
		if diff := cmp.Diff(test.want, *target.Point); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.arn, diff)
		}
	}
	var asked []string
	for _, call := range server.Calls() {
		asked = append(asked, call.Service+":"+call.Operation+" "+call.Params)
	}
	want := []string{"s3control:GetAccessPoint Name=desk", "s3control:GetAccessPointPolicy Name=desk", "s3control:GetAccessPoint Name=door", "s3control:GetAccessPointPolicy Name=door"}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestAnAccessPointOfWhichAReadIsRefusedIsNotKnown(t *testing.T) {
	for operation, permission := range map[string]string{"GetAccessPoint": "s3:GetAccessPoint", "GetAccessPointPolicy": "s3:GetAccessPointPolicy"} {
		c, _ := collector(t, localaws.Options{Faults: []localaws.Fault{{Service: "s3control", Operation: operation, Code: "AccessDenied"}}}, targetsTemplate)
		if why, unread := read(t, c, deskARN).Targets[deskARN].Unread(); !unread || why.Permission != permission {
			t.Errorf("%s: %+v", operation, why)
		}
	}
}

func TestAnAccessPointWithoutABucketThatTheTemplateSaysIsNotKnown(t *testing.T) {
	c, _ := collector(t, localaws.Options{}, strings.Replace(targetsTemplate, "Name: desk, Bucket: !Ref Archive", "Name: desk, Bucket: !ImportValue Shared", 1))
	if why, unread := read(t, c, deskARN).Targets[deskARN].Unread(); !unread || !why.Elsewhere {
		t.Errorf("%+v", why)
	}
}

func TestWhatKindsOfAccessPointsAreNotReadSayHowToSeeThem(t *testing.T) {
	c, server := collector(t, localaws.Options{}, targetsTemplate)
	for arn, want := range map[string]string{
		"arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap/object/a":             "get-multi-region-access-point-policy",
		"arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint/redacting/object": "get-access-point-policy-for-object-lambda --account-id 123456789012 --name redacting --region eu-west-1",
	} {
		target, _ := fact.TargetOf(arn)
		if why, unread := read(t, c, arn).Targets[target.ARN].Unread(); !unread || !strings.Contains(why.Reason, want) {
			t.Errorf("%s: %+v", arn, why)
		}
	}
	if calls := server.Calls(); len(calls) > 0 {
		t.Errorf("calls: %v", calls)
	}
}

const public = `
  Closed: {Type: AWS::S3::Bucket, Properties: {BucketName: closed, PublicAccessBlockConfiguration: {RestrictPublicBuckets: false}}}
  ClosedPolicy: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref Closed, PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::closed/*"}]}}}
  Open: {Type: AWS::S3::Bucket, Properties: {BucketName: open, PublicAccessBlockConfiguration: {RestrictPublicBuckets: false}}}
  OpenPolicy: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref Open, PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::open/*"}]}}}
`

func TestBlockPublicAccessOfAnotherAccountIsAskedOnceForAllOfItsPublicBuckets(t *testing.T) {
	const away = "arn:aws:iam::210987654321:root"
	for name, test := range map[string]struct {
		overlay map[string]map[string]any
		faults  []localaws.Fault
		known   bool
		closed  bool
		lacks   string
	}{
		"on":         {overlay: map[string]map[string]any{away: {"PublicAccessBlockConfiguration": map[string]any{"RestrictPublicBuckets": true}}}, known: true, closed: true},
		"off":        {overlay: map[string]map[string]any{away: {"PublicAccessBlockConfiguration": map[string]any{"BlockPublicAcls": true}}}, known: true},
		"never made": {overlay: map[string]map[string]any{away: {}}, known: true},
		"not said":   {},
		"refused":    {faults: []localaws.Fault{{Service: "s3control", Operation: "GetPublicAccessBlock", Code: "AccessDenied"}}, lacks: "s3:GetAccountPublicAccessBlock"},
	} {
		t.Run(name, func(t *testing.T) {
			c, server := awayWith(t, localaws.Options{Overlay: test.overlay, Faults: test.faults}, public)
			facts := read(t, c, "arn:aws:s3:::closed", "arn:aws:s3:::open")
			for _, arn := range []string{"arn:aws:s3:::closed", "arn:aws:s3:::open"} {
				target, _ := facts.Targets[arn].Value()
				if target.Closed == nil {
					t.Fatalf("%s: nothing was asked: %+v", arn, target)
				}
				closed, known := target.Closed.Value()
				why, _ := target.Closed.Unread()
				if known != test.known || closed != test.closed || why.Permission != test.lacks || !known && !strings.Contains(why.Reason, "account 210987654321 as a whole") {
					t.Errorf("%s: %t, known: %t, %+v", arn, closed, known, why)
				}
			}
			asked := 0
			for _, call := range server.Calls() {
				if call.Service == "s3control" {
					asked++
				}
			}
			if asked != 1 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

package collect_test

import (
	"context"
	"strings"
	"testing"

	"permprobe/shared/awsclient"
	"permprobe/shared/collect"
	"permprobe/shared/fact"
	"permprobe/shared/localaws"
	"permprobe/shared/stack"
)

const (
	readerARN   = "arn:aws:iam::210987654321:role/reader"
	ordersAway  = "arn:aws:sqs:us-east-1:210987654321:orders"
	invoiceAway = "arn:aws:sqs:us-east-1:210987654321:invoices"
)

const probeTemplate = `
Resources:
  Probe:
    Type: AWS::IAM::Role
    Properties:
      RoleName: probe
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      Policies: [{PolicyName: probe, PolicyDocument: {Statement: [{Effect: Allow, Action: ["sts:AssumeRole", "s3:GetBucketPolicy"], Resource: "*"}]}}]
`

const awayTemplate = `
Resources:
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: reader
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:role/probe"}, Action: "sts:AssumeRole"}]}
      Policies: [{PolicyName: read, PolicyDocument: {Statement: [{Effect: Allow, Action: ["sqs:GetQueueAttributes", "s3:GetBucketPolicy"], Resource: "*"}]}}]
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Invoices: {Type: AWS::SQS::Queue, Properties: {QueueName: invoices}}
  Archive: {Type: AWS::S3::Bucket, Properties: {BucketName: away}}
`

// acrossAccounts reads as a role of the first account, and another account by its role reader.
func acrossAccounts(t *testing.T, faults ...localaws.Fault) (*collect.Collector, *localaws.Server) {
	t.Helper()
	return awayWith(t, localaws.Options{Faults: faults}, "")
}

// awayWith is acrossAccounts with more resources of the other account, of which the read role may read all.
func awayWith(t *testing.T, o localaws.Options, more string) (*collect.Collector, *localaws.Server) {
	t.Helper()
	own, err := stack.Load("own.yaml", []byte(probeTemplate), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	template := awayTemplate
	if more != "" {
		template = strings.Replace(template, `["sqs:GetQueueAttributes", "s3:GetBucketPolicy"]`, `"s3:*"`, 1) + more
	}
	away, err := stack.Load("away.yaml", []byte(template), stack.Options{Account: "210987654321"})
	if err != nil {
		t.Fatal(err)
	}
	o.Callers = map[string]string{"probe": "arn:aws:iam::123456789012:role/probe"}
	server, err := localaws.New(o, own, away)
	if err != nil {
		t.Fatal(err)
	}
	url, closeServer, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closeServer() })
	c := collect.New(awsclient.Embedded(url, "us-east-1", "probe").Config, fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"})
	c.ReadRoles = map[string]string{"210987654321": readerARN}
	return c, server
}

func TestTheTargetsOfAnotherAccountAreReadAsOneRoleAssumedOnce(t *testing.T) {
	c, server := acrossAccounts(t)
	facts := read(t, c, ordersAway, invoiceAway)
	for _, arn := range []string{ordersAway, invoiceAway} {
		if target, known := facts.Targets[arn].Value(); !known || !target.Policy.IsAbsent() {
			why, _ := facts.Targets[arn].Unread()
			t.Errorf("%s: %+v", arn, why)
		}
	}
	assumed := 0
	for _, one := range server.Calls() {
		if one.Operation == "AssumeRole" {
			assumed++
		}
	}
	if assumed != 1 {
		t.Errorf("the role was assumed %d times", assumed)
	}
}

func TestABucketThatThisAccountMayNotReadIsLookedForInTheOthers(t *testing.T) {
	c, _ := acrossAccounts(t)
	target, known := read(t, c, "arn:aws:s3:::away").Targets["arn:aws:s3:::away"].Value()
	if !known || target.Account != "210987654321" {
		t.Errorf("%t: %+v", known, target)
	}
	c.ReadRoles = nil
	if why, unread := read(t, c, "arn:aws:s3:::away").Targets["arn:aws:s3:::away"].Unread(); !unread || why.Permission != "s3:GetBucketPolicy" {
		t.Errorf("without read roles: %+v", why)
	}
}

func TestARoleThatCannotBeAssumedIsAskedOnceAndNamedForAllOfItsAccount(t *testing.T) {
	c, server := acrossAccounts(t, localaws.Fault{Service: "sts", Operation: "AssumeRole", Code: "AccessDenied"})
	facts := &fact.Facts{Account: c.Account}
	c.Targets(context.Background(), facts, targets(t, ordersAway, invoiceAway))
	for _, arn := range []string{ordersAway, invoiceAway} {
		why, unread := facts.Targets[arn].Unread()
		if !unread || why.Permission != "sts:AssumeRole" || why.Resource != readerARN || !strings.Contains(why.Reason, "account 210987654321") {
			t.Errorf("%s: %+v", arn, why)
		}
	}
	if calls := server.Calls(); len(calls) != 1 {
		t.Errorf("want one call, have %v", calls)
	}
}

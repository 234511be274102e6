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

	"github.com/google/go-cmp/cmp"
)

// collector reads the account that a template makes.
func collector(t *testing.T, o localaws.Options, template string) (*collect.Collector, *localaws.Server) {
	t.Helper()
	loaded, err := stack.Load("targets.yaml", []byte(template), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server, err := localaws.New(o, loaded)
	if err != nil {
		t.Fatal(err)
	}
	url, closeServer, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closeServer() })
	account := fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"}
	return collect.New(awsclient.Embedded(url, "us-east-1", "probe").Config, account), server
}

// read reads targets by their ARNs.
func read(t *testing.T, c *collect.Collector, arns ...string) *fact.Facts {
	t.Helper()
	facts := &fact.Facts{Account: c.Account, Targets: map[string]fact.Read[fact.Target]{}}
	c.Targets(context.Background(), facts, targets(t, arns...))
	return facts
}

func targets(t *testing.T, arns ...string) []fact.Target {
	t.Helper()
	var out []fact.Target
	for _, arn := range arns {
		target, ok := fact.TargetOf(arn)
		if !ok {
			t.Fatalf("%s is no target", arn)
		}
		out = append(out, target)
	}
	return out
}

const targetsTemplate = `
Resources:
  Open: {Type: AWS::SQS::Queue, Properties: {QueueName: open}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs, KmsMasterKeyId: alias/jobs}}
  JobsPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument: {Version: "2012-10-17", Statement: [{Sid: Shop, Effect: Allow, Principal: {AWS: "210987654321"}, Action: "sqs:SendMessage", Resource: !GetAtt Jobs.Arn}]}
`

// heldTargets are the targets of the template: each with the words of its policy's statement, empty where it has none,
// and its key.
var heldTargets = []struct{ arn, policy, key string }{
	{"arn:aws:sqs:us-east-1:123456789012:open", "", ""},
	{"arn:aws:sqs:us-east-1:123456789012:jobs", "Shop", "alias/jobs"},
}

func TestThePolicyAndTheKeyOfEveryKindOfTargetAreRead(t *testing.T) {
	c, _ := collector(t, localaws.Options{}, targetsTemplate)
	seen := map[fact.TargetKind]bool{}
	for _, held := range heldTargets {
		target, known := read(t, c, held.arn).Targets[held.arn].Value()
		if !known {
			why, _ := read(t, c, held.arn).Targets[held.arn].Unread()
			t.Errorf("%s was not read: %v", held.arn, why)
			continue
		}
		seen[target.Kind] = true
		policy, has := target.Policy.Value()
		switch {
		case target.Key != held.key:
			t.Errorf("%s: want the key %q, have %q", held.arn, held.key, target.Key)
		case held.policy == "" && !target.Policy.IsAbsent():
			t.Errorf("%s has a policy: %s", held.arn, policy.JSON)
		case held.policy != "" && (!has || !strings.Contains(policy.JSON, held.policy)):
			t.Errorf("%s: want a policy with %q, have %q", held.arn, held.policy, policy.JSON)
		}
	}
	var want, have []fact.TargetKind
	for _, kind := range fact.TargetKinds() {
		want = append(want, kind)
		if seen[kind] {
			have = append(have, kind)
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("kinds that are read (-all +seen):\n%s", diff)
	}
}

func TestWhatIsGoneIsAbsentAndWhatIsRefusedIsNot(t *testing.T) {
	for _, held := range heldTargets {
		gone, _ := collector(t, localaws.Options{Gone: []string{held.arn}}, targetsTemplate)
		if got := read(t, gone, held.arn).Targets[held.arn]; !got.IsAbsent() {
			t.Errorf("%s is gone and not absent", held.arn)
		}
		// The role of no template may do nothing.
		refused, _ := collector(t, localaws.Options{Callers: map[string]string{"probe": "arn:aws:iam::123456789012:role/nobody"}}, targetsTemplate)
		why, unread := read(t, refused, held.arn).Targets[held.arn].Unread()
		if !unread || why.Permission == "" || why.Resource != held.arn {
			t.Errorf("%s: want the missing permission, have %+v", held.arn, why)
		}
	}
}

func TestATargetIsReadOnceAndAnotherAccountsIsNotAskedFor(t *testing.T) {
	c, server := collector(t, localaws.Options{}, targetsTemplate)
	facts := read(t, c, "arn:aws:sqs:us-east-1:123456789012:jobs")
	c.Targets(context.Background(), facts, targets(t, "arn:aws:sqs:us-east-1:123456789012:jobs", "arn:aws:sqs:us-east-1:210987654321:jobs"))
	if calls := server.Calls(); len(calls) != 1 {
		t.Errorf("want one call, have %v", calls)
	}
	why, _ := facts.Targets["arn:aws:sqs:us-east-1:210987654321:jobs"].Unread()
	if !strings.Contains(why.Reason, "account 210987654321") || why.Permission != "sqs:GetQueueAttributes" {
		t.Errorf("%+v", why)
	}
}

func TestATargetOfNoTemplateMayBeThere(t *testing.T) {
	c, _ := collector(t, localaws.Options{}, targetsTemplate)
	const arn = "arn:aws:sqs:us-east-1:123456789012:others"
	if why, unread := read(t, c, arn).Targets[arn].Unread(); !unread || !why.Elsewhere {
		t.Errorf("%+v", why)
	}
}

package remedy

import (
	"strings"
	"testing"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// sealedLogs are facts of log groups that the same key encrypts, and the decisions on the first of them.
func sealedLogs(t *testing.T, region, statements string, groups ...string) (*fact.Facts, []*decide.Decision) {
	t.Helper()
	partition := "aws"
	if strings.HasPrefix(region, "cn-") {
		partition = "aws-cn"
	}
	f := facts(t, otherTrust, "")
	f.Account.Partition, f.Account.Region = partition, region
	document := `{"Version":"2012-10-17","Statement":[{"Sid":"Admin","Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"kms:*","Resource":"*"}` + statements + `]}`
	policy, err := iampolicy.Parse([]byte(document), iampolicy.Resource)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := fact.TargetOf("arn:" + partition + ":kms:" + region + ":123456789012:key/1a")
	key.Lock, key.Policy = &fact.Lock{State: "Enabled"}, fact.Known(fact.ResourcePolicy{Policy: policy, JSON: document})
	f.Targets = map[string]fact.Read[fact.Target]{key.ARN: fact.Known(key)}
	for _, name := range groups {
		group, _ := fact.TargetOf("arn:" + partition + ":logs:" + region + ":123456789012:log-group:" + name)
		group.Key = key.ARN
		f.Targets[group.ARN] = fact.Known(group)
	}
	needs := need.Behind(f, []need.Need{{
		Kind: need.Identity, Purpose: need.Logs, Function: fact.FunctionRef{ARN: functionARN}, Role: roleARN, Action: "logs:PutLogEvents",
		Resource: "arn:" + partition + ":logs:" + region + ":123456789012:log-group:" + groups[0] + ":log-stream:today",
	}})
	var refused []*decide.Decision
	decisions := decide.All(f, needs, nil)
	for i := range decisions {
		if decisions[i].Verdict != decide.Denied {
			t.Fatalf("%s is %v", decisions[i].Need.Action, decisions[i].Verdict)
		}
		refused = append(refused, &decisions[i])
	}
	return f, refused
}

func TestTheKeyOfALogGroupIsGivenToCloudWatchLogsForWhatItIsNeededForAlone(t *testing.T) {
	const (
		group = `"Condition":{"ArnEquals":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/notes"}}`
		all   = `"Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:123456789012:log-group:*"}}`
		other = `,{"Effect":"Allow","Principal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":"kms:*","Resource":"*","Condition":{"ArnEquals":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/other"}}}`
	)
	for _, c := range []struct {
		name, statements, stack, want string
		groups                        []string
	}{
		{name: "one group", groups: []string{"/aws/lambda/notes"}, want: group},
		{name: "two groups that are refused", groups: []string{"/aws/lambda/notes", "/aws/lambda/other"}, want: all},
		{name: "two groups, one of which is allowed", groups: []string{"/aws/lambda/notes", "/aws/lambda/other"}, statements: other, want: group},
		{name: "one group, and a stack makes the key", groups: []string{"/aws/lambda/notes"}, stack: "shop", want: all},
	} {
		f, refused := sealedLogs(t, "us-east-1", c.statements, c.groups...)
		key := refused[0].Refusal.Target.ARN
		if c.stack != "" {
			f.TargetStacks = map[string]string{key: c.stack}
		}
		fix := For(f, &finding.Finding{ID: "1a", Place: finding.PlaceTarget, Role: roleARN}, refused).Fix
		if fix.Proof != finding.Proven || !strings.Contains(fix.Policy, c.want) || !strings.Contains(fix.Policy, `"Sid":"Admin"`) ||
			!strings.Contains(fix.Policy, `"Principal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"]`) {
			t.Errorf("%s: want %s, have %s %s %s", c.name, c.want, fix.Proof, fix.ProofReason, fix.Policy)
		}
	}
}

func TestTheFixOfOneLogGroupLetsTheOtherOfItsKeyBeUsedToo(t *testing.T) {
	f, refused := sealedLogs(t, "us-east-1", "", "/aws/lambda/notes", "/aws/lambda/other")
	fix := For(f, &finding.Finding{ID: "1a", Place: finding.PlaceTarget, Role: roleARN}, refused).Fix
	key := refused[0].Refusal.Target
	policy, err := iampolicy.Parse([]byte(fix.Policy), iampolicy.Resource)
	if err != nil {
		t.Fatal(err)
	}
	key.Policy = fact.Known(fact.ResourcePolicy{Policy: policy, JSON: fix.Policy})
	f.Targets[key.ARN] = fact.Known(key)
	needs := need.Behind(f, []need.Need{{
		Kind: need.Identity, Purpose: need.Logs, Role: roleARN, Action: "logs:PutLogEvents", Resource: "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/other:*",
	}})
	decisions := decide.All(f, needs, nil)
	for i := range decisions {
		if decisions[i].Verdict != decide.Allowed {
			t.Errorf("%s is %v", decisions[i].Need.Action, decisions[i].Verdict)
		}
	}
	if len(decisions) != 2 {
		t.Errorf("want two decisions, have %d", len(decisions))
	}
}

func TestUnderWhichNameCloudWatchLogsCallsInChinaIsNotProven(t *testing.T) {
	f, refused := sealedLogs(t, "cn-north-1", "", "/aws/lambda/notes")
	fix := For(f, &finding.Finding{ID: "1a", Place: finding.PlaceTarget, Role: roleARN}, refused).Fix
	if fix.Proof != finding.Unproven || !strings.Contains(fix.ProofReason, "under which name") || !strings.Contains(fix.Policy, "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/lambda/notes") {
		t.Errorf("%s %s %s", fix.Proof, fix.ProofReason, fix.Policy)
	}
}

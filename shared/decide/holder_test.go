package decide

import (
	"strings"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// TestOnWhatTheKeyOfALogGroupDepends has key policies that are easy to take for others: that of CloudWatch Logs counts under
// the name that AWS documents, for the group that is concerned, and what is not documented leaves a gap.
func TestOnWhatTheKeyOfALogGroupDepends(t *testing.T) {
	allow := func(service, condition string) string {
		if condition != "" {
			condition = `,"Condition":` + condition
		}
		return `{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*"` + condition + `}`
	}
	deny := func(principal string) string {
		return `{"Effect":"Deny","Principal":` + principal + `,"Action":"kms:*","Resource":"*"}`
	}
	own := `{"ArnEquals":{"kms:EncryptionContext:aws:logs:arn":"GROUP"}}`
	for _, c := range []struct {
		name, partition, region, statements string
		want                                Verdict
		reason                              string
	}{
		{name: "its own group", statements: allow("logs.us-east-1.amazonaws.com", own), want: Allowed},
		{name: "its own group, as a pattern", statements: allow("logs.us-east-1.amazonaws.com", `{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:*:logs:*:123456789012:log-group:/aws/*"}}`), want: Allowed},
		{name: "its own group, with a star behind", statements: allow("logs.us-east-1.amazonaws.com", `{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"GROUP:*"}}`), want: Denied},
		{name: "a group of another account", statements: allow("logs.us-east-1.amazonaws.com", `{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:210987654321:*"}}`), want: Denied},
		{name: "another Region", statements: allow("logs.eu-west-1.amazonaws.com", ""), want: Denied},
		{name: "another service", statements: allow("events.amazonaws.com", ""), want: Denied},
		{name: "its name without a Region", statements: allow("logs.amazonaws.com", own), want: Unknown, reason: "it speaks of logs.amazonaws.com"},
		{name: "its name without a Region, for another group", statements: allow("logs.amazonaws.com", strings.ReplaceAll(own, "GROUP", "arn:aws:logs:us-east-1:123456789012:log-group:other")), want: Denied},
		{name: "both names", statements: allow("logs.us-east-1.amazonaws.com", "") + "," + allow("logs.amazonaws.com", ""), want: Allowed},
		{name: "a Deny on its name without a Region", statements: allow("logs.us-east-1.amazonaws.com", "") + "," + deny(`{"Service":"logs.amazonaws.com"}`), want: Unknown, reason: "it speaks of logs.amazonaws.com"},
		{name: "a Deny on everybody", statements: allow("logs.us-east-1.amazonaws.com", "") + "," + deny(`"*"`), want: Denied},
		{name: "a Deny on everybody else", statements: allow("logs.us-east-1.amazonaws.com", "") + `,{"Effect":"Deny","NotPrincipal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":"kms:*","Resource":"*"}`, want: Allowed},
		{name: "for its source's account", statements: allow("logs.us-east-1.amazonaws.com", `{"StringEquals":{"aws:SourceAccount":"123456789012"}}`), want: Unknown, reason: "aws:SourceAccount"},
		{name: "for its source", statements: allow("logs.us-east-1.amazonaws.com", `{"ArnLike":{"aws:SourceArn":"arn:aws:logs:us-east-1:123456789012:*"}}`), want: Unknown, reason: "aws:SourceArn"},
		{name: "through the service", statements: `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"logs.us-east-1.amazonaws.com"}}}`, want: Unknown, reason: "kms:ViaService"},
		{name: "without TLS", statements: allow("logs.us-east-1.amazonaws.com", "") + `,{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`, want: Allowed},
		{name: "in GovCloud", partition: "aws-us-gov", region: "us-gov-west-1", statements: allow("logs.us-gov-west-1.amazonaws.com", own), want: Allowed},
		{name: "in China", partition: "aws-cn", region: "cn-north-1", statements: allow("logs.cn-north-1.amazonaws.com", own), want: Allowed},
		{name: "in China, with its suffix", partition: "aws-cn", region: "cn-north-1", statements: allow("logs.cn-north-1.amazonaws.com.cn", own), want: Unknown, reason: "it speaks of logs.cn-north-1.amazonaws.com.cn"},
		{name: "in China, in nobody's name", partition: "aws-cn", region: "cn-north-1", statements: allow("events.amazonaws.com", ""), want: Denied},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.partition == "" {
				c.partition, c.region = "aws", "us-east-1"
			}
			group := "arn:" + c.partition + ":logs:" + c.region + ":123456789012:log-group:/aws/lambda/notes"
			key := "arn:" + c.partition + ":kms:" + c.region + ":123456789012:key/1a"
			facts := factsWith(roleWith(fact.Absent[*iampolicy.Policy]()))
			facts.Account.Partition, facts.Account.Region = c.partition, c.region
			held, _ := fact.TargetOf(group)
			held.Policy, held.Key = fact.Absent[fact.ResourcePolicy](), key
			lock, _ := fact.TargetOf(key)
			lock.Lock = &fact.Lock{State: "Enabled"}
			lock.Policy = fact.Known(fact.ResourcePolicy{Policy: policy(t, iampolicy.Resource, strings.ReplaceAll(c.statements, "GROUP", group))})
			facts.Targets = map[string]fact.Read[fact.Target]{group: fact.Known(held), key: fact.Known(lock)}
			writes := logNeed()
			writes.Resource = group + ":log-stream:today"
			needs := need.Behind(facts, []need.Need{writes})
			if len(needs) != 2 {
				t.Fatalf("want two needs of the key, have %+v", needs)
			}
			for _, d := range All(facts, needs, nil) {
				if d.Verdict != c.want || !strings.Contains(d.Unread.Reason, c.reason) {
					t.Errorf("%s: want %v, have %v %s", d.Need.Action, c.want, d.Verdict, d.Unread.Reason)
				}
			}
		})
	}
}

func TestALogGroupWithoutAKeyAndOneThatIsNotThereNeedNothing(t *testing.T) {
	const group = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/notes"
	facts := factsWith(roleWith(fact.Absent[*iampolicy.Policy]()))
	held, _ := fact.TargetOf(group)
	for _, read := range []fact.Read[fact.Target]{fact.Known(held), fact.Absent[fact.Target]()} {
		facts.Targets = map[string]fact.Read[fact.Target]{group: read}
		if needs := need.Behind(facts, []need.Need{logNeed()}); len(needs) != 0 {
			t.Errorf("%+v", needs)
		}
	}
}

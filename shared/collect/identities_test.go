package collect_test

import (
	"fmt"
	"strings"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/localaws"

	"github.com/google/go-cmp/cmp"
)

const (
	senderARN      = "arn:aws:ses:us-east-1:123456789012:identity/shop.example"
	senderTemplate = `
Resources:
  Sender: {Type: AWS::SES::EmailIdentity, Properties: {EmailIdentity: shop.example}}
`
)

// policiesOf are policies of the identity.
func policiesOf(policies map[string]any) map[string]map[string]any {
	return map[string]map[string]any{senderARN: {"Policies": policies}}
}

func denies(sid string) map[string]any {
	return map[string]any{"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "ses:SendEmail", "Resource": senderARN}
}

func TestThePoliciesOfAnIdentityCountTogetherAndAreKeptApart(t *testing.T) {
	c, server := collector(t, localaws.Options{Overlay: policiesOf(map[string]any{
		"theirs": map[string]any{"Version": "2012-10-17", "Statement": []any{denies("C")}},
		"first":  map[string]any{"Version": "2008-10-17", "Statement": denies("A")}, // alone, without a list
		"ours":   map[string]any{"Statement": []any{denies("B1"), denies("B2")}},
	})}, senderTemplate)
	facts := read(t, c, senderARN, senderARN)
	target, _ := facts.Targets[senderARN].Value()
	policy, has := target.Policy.Value()
	if !has {
		t.Fatalf("%+v", facts.Targets[senderARN])
	}
	var sids []string
	for i, s := range policy.Policy.Statements() {
		part, at, several := target.Part(i)
		sids = append(sids, fmt.Sprintf("%s in %s at %d %t", s.SID(), target.Parts[part].Name, at, several))
	}
	if diff := cmp.Diff([]string{"A in first at 0 true", "B1 in ours at 0 true", "B2 in ours at 1 true", "C in theirs at 0 true"}, sids); diff != "" {
		t.Errorf("statements (-want +have):\n%s", diff)
	}
	if _, _, more := target.Part(4); more {
		t.Error("a statement that there is not is in a policy")
	}
	var asked []string
	for _, call := range server.Calls() {
		asked = append(asked, call.Operation)
	}
	if diff := cmp.Diff([]string{"ListIdentityPolicies", "GetIdentityPolicies"}, asked); diff != "" {
		t.Errorf("calls (-want +have):\n%s", diff)
	}
}

func TestOfAnIdentityWithoutPoliciesNoneIsAskedFor(t *testing.T) {
	c, server := collector(t, localaws.Options{}, senderTemplate)
	target, known := read(t, c, senderARN).Targets[senderARN].Value()
	if !known || !target.Policy.IsAbsent() || target.Parts != nil {
		t.Errorf("%+v", target)
	}
	if calls := server.Calls(); len(calls) != 1 {
		t.Errorf("want one call, have %v", calls)
	}
}

func TestAnIdentityOfWhichSomePolicyIsNotKnownIsNotKnown(t *testing.T) {
	held := policiesOf(map[string]any{"ours": map[string]any{"Statement": []any{denies("Ours")}}})
	variables := policiesOf(map[string]any{
		"old": map[string]any{"Version": "2008-10-17", "Statement": []any{denies("Old")}},
		"new": map[string]any{"Version": "2012-10-17", "Statement": []any{denies("${aws:username}")}},
	})
	for name, test := range map[string]struct {
		options            localaws.Options
		arn                string
		permission, reason string
	}{
		"one that may not be listed": {localaws.Options{Overlay: held, Faults: []localaws.Fault{{Service: "ses", Operation: "ListIdentityPolicies", Code: "AccessDenied"}}}, senderARN,
			"ses:ListIdentityPolicies", "ses:ListIdentityPolicies is refused (AccessDenied)"},
		"one that may not be shown": {localaws.Options{Overlay: held, Faults: []localaws.Fault{{Service: "ses", Operation: "GetIdentityPolicies", Code: "AccessDenied"}}}, senderARN,
			"ses:GetIdentityPolicies", "ses:GetIdentityPolicies is refused (AccessDenied)"},
		"of no template":    {localaws.Options{}, senderARN + ".test", "", "no template holds " + senderARN + ".test"},
		"not understood":    {localaws.Options{Overlay: policiesOf(map[string]any{"ours": "{"})}, senderARN, "", "the policy of the SES identity shop.example is not understood"},
		"one of several":    {localaws.Options{Overlay: policiesOf(map[string]any{"ours": "{", "theirs": "{}"})}, senderARN, "", "the policies of the SES identity shop.example are not understood"},
		"of unlike grammar": {localaws.Options{Overlay: variables}, senderARN, "", "the policies of the SES identity shop.example are not understood: they are of different versions and hold variables"},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := collector(t, test.options, senderTemplate)
			why, unread := read(t, c, test.arn).Targets[test.arn].Unread()
			if target, known := read(t, c, test.arn).Targets[test.arn].Value(); known {
				why, unread = target.Policy.Unread()
			}
			if !unread || why.Permission != test.permission || !strings.HasPrefix(why.Reason, test.reason) || test.permission != "" && why.Resource != "*" {
				t.Errorf("%+v", why)
			}
		})
	}
}

func TestWhatElseSESTakesHasNoPolicy(t *testing.T) {
	for _, resource := range []string{"configuration-set/plain", "template/welcome", "custom-verification-email-template/hello", "identity/", "identity", "identity/*", "contact-list/all"} {
		if target, is := fact.TargetOf("arn:aws:ses:us-east-1:123456789012:" + resource); is {
			t.Errorf("%s: %+v", resource, target)
		}
	}
	for _, name := range []string{"shop.example", "clerk+orders@shop.example", "a/b@shop.example"} {
		target, is := fact.TargetOf("arn:aws-cn:ses:cn-north-1:123456789012:identity/" + name)
		if !is || target.Kind != fact.TargetIdentity || target.Name() != "SES identity "+name || target.Account != "123456789012" {
			t.Errorf("%s: %+v", name, target)
		}
	}
}

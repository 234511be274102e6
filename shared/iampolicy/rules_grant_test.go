package iampolicy

import (
	"strings"
	"testing"
)

func TestGrants(t *testing.T) {
	nobody := st("Allow", "kms:*", "*", service("sns.amazonaws.com"))
	linked := "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
	const table = "arn:aws:dynamodb:eu-central-1:111122223333:table/berths"
	grant := func(change func(*KMSGrant)) []KMSGrant {
		g := KMSGrant{Grantee: roleARN, Operations: []string{"Decrypt", "RetireGrant", "ScheduleKeyDeletion"}}
		change(&g)
		return []KMSGrant{g}
	}
	to := func(who string) []KMSGrant { return grant(func(g *KMSGrant) { g.Grantee = who }) }
	of := func(key string) []KMSGrant { return grant(func(g *KMSGrant) { g.Key = key }) }
	department := map[string]string{"Department": "IT"}
	subset := grant(func(g *KMSGrant) { g.ContextSubset = department })
	equals := grant(func(g *KMSGrant) { g.ContextEquals = department })
	from := func(arn string) []KMSGrant {
		return grant(func(g *KMSGrant) { g.Grantee, g.SourceARN = "dynamodb.amazonaws.com", arn })
	}
	ctx := func(pairs ...string) map[string][]string {
		out := map[string][]string{}
		for i := 0; i < len(pairs); i += 2 {
			out["kms:EncryptionContext:"+pairs[i]] = []string{pairs[i+1]}
		}
		return out
	}
	source := func(values ...string) map[string][]string { return map[string][]string{"aws:SourceArn": values} }
	rules := []rule{
		{name: "across accounts a grant is enough", page: pageSpotGrant, who: linked, account: customs, resource: nobody, grants: to(linked), want: Allowed, by: Grant},
		{name: "without a key policy too", page: pageSpotGrant, account: customs, grants: to(roleARN), want: Allowed, by: Grant},
		{name: "an explicit deny wins over it", page: pageSpotGrant, account: customs, identity: st("Deny", "kms:*", "*"), grants: to(roleARN), want: ExplicitDeny, by: Identity},
		{name: "control policies limit it", page: pageSpotGrant, account: customs, scps: [][]string{{onlyQueues}}, grants: to(roleARN), want: ImplicitDeny, by: SCP},
		{name: "what a boundary does to it is not documented", page: pageGrants, account: customs, boundary: onlyQueues, grants: to(roleARN), want: Undetermined},
		{name: "a grant to the account needs an identity allow", page: pageGrants, account: customs, grants: to(rootARN), want: ImplicitDeny, by: Identity},
		{name: "a grant cannot be about other operations", page: pageGrants, do: "kms:ScheduleKeyDeletion", resource: nobody, grants: to(roleARN), want: ImplicitDeny, by: Resource},

		{name: "a grant on this key", page: pageListGrants, resource: nobody, grants: of(keyARN), want: Allowed},
		{name: "a grant on this key by its id", page: pageListGrants, resource: nobody, grants: of("1d2e3f40-1111-4222-8333-944455556666"), want: Allowed},
		{name: "a grant on another key", page: pageListGrants, resource: nobody, grants: of(keyARN + "0"), want: ImplicitDeny},
		{name: "a grant on another key by its id", page: pageListGrants, resource: nobody, grants: of("1d2e3f40-1111-4222-8333-944455550000"), want: ImplicitDeny},
		{name: "a grant on the key of an alias is not known", page: pageListGrants, on: "arn:aws:kms:eu-central-1:111122223333:alias/ledger", resource: nobody, grants: of(keyARN), want: Undetermined},
		{name: "a grant on a key that is not known", page: pageListGrants, resource: nobody, grants: of("arn:aws:kms:eu-central-1:111122223333:key/⟦id⟧"), want: Undetermined},

		{name: "a constraint's key in the same case", page: pageConstraint, resource: nobody, grants: subset, ctx: ctx("Department", "IT"), want: Allowed},
		{name: "a constraint's key in another case", page: pageConstraint, resource: nobody, grants: subset, ctx: ctx("department", "IT"), want: ImplicitDeny},
		{name: "a constraint's value in another case", page: pageConstraint, resource: nobody, grants: subset, ctx: ctx("Department", "it"), want: ImplicitDeny},
		{name: "the condition key's own part has no case", page: pageConstraint, resource: nobody, grants: subset, ctx: map[string][]string{"KMS:encryptioncontext:Department": {"IT"}}, want: Allowed},
		{name: "an equality's key in another case", page: pageConstraint, resource: nobody, grants: equals, ctx: ctx("department", "IT"), want: ImplicitDeny},
		{name: "an equality and a key in both cases", page: pageConstraint, resource: nobody, grants: equals, ctx: ctx("Department", "IT", "department", "IT"), want: ImplicitDeny},
		{name: "a subset and a key in both cases: which value is whose", page: pageConstraint, resource: nobody, grants: subset, ctx: ctx("Department", "IT", "department", "HR"), want: Undetermined},
		{name: "a policy's condition on the key has no case", page: pageCondition, resource: st("Allow", "kms:*", "*", aws(session), when("StringEquals", "kms:EncryptionContext:department", "IT")),
			ctx: ctx("Department", "IT"), want: Allowed},

		{name: "a source", page: pageConstraint, who: "dynamodb.amazonaws.com", grants: from(table), ctx: source(table), want: Allowed, by: Grant},
		{name: "a source by a pattern", page: pageConstraint, who: "dynamodb.amazonaws.com", grants: from("arn:aws:dynamodb:*:111122223333:table/*"), ctx: source(table), want: Allowed},
		{name: "another source", page: pageConstraint, who: "dynamodb.amazonaws.com", grants: from(table), ctx: source(table + "s"), want: ImplicitDeny},
		{name: "a source that the request does not have", page: pageConstraint, who: "dynamodb.amazonaws.com", grants: from(table), want: ImplicitDeny},
		{name: "a source that is not known", page: pageConstraint, who: "dynamodb.amazonaws.com", grants: from(table), unknown: []string{"aws:SourceArn"}, want: Undetermined},
		{name: "a source with an unknown name", page: pageConstraint, who: "dynamodb.amazonaws.com", grants: from(table), ctx: source("arn:aws:dynamodb:eu-central-1:111122223333:table/⟦name⟧"), want: Undetermined},
	}
	for i := range rules {
		if rules[i].do == "" {
			rules[i].do = "kms:Decrypt"
		}
		if rules[i].on == "" {
			rules[i].on = keyARN
		}
	}
	check(t, rules)
}

func TestKeysOfOtherAccounts(t *testing.T) {
	act := func(action string, want Decision) rule {
		return rule{name: action, page: pageKeyAcross, do: "kms:" + action, on: keyARN, account: customs, identity: everything, resource: st("Allow", "kms:*", "*", aws(harbour)), want: want, by: Resource}
	}
	unknown := act("⟦action⟧", Undetermined)
	unknown.by = KindNone
	own := act("DisableKey", Allowed)
	own.name, own.account = "the key's own account", ""
	alias := act("DisableKey", ImplicitDeny)
	alias.name, alias.on = "a key by its alias", "arn:aws:kms:eu-central-1:444455556666:alias/ledger"
	root := act("DisableKey", ImplicitDeny)
	root.name, root.who = "root of another account", rootARN
	check(t, []rule{
		act("Decrypt", Allowed), act("encrypt", Allowed), act("GenerateDataKeyPairWithoutPlaintext", Allowed), act("ReEncryptFrom", Allowed),
		act("VerifyMac", Allowed), act("CreateGrant", Allowed), act("DescribeKey", Allowed), act("GetKeyRotationStatus", Allowed),
		act("GetPublicKey", Allowed), act("ListGrants", Allowed), act("RetireGrant", Allowed), act("RevokeGrant", Allowed),
		act("DisableKey", ImplicitDeny), act("PutKeyPolicy", ImplicitDeny), act("ScheduleKeyDeletion", ImplicitDeny), act("GetKeyPolicy", ImplicitDeny),
		own, alias, root, unknown,
	})
}

func TestRequestsBeyondResourceControlPolicies(t *testing.T) {
	denied := [][]string{{everybodyAll, st("Deny", "*", "*", `"Principal":"*"`)}}
	linked := "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
	key := st("Allow", "kms:*", "*", aws(harbour))
	check(t, []rule{
		{name: "to retire a grant", page: pageRCP, do: "kms:RetireGrant", on: keyARN, identity: everything, resource: key, rcps: denied, want: Allowed},
		{name: "not to revoke one", page: pageRCP, do: "kms:RevokeGrant", on: keyARN, identity: everything, resource: key, rcps: denied, want: ExplicitDeny, by: RCP},
		{name: "an action that may be it", page: pageRCP, do: "kms:Re⟦rest⟧", on: keyARN, identity: everything, resource: key, rcps: denied, want: Undetermined},
		{name: "a service assumes its service-linked role", page: pageRCP, who: "autoscaling.amazonaws.com", do: "sts:AssumeRole", on: linked,
			resource: st("Allow", "sts:AssumeRole", "", service("autoscaling.amazonaws.com")), rcps: denied, want: Allowed},
		{name: "a service assumes another role", page: pageRCP, who: "autoscaling.amazonaws.com", do: "sts:AssumeRole", on: target,
			resource: st("Allow", "sts:AssumeRole", "", service("autoscaling.amazonaws.com")), rcps: denied, want: ExplicitDeny, by: RCP},
	})
}

func TestACaseNeedsAccountIDs(t *testing.T) {
	for account, bad := range map[string]bool{"": false, harbour: false, "⟦account⟧": false, "1111⟦rest⟧": false, "x": true, "1234": true, "11112222333x": true} {
		c := rule{account: account}.build(t)
		if err := c.Check(); (err != nil) != bad {
			t.Errorf("resource account %q: %v", account, err)
		}
		if account == "" {
			continue
		}
		for _, form := range []string{"arn:aws:iam::%:role/r", "arn:aws:sts::%:assumed-role/r/s", "arn:aws:iam::%:root", "arn:aws:iam::%:oidc-provider/id.example.com"} {
			who := strings.Replace(form, "%", account, 1)
			if _, err := ParsePrincipal(who); (err != nil) != bad {
				t.Errorf("principal %s: %v", who, err)
			}
		}
	}
}

func TestErrorsQuoteNoMoreThanABeginning(t *testing.T) {
	long := strings.Repeat("x", 100000)
	quoted := func(err error) {
		t.Helper()
		if err == nil || len(err.Error()) > 800 || !strings.Contains(err.Error(), "xxx…") {
			t.Errorf("%.900v", err)
		}
	}
	for _, who := range []string{long, "arn:aws:iam::" + long + ":role/r", "arn:aws:iam::111122223333:" + long, "arn:" + long} {
		_, err := ParsePrincipal(who)
		quoted(err)
	}
	for _, doc := range []string{
		`{"` + long + `":1}`, `{"Version":"` + long + `"}`, `{"Statement":[{"Effect":"` + long + `"}]}`,
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"` + long + `":{}}}]}`,
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"` + long + `":{}}}}]}`,
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"a":"` + long + `"}}}]}`,
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"AWS":"` + long + `"}}]}`,
	} {
		_, err := Parse([]byte(doc), Resource)
		quoted(err)
	}
	c := rule{}.build(t)
	c.Resource = long
	quoted(c.Check())
	c.Resource, c.ResourceAccount = object, long
	quoted(c.Check())
}

func TestOnlyASCIILettersOfKeysHaveTwoCases(t *testing.T) {
	const kelvin = "\u212Ams:ViaService"
	check(t, []rule{
		{name: "the Kelvin sign is no k", page: pageCondition, identity: st("Allow", "*", "*", when("StringEquals", kelvin, "x")), ctx: map[string][]string{"kms:ViaService": {"x"}}, want: ImplicitDeny},
		{name: "it is itself", page: pageCondition, identity: st("Allow", "*", "*", when("StringEquals", kelvin, "x")), ctx: map[string][]string{kelvin: {"x"}}, want: Allowed},
	})
}

package iampolicy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnknownNames(t *testing.T) {
	s := "arn:aws:s3:::" + Unknown("Parameter Bucket") + "/" + Unknown("dynamic reference ssm:/x/y")
	if diff := cmp.Diff([]string{"Parameter Bucket", "dynamic reference ssm:/x/y"}, UnknownNames(s)); diff != "" {
		t.Error(diff)
	}
	for _, s := range []string{"", "plain", "⟦", "⟧⟦", "⟦open"} {
		if names := UnknownNames(s); names != nil {
			t.Errorf("%q has names %q", s, names)
		}
	}
	if diff := cmp.Diff([]string{"ab"}, UnknownNames(Unknown("a⟧⟦b"))); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownValues(t *testing.T) {
	u := Unknown("Parameter X")
	on := func(name, pattern, resource string, want Decision) rule {
		return rule{name: name, on: resource, identity: st("Allow", "s3:*", pattern), want: want}
	}
	key := func(name, condition string, ctx map[string][]string, unknown []string, want Decision) rule {
		return rule{name: name, identity: st("Allow", "*", "*", condition), ctx: ctx, unknown: unknown, want: want}
	}
	x := func(v ...string) map[string][]string { return map[string][]string{"s3:x": v} }
	all := []string{"*"}
	check(t, []rule{
		on("an unknown bucket in the policy", "arn:aws:s3:::"+u+"/*", object, Undetermined),
		on("whose known end differs", "arn:aws:s3:::"+u+"/cranes.csv", object, ImplicitDeny),
		on("whose known beginning differs", "arn:aws:sqs:"+u, object, ImplicitDeny),
		on("an unknown bucket in the request", "arn:aws:s3:::tides/*", "arn:aws:s3:::"+u+"/a", Undetermined),
		on("which a star covers", "arn:aws:s3:::*/a", "arn:aws:s3:::"+u+"/a", Allowed),
		on("which all covers", "*", "arn:aws:s3:::"+u, Allowed),
		on("which a question mark does not cover for sure", "arn:aws:s3:::?/a", "arn:aws:s3:::"+u+"/a", Undetermined),
		on("the same parameter on both sides", "arn:aws:s3:::"+u+"/*", "arn:aws:s3:::"+u+"/a", Allowed),
		on("the same parameter behind a star", "arn:aws:s3:::*-"+u+"/*", "arn:aws:s3:::tides-"+u+"/a", Allowed),
		on("the same parameter beside other text", "arn:aws:s3:::"+u+"-logs/*", "arn:aws:s3:::"+u+"-data/a", Undetermined),
		on("the same parameter for more than itself", "arn:aws:s3:::"+u+"/*", "arn:aws:s3:::"+u+"-data/a", Undetermined),
		on("another parameter", "arn:aws:s3:::"+u+"/*", "arn:aws:s3:::"+Unknown("Parameter Y")+"/a", Undetermined),
		on("what one name has for several values", "arn:aws:s3:::"+Unknown("Select 0 of X")+"/*", "arn:aws:s3:::"+Unknown("Select 0 of X")+"/a", Undetermined),
		on("the same choice by a condition", "arn:aws:s3:::"+Unknown("Condition Live (0a1b2c)")+"/*", "arn:aws:s3:::"+Unknown("Condition Live (0a1b2c)")+"/a", Allowed),
		on("another choice by the condition", "arn:aws:s3:::"+Unknown("Condition Live (0a1b2c)")+"/*", "arn:aws:s3:::"+Unknown("Condition Live (3d4e5f)")+"/a", Undetermined),
		on("what else depends on the condition", "arn:aws:s3:::"+Unknown("Condition Live")+"/*", "arn:aws:s3:::"+Unknown("Condition Live")+"/a", Undetermined),
		on("a question mark for a parameter", "arn:aws:s3:::?/a", "arn:aws:s3:::"+u+"/a", Undetermined),
		on("an unknown name next to a known one", `["arn:aws:s3:::tides/*","arn:aws:s3:::`+u+`"]`, object, Allowed),
		{name: "an unknown action", identity: st("Allow", "s3:"+u, "*"), want: Undetermined},
		{name: "an unknown action of another service", identity: st("Allow", "sqs:"+u, "*"), want: ImplicitDeny},
		{name: "an unknown action in the request", do: "s3:" + u, identity: st("Allow", "s3:*", "*"), want: Allowed},
		{name: "an unknown action in the request, one allowed", do: "s3:" + u, identity: st("Allow", "s3:Get*", "*"), want: Undetermined},
		{name: "an unknown Deny", identity: everything + "," + st("Deny", "s3:*", "arn:aws:s3:::"+u), want: Undetermined},
		{name: "an unknown Deny that a certain one outweighs", identity: everything + "," + st("Deny", "*", "arn:aws:s3:::"+u) + "," + st("Deny", "*", "*"), want: ExplicitDeny},
		{name: "an unknown Allow that a certain one outweighs", identity: everything + "," + st("Allow", "*", "arn:aws:s3:::"+u), want: Allowed},
		{name: "an unknown principal", account: customs, identity: everything, resource: st("Allow", "*", "*", aws("arn:aws:iam::"+u+":root")), want: Undetermined},
		{name: "an unknown principal of another kind", account: customs, identity: everything, resource: st("Allow", "*", "*", aws("arn:aws:iam::"+u+":user/mara")), want: ImplicitDeny},
		{name: "a role whose name is unknown", account: customs, identity: everything, resource: st("Allow", "*", "*", aws("arn:aws:iam::111122223333:role/"+u)), want: Undetermined},
		{name: "a role of another account whose name is unknown", account: customs, identity: everything, resource: st("Allow", "*", "*", aws("arn:aws:iam::444455556666:role/"+u)), want: ImplicitDeny},
		{name: "a wholly unknown principal", account: customs, identity: everything, resource: st("Allow", "*", "*", aws(u)), want: Undetermined},
		{name: "an unknown service", who: "sns.amazonaws.com", resource: st("Allow", "*", "*", service(u+".amazonaws.com")), want: Undetermined},
		{name: "an unknown service is no role", identity: "none", resource: st("Allow", "*", "*", service("sns."+u)), want: ImplicitDeny},
		{name: "a caller whose role is unknown", who: "arn:aws:iam::111122223333:role/" + u, account: customs, identity: everything, resource: st("Allow", "*", "*", aws(roleARN)), want: Undetermined},
		{name: "a caller whose role is unknown, its account named", who: "arn:aws:iam::111122223333:role/" + u, account: customs, identity: everything, resource: st("Allow", "*", "*", aws("*")), want: Allowed},
		{name: "a wholly unknown caller", who: u, resource: everybodyAll, identity: everything, account: harbour, want: Allowed},
		{name: "a wholly unknown caller and one named", who: u, resource: st("Allow", "*", "*", aws(roleARN)), identity: everything, account: harbour, want: Undetermined},
		{name: "an unknown resource account where it matters", account: u, identity: everything, want: Undetermined},
		{name: "an unknown resource account where it does not", account: u, identity: everything, resource: everybodyAll, want: Allowed},
		{name: "an unknown resource account and nothing allows", account: u, want: ImplicitDeny},
		{name: "an unknown key, which needs its own policy", do: "kms:Decrypt", on: "arn:aws:kms:eu-central-1:111122223333:key/" + u, identity: everything, want: ImplicitDeny},
		{name: "what may be a key", do: "kms:Decrypt", on: u, account: harbour, identity: everything, want: Undetermined},
		{name: "what cannot be a key", do: "kms:Decrypt", on: "arn:aws:sqs:" + u, account: harbour, identity: everything, want: Allowed},
		{name: "what may be a role", do: "sts:AssumeRole", on: "arn:aws:iam::111122223333:" + u, identity: everything, want: Undetermined},
		{name: "a wholly unknown resource", on: u, identity: everything, resource: everybodyAll, want: Allowed},

		key("an unknown key", when("StringEquals", "s3:x", "a"), nil, all, Undetermined),
		key("an unknown key by its prefix", when("StringEquals", "aws:ResourceTag/Team", "a"), nil, []string{"AWS:resourcetag/*"}, Undetermined),
		key("another prefix", when("StringEquals", "s3:x", "a"), nil, []string{"aws:*"}, ImplicitDeny),
		key("a known key stays known", when("StringEquals", "s3:x", "a"), x("a"), all, Allowed),
		key("a variable that may be a key", when("StringEquals", "s3:x", "${s3:y}"), x("a"), all, Undetermined),
		key("a template's variable left as text is no key", when("StringEquals", "s3:x", "${Rule}"), x("a"), all, ImplicitDeny),
		key("a template's variable left as text after a prefix", when("ArnLike", "aws:SourceArn", "arn:aws:events:*:*:rule/${Rule}"), map[string][]string{"aws:SourceArn": {"arn:aws:events:eu-west-1:111122223333:rule/nightly"}}, all, ImplicitDeny),
		key("a derived key stays known", when("StringEquals", "aws:PrincipalAccount", harbour), nil, all, Allowed),
		key("a derived absence stays known", when("Null", "aws:username", "true"), nil, all, Allowed),
		key("any value meets the condition, absence does not", when("StringLike", "s3:x", "*"), nil, all, Undetermined),
		key("any value and absence meet it", when("StringLikeIfExists", "s3:x", "*"), nil, all, Allowed),
		key("neither value nor absence meets it", when("ForAnyValue:StringEquals", "s3:x", "[]"), nil, all, ImplicitDeny),
		key("the presence of an unknown key", when("Null", "s3:x", "true"), nil, all, Undetermined),
		key("present or absent", when("Null", "s3:x", `["true","false"]`), nil, all, Allowed),
		key("an unknown value", when("StringEquals", "s3:x", "a"), x(u), nil, Undetermined),
		key("an unknown value is present", when("Null", "s3:x", "false"), x(u), nil, Allowed),
		key("an unknown value whose known part differs", when("StringEquals", "s3:x", "a"), x("b"+u), nil, ImplicitDeny),
		key("an unknown value under a negated operator", when("StringNotEquals", "s3:x", "a"), x("b"+u), nil, Allowed),
		key("an unknown value in the policy", when("StringEquals", "s3:x", u), x("a"), nil, Undetermined),
		key("an unknown value without case", when("StringEqualsIgnoreCase", "s3:x", "AB"+u), x("abc"), nil, Undetermined),
		key("an unknown value without case that differs", when("StringEqualsIgnoreCase", "s3:x", "AB"+u), x("ba"), nil, ImplicitDeny),
		key("an unknown number", when("NumericEquals", "s3:x", "1"), x(u), nil, Undetermined),
		key("an unknown number in the policy", when("NumericEquals", "s3:x", u), x("1"), nil, Undetermined),
		key("an unknown account in an ARN", when("ArnLike", "s3:x", "arn:aws:sqs:*:"+u+":arrivals"), x(queue), nil, Undetermined),
		key("an unknown account in an ARN whose name differs", when("ArnLike", "s3:x", "arn:aws:sqs:*:"+u+":manifests"), x(queue), nil, ImplicitDeny),
		key("an unknown name in an ARN that a star covers", when("ArnLike", "s3:x", "arn:aws:sqs:*:111122223333:*"), x("arn:aws:sqs:eu-central-1:111122223333:"+u), nil, Allowed),
		key("an unknown ARN", when("ArnLike", "s3:x", "arn:aws:sqs:*:111122223333:*"), x(u), nil, Undetermined),
		key("an unknown variable", when("StringEquals", "s3:x", "${s3:y}"), x("a"), []string{"s3:y"}, Undetermined),
	})
	c := rule{identity: st("Allow", "*", "arn:aws:s3:::"+u+"/cranes") + "," + st("Deny", "*", "arn:aws:s3:::"+u+"/*")}.build(t)
	if r := c.Decide(); r.Decision != Undetermined || !r.Denied {
		t.Errorf("nothing allows, a Deny may apply: %+v", r)
	}
}

package iampolicy

import (
	"errors"
	"strings"
	"testing"
)

func TestIncompleteARNs(t *testing.T) {
	identity := func(name, pattern string, want Decision) rule {
		return rule{name: name + ": " + pattern, page: pageGrammar, do: "sqs:SendMessage", on: queue, identity: st("Allow", "*", pattern), want: want}
	}
	in := func(name string, want Decision, change func(*rule)) rule {
		r := rule{name: name, page: pageGrammar, do: "sqs:SendMessage", on: queue, identity: everything, want: want}
		change(&r)
		return r
	}
	check(t, []rule{
		identity("completed after the service", "arn:aws:sqs", Allowed),
		identity("completed after the partition", "arn:aws", Allowed),
		identity("completed after the region", "arn:aws:sqs:eu-central-1", Allowed),
		identity("completed after the account", "arn:aws:sqs:eu-central-1:111122223333", Allowed),
		identity("with a star inside", "arn:aws:sqs:eu-*-1", Allowed),
		identity("another service", "arn:aws:sns", ImplicitDeny),
		identity("another account", "arn:aws:sqs:eu-central-1:444455556666", ImplicitDeny),
		identity("no ARN", "arn", ImplicitDeny),
		identity("no ARN", "arrivals", ImplicitDeny),
		identity("an empty part at the end is given or missing", "arn:aws:sqs:", Undetermined),
		identity("an empty resource part is given or missing", "arn:aws:sqs:eu-central-1:111122223333:", Undetermined),
		identity("an unknown partition", "arn:⟦partition⟧:sqs", Undetermined),
		identity("an unknown partition of another service", "arn:⟦partition⟧:sns", ImplicitDeny),
		{name: "an unknown account does not matter", page: pageGrammar, do: "sqs:SendMessage", on: "arn:aws:sqs:eu-central-1:⟦account⟧:arrivals", account: harbour,
			identity: st("Allow", "*", "arn:aws:sqs"), want: Allowed},
		in("a Deny is completed", ExplicitDeny, func(r *rule) { r.identity += "," + st("Deny", "*", "arn:aws:sqs") }),
		in("NotResource is completed", Allowed, func(r *rule) { r.identity += `,{"Effect":"Deny","Action":"*","NotResource":"arn:aws:sqs"}` }),
		in("a boundary is completed", Allowed, func(r *rule) { r.boundary = st("Allow", "*", "arn:aws:sqs") }),
		in("of a control policy that is not documented", Undetermined, func(r *rule) { r.scps = [][]string{{everything, st("Deny", "*", "arn:aws:sqs")}} }),
		in("where it does not matter", Allowed, func(r *rule) { r.scps = [][]string{{everything, st("Deny", "*", "arn:aws:sns")}} }),
		in("a star at the end of a control policy's is one", ExplicitDeny, func(r *rule) { r.scps = [][]string{{everything, st("Deny", "*", "arn:aws:sqs:*")}} }),
		in("of a resource control policy neither", Undetermined, func(r *rule) {
			r.rcps = [][]string{{everybodyAll, st("Deny", "*", "arn:aws:sqs", `"Principal":"*"`)}}
		}),
		in("a resource policy is not completed", ImplicitDeny, func(r *rule) {
			r.identity, r.resource = "", st("Allow", "*", "arn:aws:sqs", aws(session))
		}),
	})
}

func TestASessionPolicyNeedsCompleteARNs(t *testing.T) {
	for pattern, bad := range map[string]bool{
		"arn:aws:sqs": true, "arn:aws:sqs:*": false, "arn:aws:sqs:eu-central-1:111122223333": true,
		"*": false, queue: false, "arn:aws:s3:::*": false, "arn:⟦the rest⟧": false,
	} {
		_, err := Parse([]byte(`{"Statement":[`+st("Allow", "*", pattern)+`]}`), Session)
		var syntax *SyntaxError
		if errors.As(err, &syntax) != bad || bad && !strings.Contains(syntax.Msg, "complete ARN") {
			t.Errorf("%s: %v", pattern, err)
		}
		for _, kind := range []Kind{Identity, Boundary, SCP} {
			mustParse(t, kind, `{"Statement":[`+st("Allow", "*", pattern)+`]}`)
		}
	}
}

func TestWildcardsThatTakeInColons(t *testing.T) {
	both := func(pattern string, want Decision) []rule {
		r := rule{name: pattern, page: pageResource, do: "sqs:SendMessage", on: queue, identity: st("Allow", "*", pattern), want: want}
		d := r
		d.name, d.identity = "Deny "+pattern, everything+","+st("Deny", "*", pattern)
		d.want = map[Decision]Decision{Allowed: ExplicitDeny, ImplicitDeny: Allowed, Undetermined: Undetermined}[want]
		return []rule{r, d}
	}
	var rules []rule
	for pattern, want := range map[string]Decision{
		"arn:aws:sqs*":                           Allowed,
		"arn:*":                                  Allowed,
		"*:*":                                    Allowed,
		"arn:aws:sqs*arrivals":                   Undetermined,
		"arn:a*als":                              Undetermined,
		"*arrivals":                              Undetermined,
		"arn:aws:sqs:eu-*3:arrivals":             Undetermined,
		"arn:aws:sqs:eu-*4:arrivals":             ImplicitDeny,
		"arn:aws:sqs*:arrivals":                  Undetermined,
		"arn:aws:sqs:eu-central-1?*":             Undetermined,
		"arn:aws:sqs:eu-central-1?111122223333*": Undetermined,
		"arn:aws:sqs:eu-central-?:111122223333:arrivals":   Allowed,
		"arn:aws:sqs:eu-central-1:111122223333?arrivals":   Undetermined,
		"arn:aws:sqs:eu-central-1:111122223333:arriva?s":   Allowed,
		"arn:aws:sqs:eu-central-1:11112222333??arrivals:x": ImplicitDeny,
	} {
		rules = append(rules, both(pattern, want)...)
	}
	check(t, append(rules, rule{name: "a question mark in an early part that would take in a colon", page: pageResource, do: "lambda:InvokeFunction", on: function + ":PROD",
		identity: st("Allow", "*", "arn:aws:lambda:eu-central-1?111122223333:function:tug-dispatch:PROD"), want: Undetermined}))
}

func TestActionsWithoutAResourceType(t *testing.T) {
	list := func(pattern string, want Decision) rule {
		return rule{name: "s3 on " + pattern, page: pageBasics, do: "s3:ListAllMyBuckets", on: "*", identity: st("Allow", "*", pattern), want: want}
	}
	describe := func(pattern string, want Decision) rule {
		return rule{name: "ec2 on " + pattern, page: pageResource, do: "ec2:DescribeVpcs", on: "*", identity: st("Allow", "*", pattern), want: want}
	}
	check(t, []rule{
		list("arn:aws:s3:::*", Allowed),
		list("*", Allowed),
		list("arn:aws-cn:s3:::*", ImplicitDeny),
		list("arn:*:s3:::*", Undetermined),
		list("arn:aws:s3", Undetermined),
		list("arn:aws:s3:::tides", ImplicitDeny),
		list("arn:aws:s3:::t*", ImplicitDeny),
		list("arn:aws:s3:::*/*", ImplicitDeny),
		list("arn:aws:sqs:*:*:*", ImplicitDeny),
		describe("arn:aws:s3:::*", ImplicitDeny),
		describe("arn:aws:ec2:*:*:*", Undetermined),
		describe("arn:aws:ec2:*", Undetermined),
		describe("arn:aws:*", Undetermined),
		describe("arn:*:*:*:*:*:*", Undetermined),
		describe("arn:⟦partition⟧:ec2:*:*:*", Undetermined),
		describe("arn:aws:ec2:eu-central-1:*:*", ImplicitDeny),
		describe("arn:aws:ec2:*:111122223333:*", ImplicitDeny),
		describe("arn:aws:ec2:*:*:instance/*", ImplicitDeny),
		{name: "a Deny on the example's form", page: pageBasics, do: "s3:ListAllMyBuckets", on: "*", identity: everything + "," + st("Deny", "s3:*", "arn:aws:s3:::*"), want: ExplicitDeny},
		{name: "the example's form in NotResource", page: pageBasics, do: "s3:ListAllMyBuckets", on: "*", identity: `{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::*"}`, want: ImplicitDeny},
	})
}

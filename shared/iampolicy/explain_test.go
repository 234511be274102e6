package iampolicy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExplanationSaysWhyEachStatementDidNotApply(t *testing.T) {
	c := rule{
		on: "arn:aws:s3:::b/k", ctx: map[string][]string{"s3:x": {"1"}},
		identity: st("Allow", "s3:PutObject", "*") + "," + st("Allow", "s3:GetObject", "arn:aws:s3:::b") + "," +
			st("Allow", "*", "*", when("StringEquals", "s3:x", `["2","3"]`)) + "," + st("Allow", "*", "*", when("Bool", "aws:SecureTransport", "true")) + "," +
			`{"Sid":"Rest","Effect":"Deny","NotAction":"s3:*","NotResource":"arn:aws:s3:::b/*"}`,
		resource: st("Allow", "*", "*", aws(target)) + "," + st("Deny", "*", "*"),
		account:  customs,
	}.build(t)
	want := `implicitDeny by identity
  identity, statement 1 at line 1: does not apply: action "s3:PutObject" does not cover s3:GetObject
  identity, statement 2 at line 1: does not apply: resource "arn:aws:s3:::b" does not cover "arn:aws:s3:::b/k"
  identity, statement 3 at line 1: does not apply: condition StringEquals s3:x ["2", "3"] is not met: s3:x is "1"
  identity, statement 4 at line 1: does not apply: condition Bool aws:SecureTransport "true" is not met: aws:SecureTransport is not in the request
  identity, statement "Rest": does not apply: notAction "s3:*" leaves out s3:GetObject; notResource "arn:aws:s3:::b/*" leaves out "arn:aws:s3:::b/k"
  resource, statement 1 at line 1: does not apply: principal "arn:aws:iam::111122223333:role/crane-operator" does not cover "` + session + `"
  resource, statement 2 at line 1: does not apply: the statement names no principal, so it matches nobody
`
	if diff := cmp.Diff(want, c.Explain().String()); diff != "" {
		t.Error(diff)
	}
}

func TestExplanationOfWhatAppliesAndWhatIsNotKnown(t *testing.T) {
	c := rule{
		identity: everything + "," + st("Deny", "*", "*", when("StringEquals", "aws:RequestedRegion", "eu-west-1")), unknown: []string{"aws:RequestedRegion"},
	}.build(t)
	e := c.Explain()
	want := `undetermined: identity, statement 2 at line 1: it is not known whether condition StringEquals aws:RequestedRegion "eu-west-1" is met: aws:RequestedRegion is not known
  identity, statement 1 at line 1: allows the request
  identity, statement 2 at line 1: may apply: it is not known whether condition StringEquals aws:RequestedRegion "eu-west-1" is met: aws:RequestedRegion is not known
`
	if diff := cmp.Diff(want, e.String()); diff != "" {
		t.Error(diff)
	}
	if e.Statements[0].Applies != Allowed || e.Statements[1].Applies != Undetermined {
		t.Errorf("statements apply: %s, %s", e.Statements[0].Applies, e.Statements[1].Applies)
	}
}

func TestExplanationNotesWhatNoStatementShows(t *testing.T) {
	for note, r := range map[string]rule{
		"the resource has no policy, and only that could allow the caller": {who: "sns.amazonaws.com"},
		"the resource has no policy, without which nobody may use it":      {do: "kms:Decrypt", on: keyARN, identity: everything},
		"the resource has no policy that lets the caller in":               {account: customs, identity: everything},
		"the caller has no policy of its own":                              {},
		"service control policies do not bind this caller":                 {who: "sns.amazonaws.com", scps: [][]string{{everything}}},
	} {
		c := r.build(t)
		if got := c.Explain().String(); !strings.Contains(got, note) {
			t.Errorf("explanation without %q:\n%s", note, got)
		}
	}
}

func TestReasonsNameWhatIsNotKnown(t *testing.T) {
	u := Unknown("Parameter Account")
	for reason, r := range map[string]rule{
		`whether the caller's account "111122223333" is the resource's, "` + u + `"`: {account: u, identity: everything},
		"whether a grant lets the caller use the key":                                {do: "kms:Decrypt", on: keyARN, resource: "none", boundary: onlyQueues, grants: []KMSGrant{{Grantee: roleARN, Operations: []string{"Decrypt"}}}},
		"is a service-linked role":                                                   {who: "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForECS/x", identity: everything, scps: [][]string{{onlyQueues}}},
		"which depends on the endpoint's type":                                       {identity: everything, endpoint: st("Allow", "*", "*", aws(harbour))},
		"it is not documented that the policy of":                                    {who: "sns.amazonaws.com", do: "lambda:InvokeFunction", on: function + ":P", attachedTo: function, resource: everybodyAll},
		"is a key or a role":                                                         {do: "kms:Decrypt", on: u, account: harbour, identity: everything},
	} {
		c := r.build(t)
		if got := c.Decide(); got.Decision != Undetermined || !strings.Contains(got.Reason, reason) {
			t.Errorf("%s with reason %q, want %q", got.Decision, got.Reason, reason)
		}
	}
}

func TestMissingNamesTheKeysThatMattered(t *testing.T) {
	c := rule{identity: st("Allow", "s3:*", "*", when("StringEquals", "s3:b", "x")) + "," + st("Allow", "s3:*", "*", when("StringEquals", "s3:A", "x")) + "," +
		st("Allow", "s3:*", "*", when("StringEquals", "S3:a", "y")) + "," + st("Allow", "sqs:*", "*", when("StringEquals", "sqs:other", "x"))}.build(t)
	if diff := cmp.Diff([]string{"S3:a", "s3:b"}, c.Decide().Missing); diff != "" {
		t.Error(diff)
	}
}

func TestMatchedListsTheStatementsBehindTheDecision(t *testing.T) {
	sid := func(s, name string) string { return strings.Replace(s, "{", `{"Sid":"`+name+`",`, 1) }
	allow, deny := st("Allow", "s3:*", "*"), st("Deny", "s3:*", "*")
	c := rule{identity: sid(allow, "A") + "," + sid(allow, "B") + "," + sid(onlyQueues, "C"), boundary: sid(everything, "D"), resource: sid(everybodyAll, "E")}.build(t)
	names := func(r Result) (out []string) {
		for _, m := range r.Matched {
			out = append(out, m.Statement.SID())
		}
		return out
	}
	if diff := cmp.Diff([]string{"A", "B", "E"}, names(c.Decide())); diff != "" {
		t.Errorf("allowed: %s", diff)
	}
	c = rule{identity: sid(allow, "A") + "," + sid(deny, "B"), boundary: sid(everything, "C") + "," + sid(deny, "D")}.build(t)
	if diff := cmp.Diff([]string{"B", "D"}, names(c.Decide())); diff != "" {
		t.Errorf("denied: %s", diff)
	}
	c = rule{identity: sid(allow, "A"), unknown: []string{"*"}, boundary: sid(st("Allow", "*", "*", when("Bool", "a:b", "true")), "B") + "," + sid(st("Allow", "*", "*", when("Bool", "a:c", "true")), "C")}.build(t)
	if diff := cmp.Diff([]string{"B", "C"}, names(c.Decide())); diff != "" {
		t.Errorf("undetermined: %s", diff)
	}
}

func TestNearMiss(t *testing.T) {
	tests := []struct {
		name string
		rule rule
		want NearMiss
	}{
		{"the resource", rule{on: "arn:aws:s3:::tides/k", identity: st("Allow", "s3:GetObject", "arn:aws:s3:::tides") + "," + st("Allow", "s3:GetObject", "arn:aws:s3:::ledger-of-the-harbour/*") + "," + onlyQueues},
			NearMiss{Element: "Resource", Have: `"arn:aws:s3:::tides"`, Want: `"arn:aws:s3:::tides/k"`, Detail: `resource "arn:aws:s3:::tides" does not cover "arn:aws:s3:::tides/k": it names the bucket and not its objects`}},
		{"the action", rule{identity: st("Allow", "s3:PutObject", "*") + "," + st("Allow", "s3:GetObjects", "*")},
			NearMiss{Element: "Action", Have: `"s3:GetObjects"`, Want: "s3:GetObject", Detail: `action "s3:GetObjects" does not cover s3:GetObject: "s3:GetObjects" differs in one character`}},
		{"a condition before a resource", rule{identity: st("Allow", "s3:*", "arn:aws:s3:::tides/2026/12.csv") + "," + st("Allow", "s3:*", "*", when("Bool", "a:b", "true"))},
			NearMiss{Element: "Condition", Have: `Bool a:b "true"`, Want: "not in the request", Detail: `condition Bool a:b "true" is not met: a:b is not in the request`}},
		{"the principal of a trust policy", rule{who: "lambda.amazonaws.com", do: "sts:AssumeRole", on: target, resource: st("Allow", "sts:AssumeRole", "", service("edgelambda.amazonaws.com"))},
			NearMiss{Element: "Principal", Have: `"edgelambda.amazonaws.com"`, Want: `"lambda.amazonaws.com"`, Detail: `principal "edgelambda.amazonaws.com" does not cover "lambda.amazonaws.com"`}},
		{"a Deny", rule{identity: everything + "," + st("Deny", "s3:*", "*")},
			NearMiss{Element: "Effect", Have: "Deny", Want: "Allow", Detail: "the statement denies the request explicitly, which no allow overrides"}},
		{"the boundary, not the identity that allows", rule{identity: everything, boundary: st("Allow", "s3:PutObject", "*")},
			NearMiss{Element: "Action", Have: `"s3:PutObject"`, Want: "s3:GetObject", Detail: `action "s3:PutObject" does not cover s3:GetObject`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := test.rule.build(t)
			got, ok := c.NearMiss()
			if !ok || got.Ref.Statement == nil {
				t.Fatalf("no near miss\n%s", c.Explain())
			}
			got.Ref = StatementRef{}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name, r := range map[string]rule{
		"allowed":            {identity: everything},
		"two elements miss":  {identity: st("Allow", "s3:PutObject", "arn:aws:s3:::ledger/*")},
		"another service":    {identity: onlyQueues},
		"nothing to change":  {},
		"another's resource": {identity: st("Allow", "s3:*", "arn:aws:sqs:eu-central-1:111122223333:arrivals")},
	} {
		c := r.build(t)
		if m, ok := c.NearMiss(); ok {
			t.Errorf("%s: near miss %+v", name, m)
		}
	}
}

func TestACaseThatIsNoRequestIsUndeterminedWithItsReason(t *testing.T) {
	ok := rule{identity: everything}.build(t)
	for reason, change := range map[string]func(*Case){
		"no principal":      func(c *Case) { c.Principal = Principal{} },
		"no action":         func(c *Case) { c.Action = "" },
		"not one action":    func(c *Case) { c.Action = "s3:Get*" },
		"longer than":       func(c *Case) { c.Action = "s3:" + strings.Repeat("a", 300) },
		"no resource":       func(c *Case) { c.Resource = "" },
		"neither an ARN":    func(c *Case) { c.Resource = "tides" },
		"of the form servi": func(c *Case) { c.Action = "GetObject" },
	} {
		c := ok
		change(&c)
		if r := c.Decide(); r.Decision != Undetermined || !strings.Contains(r.Reason, reason) {
			t.Errorf("%+v, want a reason with %q", r, reason)
		}
		if d, by := c.Verdict(); d != Undetermined || by != KindNone {
			t.Errorf("Verdict %s by %s", d, by)
		}
		if e := c.Explain(); len(e.Statements) != 0 {
			t.Errorf("explained %d statements of no request", len(e.Statements))
		}
		if _, ok := c.NearMiss(); ok {
			t.Error("no request has a near miss")
		}
	}
}

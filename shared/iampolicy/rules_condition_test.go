package iampolicy

import (
	"fmt"
	"strings"
	"testing"
)

// conditionRow is one operator on one value of the policy: what it answers to values of the request.
type conditionRow struct {
	operator, value string
	yes, no, maybe  []string
}

func conditionRule(operator, value string, values []string, want Decision) rule {
	r := rule{name: fmt.Sprintf("%s %s on %q", operator, value, values), page: pageOperators,
		identity: st("Allow", "s3:*", "*", when(operator, "s3:x", value)), want: want}
	if values != nil {
		r.ctx = map[string][]string{"S3:X": values}
	}
	return r
}

func TestConditionOperators(t *testing.T) {
	for _, row := range []conditionRow{
		{"StringEquals", "Tides", []string{"Tides"}, []string{"tides", "Tides ", "", "Tide*"}, nil},
		{"StringEquals", "T*", []string{"T*"}, []string{"Tides"}, nil},
		{"StringEquals", `["a","b"]`, []string{"a", "b"}, []string{"c", "a,b"}, nil},
		{"StringEquals", "", []string{""}, []string{"a"}, nil},
		{"StringEquals", "[]", nil, []string{"a"}, nil},
		{"StringNotEquals", "Tides", []string{"tides", ""}, []string{"Tides"}, nil},
		{"StringNotEquals", `["a","b"]`, []string{"c"}, []string{"a", "b"}, nil},
		{"StringEqualsIgnoreCase", "Tides", []string{"tIDES"}, []string{"tide"}, nil},
		{"StringNotEqualsIgnoreCase", "Tides", []string{"tide"}, []string{"tIDES"}, nil},
		{"StringLike", "ti*/?", []string{"tides/1", "ti/ö"}, []string{"tides/", "tides/12", "Tides/1"}, nil},
		{"StringLike", "a.c", []string{"a.c"}, []string{"abc"}, nil},
		{"StringNotLike", "ti*", []string{"berths"}, []string{"tides"}, nil},
		{"StringNotLike", `["ti*","be*"]`, []string{"cranes"}, []string{"tides", "berths"}, nil},
		{"NumericEquals", "10", []string{"10", "10.0", "1e1"}, []string{"11"}, []string{"ten", "", "0x0a"}},
		{"NumericEquals", "9007199254740993", []string{"9007199254740993"}, []string{"9007199254740992"}, nil},
		{"NumericNotEquals", "10", []string{"11"}, []string{"10.0"}, []string{"ten"}},
		{"NumericLessThan", "10", []string{"9.99", "-1"}, []string{"10", "11"}, []string{"few"}},
		{"NumericLessThanEquals", "10", []string{"10"}, []string{"10.01"}, []string{"few"}},
		{"NumericGreaterThan", "1.5", []string{"1.6"}, []string{"1.5"}, []string{"few"}},
		{"NumericGreaterThanEquals", "1.5", []string{"1.50"}, []string{"1"}, []string{"few"}},
		{"NumericEquals", "ten", nil, nil, []string{"10", "ten"}},
		{"NumericEquals", `["1","ten"]`, []string{"1"}, nil, []string{"2"}},
		{"DateEquals", "2026-11-21T10:00:00Z", []string{"2026-11-21T10:00:00Z", "2026-11-21T11:00:00+01:00", "1795255200", "2026-11-21T10:00Z", "2026-11-21T10:00:00.000Z"}, []string{"2026-11-21T10:00:01Z"}, []string{"today", "", "2026", "2026-11-21T10:00:00"}},
		{"DateNotEquals", "2026-11-21T10:00:00Z", []string{"2026-11-21T10:00:00.5Z"}, []string{"1795255200"}, []string{"today"}},
		{"DateLessThan", "2026-11-21", []string{"2026-11-20T23:59:59Z", "2026-10"}, []string{"2026-11-21T00:00:00Z", "2026-12"}, []string{"today"}},
		{"DateLessThanEquals", "1795255200", []string{"2026-11-21T10:00:00Z", "1795255199"}, []string{"2026-11-21T10:00:01Z"}, []string{"today"}},
		{"DateGreaterThan", "2026-11-21T10:00:00Z", []string{"2026-11-21T10:00:01Z"}, []string{"2026-11-21T10:00:00Z"}, []string{"today"}},
		{"DateGreaterThanEquals", "2026-11-21T10:00:00Z", []string{"2026-11-21T10:00:00Z"}, []string{"2026-11-21T09:59:59Z"}, []string{"today"}},
		{"Bool", "true", []string{"true", "TRUE", "True"}, []string{"false"}, []string{"1", "yes", ""}},
		{"Bool", "False", []string{"false"}, []string{"true"}, nil},
		{"Bool", "yes", nil, nil, []string{"true"}},
		{"BinaryEquals", "YmVydGg=", []string{"YmVydGg=", "YmVydGh="}, []string{"YmVydGs=", ""}, []string{"berth", "YmVydGg"}},
		{"IpAddress", "192.0.2.0/24", []string{"192.0.2.0", "192.0.2.255"}, []string{"192.0.3.0", "2001:db8::1"}, []string{"home", "192.0.2", ""}},
		{"IpAddress", "192.0.2.17", []string{"192.0.2.17", "192.0.2.17/32"}, []string{"192.0.2.18"}, []string{"192.0.2.0/24"}},
		{"IpAddress", "0.0.0.0/0", []string{"192.0.2.1"}, []string{"2001:db8::1"}, nil},
		{"IpAddress", "::/0", []string{"2001:db8::1"}, []string{"192.0.2.1"}, nil},
		{"IpAddress", "2001:DB8:1234:5678::/64", []string{"2001:db8:1234:5678:0:0:0:1", "2001:0DB8:1234:5678:ffff::"}, []string{"2001:db8:1234:5679::1"}, nil},
		{"IpAddress", "2001:db8::1", []string{"2001:0db8:0:0:0:0:0:1", "2001:DB8::0:1"}, []string{"2001:db8::2"}, nil},
		{"IpAddress", "192.0.2.77/24", []string{"192.0.2.1"}, []string{"192.0.3.77"}, nil},
		{"IpAddress", `["192.0.2.0/24","2001:db8::/32"]`, []string{"192.0.2.1", "2001:db8::9"}, []string{"198.51.100.1"}, nil},
		{"IpAddress", "192.0.2.0/33", nil, nil, []string{"192.0.2.1"}},
		{"NotIpAddress", "192.0.2.0/24", []string{"198.51.100.1", "2001:db8::1"}, []string{"192.0.2.7"}, []string{"home"}},
		{"ArnEquals", "arn:aws:sqs:*:111122223333:arr*", []string{queue}, []string{"arn:aws:sqs:eu-central-1:444455556666:arrivals", "arrivals", ""}, nil},
		{"ArnLike", "arn:aws:lambda:*:*:function:tug*", []string{function, function + ":PROD"}, []string{"arn:aws:lambda:eu-central-1:111122223333:layer:tug"}, nil},
		{"ArnLike", "arn:aws:s3:::tides", []string{"arn:aws:s3:::tides"}, []string{"arn:aws:s3:::tides/a"}, nil},
		{"ArnLike", "arn:aws:*:function:tug", nil, []string{"arn:aws:sqs:eu-central-1:111122223333:arrivals"}, []string{"arn:aws:lambda:eu-central-1:111122223333:function:tug"}},
		{"ArnLike", "*", nil, nil, []string{function}},
		{"ArnLike", "arn:aws:sqs:eu*-1:111122223333:arrivals", []string{queue}, []string{"arn:aws:sqs:eu-central-2:111122223333:arrivals"}, nil},
		{"ArnNotEquals", queue, []string{function}, []string{queue}, nil},
		{"ArnNotLike", "arn:aws:sqs:*:*:*", []string{function}, []string{queue}, nil},
		{"StringEquals", "true", []string{"true"}, []string{"True"}, nil},
	} {
		var rules []rule
		add := func(values []string, want Decision) {
			for _, v := range values {
				rules = append(rules, conditionRule(row.operator, row.value, []string{v}, want))
			}
		}
		add(row.yes, Allowed)
		add(row.no, ImplicitDeny)
		add(row.maybe, Undetermined)
		check(t, rules)
	}
}

// TestEveryOperatorOnAnAbsentKey crosses every operator with IfExists and the set operators.
func TestEveryOperatorOnAnAbsentKey(t *testing.T) {
	value := map[string]string{"Bool": "true", "IpAddress": "192.0.2.0/24", "NotIpAddress": "192.0.2.0/24", "Null": "true"}
	for _, op := range operators {
		v := value[op.name]
		if v == "" {
			v = "1"
		}
		if op.name == "Null" {
			check(t, []rule{conditionRule("Null", "true", nil, Allowed), conditionRule("Null", "false", nil, ImplicitDeny)})
			continue
		}
		negated := strings.Contains(op.name, "Not")
		if negated != op.negated {
			t.Errorf("operator %s: negated is %t", op.name, op.negated)
		}
		plain := ImplicitDeny
		if negated {
			plain = Allowed
		}
		check(t, []rule{
			conditionRule(op.name, v, nil, plain),
			conditionRule(op.name+"IfExists", v, nil, Allowed),
			conditionRule("ForAllValues:"+op.name, v, nil, Allowed),
			conditionRule("ForAllValues:"+op.name+"IfExists", v, nil, Allowed),
			conditionRule("ForAnyValue:"+op.name, v, nil, ImplicitDeny),
			conditionRule("ForAnyValue:"+op.name+"IfExists", v, nil, Allowed),
		})
	}
}

func TestIfExistsOnAPresentKeyIsTheOperator(t *testing.T) {
	check(t, []rule{
		conditionRule("StringEqualsIfExists", "a", []string{"b"}, ImplicitDeny),
		conditionRule("StringEqualsIfExists", "a", []string{""}, ImplicitDeny),
		conditionRule("StringNotEqualsIfExists", "a", []string{"a"}, ImplicitDeny),
		conditionRule("BoolIfExists", "true", []string{"false"}, ImplicitDeny),
		conditionRule("IpAddressIfExists", "192.0.2.0/24", []string{"198.51.100.1"}, ImplicitDeny),
		conditionRule("ArnLikeIfExists", queue, []string{queue}, Allowed),
	})
}

func TestNull(t *testing.T) {
	check(t, []rule{
		conditionRule("Null", "true", []string{"a"}, ImplicitDeny),
		conditionRule("Null", "false", []string{"a"}, Allowed),
		conditionRule("Null", "false", []string{""}, Allowed),
		conditionRule("Null", "true", []string{""}, ImplicitDeny),
		conditionRule("Null", "TRUE", nil, Allowed),
		conditionRule("Null", `["true","false"]`, nil, Allowed),
		conditionRule("Null", `["true","false"]`, []string{"a"}, Allowed),
		{name: "JSON booleans are values", page: pageOperators, identity: st("Allow", "s3:*", "*", `"Condition":{"Null":{"s3:x":true}}`), want: Allowed},
		conditionRule("ForAllValues:Null", "true", nil, Undetermined),
		conditionRule("ForAnyValue:Null", "false", []string{"a"}, Undetermined),
		{name: "an empty list is no value", page: pageMultiple, ctx: map[string][]string{"s3:x": {}}, identity: st("Allow", "s3:*", "*", when("Null", "s3:x", "true")), want: Allowed},
	})
}

func TestSetOperators(t *testing.T) {
	all, some := "ForAllValues:StringLike", "ForAnyValue:StringLike"
	check(t, []rule{
		conditionRule(all, `["a*","b"]`, []string{"a1", "b"}, Allowed),
		conditionRule(all, `["a*","b"]`, []string{"a1", "c"}, ImplicitDeny),
		conditionRule(all, `["a*","b"]`, []string{"a1"}, Allowed),
		conditionRule(all, "a", []string{""}, Allowed), // documented: an empty text is no value
		conditionRule(some, `["a*","b"]`, []string{"c", "b"}, Allowed),
		conditionRule(some, `["a*","b"]`, []string{"c", "d"}, ImplicitDeny),
		conditionRule("ForAllValues:StringNotEquals", `["a","b"]`, []string{"c", "d"}, Allowed),
		conditionRule("ForAllValues:StringNotEquals", `["a","b"]`, []string{"c", "b"}, ImplicitDeny),
		conditionRule("ForAnyValue:StringNotEquals", `["a","b"]`, []string{"a", "c"}, Allowed),
		conditionRule("ForAnyValue:StringNotEquals", `["a","b"]`, []string{"a", "b"}, ImplicitDeny),
		conditionRule("ForAllValues:NumericLessThan", "10", []string{"1", "9"}, Allowed),
		conditionRule("ForAllValues:NumericLessThan", "10", []string{"1", "x"}, Undetermined),
		conditionRule("ForAllValues:NumericLessThan", "10", []string{"11", "x"}, ImplicitDeny),
		conditionRule("ForAnyValue:IpAddress", "192.0.2.0/24", []string{"198.51.100.1", "192.0.2.1"}, Allowed),
		// Several values without a set operator are not documented; where each reading agrees they decide.
		conditionRule("StringEquals", "a", []string{"a", "b"}, Undetermined),
		conditionRule("StringEquals", `["a","b"]`, []string{"a", "b"}, Allowed),
		conditionRule("StringEquals", "c", []string{"a", "b"}, ImplicitDeny),
		conditionRule("StringNotEquals", "c", []string{"a", "b"}, Allowed),
		conditionRule("StringNotEquals", "a", []string{"a", "b"}, Undetermined),
	})
}

func TestConditionsAreAnded(t *testing.T) {
	two := `"Condition":{"StringEquals":{"s3:x":"1","s3:y":["1","2"]},"Bool":{"aws:SecureTransport":"true"}}`
	ctx := func(x, y, tls string) map[string][]string {
		return map[string][]string{"s3:x": {x}, "s3:Y": {y}, "AWS:securetransport": {tls}}
	}
	check(t, []rule{
		{name: "all hold", page: pageLogicCond, identity: st("Allow", "*", "*", two), ctx: ctx("1", "2", "true"), want: Allowed},
		{name: "one key fails", page: pageLogicCond, identity: st("Allow", "*", "*", two), ctx: ctx("1", "3", "true"), want: ImplicitDeny},
		{name: "one operator fails", page: pageLogicCond, identity: st("Allow", "*", "*", two), ctx: ctx("1", "1", "false"), want: ImplicitDeny},
		{name: "an unknown does not outweigh a failure", page: pageLogicCond, identity: st("Allow", "*", "*", two),
			ctx: map[string][]string{"s3:x": {"2"}}, unknown: []string{"s3:y", "aws:SecureTransport"}, want: ImplicitDeny},
		{name: "no condition in the element", page: pageCondition, identity: st("Allow", "*", "*", `"Condition":{}`), want: Allowed},
		{name: "numbers are values by their text", page: pageCondition, identity: st("Allow", "*", "*", `"Condition":{"StringEquals":{"s3:x":7}}`), ctx: ctx("7", "", ""), want: Allowed},
		{name: "tag keys do not distinguish case", page: pageKeys, identity: st("Allow", "*", "*", when("StringEquals", "aws:ResourceTag/COST", "a")),
			ctx: map[string][]string{"aws:ResourceTag/cost": {"a"}}, want: Allowed},
		{name: "tag values do", page: pageKeys, identity: st("Allow", "*", "*", when("StringEquals", "aws:ResourceTag/cost", "A")),
			ctx: map[string][]string{"aws:ResourceTag/cost": {"a"}}, want: ImplicitDeny},
	})
}

func TestDerivedKeys(t *testing.T) {
	derived := func(name, who, operator, key, value string, want Decision) rule {
		return rule{name: name, page: pageKeys, who: who, account: harbour, identity: st("Allow", "*", "*", when(operator, key, value)), want: want}
	}
	served := func(name, who, operator, key, value string, want Decision) rule {
		return rule{name: name, page: pageKeys, who: who, resource: st("Allow", "*", "*", `"Principal":"*"`, when(operator, key, value)), want: want}
	}
	rules := []rule{
		derived("role ARN", roleARN, "StringEquals", "aws:PrincipalArn", roleARN, Allowed),
		derived("user ARN with path", userARN, "ArnEquals", "aws:PrincipalArn", userARN, Allowed),
		derived("a session has its role's ARN, of unknown path", session, "ArnLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*", Allowed),
		derived("a role named without a path is the role of that name", session, "ArnEquals", "aws:PrincipalArn", roleARN, Allowed),
		derived("or this one", session, "ArnEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/harbour/berth-planner", Undetermined),
		derived("any path", session, "StringLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role*/berth-planner", Allowed),
		derived("any path, other pattern", session, "ArnLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*berth-planner", Allowed),
		derived("another role", session, "ArnEquals", "aws:PrincipalArn", target, ImplicitDeny),
		derived("a role whose name ends alike", session, "ArnEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/my-berth-planner", ImplicitDeny),
		derived("not the session's ARN", session, "ArnEquals", "aws:PrincipalArn", session, ImplicitDeny),
		derived("another account's role", session, "ArnLike", "aws:PrincipalArn", "arn:aws:iam::444455556666:role/*", ImplicitDeny),
		derived("account", session, "StringEquals", "aws:PrincipalAccount", harbour, Allowed),
		derived("type of a session", session, "StringEquals", "aws:PrincipalType", "AssumedRole", Allowed),
		derived("type of a role", roleARN, "StringEquals", "aws:PrincipalType", "AssumedRole", Allowed),
		derived("type of a user", userARN, "StringEquals", "aws:PrincipalType", "User", Allowed),
		derived("type of root", rootARN, "StringEquals", "aws:PrincipalType", "Account", Allowed),
		derived("name of a user without its path", userARN, "StringEquals", "aws:username", "mara", Allowed),
		derived("a role has no user name", session, "Null", "aws:username", "true", Allowed),
		derived("a role is no service", session, "Bool", "aws:PrincipalIsAWSService", "false", Allowed),
		derived("a role has no service name", session, "Null", "aws:PrincipalServiceName", "true", Allowed),
		served("service", "sns.amazonaws.com", "Bool", "aws:PrincipalIsAWSService", "true", Allowed),
		served("service name", "sns.amazonaws.com", "StringEquals", "aws:PrincipalServiceName", "sns.amazonaws.com", Allowed),
		served("a service has no account", "sns.amazonaws.com", "Null", "aws:PrincipalAccount", "true", Allowed),
		served("a service has no ARN", "sns.amazonaws.com", "Null", "aws:PrincipalArn", "true", Allowed),
		served("an anonymous caller has no account", "*", "Null", "aws:PrincipalAccount", "true", Allowed),
		{name: "a value of the case wins", page: pageKeys, ctx: map[string][]string{"aws:PrincipalArn": {roleARN}},
			identity: st("Allow", "*", "*", when("ArnEquals", "aws:PrincipalArn", roleARN)), want: Allowed},
	}
	for _, key := range []string{"aws:userid", "aws:SourceAccount", "aws:SourceArn", "aws:CurrentTime", "aws:EpochTime", "aws:RequestedRegion", "aws:SecureTransport",
		"aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:ResourceAccount", "aws:ResourceOrgID", "aws:SourceIp", "aws:TokenIssueTime", "kms:CallerAccount", "kms:ViaService"} {
		rules = append(rules, derived(key+" is never derived", session, "Null", key, "true", Allowed))
	}
	check(t, rules)
}

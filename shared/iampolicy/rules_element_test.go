package iampolicy

import "testing"

func TestActionElement(t *testing.T) {
	action := func(name, pattern string, want Decision) rule {
		return rule{name: name, page: pageAction, do: "s3:GetObjectTagging", identity: st("Allow", pattern, "*"), want: want}
	}
	check(t, []rule{
		action("an exact action matches", "s3:GetObjectTagging", Allowed),
		action("case does not matter", "S3:getOBJECTtagging", Allowed),
		action("a star at the end", "s3:Get*", Allowed),
		action("a star in the middle", "s3:*Tagging", Allowed),
		action("a star in the service", "s*:GetObjectTagging", Allowed),
		action("stars anywhere, other case", "S3:*oBJECT*g", Allowed),
		action("a question mark is one character", "s3:GetObject?agging", Allowed),
		action("question marks and stars", "s3:???Object*", Allowed),
		action("a question mark is not none", "s3:GetObjectTagging?", ImplicitDeny),
		action("a star alone is every action", "*", Allowed),
		action("service star is every action of it", "s3:*", Allowed),
		action("a longer name does not match", "s3:GetObject", ImplicitDeny),
		action("another service", "s3express:GetObjectTagging", ImplicitDeny),
		action("white space is not trimmed", " s3:GetObjectTagging", ImplicitDeny),
		action("white space behind is not trimmed", "s3:GetObjectTagging ", ImplicitDeny),
		action("a comma does not make a list", "s3:GetObject,s3:GetObjectTagging", ImplicitDeny),
		action("without a service it names nothing", "GetObjectTagging", ImplicitDeny),
		action("without a service a wildcard names nothing", "s3*", ImplicitDeny),
		action("a regular expression is literal", "s3:Get.*", ImplicitDeny),
		action("a variable is literal", "s3:${aws:username}", ImplicitDeny),
		action("an empty list matches nothing", "[]", ImplicitDeny),
		{name: "NotAction inverts the match, not the effect", page: pageNotAction,
			identity: `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`, want: Allowed},
		{name: "NotAction does not match what it names", page: pageNotAction, do: "iam:GetRole", on: target,
			identity: `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`, want: ImplicitDeny},
		{name: "NotAction with several names leaves each out", page: pageNotAction, do: "sqs:SendMessage", on: queue,
			identity: `{"Effect":"Allow","NotAction":["iam:*","sqs:*"],"Resource":"*"}`, want: ImplicitDeny},
		{name: "Deny with NotAction denies the rest", page: pageNotAction,
			identity: everything + `,{"Effect":"Deny","NotAction":"sqs:*","Resource":"*"}`, want: ExplicitDeny, by: Identity},
		{name: "an empty NotAction is not documented", page: pageNotAction,
			identity: `{"Effect":"Allow","NotAction":[],"Resource":"*"}`, want: Undetermined},
	})
}

func TestResourceElement(t *testing.T) {
	on := func(name, resource, pattern string, want Decision) rule {
		return rule{name: name, page: pageResource, do: "lambda:InvokeFunction", on: resource, identity: st("Allow", "*", pattern), want: want}
	}
	const region = "arn:aws:lambda:eu-central-1:111122223333:"
	check(t, []rule{
		on("an exact ARN", function, function, Allowed),
		on("case matters", function, region+"function:Tug-dispatch", ImplicitDeny),
		on("star alone", function, "*", Allowed),
		on("a short ARN ending in a star covers the rest", function+":PROD", "arn:aws:lambda:*", Allowed),
		on("arn star", function, "arn:*", Allowed),
		on("star in region and account", function, "arn:aws:lambda:*:*:function:tug-dispatch", Allowed),
		on("a star crosses slashes and colons", function+":PROD", region+"function:tug*", Allowed),
		on("unqualified does not cover qualified", function+":PROD", function, ImplicitDeny),
		on("qualified star does not cover unqualified", function, function+":*", ImplicitDeny),
		on("qualified star covers qualified", function+":PROD", function+":*", Allowed),
		on("name star covers unqualified", function, function+"*", Allowed),
		on("name star covers qualified", function+":7", function+"*", Allowed),
		on("a question mark is one character", function, region+"function:tug?dispatch", Allowed),
		on("a question mark is not two", function, region+"function:tu?dispatch", ImplicitDeny),
		on("a question mark takes a character of several bytes", "arn:aws:s3:::tides/höhe", "arn:aws:s3:::tides/h?he", Allowed),
		on("a dot is literal", "arn:aws:s3:::tidesXlog/a", "arn:aws:s3:::tides.log/a", ImplicitDeny),
		on("brackets are literal", "arn:aws:s3:::tides/a", "arn:aws:s3:::tides/[ab]", ImplicitDeny),
		on("brackets match themselves", "arn:aws:s3:::tides/[a](b)+|$^", "arn:aws:s3:::tides/[a](b)+|$^", Allowed),
		on("a dollar sign is literal", function+":$LATEST", function+":$LATEST", Allowed),
		on("another partition", function, "arn:aws-cn:lambda:eu-central-1:111122223333:function:tug-dispatch", ImplicitDeny),
		on("a text that is no ARN matches nothing", "arn:aws:s3:::tides", "tides", ImplicitDeny),
		on("an object star does not cover the bucket", "arn:aws:s3:::tides", "arn:aws:s3:::tides/*", ImplicitDeny),
		on("a bucket does not cover its objects", "arn:aws:s3:::tides/a", "arn:aws:s3:::tides", ImplicitDeny),
		on("s3 has no resource type: its first part may have a wildcard", "arn:aws:s3:::tides/a", "arn:aws:s3:::ti*/a", Allowed),
		on("sqs has no resource type", queue, "arn:aws:sqs:eu-central-1:111122223333:arr*", Allowed),
		on("an action without a resource type needs a star", "*", "*", Allowed),
		on("an ARN with a region is no star", "*", "arn:aws:lambda:eu-*:*:*", ImplicitDeny),
		on("a question mark is no star", "*", "?", ImplicitDeny),
		on("an empty list matches nothing", function, "[]", ImplicitDeny),
		{name: "a wildcard inside the resource type is undetermined", page: pageIDs, do: "lambda:InvokeFunction", on: function,
			identity: st("Allow", "*", region+"func*:tug-dispatch"), want: Undetermined},
		{name: "a resource type cut off by a star is undetermined", page: pageIDs, do: "lambda:InvokeFunction", on: function,
			identity: st("Allow", "*", region+"function*"), want: Undetermined},
		{name: "a question mark inside the resource type is undetermined", page: pageIDs, do: "lambda:InvokeFunction", on: function,
			identity: st("Allow", "*", region+"functio?:tug-dispatch"), want: Undetermined},
		{name: "a wildcard inside the resource type that could not match anyway does not match", page: pageIDs, do: "lambda:InvokeFunction", on: function,
			identity: st("Allow", "*", region+"lay*:tug-dispatch"), want: ImplicitDeny},
		{name: "a doubtful Deny does not let pass", page: pageIDs, do: "lambda:InvokeFunction", on: function,
			identity: everything + "," + st("Deny", "*", region+"func*:tug-dispatch"), want: Undetermined},
		on("a star as the whole resource type is no doubt", "arn:aws:ec2:eu-central-1:111122223333:instance/i-1", "arn:aws:ec2:*:*:*/*", Allowed),
		on("a star as the whole resource part is no doubt", function, region+"*", Allowed),
		on("a star at the end of an early part goes on", "arn:aws:lambda:eu-central-1:111122223333:function:a", "arn:aws:lambda:eu-*:function:a", Allowed),
		on("a star inside of an early part stays there", "arn:aws:lambda:eu-central-1:111122223333:function:a", "arn:aws:lambda:eu-*-1:111122223333:function:a", Allowed),
		on("a star inside of an early part that would go beyond it is undetermined",
			"arn:aws:lambda:eu-central-1:111122223333:function:x-1:444455556666:function:a", "arn:aws:lambda:eu-*-1:444455556666:function:a", Undetermined),
		{name: "NotResource inverts the match", page: pageNotRes, identity: `{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::ledger/*"}`, want: Allowed},
		{name: "NotResource does not match what it names", page: pageNotRes, identity: `{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::tides/*"}`, want: ImplicitDeny},
		{name: "Deny with NotResource denies the rest", page: pageNotRes,
			identity: everything + `,{"Effect":"Deny","Action":"s3:*","NotResource":["arn:aws:s3:::ledger/*","arn:aws:s3:::ledger"]}`, want: ExplicitDeny},
		{name: "an empty NotResource is not documented", page: pageNotRes, identity: `{"Effect":"Allow","Action":"s3:*","NotResource":[]}`, want: Undetermined},
		{name: "NotResource covers an action without a resource type", page: pageNotRes, do: "s3:ListAllMyBuckets", on: "*",
			identity: `{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::ledger/*"}`, want: Allowed},
		{name: "a statement of a repository's policy without Resource is about the repository", page: pageRepository, do: "ecr:BatchGetImage", on: repository,
			resource: st("Allow", "ecr:BatchGetImage", "", aws(session)), want: Allowed, by: Resource},
		{name: "a statement of a key policy without Resource has no effect", page: pageKeyPolicy2, do: "kms:Decrypt", on: keyARN,
			resource: st("Allow", "kms:*", "", aws(session)), want: ImplicitDeny, by: Resource},
		{name: "nor has one that denies", page: pageKeyPolicy2, do: "kms:Decrypt", on: keyARN,
			resource: st("Allow", "kms:*", "*", aws(session)) + "," + st("Deny", "kms:*", "", aws(session)), want: Allowed, by: Resource},
		{name: "other services need Resource", page: pageResource, resource: st("Allow", "s3:GetObject", "", aws(session)), want: Undetermined},
		{name: "they need it of a Deny too", page: pageResource, identity: everything, resource: st("Deny", "sqs:*", "", aws(session)), want: Undetermined},
	})
}

func TestResourcesThatAWSComparesAsOthers(t *testing.T) {
	const group = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/berth-planner"
	create := func(name, resource, pattern string, want Decision) rule {
		return rule{name: name, page: pageReported, do: "logs:CreateLogGroup", on: resource, identity: st("Allow", "logs:createloggroup", pattern), want: want}
	}
	alias := func(name, do, pattern string, want Decision) rule {
		return rule{name: name, page: pageKMSAlias, do: do, on: "arn:aws:kms:eu-central-1:111122223333:alias/ledger",
			identity: st("Allow", "kms:*", pattern), resource: st("Allow", "kms:*", "*", aws(harbour)), want: want}
	}
	check(t, []rule{
		create("a log group is not created by a grant on its name", group, group, ImplicitDeny),
		create("a log group is created by a grant on name star", group, group+":*", Allowed),
		create("the same for a request that names the group with its star", group+":*", group+":*", Allowed),
		create("a grant on all is enough", group, "*", Allowed),
		create("a grant on the account's logs is enough", group, "arn:aws:logs:eu-central-1:111122223333:*", Allowed),
		{name: "only CreateLogGroup is compared so", page: pageReported, do: "logs:DeleteLogGroup", on: group, identity: st("Allow", "logs:*", group), want: Allowed},
		{name: "an alias ARN never covers a key", page: pageKMSAlias, do: "kms:Decrypt", on: keyARN,
			identity: st("Allow", "kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:alias/ledger"), resource: st("Allow", "kms:*", "*", aws(harbour)), want: ImplicitDeny},
		{name: "nor does every alias", page: pageKMSAlias, do: "kms:Decrypt", on: keyARN,
			identity: st("Allow", "kms:Decrypt", "arn:aws:kms:*:*:alias/*"), resource: st("Allow", "kms:*", "*", aws(harbour)), want: ImplicitDeny},
		alias("a key that is named by its alias is not covered by the alias", "kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:alias/ledger", ImplicitDeny),
		{name: "a key that is named by its alias needs a key policy too", page: pageKMSAlias, do: "kms:Decrypt", on: "arn:aws:kms:eu-central-1:111122223333:alias/ledger", identity: everything, want: ImplicitDeny, by: Resource},
		alias("it is covered by a star", "kms:Decrypt", "*", Allowed),
		alias("it is covered by every key of the account", "kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:key/*", Allowed),
		alias("which key it is is not known", "kms:Decrypt", keyARN, Undetermined),
		alias("an alias is the resource of its own actions", "kms:DeleteAlias", "arn:aws:kms:eu-central-1:111122223333:alias/ledger", Allowed),
	})
}

func TestVariables(t *testing.T) {
	home := func(name, pattern string, ctx map[string][]string, want Decision) rule {
		return rule{name: name, page: pageVariables, who: userARN, on: "arn:aws:s3:::lockers/mara/key", identity: st("Allow", "s3:*", pattern), ctx: ctx, want: want}
	}
	tag := func(v ...string) map[string][]string { return map[string][]string{"aws:PrincipalTag/Team": v} }
	equal := func(name, operator, value string, ctx map[string][]string, want Decision) rule {
		return rule{name: name, page: pageVariables, identity: st("Allow", "s3:*", "*", when(operator, "s3:prefix", value)), ctx: ctx, want: want}
	}
	with := func(ctx map[string][]string, prefix ...string) map[string][]string {
		out := map[string][]string{"s3:prefix": prefix}
		for k, v := range ctx {
			out[k] = v
		}
		return out
	}
	check(t, []rule{
		home("a user's name", "arn:aws:s3:::lockers/${aws:username}/*", nil, Allowed),
		home("keys of variables do not distinguish case", "arn:aws:s3:::lockers/${AWS:UserName}/*", nil, Allowed),
		home("a value of the case wins", "arn:aws:s3:::lockers/${aws:username}/*", map[string][]string{"aws:username": {"tom"}}, ImplicitDeny),
		home("a tag", "arn:aws:s3:::lockers/${aws:PrincipalTag/team}/*", tag("mara"), Allowed),
		home("an unresolved variable matches nothing", "arn:aws:s3:::lockers/${aws:PrincipalTag/team}/*", nil, ImplicitDeny),
		home("an unresolved variable is not the empty text", "arn:aws:s3:::lockers/mara/key${aws:PrincipalTag/team}", nil, ImplicitDeny),
		home("a default stands in for an absent key", "arn:aws:s3:::lockers/${aws:PrincipalTag/team, 'mara'}/*", nil, Allowed),
		home("a default without a space", "arn:aws:s3:::lockers/${aws:PrincipalTag/team,'mara'}/*", nil, Allowed),
		home("an empty default", "arn:aws:s3:::lockers/${aws:PrincipalTag/team, ''}mara/*", nil, Allowed),
		home("a value comes before the default", "arn:aws:s3:::lockers/${aws:PrincipalTag/team, 'mara'}/*", tag("tom"), ImplicitDeny),
		home("a default may hold a brace", "arn:aws:s3:::lockers/${aws:PrincipalTag/team, 'a}b'}/*", nil, ImplicitDeny),
		home("a value has no wildcards", "arn:aws:s3:::lockers/${aws:PrincipalTag/team}/*", tag("*"), ImplicitDeny),
		home("a default has no wildcards", "arn:aws:s3:::lockers/${aws:PrincipalTag/team, 'm*'}/*", nil, ImplicitDeny),
		home("a value is not read for variables", "arn:aws:s3:::lockers/${aws:PrincipalTag/team}/*", tag("${aws:username}"), ImplicitDeny),
		home("${*} is a star and no wildcard", "arn:aws:s3:::lockers/${*}/key", nil, ImplicitDeny),
		home("a multivalued key is no variable", "arn:aws:s3:::lockers/${aws:PrincipalTag/team}/*", tag("mara", "tom"), Undetermined),
		home("two variables", "arn:aws:s3:::lockers/${aws:username}/${aws:PrincipalTag/team}", tag("key"), Allowed),
		home("a variable in front of the resource part is not supported", "arn:aws:s3:${aws:PrincipalTag/none, ''}::lockers/*", nil, Undetermined),
		{name: "without Version there are no variables", page: pageVariables, version: "2008-10-17", who: userARN, on: "arn:aws:s3:::lockers/mara/key",
			identity: st("Allow", "s3:*", "arn:aws:s3:::lockers/${aws:username}/*"), want: ImplicitDeny},
		{name: "in the old version the text is literal", page: pageVariables, version: "2008-10-17", who: userARN, on: "arn:aws:s3:::lockers/${aws:username}/key",
			identity: st("Allow", "s3:*", "arn:aws:s3:::lockers/${aws:username}/*"), want: Allowed},
		{name: "literals match themselves", page: pageVariables, on: "arn:aws:s3:::lockers/a*b?c$d",
			identity: st("Allow", "s3:*", "arn:aws:s3:::lockers/a${*}b${?}c${$}d"), want: Allowed},
		{name: "literals have no wildcard", page: pageVariables, on: "arn:aws:s3:::lockers/aXb",
			identity: st("Allow", "s3:*", "arn:aws:s3:::lockers/a${?}b"), want: ImplicitDeny},
		{name: "NotResource with an unresolved variable is undetermined", page: pageVariables,
			identity: `{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::${aws:PrincipalTag/team}/*"}`, want: Undetermined},
		{name: "unless another value decides", page: pageVariables,
			identity: `{"Effect":"Allow","Action":"s3:*","NotResource":["arn:aws:s3:::${aws:PrincipalTag/team}/*","arn:aws:s3:::tides/*"]}`, want: ImplicitDeny},
		equal("StringEquals", "StringEquals", "${aws:PrincipalTag/Team}/", with(tag("berths"), "berths/"), Allowed),
		equal("StringEquals compares a value's star as a star", "StringEquals", "${aws:PrincipalTag/Team}", with(tag("b*"), "berths"), ImplicitDeny),
		equal("StringLike with a variable and a wildcard", "StringLike", "${aws:PrincipalTag/Team}/*", with(tag("b*"), "b*/x"), Allowed),
		equal("StringLike takes no wildcard from a value", "StringLike", "${aws:PrincipalTag/Team}/*", with(tag("b*"), "berths/x"), ImplicitDeny),
		equal("StringEqualsIgnoreCase", "StringEqualsIgnoreCase", "${aws:PrincipalTag/Team}/", with(tag("BERTHS"), "berths/"), Allowed),
		equal("an unresolved variable under a positive operator", "StringEquals", "${aws:PrincipalTag/Team}", with(nil, "x"), ImplicitDeny),
		equal("an unresolved variable under a negated operator is undetermined", "StringNotEquals", "${aws:PrincipalTag/Team}", with(nil, "x"), Undetermined),
		equal("unless another value decides it", "StringNotEquals", `["${aws:PrincipalTag/Team}","x"]`, with(nil, "x"), ImplicitDeny),
		equal("an absent key is absent whatever the variable", "StringNotEquals", "${aws:PrincipalTag/Team}", nil, Allowed),
		equal("a variable in a numeric condition is not supported", "NumericEquals", "${aws:PrincipalTag/Team}", with(tag("1"), "1"), Undetermined),
		equal("a variable in a boolean condition is documented both ways", "Bool", "${aws:PrincipalTag/Team}", with(tag("true"), "true"), Undetermined),
		{name: "an ARN condition with a variable", page: pageVariables, ctx: map[string][]string{"aws:SourceArn": {queue}, "aws:PrincipalTag/Team": {"arrivals"}},
			identity: st("Allow", "s3:*", "*", when("ArnLike", "aws:SourceArn", "arn:aws:sqs:*:111122223333:${aws:PrincipalTag/team}")), want: Allowed},
		{name: "an ARN condition whose value is a variable", page: pageVariables, ctx: map[string][]string{"aws:SourceArn": {queue}, "aws:PrincipalTag/Team": {queue}},
			identity: st("Allow", "s3:*", "*", when("ArnEquals", "aws:SourceArn", "${aws:PrincipalTag/team}")), want: Allowed},
	})
}

func TestSubstitutionDoesNotChangeThePolicy(t *testing.T) {
	r := rule{who: userARN, on: "arn:aws:s3:::lockers/mara/key", identity: st("Allow", "s3:*", "arn:aws:s3:::lockers/${aws:username}/*")}
	c := r.build(t)
	before := string(c.Identity[0].Statements()[0].JSON())
	c.Decide()
	other := c
	other.Principal = principal(t, "arn:aws:iam::111122223333:user/tom")
	if got := other.Decide().Decision; got != ImplicitDeny {
		t.Errorf("another user: %s", got)
	}
	if got := c.Decide().Decision; got != Allowed {
		t.Errorf("the first user again: %s", got)
	}
	if after := string(c.Identity[0].Statements()[0].JSON()); after != before {
		t.Errorf("statement changed from %s to %s", before, after)
	}
}

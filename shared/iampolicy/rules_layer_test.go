package iampolicy

import "testing"

func TestExplicitDenyWins(t *testing.T) {
	deny := st("Deny", "s3:*", "*")
	denyAll := st("Deny", "s3:*", "*", `"Principal":"*"`)
	base := rule{page: pageAllow, identity: everything, resource: everybodyAll}
	in := func(name string, by Kind, change func(*rule)) rule {
		r := base
		r.name, r.by, r.want = name, by, ExplicitDeny
		change(&r)
		return r
	}
	check(t, []rule{
		in("in an identity policy", Identity, func(r *rule) { r.identity += "," + deny }),
		in("in the resource policy", Resource, func(r *rule) { r.resource += "," + denyAll }),
		in("in the boundary", Boundary, func(r *rule) { r.boundary = everything + "," + deny }),
		in("in the session policy", Session, func(r *rule) { r.session = everything + "," + deny }),
		in("in a control policy", SCP, func(r *rule) { r.scps = [][]string{{everything}, {everything, deny}} }),
		in("in a resource control policy", RCP, func(r *rule) { r.rcps = [][]string{{everybodyAll}, {everybodyAll, denyAll}} }),
		in("in the endpoint policy", Endpoint, func(r *rule) { r.endpoint = everybodyAll + "," + denyAll }),
		in("over a grant to the very session", Boundary, func(r *rule) {
			r.boundary = everything + "," + deny
			r.resource = st("Allow", "*", "*", aws(session))
		}),
		{name: "a Deny that does not match does nothing", page: pageAllow, identity: everything + "," + st("Deny", "sqs:*", "*"), want: Allowed},
		{name: "nothing given is an implicit deny", page: pageAllow, want: ImplicitDeny, by: Identity},
	})
}

func TestSameAccount(t *testing.T) {
	grant := func(element string, more ...string) string {
		return st("Allow", "s3:GetObject", "arn:aws:s3:::tides/*", append([]string{element}, more...)...)
	}
	byARN := when("ArnEquals", "aws:PrincipalArn", roleARN)
	knowsRole := map[string][]string{"aws:PrincipalArn": {roleARN}}
	fed := "arn:aws:sts::111122223333:federated-user/mara"
	check(t, []rule{
		{name: "the identity policy is enough", page: pageBasics, identity: everything, want: Allowed, by: Identity},
		{name: "with a resource policy that says nothing", page: pageBasics, identity: everything, resource: grant(aws(target)), want: Allowed, by: Identity},
		{name: "the resource policy is enough", page: pageBasics, resource: grant(aws(roleARN)), want: Allowed, by: Resource},
		{name: "the account as principal only delegates", page: pageBasics, resource: grant(aws(rootARN)), want: ImplicitDeny, by: Identity},
		{name: "with an identity allow", page: pageBasics, resource: grant(aws(rootARN)), identity: everything, want: Allowed},
		{name: "an account with a matching role condition only delegates", page: pageBasics, resource: grant(aws(harbour), byARN), ctx: knowsRole, want: ImplicitDeny},
		{name: "star is enough", page: pageBasics, resource: grant(`"Principal":"*"`), want: Allowed, by: Resource},
		{name: "a user's ARN is enough", page: pageBasics, who: userARN, resource: grant(aws(userARN)), want: Allowed, by: Resource},
		{name: "boundary and identity must both allow", page: pageBoundary, identity: everything, boundary: onlyQueues, want: ImplicitDeny, by: Boundary},
		{name: "boundary and identity both allow", page: pageBoundary, identity: everything, boundary: everything, want: Allowed},
		{name: "a boundary grants nothing", page: pageBoundary, boundary: everything, want: ImplicitDeny, by: Identity},
		{name: "session and identity must both allow", page: pageLogic, identity: everything, session: onlyQueues, want: ImplicitDeny, by: Session},
		{name: "a session policy grants nothing", page: pageLogic, session: everything, want: ImplicitDeny, by: Identity},
		{name: "the role's ARN: the boundary limits", page: pageBasics, resource: grant(aws(roleARN)), boundary: onlyQueues, want: ImplicitDeny, by: Boundary},
		{name: "the role's ARN: a boundary that allows", page: pageBasics, resource: grant(aws(roleARN)), boundary: everything, want: Allowed, by: Resource},
		{name: "the role's ARN: the session policy limits", page: pageBasics, resource: grant(aws(roleARN)), session: onlyQueues, want: ImplicitDeny, by: Session},
		{name: "the role's ARN while the role is asked about", page: pageBasics, who: roleARN, resource: grant(aws(roleARN)), boundary: onlyQueues, want: ImplicitDeny, by: Boundary},
		{name: "the session's ARN: the boundary does not limit", page: pageBasics, resource: grant(aws(session)), boundary: onlyQueues, want: Allowed, by: Resource},
		{name: "the session's ARN: the session policy does not limit", page: pageBasics, resource: grant(aws(session)), session: onlyQueues, want: Allowed, by: Resource},
		{name: "star with the role's ARN as condition: the boundary does not limit", page: pagePrincipal, resource: grant(`"Principal":"*"`, byARN), ctx: knowsRole, boundary: onlyQueues, session: onlyQueues, want: Allowed, by: Resource},
		{name: "star with another role's ARN as condition", page: pagePrincipal, resource: grant(`"Principal":"*"`, when("ArnEquals", "aws:PrincipalArn", target)), boundary: onlyQueues, want: ImplicitDeny},
		{name: "a user's ARN: the boundary does not limit", page: pageBasics, who: userARN, resource: grant(aws(userARN)), boundary: onlyQueues, want: Allowed, by: Resource},
		{name: "a federated user's ARN: the session policy does not limit", page: pageBasics, who: fed, resource: grant(aws(fed)), session: onlyQueues, want: Allowed, by: Resource},
		{name: "an account as principal: the boundary limits the identity", page: pageBasics, resource: grant(aws(rootARN)), identity: everything, boundary: onlyQueues, want: ImplicitDeny, by: Boundary},
		{name: "root has full access", page: pageAllow, who: rootARN, want: Allowed},
		{name: "root is bound by control policies", page: pageSCP, who: rootARN, scps: [][]string{{onlyQueues}}, want: ImplicitDeny, by: SCP},
		{name: "root is denied by a resource policy", page: pageAllow, who: rootARN, resource: st("Deny", "*", "*", `"Principal":"*"`), want: ExplicitDeny, by: Resource},
		{name: "a service is allowed by the resource policy", page: pageAllow, who: "sns.amazonaws.com", resource: grant(service("sns.amazonaws.com")), want: Allowed, by: Resource},
		{name: "a service without a resource policy", page: pageAllow, who: "sns.amazonaws.com", want: ImplicitDeny, by: Resource},
		{name: "a service has no identity policies", page: pageAllow, who: "sns.amazonaws.com", identity: everything, want: ImplicitDeny, by: Resource},
		{name: "nor are they a limit", page: pageAllow, who: "sns.amazonaws.com", identity: st("Deny", "*", "*"), boundary: onlyQueues, session: onlyQueues, resource: grant(service("sns.amazonaws.com")), want: Allowed},
		{name: "the confused deputy's conditions", page: pageKeys, who: "sns.amazonaws.com", ctx: map[string][]string{"aws:SourceArn": {"arn:aws:sns:eu-central-1:444455556666:t"}},
			resource: grant(service("sns.amazonaws.com"), when("ArnLike", "AWS:SourceArn", "arn:aws:sns:*:111122223333:*")), want: ImplicitDeny, by: Resource},
	})
}

func TestOtherAccount(t *testing.T) {
	grant := func(element string) string { return st("Allow", "s3:GetObject", "arn:aws:s3:::tides/*", element) }
	check(t, []rule{
		{name: "both sides allow", page: pageCross, account: customs, identity: everything, resource: grant(aws(roleARN)), want: Allowed},
		{name: "the account as principal is the resource's side", page: pageCross, account: customs, identity: everything, resource: grant(aws(harbour)), want: Allowed},
		{name: "only the identity allows", page: pageCross, account: customs, identity: everything, resource: grant(aws(customs)), want: ImplicitDeny, by: Resource},
		{name: "the resource has no policy", page: pageCross, account: customs, identity: everything, want: ImplicitDeny, by: Resource},
		{name: "only the resource allows", page: pageCross, account: customs, resource: grant(aws(roleARN)), want: ImplicitDeny, by: Identity},
		{name: "only the resource allows the very session", page: pageCross, account: customs, resource: grant(aws(session)), want: ImplicitDeny, by: Identity},
		{name: "the boundary limits", page: pageCross, account: customs, identity: everything, boundary: onlyQueues, resource: grant(aws(session)), want: ImplicitDeny, by: Boundary},
		{name: "the session policy limits", page: pageCross, account: customs, identity: everything, session: onlyQueues, resource: grant(aws(session)), want: ImplicitDeny, by: Session},
		{name: "the caller's control policies limit", page: pageCross, account: customs, identity: everything, scps: [][]string{{onlyQueues}}, resource: grant(aws(session)), want: ImplicitDeny, by: SCP},
		{name: "the resource's control policies limit", page: pageRCP, account: customs, identity: everything, rcps: [][]string{{everybodyAll, st("Deny", "s3:*", "*", `"Principal":"*"`)}}, resource: grant(aws(session)), want: ExplicitDeny, by: RCP},
		{name: "the resource's ARN tells its account", page: pageCross, do: "sqs:SendMessage", on: "arn:aws:sqs:eu-central-1:444455556666:manifests", identity: everything, want: ImplicitDeny, by: Resource},
		{name: "an ARN without account is of the caller's", page: pageCross, identity: everything, want: Allowed},
		{name: "the case's account wins over the ARN's", page: pageCross, do: "sqs:SendMessage", on: queue, account: customs, identity: everything, want: ImplicitDeny},
		{name: "an anonymous caller", page: pageCross, who: "*", account: customs, resource: grant(`"Principal":"*"`), want: Allowed, by: Resource},
		{name: "an anonymous caller without a policy", page: pageCross, who: "*", account: customs, want: ImplicitDeny, by: Resource},
		{name: "root of another account", page: pageCross, who: rootARN, account: customs, resource: grant(aws(harbour)), want: Allowed},
	})
}

func TestControlPolicies(t *testing.T) {
	slr := "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
	slrSession := "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForECS/x"
	denyAll := st("Deny", "*", "*", `"Principal":"*"`)
	region := `{"Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-central-1"]}}}`
	check(t, []rule{
		{name: "every level allows", page: pageSCPLogic, identity: everything, scps: [][]string{{everything}, {onlyQueues, everything}, {everything}}, want: Allowed},
		{name: "one level does not", page: pageSCPLogic, identity: everything, scps: [][]string{{everything}, {onlyQueues}, {everything}}, want: ImplicitDeny, by: SCP},
		{name: "a level of denies alone allows nothing", page: pageSCPLogic, identity: everything, scps: [][]string{{everything}, {st("Deny", "sqs:*", "*")}}, want: ImplicitDeny, by: SCP},
		{name: "a level without policies allows nothing", page: pageSCPLogic, identity: everything, scps: [][]string{{everything}, {}}, want: ImplicitDeny, by: SCP},
		{name: "control policies grant nothing", page: pageSCP, scps: [][]string{{everything}}, want: ImplicitDeny, by: Identity},
		{name: "they limit what a resource policy grants to a session", page: pageSCP, scps: [][]string{{onlyQueues}}, resource: st("Allow", "*", "*", aws(session)), want: ImplicitDeny, by: SCP},
		{name: "a region that is allowed", page: pageSCP, identity: everything, scps: [][]string{{everything, region}}, ctx: map[string][]string{"aws:RequestedRegion": {"eu-central-1"}}, want: Allowed},
		{name: "a region that is not", page: pageSCP, identity: everything, scps: [][]string{{everything, region}}, ctx: map[string][]string{"aws:RequestedRegion": {"us-east-1"}}, want: ExplicitDeny, by: SCP},
		{name: "a region that is not known", page: pageSCP, identity: everything, scps: [][]string{{everything, region}}, unknown: []string{"aws:RequestedRegion"}, want: Undetermined},
		{name: "they do not bind a service-linked role", page: pageSCP, who: slr, identity: everything, scps: [][]string{{st("Deny", "*", "*")}}, rcps: [][]string{{denyAll}}, want: Allowed},
		{name: "nor its sessions, where the case has the role's ARN", page: pageSCP, who: slrSession, ctx: map[string][]string{"aws:PrincipalArn": {slr}}, identity: everything, scps: [][]string{{st("Deny", "*", "*")}}, rcps: [][]string{{denyAll}}, want: Allowed},
		{name: "a session's ARN does not tell a service-linked role", page: pageSCP, who: slrSession, identity: everything, scps: [][]string{{st("Deny", "*", "*")}}, want: Undetermined},
		{name: "which does not matter where they allow", page: pageSCP, who: slrSession, identity: everything, scps: [][]string{{everything}}, want: Allowed},
		{name: "a role of such a name and another path is none", page: pageSCP, who: slrSession, ctx: map[string][]string{"aws:PrincipalArn": {"arn:aws:iam::111122223333:role/AWSServiceRoleForECS"}}, identity: everything, scps: [][]string{{st("Deny", "*", "*")}}, want: ExplicitDeny},
		{name: "they do not bind a service", page: pageSCP, who: "sns.amazonaws.com", scps: [][]string{{st("Deny", "*", "*")}}, resource: everybodyAll, want: Allowed},
		{name: "resource control policies do", page: pageRCP, who: "sns.amazonaws.com", rcps: [][]string{{everybodyAll, denyAll}}, resource: everybodyAll, want: ExplicitDeny, by: RCP},
		{name: "and an anonymous caller", page: pageRCP, who: "*", rcps: [][]string{{everybodyAll, denyAll}}, resource: everybodyAll, want: ExplicitDeny, by: RCP},
		{name: "RCPFullAWSAccess cannot be detached", page: pageRCP, identity: everything, rcps: [][]string{{st("Deny", "sqs:*", "*", `"Principal":"*"`)}, {}}, want: Allowed},
		{name: "a level that allows other things", page: pageRCP, identity: everything, rcps: [][]string{{st("Allow", "sqs:*", "*", `"Principal":"*"`)}}, want: ImplicitDeny, by: RCP},
	})
}

func TestEndpointPolicies(t *testing.T) {
	check(t, []rule{
		{name: "it allows", page: pageEndpoint, identity: everything, endpoint: everybodyAll, want: Allowed},
		{name: "it says nothing", page: pageEndpoint, identity: everything, endpoint: st("Allow", "sqs:*", "*", `"Principal":"*"`), want: ImplicitDeny, by: Endpoint},
		{name: "it grants nothing", page: pageEndpoint, endpoint: everybodyAll, want: ImplicitDeny, by: Identity},
		{name: "it names the role", page: pageEndpoint, identity: everything, endpoint: st("Allow", "*", "*", aws(roleARN)), want: Allowed},
		{name: "it names nobody", page: pageEndpoint, identity: everything, endpoint: everything, want: ImplicitDeny, by: Endpoint},
		{name: "an account is its root user alone in a gateway endpoint, which S3 may have", page: pageEndpoint, identity: everything, endpoint: st("Allow", "*", "*", aws(harbour)), want: Undetermined},
		{name: "that is root", page: pageEndpoint, who: rootARN, endpoint: st("Allow", "*", "*", aws(harbour)), want: Allowed},
		{name: "other services have no gateway endpoint", page: pageEndpoint, do: "sqs:SendMessage", on: queue, identity: everything, endpoint: st("Allow", "*", "*", aws(harbour)), want: Allowed},
	})
}

func TestKMSKeys(t *testing.T) {
	use := func(element string, more ...string) string {
		return st("Allow", "kms:Decrypt", "*", append([]string{element}, more...)...)
	}
	grant := func(grantee string, operations ...string) []KMSGrant {
		return []KMSGrant{{ID: "g1", Grantee: grantee, Operations: operations}}
	}
	constrained := func(equals bool, constraint map[string]string) []KMSGrant {
		g := grant(roleARN, "Decrypt", "DescribeKey", "CreateGrant")
		if equals {
			g[0].ContextEquals = constraint
		} else {
			g[0].ContextSubset = constraint
		}
		return g
	}
	berth := map[string]string{"Berth": "7"}
	ctx := map[string][]string{"kms:EncryptionContext:Berth": {"7"}}
	more := map[string][]string{"kms:EncryptionContext:Berth": {"7"}, "kms:EncryptionContext:Quay": {"b"}}
	other := map[string][]string{"kms:EncryptionContext:Berth": {"8"}}
	nobody := use(service("sns.amazonaws.com"))
	rules := []rule{
		{name: "the identity alone is never enough", page: pageKeyPolicy, identity: everything, want: ImplicitDeny, by: Resource},
		{name: "nor with a key policy for others", page: pageKeyPolicy, identity: everything, resource: nobody, want: ImplicitDeny, by: Resource},
		{name: "the key policy delegates to the account", page: pageKeyPolicy, identity: everything, resource: use(aws(rootARN)), want: Allowed, by: Resource},
		{name: "the key policy delegates to the account's id", page: pageKeyPolicy, identity: everything, resource: use(aws(harbour)), want: Allowed, by: Resource},
		{name: "delegation alone is not enough", page: pageKeyPolicy, resource: use(aws(rootARN)), want: ImplicitDeny, by: Identity},
		{name: "delegation under the boundary", page: pageKeyPolicy, identity: everything, boundary: onlyQueues, resource: use(aws(rootARN)), want: ImplicitDeny, by: Boundary},
		{name: "the key policy names the role", page: pageKeyPolicy, resource: use(aws(roleARN)), want: Allowed, by: Resource},
		{name: "the key policy names the role, the boundary limits", page: pageKeyPolicy, boundary: onlyQueues, resource: use(aws(roleARN)), want: ImplicitDeny, by: Boundary},
		{name: "the key policy names the session", page: pageKeyPolicy, boundary: onlyQueues, resource: use(aws(session)), want: Allowed, by: Resource},
		{name: "an AWS managed key's policy", page: pageKeyPolicy, resource: use(aws("*"), `"Condition":{"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"s3.eu-central-1.amazonaws.com"}}`),
			ctx: map[string][]string{"kms:CallerAccount": {harbour}, "kms:ViaService": {"s3.eu-central-1.amazonaws.com"}}, want: Allowed, by: Resource},
		{name: "even root needs the key policy", page: pageKeyPolicy, who: rootARN, resource: nobody, want: ImplicitDeny, by: Resource},
		{name: "another account by its root and an identity allow", page: pageKeyPolicy, account: customs, identity: everything, resource: use(aws(harbour)), want: Allowed},
		{name: "another account without an identity allow", page: pageKeyPolicy, account: customs, resource: use(aws(roleARN)), want: ImplicitDeny, by: Identity},
		{name: "a grant", page: pageGrants, resource: nobody, grants: grant(roleARN, "Encrypt", "Decrypt"), want: Allowed, by: Grant},
		{name: "a grant to the session", page: pageGrants, resource: nobody, grants: grant(session, "Decrypt"), want: Allowed, by: Grant},
		{name: "a grant of another operation", page: pageGrants, resource: nobody, grants: grant(roleARN, "Encrypt"), want: ImplicitDeny, by: Resource},
		{name: "a grant to another role", page: pageGrants, resource: nobody, grants: grant(target, "Decrypt"), want: ImplicitDeny, by: Resource},
		{name: "a grant to a deleted role's id", page: pageGrants, resource: nobody, grants: grant("AROAEXAMPLEID1234567", "Decrypt"), want: ImplicitDeny, by: Resource},
		{name: "a grant to a service", page: pageGrants, who: "dynamodb.eu-central-1.amazonaws.com", resource: nobody, grants: grant("dynamodb.eu-central-1.amazonaws.com", "Decrypt"), want: Allowed},
		{name: "a grant does not override a deny", page: pageGrants, resource: st("Deny", "kms:*", "*", `"Principal":"*"`), grants: grant(roleARN, "Decrypt"), want: ExplicitDeny, by: Resource},
		{name: "a grant under a control policy", page: pageGrants, resource: nobody, scps: [][]string{{onlyQueues}}, grants: grant(roleARN, "Decrypt"), want: ImplicitDeny, by: SCP},
		{name: "what a boundary does to a grant is not documented", page: pageGrants, resource: nobody, boundary: onlyQueues, grants: grant(roleARN, "Decrypt"), want: Undetermined},
		{name: "a grant's subset is met", page: pageGrants, resource: nobody, grants: constrained(false, berth), ctx: more, want: Allowed},
		{name: "a grant's subset is not met", page: pageGrants, resource: nobody, grants: constrained(false, berth), ctx: other, want: ImplicitDeny},
		{name: "a grant's subset is absent", page: pageGrants, resource: nobody, grants: constrained(false, berth), want: ImplicitDeny},
		{name: "a grant's subset is not known", page: pageGrants, resource: nobody, grants: constrained(false, berth), unknown: []string{"kms:*"}, want: Undetermined},
		{name: "a grant's equality is met", page: pageGrants, resource: nobody, grants: constrained(true, berth), ctx: ctx, want: Allowed},
		{name: "a grant's equality is not met by more", page: pageGrants, resource: nobody, grants: constrained(true, berth), ctx: more, want: ImplicitDeny},
		{name: "a constraint does not touch DescribeKey", page: pageGrants, do: "kms:DescribeKey", resource: nobody, grants: constrained(true, berth), want: Allowed},
		{name: "whether a new grant is as strict is not known", page: pageGrants, do: "kms:CreateGrant", resource: nobody, grants: constrained(true, berth), want: Undetermined},
		{name: "an action without a key needs no key policy", page: pageKeyPolicy, do: "kms:ListKeys", on: "*", identity: everything, want: Allowed},
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

func TestTrustPolicies(t *testing.T) {
	trust := func(element string, more ...string) string {
		return st("Allow", "sts:AssumeRole", "", append([]string{element}, more...)...)
	}
	id := when("StringEquals", "sts:ExternalId", "quay-7")
	rules := []rule{
		{name: "Lambda assumes a role", page: pageTrust, who: "lambda.amazonaws.com", resource: trust(service("lambda.amazonaws.com")), want: Allowed, by: Resource},
		{name: "edgelambda is not lambda", page: pageTrust, who: "lambda.amazonaws.com", resource: trust(service("edgelambda.amazonaws.com")), want: ImplicitDeny, by: Resource},
		{name: "the identity alone is never enough", page: pageTrust, identity: everything, want: ImplicitDeny, by: Resource},
		{name: "the trust policy names the role", page: pageTrust, resource: trust(aws(roleARN)), want: Allowed, by: Resource},
		{name: "the trust policy names the account", page: pageTrust, resource: trust(aws(rootARN)), want: ImplicitDeny, by: Identity},
		{name: "the trust policy names the account and the identity allows", page: pageTrust, resource: trust(aws(rootARN)), identity: everything, want: Allowed},
		{name: "the trust policy names a deleted role's id", page: pageTrust, identity: everything, resource: trust(aws("AROAEXAMPLEID1234567")), want: ImplicitDeny, by: Resource},
		{name: "another account needs both", page: pageTrust, on: "arn:aws:iam::444455556666:role/inspector", resource: trust(aws(roleARN)), want: ImplicitDeny, by: Identity},
		{name: "another account has both", page: pageTrust, on: "arn:aws:iam::444455556666:role/inspector", resource: trust(aws(roleARN)), identity: everything, want: Allowed},
		{name: "an external id that is given", page: pageAssume, resource: trust(aws(roleARN), id), ctx: map[string][]string{"sts:ExternalId": {"quay-7"}}, want: Allowed},
		{name: "an external id that is not", page: pageAssume, resource: trust(aws(roleARN), id), want: ImplicitDeny},
		{name: "another action in the trust policy", page: pageTrust, resource: st("Allow", "sts:AssumeRoleWithWebIdentity", "", aws(roleARN)), want: ImplicitDeny},
		{name: "other actions on a role do not ask its trust policy", page: pageTrust, do: "iam:GetRole", identity: everything, want: Allowed},
		{name: "a resource control policy limits", page: pageRCP, resource: trust(aws(roleARN)), rcps: [][]string{{everybodyAll, st("Deny", "sts:AssumeRole", "*", `"Principal":"*"`)}}, want: ExplicitDeny, by: RCP},
	}
	for i := range rules {
		if rules[i].do == "" {
			rules[i].do = "sts:AssumeRole"
		}
		if rules[i].on == "" {
			rules[i].on = target
		}
	}
	check(t, rules)
}

func TestFunctionPolicies(t *testing.T) {
	invoke := func(resource string, more ...string) string {
		return st("Allow", "lambda:InvokeFunction", resource, append([]string{service("events.amazonaws.com")}, more...)...)
	}
	const ruleARN = "arn:aws:events:eu-central-1:111122223333:rule/high-tide"
	source := map[string][]string{"aws:SourceArn": {ruleARN}}
	call := func(name, on, resource string, want Decision) rule {
		return rule{name: name, page: pageLambda, who: "events.amazonaws.com", do: "lambda:InvokeFunction", on: on, resource: resource, ctx: source, want: want}
	}
	rules := []rule{
		call("unqualified", function, invoke(function), Allowed),
		call("unqualified does not cover an alias", function+":PROD", invoke(function), ImplicitDeny),
		call("an alias by its ARN", function+":PROD", invoke(function+":PROD"), Allowed),
		call("an alias does not cover another", function+":TEST", invoke(function+":PROD"), ImplicitDeny),
		call("AddPermission's conditions", function, invoke(function, when("ArnLike", "AWS:SourceArn", ruleARN)), Allowed),
		call("another rule's", function, invoke(function, when("ArnLike", "AWS:SourceArn", ruleARN+"-2")), ImplicitDeny),
		call("SourceAccount is not sent", function, invoke(function, when("StringEquals", "AWS:SourceAccount", harbour)), ImplicitDeny),
		call("a Deny stops the trigger", function, invoke(function)+","+st("Deny", "lambda:*", "*", `"Principal":"*"`), ExplicitDeny),
		call("a public policy bounded by the URL", function, st("Allow", "lambda:InvokeFunction", function, `"Principal":"*"`, when("Bool", "lambda:InvokedViaFunctionUrl", "true")), ImplicitDeny),
	}
	asked := call("an alias by the unqualified function's policy is not documented", function+":PROD", invoke(function+":*"), Undetermined)
	asked.attachedTo = function
	denied := call("a Deny there counts", function+":PROD", invoke(function+":*")+","+st("Deny", "lambda:*", function+":*", `"Principal":"*"`), ExplicitDeny)
	denied.attachedTo = function
	own := call("its own policy is its own", function+":PROD", invoke(function+":*"), Allowed)
	own.attachedTo = function + ":PROD"
	check(t, append(rules, asked, denied, own))
}

package iampolicy

import "testing"

func TestPrincipalElement(t *testing.T) {
	// Cross-account cases with an identity allow show what a principal element names.
	named := func(name, who, element string, want Decision) rule {
		return rule{name: name, page: pagePrincipal, who: who, account: customs, identity: everything,
			resource: st("Allow", "s3:GetObject", "arn:aws:s3:::tides/*", element), want: want}
	}
	const (
		star     = `"Principal":"*"`
		rolePath = "arn:aws:iam::111122223333:role/harbour/berth-planner"
		fed      = "arn:aws:sts::111122223333:federated-user/mara"
		canon    = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
	)
	check(t, []rule{
		named("star is everybody", session, star, Allowed),
		named("AWS star is everybody", session, aws("*"), Allowed),
		named("star is an anonymous caller", "*", star, Allowed),
		named("star is a service", "sns.amazonaws.com", star, Allowed),
		named("AWS star is a service", "sns.amazonaws.com", aws("*"), Allowed),
		named("an account id", session, aws(harbour), Allowed),
		named("an account's root ARN", session, aws(rootARN), Allowed),
		named("an account's root ARN is a user too", userARN, aws(rootARN), Allowed),
		named("an account's root ARN is its root user", rootARN, aws(rootARN), Allowed),
		named("another account", session, aws(customs), ImplicitDeny),
		named("an account of another partition", session, aws("arn:aws-cn:iam::111122223333:root"), ImplicitDeny),
		named("an account is no service", "sns.amazonaws.com", aws(harbour), ImplicitDeny),
		named("an account is no anonymous caller", "*", aws(harbour), ImplicitDeny),
		named("a role", roleARN, aws(roleARN), Allowed),
		named("a role covers its sessions", session, aws(roleARN), Allowed),
		named("a role with a path covers its sessions", session, aws(rolePath), Allowed),
		named("a role with a path is not the one without", roleARN, aws(rolePath), ImplicitDeny),
		named("another role", session, aws(target), ImplicitDeny),
		named("a role whose name ends alike", session, aws("arn:aws:iam::111122223333:role/my-berth-planner"), ImplicitDeny),
		named("a role of that name in another account", session, aws("arn:aws:iam::444455556666:role/berth-planner"), ImplicitDeny),
		named("the case of a role's name matters", session, aws("arn:aws:iam::111122223333:role/Berth-planner"), ImplicitDeny),
		named("a session", session, aws(session), Allowed),
		named("another session of the role", "arn:aws:sts::111122223333:assumed-role/berth-planner/other", aws(session), ImplicitDeny),
		named("a session is not the role", roleARN, aws(session), ImplicitDeny),
		named("a user", userARN, aws(userARN), Allowed),
		named("a user without its path", userARN, aws("arn:aws:iam::111122223333:user/mara"), ImplicitDeny),
		named("the case of a user's name matters", userARN, aws("arn:aws:iam::111122223333:user/staff/Mara"), ImplicitDeny),
		named("a federated user", fed, aws(fed), Allowed),
		named("a federated session may be of the user, whatever its name", fed, aws("arn:aws:iam::111122223333:user/tom"), Undetermined),
		named("but not of another account's user", fed, aws("arn:aws:iam::444455556666:user/mara"), ImplicitDeny),
		named("one of several", session, aws(`["444455556666","`+roleARN+`"]`), Allowed),
		named("a wildcard inside an ARN matches nobody", session, aws("arn:aws:iam::111122223333:role/*"), ImplicitDeny),
		named("a wildcard session matches nobody", session, aws("arn:aws:sts::111122223333:assumed-role/berth-planner/*"), ImplicitDeny),
		named("a wildcard account matches nobody", session, aws("arn:aws:iam::*:root"), ImplicitDeny),
		named("a unique id matches nobody", session, aws("AROAEXAMPLEID1234567"), ImplicitDeny),
		named("a service", "sns.amazonaws.com", service("sns.amazonaws.com"), Allowed),
		named("one of several services", "sns.amazonaws.com", service(`["events.amazonaws.com","sns.amazonaws.com"]`), Allowed),
		named("another service", "sns.amazonaws.com", service("events.amazonaws.com"), ImplicitDeny),
		named("a service with a prefix is another", "lambda.amazonaws.com", service("edgelambda.amazonaws.com"), ImplicitDeny),
		named("a regional service is another", "lambda.eu-central-1.amazonaws.com", service("lambda.amazonaws.com"), ImplicitDeny),
		named("a service is compared exactly", "lambda.amazonaws.com", service("lambda"), ImplicitDeny),
		named("a wildcard service is not documented", "lambda.amazonaws.com", service("*"), Undetermined),
		named("a wildcard service is no role", session, service("*"), ImplicitDeny),
		named("a service under AWS", session, `"Principal":{"Service":"sns.amazonaws.com","AWS":"`+roleARN+`"}`, Allowed),
		named("a canonical user", canon, `"Principal":{"CanonicalUser":"`+canon+`"}`, Allowed),
		named("another canonical user", "0"+canon[1:], `"Principal":{"CanonicalUser":"`+canon+`"}`, ImplicitDeny),
		named("a canonical user may be the caller's account", session, `"Principal":{"CanonicalUser":"`+canon+`"}`, Undetermined),
		named("a canonical user is no service", "sns.amazonaws.com", `"Principal":{"CanonicalUser":"`+canon+`"}`, ImplicitDeny),
		named("an empty list is nobody", session, aws("[]"), ImplicitDeny),
		named("an empty object is nobody", session, `"Principal":{}`, ImplicitDeny),
		named("no principal is nobody", session, `"Sid":"NoPrincipal"`, ImplicitDeny),
		named("no principal is not even everybody in a public policy", "*", `"Sid":"NoPrincipal"`, ImplicitDeny),
		named("an organization is a condition on everybody", session, star+`,`+when("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"), ImplicitDeny),
		{name: "an organization that is the caller's", page: pageKeys, account: customs, identity: everything, ctx: map[string][]string{"aws:PrincipalOrgID": {"o-a1b2c3d4e5"}},
			resource: st("Allow", "*", "*", star, when("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")), want: Allowed},
		{name: "an organization's unit", page: pageKeys, account: customs, identity: everything, ctx: map[string][]string{"aws:PrincipalOrgPaths": {"o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"}},
			resource: st("Allow", "*", "*", star, when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*")), want: Allowed},
		{name: "a Deny without Principal matches nobody", page: pagePrincipal, account: customs, identity: everything,
			resource: everybodyAll + "," + st("Deny", "*", "*"), want: Allowed},
		{name: "a provider's user assumes a role", page: pageWebIDTrust, who: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", do: "sts:AssumeRoleWithWebIdentity", on: target,
			resource: st("Allow", "sts:AssumeRoleWithWebIdentity", "", `"Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`,
				when("StringLike", "token.actions.githubusercontent.com:sub", "repo:harbour/*")), ctx: map[string][]string{"token.actions.githubusercontent.com:sub": {"repo:harbour/berths"}}, want: Allowed},
		{name: "of another provider", page: pageWebIDTrust, who: "accounts.google.com", do: "sts:AssumeRoleWithWebIdentity", on: target,
			resource: st("Allow", "sts:AssumeRoleWithWebIdentity", "", `"Principal":{"Federated":"www.amazon.com"}`), want: ImplicitDeny},
		{name: "a provider with a name like a service's", page: pageWebIDTrust, who: "cognito-identity.amazonaws.com", do: "sts:AssumeRoleWithWebIdentity", on: target,
			resource: st("Allow", "sts:AssumeRoleWithWebIdentity", "", `"Principal":{"Federated":"cognito-identity.amazonaws.com"}`), want: Allowed},
		{name: "which is not the service", page: pageWebIDTrust, who: "cognito-identity.amazonaws.com", do: "sts:AssumeRole", on: target,
			resource: st("Allow", "sts:AssumeRole", "", `"Principal":{"Federated":"cognito-identity.amazonaws.com"}`), want: ImplicitDeny},
	})
}

func TestNotPrincipal(t *testing.T) {
	except := func(name, who, values string, want Decision) rule {
		return rule{name: name, page: pageNotPrin, who: who, identity: everything,
			resource: everybodyAll + `,{"Effect":"Deny","NotPrincipal":` + values + `,"Action":"s3:*","Resource":"*"}`, want: want}
	}
	list := func(values ...string) string {
		s := `{"AWS":[`
		for i, v := range values {
			if i > 0 {
				s += ","
			}
			s += `"` + v + `"`
		}
		return s + `]}`
	}
	bounded := func(r rule) rule {
		r.name += ", with a boundary"
		r.boundary = everything
		return r
	}
	check(t, []rule{
		except("session, role and account are listed", session, list(session, roleARN, rootARN), Allowed),
		except("the account by its id", session, list(session, roleARN, harbour), Allowed),
		except("only the role is listed while a session calls", session, list(roleARN), Undetermined),
		except("role and account are listed while a session calls", session, list(roleARN, rootARN), Undetermined),
		except("only the session is listed", session, list(session), Undetermined),
		except("another session and role", session, list("arn:aws:sts::111122223333:assumed-role/crane-operator/x", target, rootARN), ExplicitDeny),
		except("only the account is listed", session, list(rootARN), ExplicitDeny),
		except("another account is listed", session, list(customs), ExplicitDeny),
		except("user and account are listed", userARN, list(userARN, rootARN), Allowed),
		except("only the user is listed", userARN, list(userARN), Undetermined),
		except("another user of a listed account", userARN, list("arn:aws:iam::111122223333:user/tom", rootARN), ExplicitDeny),
		except("the account's root user", rootARN, list(rootARN), Allowed),
		except("role and account are listed", roleARN, list(roleARN, rootARN), Allowed),
		except("everybody is listed", session, `"*"`, Allowed),
		except("a service that is listed", "sns.amazonaws.com", `{"Service":"sns.amazonaws.com"}`, Allowed),
		except("a service that is not listed", "events.amazonaws.com", `{"Service":"sns.amazonaws.com"}`, ExplicitDeny),
		except("an anonymous caller is not listed", "*", list(rootARN), ExplicitDeny),
		bounded(except("a principal is denied even if listed", session, list(session, roleARN, rootARN), ExplicitDeny)),
		bounded(except("a user is denied even if listed", userARN, list(userARN, rootARN), ExplicitDeny)),
		{name: "NotPrincipal with Allow inverts the match", page: pageNotPrin,
			resource: `{"Effect":"Allow","NotPrincipal":{"AWS":"444455556666"},"Action":"s3:*","Resource":"*"}`, want: Allowed, by: Resource},
		{name: "and leaves out whom it lists", page: pageNotPrin,
			resource: `{"Effect":"Allow","NotPrincipal":{"AWS":["` + session + `","` + roleARN + `","111122223333"]},"Action":"s3:*","Resource":"*"}`, want: ImplicitDeny},
	})
}

package iampolicy

import "testing"

// TestPublishedExamples rebuilds examples of AWS's pages with names of our own.
func TestPublishedExamples(t *testing.T) {
	const (
		lockers = "arn:aws:s3:::lockers/mara/notes"
		others  = "arn:aws:s3:::lockers/tom/notes"
		ledger  = "arn:aws:s3:::ledger/2026"
	)
	// A user may use an own locker; the bucket's policy opens another's to her; a Deny keeps her out of the ledger.
	own := st("Allow", "s3:ListAllMyBuckets", "*") + "," + st("Allow", `["s3:GetObject","s3:PutObject"]`, "arn:aws:s3:::lockers/mara/*") + "," + st("Deny", "s3:*", "arn:aws:s3:::ledger*")
	shared := st("Allow", "s3:GetObject", "arn:aws:s3:::lockers/tom/*", aws(userARN)) + "," + st("Deny", "s3:PutObject", "arn:aws:s3:::lockers/*", `"Principal":"*"`, when("StringNotEquals", "s3:x-amz-server-side-encryption", "aws:kms"))
	user := func(r rule) rule {
		r.who, r.page = userARN, pageLogic
		return r
	}
	// A boundary that lets a user do three services, without one of their buckets.
	boundary := st("Allow", `["s3:*","cloudwatch:*","ec2:*"]`, "*") + "," + st("Deny", "s3:*", "arn:aws:s3:::ledger*")
	// The caller of another account, with both sides.
	theirs := "arn:aws:iam::444455556666:user/nadia"
	bucket := st("Allow", `["s3:GetObject","s3:PutObject"]`, "arn:aws:s3:::lockers/*", aws(theirs))
	// Requests must carry only listed tag keys.
	tags := st("Allow", "ec2:CreateTags", "*", `"Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["berth","quay"]},"Null":{"aws:TagKeys":"false"}}`)
	tagKeys := func(keys ...string) map[string][]string { return map[string][]string{"aws:TagKeys": keys} }
	// Without multi-factor authentication everything but its setup is denied.
	mfa := everything + `,{"Effect":"Deny","NotAction":["iam:*MFADevice","sts:GetSessionToken"],"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`
	// Only instances of a size, where the request has one.
	sizes := st("Allow", "ec2:RunInstances", "*", when("StringLikeIfExists", "ec2:InstanceType", `["t3.*","c7g.*"]`))
	// A region lock that leaves out global services.
	lock := `{"Effect":"Deny","NotAction":["iam:*","organizations:*","route53:*","support:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-central-1"]},"ArnNotLike":{"aws:PrincipalARN":"arn:aws:iam::*:role/harbour-master"}}}`
	region := func(s string) map[string][]string {
		return map[string][]string{"aws:RequestedRegion": {s}, "aws:PrincipalArn": {roleARN}}
	}
	// A data perimeter: only callers of the organization, or AWS services.
	perimeter := everybodyAll + "," + st("Deny", "s3:*", "*", `"Principal":"*"`, `"Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}`)
	check(t, []rule{
		user(rule{name: "the own locker by the identity policy", on: lockers, identity: own, resource: shared, want: Allowed, by: Identity}),
		user(rule{name: "another's by the bucket policy", on: others, identity: own, resource: shared, want: Allowed, by: Resource}),
		user(rule{name: "another's, written", do: "s3:PutObject", on: others, identity: own, resource: shared, ctx: map[string][]string{"s3:x-amz-server-side-encryption": {"aws:kms"}}, want: ImplicitDeny}),
		user(rule{name: "written without encryption", do: "s3:PutObject", on: lockers, identity: own, resource: shared, want: ExplicitDeny, by: Resource}),
		user(rule{name: "the ledger", on: ledger, identity: own, resource: everybodyAll, want: ExplicitDeny, by: Identity}),

		user(rule{name: "within the boundary and the identity", do: "ec2:StartInstances", on: "arn:aws:ec2:eu-central-1:111122223333:instance/i-1", identity: everything, boundary: boundary, want: Allowed}),
		user(rule{name: "outside of the boundary", do: "iam:CreateUser", on: userARN, identity: st("Allow", "iam:CreateUser", "*"), boundary: boundary, want: ImplicitDeny, by: Boundary}),
		user(rule{name: "denied by the boundary", on: ledger, identity: everything, boundary: boundary, want: ExplicitDeny, by: Boundary}),
		user(rule{name: "within the boundary but not the identity", do: "ec2:StartInstances", on: "arn:aws:ec2:eu-central-1:111122223333:instance/i-1", boundary: boundary, want: ImplicitDeny, by: Identity}),
		user(rule{name: "boundary, control policy and identity", do: "ec2:StartInstances", on: "arn:aws:ec2:eu-central-1:111122223333:instance/i-1", identity: everything, boundary: boundary, scps: [][]string{{st("Allow", "s3:*", "*")}}, want: ImplicitDeny, by: SCP}),

		{name: "another account, both sides", page: pageCross, who: theirs, on: lockers, account: harbour, identity: st("Allow", "s3:*", "arn:aws:s3:::lockers/*"), resource: bucket, want: Allowed},
		{name: "another account, denied at home", page: pageCross, who: theirs, on: lockers, account: harbour, identity: everything + "," + st("Deny", "s3:*", "arn:aws:s3:::lockers/*"), resource: bucket, want: ExplicitDeny, by: Identity},
		{name: "another account, a bucket that does not name the caller", page: pageCross, who: "arn:aws:iam::444455556666:user/omar", on: lockers, account: harbour, identity: everything, resource: bucket, want: ImplicitDeny, by: Resource},
		{name: "another account, the session of a role", page: pageCross, who: "arn:aws:sts::444455556666:assumed-role/inspector/nadia", on: lockers, account: harbour, identity: everything, resource: st("Allow", "s3:GetObject", "*", aws("arn:aws:iam::444455556666:role/inspector")), want: Allowed},

		{name: "listed tag keys", page: pageMultiple, do: "ec2:CreateTags", on: "arn:aws:ec2:eu-central-1:111122223333:instance/i-1", identity: tags, ctx: tagKeys("quay"), want: Allowed},
		{name: "one that is not listed", page: pageMultiple, do: "ec2:CreateTags", on: "arn:aws:ec2:eu-central-1:111122223333:instance/i-1", identity: tags, ctx: tagKeys("quay", "crane"), want: ImplicitDeny},
		{name: "no tag keys", page: pageMultiple, do: "ec2:CreateTags", on: "arn:aws:ec2:eu-central-1:111122223333:instance/i-1", identity: tags, want: ImplicitDeny},

		{name: "long-term keys have no MFA key, and are denied", page: pageOperators, who: userARN, identity: mfa, want: ExplicitDeny},
		{name: "with MFA", page: pageOperators, who: userARN, identity: mfa, ctx: map[string][]string{"aws:MultiFactorAuthPresent": {"true"}}, want: Allowed},
		{name: "the setup of MFA", page: pageOperators, who: userARN, do: "iam:EnableMFADevice", on: userARN, identity: mfa, want: Allowed},

		{name: "a size that is listed", page: pageOperators, do: "ec2:RunInstances", on: "arn:aws:ec2:eu-central-1:111122223333:instance/*", identity: sizes, ctx: map[string][]string{"ec2:InstanceType": {"t3.micro"}}, want: Allowed},
		{name: "a size that is not", page: pageOperators, do: "ec2:RunInstances", on: "arn:aws:ec2:eu-central-1:111122223333:instance/*", identity: sizes, ctx: map[string][]string{"ec2:InstanceType": {"m7i.large"}}, want: ImplicitDeny},
		{name: "a resource without a size", page: pageOperators, do: "ec2:RunInstances", on: "arn:aws:ec2:eu-central-1::image/ami-1", account: harbour, identity: sizes, want: Allowed},

		{name: "the region lock, inside", page: pageSCP, identity: everything, scps: [][]string{{everything}, {everything, lock}}, ctx: region("eu-central-1"), want: Allowed},
		{name: "the region lock, outside", page: pageSCP, identity: everything, scps: [][]string{{everything}, {everything, lock}}, ctx: region("us-west-2"), want: ExplicitDeny, by: SCP},
		{name: "the region lock, a global service", page: pageSCP, do: "iam:GetRole", on: target, identity: everything, scps: [][]string{{everything}, {everything, lock}}, ctx: region("us-east-1"), want: Allowed},
		{name: "the region lock, the role that is left out", page: pageSCP, who: "arn:aws:sts::111122223333:assumed-role/harbour-master/x", identity: everything, scps: [][]string{{everything, lock}},
			ctx: map[string][]string{"aws:RequestedRegion": {"us-west-2"}, "aws:PrincipalArn": {"arn:aws:iam::111122223333:role/harbour-master"}}, want: Allowed},

		{name: "the perimeter, a caller of the organization", page: pageRCP, identity: everything, rcps: [][]string{{perimeter}}, ctx: map[string][]string{"aws:PrincipalOrgID": {"o-a1b2c3d4e5"}}, want: Allowed},
		{name: "the perimeter, a caller of another", page: pageRCP, identity: everything, rcps: [][]string{{perimeter}}, ctx: map[string][]string{"aws:PrincipalOrgID": {"o-f6g7h8i9j0"}}, want: ExplicitDeny, by: RCP},
		{name: "the perimeter, an AWS service", page: pageRCP, who: "logs.amazonaws.com", resource: everybodyAll, rcps: [][]string{{perimeter}}, want: Allowed},
	})
}

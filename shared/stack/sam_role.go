package stack

import (
	"slices"
)

// samRole is the role that SAM makes for a function or a state machine. Events add to it; where the function has another
// role, it is not kept.
type samRole struct {
	id        string
	at        *node
	props     *node
	managed   []*node
	inline    []*node
	kept      bool
	condition string // under which it is made; the function's where empty
}

// trustOf lets a service assume a role.
func trustOf(at *node, service string) *node {
	return at.ofMap("Version", "2012-10-17", "Statement", at.ofList(at.ofMap("Action", at.ofTexts("sts:AssumeRole"), "Effect", "Allow",
		"Principal", at.ofMap("Service", at.ofTexts(service)))))
}

// managedPolicy is the ARN of a policy of AWS.
func managedPolicy(at *node, name string) *node {
	return at.ofSub("arn:${AWS::Partition}:iam::aws:policy/" + name)
}

// manage attaches a managed policy once.
func (r *samRole) manage(policy *node) {
	if !slices.ContainsFunc(r.managed, func(old *node) bool { return same(old, policy) }) {
		r.managed = append(r.managed, policy)
	}
}

// add adds an inline policy, but none whose statements are there already.
func (r *samRole) add(at *node, name string, statements ...*node) {
	document := at.ofMap("Version", "2012-10-17", "Statement", at.ofList(statements...))
	if !slices.ContainsFunc(r.inline, func(old *node) bool { return same(old.get("PolicyDocument"), document) }) {
		r.inline = append(r.inline, at.ofMap("PolicyName", name, "PolicyDocument", document))
	}
}

// allow is a statement.
func allow(at *node, resource *node, actions ...string) *node {
	return at.ofMap("Effect", "Allow", "Action", at.ofTexts(actions...), "Resource", resource)
}

// grant adds what sending to a destination needs.
func (r *samRole) grant(id, kind string, at, arn *node) {
	switch kind {
	case "SQS":
		r.add(at, id+"SQSPolicy", allow(at, arn, "sqs:SendMessage"))
	case "SNS":
		r.add(at, id+"SNSPolicy", allow(at, arn, "sns:publish"))
	case "EventBridge":
		r.add(at, id+"EventBridgePolicy", allow(at, arn, "events:PutEvents"))
	case "Lambda":
		r.add(at, id+"LambdaPolicy", allow(at, arn, "lambda:InvokeFunction"))
	case "S3", "S3Bucket":
		objects := at.ofMap("Fn::Join", at.ofList(at.ofText("/"), at.ofList(arn, at.ofText("*"))))
		r.add(at, id+"S3Policy", allow(at, objects, "s3:PutObject"), allow(at, arn, "s3:ListBucket"))
	}
}

// functionRole begins the role of a function.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
func (s *sam) functionRole(r *samResource, traced bool, dead *node) *samRole {
	p, at := r.props, r.node
	role := &samRole{id: r.id + "Role", at: at, props: at.like(mapNode)}
	trust := trustOf(at, "lambda.amazonaws.com")
	if written := given(p.get("AssumeRolePolicyDocument")); written != nil {
		trust = written
	}
	role.props.set("AssumeRolePolicyDocument", trust)
	if holds(p.get("DurableConfig")) {
		role.manage(managedPolicy(p.get("DurableConfig"), "service-role/AWSLambdaBasicDurableExecutionRolePolicy"))
	} else {
		role.manage(managedPolicy(at, "service-role/AWSLambdaBasicExecutionRole"))
	}
	if traced {
		role.manage(managedPolicy(p.get("Tracing"), xrayPolicy(s.e.opts.Partition)))
	}
	if v := p.get("VpcConfig"); holds(v) {
		// SAM does not resolve the intrinsic: the role is made for a function in a VPC.
		role.manage(managedPolicy(v, "service-role/AWSLambdaVPCAccessExecutionRole"))
	}
	if dead != nil {
		action := map[string]string{"SQS": "sqs:SendMessage", "SNS": "sns:Publish"}[s.asTextOr(dead.get("Type"))]
		if action == "" || !holds(dead.get("TargetArn")) {
			s.fail(dead, "DeadLetterQueue wants Type, SQS or SNS, and TargetArn")
		} else {
			role.add(dead, "DeadLetterQueuePolicy", allow(dead, dead.get("TargetArn"), action))
		}
	}
	s.policies(p.get("Policies"), role)
	s.rolePath(p, role)
	role.props.set("Tags", s.tags(at, "lambda:createdBy", p.get("Tags")))
	return role
}

func (s *sam) rolePath(p *node, role *samRole) {
	for _, key := range [...][2]string{{"RolePath", "Path"}, {"PermissionsBoundary", "PermissionsBoundary"}} {
		if v := given(p.get(key[0])); v != nil {
			role.props.set(key[1], v)
		}
	}
}

// xrayPolicy is the managed policy for traces. SAM keeps the old one where it used it before.
func xrayPolicy(partition string) string {
	if partition == "aws" {
		return "AWSXrayWriteOnlyAccess"
	}
	return "AWSXRayDaemonWriteAccess"
}

// finishRole adds the role to what the resource becomes, if it is used.
func (s *sam) finishRole(r *samResource, role *samRole) {
	if !role.kept || s.err != nil {
		return
	}
	if len(role.managed) > 0 {
		role.props.set("ManagedPolicyArns", role.at.ofList(role.managed...))
	}
	if len(role.inline) > 0 {
		role.props.set("Policies", role.at.ofList(role.inline...))
	}
	s.make(r, role.at, role.id, "AWS::IAM::Role", role.props)
	if role.condition != "" {
		r.made.get(role.id).set("Condition", role.at.ofText(role.condition))
	}
}

package scan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/render"
	"permprobe/shared/scan/scantest"
)

// manyTemplate has what deployedTemplate has not: a durable function, destinations, a file system, a mapping whose filter is
// encrypted, one of another account's cluster, and a function on a capacity provider.
const manyTemplate = `
  Rich:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: rich
      Role: !GetAtt Role.Arn
      DurableConfig: {ExecutionTimeout: 60, KMSKeyArn: !GetAtt Key.Arn}
      FileSystemConfigs: [{Arn: "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-1", LocalMountPath: /mnt/a}]
  RichVersion: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Rich}}
  RichAlias: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Rich, FunctionVersion: !GetAtt RichVersion.Version, Name: live}}
  Results: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref Rich, Qualifier: $LATEST, DestinationConfig: {OnFailure: {Destination: !GetAtt Queue.Arn}}}}
  Filtered: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Rich, EventSourceArn: !GetAtt Queue.Arn, KmsKeyArn: !GetAtt Key.Arn}}
  Away: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Rich, EventSourceArn: "arn:aws:kafka:us-east-1:210987654321:cluster/c/1", Topics: [t], StartingPosition: LATEST}}
  Provided: {Type: AWS::Lambda::Function, Properties: {FunctionName: provided, Role: !GetAtt Role.Arn, CapacityProviderConfig: {LambdaManagedInstancesCapacityProviderConfig: {CapacityProviderArn: "arn:aws:lambda:us-east-1:123456789012:capacity-provider:cp"}}}}
  Packed: {Type: AWS::Lambda::Function, Properties: {FunctionName: packed, Role: !GetAtt Role.Arn, PackageType: Image, Code: {ImageUri: "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"}}}
`

func TestEveryPermissionThatADeploymentMayTakeIsAskedAbout(t *testing.T) {
	st := scantest.Parse(t, "deployed.yaml", []byte(withUser("", allOf)+manyTemplate), nil)
	d := deployerOf(t, localaws.Options{}, st, config.Deployer{Principal: devUser, Functions: []string{"orders", "rich", "provided", "packed"}, Code: "s3://code/orders.zip"})
	asked := map[string]bool{} // whether it is asked about because of something that the configuration does not show
	for _, n := range d.Needs {
		asked[n.Action] = asked[n.Action] || n.When != ""
	}
	const certain, depends = false, true
	for action, when := range map[string]bool{
		"lambda:CreateFunction": certain, "iam:PassRole": certain, "s3:GetObject": certain, "s3:GetObjectVersion": depends, "s3:PutObject": depends,
		"ecr:BatchGetImage": certain, "ecr:GetDownloadUrlForLayer": certain, "ecr:GetRepositoryPolicy": certain, "ecr:SetRepositoryPolicy": certain,
		"lambda:GetLayerVersion": certain, "ec2:DescribeSecurityGroups": depends, "ec2:DescribeSubnets": depends, "ec2:DescribeVpcs": certain, "ec2:GetSecurityGroupsForVpc": certain,
		"kms:CreateGrant": certain, "kms:Encrypt": certain, "kms:DescribeKey": certain, "kms:GenerateDataKey": certain,
		"elasticfilesystem:DescribeMountTargets": certain, "lambda:PassCapacityProvider": certain, "lambda:CreateCapacityProvider": depends, "iam:CreateServiceLinkedRole": depends,
		"lambda:GetCodeSigningConfig": depends, "lambda:PutFunctionCodeSigningConfig": depends, "lambda:TagResource": depends, "lambda:PublishVersion": depends,
		"lambda:GetFunction": certain, "lambda:GetFunctionConfiguration": certain, "lambda:ListTags": certain, "lambda:GetFunctionCodeSigningConfig": certain,
		"lambda:GetFunctionRecursionConfig": certain, "lambda:GetRuntimeManagementConfig": certain, "lambda:UpdateFunctionCode": certain, "lambda:UpdateFunctionConfiguration": certain,
		"lambda:CreateAlias": certain, "lambda:UpdateAlias": certain, "lambda:DeleteAlias": depends,
		"lambda:PutFunctionConcurrency": depends, "lambda:DeleteFunctionConcurrency": depends, "lambda:PutProvisionedConcurrencyConfig": depends,
		"lambda:AddPermission": certain, "lambda:RemovePermission": certain, "lambda:GetPolicy": certain,
		"lambda:CreateEventSourceMapping": certain, "lambda:UpdateEventSourceMapping": certain, "lambda:DeleteEventSourceMapping": certain, "lambda:GetEventSourceMapping": certain,
		"kafka:ListVpcConnections": certain, "lambda:CreateFunctionUrlConfig": certain, "lambda:UpdateFunctionUrlConfig": certain, "lambda:GetFunctionUrlConfig": certain, "lambda:DeleteFunctionUrlConfig": certain,
		"lambda:PutFunctionEventInvokeConfig": certain, "lambda:DeleteFunctionEventInvokeConfig": depends, "lambda:DeleteFunction": certain,
		"iam:CreateRole": depends, "iam:GetRole": depends, "iam:DeleteRole": depends, "iam:AttachRolePolicy": depends, "iam:DetachRolePolicy": depends, "iam:PutRolePolicy": depends,
		"iam:DeleteRolePolicy": depends, "iam:GetRolePolicy": depends, "iam:TagRole": depends,
		"cloudformation:CreateChangeSet": depends, "cloudformation:DescribeChangeSet": certain, "cloudformation:ExecuteChangeSet": certain, "cloudformation:DescribeStacks": certain,
		"cloudformation:DescribeStackEvents": certain, "cloudformation:GetTemplateSummary": certain,
	} {
		if got, is := asked[action]; !is || got != when {
			t.Errorf("%s: asked about %t, depends on what is done %t", action, is, got)
		}
	}
	// Of a function that has none of it nothing of it is asked.
	plain := deployerOf(t, localaws.Options{}, st, config.Deployer{Principal: devUser, Functions: []string{"packed"}})
	for _, n := range plain.Needs {
		for _, other := range []string{"ec2:", "kafka:", "kms:", "elasticfilesystem:", "lambda:PassCapacityProvider", "lambda:CreateCapacityProvider", "lambda:GetLayerVersion", "lambda:CreateEventSourceMapping", "lambda:PutProvisioned", "lambda:DeleteAlias", "s3:"} {
			if strings.HasPrefix(n.Action, other) {
				t.Errorf("%s is asked about", n.Action)
			}
		}
	}
	if !strings.Contains(render.Deployment(d), "lambda:PutResourcePolicy") {
		t.Error("what is not known is not said")
	}
}

func TestWhatPoliciesAskOfARequestIsHeldAgainstTheFunction(t *testing.T) {
	only := func(action, condition string) string {
		return withUser("", fmt.Sprintf(`{Sid: Rest, Effect: Allow, NotAction: %q, Resource: "*"}, {Sid: Only, Effect: Allow, Action: %q, Resource: "*", Condition: %s}`, action, action, condition))
	}
	for name, c := range map[string]struct {
		action, condition, want string
	}{
		"its subnets":                     {"lambda:CreateFunction", `{"ForAllValues:StringEquals": {"lambda:SubnetIds": [subnet-1, subnet-2]}}`, "allowed"},
		"other subnets":                   {"lambda:CreateFunction", `{"ForAllValues:StringEquals": {"lambda:SubnetIds": subnet-9}}`, "implicitDeny"},
		"its security groups":             {"lambda:UpdateFunctionConfiguration", `{"ForAllValues:StringEquals": {"lambda:SecurityGroupIds": sg-1}}`, "allowed"},
		"other security groups":           {"lambda:UpdateFunctionConfiguration", `{"ForAnyValue:StringEquals": {"lambda:SecurityGroupIds": sg-9}}`, "implicitDeny"},
		"its layer":                       {"lambda:UpdateFunctionConfiguration", `{"ForAllValues:StringLike": {"lambda:Layer": "arn:aws:lambda:us-east-1:123456789012:layer:tools:*"}}`, "allowed"},
		"a VPC, which is not known":       {"lambda:CreateFunction", `{StringEquals: {"lambda:VpcIds": vpc-1}}`, "undetermined"},
		"signed code, which is not known": {"lambda:CreateFunction", `{ArnEquals: {"lambda:CodeSigningConfigArn": "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0"}}`, "undetermined"},
		"tags, which are not known":       {"lambda:CreateFunction", `{StringEquals: {"aws:RequestTag/team": shop}}`, "undetermined"},
		"a boundary of the role":          {"iam:CreateRole", `{StringEquals: {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/fence"}}`, "undetermined"},
		"the role passed to Lambda":       {"iam:PassRole", `{StringEquals: {"iam:PassedToService": lambda.amazonaws.com}}`, "allowed"},
		"the role passed to the old name": {"iam:PassRole", `{StringEquals: {"iam:PassedToService": lambda}}`, "implicitDeny"},
		"the role passed for another":     {"iam:PassRole", `{ArnLike: {"iam:AssociatedResourceArn": "arn:aws:lambda:*:*:function:invoices"}}`, "implicitDeny"},
		"the key through Lambda":          {"kms:CreateGrant", `{StringEquals: {"kms:ViaService": lambda.us-east-1.amazonaws.com}}`, "allowed"},
		"the function of a mapping":       {"lambda:CreateEventSourceMapping", `{ArnLike: {"lambda:FunctionArn": "arn:aws:lambda:*:*:function:orders"}}`, "allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			template := only(c.action, c.condition)
			// The key's policy leaves it to policies of IAM, which is the user's here.
			d := deployer(t, localaws.Options{}, template, devUser, "orders")
			at := slices.IndexFunc(d.Needs, func(n finding.DeploymentNeed) bool { return n.Action == c.action })
			if at < 0 || d.Needs[at].Decision != c.want {
				t.Fatalf("%+v", d.Needs[max(at, 0)])
			}
			if n := d.Needs[at]; (n.Decision == "undetermined") != (n.Reason != "") {
				t.Errorf("%s: %q", n.Decision, n.Reason)
			}
		})
	}
}

func TestTheRoleOfAPermissionSetIsMendedWhereItIsMade(t *testing.T) {
	const path = "aws-reserved/sso.amazonaws.com/eu-west-1/"
	template := deployedTemplate + `
  Sso:
    Type: AWS::IAM::Role
    Properties:
      RoleName: AWSReservedSSO_Dev_Ops_0123456789abcdef
      Path: /` + path + `
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Federated: "arn:aws:iam::123456789012:saml-provider/AWSSSO"}, Action: "sts:AssumeRoleWithSAML"}]}
      Policies: [{PolicyName: AwsSSOInlinePolicy, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, NotAction: "iam:PassRole", Resource: "*"}]}}]
`
	for _, who := range []string{"arn:aws:iam::123456789012:role/" + path + "AWSReservedSSO_Dev_Ops_0123456789abcdef", "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_Ops_0123456789abcdef/ana@example.com"} {
		d := deployer(t, localaws.Options{}, template, who, "orders")
		if len(d.Fixes) != 1 || d.Fixes[0].Proof != finding.Proven || d.Fixes[0].CLI != "" || d.Fixes[0].Terraform != "" || !strings.Contains(d.Fixes[0].Summary, "permission set Dev_Ops,") || !strings.Contains(d.Fixes[0].Policy, "iam:PassRole") {
			t.Errorf("%s: %+v", who, d.Fixes)
		}
	}
}

func TestWithAServiceRoleOnlyTheCallsOfCloudFormationAreThePrincipals(t *testing.T) {
	const through = "arn:aws:iam::123456789012:role/cfn/stacks"
	template := func(user, role string) string {
		return withUser("", user) + `
  Stacks:
    Type: AWS::IAM::Role
    Properties:
      RoleName: stacks
      Path: /cfn/
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: cloudformation.amazonaws.com}, Action: "sts:AssumeRole"}]}
      Policies: [{PolicyName: own, PolicyDocument: {Version: "2012-10-17", Statement: [` + role + `]}}]
`
	}
	const formation = `{Effect: Allow, Action: ["cloudformation:*"], Resource: "*"}`
	asked := config.Deployer{Principal: devUser, Functions: []string{"orders"}, ServiceRole: through}
	of := func(t *testing.T, user, role string) *finding.Deployment {
		return deployerOf(t, localaws.Options{}, scantest.Parse(t, "deployed.yaml", []byte(template(user, role)), nil), asked)
	}
	d := of(t, formation, allOf)
	if got := refusedActions(d); len(got) > 0 || d.Functions[0].Update != finding.DeployAllowed || d.ServiceRole != through || len(d.Gaps) > 0 {
		t.Errorf("refused %v, %+v, gaps %+v", got, d.Functions, d.Gaps)
	}
	for _, n := range d.Needs {
		starts := strings.HasPrefix(n.Action, "cloudformation:") || n.Action == "iam:PassRole" && n.Resource == through
		if starts != (n.Principal == "") || !starts && n.Principal != through {
			t.Errorf("%s is asked of %q", n.Action, n.Principal)
		}
		if n.Action == "iam:PassRole" && n.Resource == through && (n.Decision != "implicitDeny" || n.When == "") {
			t.Errorf("%+v", n)
		}
	}
	d = of(t, `{Effect: Allow, Action: "cloudformation:Describe*", Resource: "*"}`, `{Effect: Allow, NotAction: "lambda:UpdateFunctionCode", Resource: "*"}`)
	if got := refusedActions(d); !slices.Equal(got, []string{"cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet", "cloudformation:GetTemplateSummary", "lambda:UpdateFunctionCode"}) {
		t.Errorf("refused %v", got)
	}
	if len(d.Fixes) != 2 || !strings.Contains(d.Fixes[0].CLI, "--user-name dev") || strings.Contains(d.Fixes[0].CLI, "UpdateFunctionCode") ||
		!strings.Contains(d.Fixes[1].CLI, "--role-name stacks") || strings.Contains(d.Fixes[1].CLI, "cloudformation:") || d.Fixes[0].Proof != finding.Proven || d.Fixes[1].Proof != finding.Proven {
		t.Errorf("%+v", d.Fixes)
	}
	if text := render.Deployment(d); !strings.Contains(text, "CloudFormation deploys as "+through) || !strings.Contains(text, "by the policies of stacks") {
		t.Errorf("%s", text)
	}
	asked.ServiceRole = "arn:aws:iam::123456789012:role/nobody"
	if d := of(t, formation, allOf); d.Status != finding.ReportIncomplete || len(d.Gaps) == 0 || len(d.Needs) > 0 {
		t.Errorf("a service role that is not there: %s %+v", d.Status, d.Gaps)
	}
}

func TestAPrincipalThatIsTheServiceRoleItselfIsMendedOnce(t *testing.T) {
	const who = "arn:aws:iam::123456789012:role/pipelines/deploy"
	st := scantest.Parse(t, "deployed.yaml", []byte(deployedTemplate+deployRole), nil)
	d := deployerOf(t, localaws.Options{}, st, config.Deployer{Principal: who, Functions: []string{"orders"}, ServiceRole: who})
	if got := refusedActions(d); !slices.Equal(got, []string{"iam:PassRole"}) || len(d.Fixes) != 1 {
		t.Errorf("refused %v, %d fixes", got, len(d.Fixes))
	}
}

package scan_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/render"
	"permprobe/shared/scan/scantest"
	"permprobe/shared/stack"
)

// deployedTemplate is a function with a layer, an alias, a mapping and a permission, in a VPC, with a key; nobody in it may
// deploy it.
const deployedTemplate = `
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: orders
      Role: !GetAtt Role.Arn
      Layers: ["arn:aws:lambda:us-east-1:123456789012:layer:tools:3"]
      VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}
      KmsKeyArn: !GetAtt Key.Arn
      Environment: {Variables: {TOKEN: canary-environment}}
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: {Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:root"}, Action: "kms:*", Resource: "*"}]}
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Function}}
  Alias: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version, Name: live}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
  Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt Queue.Arn}}
  Permission: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref Function, Action: "lambda:InvokeFunction", Principal: sns.amazonaws.com, SourceArn: "arn:aws:sns:us-east-1:123456789012:t"}}
  Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Function, AuthType: AWS_IAM}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: orders-role
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
`

// everything that a person needs to deploy, but for what %s takes away or adds.
const allOf = `{Sid: All, Effect: Allow, Action: "*", Resource: "*"}`

// withUser adds a user with the statements.
func withUser(more string, statements ...string) string {
	return deployedTemplate + fmt.Sprintf(`
  User:
    Type: AWS::IAM::User
    Properties:
      UserName: dev
      Path: /people/
      %s
      Policies: [{PolicyName: own, PolicyDocument: {Version: "2012-10-17", Statement: [%s]}}]
`, more, strings.Join(statements, ", "))
}

const devUser = "arn:aws:iam::123456789012:user/people/dev"

func deployer(t *testing.T, o localaws.Options, template, who string, functions ...string) *finding.Deployment {
	t.Helper()
	return deployerOf(t, o, scantest.Parse(t, "deployed.yaml", []byte(template), nil), config.Deployer{Principal: who, Functions: functions})
}

func deployerOf(t *testing.T, o localaws.Options, st *stack.Stack, asked config.Deployer) *finding.Deployment {
	t.Helper()
	w := scantest.New(t, o, nil, st)
	defer w.Close()
	return w.Scanner.Deployer(context.Background(), config.Request{Mode: config.OnDemand, Deployer: &asked})
}

// refusedActions are the actions that are refused for certain, sorted.
func refusedActions(d *finding.Deployment) []string {
	var out []string
	for _, n := range d.Needs {
		if n.When == "" && n.Place != "" && !slices.Contains(out, n.Action) {
			out = append(out, n.Action)
		}
	}
	slices.Sort(out)
	return out
}

func TestWhoMayDoEverythingMayDeploy(t *testing.T) {
	d := deployer(t, localaws.Options{}, withUser("", allOf), devUser, "orders")
	if len(refusedActions(d)) > 0 || d.Summary.Undecided > 0 || len(d.Gaps) > 0 || d.Status != finding.ReportOK {
		t.Errorf("%s: refused %v, %+v, %+v", d.Status, refusedActions(d), d.Summary, d.Gaps)
	}
	f := d.Functions[0]
	if f.Create != finding.DeployAllowed || f.Update != finding.DeployAllowed || f.Delete != finding.DeployAllowed || !f.Exists || f.Stack != "deployed" {
		t.Errorf("%+v", f)
	}
	var actions []string
	for _, n := range d.Needs {
		actions = append(actions, n.Action)
		if n.Why == "" || !strings.HasPrefix(n.Page, "https://docs.aws.amazon.com/") {
			t.Errorf("%s says neither why nor where AWS says so: %q, %q", n.Action, n.Why, n.Page)
		}
	}
	for _, want := range []string{
		"lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:DeleteFunction", "iam:PassRole",
		"lambda:GetLayerVersion", "ec2:DescribeSubnets", "ec2:GetSecurityGroupsForVpc", "kms:CreateGrant", "lambda:CreateEventSourceMapping",
		"lambda:DeleteEventSourceMapping", "lambda:AddPermission", "lambda:CreateFunctionUrlConfig", "lambda:UpdateAlias", "lambda:PublishVersion",
		"lambda:TagResource", "logs:CreateLogGroup", "cloudformation:ExecuteChangeSet",
	} {
		if !slices.Contains(actions, want) {
			t.Errorf("%s is not asked about", want)
		}
	}
}

func TestWhatIsRefusedNamesPlaceStatementAndFix(t *testing.T) {
	pass := `{Sid: Rest, Effect: Allow, NotAction: "iam:PassRole", Resource: "*"}, `
	for name, c := range map[string]struct {
		template, who string
		refused       string
		place         finding.Place
		says          string // of policy, statement and detail
		proof         finding.Proof
	}{
		"the role may not be passed": {
			withUser("", `{Sid: Rest, Effect: Allow, NotAction: "iam:PassRole", Resource: "*"}`), devUser,
			"iam:PassRole", finding.PlaceExecutionRole, "", finding.Proven},
		"it may be passed to another service only": {
			withUser("", pass+`{Sid: Pass, Effect: Allow, Action: "iam:PassRole", Resource: "*", Condition: {StringEquals: {"iam:PassedToService": ec2.amazonaws.com}}}`), devUser,
			"iam:PassRole", finding.PlaceExecutionRole, "iam:PassedToService is \"lambda.amazonaws.com\"", finding.Proven},
		"another role may be passed": {
			withUser("", pass+`{Sid: Pass, Effect: Allow, Action: "iam:PassRole", Resource: "arn:aws:iam::123456789012:role/service-role/orders-role"}`), devUser,
			"iam:PassRole", finding.PlaceExecutionRole, "Pass", finding.Proven},
		"a Deny of a group": {
			withUser("Groups: [!Ref Group]", allOf) + `
  Group: {Type: AWS::IAM::Group, Properties: {GroupName: team, Policies: [{PolicyName: never, PolicyDocument: {Version: "2012-10-17", Statement: [{Sid: Never, Effect: Deny, Action: "lambda:DeleteFunction", Resource: "*"}]}}]}}
`, devUser, "lambda:DeleteFunction", finding.PlaceExecutionRole, "inline policy never of the group team", finding.Unproven},
		"a boundary": {
			withUser("PermissionsBoundary: !Ref Boundary", allOf) + `
  Boundary: {Type: AWS::IAM::ManagedPolicy, Properties: {ManagedPolicyName: fence, PolicyDocument: {Version: "2012-10-17", Statement: [{Sid: Fence, Effect: Allow, NotAction: "lambda:CreateFunction", Resource: "*"}]}}}
`, devUser, "lambda:CreateFunction", finding.PlaceGuardrail, "policy/fence", finding.Unproven},
		"the layers that may be used": {
			withUser("", `{Sid: Rest, Effect: Allow, NotAction: "lambda:CreateFunction", Resource: "*"}, {Sid: Layered, Effect: Allow, Action: "lambda:CreateFunction", Resource: "*", Condition: {"ForAllValues:StringLike": {"lambda:Layer": "arn:aws:lambda:us-east-1:123456789012:layer:base:*"}}}`), devUser,
			"lambda:CreateFunction", finding.PlaceExecutionRole, "lambda:Layer", finding.Proven},
		"the function of a mapping": {
			withUser("", `{Sid: Rest, Effect: Allow, NotAction: "lambda:CreateEventSourceMapping", Resource: "*"}, {Sid: Map, Effect: Allow, Action: "lambda:CreateEventSourceMapping", Resource: "*", Condition: {ArnLike: {"lambda:FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:other"}}}`), devUser,
			"lambda:CreateEventSourceMapping", finding.PlaceExecutionRole, "lambda:FunctionArn", finding.Proven},
		"whom the function may be opened to": {
			withUser("", `{Sid: Rest, Effect: Allow, NotAction: "lambda:AddPermission", Resource: "*"}, {Sid: Open, Effect: Allow, Action: "lambda:AddPermission", Resource: "*", Condition: {StringEquals: {"lambda:Principal": s3.amazonaws.com}}}`), devUser,
			"lambda:AddPermission", finding.PlaceExecutionRole, "lambda:Principal", finding.Proven},
		"the policy of the key": {
			strings.Replace(withUser("", allOf), `AWS: "arn:aws:iam::123456789012:root"`, `AWS: "arn:aws:iam::123456789012:role/orders-role"`, 1), devUser,
			"kms:CreateGrant,kms:DescribeKey,kms:Encrypt", finding.PlaceTarget, "", finding.Proven},
	} {
		t.Run(name, func(t *testing.T) {
			d := deployer(t, localaws.Options{}, c.template, c.who, "orders")
			if got := strings.Join(refusedActions(d), ","); got != c.refused || d.Status != finding.ReportFindings {
				t.Fatalf("%s: refused %q, want %q; gaps %+v", d.Status, got, c.refused, d.Gaps)
			}
			for _, n := range d.Needs {
				if n.Place == "" || n.When != "" {
					continue
				}
				if n.Place != c.place || !strings.Contains(n.Policy+" "+n.StatementID+" "+n.Detail, c.says) {
					t.Errorf("place %s, %s %s: %s", n.Place, n.StatementID, n.Policy, n.Detail)
				}
			}
			if len(d.Fixes) != 1 || d.Fixes[0].Proof != c.proof {
				t.Errorf("fixes %+v", d.Fixes)
			}
		})
	}
}

// TestTheFixOfADeployerLetsItDeploy applies the one policy and asks again.
func TestTheFixOfADeployerLetsItDeploy(t *testing.T) {
	template := withUser("", `{Sid: Little, Effect: Allow, Action: "lambda:GetFunction", Resource: "*"}`)
	d := deployer(t, localaws.Options{}, template, devUser, "orders")
	if len(d.Fixes) != 1 || d.Fixes[0].Proof != finding.Proven || d.Summary.Refused < 20 {
		t.Fatalf("%d refused, fixes %+v", d.Summary.Refused, d.Fixes)
	}
	fix := d.Fixes[0]
	if !strings.Contains(fix.CLI, "aws iam attach-user-policy --user-name dev") || !strings.Contains(fix.Terraform, "aws_iam_user_policy") {
		t.Errorf("a policy of %d characters is no inline policy of a user: %.200s", len(fix.Policy), fix.CLI)
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(fix.Policy), &document); err != nil {
		t.Fatal(err)
	}
	again := deployer(t, localaws.Options{}, template+`
  Fix: {Type: AWS::IAM::UserPolicy, Properties: {UserName: !Ref User, PolicyName: fix, PolicyDocument: `+fix.Policy+`}}
`, devUser, "orders")
	if len(refusedActions(again)) > 0 || again.Functions[0].Create != finding.DeployAllowed {
		t.Errorf("with the fix: %v", refusedActions(again))
	}
	other := deployer(t, localaws.Options{}, strings.ReplaceAll(template, "FunctionName: orders", "FunctionName: others")+`
  Fix: {Type: AWS::IAM::UserPolicy, Properties: {UserName: !Ref User, PolicyName: fix, PolicyDocument: `+fix.Policy+`}}
`, devUser, "others")
	for _, n := range other.Needs {
		if n.Decision == "allowed" && strings.Contains(n.Resource, "function:others") && n.Action != "lambda:GetFunction" {
			t.Errorf("the fix grants %s on a neighbour", n.Action)
		}
		if n.Action == "lambda:CreateEventSourceMapping" && n.Decision == "allowed" {
			t.Error("the fix lets the user map sources to a neighbour")
		}
	}
}

const deployRole = `
  Deploy:
    Type: AWS::IAM::Role
    Properties:
      RoleName: deploy
      Path: /pipelines/
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: "123456789012"}, Action: "sts:AssumeRole"}]}
      Policies: [{PolicyName: own, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, NotAction: "iam:PassRole", Resource: "*"}]}}]
`

func TestASessionStandsForItsRoleWhateverThePathOfTheRole(t *testing.T) {
	for _, who := range []string{"arn:aws:iam::123456789012:role/pipelines/deploy", "arn:aws:sts::123456789012:assumed-role/deploy/build-42"} {
		d := deployer(t, localaws.Options{}, deployedTemplate+deployRole, who, "orders")
		if got := refusedActions(d); !slices.Equal(got, []string{"iam:PassRole"}) || d.Principal != "arn:aws:iam::123456789012:role/pipelines/deploy" {
			t.Errorf("%s: %s, refused %v, gaps %+v", who, d.Principal, got, d.Gaps)
		}
		if (d.Asked != "") != strings.Contains(who, ":sts:") || !strings.Contains(d.Fixes[0].CLI, "put-role-policy --role-name deploy ") {
			t.Errorf("%s: asked %q, %s", who, d.Asked, d.Fixes[0].CLI)
		}
	}
}

func TestAFunctionThatDoesNotExistIsOneToBeMade(t *testing.T) {
	d := deployer(t, localaws.Options{}, withUser("", allOf), devUser, "invoices")
	if len(d.Functions) != 1 || d.Functions[0].Exists || d.Functions[0].Create != finding.DeployUndecided || d.Status != finding.ReportIncomplete || len(d.Notes) == 0 {
		t.Errorf("%+v %v", d.Functions, d.Notes)
	}
	for _, n := range d.Needs {
		if n.Action == "iam:PassRole" && !strings.Contains(n.Reason, "there is no such function yet") {
			t.Errorf("which role is passed is not known: %+v", n)
		}
	}
	d = deployer(t, localaws.Options{}, withUser("", allOf), devUser, "inv*")
	if len(d.Functions) != 0 || len(d.Gaps) != 1 || d.Status != finding.ReportIncomplete {
		t.Errorf("a pattern makes no function: %+v, %+v", d.Functions, d.Gaps)
	}
}

func TestTheCodeThatIsNamedIsDecidedToo(t *testing.T) {
	template := withUser("", `{Effect: Allow, NotAction: ["s3:GetObject", "kms:Decrypt"], Resource: "*"}`) + `
  Code: {Type: AWS::S3::Bucket, Properties: {BucketName: code, BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: !GetAtt Key.Arn}}]}}}
`
	st := scantest.Parse(t, "deployed.yaml", []byte(template), nil)
	d := deployerOf(t, localaws.Options{}, st, config.Deployer{Principal: devUser, Functions: []string{"orders"}, Code: "s3://code/orders.zip"})
	if got := refusedActions(d); !slices.Equal(got, []string{"kms:Decrypt", "s3:GetObject"}) {
		t.Errorf("refused %v, gaps %+v", got, d.Gaps)
	}
	d = deployerOf(t, localaws.Options{}, st, config.Deployer{Principal: devUser, Functions: []string{"orders"}, Code: "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"})
	if !slices.ContainsFunc(d.Needs, func(n finding.DeploymentNeed) bool {
		return n.Action == "ecr:BatchGetImage" && n.Resource == "arn:aws:ecr:us-east-1:123456789012:repository/app"
	}) {
		t.Error("the repository of the image is not asked about")
	}
	elsewhere := config.Deployer{Principal: devUser, Functions: []string{"orders"}, Code: "210987654321.dkr.ecr.us-east-1.amazonaws.com/app:1"}
	for _, n := range deployerOf(t, localaws.Options{}, st, elsewhere).Needs {
		if n.Action == "ecr:BatchGetImage" && (n.Decision != "undetermined" || !strings.Contains(n.Reason, "it belongs to account 210987654321, where ecr:GetRepositoryPolicy")) {
			t.Errorf("the other account's side is not known: %+v", n)
		}
	}
}

func TestWhatCannotBeReadOrAskedOfADeployerIsAGap(t *testing.T) {
	for name, fault := range map[string]localaws.Fault{
		"functions": {Service: "lambda", Operation: "ListFunctions", Code: "AccessDeniedException"},
		"user":      {Service: "iam", Operation: "GetAccountAuthorizationDetails", Code: "AccessDenied"},
		"simulator": {Service: "iam", Operation: "SimulatePrincipalPolicy", Code: "AccessDenied"},
		"mappings":  {Service: "lambda", Operation: "ListEventSourceMappings", Code: "AccessDeniedException"},
		"policies":  {Service: "lambda", Operation: "GetPolicy", Code: "AccessDeniedException"},
		"aliases":   {Service: "lambda", Operation: "ListAliases", Code: "AccessDeniedException"},
		"targets":   {Service: "lambda", Operation: "ListFunctionEventInvokeConfigs", Code: "AccessDeniedException"},
		"urls":      {Service: "lambda", Operation: "ListFunctionUrlConfigs", Code: "AccessDeniedException"},
		"key":       {Service: "kms", Operation: "GetKeyPolicy", Code: "AccessDeniedException"},
	} {
		t.Run(name, func(t *testing.T) {
			d := deployer(t, localaws.Options{Faults: []localaws.Fault{fault}}, withUser("", allOf), devUser, "orders")
			if d.Status != finding.ReportIncomplete || len(d.Gaps)+d.Summary.Undecided == 0 || d.Summary.Refused > 0 {
				t.Errorf("%s, %+v, %+v", d.Status, d.Summary, d.Gaps)
			}
		})
	}
	for _, who := range []string{"arn:aws:iam::123456789012:user/nobody", "arn:aws:iam::210987654321:role/theirs", "arn:aws:iam::123456789012:role/nobody"} {
		d := deployer(t, localaws.Options{}, deployedTemplate, who, "orders")
		if d.Status != finding.ReportIncomplete || len(d.Gaps) == 0 || d.Functions[0].Create != finding.DeployUndecided {
			t.Errorf("%s: %s, %+v", who, d.Status, d.Gaps)
		}
	}
}

func TestTheAnswerAboutADeployerHoldsNoEnvironmentAndIsReadable(t *testing.T) {
	d := deployer(t, localaws.Options{}, withUser("", `{Effect: Allow, NotAction: "iam:PassRole", Resource: "*"}`), devUser, "orders")
	text := render.Deployment(d)
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text+string(data), "canary") {
		t.Error("a value of the environment is in the answer")
	}
	for _, want := range []string{
		"may the user dev deploy 1 function: no, 1 of ", "orders  create: refused    update: refused    delete: allowed", "iam:PassRole on arn:aws:iam::123456789012:role/orders-role",
		"aws iam put-user-policy --user-name dev", "(proven: decided again with it applied)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text does not say %q:\n%s", want, text)
		}
	}
}

package scan_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/collect"
	"permprobe/shared/config"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/render"
	"permprobe/shared/scan/scantest"

	"github.com/google/go-cmp/cmp"
)

const pairTemplate = `
Resources:
  Works:
    Type: AWS::Lambda::Function
    Properties: { FunctionName: works, Role: !GetAtt WorksRole.Arn }
  Fails:
    Type: AWS::Lambda::Function
    Properties: { FunctionName: fails, Role: !GetAtt FailsRole.Arn, TracingConfig: { Mode: Active } }
  WorksRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: works-role
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: "sts:AssumeRole" }] }
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
      Policies:
        - PolicyName: table
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - { Sid: Table, Effect: Allow, Action: ["dynamodb:GetItem", "dynamodb:Query"], Resource: "arn:aws:dynamodb:us-east-1:123456789012:table/orders" }
              - { Sid: Own, Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::files/works/*" }
  FailsRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: fails-role
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: "sts:AssumeRole" }] }
      Policies:
        - PolicyName: table
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - { Sid: Table, Effect: Allow, Action: "dynamodb:GetItem", Resource: "arn:aws:dynamodb:eu-west-1:123456789012:table/orders" }
              - { Sid: Own, Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::files/fails/*" }
`

func compare(t *testing.T, o localaws.Options, template string, names ...string) *finding.Comparison {
	t.Helper()
	w := scantest.New(t, o, nil, scantest.Parse(t, "pair.yaml", []byte(template), nil))
	return w.Scanner.Compare(context.Background(), config.Request{Mode: config.OnDemand, Compare: names})
}

func TestAComparisonSaysNeedByNeedWhichStatementGrantsAndWhichAlmostDoes(t *testing.T) {
	c := compare(t, localaws.Options{}, pairTemplate, "works", "fails")
	if c.Status != finding.ReportFindings || len(c.Gaps) > 0 {
		t.Fatalf("status %s, gaps %+v", c.Status, c.Gaps)
	}
	found := map[string]finding.ComparedPermission{}
	for _, p := range c.Permissions {
		found[p.Action] = p
	}
	if p := found["logs:PutLogEvents"]; p.Same || p.A.Decision != "allowed" || !strings.HasSuffix(p.A.Policy, "AWSLambdaBasicExecutionRole") || p.B.Decision != "implicitDeny" || !p.A.Needed || !p.B.Needed {
		t.Errorf("logs: %+v", p)
	}
	if p := found["xray:PutTraceSegments"]; !p.Same || p.A.Needed || !p.B.Needed || p.A.Decision != "implicitDeny" {
		t.Errorf("what only one of them needs is asked of the other too: %+v", p)
	}
	if p := found["sts:AssumeRole"]; !p.Same || p.A.Policy != "trust policy of works-role" || p.B.Resource == p.A.Resource {
		t.Errorf("the trust of each one's own role: %+v", p)
	}
}

func TestAComparisonNamesGrantsThatOnlyOneRoleHas(t *testing.T) {
	c := compare(t, localaws.Options{}, pairTemplate, "works", "fails")
	var lines []string
	for _, g := range c.Grants {
		lines = append(lines, g.Has+" "+g.Action+" "+g.StatementID+" "+g.Other+" "+g.OtherDetail)
	}
	text := strings.Join(lines, "\n")
	for _, want := range []string{
		`a dynamodb:GetItem Table implicitDeny inline policy table of fails-role, Table`, `the Region is "eu-west-1" and not "us-east-1"`,
		`a dynamodb:Query Table implicitDeny`, `b dynamodb:GetItem Table implicitDeny`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no grant says %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "s3:GetObject") {
		t.Errorf("each reads its own prefix, which is no difference:\n%s", text)
	}
}

func TestAComparisonNamesTheSettingsThatMatter(t *testing.T) {
	c := compare(t, localaws.Options{}, pairTemplate, "works", "fails")
	if len(c.Configuration) != 1 || c.Configuration[0].Name != "tracing" || c.Configuration[0].A != "not active" || c.Configuration[0].B != "active" {
		t.Errorf("%+v", c.Configuration)
	}
}

func TestAComparisonNamesEverySettingThatDiffersAndBearsOnPermissions(t *testing.T) {
	const base = `Resources:
  Role: {Type: AWS::IAM::Role, Properties: {RoleName: r, AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}}}
  One: {Type: AWS::Lambda::Function, Properties: {FunctionName: one, Role: !GetAtt Role.Arn, KmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/1", Layers: ["arn:aws:lambda:us-east-1:123456789012:layer:a:1"], VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}}}
  Two: {Type: AWS::Lambda::Function, Properties: {FunctionName: two, Role: !GetAtt Role.Arn, PackageType: Image, LoggingConfig: {LogGroup: shared}, VpcConfig: {SubnetIds: [subnet-3, subnet-2], SecurityGroupIds: [sg-2]}}}
`
	var have []string
	for _, setting := range compare(t, localaws.Options{}, base, "one", "two").Configuration {
		have = append(have, setting.Name+": "+setting.A+" | "+setting.B)
		if setting.Matters == "" {
			t.Errorf("nobody says why %s matters", setting.Name)
		}
	}
	slices.Sort(have)
	want := []string{
		"key of the environment: arn:aws:kms:us-east-1:123456789012:key/1 | AWS's own",
		"layers: arn:aws:lambda:us-east-1:123456789012:layer:a:1 | none",
		"log group: its own | shared",
		"package: zip archive | container image",
		"security groups: sg-1 | sg-2",
		"subnets: subnet-1 | subnet-2,subnet-3",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
}

func TestAPairIsReadInBothModesAndWhatCannotBeReadIsSaid(t *testing.T) {
	for mode, arns := range map[string][]string{"all": nil, "named": {
		"arn:aws:lambda:us-east-1:123456789012:function:works", "arn:aws:lambda:us-east-1:123456789012:function:fails",
	}} {
		pair := func(faults ...localaws.Fault) []*fact.Facts {
			w := scantest.New(t, localaws.Options{Faults: faults}, nil, scantest.Parse(t, "pair.yaml", []byte(pairTemplate), nil))
			w.Scanner.Collector.Functions = arns
			named := func(name string) collect.Wanted {
				return collect.Wanted{Matches: func(have, _ string) bool { return have == name }}
			}
			return w.Scanner.Collector.Pair(context.Background(), []collect.Wanted{named("works"), named("fails"), named("nothing")}, collect.Selection{})
		}
		facts := pair()
		for i, name := range []string{"works", "fails"} {
			f := facts[i]
			if len(f.Functions) != 1 || f.Functions[0].Name != name {
				t.Fatalf("%s: %s has the functions %+v", mode, name, f.Functions)
			}
			role, known := f.Roles[f.Functions[0].Role].Value()
			if _, readable := role.Policies.Value(); !known || !readable || len(f.Unread) > 0 {
				t.Errorf("%s: the role of %s is not known: %+v", mode, name, f.Unread)
			}
		}
		if len(facts[2].Functions) > 0 {
			t.Errorf("%s: a function that is not there: %+v", mode, facts[2].Functions)
		}
		operation := map[string]string{"all": "GetAccountAuthorizationDetails", "named": "GetRole"}[mode]
		denied := pair(localaws.Fault{Service: "iam", Operation: operation, Code: "AccessDenied"})
		if why, unread := denied[0].Roles[denied[0].Functions[0].Role].Unread(); !unread || why.Permission != "iam:"+operation {
			t.Errorf("%s: the role may not be read: %+v", mode, why)
		}
	}
}

func TestFunctionsOfOneRoleDoNotDiffer(t *testing.T) {
	c := compare(t, localaws.Options{}, strings.ReplaceAll(strings.ReplaceAll(pairTemplate, "FailsRole.Arn", "WorksRole.Arn"), ", TracingConfig: { Mode: Active }", ""), "works", "fails")
	if c.Status != finding.ReportOK || c.Summary.Different+c.Summary.Undecided+c.Summary.Grants+c.Summary.Settings > 0 {
		t.Errorf("%s %+v %+v", c.Status, c.Summary, c.Gaps)
	}
}

func TestAComparisonWithWhatIsNotThereIsIncomplete(t *testing.T) {
	for _, name := range []string{"nothing", "works:live"} {
		c := compare(t, localaws.Options{}, pairTemplate, name, "fails")
		if c.Status != finding.ReportIncomplete || len(c.Gaps) != 1 {
			t.Errorf("%s: %s %+v", name, c.Status, c.Gaps)
		}
	}
}

func TestAComparisonThatCouldNotReadOrAskIsIncomplete(t *testing.T) {
	for name, fault := range map[string]localaws.Fault{
		"functions": {Service: "lambda", Operation: "ListFunctions", Code: "AccessDeniedException"},
		"roles":     {Service: "iam", Operation: "GetAccountAuthorizationDetails", Code: "AccessDenied"},
		"mappings":  {Service: "lambda", Operation: "ListEventSourceMappings", Code: "AccessDeniedException"},
	} {
		c := compare(t, localaws.Options{Faults: []localaws.Fault{fault}}, pairTemplate, "works", "fails")
		named := false
		for _, g := range c.Gaps {
			named = named || g.Permission != ""
		}
		for _, p := range c.Permissions {
			named = named || p.A.Reason != ""
		}
		if c.Status == finding.ReportOK || !named {
			t.Errorf("%s: %s %+v", name, c.Status, c.Gaps)
		}
	}
	c := compare(t, localaws.Options{Faults: []localaws.Fault{{Service: "iam", Operation: "SimulatePrincipalPolicy", Code: "AccessDenied"}}}, pairTemplate, "works", "fails")
	if c.Summary.Undecided == 0 {
		t.Errorf("nothing is undecided although nobody answered: %+v", c.Summary)
	}
}

func TestAnAliasIsComparedWithTheRoleItsVersionWasPublishedWith(t *testing.T) {
	template := pairTemplate + `
  Live:
    Type: AWS::Lambda::Alias
    Properties: { Name: live, FunctionName: !Ref Works, FunctionVersion: !GetAtt Version.Version }
  Version:
    Type: AWS::Lambda::Version
    Properties: { FunctionName: !Ref Works }
`
	c := compare(t, localaws.Options{}, template, "works:live", "works")
	if c.A.Qualifier != "live" || c.A.Role != c.B.Role || c.A.Function != c.B.Function || c.Status != finding.ReportOK {
		t.Errorf("%s %+v %+v %+v", c.Status, c.A, c.B, c.Gaps)
	}
}

func TestAComparisonThatRunsOutOfTimeIsIncomplete(t *testing.T) {
	w := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "pair.yaml", []byte(pairTemplate), nil))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := w.Scanner.Compare(ctx, config.Request{Mode: config.OnDemand, Compare: []string{"works", "fails"}})
	if c.Status != finding.ReportIncomplete || len(c.Gaps) == 0 {
		t.Errorf("%s %+v", c.Status, c.Gaps)
	}
}

// lockedTemplate is two functions that poll one queue, which a customer's key encrypts.
const lockedTemplate = `
Resources:
  Key: { Type: AWS::KMS::Key, Properties: { KeyPolicy: { Statement: [{ Effect: Allow, Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "kms:*", Resource: "*" }] } } }
  Jobs: { Type: AWS::SQS::Queue, Properties: { QueueName: jobs, KmsMasterKeyId: !Ref Key } }
  Works: { Type: AWS::Lambda::Function, Properties: { FunctionName: works, Role: !GetAtt WorksRole.Arn } }
  Fails: { Type: AWS::Lambda::Function, Properties: { FunctionName: fails, Role: !GetAtt FailsRole.Arn } }
  WorksMapping: { Type: AWS::Lambda::EventSourceMapping, Properties: { FunctionName: !Ref Works, EventSourceArn: !GetAtt Jobs.Arn } }
  FailsMapping: { Type: AWS::Lambda::EventSourceMapping, Properties: { FunctionName: !Ref Fails, EventSourceArn: !GetAtt Jobs.Arn } }
  WorksRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: works-role
      AssumeRolePolicyDocument: &trust { Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: "sts:AssumeRole" }] }
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"]
      Policies: [{ PolicyName: key, PolicyDocument: { Statement: [{ Sid: Key, Effect: Allow, Action: "kms:Decrypt", Resource: !GetAtt Key.Arn }] } }]
  FailsRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: fails-role
      AssumeRolePolicyDocument: *trust
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"]
`

func TestAComparisonShowsTheKeyBehindWhatBothCall(t *testing.T) {
	out := compare(t, localaws.Options{}, lockedTemplate, "works", "fails")
	at := slices.IndexFunc(out.Permissions, func(p finding.ComparedPermission) bool { return p.Action == "kms:Decrypt" })
	if at < 0 {
		t.Fatalf("the key is not compared: %+v", out.Permissions)
	}
	p := out.Permissions[at]
	if p.Same || p.A.Decision != "allowed" || p.A.StatementID != "Key" || p.B.Decision != "implicitDeny" || !p.A.Needed || !p.B.Needed {
		t.Errorf("%+v", p)
	}
}

func TestWhatABoundaryTakesAwayIsNoGrantOfOneRoleOnly(t *testing.T) {
	fenced := strings.Replace(pairTemplate, "RoleName: works-role", "RoleName: works-role\n      PermissionsBoundary: !Ref Fence", 1) + `
  Fence: {Type: AWS::IAM::ManagedPolicy, Properties: {ManagedPolicyName: fence, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["logs:*", "dynamodb:Query"], Resource: "*"}]}}}
`
	of := func(c *finding.Comparison, has string) (out []string) {
		for _, g := range c.Grants {
			if g.Has == has {
				out = append(out, g.Action)
			}
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	if have := of(compare(t, localaws.Options{}, pairTemplate, "works", "fails"), "a"); !slices.Equal(have, []string{"dynamodb:GetItem", "dynamodb:Query"}) {
		t.Errorf("without a boundary: %v", have)
	}
	if have := of(compare(t, localaws.Options{}, fenced, "works", "fails"), "a"); !slices.Equal(have, []string{"dynamodb:Query"}) {
		t.Errorf("the boundary allows the query alone: %v", have)
	}
	several := strings.Replace(pairTemplate, `["dynamodb:GetItem", "dynamodb:Query"]`, `["dynamodb:Query", "dynamodb:Scan"]`, 1)
	text := render.Comparison(compare(t, localaws.Options{}, several, "works", "fails"))
	if !strings.Contains(text, "dynamodb:Query, dynamodb:Scan on arn:aws:dynamodb:us-east-1:123456789012:table/orders") {
		t.Errorf("actions of one statement are told together:\n%s", text)
	}
}

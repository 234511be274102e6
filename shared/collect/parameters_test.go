package collect_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/awsclient"
	"permprobe/shared/collect"
	"permprobe/shared/fact"
	"permprobe/shared/localaws"
	"permprobe/shared/stack"

	"github.com/google/go-cmp/cmp"
)

const parameterARN = "arn:aws:ssm:us-east-1:123456789012:parameter/"

func TestParametersAreReadManyAtATime(t *testing.T) {
	var template strings.Builder
	template.WriteString("Resources:\n")
	var arns []string
	for i := range 60 {
		fmt.Fprintf(&template, "  P%d: {Type: AWS::SSM::Parameter, Properties: {Name: /shop/p%d, Type: String, Value: v}}\n", i, i)
		arns = append(arns, fmt.Sprintf("%sshop/p%d", parameterARN, i))
	}
	c, server := collector(t, localaws.Options{}, template.String())
	facts := read(t, c, arns...)
	for _, arn := range arns {
		if _, known := facts.Targets[arn].Value(); !known {
			t.Errorf("%s was not read", arn)
		}
	}
	if calls := server.Calls(); len(calls) != 3 {
		t.Errorf("want three calls for 60 parameters, have %d", len(calls))
	}
}

func TestAParameterThatSpoilsTheAnswerLeavesTheOthersKnown(t *testing.T) {
	c, _ := collector(t, localaws.Options{Overlay: secured}, targetsTemplate)
	facts := read(t, c, parameterARN+"shop/token", parameterARN+"of/no/template", parameterARN+"stage")
	for _, arn := range []string{parameterARN + "shop/token", parameterARN + "stage"} {
		if _, known := facts.Targets[arn].Value(); !known {
			t.Errorf("%s was not read", arn)
		}
	}
	if why, unread := facts.Targets[parameterARN+"of/no/template"].Unread(); !unread || !why.Elsewhere {
		t.Errorf("%+v", why)
	}
}

func TestOfAParameterOnlyTheKeyAndTheTierAreKept(t *testing.T) {
	c, _ := collector(t, localaws.Options{Overlay: secured}, targetsTemplate)
	facts := read(t, c, parameterARN+"shop/token")
	target, _ := facts.Targets[parameterARN+"shop/token"].Value()
	if !target.Advanced || target.Kind != fact.TargetParameter {
		t.Errorf("%+v", target)
	}
	if text := fmt.Sprintf("%+v", facts); strings.Contains(text, "canary") {
		t.Errorf("a text was kept: %s", text)
	}
}

func TestAParameterOfAnotherAccountIsAGapWhereNoRoleReadsThatAccount(t *testing.T) {
	const arn = "arn:aws:ssm:us-east-1:210987654321:parameter/stage"
	c, _ := collector(t, localaws.Options{}, targetsTemplate)
	why, unread := read(t, c, arn).Targets[arn].Unread()
	if !unread || why.Permission != "ssm:DescribeParameters" || !strings.Contains(why.Reason, "account 210987654321") {
		t.Errorf("%+v", why)
	}
	c.Targets(context.Background(), &fact.Facts{}, nil) // nothing is asked for nothing
}

// sharing is the account 210987654321 with parameters in every way of being shared, and a role that may read them.
const sharing = `
Resources:
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: reader
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: "123456789012"}, Action: "sts:AssumeRole"}]}
      Policies: [{PolicyName: read, PolicyDocument: {Statement: [{Effect: Allow, Action: ["ssm:DescribeParameters", "ssm:GetResourcePolicies"], Resource: "*"}]}}]
  Own: {Type: AWS::SSM::Parameter, Properties: {Name: own, Type: String, Value: canary-of-the-parameter, Tier: Advanced}}
  Plain: {Type: AWS::SSM::Parameter, Properties: {Name: plain, Type: String, Value: canary-of-the-parameter}}
  Twice: {Type: AWS::SSM::Parameter, Properties: {Name: twice, Type: String, Value: canary-of-the-parameter, Tier: Advanced}}
  Mixed: {Type: AWS::SSM::Parameter, Properties: {Name: mixed, Type: String, Value: canary-of-the-parameter, Tier: Advanced}}
  Odd: {Type: AWS::SSM::Parameter, Properties: {Name: odd, Type: String, Value: canary-of-the-parameter, Tier: Advanced}}
  Nobody: {Type: AWS::SSM::Parameter, Properties: {Name: nobody, Type: String, Value: canary-of-the-parameter, Tier: Advanced}}
  One: {Type: AWS::RAM::ResourceShare, Properties: {Name: canary-of-the-share, ResourceArns: ["arn:aws:ssm:us-east-1:210987654321:parameter/twice", "arn:aws:ssm:us-east-1:210987654321:parameter/plain"], Principals: ["123456789012"]}}
  Two: {Type: AWS::RAM::ResourceShare, Properties: {Name: two, ResourceArns: ["arn:aws:ssm:us-east-1:210987654321:parameter/twice"], Principals: ["333333333333"]}}
  Old: {Type: AWS::SSM::ResourcePolicy, Properties: {ResourceArn: "arn:aws:ssm:us-east-1:210987654321:parameter/mixed", Policy: {Version: "2008-10-17", Statement: {Sid: Old, Effect: Allow, Principal: {AWS: "123456789012"}, Action: "ssm:GetParameter", Resource: "*"}}}}
  New: {Type: AWS::RAM::ResourceShare, Properties: {Name: new, ResourceArns: ["arn:aws:ssm:us-east-1:210987654321:parameter/mixed"], Principals: ["333333333333"]}}
  OddOld: {Type: AWS::SSM::ResourcePolicy, Properties: {ResourceArn: "arn:aws:ssm:us-east-1:210987654321:parameter/odd", Policy: {Version: "2008-10-17", Statement: {Effect: Allow, Principal: {AWS: "123456789012"}, Action: "ssm:GetParameter", Resource: "arn:aws:ssm:*:*:parameter/${aws:username}"}}}}
  OddNew: {Type: AWS::RAM::ResourceShare, Properties: {Name: odd, ResourceArns: ["arn:aws:ssm:us-east-1:210987654321:parameter/odd"], Principals: ["333333333333"]}}
  Empty: {Type: AWS::SSM::ResourcePolicy, Properties: {ResourceArn: "arn:aws:ssm:us-east-1:210987654321:parameter/nobody", Policy: {Statement: {Effect: Allow, Principal: {AWS: []}, Action: "ssm:GetParameter", Resource: "*"}}}}
`

const abroadARN = "arn:aws:ssm:us-east-1:210987654321:parameter/"

// abroad reads the account of sharing from another one.
func abroad(t *testing.T, o localaws.Options) (*collect.Collector, *localaws.Server) {
	t.Helper()
	var stacks []*stack.Stack
	for account, template := range map[string]string{"123456789012": targetsTemplate, "210987654321": sharing} {
		one, err := stack.Load(account+".yaml", []byte(template), stack.Options{Account: account})
		if err != nil {
			t.Fatal(err)
		}
		stacks = append(stacks, one)
	}
	slices.SortFunc(stacks, func(a, b *stack.Stack) int { return strings.Compare(a.Options.Account, b.Options.Account) })
	server, err := localaws.New(o, stacks...)
	if err != nil {
		t.Fatal(err)
	}
	url, closeServer, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closeServer() })
	c := collect.New(awsclient.Embedded(url, "us-east-1", "probe").Config, fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"})
	c.ReadRoles = map[string]string{"210987654321": "arn:aws:iam::210987654321:role/reader"}
	return c, server
}

func TestWhomAParameterOfAnotherAccountIsSharedWithIsReadOnceForEachThatCanBe(t *testing.T) {
	c, server := abroad(t, localaws.Options{PageSize: 1, Gone: []string{abroadARN + "missing"}})
	names := []string{"own", "plain", "twice", "mixed", "odd", "nobody", "missing"}
	var arns []string
	for _, name := range names {
		arns = append(arns, abroadARN+name)
	}
	facts := read(t, c, arns...)
	c.Targets(context.Background(), facts, targets(t, arns...))
	have := map[string]string{}
	for _, name := range names {
		target, known := facts.Targets[abroadARN+name].Value()
		policy, has := target.Policy.Value()
		why, unread := target.Policy.Unread()
		switch {
		case facts.Targets[abroadARN+name].IsAbsent():
			have[name] = "absent"
		case !known:
			have[name] = "not known"
		case unread:
			_, after, _ := strings.Cut(why.Reason, ": ")
			have[name] = "unread: " + after
		case has:
			have[name] = fmt.Sprintf("%d statements of version %s", len(policy.Policy.Statements()), policy.Policy.Version())
		case target.Standard:
			have[name] = "standard"
		default:
			have[name] = "not shared"
		}
	}
	want := map[string]string{
		"own": "not shared", "plain": "standard", "twice": "2 statements of version 2012-10-17", "mixed": "2 statements of version 2012-10-17",
		"odd": "unread: they are of different versions and hold variables", "missing": "absent",
		"nobody": "unread: `aws ram list-principals --resource-owner SELF --resource-arn " + abroadARN + "nobody` there shows it",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("parameters (-want +have):\n%s", diff)
	}
	asked := map[string]int{}
	for _, call := range server.Calls() {
		if call.Operation == "GetResourcePolicies" {
			_, after, _ := strings.Cut(call.Params, "ResourceArn=")
			arn, _, _ := strings.Cut(after, " ")
			asked[arn]++
		}
	}
	// A page for each policy: of the parameter of the standard tier none is asked for.
	if diff := cmp.Diff(map[string]int{abroadARN + "own": 1, abroadARN + "twice": 2, abroadARN + "mixed": 2, abroadARN + "odd": 2, abroadARN + "nobody": 1}, asked); diff != "" {
		t.Errorf("calls (-want +have):\n%s", diff)
	}
	if text := fmt.Sprintf("%+v", facts); strings.Contains(text, "canary") {
		t.Errorf("a text was kept: %s", text)
	}
}

func TestWithinTheAccountNobodyAsksWhomAParameterIsSharedWith(t *testing.T) {
	c, server := collector(t, localaws.Options{}, strings.Replace(targetsTemplate, "Name: stage, Type: String", "Name: stage, Tier: Advanced, Type: String", 1))
	facts := read(t, c, parameterARN+"stage")
	if target, known := facts.Targets[parameterARN+"stage"].Value(); !known || !target.Policy.IsAbsent() || len(server.Calls()) != 1 {
		t.Errorf("%+v after %v", target, server.Calls())
	}
}

func TestWhatOfASharedParameterIsRefusedIsNotTakenForNotShared(t *testing.T) {
	for operation, permission := range map[string]string{"GetResourcePolicies": "ssm:GetResourcePolicies", "DescribeParameters": "ssm:DescribeParameters"} {
		c, _ := abroad(t, localaws.Options{Faults: []localaws.Fault{{Service: "ssm", Operation: operation, Code: "AccessDeniedException"}}})
		target, known := read(t, c, abroadARN+"mixed").Targets[abroadARN+"mixed"].Value()
		why, unread := target.Policy.Unread()
		if operation == "DescribeParameters" { // which key it has is not known then, and with whom it is shared is
			why, unread = target.Keyless, !target.Keyless.IsZero()
			if _, has := target.Policy.Value(); !has {
				t.Error("its policy is not known")
			}
		}
		if !known || !unread || why.Permission != permission || !strings.Contains(why.Reason, "to arn:aws:iam::210987654321:role/reader in account 210987654321") {
			t.Errorf("%s: %+v", operation, target)
		}
	}
}

func TestAParameterThatAWSPublishesIsNobodysToShare(t *testing.T) {
	const arn = "arn:aws:ssm:us-east-1::parameter/aws/service/ami-amazon-linux-latest"
	for _, o := range []localaws.Options{{Gone: []string{parameterARN + "aws/service/ami-amazon-linux-latest"}}, {Faults: []localaws.Fault{{Service: "ssm", Operation: "DescribeParameters", Code: "AccessDeniedException"}}}} {
		c, server := abroad(t, o)
		target, _ := read(t, c, arn).Targets[arn].Value()
		if _, has := target.Policy.Value(); has || len(server.Calls()) != 1 {
			t.Errorf("%+v after %v", target, server.Calls())
		}
	}
}

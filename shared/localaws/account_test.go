package localaws_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"permprobe/shared/localaws"
	"permprobe/shared/stack"
)

const twin = `
Resources:
  Role: {Type: 'AWS::IAM::Role', Properties: {AssumeRolePolicyDocument: {Statement: []}}}
  Grant: {Type: 'AWS::IAM::Policy', Properties: {PolicyName: NAME, Roles: [!Ref Role], PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}}}
  F: {Type: 'AWS::Lambda::Function', Properties: {Code: {ZipFile: x}, Role: !GetAtt Role.Arn}}
  P: {Type: 'AWS::Lambda::Permission', Properties: {FunctionName: !Ref F, Action: 'lambda:InvokeFunction', Principal: PRINCIPAL}}
`

func TestStacksOfOneAccountDoNotMix(t *testing.T) {
	one := strings.NewReplacer("NAME", "one", "PRINCIPAL", "sns.amazonaws.com").Replace(twin)
	two := strings.NewReplacer("NAME", "two", "PRINCIPAL", "s3.amazonaws.com").Replace(twin)
	s, cfg := start(t, localaws.Options{}, admin, one, two)
	if n := len(s.Warnings()); n != 2 {
		t.Errorf("got warnings %v, want one for the role and one for the function", s.Warnings())
	}
	if p := policyOf(t, lambda.NewFromConfig(cfg), "F", ""); len(p) != 1 || fmt.Sprint(p[0]["Principal"]) != "map[Service:sns.amazonaws.com]" {
		t.Errorf("got policy %v, want that of the first stack alone", p)
	}
	out, err := iam.NewFromConfig(cfg).ListRolePolicies(context.Background(), &iam.ListRolePoliciesInput{RoleName: aws.String("Role")})
	if err != nil || len(out.PolicyNames) != 1 || out.PolicyNames[0] != "one" {
		t.Errorf("got %v, %v, want the first stack's policy alone", out, err)
	}
}

func TestAStackIsServedInItsRegionAndAccount(t *testing.T) {
	text := strings.NewReplacer("NAME", "one", "PRINCIPAL", "sns.amazonaws.com").Replace(twin)
	var stacks []*stack.Stack
	for _, o := range []stack.Options{{Region: "eu-west-1"}, {Account: "210987654321"}} {
		st, err := stack.Load("app.yaml", []byte(text), o)
		if err != nil {
			t.Fatal(err)
		}
		stacks = append(stacks, st)
	}
	s, err := localaws.New(localaws.Options{Callers: map[string]string{"AKIAOTHER": "arn:aws:iam::210987654321:role/Role"}}, stacks...)
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := s.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	count := func(region string) int {
		cfg := client(url, admin)
		cfg.Region = region
		out, err := lambda.NewFromConfig(cfg).ListFunctions(context.Background(), &lambda.ListFunctionsInput{})
		if err != nil {
			t.Fatal(err)
		}
		return len(out.Functions)
	}
	if eu, us := count("eu-west-1"), count("us-east-1"); eu != 1 || us != 0 {
		t.Errorf("the administrator of the first account sees %d functions in eu-west-1 and %d in us-east-1, want 1 and 0", eu, us)
	}
	_, err = lambda.NewFromConfig(client(url, "AKIAOTHER")).GetPolicy(context.Background(), &lambda.GetPolicyInput{FunctionName: aws.String("F")})
	if err == nil || !strings.Contains(err.Error(), "arn:aws:sts::210987654321:assumed-role/Role/permprobe") || !strings.Contains(err.Error(), "us-east-1:210987654321:function:F") {
		t.Errorf("a role of the second account: got %v, want a refusal about its own account's function", err)
	}
}

func TestOptionsThatCannotBeUsedAreRefused(t *testing.T) {
	for name, o := range map[string]localaws.Options{
		"caller":         {Callers: map[string]string{"AKIA": "arn:aws:iam::123456789012:user/u"}},
		"SCP":            {SCPs: [][]string{{`{"Statement":`}}},
		"managed policy": {ManagedPolicies: map[string]string{"arn:aws:iam::123456789012:policy/p": `{}`}},
		"policy ARN":     {ManagedPolicies: map[string]string{"p": `{"Statement":[]}`}},
	} {
		if _, err := localaws.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

package localaws_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	"permprobe/shared/localaws"
)

func simulate(t *testing.T, cfg aws.Config, in *iam.SimulatePrincipalPolicyInput) []types.EvaluationResult {
	t.Helper()
	if in.PolicySourceArn == nil {
		in.PolicySourceArn = aws.String(fullARN)
	}
	out, err := iam.NewFromConfig(cfg).SimulatePrincipalPolicy(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out.EvaluationResults
}

func cells(r types.EvaluationResult) map[string]string {
	out := map[string]string{}
	for _, c := range r.ResourceSpecificResults {
		out[*c.EvalResourceName] = string(c.EvalResourceDecision)
	}
	return out
}

func sources(in []types.Statement) []string {
	out := []string{}
	for _, s := range in {
		out = append(out, fmt.Sprintf("%s (%s) %t", *s.SourcePolicyId, s.SourcePolicyType, s.StartPosition.Line > 0 && (s.EndPosition.Line > s.StartPosition.Line || s.EndPosition.Column > s.StartPosition.Column)))
	}
	return out
}

func TestTheSimulatorGivesOneResultAnActionWithTheDecisionsBeneathIt(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, iamTemplate)
	got := simulate(t, cfg, &iam.SimulatePrincipalPolicyInput{
		ActionNames: []string{"s3:GetObject", "S3:putobject"}, ResourceArns: []string{"arn:aws:s3:::open/a", "arn:aws:s3:::open/secret", "arn:aws:s3:::other/a"},
	})
	if len(got) != 2 {
		t.Fatalf("got %d results, want one an action", len(got))
	}
	get, put := got[0], got[1]
	if d := cmp.Diff(map[string]string{"arn:aws:s3:::open/a": "allowed", "arn:aws:s3:::open/secret": "explicitDeny", "arn:aws:s3:::other/a": "implicitDeny"}, cells(get)); d != "" {
		t.Error(d)
	}
	if get.EvalDecision != types.PolicyEvaluationDecisionTypeExplicitDeny || !strings.HasPrefix(*get.EvalResourceName, "arn:${Partition}:s3:::${BucketName}/${") {
		t.Errorf("top level: %s on %s, want the strictest decision on a template", get.EvalDecision, *get.EvalResourceName)
	}
	if *put.EvalActionName != "S3:putobject" {
		t.Errorf("the action is %q, want it as asked", *put.EvalActionName)
	}
	if d := cmp.Diff([]string{"shared (IAM Policy) true"}, sources(get.ResourceSpecificResults[0].MatchedStatements)); d != "" {
		t.Error(d)
	}
	if n := len(get.ResourceSpecificResults[2].MatchedStatements); n != 0 {
		t.Errorf("an implicit deny names %d statements", n)
	}
	if get.OrganizationsDecisionDetail != nil {
		t.Error("the account is in no organization, but the answer has OrganizationsDecisionDetail")
	}
}

func TestTheSimulatorNamesMissingContextOfEveryPolicy(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, iamTemplate)
	ask := func(entries ...types.ContextEntry) types.EvaluationResult {
		return simulate(t, cfg, &iam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:PutObject"}, ResourceArns: []string{"arn:aws:s3:::open/a"}, ContextEntries: entries})[0]
	}
	without := ask()
	if d := cmp.Diff([]string{"s3:x-amz-acl"}, without.ResourceSpecificResults[0].MissingContextValues); d != "" || without.EvalDecision != "implicitDeny" {
		t.Errorf("without the key: %s %s", without.EvalDecision, d)
	}
	with := ask(types.ContextEntry{ContextKeyName: aws.String("s3:x-amz-acl"), ContextKeyType: types.ContextKeyTypeEnumString, ContextKeyValues: []string{"private"}})
	if len(with.ResourceSpecificResults[0].MissingContextValues) != 0 || with.EvalDecision != "allowed" {
		t.Errorf("with the key: %s, missing %v", with.EvalDecision, with.ResourceSpecificResults[0].MissingContextValues)
	}
}

func TestTheSimulatorWithoutResourcesDecidesOnTheTopLevelAlone(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, iamTemplate)
	for name, resources := range map[string][]string{"none": nil, "star": {"*"}} {
		r := simulate(t, cfg, &iam.SimulatePrincipalPolicyInput{ActionNames: []string{"dynamodb:GetItem", "logs:CreateLogGroup"}, ResourceArns: resources})
		if r[0].EvalDecision != "implicitDeny" || r[1].EvalDecision != "allowed" || r[0].ResourceSpecificResults != nil || r[0].EvalDecisionDetails != nil {
			t.Errorf("%s: got %s, %s and cells %v", name, r[0].EvalDecision, r[1].EvalDecision, r[0].ResourceSpecificResults)
		}
		if r[0].PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary || !r[1].PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary {
			t.Errorf("%s: the boundary's part is not told: %v, %v", name, r[0].PermissionsBoundaryDecisionDetail, r[1].PermissionsBoundaryDecisionDetail)
		}
	}
}

func TestAnSCPIsToldOnTheTopLevelAndExcludedOnRequest(t *testing.T) {
	scps := [][]string{{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"s3:GetObject","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}]}`}}
	_, cfg := start(t, localaws.Options{SCPs: scps}, admin, iamTemplate)
	in := &iam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{"arn:aws:s3:::open/a"}}
	r := simulate(t, cfg, in)[0]
	if r.EvalDecision != "explicitDeny" || len(r.MatchedStatements) != 0 || r.OrganizationsDecisionDetail == nil || r.OrganizationsDecisionDetail.AllowedByOrganizations || r.EvalDecisionDetails != nil {
		t.Errorf("got %s, statements %v, organizations %v", r.EvalDecision, r.MatchedStatements, r.OrganizationsDecisionDetail)
	}
	if m := r.ResourceSpecificResults[0].MissingContextValues; len(m) != 1 {
		t.Errorf("missing keys %v hold those of the SCP", m)
	}
	in.PolicyExclusionList = []types.PolicyIdentifier{&types.PolicyIdentifierMemberPolicyType{Value: types.PolicyIdentifierPolicyTypeScp}}
	if r := simulate(t, cfg, in)[0]; r.EvalDecision != "allowed" {
		t.Errorf("without the SCP: got %s", r.EvalDecision)
	}
}

func TestPoliciesAreExcludedByTypeARNAndName(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, iamTemplate)
	for name, c := range map[string]struct {
		id               types.PolicyIdentifier
		action, resource string
		before, after    string
	}{
		"boundary": {&types.PolicyIdentifierMemberPolicyType{Value: types.PolicyIdentifierPolicyTypePermissionBoundary}, "dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/t", "implicitDeny", "allowed"},
		"own":      {&types.PolicyIdentifierMemberPolicyType{Value: types.PolicyIdentifierPolicyTypeUserManaged}, "s3:GetObject", "arn:aws:s3:::open/a", "allowed", "implicitDeny"},
		"AWS's":    {&types.PolicyIdentifierMemberPolicyArn{Value: "arn:aws:iam::aws:policy/service-role/AWSLambda*"}, "logs:CreateLogGroup", "arn:aws:logs:us-east-1:123456789012:log-group:g", "allowed", "implicitDeny"},
		"by ARN":   {&types.PolicyIdentifierMemberPolicyArn{Value: "arn:aws:iam::123456789012:policy/sha?ed"}, "s3:GetObject", "arn:aws:s3:::open/secret", "explicitDeny", "implicitDeny"},
		"no match": {&types.PolicyIdentifierMemberInlinePolicyIdentifier{Value: types.InlinePolicyIdentifierType{AttachmentName: aws.String("other"), AttachmentType: "role", PolicyName: aws.String("inline")}}, "s3:GetObject", "arn:aws:s3:::open/a", "allowed", "allowed"},
	} {
		in := &iam.SimulatePrincipalPolicyInput{ActionNames: []string{c.action}, ResourceArns: []string{c.resource}}
		before := simulate(t, cfg, in)[0]
		in.PolicyExclusionList = []types.PolicyIdentifier{c.id}
		after := simulate(t, cfg, in)[0]
		if string(before.EvalDecision) != c.before || string(after.EvalDecision) != c.after {
			t.Errorf("%s: got %s then %s, want %s then %s", name, before.EvalDecision, after.EvalDecision, c.before, c.after)
		}
	}
}

func TestPolicyInputListAddsToTheRolesOwnPolicies(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, iamTemplate)
	r := simulate(t, cfg, &iam.SimulatePrincipalPolicyInput{
		ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{"arn:aws:s3:::other/a", "arn:aws:s3:::open/a"},
		PolicyInputList: []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::other/*"}]}`},
	})[0]
	if r.EvalDecision != "allowed" {
		t.Errorf("got %s", r.EvalDecision)
	}
	if d := cmp.Diff([]string{"PolicyInputList.1 (IAM Policy) true"}, sources(r.ResourceSpecificResults[0].MatchedStatements)); d != "" {
		t.Error(d)
	}
	if n := len(r.MatchedStatements); n != 2 {
		t.Errorf("the top level has %d statements, want those of both resources", n)
	}
}

func TestACellThatCannotBeDecidedIsMissing(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, iamTemplate)
	r := simulate(t, cfg, &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String("arn:aws:iam::123456789012:role/vague"), ActionNames: []string{"s3:GetObject", "s3:DeleteObject", "s3:PutObject"}, ResourceArns: []string{"arn:aws:s3:::open/a"},
	})
	if len(r) != 1 || *r[0].EvalActionName != "s3:DeleteObject" || r[0].EvalDecision != "explicitDeny" {
		t.Errorf("got %d results, want only the explicit deny, which an unknown policy cannot change", len(r))
	}
}

func TestResourceAndTrustPoliciesAreNotSimulated(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, iamTemplate)
	boundary := []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}
	for action, resource := range map[string]string{"kms:Decrypt": "arn:aws:kms:us-east-1:123456789012:key/k", "sts:AssumeRole": "arn:aws:iam::123456789012:role/other", "sqs:SendMessage": "arn:aws:sqs:us-east-1:999999999999:q"} {
		r := simulate(t, cfg, &iam.SimulatePrincipalPolicyInput{
			ActionNames: []string{action}, ResourceArns: []string{resource}, PolicyInputList: boundary, PermissionsBoundaryPolicyInputList: boundary,
		})
		if len(r) != 1 || r[0].EvalDecision != "allowed" {
			t.Errorf("%s: got %v, want what the identity policies say", action, r)
		}
	}
}

func TestTheSimulatorPagesAndLosesCellsOnRequest(t *testing.T) {
	_, cfg := start(t, localaws.Options{PageSize: 2, Faults: []localaws.Fault{{Operation: "SimulatePrincipalPolicy", Entries: []int{1}}}}, admin, iamTemplate)
	p := iam.NewSimulatePrincipalPolicyPaginator(iam.NewFromConfig(cfg), &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String(fullARN), ActionNames: []string{"s3:GetObject", "s3:PutObject", "logs:CreateLogGroup"}, ResourceArns: []string{"arn:aws:s3:::open/a", "arn:aws:s3:::open/b"},
	})
	var got []int
	for p.HasMorePages() {
		out, err := p.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.EvaluationResults {
			got = append(got, len(r.ResourceSpecificResults))
		}
		got = append(got, -1)
	}
	if d := cmp.Diff([]int{1, 2, -1, 2, -1}, got); d != "" {
		t.Error("cells by action, -1 at the end of a page: " + d)
	}
}

func TestTheSimulatorRefusesWhatAWSRefuses(t *testing.T) {
	o := localaws.Options{Gone: []string{"arn:aws:iam::123456789012:role/gone"}, Separate: [][]string{{"iam:PassRole"}}}
	_, cfg := start(t, o, admin, iamTemplate)
	for name, c := range map[string]struct {
		in            iam.SimulatePrincipalPolicyInput
		code, message string
	}{
		"gone role":       {iam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String("arn:aws:iam::123456789012:role/gone"), ActionNames: []string{"s3:GetObject"}}, "NoSuchEntity", "cannot be found"},
		"other path":      {iam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String("arn:aws:iam::123456789012:role/full"), ActionNames: []string{"s3:GetObject"}}, "NoSuchEntity", "cannot be found"},
		"stranger":        {iam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String("arn:aws:iam::123456789012:role/stranger"), ActionNames: []string{"s3:GetObject"}}, localaws.NotInTemplates, "no template holds it"},
		"no ARN":          {iam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String("fullfullfullfullfull"), ActionNames: []string{"s3:GetObject"}}, "InvalidInput", "Invalid Entity Arn"},
		"unknown action":  {iam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject", "s3:NoSuchThing"}}, "InvalidInput", "Invalid Input Actions: [s3:GetObject] and [s3:NoSuchThing] require different authorization information."},
		"separate":        {iam.SimulatePrincipalPolicyInput{ActionNames: []string{"iam:PassRole", "sts:AssumeRole"}}, "InvalidInput", "[sts:AssumeRole] and [iam:PassRole] require different"},
		"wildcard":        {iam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:*"}}, "InvalidInput", "Invalid action"},
		"resource policy": {iam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}, ResourcePolicy: aws.String("{}")}, "InvalidInput", "isn't supported for IAM roles"},
		"bad policy":      {iam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}, PolicyInputList: []string{"{"}}, "InvalidInput", "PolicyInputList.1"},
		"too many items":  {iam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}, MaxItems: aws.Int32(1001)}, "ValidationError", "between 1 and 1000"},
		"long action":     {iam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:" + strings.Repeat("a", 126)}}, "ValidationError", "128"},
		"session":         {iam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}, CallerArn: aws.String("arn:aws:sts::123456789012:assumed-role/full/s")}, "InvalidInput", "CallerArn"},
	} {
		if c.in.PolicySourceArn == nil {
			c.in.PolicySourceArn = aws.String(fullARN)
		}
		_, err := iam.NewFromConfig(cfg).SimulatePrincipalPolicy(context.Background(), &c.in)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if code, _, message := apiErr(t, err); code != c.code && !(code == "NoSuchEntityException" && c.code == "NoSuchEntity") || !strings.Contains(message, c.message) {
			t.Errorf("%s: got %s, %q; want %s, %q", name, code, message, c.code, c.message)
		}
	}
	var typed *types.InvalidInputException
	_, err := iam.NewFromConfig(cfg).SimulatePrincipalPolicy(context.Background(), &iam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(fullARN), ActionNames: []string{"s3:*"}})
	if !errors.As(err, &typed) {
		t.Errorf("got %v, want the typed InvalidInputException", err)
	}
}

package localaws_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	"permprobe/shared/localaws"
)

const iamTemplate = `
Parameters:
  Extra: {Type: String}
Resources:
  Full:
    Type: AWS::IAM::Role
    Properties:
      RoleName: full
      Path: /app/
      Description: all kinds of policies
      MaxSessionDuration: 7200
      PermissionsBoundary: !Ref Boundary
      Tags: [{Key: team, Value: blue}]
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      ManagedPolicyArns: [!Sub 'arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']
      Policies:
        - PolicyName: inline
          PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'sqs:*', Resource: 'arn:aws:sqs:us-east-1:123456789012:a b+c'}]}
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties: {ManagedPolicyName: limit, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: ['logs:*', 's3:*'], Resource: '*'}]}}
  Shared:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: shared
      Roles: [!Ref Full]
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - {Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::open/*'}
          - {Effect: Allow, Action: 's3:PutObject', Resource: 'arn:aws:s3:::open/*', Condition: {StringEquals: {'s3:x-amz-acl': private}}}
          - {Effect: Deny, Action: 's3:*', Resource: 'arn:aws:s3:::open/secret*'}
  Apart:
    Type: AWS::IAM::Policy
    Properties: {PolicyName: apart, Roles: [!Ref Full], PolicyDocument: {Version: '2012-10-17', Statement: {Effect: Allow, Action: 'dynamodb:GetItem', Resource: '*'}}}
  Vague:
    Type: AWS::IAM::Role
    Properties:
      RoleName: vague
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      ManagedPolicyArns: [!Ref Extra]
      Policies:
        - PolicyName: denies
          PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Deny, Action: 's3:DeleteObject', Resource: '*'}, {Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}
`

const fullARN = "arn:aws:iam::123456789012:role/app/full"

func plainDocument(t *testing.T, s *string) string {
	t.Helper()
	doc, err := url.PathUnescape(*s)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(*s, `{}" +:/`) {
		t.Errorf("the document is not escaped: %s", *s)
	}
	return doc
}

func TestAuthorizationDetailsHoldEveryPolicyOfARole(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, iamTemplate)
	c := iam.NewFromConfig(cfg)
	out, err := c.GetAccountAuthorizationDetails(context.Background(), &iam.GetAccountAuthorizationDetailsInput{})
	if err != nil {
		t.Fatal(err)
	}
	r := out.RoleDetailList[0]
	inline := map[string]string{}
	for _, p := range r.RolePolicyList {
		inline[*p.PolicyName] = plainDocument(t, p.PolicyDocument)
	}
	var attached []string
	for _, p := range r.AttachedManagedPolicies {
		attached = append(attached, *p.PolicyName+" "+*p.PolicyArn)
	}
	got := map[string]any{"arn": *r.Arn, "path": *r.Path, "boundary": *r.PermissionsBoundary.PermissionsBoundaryArn, "tag": *r.Tags[0].Key + "=" + *r.Tags[0].Value, "trust": plainDocument(t, r.AssumeRolePolicyDocument), "inline": inline, "attached": attached}
	want := map[string]any{
		"arn": fullARN, "path": "/app/", "boundary": "arn:aws:iam::123456789012:policy/limit", "tag": "team=blue",
		"trust": `{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"}}],"Version":"2012-10-17"}`,
		"inline": map[string]string{
			"inline": `{"Statement":[{"Action":"sqs:*","Effect":"Allow","Resource":"arn:aws:sqs:us-east-1:123456789012:a b+c"}],"Version":"2012-10-17"}`,
			"apart":  `{"Statement":[{"Action":"dynamodb:GetItem","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`,
		},
		"attached": []string{"AWSLambdaBasicExecutionRole arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", "shared arn:aws:iam::123456789012:policy/shared"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	var policies []string
	for _, p := range out.Policies {
		policies = append(policies, *p.PolicyName)
		if len(p.PolicyVersionList) != 1 || *p.PolicyVersionList[0].VersionId != *p.DefaultVersionId || !p.PolicyVersionList[0].IsDefaultVersion {
			t.Errorf("%s: default version %s of %v", *p.PolicyName, *p.DefaultVersionId, p.PolicyVersionList)
		}
	}
	if d := cmp.Diff([]string{"limit", "shared", "AWSLambdaBasicExecutionRole"}, policies); d != "" {
		t.Error(d)
	}
}

func TestAuthorizationDetailsAreFilteredAndPaged(t *testing.T) {
	for _, c := range []struct {
		name    string
		filters []types.EntityType
		want    string
	}{
		{"all", nil, "2 roles, 3 policies, 5 pages"},
		{"roles", []types.EntityType{types.EntityTypeRole}, "2 roles, 0 policies, 2 pages"},
		{"own policies", []types.EntityType{types.EntityTypeLocalManagedPolicy}, "0 roles, 2 policies, 2 pages"},
		{"AWS's policies and users", []types.EntityType{types.EntityTypeAWSManagedPolicy, types.EntityTypeUser}, "0 roles, 1 policies, 1 pages"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, cfg := start(t, localaws.Options{}, admin, iamTemplate)
			p := iam.NewGetAccountAuthorizationDetailsPaginator(iam.NewFromConfig(cfg), &iam.GetAccountAuthorizationDetailsInput{Filter: c.filters, MaxItems: aws.Int32(1)})
			roles, policies, pages := 0, 0, 0
			for p.HasMorePages() {
				out, err := p.NextPage(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				roles, policies, pages = roles+len(out.RoleDetailList), policies+len(out.Policies), pages+1
			}
			if got := strings.Join([]string{itoa(roles) + " roles", itoa(policies) + " policies", itoa(pages) + " pages"}, ", "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func itoa(n int) string { return string(rune('0' + n)) }

func TestARoleIsReadPieceByPiece(t *testing.T) {
	_, cfg := start(t, localaws.Options{PageSize: 1}, admin, iamTemplate)
	c, ctx := iam.NewFromConfig(cfg), context.Background()
	role, err := c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("full")})
	if err != nil {
		t.Fatal(err)
	}
	if *role.Role.Arn != fullARN || *role.Role.MaxSessionDuration != 7200 || *role.Role.Description == "" || role.Role.PermissionsBoundary == nil {
		t.Errorf("got %+v", role.Role)
	}
	var attached, inline []string
	for p := iam.NewListAttachedRolePoliciesPaginator(c, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String("full")}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range out.AttachedPolicies {
			attached = append(attached, *a.PolicyArn)
		}
	}
	for p := iam.NewListRolePoliciesPaginator(c, &iam.ListRolePoliciesInput{RoleName: aws.String("full")}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		inline = append(inline, out.PolicyNames...)
	}
	if d := cmp.Diff([]string{"apart", "inline"}, inline); d != "" {
		t.Error(d)
	}
	if len(attached) != 2 {
		t.Errorf("got attached %v, want two", attached)
	}
	doc, err := c.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String("full"), PolicyName: aws.String("apart")})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plainDocument(t, doc.PolicyDocument), "dynamodb:GetItem") {
		t.Errorf("got %s", *doc.PolicyDocument)
	}
	for _, arn := range attached {
		p, err := c.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
		if err != nil {
			t.Fatal(err)
		}
		v, err := c.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: p.Policy.DefaultVersionId})
		if err != nil {
			t.Fatal(err)
		}
		if *p.Policy.AttachmentCount != 1 || !strings.Contains(plainDocument(t, v.PolicyVersion.Document), "Statement") {
			t.Errorf("%s: attached %d times, document %s", arn, *p.Policy.AttachmentCount, *v.PolicyVersion.Document)
		}
	}
}

func TestARoleThatNoTemplateHoldsIsUnknownAndAGoneOneDoesNotExist(t *testing.T) {
	_, cfg := start(t, localaws.Options{Gone: []string{"arn:aws:iam::123456789012:role/old/gone"}}, admin, iamTemplate)
	c, ctx := iam.NewFromConfig(cfg), context.Background()
	_, err := c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("stranger")})
	if code, status, message := apiErr(t, err); code != localaws.NotInTemplates || status != 403 || !strings.Contains(message, "no template holds it") {
		t.Errorf("stranger: got %s, %d, %q", code, status, message)
	}
	_, err = c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("gone")})
	var none *types.NoSuchEntityException
	if _, status, _ := apiErr(t, err); !errors.As(err, &none) || status != 404 {
		t.Errorf("gone: got %v", err)
	}
	_, err = c.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String("full"), PolicyName: aws.String("none")})
	if !errors.As(err, &none) {
		t.Errorf("policy that the role does not have: got %v", err)
	}
	_, err = c.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String("arn:aws:iam::aws:policy/NoSuchPolicyOfThisTable")})
	if code, _, _ := apiErr(t, err); code != localaws.NotInTemplates {
		t.Errorf("policy of unknown content: got %v", err)
	}
}
